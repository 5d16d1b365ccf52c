#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# shellcheck disable=SC2016 # backquotes are those of Markdown
#
# Who may do what, that nothing is seen of what memory held before, and numbers that wrap around.
# What is free is to hold what it held, or there would be nothing to find.
# modes: mq/6.12
# guest: --memory 384M --cpus 2 --append init_on_alloc=0 --append page_poison=0

load ioctl

# As docs/security.md has it; tests/host/docs.bats holds that page to this.
MAY='read `/dev/srdN`|yes|no|yes|no
write it|yes|no|yes|no
discard: `BLKDISCARD`|yes|no|yes|no
overwrite with zeroes: `BLKZEROOUT`|yes|no|yes|no
erase: `BLKSECDISCARD`|yes|no|yes|no
make it read-only or not: `BLKROSET`|yes|no|no|no
drop its page cache: `BLKFLSBUF`|yes|no|no|no
map `/dev/srdN-window` to read|yes|no|yes|no
map it to write|yes|no|yes|no
read `/proc/srd`|yes|yes|yes|yes
open `/dev/srd-control` to read: to ask, and for events|yes|no|no|no
open it to write|yes|no|no|no
read `/sys/block/srdN/srd/`|yes|yes|yes|yes
write `badblocks`|yes|no|no|no
write `latency_sample`|yes|no|no|no
write `limit`|yes|no|no|no
write `reset_stats`|yes|no|no|no
write any other of these|no|no|no|no
read `/sys/module/srd/parameters/`|yes|yes|yes|yes
write `mem_limit`|yes|no|no|no
write `mem_reserve`|yes|no|no|no
write any other parameter|no|no|no|no
`SRD_IOC_VERSION`|yes|yes|yes|yes
`SRD_IOC_CREATE`|yes|no|no|no
`SRD_IOC_REMOVE`|yes|no|no|no
`SRD_IOC_RESIZE`|yes|no|no|no
`SRD_IOC_INFO`|yes|yes|yes|yes
`SRD_IOC_NEXT`|yes|yes|yes|yes
`SRD_IOC_STATS`|yes|yes|yes|yes
`SRD_IOC_RESET_STATS`|yes|no|no|no
`SRD_IOC_MEMORY`|yes|yes|yes|yes
`SRD_IOC_SNAPSHOT`|yes|no|no|no
`SRD_IOC_ROLLBACK`|yes|no|no|no
`SRD_IOC_RESET`|yes|no|no|no
`SRD_IOC_EXTENTS`|yes|yes|yes|yes
`SRD_IOC_KEEP`|yes|no|no|no
`SRD_IOC_WINDOW`|yes|no|no|no
`SRD_IOC_RULE_ADD`|yes|no|no|no
`SRD_IOC_RULE_NEXT`|yes|yes|yes|yes
`SRD_IOC_RULE_REMOVE`|yes|no|no|no
`SRD_IOC_TIMING`|yes|yes|yes|yes
`SRD_IOC_TIMING` with `SET`|yes|no|no|no
`SRD_IOC_POWER`|yes|no|no|no
`SRD_IOC_SET`|yes|no|no|no
read events|yes|yes|yes|yes'

# with_udev: as on a machine; its rules decide who may open what
with_udev() {
	cp /root/udev/60-srd.rules /etc/udev/rules.d
	/lib/systemd/systemd-udevd --daemon 2>/dev/null # says that it starts
}

without_udev() {
	udevadm settle
	udevadm control --exit
}

teardown() {
	! pgrep -x systemd-udevd >/dev/null || without_udev
	srd_teardown
}

# as_group, as_others, as_namespace COMMAND...: who has no right but that
as_group() {
	setpriv --reuid 65534 --regid 65534 --groups "$(getent group disk | cut -d : -f 3)" "$@"
}

as_others() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

as_namespace() {
	as_others unshare --user --map-root-user "$@"
}

@test "who-may-do-what" {
	local who

	# /root is root's alone
	cp /root/progs/may /usr/local/bin
	with_udev
	load_srd size=1M
	srdctl window srd0 on
	# what RULE_NEXT finds
	srdctl fault add srd0 op=secure-erase error=EIO after=1000000 >rule
	udevadm settle
	as_namespace sh -c '[ "$(id -u)" = 0 ] && grep CapEff:.*[3f]f /proc/self/status' >capabilities
	for who in namespace group others; do
		exec 7<>/dev/srd-control
		srdctl snapshot srd0 -n 5 >path
		srdctl remove srd5
		"as_$who" may 3<&7 >"$who" || fail "$(cat "$who")"
		exec 7>&-
	done
	# of the others, none has changed anything: root sees the same disk as they did
	exec 7<>/dev/srd-control
	is "$(srdctl list -n --raw -o NAME,SIZE)" "srd0 1M"
	srdctl snapshot srd0 -n 5 >path
	srdctl remove srd5
	may 3<&7 >root || fail "$(cat root)"
	exec 7>&-
	paste -d '|' root <(cut -d '|' -f 2 namespace) <(cut -d '|' -f 2 group) \
		<(cut -d '|' -f 2 others) >table
	diff table - <<<"$MAY" >&2
	srdctl remove --all
}

# A name space has no mounts of its own kernel's files, but may mount sysfs and proc anew.
@test "limits-are-roots-also-in-mounts-of-a-name-space" {
	load_srd size=1M mem_limit=64M
	refuses 'Permission denied' as_others unshare --user --map-root-user --net --mount --pid --fork \
		sh -euc 'mount -t sysfs none /sys; echo 1G >/sys/module/srd/parameters/mem_limit'
	refuses 'Permission denied' as_others unshare --user --map-root-user --net --mount --pid --fork \
		sh -euc 'mount -t sysfs none /sys; echo 0 >/sys/block/srd0/srd/limit'
	refuses '' as_others unshare --user --map-root-user rmmod srd
	is "$(total mem_limit)" $((64 * MiB))
}

# ---- what memory held before ----

# init_on_alloc=0: the kernel does not clear for srd what it gives it.
@test "new-disks-show-nothing-of-what-memory-held" {
	local found

	load_srd size=16M
	leak write 1 /dev/srd0
	srdctl remove srd0
	leak memory 2 48M
	found=$(($(leak count 1) + $(leak count 2)))
	at_least "$found" 8000 "pages of what was before"

	srdctl create -s 16M --prealloc >path
	leak zeroes /dev/srd0
	srdctl remove srd0
	leak memory 3 48M
	srdctl create -s 16M >path
	leak sectors /dev/srd0
	srdctl resize srd0 32M
	dd if=/dev/srd0 bs=1M skip=16 iflag=direct status=none | cmp -n $((16 * MiB)) - /dev/zero
	srdctl remove srd0
	leak memory 4 48M
	srdctl create -s 16M >path
	srdctl window srd0 on
	leak window /dev/srd0-window 16M
	srdctl remove srd0
	# blocks of a cache are kept by themselves
	leak memory 5 48M
	srdctl create -s 4M --cache volatile >path
	leak sectors /dev/srd0
	srdctl powercut srd0
	srdctl poweron -k none srd0 >path
	leak zeroes /dev/srd0
}

@test "answers-and-events-show-nothing-of-what-memory-held" {
	load_srd
	for program in ioctl-limits ioctl-limits-32; do
		leak words 0xb5e1c3d7 48M
		STRANGER=0xb5e1c3d7 "$program" answers-are-its-own
	done
}

# ---- what is left of what a disk held ----

# gone SEED, there SEED: no page of it is in memory, or some are
gone() {
	is "$(leak count "$1")" 0 "pages of it in memory"
}

there() {
	at_least "$(leak count "$1")" "${2-1}" "pages of it in memory"
}

# blkdiscard looks at what it is to erase, and then the page cache has it, too.
@test "secure-erase-leaves-nothing-in-memory" {
	load_srd size=8M
	leak write 11 /dev/srd0
	there 11 2048
	# others only give it back
	data-empty discard 8M /dev/srd0 <<<0
	settle
	there 11
	leak write 12 /dev/srd0
	data-empty secure 8M /dev/srd0 <<<0
	gone 12
	leak zeroes /dev/srd0
	# from and to the middle of pages, too: the first one keeps its first sector, the last its last
	leak write 13 /dev/srd0
	data-empty secure $((8 * MiB - 1024)) /dev/srd0 <<<512
	is "$(leak count 13)" 2 "pages of it in memory"
	# where memory is kept
	srdctl create -s 8M --prealloc >path
	leak write 14 /dev/srd1
	data-empty zeroout 8M /dev/srd1 <<<0
	gone 14
	# what a volatile cache has kept for a power cut, before the first flush and after it
	srdctl create -s 4M --cache volatile >path
	leak write 15 /dev/srd2
	data-empty secure 4M /dev/srd2 <<<0
	gone 15
	leak write 16 /dev/srd2
	sync /dev/srd2
	leak write 17 /dev/srd2
	data-empty secure 4M /dev/srd2 <<<0
	gone 17
	sync /dev/srd2
	gone 16
	leak write 18 /dev/srd2
	sync /dev/srd2
	leak write 19 /dev/srd2
	sync /dev/srd2
	data-empty secure 4M /dev/srd2 <<<0
	gone 18
	gone 19
}

# It is the disk's alone again, but a copy of it may be what is erased.
@test "secure-erase-leaves-nothing-of-what-others-just-let-go-of" {
	load_srd size=8M prealloc=1
	leak write 22 /dev/srd0
	# where the kernel looks for partitions of the clone, with copies of its own
	dd if=/dev/zero of=/dev/srd0 bs=64K count=1 oflag=direct status=none
	dd if=/dev/zero of=/dev/srd0 bs=64K count=1 seek=127 oflag=direct status=none
	there 22 1900
	snap-again erase 1
	gone 22
}

# What a snapshot holds is the snapshot's.
@test "secure-erase-leaves-snapshots-as-they-are" {
	load_srd size=4M
	leak write 21 /dev/srd0
	srdctl snapshot srd0 -n 5 >path
	data-empty secure 4M /dev/srd0 <<<0
	leak zeroes /dev/srd0
	there 21 1024
	srdctl remove srd5
}

# ---- numbers ----

@test "capacities-that-no-disk-can-have-are-refused" {
	both ioctl-limits capacity-of-create
	unload_srd
	both ioctl-limits capacity-of-resize
}

@test "limits-do-not-wrap-around" {
	both ioctl-limits limit-of-create
}

@test "numbers-that-no-disk-has-are-refused" {
	both ioctl-limits numbers
}

@test "rules-do-not-wrap-around" {
	both ioctl-limits rules
}

@test "extents-and-times-do-not-wrap-around" {
	both ioctl-limits extents-and-times
}

@test "ranges-of-a-disk-do-not-wrap-around" {
	both ioctl-limits ranges-of-a-disk
}

@test "sizes-in-files-do-not-wrap-around" {
	local file text

	load_srd size=1M mem_limit=64M
	set_attr srd0 limit 512K
	for file in /sys/block/srd0/srd/limit /sys/module/srd/parameters/mem_{limit,reserve}; do
		cat $file >before
		# 2^64 and a bit, in each way to say it
		for text in 18446744073709551616 18446744073709555712 18446744073709551617K 16777216T \
			16E 17E 17179869184G 36893488147419103232 -1 -4096; do
			refuses '' tee $file <<<"$text"
			is "$(<$file)" "$(<before)" "$file after $text"
		done
	done
	for text in '18446744073709551617 1' '0 4294967297' '36028797018963968 1' \
		'-18446744073709551617 1' '9223372036854775808 1' '1 9223372036854775809' '0 -1' \
		'0 18446744073709551615'; do
		refuses '' tee /sys/block/srd0/srd/badblocks <<<"$text"
		is "$(attr srd0 badblocks)" '' "bad blocks after $text"
	done
	# the largest there are, are none that could be reached
	for text in 18446744073709551615 9223372036854775808 15E; do
		set_attr srd0 limit "$text"
		matches "$(attr srd0 limit)" '^[0-9]{19,20}$' "limit of $text"
		dd if=/dev/zero of=/dev/srd0 bs=4k count=200 oflag=direct status=none
		blkdiscard /dev/srd0
	done
}
