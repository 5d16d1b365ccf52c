#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# A disk four times as large as the machine's memory is filled: the writer is told, and nobody
# is killed.
# modes: mq/6.12 bio/every
# guest: --memory 512M
# timeout: 400

load data

setup() {
	srd_setup
	witnesses=()
	local n
	for ((n = 0; n < 8; n++)); do
		sleep infinity &
		witnesses+=($!)
	done
}

teardown() {
	kill "${witnesses[@]}"
	wait
	srd_teardown
}

# Whoever was there before is there still, and nobody was killed for memory.
all_alive() {
	kill -0 "${witnesses[@]}" || fail "somebody was killed"
	! log_since | grep -iE 'oom|out of memory|killed process|page allocation failure|hung|blocked for' ||
		fail "the kernel's log speaks of it"
}

# came_back FREE: so much memory was free before; most of it is again
came_back() {
	settle
	at_least "$(available)" $(($1 - 48 * MiB)) "MemAvailable, of $1 before"
}

# overfill: direct, then buffered; reading and discarding go on
overfill() {
	local free

	load_srd size=2G "$@"
	new_disk srd0
	free=$(available)

	refuses "No space left on device" dd if=/dev/zero of=/dev/srd0 bs=1M oflag=direct
	all_alive
	at_least "$(used srd0)" $((120 * MiB)) "memory that a disk could have"
	at_least "$(attr srd0 write_errors)" 1 "write_errors"
	zeroes /dev/srd0 $((100 * MiB)) "$MiB"
	# the machine may have found a little more meanwhile
	refuses "No space left on device" \
		dd if=/dev/zero of=/dev/srd0 bs=4k seek=480000 count=20000 oflag=direct conv=notrunc
	blkdiscard /dev/srd0
	holds srd0 0
	came_back "$free"

	refuses "" dd if=/dev/zero of=/dev/srd0 bs=1M count=550 conv=fsync
	all_alive
	blkdiscard /dev/srd0
	drop /dev/srd0
	came_back "$free"
	srdctl remove srd0
	is "$(total used)" 0 "memory of all disks"
}

@test "overfill-ends-in-ENOSPC-with-all-alive" {
	overfill
}

# The limit is beyond what the machine has, so that only the reserve is in the way.
@test "overfill-without-a-limit-ends-in-ENOSPC-with-all-alive" {
	overfill mem_limit=16G
}

@test "overfill-by-two-cpus-with-small-blocks" {
	load_srd size=2G mem_limit=16G
	fio --filename=/dev/srd0 --rw=write --bs=64k --ioengine=io_uring --iodepth=32 --direct=1 \
		--size=512M --name=low --name=high --offset=1G >fio.out 2>&1 || true
	grep -q 'No space left on device' fio.out || fail "$(cat fio.out)"
	all_alive
	blkdiscard /dev/srd0
}

@test "ext4-on-an-overfilled-disk-fails-but-can-be-unmounted" {
	local free

	load_srd size=2G mem_limit=16G
	free=$(available)
	mkfs.ext4 -q /dev/srd0
	mkdir -p mnt
	mount /dev/srd0 mnt
	echo here >mnt/first
	sync -f mnt
	# On 6.1 a writer may wait for ever for pages to be cleaned that ext4 gave up with its
	# journal, on whatever disk: it can be killed.
	refuses "" timeout 30 dd if=/dev/zero of=mnt/large bs=1M count=550 conv=fsync
	umount mnt
	all_alive
	# what was written before is there
	mount -o ro,noload /dev/srd0 mnt
	is "$(cat mnt/first)" here
	umount mnt
	srdctl remove srd0
	is "$(total used)" 0 "memory of all disks"
	came_back "$free"
}

# Two disks and page cache at once, from both CPUs.
@test "overfill-of-two-disks-buffered-at-once" {
	local free

	load_srd size=2G,2G mem_limit=16G
	free=$(available)
	dd if=/dev/zero of=/dev/srd0 bs=1M count=350 conv=fsync 2>said0 &
	! dd if=/dev/zero of=/dev/srd1 bs=1M count=350 conv=fsync 2>said1 ||
		fail "both disks hold more than there is"
	! wait $! || at_least 0 1 "errors of the first disk"
	all_alive
	blkdiscard /dev/srd0
	blkdiscard /dev/srd1
	came_back "$free"
}

# A program that has a third of the machine keeps it, and goes on working with it.
@test "overfill-beside-a-program-that-works-in-its-memory" {
	load_srd size=2G mem_limit=16G
	data-hog 150M $((4 * SCALE)) >filled &
	PATIENCE=120 eventually grep filled filled
	refuses "No space left on device" dd if=/dev/zero of=/dev/srd0 bs=256k oflag=direct
	wait $! || fail "the program lost its memory"
	all_alive
	blkdiscard /dev/srd0
}
