# SPDX-License-Identifier: GPL-2.0
#
# What the system's own tools see of a disk: limits, geometry, partitions, flags.
# modes: mq/6.12 bio/every

load lib

# queue NAME: an attribute of srd0's queue
queue() {
	cat "/sys/block/srd0/queue/$1"
}

@test "queue-limits-are-those-of-memory" {
	load_srd size=16M
	is "$(queue rotational)" 0
	is "$(queue add_random)" 0
	is "$(queue logical_block_size)" 512
	is "$(queue physical_block_size)" 4096
	is "$(queue minimum_io_size)" 4096
	is "$(queue hw_sector_size)" 512
	is "$(queue max_segments)" 65535
	is "$(queue chunk_sectors)" 0
	is "$(queue virt_boundary_mask)" 0
	is "$(queue zoned)" none
	is "$(queue dax)" 0
	is "$(cat /sys/block/srd0/alignment_offset)" 0
	is "$(queue max_hw_sectors_kb)" 16384
	at_least "$(queue max_segment_size)" $((1 << 31)) max_segment_size
	[[ $(attr srd0 mode) == bio ]] || matches "$(queue scheduler)" '\[none\]'
}

@test "caches-need-no-flush" {
	load_srd size=1M
	is "$(queue write_cache)" "write through"
	is "$(queue fua)" 0
	is "$(queue stable_writes)" 0
}

@test "discard-and-zeroing-are-offered-in-full-length" {
	local name

	load_srd size=16M
	is "$(queue discard_granularity)" 4096
	is "$(cat /sys/block/srd0/discard_alignment)" 0
	# of what a request can have a power of two, or a long range would be cut within a node
	for name in discard_max_bytes discard_max_hw_bytes write_zeroes_max_bytes; do
		is "$(queue $name)" $((1 << 31)) $name
	done
}

@test "blockdev-and-lsblk-agree" {
	load_srd
	ctl create capacity=32M block_size=4096 flags=1
	is "$(blockdev --getsize64 /dev/srd0)" $((32 * MiB))
	is "$(blockdev --getss /dev/srd0)" 4096
	is "$(blockdev --getpbsz /dev/srd0)" 4096
	is "$(blockdev --getiomin /dev/srd0)" 4096
	is "$(blockdev --getro /dev/srd0)" 1
	is "$(blockdev --getmaxsect /dev/srd0)" "$(($(queue max_sectors_kb) * 2))"
	is "$(lsblk -bdnro NAME,TYPE,SIZE,RO,ROTA,LOG-SEC,PHY-SEC,RM /dev/srd0)" \
		"srd0 disk 33554432 1 0 4096 4096 0"
}

@test "block-size-bounds-each-request" {
	load_srd size=1M block_size=4096
	refuses 'Invalid argument' dd if=/dev/srd0 bs=512 count=1 iflag=direct
	refuses 'Invalid argument' dd if=/dev/srd0 bs=4096 count=1 skip=512 iflag=direct,skip_bytes
	dd if=/dev/srd0 of=/dev/null bs=4096 count=1 iflag=direct status=none
	refuses 'not aligned' blkdiscard -o 512 -l 4096 /dev/srd0
	refuses 'not aligned' blkdiscard -o 0 -l 512 /dev/srd0
}

@test "geometry-covers-the-disk" {
	load_srd size=64M,1T
	is "$(ctl geometry /dev/srd0 | paste -sd ' ')" "heads=32 sectors=64 cylinders=64 start=0"
	# cylinders are a 16-bit number
	is "$(ctl geometry /dev/srd1 | paste -sd ' ')" "heads=32 sectors=64 cylinders=65535 start=0"
	sfdisk -q /dev/srd0 <<<',16M'
	matches "$(ctl geometry /dev/srd0p1)" 'start=[1-9]'
}

@test "partitions-come-and-go" {
	load_srd size=64M
	sfdisk -q /dev/srd0 <<<$'label: gpt\n,16M\n,16M\n,'
	[[ -b /dev/srd0p1 && -b /dev/srd0p3 ]] || fail "no partitions"
	is "$(blockdev --getsize64 /dev/srd0p2)" $((16 * MiB))
	echo two | dd of=/dev/srd0p2 conv=fsync status=none
	is "$(dd if=/dev/srd0 bs=1M skip="$(cat /sys/block/srd0/srd0p2/start)" iflag=skip_bytes \
		count=0 2>/dev/null; dd if=/dev/srd0 bs=512 count=1 status=none iflag=direct \
		skip="$(cat /sys/block/srd0/srd0p2/start)" | head -c 3)" two "where the partition starts"
	sfdisk -q --delete /dev/srd0 2
	[[ ! -e /dev/srd0p2 && -b /dev/srd0p3 ]] || fail "srd0p2 is still there, or srd0p3 is not"
	partx -d /dev/srd0
	[[ ! -e /dev/srd0p1 ]] || fail "srd0p1 is still there"
	blockdev --rereadpt /dev/srd0
	[[ -b /dev/srd0p1 ]] || fail "srd0p1 did not come back"
	parted -s /dev/srd0 mklabel msdos mkpart primary 1MiB 100%
	is "$(lsblk -nro NAME /dev/srd0 | paste -sd ' ')" "srd0 srd0p1"
}

@test "partitions-are-found-again-after-a-rescan-while-one-is-open" {
	local fd

	load_srd size=64M
	sfdisk -q /dev/srd0 <<<$',16M\n,16M'
	exec {fd}</dev/srd0p1
	refuses 'busy' blockdev --rereadpt /dev/srd0
	[[ -b /dev/srd0p1 && -b /dev/srd0p2 ]] || fail "a refused rescan took partitions away"
	exec {fd}<&-
	blockdev --rereadpt /dev/srd0
	[[ -b /dev/srd0p2 ]] || fail "no srd0p2"
}

@test "read-only-can-be-set-and-taken-back" {
	load_srd size=1M
	blockdev --setro /dev/srd0
	is "$(ctl info number=0 | sed -n 's/^state=//p')" 1 state
	refuses '' dd if=/dev/zero of=/dev/srd0 bs=4k count=1 oflag=direct
	blockdev --setrw /dev/srd0
	dd if=/dev/zero of=/dev/srd0 bs=4k count=1 oflag=direct status=none
	is "$(ctl info number=0 | sed -n 's/^state=//p')" 0 state
}

@test "signatures-are-found-and-wiped" {
	load_srd size=32M
	mkfs.ext4 -q -L mine -U 11111111-2222-3333-4444-555555555555 /dev/srd0
	is "$(blkid -p -o value -s TYPE /dev/srd0)" ext4
	is "$(blkid -p -o value -s LABEL /dev/srd0)" mine
	wipefs -qa /dev/srd0
	refuses '' blkid -p /dev/srd0
}

@test "io-statistics-of-the-block-layer" {
	load_srd size=16M
	echo 1 >/sys/block/srd0/queue/iostats
	dd if=/dev/zero of=/dev/srd0 bs=1M count=4 oflag=direct status=none
	is "$(awk '{ print $7 * 512 }' /sys/block/srd0/stat)" $((4 * MiB)) "bytes written"
	is "$(awk '{ print $9 }' /sys/block/srd0/stat)" 0 "in flight"
	is "$(awk '$3 == "srd0" { print $10 * 512 }' /proc/diskstats)" $((4 * MiB))
}

@test "unknown-ioctl-of-a-disk-is-ENOTTY" {
	load_srd size=1M
	# a command of the control node, asked of the disk
	refuses 'Inappropriate ioctl' perl -e 'open my $f, "<", "/dev/srd0" or die;
		ioctl($f, 0xc030d500, my $arg = pack("L12", 48)) or die "$!\n"'
}
