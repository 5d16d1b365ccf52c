#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# No memory, once: each allocation of each operation fails in its turn, and what then is said is
# that there was no memory, unless there was another way, and nothing is left of it. The cases are
# in progs/fail-nth.c, progs/fail-load.c and progs/fail-tool.c. Some hundred allocations for one
# disk are the kernel's own, most of them in sysfs and debugfs: of those each 41st, or with
# SRD_TEST_SCALE each.
# kernels: debug

load data

FAULTS=(/sys/kernel/debug/failslab /sys/kernel/debug/fail_page_alloc)

# Where code lies is looked up once, as there is much of it; the kernel's own is listed in its order.
# By way of a file: awk and sort ask the kernel for little at a time.
setup_file() {
	cat /proc/kallsyms >"$BATS_FILE_TMPDIR/kallsyms"
	awk '
		first { print first "=0x" $1; first = "" }
		$3 == "do_init_module" { print "init_start=0x" $1; first = "init_end" }
		$3 == "__alloc_object" { print "leak_start=0x" $1 }
		$3 == "kmemleak_scan" { print "leak_end=0x" $1; exit }' \
		"$BATS_FILE_TMPDIR/kallsyms" >"$BATS_FILE_TMPDIR/symbols"
}

# shellcheck disable=SC1091,SC2154 # written by setup_file
setup() {
	srd_setup
	[[ $SCALE -gt 1 ]] || export FAIL_NTH_STEP=41
	. "$BATS_FILE_TMPDIR/symbols"
	faults verbose 0
	faults ignore-gfp-wait N
	faults ignore-gfp-highmem N
	faults min-order 0
	# what kmemleak needs to know of memory is had otherwise then
	faults reject-start "$leak_start"
	faults reject-end "$leak_end"
	faults_of 0 0xffffffffffffffff
}

teardown() {
	faults probability 0
	srd_teardown
}

# faults NAME VALUE: of both ways of letting allocations fail
faults() {
	local dir

	for dir in "${FAULTS[@]}"; do
		[[ ! -e $dir/$1 ]] || echo "$2" >"$dir/$1"
	done
}

# faults_of START END: only what is allocated for the code there
faults_of() {
	faults require-start "$1"
	faults require-end "$2"
}

# count COMMAND...: what it says of each case goes to the results, too
count() {
	local status=0

	"$@" >said || status=$?
	cat said
	sed -n 's/^\(.*: [0-9]* failed, [0-9]* found another way\)$/# \1/p' said >&3
	return "$status"
}

# module_faults: only what is allocated for the module's code
module_faults() {
	local module

	read -ra module < <(grep '^srd ' /proc/modules)
	faults_of "${module[5]}" "$(printf '0x%x' $((module[5] + module[1])))"
}

# nth CASE...
nth() {
	load_srd
	count fail-nth "$@"
	settle
	is "$(total disks) $(total used)" "0 0" "disks and memory at the end"
}

@test "load" {
	faults_of "$init_start" "$init_end"
	count fail-load "$(modinfo -n srd)" size=1M
}

@test "create" {
	nth create-mq create-bio create-all
}

@test "remove-and-resize" {
	nth remove remove-forced grow shrink
}

@test "snapshots" {
	nth snapshot snapshot-cached clone rollback rollback-cached reset
}

@test "what-a-disk-does-on-purpose" {
	nth window window-off rule rule-remove timing set unset cut power-on
}

@test "questions" {
	nth questions stats extents keep event
}

@test "first-writes" {
	nth write-mq write-bio write-shared write-cached write-slow
}

@test "what-frees-memory" {
	nth discard discard-cached zeroout erase erase-cached read
}

@test "files" {
	nth open open-control open-window proc show store-limit store-sample store-badblocks
}

@test "memory-of-a-window" {
	nth mmap touch
}

# A program has some hundreds of its own; those of what it asks of the module are enough.
tool() {
	load_srd
	module_faults
	mkdir "$BATS_TEST_TMPDIR/files"
	cd "$BATS_TEST_TMPDIR/files" || return
	count fail-tool "$@"
	settle
	is "$(total disks) $(total used)" "0 0" "disks and memory at the end"
}

@test "save" {
	tool save-raw save-zstd
}

@test "restore" {
	tool restore restore-into
}

# In a worker, too, which is asked when there is none at once.
@test "none-at-all" {
	local disk used

	load_srd size=1M
	srdctl create --mode bio --size 1M
	used=$(total used)
	module_faults
	faults times -1
	faults probability 100
	for disk in srd0 srd1; do
		refuses 'No space left on device' dd if=/dev/zero of="/dev/$disk" bs="$PAGE" count=1 oflag=direct
	done
	refuses ENOMEM ctl create capacity=1M
	refuses 'memory' srdctl snapshot srd0
	refuses 'memory' srdctl resize srd0 128G
	faults probability 0
	is "$(total used) $(total disks)" "$used 2" "memory and disks"
	for disk in srd0 srd1; do
		zeroes "/dev/$disk"
		write_direct "/dev/$disk" 0 "$PAGE"
	done
}
