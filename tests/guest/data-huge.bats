#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Positions past 4 GiB, 2 TiB and 16 TiB, and what it takes to empty so much.
# modes: mq/6.12 bio/every
# guest: --memory 1G

load data

# Where numbers of 32 bits run out, for bytes, sectors and pages; where levels of the table end.
BORDERS=(0 $((4 * GiB)) $((64 * GiB)) $((2 * TiB)) $((8 * TiB)) $((16 * TiB)))

# around SIZE: positions of the two pages at each border of a disk of that size, sorted
around() {
	printf '%s\n' "${BORDERS[@]}" | awk -v size="$1" '
		$1 < size { printf "%.0f\n", $1 }
		$1 > 0 && $1 <= size { printf "%.0f\n", $1 - 4096 }
		END { printf "%.0f\n", size - 4096 }' | sort -n | uniq
}

# holds_around SIZE: all those pages read as data-empty wrote them
holds_around() {
	around "$1" | while read -r pos; do
		is "$(dd if=/dev/srd0 bs=4k count=1 iflag=direct,skip_bytes skip="$pos" status=none |
			od -An -v -w8 -t u8 | awk -v pos="$pos" '$1 != pos + 8 * (NR - 1)' | wc -l)" 0 "at $pos"
	done
}

@test "an-empty-disk-of-16T-takes-less-than-1M" {
	load_srd size=16T
	is "$(blockdev --getsize64 /dev/srd0)" $((16 * TiB))
	at_most "$(used srd0)" $((MiB - 1)) "used"
}

@test "16T-is-written-and-read-at-all-borders" {
	load_srd size=16T
	new_disk srd0
	around $((16 * TiB)) | data-empty write 4096 /dev/srd0
	holds_around $((16 * TiB))
	# nobody's neighbour is anything but zeroes
	zeroes /dev/srd0 $((4 * GiB + 4096)) "$MiB"
	zeroes /dev/srd0 $((4 * GiB - 4096 - MiB)) "$MiB"
	zeroes /dev/srd0 $((8 * TiB + 4096)) "$MiB"
	blkdiscard /dev/srd0
	holds srd0 0
}

# A page's index needs 33 bits from here on.
@test "20T-is-written-and-read-past-16T" {
	load_srd size=20T
	new_disk srd0
	around $((20 * TiB)) | data-empty write 4096 /dev/srd0
	holds_around $((20 * TiB))
	blkdiscard -o $((16 * TiB)) -l $((4 * TiB)) /dev/srd0
	zeroes /dev/srd0 $((16 * TiB)) "$MiB"
	zeroes /dev/srd0 $((20 * TiB - MiB)) "$MiB"
	blkdiscard /dev/srd0
	holds srd0 0
}

@test "a-write-over-the-border-of-two-places-far-apart" {
	local pos

	load_srd size=20T
	for pos in $((4 * GiB)) $((GiB)) $((2 * TiB)) $((16 * TiB)); do
		write_direct /dev/srd0 $((pos - MiB / 2)) "$MiB" <(pattern 1M "$((pos % 1000003 + 1000000))")
	done
	for pos in $((4 * GiB)) $((GiB)) $((2 * TiB)) $((16 * TiB)); do
		is "$(checksum /dev/srd0 $((pos - MiB / 2)) "$MiB")" \
			"$(pattern 1M "$((pos % 1000003 + 1000000))" | md5sum)" "at $pos"
	done
}

# A page in each GiB of the whole disk: nodes of all levels everywhere.
@test "discard-of-a-16T-disk-with-a-page-in-each-gigabyte" {
	load_srd size=16T
	new_disk srd0
	seq 0 "$GiB" $((16 * TiB - GiB)) | data-empty write 4096 /dev/srd0
	holds srd0 $((3 * 16384))
	blkdiscard /dev/srd0
	holds srd0 0
	settle
}

@test "discard-of-an-empty-16T-disk-is-short-work" {
	load_srd size=16T
	blkdiscard /dev/srd0
	blkdiscard -s /dev/srd0
	fallocate -p -n -o 0 -l 16T /dev/srd0
	is "$(attr srd0 discard_errors) $(attr srd0 secure_erase_errors)" "0 0"
	is "$(attr srd0 discard_bytes)" $((16 * TiB)) "discard_bytes"
}

# Zeroing must not look at every page that there is not.
@test "zeroout-of-an-empty-16T-disk-is-short-work" {
	load_srd size=16T
	new_disk srd0
	timeout 60 blkdiscard -z /dev/srd0
	holds srd0 0
}

@test "file-system-on-16T" {
	load_srd size=16T
	mkfs.xfs -q /dev/srd0
	mkdir -p mnt
	mount /dev/srd0 mnt
	pattern 10M >mnt/file
	umount mnt
	mount /dev/srd0 mnt
	is "$(md5sum <mnt/file)" "$(pattern 10M | md5sum)"
	umount mnt
}
