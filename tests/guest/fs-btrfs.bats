#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# btrfs on a disk, and over two of them.
# modes: mq/6.12 bio/every
# guest: --memory 1G

load fs

@test "btrfs-keeps-a-tree" {
	load_srd size=256M
	file_system "btrfs check -p" mkfs.btrfs -q
}

@test "btrfs-on-blocks-of-4096-keeps-a-tree" {
	load_srd size=256M block_size=4096
	file_system "btrfs check -p" mkfs.btrfs -q
}

@test "btrfs-mirrors-over-two-disks" {
	load_srd size=192M,192M
	mkfs.btrfs -q -m raid1 -d raid1 /dev/srd0 /dev/srd1
	btrfs device scan
	mount /dev/srd0 mnt
	tar -C mnt -xf tree.tar
	has_tree
	btrfs scrub start -B mnt
	umount mnt
	btrfs check /dev/srd1
}
