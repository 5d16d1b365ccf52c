#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2030,SC2031 # every test is a process of its own, as it should be
#
# srdctl: help, version and wrong usage; needs neither the module nor root

load srdctl-helper

VERBS="list create remove resize snapshot clone rollback reset window save restore info extents
	stats reset-stats memory version"

setup() {
	fake_machine
	fake_unload
}

# wrong ARGUMENT...: the command line is refused in one line that says where to read more
wrong() {
	run srdctl "$@"
	[ "$status" -eq 2 ]
	one_line
	has "(see: srdctl "
}

@test "help-lists-every-verb-and-the-exit-codes" {
	run srdctl --help
	[ "$status" -eq 0 ]
	for verb in $VERBS; do
		has "$verb "
	done
	has "Exit status: 0 success, 1 failure, 2 wrong usage."
	help=$output
	run srdctl help
	is "$help"
	run srdctl -h
	is "$help"
}

@test "help-of-each-verb-in-three-ways" {
	for verb in $VERBS; do
		run srdctl help "$verb"
		[ "$status" -eq 0 ]
		has "Usage: srdctl $verb"
		has "--help"
		help=$output
		run srdctl "$verb" --help
		[ "$status" -eq 0 ]
		is "$help"
		run srdctl "$verb" -h
		is "$help"
	done
}

@test "help-fits-80-columns" {
	for verb in "" $VERBS; do
		# shellcheck disable=SC2086 # the empty one is no word
		srdctl help $verb | awk -v verb="$verb" 'length > 80 { print verb ": " $0; bad = 1 }
			END { exit bad }'
	done
}

@test "help-of-list-names-its-columns" {
	run srdctl list --help
	for column in NAME PATH SIZE USED SHARED LIMIT PREALLOC SECTOR MODE QUEUES DEPTH POLL-QUEUES \
		NODE RO OPENERS DEFERRED WINDOW READS WRITES ERRORS MAJ:MIN ORIGIN LABEL; do
		has " $column "
	done
}

@test "help-of-stats-says-what-a-percentile-is" {
	run srdctl stats --help
	has "upper ends of such buckets"
	has "One request in SAMPLE is timed (64,"
}

@test "help-of-create-has-every-option" {
	run srdctl create --help
	for option in size limit number label block-size prealloc sparse progress mode queues \
		queue-depth poll-queues node read-only; do
		has " --$option "
	done
}

@test "help-of-save-and-restore-has-every-option" {
	run srdctl save --help
	for option in format level threads no-freeze json progress; do
		has " --$option "
	done
	run srdctl restore --help
	for option in into number label limit block-size format any-size threads progress; do
		has " --$option "
	done
}

@test "version-of-the-tool-in-one-line" {
	run srdctl --version
	[ "$status" -eq 0 ]
	[[ $output =~ ^srdctl\ [0-9]+\.[0-9]+ ]]
	version=$output
	run srdctl -V
	is "$version"
}

@test "version-without-the-module" {
	run srdctl version
	[ "$status" -eq 0 ]
	has "not loaded (run: modprobe srd)"
}

@test "version-without-the-module-is-null-in-json" {
	require jq
	run srdctl version --json
	[ "$status" -eq 0 ]
	jq -e '.version[0] | .module == null and .abi == null and (.srdctl | type) == "string"' \
		<<< "$output"
}

@test "version-comes-from-make" {
	build_tool "$BATS_TEST_TMPDIR" VERSION=7.6.5-test
	run "$BATS_TEST_TMPDIR/srdctl/srdctl" -V
	is "srdctl 7.6.5-test"
}

@test "usage-unknown-verbs-options-and-columns-are-refused" {
	wrong frobnicate
	wrong help frobnicate
	wrong --frobnicate
	wrong -x
	for verb in $VERBS; do
		wrong "$verb" --frobnicate
		wrong "$verb" -X
	done
	wrong list -o FOO
	has "unknown column 'FOO'"
	wrong list -o NAME,FOO,SIZE
	has "unknown column 'FOO'"
	wrong list -o ""
	wrong list -o +
	wrong list -o NAME,
	wrong list --output
	has "option --output needs a value"
	wrong list -o
	has "option -o needs a value"
	wrong list --json=yes
	has "unknown option --json=yes"
	wrong list -Jx
	has "unknown option -x"
}

@test "usage-create-is-checked-before-the-module-is-asked" {
	wrong create
	has "--size"
	wrong create -s
	wrong create -s 0
	wrong create -s 1Q
	wrong create -s -1G
	wrong create -s 16E
	has "larger than any disk can be"
	wrong create -s 1G extra
	wrong create -s 1G -n x
	wrong create -s 1G -n -1
	wrong create -s 1G -n 4294967296
	wrong create -s 1G -b 0
	wrong create -s 1G -b 8G
	wrong create -s 1G -q 0
	wrong create -s 1G -d 0
	wrong create -s 1G -l much
	wrong create -s 1G --node -2
	wrong create -s 1G -L ""
	wrong create -s 1G -L with/slash
	wrong create -s 1G -L "with blank"
	wrong create -s 1G -L .hidden
	wrong create -s 1G -L 12345678901234567890123456789012
	has "1 to 31 characters"
	wrong create -s 1G --poll-queues -1
	wrong create -s 1G --poll-queues
	wrong create -s 1G -m
	wrong create -s 1G --mode fast
	has "mode 'fast' is neither mq nor bio"
}

@test "usage-create-contradictions-are-told" {
	wrong create -s 1G --prealloc --sparse
	has "either --prealloc or --sparse"
	wrong create -s 1G --sparse -p
	for queues in "-q 1" "--queues 1" "-d 8" "--queue-depth 8" "--poll-queues 0"; do
		# shellcheck disable=SC2086 # words are split on purpose
		wrong create -s 1G -m bio $queues
		has "mode bio has no queues"
		# shellcheck disable=SC2086
		wrong create $queues -s 1G --mode=bio
	done
}

@test "usage-create-label-that-would-find-another-disk" {
	for label in srd1 srd0 srd4294967295 srd0p1; do
		wrong create -s 1G -L "$label"
		has "the label '$label' is a disk's name"
	done
}

@test "usage-create-size-without-its-option" {
	for size in 1G 512m 1.5GiB 4096; do
		wrong create "$size"
		has "say it with --size: srdctl create --size $size (see"
		wrong create -p "$size"
		has "say it with --size"
	done
	wrong create -s 1G 2G
	has "'2G' is too much"
	wrong create scratch
	has "'scratch' is too much"
	wrong create 0
	has "'0' is too much"
}

@test "usage-of-the-other-verbs" {
	wrong remove
	wrong remove --all srd0
	wrong remove --force --deferred srd0
	wrong resize
	wrong resize srd0
	wrong resize srd0 1G 2G
	wrong resize srd0 +
	wrong resize srd0 -
	wrong resize srd0 big
	for size in 0 0K 0.0G; do
		wrong resize srd0 "$size"
		has "a disk has no size of 0; to be rid of it: srdctl remove"
	done
	wrong info
	wrong reset-stats
	wrong reset
	wrong reset --all
	wrong rollback
	wrong rollback srd0
	wrong rollback --to srd1
	wrong rollback srd0 srd2 --to srd1
	wrong rollback srd0 --to
	for verb in snapshot clone; do
		wrong $verb
		wrong $verb srd0 srd1
		wrong $verb -n many srd0
		wrong $verb -n -1 srd0
		wrong $verb -L a/b srd0
		wrong $verb --size 1G srd0
	done
	wrong reset-stats --all srd0
	wrong memory srd0
	wrong version srd0
}

@test "usage-save-is-checked-before-the-module-is-asked" {
	wrong save
	wrong save srd0
	has "say which disk, and to what file"
	wrong save srd0 image more
	wrong save -f qcow2 srd0 image
	has "format 'qcow2' is neither raw nor zstd"
	wrong save --level 0 srd0 image
	wrong save --level 23 srd0 image
	has "level 23 is larger than 22"
	wrong save --level high srd0 image
	wrong save --threads 0 srd0 image
	wrong save --threads 65 srd0 image
}

@test "usage-restore-is-checked-before-the-module-is-asked" {
	wrong restore
	has "say which file, and only one"
	wrong restore image more
	wrong restore -f any image
	has "format 'any' is neither raw nor zstd"
	wrong restore --threads 0 image
	wrong restore -b 0 image
	wrong restore -b 8G image
	wrong restore -L with/slash image
	wrong restore -n x image
	wrong restore -l much image
	for option in "-n 3" "-L new" "-l 1M" "-b 512"; do
		# shellcheck disable=SC2086 # words are split on purpose
		wrong restore --into srd0 $option image
		has "leave out the options of a new one"
	done
}

@test "usage-extents-takes-one-disk" {
	wrong extents
	wrong extents srd0 srd1
	has "say which disk, and only one"
	wrong extents -o FOO srd0
}

@test "output-that-cannot-be-written-is-a-failure" {
	[ -c /dev/full ] || skip "no /dev/full"
	run bash -c 'LD_PRELOAD=$1 $2 help > /dev/full' - \
		"$BATS_FILE_TMPDIR/fake-control.so" "$SRDCTL"
	[ "$status" -eq 1 ]
	one_line
	run bash -c 'LD_PRELOAD=$1 $2 help list > /dev/full' - \
		"$BATS_FILE_TMPDIR/fake-control.so" "$SRDCTL"
	[ "$status" -eq 1 ]
	one_line
	run bash -c 'LD_PRELOAD=$1 $2 list --help > /dev/full' - \
		"$BATS_FILE_TMPDIR/fake-control.so" "$SRDCTL"
	[ "$status" -eq 1 ]
	one_line
}

@test "module-not-loaded-says-modprobe" {
	for command in "" list "list -J" "create -s 1G" "remove srd0" "remove --all" "info srd0" \
		"resize srd0 1G" stats "reset-stats --all" memory "save srd0 image" "restore image" \
		"extents srd0"; do
		# shellcheck disable=SC2086 # words are split on purpose
		run srdctl $command
		[ "$status" -eq 1 ]
		is "srdctl: the module srd is not loaded (run: modprobe srd)"
	done
}

@test "module-not-installed-for-this-kernel-says-so" {
	mkdir -p "$FAKE_ROOT/lib/modules/$(uname -r)"
	echo "kernel/drivers/block/loop.ko:" > "$FAKE_ROOT/lib/modules/$(uname -r)/modules.dep"
	run srdctl list
	[ "$status" -eq 1 ]
	has "not installed for kernel $(uname -r)"
	one_line
	echo "updates/dkms/srd.ko.xz:" >> "$FAKE_ROOT/lib/modules/$(uname -r)/modules.dep"
	run srdctl list
	is "srdctl: the module srd is not loaded (run: modprobe srd)"
}

@test "build-is-clean-with-clang" {
	require clang
	build_tool "$BATS_TEST_TMPDIR" CC=clang
}

@test "install-and-uninstall-respect-destdir-and-prefix" {
	run make -s -C "$BATS_FILE_TMPDIR/srdctl" install DESTDIR="$BATS_TEST_TMPDIR" PREFIX=/usr
	[ "$status" -eq 0 ]
	[ -x "$BATS_TEST_TMPDIR/usr/sbin/srdctl" ]
	run make -s -C "$BATS_FILE_TMPDIR/srdctl" uninstall DESTDIR="$BATS_TEST_TMPDIR" PREFIX=/usr
	[ ! -e "$BATS_TEST_TMPDIR/usr/sbin/srdctl" ]
}

@test "usage-window-takes-a-disk-and-on-or-off" {
	for words in "" srd0 "srd0 maybe" "srd0 on off"; do
		# shellcheck disable=SC2086 # each of them
		run srdctl window $words
		[ "$status" -eq 2 ]
	done
	has "window: say which disk, and on or off"
	run srdctl window srd0 maybe
	has "'maybe' is neither on nor off"
}
