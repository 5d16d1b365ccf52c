#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# srd-crashtest finds what does not survive a power cut: a test that never fails proves nothing.
# modes: mq/6.12
# guest: --memory 1G --cpus 2
# timeout: 600

load crash

setup() {
	crash_setup
}

@test "a-rename-without-fsync-is-caught" {
	caught --check "promises check" -- promises careless 20
	[[ $output == *"bytes, not the"* ]] || fail "$output"
}

@test "a-disk-that-lies-about-flush-is-caught" {
	caught --lie --check "promises check" -- promises work 25
}

# It does write through where it is told to: to the last block of a journal, but not to the others.
@test "a-disk-that-drops-flushes-and-honours-fua-is-caught" {
	caught --fault "op=flush drop" --check "promises check" -- promises work 25
}

# FULL does not sync the folder once the journal is deleted, which then may be there again.
@test "sqlite-full-with-a-journal-that-is-deleted-is-caught" {
	caught --setup "$SQLITE setup DELETE" --check "$SQLITE check" -- "$SQLITE" work FULL 12
	[[ $output == *"was committed, and the last one is"* ]] || fail "$output"
}

@test "what-failed-fails-again" {
	local replay round

	run srd-crashtest --stop --cycles 50 --check "promises check" -- promises careless 20
	is "$status" 1 "exit status"
	replay=$(sed -n 's/^  again: //p' <<<"$output")
	[[ $replay == "srd-crashtest "*" --replay "*:* ]] || fail "$output"
	for round in 1 2; do
		run bash -c "$replay"
		is "$status" 1 "exit status of round $round: $replay: $output"
		is "$(grep -c FAILED <<<"$output")" 1 "failures"
	done
}

@test "the-same-seed-cuts-at-the-same-places" {
	local writes=(dd if=/dev/zero of=/dev/srd0 bs=4k count=30 oflag=dsync) first

	run srd-crashtest --cycles 3 --seed 11 --fs none -- "${writes[@]}"
	is "$status" 0 "exit status"
	first=$(grep '^cycle' <<<"$output")
	run srd-crashtest --cycles 3 --seed 11 --fs none -- "${writes[@]}"
	is "$(grep '^cycle' <<<"$output")" "$first" "cycles"
	run srd-crashtest --cycles 3 --seed 12 --fs none -- "${writes[@]}"
	[[ $(grep '^cycle' <<<"$output") != "$first" ]] || fail "another seed cuts there, too"
}
