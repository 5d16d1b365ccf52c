#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# /sys/block/srdN/srd/badblocks: blocks that cannot be read, nor, unless the disk heals, written.
# The cases are in progs/bad-blocks.c.
# modes: mq/6.12 bio/every

load lib

bad_blocks() {
	load_srd
	bad-blocks "$1"
}

@test "list-is-as-stored" {
	bad_blocks list-is-as-stored
}

@test "junk-is-refused" {
	bad_blocks junk-is-refused
}

@test "reads-of-bad-blocks-fail" {
	bad_blocks reads-of-bad-blocks-fail
}

@test "writes-to-bad-blocks-fail" {
	bad_blocks writes-to-bad-blocks-fail
}

@test "what-is-written-is-good-again" {
	bad_blocks what-is-written-is-good-again
}

@test "what-is-not-written-stays-bad" {
	bad_blocks what-is-not-written-stays-bad
}

@test "long-list" {
	bad_blocks long-list
}
