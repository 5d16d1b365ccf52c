# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests of the data path share: `load data` brings lib with it.

load lib

PAGE=4096
NODE_PAGES=512	# data pages under one node of the table

# Longer runs for who has the time: SRD_TEST_SCALE=10 does ten times as much.
# shellcheck disable=SC2034 # for the tests
SCALE=${SRD_TEST_SCALE:-1}

declare -A EMPTY

# with_nodes PAGES: what so many data pages from the start of a disk on cost with their nodes
with_nodes() {
	echo $(($1 + ($1 + NODE_PAGES - 1) / NODE_PAGES))
}

# new_disk DISK: remember what it holds as long as nothing was written
new_disk() {
	EMPTY[$1]=$(used "$1")
}

# holds DISK PAGES: that, and exactly so many pages more
holds() {
	is "$(used "$1")" $((EMPTY[$1] + $2 * PAGE)) "used by $1, with ${EMPTY[$1]} when empty"
}

# zeroes FILE [OFFSET LENGTH]: it reads as zeroes there, past the page cache
zeroes() {
	local file=$1 offset=${2-0} length=${3-}

	[[ -n $length ]] || length=$(blockdev --getsize64 "$file")
	drop "$file"
	cmp -n "$length" -i "$offset:0" "$file" /dev/zero
}

# drop DEVICE: forget what the page cache has of it
drop() {
	blockdev --flushbufs "$1"
}

# pattern BYTES [START]: so many that differ everywhere, always the same for a START
pattern() {
	data-pattern "$1" "${2-1000000}"
}

# write_direct DEVICE OFFSET BYTES [FILE]: with O_DIRECT, in pieces of at most 1 MiB
write_direct() {
	dd if="${4-/dev/zero}" of="$1" bs=$((1 << 20)) oflag=direct,seek_bytes seek="$2" \
		iflag=count_bytes,fullblock count="$3" conv=notrunc status=none
}

# checksum DEVICE [OFFSET [LENGTH]]: of what lies there, past the page cache
checksum() {
	local length=${3-$(($(blockdev --getsize64 "$1") - ${2-0}))} copy=$BATS_TEST_TMPDIR/checksum

	# by way of a file: two programs at the ends of a pipe wait for each other most of the time
	dd if="$1" of="$copy" bs=1M iflag=direct,skip_bytes,count_bytes skip="${2-0}" count="$length" \
		status=none && md5sum <"$copy" && : >"$copy"
}

# ---- what changes while a disk is in use ----

# meanwhile PROCESS COMMAND...: that again and again until the process, which works on srd0, has
# ended; ROUNDS is how often. A rest after each lets the process get on, also where two CPUs are
# less than one. If it does not end within LOAD_PATIENCE seconds, this says why.
meanwhile() {
	local process=$1 end=$((SECONDS + ${LOAD_PATIENCE-100} * SCALE))
	shift

	ROUNDS=0
	while [[ -d /proc/$process ]]; do
		if ((SECONDS > end)); then
			how_it_stands || echo "more cannot be said"
			fail "it did not end, with $ROUNDS times: $*"
			return
		fi
		"$@"
		ROUNDS=$((ROUNDS + 1))
		sleep "${REST-0.05}"
	done
}

# how_it_stands: what there is to know of requests of srd0 that are not answered. A disk whose
# counts move is slow; one whose counts stand still with requests in flight has lost them.
how_it_stands() {
	local requests=/sys/kernel/debug/block/srd0 i

	mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
	grep -H . /sys/devices/system/cpu/online
	for i in 1 2 3; do
		grep -H . /sys/block/srd0/{inflight,stat}
		sleep 1
	done
	# most of these are empty, and who has no elevator has no lists of one
	find $requests -type f \( -name state -o -name '*list' -o -name 'dispatch*' -o -name active \
		-o -name busy \) -exec grep -m 20 -H . {} +
	pgrep -x fio | while read -r i; do
		grep -H . "/proc/$i/task"/*/{stat,wchan,stack}
	done
	echo w >/proc/sysrq-trigger
	log_since | tail -n 100
} >&2
