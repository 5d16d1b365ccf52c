# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For tests of several virtual machines on one network: starting them, telling them what to do,
# and what is done to them from outside. What they have is in tests/guest/machine.bash.

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
machines=()	# process numbers, by the number of the machine
options=()	# more of scripts/vm
KERNEL=${SRD_MACHINES_KERNEL:-6.12}

# setup - SKIP says why not to run
setup() {
	[ -z "${SKIP-}" ] || skip "$SKIP"
	"$TOP/scripts/kernel" "$KERNEL" >/dev/null || [ $? -ne 77 ] || skip "there is no kernel $KERNEL"
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p log
}

teardown() {
	end_all
}

# start N...: and wait for none of them
start() {
	local n

	for n; do
		rm -f "orders$n" "out$n" "pid$n"
		mkfifo "orders$n"
		: >"out$n"
		TMPDIR=$BATS_TEST_TMPDIR "$TOP/scripts/vm" --kernel "$KERNEL" --join "$BATS_TEST_TMPDIR:$n" \
			--timeout "${MACHINE_TIMEOUT-300}" --log "log/$n-${EPOCHREALTIME/./}" \
			--qemu -monitor --qemu "unix:monitor$n,server=on,wait=off" --qemu -pidfile --qemu "pid$n" \
			--qemu -chardev --qemu "pipe,id=orders,path=orders$n" \
			--qemu -device --qemu virtserialport,chardev=orders,name=orders \
			--copy-in "$TOP/tests/guest" --copy-in "$TOP/scripts/srd-mirror:/usr/local/sbin/srd-mirror" \
			--copy-in "$TOP/scripts/srd-stripe:/usr/local/sbin/srd-stripe" \
			"${options[@]}" -- bash guest/machine.bash "$n" >>"out$n" 2>>"err$n" 3>&- &
		machines[n]=$!
	done
}

# machine N...: start them, and wait until they listen
machine() {
	local n

	start "$@"
	for n; do
		says "$n" up
	done
}

# lives N, or says how it ended
lives() {
	kill -0 "${machines[$1]}" 2>/dev/null && return
	echo "machine $1 has ended" >&2
	tail -n 30 "out$1" "err$1" >&2
	return 1
}

# says N REGEX: wait until it has a line like that
says() {
	until grep -qxE "$2" "out$1"; do
		lives "$1" || return
		sleep 0.1
	done
}

# ask N COMMAND: have it run there; what it writes comes out here, and its status
ask() {
	local number=${EPOCHREALTIME/./} status

	printf '%s %q\n' "$number" "$2" 1<>"orders$1"
	says "$1" "$number = .*" || return
	sed -n "s/^$number: //p" "out$1"
	status=$(sed -n "s/^$number = //p" "out$1")
	[ "$status" -eq 0 ] || { echo "machine $1: $2: $status" >&2; tail -n 20 "err$1" >&2; }
	return "$status"
}

# end N...: shut them down; nothing may be left of srd there
end() {
	local n

	for n; do
		echo end 1<>"orders$n"
	done
	for n; do
		ends "$n"
	done
}

# ends N [STATUS]: it has to end with that
ends() {
	local status=0

	wait "${machines[$1]}" || status=$?
	[ "$status" -eq "${2-0}" ] && return
	echo "machine $1 ended with $status" >&2
	tail -n 30 "out$1" "err$1" >&2
	return 1
}

# lose N: as if its power failed
lose() {
	kill -KILL "$(<"pid$1")"
	ends "$1" 97
}

# monitor N COMMAND: of qemu
monitor() {
	perl -MIO::Socket::UNIX -e 'my $monitor = IO::Socket::UNIX->new($ARGV[0]) or die "$ARGV[0]: $!\n";
		print $monitor "$ARGV[1]\n";
		$monitor->shutdown(1);
		1 while <$monitor>' "monitor$1" "$2" >>monitor
}

end_all() {
	local pid

	for pid in "${machines[@]}"; do
		! kill -0 "$pid" 2>/dev/null || kill "$pid"
	done
	wait
}
