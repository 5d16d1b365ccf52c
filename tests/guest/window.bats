#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Windows onto a disk's memory: what a mapping shows, and what happens to it.
# modes: mq bio/every
# guest: --memory 1G --cpus 2
# timeout: 600

load data

# see CASE: of tests/progs/window.c, with two disks of 16 MiB; all memory comes back
see() {
	load_srd size=16M,16M
	window "$1"
	settle
}

@test "stores-read-back-directly-and-writes-are-seen" {
	see both-ways
}

@test "what-is-discarded-or-zeroed-is-seen-as-zeroes" {
	see emptied
}

@test "private-mappings-keep-their-copies" {
	see private
}

@test "fork-shares-what-is-shared" {
	see forked
}

@test "mremap-and-munmap-of-a-part" {
	see moved
}

@test "madvise-mlock-and-populate" {
	see advised
}

@test "direct-io-from-and-to-a-mapping" {
	see pinned
}

@test "opened-to-read-cannot-be-written" {
	see read-only
}

@test "a-read-only-disk-has-a-read-only-window" {
	see read-only-disk
	is "$(total disks)" 2
}

@test "past-the-end-is-SIGBUS" {
	see beyond
}

@test "a-snapshot-keeps-what-stores-change" {
	see snapshotted
	is "$(total disks)" 2
}

@test "rollback-and-reset-are-seen" {
	see rolled-back
}

@test "switched-off-is-SIGBUS" {
	see switched-off
}

@test "forced-removal-is-SIGBUS" {
	see removed
	is "$(total disks)" 1
}

@test "deferred-removal-waits-for-the-last-mapping" {
	see removed-later
	is "$(total disks)" 1
}

@test "bad-memory-is-SIGBUS" {
	load_srd size=16M,16M
	run window poisoned
	[[ $status != 1 ]] || fail "$output"
	[[ $status != 77 ]] || skip "this kernel lacks CONFIG_MEMORY_FAILURE"
	is "$status" 0
	settle
}

@test "hammered-while-all-that-takes-pages-away-happens" {
	load_srd size=4M,4M
	window-hammer $((100 * SCALE))
	settle
}

@test "loads-take-no-memory-and-stores-none-past-the-limit" {
	local empty

	load_srd size=16M,16M
	empty=$(used srd0)
	srdctl window srd0 on
	echo $((empty + 65536)) >/sys/block/srd0/srd/limit
	window full
	settle
	[[ $(used srd0) -le $((empty + 65536)) ]]
}
