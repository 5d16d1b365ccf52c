#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Flushes, forced writes, and disks that nobody may write to.
# modes: mq/6.1 mq/6.12 bio/every
# guest: --memory 512M

load data

@test "flush-and-sync-of-a-disk-succeed" {
	load_srd size=64M
	dd if=/dev/zero of=/dev/srd0 bs=4k count=100 oflag=direct,sync status=none
	dd if=/dev/zero of=/dev/srd0 bs=4k count=100 oflag=dsync status=none
	dd if=/dev/zero of=/dev/srd0 bs=4k count=100 conv=fsync status=none
	dd if=/dev/zero of=/dev/srd0 bs=4k count=100 conv=fdatasync status=none
	blockdev --flushbufs /dev/srd0
	sync /dev/srd0
	sync -d /dev/srd0
	is "$(attr srd0 write_errors) $(attr srd0 flush_errors)" "0 0"
}

@test "fio-with-sync-and-fsync-verifies" {
	load_srd size=64M
	fio --filename=/dev/srd0 --size=8M --bs=4k --rw=randwrite --verify=crc32c --verify_fatal=1 \
		--direct=1 --minimal --name=dsync --sync=dsync --ioengine=io_uring --iodepth=8 \
		--name=fsync --offset=8M --fsync=8 --ioengine=psync >fio.out || fail "$(cat fio.out)"
}

# A file system with a journal flushes and forces writes all the time.
@test "journal-commits-succeed" {
	load_srd size=64M
	mkfs.ext4 -q /dev/srd0
	mkdir -p mnt
	mount -o data=journal /dev/srd0 mnt
	dd if=/dev/zero of=mnt/file bs=4k count=200 oflag=sync status=none
	umount mnt
	e2fsck -fn /dev/srd0
	is "$(log_since | grep -c 'srd0.*error' || true)" 0 "errors in the log"
}

read_only_refuses_all() {
	local sum

	sum=$(checksum /dev/srd0)
	refuses "" dd if=/dev/urandom of=/dev/srd0 bs=4k count=1 oflag=direct
	refuses "" dd if=/dev/urandom of=/dev/srd0 bs=4k count=1 conv=fsync
	refuses "" mkfs.ext4 -q -F /dev/srd0
	refuses "" blkdiscard -f /dev/srd0
	refuses "" blkdiscard -f -z /dev/srd0
	refuses "" blkdiscard -f -s /dev/srd0
	refuses "" fallocate -p -n -o 0 -l 1M /dev/srd0
	is "$(checksum /dev/srd0)" "$sum" "what is on the disk"
}

@test "a-read-only-disk-refuses-all-that-writes" {
	load_srd
	srdctl create -s 4M --read-only >path
	is "$(cat /sys/block/srd0/ro)" 1
	read_only_refuses_all
	is "$(attr srd0 write_ios) $(attr srd0 discard_ios)" "0 0" "requests that came through"
}

@test "a-disk-made-read-only-keeps-what-it-has" {
	load_srd size=4M
	mkfs.ext4 -q /dev/srd0
	blockdev --setro /dev/srd0
	read_only_refuses_all
	mkdir -p mnt
	mount -o ro /dev/srd0 mnt
	umount mnt
	blockdev --setrw /dev/srd0
	mount /dev/srd0 mnt
	touch mnt/file
	umount mnt
}

@test "requests-past-the-end-are-refused" {
	load_srd
	srdctl create -s $((MiB + 512)) >path
	is "$(blockdev --getsz /dev/srd0)" 2049
	dd if=/dev/zero of=/dev/srd0 bs=512 count=1 seek=2048 oflag=direct status=none
	refuses "No space left on device" dd if=/dev/zero of=/dev/srd0 bs=512 count=1 seek=2049 oflag=direct
	refuses "No space left on device" dd if=/dev/zero of=/dev/srd0 bs=512 count=1 seek=2049
	is "$(dd if=/dev/srd0 bs=4k iflag=direct status=none | wc -c)" $((MiB + 512))
	is "$(dd if=/dev/srd0 bs=4k status=none | wc -c)" $((MiB + 512))
	echo "$MiB" >places
	refuses "Invalid argument" data-empty discard 1024 /dev/srd0 <places
	refuses "Invalid argument" data-empty zeroout 1024 /dev/srd0 <places
	data-empty discard 512 /dev/srd0 <places
}

@test "requests-between-blocks-are-refused" {
	load_srd size=16M block_size=4096
	refuses "Invalid argument" dd if=/dev/zero of=/dev/srd0 bs=512 count=1 oflag=direct
	refuses "Invalid argument" dd if=/dev/srd0 of=/dev/null bs=2048 count=1 iflag=direct
	echo 512 >places
	refuses "Invalid argument" data-empty discard 4096 /dev/srd0 <places
	refuses "Invalid argument" data-empty punch 4096 /dev/srd0 <places
	# but through the page cache all goes
	write_direct /dev/srd0 0 "$MiB" <(pattern 1M)
	echo -n hello | dd of=/dev/srd0 bs=1 seek=1000 conv=notrunc,fsync status=none
	is "$(dd if=/dev/srd0 bs=1 skip=1000 count=5 status=none)" hello
}
