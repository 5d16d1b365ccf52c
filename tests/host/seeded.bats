#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The bugs of tests/seeded, as far as can be seen without a guest.

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

# make seeded takes its time; that it would begin is seen here.
@test "seeded-bugs-can-still-be-put-in" {
	local bug field
	local -a bugs=("$TOP"/tests/seeded/*.patch)

	[ "${#bugs[@]}" -ge 5 ]
	for bug in "${bugs[@]}"; do
		for field in file tests mode caught; do
			grep -q "^$field: ." "$bug" || { echo "$bug: no $field" >&2; return 1; }
		done
		[ -e "$TOP/tests/guest/$(sed -n 's/^file: //p' "$bug").bats" ]
		patch -s -p1 --dry-run --fuzz=0 -d "$TOP" <"$bug"
	done
}
