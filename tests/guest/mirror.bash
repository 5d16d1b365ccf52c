# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For tests of a mirror, /dev/md/m: what it says of itself.

has_status() {
	[[ $(srd-mirror status m) == "$1" ]]
}

is_readable() {
	dd if="$1" of=/dev/null bs=4k count=1 iflag=direct status=none
}

# md_dir: where the array's attributes are
md_dir() {
	echo "/sys/block/$(basename "$(readlink -f /dev/md/m)")/md"
}

md_attr() {
	cat "$(md_dir)/$1"
}

is_idle() {
	[[ $(md_attr sync_action) == idle ]]
}

# halves_are_equal: every sector of the two
halves_are_equal() {
	is "$(md_attr degraded)" 0 "disks that are missing"
	echo check >"$(md_dir)/sync_action"
	eventually is_idle
	is "$(md_attr mismatch_cnt)" 0 "sectors that differ"
}
