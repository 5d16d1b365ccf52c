#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# modes: mq/6.12
#
# On a machine of two NUMA nodes with a CPU each: which node a disk's memory comes from.
# guest: --memory 768M --cpus 2 --qemu -smp --qemu 2,sockets=2,cores=1,threads=1
# guest: --qemu -object --qemu memory-backend-ram,id=m0,size=384M
# guest: --qemu -object --qemu memory-backend-ram,id=m1,size=384M
# guest: --qemu -numa --qemu node,nodeid=0,memdev=m0 --qemu -numa --qemu node,nodeid=1,memdev=m1
# guest: --qemu -numa --qemu cpu,node-id=0,socket-id=0 --qemu -numa --qemu cpu,node-id=1,socket-id=1

load data

DISK=$((48 * MiB))

setup() {
	srd_setup
	[[ -e /sys/devices/system/node/node1/cpu1 ]] || skip "this machine has no second node"
}

# look_at_nodes: FREE becomes the bytes that are free on each, with what each CPU keeps at hand
look_at_nodes() {
	local lines line node

	FREE=(0 0)
	mapfile -t lines </proc/zoneinfo
	for line in "${lines[@]}"; do
		case $line in
		'Node '*) node=${line#Node } node=${node%%,*} ;;
		*'pages free '*) FREE[node]=$((FREE[node] + ${line##* } * PAGE)) ;;
		*' count: '*) FREE[node]=$((FREE[node] + ${line##*:} * PAGE)) ;;
		esac
	done
}

# from NODE COMMAND...: it takes the memory of a disk from there, and next to none from elsewhere
from() {
	local node=$1 here there taken other
	shift

	# what the kernel keeps for files is not to come or go meanwhile
	echo 3 >/proc/sys/vm/drop_caches
	look_at_nodes
	here=${FREE[node]} there=${FREE[1 - node]}
	"$@"
	look_at_nodes
	taken=$((here - FREE[node])) other=$((there - FREE[1 - node]))
	echo "$*: $((taken >> 20)) MiB from node $node, $((other >> 20)) MiB from the other one"
	at_least $taken $((DISK - 12 * MiB)) "taken from node $node"
	at_most $other $((12 * MiB)) "taken from the other one"
}

# fill_on CPU DISK
fill_on() {
	taskset -c "$1" dd if=/dev/zero of="/dev/$2" bs=1M count=$((DISK / MiB)) oflag=direct \
		conv=notrunc status=none
}

# create OPTION...
create() {
	srdctl create -s $DISK "$@" >path
}

both_nodes_both_modes() {
	local mode node

	for mode in mq bio; do
		for node in 0 1; do
			"$1" $mode $node
		done
	done
}

written_on() {
	create --mode "$1"
	is "$(attr srd0 node)" -1
	from "$2" fill_on "$2" srd0
	srdctl remove srd0
}

@test "memory-is-that-of-the-CPU-that-writes-first" {
	load_srd
	both_nodes_both_modes written_on
}

given() {
	create --mode "$1" --node "$2"
	is "$(attr srd0 node)" "$2"
	from "$2" fill_on $((1 - $2)) srd0
	srdctl remove srd0
}

@test "memory-is-that-of-the-node-that-was-given" {
	load_srd
	both_nodes_both_modes given
}

by_default() {
	load_srd size=$DISK mode="$1" node="$2"
	is "$(attr srd0 node)" "$2"
	from "$2" fill_on $((1 - $2)) srd0
	unload_srd
}

@test "memory-is-that-of-the-parameters-node" {
	both_nodes_both_modes by_default
	load_srd node=1
	create --node -1
	is "$(attr srd0 node)" -1
	from 0 fill_on 0 srd0
}

taken_on() {
	from "$2" taskset -c "$2" srdctl create -s $DISK --mode "$1" --prealloc >path
	is "$(attr srd0 prealloc)" 1
	srdctl remove srd0
}

@test "prealloc-takes-from-the-creators-node" {
	load_srd
	both_nodes_both_modes taken_on
}

taken_from() {
	from "$2" taskset -c $((1 - $2)) srdctl create -s $DISK --mode "$1" --prealloc --node "$2" >path
	from "$2" taskset -c $((1 - $2)) srdctl resize srd0 $((2 * DISK))
	srdctl remove srd0
}

@test "prealloc-and-growth-take-from-the-node-that-was-given" {
	load_srd
	both_nodes_both_modes taken_from
}

@test "prealloc-at-load-takes-from-the-parameters-node" {
	local node

	for node in 0 1; do
		from $node taskset -c $((1 - node)) modprobe srd size=$DISK prealloc=1 node=$node
		unload_srd
	done
}

@test "polled-writes-take-from-the-writers-node" {
	local node

	load_srd poll_queues=1
	for node in 0 1; do
		create
		from $node taskset -c $node fio --filename=/dev/srd0 --direct=1 --ioengine=io_uring \
			--hipri=1 --rw=write --bs=64k --iodepth=8 --size=$DISK --minimal --thread \
			--name=write --output=fio.out
		srdctl remove srd0
	done
}

# A node is where memory is best taken from, not the only place.
@test "a-node-that-is-full-borrows-from-the-other" {
	local size=$((420 * MiB)) said

	load_srd mem_limit=1G node=1 mem_reserve=32M
	srdctl create -s $size >path
	look_at_nodes
	at_most "${FREE[1]}" $size "free memory of node 1"
	said=$(dd if=/dev/zero of=/dev/srd0 bs=1M oflag=direct 2>&1 || true)
	matches "$said" 'No space left'
	is "$(attr srd0 write_errors)" 0 "write errors"
	at_least "$(used srd0)" $size
	srdctl remove srd0
	is "$(total used)" 0
}

@test "a-node-that-is-not-there-is-refused" {
	local node

	refused 'Invalid argument' node={2,3,1023,1024,-2}
	load_srd
	for node in 2 3 63 1023 1024 2147483647; do
		refuses "there is no NUMA node $node" srdctl create -s 1M --node $node
		refuses EINVAL ctl create capacity=1M flags=4 node=$node
	done
	refuses EINVAL ctl create capacity=1M flags=4 node=-2
	is "$(total disks)" 0
}
