#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016,SC2154 # backquotes are those of Markdown; bats sets output
#
# scripts/results: the page says what was left behind, and of what was not run, that.

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p left/proof
}

# page: what it writes
page() {
	run "$TOP/scripts/results" left
	[ "$status" -eq 0 ] || { echo "status $status: $output" >&2; return 1; }
}

# has LINE...: the page has each of them
has() {
	local line

	for line; do
		grep -qxF -- "$line" <<<"$output" || { echo "no '$line' in" "$output" >&2; return 1; }
	done
}

@test "what-was-not-run-is-said-to-be-that" {
	page
	has 'The tests: not run here (`make check`).' \
		'What becomes of an operation without memory: not run here (`make fail-nth`).' \
		'The fuzzer: not run here (`make fuzz`).' \
		'Trinity: not run here (`scripts/fuzz --trinity`).' \
		'The soak: not run here (`make soak`).' \
		'They were: not run here (`make lint`).' \
		'They were: not run here (`make seeded`).' 'This: not run here (`make coverage`).'
	[[ $output != *'|'* ]]
}

@test "a-file-counts-as-it-was-run-last" {
	printf 'sources=%s id=%s passed=%d failed=%d skipped=%d seconds=9\n' \
		aaa 6.12/data 3 2 0 aaa 6.12/data@bio 4 0 1 aaa host/vm 7 0 0 bbb+ 6.12/data 5 0 0 \
		>left/proof/tests.txt
	page
	has '| 6.12 | 2 | 9 | 0 | 1 | 0 | 0 | 0 |' '| host | 1 | 7 | 0 | 0 | - | - | - |' \
		'them. They were runs of these sources (+: with changes): `aaa` `bbb+`.'
}

@test "complaints-are-counted-in-the-logs" {
	mkdir left/debug
	echo 'sources=a id=debug/one passed=1 failed=0 skipped=0 seconds=1' >left/proof/tests.txt
	printf '%s\r\n' '[    0.000000] Linux version 6' '[    1.5][  T12] BUG: KASAN: slab-use-after-free' \
		'not a message' '[    1.6][  T12] Read of size 8' >left/debug/one.log
	printf '[    0.1] %s\n' 'all is well' 'WARNING: CPU: 0 PID: 1 at x.c:1' 'he said WARNING: no' \
		>left/debug/two.log
	page
	has '| debug | 1 | 1 | 0 | 0 | 2 | 6 | 2 |'
}

@test "allocations-are-summed" {
	mkdir left/debug
	printf '%s\n' 'ok 1 create' '# create-mq: 12 failed, 3 found another way' \
		'# # create-mq: 9 failed, 9 found another way' \
		'# remove: 0 failed, 4 found another way' '# and something else: 7 failed' >left/debug/fail-nth.tap
	page
	has '| create-mq | 15 | 12 | 3 |' '| remove | 4 | 0 | 4 |' '| **all** | **19** | **12** | **7** |'
}

@test "runs-of-the-fuzzers-and-the-soak-are-rows" {
	cat >left/proof/fuzz.txt <<-'END'
		sources=a seed=1 seconds=1200 threads=3 executions=1000 programs=40 edges=900 status=0 complaints=0
		sources=b seed=2 seconds=60 threads=1 executions=20 programs=4 edges=90 status=1 complaints=3
	END
	echo 'sources=a seed=7 seconds=180 rounds=5 calls=1234 requests=99 status=0 complaints=0' \
		>left/proof/trinity.txt
	echo 'sources=a kernel=6.12 seed=5 seconds=600 verified=123456789012 operations=77 status=0 complaints=0' \
		>left/proof/soak.txt
	page
	has '1020 programs ran in 1260 seconds, on a kernel that watches itself. It made 3 complaints.' \
		'| a | 1 | 1200 | 3 | 1000 | 40 | 900 | 0 | 0 |' '| b | 2 | 60 | 1 | 20 | 4 | 90 | 1 | 3 |' \
		'| a | 7 | 180 | 5 | 1234 | 99 | 0 | 0 |' \
		'123456789012 bytes were read back and verified in 600 seconds.' \
		'| a | 6.12 | 5 | 600 | 123456789012 | 77 | 0 | 0 |'
}

@test "checkers-and-seeded-bugs-are-rows" {
	mkdir left/lint left/seeded
	echo 0 >left/lint/sparse.count
	echo 2 >left/lint/clang.count
	echo 'no clang' >left/lint/clang.missing
	echo '| a-bug | data | BUG: KASAN: use-after-free |' >left/seeded/a-bug.row
	page
	has '| sparse | 0 |' '| clang | 2 (not all of it could run) |' \
		'| a-bug | data | BUG: KASAN: use-after-free |'
}

@test "what-is-not-reached-is-grouped-by-its-reason" {
	mkdir left/coverage
	printf '%s\n' 'file blocks reached lines reached' 'all 10 5 50.0 % 8 4 50.0 %' '' 'x.c f 1 1 100.0 % 1 1 100.0 %' \
		>left/coverage/report
	printf '%s\t%s\t%s\n' 'x.c f: a' x.c:7 'no such machine' 'y.c g: b' y.c:1 other \
		'x.c h: c' x.c:9 'no such machine' >left/coverage/missed
	page
	has '| all | 10 | 5 | 50.0 % | 8 | 4 | 50.0 % |' '| 2 | x.c | no such machine |' '| 1 | y.c | other |'
	[[ $output != *'x.c f |'* ]]
}

# object FOLDER: of x.c, as scripts/coverage builds it
object() {
	mkdir -p "$1/hits"
	gcc -g -O0 -fsanitize-coverage=trace-pc -ffunction-sections -c -o x.o tree/srd_x.c
	ld -r --wrap=__sanitizer_cov_trace_pc -o "$1/srd.ko" x.o
}

@test "a-line-that-is-not-reached-needs-a-reason-and-a-reason-such-a-line" {
	mkdir -p tree/{scripts,tests}
	cp "$TOP/scripts/coverage-report" tree/scripts
	printf 'int f(int a)\n{\n\tif (a)\n\t\treturn 7;\n\treturn a + 1;\n}\n' >tree/srd_x.c
	object of/6.12
	: >tree/tests/unreached
	# each place: none was reached
	run tree/scripts/coverage-report of
	[ "$status" -eq 1 ]
	[[ $output == *'nobody says why: srd_x.c:4 srd_x.c f: return 7;'* ]]
	# all of them: what notes is told where its call returns to
	readelf -rW of/6.12/srd.ko |
		perl -ne 'printf "%x\n", hex($1) + 4 if /^(\S+) .*__wrap___sanitizer_cov/' >of/6.12/hits/all
	run tree/scripts/coverage-report of
	[ "$status" -eq 0 ]
	grep -qE '^all +([0-9]+) +\1 100.0 % +([0-9]+) +\2 100.0 %' of/report
	printf 'never\n\tsrd_x.c f: return 7;\n' >tree/tests/unreached
	run tree/scripts/coverage-report of
	[ "$status" -eq 1 ]
	[[ $output == *'is reached, or not there: srd_x.c f: return 7;'* ]]
	# another kernel's runs reach what those of this one do not
	mv of/6.12/hits/all .
	object of/6.1
	mv all of/6.1/hits
	: >tree/tests/unreached
	run tree/scripts/coverage-report of
	[ "$status" -eq 0 ]
}

@test "tests-run-leaves-a-line-for-each-file" {
	mkdir -p tree/tests/host
	cp "$TOP/tests/run" tree/tests
	printf '@test "%s" {\n\t%s\n}\n' good true bad false other 'skip why' >tree/tests/host/some.bats
	run tree/tests/run --host
	[ "$status" -eq 1 ]
	run cat tree/results/proof/tests.txt
	[[ $output =~ ^sources=[^\ ]+\ id=host/some\ passed=1\ failed=1\ skipped=1\ seconds=[0-9]+$ ]]
}
