#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# modes: mq/6.12
#
# srdctl save that does not get to its end: what was there before is whole, and nothing
# is left but what the next save takes away.
# guest: --memory 1G --cpus 2

load save

setup() {
	srd_setup
	mkdir -p "$BATS_TEST_TMPDIR/files"
	cd "$BATS_TEST_TMPDIR/files" || return
}

# temporaries: of what a save left, one a line
temporaries() {
	find . -name '.image*.srdctl-??????'
}

@test "temporary-disks-go-with-who-made-them" {
	load_srd
	temporary
	is "$(total disks)" 0
}

@test "no-room-leaves-the-old-file" {
	local name

	some_disk
	mkdir small
	mount -t tmpfs -o size=20M small small
	echo old >small/image
	cp small/image small/image.zst
	for name in image image.zst; do
		says "small/$name: no room for it; what was there before is as it was" save srd0 small/$name
		cmp small/$name <(echo old)
	done
	disks_are srd0
	is "$(find small -type f | sort | paste -sd ' ')" "small/image small/image.zst"
	umount small
}

@test "signals-leave-the-old-file-and-no-other" {
	local signal name time caught=0

	some_disk
	echo old >old
	for name in image image.zst; do
		time=$(ms srdctl save srd0 $name)
		for signal in INT TERM HUP; do
			cp old $name
			killed $signal $((time * 2 / 3)) srdctl save srd0 $name
			nothing_but $name old
			# on an uneven machine it may have been done by then
			[[ $KILLED != 0 ]] || continue
			is "$KILLED" $((128 + $(kill -l $signal))) "status"
			cmp $name old
			caught=$((caught + 1))
		done
		rm $name
	done
	at_least "$caught" 1 "how often one was caught saving"
	disks_are srd0
}

@test "killed-saves-leave-the-old-file-and-no-disk" {
	local i time left=0 wanted

	some_disk
	time=$(ms srdctl save srd0 image)
	wanted=$(md5sum <image)
	for ((i = 0; i < 10 * SCALE; i++)); do
		killed KILL $((RANDOM % time)) srdctl save srd0 image
		is "$(md5sum <image)" "$wanted" "the file after kill $i"
		disks_are srd0
		# never more than what the last one left
		at_most "$(temporaries | wc -l)" 1
		left=$((left + $(temporaries | wc -l)))
	done
	at_least "$left" 1 "how often one was caught writing"
	srdctl save srd0 image
	nothing_but image
	cmp image /dev/srd0
}

@test "killed-zstd-saves-leave-the-old-file-and-no-disk" {
	local i time wanted

	some_disk
	time=$(ms srdctl save srd0 image.zst)
	wanted=$(md5sum <image.zst)
	for ((i = 0; i < 5 * SCALE; i++)); do
		killed KILL $((RANDOM % time)) srdctl save srd0 image.zst
		# what comes after the last frame was written may be the same file, made anew
		[[ $(md5sum <image.zst) == "$wanted" ]] || zstd -q -dc image.zst | cmp - /dev/srd0
		disks_are srd0
	done
	srdctl save srd0 image.zst
	nothing_but image.zst
}

@test "what-somebody-is-writing-is-not-taken-away" {
	local other name

	some_disk
	# one left, one that is being written, and names that are alike and not meant
	: >.image.srdctl-abcdef
	: >.image.srdctl-locked
	for name in .image.srdctl-abcde .image.srdctl-abcdefg .image.srdctl-abc.ef .image2.srdctl-abcdef; do
		: >$name
	done
	mkdir .image.srdctl-folder
	exec {other}<.image.srdctl-locked
	flock "$other"
	srdctl save srd0 image
	exec {other}<&-
	nothing_but image .image.srdctl-locked .image.srdctl-abcde .image.srdctl-abcdefg \
		.image.srdctl-abc.ef .image2.srdctl-abcdef .image.srdctl-folder
	srdctl save srd0 image
	test ! -e .image.srdctl-locked
}

@test "saves-of-one-target-at-once" {
	local i

	some_disk
	for i in 1 2 3; do
		srdctl save srd0 image 3>&- &
	done
	for i in 1 2 3; do
		wait -n
	done
	nothing_but image
	cmp image /dev/srd0
	disks_are srd0
}

@test "names-as-long-as-they-can-be" {
	local name

	load_srd size=1M
	printf -v name '%0255d' 7
	srdctl save srd0 "$name"
	nothing_but "$name"
	refuses 'File name too long' srdctl save srd0 "${name}8"
	nothing_but "$name"
}

@test "a-disk-that-is-removed-under-a-save" {
	some_disk
	srdctl snapshot srd0
	echo old >image
	# a snapshot is read itself, so that it can be taken away
	( while [[ ! -e stop ]]; do srdctl remove --force srd1 2>/dev/null && : >stop; done ) 3>&- &
	if ! srdctl save srd1 image 2>said; then
		matches "$(<said)" '^srdctl: srd1: [^'$'\n'']*$'
		cmp image <(echo old)
	fi
	wait
	nothing_but image said stop
}

# A library that compresses as hard as it can does not look for signals for a minute.
@test "a-signal-ends-a-save-that-is-busy-compressing" {
	local saver status=0

	load_srd size=128M
	write_direct /dev/srd0 0 $((128 * MiB)) /dev/urandom
	srdctl save srd0 big.zst --level 19 &
	saver=$!
	eventually begun
	kill -TERM "$saver"
	eventually ended "$saver"
	wait "$saver" || status=$?
	is "$status" $((128 + 15)) "status"
	is "$(ls -A)" "" "what is left"
}

ended() {
	! kill -0 "$1" 2>/dev/null || [[ $(ps -o stat= -p "$1") == Z* ]]
}

begun() {
	compgen -G '.big.zst.srdctl-*'
}
