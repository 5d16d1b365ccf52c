#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Requests as the block layer makes them out of what was asked: merged, and cut in pieces.
# modes: mq bio/6.12
# guest: --memory 1G --cpus 2

load data

@test "nowait-write-leaves-its-merged-neighbours-able-to-wait" {
	local result

	load_srd size=256M
	write_direct /dev/srd0 0 $((64 * MiB))
	# room for what is there and no more: a new page has to wait for one on its way back
	used srd0 >/sys/module/srd/parameters/mem_limit
	result=$(data-merged-nowait /dev/srd0 "$MiB" 20)
	matches "$result" '^nowait [0-9]+ others 0$' "writes that ended in EAGAIN"
}

@test "zeroing-across-4-GiB-frees-every-page" {
	local block

	for block in 512 4096; do
		load_srd size=8G block_size=$block
		new_disk srd0
		# the last page below 4 GiB, which an odd limit of a request would cut in two
		write_direct /dev/srd0 $((4096 * MiB - PAGE)) $PAGE
		write_direct /dev/srd0 $((10 * PAGE)) $PAGE
		fallocate --punch-hole --offset 0 --length 8G /dev/srd0
		holds srd0 0
		unload_srd
	done
}

@test "erasing-securely-across-4-GiB-frees-every-page" {
	load_srd size=8G
	new_disk srd0
	write_direct /dev/srd0 $((4096 * MiB - PAGE)) $((2 * PAGE))
	blkdiscard --force --secure /dev/srd0
	holds srd0 0
	zeroes /dev/srd0 $((4096 * MiB - PAGE)) $((2 * PAGE))
}
