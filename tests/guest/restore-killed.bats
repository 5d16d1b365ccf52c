#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# modes: mq/6.12
#
# srdctl restore that does not get to its end: no disk is left, or what was there as it was.
# guest: --memory 1G --cpus 2

load save

setup() {
	srd_setup
	mkdir -p "$BATS_TEST_TMPDIR/files"
	cd "$BATS_TEST_TMPDIR/files" || return
}

@test "restores-that-are-ended-leave-no-disk" {
	local i time signals=(KILL TERM INT)

	some_disk
	srdctl save srd0 image
	time=$(ms srdctl restore image)
	eventually srdctl remove srd1
	for ((i = 0; i < 9 * SCALE; i++)); do
		killed "${signals[i % 3]}" $((RANDOM % time)) srdctl restore image
		# one that stays, and does not go when the last one closes it, is whole
		if [[ $(srdctl list -n --raw -o NAME,DEFERRED) == *'srd1 0' ]]; then
			cmp image /dev/srd1
			eventually srdctl remove srd1
		fi
		disks_are srd0
	done
}

@test "restores-into-that-are-ended-leave-it-empty" {
	local i time signals=(KILL TERM INT)

	some_disk
	srdctl save srd0 image.zst
	srdctl create -s 64M
	time=$(ms srdctl restore --into srd1 image.zst)
	srdctl reset srd1
	for ((i = 0; i < 9 * SCALE; i++)); do
		killed "${signals[i % 3]}" $((RANDOM % time)) srdctl restore --into srd1 image.zst
		disks_are srd0 srd1
		# all or nothing
		if [[ -n $(srdctl extents -n srd1) ]]; then
			drop /dev/srd1
			cmp /dev/srd0 /dev/srd1
			eventually srdctl reset srd1
		fi
	done
	srdctl restore --into srd1 image.zst
}

@test "a-file-that-shrinks-under-a-restore-leaves-no-disk" {
	local i said

	some_disk
	for ((i = 0; i < 4; i++)); do
		srdctl save srd0 image
		srdctl restore image >out 2>said 3>&- &
		sleep 0.$((i + 1))
		truncate -s 0 image
		if wait $!; then
			eventually srdctl remove srd1
		else
			said=$(<said)
			matches "$said" '^srdctl: image: [^'$'\n'']*$'
		fi
		disks_are srd0
	done
}
