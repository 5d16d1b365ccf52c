# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests of /dev/srd-control share: `load ioctl` brings lib with it.

load lib

# both PROGRAM CASE: run it as a 64-bit and as a 32-bit program, and say which one complains
both() {
	local program

	load_srd
	SRD_RELEASE=$(modinfo -F version srd)
	export SRD_RELEASE
	for program in "$1" "$1-32"; do
		echo "$program:"
		"$program" "$2"
	done
}
