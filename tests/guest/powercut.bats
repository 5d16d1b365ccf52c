#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# A volatile write cache, and what is left of it after a power cut.
# modes: mq/6.1 mq/6.12 bio/6.12
# guest: --memory 1G --cpus 2
# timeout: 600

load data

# model OPTION...: ends with no disk and no memory
model() {
	load_srd
	power-model "$@"
	settle
	is "$(total disks) $(total used)" "0 0" "disks and memory at the end"
}

@test "model-with-blocks-of-512" {
	model -c 4M -o 1M $((120 * SCALE))
}

@test "model-with-blocks-of-4096" {
	model -b 4096 -c 64M -o 1M $((120 * SCALE))
}

# Across a node of the table, up to an end within a page.
@test "model-at-the-end-of-a-large-disk" {
	model -c $((TiB + 1024)) -o $((TiB - MiB + 4 * KiB)) $((120 * SCALE))
}

@test "all-versions-of-a-block-are-as-likely" {
	load_srd
	power-chance even 1
	is "$(total disks)" 0
}

@test "the-same-seed-has-the-same-outcome" {
	load_srd
	power-chance repeat 1
	is "$(total disks)" 0
}

@test "cut-while-threads-write-and-flush" {
	load_srd
	power-race $((40 * SCALE))
	is "$(total disks)" 0
}

@test "flushes-count-while-the-cache-comes-and-goes" {
	load_srd
	power-switch $((25 * SCALE))
	is "$(total disks)" 0
}

@test "requests-that-are-held-end-at-the-cut" {
	load_srd
	ctl create capacity=4M flags=256
	power-held 0
}

# needs: pages that a change needs in the cache, in the disk and for nodes that a snapshot shares
needs() {
	cat <<-'END'
		write-what-is-durable 1
		write-what-is-cached 0
		write-a-hole 1
		write-many-pages 6
		write-durably 2
		zero 5
		erase 0
		discard 0
		write-what-is-durable-shared 3
		write-what-is-cached-shared 2
		write-a-hole-shared 2
		write-many-pages-shared 14
		write-durably-shared 4
		zero-shared 12
		erase-shared 3
		discard-shared 1
		power-shared 2
	END
}

@test "limit-reached-with-cached-pages" {
	load_srd
	power-room >said
	diff <(needs) said
	is "$(total disks)" 0
}

@test "a-disk-without-a-cache-keeps-all" {
	load_srd
	ctl create capacity=4M flags=512
	write_direct /dev/srd0 0 "$MiB" <(pattern 1M)
	ctl power number=0
	refuses "Input/output error" write_direct /dev/srd0 0 "$PAGE"
	# none of what is in a cache, which it has not
	ctl power number=0 flags=1 keep=0
	is "$(checksum /dev/srd0 0 "$MiB")" "$(pattern 1M | md5sum)"
}

@test "without-power-a-disk-is-neither-copied-nor-changed" {
	load_srd
	ctl create capacity=4M flags=256
	srdctl snapshot srd0
	ctl power number=0
	refuses ESHUTDOWN ctl resize number=0 capacity=8M
	refuses ESHUTDOWN ctl set number=0 flags=1 cache=0
	refuses "" srdctl snapshot srd0
	refuses "" srdctl rollback srd0 --to srd1
	refuses "" srdctl reset srd0
	srdctl list
	# but it can go
	srdctl remove srd0
	is "$(total disks)" 1
}

# keeps KEEP: a file system finds all that was promised to it. Its superblock must be in one block:
# ext4 has no way back when half of one is lost.
keeps() {
	ctl create capacity=32M block_size=4096 flags=256 number=0 >/dev/null
	mkfs.ext4 -q /dev/srd0
	mount /dev/srd0 mnt
	cp synced mnt/synced
	sync -f mnt
	cp synced mnt/not-synced
	dd if=/dev/zero of=mnt/direct bs=64K count=4 oflag=direct status=none
	ctl power number=0
	refuses "" dd if=/dev/zero of=mnt/late bs=4K count=1 oflag=direct
	umount mnt
	refuses "" mount /dev/srd0 mnt
	ctl power number=0 flags=3 keep="$1" seed=1 >/dev/null
	log_mark
	mount /dev/srd0 mnt
	[[ $1 == 1 ]] || log_since | grep 'recovery complete'
	cmp synced mnt/synced
	umount mnt
	e2fsck -fn /dev/srd0
	srdctl remove srd0
}

@test "ext4-plays-its-journal-after-a-cut" {
	local keep

	mkdir -p mnt
	pattern 512K >synced
	load_srd
	for keep in 0 1 2 3; do
		keeps $keep
	done
}

# A file system's commit is a flush with a write behind it: in mode bio, they come as one.
@test "a-write-is-dropped-without-the-flush-before-it" {
	mkdir -p mnt
	load_srd
	ctl create capacity=32M block_size=4096 flags=256 number=0
	mkfs.ext4 -q /dev/srd0
	mount /dev/srd0 mnt
	head -c 64K /dev/zero >mnt/file
	sync -f mnt
	# in the cache, and nowhere else
	in_cache() {
		dd if=<(pattern 64K) of=mnt/file bs=64K iflag=fullblock oflag=direct conv=notrunc status=none
		(($(attr srd0 cached) >= 65536))
	}
	# its journal may be written, with a flush, at any time
	eventually in_cache
	# what is written is dropped, flushes are not
	ctl rule number=0 ops=2 what=3
	touch mnt/other
	sync mnt/other
	ctl power number=0
	umount mnt
	ctl remove-rule number=0 flags=1
	ctl power number=0 flags=1 keep=0
	mount -o ro,noload /dev/srd0 mnt
	cmp mnt/file <(pattern 64K)
	umount mnt
}

@test "raid1-goes-on-without-the-disk-whose-power-is-cut" {
	modprobe -q raid1 || skip "this kernel has no raid1"
	load_srd
	ctl create capacity=16M flags=512
	ctl create capacity=16M flags=256
	mdadm --create /dev/md0 --run --quiet --level=1 --raid-devices=2 --metadata=1.0 \
		--assume-clean /dev/srd0 /dev/srd1
	pattern 4M | dd of=/dev/md0 bs=1M iflag=fullblock oflag=direct status=none
	ctl power number=1
	pattern 4M 5000000 | dd of=/dev/md0 bs=1M iflag=fullblock oflag=direct status=none
	is "$(dd if=/dev/md0 bs=1M count=4 iflag=direct status=none | md5sum)" \
		"$(pattern 4M 5000000 | md5sum)"
	refuses EBUSY ctl power number=1 flags=1 keep=0
	mdadm --quiet /dev/md0 --remove /dev/srd1
	eventually ctl power number=1 flags=1 keep=0
	mdadm --quiet /dev/md0 --add /dev/srd1
	mdadm --quiet --wait /dev/md0 || echo "it was through already"
	mdadm --quiet /dev/md0 --fail /dev/srd0
	is "$(dd if=/dev/md0 bs=1M count=4 iflag=direct status=none | md5sum)" \
		"$(pattern 4M 5000000 | md5sum)"
	mdadm --stop --quiet /dev/md0
}
