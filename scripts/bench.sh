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
