#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# modes: mq/6.12
#
# fio-jobs/: every job runs to its end without an error on a disk of srd.

load lib

# jobs_of FILE: what its jobs are called
jobs_of() {
	sed -n 's/^\[\(.*\)\]$/\1/p' "$1" | grep -v '^global$'
}

# runs NAME OPTION...: that file, on a disk made with those options; all of its jobs did I/O
runs() {
	local file=/root/fio-jobs/$1.fio out=$BATS_TEST_TMPDIR/out
	shift

	load_srd
	SRD_DEV=$(srdctl create --size 128M "$@")
	export SRD_DEV RUNTIME=300ms
	[[ ${file##*/} != mapped.fio ]] || srdctl window "$SRD_DEV" on
	fio --output-format=json --output="$out" "$file" || { cat "$out"; return 1; }
	is "$(jq -r '.jobs[] | select(.error == 0 and .read.total_ios + .write.total_ios
		+ .trim.total_ios > 0) | .jobname' "$out")" "$(jobs_of "$file")" "jobs that did something"
	is "$(attr "$SRD_DEV" read_errors) $(attr "$SRD_DEV" write_errors)" "0 0" errors
}

@test "every-job-is-run-here-and-in-the-table" {
	local file name

	for file in /root/fio-jobs/*.fio; do
		name=$(basename "$file" .fio)
		grep -q "^	runs $name\b" "$BATS_TEST_FILENAME" || fail "no test runs $name"
		grep -qF "[$name.fio]($name.fio)" /root/fio-jobs/README.md || fail "$name is not in README.md"
		SRD_DEV=/dev/null RUNTIME=1s fio --parse-only "$file"
	done
}

@test "smoke" {
	runs smoke
}

@test "verify" {
	runs verify
}

@test "randread" {
	runs randread
}

@test "randwrite" {
	runs randwrite
}

@test "mixed" {
	runs mixed
}

@test "sequential" {
	runs sequential
}

@test "latency" {
	runs latency
}

@test "trim" {
	runs trim
}

@test "scaling" {
	runs scaling
}

@test "fill" {
	runs fill
}

@test "polled" {
	runs polled --poll-queues 1
}

@test "mapped" {
	runs mapped
}
