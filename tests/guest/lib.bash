# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests in the guest share; each file starts with `load lib`. A test finds the module
# unloaded, loads it as it likes, and leaves nothing behind: teardown unloads it and looks.
# A file with a setup or teardown of its own calls srd_setup and srd_teardown from there.
#
# bats keeps the stack in mind before each command of bash, which on an emulated CPU takes longer
# than most commands. Here it is kept when one has failed, which is when it is asked for.
# To start a program takes twenty times as long again: what bash can do by itself, it does.

bats_require_minimum_version 1.5.0

PATH=$PATH:/root/progs

setup() {
	srd_setup
}

teardown() {
	srd_teardown
}

# As bats has it, but for the stack.
on_error() {
	bats_error_trap
	bats_capture_stack_trace
}

srd_setup() {
	trap - DEBUG
	trap on_error ERR
	# a short log is read fast; the console keeps all of it
	[[ $BATS_TEST_NUMBER != 1 ]] || dmesg --clear
	log_mark
}

# What a test mounted, mapped or started is its own to undo before it ends; when it failed on
# the way there, this makes room for the next one.
srd_teardown() {
	local pids

	if [[ ${BATS_TEST_COMPLETED-} != 1 ]]; then
		pids=$(jobs -p)
		# shellcheck disable=SC2086 # each of them
		[[ -z $pids ]] || kill -KILL $pids || echo "they had ended already" >&2
		close_disks
		grep '^/dev/srd' /proc/swaps | cut -d ' ' -f 1 | xargs -r swapoff
		grep '^/dev/srd' /proc/mounts | cut -d ' ' -f 2 | tac | xargs -r umount
	fi
	[[ ! -d /sys/module/srd ]] || unload_srd
	nothing_left
}

# Close what this shell itself has open.
close_disks() {
	local fd

	for fd in "/proc/$BASHPID/fd"/*; do
		[[ $(readlink "$fd") == /dev/srd* ]] || continue
		fd=${fd##*/}
		exec {fd}>&-
	done
}

# load_srd [PARAMETER=VALUE...]
load_srd() {
	modprobe srd "$@"
}

# Whoever was just killed may need a moment to let go of a disk.
unload_srd() {
	eventually rmmod srd
}

# Nothing of the module is left in the system.
nothing_left() (
	shopt -s nullglob
	left=(/sys/module/sr[d] /sys/block/srd* /dev/srd* /proc/sr[d])
	majors=$(</proc/devices)$'\n'
	[[ $majors != *' srd'$'\n'* ]] || left+=("a number in /proc/devices")
	[[ ${#left[@]} == 0 ]] || fail "left behind: ${left[*]}"
)

# ---- saying what is wrong ----

fail() {
	printf '%s\n' "$@" >&2
	return 1
}

# is GOT WANTED [WHAT]
is() {
	[[ $1 == "$2" ]] || fail "${3:-value}: got '$1', wanted '$2'"
}

# matches GOT PATTERN [WHAT]: PATTERN is an extended regular expression
matches() {
	[[ $1 =~ $2 ]] || fail "${3:-value}: got '$1', wanted a match of '$2'"
}

# at_least GOT NUMBER [WHAT], at_most GOT NUMBER [WHAT]
at_least() {
	(($1 >= $2)) || fail "${3:-value}: got $1, wanted at least $2"
}

at_most() {
	(($1 <= $2)) || fail "${3:-value}: got $1, wanted at most $2"
}

# refuses TEXT COMMAND...: the command fails, and says TEXT
refuses() {
	local text=$1 out
	shift

	if out=$("$@" 2>&1); then
		fail "succeeded, but had to fail with '$text': $*" "$out"
	fi
	[[ $out == *"$text"* ]] || fail "failed without saying '$text': $*" "$out"
}

# eventually COMMAND...: try again until it succeeds, for PATIENCE seconds at the most
eventually() {
	local out end=$((SECONDS + ${PATIENCE-30}))

	while ((SECONDS < end)); do
		! out=$("$@" 2>&1) || return 0
		sleep 0.1
	done
	fail "did not come true: $*" "$out"
}

# require PROGRAM...: skip the test where one is missing
require() {
	local program

	for program; do
		command -v "$program" >/dev/null || skip "there is no $program"
	done
}

# ---- looking at the module ----

# attr DISK NAME: an attribute of srd's own; set_attr DISK NAME VALUE
attr() {
	local value

	value=$(<"/sys/block/${1#/dev/}/srd/$2") && printf '%s\n' "$value"
}

set_attr() {
	echo "$3" >"/sys/block/${1#/dev/}/srd/$2"
}

# used DISK: bytes of memory that it holds
used() {
	attr "$1" used
}

# total NAME: a number of the last line of /proc/srd: disks, used, pending, mem_limit, …
total() {
	local lines

	lines=$(</proc/srd)
	[[ ${lines##*$'\n'} =~ ^total\ (.*\ )?$1=([0-9]+) ]] ||
		{ fail "no $1 in /proc/srd: $lines"; return; }
	echo "${BASH_REMATCH[2]}"
}

# Memory that was unlinked is given back soon; afterwards all counts hold still.
settle() {
	eventually nothing_pending
}

nothing_pending() {
	[[ $(total pending) == 0 ]]
}

# meminfo NAME: bytes
meminfo() {
	local lines

	lines=$'\n'$(</proc/meminfo)
	[[ $lines =~ $'\n'$1:\ *([0-9]+) ]] || { fail "no $1 in /proc/meminfo"; return; }
	echo $((BASH_REMATCH[1] * 1024))
}

# available: bytes that programs can have
available() {
	echo $(($(meminfo MemAvailable) + $(at_hand)))
}

# unused: bytes that nobody has
unused() {
	echo $(($(meminfo MemFree) + $(at_hand)))
}

# at_hand: bytes that are free, too, but in neither of the two counts: newer kernels let each CPU keep
# tens of megabytes of pages
at_hand() {
	local lines line pages=0

	mapfile -t lines </proc/zoneinfo
	for line in "${lines[@]}"; do
		[[ $line != *' count: '* ]] || pages=$((pages + ${line##*:}))
	done
	echo $((pages * 4096))
}

# ---- the kernel's log ----

log_mark() {
	LOG_MARK="test-mark $BASHPID $RANDOM$RANDOM"
	echo "$LOG_MARK" >/dev/kmsg
}

# log_since: what was logged since the last log_mark; srd_log: only srd's own lines of that,
# without what the kernel says of any foreign module
log_since() {
	dmesg --notime | sed "0,/$LOG_MARK/d"
}

srd_log() {
	log_since | sed -n '/taints kernel\|verification failed/d; s/^srd: //p'
}

# ---- what the kernel announces ----

# watch_uevents: of block devices, from here on
watch_uevents() {
	UEVENTS=$BATS_TEST_TMPDIR/uevents
	udevadm monitor --kernel --property --subsystem-match=block >"$UEVENTS" 3>&- &
	UEVENTS_PID=$!
	eventually grep -q '^KERNEL - ' "$UEVENTS"
}

unwatch_uevents() {
	kill "$UEVENTS_PID"
}

# saw_uevent NAME=VALUE...: there was one with all of these
saw_uevent() {
	perl -00 -e 'my @wanted = splice @ARGV, 1;
		while (<>) { my $event = $_; exit 0 if !grep { $event !~ /^\Q$_\E$/m } @wanted }
		exit 1' "$UEVENTS" "$@"
}

# ---- sizes ----

# shellcheck disable=SC2034 # for the tests
{
	KiB=1024
	MiB=$((1024 * KiB))
	GiB=$((1024 * MiB))
	TiB=$((1024 * GiB))
}
