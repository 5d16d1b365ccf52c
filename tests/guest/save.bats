#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# modes: mq/6.12
#
# srdctl save and restore: what is saved comes back.
# guest: --memory 1G --cpus 2

load save

setup() {
	srd_setup
	mkdir -p "$BATS_TEST_TMPDIR/files"
	cd "$BATS_TEST_TMPDIR/files" || return
}

@test "raw-there-and-back" {
	local loop

	load_srd
	# its last page is not whole
	srdctl create -s $((40 * MiB + 512))
	fill_some /dev/srd0
	write_direct /dev/srd0 $((40 * MiB)) 512 /dev/urandom
	is "$(srdctl save srd0 image)" image
	disks_are srd0
	nothing_but image
	is "$(stat -c '%s %a' image)" "$((40 * MiB + 512)) 600"
	at_most "$(takes image)" $((4 * MiB))
	drop /dev/srd0
	cmp image /dev/srd0
	modprobe loop
	loop=$(losetup -f --show -r image)
	cmp "$loop" /dev/srd0
	losetup -d "$loop"

	is "$(srdctl restore image)" /dev/srd1
	cmp image /dev/srd1
	# pages that hold zeroes did not come along
	at_most "$(used srd1)" "$(($(used srd0) - 2 * MiB))"
	is "$(srdctl restore --threads 1 -n 7 -L seven -l 100M -b 512 image)" /dev/srd7
	cmp image /dev/srd7
	is "$(srdctl info --json seven | jq -c '.srd[0] | [.name, .limit, .sector]')" \
		"[\"srd7\",$((100 * MiB)),512]"
	srdctl remove --all
}

@test "zstd-there-and-back" {
	load_srd
	srdctl create -s $((40 * MiB + 512))
	fill_some /dev/srd0
	write_direct /dev/srd0 $((40 * MiB)) 512 /dev/urandom
	is "$(srdctl save srd0 image.zst)" image.zst
	srdctl save --threads 1 --level 1 -f zstd srd0 image
	srdctl save srd0 raw
	zstd -q -dc image.zst | cmp - raw
	# 30 MiB of zeroes are next to nothing
	at_most "$(stat -c %s image.zst)" "$(($(takes raw) + 16 * 1024))"
	is "$(srdctl restore image.zst)" /dev/srd1
	is "$(srdctl restore -f zstd image)" /dev/srd2
	cmp raw /dev/srd1
	cmp raw /dev/srd2
	srdctl remove --all
}

@test "empty-and-small-disks-there-and-back" {
	local name

	load_srd
	srdctl create -s 512
	srdctl create -s 4T
	srdctl create -s 64K -b 4096
	write_direct /dev/srd0 0 512 /dev/urandom
	write_direct /dev/srd2 4096 4096 /dev/urandom
	for name in srd0 srd1 srd2; do
		srdctl save $name $name.raw
		is "$(stat -c %s $name.raw)" "$(attr $name capacity)"
		srdctl restore $name.raw
	done
	# 4 TiB of zeroes, compressed, are 128 MiB: less will do
	srdctl resize srd1 64M
	for name in srd0 srd1 srd2; do
		srdctl save $name $name.zst
		srdctl restore $name.zst
	done
	is "$(attr srd3 capacity) $(attr srd4 capacity) $(attr srd6 capacity) $(attr srd7 capacity)" \
		"512 $((4 * TiB)) 512 $((64 * MiB))"
	is "$(checksum /dev/srd0)" "$(checksum /dev/srd3)"
	is "$(checksum /dev/srd0)" "$(checksum /dev/srd6)"
	is "$(checksum /dev/srd2)" "$(checksum /dev/srd8)"
	is "$(used srd4)" "$(used srd1)"
	srdctl remove --all
}

@test "what-zstd-itself-makes" {
	load_srd size=4M
	pattern $((2 * MiB)) >/dev/srd0
	sync /dev/srd0
	srdctl save srd0 raw
	zstd -q raw -o known.zst
	zstd -q <raw >unknown.zst
	zstd -q --no-check raw -o unchecked.zst
	zstd -q --long=31 -9 raw -o long.zst
	{ head -c 3000000 raw | zstd -q; tail -c +3000001 raw | zstd -q; } >two.zst
	for file in known unknown unchecked long two; do
		is "$(srdctl restore $file.zst)" /dev/srd1 "$file"
		cmp raw /dev/srd1
		eventually srdctl remove srd1
	done
}

@test "what-is-read-is-a-snapshot-also-of-a-snapshot" {
	load_srd size=8M
	fill=$(pattern 100000 | tee /dev/srd0 | md5sum)
	sync /dev/srd0
	srdctl snapshot srd0
	srdctl reset-stats --all
	srdctl save srd1 image
	is "$(attr srd1 read_ios)" 0
	is "$(head -c 100000 image | md5sum)" "$fill"
	srdctl reset-stats --all
	srdctl save srd0 image
	is "$(attr srd0 read_ios)" 0
	srdctl remove --all
}

@test "partitions-come-along" {
	load_srd max_part=8
	srdctl create -s 64M
	sfdisk -q /dev/srd0 <<<$',8M\n,'
	srdctl save srd0 image.zst
	srdctl restore image.zst
	test -b /dev/srd1p2
	srdctl create -s 64M
	srdctl restore --into srd2 image.zst
	test -b /dev/srd2p2
	eventually srdctl remove --all
}

@test "into-a-disk-that-is-there" {
	local all

	load_srd
	srdctl create -s 40M
	fill_some /dev/srd0
	srdctl save srd0 image
	srdctl save srd0 image.zst
	srdctl create -s 40M -L target
	all=$(used srd1)
	is "$(srdctl restore --into target image)" /dev/srd1
	disks_are srd0 srd1
	drop /dev/srd0
	cmp /dev/srd0 /dev/srd1
	srdctl reset srd1
	settle
	is "$(used srd1)" "$all"
	is "$(srdctl restore --into srd1 image.zst)" /dev/srd1
	drop /dev/srd1
	cmp /dev/srd0 /dev/srd1
	# it is a disk like any other
	write_direct /dev/srd1 0 $((30 * MiB)) /dev/urandom
	blkdiscard /dev/srd1
	settle
	at_most "$(used srd1)" $((all + 64 * 1024))
	srdctl remove --all
	settle
	is "$(total used)" 0
}

@test "old-files-are-replaced-with-mode-and-owner-and-through-links" {
	local fd

	load_srd size=1M
	echo old >image
	chmod 640 image
	chown 12:34 image
	ln -s image link
	exec {fd}<image
	srdctl save srd0 link
	is "$(stat -c '%a %u %g %s' image)" "640 12 34 1048576"
	is "$(readlink link)" image
	# who had it open still has what was there
	is "$(cat <&"$fd")" old
	exec {fd}<&-
	nothing_but image link
}

@test "json-says-what-was-done" {
	load_srd size=16M
	write_direct /dev/srd0 0 $((2 * MiB)) /dev/urandom
	write_direct /dev/srd0 $((4 * MiB)) $MiB
	srdctl save --json srd0 image | jq -e '.save | length == 1 and (.[0] | .path == "image" and
		.format == "raw" and .capacity == 16777216 and .data == 2097152 and
		.file >= 2097152 and .file < 4194304 and .seconds > 0)'
	srdctl save --json srd0 image.zst | jq -e '.save[0] | .format == "zstd" and .data == 2097152'
	srdctl save --json --no-freeze --format zstd srd0 image | jq -e '.save[0].format == "zstd"'
	srdctl restore image
}

@test "what-was-restored-outlasts-a-power-cut" {
	load_srd size=8M cache=volatile
	write_direct /dev/srd0 4096 $((MiB)) /dev/urandom
	srdctl save srd0 image
	srdctl restore -L there image
	is "$(attr srd1 cache) $(attr srd1 cached)" "volatile 0"
	srdctl powercut there
	srdctl poweron there --keep none
	cmp image /dev/srd1
}

# in_loop PROCESS: the restore has let go of its claim, and waits for who has the disk open
in_loop() {
	! find "/proc/$1/fd" -lname /dev/srd1 | grep . && grep -q nanosleep "/proc/$1/wchan"
}

@test "into-does-not-take-what-was-written-while-it-waited" {
	local fd restore

	load_srd size=32M
	write_direct /dev/srd0 0 $((16 * MiB)) /dev/urandom
	srdctl save srd0 image
	srdctl create -s 32M
	srdctl restore --into srd1 image 2>said &
	restore=$!
	while [[ ! -e /sys/block/srd2 && -e /proc/$restore ]]; do :; done
	exec {fd}<>/dev/srd1
	eventually in_loop "$restore"
	write_direct /dev/srd1 4096 4096 <(pattern 4096)
	exec {fd}>&-
	! wait "$restore" || fail "it was taken over"
	matches "$(<said)" "srd1: not empty"
	is "$(checksum /dev/srd1 4096 4096)" "$(pattern 4096 | md5sum)"
	disks_are srd0 srd1
}
