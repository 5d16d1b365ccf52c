#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # bats sets output
#
# tests/run: on which kernels and with which modes a file runs, as its head asks for.

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

setup() {
	mkdir -p "$BATS_TEST_TMPDIR/tests/guest"
	cp "$TOP/tests/run" "$BATS_TEST_TMPDIR/tests"
}

# file NAME HEAD...: a file of tests whose head has these lines
file() {
	local path=$BATS_TEST_TMPDIR/tests/guest/$1.bats line
	shift

	for line; do
		echo "# $line" >>"$path"
	done
	echo >>"$path"
}

# runs WANTED [OPTION...]: what tests/run would do
runs() {
	run "$BATS_TEST_TMPDIR/tests/run" --list "${@:2}"
	[ "$(sort <<<"$output" | xargs)" = "$1" ] || { echo "got '$output', wanted '$1'" >&2; return 1; }
}

@test "without-a-word-on-every-usual-kernel" {
	file a "What it is about."
	runs "6.1/a 6.12/a newest/a"
	runs "6.1/a 6.12/a newest/a" --every-mode
	runs debug/a --kernel debug
}

@test "modes-of-one-kernel" {
	file a "modes: mq bio/6.12"
	runs "6.1/a 6.12/a 6.12/a@bio newest/a"
	runs "6.1/a 6.1/a@bio 6.12/a 6.12/a@bio newest/a newest/a@bio" --every-mode
	runs "6.12/a 6.12/a@bio" --kernel 6.12
	runs debug/a --kernel debug
	runs "debug/a debug/a@bio" --kernel debug --every-mode
}

@test "modes-that-no-kernel-asks-for" {
	file a "modes: mq/6.12 bio/every"
	runs 6.12/a
	runs "" --kernel 6.1
	runs "6.1/a 6.1/a@bio" --kernel 6.1 --every-mode
}

@test "a-kernel-more" {
	file a "modes: mq bio/6.12 mq/debug"
	runs "6.1/a 6.12/a 6.12/a@bio debug/a newest/a"
	# which is slow, and so has what was asked for
	runs "6.1/a 6.1/a@bio 6.12/a 6.12/a@bio debug/a newest/a newest/a@bio" --every-mode
	runs "debug/a debug/a@bio" --kernel debug --every-mode
}

@test "kernels-instead-of-the-usual" {
	file a "kernels: debug"
	file b "kernels: 6.12 debug" "modes: mq bio"
	runs "6.12/b 6.12/b@bio debug/a debug/b debug/b@bio"
	runs "6.12/b 6.12/b@bio" --kernel 6.12
	runs "" --kernel 6.1 --every-mode
}
