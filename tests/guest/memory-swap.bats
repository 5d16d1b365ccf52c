#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Swap on a disk: pages go there and come back, and a machine that needs memory to get memory
# goes on.
# modes: mq/6.12 bio/every
# guest: --memory 512M --cpus 2
# timeout: 500

load data

teardown() {
	[[ ! -d $group ]] || rmdir "$group"
	srd_teardown
}

group=/sys/fs/cgroup/hog

# in_group BYTES COMMAND...: with no more memory than that, so that the rest must be swapped out
in_group() {
	[[ -e /sys/fs/cgroup/cgroup.controllers ]] || mount -t cgroup2 cgroup2 /sys/fs/cgroup
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control
	mkdir -p "$group"
	echo "$1" >"$group/memory.max"
	shift
	(echo $BASHPID >"$group/cgroup.procs" && exec "$@")
}

# swap_on DISK
swap_on() {
	mkswap -q "/dev/$1" || mkswap "/dev/$1" >/dev/null
	swapon "${@:2}" "/dev/$1"
}

# swapped: pages that went out so far
swapped() {
	awk '$1 == "pswpout" { print $2 }' /proc/vmstat
}

@test "what-is-swapped-out-comes-back" {
	local before

	load_srd size=128M
	swap_on srd0
	before=$(swapped)
	in_group 16M data-hog 40M "$SCALE"
	at_least $(($(swapped) - before)) 5000 "pages that were swapped out"
	is "$(attr srd0 read_errors) $(attr srd0 write_errors)" "0 0"
	swapoff /dev/srd0
	blkdiscard -f /dev/srd0
}

@test "what-is-swapped-out-comes-back-on-blocks-of-4096" {
	load_srd size=128M block_size=4096
	swap_on srd0
	in_group 16M data-hog 32M 1
	swapoff /dev/srd0
}

@test "two-hogs-on-two-cpus" {
	load_srd size=128M
	swap_on srd0
	in_group 16M data-hog 20M "$SCALE" &
	in_group 16M data-hog 20M "$SCALE"
	wait $!
	swapoff /dev/srd0
}

# A page whose owner has gone is no longer wanted: with discard the disk gives it back.
@test "swap-with-discard-gives-memory-back" {
	load_srd size=128M
	swap_on srd0 --discard=pages
	in_group 16M data-hog 48M 1
	eventually given_back
	swapoff /dev/srd0
}

given_back() {
	at_most "$(used srd0)" $((16 * MiB)) "used with nothing in it"
}

refused_writes() {
	at_least "$(attr srd0 write_errors)" 1 "writes that were refused"
}

# The swap space has room, the disk has not.
@test "swap-on-a-full-disk-fails-and-nobody-else" {
	load_srd size=128M
	swap_on srd0
	set_attr srd0 limit $(($(used srd0) + 4 * MiB))
	# The kernel tries each page dozens of times before it kills the program, which takes an
	# emulated CPU minutes. It must be as well when the program is killed on the way there.
	in_group 24M data-hog 64M 1 &
	eventually refused_writes
	sleep 1
	# shellcheck disable=SC2046 # the only one there
	kill $(<"$group/cgroup.procs")
	wait $! || echo "it was killed, as it should"
	set_attr srd0 limit 0
	swapoff /dev/srd0
	blkdiscard -f /dev/srd0
}
