# SPDX-License-Identifier: GPL-2.0
# modes: mq/6.12
#
# /dev/srd-control, every command with every kind of good and bad argument. The cases are in
# progs/ioctl.c and progs/ioctl-commands.c; each runs as a 64-bit and as a 32-bit program.

load ioctl

@test "numbers-are-forever" {
	both ioctl numbers-are-forever
}

@test "unknown-is-ENOTTY" {
	both ioctl unknown-is-ENOTTY
}

@test "short-is-EINVAL" {
	both ioctl short-is-EINVAL
}

@test "size-must-match-command" {
	both ioctl size-must-match-command
}

@test "old-structures-are-served" {
	both ioctl old-structures-are-served
}

@test "old-structures-and-new-disks" {
	both ioctl old-structures-and-new-disks
}

@test "long-and-zero-is-served" {
	both ioctl long-and-zero-is-served
}

@test "long-and-not-zero-is-E2BIG" {
	both ioctl long-and-not-zero-is-E2BIG
}

@test "unknown-flags-are-EINVAL" {
	both ioctl unknown-flags-are-EINVAL
}

@test "reserved-must-be-zero" {
	both ioctl reserved-must-be-zero
}

@test "answers-are-clean" {
	both ioctl answers-are-clean
}

@test "bad-pointers-are-EFAULT" {
	both ioctl bad-pointers-are-EFAULT
}

@test "read-only-memory" {
	both ioctl read-only-memory
}

@test "any-alignment-will-do" {
	both ioctl any-alignment-will-do
}

@test "control-node-is-nothing-else" {
	both ioctl control-node-is-nothing-else
}

@test "create-checks-each-field" {
	both ioctl-commands create-checks-each-field
}

@test "create-checks-the-mode" {
	both ioctl-commands create-checks-the-mode
}

@test "create-checks-prealloc" {
	both ioctl-commands create-checks-prealloc
}

@test "create-checks-the-label" {
	both ioctl-commands create-checks-the-label
}

@test "create-says-what-it-made" {
	both ioctl-commands create-says-what-it-made
}

@test "create-says-mode-and-queues" {
	both ioctl-commands create-says-mode-and-queues
}

@test "create-refuses-what-is-taken" {
	both ioctl-commands create-refuses-what-is-taken
}

@test "read-only-disk-refuses-writes" {
	both ioctl-commands read-only-disk-refuses-writes
}

@test "remove-errors" {
	both ioctl-commands remove-errors
}

@test "resize-errors" {
	both ioctl-commands resize-errors
}

@test "info-and-next-find-disks" {
	both ioctl-commands info-and-next-find-disks
}

@test "stats-count-and-reset" {
	both ioctl-commands stats-count-and-reset
}

@test "memory-says-what-is-held" {
	both ioctl-commands memory-says-what-is-held
}

@test "others-may-only-ask" {
	both ioctl others-may-only-ask
}

@test "user-namespace-is-not-enough" {
	[[ -e /proc/self/ns/user ]] || skip "this kernel has no user namespaces"
	both ioctl user-namespace-is-not-enough
}

@test "read-only-descriptor-will-do" {
	both ioctl read-only-descriptor-will-do
}
