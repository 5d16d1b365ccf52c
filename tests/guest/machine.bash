# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# usage: machine.bash NUMBER
#
# What runs on each of the machines of tests/host/machines*.bats: commands that come from there
# through a port, one a line. Of each, what it writes and its status are told. Commands that
# stay in the background write to /dev/fd/7.

set -euo pipefail
exec 7>&1
cd "$(dirname "${BASH_SOURCE[0]}")"
bats_require_minimum_version() { :; }
# shellcheck source=tests/guest/lib.bash
. ./lib.bash
# shellcheck source=tests/guest/mirror.bash
. ./mirror.bash

N=$1
export PATIENCE=60	# of eventually

nqn_of() { # LABEL MACHINE
	echo "nqn.2026-11.local.srd:machine$2:$1"
}

hostid_of() { # MACHINE
	printf '00000000-0000-0000-0000-0000000000%02d\n' "$1"
}

nqn_of_host() { # MACHINE
	echo "nqn.2014-08.org.nvmexpress:uuid:$(hostid_of "$1")"
}

# path_here LABEL: of a disk of this machine
path_here() {
	srdctl list --noheadings --raw --output path "$1"
}

# serve LABEL OPTION...
serve() {
	srdctl export "$1" --address "10.77.0.$N" "${@:2}"
}

# connect LABEL MACHINE [OPTION...]: later options of nvme connect take the place of these
connect() {
	nvme connect --transport=tcp --traddr="10.77.0.$2" --trsvcid=4420 --nqn="$(nqn_of "$1" "$2")" \
		--hostnqn="$(nqn_of_host "$N")" --hostid="$(hostid_of "$N")" --reconnect-delay=1 "${@:3}"
}

# use LABEL MACHINE [OPTION...]: have that disk here; prints its path
use() {
	connect "$@" >&2
	eventually path_of "$1" "$2"
	path_of "$1" "$2"
}

# leave LABEL MACHINE
leave() {
	nvme disconnect --nqn="$(nqn_of "$1" "$2")"
}

path_of() { # LABEL MACHINE
	local subsystem disk

	for subsystem in /sys/class/nvme-subsystem/*; do
		[[ -e $subsystem && $(<"$subsystem/subsysnqn") == "$(nqn_of "$1" "$2")" ]] || continue
		for disk in "$subsystem"/nvme*n*; do
			[[ -b /dev/${disk##*/} ]] || continue
			echo "/dev/${disk##*/}"
			return
		done
	done
	return 1
}

# write_verified OPTION...: for so many bytes, and read all of it
write_verified() {
	fio --name=v --rw=randwrite --bsrange=4k-64k --direct=1 --ioengine=io_uring --iodepth=8 \
		--verify=crc32c --verify_state_save=0 --output=/run/fio "$@" || { cat /run/fio >&2; return 1; }
}

# in_background NAME COMMAND...: with its status in /run/NAME.ended
in_background() {
	rm -f "/run/$1.ended"
	{
		"${@:2}" >&7 && status=0 || status=$?
		echo "$status" >"/run/$1.ended"
	} &
}

# load_until_stopped: of a file in /mnt, again and again
load_until_stopped() {
	until [[ -e /mnt/records.stop ]]; do
		write_verified --directory=/mnt --size=4M --rate_iops=50 || return
	done
}

# start_load: two kinds of it
start_load() {
	rm -f /mnt/records.stop
	echo load >&7
	in_background fio load_until_stopped
	in_background records perl records.pl write /mnt/records
}

has_ended() {
	[[ -e /run/$1.ended ]]
}

# stop_load: both have met nothing bad
stop_load() {
	touch /mnt/records.stop
	for name in fio records; do
		eventually has_ended "$name"
		is "$(<"/run/$name.ended")" 0 "status of $name"
	done
}

# serve_half MACHINE: a new disk for the mirror of that one
serve_half() {
	srdctl create --size 48M --label half
	serve half --allow "$(nqn_of_host "$1")"
}

# make_mirror MACHINE: of a new disk here and that one's
make_mirror() {
	local far

	srdctl create --size 48M --label half
	far=$(use half "$1" --keep-alive-tmo=4)
	srd-mirror create m "$(path_here half)" "$far"
	is "$(srd-mirror status m)" clean
}

# take_over: go on with what was served to a machine that is lost
take_over() {
	srdctl unexport half
	srd-mirror take m "$(path_here half)"
	is "$(srd-mirror status m || :)" degraded
	refuses '' grep write_mostly "$(md_dir)"/rd*/state
	mount /dev/md/m /mnt
}

# join_half MACHINE: a new disk in the place of one that is lost
join_half() {
	local far

	nvme disconnect --nqn="$(nqn_of half "$1")" >&2
	far=$(use half "$1" --keep-alive-tmo=4)
	srd-mirror join m "$far"
	eventually has_status clean
}

# is_mended: by the service, which looks each five seconds, or it says why not
is_mended() {
	PATIENCE=150 eventually has_status clean && return
	journalctl --no-pager -u srd-mirror@m | tail -n 20 >&2
	cat /proc/mdstat >&2
	return 1
}

# sum_of_half OFFSET: of what it has for the mirror, from that sector on
sum_of_half() {
	tail -c +"$(($1 * 512 + 1))" "$(path_here half)" | sha256sum
}

# carry_out NUMBER COMMAND: in a shell of its own, that ends where something fails
carry_out() {
	local status=0

	(eval "$2") >/run/said &
	wait $! || status=$?
	sed "s/^/$1: /;"'$a\' /run/said
	echo "$1 = $status"
}

[[ -d /run/systemd/system ]] || hostname "machine$N"
modprobe -a srd nvme-tcp raid1
# md goes slow while others want something of the disks
echo 200000 >/proc/sys/dev/raid/speed_limit_min
port=$(grep -lx orders /sys/class/virtio-ports/*/name)
exec {orders}<"/dev/$(basename "$(dirname "$port")")"
echo up
while :; do
	IFS=' ' read -r number command <&"$orders" || { sleep 0.1; continue; }
	[[ $number != end ]] || break
	eval "command=$command"
	carry_out "$number" "$command"
done
# systemd stops what it has started
[[ ! -d /run/systemd/system ]] || exit 0
srdctl unexport --all
srdctl remove --all
rmmod srd
