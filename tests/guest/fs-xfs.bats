#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# XFS on a disk.
# modes: mq/6.12 bio/every
# guest: --memory 1G

load fs

@test "xfs-keeps-a-tree" {
	load_srd size=320M
	file_system "xfs_repair -n" mkfs.xfs -q
}

@test "xfs-of-512-byte-sectors-keeps-a-tree" {
	load_srd size=320M
	file_system "xfs_repair -n" mkfs.xfs -q -s size=512
}

@test "xfs-on-blocks-of-4096-keeps-a-tree" {
	load_srd size=320M block_size=4096
	file_system "xfs_repair -n" mkfs.xfs -q
}
