#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What a disk gives back is gone from its books and is the machine's again.
# MemFree leaves out what the CPUs keep at hand, so that it tells the truth only roughly.
# modes: mq/6.1 mq/6.12 bio/every
# guest: --memory 1G

load data

# write_pages DISK COUNT: from the start on
write_pages() {
	write_direct "/dev/$1" 0 $(($2 * PAGE))
}

@test "memory-is-taken-page-by-page" {
	local n

	load_srd size=64M
	new_disk srd0
	for n in 1 2 3; do
		write_pages srd0 $n
		holds srd0 $((n + 1))
	done
	# a whole page for a sector, none for what is there
	dd if=/dev/zero of=/dev/srd0 bs=512 count=1 seek=800 oflag=direct status=none
	holds srd0 5
	write_pages srd0 3
	holds srd0 5
	# and a node for a page that is far away
	dd if=/dev/zero of=/dev/srd0 bs=512 count=1 seek=32M oflag=direct,seek_bytes status=none
	holds srd0 7
}

@test "a-full-disk-costs-less-than-0.3-percent-beside-its-data" {
	load_srd size=128M
	write_direct /dev/srd0 0 $((128 * MiB))
	at_most $(($(used srd0) - 128 * MiB)) $((128 * MiB * 3 / 1000)) "overhead"
}

@test "discard-gives-memory-back" {
	local before full after

	load_srd size=256M
	new_disk srd0
	before=$(unused)
	write_direct /dev/srd0 0 $((256 * MiB))
	full=$(unused)
	holds srd0 "$(with_nodes 65536)"
	at_least $((before - full)) $((192 * MiB)) "memory that was taken"

	blkdiscard /dev/srd0
	holds srd0 0
	settle
	after=$(unused)
	at_least $((after - full)) $((192 * MiB)) "memory that came back"
	is "$(total used)" "${EMPTY[srd0]}" "memory of all disks"
}

@test "write-zeroes-that-unmaps-gives-memory-back" {
	load_srd size=64M
	new_disk srd0
	write_pages srd0 1024
	fallocate -p -n -o 0 -l 4M /dev/srd0
	holds srd0 0
}

# BLKZEROOUT asks for memory that is there afterwards: what was there stays, no more.
@test "zeroout-neither-takes-nor-gives-memory" {
	load_srd size=64M
	new_disk srd0
	write_pages srd0 1024
	blkdiscard -z -l 32M /dev/srd0
	holds srd0 1026
	zeroes /dev/srd0 0 $((8 * MiB))
}

# places FIRST STEP LAST: positions of pages, in a file each: upwards, downwards and shuffled
places() {
	seq "$@" >upwards
	tac upwards >downwards
	shuf --random-source=/bin/bash upwards >shuffled
}

@test "discard-page-by-page-gives-the-nodes-back" {
	local order

	load_srd size=64M
	new_disk srd0
	places 0 4096 $((1023 * 4096))
	for order in upwards downwards shuffled; do
		write_pages srd0 1024
		holds srd0 1026
		data-empty discard 4096 /dev/srd0 <$order
		holds srd0 0
	done
}

# The same where a node of nodes goes as well: pages at the ends of two of them.
@test "discard-page-by-page-gives-all-levels-back" {
	local order

	load_srd size=1T
	new_disk srd0
	places $((GiB / 2)) $((GiB / 2 - 4096)) $((32 * GiB))
	for order in upwards downwards shuffled; do
		data-empty write 4096 /dev/srd0 <$order
		holds srd0 $((64 + 64 + 32))
		data-empty discard 4096 /dev/srd0 <$order
		holds srd0 0
	done
}

@test "partly-discarded-pages-stay" {
	load_srd size=64M
	new_disk srd0
	write_pages srd0 4
	blkdiscard -o 512 -l 3584 /dev/srd0
	blkdiscard -o 4096 -l 3584 /dev/srd0
	blkdiscard -o 11776 -l 1024 /dev/srd0
	holds srd0 5
	blkdiscard -o 3584 -l 9216 /dev/srd0
	holds srd0 3
}

@test "removing-a-disk-gives-memory-back" {
	local before full after

	load_srd size=16M
	srdctl create -s 256M >path
	before=$(unused)
	write_direct /dev/srd1 0 $((256 * MiB))
	full=$(unused)
	srdctl remove srd1
	settle
	after=$(unused)
	at_least $((before - full)) $((192 * MiB)) "memory that was taken"
	at_least $((after - full)) $((192 * MiB)) "memory that came back"
	is "$(total used)" "$(used srd0)" "memory of all disks"
}

@test "unloading-gives-memory-back" {
	local before after

	before=$(unused)
	load_srd size=256M
	write_direct /dev/srd0 0 $((256 * MiB))
	unload_srd
	after=$(unused)
	at_least $((after - before)) $((-64 * MiB)) "what came back, less what was taken"
}

@test "fstrim-shrinks-an-ext4-that-was-cleaned-up" {
	local full

	load_srd size=256M
	mkfs.ext4 -q /dev/srd0
	mkdir -p mnt
	mount /dev/srd0 mnt
	pattern 40M >mnt/large
	sync -f mnt
	full=$(used srd0)
	at_least "$full" $((40 * MiB)) "used with the file"
	rm mnt/large
	sync -f mnt
	fstrim mnt
	at_most "$(used srd0)" $((full - 39 * MiB)) "used after fstrim"
	umount mnt
	e2fsck -fn /dev/srd0
}

@test "ext4-mounted-with-discard-shrinks-by-itself" {
	local full

	load_srd size=256M
	mkfs.ext4 -q /dev/srd0
	mkdir -p mnt
	mount -o discard /dev/srd0 mnt
	pattern 40M >mnt/large
	sync -f mnt
	full=$(used srd0)
	rm mnt/large
	sync -f mnt
	eventually shrunk_to $((full - 39 * MiB))
	umount mnt
}

shrunk_to() {
	at_most "$(used srd0)" "$1"
}

# The disk ends within a page: what is left of that page is nobody's.
@test "the-last-page-of-a-disk-that-ends-within-it-comes-back" {
	local command

	for command in "blkdiscard" "blkdiscard --secure" "fallocate -p -o 0 -l 1049600"; do
		load_srd size=1025K
		new_disk srd0
		write_direct /dev/srd0 0 $((1025 * 1024))
		holds srd0 258
		$command /dev/srd0
		holds srd0 0
		zeroes /dev/srd0
		unload_srd
	done
}

@test "discard-of-a-filled-gigabyte-does-not-stall" {
	load_srd size=1G mem_limit=2G
	new_disk srd0
	write_direct /dev/srd0 0 $((600 * MiB))
	blkdiscard /dev/srd0
	holds srd0 0
	settle
	# the machine's watchdogs have said nothing: the run would fail
}
