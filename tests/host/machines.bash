# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For tests of several virtual machines on one network: starting them, and what is done to them from
# outside. What each runs is a script of its own; the one that uses a disk of another one tells it
# that it is done by writing to a small disk, which that one has for it.

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
machines=()	# process numbers, by the number of the machine
KERNEL=${SRD_MACHINES_KERNEL:-6.12}

# What each machine's script starts with.
COMMON='
set -euo pipefail
HOSTID=00000000-0000-0000-0000-0000000000$(printf %02d "$N")
HOSTNQN=nqn.2014-08.org.nvmexpress:uuid:$HOSTID

nqn_of() { # LABEL MACHINE
	echo "nqn.2026-11.local.srd:machine$2:$1"
}

nqn_of_host() { # MACHINE
	printf "nqn.2014-08.org.nvmexpress:uuid:00000000-0000-0000-0000-0000000000%02d\n" "$1"
}

# serve SIZE LABEL MACHINE...: a disk, for these machines
serve() {
	local machine
	local -a allow=()

	for machine in "${@:3}"; do
		allow+=(--allow "$(nqn_of_host "$machine")")
	done
	srdctl create --size "$1" --label "$2"
	srdctl export "$2" --address "10.77.0.$N" "${allow[@]}"
}

# use LABEL MACHINE [OPTION...]: have that disk here, as soon as it is served; prints its path
use() {
	local path label=$1 machine=$2
	shift 2

	until nvme connect --transport=tcp --traddr="10.77.0.$machine" --trsvcid=4420 \
		--nqn="$(nqn_of "$label" "$machine")" --hostnqn="$HOSTNQN" --hostid="$HOSTID" \
		--reconnect-delay=1 "$@" >&2; do
		sleep 0.5
	done
	until path=$(path_of "$label" "$machine"); do
		sleep 0.1
	done
	echo "$path"
}

path_of() { # LABEL MACHINE
	local subsystem disk

	for subsystem in /sys/class/nvme-subsystem/*; do
		[[ $(<"$subsystem/subsysnqn") == "$(nqn_of "$1" "$2")" ]] || continue
		for disk in "$subsystem"/nvme*n*; do
			[[ -b /dev/${disk##*/} ]] || continue
			echo "/dev/${disk##*/}"
			return
		done
	done
	return 1
}

# until_done: somebody has written to the disk "done"
until_done() {
	local path

	path=$(srdctl list --noheadings --raw --output path done)
	until [[ $(dd if="$path" iflag=direct bs=4k count=1 status=none | head -c 4) == done ]]; do
		sleep 0.5
	done
}

# tell_done PATH
tell_done() {
	echo done | dd of="$1" oflag=direct bs=4k conv=sync status=none
}

hostname "machine$N"
modprobe srd
modprobe nvme-tcp
'

# machine N SCRIPT [OPTION...]: start it; its output goes to the files outN and errN
machine() {
	local number=$1 script=$2
	shift 2

	TMPDIR=$BATS_TEST_TMPDIR "$TOP/scripts/vm" --kernel "$KERNEL" --join "$BATS_TEST_TMPDIR:$number" --timeout 300 \
		--qemu -monitor --qemu "unix:$BATS_TEST_TMPDIR/monitor$number,server=on,wait=off" "$@" \
		-- env N="$number" bash -c "$COMMON$script" >"out$number" 2>"err$number" 3>&- &
	machines[number]=$!
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

# says N LINE: wait until it has said that, while it runs
says() {
	until grep -qx "$2" "out$1"; do
		kill -0 "${machines[$1]}" || { tail -n 30 "out$1" "err$1" >&2; return 1; }
		sleep 0.2
	done
}

# monitor N COMMAND: of qemu
monitor() {
	perl -MIO::Socket::UNIX -e 'my $monitor = IO::Socket::UNIX->new($ARGV[0]) or die "$ARGV[0]: $!\n";
		print $monitor "$ARGV[1]\n";
		$monitor->shutdown(1);
		1 while <$monitor>' "$BATS_TEST_TMPDIR/monitor$1" "$2" >>monitor
}

end_all() {
	local pid

	for pid in "${machines[@]}"; do
		! kill -0 "$pid" 2>/dev/null || kill "$pid"
	done
	wait
}
