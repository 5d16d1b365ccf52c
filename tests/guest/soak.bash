# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What soak.bats lets loose on a machine's disks, each in a process of its own until there is a
# file `stop`: `load soak` brings data and lib with it. An actor that finds something wrong says
# so and ends with an error, and leaves a line in a file of its name when it got somewhere. All
# choices follow from SEED and the actor's place among them; what happens between two actors is the
# machine's.

load data

# One disk for each of those who know what is on it; the rest is for those who come and go.
VERIFIED=srd0 CHURNED=srd1 MODELLED=srd2 ROLLED=srd3 FAILING=srd4
DISKS=("$VERIFIED" "$CHURNED" "$MODELLED" "$ROLLED" "$FAILING")

# go_on: nobody has said that it is enough
go_on() {
	[[ ! -e stop ]]
}

# pick WORD...: one of them
pick() {
	local -a words=("$@")

	echo "${words[RANDOM % $#]}"
}

# ---- who knows what was written ----

# fio checks what it wrote; how many bytes it wrote and read is added to verified.done
verified() {
	local read write

	while go_on; do
		fio --name=soak "--filename=/dev/$VERIFIED" --direct=1 --size=6M --rw=randwrite \
			--ioengine="$(pick io_uring libaio psync)" --iodepth="$(pick 1 4 32)" \
			--bssplit=512/20:4k/40:12k/10:64k/20:256k/10 --verify=crc32c --verify_fatal=1 \
			--randseed=$RANDOM --output-format=json --output=fio.json >fio.said 2>&1 ||
			fail "fio: $(cat fio.said fio.json)"
		read -r write read < <(jq -r '.jobs[0] | "\(.write.io_bytes) \(.read.io_bytes)"' fio.json)
		echo "$write $read" >>verified.done
	done
}

# A copy in memory, with discards and zeroes.
modelled() {
	while go_on; do
		data-model -n 200 -o 1M -r 4M -s $RANDOM "/dev/$MODELLED"
		echo 200 >>modelled.done
	done
}

# Files on a file system that is made, trimmed and mounted anew.
churned() {
	local type

	while go_on; do
		type=$(pick ext4 xfs btrfs)
		wipefs -qa "/dev/$CHURNED"
		case $type in
		ext4) mkfs.ext4 -q "/dev/$CHURNED" ;;
		xfs) mkfs.xfs -q -f "/dev/$CHURNED" ;;
		btrfs) mkfs.btrfs -q -f "/dev/$CHURNED" ;;
		esac
		mount "/dev/$CHURNED" mnt
		tar -C mnt -xf tree.tar
		umount mnt
		mount "/dev/$CHURNED" mnt
		(cd mnt && md5sum --quiet -c) <sums
		find mnt -type f -name '*[e-s]' -delete
		sync -f mnt
		fstrim mnt
		(cd mnt && md5sum --quiet --ignore-missing -c) <sums
		umount mnt
		echo "$type" >>churned.done
	done
}

# holds_pattern DISK NUMBER: its first 2 MiB are that
holds_pattern() {
	is "$(checksum "/dev/$1" 0 $((2 * MiB)))" "$(pattern 2M "$2" | md5sum)" "$1"
}

# Snapshots, rollback, resize and reset, with what each must leave.
rolled() {
	local n

	while go_on; do
		n=$((1000000 + RANDOM))
		write_direct "/dev/$ROLLED" 0 $((2 * MiB)) <(pattern 2M $n)
		srdctl snapshot "$ROLLED" --number 90 >/dev/null
		write_direct "/dev/$ROLLED" 0 $((2 * MiB)) <(pattern 2M $((n + 1)))
		srdctl resize "$ROLLED" 48M
		cmp -n "$MiB" -i $((40 * MiB)):0 "/dev/$ROLLED" /dev/zero
		blkdiscard -o "$MiB" -l "$MiB" "/dev/$ROLLED"
		holds_pattern srd90 $n
		srdctl rollback "$ROLLED" --to srd90
		holds_pattern "$ROLLED" $n
		srdctl remove srd90
		go_on || break
		srdctl reset "$ROLLED"
		is "$(checksum "/dev/$ROLLED" 0 "$MiB")" "$(head -c 1M /dev/zero | md5sum)" "after reset"
		echo "$n" >>rolled.done
	done
}

# As many requests fail as a rule says, and none without one.
failing() {
	local times i failed

	while go_on; do
		times=$((1 + RANDOM % 6)) failed=0
		ctl rule "number=${FAILING#srd}" ops=2 what=0 error=5 "times=$times" >/dev/null
		for ((i = 0; i < 8; i++)); do
			dd if=/dev/zero "of=/dev/$FAILING" bs=4k count=1 seek=$((RANDOM % 1000)) \
				oflag=direct conv=notrunc status=none 2>/dev/null || failed=$((failed + 1))
		done
		is "$failed" "$times" "writes that failed"
		ctl remove-rule "number=${FAILING#srd}" flags=1
		echo "$failed" >>failing.done
	done
}

# ---- who comes and goes ----

born() {
	local number name

	while go_on; do
		number=$((10 + RANDOM % 60))
		srdctl create --number $number --size "$(pick 1M 8M 1T)" --mode "$(pick mq bio)" >/dev/null
		dd if=/dev/urandom "of=/dev/srd$number" bs=64k count=8 oflag=direct status=none
		name=$(srdctl clone "srd$number")
		dd if=/dev/urandom "of=$name" bs=4k count=16 oflag=direct status=none
		srdctl powercut "$name"
		srdctl remove "$(pick --force --deferred)" "srd$number"
		srdctl remove "$name"
		echo "$number" >>born.done
	done
}

# ---- who looks ----

# What is gone when one comes to it is no error.
looking() {
	while go_on; do
		find /sys/block/srd*/srd -type f -exec cat {} + >looked 2>/dev/null || true
		cat /proc/srd >looked
		srdctl list --json | jq -e . >/dev/null
		srdctl stats "$VERIFIED" >looked
		srdctl extents "$VERIFIED" >looked
		echo >>looking.done
	done
}

# ---- what happens to the machine ----

elevators() {
	local disk

	while go_on; do
		for disk in "${DISKS[@]}"; do
			[[ $(attr "$disk" mode) == mq ]] || continue
			pick none mq-deadline none >"/sys/block/$disk/queue/scheduler"
		done
		echo >>elevators.done
		sleep 0.2
	done
}

cpus() {
	while go_on; do
		echo 0 >/sys/devices/system/cpu/cpu1/online
		sleep 0.5
		echo 1 >/sys/devices/system/cpu/cpu1/online
		echo >>cpus.done
		sleep 1
	done
}

pressure() {
	while go_on; do
		data-hog "$(pick 40M 80M 120M)" 1 >/dev/null
		echo "$(pick 1 2 3)" >/proc/sys/vm/drop_caches
		echo >>pressure.done
		sleep 0.3
	done
}
