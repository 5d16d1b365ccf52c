# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Numbered steps, each with the time since the start: "[ 3/14]  0:42  title", and
# below it what it did. Sourced by scripts/demo, and in the guest by its other half.

# steps_begin FIRST TOTAL EPOCH COLOUR - the next step is FIRST, the first began at EPOCH
steps_begin() {
	steps_next=$1 steps_total=$2 steps_epoch=$3
	steps_bold='' steps_plain=''
	if [[ $4 = 1 ]]; then
		steps_bold=$'\e[1m' steps_plain=$'\e[0m'
	fi
}

# elapsed - since the first step, as M:SS
elapsed() {
	local seconds=$(($(date +%s) - steps_epoch))

	printf '%d:%02d' $((seconds / 60)) $((seconds % 60))
}

step() {
	printf '%s[%2d/%d] %5s  %s%s\n' "$steps_bold" "$steps_next" "$steps_total" "$(elapsed)" \
		"$*" "$steps_plain"
	((++steps_next))
}

# detail TEXT... - a line below a step
detail() {
	printf '        %s\n' "$*"
}

# indented - what comes in, below a step and no wider than 80 columns
indented() {
	stdbuf -oL fold -s -w 72 | sed -u "s/^/        /; s/ *$//"
}
