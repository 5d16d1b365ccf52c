#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # bats sets output
#
# What the kernel's own tools and shellcheck say of the sources: nothing.

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

# or_skip COMMAND...: its output, or a skipped test where what it names cannot be had
or_skip() {
	local status=0

	"$@" >"$BATS_TEST_TMPDIR/said" 2>"$BATS_TEST_TMPDIR/why" || status=$?
	[ "$status" -ne 77 ] || skip "$(tail -n 1 "$BATS_TEST_TMPDIR/why")"
	[ "$status" -eq 0 ] || { cat "$BATS_TEST_TMPDIR/why" >&2; return 1; }
	read -r output <"$BATS_TEST_TMPDIR/said"
}

# side_by_side COMMAND... -- FILE...: it has nothing to say of a few files each, on all CPUs
side_by_side() {
	local -a command=()

	while [ "$1" != -- ]; do
		command+=("$1")
		shift
	done
	shift
	printf '%s\0' "$@" | xargs -0 -P "$(nproc)" -n 10 "${command[@]}"
}

# checkpatch OPTION... -- FILE...: what checkpatch.pl has to say of files in the top folder; the
# exceptions that hold everywhere are in .checkpatch.conf. It runs where it may leave a file.
checkpatch() {
	or_skip "$TOP/scripts/kernel-source"
	(cd "$TOP" && cp --parents .checkpatch.conf ./*.[ch] include/uapi/linux/*.h kunit/*.[ch] \
		srdctl/*.[ch] tests/*/*.[ch] "$BATS_TEST_TMPDIR")
	cd "$BATS_TEST_TMPDIR" || return
	side_by_side perl "$output/scripts/checkpatch.pl" --show-types --terse --no-summary -f "$@"
}

@test "checkpatch-strict-of-the-module" {
	local file
	local -a files=()

	cd "$TOP"
	for file in *.[ch] include/uapi/linux/*.h; do
		[ "$file" = srd_trace.h ] || files+=("$file")
	done
	checkpatch -- "${files[@]}"
}

# Macros make fields' names and sizes of them.
@test "checkpatch-strict-of-tests-inside-the-kernel" {
	cd "$TOP"
	checkpatch --ignore MACRO_ARG_REUSE -f kunit/*.[ch]
}

# Tracepoints look like calls of macros that they are not.
@test "checkpatch-strict-of-tracepoints" {
	cd "$TOP"
	checkpatch --ignore PARENTHESIS_ALIGNMENT,OPEN_ENDED_LINE -- srd_trace.h
}

# A program has no BIT(), ARRAY_SIZE(), __printf() or u32, and other names than the kernel's.
@test "checkpatch-strict-of-programs" {
	local ignore=BIT_MACRO,ARRAY_SIZE,PREFER_DEFINED_ATTRIBUTE_MACRO,PREFER_KERNEL_TYPES

	ignore+=,CAMELCASE,STRNCPY,STRCPY,EMBEDDED_FUNCTION_NAME
	# lists of initialisers as macros; macros that take the name of a structure or a field
	ignore+=,COMPLEX_MACRO,MACRO_ARG_REUSE
	# strings that are changed; parentheses that show what is compared
	ignore+=,STATIC_CONST_CHAR_ARRAY,UNNECESSARY_PARENTHESES
	# what a signal handler jumps over, and memory that others write
	ignore+=,VOLATILE
	# _Thread_local and __VA_OPT__ are new to it
	ignore+=,LINE_SPACING,SPACING
	cd "$TOP"
	checkpatch --ignore "$ignore" -- srdctl/*.[ch] tests/*/*.[ch]
}

# quiet KERNEL: the compiler at W=1 and sparse have nothing to say of the module
quiet() {
	or_skip "$TOP/scripts/build-module" "$1" W=1 C=1
	# sparse did look, and there was something to look at
	grep -q 'CHECK .*srd_store.c' "$output/build.log"
	! grep -iE '(warning|error):|not found' "$output/build.log"
}

@test "sparse-and-W1-on-6.1" {
	quiet 6.1
}

@test "sparse-and-W1-on-6.12" {
	quiet 6.12
}

@test "sparse-and-W1-on-newest" {
	quiet newest
}

@test "shellcheck-of-scripts" {
	local file
	local -a scripts=()

	for file in "$TOP"/scripts/* "$TOP"/tests/in-guest "$TOP"/tests/seeded/run \
		"$TOP"/.ci/run; do
		! head -n 3 "$file" | grep -qE '^#!.*sh$|shellcheck shell=' || scripts+=("$file")
	done
	[ "${#scripts[@]}" -gt 10 ]
	side_by_side shellcheck -x -P SCRIPTDIR -e SC2317 -- "${scripts[@]}"
}

# What `load` brings is not seen by shellcheck.
@test "shellcheck-of-tests" {
	side_by_side shellcheck -S warning -e SC2154 -- "$TOP"/tests/*/*.bats "$TOP"/tests/*/*.bash
}

# make seeded takes its time; that it would begin is seen here.
@test "seeded-bugs-can-still-be-put-in" {
	local bug field
	local -a bugs=("$TOP"/tests/seeded/*.patch)

	[ "${#bugs[@]}" -ge 5 ]
	for bug in "${bugs[@]}"; do
		for field in file tests mode caught; do
			grep -q "^$field: ." "$bug" || { echo "$bug: no $field" >&2; return 1; }
		done
		[ -e "$TOP/tests/guest/$(sed -n 's/^file: //p' "$bug").bats" ]
		patch -s -p1 --dry-run --fuzz=0 -d "$TOP" <"$bug"
	done
}
