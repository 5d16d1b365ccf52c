#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016 # what the machines run is expanded there
#
# Two machines, one of which uses the other's disk over a network that is cut.

load machines

setup_file() {
	"$TOP/scripts/kernel" "$KERNEL" >/dev/null || [ $? -ne 77 ] || skip "there is no kernel $KERNEL"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	end_all
}

@test "nothing-is-lost-when-the-network-goes-and-comes" {
	machine 1 '
		serve 64M data 2
		serve 1M done 2
		until_done
		srdctl unexport --all
		srdctl remove --all
		rmmod srd'
	machine 2 '
		data=$(use data 1 --keep-alive-tmo=1)
		done=$(use done 1)
		if nvme connect --transport=tcp --traddr=10.77.0.1 --trsvcid=4420 --nqn="$(nqn_of data 1)" \
			--hostnqn="$(nqn_of_host 3)" --hostid=00000000-0000-0000-0000-000000000003; then
			echo "a stranger was let in"
			exit 1
		fi
		mkfs.ext4 -q "$data"
		mount "$data" /mnt
		echo writing
		fio --name=v --directory=/mnt --rw=randwrite --bsrange=4k-64k --size=24M --direct=1 --rate=3M \
			--ioengine=io_uring --iodepth=16 --verify=crc32c --verify_state_save=0
		umount /mnt
		fsck.ext4 -fn "$data"
		dmesg | grep "Successfully reconnected"
		tell_done "$done"
		nvme disconnect-all'
	says 2 writing
	for _ in 1 2; do
		monitor 2 "set_link net off"
		sleep 3
		monitor 2 "set_link net on"
		sleep 1
	done
	ends 2
	ends 1
}
