#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# A forced shrink while others have the disk open: what they hold in memory neither shows through a
# later grow nor takes the machine down.
# modes: mq/6.12 bio/every
# guest: --memory 1G --cpus 2

load data

# How the page cache got what is cut off: read there, or written and not yet on the disk.
cut_and_grow() {
	local how=$1 device=$2 offset=$3 fd

	exec {fd}<>"$device"
	if [[ $how = dirty ]]; then
		tr '\0' Z </dev/zero | dd of="$device" bs=64K seek=$((offset >> 16)) count=16 \
			iflag=fullblock conv=notrunc status=none
	else
		tr '\0' Z </dev/zero | dd of="$device" bs=64K seek=$((offset >> 16)) count=16 \
			iflag=fullblock conv=notrunc,fsync status=none
	fi
	srdctl resize --force srd0 32M
	srdctl resize srd0 64M
	cmp -n "$MiB" -i "$offset:0" "$device" /dev/zero
	sync
	exec {fd}>&-
	zeroes "$device" "$offset" "$MiB"
}

@test "forced-shrink-drops-clean-cache-of-the-disk" {
	load_srd size=64M
	cut_and_grow clean /dev/srd0 $((40 * MiB))
}

@test "forced-shrink-drops-dirty-cache-of-the-disk" {
	load_srd size=64M
	cut_and_grow dirty /dev/srd0 $((40 * MiB))
}

@test "forced-shrink-drops-clean-cache-of-a-partition" {
	load_srd size=64M
	echo '2048,' | sfdisk --quiet /dev/srd0
	eventually test -b /dev/srd0p1
	cut_and_grow clean /dev/srd0p1 $((40 * MiB))
}

@test "forced-shrink-drops-dirty-cache-of-a-partition" {
	load_srd size=64M
	echo '2048,' | sfdisk --quiet /dev/srd0
	eventually test -b /dev/srd0p1
	cut_and_grow dirty /dev/srd0p1 $((40 * MiB))
}

@test "forced-shrink-leaves-a-mounted-file-system-its-journal" {
	local i

	load_srd size=1G
	mkdir -p /tmp/mnt
	# metadata all over the disk, and much of it in the running transaction
	mkfs.ext4 -q -b 4096 -O ^flex_bg -E lazy_itable_init=0 -J size=16 /dev/srd0
	mount -o commit=300 /dev/srd0 /tmp/mnt
	for i in {1..60}; do
		mkdir /tmp/mnt/$i
		echo "$i" >/tmp/mnt/$i/old
	done
	sync
	for i in {1..60}; do
		: >/tmp/mnt/$i/new
	done
	srdctl resize --force srd0 768M
	# the file system may say that it lost blocks; the kernel must be well
	sync -f /tmp/mnt || echo "sync said so"
	umount /tmp/mnt
	is "$(attr srd0 capacity)" $((768 * MiB))
}

# end_of DEVICE: where a program finds its end
end_of() {
	perl -e 'open my $f, "<", shift or die; print sysseek($f, 0, 2)' "$1"
}

# One call of write() that the shrink comes into: it must not set the size back to where it ends.
@test "forced-shrink-under-a-buffered-writer" {
	local i

	load_srd size=64M
	head -c 64M /dev/zero | tr '\0' Z >full
	for i in 1 2 3 4; do
		rm -f stop
		until [[ -e stop ]]; do
			dd if=full of=/dev/srd0 bs=64M count=1 conv=notrunc
		done 2>/dev/null &
		eventually grew $((MiB / 4))
		srdctl resize --force srd0 16M
		is "$(end_of /dev/srd0)" $((16 * MiB)) "the disk's end"
		touch stop
		wait $! || echo "dd said that it did not fit"
		is "$(end_of /dev/srd0)" $((16 * MiB)) "the disk's end, after dd"
		srdctl resize srd0 64M
		cmp -n $((48 * MiB)) -i $((16 * MiB)):0 /dev/srd0 /dev/zero
		zeroes /dev/srd0 $((16 * MiB)) $((48 * MiB))
		blkdiscard /dev/srd0
	done
}

# grew BYTES: the page cache holds so much that is not yet written
grew() {
	at_least "$(($(meminfo Dirty) + $(meminfo Writeback)))" "$1"
}
