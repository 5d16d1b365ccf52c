#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What other drivers put on a disk.
# modes: mq/6.12 bio/every
# guest: --memory 1G

load data

module() {
	modprobe -q "$1" || skip "this kernel has no $1"
}

# What a test that failed left on the disks.
teardown() {
	if [[ ${BATS_TEST_COMPLETED-} != 1 ]]; then
		umount mnt || echo "not mounted"
		mdadm --stop --scan || echo "no arrays"
		dmsetup remove_all
		losetup -D
	fi
	srd_teardown
}

@test "loop-on-a-disk" {
	local dev

	module loop
	load_srd size=64M
	new_disk srd0
	dev=$(losetup --find --show --direct-io=on /dev/srd0)
	data-model -e -n 1000 -o 1M -r 4M "$dev"
	blkdiscard -f "$dev"
	holds srd0 0
	losetup -d "$dev"
	eventually not_held srd0
}

not_held() {
	[[ $(awk -v disk="$1" '$1 == disk { print $7 }' /proc/srd) == 0 ]]
}

@test "dm-linear-over-two-disks" {
	module dm-mod
	load_srd size=32M,32M
	new_disk srd0
	new_disk srd1
	# from the middle of the first to the middle of the second
	dmsetup create --noudevsync joined <<-'END'
		0 32768 linear /dev/srd0 32768
		32768 32768 linear /dev/srd1 0
	END
	dmsetup mknodes
	data-model -e -n 1000 -o 14M -r 4M /dev/mapper/joined
	refuses "busy" srdctl remove srd0
	blkdiscard -f /dev/mapper/joined
	dmsetup remove --noudevsync joined
	holds srd0 0
	holds srd1 0
}

# dm does not ask whether what it stands on may be written.
@test "read-only-disk-refuses-writes-from-above" {
	module dm-mod
	load_srd
	srdctl create -s 1M --read-only
	dmsetup create --noudevsync above --table "0 2048 linear /dev/srd0 0"
	dmsetup mknodes
	refuses "" dd if=/dev/zero of=/dev/mapper/above bs=4k count=1 oflag=direct
	refuses "" blkdiscard -f /dev/mapper/above
	dd if=/dev/mapper/above of=/dev/null bs=4k count=1 iflag=direct status=none
	dmsetup remove --noudevsync above
	is "$(attr srd0 write_ios) $(attr srd0 write_errors) $(attr srd0 read_errors)" "1 1 0"
}

@test "dm-crypt-on-a-disk" {
	module dm-crypt
	load_srd size=32M
	dmsetup create --noudevsync secret --table \
		"0 65536 crypt aes-xts-plain64 $(printf '0%.0s' {1..128}) 0 /dev/srd0 0"
	dmsetup mknodes
	pattern 4M | dd of=/dev/mapper/secret bs=1M iflag=fullblock oflag=direct status=none
	is "$(dd if=/dev/mapper/secret bs=1M count=4 iflag=direct status=none | md5sum)" \
		"$(pattern 4M | md5sum)"
	# what arrives below is something else
	run ! cmp -n 4096 <(pattern 4M) /dev/srd0
	dmsetup remove --noudevsync secret
}

@test "raid0-over-two-disks" {
	module raid0
	load_srd size=32M,32M
	mdadm --create /dev/md0 --run --quiet --level=0 --raid-devices=2 --metadata=1.0 \
		/dev/srd0 /dev/srd1
	data-model -e -n 1000 -o 1M -r 4M /dev/md0
	mkfs.ext4 -q /dev/md0
	mkdir -p mnt
	mount /dev/md0 mnt
	pattern 10M >mnt/file
	umount mnt
	mount /dev/md0 mnt
	is "$(md5sum <mnt/file)" "$(pattern 10M | md5sum)"
	umount mnt
	mdadm --stop --quiet /dev/md0
}

@test "raid1-survives-a-disk-that-is-removed-by-force" {
	module raid1
	load_srd size=32M,32M
	mdadm --create /dev/md0 --run --quiet --level=1 --raid-devices=2 --metadata=1.0 \
		--assume-clean /dev/srd0 /dev/srd1
	pattern 8M | dd of=/dev/md0 bs=1M iflag=fullblock oflag=direct status=none
	srdctl remove --force srd1
	is "$(dd if=/dev/md0 bs=1M count=8 iflag=direct status=none | md5sum)" \
		"$(pattern 8M | md5sum)"
	pattern 8M 5000000 | dd of=/dev/md0 bs=1M iflag=fullblock oflag=direct status=none
	is "$(dd if=/dev/md0 bs=1M count=8 iflag=direct status=none | md5sum)" \
		"$(pattern 8M 5000000 | md5sum)"
	mdadm --stop --quiet /dev/md0
}
