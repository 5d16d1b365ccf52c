#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2030,SC2031 # every test is a process of its own, as it should be
#
# srdctl: every failure is one line that says what to do next

load srdctl-helper

# fails PART ARGUMENT...: exit 1, nothing on stdout, one line on stderr that contains PART
fails() {
	local part=$1
	shift

	run srdctl_stdout "$@"
	is ""
	run srdctl "$@"
	[ "$status" -eq 1 ]
	one_line
	has "$part"
}

# fails_with NR ERRNO PART ARGUMENT...: the same when ioctl NR fails
fails_with() {
	echo "$1 $2 100" > "$FAKE_ROOT/fail"
	shift 2
	fails "$@"
	rm "$FAKE_ROOT/fail"
}

@test "not-root-says-root-or-sudo" {
	export FAKE_OPEN_ERRNO=13
	fails "run as root, or with sudo" create -s 1G
	fails "run as root, or with sudo" remove --all
	fails "run as root, or with sudo" resize srd0 1G
	fails "run as root, or with sudo" reset-stats --all
	fails "run as root, or with sudo" memory
	fails "run as root, or with sudo" fault
	fails "run as root, or with sudo" fault add srd0 drop
	fails "run as root, or with sudo" set srd0 cache=none
	fails "run as root, or with sudo" powercut srd0
	FAKE_OPEN_ERRNO=1
	fails "run as root, or with sudo" create -s 1G
	unset FAKE_OPEN_ERRNO
	fails_with 1 1 "run as root, or with sudo" create -s 1G
}

@test "stale-node-of-an-unloaded-module-says-modprobe" {
	rm -r "$FAKE_ROOT/sys/module/srd"
	export FAKE_OPEN_ERRNO=6
	fails "run: modprobe srd" list
	FAKE_OPEN_ERRNO=13
	fails "run: modprobe srd" list
}

@test "missing-node-of-a-loaded-module-says-devtmpfs" {
	rm "$FAKE_ROOT/dev/srd-control"
	fails "/dev/srd-control is missing: is /dev a devtmpfs?" list
}

@test "other-abi-is-told" {
	export FAKE_ABI=2
	fails "another version of the ABI" list
	run srdctl version
	[ "$status" -eq 0 ]
	has "9.8.7"
}

@test "older-module-is-told" {
	for errno in 25 7; do
		fails_with 8 "$errno" "the module is older than this srdctl" memory
	done
}

@test "no-such-disk-lists-those-there-are" {
	fails "srd0: no such disk; there are none (see: srdctl help create)" info srd0
	srdctl create -s 1M
	srdctl create -s 1M -n 5
	for verb in info remove reset-stats stats list; do
		fails_list "$verb" srd3
	done
	fails "srd3: no such disk; there are: srd0, srd5" resize srd3 1G
	fails "srd03: no such disk" remove srd03
	fails "srd: no such disk" remove srd
	fails "srd99999999999: no such disk" remove srd99999999999
	fails "/dev/nothing: no such disk" remove /dev/nothing
	fails ": no such disk" remove ""
}

# A table whose rows were not found has no rows, but its headings may stand on stdout.
fails_list() {
	run srdctl_stderr "$@"
	[ "$status" -eq 1 ]
	one_line
	has "srd3: no such disk; there are: srd0, srd5"
}

@test "no-such-disk-among-many-is-not-a-page-long" {
	for _ in 0 1 2 3 4 5 6 7 8 9; do
		srdctl create -s 1M
	done
	fails "there are: srd0, srd1, srd2, srd3, srd4, srd5, srd6, srd7, ..." remove srd77
}

@test "other-devices-and-partitions-are-refused" {
	srdctl create -s 1M
	echo "blk 8:0" > "$FAKE_ROOT/dev/sda"
	fails "/dev/sda: not a disk of srd" remove /dev/sda
	fails "not a disk of srd" remove "$BATS_TEST_TMPDIR"
	fails "srd0p1: a partition: name the disk that it is on" remove srd0p1
	fails "/dev/srd0p12: a partition" remove /dev/srd0p12
	run srdctl list -n -o NAME
	is srd0
}

@test "create-exists-says-number-or-label" {
	srdctl create -s 1M -n 3 -L scratch
	fails "srd3 exists already" create -s 1M -n 3
	fails "the label 'scratch' is taken" create -s 1M -L scratch
	fails "the label 'scratch' is taken" create -s 1M -L scratch -n 4
}

@test "create-out-of-range-names-the-value" {
	fails "create: the size 1000 is no multiple of the block size, 512" create -s 1000
	fails "the block size must be a power of two from 512 to 4096" create -s 1M -b 3000
	fails "the block size must be a power of two from 512 to 4096" create -s 1M -b 8K
	fails "the size 512 is no multiple of the block size, 4096" create -s 512 -b 4K
	fails_with 1 22 "there is no NUMA node 77" create -s 1M --node 77
	fails_with 1 22 "at most one queue for each CPU" create -s 1M -q 100000
	fails_with 1 22 "a queue depth of at most 10240" create -s 1M -d 10241
	fails_with 1 22 "the number 5000000 is too large" create -s 1M -n 5000000
	fails_with 1 22 "the module refuses these values" create -s 1M
	echo 4096 > "$FAKE_ROOT/sys/module/srd/parameters/block_size"
	fails_with 1 22 "the size 512 is no multiple of the block size, 4096" create -s 512
}

@test "create-refused-queues-name-the-reason" {
	echo mq > "$FAKE_ROOT/sys/module/srd/parameters/mode"
	fails "at most one queue for polled I/O for each CPU, and there are $(getconf _NPROCESSORS_CONF)" \
		create -s 1M --poll-queues 100000
	fails "at most one queue for each CPU" create -s 1M -m mq -q 100000
	echo bio > "$FAKE_ROOT/sys/module/srd/parameters/mode"
	for option in "-q 1" "-d 8" "--poll-queues 1" "--poll-queues 0"; do
		# shellcheck disable=SC2086 # words are split on purpose
		fails "the module makes disks of mode bio, which have no queues: add --mode mq" \
			create -s 1M $option
	done
}

# It has no parameter "mode", and knows neither these flags nor a longer structure.
@test "create-what-an-older-module-does-not-know" {
	for option in "-m mq" "-m bio" "--poll-queues 0" --prealloc --sparse; do
		# shellcheck disable=SC2086 # words are split on purpose
		fails_with 1 22 "the module is older than this srdctl" create -s 1M $option
	done
	fails_with 1 7 "the module is older than this srdctl" create -s 1M --poll-queues 1
}

@test "create-cache-that-an-older-module-does-not-know" {
	echo mq > "$FAKE_ROOT/sys/module/srd/parameters/mode"
	for cache in volatile none; do
		fails_with 1 22 "the module is older than this srdctl" create -s 1M --cache $cache
	done
	echo none > "$FAKE_ROOT/sys/module/srd/parameters/cache"
	fails_with 1 22 "the module refuses these values" create -s 1M --cache volatile
}

@test "create-without-memory-for-all-of-it-says-what-is-in-the-way" {
	local why="the disk's limit, mem_limit or mem_reserve leaves less memory than the disk takes"

	fails_with 1 12 "$why (see: srdctl memory)" create -s 1M --prealloc
	for value in Y 1; do
		echo "$value" > "$FAKE_ROOT/sys/module/srd/parameters/prealloc"
		fails_with 1 12 "$why (see: srdctl memory)" create -s 1M
		fails_with 1 12 "ask for fewer queues" create -s 1M --sparse
	done
	echo N > "$FAKE_ROOT/sys/module/srd/parameters/prealloc"
	fails_with 1 12 "ask for fewer queues" create -s 1M
}

@test "create-interrupted-leaves-nothing" {
	fails_with 1 4 "interrupted; nothing is left of the disk" create -s 1M --prealloc
	echo "2 50 4" > "$FAKE_ROOT/slow"
	fails "interrupted; nothing is left of the disk" create -s 1M --prealloc
}

@test "create-other-errors" {
	fails "larger than any disk can be" create -s 2P
	fails_with 1 28 "no number is free: remove a disk" create -s 1M
	fails_with 1 12 "no memory" create -s 1M
	fails_with 1 11 "the module is being unloaded" create -s 1M
}

# Whoever made a disk must be able to remove it.
@test "path-is-printed-of-what-cannot-be-looked-at" {
	echo "4 12 100" > "$FAKE_ROOT/fail"
	run srdctl_stdout create -s 1M
	[ "$status" -eq 1 ]
	is /dev/srd0
}

@test "resize-errors" {
	srdctl create -s 1G
	fails "the size 1000 is no multiple of the block size, 512" resize srd0 1000
	fails "larger than any disk can be" resize srd0 2P
	fails "it has 1G, and something of that has to stay; to be rid of it: srdctl remove" resize srd0 -1G
	fails "it has 1G, and something of that has to stay; to be rid of it: srdctl remove" resize srd0 -2G
	fails "with the 1G that it has, that is larger than any disk can be" resize srd0 +18446744073709551615
	fails_with 3 12 "no memory for the larger table" resize srd0 2G
	fake_set 0 openers 1
	fake_process 4711 fio /dev/srd0
	fails "a disk in use does not shrink: open in fio (pid 4711)" resize srd0 512M
}

@test "busy-mounted" {
	srdctl create -s 1M
	fake_set 0 openers 1
	cat > "$FAKE_ROOT/proc/self/mountinfo" <<-'END'
		22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
		35 22 8:99 / /srd00 rw - ext4 /dev/srd00 rw
		36 22 240:0 / /mnt/by\040number rw shared:2 - ext4 /dev/root rw
		37 22 0:41 / /mnt/btrfs rw - btrfs /dev/srd0p2 rw
	END
	SECONDS=0
	fails 'srd0: busy: mounted on /mnt/by\040number, mounted on /mnt/btrfs (free it, or use --deferred or --force)' \
		remove srd0
	[ "$SECONDS" -le 2 ]
}

@test "busy-swap-stacked-and-loop" {
	srdctl create -s 1M
	fake_set 0 openers 1
	printf 'Filename Type Size Used Priority\n/dev/srd0p1 partition 100 0 -2\n' \
		> "$FAKE_ROOT/proc/swaps"
	mkdir -p "$FAKE_ROOT/sys/block/srd0/holders/dm-0" \
		"$FAKE_ROOT/sys/block/srd0/srd0p2/holders/md127" \
		"$FAKE_ROOT/sys/block/loop3/loop" "$FAKE_ROOT/sys/block/loop4"
	echo /dev/srd0 > "$FAKE_ROOT/sys/block/loop3/loop/backing_file"
	fails "used as swap /dev/srd0p1, part of dm-0, part of md127, behind loop3 (" remove srd0
}

@test "busy-process-and-waits-for-it" {
	srdctl create -s 1M
	fake_set 0 openers 1
	fake_process 4711 fio /dev/srd0
	fake_process 4712 dd /dev/srd01
	fake_process 4713 "my tool" /dev/srd0p1
	SECONDS=0
	run srdctl remove srd0
	[ "$SECONDS" -ge 2 ]
	[ "$status" -eq 1 ]
	one_line
	has "open in fio (pid 4711)"
	has "open in my tool (pid 4713)"
	[[ $output != *4712* ]]
}

@test "resize-waits-while-something-passes-by" {
	srdctl create -s 1G
	echo "3 16 3" > "$FAKE_ROOT/fail"
	run srdctl resize srd0 512M
	[ "$status" -eq 0 ]
	is ""
}

@test "busy-processes-beyond-a-line-are-counted" {
	srdctl create -s 1M
	fake_set 0 openers 1
	echo "35 22 240:0 / /mnt rw - ext4 /dev/srd0 rw" > "$FAKE_ROOT/proc/self/mountinfo"
	for pid in {100..119}; do
		fake_process "$pid" worker /dev/srd0
	done
	fails " and 13 more (free it" remove srd0
}

@test "busy-by-nobody-seen" {
	srdctl create -s 1M
	fake_set 0 openers 1
	run srdctl remove srd0
	[ "$status" -eq 1 ]
	one_line
	has "something that cannot be seen from here holds it"
}

@test "stats-that-fail-are-told" {
	srdctl create -s 1M
	echo "6 4 100" > "$FAKE_ROOT/fail"
	run srdctl_stderr stats srd0
	[ "$status" -eq 1 ]
	is "srdctl: srd0: interrupted"
}

@test "listing-that-fails-is-told" {
	srdctl create -s 1M
	echo "5 5 100" > "$FAKE_ROOT/fail"
	run srdctl_stderr list
	[ "$status" -eq 1 ]
	one_line
	has "cannot list the disks"
}

@test "snapshot-and-clone-say-what-to-do" {
	srdctl create -s 1G -L disk
	fails "no such disk" snapshot srd9
	for verb in snapshot clone; do
		fails "taken by another disk" "$verb" srd0 -n 0
		fails "taken by another disk" "$verb" srd0 -L disk
		fails_with 9 28 "no number is free: remove a disk" "$verb" srd0
		fails_with 9 31 "too many disks share its memory" "$verb" srd0
		fails_with 9 16 "is frozen already: thaw it, or use --no-freeze" "$verb" srd0
		fails_with 9 1 "run as root, or with sudo" "$verb" srd0
	done
	run srdctl list -n -o NAME
	is srd0
}

@test "rollback-says-what-to-do" {
	srdctl create -s 1G
	srdctl snapshot srd0
	srdctl create -s 1G
	srdctl create -s 1G -p
	fails "no such disk" rollback srd0 --to srd9
	fails "no such disk" rollback srd9 --to srd0
	fails "cannot be rolled back to itself" rollback srd0 --to srd0
	fails "no common origin: make a clone of the other one" rollback srd0 --to srd2
	fails "it is read-only" rollback srd1 --to srd0
	fails "it keeps the memory that it has (prealloc)" rollback srd3 --to srd0
	fails_with 10 31 "too many disks share its memory" rollback srd0 --to srd1
	fake_set 0 openers 1
	fake_process 4711 fio /dev/srd0
	fails "busy: open in fio (pid 4711) (free it first)" rollback srd0 --to srd1
}

@test "window-says-what-to-do" {
	srdctl create -s 1G
	fails "no such disk" window srd9 on
	fails_with 14 28 "too many disks have a window" window srd0 on
}

@test "reset-says-what-to-do" {
	srdctl create -s 1G
	srdctl snapshot srd0
	srdctl create -s 1G -p
	fails "no such disk" reset srd9
	fails "it is read-only" reset srd1
	fails "blkdiscard -z zeroes it" reset srd2
	fails_with 11 31 "too many disks share its memory" reset srd0
	fake_set 0 openers 1
	fake_process 4711 fio /dev/srd0
	fails "busy: open in fio (pid 4711) (free it first)" reset srd0
}

@test "fault-says-what-to-do" {
	srdctl create -s 1G
	srdctl create -s 1G -m bio
	fails "no such disk" fault add srd9 drop
	fails "no such disk" fault clear srd9
	fails "no such disk" fault remove srd9 1
	fails "the range begins behind the disk's end" fault add srd0 drop range=1G-2G
	fails "a disk of mode bio has no time-outs: make one with --mode mq" fault add srd1 timeout
	fails_with 15 22 "the module refuses this rule" fault add srd0 drop
	fails_with 15 25 "the module is older than this srdctl" fault add srd0 drop
	fails "it has no rule 3 (see: srdctl fault list srd0)" fault remove srd0 3
	for _ in 1 2 3 4 5 6 7 8; do
		srdctl fault add srd0 drop
	done
	fails "a disk has no more than 64 rules: remove some" fault add srd0 drop
	fails_with 17 4 "interrupted" fault clear srd0
	fails_with 16 4 "interrupted" fault list srd0
}

@test "set-says-what-to-do" {
	srdctl create -s 1G
	fails "no such disk" set srd9 cache=none
	fails "no such disk" set srd9
	fails "there is no CPU 64, or it is offline" set srd0 cpu=64
	echo 1 >"$FAKE_ROOT/refuse"
	fails "srd0: the module refuses read-latency=1ms bandwidth=1M (see" \
		set srd0 read-latency=1ms bandwidth=1M
	fails_with 20 22 "srd0: the module refuses badblocks=heal (see" set srd0 badblocks=heal
	mkdir -p "$FAKE_ROOT"/sys/devices/system/cpu/cpu{1,2}
	echo 0 >"$FAKE_ROOT/sys/devices/system/cpu/cpu1/online"
	fails "cpu: there is no CPU 1, or it is offline" set srd0 cpu=1
	fails "the module refuses cpu=2 latency=1ms" set srd0 cpu=2 latency=1ms
	rm "$FAKE_ROOT/refuse"
	fails_with 18 4 "interrupted" set srd0
	fails "a seed is that of a latency, or of a cache that becomes volatile" set srd0 seed=5
	srdctl window srd0 on
	fails "it has a window, and cannot have a volatile cache, too" set srd0 cache=volatile
	srdctl powercut srd0
	fails "its power is cut (give it back: srdctl help poweron)" set srd0 cache=none
	fails "its power is cut" resize srd0 2G
}

@test "power-says-what-to-do" {
	srdctl create -s 1G
	fails "no such disk" powercut srd9
	fails "no such disk" poweron srd9
	srdctl powercut srd0
	fails_with 19 28 "no memory to put back what was: it stays off" poweron srd0
	fake_set 0 openers 1
	echo "35 22 240:0 / /mnt rw - ext4 /dev/srd0 rw" > "$FAKE_ROOT/proc/self/mountinfo"
	fails "srd0: busy: mounted on /mnt (free it first" poweron srd0
}

@test "poweron-waits-while-something-passes-by" {
	srdctl create -s 1M
	srdctl powercut srd0
	echo "19 16 3" > "$FAKE_ROOT/fail"
	run srdctl poweron srd0
	[ "$status" -eq 0 ]
	run cat "$FAKE_ROOT/fail"
	is "19 16 0"
}
