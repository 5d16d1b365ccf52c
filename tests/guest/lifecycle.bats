# SPDX-License-Identifier: GPL-2.0
# modes: mq bio/every
# timeout: 400
#
# A disk's life: create, find, hold, remove (refused, forced, put off), unload.

load data

# Flags of SRD_IOC_CREATE and SRD_IOC_REMOVE
NUMBER=2 FORCE=1 DEFERRED=2

# create [FIELD=VALUE...]: print the new disk's name
create() (
	set -o pipefail
	ctl create capacity=64M "$@" | sed -n 's/^name=//p'
)

gone() {
	[[ ! -e /sys/block/$1 && ! -e /dev/$1 ]]
}

# fill DISK MIB
fill() {
	dd if=/dev/zero of="/dev/$1" bs=1M count="$2" oflag=direct status=none
}

# ones: a MiB of bytes of 1
ones() {
	perl -e 'print "\1" x (1 << 20)'
}

# holds_nothing FD: to that descriptor the disk has no bytes, neither to read nor to write
holds_nothing() {
	is "$(dd bs=4k count=1 iflag=direct status=none <&"$1" | wc -c)" 0 "bytes read"
	refuses 'error writing' bash -c "dd if=/dev/zero bs=4k count=1 oflag=direct >&$1"
	refuses 'error writing' bash -c "dd if=/dev/zero bs=4k count=1 conv=fsync >&$1"
}

# kernel_memory: bytes that the kernel holds for itself, without what it could do without
kernel_memory() {
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^(Slab|Percpu|VmallocUsed|PageTables|KernelStack):/ { sum += $2 } END { print sum * 1024 }' \
		/proc/meminfo
}

@test "lowest-free-number-is-taken" {
	load_srd
	is "$(create)" srd0
	is "$(create)" srd1
	is "$(create flags=$NUMBER number=3)" srd3
	is "$(create)" srd2
	is "$(create)" srd4
	ctl remove number=1
	gone srd1
	is "$(create)" srd1
	refuses EEXIST create flags=$NUMBER number=1
}

@test "label-is-unique-and-free-again-after-removal" {
	load_srd
	create label=one
	refuses EEXIST create label=one
	create label=two
	ctl remove number=0
	is "$(create label=one)" srd0
	is "$(attr srd0 label)" one
	is "$(total disks)" 2
}

@test "opening-a-node-creates-nothing" {
	load_srd size=1M
	mknod /root/node b "$(cut -d : -f 1 /sys/block/srd0/dev)" 5
	refuses 'No such device or address' dd if=/root/node count=1
	rm /root/node
	is "$(total disks)" 1
}

@test "remove-open-disk-is-EBUSY" {
	local fd

	load_srd size=1M
	exec {fd}</dev/srd0
	refuses EBUSY ctl remove number=0
	is "$(total disks)" 1
	exec {fd}<&-
	exec {fd}>/dev/srd0
	refuses EBUSY ctl remove number=0
	exec {fd}>&-
	ctl remove number=0
	gone srd0
	refuses ENODEV ctl remove number=0
}

@test "remove-mounted-disk-is-EBUSY" {
	load_srd size=32M
	mkfs.ext4 -q /dev/srd0
	mount /dev/srd0 /mnt
	refuses EBUSY ctl remove number=0
	touch /mnt/file
	umount /mnt
	ctl remove number=0
	gone srd0
}

@test "remove-with-an-open-partition-is-EBUSY" {
	local fd

	load_srd size=32M
	sfdisk -q /dev/srd0 <<<$',8M\n,8M'
	exec {fd}</dev/srd0p2
	is "$(ctl info number=0 | sed -n 's/^openers=//p')" 1 openers
	refuses EBUSY ctl remove number=0
	exec {fd}<&-
	mkfs.ext4 -q /dev/srd0p1
	mount /dev/srd0p1 /mnt
	refuses EBUSY ctl remove number=0
	umount /mnt
	ctl remove number=0
	gone srd0
	gone srd0p1
}

@test "remove-what-others-stand-on-is-EBUSY" {
	local loop

	load_srd size=32M,32M
	mkswap -q /dev/srd0
	swapon /dev/srd0
	refuses EBUSY ctl remove number=0
	swapoff /dev/srd0
	ctl remove number=0

	modprobe loop
	loop=$(losetup -f --show /dev/srd1)
	refuses EBUSY ctl remove number=1
	losetup -d "$loop"
	eventually ctl remove number=1
}

@test "remove-frees-all-memory" {
	local before

	load_srd size=128M
	before=$(available)
	fill srd0 50
	at_least "$(total used)" $((50 * MiB))
	at_most "$(available)" $((before - 30 * MiB)) MemAvailable
	ctl remove number=0
	is "$(total used)" 0
	at_least "$(available)" $((before - 10 * MiB)) MemAvailable
}

@test "force-under-an-open-descriptor" {
	local fd

	load_srd size=64M
	fill srd0 8
	exec {fd}<>/dev/srd0
	ctl remove number=0 flags=$FORCE
	gone srd0
	is "$(total disks)" 0
	is "$(total used)" 0
	holds_nothing "$fd"

	# the name is free while the old disk is still held, and is another disk
	is "$(create)" srd0
	cmp -n 1M /dev/srd0 /dev/zero
	holds_nothing "$fd"
	refuses 'in use' rmmod srd
	exec {fd}<&-
}

@test "force-under-a-mounted-ext4" {
	load_srd size=64M
	mkfs.ext4 -q /dev/srd0
	mount /dev/srd0 /mnt
	head -c 4M /dev/urandom >/mnt/synced
	sync -f /mnt
	head -c 4M /dev/urandom >/mnt/dirty
	ctl remove number=0 flags=$FORCE
	gone srd0
	is "$(total used)" 0
	echo 3 >/proc/sys/vm/drop_caches
	refuses 'error' cat /mnt/synced
	refuses 'in use' rmmod srd
	umount /mnt
	is "$(create)" srd0
	mkfs.ext4 -q /dev/srd0
}

@test "force-under-a-mounted-partition" {
	load_srd size=64M
	sfdisk -q /dev/srd0 <<<',32M'
	mkfs.ext4 -q /dev/srd0p1
	mount /dev/srd0p1 /mnt
	head -c 1M /dev/urandom >/mnt/dirty
	ctl remove number=0 flags=$FORCE
	gone srd0p1
	gone srd0
	is "$(total used)" 0
	umount /mnt
}

@test "deferred-waits-for-the-last-close" {
	local fd fd2

	load_srd size=64M
	ones | dd of=/dev/srd0 bs=1M iflag=fullblock oflag=direct status=none
	exec {fd}<>/dev/srd0
	ctl remove number=0 flags=$DEFERRED
	is "$(ctl info number=0 | sed -n 's/^state=//p')" 2 state
	ctl remove number=0 flags=$DEFERRED

	# nothing changes for those who hold it
	is "$(head -c 1 <&"$fd" | od -An -tx1)" " 01"
	exec {fd2}</dev/srd0
	exec {fd}>&-
	is "$(total disks)" 1
	cmp <(head -c 1M <&"$fd2") <(ones)
	exec {fd2}<&-
	eventually gone srd0
	settle
	is "$(total disks) $(total used)" "0 0"
}

@test "deferred-waits-for-umount" {
	load_srd size=64M
	sfdisk -q /dev/srd0 <<<',32M'
	mkfs.ext4 -q /dev/srd0p1
	mount /dev/srd0p1 /mnt
	ctl remove number=0 flags=$DEFERRED
	head -c 1M /dev/urandom >/mnt/file
	is "$(total disks)" 1
	umount /mnt
	eventually gone srd0
}

@test "deferred-of-an-idle-disk-is-at-once" {
	load_srd size=1M
	ctl remove number=0 flags=$DEFERRED
	gone srd0
}

@test "deferred-can-still-be-forced" {
	local fd

	load_srd size=1M
	exec {fd}</dev/srd0
	ctl remove number=0 flags=$DEFERRED
	ctl remove number=0 flags=$FORCE
	gone srd0
	exec {fd}<&-
	is "$(total disks)" 0
}

@test "create-and-remove-are-announced" {
	load_srd
	watch_uevents
	create flags=$NUMBER number=7
	eventually saw_uevent ACTION=add DEVNAME=/dev/srd7 DEVTYPE=disk
	ctl remove number=7
	eventually saw_uevent ACTION=remove DEVNAME=/dev/srd7
	unwatch_uevents
}

@test "nothing-is-announced-of-a-disk-that-is-gone" {
	load_srd size=1M
	srdctl snapshot srd0
	watch_uevents
	run perl -e 'open(my $disk, "<", "/dev/srd1") or die "open: $!\n";
		system(qw(srdctl remove --force srd1)) and die "remove\n";
		my $no = pack("i", 0);
		ioctl($disk, 0x125d, $no) and die "BLKROSET\n";
		print "$!\n"'
	is "$output" "No such device or address"
	srdctl create --size 1M --number 9
	eventually saw_uevent ACTION=add DEVNAME=/dev/srd9
	unwatch_uevents
	is "$(perl -00 -ne 'print "$1 " if m{^DEVNAME=/dev/srd1$}m && /^ACTION=(.*)/m' "$UEVENTS")" "remove "
}

@test "one-winner-when-all-want-the-same" {
	load_srd
	race same $((10 * SCALE)) 4
}

@test "two-removers-and-an-open-storm" {
	load_srd
	race $((20 * SCALE)) 0 remove open read
}

@test "plain-removal-races-writers-and-lookers" {
	load_srd
	race $((20 * SCALE)) 0 write info sysfs proc
}

@test "forced-removal-races-readers-and-writers" {
	load_srd
	race $((20 * SCALE)) $FORCE read write write sysfs
}

@test "forced-removal-races-resize-and-remove" {
	load_srd
	race $((20 * SCALE)) $FORCE resize write remove info
}

@test "deferred-removal-races-openers" {
	load_srd
	race $((10 * SCALE)) $DEFERRED open write resize
}

@test "unload-is-refused-while-in-use" {
	local fd

	load_srd size=32M
	exec {fd}</dev/srd0
	refuses 'in use' rmmod srd
	exec {fd}<&-
	exec {fd}</dev/srd-control
	refuses 'in use' rmmod srd
	exec {fd}<&-
	mkfs.ext4 -q /dev/srd0
	mount /dev/srd0 /mnt
	refuses 'in use' rmmod srd
	[[ -e /dev/srd0 && -e /proc/srd ]] || fail "the refused unload took something away"
	umount /mnt
	rmmod srd
	nothing_left
}

@test "unload-removes-disks-and-frees-their-memory" {
	local before

	load_srd size=128M,64M
	before=$(available)
	sfdisk -q /dev/srd1 <<<',32M'
	fill srd0 50
	rmmod srd
	nothing_left
	at_least "$(available)" $((before - 10 * MiB)) MemAvailable
}

@test "create-and-remove-leak-nothing" {
	local before

	load_srd
	race 20 0 info
	before=$(kernel_memory)
	race 150 0 info
	# a page for each disk would be 600 KiB
	at_most "$(kernel_memory)" $((before + 512 * KiB)) "kernel memory"
}

@test "load-and-unload-80-times-leak-nothing" {
	(
		module=$(modinfo -n srd)
		for ((i = 0; i < 80; i++)); do
			((i != 10)) || before=$(kernel_memory)
			insmod "$module" size=16M,1T
			rmmod srd
		done
		nothing_left
		# two pages for each time would be 560 KiB
		at_most "$(kernel_memory)" $((before + 512 * KiB)) "kernel memory"
	)
}
