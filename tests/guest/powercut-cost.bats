#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What a flush costs, in instructions: the clock counts them.
# modes: mq/6.12
# guest: --memory 1G --icount

load data

# flush_of DISK PAGES: sets COST
flush_of() {
	COST=$(power-cost "${1#srd}" "$2")
	echo "$1, $2 pages: $COST"
}

# More pages cost more, in proportion, but for what any flush costs.
@test "a-flush-costs-what-was-written-since-the-last-one" {
	local few some

	load_srd
	ctl create capacity=16M flags=256 >/dev/null
	flush_of srd0 100
	few=$COST
	flush_of srd0 500
	some=$COST
	flush_of srd0 2100
	at_least $((COST - some)) $(((some - few) * 2)) "1600 pages more, and 400"
	at_most $((COST - some)) $(((some - few) * 8)) "1600 pages more, and 400"
}

# full DISK MIB: all of it has memory, and is durable
full() {
	dd if=/dev/zero of="/dev/$1" bs=1M oflag=direct count="$2" conv=fsync status=none
}

# But for what an index of more levels costs: each page has nodes of it for itself.
@test "a-flush-costs-the-same-on-a-disk-that-is-large-or-full" {
	local small empty

	load_srd
	ctl create capacity=16M flags=256 >/dev/null
	ctl create capacity=256M flags=256 >/dev/null
	ctl create capacity=16T flags=256 >/dev/null
	flush_of srd0 100
	empty=$COST
	flush_of srd2 100
	at_most "$COST" $((empty * 10)) "on a disk of 16 TiB"
	full srd0 16
	full srd1 256
	flush_of srd0 100
	small=$COST
	flush_of srd1 100
	at_most "$COST" $((small * 2)) "on a disk of 256 MiB that is full, beside 16 MiB"
	# what was durable before is overwritten before it is freed
	at_most "$small" $((empty * 4)) "on a disk of 16 MiB that is full"
}
