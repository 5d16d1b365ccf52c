#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Requests that fail on purpose: each kind of fault does what it says, says so in all counts, and
# does nothing else. The cases are in progs/faults.c.
# modes: mq/6.12 bio/6.12 mq/newest

load data

# A case leaves no disk behind, and the module for the next one.
teardown() {
	[[ ${BATS_TEST_COMPLETED-} == 1 && $(total disks) == 0 ]] || srd_teardown
}

teardown_file() {
	srd_teardown
}

faults() {
	[[ -d /sys/module/srd ]] || load_srd
	command faults "$1"
}

# fresh_disk: srd0, and a module that was just loaded
fresh_disk() {
	[[ ! -d /sys/module/srd ]] || unload_srd
	load_srd size=8M
}

@test "each-errno-reaches-the-program" {
	faults each-errno-reaches-the-program
}

@test "each-errno-reaches-io_uring" {
	faults each-errno-reaches-io_uring
}

@test "buffered-io-fails" {
	faults buffered-io-fails
}

@test "error-touches-nothing-else" {
	faults error-touches-nothing-else
}

@test "ranges-are-bytes" {
	faults ranges-are-bytes
}

@test "only-the-operations-asked-for" {
	faults only-the-operations-asked-for
}

@test "after-times-every" {
	faults after-times-every
}

@test "same-seed-same-faults" {
	faults same-seed-same-faults
}

@test "chance-of-a-rule-is-its-own" {
	faults chance-of-a-rule-is-its-own
}

@test "small-chance-and-great-chance" {
	faults small-chance-and-great-chance
}

@test "torn-write-leaves-the-first-blocks" {
	faults torn-write-leaves-the-first-blocks
}

@test "torn-write-on-an-empty-disk" {
	faults torn-write-on-an-empty-disk
}

@test "torn-zeroes-and-discards" {
	faults torn-zeroes-and-discards
}

@test "torn-and-flipped-in-many-pieces" {
	faults torn-and-flipped-in-many-pieces
}

@test "merged-requests" {
	faults merged-requests
}

@test "dropped-changes-nothing" {
	faults dropped-changes-nothing
}

@test "flipped-bit-in-what-is-read" {
	faults flipped-bit-in-what-is-read
}

@test "flipped-bit-in-what-is-stored" {
	faults flipped-bit-in-what-is-stored
}

@test "rules-are-asked-in-order" {
	faults rules-are-asked-in-order
}

@test "delayed-together" {
	faults delayed-together
}

@test "delays-of-every-operation" {
	faults delays-of-every-operation
}

@test "flushes-fail-and-are-dropped" {
	faults flushes-fail-and-are-dropped
}

@test "polled-requests" {
	faults polled-requests
}

@test "snapshots-have-no-rules" {
	faults snapshots-have-no-rules
}

@test "without-rules-all-is-as-before" {
	faults without-rules-all-is-as-before
}

@test "cut-with-writes-that-found-no-memory" {
	faults cut-with-writes-that-found-no-memory
}

# ---- programs that know nothing of it ----

# rule FIELD=VALUE...: for srd0; prints its number. What and ops are those of srd.h.
rule() {
	ctl rule number=0 "$@" | sed -n 's/^id=//p'
}

clear_rules() {
	ctl remove-rule number=0 flags=1
}

# rule_counts ID: seen and hits
rule_counts() {
	ctl next-rule number=0 "id=$1" | sed -n 's/^\(seen\|hits\)=//p' | paste -sd ' '
}

READ=1 WRITE=2
ERROR=0 TORN=2 DROP=3 FLIP=4

# Its arm is where no disk is any more: as far as it can be.
@test "arm-behind-the-end-of-a-disk-that-shrank" {
	load_srd
	ctl create capacity=16384T number=0 flags=2
	ctl timing number=0 flags=1 cpu=-1 read_kind=3 read_ns0=1 read_ns1=2
	dd if=/dev/srd0 of=/dev/null bs=4K count=1 skip=$((16 * 1024 * TiB - 4 * KiB)) \
		iflag=direct,skip_bytes status=none
	ctl resize number=0 capacity=512
	dd if=/dev/srd0 of=/dev/null bs=512 count=1 iflag=direct status=none
	srdctl remove srd0
}

@test "dd-says-what-the-disk-says" {
	local id rest

	fresh_disk
	pattern 8M >want
	write_direct /dev/srd0 0 8M want
	rest=$(checksum /dev/srd0 $((1 * MiB)))
	id=$(rule ops=$WRITE what=$ERROR error=28 start=64K end=128K)
	refuses 'No space left on device' dd if=/dev/zero of=/dev/srd0 bs=16k count=8 oflag=direct
	is "$(rule_counts "$id")" "1 1" "seen and hits"
	is "$(attr srd0 write_errors) $(attr srd0 faults)" "1 1" "errors and faults"
	clear_rules
	rule ops=$READ what=$ERROR error=61 start=64K end=68K
	refuses 'No data available' dd if=/dev/srd0 of=/dev/null bs=64k iflag=direct
	refuses 'Input/output error' dd if=/dev/srd0 of=/dev/null bs=64k
	clear_rules
	is "$(checksum /dev/srd0 $((1 * MiB)))" "$rest" "the rest"
	cmp -n $((64 * KiB)) /dev/srd0 /dev/zero
	cmp -n $((960 * KiB)) -i $((64 * KiB)) /dev/srd0 want
}

# fio_job OPTION...: its output in fio.out
fio_job() {
	timeout 240 fio --filename=/dev/srd0 --direct=1 --size=8M --bs=4k --minimal --name=job \
		"$@" >fio.out 2>&1
}

@test "fio-verify-finds-what-was-done-to-it" {
	local what

	fresh_disk
	fio_job --rw=write --verify=crc32c --do_verify=1 || fail "$(<fio.out)"
	for what in "what=$DROP" "what=$FLIP" "what=$TORN blocks=3"; do
		# what was there before is as good to fio
		blkdiscard /dev/srd0
		# shellcheck disable=SC2086 # two fields
		rule ops=$WRITE $what after=1000 times=1
		! fio_job --rw=write --verify=crc32c --verify_fatal=1 --do_verify=1 ||
			fail "fio has not seen $what"
		matches "$(<fio.out)" 'verify|crc32c' "with $what"
		is "$(attr srd0 write_errors)" 0
		clear_rules
	done
	# what is stored is right, and what is read is not
	fio_job --rw=write --verify=crc32c --do_verify=0 || fail "$(<fio.out)"
	rule ops=$READ what=$FLIP after=1000 times=1
	! fio_job --rw=read --verify=crc32c --verify_fatal=1 || fail "fio has not seen a flip"
	clear_rules
	fio_job --rw=read --verify=crc32c --verify_fatal=1 || fail "$(<fio.out)"
}

@test "fio-counts-the-errors-of-the-rule" {
	local engine id errors seen

	fresh_disk
	for engine in psync libaio io_uring; do
		set_attr srd0 reset_stats 1
		# so that none can be merged with its neighbour
		id=$(rule ops=$READ what=$ERROR error=5 every=10)
		timeout 240 fio --filename=/dev/srd0 --direct=1 --size=8M --bs=4k --name=job \
			--rw=read:4k --ioengine=$engine --iodepth=8 --continue_on_error=io \
			--output-format=json >fio.out 2>&1 || echo "it ends with an error, too"
		errors=$(sed -n '/^{/,$p' fio.out | jq '.jobs[0].total_err')
		seen=$(attr srd0 read_ios)
		at_least "$seen" 1000 "requests"
		is "$(rule_counts "$id")" "$seen $((seen / 10))" "seen and hits with $engine"
		is "$(attr srd0 read_errors)" $((seen / 10)) "errors of the disk"
		is "$errors" $((seen / 10)) "errors that fio has seen with $engine"
		clear_rules
	done
}
