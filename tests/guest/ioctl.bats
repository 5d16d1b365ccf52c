# SPDX-License-Identifier: GPL-2.0
#
# /dev/srd-control, every command with every kind of good and bad argument. The cases are in
# progs/ioctl.c; each runs as a 64-bit and as a 32-bit program.

load lib

# both CASE: run it in both programs, and say which one complains
both() {
	local program

	load_srd
	SRD_RELEASE=$(modinfo -F version srd)
	export SRD_RELEASE
	for program in ioctl ioctl-32; do
		echo "$program:"
		$program "$1"
	done
}

@test "numbers-are-forever" {
	both numbers-are-forever
}

@test "unknown-is-ENOTTY" {
	both unknown-is-ENOTTY
}

@test "short-is-EINVAL" {
	both short-is-EINVAL
}

@test "size-must-match-command" {
	both size-must-match-command
}

@test "old-structures-are-served" {
	both old-structures-are-served
}

@test "old-structures-and-new-disks" {
	both old-structures-and-new-disks
}

@test "long-and-zero-is-served" {
	both long-and-zero-is-served
}

@test "long-and-not-zero-is-E2BIG" {
	both long-and-not-zero-is-E2BIG
}

@test "unknown-flags-are-EINVAL" {
	both unknown-flags-are-EINVAL
}

@test "reserved-must-be-zero" {
	both reserved-must-be-zero
}

@test "answers-are-clean" {
	both answers-are-clean
}

@test "bad-pointers-are-EFAULT" {
	both bad-pointers-are-EFAULT
}

@test "read-only-memory" {
	both read-only-memory
}

@test "any-alignment-will-do" {
	both any-alignment-will-do
}

@test "control-node-is-nothing-else" {
	both control-node-is-nothing-else
}

@test "create-checks-each-field" {
	both create-checks-each-field
}

@test "create-checks-the-mode" {
	both create-checks-the-mode
}

@test "create-checks-prealloc" {
	both create-checks-prealloc
}

@test "create-checks-the-label" {
	both create-checks-the-label
}

@test "create-says-what-it-made" {
	both create-says-what-it-made
}

@test "create-says-mode-and-queues" {
	both create-says-mode-and-queues
}

@test "create-refuses-what-is-taken" {
	both create-refuses-what-is-taken
}

@test "read-only-disk-refuses-writes" {
	both read-only-disk-refuses-writes
}

@test "remove-errors" {
	both remove-errors
}

@test "resize-errors" {
	both resize-errors
}

@test "info-and-next-find-disks" {
	both info-and-next-find-disks
}

@test "stats-count-and-reset" {
	both stats-count-and-reset
}

@test "memory-says-what-is-held" {
	both memory-says-what-is-held
}

@test "others-may-only-ask" {
	both others-may-only-ask
}

@test "user-namespace-is-not-enough" {
	both user-namespace-is-not-enough
}

@test "read-only-descriptor-will-do" {
	both read-only-descriptor-will-do
}
