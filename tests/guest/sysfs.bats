# SPDX-License-Identifier: GPL-2.0
#
# /sys/block/srdN/srd/: every attribute, its value, its unit, and who may do what.

load lib

# write_direct DISK COUNT [BYTES]: as many requests of that size
write_direct() {
	dd if=/dev/zero of="/dev/$1" bs="${3-4096}" count="$2" oflag=direct status=none
}

# counts OP: ios, bytes and errors of srd0
counts() {
	cd /sys/block/srd0/srd && echo "$(<"$1_ios") $(<"$1_bytes") $(<"$1_errors")"
}

# timed OP: sum of the latency histogram of srd0
timed() {
	tr ' ' '+' <"/sys/block/srd0/srd/$1_latency" | bc
}

@test "the-attributes-are-these" {
	load_srd size=1M
	is "$(cd /sys/block/srd0/srd && echo *)" "badblocks block_size cache cached capacity discard_bytes\
 discard_errors discard_ios discard_latency faults flush_bytes flush_errors flush_ios flush_latency\
 label latency_sample limit mode node origin poll_queues power prealloc queue_depth queues read_bytes read_errors read_ios\
 read_latency reset_stats\
 secure_erase_bytes secure_erase_errors secure_erase_ios secure_erase_latency shared used window\
 write_bytes write_errors write_ios write_latency write_zeroes_bytes write_zeroes_errors write_zeroes_ios\
 write_zeroes_latency"
}

@test "read-by-all-written-by-root" {
	load_srd size=1M
	is "$(cd /sys/block/srd0/srd && stat -c '%A %n' -- * | grep -v '^-r--r--r-- ')" \
		"-rw-r--r-- badblocks
-rw-r--r-- latency_sample
-rw-r--r-- limit
--w------- reset_stats"
	is "$(cd /sys/block/srd0/srd && setpriv --reuid 65534 --clear-groups cat capacity mode)" \
		"1048576
mq"
	for name in badblocks latency_sample limit reset_stats; do
		refuses 'Permission denied' setpriv --reuid 65534 --clear-groups \
			tee "/sys/block/srd0/srd/$name" <<<1
	done
}

@test "one-value-a-line" {
	load_srd size=1M
	# shellcheck disable=SC2016 # perl's
	perl -e 'for (glob "/sys/block/srd0/srd/*") {
		next if /(reset_stats|badblocks)$/;
		open my $f, "<", $_ or die "$_: $!\n";
		local $/;
		my $text = <$f>;
		my $wanted = /latency$/ ? qr/^\d+( \d+){31}\n$/ : /label$/ ? qr/^\n$/ :
			/mode$/ ? qr/^mq\n$/ : /cache$/ ? qr/^none\n$/ : /power$/ ? qr/^on\n$/ :
			/(node|origin)$/ ? qr/^-1\n$/ : qr/^\d+\n$/;
		$text =~ $wanted or die "$_: $text";
	}'
}

@test "values-are-those-given-at-creation" {
	load_srd
	ctl create capacity=8M limit=2M block_size=1024 queues=1 queue_depth=64 label=my-disk
	is "$(attr srd0 capacity)" $((8 * MiB))
	is "$(attr srd0 limit)" $((2 * MiB))
	is "$(attr srd0 block_size)" 1024
	is "$(attr srd0 queues)" 1
	is "$(attr srd0 queue_depth)" 64
	is "$(attr srd0 label)" my-disk
	is "$(attr srd0 node)" -1
	is "$(attr srd0 mode)" mq
	is "$(attr srd0 poll_queues)" 0
	is "$(attr srd0 prealloc)" 0
	is "$(attr srd0 latency_sample)" 64
	ctl remove number=0

	srdctl create -s 1M --mode bio --prealloc >path
	is "$(attr srd0 mode) $(attr srd0 prealloc)" "bio 1"
	is "$(attr srd0 queues) $(attr srd0 queue_depth) $(attr srd0 poll_queues)" "0 0 0"
	srdctl create -s 1M --mode mq --poll-queues 1 -q 1 >path
	is "$(attr srd1 mode) $(attr srd1 prealloc)" "mq 0"
	is "$(attr srd1 queues) $(attr srd1 queue_depth) $(attr srd1 poll_queues)" "1 128 1"
}

@test "used-is-in-bytes-and-follows-writes-and-discards" {
	local empty

	load_srd size=64M
	empty=$(used srd0)
	at_most "$empty" $((64 * KiB)) "used by an empty disk"
	write_direct srd0 4 1M
	at_least "$(used srd0)" $((empty + 4 * MiB))
	at_most "$(used srd0)" $((empty + 4 * MiB + 64 * KiB))
	blkdiscard -l 2M /dev/srd0
	at_most "$(used srd0)" $((empty + 2 * MiB + 64 * KiB))
	blkdiscard /dev/srd0
	is "$(used srd0)" "$empty" "used after the last discard"
}

@test "origin-and-shared-follow-snapshots" {
	local empty

	load_srd size=64M
	empty=$(used srd0)
	is "$(attr srd0 origin) $(attr srd0 shared)" "-1 0"
	write_direct srd0 4 1M
	srdctl snapshot srd0
	srdctl clone srd1
	is "$(attr srd0 origin) $(attr srd1 origin) $(attr srd2 origin)" "-1 0 1"
	# 1024 pages, and two nodes
	is "$(attr srd0 shared) $(attr srd1 shared)" "4202496 4202496"
	is "$(used srd0) $(used srd1)" "$empty $empty"
	# it becomes the disk's own when it is written, and what it was stays the snapshots'
	write_direct srd0 1 4096
	is "$(attr srd0 shared) $(attr srd1 shared)" "$((4202496 - 8192)) 4202496"
	is "$(used srd0)" $((empty + 8192))
	srdctl remove srd1 srd2
	is "$(attr srd0 shared)" 0
	is "$(used srd0)" $((empty + 4202496))
	# one limit for all
	srdctl snapshot srd0
	set_attr srd1 limit 8M
	is "$(attr srd0 limit)" $((8 * MiB))
}

@test "cache-power-and-faults-say-what-was-done" {
	load_srd size=16M
	is "$(attr srd0 cache) $(attr srd0 cached) $(attr srd0 power) $(attr srd0 faults)" "none 0 on 0"
	ctl set number=0 flags=1 cache=1
	is "$(attr srd0 cache)" volatile
	is "$(cat /sys/block/srd0/queue/write_cache)" "write back"
	is "$(cat /sys/block/srd0/queue/fua)" 1
	write_direct srd0 3
	is "$(attr srd0 cached)" 12288 "three blocks that were not flushed"
	is "$(ctl info number=0 | sed -n 's/^cached=//p')" 12288
	sync /dev/srd0
	is "$(attr srd0 cached)" 0 "after a flush"
	at_least "$(attr srd0 flush_ios)" 1 "flushes"
	ctl power number=0
	is "$(attr srd0 power)" off
	ctl power number=0 flags=1
	is "$(attr srd0 power)" on
	ctl set number=0 flags=1 cache=0
	is "$(attr srd0 cache)" none
	is "$(cat /sys/block/srd0/queue/write_cache)" "write through"
	ctl rule number=0 ops=2 error=5
	refuses 'Input/output error' write_direct srd0 1
	is "$(attr srd0 faults)" 1
	ctl remove-rule number=0 flags=1
	is "$(attr srd0 faults)" 1 "without the rule"
}

@test "limit-takes-suffixes-and-no-junk" {
	local value

	load_srd size=64M
	is "$(attr srd0 limit)" 0
	set_attr srd0 limit 4M
	is "$(attr srd0 limit)" $((4 * MiB))
	set_attr srd0 limit 8192
	is "$(attr srd0 limit)" 8192
	set_attr srd0 limit 1g
	is "$(attr srd0 limit)" $((1 * GiB))
	for value in '' ' ' -1 junk 4X 1.5M 0x1000 '4M 4M' 4MB; do
		refuses 'Invalid argument' set_attr srd0 limit "$value"
	done
	refuses 'Numerical result out of range' set_attr srd0 limit 16E
	refuses 'Numerical result out of range' set_attr srd0 limit 18446744073709551616
	is "$(attr srd0 limit)" $((1 * GiB)) "limit after junk"
	set_attr srd0 limit 0
	is "$(attr srd0 limit)" 0
}

@test "limit-is-obeyed-at-once" {
	load_srd size=64M
	set_attr srd0 limit 4M
	refuses 'No space left' write_direct srd0 8 1M
	at_most "$(used srd0)" $((4 * MiB))
	at_least "$(used srd0)" $((3 * MiB))
	at_least "$(attr srd0 write_errors)" 1

	# less than what is held: what is there stays and can be overwritten
	set_attr srd0 limit 1M
	write_direct srd0 3 1M
	at_least "$(used srd0)" $((3 * MiB))
	set_attr srd0 limit 0
	write_direct srd0 8 1M
	at_least "$(used srd0)" $((8 * MiB))
}

@test "counts-of-each-operation" {
	local op

	load_srd size=64M
	set_attr srd0 reset_stats 1
	set_attr srd0 latency_sample 1

	write_direct srd0 5
	is "$(counts write)" "5 20480 0" writes
	dd if=/dev/srd0 of=/dev/null bs=8k count=3 iflag=direct status=none
	is "$(counts read)" "3 24576 0" reads
	blkdiscard -o 1M -l 1M /dev/srd0
	is "$(counts discard)" "1 1048576 0" discards
	blkdiscard -z -o 2M -l 1M /dev/srd0
	is "$(counts write_zeroes)" "1 1048576 0" "write zeroes"
	blkdiscard -s -f -o 3M -l 1M /dev/srd0
	is "$(counts secure_erase)" "1 1048576 0" "secure erases"
	is "$(counts flush)" "0 0 0" "flushes, of which memory needs none"
	for op in read write discard write_zeroes secure_erase flush; do
		is "$(timed $op)" "$(attr srd0 ${op}_ios)" "$op requests in the histogram"
	done
}

@test "latency-sample-times-as-many-as-it-says" {
	load_srd size=1M
	set_attr srd0 latency_sample 1
	write_direct srd0 10
	is "$(timed write)" 10 "timed of 10"
	set_attr srd0 latency_sample 4
	taskset -c 0 dd if=/dev/zero of=/dev/srd0 bs=4k count=32 oflag=direct status=none
	is "$(timed write)" 18 "timed of 32 more, one in 4"
	set_attr srd0 latency_sample 0
	write_direct srd0 10
	is "$(timed write)" 18 "timed when off"
	is "$(attr srd0 latency_sample)" 0
	is "$(attr srd0 write_ios)" 52
}

@test "latency-sample-takes-powers-of-two-only" {
	local value

	load_srd size=1M
	for value in 1 2 64 2147483648 0; do
		set_attr srd0 latency_sample $value
		is "$(attr srd0 latency_sample)" $value
	done
	set_attr srd0 latency_sample 8
	for value in 3 65 4294967295 -1 junk '' 1K; do
		refuses 'Invalid argument' set_attr srd0 latency_sample "$value"
	done
	refuses 'Numerical result out of range' set_attr srd0 latency_sample 4294967296
	is "$(attr srd0 latency_sample)" 8 "after junk"
}

@test "reset-sets-all-counts-to-zero" {
	local value

	load_srd size=1M
	set_attr srd0 latency_sample 1
	write_direct srd0 7
	for value in 0 junk '' 2; do
		refuses 'Invalid argument' set_attr srd0 reset_stats "$value"
	done
	is "$(counts write)" "7 28672 0" "after refused resets"
	refuses 'Permission denied' setpriv --bounding-set -all --inh-caps -all --reuid 65534 \
		cat /sys/block/srd0/srd/reset_stats
	set_attr srd0 reset_stats 1
	is "$(counts write) $(counts read)" "0 0 0 0 0 0"
	is "$(timed write) $(timed read)" "0 0" "histograms"
	write_direct srd0 2
	is "$(counts write)" "2 8192 0" "after the reset"
	is "$(timed write)" 2 "histogram after the reset"
	set_attr srd0 reset_stats y
	is "$(counts write)" "0 0 0"
}

@test "capacity-and-used-follow-a-resize" {
	load_srd size=16M
	ctl resize number=0 capacity=32M
	is "$(attr srd0 capacity)" $((32 * MiB))
	is "$(cat /sys/block/srd0/size)" $((32 * MiB / 512))
	ctl resize number=0 capacity=1M
	is "$(attr srd0 capacity)" $((1 * MiB))
}

@test "the-other-ways-tell-the-same" {
	load_srd size=16M,1M
	set_attr srd0 latency_sample 1
	write_direct srd0 9
	is "$(ctl info number=0 | sed -n 's/^used=//p')" "$(used srd0)"
	is "$(ctl stats number=0 | sed -n 's/^write_ios=//p')" "$(attr srd0 write_ios)"
	is "$(ctl stats number=0 | sed -n 's/^write_latency_.*=//p' | paste -sd +)" \
		"$(tr ' ' '\n' </sys/block/srd0/srd/write_latency | grep -v '^0$' | paste -sd +)"
	is "$(awk '$1 == "srd0" { print $3, $10, $11 }' /proc/srd)" "$(used srd0) 9 36864"
	is "$(awk '{ print $5, $7 * 512 }' /sys/block/srd0/stat)" "9 36864" "the block layer's own"
}

@test "attributes-go-with-the-disk" {
	local fd

	load_srd size=1M
	# one that was opened before
	exec {fd}</sys/block/srd0/srd/used
	ctl remove number=0
	refuses 'No such device' cat <&"$fd"
	exec {fd}<&-
	[[ ! -e /sys/block/srd0 ]] || fail "/sys/block/srd0 is still there"
}
