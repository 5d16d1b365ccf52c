#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # bats sets output and status
#
# What the tools of scripts/lint say of the sources: nothing; and of a tree in which each of them
# has one thing to say: that.

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

# lint FOLDER ARGUMENT...: what the parts say is kept there
lint() {
	local status=0

	mkdir -p "$1"
	"$TOP/scripts/lint" --to "$@" >"$1/all" 2>&1 || status=$?
	[ "$status" -eq 0 ] || [ "$status" -eq 1 ] || [ "$status" -eq 77 ] ||
		{ cat "$1/all" >&2; return 1; }
}

# seed FOLDER: a module of one file, a tool of one and a script, each with something to complain of
seed() {
	mkdir -p "$1"/{scripts,srdctl,include/uapi}
	cp "$TOP/.checkpatch.conf" "$1"
	printf '%s\n' 'obj-m += srd.o' 'srd-y := srd_main.o' >"$1/Kbuild"
	# shellcheck disable=SC2016 # make's
	printf '%s\n\t%s\n' 'module:' '$(MAKE) -C $(KDIR) M=$(CURDIR) modules' >"$1/Makefile"
	cat >"$1/srd_main.c" <<-'END'
		// SPDX-License-Identifier: GPL-2.0
		#include <linux/module.h>
		#include <linux/slab.h>
		int srd_main(int __user *from)
		{
			int *p=kmalloc(sizeof(*p), GFP_KERNEL);

			if (p)
				kfree(p);
			return *from;
		}
		MODULE_LICENSE("GPL");
		MODULE_DESCRIPTION("complaints");
	END
	cat >"$1/srdctl/srdctl.c" <<-'END'
		int main(void)
		{
			char text[2] = "";

			return text[2];
		}
	END
	# shellcheck disable=SC2016 # of the script
	printf '%s\n' '#!/bin/sh' 'echo $1' >"$1/scripts/script"
}

setup_file() {
	lint "$BATS_FILE_TMPDIR/said"
	seed "$BATS_FILE_TMPDIR/seeded"
	SRD_SRC=$BATS_FILE_TMPDIR/seeded lint "$BATS_FILE_TMPDIR/found" --kernel 6.12 \
		sparse clang cocci gcc checkpatch cppcheck shellcheck
}

# or_skip FOLDER PART: it did run there, on all that it was to look at
or_skip() {
	[ ! -e "$BATS_FILE_TMPDIR/$1/$2.missing" ] ||
		skip "$(tail -n 1 "$BATS_FILE_TMPDIR/$1/$2.missing")"
	[ -e "$BATS_FILE_TMPDIR/$1/$2.count" ]
}

# quiet PART: has nothing to say of the sources
quiet() {
	cat "$BATS_FILE_TMPDIR/said/$1.said" >&2
	[ "$(<"$BATS_FILE_TMPDIR/said/$1.count")" -eq 0 ]
	or_skip said "$1"
}

# finds PART TEXT: it says that of what was seeded
finds() {
	or_skip found "$1"
	grep -F "$2" "$BATS_FILE_TMPDIR/found/$1.said" || { cat "$BATS_FILE_TMPDIR/found/all" >&2; return 1; }
}

@test "checkpatch-says-nothing" {
	quiet checkpatch
}

@test "sparse-says-nothing-on-any-kernel" {
	quiet sparse
}

@test "gcc-at-W1-says-nothing-on-any-kernel" {
	quiet gcc
}

@test "clang-at-W1-says-nothing" {
	quiet clang
}

@test "coccinelle-says-nothing" {
	quiet cocci
}

@test "cppcheck-says-nothing-of-srdctl" {
	quiet cppcheck
}

@test "shellcheck-says-nothing" {
	quiet shellcheck
}

@test "nothing-uses-what-stands-on-a-higher-floor" {
	quiet floors
}

@test "checkpatch-finds-what-is-there" {
	finds checkpatch "spaces required around that '='"
}

@test "sparse-finds-what-is-there" {
	finds sparse 'dereference of noderef expression'
	[ "$(<"$BATS_FILE_TMPDIR/found/sparse.count")" -eq 2 ]
}

@test "gcc-finds-what-is-there" {
	finds gcc '[-Wmissing-prototypes]'
	[ "$(<"$BATS_FILE_TMPDIR/found/gcc.count")" -eq 1 ]
}

@test "clang-finds-what-is-there" {
	finds clang '[-Wmissing-prototypes]'
	[ "$(<"$BATS_FILE_TMPDIR/found/clang.count")" -eq 1 ]
}

@test "coccinelle-finds-what-is-there" {
	finds cocci 'NULL check before'
}

@test "cppcheck-finds-what-is-there" {
	finds cppcheck '[arrayIndexOutOfBounds]'
}

@test "shellcheck-finds-what-is-there" {
	finds shellcheck '[SC2086]'
}

@test "a-build-that-fails-is-a-complaint" {
	seed "$BATS_TEST_TMPDIR/broken"
	echo 'int broken(' >>"$BATS_TEST_TMPDIR/broken/srd_main.c"
	run env SRD_SRC="$BATS_TEST_TMPDIR/broken" "$TOP/scripts/lint" --kernel 6.12 gcc
	[ "$status" -eq 77 ] || [ "$status" -eq 1 ]
	[ "$status" -eq 77 ] || grep -F 'could not be built' <<<"$output"
}

# floors FILE TEXT WANTED: with that text at the end of a file, the floors say that
floors() {
	local folder=$BATS_TEST_TMPDIR/floors

	mkdir "$folder"
	cp "$TOP"/srd*.[ch] "$folder"
	echo "$2" >>"$folder/$1"
	run "$TOP/scripts/floors" "$folder"
	[ "$status" -eq 1 ]
	grep -xE "$3" <<<"$output"
	[ "$(wc -l <<<"$output")" -eq 1 ]
	rm -r "$folder"
}

@test "floors-find-what-is-there" {
	floors srd_store.c 'static void f(void) { srd_disk_get(0); }' \
		'srd_store\.c:[0-9]+: floor 2 uses srd_disk_get of srd_disk\.c, floor 6'
	floors srd_event.c '#include "srd_table.h"' \
		'srd_event\.c:[0-9]+: floor 1 uses srd_table\.h, floor 2'
	floors srd_disk.c 'static const void *p = srd_sysfs_groups;' \
		'srd_disk\.c:[0-9]+: floor 6 uses srd_sysfs_groups of srd_sysfs\.c, floor 8'
	floors srd_io.h '#define srd_up() srd_inject_cut(NULL)' \
		'srd_io\.h:[0-9]+: floor 3 uses srd_inject_cut of srd_inject\.c, floor 4'
	floors srd_new.c 'int srd_new;' 'srd_new\.c: on no floor of scripts/floors\.list'
}

# What is used by name is a use; what is declared, said in a comment or in a string is none.
@test "floors-pass-over-comments-strings-and-declarations" {
	mkdir "$BATS_TEST_TMPDIR/floors"
	cp "$TOP"/srd*.[ch] "$BATS_TEST_TMPDIR/floors"
	printf '%s\n' '/* srd_disk_get() */' 'static const char *p = "srd_disk_get";' \
		'struct srd_disk *srd_disk_get(unsigned int number);' >>"$BATS_TEST_TMPDIR/floors/srd_event.c"
	"$TOP/scripts/floors" "$BATS_TEST_TMPDIR/floors"
}
