#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# A mounted file system whose disk has no memory left or is removed by force: it stops or goes
# read-only, the kernel is well, and memory is free. (That one survives a power cut, crashtest-*
# prove.)
# modes: mq/6.12
# guest: --memory 1G
# timeout: 300

load data

setup() {
	srd_setup
	mkdir -p mnt
}

# mount_new TYPE: on a new srd0
mount_new() {
	case $1 in
	ext4) mkfs.ext4 -q -b 4096 -E lazy_itable_init=0 /dev/srd0 ;;
	xfs) mkfs.xfs -q /dev/srd0 ;;
	btrfs)
		modprobe btrfs
		mkfs.btrfs -q -d single -m single /dev/srd0
		;;
	esac
	mount /dev/srd0 mnt
	sync -f mnt
}

# busy_writer: writes, syncs and deletes on mnt until something fails; sets WRITER
busy_writer() {
	(
		set +e
		for ((n = 0; ; n++)); do
			head -c 300K /dev/zero | tr '\0' "$((n % 10))" >"mnt/file$((n % 8))" || break
			ln -f "mnt/file$((n % 8))" "mnt/link$((n % 5))" || break
			((n % 4)) || sync -f mnt || break
		done 2>/dev/null
		true
	) &
	WRITER=$!
}

# written_past NUMBER: so many writes came to the disk
written_past() {
	(($(attr srd0 write_ios) > $1))
}

# refused: nothing can be made on mnt and made durable
refused() {
	! { : >mnt/new && sync -f mnt; } 2>/dev/null
}

# check TYPE: what lies on the disk is whole
check() {
	case $1 in
	# status 1: it has noted that there was an error
	ext4) e2fsck -fp /dev/srd0 || is "$?" 1 "status of e2fsck" ;;
	xfs) xfs_repair -n /dev/srd0 ;;
	btrfs) btrfs check /dev/srd0 ;;
	esac
}

# ---- a limit that is less than the file system thinks it has ----

# runs_full TYPE: memory ends in the middle of what the file system writes, its journal included
runs_full() {
	load_srd size=320M
	mount_new "$1"
	pattern 1M >mnt/before
	sync -f mnt
	set_attr srd0 limit $(($(used srd0) + 3 * MiB))
	! { pattern 30M >mnt/large && sync -f mnt; } || fail "all of it was written"
	at_least "$(attr srd0 write_errors)" 1 "writes that failed"
	at_most "$(used srd0)" "$(attr srd0 limit)" "used"
	# a file system may have stopped, the disk goes on
	is "$(attr srd0 read_errors)" 0 "reads that failed"
	umount mnt

	# with memory again it mounts, mends itself, and can be used
	set_attr srd0 limit 0
	mount /dev/srd0 mnt
	is "$(md5sum <mnt/before)" "$(pattern 1M | md5sum)" "what was there"
	rm -f mnt/large
	pattern 4M >mnt/after
	sync -f mnt
	umount mnt
	check "$1"
	srdctl remove srd0
	is "$(total used)" 0
}

@test "ext4-out-of-memory-in-its-journal-mends-itself" {
	runs_full ext4
}

@test "xfs-out-of-memory-in-its-log-mends-itself" {
	runs_full xfs
}

@test "btrfs-out-of-memory-in-its-trees-mends-itself" {
	runs_full btrfs
}

# ---- a disk that is removed ----

# removed_under TYPE: while it is being written to; the name is another disk's at once
removed_under() {
	local writes

	load_srd size=320M
	mount_new "$1"
	busy_writer
	writes=$(attr srd0 write_ios)
	eventually written_past $((writes + 20))
	srdctl remove --force srd0
	is "$(total used)" 0 "memory of what is gone"
	is "$(total disks)" 0 "disks"
	eventually refused
	refuses 'in use' rmmod srd
	srdctl create --size 320M >made
	new_disk srd0
	wait "$WRITER"
	eventually umount mnt
	# nothing of what the old one's file system still wanted to write came to the new one
	holds srd0 0
	mount_new "$1"
	umount mnt
}

@test "ext4-whose-disk-is-removed-lets-go" {
	removed_under ext4
}

@test "xfs-whose-disk-is-removed-lets-go" {
	removed_under xfs
}

@test "btrfs-whose-disk-is-removed-lets-go" {
	removed_under btrfs
}
