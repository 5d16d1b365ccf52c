#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The counters say exactly what was done, whichever way the requests came.
# modes: mq/6.12 mq/newest bio/every
# guest: --memory 512M --cpus 2

load data

OPS=(read write discard write_zeroes secure_erase flush)

# counts: "op ios bytes errors" for each kind of request that was counted
counts() {
	local op dir=/sys/block/srd0/srd

	for op in "${OPS[@]}"; do
		echo "$op $(<"$dir/${op}_ios") $(<"$dir/${op}_bytes") $(<"$dir/${op}_errors")"
	done | grep -v ' 0 0 0$'
}

# counted LINE...: since the last reset exactly this
counted() {
	is "$(counts)" "$(printf '%s\n' "$@")" "counters"
	set_attr srd0 reset_stats 1
	is "$(counts)" "" "counters after the reset"
}

fresh() {
	load_srd size=64M
	set_attr srd0 reset_stats 1
}

# Sync I/O is dispatched one request at a time.
@test "counts-of-single-requests-are-exact" {
	fresh
	dd if=/dev/zero of=/dev/srd0 bs=4k count=100 oflag=direct status=none
	counted "write 100 409600 0"
	dd if=/dev/zero of=/dev/srd0 bs=512 count=30 seek=7 oflag=direct status=none
	counted "write 30 15360 0"
	dd if=/dev/srd0 of=/dev/null bs=64k count=20 iflag=direct status=none
	counted "read 20 1310720 0"
}

# io_uring hands over what it was given at once in one list: every second block, so that none
# can be merged with its neighbour.
@test "counts-of-batched-requests-are-exact" {
	local -a fio=(fio --filename=/dev/srd0 --direct=1 --ioengine=io_uring --iodepth=32 --bs=4k
		--iodepth_batch_submit=16 --iodepth_batch_complete_min=8 --number_ios=1000 --minimal
		--size=64M --invalidate=0)

	fresh
	"${fio[@]}" --name=w --rw=write:4k >fio.out
	counted "write 1000 4096000 0"
	"${fio[@]}" --name=r --rw=read:4k >fio.out
	counted "read 1000 4096000 0"
	"${fio[@]}" --name=t --rw=trim:4k >fio.out
	counted "discard 1000 4096000 0"
}

# blkdiscard would look for file systems first; -f keeps it from that.
@test "counts-of-other-operations-are-exact" {
	fresh
	blkdiscard -f -o 0 -l 1M /dev/srd0
	counted "discard 1 $MiB 0"
	blkdiscard -f -z -o 0 -l 2M /dev/srd0
	counted "write_zeroes 1 $((2 * MiB)) 0"
	fallocate -p -n -o 512 -l 1536 /dev/srd0
	counted "write_zeroes 1 1536 0"
	blkdiscard -f -s -o 0 -l 3M /dev/srd0
	counted "secure_erase 1 $((3 * MiB)) 0"
}

# More than one request can be: what matters is the sum.
@test "bytes-of-large-operations-are-exact" {
	load_srd size=16T
	set_attr srd0 reset_stats 1
	blkdiscard -f /dev/srd0
	is "$(attr srd0 discard_bytes)" $((16 * TiB)) "discard_bytes"
	set_attr srd0 reset_stats 1
	dd if=/dev/zero of=/dev/srd0 bs=32M count=2 oflag=direct status=none
	is "$(attr srd0 write_bytes)" $((64 * MiB)) "write_bytes"
}

@test "errors-are-counted-by-operation" {
	fresh
	new_disk srd0
	write_direct /dev/srd0 0 8192
	set_attr srd0 reset_stats 1
	set_attr srd0 limit $((EMPTY[srd0] + 3 * PAGE))
	is "$(data-nowait write 4096 0 10 /dev/srd0)" "ok=2 again=0 nospc=8 other=0"
	counted "write 10 8192 8"
	fio --filename=/dev/srd0 --direct=1 --ioengine=io_uring --iodepth=16 --bs=4k --minimal \
		--iodepth_batch_submit=16 --offset=64k --size=128k --rw=write:4k --number_ios=16 \
		--continue_on_error=write --name=w >fio.out 2>&1 || true
	counted "write 16 0 16"
	dd if=/dev/srd0 of=/dev/null bs=4k count=1 iflag=direct status=none
	counted "read 1 4096 0"
}

@test "counts-from-two-cpus-add-up" {
	fresh
	taskset -c 0 data-nowait write 4096 0 2000 /dev/srd0 >said0 &
	taskset -c 1 data-nowait write 4096 32M 2000 /dev/srd0 >said1
	wait $!
	counted "write 4000 $((4000 * 4096)) 0"
}

@test "latency-histogram-counts-every-request-it-samples" {
	fresh
	set_attr srd0 latency_sample 1
	dd if=/dev/zero of=/dev/srd0 bs=4k count=500 oflag=direct status=none
	is "$(attr srd0 write_latency | tr ' ' '\n' | paste -sd + | bc)" 500 "samples"
	set_attr srd0 latency_sample 0
	dd if=/dev/zero of=/dev/srd0 bs=4k count=500 oflag=direct status=none
	is "$(attr srd0 write_latency | tr ' ' '\n' | paste -sd + | bc)" 500 "samples"
}

# The block layer's own, as iostat reads them: reads, merges, sectors, ms; the same for writes;
# in flight; two times; the same four for discards.
@test "the-block-layers-statistics-agree" {
	local stat

	fresh
	echo 1 >/sys/block/srd0/queue/iostats
	stat=$(cat /sys/block/srd0/stat)
	# shellcheck disable=SC2086 # its fields
	set -- $stat
	local reads=$1 read_sectors=$3 writes=$5 written=$7 discards=${12} discarded=${14}

	dd if=/dev/zero of=/dev/srd0 bs=8k count=100 oflag=direct status=none
	dd if=/dev/srd0 of=/dev/null bs=4k count=50 iflag=direct status=none
	blkdiscard -f -l 1M /dev/srd0
	# shellcheck disable=SC2046
	set -- $(cat /sys/block/srd0/stat)
	is "$(($1 - reads)) $(($3 - read_sectors))" "50 400" "reads and their sectors"
	is "$(($5 - writes)) $(($7 - written))" "100 1600" "writes and their sectors"
	is "$((${12} - discards)) $((${14} - discarded))" "1 2048" "discards and their sectors"
	is "$9" 0 "requests in flight"

	# and stand still when they are switched off
	echo 0 >/sys/block/srd0/queue/iostats
	dd if=/dev/zero of=/dev/srd0 bs=8k count=100 oflag=direct status=none
	is "$(awk '{ print $5 }' /sys/block/srd0/stat)" "$5" "writes without iostats"
	is "$(attr srd0 write_ios)" 200 "srd's own count"
}

@test "proc-srd-and-sysfs-agree" {
	fresh
	dd if=/dev/zero of=/dev/srd0 bs=4k count=12 oflag=direct status=none
	dd if=/dev/srd0 of=/dev/null bs=8k count=3 iflag=direct status=none
	# name capacity used limit block queues openers reads read_bytes writes written_bytes errors
	is "$(awk '$1 == "srd0" { print $8, $9, $10, $11, $12 }' /proc/srd)" "3 24576 12 49152 0"
}
