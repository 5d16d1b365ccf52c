#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Requests that take a time that was set: none comes before it is due, and chance repeats with its
# seed. The cases are in progs/timing.c.
# modes: mq/6.1 mq/6.12 bio/every

load data

timing() {
	load_srd
	command timing "$1"
}

@test "each-operation-takes-its-time" {
	timing each-operation-takes-its-time
}

@test "points-by-weight-and-seed" {
	timing points-by-weight-and-seed
}

@test "points-without-weight-never-come" {
	timing points-without-weight-never-come
}

@test "uniform-is-between" {
	timing uniform-is-between
}

@test "arm-seeks" {
	timing arm-seeks
}

@test "bandwidth-is-a-ceiling" {
	timing bandwidth-is-a-ceiling
}

@test "rules-come-on-top" {
	timing rules-come-on-top
}

@test "short-ones-overtake-long-ones" {
	timing short-ones-overtake-long-ones
}

# completions CPU: where, and how, 20 reads of srd0 are completed that are submitted on that CPU
completions() {
	local trace=/sys/kernel/tracing

	echo >$trace/trace
	echo 1 >$trace/events/block/enable
	taskset -c "$1" dd if=/dev/srd0 of=/dev/null bs=4k count=20 iflag=direct status=none
	echo 0 >$trace/events/block/enable
	# a timer's are those in a hard interrupt
	sed -n "s/.*\[0*\([0-9]\+\)\] ..\(.\)..*: block_$EVENT: $DEVICE R.*/\1 \2/p" $trace/trace |
		tr H h | sort | uniq -c | sed 's/^ *//'
}

@test "timer-answers-on-the-cpu-that-was-chosen" {
	local -a fixed=(number=0 flags=1 read_kind=1 read_count=1 read_ns0=1000000 read_weight0=1)

	[[ -e /sys/devices/system/cpu/cpu1 ]] || skip "there is one CPU only"
	mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing
	load_srd size=1M
	DEVICE=$(lsblk -ndo MAJ:MIN /dev/srd0 | tr -d ' ' | tr : ,)
	EVENT=rq_complete
	[[ $(attr srd0 mode) == mq ]] || EVENT=bio_complete
	ctl timing "${fixed[@]}" cpu=-1
	is "$(completions 0)" "20 0 h" "submitted on CPU 0"
	is "$(completions 1)" "20 1 h" "submitted on CPU 1"
	ctl timing "${fixed[@]}" cpu=1
	is "$(completions 0)" "20 1 h" "submitted on CPU 0, to be answered on CPU 1"
	is "$(completions 1)" "20 1 h" "submitted on CPU 1"
	ctl timing number=0 flags=1 cpu=-1
	is "$(completions 0)" "20 0 ." "when it takes no time"
}
