#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Snapshots, clones, rollback and reset: what they hold, and what they cost.
# modes: mq bio
# guest: --memory 1G --cpus 2
# timeout: 600

load data

@test "model-of-a-family-of-disks" {
	load_srd size=6M
	snap-model $((1000 * SCALE))
	settle
	is "$(total disks) $(total used)" "0 0" "disks and memory at the end"
}

@test "snapshots-are-cuts-while-two-cpus-write" {
	load_srd size=16M
	snap-cut $((100 * SCALE))
}

@test "snapshots-are-cuts-of-long-writes" {
	load_srd size=64M
	snap-cut -b 128K $((50 * SCALE))
}
