#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # bats sets output, lines and status
#
# docs/json.md: the keys of every verb's JSON and their types are what is described there.

load srdctl-helper

# described NAME: "key type,type" of the table below that heading, in its order
described() {
	sed -n "/^## $1\$/,/^## /s/^| \`\([^\`]*\)\` | \([a-z, ]*\) |.*/\1 \2/p" "$TOP/docs/json.md" |
		sed 's/, /,/'
}

# shaped NAME: $output has rows, all of which have the keys described, in their order, and types
shaped() {
	local -a rows=(".$1[]")

	[ "$1" != events ] || rows=(.)
	require jq
	[ -n "$(described "$1")" ]
	[ "$(jq -c "${rows[*]}" <<<"$output" | wc -l)" -gt 0 ]
	jq -r "${rows[*]} | to_entries[] | \"\(.key) \(.value | type)\"" <<<"$output" |
		awk -v described="$(described "$1")" 'BEGIN { n = split(described, lines, "\n") }
			{ split(lines[place++ % n + 1], want, " ")
			  if ($1 != want[1] || index("," want[2] ",", "," $2 ",") == 0) {
				print $0 ", but described: " want[1], want[2]; bad = 1 } }
			END { if (place % n) { print "keys are missing"; bad = 1 }; exit bad }' >&2
}

setup() {
	fake_machine
	srdctl create -s 1G -L one -l 1M
	srdctl create -s 1G --cache volatile
	srdctl snapshot srd0
	fake_set 0 ios.0 7
	fake_set 0 latency.0.31 7
	touch "$FAKE_ROOT/quiet"
}

@test "list-and-info" {
	run srdctl list -J
	shaped srd
	run srdctl info -J srd0 srd2
	shaped srd
	fake_sysfs 3 4096
	export FAKE_OPEN_ERRNO=13
	run srdctl list -J
	shaped srd
}

@test "stats-and-histogram" {
	run srdctl stats -J
	shaped stats
	run srdctl stats -H -J
	shaped histogram
}

@test "top" {
	echo "0 0 100 4096 1 12" >"$FAKE_ROOT/busy"
	run srdctl top --once -J -d 20ms
	shaped top
}

@test "memory-extents-and-version" {
	run srdctl memory -J
	shaped memory
	run srdctl extents -J srd0
	shaped extents
	run srdctl version -J
	shaped version
	fake_unload
	run srdctl version -J
	shaped version
}

@test "exports" {
	mkdir -p "$FAKE_ROOT"/sys/kernel/config/nvmet/{subsystems,hosts,ports} \
		"$FAKE_ROOT/proc/sys/kernel/random" "$FAKE_ROOT/sys/block/srd0"
	echo 7183f69a-8442-4a31-8e34-50530fc05c46 >"$FAKE_ROOT/proc/sys/kernel/random/boot_id"
	echo 7 >"$FAKE_ROOT/sys/block/srd0/diskseq"
	srdctl export srd0 --allow-any
	run srdctl exports -J
	shaped exports
}

@test "faults-settings-and-poweron" {
	srdctl fault add srd0 drop range=1M-2M
	srdctl fault add srd0 error=EIO
	run srdctl fault list -J
	shaped faults
	srdctl set srd0 latency=ssd bandwidth=1M cpu=0
	run srdctl set -J
	shaped settings
	srdctl powercut srd1
	run srdctl poweron -J srd1
	shaped poweron
}

@test "events" {
	for kind in 1 2 3 4 5 6 7 8 9 10 11 12; do
		fake_event "$kind" number=0 other=1 op=1 error=5 rule=1
	done
	fake_event 5 what=1
	rm "$FAKE_ROOT/quiet"
	run srdctl monitor -J
	shaped events
	run srdctl wait -J srd0 --for created
	shaped events
}

# What srdctl save prints is looked at in a guest; here, that nothing of it is left out.
@test "columns-of-the-help-are-the-keys" {
	for verb in list:srd stats:stats top:top memory:memory fault:faults set:settings \
		poweron:poweron save:save version:version monitor:events wait:events; do
		run srdctl help "${verb%:*}"
		help=$(sed -n '/^Columns/,/^$/s/^ [ *] \([A-Z0-9:/-]*\) .*/\L\1/p' <<<"$output")
		[ -n "$help" ] || help=$(sed -n '/columns\[\] = {/,/};/s/.*{ "\([A-Z]*\)", PRINT_.*/\L\1/p' \
			"$TOP/srdctl/${verb%:*}.c")
		[ "$(grep -vx details <<<"$help")" = "$(described "${verb#*:}" | cut -d ' ' -f 1)" ]
	done
}

@test "no-rows-are-an-empty-array" {
	srdctl remove --all
	for verb in list:srd stats:stats "stats -H:histogram" "top --once -d 10ms:top" fault:faults set:settings; do
		# shellcheck disable=SC2086 # words are split on purpose
		run srdctl ${verb%:*} --json
		[ "$status" -eq 0 ]
		[ "$(jq -c . <<<"$output")" = "{\"${verb#*:}\":[]}" ]
	done
}
