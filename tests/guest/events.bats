# SPDX-License-Identifier: GPL-2.0
#
# What is read from /dev/srd-control. The cases are in progs/events.c; each runs as a 64-bit and as
# a 32-bit program.
# modes: mq/6.12 bio/every

load ioctl

@test "each-kind-says-what-happened" {
	both events each-kind-says-what-happened
}

@test "rules-and-power-say-so" {
	both events rules-and-power-say-so
}

@test "reading-begins-at-open" {
	both events reading-begins-at-open
}

@test "whole-events-only" {
	both events whole-events-only
}

@test "nothing-lost-to-bad-pointers" {
	both events nothing-lost-to-bad-pointers
}

@test "vectored-reads-take-what-there-is" {
	both events vectored-reads-take-what-there-is
}

@test "all-wake-that-want-to-be-woken-alone" {
	both events all-wake-that-want-to-be-woken-alone
}

@test "a-number-is-free-when-that-is-told" {
	both events a-number-is-free-when-that-is-told
}

@test "what-is-given-back-wakes-who-waits" {
	both events what-is-given-back-wakes-who-waits
}

@test "no-position-of-its-own" {
	both events no-position-of-its-own
}

@test "all-readers-see-the-same" {
	both events all-readers-see-the-same
}

@test "slow-readers-are-told" {
	both events slow-readers-are-told
}

@test "fork-shares-the-place" {
	both events fork-shares-the-place
}

@test "nonblocking-is-EAGAIN" {
	both events nonblocking-is-EAGAIN
}

@test "poll-and-epoll-wake" {
	both events poll-and-epoll-wake
}

@test "signals-interrupt-or-not" {
	both events signals-interrupt-or-not
}

@test "who-waits-can-be-killed" {
	both events who-waits-can-be-killed
}

@test "closed-while-somebody-waits" {
	both events closed-while-somebody-waits
}

@test "no-wakeup-is-lost" {
	both events no-wakeup-is-lost
}

@test "limit-of-a-disk-is-told-once" {
	both events limit-of-a-disk-is-told-once
}

@test "limit-of-all-disks" {
	both events limit-of-all-disks
}

@test "limit-of-the-machine" {
	both events limit-of-the-machine
}

@test "a-reader-keeps-the-module" {
	local fd

	load_srd
	exec {fd}</dev/srd-control
	refuses 'in use' rmmod srd
	exec {fd}<&-
	cat /dev/srd-control >/dev/null &
	eventually grep -q srd /proc/$!/wchan /proc/$!/stack
	refuses 'in use' rmmod srd
	kill $!
	wait $! || is $? 143 "the end of who was killed"
	unload_srd
}

@test "others-may-not-read" {
	load_srd
	refuses 'Permission denied' setpriv --reuid 65534 --clear-groups head -c 96 /dev/srd-control
}

# ---- errors ----

# dm does not ask whether what it stands on may be written.
@test "errors-are-told-and-not-each" {
	local events=$BATS_TEST_TMPDIR/events

	modprobe dm-mod
	load_srd
	srdctl create -s 1M --read-only
	dmsetup create --noudevsync above --table "0 2048 linear /dev/srd0 0"
	dmsetup mknodes
	monitor "$events" --json
	for i in {1..6}; do
		refuses "" dd if=/dev/zero of=/dev/mapper/above bs=4k count=1 seek="$i" oflag=direct
	done
	sleep 0.2
	refuses "" dd if=/dev/zero of=/dev/mapper/above bs=4k count=1 seek=99 oflag=direct
	dmsetup remove --noudevsync above
	srdctl remove srd0
	saw "$events" '"removed"'
	unmonitor
	# the first at once, the last as time has passed, and none is forgotten
	is "$(jq -c '[.op, .error, .start, .length, .value]' "$events" | sed -n 1p)" \
		'["write","EIO",4096,4096,1]'
	is "$(jq 'select(.event == "error") | .start' "$events" | tail -n 1)" $((99 * 4096))
	is "$(jq -s 'map(select(.event == "error") | .value) | add' "$events")" 7
	# at most one in 100 ms
	at_most "$(jq -s 'map(select(.event == "error")) | [.[1:], .[:-1]] | transpose |
		map(select(.[0].boottime - .[1].boottime < 100000000)) | length' "$events")" 0
}

# ---- srdctl monitor ----

# monitor FILE OPTION...: what happens from here on goes there; unmonitor: no more
monitor() {
	srdctl monitor "${@:2}" >"$1" 3>&- &
	MONITOR_PID=$!
	eventually test -e "/proc/$MONITOR_PID/fd/3"
	eventually grep -q poll "/proc/$MONITOR_PID/wchan" "/proc/$MONITOR_PID/stack"
}

unmonitor() {
	kill "$MONITOR_PID"
	wait "$MONITOR_PID" || true
}

# saw FILE TEXT: it comes to be there
saw() {
	eventually grep -qF -e "$2" "$1"
}

@test "monitor-prints-at-once" {
	local events=$BATS_TEST_TMPDIR/events

	load_srd
	monitor "$events" -o EVENT,DEV,DETAILS
	saw "$events" 'EVENT     DEV    DETAILS'
	srdctl create -s 1M
	saw "$events" 'created   srd0   1M'
	srdctl snapshot srd0
	saw "$events" 'snapshot  srd0   srd1'
	set_attr srd0 limit 8192
	refuses 'No space left' dd if=/dev/zero of=/dev/srd0 bs=64k oflag=direct
	saw "$events" 'limit     srd0   may hold 8K, holds 8K'
	srdctl fault add srd0 op=read error=EILSEQ times=1
	refuses '' dd if=/dev/srd0 of=/dev/null bs=4k count=1 iflag=direct
	saw "$events" 'fault     srd0   rule 1, error: read of 4K at 0B: EILSEQ'
	refuses 'in use' rmmod srd
	unmonitor
}

@test "monitor-ends-when-its-reader-does" {
	load_srd
	# nothing happens that it could fail to print
	timeout 20 srdctl monitor | head -n 1
	is "${PIPESTATUS[*]}" "0 0"
}

@test "monitors-of-disks-see-theirs" {
	local one=$BATS_TEST_TMPDIR/one two=$BATS_TEST_TMPDIR/two pid

	load_srd
	monitor "$one" -n -o EVENT,DEV -c 2 srd1
	pid=$MONITOR_PID
	monitor "$two" -n -o EVENT,DEV srd0
	srdctl create -s 1M
	srdctl create -s 1M
	srdctl remove srd1 srd0
	wait "$pid"
	saw "$two" 'removed'
	unmonitor
	is "$(cat "$one")" $'created   srd1\nremoved   srd1'
	is "$(cat "$two")" $'created   srd0\nremoved   srd0'
}
