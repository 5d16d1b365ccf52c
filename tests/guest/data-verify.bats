#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What was written is what is read: fio's checksums and a model in memory.
# modes: mq bio/6.12
# guest: --memory 1G

load data

setup() {
	srd_setup
	sizes=512/15:1k/10:2k/10:4k/30:12k/10:32k/10:64k/10:256k/5
}

# verify NAME OPTION...: four jobs on ranges of their own
verify() {
	local name=$1
	shift

	fio --name="$name" --filename=/dev/srd0 --numjobs=4 --size=2M --offset_increment=2M \
		--rw=randwrite --bssplit="$sizes" --verify=crc32c --verify_fatal=1 --do_verify=1 \
		--loops="$SCALE" --randseed="${seed:=$RANDOM}" --group_reporting --minimal "$@" >fio.out ||
		fail "fio failed, with seed $seed" "$(cat fio.out)"
}

@test "verify-direct-io-uring" {
	load_srd size=8M
	verify shallow --ioengine=io_uring --direct=1 --iodepth=1
	verify deep --ioengine=io_uring --direct=1 --iodepth=32 --iodepth_batch_submit=8
	verify deeper --ioengine=io_uring --direct=1 --iodepth=128 --iodepth_batch_submit=32 \
		--iodepth_batch_complete_min=16 --fixedbufs=1 --registerfiles=1
}

@test "verify-direct-libaio" {
	load_srd size=8M
	verify deep --ioengine=libaio --direct=1 --iodepth=16 --iodepth_batch_submit=16
}

@test "verify-direct-sync" {
	load_srd size=8M
	verify sync --ioengine=psync --direct=1
}

@test "verify-buffered" {
	load_srd size=8M
	verify buffered --ioengine=psync --direct=0 --end_fsync=1 --invalidate=1
}

@test "verify-blocks-of-4096" {
	load_srd size=8M block_size=4096
	sizes=4k/40:8k/20:20k/20:64k/15:256k/5
	verify large --ioengine=io_uring --direct=1 --iodepth=32 --iodepth_batch_submit=8
}

@test "verify-one-queue-of-depth-1" {
	load_srd size=8M queues=1 queue_depth=1
	verify narrow --ioengine=io_uring --direct=1 --iodepth=32 --iodepth_batch_submit=8
}

@test "verify-large-unaligned-sizes" {
	load_srd size=32M
	fio --name=large --filename=/dev/srd0 --rw=write --bs=5242368 --offset=512 --size=25M \
		--direct=1 --ioengine=psync --verify=crc32c --verify_interval=512 \
		--verify_fatal=1 --minimal >fio.out || fail "$(cat fio.out)"
}

# Longer than a disk takes at once, from a buffer that the block layer can take whole.
@test "verify-requests-of-40-MiB" {
	load_srd size=96M
	set_attr srd0 reset_stats 1
	fio --name=huge --filename=/dev/srd0 --rw=write --bs=40M --size=80M --direct=1 \
		--ioengine=io_uring --fixedbufs=1 --verify=crc32c --verify_interval=1M \
		--verify_fatal=1 --minimal >fio.out || fail "$(cat fio.out)"
	is "$(attr srd0 write_bytes) $(attr srd0 read_bytes)" "$((80 * MiB)) $((80 * MiB))"
	at_least "$(attr srd0 write_ios)" 6 "write requests: none is longer than 16 MiB"
	at_least "$(attr srd0 read_ios)" 6 "read requests"
}

# Four ranges of 4 MiB are written; one is discarded whole, one zeroed in part. No write ever
# reaches the fifth.
@test "discarded-and-zeroed-ranges-between-verified-ones" {
	local -a job=(--filename=/dev/srd0 --size=4M --bs=4k --rw=randwrite --direct=1 --minimal
		--ioengine=io_uring --iodepth=16 --verify=crc32c --verify_fatal=1 --randseed=1)

	load_srd size=20M
	fio "${job[@]}" --numjobs=4 --offset_increment=4M --do_verify=0 --name=range >fio.out
	blkdiscard -o 4M -l 4M /dev/srd0
	blkdiscard -z -o 8M -l 2M /dev/srd0

	zeroes /dev/srd0 $((4 * MiB)) $((6 * MiB))
	zeroes /dev/srd0 $((16 * MiB)) $((4 * MiB))
	refuses "bad magic" \
		fio "${job[@]}" --numjobs=4 --offset_increment=4M --verify_only=1 --name=range
	fio "${job[@]}" --verify_only=1 --name=range >fio.out || fail "the first range has changed"
}

@test "never-written-reads-zeroes-and-takes-no-memory" {
	load_srd size=16M
	new_disk srd0
	zeroes /dev/srd0
	is "$(checksum /dev/srd0)" "$(head -c 16M /dev/zero | md5sum)"
	holds srd0 0
}

# Random operations against a copy in memory, where pages, nodes of the table and their
# neighbours come and go: around the border of two nodes.

@test "model-blocks-of-512" {
	load_srd size=64M
	data-model -n $((2000 * SCALE)) -o 1M -r 4M /dev/srd0
}

@test "model-blocks-of-4096" {
	load_srd size=64M block_size=4096
	data-model -b 4096 -n $((2000 * SCALE)) -o 1M -r 6M /dev/srd0
}

@test "model-direct-cached-and-mapped-mixed" {
	load_srd size=64M
	data-model -m -n $((2000 * SCALE)) -o 1M -r 2M /dev/srd0
}

@test "model-two-processes-share-pages" {
	load_srd size=64M
	data-model -p 2 -n $((4000 * SCALE)) -o 2044K -r 128K /dev/srd0
}

@test "model-two-processes-share-nodes" {
	load_srd size=64M block_size=4096
	data-model -p 2 -b 4096 -n $((2000 * SCALE)) -o 2040K -r 64K /dev/srd0
}

@test "model-on-a-table-of-three-levels" {
	load_srd size=1T
	data-model -n $((1000 * SCALE)) -o 1073217536 -r 4M /dev/srd0
}
