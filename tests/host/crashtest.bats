#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016,SC2154 # backquotes are those of Markdown; bats sets output
#
# srd-crashtest is called as it says, and the commands of docs/crashtest.md and docs/faults.md work.
#
# The words after "sh" at the head of a block say what becomes of its commands:
#
#	sh		they succeed
#	sh fails	the last one fails, with exit status 1

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

# wrong TEXT ARGUMENT...: the command line is refused, and it is said why
wrong() {
	local text=$1
	shift

	run "$TOP/scripts/srd-crashtest" "$@"
	[ "$status" -eq 2 ]
	[[ $output == *"$text"* && $output == *"(try --help)" ]] || { echo "$output" >&2; return 1; }
}

@test "wrong-usage-is-told" {
	wrong "say what to run, behind --"
	wrong "say what to run, behind --" --cycles 3
	wrong "no way to call it" --frobnicate -- true
	wrong "no way to call it" --cycles
	wrong "file system 'vfat' is none of" --fs vfat -- true
	wrong "policy 'most' is none of" --keep most -- true
	wrong "seed 'x' is not a number" --seed x -- true
	wrong "number of cycles '-1' is not a number" --cycles -1 -- true
	wrong "no cycle at all" --cycles 0 -- true
	wrong "seed of the cycle 'a' is not a number" --replay a:1 -- true
	wrong "place of the cut '' is not a number" --replay 1: -- true
	wrong "either --seed or --replay" --seed 1 --replay 1:1 -- true
	wrong "either --disk or --size" --disk srd0 --size 1G -- true
	wrong "time in seconds '1.5' is not a number" --time 1.5 -- true
}

@test "help-names-every-option-and-fits-80-columns" {
	local option

	run "$TOP/scripts/srd-crashtest" --help
	[ "$status" -eq 0 ]
	for option in $(grep -oE '^	local long=.*|^	long\+=.*' "$TOP/scripts/srd-crashtest" |
		grep -oE '[a-z-]+:?(,|$)' | tr -d ':,'); do
		[[ $output == *"--$option"* ]] || { echo "no --$option" >&2; return 1; }
	done
	awk 'length > 80 { print; bad = 1 } END { exit bad }' <<<"$output"
}

# script DOCUMENT: its blocks as one script
script() {
	awk '
		/^```/ && inside { inside = 0; if (fails) print ") || status=$?\n[ \"$status\" = 1 ]"; next }
		/^```sh( fails)?$/ { inside = 1; fails = $2 == "fails"; if (fails) print "status=0\n("; next }
		/^```/ { inside = 1; skip = 1; fails = 0; next }
		!inside { skip = 0 }
		inside && !skip' "$TOP/docs/$1"
}

# works DOCUMENT: in a guest, where one is root anyhow
works() {
	printf '#!/bin/sh\nexec "$@"\n' >"$BATS_TEST_TMPDIR/sudo"
	chmod +x "$BATS_TEST_TMPDIR/sudo"
	script "$1" >"$BATS_TEST_TMPDIR/commands"
	"$TOP/scripts/vm" --timeout 900 --copy-in "$BATS_TEST_TMPDIR/sudo:/usr/local/sbin/sudo" \
		--copy-in "$BATS_TEST_TMPDIR/commands" -- bash -euxo pipefail commands
}

@test "commands-of-the-tutorial" {
	works crashtest.md
}

@test "commands-of-the-reference-of-faults" {
	works faults.md
}
