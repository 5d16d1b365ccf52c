#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# modes: mq/6.12
#
# Commands by which a disk fails, is late, or loses its power on purpose, with every kind of good
# and bad argument. The cases are in progs/ioctl-faults.c.

load ioctl

@test "rule-add-checks-each-field" {
	both ioctl-faults rule-add-checks-each-field
}

@test "time-outs-need-requests" {
	both ioctl-faults time-outs-need-requests
}

@test "rules-are-numbered-and-listed" {
	both ioctl-faults rules-are-numbered-and-listed
}

@test "timing-checks-each-field" {
	both ioctl-faults timing-checks-each-field
}

@test "timing-says-what-was-set" {
	both ioctl-faults timing-says-what-was-set
}

@test "power-checks-each-field" {
	both ioctl-faults power-checks-each-field
}

@test "without-power-nothing-changes" {
	both ioctl-faults without-power-nothing-changes
}

@test "set-checks-each-field" {
	both ioctl-faults set-checks-each-field
}

@test "create-with-a-cache" {
	both ioctl-faults create-with-a-cache
}
