#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What changes shared memory when there is room for so many pages and no more: at each page of
# those that it needs, it fails without harm.
# modes: mq/6.12 bio/every

load data

# needs LEVELS: pages that an operation needs when there are so many levels of nodes: one
# for the data and one for each node on the way, as far as they are shared
needs() {
	cat <<-END
		write-a-sector $((1 + $1))
		write-a-hole $((1 + $1))
		write-across-nodes $((3 + $1))
		discard-a-page $1
		discard-across-nodes $((1 + $1))
		discard-a-node $(($1 - 1))
		zero-sectors $((2 + $1))
		punch-unaligned $((2 + $1))
		erase-a-page $1
		shrink-into-a-page $((1 + $1))
		shrink-into-a-hole $1
		snapshot 0
		rollback 0
		reset 0
	END
}

# room SIZE LEVELS [OPTION]
room() {
	load_srd size="$1"
	snap-room ${3+"$3"} >said
	diff <(needs "$2") said
	is "$(total disks) $(total used)" "0 0" "disks and memory at the end"
}

@test "limit-with-nodes-of-one-level" {
	room 64M 1
}

@test "limit-with-nodes-of-two-levels" {
	room 144G 2
}

@test "mem_limit-with-nodes-of-one-level" {
	room 64M 1 -m
}

@test "mem_limit-with-nodes-of-two-levels" {
	room 144G 2 -m
}

@test "what-others-have-let-go-of-needs-no-room" {
	local before

	load_srd
	srdctl create --size 4M
	write_direct /dev/srd0 0 $((4 * MiB)) <(pattern 4M)
	before=$(checksum /dev/srd0)
	srdctl snapshot srd0
	srdctl remove srd1
	# a grace period later nobody reads by way of it
	settle
	used srd0 >/sys/block/srd0/srd/limit
	write_direct /dev/srd0 0 $((4 * MiB)) <(pattern 4M 2000000)
	write_direct /dev/srd0 0 $((4 * MiB)) <(pattern 4M)
	is "$(checksum /dev/srd0)" "$before"
	srdctl snapshot srd0
	srdctl remove srd1
	settle
	blkdiscard --offset $PAGE --length $PAGE /dev/srd0
	zeroes /dev/srd0 $PAGE $PAGE
	write_direct /dev/srd0 $PAGE $PAGE
}

@test "what-others-have-just-let-go-of-needs-no-room" {
	load_srd
	srdctl create --size 1M
	pattern 1M >/dev/srd0
	settle
	used srd0 >/sys/block/srd0/srd/limit
	snap-again remove $((50 * SCALE))
	snap-again discard $((50 * SCALE))
	snap-again nowait $((50 * SCALE))
	# nor at the limit of all
	echo 0 >/sys/block/srd0/srd/limit
	total used >/sys/module/srd/parameters/mem_limit
	snap-again remove $((50 * SCALE))
	snap-again discard $((50 * SCALE))
	snap-again nowait $((50 * SCALE))
}

# By pieces of which each is a part of what a slot of the root leads to, it would need some.
@test "all-of-a-shared-disk-is-discarded-without-room" {
	local how pos window

	for window in off on; do
		for how in blkdiscard "blkdiscard -f -s" "fallocate -p -o 0 -l 144G"; do
			load_srd
			srdctl create --size 144G
			for pos in 0 $((100 * MiB)) $((GiB)) $((70 * GiB)); do
				write_direct /dev/srd0 "$pos" 4096 /dev/urandom
			done
			srdctl clone srd0
			srdctl window srd1 "$window" >path
			settle
			total used >/sys/module/srd/parameters/mem_limit
			$how /dev/srd1
			is "$(srdctl extents -n srd1)" ""
			srdctl remove --all
			rmmod srd
		done
	done
}

@test "a-full-disk-is-snapshotted-while-writes-are-refused" {
	local i

	load_srd
	srdctl create --size 64M --limit 8M
	fio --name=full --filename=/dev/srd0 --rw=randwrite --bs=4k --ioengine=io_uring --direct=1 \
		--iodepth=16 --numjobs=2 --time_based --runtime=600 --ignore_error=ENOSPC,ENOSPC \
		--output=/dev/null 2>/dev/null &
	eventually refused_some
	for ((i = 0; i < 20; i++)); do
		srdctl snapshot srd0
	done
	kill %1
	wait %1 || true
	is "$(total disks)" 21
	srdctl remove --all
	settle
	is "$(total used)" 0
}

refused_some() {
	(($(attr srd0 write_errors) > 100))
}
