#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Tests inside the kernel: kunit/ is built into the module, and run when it is loaded.
# kernels: debug
# guest: --make KUNIT=1

load lib

setup_file() {
	dmesg --clear
	modprobe srd
	dmesg --notime | sed -n 's/^ *KTAP\|^ *#\|^ *ok\|^ *not ok\|^ *1\.\./&/p' >"$BATS_FILE_TMPDIR/ktap"
	rmmod srd
}

# suite NAME TESTS: it was run, with so many tests at least, and none failed
suite() {
	local ktap=$BATS_FILE_TMPDIR/ktap counts

	counts=$(sed -n "s/^# $1: pass:\([0-9]*\) fail:\([0-9]*\) skip:\([0-9]*\) .*/\1 \2 \3/p" "$ktap")
	[[ $counts == *' 0 0' ]] || fail "$1: passed, failed, skipped: ${counts:-none of it was run}" \
		"$(sed -n "/^ *# Subtest: $1/,/^[a-z]* *ok [0-9]* $1/p" "$ktap")"
	at_least "${counts%% *}" "$2" "tests"
	grep -qx "ok [0-9]* $1" "$ktap" || fail "$1 did not end well"
}

@test "parse" {
	suite srd-parse 2
}

@test "abi" {
	suite srd-abi 4
}

@test "table" {
	suite srd-table 7
}

@test "store" {
	suite srd-store 16
}
