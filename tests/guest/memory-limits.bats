#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Full is ENOSPC at the writer, at exactly the page that the limit says, and all but writing
# goes on.
# modes: mq/6.12 bio/every
# guest: --memory 1G --cpus 2

load data

# fill DEVICE [OFFSET [STEP]]: write page after page until there is no room; print how many fit
fill() {
	data-fill 4096 "${2-0}" "${3-4096}" "$1"
}

mem_limit() {
	echo "$1" >/sys/module/srd/parameters/mem_limit
}

mem_reserve() {
	echo "$1" >/sys/module/srd/parameters/mem_reserve
}

# What a CPU may still take without asking would be found by asking that one first.
stay_on_cpu_0() {
	taskset -pc 0 $BASHPID >/dev/null
}

# full DEVICE PAGE: no CPU can write to that page, which nobody wrote before
full() {
	local cpu

	for cpu in 0 1; do
		refuses "No space left on device" taskset -c $cpu \
			dd if=/dev/zero of="$1" bs=4k seek="$2" count=1 oflag=direct conv=notrunc
	done
}

@test "limit-is-exact-to-the-page" {
	local pages

	load_srd size=64M
	new_disk srd0
	for pages in 1 2 31 32 33 63 64 65 512 513 514 515 1000; do
		set_attr srd0 limit $((EMPTY[srd0] + pages * PAGE))
		# each 512 pages of data need a node
		is "$(fill /dev/srd0)" $((pages - (pages + 512) / 513)) "pages that fit into $pages"
		at_least "$(used srd0)" $((EMPTY[srd0] + (pages - 1) * PAGE)) "used of $pages pages"
		at_most "$(used srd0)" $((EMPTY[srd0] + pages * PAGE)) "used of $pages pages"
		blkdiscard /dev/srd0
		holds srd0 0
	done
}

@test "limit-of-less-than-the-table-refuses-all-writes" {
	load_srd
	srdctl create -s 64M --limit 4K >path
	full /dev/srd0 0
	zeroes /dev/srd0 0 "$MiB"
	is "$(attr srd0 limit)" 4096
}

@test "limit-from-creation-holds" {
	load_srd
	srdctl create -s 64M --limit 1M >path
	new_disk srd0
	is "$(fill /dev/srd0)" $(((MiB - EMPTY[srd0]) / PAGE - 1))
	is "$(used srd0)" "$MiB"
}

@test "at-the-limit-all-but-new-pages-goes-on" {
	local sum errors

	load_srd size=64M
	new_disk srd0
	set_attr srd0 limit $((EMPTY[srd0] + 101 * PAGE))
	is "$(fill /dev/srd0)" 100

	errors=$(attr srd0 write_errors)
	full /dev/srd0 100
	is "$(attr srd0 write_errors)" $((errors + 2)) "write_errors"

	# what is there can be read, written, zeroed
	sum=$(pattern 400K | md5sum)
	write_direct /dev/srd0 0 $((400 * KiB)) <(pattern 400K)
	is "$(checksum /dev/srd0 0 $((400 * KiB)))" "$sum"
	zeroes /dev/srd0 $((400 * KiB)) "$MiB"
	blkdiscard -z -o 396K -l 1M /dev/srd0
	is "$(used srd0)" "$(attr srd0 limit)" "used"

	# and what is discarded makes room at once
	blkdiscard -o 4K -l 40K /dev/srd0
	holds srd0 91
	is "$(fill /dev/srd0 $((400 * KiB)))" 10 "pages that fit"
}

@test "a-limit-below-what-is-used-takes-nothing-away" {
	stay_on_cpu_0
	load_srd size=64M
	new_disk srd0
	write_direct /dev/srd0 0 "$MiB" <(pattern 1M)
	set_attr srd0 limit 64K
	is "$(checksum /dev/srd0 0 "$MiB")" "$(pattern 1M | md5sum)"
	full /dev/srd0 256
	blkdiscard -l $((MiB - 8 * KiB)) /dev/srd0
	is "$(fill /dev/srd0)" $((16 - 4)) "pages that fit: table, node and two pages are there"
	set_attr srd0 limit 0
	is "$(fill /dev/srd0)" $((64 * MiB / PAGE)) "pages that fit without a limit"
}

# fill_together DEVICE...: at the same time on a CPU each, every second page; how many fit in all.
# With less than 250 of them all lie under the first node, even if one CPU writes them alone.
fill_together() {
	local cpu=0 dev
	local -a pids

	for dev; do
		taskset -c "$cpu" data-fill 4096 $((4096 * cpu)) 8192 "$dev" >"filled$cpu" &
		pids+=($!)
		cpu=$((cpu + 1))
	done
	for dev in "${pids[@]}"; do
		wait "$dev"
	done
	cat filled0 filled1 | paste -sd +
}

@test "two-cpus-reach-the-limit-exactly" {
	local round

	load_srd size=64M
	new_disk srd0
	for ((round = 0; round < 3 * SCALE; round++)); do
		set_attr srd0 limit 0
		write_direct /dev/srd0 0 4096
		set_attr srd0 limit $((EMPTY[srd0] + (200 + round) * PAGE))
		# the first page and its node are there
		is $(($(fill_together /dev/srd0 /dev/srd0))) $((199 + round)) "pages that fit"
		is "$(used srd0)" "$(attr srd0 limit)" "used"
		blkdiscard /dev/srd0
		holds srd0 0
	done
}

@test "two-disks-share-mem_limit-exactly" {
	local round

	load_srd size=64M,64M
	new_disk srd0
	new_disk srd1
	for ((round = 0; round < 3 * SCALE; round++)); do
		mem_limit 1G
		write_direct /dev/srd0 0 4096
		write_direct /dev/srd1 4096 4096
		mem_limit $((EMPTY[srd0] + EMPTY[srd1] + (200 + round) * PAGE))
		# two pages and two nodes are there
		is $(($(fill_together /dev/srd0 /dev/srd1))) $((200 + round - 2)) "pages that fit"
		is "$(total used)" "$(total mem_limit)" "used by all"
		is $(($(used srd0) + $(used srd1))) "$(total mem_limit)" "used by both"

		blkdiscard /dev/srd0
		blkdiscard /dev/srd1
		settle
		is "$(total used)" $((EMPTY[srd0] + EMPTY[srd1])) "used by all"
	done
}

# A disk that gives memory back makes room for another at once, though the pages are still on
# their way to the machine.
@test "mem_limit-discard-makes-room-for-another-disk-at-once" {
	local round

	load_srd size=64M,64M
	mem_limit 8M
	for ((round = 0; round < 5 * SCALE; round++)); do
		write_direct /dev/srd0 0 $((7 * MiB))
		blkdiscard /dev/srd0
		write_direct /dev/srd1 0 $((7 * MiB))
		blkdiscard /dev/srd1
	done
	is "$(attr srd0 write_errors) $(attr srd1 write_errors)" "0 0"
}

@test "mem_limit-of-the-module-holds-from-load-on" {
	load_srd size=64M mem_limit=1M
	is $((($(fill /dev/srd0) + 1) * PAGE + $(used srd0) - $(total used))) $((MiB - PAGE))
}

@test "mem_limit-and-mem_reserve-refuse-new-pages-only" {
	stay_on_cpu_0
	load_srd size=64M
	write_direct /dev/srd0 0 "$MiB"
	mem_limit 512K
	full /dev/srd0 256
	mem_limit 512M
	write_direct /dev/srd0 "$MiB" 4096
	mem_reserve 4G
	full /dev/srd0 257
	write_direct /dev/srd0 0 "$MiB" <(pattern 1M)
	is "$(checksum /dev/srd0 0 "$MiB")" "$(pattern 1M | md5sum)"
	blkdiscard /dev/srd0
	full /dev/srd0 0
	mem_reserve 32M
	write_direct /dev/srd0 0 "$MiB"
}

@test "a-full-disk-can-be-unmounted-and-removed" {
	load_srd size=256M
	mkfs.ext4 -q -E lazy_itable_init=0 /dev/srd0
	mkdir -p mnt
	mount /dev/srd0 mnt
	set_attr srd0 limit $(($(used srd0) + 16 * MiB))
	# the file system has room, the disk has not: that shows when it is written out
	refuses "" dd if=/dev/zero of=mnt/large bs=1M count=100 conv=fsync
	umount mnt
	srdctl remove srd0
	is "$(total used)" 0
}

@test "nowait-writes-and-reads-what-exists" {
	load_srd size=64M
	write_direct /dev/srd0 0 $((4 * MiB))
	is "$(data-nowait write 4096 0 1024 /dev/srd0)" "ok=1024 again=0 nospc=0 other=0"
	is "$(data-nowait read 4096 0 1024 /dev/srd0)" "ok=1024 again=0 nospc=0 other=0"
	is "$(data-nowait read 4096 32M 1024 /dev/srd0)" "ok=1024 again=0 nospc=0 other=0"
	is "$(data-nowait write 65536 0 64 /dev/srd0)" "ok=64 again=0 nospc=0 other=0"
	is "$(data-nowait write 512 0 64 /dev/srd0)" "ok=64 again=0 nospc=0 other=0"
}

@test "nowait-at-the-limit-is-refused-at-once" {
	load_srd size=64M
	new_disk srd0
	set_attr srd0 limit $((EMPTY[srd0] + 101 * PAGE))
	is "$(data-nowait write 4096 0 200 /dev/srd0)" "ok=100 again=0 nospc=100 other=0"
	is "$(data-nowait read 4096 0 200 /dev/srd0)" "ok=200 again=0 nospc=0 other=0"
}

# Memory full of what can be dropped, but only by whoever is allowed to wait for that.
@test "nowait-under-memory-pressure-is-answered" {
	local said

	load_srd size=1G mem_limit=1G mem_reserve=32M
	cat /dev/vda >/dev/null
	said=$(data-nowait write 65536 0 6400 /dev/srd0)
	echo "$said"
	matches "$said" '^ok=[0-9]+ again=[0-9]+ nospc=[0-9]+ other=0$'
	matches "$(data-nowait read 65536 0 6400 /dev/srd0)" '^ok=6400 '
}

# The queue has one place: a request that finds it taken must not wait there.
@test "nowait-with-a-queue-of-depth-1" {
	local said

	load_srd size=64M queues=1 queue_depth=1
	said=$(data-nowait write 4096 0 2048 /dev/srd0 & data-nowait write 4096 32M 2048 /dev/srd0; wait)
	echo "$said"
	is "$(grep -c ' other=0$' <<<"$said")" 2
}

# Where the limit of all disks is in the way, a writer that must not sleep cannot be told so at
# once: what it gave io_uring in one go is looked into after io_uring has let go of it.
@test "module-full-answers-every-request-of-io_uring" {
	local -a fio=(timeout 60 fio --name=fill --filename=/dev/srd0 --direct=1 --ioengine=io_uring
		--rw=write --bs=4k --size=16M --iodepth=32 --iodepth_batch_submit=8 --fixedbufs=1)

	load_srd size=64M mem_limit=8M poll_queues=1
	refuses "No space left on device" "${fio[@]}"
	blkdiscard -f /dev/srd0
	settle
	if [[ $(attr srd0 mode) == mq ]]; then
		refuses "No space left on device" "${fio[@]}" --hipri=1
	fi
	"${fio[@]}" --size=4M --verify=crc32c --offset=0 --minimal >fio.out || fail "$(cat fio.out)"
}
