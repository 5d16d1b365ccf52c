#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The bugs of tests/seeded, as far as can be seen without a guest.

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

# make seeded takes its time; that it would begin is seen here.
@test "seeded-bugs-can-still-be-put-in" {
	local bug field
	local -a bugs=("$TOP"/tests/seeded/*.patch) fields

	[ "${#bugs[@]}" -ge 6 ]
	for bug in "${bugs[@]}"; do
		fields=(caught fuzz)
		if ! grep -q '^fuzz: ' "$bug"; then
			fields=(caught file tests mode)
			[ -e "$TOP/tests/guest/$(sed -n 's/^file: //p' "$bug").bats" ]
		fi
		for field in "${fields[@]}"; do
			grep -q "^$field: ." "$bug" || { echo "$bug: no $field" >&2; return 1; }
		done
		patch -s -p1 --dry-run --fuzz=0 -d "$TOP" <"$bug"
	done
}
