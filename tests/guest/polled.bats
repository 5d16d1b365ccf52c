#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Polled I/O: what is submitted to a queue for it is served and, when somebody asks, completed; who
# does not ask keeps nobody waiting for longer than the block layer's timer.
# modes: mq/6.12 mq/newest
# guest: --memory 1G --cpus 2
# timeout: 600

load data

QUEUE=/sys/block/srd0/queue

# polled DEVICE OPTION...: fio on it, with polling
polled() {
	local device=$1
	shift

	[[ "$*" == *--name=* ]] || set -- "$@" --name=polled
	timeout 240 fio --filename="$device" --direct=1 --ioengine=io_uring --hipri=1 --minimal "$@" \
		>fio.out 2>&1 || fail "$(cat fio.out)"
}

# in_flight: requests of srd0 that have not been completed
in_flight() {
	awk '{ print $1 + $2 }' /sys/block/srd0/inflight
}

written() {
	(($(attr srd0 write_ios) > 0))
}

# ended PROCESS
ended() {
	[[ ! -d /proc/$1 ]]
}

all_completed() {
	[[ $(in_flight) == 0 ]]
}

# no_errors DISK
no_errors() {
	is "$(attr "$1" write_errors) $(attr "$1" read_errors)" "0 0" "errors of $1"
}

# leave_unasked read|write BYTES COUNT: so many requests for srd0 that nobody asks for; until there
# is a file `go`. UNASKED is the process.
leave_unasked() {
	rm -f go unasked
	data-unpolled "$@" /dev/srd0 go >unasked 2>&1 3>&- &
	UNASKED=$!
	eventually grep -q submitted unasked
	is "$(<unasked)" "submitted=$3"
}

# asked WANTED: now somebody asks; what became of them
asked() {
	touch go
	wait "$UNASKED" || fail "$(<unasked)"
	is "$(tail -n 1 unasked)" "$1" "answers"
}

# at_once COMMAND...: it has no need of the timer, which is far away
at_once() {
	timeout 20 "$@" || fail "status $? of: $*"
}

# The block layer's timer, in milliseconds
timer() {
	echo "$1" >$QUEUE/io_timeout
}

@test "io_poll-says-whether-there-are-queues-for-it" {
	load_srd size=1M poll_queues=1
	is "$(cat $QUEUE/io_poll)" 1
	is "$(attr srd0 poll_queues) $(attr srd0 queues)" "1 2" "poll_queues and queues"
	srdctl create -s 1M --poll-queues 0 >path
	is "$(cat /sys/block/srd1/queue/io_poll)" 0 "without queues for it"
	is "$(attr srd1 poll_queues)" 0
	srdctl create -s 1M --poll-queues 2 -q 1 >path
	is "$(cat /sys/block/srd2/queue/io_poll)" 1
	is "$(attr srd2 poll_queues) $(attr srd2 queues)" "2 1" "poll_queues and queues"
	is "$(find /sys/block/srd2/mq -mindepth 1 -maxdepth 1 -type d | wc -l)" 3 "hardware queues"
	srdctl create -s 1M --mode bio >path
	is "$(cat /sys/block/srd3/queue/io_poll)" 0 "in mode bio"
}

# verified QUEUES: at several depths, one after the other
verified() {
	local -a jobs=()
	local depth offset=0

	load_srd size=32M poll_queues="$1"
	new_disk srd0
	for depth in "1" "16" "32 --iodepth_batch_submit=16 --iodepth_batch_complete_min=8"; do
		# shellcheck disable=SC2206 # several options
		jobs+=(--name=blocks$offset --stonewall --iodepth=$depth --rw=randwrite --bs=4k --size=2M
			--offset=${offset}M
			--name=sizes$offset --stonewall --iodepth=$depth --rw=randrw --bsrange=512-128k
			--bs_unaligned=0 --size=8M --offset=$((offset + 2))M --io_size=$((2 * SCALE))M)
		offset=$((offset + 10))
	done
	polled /dev/srd0 --thread --verify=crc32c --verify_fatal=1 "${jobs[@]}"
	no_errors srd0
	is "$(in_flight)" 0 "in flight"
	blkdiscard /dev/srd0
	holds srd0 0
}

@test "one-queue-what-was-written-is-read" {
	verified 1
}

@test "two-queues-what-was-written-is-read" {
	verified 2
}

# mixed QUEUES [PARAMETER...]: polled jobs and others at the same time, on all CPUs
mixed() {
	load_srd size=32M poll_queues="$1" "${@:2}"
	timeout 240 fio --filename=/dev/srd0 --direct=1 --ioengine=io_uring --minimal --bs=4k \
		--size=2M --rw=randwrite --verify=crc32c --verify_fatal=1 --iodepth=16 \
		--iodepth_batch_submit=8 --loops="$SCALE" \
		--name=polled0 --hipri=1 --offset=0 --name=polled1 --hipri=1 --offset=4M \
		--name=other0 --offset=8M --name=other1 --offset=12M \
		--name=sync --ioengine=psync --iodepth=1 --offset=16M \
		>fio.out 2>&1 || fail "$(cat fio.out)"
	no_errors srd0
	is "$(in_flight)" 0 "in flight"
	unload_srd
}

@test "polled-and-others-on-the-same-disk" {
	mixed 1
	mixed 2
	mixed 2 queues=1
}

@test "more-polled-requests-than-the-queue-takes" {
	load_srd size=16M poll_queues=1 queue_depth=4
	polled /dev/srd0 --rw=randwrite --bs=4k --size=1M --verify=crc32c --verify_fatal=1 \
		--iodepth=32 --iodepth_batch_submit=16
	no_errors srd0
}

@test "elevators-and-polled-requests" {
	local name

	modprobe -qa mq-deadline kyber-iosched bfq || echo "not all of them"
	load_srd size=16M poll_queues=1
	for name in $(tr -d '[]' <$QUEUE/scheduler); do
		echo "$name" >$QUEUE/scheduler
		polled /dev/srd0 --rw=randwrite --bs=4k --size=1M --verify=crc32c --verify_fatal=1 \
			--iodepth=16
	done
	echo none >$QUEUE/scheduler
	no_errors srd0
}

# Every other block each, so that an elevator makes one request of both.
@test "polled-requests-merged-with-others-are-answered" {
	local name

	modprobe -qa mq-deadline kyber-iosched bfq || echo "not all of them"
	load_srd size=16M poll_queues=1
	for name in $(tr -d '[]' <$QUEUE/scheduler); do
		echo "$name" >$QUEUE/scheduler
		timeout 120 fio --filename=/dev/srd0 --direct=1 --ioengine=io_uring --minimal \
			--bs=4k --rw=write:4k --size=4M --iodepth=32 --iodepth_batch_submit=16 \
			--name=polled0 --hipri=1 --offset=4k --name=other0 --offset=0 \
			--name=polled1 --hipri=1 --offset=0 --stonewall --name=other1 --offset=4k \
			>fio.out 2>&1 || fail "$name: $(cat fio.out)"
		is "$(in_flight)" 0 "in flight with $name"
	done
	echo none >$QUEUE/scheduler
	no_errors srd0
}

# Older kernels serve it as any other, newer ones refuse it.
@test "without-a-queue-for-it-a-polled-request-is-answered-all-the-same" {
	local disk status

	load_srd size=16M
	srdctl create -s 16M --mode bio >path
	for disk in srd0 srd1; do
		rm -f go
		touch go
		status=0
		timeout 60 data-unpolled write 4096 16 "/dev/$disk" go >said 2>&1 || status=$?
		cat said
		is "$status" 0 "status"
		matches "$(tail -n 1 said)" '^(ok=16 io=0 nospc=0 other=0|ok=0 io=0 nospc=0 other=16)$'
		[[ $(tail -n 1 said) == ok=16* ]] || is "$(sed -n 2p said)" "an answer is -95"
		is "$(awk '{ print $1 + $2 }' "/sys/block/$disk/inflight")" 0 "in flight"
		at_once srdctl remove "$disk"
	done
}

@test "counts-of-polled-requests-are-exact" {
	local -a fio=(--iodepth=32 --bs=4k --iodepth_batch_submit=16 --iodepth_batch_complete_min=8
		--number_ios=1000 --size=64M --invalidate=0)
	local -a stat

	load_srd size=64M poll_queues=1
	set_attr srd0 reset_stats 1
	set_attr srd0 latency_sample 1
	read -ra stat </sys/block/srd0/stat
	local reads=${stat[0]} sectors=${stat[2]} writes=${stat[4]} written=${stat[6]}

	# every second block, so that none can be merged with its neighbour
	polled /dev/srd0 "${fio[@]}" --rw=write:4k
	is "$(attr srd0 write_ios) $(attr srd0 write_bytes)" "1000 4096000" writes
	polled /dev/srd0 "${fio[@]}" --rw=read:4k
	is "$(attr srd0 read_ios) $(attr srd0 read_bytes)" "1000 4096000" reads
	is "$(attr srd0 write_latency | tr ' ' '+' | bc)" 1000 "writes in the histogram"
	no_errors srd0
	read -ra stat </sys/block/srd0/stat
	is "$((stat[0] - reads)) $((stat[2] - sectors))" "1000 8000" "reads and sectors of iostat"
	is "$((stat[4] - writes)) $((stat[6] - written))" "1000 8000" "writes and sectors of iostat"
	is "${stat[8]}" 0 "requests in flight"
}

@test "full-reaches-a-polled-writer-and-a-discard-makes-room" {
	load_srd size=64M poll_queues=1
	new_disk srd0
	set_attr srd0 limit $((EMPTY[srd0] + 11 * PAGE))
	touch go
	is "$(data-unpolled write 4096 16 /dev/srd0 go)" \
		$'submitted=16\nok=10 io=0 nospc=6 other=0'
	is "$(attr srd0 write_errors)" 6
	refuses 'No space left' fio --filename=/dev/srd0 --direct=1 --ioengine=io_uring --hipri=1 \
		--name=full --rw=write --bs=4k --iodepth=8 --offset=4M --size=1M
	blkdiscard -l 1M /dev/srd0
	is "$(data-unpolled write 4096 10 /dev/srd0 go)" \
		$'submitted=10\nok=10 io=0 nospc=0 other=0'
	set_attr srd0 limit 0
	polled /dev/srd0 --rw=write --bs=64k --iodepth=8 --size=8M
	is "$(in_flight)" 0 "in flight"
}

# What was discarded is on its way back, and is waited for by a worker.
@test "first-writes-that-must-wait-for-memory" {
	local round

	load_srd size=64M,64M poll_queues=1 mem_limit=8M
	for ((round = 0; round < 2 * SCALE; round++)); do
		polled /dev/srd0 --rw=write --bs=64k --iodepth=16 --size=7M
		blkdiscard /dev/srd0
		polled /dev/srd1 --rw=write --bs=4k --iodepth=16 --iodepth_batch_submit=8 --size=7M
		blkdiscard /dev/srd1
	done
	no_errors srd0
	no_errors srd1
}

# begin_load LOOPS: polled writes on two CPUs, all verified; LOAD is the process
begin_load() {
	fio --filename=/dev/srd0 --direct=1 --ioengine=io_uring --hipri=1 --minimal --size=4M \
		--bs=4k --rw=randwrite --verify=crc32c --verify_fatal=1 --iodepth=16 --numjobs=2 \
		--iodepth_batch_submit=8 --offset_increment=4M --thread "--loops=$1" --name=load \
		>fio.out 2>&1 3>&- &
	LOAD=$!
}

all_sizes() {
	local capacity

	for capacity in 100G 16M 20T 32M; do
		at_once srdctl resize --force srd0 $capacity
	done
}

@test "resize-under-polled-load-loses-nothing" {
	load_srd size=32M poll_queues=2
	begin_load $((2 * SCALE))
	meanwhile "$LOAD" all_sizes
	wait "$LOAD" || fail "$(cat fio.out)"
	at_least "$ROUNDS" 2 "changes under load"
	no_errors srd0
	is "$(in_flight)" 0 "in flight"
}

@test "removal-under-polled-load-answers-every-request" {
	local round status

	for round in 1 2 3; do
		load_srd size=16M poll_queues=2
		fio --filename=/dev/srd0 --direct=1 --ioengine=io_uring --hipri=1 --minimal --size=8M \
			--bs=4k --rw=randrw --iodepth=32 --numjobs=2 --iodepth_batch_submit=8 --thread \
			--time_based --runtime=300 --name=load >fio.out 2>&1 3>&- &
		eventually written
		sleep 0.$round
		at_once srdctl remove --force srd0
		eventually ended $!
		status=0
		wait $! || status=$?
		at_least "$status" 1 "status of fio"
		# past the end of a disk that is gone the kernel says what it says of any disk's end
		matches "$(<fio.out)" 'Input/output error|No space left|No such device'
		unload_srd
	done
}

@test "load-that-is-killed-leaves-nothing-in-flight" {
	local round

	load_srd size=16M poll_queues=1
	for round in 1 2 3; do
		set_attr srd0 reset_stats 1
		fio --filename=/dev/srd0 --direct=1 --ioengine=io_uring --hipri=1 --minimal --size=8M \
			--bs=4k --rw=randrw --iodepth=32 --iodepth_batch_submit=8 --thread \
			--time_based --runtime=300 --name=load >fio.out 2>&1 3>&- &
		eventually written
		sleep 0.$round
		kill -KILL $!
		wait $! || true
		eventually all_completed
	done
	eventually srdctl remove srd0
}

cpu1() {
	echo "$1" >/sys/devices/system/cpu/cpu1/online
}

off_and_on() {
	cpu1 0
	cpu1 1
}

@test "cpu-goes-and-comes-under-polled-load" {
	[[ -e /sys/devices/system/cpu/cpu1/online ]] || skip "the second CPU cannot be switched off"
	load_srd size=16M poll_queues=2
	begin_load $((2 * SCALE))
	meanwhile "$LOAD" off_and_on
	wait "$LOAD" || fail "$(cat fio.out)"
	at_least "$ROUNDS" 2 "changes under load"
	no_errors srd0
	is "$(in_flight)" 0 "in flight"
}

# The timer is ten minutes away.
@test "forced-removal-does-not-wait-for-who-does-not-ask" {
	local op

	for op in read write; do
		load_srd size=16M poll_queues=1
		timer 600000
		leave_unasked $op 4096 64
		is "$(in_flight)" 64 "in flight"
		at_once srdctl remove --force srd0
		[[ ! -e /sys/block/srd0 ]] || fail "srd0 is still there"
		is "$(total used)" 0
		asked "ok=64 io=0 nospc=0 other=0"
		unload_srd
	done
}

@test "resize-does-not-wait-for-who-does-not-ask" {
	load_srd size=16M poll_queues=1
	timer 600000
	leave_unasked write 4096 64
	at_once srdctl resize srd0 64M
	is "$(in_flight)" 0 "in flight"
	asked "ok=64 io=0 nospc=0 other=0"
	leave_unasked read 4096 64
	is "$(in_flight)" 64 "in flight, as the next ones wait again"
	at_once srdctl resize --force srd0 8M
	asked "ok=64 io=0 nospc=0 other=0"
	no_errors srd0
}

@test "cache-comes-and-goes-without-who-does-not-ask" {
	local cache

	load_srd size=16M poll_queues=1
	timer 600000
	for cache in 1 0; do
		leave_unasked read 4096 64
		is "$(in_flight)" 64 "in flight"
		at_once ctl set number=0 flags=1 cache=$cache
		asked "ok=64 io=0 nospc=0 other=0"
	done
	no_errors srd0
}

@test "who-does-not-ask-and-is-killed-leaves-nothing" {
	load_srd size=16M poll_queues=1
	timer 600000
	leave_unasked write 4096 64
	kill -KILL "$UNASKED"
	wait "$UNASKED" || true
	eventually all_completed
	eventually srdctl remove srd0
}

# As a change of the elevator or of the depth does: it waits for all requests.
@test "timer-completes-what-nobody-asks-for" {
	load_srd size=16M poll_queues=1
	is "$(cat $QUEUE/io_timeout)" 30000 "the timer, in ms"
	timer 2000
	leave_unasked write 4096 64
	is "$(in_flight)" 64 "in flight"
	eventually all_completed
	is "$(attr srd0 write_ios) $(attr srd0 write_bytes)" "64 262144" "writes"
	asked "ok=64 io=0 nospc=0 other=0"

	leave_unasked read 4096 64
	timeout 60 bash -c "echo 4 >$QUEUE/nr_requests && echo 64 >$QUEUE/nr_requests" || fail "status $?"
	eventually all_completed
	asked "ok=64 io=0 nospc=0 other=0"
	no_errors srd0
}

@test "cpu-goes-with-what-nobody-asks-for" {
	[[ -e /sys/devices/system/cpu/cpu1/online ]] || skip "the second CPU cannot be switched off"
	load_srd size=16M poll_queues=2
	timer 2000
	leave_unasked write 4096 64
	timeout 60 bash -c "echo 0 >/sys/devices/system/cpu/cpu1/online" || fail "status $?"
	timeout 60 bash -c "echo 1 >/sys/devices/system/cpu/cpu1/online" || fail "status $?"
	asked "ok=64 io=0 nospc=0 other=0"
	leave_unasked read 4096 64
	asked "ok=64 io=0 nospc=0 other=0"
}
