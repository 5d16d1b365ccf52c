#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Several CPUs in the same page: nobody's data is lost, nobody sees what is not the disk's, and
# not one page is counted twice or forgotten.
# modes: mq/6.12 mq/newest bio/6.12
# guest: --memory 1G --cpus 2

load data

# first_writes PAGES PARTS STRIDE HELD ROUNDS: two CPUs write the parts of each page, which
# takes so many pages of memory; a discard of all gives them back
first_writes() {
	local round

	new_disk srd0
	for ((round = 0; round < $5; round++)); do
		data-first-write "$1" "$2" "$3" /dev/srd0
		holds srd0 "$4"
		blkdiscard /dev/srd0
		holds srd0 0
	done
	settle
	is "$(total used)" "${EMPTY[srd0]}" "memory of all disks"
}

@test "two-cpus-first-write-halves-of-a-page" {
	load_srd size=64M
	first_writes 512 2 4096 513 $((4 * SCALE))
}

@test "two-cpus-first-write-eighths-of-a-page" {
	load_srd size=64M
	first_writes 512 8 4096 513 $((2 * SCALE))
}

# Each page needs a node of its own, so that the CPUs race for the nodes as well.
@test "two-cpus-first-write-a-node" {
	load_srd size=1G
	first_writes 512 2 2M 1024 $((4 * SCALE))
}

# Each page needs two.
@test "two-cpus-first-write-a-node-of-nodes" {
	load_srd size=1T
	first_writes 256 2 1G 768 $((4 * SCALE))
}

# The disk has room for exactly this.
@test "two-cpus-first-write-up-to-the-limit" {
	local round

	load_srd size=64M
	new_disk srd0
	for ((round = 0; round < 4 * SCALE; round++)); do
		# the node is there before, as whoever loses the race for it holds two for a moment
		dd if=/dev/zero of=/dev/srd0 bs=4k count=1 oflag=direct conv=notrunc status=none
		set_attr srd0 limit $((EMPTY[srd0] + 514 * PAGE))
		data-first-write 510 2 4096 /dev/srd0
		set_attr srd0 limit 0
		holds srd0 511
		blkdiscard /dev/srd0
	done
}

# race DISK PAGES COUNT: writers, readers, discards, and another disk that takes what they free
race() {
	local seed=$RANDOM

	echo "seed $seed"
	new_disk srd0
	new_disk srd1
	data-discard-race "$1" "$2" "$seed" /dev/srd0 /dev/srd1
	blkdiscard /dev/srd0
	blkdiscard /dev/srd1
	holds srd0 0
	holds srd1 0
	settle
	is "$(total used)" $((EMPTY[srd0] + EMPTY[srd1])) "memory of all disks"
}

@test "discard-races-reads-and-writes-in-one-node" {
	load_srd size=16M,16M
	race 64 $((2000 * SCALE))
}

# Few pages at the border of two nodes: these come and go all the time.
@test "discard-races-reads-and-writes-of-few-pages" {
	load_srd size=16M,16M
	race 3 $((3000 * SCALE))
}

@test "discard-races-reads-and-writes-over-several-nodes" {
	load_srd size=16M,16M
	race 2048 $((1000 * SCALE))
}

# emptied_under OPTION...: whole nodes are unlinked again and again during I/O of fio's with these
emptied_under() {
	load_srd size=16M
	new_disk srd0
	fio --filename=/dev/srd0 --size=8M --direct=1 --minimal --runtime=600 \
		--ioengine=io_uring --iodepth=16 --norandommap=1 "$@" >fio.out &
	while [[ -d /proc/$! ]]; do
		blkdiscard -l 8M /dev/srd0
		blkdiscard -o 2M -l 4M /dev/srd0
		fallocate -p -n -o 1M -l 6M /dev/srd0
	done
	wait $! || fail "$(cat fio.out)"
	is "$(attr srd0 write_errors) $(attr srd0 read_errors) $(attr srd0 discard_errors)" "0 0 0"
	blkdiscard /dev/srd0
	holds srd0 0
}

@test "whole-nodes-are-discarded-under-writers" {
	emptied_under --bs=4k --io_size=$((16 * SCALE))M --name=writes --rw=randwrite \
		--name=reads --rw=randread
}

# Who copies from one page after the other of a node must not find that it has become another's.
@test "whole-nodes-are-discarded-under-long-reads" {
	emptied_under --name=writes --rw=randwrite --bs=4k --io_size=$((24 * SCALE))M \
		--name=reads --rw=read --bs=1M --iodepth=4 --io_size=$((400 * SCALE))M
}
