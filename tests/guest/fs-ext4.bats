#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# ext4 on a disk.
# modes: mq bio/6.12
# guest: --memory 1G

load fs

@test "ext4-keeps-a-tree" {
	load_srd size=256M
	file_system "e2fsck -fn" mkfs.ext4 -q
}

@test "ext4-of-1K-blocks-keeps-a-tree" {
	load_srd size=256M
	file_system "e2fsck -fn" mkfs.ext4 -q -b 1024
}

@test "ext4-on-blocks-of-4096-keeps-a-tree" {
	load_srd size=256M block_size=4096
	file_system "e2fsck -fn" mkfs.ext4 -q
}

# A machine that loses power: what was synced must be there after the journal was played.
@test "ext4-recovers-its-journal" {
	load_srd size=128M
	mkfs.ext4 -q /dev/srd0
	mount /dev/srd0 mnt
	tar -C mnt -xf tree.tar
	sync -f mnt
	cp --sparse=never /dev/srd0 copy
	umount mnt
	blkdiscard -f /dev/srd0
	dd if=copy of=/dev/srd0 bs=1M oflag=direct status=none
	rm copy
	mount /dev/srd0 mnt
	has_tree
	umount mnt
	e2fsck -fn /dev/srd0
}

# What was lazily left for later is zeroed while the tree arrives.
@test "ext4-with-lazy-initialisation-under-load" {
	load_srd size=1G
	mkfs.ext4 -q -E lazy_itable_init=1,lazy_journal_init=1,nodiscard /dev/srd0
	mount -o init_itable=0 /dev/srd0 mnt
	tar -C mnt -xf tree.tar
	has_tree
	umount mnt
	e2fsck -fn /dev/srd0
}
