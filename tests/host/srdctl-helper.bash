# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # bats sets output, lines and status
#
# What the tests of srdctl share: a tool built from the tree, and a control node without a module.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

require() {
	local program

	for program in "$@"; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
}

# What each file does before its tests, and before each of them, unless it says otherwise.
setup_file() {
	require cc pkg-config
	build_all
}

setup() {
	fake_machine
}

# build_tool FOLDER [MAKE-ARGUMENT...]: a copy, so that tests in parallel do not share objects
build_tool() {
	local folder=$1
	shift

	mkdir -p "$folder/srdctl" "$folder/include"
	cp "$TOP"/srdctl/*.[ch] "$TOP/srdctl/Makefile" "$folder/srdctl/"
	cp -r "$TOP/include/uapi" "$folder/include/"
	make -s -C "$folder/srdctl" "$@" srdctl
}

build_fake() {
	local folder=$1 cc=${CC:-cc} program

	"$cc" -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror -I"$TOP/include/uapi" \
		-shared -fPIC -o "$folder/fake-control.so" "$TOP"/tests/host/fake-con{trol,figfs}.c -ldl
	for program in fake-set fake-event; do
		"$cc" -std=gnu11 -O1 -g -Wall -Wextra -Werror -I"$TOP/include/uapi" \
			-o "$folder/$program" "$TOP/tests/host/$program.c"
	done
}

# For setup_file: tool and fake are built once for all tests of a file.
build_all() {
	build_tool "$BATS_FILE_TMPDIR"
	build_fake "$BATS_FILE_TMPDIR"
}

# For setup: a machine with the module loaded and no disk.
fake_machine() {
	SRDCTL=$BATS_FILE_TMPDIR/srdctl/srdctl
	export FAKE_ROOT=$BATS_TEST_TMPDIR/root
	mkdir -p "$FAKE_ROOT"/{dev,proc/self,sys/block,sys/module/srd/parameters,lib/modules}
	touch "$FAKE_ROOT/dev/srd-control" "$FAKE_ROOT/proc/self/mountinfo" "$FAKE_ROOT/proc/swaps"
}

fake_unload() {
	rm -r "$FAKE_ROOT/dev/srd-control" "$FAKE_ROOT/sys/module/srd"
}

# Runs srdctl on the fake machine.
srdctl() {
	LD_PRELOAD=$BATS_FILE_TMPDIR/fake-control.so "$SRDCTL" "$@"
}

# Runs it and keeps only what it says on stderr.
srdctl_stderr() {
	{ srdctl "$@" > /dev/null; } 2>&1
}

# Runs it and keeps only what it says on stdout.
srdctl_stdout() {
	srdctl "$@" 2>/dev/null
}

# fake_set NUMBER FIELD VALUE
fake_set() {
	"$BATS_FILE_TMPDIR/fake-set" "$FAKE_ROOT/dev/srd-control" "$@"
}

# fake_event KIND [FIELD=NUMBER...]: something that the module has to tell
fake_event() {
	"$BATS_FILE_TMPDIR/fake-event" "$@" >>"$FAKE_ROOT/events"
}

# fake_process PID NAME TARGET: a process that has TARGET open
fake_process() {
	mkdir -p "$FAKE_ROOT/proc/$1/fd"
	echo "$2" > "$FAKE_ROOT/proc/$1/comm"
	ln -s "$3" "$FAKE_ROOT/proc/$1/fd/7"
}

# fake_sysfs NUMBER CAPACITY: the folder of a disk, as the module shows it to everyone
fake_sysfs() {
	local folder=$FAKE_ROOT/sys/block/srd$1 op

	mkdir -p "$folder/srd"
	echo "240:$(($1 * 16))" > "$folder/dev"
	echo 1 > "$folder/ro"
	echo "$2" > "$folder/srd/capacity"
	echo 8192 > "$folder/srd/used"
	echo 0 > "$folder/srd/shared"
	echo -1 > "$folder/srd/origin"
	echo 0 > "$folder/srd/limit"
	echo 4096 > "$folder/srd/block_size"
	echo 4 > "$folder/srd/queues"
	echo 64 > "$folder/srd/queue_depth"
	echo -1 > "$folder/srd/node"
	echo mq > "$folder/srd/mode"
	echo 0 > "$folder/srd/poll_queues"
	echo 0 > "$folder/srd/prealloc"
	echo "label$1" > "$folder/srd/label"
	for op in read write discard write_zeroes secure_erase flush; do
		echo 11 > "$folder/srd/${op}_ios"
		echo 45056 > "$folder/srd/${op}_bytes"
		echo 1 > "$folder/srd/${op}_errors"
	done
}

# is EXPECTED: compares $output, and shows both when they differ
is() {
	[[ $output == "$1" ]] && return
	printf 'expected: %s\ngot:      %s\n' "$1" "$output" >&2
	return 1
}

# has PART: $output contains it
has() {
	[[ $output == *"$1"* ]] && return
	printf 'expected somewhere: %s\ngot: %s\n' "$1" "$output" >&2
	return 1
}

# one_line: the complaint is one line, from srdctl
one_line() {
	[[ ${#lines[@]} -eq 1 && $output == "srdctl: "* ]] && return
	printf 'not one line of srdctl: %s\n' "$output" >&2
	return 1
}
