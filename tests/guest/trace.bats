# SPDX-License-Identifier: GPL-2.0
#
# The tracepoints of srd. A single CPU: to switch one changes code that may be running, and emulated
# CPUs have been seen to run what was there before, which ends in an oops at an int3.
# modes: mq/6.12 mq/newest bio/every
# guest: --cpus 1

load lib

TRACING=/sys/kernel/tracing

# trace EVENT...: from here on
trace() {
	local event

	mountpoint -q $TRACING || mount -t tracefs none $TRACING
	# nor does the scheduler's code have to change to remember programs' names
	echo 0 >$TRACING/options/record-cmd
	echo >$TRACING/trace
	for event; do
		echo 1 >"$TRACING/events/srd/$event/enable"
	done
}

untrace() {
	echo 0 >$TRACING/events/srd/enable
	echo >$TRACING/trace
	umount $TRACING
}

# traced PATTERN: how many lines of the trace match an extended regular expression
traced() {
	grep -cE "$1" $TRACING/trace || true
}

@test "rules-and-disks-are-traced" {
	load_srd
	trace srd_disk srd_fault
	srdctl create --size 16M
	srdctl fault add srd0 op=write error=EIO every=2
	refuses 'Input/output error' dd if=/dev/zero of=/dev/srd0 bs=4k count=2 oflag=direct
	srdctl powercut srd0
	srdctl remove srd0
	is "$(traced 'srd_disk: srd0 created other=-1 value=16777216')" 1 created
	is "$(traced 'srd_fault: srd0 rule=1 error error=5 write start=4096 length=4096')" 1 fault
	is "$(traced 'srd_disk: srd0 power-cut')" 1 'power cut'
	is "$(traced 'srd_disk: srd0 removed')" 1 removed
	untrace
}

@test "limits-are-traced" {
	load_srd size=1M
	trace srd_limit
	set_attr srd0 limit 8192
	refuses 'No space left' dd if=/dev/zero of=/dev/srd0 bs=64k oflag=direct
	set_attr srd0 limit 0
	is "$(traced 'srd_limit: disk=0 limit disk limit=8192 held=8192')" 1 limit
	is "$(traced 'srd_limit: disk=0 room disk')" 1 room
	untrace
}

# Requests of all kinds, started and done: served in place, by a worker, and on purpose otherwise.
@test "requests-are-traced-from-start-to-end" {
	local kind

	load_srd size=1M
	trace srd_request_start srd_request_done
	dd if=/dev/zero of=/dev/srd0 bs=4k count=3 seek=1 oflag=direct status=none
	dd if=/dev/srd0 of=/dev/null bs=512 count=5 skip=8 iflag=direct status=none
	blkdiscard -o 4096 -l 4096 /dev/srd0
	blkdiscard -z -o 8192 -l 4096 /dev/srd0
	set_attr srd0 limit 8192
	refuses 'No space left' dd if=/dev/zero of=/dev/srd0 bs=8k count=1 seek=4 oflag=direct
	srdctl fault add srd0 op=read error=EILSEQ times=1
	refuses '' dd if=/dev/srd0 of=/dev/null bs=1k count=1 iflag=direct
	srdctl fault add srd0 op=read delay=50ms times=1
	dd if=/dev/srd0 of=/dev/null bs=2k count=1 iflag=direct status=none
	for kind in start 'done'; do
		is "$(traced "srd_request_$kind: srd0 write sector=(8|16|24) bytes=4096")" 3 "writes $kind"
		is "$(traced "srd_request_$kind: srd0 read sector=(8|9|10|11|12) bytes=512")" 5 "reads $kind"
		is "$(traced "srd_request_$kind: srd0 discard sector=8 bytes=4096")" 1 "discards $kind"
		is "$(traced "srd_request_$kind: srd0 write-zeroes sector=16 bytes=4096")" 1 "zeroes $kind"
	done
	# others, as who looks for partitions, read too
	is "$(traced 'srd_request_done: .* error=(0|-28|-84) latency=[1-9]')" \
		"$(traced srd_request_done)" 'done in some time'
	is "$(traced 'srd_request_done: srd0 write sector=64 bytes=8192 error=-28 ')" 1 'full'
	is "$(traced 'srd_request_done: srd0 read sector=0 bytes=1024 error=-84 ')" 1 'on purpose'
	is "$(traced 'srd_request_done: srd0 read sector=0 bytes=2048 error=0 latency=[5-9][0-9]{7}')" 1 late
	is "$(traced srd_request_start)" "$(traced srd_request_done)" 'started and done'
	# one of the two is enough to be switched on, and nothing is left on
	echo 0 >$TRACING/events/srd/srd_request_start/enable
	echo >$TRACING/trace
	dd if=/dev/srd0 of=/dev/null bs=512 count=1 iflag=direct status=none
	is "$(traced srd_request_done) $(traced srd_request_start)" '1 0'
	untrace
}

@test "pages-are-traced-from-the-machine-and-back" {
	local taken given

	load_srd
	trace srd_page_alloc srd_page_free
	srdctl create -s 4M
	dd if=/dev/zero of=/dev/srd0 bs=64k count=16 oflag=direct status=none
	blkdiscard -l 512K /dev/srd0
	settle
	at_least "$(traced srd_page_alloc)" 256 'pages taken'
	at_least "$(traced srd_page_free)" 128 'pages given back'
	srdctl remove srd0
	settle
	taken=$(sed -n 's/.*srd_page_alloc: pfn=\([0-9a-fx]*\) .*/\1/p' $TRACING/trace | sort)
	given=$(sed -n 's/.*srd_page_free: pfn=\([0-9a-fx]*\) .*/\1/p' $TRACING/trace | sort)
	is "$given" "$taken" 'pages given back'
	untrace
}

@test "the-module-goes-while-it-is-traced" {
	load_srd size=1M
	trace srd_request_start srd_request_done srd_page_alloc srd_page_free srd_disk srd_limit srd_fault
	dd if=/dev/zero of=/dev/srd0 bs=4k count=3 oflag=direct status=none
	unload_srd
	[[ ! -e $TRACING/events/srd ]]
	load_srd size=1M
	is "$(cat $TRACING/events/srd/srd_request_done/enable)" 0
	dd if=/dev/zero of=/dev/srd0 bs=4k count=3 oflag=direct status=none
	untrace
}

# busy DISK: somebody writes to it
busy() {
	(($(attr "$1" write_ios) > 100))
}

# Tracing is switched while requests are under way: each is served, and what is done was started.
@test "tracing-comes-and-goes-under-load" {
	local pid

	load_srd size=16M
	srdctl fault add srd0 op=read delay=1ms every=3
	fio --name=load --filename=/dev/srd0 --direct=1 --rw=randrw --bs=4k --iodepth=16 --numjobs=2 \
		--ioengine=io_uring --time_based --runtime=6 --verify=0 >"$BATS_TEST_TMPDIR/fio" 3>&- &
	pid=$!
	eventually busy srd0
	trace
	for _ in {1..15}; do
		echo 1 >$TRACING/events/srd/srd_request_start/enable
		echo 1 >$TRACING/events/srd/srd_request_done/enable
		sleep 0.05
		echo 0 >$TRACING/events/srd/srd_request_start/enable
		echo 0 >$TRACING/events/srd/srd_request_done/enable
	done
	wait "$pid" || fail "$(cat "$BATS_TEST_TMPDIR/fio")"
	at_least "$(traced srd_request_done)" 1
	is "$(attr srd0 read_errors) $(attr srd0 write_errors)" '0 0'
	# far below what a time would be that was left from an earlier request
	is "$(traced 'srd_request_done: .* latency=[0-9]{11}')" 0 'times of more than 10 s'
	untrace
}
