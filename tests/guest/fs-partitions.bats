#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Partitions come, go and keep to themselves.
# modes: mq/6.12 bio/every
# guest: --memory 512M

load data

# Four partitions of 8, 16, 4 and the rest of a disk of 64 MiB.
four_partitions() {
	sfdisk -q "${1-/dev/srd0}" <<-'END'
		label: gpt
		size=8M
		size=16M
		size=4M
		size=+
	END
}

# partitions [DISK]: their names and sizes in KiB
partitions() {
	lsblk -bnro NAME,SIZE,TYPE "/dev/${1-srd0}" | awk '$3 == "part" { print $1, $2 / 1024 }'
}

is_partitioned() {
	is "$(partitions | head -3)" "$(printf '%s\n' 'srd0p1 8192' 'srd0p2 16384' 'srd0p3 4096')"
	is "$(partitions | wc -l)" 4 "partitions"
	[[ -b /dev/srd0p1 && -b /dev/srd0p2 && -b /dev/srd0p3 && -b /dev/srd0p4 ]]
}

@test "four-partitions-appear" {
	load_srd size=64M
	four_partitions
	is_partitioned
	sfdisk -q --verify /dev/srd0
}

@test "four-partitions-appear-on-blocks-of-4096" {
	load_srd size=64M block_size=4096
	four_partitions
	is_partitioned
	is "$(blockdev --getss /dev/srd0p2)" 4096
}

# numbers DISK: minors of the disk and its partitions, those of a major of their own
numbers() {
	local major

	major=$(awk '$2 == "srd" { print $1 }' /proc/devices)
	cat "/sys/block/$1/dev" "/sys/block/$1/$1"p*/dev | sed -n "s/^$major://p" | paste -sd ' '
}

# Beyond max_part the kernel takes numbers from its common pool.
@test "max_part-says-which-numbers-partitions-get" {
	load_srd size=64M,64M
	four_partitions /dev/srd1
	is "$(numbers srd1)" "1"
	unload_srd

	load_srd size=64M,64M max_part=3
	four_partitions /dev/srd1
	is "$(partitions srd1 | wc -l)" 4 "partitions"
	is "$(numbers srd1)" "3 4 5"
	unload_srd

	load_srd size=64M,64M max_part=16
	four_partitions /dev/srd1
	is "$(numbers srd1)" "16 17 18 19 20"
}

@test "partitions-keep-to-themselves" {
	local n before

	load_srd size=64M
	four_partitions
	for n in 1 2 3; do
		write_direct /dev/srd0p$n 0 $((4 * MiB)) <(pattern 4M $((n * 1000000)))
	done
	mkfs.ext4 -q /dev/srd0p4
	before=$(checksum /dev/srd0p4)

	blkdiscard -f /dev/srd0p2
	data-model -n 500 -o 0 -r 8M /dev/srd0p2
	refuses "No space left on device" \
		dd if=/dev/zero of=/dev/srd0p2 bs=1M count=1 seek=16 oflag=direct
	is "$(checksum /dev/srd0p1 0 $((4 * MiB)))" "$(pattern 4M 1000000 | md5sum)"
	is "$(checksum /dev/srd0p3 0 $((4 * MiB)))" "$(pattern 4M 3000000 | md5sum)"
	is "$(checksum /dev/srd0p4)" "$before"
	sfdisk -q --verify /dev/srd0
}

@test "file-systems-on-partitions" {
	load_srd size=64M
	four_partitions
	mkdir -p mnt mnt2
	mkfs.ext4 -q /dev/srd0p1
	mkfs.vfat /dev/srd0p2
	mount /dev/srd0p1 mnt
	mount /dev/srd0p2 mnt2
	pattern 2M >mnt/file
	cp mnt/file mnt2/file
	refuses "busy" srdctl remove srd0
	umount mnt mnt2
	mount /dev/srd0p1 mnt
	mount /dev/srd0p2 mnt2
	is "$(md5sum <mnt/file)" "$(pattern 2M | md5sum)"
	is "$(md5sum <mnt2/file)" "$(pattern 2M | md5sum)"
	umount mnt mnt2
	e2fsck -fn /dev/srd0p1
}

@test "rescans-find-what-is-there" {
	load_srd size=64M
	four_partitions
	blockdev --rereadpt /dev/srd0
	is_partitioned
	partprobe /dev/srd0
	is_partitioned

	# none is left when the table is gone
	wipefs -qaf /dev/srd0
	blockdev --rereadpt /dev/srd0
	is "$(partitions)" ""
	[[ ! -e /dev/srd0p1 ]]

	# and all are back when it is
	four_partitions
	partx -d /dev/srd0
	is "$(partitions)" ""
	partx -a /dev/srd0
	is_partitioned
}

@test "rescan-is-refused-while-a-partition-is-in-use" {
	load_srd size=64M
	four_partitions
	mkfs.ext4 -q /dev/srd0p1
	mkdir -p mnt
	mount /dev/srd0p1 mnt
	refuses "busy" blockdev --rereadpt /dev/srd0
	is_partitioned
	umount mnt
	blockdev --rereadpt /dev/srd0
}

@test "partitions-are-found-when-the-disk-is-made-again" {
	load_srd size=64M
	four_partitions
	dd if=/dev/srd0 of=image bs=1M status=none
	unload_srd

	load_srd
	srdctl create -s 64M >path
	[[ ! -e /dev/srd0p1 ]]
	dd if=image of=/dev/srd0 bs=1M oflag=direct status=none
	blockdev --rereadpt /dev/srd0
	is_partitioned
}

# uevents ACTION: devices of which udev is told this
uevents() {
	grep -a "^KERNEL.* $1 .*srd" events | sed 's|.*/||; s| .*||' | sort
}

@test "partition-uevents-and-nodes-come-and-go" {
	load_srd
	udevadm monitor --kernel --subsystem-match=block >events &
	eventually grep -q 'kernel uevent' events
	srdctl create -s 64M >path
	four_partitions
	srdctl remove srd0
	eventually grep -q 'remove.*srd0 ' events
	kill $!
	wait $! || true
	cat events
	is "$(uevents add | uniq)" "$(printf '%s\n' srd0 srd0p1 srd0p2 srd0p3 srd0p4)" "added"
	is "$(uevents remove | uniq)" "$(printf '%s\n' srd0 srd0p1 srd0p2 srd0p3 srd0p4)" "removed"
	is "$(find /dev /sys/class/block -name 'srd[0-9]*')" "" "left behind"
	is "$(total used)" 0
}

@test "a-partition-grows-with-the-disk" {
	load_srd size=64M
	four_partitions
	srdctl resize srd0 128M
	echo ", +" | sfdisk -q --no-reread --force -N 4 /dev/srd0
	partprobe /dev/srd0
	at_least "$(blockdev --getsize64 /dev/srd0p4)" $((98 * MiB)) "size of the last partition"
}
