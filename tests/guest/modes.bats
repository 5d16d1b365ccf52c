#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Mode mq and mode bio: what each has and lacks, and that both do the rest alike.
# modes: mq/6.1 mq/6.12
# guest: --memory 512M --cpus 2

load data

# What a queue of blk-mq says of itself. Newer kernels hide what a disk without one has not.
QUEUE=/sys/block/srd0/queue

# both_modes: srd0 is of mode mq, srd1 of mode bio
both_modes() {
	load_srd size=64M
	srdctl create -s 64M --mode bio >path
}

counts() {
	cd "/sys/block/$1/srd" && echo "$(<"$2_ios") $(<"$2_bytes") $(<"$2_errors")"
}

# diskstats DISK: reads, sectors read, writes, sectors written, discards, sectors discarded, in flight
diskstats() {
	awk -v disk="$1" '$3 == disk { print $4, $6, $8, $10, $15, $17, $12 }' /proc/diskstats
}

# work DISK: 16 reads of 8 sectors, 20 writes of 16, 2 discards of 1 MiB, past all caches
work() {
	dd if="/dev/$1" of=/dev/null bs=4k count=16 iflag=direct status=none
	dd if=/dev/zero of="/dev/$1" bs=8k count=20 oflag=direct conv=notrunc status=none
	blkdiscard -f -l 1M "/dev/$1"
	blkdiscard -f -o 1M -l 1M "/dev/$1"
}

# counted DISK COMMAND...: what it adds to the disk's line in /proc/diskstats
counted() {
	local disk=$1 before after i
	local -a sum
	shift

	read -ra before <<<"$(diskstats "$disk")"
	"$@"
	read -ra after <<<"$(diskstats "$disk")"
	for i in 0 1 2 3 4 5; do
		sum[i]=$((after[i] - before[i]))
	done
	echo "${sum[*]} ${after[6]}"
}

@test "the-parameter-is-the-default-and-create-may-say-otherwise" {
	load_srd size=1M
	is "$(cat /sys/module/srd/parameters/mode)" mq
	is "$(attr srd0 mode)" mq
	srdctl create -s 1M --mode bio >path
	is "$(attr srd1 mode)" bio
	unload_srd

	load_srd size=1M,1M mode=bio
	is "$(cat /sys/module/srd/parameters/mode)" bio
	is "$(attr srd0 mode) $(attr srd1 mode)" "bio bio"
	srdctl create -s 1M >path
	is "$(attr srd2 mode)" bio
	srdctl create -s 1M --mode mq >path
	is "$(attr srd3 mode) $(attr srd3 queues) $(attr srd3 queue_depth)" "mq $(nproc --all) 128"
	is "$(srdctl list --json | jq -c '[.srd[].mode]')" '["bio","bio","bio","mq"]'
	unload_srd

	# queues are for disks of the other mode, whose default they are
	load_srd size=1M mode=bio queues=1 queue_depth=16 poll_queues=1
	is "$(attr srd0 queues) $(attr srd0 queue_depth) $(attr srd0 poll_queues)" "0 0 0"
	srdctl create -s 1M --mode mq >path
	is "$(attr srd1 queues) $(attr srd1 queue_depth) $(attr srd1 poll_queues)" "1 16 1"
}

@test "mode-bio-has-no-queues-no-elevators-no-merging" {
	both_modes
	is "$(attr srd1 queues) $(attr srd1 queue_depth) $(attr srd1 poll_queues)" "0 0 0"
	[[ ! -e /sys/block/srd1/mq ]] || fail "there are hardware queues"
	refuses '' eval 'echo 64 >/sys/block/srd1/queue/nr_requests'
	# refused, or older kernels do not listen
	echo mq-deadline >/sys/block/srd1/queue/scheduler || true
	[[ ! -e /sys/block/srd1/queue/scheduler ]] ||
		is "$(cat /sys/block/srd1/queue/scheduler)" none
	[[ ! -e /sys/block/srd1/queue/io_poll ]] || is "$(cat /sys/block/srd1/queue/io_poll)" 0
	is "$(awk '$1 == "srd1" { print $6 }' /proc/srd)" 0 "queues in /proc/srd"

	[[ -e /sys/block/srd0/mq/0 ]] || fail "there are no hardware queues"
	is "$(cat $QUEUE/nr_requests)" 128
	matches "$(cat $QUEUE/scheduler)" '\[none\]'
}

@test "limits-of-the-queue-are-the-same-in-both" {
	local name

	both_modes
	for name in logical_block_size physical_block_size minimum_io_size optimal_io_size \
		max_hw_sectors_kb max_sectors_kb max_segments max_segment_size \
		discard_max_bytes discard_max_hw_bytes discard_granularity \
		write_zeroes_max_bytes rotational add_random write_cache fua dax zoned \
		write_zeroes_unmap_max_hw_bytes; do
		[[ -e $QUEUE/$name ]] || continue
		is "$(cat "/sys/block/srd1/queue/$name")" "$(cat "$QUEUE/$name")" "$name"
	done
}

@test "disks-of-both-modes-at-the-same-time" {
	both_modes
	new_disk srd0
	new_disk srd1
	fio --direct=1 --ioengine=io_uring --bsrange=512-128k --bs_unaligned=0 --rw=randwrite --size=32M \
		--io_size=$((4 * SCALE))M --iodepth=16 --verify=crc32c --verify_fatal=1 --minimal \
		--name=mq --filename=/dev/srd0 --name=bio --filename=/dev/srd1 >fio.out 2>&1 ||
		fail "$(cat fio.out)"
	data-model -n 300 -r 2M /dev/srd0
	data-model -n 300 -r 2M /dev/srd1
	# their memory is one
	pattern 4M >some
	write_direct /dev/srd0 0 $((4 * MiB)) some
	dd if=/dev/srd0 of=/dev/srd1 bs=1M count=4 iflag=direct oflag=direct status=none
	drop /dev/srd1
	cmp -n 4M some /dev/srd1
	blkdiscard -f /dev/srd0
	blkdiscard -f /dev/srd1
	holds srd0 0
	holds srd1 0
	settle
	is "$(total used)" $((EMPTY[srd0] + EMPTY[srd1]))
}

@test "mode-bio-nowait-never-blocks" {
	local said

	load_srd size=64M mode=bio
	said=$(data-nowait write 4096 0 2048 /dev/srd0)
	echo "$said"
	matches "$said" '^ok=[0-9]+ again=[0-9]+ nospc=0 other=0$'
	write_direct /dev/srd0 0 $((8 * MiB))
	is "$(data-nowait write 4096 0 2048 /dev/srd0)" "ok=2048 again=0 nospc=0 other=0"
	is "$(data-nowait read 4096 0 4096 /dev/srd0)" "ok=4096 again=0 nospc=0 other=0"
	is "$(data-nowait read 64K 32M 16 /dev/srd0)" "ok=16 again=0 nospc=0 other=0"
	is "$(attr srd0 read_errors)" 0
}

# Memory that is on its way back is waited for by who may wait.
@test "mode-bio-nowait-does-not-wait-for-memory-that-comes-back" {
	local said

	load_srd size=64M,64M mode=bio mem_limit=8M
	for _ in 1 2 3; do
		write_direct /dev/srd0 0 $((7 * MiB))
		blkdiscard /dev/srd0
		said=$(data-nowait write 4096 0 1024 /dev/srd1)
		echo "$said"
		matches "$said" '^ok=[0-9]+ again=[0-9]+ nospc=[0-9]+ other=0$'
		write_direct /dev/srd1 0 $((7 * MiB))
		blkdiscard /dev/srd1
	done
	is "$(attr srd0 write_errors)" 0
}

@test "mode-bio-full-is-ENOSPC-and-a-discard-makes-room" {
	load_srd size=64M mode=bio
	new_disk srd0
	set_attr srd0 limit $((EMPTY[srd0] + 101 * PAGE))
	is "$(data-fill 4096 0 4096 /dev/srd0)" 100
	refuses 'No space left' dd if=/dev/zero of=/dev/srd0 bs=4k seek=100 count=1 oflag=direct
	at_least "$(attr srd0 write_errors)" 1
	blkdiscard -l 40K /dev/srd0
	holds srd0 91
	is "$(data-fill 4096 400K 4096 /dev/srd0)" 10
}

@test "mode-bio-discards-zeroes-and-erases" {
	load_srd size=64M mode=bio
	new_disk srd0
	pattern 16M >some
	write_direct /dev/srd0 0 $((16 * MiB)) some
	holds srd0 "$(with_nodes 4096)"
	blkdiscard -f -l 4M /dev/srd0
	holds srd0 "$(with_nodes 3072)"
	blkdiscard -f -z -o 4M -l 4M /dev/srd0
	blkdiscard -f -s -o 8M -l 4M /dev/srd0
	zeroes /dev/srd0 0 $((12 * MiB))
	# what was not emptied
	cmp -n 4M -i 12M some /dev/srd0
	fallocate -p -n -o 12M -l 4M /dev/srd0
	blkdiscard -f /dev/srd0
	holds srd0 0
	is "$(attr srd0 discard_errors) $(attr srd0 write_zeroes_errors)" "0 0"
	is "$(attr srd0 secure_erase_errors)" 0
}

@test "mode-bio-partitions" {
	load_srd size=64M mode=bio max_part=8
	sfdisk -q /dev/srd0 <<<$',16M\n,16M'
	is "$(cut -d : -f 2 /sys/block/srd0/srd0p2/dev)" 2 "minor of srd0p2"
	pattern 16M >some
	write_direct /dev/srd0p2 0 $((16 * MiB)) some
	cmp some /dev/srd0p2
	drop /dev/srd0
	cmp -n 16M -i 0:17M some /dev/srd0
	refuses 'No space left' dd if=/dev/zero of=/dev/srd0p1 bs=1M count=17 oflag=direct
	drop /dev/srd0p2
	cmp some /dev/srd0p2
	mkfs.ext4 -qF /dev/srd0p1
	unload_srd

	load_srd size=64M mode=bio
	sfdisk -q /dev/srd0 <<<$',16M\n,16M'
	[[ -b /dev/srd0p2 ]] || fail "no srd0p2"
	srdctl remove srd0
	[[ ! -e /dev/srd0p2 ]] || fail "srd0p2 is still there"
}

@test "mode-bio-read-only" {
	load_srd
	srdctl create -s 16M --mode bio --read-only >path
	zeroes /dev/srd0
	refuses '' dd if=/dev/zero of=/dev/srd0 bs=4k count=1 oflag=direct
	refuses '' blkdiscard -f /dev/srd0
	is "$(attr srd0 write_bytes) $(attr srd0 discard_bytes) $(used srd0)" "0 0 4096"
}

@test "mode-bio-counts-and-times-every-operation" {
	local op

	load_srd size=64M mode=bio
	set_attr srd0 reset_stats 1
	set_attr srd0 latency_sample 1
	dd if=/dev/zero of=/dev/srd0 bs=4k count=5 oflag=direct status=none
	is "$(counts srd0 write)" "5 20480 0" writes
	dd if=/dev/srd0 of=/dev/null bs=8k count=3 iflag=direct status=none
	is "$(counts srd0 read)" "3 24576 0" reads
	blkdiscard -f -o 1M -l 1M /dev/srd0
	is "$(counts srd0 discard)" "1 1048576 0" discards
	blkdiscard -f -z -o 2M -l 1M /dev/srd0
	is "$(counts srd0 write_zeroes)" "1 1048576 0" "write zeroes"
	blkdiscard -f -s -o 3M -l 1M /dev/srd0
	is "$(counts srd0 secure_erase)" "1 1048576 0" "secure erases"
	dd if=/dev/zero of=/dev/srd0 bs=4k count=1 conv=fsync status=none
	is "$(attr srd0 flush_ios)" 0 "flushes"
	for op in read write discard write_zeroes secure_erase flush; do
		is "$(attr srd0 ${op}_latency | tr ' ' '+' | bc)" "$(attr srd0 ${op}_ios)" \
			"$op requests in the histogram"
	done
}

@test "iostat-of-mode-mq-is-on-and-can-be-switched-off" {
	both_modes
	is "$(cat $QUEUE/iostats)" 1
	is "$(counted srd0 work srd0)" "16 128 20 320 2 4096 0"
	echo 0 >$QUEUE/iostats
	is "$(counted srd0 work srd0)" "0 0 0 0 0 0 0" "when off"
	echo 1 >$QUEUE/iostats
	is "$(counted srd0 work srd0)" "16 128 20 320 2 4096 0" "when on again"
	is "$(attr srd0 write_ios)" 60 "srd's own count"
}

@test "iostat-of-mode-bio-is-off-and-can-be-switched-on" {
	local iostats=/sys/block/srd1/queue/iostats

	both_modes
	is "$(cat $iostats)" 0
	is "$(counted srd1 work srd1)" "0 0 0 0 0 0 0"
	echo 1 >$iostats
	is "$(counted srd1 work srd1)" "16 128 20 320 2 4096 0" "when on"
	echo 0 >$iostats
	is "$(counted srd1 work srd1)" "0 0 0 0 0 0 0" "when off again"
	is "$(attr srd1 write_ios)" 60 "srd's own count"
}

iostats_on_and_off() {
	echo 1 >/sys/block/$1/queue/iostats
	echo 0 >/sys/block/$1/queue/iostats
}

# What was in flight when it was switched must not be missing, or left, later.
@test "iostat-switched-under-load-counts-nothing-twice" {
	local disk load

	both_modes
	for disk in srd0 srd1; do
		fio --filename=/dev/$disk --direct=1 --ioengine=io_uring --rw=randrw --bs=4k --minimal \
			--iodepth=16 --size=8M --loops=$((2 * SCALE)) --numjobs=2 --thread --name=load \
			>fio.out 2>&1 3>&- &
		load=$!
		meanwhile $load iostats_on_and_off $disk
		wait $load || fail "$(cat fio.out)"
		is "$(cat /sys/block/$disk/inflight | tr -s ' ')" " 0 0" "in flight, $disk"
		echo 1 >/sys/block/$disk/queue/iostats
		is "$(counted $disk work $disk)" "16 128 20 320 2 4096 0" "$disk"
	done
}

# throttle_off [WHAT]: of srd0. queue/wbt_lat_usec shows what it would be on some kernels; what it
# is, debugfs knows: there is none, or it is in one of the states 3 and 4.
throttle_off() {
	local state=/sys/kernel/debug/block/srd0/rqos/wbt/enabled

	[[ -d ${state%/srd0*} ]] || mount -t debugfs debugfs /sys/kernel/debug
	[[ -d ${state%/rqos*} ]] || fail "debugfs does not know srd0"
	[[ ! -e $state || $(cat $QUEUE/wbt_lat_usec) == 0 ]] ||
		matches "$(cat $state)" '^[34]$' "state of the throttle ${1-}"
}

@test "write-back-throttling-is-off-and-can-be-had" {
	local name

	load_srd size=64M
	[[ -e $QUEUE/wbt_lat_usec ]] || skip "this kernel has no write-back throttling"
	throttle_off
	# what it would be by default, 2000, is not taken for a change by some kernels
	for name in 5000 2000; do
		echo $name >$QUEUE/wbt_lat_usec
		is "$(cat $QUEUE/wbt_lat_usec)" $name
	done
	dd if=/dev/zero of=/dev/srd0 bs=1M count=8 conv=fsync status=none
	is "$(attr srd0 write_errors)" 0
	echo 0 >$QUEUE/wbt_lat_usec
	throttle_off "off again"
	dd if=/dev/zero of=/dev/srd0 bs=1M count=8 conv=fsync status=none

	modprobe -qa mq-deadline kyber-iosched bfq || echo "not all of them"
	for name in $(tr -d '[]' <$QUEUE/scheduler); do
		echo "$name" >$QUEUE/scheduler
		matches "$(cat $QUEUE/scheduler)" "\[$name\]"
		data-model -n 100 -r 2M /dev/srd0
	done
}

@test "elevators-work-and-leave-the-throttle-off" {
	local name bfq=0

	modprobe -qa mq-deadline kyber-iosched bfq || echo "not all of them"
	load_srd size=16M
	for name in $(tr -d '[]' <$QUEUE/scheduler) none; do
		echo "$name" >$QUEUE/scheduler
		data-model -n 100 -r 2M /dev/srd0
		# bfq does without, and switches it on when it goes, on any disk
		[[ $name != bfq ]] || bfq=1
		[[ ! -e $QUEUE/wbt_lat_usec || $bfq == 1 ]] ||
			throttle_off "with $name"
	done
}

@test "mode-bio-has-no-throttle" {
	load_srd size=16M mode=bio
	# where it can be set, nobody looks at it
	[[ ! -e $QUEUE/wbt_lat_usec ]] || echo 1 >$QUEUE/wbt_lat_usec || true
	dd if=/dev/zero of=/dev/srd0 bs=1M count=16 conv=fsync status=none
	is "$(attr srd0 write_errors)" 0
}
