# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests of srd-crashtest share: `load crash` brings data and lib with it.

load data

SQLITE=/root/tests/promises-sqlite.bash

# crash_setup: what each test finds
crash_setup() {
	srd_setup
	load_srd
	export TMPDIR=$BATS_TEST_TMPDIR
}

# shellcheck disable=SC2120 # other files call it with some
# nothing_but NAME...: of disks, folders and mounts of the tool, only these disks are left
nothing_but() {
	is "$(srdctl list -n --raw -o NAME 2>/dev/null | tr '\n' ' ')" "${*:+$* }" "disks"
	is "$(find "$TMPDIR" -maxdepth 1 -name 'tmp.*')" "" "folders"
	! grep "^/dev/srd" /proc/mounts || fail "something is mounted"
}

# survives CYCLES OPTION... -- COMMAND...: no cut breaks a promise
survives() {
	local cycles=$1
	shift

	run srd-crashtest --cycles "$cycles" "$@"
	[[ $status = 0 ]] || fail "exit status $status" "$output"
	echo "# $(tail -n 1 <<<"$output")" >&3
	nothing_but
}

# caught OPTION... -- COMMAND...: a promise is broken by one of 50 cuts at the latest
caught() {
	run srd-crashtest --cycles 50 --stop "$@"
	is "$status" 1 "exit status"
	echo "# caught at $(grep FAILED <<<"$output")" >&3
	nothing_but
}

# files_survive CYCLES OPTION..., and so on: a workload each
files_survive() {
	survives "$@" --check "promises check" -- promises work 25
}

# A journal of SQLite's own has to be gone when a transaction is committed, and with less than
# EXTRA it is not sure to be.
sqlite_delete_survives() {
	survives "$@" --setup "$SQLITE setup DELETE" --check "$SQLITE check" -- "$SQLITE" work EXTRA 12
}

sqlite_wal_survives() {
	survives "$@" --setup "$SQLITE setup WAL" --check "$SQLITE check" -- "$SQLITE" work FULL 12
}
