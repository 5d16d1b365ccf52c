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
