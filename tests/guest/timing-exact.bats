#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# How exact the times are that requests take: on a CPU that counts instructions in place of time,
# so that nothing else on the machine has a part in it.
# modes: mq/6.12
# guest: --icount --memory 1G
# timeout: 600

load data

# median NS COUNT: of so many reads by fio of a disk whose reads take so long
median() {
	ctl timing number=0 flags=1 cpu=-1 read_kind=1 read_count=1 "read_ns0=$1" read_weight0=1 >/dev/null
	fio --name=job --filename=/dev/srd0 --rw=randread --bs=4k --size=16M --number_ios="$2" \
		--direct=1 --ioengine=io_uring --output-format=json >fio.out
	jq '.jobs[0].read.clat_ns.percentile["50.000000"]' fio.out
}

# exact NS COUNT: the median is within 5 % or 10 microseconds of it
exact() {
	local got within=$(($1 / 20 > 10000 ? $1 / 20 : 10000))

	got=$(median "$1" "$2")
	echo "set $1, got $got"
	at_least "$got" $(($1 - within)) "median with $1 ns"
	at_most "$got" $(($1 + within)) "median with $1 ns"
}

@test "fio-finds-the-latency-that-was-set" {
	load_srd size=16M
	exact 50000 500
	exact 100000 500
	exact 1000000 300
	exact 10000000 100
}
