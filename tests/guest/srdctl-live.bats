# SPDX-License-Identifier: GPL-2.0
#
# srdctl top and srdctl wait with the module: what they say of disks while these are used. What is
# drawn, and what is said of arguments, is tested on the host (tests/host/srdctl-top.bats and
# srdctl-wait.bats).
# modes: mq/6.12

load lib

# waits ARGUMENT...: srdctl wait in the background; its output is in the file said
waits() {
	srdctl wait --timeout 60 "$@" >"$BATS_TEST_TMPDIR/said" 3>&- &
	WAITS=$!
	# it has opened the node when it sleeps on it
	eventually grep -q poll "/proc/$WAITS/stack"
}

# ended PATTERN: what is waited for came
ended() {
	wait "$WAITS"
	matches "$(tr -s ' ' <"$BATS_TEST_TMPDIR/said" | sed 's/ *$//')" "^$1\$"
}

@test "wait-ends-with-each-event" {
	load_srd
	waits --for created
	srdctl create -s 16M -l 1M -L mine >"$BATS_TEST_TMPDIR/path"
	ended "created srd0 16M"
	waits mine --for limit,removed
	! dd if=/dev/zero of=/dev/srd0 bs=1M count=2 oflag=direct status=none || fail "it fits"
	ended "limit srd0 may hold 1M, holds 1M"
	# it is full still
	is "$(srdctl wait mine --for limit -t 0 | tr -s ' ')" "limit srd0 already"
	waits mine --for room
	blkdiscard /dev/srd0
	ended "room srd0 may hold 1M, holds [0-9.]+K"
	waits srd0 --for power-cut
	srdctl powercut mine
	ended "power-cut srd0"
	srdctl poweron mine >"$BATS_TEST_TMPDIR/path"
	waits srd0 --for removed
	srdctl remove srd0
	ended "removed srd0"
	waits later --for created
	srdctl create -s 1M -n 3 -L other >"$BATS_TEST_TMPDIR/path"
	srdctl create -s 1M -n 4 -L later >"$BATS_TEST_TMPDIR/path"
	ended "created srd4 1M"
}

# Whether the disk is there before the node is opened, before it is looked for, or comes after it.
@test "wait-misses-nothing-that-comes-while-it-begins" {
	load_srd
	for _ in 1 2 3 4 5 6 7 8; do
		srdctl create -s 1M >"$BATS_TEST_TMPDIR/path" &
		srdctl wait srd0 --for created -t 60 >"$BATS_TEST_TMPDIR/said"
		wait $!
		srdctl remove srd0 &
		srdctl wait srd0 --for removed -t 60 >"$BATS_TEST_TMPDIR/said"
		wait $!
	done
}

@test "wait-says-when-the-time-is-over" {
	load_srd size=1M
	refuses 'removed did not come within 100ms' srdctl wait srd0 --for removed -t 100ms
	is "$(srdctl wait srd7 --for removed -t 0 | tr -s ' ')" "removed srd7 already"
	refuses root setpriv --reuid 65534 --clear-groups srdctl wait srd0 -t 1
}

@test "top-counts-what-is-done-between-two-looks" {
	load_srd size=16M,16M
	dd if=/dev/zero of=/dev/srd1 bs=64k count=64 oflag=direct status=none
	echo 1 >/sys/block/srd0/srd/latency_sample
	(while :; do dd if=/dev/zero of=/dev/srd0 bs=64k count=64 oflag=direct status=none; done) 3>&- &
	srdctl top --once --json --delay 3 >"$BATS_TEST_TMPDIR/json"
	kill $!
	wait $! || true
	jq -e '.top[0] | .name == "srd0" and ."w/s" > 0 and ."r/s" == 0 and .iops >= ."w/s"
		and ((."wb/s" / ."w/s" / 65536) | . > 0.98 and . < 1.02) and .wp50 > 0
		and .wp99 >= .wp50 and .rp50 == null and .seconds >= 3 and .used >= 4194304' \
		"$BATS_TEST_TMPDIR/json"
	jq -e '.top[1] | .iops == 0 and .p99 == null' "$BATS_TEST_TMPDIR/json"
	setpriv --reuid 65534 --clear-groups srdctl top --once -d 10ms -n --raw -o NAME \
		>"$BATS_TEST_TMPDIR/said"
	is "$(<"$BATS_TEST_TMPDIR/said")" $'srd0\nsrd1'
}

# Its screen does not hold the module.
@test "top-lets-the-module-go-and-sees-it-come-back" {
	require script
	load_srd size=16M
	mkfifo "$BATS_TEST_TMPDIR/keys"
	TERM=xterm SHELL=/bin/bash script -qfec "stty rows 24 cols 80; exec srdctl top -d 100ms" \
		/dev/null <"$BATS_TEST_TMPDIR/keys" >"$BATS_TEST_TMPDIR/drawn" 3>&- &
	exec 7>"$BATS_TEST_TMPDIR/keys"
	eventually grep -q 'srd0' "$BATS_TEST_TMPDIR/drawn"
	unload_srd
	eventually grep -q 'not loaded' "$BATS_TEST_TMPDIR/drawn"
	load_srd size=16M,16M
	eventually grep -q 'srd1' "$BATS_TEST_TMPDIR/drawn"
	printf q >&7
	exec 7>&-
	wait $!
}

@test "monitor-says-that-nobody-gets-what-it-shows" {
	local status=0 said=$BATS_TEST_TMPDIR/said

	load_srd
	timeout 30 srdctl monitor >/dev/full 2>"$said" || status=$?
	is "$status $(<"$said")" "1 srdctl: cannot write the output" "with what stands above the columns"
	timeout 30 srdctl monitor -n >/dev/full 2>"$said" 3>&- &
	eventually grep -q poll "/proc/$(pgrep -x srdctl)/stack"
	srdctl create -s 1M
	status=0
	wait $! || status=$?
	is "$status $(<"$said")" "1 srdctl: cannot write the output"
}
