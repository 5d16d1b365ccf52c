#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # bats sets output and status
#
# What srdctl reads - sizes, rules, latencies, images - with input that is broken.

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

# An input that breaks something is left in the folder where it runs.
@test "readers-stand-what-a-fuzzer-makes" {
	cd "$BATS_TEST_TMPDIR"
	run "$TOP/scripts/fuzz-tool" 8 -seed=1
	[ "$status" -eq 0 ] || { echo "$output" | tail -n 40 >&2; return 1; }
	[ "$(sed -n 's/^stat::number_of_executed_units: //p' <<<"$output")" -gt 1000 ]
}

# copy FOLDER: what the fuzzer is built from
copy() {
	mkdir -p "$1/tests/host" "$1/include"
	cp -r "$TOP/srdctl" "$1"
	cp -r "$TOP/include/uapi" "$1/include"
	cp -r "$TOP"/tests/host/{fuzz,srdctl-fuzz.c} "$1/tests/host"
}

@test "fuzzer-finds-what-is-there" {
	cd "$BATS_TEST_TMPDIR"
	copy src
	# a time is written without its last digit
	sed -i 's/ns % 1000 == 0/ns >= 1000/' src/srdctl/size.c
	run env SRD_SRC="$PWD/src" "$TOP/scripts/fuzz-tool" 60 -seed=1
	[ "$status" -ne 0 ]
	grep -E 'not so: a (time|rule|latency) that was written' <<<"$output"
	ls crash-*
}
