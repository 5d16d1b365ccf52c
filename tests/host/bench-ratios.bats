#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # bats sets output and status
#
# How many instructions an I/O takes, divided by those that other RAM disks take: every ratio
# stays within its bound in scripts/bench-bounds. That is a count and no time, so that how busy
# this machine is does not matter.

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

# within KERNEL: shows the ratios, met or not, beside their bounds
within() {
	run "$TOP/scripts/bench-ratios" "$1"
	[ "$status" -ne 77 ] || skip "$output"
	sed 's/^/# show: /' <<<"$output" >&3
	[ "$status" -eq 0 ]
}

@test "ratios-on-6.12" {
	within 6.12
}

@test "ratios-on-6.1" {
	within 6.1
}

@test "ratios-on-newest" {
	within newest
}
