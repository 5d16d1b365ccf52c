#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2030,SC2031 # every test is a process of its own, as it should be
#
# srdctl: help, version and wrong usage; needs neither the module nor root

load srdctl-helper

VERBS="list create remove resize snapshot clone rollback reset window export unexport exports fault set powercut poweron
	save restore info extents stats reset-stats memory top monitor wait version"

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
		NODE RO OPENERS DEFERRED WINDOW CACHE CACHED POWER FAULTS TIMING READS WRITES DISCARDS READ-BYTES \
		WRITE-BYTES ERRORS MAJ:MIN ORIGIN LABEL; do
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
		queue-depth poll-queues node cache read-only; do
		has " --$option "
	done
}

@test "help-of-save-and-restore-has-every-option" {
	run srdctl save --help
	for option in format level threads no-freeze json progress; do
		has " --$option "
	done
	run srdctl restore --help
	for option in into number label limit block-size mode format any-size threads progress; do
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
	wrong create -s 1G --cache
	wrong create -s 1G --cache=big
	has "cache 'big' is neither volatile nor none"
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
	wrong memory -o FOO
	wrong info -o FOO srd0
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
		"resize srd0 1G" stats "reset-stats --all" memory monitor wait "top --once" "save srd0 image" "restore image" \
		"extents srd0" "fault add srd0 drop" fault "fault remove srd0 1" "fault clear srd0" set \
		"set srd0 cache=none" "powercut srd0" "poweron srd0" "export srd0 --allow-any" \
		"unexport srd0"; do
		# shellcheck disable=SC2086 # words are split on purpose
		run srdctl $command
		[ "$status" -eq 1 ]
		is "srdctl: the module srd is not loaded (run: modprobe srd)"
	done
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

@test "usage-help-of-one-verb" {
	wrong help list extra
	has "'extra' is too much"
}

@test "usage-fault-parts" {
	wrong fault frobnicate
	has "'frobnicate' is none of add, list, remove and clear"
	wrong fault srd0
	wrong fault --frobnicate
	wrong fault list --frobnicate
	wrong fault list -o FOO
	wrong fault add
	has "say which disk, and what goes wrong"
	wrong fault remove
	wrong fault remove srd0
	has "say which disk, and which of its rules"
	wrong fault remove srd0 x
	wrong fault remove srd0 1 0
	has "rules are numbered from 1"
	wrong fault remove srd0 4294967296
	wrong fault clear
}

@test "usage-fault-add-says-what-is-wrong" {
	wrong fault add srd0
	has "say what goes wrong: error=EIO,"
	wrong fault add srd0 op=read
	has "say what goes wrong"
	wrong fault add srd0 explode
	has "'explode' has no =, and is none of drop, flip, timeout, powercut"
	wrong fault add srd0 error
	wrong fault add srd0 colour=red drop
	has "unknown word 'colour'"
	wrong fault add srd0 error=EPERM
	has "'EPERM' is no error that a disk can have"
	wrong fault add srd0 error=
	wrong fault add srd0 op=reads drop
	has "'reads' is none of read, write,"
	wrong fault add srd0 op= drop
	wrong fault add srd0 op=read, error=EIO
	wrong fault add srd0 delay=10
	has "delay '10' is not a time such as"
	wrong fault add srd0 delay=0ms
	wrong fault add srd0 delay=61s
	has "longer than 60s"
	wrong fault add srd0 torn=0
	has "torn must not be 0"
	wrong fault add srd0 torn=1,EIO
	has "behind torn=1 comes 'EIO', not error=NAME"
	wrong fault add srd0 torn=1,error=EBUSY
	wrong fault add srd0 flip=x
	wrong fault add srd0 drop=1
	has "drop is a word alone"
	wrong fault add srd0 timeout=30s
	wrong fault add srd0 drop after=-1
	wrong fault add srd0 drop times=0
	has "times must not be 0"
	wrong fault add srd0 drop every=0
	wrong fault add srd0 drop every=4294967296
	wrong fault add srd0 drop seed=18446744073709551616
	has "more than 64 bits"
}

@test "usage-fault-add-ranges-and-chances" {
	for range in 1M 1M:2M x-2M 1M-x 1M+ -; do
		wrong fault add srd0 drop range="$range"
	done
	wrong fault add srd0 drop range=2M-1M
	has "the range is empty"
	wrong fault add srd0 drop range=1M-1M
	wrong fault add srd0 drop range=1M+0
	wrong fault add srd0 drop range=15E+15E
	has "ends behind any disk"
	for chance in 0 0% 2 101% 3/2; do
		wrong fault add srd0 drop chance="$chance"
		has "is not above 0 and at most 1, or 100%"
	done
	wrong fault add srd0 drop chance=often
	has "is not like 1%, 0.01 or 1/100"
}

@test "usage-fault-add-one-thing-only-and-what-it-can-be-done-to" {
	for two in "drop flip" "error=EIO drop" "drop error=EIO" "delay=1ms torn=1" \
		"timeout powercut" "error=EIO delay=1ms"; do
		# shellcheck disable=SC2086 # words are split on purpose
		wrong fault add srd0 $two
		has "a rule does one thing: either "
	done
	wrong fault add srd0 drop drop
	has "drop is there twice"
	wrong fault add srd0 op=read op=write drop
	has "op is there twice"
	wrong fault add srd0 torn=1,error=EIO error=EIO
	has "error= is there twice"
	wrong fault add srd0 error=EIO torn=1,error=EIO
	has "error= is there twice"
	wrong fault add srd0 op=read drop
	has "there is no drop of a read"
	wrong fault add srd0 op=write,read torn=1
	has "there is no torn of a read"
	wrong fault add srd0 op=flush torn=1
	wrong fault add srd0 op=all flip
	has "there is no flip of a discard"
}

@test "usage-set-says-what-is-wrong" {
	wrong set latency=1ms
	has "say which disk before 'latency=1ms'"
	wrong set srd0 srd1 latency=1ms
	has "one disk is set at a time"
	wrong set srd0 latency=1ms fast
	wrong set srd0 colour=red
	has "unknown key 'colour'"
	wrong set srd0 erase-latency=1ms
	has "unknown key 'erase-latency'"
	for model in "" fast 80 80us- 80us:x "80us," 1ms-2ms-3ms seek:1ms seek:1ms:2ms seek:1ms:2ms:3ms:4ms \
		0000000000000000000001s5 0000000000000000000001s5:1 61s 1ns:1,2ns:1,3ns:1,4ns:1,5ns:1,6ns:1,7ns:1,8ns:1,9ns:1; do
		wrong set srd0 latency="$model"
	done
	has "no more than 8 points"
	wrong set srd0 latency=2ms-1ms
	has "from the shorter time to the longer"
	wrong set srd0 latency=1ms:0,2ms:0
	has "the weights must not all be 0"
	wrong set srd0 bandwidth=fast
	wrong set srd0 bandwidth=100
	has "bandwidth must be 1024 bytes a second or more; none: no limit"
	wrong set srd0 cpu=-1
	wrong set srd0 cpu=all
	wrong set srd0 seed=x
	wrong set srd0 cache=maybe
	has "cache 'maybe' is neither volatile nor none"
	wrong set srd0 badblocks=mend
	has "badblocks 'mend' is neither heal nor keep"
	wrong set -o FOO
}

@test "usage-powercut-and-poweron" {
	wrong powercut
	wrong poweron
	wrong poweron srd0 srd1
	has "say which disk, and only one"
	wrong poweron --keep some srd0
	has "'some' is none of none, all, subset and prefix"
	wrong poweron --seed x srd0
	wrong poweron srd0 --keep
}

@test "usage-wait" {
	wrong wait srd0 srd1
	has "one disk at a time"
	for kinds in "" "," fullness "removed," "removed,,created"; do
		wrong wait srd0 --for "$kinds"
		has "there is no event ''" || has "there is no event 'fullness'"
	done
	wrong wait --timeout soon
	has "is not a time such as 500ms, 1.5s or 10"
	wrong wait -t -1
	wrong wait -t 99999999s
	has "longer than a year"
	wrong wait -t 99999999999999999999999
	wrong wait -o FOO
}

@test "usage-top" {
	wrong top
	has "this is no terminal: use --once"
	wrong top -J
	has "--json and --raw are for --once"
	wrong top --raw
	wrong top --once --delay 0
	has "a delay of 10ms or more"
	wrong top --once --delay x
	wrong top --once --sort size
	has "'size' is none of name, iops, bytes, latency and used"
	wrong top --once -o FOO
}
