#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016 # what the machines run is expanded there
#
# A mirror of two machines that die and come back, and of a network that does. Two die, one of each
# sort; SRD_TEST_SCALE makes that many times as many (`make check-machines`). SRD_SEED says when, as
# the test says it; SRD_MACHINES_KERNEL with which kernel (6.12).

load machines

@test "what-a-cut-kept-from-the-far-half-is-all-that-is-copied" {
	local before copied

	machine 1 2
	ask 1 'serve_half 2'
	ask 2 'make_mirror 1; write_verified --filename=/dev/md/m --size=16M'
	# shorter than it waits: it goes on as it was
	before=$(written_at 1)
	ask 2 'in_background fio write_verified --filename=/dev/md/m --offset=16M --size=4M --rate=2M'
	monitor 2 "set_link net off"
	sleep 1
	monitor 2 "set_link net on"
	ask 2 'eventually has_ended fio
		is "$(</run/fio.ended)" 0 "status of fio"
		is "$(srd-mirror status m)" clean'
	copied=$(($(written_at 1) - before))
	echo "# a short cut: $copied bytes for 4 MiB" >&3
	((copied >= 4 << 20 && copied < 5 << 20))
	# longer
	monitor 2 "set_link net off"
	ask 2 'write_verified --filename=/dev/md/m --offset=8M --size=2M
		eventually has_status degraded'
	before=$(written_at 1)
	monitor 2 "set_link net on"
	ask 2 'far=$(path_of half 1)
		eventually is_readable "$far"
		srd-mirror join m "$far"
		eventually has_status clean'
	copied=$(($(written_at 1) - before))
	echo "# a long cut: $copied bytes for 2 MiB" >&3
	((copied >= 2 << 20 && copied < 6 << 20))
	ask 2 'halves_are_equal; srd-mirror stop m; leave half 1'
	end 1 2
}

# written_at N: bytes, to its half
written_at() {
	ask "$1" 'attr "$(path_here half)" write_bytes'
}

# acked N: the last record that it said it had, since its load began
acked() {
	awk '$1 == "load" { last = 0 } $1 == "acked" { last = $2 } END { print last + 0 }' "out$1"
}

# some_time: so that the next thing happens at a moment of its own
some_time() {
	until (($(acked "$user") > 0)); do
		lives "$user"
		sleep 0.1
	done
	sleep "$((RANDOM % 3)).$((RANDOM % 10))"
}

# far_dies: and the mirror goes on without it, under the same load
far_dies() {
	lose "$far"
	start "$far"
	ask "$user" 'eventually has_status degraded'
}

# user_dies: the other one has all that was acknowledged, and is the one that uses it from now on
user_dies() {
	local last

	lose "$user"
	last=$(acked "$user")
	start "$user"
	set -- "$user" "$far"
	far=$1 user=$2
	ask "$user" "take_over; perl records.pl check /mnt/records $last; start_load"
}

# mend: a new far half under load; all is there, twice
mend() {
	says "$far" up
	ask "$far" "serve_half $user"
	ask "$user" "join_half $far"
	ask "$user" 'stop_load'
	ask "$user" "perl records.pl check /mnt/records $(acked "$user"); halves_are_equal"
}

@test "no-machine-that-dies-takes-an-acknowledged-write-with-it" {
	local user=2 far=1 kills=$((2 * ${SRD_TEST_SCALE:-1})) seed=${SRD_SEED:-$RANDOM} first=0 i offset

	RANDOM=$seed
	export MACHINE_TIMEOUT=$((180 + kills * 120))
	echo "# show: SRD_SEED=$seed, $kills kills, kernel $KERNEL" >&3
	machine 1 2
	ask 1 'serve_half 2'
	ask 2 'make_mirror 1
		mkfs.ext4 -q /dev/md/m
		mount /dev/md/m /mnt'
	for ((i = 0; i < kills; i++)); do
		# one of each in two, in either order
		((i % 2)) || first=$((RANDOM % 2))
		ask "$user" start_load
		some_time
		echo "# $((i + 1)): machine $user uses, $far serves, $(acked "$user") acknowledged" >&3
		if (((i + first) % 2)); then
			user_dies
		else
			far_dies
		fi
		mend
	done
	offset=$(ask "$user" 'md_attr rd0/offset')
	ask "$user" "umount /mnt; srd-mirror stop m; leave half $far"
	[ "$(ask 1 "sum_of_half $offset")" = "$(ask 2 "sum_of_half $offset")" ]
	end 1 2
}
