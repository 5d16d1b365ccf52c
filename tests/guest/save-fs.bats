#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# modes: mq/6.12
#
# Saving a disk whose file system is mounted and written: what comes back is whole.
# guest: --memory 1G --cpus 2
# timeout: 600

load save
load fs

# under_load SYNC MKFS... : makes a file system on srd0 with the tree in it, and saves it while more
# is written: saved.raw and saved.zst. With SYNC=yes the tree is on the disk before; without, it is
# for freezing to bring it there. OPTIONS are more options for srdctl save.
under_load() {
	local sync=$1 file
	shift

	"$@" /dev/srd0
	mount /dev/srd0 mnt
	tar -C mnt -xf tree.tar
	[[ $sync == no ]] || sync -f mnt
	( trap - DEBUG
	while [[ ! -e stop ]]; do
		mkdir -p "mnt/more/$((++n))"
		tar -C "mnt/more/$n" -xf tree.tar usr/share/misc
		[[ $n -lt 3 ]] || rm -r "mnt/more/$((n - 2))"
	done ) 3>&- &
	eventually test -e mnt/more/2
	for file in saved.raw saved.zst; do
		srdctl save "${OPTIONS[@]}" srd0 $file
	done
	: >stop
	wait $!
	rm stop
	umount mnt
	srdctl remove srd0
}

# comes_back FILE CHECK: the disk in it is a whole file system with the tree
comes_back() {
	is "$(srdctl restore "$1")" /dev/srd0
	mount /dev/srd0 mnt
	has_tree
	umount mnt
	$2 /dev/srd0
	eventually srdctl remove srd0
	rm "$1"
}

@test "ext4-saved-while-it-is-written" {
	load_srd size=160M
	under_load no mkfs.ext4 -q
	# not even its journal has to be replayed
	srdctl restore saved.raw
	e2fsck -fn /dev/srd0
	eventually srdctl remove srd0
	comes_back saved.raw "e2fsck -fn"
	comes_back saved.zst "e2fsck -fn"
}

@test "ext4-saved-without-freezing-it" {
	load_srd size=160M
	OPTIONS=(--no-freeze)
	under_load yes mkfs.ext4 -q
	rm saved.raw
	comes_back saved.zst "e2fsck -fn"
}

@test "xfs-saved-while-it-is-written" {
	load_srd size=320M
	under_load no mkfs.xfs -q
	rm saved.raw
	comes_back saved.zst "xfs_repair -n"
}

# Not every kernel freezes a btrfs by its disk; without, it is as after a power cut.
@test "btrfs-saved-while-it-is-written" {
	load_srd size=256M
	under_load yes mkfs.btrfs -q
	rm saved.zst
	comes_back saved.raw "btrfs check -p"
}
