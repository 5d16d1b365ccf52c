#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # bats sets output and status
#
# scripts/bench: what it makes of figures, without measuring any.

bats_require_minimum_version 1.5.0

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

# results FOLDER METHOD: what a guest could have left there; values come in
results() {
	mkdir -p "$1/$2"
	printf '%s\n' 'kernel 6.12.0-test' 'cpu QEMU Virtual CPU' 'cpus 2' 'fio fio-9' 'host a host' \
		'repeats 3' 'seconds 1' 'load 2.1 on 2 CPUs' >"$1/$2/facts"
	cat >"$1/$2/values"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	dir=$BATS_TEST_TMPDIR/bench-6.12
	results "$dir" exact <<-'END'
		count read-4k-1 brd 5400.4
		count read-4k-1 srd-mq 6500
		count fill-1m srd-mq 550000
	END
	results "$dir" parallel <<-'END'
		iops read-jobs1 srd-mq 100000
		iops read-jobs2 srd-mq 150000
		iops read-jobs1 srd-mq 90000
		iops read-jobs2 srd-mq 180000
		iops read-jobs1 srd-mq 110000
		iops read-jobs2 srd-mq 198000
		p99.9 read-latency srd-mq 12345
	END
}

@test "tables-have-medians-ranges-and-gaps" {
	run -0 "$TOP/scripts/bench-report" "$dir"
	grep -x '| 4 KiB read, depth 1 | 6500 | 5400 |' <<<"$output"
	grep -x '| 1 MiB first write, in a row | 550000 | – |' <<<"$output"
	grep -x '| 4 KiB read, 1 CPU | 100 ±10 % |' <<<"$output"
	grep -x '| 2 CPUs / 1 CPU | 1.80 |' <<<"$output"
	grep -x '| 4 KiB read, p99.9 | 12.3 |' <<<"$output"
}

@test "every-section-says-machine-kernel-and-fio" {
	run -0 "$TOP/scripts/bench-report" "$dir"
	[ "$(grep -c '^Linux 6.12.0-test, fio-9, 2 CPU(s): QEMU Virtual CPU, emulated (TCG),' <<<"$output")" -eq 2 ]
	[ "$(grep -c 'on a machine with a host\.' <<<"$output")" -eq 2 ]
	grep -x "That machine.s load when it ended was 2.1 on 2 CPUs." <<<"$output"
}

@test "pictures-are-drawn" {
	run -0 "$TOP/scripts/bench-plot" "$dir"
	[ "$(cd "$dir" && echo ./*.png ./*.svg)" = \
		"./exact.png ./parallel.png ./exact.svg ./parallel.svg" ]
	grep -q 'srd' "$dir/exact.svg"
}

# the copy of README.md that is changed lies in a folder of its own
@test "readme-is-updated-between-its-marks" {
	mkdir -p src/docs results
	cp -r "$dir" results
	cp "$TOP/README.md" src
	SRD_SRC=$PWD/src run -0 "$TOP/scripts/bench" --report --results results --update-readme
	diff <(sed '/^<!-- speed: begin/,/^<!-- speed: end/d; /^<!-- meas.*begin/,/^<!-- meas.*end/d' src/README.md) \
		<(sed '/^<!-- speed: begin/,/^<!-- speed: end/d; /^<!-- meas.*begin/,/^<!-- meas.*end/d' "$TOP/README.md")
	sed -n '/^<!-- speed: begin/,/^<!-- speed: end/p' src/README.md | grep '| 6500 | 5400 |'
	sed -n '/^<!-- measured: begin/,/^<!-- measured: end/p' src/README.md | grep '| 1.80 |'
	[ -s src/docs/speed.svg ]
}

# times of two machines, and instructions of one
@test "what-is-past-one-machine-comes-to-be-in-its-page" {
	results "$dir" machines <<-'END'
		iops read-4k-1 srd-mq 50000
		iops read-4k-1 nvme-far-srd-mq 900
		iops read-4k-1 nvme-far-srd-mq 1000
		iops read-4k-1 nvme-far-srd-mq 1100
		rate write-128k-32 mirror 41.4
		p50 write-4k-1-latency nvme-here-brd 512000
		p99.9 write-4k-1-latency nvme-here-brd 9512000
	END
	echo 'again 7' >>"$dir/machines/facts"
	results "$dir" machines-exact <<-'END'
		count read-4k-1 nvme-here-srd-mq 61000
	END
	mkdir -p src/docs results
	cp -r "$dir" results
	cp "$TOP/docs/scale.md" src/docs
	SRD_SRC=$PWD/src run -0 "$TOP/scripts/bench" --report --results results --update-scale
	diff <(sed '/^<!-- machines: begin/,/^<!-- machines: end/d' src/docs/scale.md) \
		<(sed '/^<!-- machines: begin/,/^<!-- machines: end/d' "$TOP/docs/scale.md")
	sed -n '/^<!-- machines: begin/,/^<!-- machines: end/p' src/docs/scale.md >part
	grep -q '^Linux 6.12.0-test, fio-9, 2 CPU(s): QEMU Virtual CPU, emulated (TCG),' part
	grep -q 'sent again: 7)' part
	grep -x '| 4 KiB read, depth 1 | 50000 | 1000 ±10 % |' part
	grep -x '| 128 KiB overwrite | 41 |' part
	grep -x '| 4 KiB overwrite, depth 1, median | 512 |' part
	grep -x '| 4 KiB read, depth 1 | 61000 |' part
	run -1 grep 9512 part
	rm -r results/bench-6.12/machines
	SRD_SRC=$PWD/src run -1 "$TOP/scripts/bench" --report --results results --update-scale
}

@test "every-cell-and-disk-has-a-name" {
	local id

	while read -r id; do
		grep -q "^${id}[[:space:]]" "$TOP/scripts/bench-names" || { echo "no name: $id" >&2; return 1; }
	done < <({
		awk '/^[^#]/ { print $2; print $3; print $4 }' "$TOP/scripts/bench-bounds"
		sed -n "s/^	'\([a-z0-9-]*\) .*/\1/p" "$TOP"/scripts/bench-guest-{exact,machines}
		sed -n 's/^\(disks\|filled\|asked\)=(\(.*\))/\2/p' "$TOP"/scripts/bench-guest-* | tr ' ' '\n'
	} | sort -u)
}

@test "wrong-usage-fails" {
	run -1 "$TOP/scripts/bench" --none
	run -1 "$TOP/scripts/bench" more
	run -1 "$TOP/scripts/bench" --method none
	run -2 "$TOP/scripts/bench-ratios"
	run -1 "$TOP/scripts/bench-ratios" 5.4
	run -2 "$TOP/scripts/bench-report"
	run -2 "$TOP/scripts/bench-plot" "$BATS_TEST_TMPDIR/none"
	run -0 "$TOP/scripts/bench" --help
	[[ $output == *--update-readme*--update-scale* ]]
}
