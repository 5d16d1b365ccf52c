#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# SRD_IOC_EXTENTS and srdctl extents: which ranges of a disk have memory.
# modes: mq/6.12 bio/every

load data

# layout DISK: start, length and shared of each range, in bytes, as the tool says
layout() {
	srdctl extents -n --raw -b "$1"
}

# write_pages FIRST COUNT...: on srd0
write_pages() {
	while (($#)); do
		write_direct /dev/srd0 $(($1 * PAGE)) $(($2 * PAGE)) /dev/urandom
		shift 2
	done
}

# discard_pages FIRST COUNT
discard_pages() {
	blkdiscard -o $(($1 * PAGE)) -l $(($2 * PAGE)) /dev/srd0
}

@test "an-empty-disk-has-none" {
	load_srd size=16T
	is "$(layout srd0)" ""
	is "$(extents 0 1)" ""
	is "$(srdctl extents --json srd0 | jq -c .)" '{"extents":[]}'
}

@test "ranges-of-known-places" {
	load_srd size=64M
	# the first page; around the border of a node, as one; the last page
	write_pages 0 1 510 4 16383 1
	is "$(layout srd0)" "0 4096 0
$((510 * PAGE)) $((4 * PAGE)) 0
$((16383 * PAGE)) 4096 0"
	discard_pages 511 1
	write_pages 1 1
	is "$(layout srd0)" "0 8192 0
$((510 * PAGE)) 4096 0
$((512 * PAGE)) 8192 0
$((16383 * PAGE)) 4096 0"
	discard_pages 0 16384
	is "$(layout srd0)" ""
}

@test "the-last-page-ends-where-the-disk-does" {
	load_srd
	srdctl create -s $((MiB + 512))
	write_direct /dev/srd0 $MiB 512 /dev/urandom
	is "$(layout srd0)" "$MiB 512 0"
	write_direct /dev/srd0 $((MiB - 512)) 512 /dev/urandom
	is "$(layout srd0)" "$((MiB - PAGE)) $((PAGE + 512)) 0"
	srdctl resize srd0 $((MiB - 1024))
	is "$(layout srd0)" "$((MiB - PAGE)) $((PAGE - 1024)) 0"
}

@test "shared-is-what-a-snapshot-has-too" {
	load_srd size=16M
	write_pages 0 8 100 1
	srdctl snapshot srd0
	is "$(layout srd0)" "$(layout srd1)"
	is "$(layout srd0)" "0 32768 1
$((100 * PAGE)) 4096 1"
	write_pages 3 2 101 1
	is "$(layout srd0)" "0 12288 1
12288 8192 0
20480 12288 1
$((100 * PAGE)) 4096 1
$((101 * PAGE)) 4096 0"
	is "$(layout srd1)" "0 32768 1
$((100 * PAGE)) 4096 1"
}

@test "prealloc-has-all" {
	load_srd size=3M prealloc=1
	is "$(layout srd0)" "0 $((3 * MiB)) 0"
}

@test "asked-in-small-parts-it-is-the-same" {
	local i count whole

	load_srd size=64M
	for ((i = 0; i < 40; i++)); do
		write_pages $((i * 300 + i)) $((i % 3 + 1))
	done
	srdctl snapshot srd0
	write_pages 301 1 603 1
	whole=$(extents 0 1000)
	is "$(wc -l <<<"$whole")" 43
	is "$(layout srd0)" "$whole"
	for count in 1 2 3 42 43 44 171; do
		is "$(extents 0 $count)" "$whole" "$count at a time"
	done
}

@test "asked-of-a-part-it-is-cut-off-there" {
	load_srd size=16M
	write_pages 10 10
	is "$(extents 0 5 0 $((10 * PAGE)))" ""
	is "$(extents 0 5 $((12 * PAGE + 100)) $((13 * PAGE + 7)))" "$((12 * PAGE + 100)) $((PAGE - 93)) 0"
	is "$(extents 0 5 $((19 * PAGE)) 1T)" "$((19 * PAGE)) $PAGE 0"
	is "$(extents 0 5 $((20 * PAGE)))" ""
	is "$(extents 0 5 1T)" ""
}

@test "random-layouts" {
	local i page

	load_srd size=16M
	for ((i = 0; i < 40 * SCALE; i++)); do
		page=$((RANDOM % 4096))
		if ((i % 3)); then
			write_pages $page 1
			echo "$page 1"
		else
			discard_pages $page $((4096 - page < 50 ? 4096 - page : 50))
			echo "$page 0"
		fi
	done | awk -v page=$PAGE '{ for (i = $1; i < ($2 ? $1 + 1 : $1 + 50); i++) has[i] = $2 }
		END { for (i = 0; i <= 4096; i++) {
			if (i < 4096 && has[i]) { if (!n++) start = i; continue }
			if (n) print start * page, n * page, 0
			n = 0
		} }' >wanted
	layout srd0 >got
	[ "$(wc -l <wanted)" -gt 5 ]
	diff got wanted
	for i in 1 7; do
		extents 0 $i | diff - wanted
	done
}

@test "while-it-is-written-and-cut" {
	local i

	load_srd size=64M
	( trap - DEBUG
	while :; do
		dd if=/dev/urandom of=/dev/srd0 bs=64K count=20 seek=$((RANDOM % 900)) oflag=direct status=none
		blkdiscard -o $((RANDOM * 1024)) -l 4M /dev/srd0
	done 3>&- ) &
	for ((i = 0; i < 30 * SCALE; i++)); do
		extents 0 $((i % 7 + 1)) >said
	done
	kill $!
	wait $! || true
}

@test "errors-of-the-ioctl-and-of-the-tool" {
	load_srd size=1M
	refuses 'srd5: No such device' extents 5 1
	refuses 'srd0: Invalid argument' extents 0 0
	refuses 'no such disk; there are: srd0' srdctl extents srd5
	refuses 'say which disk, and only one' srdctl extents
	refuses 'say which disk, and only one' srdctl extents srd0 srd0
	refuses 'run as root' setpriv --reuid 65534 --clear-groups srdctl extents srd0
	write_pages 3 2
	matches "$(srdctl extents srd0)" $'^ *START +LENGTH +SHARED\n +12K +8K +0$'
	is "$(srdctl extents -J --output-all srd0 | jq -c .)" \
		'{"extents":[{"start":12288,"length":8192,"end":20480,"shared":false}]}'
}
