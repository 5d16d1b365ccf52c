#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# modes: mq/6.12
#
# Snapshots of a disk whose file system is mounted and busy: frozen for the instant it is whole as
# it lies there; otherwise it is as after a power cut, and mounts.
# guest: --memory 1G --cpus 2
# timeout: 600

load data

setup_file() {
	mkdir -p mnt mnt2 there
	tar -C / -cf tree.tar usr/share/bash-completion usr/share/misc
}

# churn FOLDER: unpack, copy, sync and delete there until there is a file `stop`
churn() (
	for ((n = 0; ; n++)); do
		mkdir "$1/$n"
		tar -C "$1/$n" -xf tree.tar
		cp -r "$1/$n" "$1/copy$n"
		sync -f "$1"
		dd if=tree.tar of="$1/file" bs=64K count=16 conv=fsync status=none
		rm -r "${1:?}/$n"
		((n < 2)) || rm -r "$1/copy$((n - 2))"
		[[ ! -e stop ]] || exit 0
	done
)

# busy DISK: it is being written to
busy() {
	eventually written_past "$1" $(($(attr "$1" write_ios) + 20))
}

# written_past DISK NUMBER: so many writes have been
written_past() {
	(($(attr "$1" write_ios) > $2))
}

# start_churn FOLDER...; stop_churn
start_churn() {
	local folder

	rm -f stop
	CHURN=()
	for folder; do
		churn "$folder" &
		CHURN+=($!)
	done
}

stop_churn() {
	touch stop
	wait "${CHURN[@]}"
}

# Whether the kernel freezes this file system for whoever has its disk.
freezes() {
	[[ $1 != btrfs || $(uname -r) != 6.1.* ]]
}

# look TYPE DEVICE: without writing anything
look() {
	case $1 in
	ext4) e2fsck -fn "$2" ;;
	xfs) xfs_repair -n "$2" ;;
	btrfs) btrfs check "$2" ;;
	esac
}

# whole TYPE DEVICE: nothing to mend, and as it is no journal to play
whole() {
	look "$@" >look 2>&1 || fail "$2: $(cat look)"
	[[ $1 != ext4 ]] || ! dumpe2fs -h "$2" 2>&1 | grep needs_recovery
}

# frozen TYPE DEVICE: it was, so that it is whole. XFS leaves itself something to do for who mounts
# it, and the free space is counted then.
frozen() {
	local said

	if [[ $1 != xfs ]]; then
		whole "$@"
		return
	fi
	said=$(xfs_repair -n "$2" 2>&1 | grep -vE '^(Phase| *- |ALERT|ignored|which may|No modify)' |
		grep -vE '^sb_(fdblocks|icount|ifree) ') || true
	is "$said" "" "xfs_repair"
}

# mounts TYPE DEVICE: it does, which plays its journal, and is whole then
mounts() {
	local options=noatime

	# there may be another one with its name
	[[ $1 != xfs ]] || options=nouuid
	mount -o $options "$2" there
	find there -type f -exec cat {} + >/dev/null
	umount there
	whole "$1" "$2"
}

# rounds TYPE MKFS...
rounds() {
	local type=$1 round n
	shift

	load_srd size=384M
	for ((round = 0; round < 2 * SCALE - 1; round++)); do
		"$@" /dev/srd0
		mount /dev/srd0 mnt
		start_churn mnt
		busy srd0
		srdctl snapshot srd0 --number 1 >made
		busy srd0
		srdctl clone srd0 --number 2 --no-freeze >made
		busy srd0
		srdctl clone srd0 --number 3 >made
		busy srd0
		srdctl clone srd0 --number 4 --no-freeze >made
		! freezes "$type" || frozen "$type" /dev/srd1
		! freezes "$type" || frozen "$type" /dev/srd3
		stop_churn
		umount mnt
		whole "$type" /dev/srd0
		srdctl remove srd0 srd1
		for n in 2 3 4; do
			# btrfs takes disks that are the same for one: no more than one at a time
			[[ $type != btrfs ]] || btrfs device scan --forget
			mounts "$type" "/dev/srd$n"
			srdctl remove "srd$n"
		done
		settle
		is "$(total used)" 0
		srdctl create --number 0 --size 384M >made
	done
}

@test "ext4-in-use" {
	rounds ext4 mkfs.ext4 -q
}

@test "xfs-in-use" {
	rounds xfs mkfs.xfs -q
}

@test "btrfs-in-use" {
	modprobe btrfs
	rounds btrfs mkfs.btrfs -q
}

@test "partitions-in-use" {
	load_srd size=512M
	printf '%s\n' 'label: gpt' 'size=128M' 'size=+' | sfdisk -q /dev/srd0
	mkfs.ext4 -q /dev/srd0p1
	mkfs.xfs -q /dev/srd0p2
	mount /dev/srd0p1 mnt
	mount /dev/srd0p2 mnt2
	start_churn mnt mnt2
	busy srd0
	srdctl snapshot srd0
	busy srd0
	whole ext4 /dev/srd1p1
	frozen xfs /dev/srd1p2
	stop_churn
	umount mnt mnt2
}

# A read-only disk is mounted without a word where the journal has nothing to say.
@test "ext4-mounts-read-only-as-it-is" {
	load_srd size=128M
	mkfs.ext4 -q /dev/srd0
	mount /dev/srd0 mnt
	start_churn mnt
	busy srd0
	srdctl snapshot srd0
	stop_churn
	mount -o ro /dev/srd1 there
	log_since | grep -q "srd1.*mounted" || fail "$(log_since)"
	! log_since | grep -E "srd1.*(recover|error)" || fail "the journal was played"
	umount there mnt
}

# It wants to write to its log even where that has nothing in it, but can be told not to.
@test "xfs-mounts-read-only-without-recovery" {
	load_srd size=320M
	mkfs.xfs -q /dev/srd0
	mount /dev/srd0 mnt
	cp tree.tar mnt
	srdctl snapshot srd0
	mount -o ro,norecovery,nouuid /dev/srd1 there
	cmp tree.tar there/tree.tar
	umount there mnt
}

# goes_on FOLDER: what is written there is written
goes_on() {
	timeout 60 dd if=/dev/zero of="$1/more" bs=4k count=10 conv=fsync status=none
}

# Who froze it thaws it; until then it is whole anyhow.
@test "what-is-frozen-already" {
	load_srd size=512M
	printf '%s\n' 'label: gpt' 'size=128M' 'size=128M' | sfdisk -q /dev/srd0
	mkfs.ext4 -q /dev/srd0p1
	mkfs.ext4 -q /dev/srd0p2
	mount /dev/srd0p1 mnt
	mount /dev/srd0p2 mnt2
	cp tree.tar mnt
	cp tree.tar mnt2
	fsfreeze -f mnt2
	if [[ $(uname -r) == 6.1.* ]]; then
		# errno: SNAPSHOT EBUSY
		refuses "frozen already" srdctl snapshot srd0 # EBUSY: by hand
		is "$(total disks)" 1 "disks"
		srdctl snapshot srd0 --no-freeze
	else
		srdctl snapshot srd0
		whole ext4 /dev/srd1p1
	fi
	whole ext4 /dev/srd1p2
	# the other one was thawed whatever came of it, and this one was not
	goes_on mnt
	fsfreeze -u mnt2
	goes_on mnt2
	umount mnt mnt2
}

# What is refused leaves nothing frozen.
@test "what-was-frozen-for-nothing-goes-on" {
	load_srd size=128M
	mkfs.ext4 -q /dev/srd0
	mount /dev/srd0 mnt
	refuses "taken" srdctl snapshot srd0 --number 0
	goes_on mnt
	srdctl snapshot srd0 --label same
	refuses "taken" srdctl snapshot srd0 --label same
	goes_on mnt
	umount mnt
	e2fsck -fn /dev/srd0
}
