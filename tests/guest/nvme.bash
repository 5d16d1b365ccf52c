# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For tests of disks that are served over NVMe: connecting to them.

HOSTID=11111111-2222-3333-4444-555555555555
HOSTNQN=nqn.2014-08.org.nvmexpress:uuid:$HOSTID

nvme_setup() {
	srd_setup
	ip link set lo up
	modprobe -a nvmet-tcp nvme-tcp
}

# In this order: a far side that loses its disk goes on trying for a while.
nvme_teardown() {
	if [[ ${BATS_TEST_COMPLETED-} != 1 ]]; then
		grep '^/dev/nvme' /proc/mounts | cut -d ' ' -f 2 | tac | xargs -r umount -l
	fi
	nvme disconnect-all
	srdctl unexport --all
	srd_teardown
}

# nqn_of DISK: its name in the network
nqn_of() {
	srdctl exports --noheadings --raw --output name,nqn | sed -n "s/^$1 //p"
}

# serve DISK [OPTION...]: to this machine, quietly
serve() {
	srdctl export "$@" --allow "$HOSTNQN" >"$BATS_TEST_TMPDIR/served"
}

# connect DISK [OPTION...]: as this machine; later options of nvme connect take the place of these
connect() {
	local disk=$1
	shift

	nvme connect --transport=tcp --traddr=127.0.0.1 --trsvcid=4420 --nqn="$(nqn_of "$disk")" \
		--hostnqn="$HOSTNQN" --hostid="$HOSTID" --reconnect-delay=1 --ctrl-loss-tmo=60 "$@"
}

# far DISK: the path of the disk that this machine sees, once it is there
far() {
	local uuid

	uuid=$(cat "/sys/kernel/config/nvmet/subsystems/$(nqn_of "$1")/namespaces/1/device_uuid")
	eventually far_is_there "$uuid"
	far_find "$uuid"
}

far_find() {
	local disk

	# a name with a c is a way to a disk
	for disk in /sys/block/nvme*; do
		[[ ${disk##*/} == *c* || ! -e $disk/uuid || $(<"$disk/uuid") != "$1" ]] || echo "/dev/${disk##*/}"
	done
}

far_is_there() {
	local disk

	disk=$(far_find "$1")
	[[ -n $disk && -b $disk ]]
}
