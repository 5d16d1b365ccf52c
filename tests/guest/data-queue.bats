#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What changes about a queue while it is in use: nothing gets lost, nothing hangs.
# modes: mq/6.12 mq/newest
# guest: --memory 512M --cpus 2

load data

# under_load LOOPS COMMAND...: again and again, while fio writes and verifies; fio ends by itself
under_load() {
	local loops=$1
	shift

	fio --filename=/dev/srd0 --size=4M --bs=4k --rw=randwrite --direct=1 --verify=crc32c \
		--verify_fatal=1 --iodepth=16 --iodepth_batch_submit=8 --numjobs=2 --minimal \
		--offset_increment=4M --ioengine=io_uring --loops="$loops" --name=load >fio.out 2>&1 3>&- &
	meanwhile $! "$@"
	wait $! || fail "$(cat fio.out)"
	echo "$ROUNDS rounds"
	at_least "$ROUNDS" 2 "changes under load"
	is "$(attr srd0 write_errors) $(attr srd0 read_errors)" "0 0"
}

# A CPU that goes stops all the others until each of them has come to a halt.
cpu1() {
	echo "$1" >/sys/devices/system/cpu/cpu1/online
}

off_and_on() {
	cpu1 0
	cpu1 1
}

@test "cpu-goes-and-comes-under-load" {
	[[ $(uname -r) != 6.1.* ]] || ! grep -q "QEMU TCG" /proc/cpuinfo ||
		skip "6.1 warns of its own timers when an emulated CPU comes (clockevents_program_event)"
	[[ -e /sys/devices/system/cpu/cpu1/online ]] || skip "the second CPU cannot be switched off"
	load_srd size=16M
	under_load $((4 * SCALE)) off_and_on
	cpu1 1
}

@test "disk-made-while-a-cpu-is-off-serves-it-later" {
	[[ -e /sys/devices/system/cpu/cpu1/online ]] || skip "the second CPU cannot be switched off"
	cpu1 0
	load_srd size=16M
	is "$(attr srd0 queues)" 2 "queues: one for each CPU that can be"
	write_direct /dev/srd0 0 "$MiB"
	cpu1 1
	is "$(taskset -c 1 data-nowait write 4096 1M 256 /dev/srd0)" "ok=256 again=0 nospc=0 other=0"
	new_disk srd0
	cpu1 0
	# what the CPU had charged ahead is not lost
	blkdiscard /dev/srd0
	set_attr srd0 limit 1M
	is "$(data-fill 4096 0 4096 /dev/srd0)" 254
	cpu1 1
}

ELEVATORS=()

next_elevator() {
	ELEVATORS=("${ELEVATORS[@]:1}" "${ELEVATORS[0]}")
	echo "${ELEVATORS[0]}" >/sys/block/srd0/queue/scheduler
}

@test "elevator-changes-under-load" {
	local name

	modprobe -qa mq-deadline kyber-iosched bfq || echo "not all of them"
	load_srd size=16M
	matches "$(cat /sys/block/srd0/queue/scheduler)" '\[none\]' "elevator of a new disk"
	for name in $(tr -d '[]' </sys/block/srd0/queue/scheduler); do
		ELEVATORS+=("$name")
	done
	echo "${ELEVATORS[*]}"
	[[ ${#ELEVATORS[@]} -gt 1 ]] || skip "this kernel has no elevator"
	under_load $((4 * SCALE)) next_elevator
	echo none >/sys/block/srd0/queue/scheduler
}

@test "all-operations-work-with-every-elevator" {
	local name

	modprobe -qa mq-deadline kyber-iosched bfq || echo "not all of them"
	load_srd size=16M
	for name in $(tr -d '[]' </sys/block/srd0/queue/scheduler); do
		echo "$name" >/sys/block/srd0/queue/scheduler
		data-model -n 300 -r 2M /dev/srd0
		dd if=/dev/zero of=/dev/srd0 bs=64k count=10 oflag=sync status=none
	done
}

next_depth() {
	echo $((RANDOM % 125 + 4)) >/sys/block/srd0/queue/nr_requests
}

@test "nr_requests-changes-under-load" {
	load_srd size=16M
	is "$(cat /sys/block/srd0/queue/nr_requests)" 128
	under_load $((4 * SCALE)) next_depth
}

# With each of these the block layer takes another way.
switch_all() {
	local on=$((RANDOM % 2)) queue=/sys/block/srd0/queue

	echo $on >$queue/iostats
	echo $((on * 2)) >$queue/rq_affinity
	echo $((on * 2)) >$queue/nomerges
	echo $((on * 128 + 128)) >$queue/max_sectors_kb
	echo $on >$queue/add_random
	[[ ! -e $queue/wbt_lat_usec ]] || echo $((on * 2000)) >$queue/wbt_lat_usec
}

@test "queue-attributes-change-under-load" {
	load_srd size=16M
	under_load $((4 * SCALE)) switch_all
}

@test "many-queues-and-few-cpus" {
	load_srd size=16M queues=1
	under_load 1 true
	unload_srd
	load_srd size=16M queues=2 queue_depth=1
	under_load 1 true
}

# The block layer takes the times of requests while somebody wants them.
@test "elevator-has-the-times-that-it-needs" {
	local state=/sys/kernel/debug/block/srd0/state

	modprobe -q kyber-iosched || skip "this kernel has no kyber"
	grep -q debugfs /proc/mounts || mount -t debugfs none /sys/kernel/debug
	load_srd size=16M
	refuses '' grep -qw STATS "$state"
	echo kyber >/sys/block/srd0/queue/scheduler
	grep -qw STATS "$state"
	under_load 1 true
}

# Polled requests and others that come from the other side, merged where they meet.
@test "polled-and-unpolled-neighbours-meet-in-an-elevator" {
	local -a fio=(fio --filename=/dev/srd0 --direct=1 --ioengine=io_uring --bs=4k --size=8M
		--iodepth=32 --iodepth_batch_submit=16 --minimal --loops=$((4 * SCALE)))
	local pid

	modprobe -q mq-deadline || echo "built in"
	load_srd size=8M poll_queues=1
	echo mq-deadline >/sys/block/srd0/queue/scheduler
	timeout 100 "${fio[@]}" --name=up --rw=write:4k --hipri=1 >up.out &
	pid=$!
	timeout 100 "${fio[@]}" --name=down --rw=write:4k --offset=4k >down.out || fail "$(cat down.out)"
	wait "$pid" || fail "$(cat up.out)"
	is "$(attr srd0 write_errors)" 0
}
