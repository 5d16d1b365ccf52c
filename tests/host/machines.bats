#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016 # what the machines run is expanded there
#
# Disks of other machines, over a network. SRD_MACHINES_KERNEL says which kernel they have (6.12).

load machines

@test "nothing-is-lost-when-the-network-goes-and-comes" {
	machine 1 2
	ask 1 'srdctl create --size 64M --label data; serve data --allow "$(nqn_of_host 2)"'
	ask 2 'use data 1 --keep-alive-tmo=1 >/run/disk
		mkfs.ext4 -q "$(</run/disk)"
		mount "$(</run/disk)" /mnt
		in_background fio write_verified --directory=/mnt --size=16M --rate=3M'
	for _ in 1 2; do
		monitor 2 "set_link net off"
		sleep 3
		monitor 2 "set_link net on"
		sleep 1
	done
	ask 2 'PATIENCE=120 eventually has_ended fio
		is "$(</run/fio.ended)" 0 "status of fio"
		dmesg | grep "Successfully reconnected"
		umount /mnt
		fsck.ext4 -fn "$(</run/disk)"
		leave data 1'
	end 1 2
}

@test "two-machines-memory-is-one-disk-of-a-third-and-of-nobody-else" {
	local key n

	machine 1 2 3
	for n in 1 2; do
		ask "$n" 'srdctl create --size 24M --label part
			refuses "--allow" srdctl export part --address "10.77.0.$N"
			is "$(srdctl exports --noheadings --raw)" ""'
	done
	key=$(ask 1 'nvme gen-dhchap-key --nqn="$(nqn_of_host 3)" | tee /run/key')
	ask 1 'serve part --allow "$(nqn_of_host 3)" --auth /run/key'
	ask 2 'serve part --allow "$(nqn_of_host 3)"'
	# who is not named, though it knows the key
	ask 1 'refuses "could not add new controller" connect part 2'
	ask 2 "refuses 'could not add new controller' connect part 1 --dhchap-secret=$key"
	# who does not know it, though it is named
	ask 3 'refuses "could not add new controller" connect part 1
		other=$(nvme gen-dhchap-key --nqn="$(nqn_of_host 3)")
		refuses "could not add new controller" connect part 1 --dhchap-secret="$other"'
	ask 3 "first=\$(use part 1 --dhchap-secret=$key)"'
		second=$(use part 2)
		srd-stripe create s "$first" "$second"
		mkfs.ext4 -q /dev/md/s
		mount /dev/md/s /mnt
		write_verified --directory=/mnt --size=28M
		umount /mnt
		fsck.ext4 -fn /dev/md/s
		srd-stripe stop s
		leave part 1
		leave part 2'
	for n in 1 2; do
		ask "$n" 'at_least "$(used "$(path_here part)")" $((13 * 1048576)) "memory of a half"'
	done
	end 1 2 3
}
