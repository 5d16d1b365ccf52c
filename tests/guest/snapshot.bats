#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Snapshots, clones, rollback and reset: what they hold, and what they cost.
# modes: mq bio/every
# guest: --memory 1G --cpus 2
# timeout: 600

load data

@test "model-of-a-family-of-disks" {
	load_srd size=6M
	snap-model $((600 * SCALE))
	settle
	is "$(total disks) $(total used)" "0 0" "disks and memory at the end"
}

# Three levels at first, and after shrinking.
@test "model-of-a-family-of-large-disks" {
	load_srd size=144G
	snap-model -s 24G $((300 * SCALE))
	settle
	is "$(total disks) $(total used)" "0 0" "disks and memory at the end"
}

@test "snapshots-are-cuts-while-two-cpus-write" {
	load_srd size=16M
	snap-cut $((60 * SCALE))
}

@test "snapshots-are-cuts-of-long-writes" {
	load_srd size=64M
	snap-cut -b 128K $((30 * SCALE))
}

# Its table is as high as it was then.
@test "a-disk-that-was-larger-is-taken-as-it-is" {
	local sum

	load_srd size=100G
	write_direct /dev/srd0 0 "$MiB" <(pattern 1M)
	write_direct /dev/srd0 "$GiB" "$MiB" <(pattern 1M 2000000)
	srdctl resize srd0 2G
	sum=$(checksum /dev/srd0 0 "$MiB" && checksum /dev/srd0 "$GiB" "$MiB")
	srdctl snapshot srd0
	is "$(checksum /dev/srd1 0 "$MiB" && checksum /dev/srd1 "$GiB" "$MiB")" "$sum" "the snapshot"
	write_direct /dev/srd0 0 "$MiB"
	write_direct /dev/srd0 "$GiB" "$MiB"
	is "$(checksum /dev/srd1 0 "$MiB" && checksum /dev/srd1 "$GiB" "$MiB")" "$sum" "later"
	srdctl rollback srd0 --to srd1
	is "$(checksum /dev/srd0 0 "$MiB" && checksum /dev/srd0 "$GiB" "$MiB")" "$sum" "back"
	zeroes /dev/srd0 "$MiB" $((16 * MiB))
	srdctl resize srd0 200G
	is "$(checksum /dev/srd0 0 "$MiB" && checksum /dev/srd0 "$GiB" "$MiB")" "$sum" "grown"
	is "$(checksum /dev/srd1 0 "$MiB" && checksum /dev/srd1 "$GiB" "$MiB")" "$sum" "its snapshot"
	srdctl remove --all
	settle
	is "$(total used)" 0
}
