#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Families of disks: who may go before whom, what a disk becomes by rollback and reset, and all of
# it at once.
# modes: mq/6.12 bio/every mq/debug
# guest: --memory 1G --cpus 2
# timeout: 900

load data

# sums: what each disk has alone, and what two of them share, are what all have
sums() {
	settle
	is $(($(attr srd0 used) + $(attr srd1 used) + $(attr srd0 shared))) "$(total used)" "sum"
	is "$(attr srd0 shared)" "$(attr srd1 shared)" "shared"
}

@test "sums-of-a-disk-and-its-snapshot" {
	load_srd size=64M
	write_direct /dev/srd0 0 $((4 * MiB))
	srdctl snapshot srd0
	sums
	is "$(attr srd0 shared)" $(($(with_nodes 1024) * PAGE)) "shared"
	is "$(attr srd1 used)" "$PAGE" "used: its root"
	write_direct /dev/srd0 0 "$MiB" <(pattern 1M)
	sums
	# the node is copied, too; and the pages that are not written are still shared by it
	is "$(attr srd0 used)" $((MiB + 2 * PAGE)) "used by the disk"
	is "$(attr srd1 used)" $((MiB + 2 * PAGE)) "used by the snapshot"
	blkdiscard /dev/srd0
	sums
	is "$(attr srd1 used)" $((4 * MiB + 3 * PAGE)) "used by the snapshot that has it all"
	srdctl remove srd0
	settle
	is "$(used srd1) $(attr srd1 shared)" "$(total used) 0" "used by the last"
}

# What was shared once is counted, and given back while it is: pages that nobody holds any more are
# nobody else's.
@test "nothing-is-shared-with-nobody-while-memory-is-given-back" {
	local shared n pid

	load_srd size=64M
	srdctl snapshot srd0
	srdctl remove srd1
	(
		for ((n = 0; n < 30 * SCALE; n++)); do
			write_direct /dev/srd0 0 $((16 * MiB))
			blkdiscard /dev/srd0
		done
	) &
	pid=$!
	while [[ -d /proc/$pid ]]; do
		read -r shared </sys/block/srd0/srd/shared
		[[ $shared == 0 ]] || break
	done
	wait $pid
	is "$shared" 0 "bytes that are shared with nobody"
}

PIECE=$((64 * KiB))

# chain: five disks, each a clone of the one before it with a piece of its own more
chain() (
	load_srd size=16M
	for n in 0 1 2 3 4; do
		[[ $n == 0 ]] || srdctl clone "srd$((n - 1))"
		write_direct "/dev/srd$n" $((n * PIECE)) "$PIECE" <(tail -c +$((n * PIECE + 1)) pieces)
	done
)

# links DISK...: each has the pieces up to its own, and nothing else
links() (
	for n; do
		cmp -n $(((n + 1) * PIECE)) "/dev/srd$n" pieces
		zeroes "/dev/srd$n" $(((n + 1) * PIECE)) "$PIECE"
	done
)

@test "a-chain-goes-in-any-order" {
	local order i

	pattern $((5 * PIECE)) >pieces
	for order in "0 1 2 3 4" "4 3 2 1 0" "2 0 4 1 3"; do
		chain
		read -ra order <<<"$order"
		for i in "${!order[@]}"; do
			srdctl remove "srd${order[i]}"
			links "${order[@]:i + 1}"
		done
		settle
		is "$(total used)" 0 "used after ${order[*]}"
		unload_srd
	done
}

# partitions: of srd0
partitions() {
	lsblk -bnro NAME,TYPE /dev/srd0 | awk '$2 == "part" { print $1 }' | paste -sd ' '
}

@test "rollback-brings-capacity-and-partitions" {
	load_srd size=64M
	srdctl snapshot srd0 --label empty
	printf '%s\n' 'label: gpt' 'size=8M' 'size=+' | sfdisk -q /dev/srd0
	pattern 1M | dd of=/dev/srd0p1 bs=1M oflag=direct status=none iflag=fullblock
	is "$(partitions)" "srd0p1 srd0p2"
	srdctl snapshot srd0 --label two
	srdctl resize srd0 128M

	watch_uevents
	srdctl rollback srd0 --to empty
	is "$(partitions)" "" "partitions"
	[[ ! -e /dev/srd0p1 ]]
	is "$(blockdev --getsize64 /dev/srd0)" $((64 * MiB)) "capacity"
	eventually saw_uevent ACTION=change DEVNAME=/dev/srd0
	eventually saw_uevent ACTION=remove DEVNAME=/dev/srd0p1
	srdctl rollback srd0 --to two
	is "$(partitions)" "srd0p1 srd0p2"
	eventually saw_uevent ACTION=add DEVNAME=/dev/srd0p2
	unwatch_uevents
	is "$(checksum /dev/srd0p1 0 "$MiB")" "$(pattern 1M | md5sum)"
	is "$(blockdev --getsize64 /dev/srd0p1)" $((8 * MiB))

	srdctl reset srd0
	is "$(partitions)" "" "partitions"
	is "$(blockdev --getsize64 /dev/srd0)" $((64 * MiB)) "capacity"
	zeroes /dev/srd0
	# the snapshot has its own
	is "$(lsblk -nro TYPE /dev/srd2 | grep -c part)" 2 "partitions of the snapshot"
}

# busy: neither rolled back nor reset, and as it was
busy() {
	local sum

	sum=$(checksum /dev/srd0 0 "$MiB")
	refuses "busy" srdctl rollback srd0 --to srd1
	refuses "busy" srdctl reset srd0
	is "$(checksum /dev/srd0 0 "$MiB")" "$sum"
}

@test "what-is-in-use-is-not-exchanged" {
	load_srd size=64M
	srdctl snapshot srd0
	printf '%s\n' 'label: gpt' 'size=32M' | sfdisk -q /dev/srd0
	mkfs.ext4 -q /dev/srd0p1
	mkdir -p mnt
	mount /dev/srd0p1 mnt
	busy
	umount mnt
	dmsetup create over --table "0 65536 linear /dev/srd0p1 0"
	busy
	dmsetup remove over
	srdctl rollback srd0 --to srd1
	zeroes /dev/srd0
}

# Neither sees anything but the disk as it was before or after, or that it is gone.
@test "snapshots-while-a-disk-is-resized-and-removed" {
	local n pid

	load_srd
	for ((n = 0; n < 5 * SCALE; n++)); do
		srdctl create --size 64M --number 0 >made
		write_direct /dev/srd0 0 "$MiB"
		(
			for size in 32M 1G 64M 16M 2G; do
				srdctl resize srd0 $size
			done
			srdctl remove srd0
		) &
		pid=$!
		while srdctl snapshot srd0 >made 2>said; do
			:
		done
		grep -q 'srd0' said
		wait $pid
		srdctl remove --all
	done
	settle
	is "$(total used)" 0
}

@test "everything-at-once" {
	load_srd size=8M
	snap-race $((150 * SCALE))
	is "$(total disks) $(total used)" "0 0" "disks and memory at the end"
}
