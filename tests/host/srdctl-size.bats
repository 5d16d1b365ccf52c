#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# srdctl: sizes, times and numbers are read and written to the last byte

load srdctl-helper

setup_file() {
	"${CC:-cc}" -std=gnu11 -g -Wall -Wextra -Werror -fsanitize=address,undefined \
		-fno-sanitize-recover=all -I"$TOP/srdctl" -o "$BATS_FILE_TMPDIR/size-test" \
		"$TOP/tests/host/srdctl-size-test.c" "$TOP/srdctl/size.c"
}

# same FUNCTION [TEXT RESULT]...: tells all that differ, not only the first
same() {
	local function=$1 got failed=0
	shift

	while (($#)); do
		got=$("$BATS_FILE_TMPDIR/size-test" "$function" "$1")
		if [[ $got != "$2" ]]; then
			echo "$function '$1': $got instead of $2" >&2
			failed=1
		fi
		shift 2
	done
	return "$failed"
}

@test "size-suffixes-are-those-of-util-linux" {
	same parse 0 0  1 1  4096 4096  512B 512 \
		1K 1024  1k 1024  1KiB 1024  1kib 1024  1KB 1000  1kB 1000 \
		3M 3145728  3MiB 3145728  3MB 3000000 \
		1G 1073741824  2GB 2000000000  1T 1099511627776  1TB 1000000000000 \
		1P 1125899906842624  1PB 1000000000000000 \
		1E 1152921504606846976  1EiB 1152921504606846976  1EB 1000000000000000000
}

@test "size-fractions-are-exact" {
	same parse 1.5G 1610612736  0.5K 512  1.5KB 1500  1.0 1  2.50M 2621440 \
		0.0009765625K 1  15.999755859375E 18446462598732840960 1.25GB 1250000000
}

@test "size-fractions-of-a-byte-are-refused" {
	same parse 1.5 EINVAL  0.1K EINVAL  0.3M EINVAL  0.0001KB EINVAL
}

@test "size-limits-of-64-bits" {
	same parse 18446744073709551615 18446744073709551615 \
		18446744073709551616 ERANGE  99999999999999999999999 ERANGE \
		15E 17293822569102704640  16E ERANGE  16777216T ERANGE  18.5EB ERANGE \
		18EB 18000000000000000000  19EB ERANGE
}

@test "size-junk-and-signs-are-refused" {
	same parse "" EINVAL  " 1" EINVAL  "1 " EINVAL  -1 EINVAL  +1 EINVAL  0x10 EINVAL \
		K EINVAL  1KK EINVAL  1Ki EINVAL  1KiBx EINVAL  1Z EINVAL  1.G EINVAL  .5G EINVAL \
		1..5G EINVAL  1,5G EINVAL  1e3 EINVAL  1iB EINVAL  1BB EINVAL  inf EINVAL \
		1.1111111111111111111G EINVAL
}

@test "size-is-written-with-the-suffix-that-it-reaches" {
	same format 0 0B  1 1B  1023 1023B  1024 1K  1536 1.5K  1048575 1M  1048576 1M \
		1073741824 1G  1610612736 1.5G  17592186044416 16T  1125899906842624 1P \
		1152921504606846976 1E  18446744073709551615 16E  10240 10K  1075 1K  1076 1.1K
}

@test "size-of-whole-units-survives-writing-and-reading" {
	local unit value text

	for unit in K M G T P; do
		for value in 1 2 10 512 1023; do
			value=$("$BATS_FILE_TMPDIR/size-test" parse "$value$unit")
			text=$("$BATS_FILE_TMPDIR/size-test" format "$value")
			same parse "$text" "$value"
		done
	done
}

@test "time-has-three-digits-and-its-unit" {
	same time 0 0ns  1 1ns  999 999ns  1000 1.00us  1024 1.02us  4096 4.10us \
		16384 16.4us  131072 131us  1048576 1.05ms  536870912 537ms  1073741824 1.07s \
		18446744073709551615 18446744074s
}

@test "number-is-digits-up-to-its-limit" {
	same number 0 0  7 7  1000 1000  1001 ERANGE  99999999999999999999 ERANGE \
		"" EINVAL  -1 EINVAL  1K EINVAL  " 1" EINVAL  0x1 EINVAL
}

@test "number64-is-digits-up-to-64-bits" {
	same number64 0 0  18446744073709551615 18446744073709551615 \
		18446744073709551616 ERANGE  "" EINVAL  -1 EINVAL  "1 " EINVAL  1K EINVAL
}

@test "time-is-read-with-its-unit" {
	same time-parse 0ns 0  1ns 1  80us 80000  10ms 10000000  2s 2000000000 \
		1.5ms 1500000  0.25us 250  1.000000001s 1000000001 \
		18446744073s 18446744073000000000  18446744074s ERANGE \
		99999999999999999999ns ERANGE
}

@test "time-without-unit-or-of-half-a-nanosecond-is-refused" {
	same time-parse "" EINVAL  10 EINVAL  ms EINVAL  10m EINVAL  "10 ms" EINVAL  10MS EINVAL \
		-1ms EINVAL  1.5ns EINVAL  0.0001us EINVAL  1h EINVAL  1.s EINVAL  10msx EINVAL
}

@test "time-is-written-exactly-and-read-again" {
	local ns text

	same time-write 0 0ns  1 1ns  1000 1us  1500 1500ns  1500000 1500us  60000000000 60s \
		1000000001 1000000001ns
	for ns in 1 999 1000 8333000 123456789 60000000000; do
		text=$("$BATS_FILE_TMPDIR/size-test" time-write "$ns")
		same time-parse "$text" "$ns"
	done
}

@test "chance-in-percent-as-fraction-and-as-one-in-so-many" {
	same chance 50% 2147483648  0.5 2147483648  1/2 2147483648  1% 42949673  0.01 42949673 \
		1/100 42949673  0.1% 4294967  1/1000 4294967  25.5% 1095216660 \
		1/4294967296 1  2/3 2863311531
}

@test "chance-of-always-is-0-and-of-nearly-so-is-not" {
	same chance 1 0  100% 0  1/1 0  7/7 0  1.0 0  99.9999999999% 4294967295 \
		0.999999999999 4294967295  0.00000000001% 1  1/99999999999999 1
}

@test "chance-of-never-and-of-more-than-always-is-refused" {
	same chance 0 ERANGE  0% ERANGE  0/5 ERANGE  1/0 ERANGE  2 ERANGE  101% ERANGE  5/4 ERANGE \
		1.5 ERANGE  "" EINVAL  % EINVAL  1/ EINVAL  1/2% EINVAL  1.5/2 EINVAL \
		-1% EINVAL  1%% EINVAL  often EINVAL
}

@test "chance-is-written-as-it-is-read" {
	local chance text

	same chance-format 0 100%  42949673 1%  4294967 0.1%  2147483648 50%
	for chance in 1 2 1000 4294967 42949672 42949673 2863311531 4294967295; do
		text=$("$BATS_FILE_TMPDIR/size-test" chance-format "$chance")
		same chance "$text" "$chance"
	done
}
