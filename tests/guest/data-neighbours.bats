#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Emptying a range leaves its neighbours alone, wherever in a page it begins and ends.
# modes: mq/6.12 bio/every
# guest: --memory 512M

load data

# neighbours HOW: all ranges of whole blocks within three pages
neighbours() {
	local block

	for block in 512 1024 2048 4096; do
		load_srd size=16M block_size="$block"
		data-neighbours "$1" "$block" /dev/srd0
		unload_srd
	done
}

@test "discard-unaligned-keeps-neighbours" {
	neighbours discard
}

@test "secure-discard-unaligned-keeps-neighbours" {
	neighbours secure
}

@test "zeroout-unaligned-keeps-neighbours" {
	neighbours zeroout
}

@test "fallocate-zero-range-unaligned-keeps-neighbours" {
	neighbours zero-range
}

@test "fallocate-punch-hole-unaligned-keeps-neighbours" {
	neighbours punch
}

# The same where whole nodes of the table lie in the range: from the middle of one node to the
# middle of the fourth.
@test "emptying-several-nodes-keeps-neighbours" {
	local first=$((MiB + 512)) length=$((6 * MiB + 1024)) before after command

	load_srd size=8M
	pattern 8M >content
	before=$(head -c "$first" content | md5sum)
	after=$(tail -c +$((first + length + 1)) content | md5sum)
	for command in 'blkdiscard' 'blkdiscard -z' 'blkdiscard -s' 'fallocate -n -p' 'fallocate -n -z'; do
		write_direct /dev/srd0 0 $((8 * MiB)) content
		# shellcheck disable=SC2086 # a command and its options
		$command -o "$first" -l "$length" /dev/srd0
		is "$(checksum /dev/srd0 0 "$first")" "$before" "before what was emptied by $command"
		is "$(checksum /dev/srd0 $((first + length)))" "$after" "behind what was emptied by $command"
		zeroes /dev/srd0 $((MiB + PAGE)) $((6 * MiB - PAGE))
	done
}

# What the page cache holds of a discarded range is forgotten, too.
@test "page-cache-forgets-what-was-discarded" {
	load_srd size=16M
	pattern 16M >content
	dd if=content of=/dev/srd0 bs=1M conv=notrunc status=none
	blkdiscard -o 4M -l 4M /dev/srd0
	cmp -n $((4 * MiB)) content /dev/srd0
	cmp -n $((4 * MiB)) -i $((4 * MiB)):0 /dev/srd0 /dev/zero
	cmp -n $((8 * MiB)) -i $((8 * MiB)) content /dev/srd0
}

# Whoever wants it gone: it must not be found in memory either.
@test "secure-discard-frees-what-it-overwrote" {
	load_srd size=16M
	new_disk srd0
	write_direct /dev/srd0 0 $((4 * MiB)) <(pattern 4M)
	holds srd0 "$(with_nodes 1024)"
	blkdiscard -s -l 4M /dev/srd0
	holds srd0 0
	is "$(total pending)" 0 "memory that is still to be overwritten"
}
