#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# modes: mq/6.12
#
# srdctl save and restore: what is refused, and that nothing is left of it.
# guest: --memory 1G --cpus 2

load save

CUT="cut off: it ends before what was saved does; use another copy"
DAMAGED="damaged: its data or a checksum is wrong; use another copy"

setup() {
	srd_setup
	mkdir -p "$BATS_TEST_TMPDIR/files"
	cd "$BATS_TEST_TMPDIR/files" || return
}

# new_ext4 DISK FOLDER: an ext4 with attributes on a disk of its own
new_ext4() {
	mkfs.ext4 -q "/dev/$1"
	mkdir -p "$2"
	mount "/dev/$1" "$2"
}

@test "into-is-refused-unless-it-fits" {
	load_srd size=8M
	pattern 100000 >/dev/srd0
	sync /dev/srd0
	srdctl save srd0 image
	srdctl create -s 8M -L full
	write_direct /dev/srd1 4096 4096 /dev/urandom
	says "srd1: not empty (if nobody needs what it holds: srdctl reset srd1)" restore --into full image
	srdctl create -s 16M
	says "srd2: it has 16777216 bytes, and what was saved 8388608: srdctl resize srd2 8388608" \
		restore --into srd2 image
	srdctl create -s 8M
	# shellcheck disable=SC2217 # it holds the disk open
	sleep 100 3>&- </dev/srd3 &
	says "srd3: busy: open in sleep (pid $!) (free it first)" restore --into srd3 image
	kill $!
	wait $! || true
	srdctl create -s 8M -r
	says "srd4: it is read-only" restore --into srd4 image
	srdctl create -s 8M -p
	says "srd5: it keeps the memory that it has (prealloc): restore to a new disk" \
		restore --into srd5 image
	says "srd9: no such disk; there are: srd0, srd1, srd2, srd3, srd4, srd5" restore --into srd9 image
	disks_are srd0 srd1 srd2 srd3 srd4 srd5
	is "$(srdctl extents -n --raw -b srd1)" "4096 4096 0"
	is "$(srdctl extents -n srd2)$(srdctl extents -n srd3)" ""
	srdctl restore --into srd3 image
	eventually srdctl remove --all
}

@test "cut-off-or-damaged-zstd-leaves-no-disk" {
	local size zeroes pos

	load_srd size=131M,131M
	write_direct /dev/srd0 0 $((3 * MiB)) /dev/urandom
	srdctl save srd0 good.zst
	size=$(stat -c %s good.zst)
	# what one frame of zeroes takes, to cut just between two
	srdctl resize srd0 195M
	srdctl save srd0 longer.zst
	zeroes=$(($(stat -c %s longer.zst) - size))
	at_most "$zeroes" 16384
	for pos in $((size - 1)) $((size - zeroes)) $((size - 2 * zeroes)) $((2 * MiB)) 34 32 5; do
		head -c "$pos" good.zst >bad.zst
		says "bad.zst: $CUT" restore bad.zst
	done
	for pos in $((size - zeroes)) $((2 * MiB)); do
		head -c "$pos" good.zst >bad.zst
		says "bad.zst: $CUT" restore --into srd1 bad.zst
	done
	for pos in $((2 * MiB)) 1000 $((size - 2)) 40; do
		cp good.zst bad.zst
		flip bad.zst "$pos"
		refuses "srdctl: bad.zst: " srdctl restore bad.zst
		refuses "srdctl: bad.zst: " srdctl restore --into srd1 bad.zst
	done
	flip bad.zst 40
	flip bad.zst 2000000
	says "bad.zst: $DAMAGED" restore bad.zst
	{ cat good.zst; head -c 100000 /dev/urandom | zstd -q; } >bad.zst
	says "bad.zst: damaged: it holds more than the size that it says; use another copy" restore bad.zst
	{ cat good.zst; echo junk of some length; } >bad.zst
	says "bad.zst: $DAMAGED" restore bad.zst
	disks_are srd0 srd1
	is "$(srdctl extents -n srd1)" ""
	srdctl restore --into srd1 good.zst
	srdctl restore good.zst
	srdctl remove --all
}

@test "no-byte-of-a-zstd-can-change-unseen" {
	local i pos size

	load_srd size=1M
	pattern 20000 >/dev/srd0
	sync /dev/srd0
	srdctl save srd0 good.zst
	srdctl save srd0 good
	size=$(stat -c %s good.zst)
	for ((i = 0; i < 18 * SCALE; i++)); do
		# the head and the end for sure, the rest at random
		pos=$((i < 8 ? i : i < 12 ? size - i + 7 : RANDOM % size))
		cp good.zst bad.zst
		flip bad.zst $pos
		if srdctl restore bad.zst -L changed >said 2>&1; then
			# only where zstd itself finds the same
			cmp good /dev/srd1
			eventually srdctl remove changed
		else
			matches "$(<said)" '^srdctl: bad.zst: [^'$'\n'']*$'
		fi
	done
	disks_are srd0
}

@test "raw-of-another-size-is-refused" {
	load_srd size=64M,8M
	new_ext4 srd0 fs
	pattern 100000 >/dev/srd1
	sync /dev/srd1
	srdctl save srd1 fs/image
	truncate -s 4M fs/image
	says "fs/image: it has 4194304 bytes, and had 8388608 when it was saved: use another copy, or if that is on purpose: --any-size" \
		restore fs/image
	is "$(srdctl restore --any-size fs/image)" /dev/srd2
	is "$(attr srd2 capacity)" $((4 * MiB))
	truncate -s 8M fs/image
	srdctl restore fs/image
	umount fs
	head -c 1000 /dev/urandom >odd
	says "odd: what it holds, 1000 bytes, is no multiple of 512: it is not of a disk, or cut off" \
		restore odd
	says "odd: $DAMAGED" restore --format zstd odd
	head -c 1536 /dev/urandom >odd
	says "odd: the size 1536 is no multiple of the block size, 1024" \
		restore -b 1024 odd
	: >odd
	says "odd: $CUT" restore odd
	says ".: a folder: name the file in it" restore .
	says "/dev/srd0: not a file" restore /dev/srd0
	says "nowhere: no such file" restore nowhere
	disks_are srd0 srd1 srd2 srd3
	eventually srdctl remove --all
}

@test "raw-that-looks-like-zstd" {
	load_srd size=64M,8M
	new_ext4 srd0 fs
	echo hello | zstd -q >start
	dd if=start of=/dev/srd1 conv=notrunc status=none
	sync /dev/srd1
	srdctl save srd1 fs/image
	cp fs/image plain
	# the attribute says what it is; without it, the user
	srdctl restore fs/image
	says "plain: $DAMAGED" restore plain
	srdctl restore --format raw plain
	cmp plain /dev/srd2
	cmp plain /dev/srd3
	umount fs
	eventually srdctl remove --all
}

@test "restored-disk-that-is-too-much-for-its-limit" {
	load_srd size=16M
	write_direct /dev/srd0 0 $((8 * MiB)) /dev/urandom
	srdctl save srd0 image
	says "image: no memory for it: a limit or the reserve is in the way (see: srdctl memory)" \
		restore -l 2M image
	says "image: the number or the label is taken by another disk (see: srdctl list)" restore -n 0 image
	disks_are srd0
}

@test "targets-that-are-no-file" {
	load_srd size=1M,1M
	mkdir folder
	ln -s nowhere dangling
	says "folder: a folder: name the file in it" save srd0 folder
	says "/dev/srd1: not a file: to copy a disk to another one, use cp or dd" save srd0 /dev/srd1
	says "dangling: there is no such folder" save srd0 dangling
	says "no/file: there is no such folder" save srd0 no/file
	says "srd7: no such disk; there are: srd0, srd1" save srd7 image
	nothing_but folder dangling
	disks_are srd0 srd1
}

# As whoever writes there with a shell would find it: the kernel's rules for such folders hold.
@test "what-others-put-where-all-may-write-is-not-what-is-written" {
	local other="another user's, where all may write: remove it, or use another place"

	load_srd size=8M
	pattern 100000 >/dev/srd0
	sync /dev/srd0
	sysctl -q fs.protected_symlinks=1
	echo precious >mine
	mkdir -m 1777 all
	chmod 755 /root "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" .
	setpriv --reuid 65534 --clear-groups ln -s "$PWD/mine" all/link
	says "all/link: may not be written there" save srd0 all/link
	is "$(<mine)" precious
	setpriv --reuid 65534 --clear-groups touch all/file
	says "all/file: $other" save srd0 all/file
	is "$(stat -c '%u %s' all/file)" "65534 0"
	nothing_but mine all all/file all/link
	# one's own, and whose folder it is
	rm all/file
	touch all/file
	srdctl save srd0 all/file
	cmp all/file /dev/srd0
	chown 65534 all all/file
	srdctl save srd0 all/file
	is "$(stat -c %u all/file)" 65534
}

@test "larger-than-a-file-can-be-says-so" {
	load_srd size=64M
	srdctl create -s 16T -l 16M
	new_ext4 srd0 mnt
	says "mnt/raw: larger than files can be there: use --format zstd, or another place" save srd1 mnt/raw
	is "$(ls -A mnt)" lost+found
	umount mnt
}
