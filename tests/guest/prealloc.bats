#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Disks that take all their memory at once: all of it or none, and they keep it.
# modes: mq/6.12 bio/every
# guest: --memory 4G --cpus 2
# timeout: 400

load data

PARAMETERS=/sys/module/srd/parameters
TOO_LITTLE='leaves less memory than the disk takes'

# whole BYTES: what a disk of that size holds when it has all its pages, beside an empty one's root
whole() {
	echo $(($(with_nodes $(($1 / PAGE))) * PAGE))
}

# has_all DISK [EMPTY]: it holds all that it can need, and no more
has_all() {
	local capacity used

	capacity=$(attr "$1" capacity)
	used=$(used "$1")
	is "$used" $((${2-4096} + $(whole "$capacity"))) "used by $1"
	at_most $(((used - 4096) * 1000)) $((capacity * 1003)) "used by $1, in thousandths"
}

# empty SIZE: what a disk of that size holds before it is written
empty() {
	srdctl create -s "$1" -n 99 --sparse >path
	used srd99
	srdctl remove srd99
}

# preallocating: bytes that disks which are being created have still to take
preallocating() {
	[[ $(srdctl memory --json) =~ \"preallocating\":\ *\"?([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

# nothing_taken [USED]: no memory is held but so much, and none is to be taken
nothing_taken() {
	is "$(total pending)" 0 "pending"
	is "$(total used)" "${1-0}" "used by all"
	is "$(preallocating)" 0 "preallocating"
}

# Two nodes of the table and their pages, filled with what can be told from anything else
SOME=$((4 * MiB))

# fill_some: of srd0; has_some [BYTES]: it is there still, or so much of it
fill_some() {
	pattern $SOME >some
	write_direct /dev/srd0 0 $SOME some
}

has_some() {
	drop /dev/srd0
	cmp -n "${1-$SOME}" some /dev/srd0
}

# begins COMMAND...: it runs, by the time this returns it is taking memory; it gets signals as from
# a shell where somebody types. BEGUN is the process.
begins() {
	env --default-signal=INT "$@" >said 2>&1 3>&- &
	BEGUN=$!
	(
		end=$((SECONDS + 60))
		until [[ $(preallocating) != 0 ]]; do
			((SECONDS < end)) || fail "it takes no memory" "$(<said)"
		done
	)
}

# ends STATUS: what begins began
ends() {
	local status=0

	wait "$BEGUN" || status=$?
	is "$status" "$1" "status ($(<said))"
}

@test "all-memory-is-there-at-once-and-no-write-takes-more" {
	local all

	load_srd
	is "$(srdctl create -s $SOME --prealloc)" /dev/srd0
	has_all srd0
	is "$(attr srd0 prealloc)" 1
	is "$(total used)" "$(used srd0)" "used by all"
	is "$(preallocating)" 0 "preallocating"
	zeroes /dev/srd0
	all=$(used srd0)
	fill_some
	has_some
	is "$(used srd0)" "$all" "used, written"
	is "$(attr srd0 write_errors)" 0
	is "$(data-nowait write 4096 0 1024 /dev/srd0)" "ok=1024 again=0 nospc=0 other=0"
	srdctl remove srd0
	nothing_taken
}

@test "sizes-that-fill-no-page-and-no-node" {
	local size

	load_srd
	for size in 512 4096 4608 $((2 * MiB)) $((2 * MiB + 4096)) $((3 * MiB - 512)); do
		srdctl create -s $size --prealloc >path
		is "$(used srd0)" $((4096 + $(with_nodes $(((size + 4095) / 4096))) * 4096)) "$size bytes"
		srdctl remove srd0
	done
	nothing_taken
}

@test "a-limit-that-is-just-enough-is-enough" {
	load_srd
	srdctl create -s 16M --prealloc --limit $((4096 + $(whole $((16 * MiB))))) >path
	has_all srd0
	write_direct /dev/srd0 0 $((16 * MiB))
	srdctl remove srd0
	refuses "$TOO_LITTLE" srdctl create -s 16M --prealloc --limit $(($(whole $((16 * MiB)))))
	nothing_taken
}

@test "it-says-so" {
	load_srd
	srdctl create -s 16M --prealloc >path
	srdctl create -s 16M --sparse >path
	is "$(attr srd0 prealloc) $(attr srd1 prealloc)" "1 0"
	is "$(ctl info number=0 | sed -n 's/^state=//p')" 4 "state"
	is "$(ctl info number=1 | sed -n 's/^state=//p')" 0 "state"
	is "$(srdctl list --json | jq -c '[.srd[].prealloc]')" "[true,false]"
}

@test "no-discard-is-offered" {
	load_srd
	srdctl create -s 64M --prealloc >path
	is "$(cat /sys/block/srd0/queue/discard_max_bytes)" 0
	is "$(cat /sys/block/srd0/queue/discard_max_hw_bytes)" 0
	is "$(cat /sys/block/srd0/queue/discard_granularity)" 0
	write_direct /dev/srd0 0 "$MiB" <(pattern 1M)
	refuses 'not supported' blkdiscard /dev/srd0
	refuses 'not supported' blkdiscard -f -l 64K /dev/srd0
	is "$(checksum /dev/srd0 0 "$MiB")" "$(pattern 1M | md5sum)"
	is "$(attr srd0 discard_ios)" 0
	has_all srd0
}

# A node of the table whole, and in the next one some bytes within a page
@test "zeroing-overwrites-in-place" {
	local how

	load_srd
	srdctl create -s $SOME --prealloc >path
	set_attr srd0 reset_stats 1
	# what was zeroed takes no memory when it is written again
	set_attr srd0 limit 1M
	for how in "blkdiscard -f -z" "blkdiscard -f -s" "fallocate -p -n" "fallocate -z -n"; do
		fill_some
		$how -l 2M /dev/srd0
		$how -o $((3 * MiB + 512)) -l 1536 /dev/srd0
		cp some wanted
		fallocate -p -l 2M wanted
		fallocate -p -o $((3 * MiB + 512)) -l 1536 wanted
		drop /dev/srd0
		cmp wanted /dev/srd0
		has_all srd0
		is "$(total pending)" 0 pending
	done
	fill_some
	has_some
	is "$(attr srd0 write_zeroes_ios) $(attr srd0 secure_erase_ios)" "6 2"
	is "$(attr srd0 write_zeroes_errors) $(attr srd0 secure_erase_errors)" "0 0"
	is "$(attr srd0 write_errors)" 0
}

@test "file-systems-work-without-discard" {
	local mkfs

	load_srd
	srdctl create -s 320M --prealloc >path
	mkdir -p mnt
	for mkfs in "mkfs.ext4 -qF" "mkfs.xfs -qf"; do
		$mkfs /dev/srd0
		mount /dev/srd0 mnt
		head -c 2M /dev/urandom >mnt/file
		cp mnt/file copy
		refuses 'not supported' fstrim mnt
		umount mnt
		mount -o discard /dev/srd0 mnt
		cmp mnt/file copy
		rm mnt/file copy
		umount mnt
		has_all srd0
	done
	is "$(attr srd0 discard_ios) $(attr srd0 write_errors)" "0 0"
}

# refused_whole OPTION...: a disk that cannot be had leaves nothing, not even its number and label
refused_whole() {
	local before=${BEFORE-0}

	refuses "$TOO_LITTLE" srdctl create --prealloc -n 3 -L mine "$@"
	settle
	nothing_taken "$before"
	[[ ! -e /sys/block/srd3 && ! -e /dev/srd3 ]] || fail "srd3 is there"
	is "$(srdctl create -s 1M -n 3 -L mine --sparse)" /dev/srd3
	srdctl remove srd3
	nothing_taken "$before"
}

@test "a-limit-in-the-way-is-an-error-that-leaves-nothing" {
	local BEFORE before

	load_srd
	before=$(available)
	refused_whole -s 64M --limit 32M
	refused_whole -s 64M --limit 64M
	refused_whole -s 64M --limit 4K

	echo 48M >$PARAMETERS/mem_limit
	refused_whole -s 64M
	srdctl create -s 16M --prealloc >path
	BEFORE=$(used srd0)
	refused_whole -s 33M
	srdctl create -s 16M --prealloc >path
	has_all srd1
	srdctl remove srd1
	echo 2G >$PARAMETERS/mem_limit

	echo 1T >$PARAMETERS/mem_reserve
	refused_whole -s 4K
	echo $(($(meminfo MemAvailable) - 32 * MiB)) >$PARAMETERS/mem_reserve
	refused_whole -s 256M
	echo 32M >$PARAMETERS/mem_reserve
	srdctl create -s 64M --prealloc >path
	has_all srd1
	srdctl remove srd0 srd1
	nothing_taken
	at_least "$(available)" $((before - 20 * MiB)) "available memory"
}

# What was just discarded is on its way back for a moment, and is as good as free.
@test "what-others-have-just-given-back-can-be-had" {
	local round

	load_srd size=32M mem_limit=40M
	for ((round = 0; round < 3 * SCALE; round++)); do
		write_direct /dev/srd0 0 $((30 * MiB))
		prealloc-reuse /dev/srd0 32M
		has_all srd1
		srdctl remove srd1
	done
}

@test "more-than-the-machine-has-kills-nobody" {
	load_srd mem_limit=64G
	refused_whole -s 8G
	echo 128M >$PARAMETERS/mem_limit
	refused_whole -s 16P
}

@test "an-interrupted-creation-leaves-nothing" {
	local signal before

	load_srd mem_limit=2200M
	before=$(available)
	for signal in INT TERM KILL; do
		begins srdctl create -s 2G -n 3 -L mine --prealloc
		is "$(total disks)" 0 "disks, while it is made"
		kill -$signal "$BEGUN"
		ends $((128 + $(kill -l $signal)))
		eventually nothing_taken
		is "$(<said)" "" "what was said"
		[[ ! -e /sys/block/srd3 ]] || fail "srd3 is there"
		is "$(srdctl create -s 1M -n 3 -L mine)" /dev/srd3
		srdctl remove srd3
	done
	nothing_taken
	at_least "$(available)" $((before - 20 * MiB)) "available memory"
}

@test "an-interrupted-creation-that-shows-how-far-it-is-leaves-nothing" {
	local signal

	load_srd mem_limit=2200M
	for signal in INT KILL; do
		begins srdctl create -s 2G --prealloc --progress
		eventually grep -q allocating said
		kill -$signal "$BEGUN"
		ends $((128 + $(kill -l $signal)))
		eventually nothing_taken
		PATIENCE=10 eventually refuses "" pgrep -x srdctl
	done
}

@test "a-creation-that-is-stopped-for-a-while-gets-its-disk" {
	load_srd mem_limit=2200M
	begins srdctl create -s 600M --prealloc
	kill -STOP "$BEGUN"
	# others need not do without that memory meanwhile
	eventually nothing_taken
	is "$(total disks)" 0 "disks"
	kill -CONT "$BEGUN"
	ends 0
	is "$(<said)" /dev/srd0
	has_all srd0 "$(empty 600M)"
	is "$(total used)" "$(used srd0)"
	write_direct /dev/srd0 $((599 * MiB)) "$MiB"
}

@test "others-need-not-wait-for-a-creation" {
	load_srd mem_limit=2500M
	srdctl create -s 16M -n 1 >path
	begins srdctl create -s 1200M -n 3 -L mine --prealloc
	is "$(srdctl create -s 1M)" /dev/srd0
	write_direct /dev/srd1 0 "$MiB"
	refuses 'mine' srdctl create -s 1M -L mine
	refuses '' srdctl create -s 1M -n 3
	refuses 'no such disk' srdctl info srd3
	refuses 'no such disk' srdctl remove mine
	is "$(srdctl list -n --raw -o NAME | paste -sd ' ')" "srd0 srd1"
	refuses 'in use' rmmod srd
	srdctl remove srd0
	at_least "$(preallocating)" 1 "still to be taken, or this proves nothing"
	ends 0
	has_all srd3 "$(empty 1200M)"
}

@test "two-creations-and-room-for-one" {
	local pids=() pid made=0

	load_srd mem_limit=600M
	for pid in 0 1; do
		srdctl create -s 400M --prealloc >said$pid 2>&1 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		! wait "$pid" || made=$((made + 1))
	done
	cat said0 said1
	at_most $made 1 "disks"
	is "$(total disks)" $made "disks"
	settle
	nothing_taken $((made * (4096 + $(whole $((400 * MiB))))))
}

@test "by-default-of-the-module" {
	load_srd size=64M,4608 prealloc=1
	is "$(cat $PARAMETERS/prealloc)" Y
	has_all srd0
	is "$(attr srd0 prealloc) $(attr srd1 prealloc)" "1 1"
	is "$(used srd1)" $((4096 + 3 * 4096))
	srdctl create -s 16M >path
	has_all srd2
	srdctl create -s 16M --sparse >path
	is "$(attr srd3 prealloc) $(used srd3)" "0 4096"
	at_least "$(cat /sys/block/srd3/queue/discard_max_bytes)" 1
	unload_srd

	load_srd size=16M prealloc=0
	is "$(attr srd0 prealloc) $(used srd0)" "0 4096"
}

@test "a-load-that-cannot-have-its-memory-is-refused" {
	local before

	before=$(available)
	refused 'Cannot allocate memory' "mem_limit=32M prealloc=1 size=16M,67108864" \
		"mem_reserve=1T prealloc=1 size=4096"
	nothing_left
	at_least "$(available)" $((before - 20 * MiB)) "available memory"
}

# memory_falls BYTES: by so much since it was so many
memory_falls() (
	end=$((SECONDS + 60))
	while (($(meminfo MemFree) > $1)); do
		((SECONDS < end)) || fail "no memory is taken"
	done
)

@test "a-load-that-is-interrupted-leaves-nothing" {
	local signal before status free

	before=$(available)
	for signal in INT KILL; do
		free=$(meminfo MemFree)
		env --default-signal=INT modprobe srd size=16M,2G prealloc=1 mem_limit=2500M 3>&- &
		memory_falls $((free - 100 * MiB))
		kill -$signal $!
		status=0
		wait $! || status=$?
		is "$status" $((128 + $(kill -l $signal))) "status of modprobe"
		eventually nothing_left
		at_least "$(available)" $((before - 20 * MiB)) "available memory"
	done
	load_srd size=16M prealloc=1
	has_all srd0
}

# resize CAPACITY: of srd0
resize() {
	srdctl resize srd0 "$1"
}

@test "growing-takes-memory-and-shrinking-gives-it-back" {
	load_srd
	srdctl create -s $SOME --prealloc >path
	fill_some
	resize 16M
	is "$(blockdev --getsize64 /dev/srd0)" $((16 * MiB))
	has_all srd0
	has_some
	zeroes /dev/srd0 $SOME $((12 * MiB))
	write_direct /dev/srd0 0 $((16 * MiB))
	fill_some
	has_all srd0

	resize 2M
	has_all srd0
	settle
	nothing_taken "$(used srd0)"
	has_some $((2 * MiB))
	resize 8M
	has_all srd0
	zeroes /dev/srd0 $((2 * MiB)) $((6 * MiB))
	resize $((8 * MiB + 512))
	is "$(used srd0)" $((4096 + $(with_nodes 2049) * 4096)) "used with one block more"
	resize 512
	is "$(used srd0)" $((3 * 4096)) "used with one block"
	srdctl remove srd0
	nothing_taken
}

@test "growth-without-memory-changes-nothing" {
	local all

	load_srd
	srdctl create -s $SOME --prealloc >path
	fill_some
	all=$(used srd0)
	for name in limit mem_limit mem_reserve; do
		case $name in
		limit) set_attr srd0 limit 20M ;;
		mem_limit) echo 20M >$PARAMETERS/mem_limit ;;
		mem_reserve) echo 1T >$PARAMETERS/mem_reserve ;;
		esac
		refuses 'memory' resize 64M
		is "$(blockdev --getsize64 /dev/srd0) $(attr srd0 capacity)" "$SOME $SOME" "capacity"
		settle
		is "$(used srd0)" "$all" "used after $name"
		nothing_taken "$all"
		has_some
		set_attr srd0 limit 0
		echo 2G >$PARAMETERS/mem_limit
		echo 32M >$PARAMETERS/mem_reserve
	done
	resize 16M
	has_all srd0
}

# The table that a larger disk needs stays, if anything.
@test "growth-far-beyond-memory-leaves-the-disk-as-it-was" {
	local all capacity

	load_srd mem_limit=64M
	srdctl create -s $SOME --prealloc >path
	fill_some
	all=$(used srd0)
	for capacity in 100G 16P; do
		refuses 'memory' resize $capacity
		is "$(blockdev --getsize64 /dev/srd0) $(attr srd0 capacity)" "$SOME $SOME" "capacity"
		settle
		at_most "$(used srd0)" $((all + 300 * KiB)) "used"
		is "$(total used)" "$(used srd0)"
		has_some
	done
	resize 16M
	zeroes /dev/srd0 $SOME $((12 * MiB))
	srdctl remove srd0
	nothing_taken
}

@test "interrupted-growth-leaves-the-disk-as-it-was" {
	local signal all first

	load_srd mem_limit=2200M
	srdctl create -s $SOME --prealloc >path
	fill_some
	first=$(used srd0)
	for signal in INT KILL; do
		begins srdctl resize srd0 1G
		# who looks meanwhile sees the disk as it was
		is "$(blockdev --getsize64 /dev/srd0)" $SOME "size, while it grows"
		is "$(dd if=/dev/srd0 bs=$SOME skip=1 count=1 iflag=direct status=none | wc -c)" 0
		kill -$signal "$BEGUN"
		ends $((128 + $(kill -l $signal)))
		# the root of a larger table may stay
		all=$(used srd0)
		eventually nothing_taken "$all"
		is "$(blockdev --getsize64 /dev/srd0) $(attr srd0 capacity)" "$SOME $SOME" "capacity"
		at_most "$all" $((first + 16 * KiB)) "used"
		has_some
	done
	begins srdctl resize srd0 1G
	kill -STOP "$BEGUN"
	eventually nothing_taken "$all"
	kill -CONT "$BEGUN"
	ends 0
	has_all srd0 "$(empty 1G)"
}

@test "a-disk-that-can-be-removed-while-it-grows-is-removed" {
	local status=0

	load_srd mem_limit=2200M
	srdctl create -s 16M --prealloc >path
	begins srdctl resize srd0 2G
	timeout 60 srdctl remove --force srd0 || fail "status $?"
	wait "$BEGUN" || status=$?
	matches "$status" '^[01]$' "status of the resize ($(<said))"
	[[ $status == 0 ]] || matches "$(<said)" 'no such disk' "what the resize said"
	[[ ! -e /sys/block/srd0 ]] || fail "srd0 is there"
	eventually nothing_taken
}

@test "a-read-only-disk-takes-none" {
	load_srd prealloc=1
	srdctl create -s 64M --read-only >path
	srdctl create -s 64M --read-only --prealloc >path
	is "$(used srd0) $(used srd1)" "4096 4096"
	is "$(attr srd0 prealloc) $(attr srd1 prealloc)" "0 0"
	srdctl resize srd1 128M
	is "$(used srd1)" 4096
}
