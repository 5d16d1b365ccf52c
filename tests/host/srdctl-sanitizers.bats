#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2030,SC2031 # every test is a process of its own, as it should be
#
# srdctl: no verb leaks, overruns or uses what is undefined, on good and bad ways

load srdctl-helper

setup() {
	local kind

	fake_machine
	fake_sysfs 2 536870912
	for kind in {0..15}; do
		fake_event $kind number=0 other=-$((kind % 2)) what=$kind op=$kind error=$((kind * 9)) \
			lost=$kind size=$((96 + kind * 8)) value=-1 length=-1 start=-1 time=-$kind
	done
	echo "5 100 0" > "$FAKE_ROOT/slow"
	fake_process 4711 fio /dev/srd0
	echo "35 22 0:41 / /mnt rw - btrfs /dev/srd1p2 rw" > "$FAKE_ROOT/proc/self/mountinfo"
	echo "/dev/srd1 partition 100 0 -2" > "$FAKE_ROOT/proc/swaps"
}

# every_way RUNNER...: runs srdctl on all ways under RUNNER; exit code 99 is RUNNER's complaint.
# Where the control node cannot be opened (FAKE_OPEN_ERRNO), all ways of a verb are one.
every_way() {
	local command status failed=0 seen=' '

	while read -r command; do
		[[ ! -v FAKE_OPEN_ERRNO || $seen != *" ${command%% *} "* ]] || continue
		seen+="${command%% *} "
		status=0
		# shellcheck disable=SC2086 # words are split on purpose
		"$@" $command > "$BATS_TEST_TMPDIR/output" 2>&1 || status=$?
		if ((status > 2)); then
			echo "srdctl $command: $status" >&2
			cat "$BATS_TEST_TMPDIR/output" >&2
			failed=1
		fi
		if [[ $command == "create -s 2G -r" ]]; then
			fake_set 0 openers 0
			fake_set 1 openers 1
			fake_set 0 latency.0.12 5
			fake_set 0 latency.1.31 5
		fi
	done <<-'END'
		list
		list -J
		info srd0
		create -s 1G -L scratch -b 4096 -q 1 -d 8 -l 1M
		create -s 2G -r
		create -s 1000
		create -s 1G -n 0
		create -s 1G -x
		create -s 1G -p --progress -m bio
		create -s 1G -p --sparse
		create 1G
		create -s 1G --mode mq --poll-queues 1 -L srd1
		list
		list -J
		list --raw -b -n
		list --output-all
		list -o +PATH,NAME
		list -o FOO
		list srd0 /dev/srd1 scratch srd9 /dev/srd0p1 /nowhere
		info srd0 srd1
		info -J scratch
		info -n -o SIZE srd0
		memory --raw -o USED
		create -s 1G -l 100
		set srd0 cpu=999
		stats
		stats -J
		stats -o +LATENCY,P90
		stats --histogram
		stats -H -J srd0
		memory
		memory -J
		monitor srd0
		monitor srd7 --json --output-all
		monitor -b -c 3
		monitor scratch srd9 nowhere
		top --once -d 10ms
		top --once -d 0.01 --json -s latency srd0 scratch
		top --once -d 10ms -s used --raw -n -o P99,LABEL nowhere
		top
		wait srd0 --for created,power-on
		wait -J srd77 --for removed
		wait -t 0 nowhere --for created
		wait nowhere
		wait srd0 --for reset,limit -o +RULE
		version
		version -J
		help
		help list
		stats --help
		snapshot srd0
		snapshot srd0 -L before --no-freeze
		snapshot srd0 -n 0
		clone scratch -n 9
		clone srd0 -n x
		list -o +ORIGIN,SHARED
		rollback srd0 --to before
		rollback srd0 --to srd0
		rollback srd9
		reset srd9 srd0
		reset before
		fault
		fault add srd0 error=EIO op=all range=1M-2M after=1 every=2 times=3 chance=1/3
		fault add srd0 torn=1,error=EIO
		fault add scratch delay=1.5ms
		fault add srd0 op=read flip=1 seed=1
		fault add srd0 frobnicate=1 x
		fault add srd9 powercut
		fault list -J
		fault list srd0 -b
		fault -o RANGE,WHEN
		fault remove srd0 1 2 9
		fault clear srd0
		set
		set srd0 latency=hdd bandwidth=1G cpu=0 cache=volatile badblocks=heal seed=3
		set srd0 write-latency=1ms-2ms read-latency=1us:1,2us:2,3us:3 flush-latency=seek:1s:2s:3s
		set srd0 latency=60s:4294967295,59s:4294967295,58s:4294967295,57s:4294967295
		set srd0 latency=5
		set -J srd0
		powercut srd0
		list
		poweron -k prefix srd0
		poweron -J srd0
		set srd0 cache=none
		export srd0 --allow-any
		export srd1 --allow nqn.a --nqn nqn.b -a 192.0.2.1
		export srd9 --allow nqn.a --nqn nqn.b --auth nowhere
		exports
		exports --json
		exports --nvmetcli
		unexport srd0 nqn.b nowhere
		unexport --all
		window srd0 on
		window srd0 off
		window srd9 on
		window srd0
		resize srd0 +1G
		resize srd0 -512M
		resize srd1 1G
		resize srd0 -9G
		reset-stats srd0
		reset-stats --all
		remove srd1
		remove --deferred srd1
		remove --all
		remove -f --all
		remove srd0
	END
	return "$failed"
}

@test "no-leak-and-no-bad-access-under-valgrind" {
	require valgrind
	under_valgrind() {
		LD_PRELOAD=$BATS_FILE_TMPDIR/fake-control.so valgrind -q --error-exitcode=99 \
			--leak-check=full --show-leak-kinds=definite,indirect,possible \
			--errors-for-leak-kinds=definite,indirect,possible "$SRDCTL" "$@"
	}
	every_way under_valgrind
	FAKE_OPEN_ERRNO=13 every_way under_valgrind
}

@test "nothing-undefined-under-address-and-undefined-sanitizers" {
	build_tool "$BATS_TEST_TMPDIR" CFLAGS="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all"
	SRDCTL=$BATS_TEST_TMPDIR/srdctl/srdctl
	asan=$("${CC:-cc}" -print-file-name=libasan.so)
	under_sanitizers() {
		ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99 \
			LD_PRELOAD="$asan $BATS_FILE_TMPDIR/fake-control.so" "$SRDCTL" "$@"
	}
	every_way under_sanitizers
	FAKE_OPEN_ERRNO=13 every_way under_sanitizers
}
