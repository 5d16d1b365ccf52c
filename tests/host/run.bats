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

# guests STATUS...: a copy of tests/in-guest whose virtual machines end like that, one after the other
guests() {
	local scripts=$BATS_TEST_TMPDIR/scripts

	mkdir -p "$scripts" "$BATS_TEST_TMPDIR"/tests/{progs,fuzz} "$BATS_TEST_TMPDIR/include/uapi/linux"
	cp "$TOP/tests/in-guest" "$BATS_TEST_TMPDIR/tests"
	cp "$TOP"/scripts/{lib.sh,splats} "$scripts"
	touch "$BATS_TEST_TMPDIR/include/uapi/linux/srd.h"
	printf 'all:\n' | tee "$BATS_TEST_TMPDIR"/tests/{progs,fuzz}/Makefile >/dev/null
	echo '#!/bin/bash' | tee "$scripts/kernel" >"$scripts/vm"
	cat >>"$scripts/vm" <<-END
		status=\$(sed -n 1p "$scripts/statuses")
		sed -i 1d "$scripts/statuses"
		[[ " \$* " != *" --one-thread "* ]] || turns=", its CPUs in turns"
		echo "guest that ends with \$status\$turns"
		exit \$status
	END
	printf '%s\n' "$@" >"$scripts/statuses"
	chmod +x "$scripts"/{kernel,vm}
	file a
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache SRD_TEST_AGAIN=1
}

@test "file-whose-emulator-failed-is-run-once-more-in-turns-and-that-is-said" {
	guests 76 0
	run "$BATS_TEST_TMPDIR/tests/in-guest" 6.12 "$BATS_TEST_TMPDIR/tests/guest/a.bats"
	[ "$status" = 0 ]
	grep -x '# guest that ends with 76' <<<"$output"
	grep '^# show: .*again' <<<"$output"
	grep -x 'guest that ends with 0, its CPUs in turns' <<<"$output"
	guests 76 76
	run "$BATS_TEST_TMPDIR/tests/in-guest" 6.12 "$BATS_TEST_TMPDIR/tests/guest/a.bats"
	[ "$status" = 76 ]
	guests 99 0
	run "$BATS_TEST_TMPDIR/tests/in-guest" 6.12 "$BATS_TEST_TMPDIR/tests/guest/a.bats"
	[ "$status" = 99 ]
	[[ $output != *again* ]]
}

@test "what-failed-is-named-at-once-and-listed-before-the-count" {
	mkdir -p "$BATS_TEST_TMPDIR/tests/host"
	printf '@test "good" {\n\ttrue\n}\n@test "bad" {\n\tfalse\n}\n' >"$BATS_TEST_TMPDIR/tests/host/a.bats"
	run "$BATS_TEST_TMPDIR/tests/run" --host
	[ "$status" = 1 ]
	[[ ${lines[0]} == 'FAIL host/a '* ]]
	[ "${lines[1]}" = '       failed: bad' ]
	[ "${lines[-2]}" = 'failed: host/a: bad' ]
	[ "${lines[-1]}" = '1 passed, 1 failed, 0 skipped' ]
}
