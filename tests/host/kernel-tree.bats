#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The sources as a folder of a kernel's tree, drivers/block/srd/.

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

# A tree with srd in it, and a configuration of hardly more than block devices.
setup_file() {
	local said status=0 block=$BATS_FILE_TMPDIR/tree/drivers/block name

	said=$("$TOP/scripts/kernel-source" 2>"$BATS_FILE_TMPDIR/why") || status=$?
	[ "$status" -ne 77 ] || { mv "$BATS_FILE_TMPDIR/why" "$BATS_FILE_TMPDIR/skip"; return 0; }
	[ "$status" -eq 0 ] || { cat "$BATS_FILE_TMPDIR/why" >&2; return 1; }
	"$TOP/scripts/need" gcc make flex bison bc libelf-dev
	cp -al "$said" "$BATS_FILE_TMPDIR/tree"
	mkdir "$block/srd"
	bash -c '. "$1/scripts/lib.sh" && copy_sources "$2"' - "$TOP" "$block/srd"
	for name in Kconfig Makefile; do
		rm "$block/$name" # it is the cache's
		cp "$said/drivers/block/$name" "$block"
	done
	# shellcheck disable=SC2016 # make's
	echo 'obj-$(CONFIG_BLK_DEV_SRD) += srd/' >>"$block/Makefile"
	sed -i '/^endif # BLK_DEV/i source "drivers/block/srd/Kconfig"' "$block/Kconfig"
	cd "$BATS_FILE_TMPDIR/tree" || return
	printf 'CONFIG_%s=y\n' 64BIT MODULES BLOCK BLK_DEV PROC_FS SYSFS >fragment
	make -s KCONFIG_ALLCONFIG=fragment allnoconfig
	# what comes with the sources must not be taken for what is built
	find "$block/srd" -name '*.o' -delete
}

setup() {
	[ ! -e "$BATS_FILE_TMPDIR/skip" ] || skip "$(<"$BATS_FILE_TMPDIR/skip")"
}

# build ANSWER: with that for BLK_DEV_SRD
build() {
	cd "$BATS_FILE_TMPDIR/tree" || return
	sed -i '/BLK_DEV_SRD[= ]/d' .config
	echo "CONFIG_BLK_DEV_SRD=$1" >>.config
	make -s olddefconfig
	grep -x "CONFIG_BLK_DEV_SRD=$1" .config
	make -s -j2 W=1 drivers/block/srd/ 2>warnings || { cat warnings >&2; return 1; }
	! grep 'warning:' warnings
}

@test "kconfig-offers-srd-and-leaves-it-out-by-default" {
	cd "$BATS_FILE_TMPDIR/tree"
	grep -x '# CONFIG_BLK_DEV_SRD is not set' .config
}

@test "builds-as-a-module" {
	build m
	nm drivers/block/srd/srd.o | grep -w init_module
}

@test "builds-into-the-kernel" {
	build y
	ar t drivers/block/srd/built-in.a | grep srd_store.o
	# its parameters are then srd.size= and the like
	strings -a drivers/block/srd/srd_main.o | grep -x 'srd.size'
}
