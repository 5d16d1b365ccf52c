#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # bats sets output, lines and status
#
# srdctl wait, against a control node that has the events of FAKE_ROOT/events; then it is quiet.

load srdctl-helper

setup() {
	fake_machine
	touch "$FAKE_ROOT/quiet"
}

# ends WORDS ARGUMENT...: it ends with 0, and prints that and no more
ends() {
	local words=$1
	shift

	run srdctl wait --timeout 5 "$@"
	[ "$status" -eq 0 ]
	output=$(sed 's/ *$//; s/  */ /g' <<<"$output")
	is "$words"
}

# times_out ARGUMENT...: nothing comes, and it says so
times_out() {
	run srdctl wait --timeout 20ms "$@"
	[ "$status" -eq 1 ]
	one_line
	has "did not come within 20ms"
}

@test "the-first-of-what-is-waited-for" {
	srdctl create -s 1G
	fake_event 3 number=0 value=2097152 length=1048576
	fake_event 4 number=1 what=0 value=4194304 length=4194304
	fake_event 4 number=0 what=0 value=8388608 length=8388608
	fake_event 12 number=0
	ends "resized srd0 2M, was 1M" --for resized
	ends "limit srd1 may hold 4M, holds 4M" --for limit
	ends "limit srd0 may hold 8M, holds 8M" srd0 --for limit
	ends "reset srd0" srd0 --for rollback,reset,error
	ends "resized srd0 2M, was 1M"
	ends "resized srd0 2M, was 1M" /dev/srd0
	ends "limit srd1 may hold 4M, holds 4M" srd1
	times_out --for snapshot
	has "wait: snapshot did not"
	times_out srd0 --for room,error
	has "wait: srd0: room,error did not"
	times_out srd2
	has "wait: srd2: an event did not"
}

@test "what-is-about-all-disks-is-about-each" {
	srdctl create -s 1G
	fake_event 4 what=1 value=1073741824 length=1073741824
	ends "limit all disks may hold 1G, hold 1G" srd0 --for limit
}

@test "what-is-so-already-need-not-come" {
	srdctl create -s 1G -L scratch -l 1M
	ends "created srd0 already" srd0 --for created
	ends "created srd0 already" scratch --for removed,created
	ends "power-on srd0 already" scratch --for power-on
	ends "removed srd7 already" srd7 --for removed
	ends "removed already" nothing --for removed
	times_out scratch --for removed
	times_out srd7 --for created
	times_out scratch --for power-cut
	times_out scratch --for limit
	fake_set 0 used 1044480
	fake_set 0 shared 4096
	ends "limit srd0 already" scratch --for limit
	srdctl powercut srd0
	ends "power-cut srd0 already" scratch --for power-cut
	times_out scratch --for power-on
	# without a disk, or without saying what, only what comes counts
	times_out --for created
	times_out scratch
}

@test "a-disk-that-is-still-to-come" {
	srdctl create -s 1G -n 2 -L scratch
	fake_event 1 number=1 value=1048576
	fake_event 1 number=2 value=2097152
	ends "created srd1 1M" srd1 --for created
	srdctl remove srd2
	# by the time that it is told, it is there again: its label is asked for then
	times_out scratch --for created
	srdctl create -s 1G -n 2 -L scratch
	srdctl create -s 1G -n 1 -L other
	ends "created srd2 already" scratch --for created
}

@test "a-label-of-no-disk-is-told-where-it-cannot-come-true" {
	for words in "--for limit" "--for error,reset" ""; do
		# shellcheck disable=SC2086 # words are split on purpose
		run srdctl wait -t 20ms nothing $words
		[ "$status" -eq 1 ]
		one_line
		has "nothing: no such disk"
	done
}

@test "lost-events-make-it-look-again" {
	srdctl create -s 1G
	fake_event 3 number=0 value=2097152 length=1048576
	fake_event 3 number=0 value=2097152 length=1048576 lost=5
	srdctl powercut srd0
	# it is not seen before, and that its power was cut is among what was lost
	echo "4 19 1" > "$FAKE_ROOT/fail"
	run srdctl wait -t 1 srd0 --for power-cut
	[ "$status" -eq 0 ]
	output=$(sed 's/ *$//; s/  */ /g' <<<"$output")
	is "power-cut srd0 already"
}

@test "json-columns-and-bytes" {
	require jq
	srdctl create -s 1G
	fake_event 3 number=0 value=2097152 length=1048576 sequence=7
	run srdctl wait -t 1 srd0 --json
	jq -e '.event == "resized" and .dev == "srd0" and .value == 2097152 and .length == 1048576 and
		.sequence == 7 and .op == null and .rule == null and (keys | length) == 14' <<<"$output"
	run srdctl wait -t 1 srd0 --json --for created
	jq -e '.event == "created" and .value == null and .sequence == null and
		(.time | type) == "string" and (keys | length) == 14' <<<"$output"
	ends "resized srd0 2097152, was 1048576" -b srd0
	ends "resized 7" -o EVENT,SEQUENCE
}

@test "nobody-can-wait-for-a-module-without-events" {
	rm "$FAKE_ROOT/quiet"
	run srdctl wait -t 1
	[ "$status" -eq 1 ]
	one_line
	has "has no events"
}

@test "time-without-a-unit-is-seconds" {
	run srdctl wait --timeout 0.05
	[ "$status" -eq 1 ]
	has "did not come within 50ms"
	run srdctl wait --timeout 0
	[ "$status" -eq 1 ]
	has "did not come within 0ns"
}
