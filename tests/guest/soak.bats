#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Everything at once, from one seed, and what must hold when it is quiet again. scripts/soak runs it
# for longer, and on other kernels.
# modes: mq/6.12
# guest: --memory 1G --cpus 2
# timeout: 180

load soak

ACTORS=(verified churned modelled rolled failing born looking elevators cpus pressure)
SECONDS_EACH=25

setup_file() {
	mkdir -p mnt
	(cd / && tar -cf - usr/share/misc usr/share/bash-completion/completions/[a-f]*) >tree.tar
	(cd / && tar -tf - | while read -r name; do
		[[ -L $name || -d $name ]] || md5sum "$name"
	done) <tree.tar >sums
}

# kernel_memory: bytes that the kernel holds for itself, and for us
kernel_memory() {
	awk '/^(Slab|Percpu|VmallocUsed|PageTables|KernelStack):/ { sum += $2 } END { print sum * 1024 }' \
		/proc/meminfo
}

# start: a module with other parameters each time, disks, and those who use them
start() {
	local actor disk

	load_srd mode="$(pick mq mq bio)" queues="$(pick 1 2)" poll_queues=0
	srdctl monitor --json >events &
	LISTENER=$!
	eventually listens
	for disk in "${DISKS[@]}"; do
		case $disk in
		"$CHURNED") srdctl create --number "${disk#srd}" --size 320M ;;
		*) srdctl create --number "${disk#srd}" --size 32M ;;
		esac
		new_disk "$disk"
		set_attr "$disk" reset_stats 1
	done >made
	rm -f stop ./*.done
	PIDS=()
	for actor in "${ACTORS[@]}"; do
		(RANDOM=$((SEED + round * ${#ACTORS[@]} + ${#PIDS[@]})) && set -e && "$actor") \
			>"said.$actor" 2>&1 &
		PIDS+=($!)
	done
}

# listens: it has the control node open, and misses nothing from then on
listens() {
	[[ $(find "/proc/$LISTENER/fd" -lname /dev/srd-control) ]]
}

# let_be SECONDS: or until one of them gives up
let_be() {
	local end=$((SECONDS + $1))

	while ((SECONDS < end)); do
		kill -0 "${PIDS[@]}" 2>/dev/null || break
		sleep 1
	done
	touch stop
}

# all_ended_well: each of them, after it got somewhere
all_ended_well() {
	local i bad=0

	for i in "${!PIDS[@]}"; do
		wait "${PIDS[i]}" || {
			bad=1
			echo "${ACTORS[i]}: status $?" "$(tail -n 20 "said.${ACTORS[i]}")" >&2
		}
		[[ -s ${ACTORS[i]}.done ]] || {
			bad=1
			echo "${ACTORS[i]}: it came to nothing" >&2
		}
	done
	return $bad
}

# sum FILE COLUMN
sum() {
	awk -v column="$2" '{ sum += $column } END { printf "%.0f\n", sum }' "$1"
}

# counts_add_up: what fio says is what the disk says; who had no rule had no errors
counts_add_up() {
	local disk

	is "$(attr $VERIFIED write_bytes) $(attr $VERIFIED read_bytes)" \
		"$(sum verified.done 1) $(sum verified.done 2)" "bytes written and read: the disk, and fio"
	for disk in "$VERIFIED" "$CHURNED" "$MODELLED" "$ROLLED"; do
		is "$(cat "/sys/block/$disk/srd/"*_errors | sort -u)" 0 "errors of $disk"
	done
	is "$(attr $FAILING write_errors)" "$(attr $FAILING faults)" "errors and faults of $FAILING"
	is "$(cat "/sys/block/$FAILING/srd/"{read,discard,flush}_errors | sort -u)" 0 "other errors"
	! log_since | grep -E "I/O error, dev (srd[0-3]|srd90)\>" || fail "errors in the log"
}

# memory_comes_back: when all is discarded, and when all is removed
memory_comes_back() {
	local disk

	srdctl resize $ROLLED 32M
	for disk in "${DISKS[@]}"; do
		blkdiscard -f "/dev/$disk"
		settle
		holds "$disk" 0
	done
	is "$(total disks)" "${#DISKS[@]}" "disks"
	srdctl remove "${DISKS[@]}"
	settle
	is "$(total used)" 0 "used"
}

# events_are_whole: none was lost, and each removal had a creation
events_are_whole() {
	eventually events_tell removed "$(jq -s 'map(select(.event == "created")) | length' events)"
	kill "$LISTENER"
	wait "$LISTENER" || true # by our signal
	is "$(jq -s 'map(.lost // 0) | add' events)" 0 "events that were lost"
}

events_tell() {
	[[ $(jq -s "map(select(.event == \"$1\")) | length" events) == "$2" ]]
}

# no_leaks: where the kernel looks for memory that nobody knows of; it believes it of what is 5 s old
# and has not changed from one look to the next
no_leaks() {
	local report=/sys/kernel/debug/kmemleak

	[[ -e $report ]] || return 0
	echo scan >$report
	sleep 5.5
	echo scan >$report
	is "$(head -n 100 $report)" "" "memory that nobody knows of"
}

# add_up: what the actors of a round did, to what those before them did
add_up() {
	verified=$((verified + $(sum verified.done 2)))
	operations=$((operations + $(sum modelled.done 1)))
	systems=$((systems + $(wc -l <churned.done)))
	disks=$((disks + $(wc -l <born.done)))
}

@test "all-at-once-and-nothing-is-left" {
	local round verified=0 operations=0 systems=0 disks=0 before=0 free=0

	SEED=${SRD_SEED-$((RANDOM % 10000))}
	RANDOM=$SEED
	echo "# show: seed $SEED" >&3
	for ((round = 0; round < SCALE; round++)); do
		start
		let_be $SECONDS_EACH
		all_ended_well || fail "seed $SEED, round $round"
		counts_add_up
		memory_comes_back
		events_are_whole
		add_up
		unload_srd
		nothing_left
		! grep srd /proc/slabinfo || fail "caches are left"
		no_leaks
		# what the first round brings into caches stays there
		echo 3 >/proc/sys/vm/drop_caches
		if ((round)); then
			at_most "$(kernel_memory)" $((before + 4 * MiB + round * 64 * KiB)) "the kernel's memory"
			at_least "$(unused)" $((free - 16 * MiB - round * 64 * KiB)) "what nobody has"
		else
			before=$(kernel_memory) free=$(unused)
		fi
		((round % 10)) || echo "# show: round $round, $((SECONDS / 60)) min, $((verified / MiB)) MiB verified" >&3
	done
	at_least "$verified" 1 "bytes verified"
	echo "# show: seed $SEED: $((SECONDS / 60)) min $((SECONDS % 60)) s, $verified bytes verified by fio," \
		"$operations operations by a model, $systems file systems, $disks disks came and went" >&3
}
