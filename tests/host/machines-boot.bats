#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016 # what the machines run is expanded there
#
# A mirror that systemd makes at boot, of a disk that another machine's systemd serves: whichever
# of the two is there first, or comes back. SRD_MACHINES_KERNEL says which kernel they have (6.12).

load machines

[ "${SRD_TEST_SCALE:-1}" -gt 1 ] || SKIP="takes six minutes: make check-machines"
NQN=nqn.2026-11.local.srd:machine1:half

setup_file() {
	local built

	[ -z "${SKIP-}" ] || return 0
	"$TOP/scripts/kernel" "$KERNEL" >/dev/null || return 0 # setup says so
	cd "$BATS_FILE_TMPDIR" || return
	"$TOP/scripts/guest-image" boot >image
	built=$("$TOP/scripts/build-tool")
	make -s -C "$TOP" install-mirror install-udev install-boot DESTDIR="$PWD/stage" PREFIX=/usr >&2
	install -D "$built/srdctl" stage/usr/sbin/srdctl
	built=$("$TOP/scripts/build-module" "$KERNEL")
	cp -r "$built" module
	"$TOP/scripts/kernel" "$KERNEL" | sed -n 's/^release=//p' >release
}

uuid_of() { # N
	printf '00000000-0000-0000-0000-0000000000%02d\n' "$1"
}

# a_key: as nvme gen-dhchap-key makes one: 32 bytes and their CRC
a_key() {
	head -c 32 /dev/urandom >bytes
	printf 'DHHC-1:00:%s:\n' "$({ cat bytes; gzip <bytes | tail -c 8 | head -c 4; } | base64 -w 0)"
}

# etc N UNIT CONF LINE...: what that machine has in its /etc
etc() (
	mkdir -p "etc$1"/{nvme,srd,systemd/{network,system/multi-user.target.wants}}
	echo "nqn.2014-08.org.nvmexpress:uuid:$(uuid_of "$1")" >"etc$1/nvme/hostnqn"
	uuid_of "$1" >"etc$1/nvme/hostid"
	printf '%s\n' "${@:4}" >"etc$1/srd/$3.conf"
	cd "etc$1/systemd/system" || return
	ln -s "/usr/lib/systemd/system/$2@.service" "multi-user.target.wants/$2@$3.service"
	printf '%s\n' '[Match]' 'Driver=virtio_net' '[Network]' "Address=10.77.0.$1/24" \
		>../network/test.network
)

# boot N: start it as other machines start
boot() {
	local dir=$BATS_FILE_TMPDIR modules

	modules=/usr/lib/modules/$(<"$dir/release")
	# shellcheck disable=SC2034 # for start
	options=(--systemd "$(<"$dir/image")" --copy-in "$dir/stage/usr:/usr" --copy-in "etc$1:/etc"
		--copy-in "$dir/module/srd.ko:$modules/updates/srd.ko" --copy-in "$dir/module/modules:$modules")
	start "$1"
}

@test "a-mirror-comes-up-goes-down-and-is-mended-whoever-is-there" {
	export MACHINE_TIMEOUT=900	# each of them sees several boots of the other one
	etc 1 srd-export half 'SIZE=48M' "EXPORT=--address 10.77.0.1 --nqn $NQN --auth /etc/srd/key \
--allow nqn.2014-08.org.nvmexpress:uuid:$(uuid_of 2)"
	etc 2 srd-mirror m 'SIZE=48M' 'FS=ext4' 'MOUNT=/mnt/fast' 'FAR=10.77.0.1' "FAR_NQN=$NQN" \
		'FAR_WAIT=60' 'FAR_KEY=/etc/srd/key'
	a_key | tee etc1/srd/key >etc2/srd/key
	# what the far disk holds, though it is nothing that is known, is not replaced
	boot 1
	says 1 up
	ask 1 'head -c 4096 /dev/urandom | dd of=/dev/srd/half bs=4k seek=1000 oflag=direct status=none
		sha256sum /dev/srd/half >/run/before'
	boot 2
	says 2 up
	ask 2 'eventually systemctl --quiet is-failed srd-mirror@m; [[ ! -e /dev/md/m ]]
		journalctl --sync; journalctl -u srd-mirror@m | grep "not a half"'
	ask 1 'sha256sum --check --quiet /run/before; blkdiscard --force /dev/srd/half'
	ask 2 'systemctl start srd-mirror@m mnt-fast.mount'
	ask 2 'eventually findmnt /mnt/fast; is "$(srd-mirror status m)" clean
		echo first >/mnt/fast/file; sync'
	# the far one is lost, and comes back with an empty disk
	lose 1
	ask 2 'eventually has_status degraded; echo second >/mnt/fast/file; sync'
	boot 1
	says 1 up
	ask 2 'is_mended; halves_are_equal'
	# this one is shut down, and has all of it again
	end 2
	boot 2
	says 2 up
	ask 2 'eventually findmnt /mnt/fast; is "$(</mnt/fast/file)" second
		is_mended; halves_are_equal'
	# nothing waits at shutdown for who is not there, nor for long at boot
	lose 1
	ask 2 'eventually has_status degraded
		timeout 60 systemctl stop srd-mirror@m
		[[ ! -e /dev/md/m ]]; is "$(systemctl show -p Result --value srd-mirror@m)" success'
	# an array of somebody else who likes that name is left alone
	ask 2 'srdctl create --size 16M --label other
		mdadm --create /dev/md/m --name=m --run --quiet --level=1 --raid-devices=2 missing /dev/srd/other
		! systemctl start srd-mirror@m || exit
		journalctl --sync; journalctl -u srd-mirror@m | grep "not of /dev/srd/m"
		mdadm --stop --quiet /dev/md/m; srdctl remove other'
	end 2
	sed -i s/60/5/ etc2/srd/m.conf
	boot 2
	says 2 up
	ask 2 'eventually findmnt /mnt/fast; has_status degraded; [[ ! -e /mnt/fast/file ]]
		echo third >/mnt/fast/file; sync'
	boot 1
	says 1 up
	ask 2 'is_mended; halves_are_equal'
	end 2
	end 1
}
