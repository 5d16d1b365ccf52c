#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Requests that are never answered until somebody has waited long enough, and those that are late:
# each ends, and once, whatever happens to the disk meanwhile. The cases are in progs/timeouts.c
# and progs/fault-storm.c.
# timeout: 600

load data

timeouts() {
	load_srd
	command timeouts "$1"
}

second_cpu() {
	[[ -e /sys/devices/system/cpu/cpu1/online ]] || skip "the second CPU cannot be switched off"
}

@test "each-operation-ends-with-ETIMEDOUT" {
	timeouts each-operation-ends-with-ETIMEDOUT
}

@test "rule-that-is-gone-lets-nobody-go" {
	timeouts rule-that-is-gone-lets-nobody-go
}

@test "nobody-waits-for-those-that-wait" {
	timeouts nobody-waits-for-those-that-wait
}

@test "nobody-waits-for-bios-that-wait" {
	timeouts nobody-waits-for-bios-that-wait
}

@test "queue-that-is-frozen-waits-for-them" {
	modprobe -q mq-deadline || echo "this kernel has it built in, or not at all"
	timeouts queue-that-is-frozen-waits-for-them
}

# What they are about would be over in ten minutes. Each of them reads the partitions, and has a lock
# without which neither the rule nor the disk goes.
@test "nobody-waits-for-partitions-that-cannot-be-read" {
	local rule status

	load_srd size=16M
	new_disk srd0
	echo 60000 >/sys/block/srd0/queue/io_timeout
	for rule in timeout delay=60s; do
		srdctl fault add srd0 "$rule" op=read
		timeout 30 srdctl reset srd0
		srdctl powercut srd0
		timeout 30 srdctl poweron srd0
		srdctl fault clear srd0
	done
	# and somebody else reads them
	srdctl fault add srd0 timeout op=read
	blockdev --rereadpt /dev/srd0 &
	eventually requests_wait srd0
	status=0
	timeout 30 srdctl reset srd0 || status=$?
	[[ $status != 124 ]]
	wait $! || echo "the partitions could not be read"
	blockdev --rereadpt /dev/srd0 &
	eventually requests_wait srd0
	timeout 30 srdctl snapshot srd0
	timeout 30 srdctl fault clear srd0
	wait $! || echo "the partitions could not be read"
	srdctl fault add srd0 timeout op=read
	blockdev --rereadpt /dev/srd0 &
	eventually requests_wait srd0
	timeout 30 srdctl remove --force srd0
	[[ ! -e /sys/block/srd0 ]]
	wait $! || echo "the partitions could not be read"
}

# A snapshot that waits for its file system's writes has the disk's lock.
@test "who-waits-for-a-disk-that-waits-can-be-killed" {
	local reader pid

	load_srd size=64M
	mkfs.ext4 -q /dev/srd0
	mkdir -p mnt
	mount /dev/srd0 mnt
	echo 60000 >/sys/block/srd0/queue/io_timeout
	srdctl clone srd0 -n 7 >path
	echo "8 8" >bad
	srdctl fault add srd0 delay=60s op=write
	head -c 1M /dev/zero >mnt/file
	srdctl snapshot srd0 &
	eventually requests_wait srd0
	for reader in "cat /sys/block/srd0/srd/badblocks" "srdctl fault list srd0" "srdctl set srd0" \
		"srdctl snapshot srd0" "srdctl resize srd0 128M" "srdctl fault add srd0 drop op=write" \
		"srdctl fault clear srd0" "srdctl set srd0 latency=hdd" "srdctl set srd0 badblocks=heal" \
		"srdctl powercut srd0" "srdctl poweron srd0" "srdctl window srd0 on" "srdctl reset srd0" \
		"srdctl rollback srd0 --to srd7" "srdctl rollback srd7 --to srd0" \
		"dd if=bad of=/sys/block/srd0/srd/badblocks"; do
		$reader &
		pid=$!
		sleep 0.5
		kill -0 "$pid" || { echo "$reader did not wait" >&2; return 1; }
		kill -KILL "$pid"
		eventually gone "$pid" || { echo "$reader could not be killed" >&2; return 1; }
	done
	[[ $(jobs -r %1) ]] || { echo "the snapshot did not wait" >&2; return 1; }
	timeout 30 srdctl remove --force srd0
	wait %1 || echo "there is no snapshot"
	umount mnt
}

# gone PROCESS
gone() {
	! kill -0 "$1"
}

requests_wait() {
	[[ $(awk '{ print $1 + $2 }' "/sys/block/$1/inflight") != 0 ]]
}

@test "cpu-goes-with-those-that-wait" {
	second_cpu
	timeouts cpu-goes-with-those-that-wait
}

@test "storm-of-requests" {
	second_cpu
	modprobe -q mq-deadline || echo "this kernel has it built in, or not at all"
	load_srd
	fault-storm mq $((60 * SCALE))
}

@test "storm-of-bios" {
	second_cpu
	load_srd
	fault-storm bio $((60 * SCALE))
}
