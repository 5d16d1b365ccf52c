#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016,SC2154 # the guest's shell expands; bats sets output and status
#
# scripts/vm: what it promises, and that nothing of it stays on this machine.

bats_require_minimum_version 1.5.0

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

setup() {
	"$TOP/scripts/kernel" 6.12 >/dev/null || [ $? -ne 77 ] || skip "there is no kernel 6.12"
	cd "$BATS_TEST_TMPDIR" || return
	# its temporary files too, so that what it leaves is seen
	mkdir tmp
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
}

# vm STATUS ARGUMENT...: it ends with that status; what it says is in the files out and err
vm() {
	local wanted=$1 status=0
	shift

	"$TOP/scripts/vm" "$@" >out 2>err || status=$?
	[ "$status" -eq "$wanted" ] ||
		{ echo "status $status, wanted $wanted: scripts/vm $*"; cat out err; return 1; } >&2
}

@test "output-and-status-are-the-command-s" {
	vm 7 -- bash -c 'echo to stdout; echo to stderr >&2; exit 7'
	[ "$(<out)" = "to stdout" ]
	grep -x "to stderr" err
}

@test "arguments-arrive-as-they-are" {
	vm 0 -- printf '<%s>' '' 'two words' '$HOME' "it's" '*' $'line\nline'
	[ "$(<out)" = $'<><two words><$HOME><it\'s><*><line\nline>' ]
}

@test "output-of-any-bytes-and-length-arrives" {
	vm 0 -- bash -c 'head -c 3000000 /dev/urandom | tee bytes; md5sum <bytes >&2'
	[ "$(md5sum <out)" = "$(tail -n 1 err)" ]
}

@test "files-go-in-and-come-out" {
	mkdir in
	echo one >in/file
	mkdir -p in/sub
	echo two >in/sub/file
	vm 0 --copy-in in --copy-in in/file:/etc/some/where --copy-out /root/made:fetched \
		-- bash -c 'cat in/file in/sub/file /etc/some/where; mkdir made; echo three >made/file'
	[ "$(paste -sd ' ' out)" = "one two one" ]
	[ "$(<fetched/file)" = three ]
}

@test "files-come-out-of-a-command-that-failed" {
	vm 3 --copy-out /root/log:log -- bash -c 'echo why >log; exit 3'
	[ "$(<log)" = why ]
	vm 96 --copy-out /root/none:log -- true
}

@test "guest-has-what-tests-need" {
	vm 0 -- bash -c 'for p in bash ls lsblk modprobe fio mkfs.ext4 mkfs.xfs mkfs.btrfs srdctl; do
		command -v $p >/dev/null || exit; done; modinfo -F vermagic srd; uname -r; nproc'
	[ "$(sed -n 1p out | cut -d ' ' -f 1)" = "$(sed -n 2p out)" ]
	[ "$(sed -n 3p out)" = 2 ]
}

@test "cpus-and-memory-are-as-asked-for" {
	vm 0 --cpus 3 --memory 300M --append some.thing=1 \
		-- bash -c 'nproc; awk "/MemTotal/ { print \$2 }" /proc/meminfo; cat /proc/cmdline'
	[ "$(sed -n 1p out)" = 3 ]
	[ "$(sed -n 2p out)" -lt $((300 * 1024)) ]
	grep -q 'some.thing=1' out
}

@test "panic-fails-the-run" {
	vm 99 -- bash -c 'echo before; echo c >/proc/sysrq-trigger; sleep 100'
	[ "$(<out)" = before ]
	grep -q 'Kernel panic' err
	# the log is kept where the run says
	grep -q 'Kernel panic' "$(sed -n 's/.*the console.s log is //p' err)"
	rm "$TMPDIR"/srd-vm-*.log
}

# Messages as kernels write them, one for each kind that scripts/splats knows.
splats() {
	cat <<-'END'
		Kernel panic - not syncing: Fatal exception
		Oops: 0000 [#1] PREEMPT SMP NOPTI
		kernel BUG at mm/slub.c:442!
		BUG: kernel NULL pointer dereference, address: 0000000000000008
		BUG: KASAN: slab-use-after-free in srd_read+0x10/0x20
		BUG: KCSAN: data-race in srd_read [srd] / srd_write [srd]
		BUG: KCSAN: data-race in submit_bio / srd_write+0x10/0x20 [srd]
		BUG: sleeping function called from invalid context at mm/page_alloc.c:1
		Unable to handle kernel paging request at virtual address 0000000000000008
		general protection fault, probably for non-canonical address 0xdead000000000100
		WARNING: CPU: 1 PID: 100 at block/blk-mq.c:1 blk_mq_start_request+0x1/0x2
		WARNING: possible circular locking dependency detected
		WARNING: suspicious RCU usage
		INFO: task fio:100 blocked for more than 120 seconds.
		rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
		watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [fio:100]
		UBSAN: shift-out-of-bounds in lib/x.c:1:2
		refcount_t: underflow; use-after-free.
		list_del corruption. prev->next should be x, but was y
		sysfs: cannot create duplicate filename '/devices/virtual/block/srd0'
	END
}

@test "complaints-of-the-kernel-fail-a-run-that-went-well" {
	splats >splats
	# and one that is none: a race of the kernel's own
	(cat splats && echo 'BUG: KCSAN: data-race in dput / lockref_get') >messages
	vm 99 --log console --copy-in messages \
		-- bash -c 'while read -r line; do echo "$line" >/dev/kmsg; done <messages; echo done'
	[ "$(<out)" = "done" ]
	grep "complains ($(wc -l <splats) such lines" err
}

@test "words-of-complaint-elsewhere-do-not" {
	vm 0 -- bash -c 'echo "no BUG here" >/dev/kmsg; echo WARNING: mine; echo "Oops:" >&2'
}

# running: qemu processes of this test
running() {
	pgrep -f "^qemu-system.*$TMPDIR" || true
}

@test "time-out-ends-its-own-guest-and-no-other" {
	"$TOP/scripts/vm" -- bash -c 'sleep 45; echo alive' >other 2>other.err &
	local other=$!

	vm 98 --timeout 30 -- bash -c 'echo started; sleep 1000'
	[ "$(<out)" = started ]
	grep -q 'time-out after 30 s' err
	[ "$(running | wc -l)" -eq 1 ]
	wait "$other" || { cat other.err >&2; return 1; }
	[ "$(<other)" = alive ]
	[ -z "$(running)" ]
	rm "$TMPDIR"/srd-vm-*.log
}

@test "guest-ends-with-who-started-it" {
	local pid i

	"$TOP/scripts/vm" -- sleep 1000 >out 2>err &
	pid=$!
	for ((i = 0; i < 100; i++)); do
		[ -z "$(running)" ] || break
		sleep 0.1
	done
	[ -n "$(running)" ]
	kill -KILL "$pid"
	for ((i = 0; i < 100; i++)); do
		[ -n "$(running)" ] || return 0
		sleep 0.1
	done
	echo "still running: $(running)" >&2
	return 1
}

# type_in TEXT: once the guest's shell asks for it
type_in() {
	local i

	for ((i = 0; i < 300; i++)); do
		! grep -q 'root@srd-guest' out || break
		sleep 0.1
	done
	printf '%s' "$1"
	sleep 5 # the terminal stays open
}

@test "guest-joins-a-network" {
	vm 0 --join "$BATS_TEST_TMPDIR:7" -- ip -brief address show to 10.77.0.0/24
	[[ $(<out) == *" 10.77.0.7/24 " ]]
}

@test "shell-on-a-terminal" {
	local status=0

	: >out
	type_in $'echo $((6 * 7)); tty\nexit 5\n' |
		script -qefc "'$TOP/scripts/vm' --timeout 60 --shell" out >said || status=$?
	[ "$status" -eq 5 ] || { echo "status $status"; cat said; return 1; } >&2
	tr -d '\r' <out | grep '42$'
	tr -d '\r' <out | grep '/dev/hvc0$'
	run -125 "$TOP/scripts/vm" --shell </dev/null
	[[ $output == *terminal* ]]
}

@test "kernel-that-cannot-start-is-tried-again" {
	vm 99 --append rdinit=/none -- true
	[ "$(grep -c 'once more' err)" -eq 2 ]
	grep -q 'the guest did not start' err
	rm "$TMPDIR"/srd-vm-*.log
}

@test "cpu-goes-and-comes-and-has-its-timer-at-once" {
	vm 0 --no-module -- bash -c '
		cd /sys/devices/system/cpu/cpu1
		for i in 1 2 3; do
			while :; do date; done >/dev/null &
		done
		for i in {1..60}; do
			echo 0 >online
			echo 1 >online
		done'
}

# emulator_fails: it is one that does, or the test is skipped
emulator_fails() {
	[[ $(qemu-system-x86_64 --version) =~ version\ ([0-9]+)\.([0-9]+) ]]
	((BASH_REMATCH[1] * 100 + BASH_REMATCH[2] < 801)) || skip "qemu since 8.1 does not do that"
	"$TOP/scripts/vm" --no-module -- grep -q "QEMU TCG" /proc/cpuinfo || skip "nothing is emulated here"
}

# what_becomes_of MESSAGE...: a guest's status when its kernel says that
what_becomes_of() {
	local said=0

	"$TOP/scripts/vm" --no-module -- bash -c 'printf "%s\n" "$@" >/dev/kmsg' - "$@" 2>>err || said=$?
	echo "$said"
	rm -f "$TMPDIR"/srd-vm-*.log
}

@test "breakpoint-that-is-gone-is-the-emulator-s-and-nothing-else-is" {
	emulator_fails
	[ "$(what_becomes_of 'Oops: int3: 0000 [#1] PREEMPT SMP' 'Code: 90 eb <55> 48')" = 76 ]
	[ "$(what_becomes_of 'int3: 0000 [#1] PREEMPT SMP')" = 76 ]
	[ "$(what_becomes_of 'int3: 0000 [#1] PREEMPT SMP' 'Code: cc cc <cc> cc')" = 99 ]
	[ "$(what_becomes_of 'Oops: 0000 [#1] PREEMPT SMP')" = 99 ]
	[ "$(what_becomes_of 'WARNING: CPU: 0' 'Oops: int3: 0000 [#1] PREEMPT SMP')" = 99 ]
}

# stuck BYTES WHERE...: what becomes of a guest of which a CPU is found at these places
stuck() {
	local code=$1 place
	local -a said=()
	shift

	for place; do
		said+=('watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [some:1]' "RIP: 0010:$place" "Code: 48 $code 5d")
	done
	what_becomes_of "${said[@]}"
}

@test "who-stands-still-where-code-is-switched-was-failed-by-the-emulator-too" {
	emulator_fails
	[ "$(stuck '<e9> 5d 02 00 00' a+0x1/0x2 a+0x1/0x2 a+0x1/0x2)" = 76 ]
	[ "$(stuck '<0f> 1f 44 00 00' a+0x1/0x2 a+0x1/0x2 a+0x1/0x2)" = 76 ]
	[ "$(stuck '<e9> 5d 02 00 00' a+0x1/0x2 a+0x9/0x2 a+0x1/0x2)" = 99 ]
	[ "$(stuck '<f3> 90' a+0x1/0x2 a+0x1/0x2 a+0x1/0x2)" = 99 ]
	[ "$(stuck '<e9> 5d 02 00 00' a+0x1/0x2)" = 99 ]
}

# The loop that stale_breakpoint of scripts/vm speaks of: other CPUs fall over it within ten seconds.
@test "emulator-does-not-fail-cpus-that-take-turns" {
	vm 0 --no-module --one-thread -- bash -c '
		switch=/proc/sys/kernel/sched_schedstats
		for i in 1 2; do
			while sleep 0.01; do :; done &
		done
		for ((i = 0; SECONDS < 30; i++)); do
			echo $((i % 2)) >"$switch"
		done'
}

@test "wrong-usage-is-125" {
	run -125 "$TOP/scripts/vm"
	[[ $output == *--help* ]]
	run -125 "$TOP/scripts/vm" --none -- true
	run -125 "$TOP/scripts/vm" --kernel /none -- true
	run -125 "$TOP/scripts/vm" --copy-in none -- true
	run -125 "$TOP/scripts/vm" --timeout soon -- true
	run -125 "$TOP/scripts/vm" --image none -- true
	run -125 "$TOP/scripts/vm" --join me -- true
	run -125 "$TOP/scripts/vm" --join me:0 -- true
	run -125 "$TOP/scripts/vm" --join me:100 -- true
	run -0 "$TOP/scripts/vm" --help
	[[ $output == *--copy-out* ]]
}

@test "nothing-stays-on-this-machine" {
	{ cat /proc/mounts && ls /sys/module; } >before
	"$TOP/scripts/kernel" newest >/dev/null || [ $? -ne 77 ] || skip "there is no newest kernel"
	vm 0 --kernel newest -- modprobe srd size=1M
	{ cat /proc/mounts && ls /sys/module; } | diff before -
	[ -z "$(ls -A "$TMPDIR")" ]
}

# in_cache COMMAND: with the functions of scripts/lib.sh and a cache of its own
in_cache() {
	XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache bash -c ". '$TOP/scripts/lib.sh'; $1"
}

@test "cache-is-filled-once-by-two-that-want-the-same" {
	local fill='fill() { sleep 1; echo built >>made; echo good >"$1/file"; }'

	in_cache "$fill; cache_get kind key fill" >first 2>err &
	in_cache "$fill; cache_get kind key fill" >second
	wait $!
	[ "$(<first)" = "$(<second)" ]
	[ "$(<made)" = built ]
	[ "$(<"$(<first)/file")" = good ]
}

@test "cache-never-holds-what-was-not-finished" {
	run ! in_cache 'fill() { echo half >"$1/file"; false; echo never; }; cache_get kind key fill'
	in_cache 'fill() { echo half >"$1/file"; kill -KILL $$ $BASHPID; }; cache_get kind key fill' || true
	[ "$(in_cache 'fill() { echo whole >"$1/file"; }; cat "$(cache_get kind key fill)/file"')" = whole ]
}
