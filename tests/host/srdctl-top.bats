#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2030,SC2031 # every test is a process of its own, as it should be
#
# srdctl top: one table, and a terminal that is drawn again and again and given back

load srdctl-helper

setup() {
	fake_machine
	cd "$BATS_TEST_TMPDIR" || return
}

# json FILTER: $output is JSON and the filter is true for it
json() {
	require jq
	jq -e "$1" <<< "$output" >/dev/null && return
	printf 'not true: %s\nof: %s\n' "$1" "$output" >&2
	return 1
}

# busy "NUMBER OP IOS BYTES ERRORS BUCKET"...: what is asked of disks between two looks
busy() {
	printf '%s\n' "$@" >"$FAKE_ROOT/busy.new"
	mv "$FAKE_ROOT/busy.new" "$FAKE_ROOT/busy"
}

@test "once-is-the-difference-of-two-looks" {
	srdctl create -s 1G -L scratch
	srdctl create -s 2G
	fake_set 0 ios.0 1000000
	fake_set 0 bytes.0 1000000000
	fake_set 0 latency.0.31 1000000
	# reads of 4 KiB within 2 us, two in a hundred within 33 us; writes that fail; discards
	busy "0 0 98 401408 0 11" "0 0 2 8192 0 15" "0 1 50 0 50 20" "0 2 7 7340032 0 0" "0 5 3 0 0 1"
	run srdctl top --once --json --delay 100ms
	[ "$status" -eq 0 ]
	json '.top | length == 2 and map(.name) == ["srd0", "srd1"] and .[0].label == "scratch"'
	json 'def near(n): . > n * 0.9 and . < n * 1.1;
		.top[0] | .seconds as $s | (.iops * $s | near(160)) and (."r/s" * $s | near(100))
		and (."w/s" * $s | near(50)) and (."d/s" * $s | near(7)) and (."err/s" * $s | near(50))
		and (."rb/s" * $s | near(409600)) and ."wb/s" == 0'
	json '.top[0] | .p50 == 2048 and .p99 == 1048576 and .rp50 == 2048 and .rp99 == 32768
		and .wp50 == 1048576 and .wp99 == 1048576'
	json '.top[1] | .iops == 0 and ."rb/s" == 0 and .p50 == null and .p99 == null and .size == 2147483648
		and .used == 4096'
}

@test "once-percentiles-of-what-is-too-slow-to-count" {
	srdctl create -s 1G
	busy "0 0 10 0 0 31"
	run srdctl top --once -d 20ms -n --raw -o P50,RP99,WP50
	is ">1s >1s "
}

@test "once-counters-that-were-reset-meanwhile-are-no-minus" {
	srdctl create -s 1G
	fake_set 0 ios.0 1000000
	# the second answer is smaller than the first
	busy "0 0 4294967290 0 0 3"
	run srdctl top --once -J -d 20ms
	json '.top[0].iops >= 0'
}

@test "once-table-fits-80-columns" {
	srdctl create -s 900T -L a-label-that-would-not-fit-here
	srdctl create -s 1023M
	fake_set 0 used 1072693248
	busy "0 0 4000000 4200000000 0 11" "0 1 4000000 4200000000 1000 31" "0 2 900000 0 0 9"
	run srdctl top --once -d 10ms
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 3 ]
	[[ ${lines[0]} =~ ^NAME\ +SIZE\ +USED\ +IOPS\ +R/S\ +W/S\ +D/S\ +RB/S\ +WB/S\ +P50\ +P99\ +ERR/S$ ]]
	for line in "${lines[@]}"; do
		[ "${#line}" -le 80 ]
	done
}

@test "once-order" {
	for _ in 0 1 2; do
		srdctl create -s 1G
	done
	busy "0 0 10 1000 0 20" "1 0 30 500 0 10" "2 0 20 9000 0 5"
	fake_set 2 used 1
	fake_set 1 used 9999999
	for order in "name 0 1 2" "iops 1 2 0" "bytes 2 0 1" "latency 0 1 2" "used 1 0 2"; do
		run srdctl top --once -d 10ms -n --raw -o NAME --sort "${order%% *}"
		is "$(printf 'srd%s\n' ${order#* })"
	done
}

@test "once-without-disks-is-no-failure" {
	run srdctl_stderr top --once -d 10ms
	[ "$status" -eq 0 ]
	one_line
	has "there are no disks"
	run srdctl top --once -d 10ms -J
	is "$(srdctl list -J | sed s/srd/top/)"
}

@test "once-named-disks-only-and-missing-ones-are-told" {
	srdctl create -s 1G
	srdctl create -s 1G -L two
	run srdctl top --once -d 10ms -n --raw -o NAME two
	is srd1
	run srdctl top --once -d 10ms two srd7
	[ "$status" -eq 1 ]
	one_line
	has "srd7: no such disk; there are: srd0, srd1"
}

@test "once-for-users-reads-sysfs" {
	fake_sysfs 3 1073741824
	export FAKE_OPEN_ERRNO=13
	run srdctl top --once -d 10ms -J
	[ "$status" -eq 0 ]
	json '.top[0] | .name == "srd3" and .iops == 0 and .size == 1073741824'
}

# ---- on a terminal ----

# on_terminal COMMAND: runs it on a terminal of its own, whose keyboard is stdin; what is drawn goes
# to the file drawn, and what it leaves of the terminal's settings is compared
on_terminal() {
	require script
	export TERM=xterm SRDCTL
	PRELOAD=$BATS_FILE_TMPDIR/fake-control.so
	export PRELOAD
	cat >on-terminal <<-END
		tty >tty
		stty rows 24 cols 80
		stty -g >before
		bash -c 'echo \$\$ >pid; LD_PRELOAD=\$PRELOAD exec "\$SRDCTL" $1'
		echo \$? >status
		stty -g >after
	END
	SHELL=/bin/bash timeout 60 script -qfec "bash on-terminal" /dev/null >drawn
}

# seen TEXT...: wait until all of them have been drawn, in this order
seen() {
	local _ text pattern=

	for text; do
		pattern+="*$text"
	done
	for _ in {1..300}; do
		# shellcheck disable=SC2053 # a pattern
		[[ $(tail -c +$((${SEEN_FROM-0} + 1)) drawn 2>/dev/null | tr -d '\0') != $pattern* ]] ||
			return 0
		sleep 0.1
	done
	return 1
}

# afresh: what has been drawn so far does not count as seen
afresh() {
	SEEN_FROM=$(stat -c %s drawn)
}

# given_back STATUS: it ended so, the settings are what they were, and the first screen is shown
given_back() {
	run cat status
	is "$1"
	cmp before after
	run cat drawn
	has $'\e[?1049h'
	has $'\e[?25l'
	[[ $output == *$'\e[?25h\e[?1049l'* ]]
	# nothing is drawn behind that
	[[ ${output##*$'\e[?1049l'} != *srd0* ]]
}

@test "screen-q-ends-it-and-gives-the-terminal-back" {
	srdctl create -s 1G -L scratch
	{
		seen "all disks hold" "NAME" "srd0" "q quit"
		# neither seen nor waited for a line of
		stty -F "$(cat tty)" -a >meanwhile
		printf q
	} | on_terminal top
	given_back 0
	grep -q -- '-icanon' meanwhile
	grep -q -- '-echo ' meanwhile
}

@test "screen-ctrl-c-ends-it" {
	srdctl create -s 1G
	{
		seen "q quit"
		printf '\003'
	} | on_terminal top
	given_back 0
}

@test "screen-signals-end-it-and-the-terminal-is-given-back" {
	srdctl create -s 1G
	for signal in "TERM 143" "HUP 129" "QUIT 131"; do
		rm -f drawn
		{
			seen "q quit"
			kill "-${signal% *}" "$(cat pid)"
			sleep 0.2
		} | on_terminal "top -d 60"
		given_back "${signal#* }"
	done
}

@test "screen-stop-gives-the-terminal-back-until-it-goes-on" {
	srdctl create -s 1G
	{
		seen "q quit"
		afresh
		kill -TSTP "$(cat pid)"
		seen $'\e[?25h' '1049l'
		afresh
		kill -CONT "$(cat pid)"
		seen '1049h' "srd0" "q quit"
		printf q
	} | on_terminal "top -d 60"
	given_back 0
}

@test "screen-is-drawn-again-when-its-size-changes" {
	for _ in {0..9}; do
		srdctl create -s 1G
	done
	srdctl create -s 1G -L labelled
	{
		seen "ERR/S" "srd10" "q quit"
		afresh
		stty -F "$(cat tty)" cols 120
		seen "WP99" "LABEL" "labelled" "q quit"
		afresh
		# a head, a heading, two disks, what is missing and the keys
		stty -F "$(cat tty)" cols 30 rows 6
		seen "srd0" "srd1" "and 9 more" "q quit"
		printf q
	} | on_terminal "top -d 60"
	given_back 0
	run bash -c "sed 's/\x1b\[[0-9;?]*[a-zA-Z]//g' drawn | tr -d '\r' | sed '/WP99/,\$!d' | grep -c WP99"
	[ "$output" -ge 1 ]
	# the first ones fit into 80 columns
	sed 's/\x1b\[[0-9;?]*[a-zA-Z]//g' drawn | tr -d '\r' | sed '/WP99/,$d' |
		awk 'length > 80 { print; bad = 1 } END { exit bad }'
}

@test "screen-keys-sort" {
	srdctl create -s 1G
	srdctl create -s 1G
	fake_set 1 used 1048576
	busy "1 0 100 409600 0 10" "0 1 1 512 0 30"
	{
		seen "by name" "srd0" "srd1" "q quit"
		for key in "u used" "l latency" "b bytes" "i iops" "n name"; do
			afresh
			printf %s "${key% *}"
			seen "by ${key#* }" "q quit"
		done
		afresh
		printf u
		seen "by used" "srd1" "srd0" "q quit"
		printf q
	} | on_terminal "top -d 100ms"
	given_back 0
}

@test "screen-disks-and-the-module-come-and-go" {
	{
		seen "there are no disks" "q quit"
		srdctl create -s 1G >/dev/null
		seen "srd0" "q quit"
		afresh
		srdctl remove srd0
		seen "there are no disks" "q quit"
		mv "$FAKE_ROOT/dev/srd-control" "$FAKE_ROOT/sys/module/srd" "$FAKE_ROOT"
		seen "is not loaded" "q quit"
		afresh
		mv "$FAKE_ROOT/srd" "$FAKE_ROOT/sys/module/"
		mv "$FAKE_ROOT/srd-control" "$FAKE_ROOT/dev/"
		seen "there are no disks" "q quit"
		printf q
	} | on_terminal "top -d 50ms"
	given_back 0
}

@test "screen-red-for-what-fails-but-not-with-NO_COLOR" {
	srdctl create -s 1G
	srdctl create -s 1G
	srdctl powercut srd1
	{
		seen "srd1" "q quit"
		printf q
	} | on_terminal "top -d 60"
	run cat drawn
	has $'\e[31msrd1'
	[[ $output != *$'\e[31msrd0'* ]]
	rm drawn
	{
		seen "srd1" "q quit"
		printf q
	} | NO_COLOR=1 on_terminal "top -d 60"
	run cat drawn
	has "srd1"
	[[ $output != *$'\e[3'[0-9]m* ]]
}

@test "screen-not-on-a-dumb-terminal" {
	srdctl create -s 1G
	on_terminal 'top </dev/null' </dev/null
	run cat status drawn
	has "this is no terminal: use --once"
	[[ $output == 2* ]]
	require script
	run env TERM=dumb SHELL=/bin/bash script -qec \
		"LD_PRELOAD=$BATS_FILE_TMPDIR/fake-control.so $SRDCTL top" /dev/null </dev/null
	has "this is no terminal: use --once"
}
