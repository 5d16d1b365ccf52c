# SPDX-License-Identifier: GPL-2.0
# modes: mq/6.12
#
# What /dev/srd-control does to disks that share memory: every field and every errno. The cases are
# in progs/ioctl-snapshot.c; each runs as a 64-bit and as a 32-bit program.
# timeout: 900

load ioctl

@test "snapshot-says-what-it-made" {
	both ioctl-snapshot snapshot-says-what-it-made
}

@test "snapshot-of-mode-bio" {
	both ioctl-snapshot snapshot-of-mode-bio
}

@test "snapshot-outlives-its-source" {
	both ioctl-snapshot snapshot-outlives-its-source
}

@test "snapshot-errors" {
	both ioctl-snapshot snapshot-errors
}

@test "too-many-are-EMLINK" {
	[[ ${SRD_TEST_SCALE:-1} != 1 ]] || skip "takes minutes where the CPU is emulated"
	both ioctl-snapshot too-many-are-EMLINK
}

@test "temporary-goes-with-the-descriptor" {
	both ioctl-snapshot temporary-goes-with-the-descriptor
}

@test "temporary-waits-for-who-has-it-open" {
	both ioctl-snapshot temporary-waits-for-who-has-it-open
}

@test "temporary-may-go-before" {
	both ioctl-snapshot temporary-may-go-before
}

@test "temporary-goes-with-who-is-killed" {
	both ioctl-snapshot temporary-goes-with-who-is-killed
}

@test "rollback-and-reset-errors" {
	both ioctl-snapshot rollback-and-reset-errors
}

@test "prealloc-keeps-its-memory" {
	both ioctl-snapshot prealloc-keeps-its-memory
}

@test "rollback-within-the-family" {
	both ioctl-snapshot rollback-within-the-family
}

@test "extents-say-what-is-there" {
	both ioctl-snapshot extents-say-what-is-there
}

@test "extents-errors" {
	both ioctl-snapshot extents-errors
}
