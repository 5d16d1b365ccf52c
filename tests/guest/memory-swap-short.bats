#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Swap on a disk of a machine that is too small for it.
# guest: --memory 256M --cpus 2
# timeout: 150

load data

# Memory to swap out is taken from the very memory that is short: there is no profit in it, but
# nothing may hang: the program comes through or is killed, everybody else lives. It takes an
# emulated CPU minutes to come that far, so the program is killed on its way through the worst.
@test "swap-on-a-machine-without-memory-does-not-hang" {
	local witness status=0

	sleep infinity 3>&- &
	witness=$!
	load_srd size=1G mem_limit=1G mem_reserve=32M
	mkswap -q /dev/srd0 || mkswap /dev/srd0 >/dev/null
	swapon /dev/srd0
	timeout -k 5 20 choom -n 1000 -- data-hog 256M 1 >hog || status=$?
	echo "data-hog ended with status $status"
	kill -0 $witness || fail "somebody else was killed"
	kill $witness
	at_least "$(attr srd0 write_ios)" 1 "pages that were swapped out"
	swapoff /dev/srd0
	blkdiscard -f /dev/srd0
	write_direct /dev/srd0 0 "$MiB"
}
