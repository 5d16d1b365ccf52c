# SPDX-License-Identifier: GPL-2.0
# modes: mq/6.12
#
# Module parameters: what they do, what is refused, and that a refusal says why, once, and leaves
# nothing behind. `refused` is progs/refused.c.

load lib

# takes PARAMETER=VALUE WANTED: it loads, and shows WANTED as the parameter's value
takes() {
	load_srd "$1"
	is "$(param "${1%%=*}")" "$2" "$1"
	unload_srd
}

param() {
	cat "/sys/module/srd/parameters/$1"
}

invalid='Invalid argument'
range='Numerical result out of range'

@test "without-parameters-no-disk-and-a-control-node" {
	load_srd
	is "$(total disks)" 0 disks
	[[ -c /dev/srd-control ]] || fail "no /dev/srd-control"
	is "$(stat -c %a:%u:%g /dev/srd-control)" 600:0:0 "mode of the control node"
	is "$(param size)" ""
	is "$(param block_size)" 512
	is "$(param queues)" "$(nproc --all)"
	is "$(param queue_depth)" 128
	is "$(param max_part)" 1
	is "$(param node)" -1
	is "$(param mode)" mq
	is "$(param poll_queues)" 0
	is "$(param prealloc)" N
	is "$(param cache)" none
}

@test "each-parameter-is-shown-and-described" {
	local name

	load_srd
	is "$(cd /sys/module/srd/parameters && echo *)" \
		"block_size cache max_part mem_limit mem_reserve mode node poll_queues prealloc queue_depth\
 queues size"
	for name in /sys/module/srd/parameters/*; do
		matches "$(modinfo -p srd)" "(^|"$'\n'")${name##*/}:[A-Z]" "description"
		case ${name##*/} in
		mem_*) is "$(stat -c %a "$name")" 644 "mode of $name" ;;
		*) is "$(stat -c %a "$name")" 444 "mode of $name" ;;
		esac
	done
	is "$(modinfo -F license srd)" GPL
	matches "$(modinfo -F version srd)" '^[0-9]+\.[0-9]+\.[0-9]+$'
	is "$(cat /sys/module/srd/version)" "$(modinfo -F version srd)"
}

@test "load-is-one-line-in-the-log" {
	load_srd size=1M
	matches "$(srd_log)" '^version [0-9.]+, 1 disks?$'
}

@test "size-is-a-list-of-disks" {
	load_srd size=1G,512M,64k,1024
	is "$(param size)" 1073741824,536870912,65536,1024
	is "$(total disks)" 4 disks
	is "$(attr srd0 capacity)" $((1 * GiB))
	is "$(attr srd1 capacity)" $((512 * MiB))
	is "$(attr srd2 capacity)" $((64 * KiB))
	is "$(blockdev --getsize64 /dev/srd3)" 1024
	is "$(blockdev --getsize64 /dev/srd0)" $((1 * GiB))
}

@test "size-takes-all-suffixes-up-to-the-largest-disk" {
	load_srd size=4096,1K,1k,1M,1m,1G,1g,1T,1t,1P,16P
	is "$(attr srd7 capacity)" $((1024 * GiB))
	is "$(attr srd8 capacity)" $((1024 * GiB))
	is "$(attr srd10 capacity)" $((16 << 50))
	is "$(blockdev --getsize64 /dev/srd10)" $((16 << 50))
}

@test "size-takes-64-disks" {
	local sizes

	sizes=$(printf ',1M%.0s' {1..64})
	load_srd "size=${sizes#,}"
	is "$(total disks)" 64 disks
	[[ -b /dev/srd63 ]] || fail "no srd63"
}

@test "size-bad-is-refused" {
	refused "$invalid" size={,0,-1,-1G,junk,1X,1GB,1.5G,0x1000,+1M,G,1M-} \
		size=1M,0 size=1M, size=1M,,1M size=,1M size=1M,junk
	# smaller than a block, or not a multiple of it
	refused "$invalid" size=1 size=1M,2M,1000 "block_size=4096 size=1M,6144"
}

@test "size-too-large-is-refused" {
	local sizes

	refused 'File too large' size=17P size=1M,18014398509482496 size=18446744073709551615
	refused "$range" size={18446744073709551616,16E,99999999999999999999}
	sizes=$(printf ',1M%.0s' {1..65})
	refused 'Argument list too long' "size=${sizes#,}"
}

@test "block_size-is-that-of-the-disk" {
	local size

	for size in 512 1024 2048 4096; do
		load_srd size=1M block_size=$size
		is "$(param block_size)" $size
		is "$(attr srd0 block_size)" $size
		is "$(blockdev --getss /dev/srd0)" $size
		is "$(cat /sys/block/srd0/queue/logical_block_size)" $size
		unload_srd
	done
}

@test "block_size-bad-is-refused" {
	refused "$invalid" block_size={,0,1,256,511,513,1000,3000,3072,8192,65536,-512,junk,4K}
	refused "$range" block_size={4294967296,4294967808}
}

@test "queues-and-depth-are-those-of-the-disk" {
	load_srd size=1M queues=1 queue_depth=32
	is "$(param queues) $(param queue_depth)" "1 32"
	is "$(attr srd0 queues) $(attr srd0 queue_depth)" "1 32"
	is "$(cd /sys/block/srd0/mq && echo *)" 0
	is "$(cat /sys/block/srd0/mq/0/nr_tags)" 32
	unload_srd

	load_srd size=1M
	is "$(attr srd0 queues)" "$(nproc --all)"
	is "$(find /sys/block/srd0/mq -mindepth 1 -maxdepth 1 -type d | wc -l)" "$(nproc --all)"
	is "$(cat /sys/block/srd0/mq/0/nr_tags)" 128
	unload_srd

	takes queue_depth=1 1
	takes queue_depth=10240 10240
}

@test "queues-bad-is-refused" {
	refused "$invalid" queues={0,-1,junk,1K,99999,"$(($(nproc --all) + 1))"}
	refused "$range" queues={4294967296,4294967297}
}

@test "queue_depth-bad-is-refused" {
	refused "$invalid" queue_depth={0,-1,junk,10241,99999}
	refused "$range" queue_depth=4294967297
}

@test "node-is-that-of-the-disk" {
	load_srd size=1M node=0
	is "$(param node) $(attr srd0 node)" "0 0"
	unload_srd
	load_srd size=1M node=-1
	is "$(param node) $(attr srd0 node)" "-1 -1"
}

@test "node-bad-is-refused" {
	refused "$invalid" node={1,99,1000000,-2,junk}
	refused "$range" node=4294967296
}

@test "mode-is-that-of-the-disk" {
	local mode

	for mode in mq bio; do
		load_srd size=1M mode=$mode
		is "$(param mode) $(attr srd0 mode)" "$mode $mode"
		unload_srd
	done
}

@test "mode-bad-is-refused" {
	refused "$invalid" mode={,0,1,junk,MQ,mqx,mq-bio,m}
}

@test "cache-is-that-of-the-disk" {
	takes cache=none none
	load_srd size=1M,1M cache=volatile
	is "$(param cache) $(attr srd0 cache) $(attr srd1 cache)" "volatile volatile volatile"
	is "$(cat /sys/block/srd0/queue/write_cache)" "write back"
	ctl create capacity=1M flags=512
	is "$(attr srd2 cache)" none "of one that was to have none"
}

@test "cache-bad-is-refused" {
	refused "$invalid" cache={,0,1,junk,Volatile,volatilex,none-,n}
}

@test "poll_queues-are-those-of-the-disk" {
	load_srd size=1M poll_queues=1
	is "$(param poll_queues) $(attr srd0 poll_queues)" "1 1"
	is "$(attr srd0 queues)" "$(nproc --all)" "the others"
	unload_srd
	takes poll_queues=0 0
	takes "poll_queues=$(nproc --all)" "$(nproc --all)"
	# a default for the mode that has them
	load_srd size=1M poll_queues=1 mode=bio
	is "$(param poll_queues) $(attr srd0 poll_queues)" "1 0"
}

@test "poll_queues-bad-is-refused" {
	refused "$invalid" poll_queues={,-1,junk,1K,99999,"$(($(nproc --all) + 1))",4294967295}
	refused "$range" poll_queues=4294967296
}

@test "prealloc-takes-the-disks-memory-at-load" {
	load_srd size=16M prealloc=1
	is "$(param prealloc) $(attr srd0 prealloc)" "Y 1"
	at_least "$(used srd0)" $((16 * MiB))
	unload_srd
	load_srd size=16M prealloc=0
	is "$(param prealloc) $(attr srd0 prealloc)" "N 0"
	at_most "$(used srd0)" $((64 * KiB))
	unload_srd
	takes prealloc=y Y
	takes prealloc=n N
}

@test "prealloc-bad-is-refused" {
	refused "$invalid" prealloc={,2,-1,junk,64M}
	refused 'Cannot allocate memory' "mem_limit=4M prealloc=1 size=1M,16777216"
}

@test "max_part-gives-minors-to-partitions" {
	local major

	load_srd size=16M,16M max_part=16
	is "$(param max_part)" 16
	is "$(cut -d : -f 2 /sys/block/srd1/dev)" 16 "minor of srd1"
	major=$(cut -d : -f 1 /sys/block/srd1/dev)
	sfdisk -q /dev/srd1 <<<$',4M\n,4M'
	is "$(cat /sys/block/srd1/srd1p2/dev)" "$major:18"
	unload_srd

	# without it partitions have minors elsewhere
	load_srd size=16M,16M
	is "$(cut -d : -f 2 /sys/block/srd1/dev)" 1 "minor of srd1"
	sfdisk -q /dev/srd1 <<<$',4M\n,4M'
	[[ -b /dev/srd1p2 ]] || fail "no srd1p2"
	[[ $(cat /sys/block/srd1/srd1p2/dev) != "$major:"* ]] || fail "srd1p2 took a disk's minor"
	unload_srd

	takes max_part=256 256
}

@test "max_part-bad-is-refused" {
	refused "$invalid" max_part={0,257,-1,junk}
}

@test "mem_limit-and-reserve-have-defaults-from-RAM" {
	local ram

	load_srd
	ram=$(meminfo MemTotal)
	is "$(param mem_limit)" $((ram / 2 / 4096 * 4096)) mem_limit
	at_least "$(param mem_reserve)" $((32 * MiB))
	at_most "$(param mem_reserve)" $((1 * GiB))
	is "$(total mem_limit)" "$(param mem_limit)"
	is "$(total mem_reserve)" "$(param mem_reserve)"
}

@test "mem_limit-and-reserve-are-set-at-load" {
	takes mem_limit=64M $((64 * MiB))
	takes mem_limit=1T $((1024 * GiB))
	takes mem_limit=4096 4096
	takes mem_limit=10000 8192
	takes mem_limit=18446744073709551615 18446744073709547520
	takes mem_reserve=48M $((48 * MiB))
	takes mem_reserve=0 0
}

@test "mem_limit-and-reserve-bad-are-refused" {
	refused "$invalid" mem_limit={,0,4095,-1,junk,1.5G,50%} mem_reserve={,-1,junk}
	refused "$range" mem_limit=16E mem_reserve=18446744073709551616
}

@test "mem_limit-and-reserve-are-written-at-run-time" {
	local name value file

	load_srd
	for name in mem_limit mem_reserve; do
		file=/sys/module/srd/parameters/$name
		echo 64M >$file
		is "$(param $name)" $((64 * MiB)) $name
		for value in -1 junk '' 1G1 '1 G'; do
			refuses "$invalid" eval "echo '$value' >$file"
		done
		refuses "$range" eval "echo 16E >$file"
		is "$(param $name)" $((64 * MiB)) "$name after junk"
		is "$(total $name)" $((64 * MiB)) "$name in /proc/srd"
	done
	refuses "$invalid" eval "echo 4095 >/sys/module/srd/parameters/mem_limit"
	refuses "$invalid" eval "echo 0 >/sys/module/srd/parameters/mem_limit"
	echo 0 >/sys/module/srd/parameters/mem_reserve
	is "$(param mem_reserve)" 0 "mem_reserve, turned off"
}

@test "mem_limit-written-at-run-time-is-obeyed" {
	load_srd size=64M mem_limit=8M
	refuses 'No space left' dd if=/dev/zero of=/dev/srd0 bs=1M oflag=direct status=none
	at_most "$(total used)" $((8 * MiB)) used
	at_least "$(total used)" $((7 * MiB)) used
	echo 16M >/sys/module/srd/parameters/mem_limit
	refuses 'No space left' dd if=/dev/zero of=/dev/srd0 bs=1M oflag=direct status=none
	at_least "$(total used)" $((15 * MiB)) used

	# below what is held: nothing is taken away, nothing is added
	echo 1M >/sys/module/srd/parameters/mem_limit
	at_least "$(total used)" $((15 * MiB)) used
	dd if=/dev/zero of=/dev/srd0 bs=1M count=8 oflag=direct status=none
	refuses 'No space left' dd if=/dev/zero of=/dev/srd0 bs=1M seek=32 oflag=direct status=none

	echo 1G >/sys/module/srd/parameters/mem_limit
	dd if=/dev/zero of=/dev/srd0 bs=1M count=64 oflag=direct status=none
	at_least "$(total used)" $((64 * MiB)) used
}

@test "mem_reserve-is-left-to-others" {
	load_srd size=64M
	echo 1T >/sys/module/srd/parameters/mem_reserve
	refuses 'No space left' dd if=/dev/zero of=/dev/srd0 bs=1M count=1 oflag=direct status=none
	echo 32M >/sys/module/srd/parameters/mem_reserve
	dd if=/dev/zero of=/dev/srd0 bs=1M count=1 oflag=direct status=none
}
