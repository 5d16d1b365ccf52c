#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What stands on a disk that fails on purpose does what it promises for such a case.
# modes: mq/6.12
# guest: --memory 1G

load data

module() {
	modprobe -q "$1" || skip "this kernel has no $1"
}

teardown() {
	if [[ ${BATS_TEST_COMPLETED-} != 1 ]]; then
		! mountpoint -q mnt || umount mnt
		mdadm --stop --scan || echo "no arrays"
	fi
	srd_teardown
}

setup() {
	srd_setup
	mkdir -p mnt
}

READ=1 WRITE=2
ERROR=0 TORN=2 FLIP=4

# rule DISK FIELD=VALUE...
rule() {
	ctl rule "number=${1#srd}" "${@:2}" >rule.out
}

clear_rules() {
	ctl remove-rule "number=${1#srd}" flags=1
}

# new_array: md0, a mirror of srd0 and srd1 that holds a pattern
new_array() {
	module raid1
	load_srd size=32M,32M
	mdadm --create /dev/md0 --run --quiet --level=1 --raid-devices=2 --metadata=1.0 \
		--assume-clean /dev/srd0 /dev/srd1
	write_direct /dev/md0 0 8M <(pattern 8M)
}

# array_is STATE: as /proc/mdstat draws it
array_is() {
	grep -qF "[$1]" /proc/mdstat
}

@test "raid1-goes-on-without-a-disk-whose-writes-fail" {
	new_array
	array_is UU
	# not in a range: it would remember which blocks are bad, and that cannot be written either
	rule srd1 ops=$WRITE what=$ERROR error=5
	write_direct /dev/md0 0 8M <(pattern 8M 5000000)
	eventually array_is U_
	is "$(dd if=/dev/md0 bs=1M count=8 iflag=direct status=none | md5sum)" \
		"$(pattern 8M 5000000 | md5sum)"
	at_least "$(attr srd1 faults)" 1 "faults"
	is "$(attr srd0 write_errors)" 0 "errors of the other"

	# mended, it comes back
	clear_rules srd1
	mdadm --quiet /dev/md0 --remove /dev/srd1
	mdadm --quiet --zero-superblock /dev/srd1
	mdadm --quiet /dev/md0 --add /dev/srd1
	PATIENCE=120 eventually array_is UU
	write_direct /dev/md0 8M 1M <(pattern 1M 7000000)
	mdadm --stop --quiet /dev/md0
	cmp -n $((9 * MiB)) /dev/srd0 /dev/srd1
}

idle() {
	[[ $(cat /sys/block/md0/md/sync_action) == idle ]]
}

@test "raid1-writes-what-cannot-be-read-anew" {
	new_array
	ctl set number=1 flags=2 heal=1
	echo "4096 16" >/sys/block/srd1/srd/badblocks
	refuses 'No data available' dd if=/dev/srd1 of=/dev/null bs=64k skip=32 count=1 iflag=direct
	echo check >/sys/block/md0/md/sync_action
	PATIENCE=120 eventually idle
	array_is UU
	is "$(attr srd1 badblocks)" "" "blocks that are still bad"
	at_least "$(attr srd1 read_errors)" 1 "reads that failed"
	mdadm --stop --quiet /dev/md0
	cmp -n $((8 * MiB)) /dev/srd0 /dev/srd1
}

read_only() {
	refuses 'Read-only file system' touch mnt/more
}

@test "ext4-goes-read-only-when-its-journal-cannot-be-written" {
	local first last

	load_srd size=64M
	mkfs.ext4 -q -b 4096 /dev/srd0
	mount -o errors=remount-ro /dev/srd0 mnt
	pattern 1M >mnt/before
	sync -f mnt
	# (0-1023):8193-9216
	read -r first last < <(debugfs -R 'stat <8>' /dev/srd0 2>/dev/null |
		sed -n 's/.*(0-[0-9]*):\([0-9]*\)-\([0-9]*\).*/\1 \2/p')
	rule srd0 ops=$WRITE what=$ERROR error=5 start=$((first * 4096)) end=$(((last + 1) * 4096))
	pattern 1M 5000000 >mnt/behind
	refuses 'Input/output error' sync -f mnt
	eventually read_only
	at_least "$(attr srd0 faults)" 1 "faults"
	umount mnt
	clear_rules srd0

	# it may have had the time to say that there was an error
	e2fsck -p /dev/srd0 || is "$?" 1 "status of e2fsck"
	e2fsck -fn /dev/srd0
	mount /dev/srd0 mnt
	is "$(md5sum <mnt/before)" "$(pattern 1M | md5sum)" "what was there before"
	touch mnt/more
	umount mnt
}

# scrub_finds RULE...: a file of which one write met the rule
scrub_finds() {
	module btrfs
	load_srd size=128M
	mkfs.btrfs -q -d single /dev/srd0
	mount /dev/srd0 mnt
	pattern 1M >mnt/before
	sync -f mnt
	# what goes past the page cache is data, and comes first
	rule srd0 ops=$WRITE times=1 after=1 "$@"
	pattern 3M 5000000 >want
	dd if=want of=mnt/file bs=1M oflag=direct status=none
	is "$(attr srd0 faults)" 1 "faults"
	clear_rules srd0
	sync -f mnt
	echo 3 >/proc/sys/vm/drop_caches

	! btrfs scrub start -BR mnt >found || fail "scrub is content: $(<found)"
	matches "$(<found)" 'csum_errors: [1-9]'
	matches "$(<found)" 'uncorrectable_errors: [1-9]'
	refuses 'Input/output error' cat mnt/file
	is "$(md5sum <mnt/before)" "$(pattern 1M | md5sum)" "the other file"
	umount mnt
}

@test "btrfs-scrub-finds-a-flipped-bit" {
	scrub_finds what=$FLIP
}

@test "btrfs-scrub-finds-a-torn-write" {
	scrub_finds what=$TORN blocks=8
}

# As a cable or a controller would do it, and the disk itself is well.
@test "btrfs-scrub-finds-what-is-flipped-on-its-way" {
	module btrfs
	load_srd size=128M
	mkfs.btrfs -q -d single -m single /dev/srd0
	mount /dev/srd0 mnt
	pattern 2M >mnt/file
	sync -f mnt
	echo 3 >/proc/sys/vm/drop_caches
	rule srd0 ops=$READ what=$FLIP every=8
	btrfs scrub start -BR mnt >found || echo "not all was in order when it looked again"
	at_least "$(attr srd0 faults)" 1 "faults"
	matches "$(<found)" '(csum|verify)_errors: [1-9]'
	clear_rules srd0
	btrfs scrub start -B mnt
	is "$(md5sum <mnt/file)" "$(pattern 2M | md5sum)"
	umount mnt
}
