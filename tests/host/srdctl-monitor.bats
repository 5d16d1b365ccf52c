#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # bats sets output, lines and status
#
# srdctl monitor, against a control node that has the events of FAKE_ROOT/events and then ends.

load srdctl-helper

# One of each kind, in the order of their numbers.
all_kinds() {
	fake_event 1 number=0 value=1048576 sequence=0
	fake_event 2 number=3 sequence=1
	fake_event 3 number=0 value=2097152 length=1048576 sequence=2
	fake_event 4 number=0 what=0 value=4194304 length=4194304 sequence=3
	fake_event 5 what=1 value=1073741824 length=1048576 sequence=4
	fake_event 6 number=0 op=1 error=5 start=4096 length=8192 value=3 sequence=5
	fake_event 7 number=0 rule=2 what=1 op=0 start=0 length=4096 sequence=6
	fake_event 8 number=0 rule=7 sequence=7
	fake_event 9 number=0 what=2 value=12 sequence=8
	fake_event 10 number=0 other=4 value=2097152 sequence=9
	fake_event 11 number=0 other=4 value=2097152 sequence=10
	fake_event 12 number=0 value=2097152 sequence=11
}

@test "each-kind-in-words" {
	all_kinds
	run srdctl monitor -n -o EVENT,DEV,DETAILS
	[ "$status" -eq 0 ]
	output=$(sed 's/ *$//; s/  */ /g' <<<"$output")
	is "created srd0 1M
removed srd3
resized srd0 2M, was 1M
limit srd0 may hold 4M, holds 4M
room all disks may hold 1G, hold 1M
error srd0 write of 8K at 4K: EIO, and 2 more failed
fault srd0 rule 2, delay: read of 4K at 0B
power-cut srd0 by rule 7
power-on srd0 kept subset, 12 blocks lost
snapshot srd0 srd4
rollback srd0 to srd4
reset srd0"
}

@test "columns-stand-below-each-other" {
	fake_event 1 number=0 value=1048576
	fake_event 2 number=12345
	run srdctl monitor
	[ "$status" -eq 0 ]
	[[ ${lines[0]} =~ ^'TIME         EVENT     DEV    DETAILS'$ ]]
	[[ ${lines[1]} =~ ^[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}' created   srd0   1M'$ ]]
	[[ ${lines[2]} =~ ^[0-9:.]{12}' removed   srd12345 '$ ]]
}

@test "json-is-an-object-a-line" {
	require jq
	all_kinds
	srdctl monitor --json >"$BATS_TEST_TMPDIR/json"
	run wc -l <"$BATS_TEST_TMPDIR/json"
	is 12
	run jq -r .event "$BATS_TEST_TMPDIR/json"
	is "created
removed
resized
limit
room
error
fault
power-cut
power-on
snapshot
rollback
reset"
	# the same keys in each, and numbers are numbers
	run jq -c '[keys[]] | length' "$BATS_TEST_TMPDIR/json"
	[ "$(sort -u <<<"$output")" = 14 ]
	run jq -r '[.sequence, .boottime, .lost] | map(type) | unique[]' "$BATS_TEST_TMPDIR/json"
	[ "$(sort -u <<<"$output")" = number ]
	run jq -c 'select(.event == "error") | [.dev, .op, .error, .start, .length, .value, .rule, .what]' \
		"$BATS_TEST_TMPDIR/json"
	is '["srd0","write","EIO",4096,8192,3,null,null]'
	run jq -c 'select(.event == "fault") | [.op, .error, .rule, .what, .value]' \
		"$BATS_TEST_TMPDIR/json"
	is '["read",null,2,"delay",null]'
	run jq -c 'select(.event == "room") | [.dev, .what, .length, .value, .other]' \
		"$BATS_TEST_TMPDIR/json"
	is '[null,"module",1048576,1073741824,null]'
	run jq -c 'select(.event == "rollback") | [.other, .value, .length]' "$BATS_TEST_TMPDIR/json"
	is '["srd4",2097152,null]'
}

@test "time-is-that-of-the-wall" {
	local boot now

	boot=$(awk '{ printf "%.0f", $1 * 1e9 }' /proc/uptime)
	now=$(date +%s)
	fake_event 2 number=0 time="$boot"
	run srdctl monitor --json
	[ "$status" -eq 0 ]
	[[ $output =~ '"time": "'([0-9T:.+-]+)'"' ]]
	[ "$(date -d "${BASH_REMATCH[1]}" +%s)" -ge $((now - 5)) ]
	[ "$(date -d "${BASH_REMATCH[1]}" +%s)" -le $((now + 60)) ]
}

@test "only-the-disks-that-are-named" {
	srdctl create -s 1M --label five
	all_kinds
	run srdctl monitor -n -o SEQUENCE srd3
	# what is about all disks, too
	is "       1
       4"
	# those that were made of it or by which it was made
	run srdctl monitor -n -o SEQUENCE /dev/srd4
	is "       4
       9
      10"
	fake_set 0 used 0
	run srdctl monitor -n -o EVENT five
	[ "${#lines[@]}" -eq 11 ]
	run srdctl monitor six
	[ "$status" -eq 1 ]
	has "six: no such disk"
}

@test "ends-after-so-many" {
	all_kinds
	run srdctl monitor -n -o SEQUENCE -c 3
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 3 ]
	run srdctl monitor -n -o SEQUENCE --count 1 srd4
	is "       4"
	run srdctl monitor -c 0
	[ "$status" -eq 2 ]
	one_line
}

@test "lost-ones-are-told" {
	require jq
	fake_event 2 number=0 sequence=1
	fake_event 2 number=1 sequence=9 lost=7
	fake_event 2 number=0 sequence=12 lost=2
	run srdctl_stderr monitor
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} = 'srdctl: 7 events were lost'* ]]
	[[ ${lines[1]} = 'srdctl: 2 events were lost'* ]]
	# also those that were lost before one that is not shown
	run srdctl_stderr monitor srd0
	[[ $output = 'srdctl: 9 events were lost'* ]]
	run jq -c '[.sequence, .lost]' <<<"$(srdctl_stdout monitor --json srd0)"
	is "[1,0]
[12,9]"
}

@test "what-a-newer-module-says-is-passed-over" {
	fake_event 2 number=0 size=128
	fake_event 99 number=0
	fake_event 2 number=1
	run srdctl monitor -n -o EVENT,DEV
	[ "$status" -eq 0 ]
	is "removed   srd0
removed   srd1"
}

@test "nonsense-is-an-error" {
	printf 'abc' >"$FAKE_ROOT/events"
	run srdctl monitor -n
	[ "$status" -eq 1 ]
	one_line
	printf '\2\0\0\0' >"$FAKE_ROOT/events"
	run srdctl monitor -n
	[ "$status" -eq 1 ]
	one_line
}

@test "a-module-without-events" {
	run srdctl monitor -n
	[ "$status" -eq 1 ]
	one_line
	has "has no events"
}
