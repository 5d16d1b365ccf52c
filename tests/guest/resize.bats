# SPDX-License-Identifier: GPL-2.0
# modes: mq/6.12 mq/newest bio/6.12
# guest: --memory 1G
# timeout: 400
#
# Changing a disk's capacity while it is in use: what is added reads as zeroes, what is cut off
# is freed and never seen again, and nobody who uses the rest notices.

load lib

# Flag of SRD_IOC_RESIZE
FORCE=1

# resize CAPACITY [FLAGS]: of srd0
resize() {
	ctl resize number=0 capacity="$1" flags="${2-0}"
}

writing() {
	(($(attr srd0 write_ios) > 0))
}

size() {
	blockdev --getsize64 /dev/srd0
}

# How put and bytes_at go: past the page cache, unless a test says `cached`.
how=direct

# put BYTES POSITION...: write bytes of 0xaa
put() {
	bytes put $how /dev/srd0 "$@"
}

# bytes_at BYTES POSITION...: for each, aa or 00 when all bytes there are that
bytes_at() {
	bytes at $how /dev/srd0 "$@"
}

@test "grow-keeps-data-and-shows-zeroes" {
	load_srd size=1M
	put 1048576 0
	resize 4M
	is "$(size)" $((4 * MiB))
	is "$(attr srd0 capacity)" $((4 * MiB))
	is "$(bytes_at 1048576 0)" aa
	is "$(bytes_at 3145728 1048576)" 00
	put 1048576 3145728
	is "$(bytes_at 1048576 3145728)" aa
}

@test "a-snapshot-that-is-cut-within-a-page-is-not-written" {
	local was=$BATS_TEST_TMPDIR/was

	load_srd size=1M
	head -c 1M /dev/urandom >"$was"
	cat "$was" >/dev/srd0
	srdctl snapshot srd0
	srdctl resize srd1 $((10 * 4096 + 512))
	# it may be opened for writing now, and not be written
	blockdev --setrw /dev/srd1
	refuses '' dd if=/dev/zero of=/dev/srd1 bs=512 seek=80 count=1 oflag=direct
	srdctl resize srd1 64K
	refuses '' dd if=/dev/zero of=/dev/srd1 bs=4k seek=10 count=1 oflag=direct
	refuses '' dd if=/dev/zero of=/dev/srd1 bs=512 seek=81 count=1 oflag=direct
	cmp -n $((10 * 4096 + 512)) /dev/srd1 "$was"
	is "$(tail -c +$((10 * 4096 + 513)) /dev/srd1 | tr -d '\0' | wc -c)" 0 "what came behind it"
}

@test "grow-and-shrink-are-announced" {
	load_srd size=1M
	watch_uevents
	resize 4M
	eventually saw_uevent ACTION=change DEVNAME=/dev/srd0 RESIZE=1
	: >"$UEVENTS"
	resize 2M
	eventually saw_uevent ACTION=change DEVNAME=/dev/srd0 RESIZE=1
	unwatch_uevents
}

@test "shrink-frees-memory" {
	load_srd size=64M
	dd if=/dev/zero of=/dev/srd0 bs=1M count=64 oflag=direct status=none
	at_least "$(used srd0)" $((64 * MiB))
	resize 8M
	at_least "$(used srd0)" $((8 * MiB))
	at_most "$(used srd0)" $((8 * MiB + 256 * KiB))
	settle
	at_most "$(total used)" $((8 * MiB + 256 * KiB))
	resize 64M
	at_most "$(used srd0)" $((8 * MiB + 256 * KiB)) "used after growing again"
}

@test "shrink-while-open-is-EBUSY-unless-forced" {
	local fd

	load_srd size=4M
	exec {fd}</dev/srd0
	refuses EBUSY resize 1M
	is "$(size)" $((4 * MiB))
	resize 8M
	resize 1M $FORCE
	is "$(size)" $((1 * MiB))
	exec {fd}<&-
	resize 512
	is "$(size)" 512
}

@test "shrink-while-mounted-is-EBUSY" {
	load_srd size=32M
	mkfs.ext4 -q /dev/srd0
	mount /dev/srd0 /mnt
	echo text >/mnt/file
	refuses EBUSY resize 16M
	is "$(size)" $((32 * MiB))
	is "$(cat /mnt/file)" text
	umount /mnt
	fsck.ext4 -fn /dev/srd0
}

@test "mounted-ext4-grows-with-its-disk" {
	load_srd size=16M
	mkfs.ext4 -q /dev/srd0
	mount /dev/srd0 /mnt
	head -c 4M /dev/urandom >/mnt/file
	sum=$(md5sum </mnt/file)
	resize 64M
	resize2fs /dev/srd0
	at_least "$(df -B1 --output=size /mnt | tail -n 1)" $((50 * MiB))
	head -c 30M /dev/zero >/mnt/more
	is "$(md5sum </mnt/file)" "$sum"
	umount /mnt
	fsck.ext4 -fn /dev/srd0
}

@test "what-was-cut-off-is-never-seen-again" {
	local cut

	# aligned to pages, to blocks only, at the first block and just before the end
	load_srd size=1M
	for cut in 524288 520192 524800 530944 512 1048064; do
		put 1048576 0
		resize $cut
		resize 1M
		is "$(bytes_at $cut 0)" aa "below $cut"
		is "$(bytes_at $((1048576 - cut)) $cut)" 00 "above $cut"
	done
}

@test "what-was-cut-off-is-not-seen-in-the-page-cache" {
	local cut fd how=cached

	for cut in 524288 524800 530944; do
		load_srd size=1M
		put 1048576 0
		# held open, the cache outlives the resize
		exec {fd}<>/dev/srd0
		is "$(bytes_at 1048576 0)" aa
		resize $cut $FORCE
		resize 1M
		is "$(bytes_at $cut 0)" aa "below $cut, cached"
		is "$(bytes_at $((1048576 - cut)) $cut)" 00 "above $cut, cached"
		is "$(how=direct bytes_at $((1048576 - cut)) $cut)" 00 "above $cut"
		exec {fd}>&-
		unload_srd
	done
}

@test "dirty-pages-past-the-end-do-not-come-back" {
	local cut fd how=cached

	for cut in 524288 524800; do
		load_srd size=1M
		exec {fd}<>/dev/srd0
		put 1048576 0
		resize $cut $FORCE
		resize 1M
		is "$(bytes_at $((1048576 - cut)) $cut)" 00 "above $cut, cached"
		blockdev --flushbufs /dev/srd0
		is "$(how=direct bytes_at $((1048576 - cut)) $cut)" 00 "above $cut"
		exec {fd}>&-
		unload_srd
	done
}

@test "past-the-end-there-is-nothing" {
	local fd

	load_srd size=4M
	exec {fd}<>/dev/srd0
	resize 1M $FORCE
	is "$(dd if=/dev/srd0 bs=4k skip=256 count=1 iflag=direct status=none | wc -c)" 0 "bytes read"
	refuses 'No space left' dd if=/dev/zero of=/dev/srd0 bs=4k seek=256 count=1 oflag=direct
	refuses 'No space left' dd if=/dev/zero of=/dev/srd0 bs=64k seek=15 count=2
	is "$(dd if=/dev/srd0 bs=4k iflag=direct status=none | wc -c)" $((1 * MiB))
	exec {fd}>&-
}

@test "partitions-past-the-end-fail-cleanly" {
	load_srd size=64M
	sfdisk -q /dev/srd0 <<<$',16M\n,16M'
	dd if=/dev/zero of=/dev/srd0p2 bs=1M count=16 oflag=direct status=none
	resize 24M $FORCE
	dd if=/dev/srd0p1 of=/dev/null bs=1M iflag=direct status=none
	refuses '' dd if=/dev/zero of=/dev/srd0p2 bs=1M count=16 oflag=direct
	resize 64M
	blockdev --rereadpt /dev/srd0
	dd if=/dev/srd0p2 of=/dev/null bs=1M iflag=direct status=none
}

@test "the-same-size-is-no-event" {
	load_srd size=4M
	watch_uevents
	resize 4M
	resize 8M
	eventually saw_uevent ACTION=change DEVNAME=/dev/srd0 RESIZE=1
	unwatch_uevents
	is "$(grep -c '^RESIZE=1' "$UEVENTS")" 1 events
}

@test "table-levels-change-under-the-data" {
	local capacity
	local -a ends=(104853504)

	load_srd size=100M
	put 4096 0 "${ends[0]}"
	# each needs more levels, or a longer root, than the one before
	for capacity in 1G 100G 20T 16P; do
		resize $capacity
		is "$(bytes_at 4096 0 "${ends[@]}")" "aa$(printf ' aa%.0s' "${ends[@]}")" "of $capacity"
		is "$(bytes_at 4096 4096 "$(($(size) - 8192))")" "00 00" "new in $capacity"
		ends+=("$(($(size) - 8192))")
		put 4096 "${ends[-1]}"
	done
	is "$(bytes_at 4096 0 "${ends[@]}")" "aa aa aa aa aa aa"

	for capacity in 20T 100G 1G 100M; do
		resize $capacity
		unset 'ends[-1]'
		is "$(bytes_at 4096 0 "${ends[@]}")" "aa$(printf ' aa%.0s' "${ends[@]}")" "of $capacity"
	done
	resize 4096
	resize 16P
	ends+=($((1 * GiB - 8192)) $((100 * GiB - 8192)) $((20 * TiB - 8192)) $(($(size) - 8192)))
	is "$(bytes_at 4096 0 "${ends[@]}")" "aa 00 00 00 00 00" "once cut off"
}

@test "table-of-an-empty-disk-stays-small" {
	load_srd size=1M
	resize 16T
	at_most "$(used srd0)" $((1 * MiB))
	resize 16P
	at_most "$(used srd0)" $((1 * MiB))
	resize 1M
	at_most "$(used srd0)" $((1 * MiB))
}

@test "resize-under-load-loses-nothing" {
	local load capacity

	require fio
	load_srd size=32M
	fio --name=load --filename=/dev/srd0 --size=16M --direct=1 --ioengine=libaio --iodepth=16 \
		--rw=randwrite --bsrange=512-16k --bs_unaligned=0 --verify=crc32c --verify_fatal=1 \
		--loops=4 --randseed=7 --output="$BATS_TEST_TMPDIR/fio" 3>&- &
	load=$!
	while kill -0 $load 2>/dev/null; do
		for capacity in 100G 32M 20T 16M 1G 24M; do
			resize $capacity $FORCE
		done
	done
	wait $load || fail "$(cat "$BATS_TEST_TMPDIR/fio")"
	resize 32M $FORCE
}

@test "first-growth-under-load-loses-nothing" {
	local round load

	require fio
	# only the first growth of a disk gives the table another level
	for round in 1 2 3 4; do
		load_srd size=16M
		fio --name=load --filename=/dev/srd0 --size=8M --direct=1 --ioengine=libaio \
			--iodepth=8 --rw=randwrite --bs=4k --verify=crc32c --verify_fatal=1 \
			--randseed=$round --output="$BATS_TEST_TMPDIR/fio" 3>&- &
		load=$!
		eventually writing
		resize 100G
		resize 20T
		resize 16P
		wait $load || fail "$(cat "$BATS_TEST_TMPDIR/fio")"
		unload_srd
	done
}
