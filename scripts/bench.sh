# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What scripts/bench and scripts/bench-ratios share. Sourced, never run.

. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# bench_guest KERNEL RESULTS SCRIPT [OPTION...] -- [ARG...] - run scripts/SCRIPT in a virtual
# machine, with those options of scripts/vm; what it measured comes to be in the folder RESULTS
bench_guest() {
	local name=$1 results=$2 script=$3
	local -a options=()
	shift 3

	while [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	shift
	rm -rf -- "$results"
	mkdir -p -- "$(dirname -- "$results")"
	"$scripts/vm" --kernel "$name" --copy-in "$scripts/bench-guest.sh" \
		--copy-in "$scripts/$script" --copy-out "/root/bench:$results" "${options[@]}" \
		-- "./$script" "$@"
}

# bench_exact KERNEL RESULTS ARG... - count instructions. A copy with `rep movs` would count
# an instruction for each eight bytes on one emulated CPU and for all on another, so that
# the CPU lacks the feature for which the kernel chooses it. On a clock that leaps while the
# guest waits, every wait is long.
bench_exact() {
	bench_guest "$1" "$2" bench-guest-exact --icount --cpu max,-erms,-fsrm --memory 3G \
		--timeout 3000 --append sysctl.kernel.hung_task_timeout_secs=0 -- "${@:3}"
}

# bench_machines KERNEL RESULTS ARG... - two virtual machines on a network of their own, each with
# one CPU, so that those of this machine suffice: one serves disks, the other measures, and tells it
# when that is done
bench_machines() {
	local name=$1 results=$2 network=bench-$$ server status=0
	local -a both=(--cpus 1 --timeout 3600)
	shift 2

	"$scripts/vm" --kernel "$name" "${both[@]}" --join "$network:1" \
		--copy-in "$scripts/bench-guest.sh" --copy-in "$scripts/bench-guest-machines" \
		-- ./bench-guest-machines serve &
	server=$!
	bench_guest "$name" "$results" bench-guest-machines "${both[@]}" --join "$network:2" \
		--copy-in "$scripts/srd-mirror" -- measure "$@" || status=$?
	[[ $status = 0 ]] || kill "$server"
	wait "$server" || status=$?
	return "$status"
}

# --- what it left: $dir is the results folder of one kernel --------------------------

# fact METHOD NAME - as bench-guest-METHOD found it
fact() {
	sed -n "s/^$2 //p" "$dir/$1/facts" 2>/dev/null
}

# has METHOD
has() {
	[[ -s $dir/$1/values ]]
}

# values METHOD - all lines "METRIC CELL DISK VALUE", with those that follow from others:
# latencies in µs, named by their percentile, and how much more two CPUs do than one
values() {
	awk '
	$1 ~ /^p[0-9]/ { sub(/-latency$/, "", $2); print "us", $2 "-" $1, $3, $4 / 1000; next }
	{ print }
	$1 == "iops" && $2 ~ /-jobs1$/ { split($2, cell, "-"); one[cell[1], $3, ++n1[cell[1], $3]] = $4 }
	$1 == "iops" && $2 ~ /-jobs2$/ {
		split($2, cell, "-")
		i = ++n2[cell[1], $3]
		print "ratio", cell[1] "-ratio", $3, $4 / one[cell[1], $3, i]
	}' "$dir/$1/values"
}

# table METRIC [-v NAME=VALUE...] - from such lines: a row for each cell and a column for each
# disk, in the order of bench-names; medians where there are several. Variables: cells and
# disks, patterns of those to show; digits behind the point, or format, for printf; unit, by
# which all is divided; spread=1 to add the half of the range of several as a percentage.
table() {
	awk -v metric="$1" -v cells=. -v disks=. -v digits=0 -v format='' -v unit=1 -v head='' "${@:2}" '
	function median(list,    v, n, i, j, t) {
		n = split(list, v)
		for (i = 2; i <= n; i++)
			for (j = i; j > 1 && v[j] + 0 < v[j - 1] + 0; j--) {
				t = v[j]; v[j] = v[j - 1]; v[j - 1] = t
			}
		runs = n
		range = v[n] - v[1]
		return (v[int((n + 1) / 2)] + v[int(n / 2) + 1]) / 2
	}
	function shown(list,    m, text) {
		if (list == "")
			return "–"
		m = median(list)
		text = format ? sprintf(format, m / unit) : sprintf("%.*f", digits, m / unit)
		return spread && m && runs > 1 ? sprintf("%s ±%.0f %%", text, 50 * range / m) : text
	}
	FILENAME != "-" {
		if (/^[^#]/) {
			id[++ids] = $1
			title[$1] = $0
			sub(/^[^ \t]+[ \t]+/, "", title[$1])
		}
		next
	}
	$1 == metric && $2 ~ cells && $3 ~ disks {
		list[$2, $3] = list[$2, $3] " " $4
		has[$2]; has[$3]; column[$3]
	}
	END {
		line = "|---"
		printf "| %s", head
		for (i = 1; i <= ids; i++)
			if (id[i] in column) { printf " | %s", title[id[i]]; line = line "|---:" }
		print " |\n" line "|"
		for (j = 1; j <= ids; j++) {
			if (!(id[j] in has) || id[j] in column)
				continue
			printf "| %s", title[id[j]]
			for (i = 1; i <= ids; i++)
				if (id[i] in column)
					printf " | %s", shown(list[id[j], id[i]])
			print " |"
		}
	}' "$scripts/bench-names" -
}
