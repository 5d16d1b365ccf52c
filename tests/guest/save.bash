# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests of srdctl save and restore share: `load save` brings data and lib with it.

load data

# says TEXT ARGUMENT...: srdctl fails with status 1 and just this line on stderr
says() {
	local text=$1 status=0
	shift

	srdctl "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
	is "$(<"$BATS_TEST_TMPDIR/err")" "srdctl: $text" "srdctl $*"
	is "$status $(<"$BATS_TEST_TMPDIR/out")" "1 " "status and stdout of srdctl $*"
}

# nothing_but FILE...: there are no other files here, hidden ones included
nothing_but() {
	is "$(find . -mindepth 1 | sort | paste -sd ' ')" "$(printf './%s\n' "$@" | sort | paste -sd ' ')" \
		"files"
}

# disks_are NAME...: there are just these disks, as soon as those that go are gone
disks_are() {
	eventually is_disks "$*"
}

is_disks() {
	is "$(srdctl list -n --raw -o NAME 2>/dev/null | paste -sd ' ')" "$1" "disks"
}

# fill_some DISK: data in all kinds of places, zeroes that take memory among them
fill_some() (
	for pos in 0 $((5 * MiB)) $((36 * MiB + 512)); do
		write_direct "$1" "$pos" $((MiB + 3 * 512)) /dev/urandom
	done
	# pages that are zero between those that are not
	write_direct "$1" $((20 * MiB)) $((3 * MiB))
	write_direct "$1" $((21 * MiB)) 4096 /dev/urandom
	write_direct "$1" $((21 * MiB + 5 * 4096 + 512)) 512 /dev/urandom
	# small pieces, near each other and not
	for pos in {600..640..3} {1600..1900..60}; do
		write_direct "$1" $((pos * 16384)) 4096 /dev/urandom
	done
)

# takes FILE: bytes that it takes on its file system
takes() {
	echo $(($(stat -c '%b * %B' "$1")))
}

# flip FILE POSITION: change one bit
flip() {
	perl -e 'open my $f, "+<", $ARGV[0] or die; binmode $f; seek $f, $ARGV[1], 0; read $f, my $c, 1;
		seek $f, $ARGV[1], 0; print $f chr(ord($c) ^ 16)' "$1" "$2"
}

# some_disk: srd0, with enough to be busy with for a while
some_disk() {
	load_srd size=64M
	write_direct /dev/srd0 0 $((32 * MiB)) /dev/urandom
}

# ms COMMAND...: how many milliseconds it takes
ms() {
	local start=$EPOCHREALTIME

	"$@" >/dev/null
	echo $(((${EPOCHREALTIME/./} - ${start/./}) / 1000))
}

# killed SIGNAL MS COMMAND...: gets that signal after so long; the status is in KILLED
killed() {
	local signal=$1 pause

	printf -v pause '%d.%03d' $(($2 / 1000)) $(($2 % 1000))
	shift 2
	# a job of its own, or it would ignore SIGINT
	set -m
	"$@" >/dev/null 3>&- &
	set +m
	sleep "$pause"
	kill -"$signal" $! 2>/dev/null || true
	KILLED=0
	# shellcheck disable=SC2034 # for the tests
	wait $! || KILLED=$?
}
