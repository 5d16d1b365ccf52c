#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2030,SC2031 # every test is a process of its own, as it should be
#
# srdctl create: what is seen while memory is taken, and what a signal does then

load srdctl-helper

# slow STEPS MS [ERRNO]: how long a disk's memory takes, and how that ends
slow() {
	echo "$1 $2 ${3:-0}" > "$FAKE_ROOT/slow"
}

# drawn: what stood on the line of progress, a draw a line, trailing blanks taken away
drawn() {
	tr '\r' '\n' <<< "$output" | sed 's/ *$//'
}

# blank_in_the_end: what was drawn was wiped, by blanks between two returns
blank_in_the_end() {
	[[ $output =~ $'\r'\ +$'\r'$ ]] && return
	printf 'not wiped: %q\n' "$output" >&2
	return 1
}

# on_terminal ARGUMENT...: runs srdctl on a terminal of its own, whose keyboard is stdin, and which
# stays until all have left it
on_terminal() {
	require script
	printf -v command '%q ' env --default-signal=INT LD_PRELOAD="$BATS_FILE_TMPDIR/fake-control.so" \
		"$SRDCTL" "$@"
	SHELL=/bin/bash script -qec "trap : INT; $command; status=\$?; stty -echo
		while pgrep -s 0 -x -r R,S,D srdctl >/dev/null; do sleep 0.1; done; exit \$status" /dev/null
}

no_disk() {
	run srdctl list -n -o NAME
	is "srdctl: there are no disks (make one: srdctl create --size 1G)"
}

# no_drawer: the process that draws ends with the other
no_drawer() {
	local _

	for _ in {1..50}; do
		# whoever draws holds the control node
		find /proc/[0-9]*/fd -lname "$FAKE_ROOT/dev/srd-control" 2>/dev/null | grep -q . ||
			return 0
		sleep 0.1
	done
	return 1
}

@test "progress-is-drawn-again-and-again-and-wiped" {
	slow 20 60
	run srdctl_stderr create -s 5G --prealloc --progress
	[ "$status" -eq 0 ]
	drawn | grep -xE 'allocating +[0-9]{1,2}%  [0-9.]+[BKMG] of 5G'
	[ "$(drawn | grep -c allocating)" -ge 3 ]
	# it never goes back
	drawn | sed -n 's/allocating *\([0-9]*\)%.*/\1/p' | sort -nc
	blank_in_the_end
}

@test "progress-leaves-stdout-to-the-path" {
	slow 8 60
	run srdctl_stdout create -s 5G --prealloc --progress
	[ "$status" -eq 0 ]
	is /dev/srd0
}

@test "progress-is-not-shown-where-there-is-no-terminal" {
	slow 8 60
	run srdctl_stderr create -s 5G --prealloc
	[ "$status" -eq 0 ]
	is ""
}

@test "progress-is-not-shown-when-it-is-quick" {
	slow 2 5
	run srdctl_stderr create -s 5G --prealloc --progress
	[ "$status" -eq 0 ]
	is ""
}

@test "progress-is-not-shown-when-nothing-is-taken" {
	slow 8 60
	echo 4096 > "$FAKE_ROOT/preallocating"
	run srdctl_stderr create -s 5G --sparse --progress
	is ""
	run srdctl_stderr create -s 5G --progress
	is ""
}

@test "progress-counts-what-others-take-beside-it" {
	slow 1 3000
	srdctl_stderr create -s 5G --prealloc --progress > "$BATS_TEST_TMPDIR/said" &
	sleep 1
	echo $((15 << 30)) > "$FAKE_ROOT/preallocating"
	wait "$!"
	output=$(<"$BATS_TEST_TMPDIR/said")
	drawn | grep -x 'allocating   0%  0B of 5G'
	drawn | grep -x 'allocating   0%  0B of 15G'
}

@test "progress-is-wiped-before-a-failure-is-told" {
	slow 8 100 12
	run srdctl_stderr create -s 5G --prealloc --progress
	[ "$status" -eq 1 ]
	[[ $output =~ allocating.*$'\r'\ +$'\r'"srdctl: create: the disk's limit," ]]
	no_disk
	slow 8 100 4
	run srdctl_stderr create -s 5G --prealloc --progress
	[ "$status" -eq 1 ]
	[[ $output =~ allocating.*$'\r'\ +$'\r'"srdctl: create: interrupted; nothing is left of the disk"$ ]]
	no_disk
}

@test "progress-is-shown-on-a-terminal" {
	slow 10 60
	run on_terminal create -s 5G --prealloc < /dev/null
	[ "$status" -eq 0 ]
	drawn | grep -E 'allocating +[0-9]+%  [0-9.]+[BKMG] of 5G'
	drawn | grep -x /dev/srd0
}

@test "ctrl-c-ends-it-as-a-signal-does-and-nothing-is-left" {
	local said=$BATS_TEST_TMPDIR/said status=0

	slow 600 100
	: >"$said"
	on_terminal create -s 5G --prealloc >"$said" 2>&1 < <(
		until grep -q allocating "$said"; do sleep 0.1; done
		# script may lose one
		until [ -e "$said.all" ]; do printf '\003'; sleep 0.5; done) || status=$?
	touch "$said.all"
	output=$(<"$said")
	[ "$status" -eq 130 ]
	[[ $output != *"/dev/srd0"* ]]
	blank_in_the_end
	no_disk
	no_drawer
}

# ends_by SIGNAL STATUS: what happens when the creator alone gets that signal
ends_by() {
	slow 100 100
	run timeout --preserve-status --foreground -s "$1" 1.5 env \
		LD_PRELOAD="$BATS_FILE_TMPDIR/fake-control.so" "$SRDCTL" create -s 5G -p --progress
	[ "$status" -eq "$2" ]
	blank_in_the_end
	no_disk
	no_drawer
}

@test "signals-to-the-creator-alone-end-both" {
	ends_by INT 130
	ends_by TERM 143
	ends_by KILL 137
}

@test "ignored-signals-stay-ignored" {
	slow 10 100
	run bash -c 'trap "" INT TERM; LD_PRELOAD=$1 "$2" create -s 5G -p --progress & creator=$!
		sleep 0.5; kill -INT "$creator"; kill -TERM "$creator"; wait "$creator"' - \
		"$BATS_FILE_TMPDIR/fake-control.so" "$SRDCTL"
	[ "$status" -eq 0 ]
	has /dev/srd0
	no_drawer
}
