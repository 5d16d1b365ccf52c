# SPDX-License-Identifier: GPL-2.0
#
# What commands of /dev/srd-control say when a signal comes. The cases are in progs/ioctl-errno.c.
# tests/host/docs.bats has the list of all errnos, and which test has which.
# guest: --memory 1G
# modes: mq/6.12

load ioctl

TRACE=/sys/kernel/tracing

# told_EINTR CASE: it kills a program that waits in a command, which can tell nobody any more what it
# was told; the kernel's own trace of system calls can
told_EINTR() {
	mountpoint -q $TRACE || mount -t tracefs tracefs $TRACE
	load_srd
	echo 'ret == -4' >$TRACE/events/syscalls/sys_exit_ioctl/filter
	echo >$TRACE/trace
	echo 1 >$TRACE/events/syscalls/sys_exit_ioctl/enable
	run ioctl-errno "$1"
	echo 0 >$TRACE/events/syscalls/sys_exit_ioctl/enable
	echo 0 >$TRACE/events/syscalls/sys_exit_ioctl/filter
	is "$status" 0 "exit status: $output"
	matches "$(grep -c 'ioctl-errno-.*-> 0xfffffffffffffffc' $TRACE/trace)" '^[1-9]' "told EINTR"
}

@test "interrupted-creation-is-EINTR" {
	both ioctl-errno interrupted-creation
}

@test "interrupted-growth-is-EINTR" {
	both ioctl-errno interrupted-growth
}

@test "interrupted-extents-are-EINTR" {
	both ioctl-errno interrupted-extents
}

# errno: SNAPSHOT EINTR
@test "snapshot-of-who-is-killed-while-it-waits-is-EINTR" {
	told_EINTR killed-snapshot
}

# errno: any EINTR
@test "resize-of-who-is-killed-while-it-waits-is-EINTR" {
	told_EINTR killed-resize
}
