#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # bats sets output
#
# What srd-boot says of files in /etc/srd, and what it tells systemd. That disks come and are saved
# at boot and shutdown is tested in a machine with systemd (deb.bats).

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

setup() {
	export SRD_CONF=$BATS_TEST_TMPDIR/etc SRD_STATE=$BATS_TEST_TMPDIR/run
	mkdir "$SRD_CONF" "$SRD_STATE" "$BATS_TEST_TMPDIR/bin"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

boot() {
	"$TOP/scripts/srd-boot" "$@"
}

# conf NAME LINE...
conf() {
	printf '%s\n' "${@:2}" >"$SRD_CONF/$1.conf"
}

# refused TEXT LINE... - a file with these lines is wrong for that reason
refused() {
	conf bad "${@:2}"
	run boot check bad
	[[ $status = 1 && $output = *"$1"* ]] || { echo "${*:2}: $status, $output" >&2; return 1; }
}

# stub LINE... - what srdctl does
stub() {
	printf '%s\n' '#!/bin/bash' "echo \"\$*\" >>\"$BATS_TEST_TMPDIR/asked\"" "$@" >"$BATS_TEST_TMPDIR/bin/srdctl"
	chmod +x "$BATS_TEST_TMPDIR/bin/srdctl"
}

@test "each-mistake-is-named-with-its-line" {
	refused "bad.conf: SIZE is not there" 'LABEL=x'
	refused "bad.conf:1: SIZE: '0'" 'SIZE=0'
	refused "bad.conf:2: SIZE is there twice" 'SIZE=1G' 'SIZE=2G'
	refused "bad.conf:1: unknown key 'COLOUR'" 'COLOUR=red'
	refused "bad.conf:2: 'SAVE' is no KEY=VALUE" 'SIZE=1G' 'SAVE'
	refused "bad.conf:2: LABEL: 'srd1'" 'SIZE=1G' 'LABEL=srd1'
	refused "MOUNT needs FS" 'SIZE=1G' 'MOUNT=/mnt/x'
	for path in / // /a//b /a/ /a/../b /a/. a "/a b"; do
		refused "SAVE: '$path' is not an absolute path" 'SIZE=1G' "SAVE=$path"
	done
	refused "lies on the disk itself" 'SIZE=1G' 'FS=ext4' 'MOUNT=/mnt/x' 'SAVE=/mnt/x/y.zst'
	refused "FAR needs FAR_NQN" 'SIZE=1G' 'FAR=192.0.2.1'
	refused "FAR_WAIT needs FAR" 'SIZE=1G' 'FAR_WAIT=3'
	refused "bad.conf:2: FAR_WAIT: 'long'" 'SIZE=1G' 'FAR_WAIT=long'
	refused "bad.conf:3: FAR_NQN: 'half'" 'SIZE=1G' 'FAR=192.0.2.1' 'FAR_NQN=half'
	refused "SAVE and FAR exclude each other" 'SIZE=1G' 'FAR=192.0.2.1' 'FAR_NQN=nqn.x' 'SAVE=/var/x'
	conf good '# comment' '  SIZE = 1G' 'SIZE=1G' && ! boot check good
	conf good '# comment' '' '  SIZE=1G  ' "LABEL='one'" 'FS=ext4' 'MOUNT=/mnt/x-1' 'SAVE=/var/.x/..y'
	rm "$SRD_CONF/bad.conf"
	run boot check
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "no-two-files-have-the-same-label-mount-point-or-image" {
	conf one 'SIZE=1G' 'FS=ext4' 'MOUNT=/mnt/one' 'SAVE=/var/one'
	for line in LABEL=one MOUNT=/mnt/one SAVE=/var/one; do
		conf two 'SIZE=1G' 'FS=ext4' "$line"
		run boot check two
		[ "$status" -eq 1 ]
		[[ $output = *"two.conf: $line is that of $SRD_CONF/one.conf, too" ]]
		boot check one
	done
}

@test "systemd-is-told-what-a-disk-needs-and-who-mounts-it" {
	mkdir "$BATS_TEST_TMPDIR/real" units
	ln -s real "$BATS_TEST_TMPDIR/link"
	conf one 'SIZE=1G' 'FS=ext4' 'MOUNT=/mnt/one' 'MOUNT_OPTIONS=noatime,x=100%' "SAVE=$BATS_TEST_TMPDIR/link/one.zst"
	conf two 'SIZE=1G' 'FS=ext4' 'MOUNT=/mnt/two' 'FAR=192.0.2.1' 'FAR_NQN=nqn.2026-11.local.srd:other:half'
	conf wrong 'SIZE=much'
	run boot generate units
	[[ $output = *"wrong.conf:1: SIZE"* ]]
	grep -x "RequiresMountsFor=$BATS_TEST_TMPDIR/link $BATS_TEST_TMPDIR/real" units/srd@one.service.d/files.conf
	grep -x 'What=/dev/srd/one' units/mnt-one.mount
	grep -x 'BindsTo=srd@one.service' units/mnt-one.mount
	grep -x 'What=/dev/md/two' units/mnt-two.mount
	grep -x 'JobRunningTimeoutSec=1h' units/dev-md-two.device.d/srd.conf
	grep -x 'BindsTo=srd-mirror@two.service' units/mnt-two.mount
	grep -x 'Options=defaults,_netdev' units/mnt-two.mount
	[ -h units/srd-mirror@two.service.wants/mnt-two.mount ]
	grep -x 'Options=noatime,x=100%%' units/mnt-one.mount
	grep -x 'JobRunningTimeoutSec=1h' units/dev-srd-one.device.d/srd.conf
	[ "$(readlink -f units/srd@one.service.wants/mnt-one.mount)" = "$PWD/units/mnt-one.mount" ]
	[ ! -e units/srd@wrong.service.d ]
	# somebody else's stays
	echo theirs >units/mnt-one.mount
	run boot generate units
	[[ $output = *"is that of somebody else, too"* ]]
	[ "$(cat units/mnt-one.mount)" = theirs ]
	rm -r units
}

@test "a-disk-is-served-as-its-file-says" {
	stub
	conf one 'SIZE=1G' 'LABEL=half' 'EXPORT=--address 192.0.2.1 --allow nqn.x'
	boot export one
	cp "$SRD_CONF/one.conf" "$SRD_STATE"
	boot unexport one
	[ "$(cat "$BATS_TEST_TMPDIR/asked")" = "export half --address 192.0.2.1 --allow nqn.x"$'\n'"unexport half" ]
	conf one 'SIZE=1G'
	run boot export one
	[ "$status" -eq 1 ]
	[[ $output = *"EXPORT is not there"* ]]
	run boot values one
	[ "$(sort <<<"$output")" = $'LABEL=one\nSIZE=1G' ]
}

@test "stop-saves-what-was-started-whatever-became-of-the-file" {
	stub
	conf one 'SIZE=1G' "SAVE=$BATS_TEST_TMPDIR/image"
	cp "$SRD_CONF/one.conf" "$SRD_STATE"
	conf one 'SIZE=oops'
	boot stop one
	[ "$(cat "$BATS_TEST_TMPDIR/asked")" = "save one $BATS_TEST_TMPDIR/image"$'\n''remove one' ]
	[ ! -e "$SRD_STATE/one.conf" ]
}

@test "an-image-that-was-hidden-while-the-disk-began-empty-is-not-replaced" {
	stub
	conf one 'SIZE=1G' "SAVE=$BATS_TEST_TMPDIR/image"
	echo old >"$BATS_TEST_TMPDIR/image"
	touch -d '1 hour ago' "$BATS_TEST_TMPDIR/image"
	cp "$SRD_CONF/one.conf" "$SRD_STATE"
	touch "$SRD_STATE/one.new"
	run boot stop one
	[ "$status" -eq 1 ]
	[[ $output = *"it is not replaced"* ]]
	[ ! -e "$BATS_TEST_TMPDIR/asked" ]
	run boot left
	[ "$status" -eq 1 ]
	[ "$output" = one ]
	# what was saved by hand since may be
	touch "$BATS_TEST_TMPDIR/image"
	touch -d '1 hour ago' "$SRD_STATE/one.conf"
	boot stop one
	boot left
}

@test "a-disk-that-is-in-use-after-it-was-saved-is-told" {
	stub '[ "$1" = save ]'
	conf one 'SIZE=1G' "SAVE=$BATS_TEST_TMPDIR/image"
	cp "$SRD_CONF/one.conf" "$SRD_STATE"
	run boot stop one
	[ "$status" -eq 1 ]
	[[ $output = *"is not saved. When it is no longer in use, then: "*"srd-boot stop one" ]]
	[ -e "$SRD_STATE/one.conf" ]
}
