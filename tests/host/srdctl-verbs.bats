#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2030,SC2031 # every test is a process of its own, as it should be
#
# srdctl: what every verb does and prints, on a control node that is emulated

load srdctl-helper

# json FILTER: $output is JSON and the filter is true for it
json() {
	require jq
	jq -e "$1" <<< "$output" >/dev/null && return
	printf 'not true: %s\nof: %s\n' "$1" "$output" >&2
	return 1
}

@test "create-prints-only-the-path" {
	run srdctl create -s 1G
	[ "$status" -eq 0 ]
	is /dev/srd0
	run srdctl create --size 512M
	is /dev/srd1
}

@test "create-hands-every-option-to-the-module" {
	run srdctl create --size=64M --number=7 --block-size=4K --queues=3 --queue-depth=17 \
		--limit=32M --node=0 --label=scratch --read-only
	[ "$status" -eq 0 ]
	is /dev/srd7
	run srdctl list --json srd7
	json '.srd[0] | .size == 67108864 and .sector == 4096 and .queues == 3 and .depth == 17
		and .limit == 33554432 and .node == 0 and .label == "scratch" and .ro == true'
}

@test "create-short-options" {
	run srdctl create -s 64M -n 7 -b 4096 -q 3 -d 17 -l 32M -L scratch -r
	[ "$status" -eq 0 ]
	run srdctl list --json
	json '.srd[0] | .name == "srd7" and .size == 67108864 and .sector == 4096 and .queues == 3
		and .depth == 17 and .limit == 33554432 and .node == -1 and .label == "scratch"
		and .ro == true'
}

@test "create-mode-and-queues" {
	srdctl create -s 1M --mode=bio
	srdctl create -s 1M -m bio
	srdctl create -s 1M -m mq -q 3 -d 9 --poll-queues 2
	srdctl create -s 1M --mode mq --poll-queues 0
	run srdctl list --raw -n -o MODE,QUEUES,DEPTH,POLL-QUEUES
	is "bio 0 0 0
bio 0 0 0
mq 3 9 2
mq 2 128 0"
	run srdctl list -J srd2
	json '.srd[0]."poll-queues" == 2'
}

@test "create-leaves-mode-to-the-module" {
	echo bio > "$FAKE_ROOT/sys/module/srd/parameters/mode"
	srdctl create -s 1M
	srdctl create -s 1M -m mq -q 1
	run srdctl list --raw -n -o MODE,QUEUES
	is "bio 0
mq 1"
}

@test "create-prealloc-and-sparse" {
	srdctl create -s 1M --prealloc
	srdctl create -s 1M -p
	srdctl create -s 1M --sparse
	srdctl create -s 1M
	run srdctl list --raw -n -o PREALLOC
	is "1
1
0
0"
	run srdctl info srd0
	has "prealloc:    yes"
	run srdctl list -J
	json '[.srd[].prealloc] == [true, true, false, false]'
}

@test "create-waits-for-udev-where-udev-runs" {
	run srdctl create -s 1M
	[ ! -e "$FAKE_ROOT/spawned" ]
	mkdir -p "$FAKE_ROOT/run/udev"
	touch "$FAKE_ROOT/run/udev/control"
	run srdctl create -s 1M
	is /dev/srd1
	run cat "$FAKE_ROOT/spawned"
	[[ $output =~ ^/[a-z/]*udevadm\ settle\ --timeout=[0-9]+$ ]]
}

@test "create-tells-when-the-node-does-not-come" {
	touch "$FAKE_ROOT/no-node"
	run srdctl create -s 1M
	[ "$status" -eq 1 ]
	has "/dev/srd0"
	has "its node is not"
	run srdctl_stdout create -s 1M
	is "/dev/srd1"
}

@test "list-is-the-default-verb" {
	srdctl create -s 1G
	run srdctl list
	list=$output
	run srdctl
	[ "$status" -eq 0 ]
	is "$list"
	run srdctl -J
	json '.srd | length == 1'
	run srdctl --noheadings -o NAME
	is srd0
}

@test "list-without-disks-says-what-to-do-and-succeeds" {
	run srdctl
	[ "$status" -eq 0 ]
	one_line
	has "srdctl create --size 1G"
	run srdctl_stdout
	is ""
}

@test "list-without-disks-is-an-empty-array-in-json" {
	run srdctl list -J
	[ "$status" -eq 0 ]
	json '. == {"srd": []}'
}

@test "list-default-table" {
	srdctl create -s 1G -L scratch -l 512M
	srdctl create -s 1.5G -b 4096 -r
	fake_set 0 used 5242880
	fake_set 0 openers 2
	run srdctl list
	is "NAME SIZE USED LIMIT SECTOR MODE QUEUES DEPTH RO OPENERS LABEL
srd0   1G   5M  512M    512 mq        2   128  0       2 scratch
srd1 1.5G   4K  none   4096 mq        2   128  1       0 "
}

@test "list-raw-bytes-noheadings-for-scripts" {
	srdctl create -s 1G -L scratch
	run srdctl list --raw -b -n -o NAME,SIZE,USED,LIMIT,RO,LABEL
	is "srd0 1073741824 4096 0 0 scratch"
}

@test "list-columns-in-the-users-order-and-any-case" {
	srdctl create -s 1G
	run srdctl list -n -o size,Name,MAJ:MIN
	is "  1G srd0 240:0"
}

@test "list-plus-adds-to-the-default-columns-once" {
	srdctl create -s 1G
	run srdctl list -o +PATH,NAME
	is "NAME SIZE USED LIMIT SECTOR MODE QUEUES DEPTH RO OPENERS LABEL PATH
srd0   1G   4K  none    512 mq        2   128  0       0       /dev/srd0"
}

@test "list-output-all-has-every-column-of-the-help" {
	srdctl create -s 1G
	all=$(srdctl list --output-all | head -n 1 | wc -w)
	help=$(srdctl list --help | sed -n '/^Columns/,/^$/p' | grep -c '^ ')
	[ "$all" -eq "$help" ]
	[ "$all" -eq 31 ]
}

@test "list-json-has-every-field-in-its-type" {
	srdctl create -s 1G -L scratch
	srdctl create -s 2G -r
	fake_set 1 ios.0 5
	fake_set 1 ios.1 6
	fake_set 1 bytes.1 4096
	fake_set 1 errors.1 2
	fake_set 1 errors.2 1
	run srdctl list --json
	[ "$status" -eq 0 ]
	json '.srd | length == 2'
	json '.srd[0] | keys_unsorted == ["name", "path", "size", "used", "shared", "limit", "prealloc",
		"sector", "mode", "queues", "depth", "poll-queues", "node", "ro", "openers", "deferred",
		"window", "cache", "cached", "power", "faults", "timing", "reads", "writes", "discards",
		"read-bytes", "write-bytes", "errors", "maj:min", "origin", "label"]'
	json '.srd[1] == {"name": "srd1", "path": "/dev/srd1", "size": 2147483648, "used": 4096, "shared": 0,
		"limit": 0, "prealloc": false, "sector": 512, "mode": "mq", "queues": 2,
		"depth": 128, "poll-queues": 0, "node": -1, "ro": true, "openers": 0, "deferred": false, "window": false,
		"cache": "none", "cached": 0, "power": "on", "faults": 0, "timing": "none",
		"reads": 5, "writes": 6, "discards": 0, "read-bytes": 0, "write-bytes": 4096, "errors": 3,
		"maj:min": "240:16", "origin": null, "label": null}'
}

@test "list-an-unknown-mode-is-not-a-lie" {
	srdctl create -s 1G
	fake_set 0 mode 3
	run srdctl list -n -o MODE
	is "mode3"
}

@test "disks-are-found-by-name-path-label-link-and-device-number" {
	srdctl create -s 1G -n 3 -L scratch
	srdctl create -s 2G -n 4
	mkdir -p "$FAKE_ROOT/dev/disk/by-id"
	ln -s ../../srd3 "$FAKE_ROOT/dev/disk/by-id/srd-scratch"
	echo "blk 240:48" > "$BATS_TEST_TMPDIR/other-node"
	for name in srd3 /dev/srd3 scratch /dev/disk/by-id/srd-scratch \
		"$BATS_TEST_TMPDIR/other-node"; do
		run srdctl list -n -o NAME "$name"
		[ "$status" -eq 0 ]
		is srd3
	done
}

@test "list-named-disks-only-and-goes-on-past-missing-ones" {
	srdctl create -s 1G
	srdctl create -s 2G
	srdctl create -s 3G
	run srdctl_stdout list -n -o NAME srd2 srd9 /dev/srd0
	[ "$status" -eq 1 ]
	is "srd2
srd0"
}

@test "list-for-users-reads-sysfs" {
	fake_sysfs 10 1073741824
	fake_sysfs 2 536870912
	mkdir -p "$FAKE_ROOT/sys/block/sda" "$FAKE_ROOT/sys/block/srdx" "$FAKE_ROOT/sys/block/srd03"
	export FAKE_OPEN_ERRNO=13
	run srdctl list -o +READS
	[ "$status" -eq 0 ]
	is "NAME  SIZE USED LIMIT SECTOR MODE QUEUES DEPTH RO OPENERS LABEL   READS
srd2  512M   8K  none   4096 mq        4    64  1         label2     11
srd10   1G   8K  none   4096 mq        4    64  1         label10    11"
	run srdctl list --json srd10
	json '.srd == [{"name": "srd10", "path": "/dev/srd10", "size": 1073741824, "used": 8192, "shared": 0,
		"limit": 0, "prealloc": false, "sector": 4096, "mode": "mq", "queues": 4,
		"depth": 64, "poll-queues": 0, "node": -1, "ro": true, "openers": null, "deferred": null, "window": false,
		"cache": "none", "cached": 0, "power": "on", "faults": 0, "timing": null,
		"reads": 11, "writes": 11, "discards": 11, "read-bytes": 45056, "write-bytes": 45056,
		"errors": 6, "maj:min": "240:160", "origin": null, "label": "label10"}]'
}

# Where people write Turkish, the small letter of I is none of these.
@test "names-are-read-and-written-the-same-in-every-locale" {
	local locale

	export LOCPATH=$BATS_TEST_TMPDIR/locales FAKE_OPEN_ERRNO=13
	mkdir "$LOCPATH"
	localedef -i tr_TR -f UTF-8 --no-archive "$LOCPATH/tr_TR.UTF-8"
	localedef -i tr_TR -f ISO-8859-9 --no-archive "$LOCPATH/tr_TR"
	fake_sysfs 2 536870912
	for locale in tr_TR.UTF-8 tr_TR; do
		export LC_ALL=$locale
		run srdctl list -n -o size srd2
		is "512M"
		run srdctl info srd2
		[[ $output == *size:* ]]
	done
}

@test "list-for-users-reads-mode-poll-queues-and-prealloc" {
	fake_sysfs 2 536870912
	fake_sysfs 3 536870912
	echo bio > "$FAKE_ROOT/sys/block/srd2/srd/mode"
	echo 1 > "$FAKE_ROOT/sys/block/srd2/srd/prealloc"
	echo 3 > "$FAKE_ROOT/sys/block/srd3/srd/poll_queues"
	echo 0 > "$FAKE_ROOT/sys/block/srd3/ro"
	export FAKE_OPEN_ERRNO=13
	run srdctl list --raw -n -o NAME,MODE,POLL-QUEUES,PREALLOC,RO
	is "srd2 bio 0 1 1
srd3 mq 3 0 0"
}

@test "info-and-stats-for-users-read-sysfs" {
	fake_sysfs 2 536870912
	echo 16 > "$FAKE_ROOT/sys/block/srd2/srd/latency_sample"
	echo "0 0 0 0 0 0 0 0 0 9 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0" \
		> "$FAKE_ROOT/sys/block/srd2/srd/read_latency"
	export FAKE_OPEN_ERRNO=13
	run srdctl info label2
	[ "$status" -eq 0 ]
	has "name:        srd2"
	has "openers:"
	run srdctl stats -J srd2
	json '.stats[0] | .ios == 11 and .bytes == 45056 and .errors == 1 and .p50 == 512
		and .p99 == 1024 and .timed == 10 and .sample == 16'
	json '.stats[1].p50 == null'
	run srdctl stats --histogram -n
	is "srd2 read 256ns  512ns   9 ########################################
srd2 read 512ns 1.02us   1 #####"
}

@test "remove-one-several-all" {
	for _ in 0 1 2 3; do
		srdctl create -s 1M
	done
	run srdctl remove srd1
	[ "$status" -eq 0 ]
	is ""
	run srdctl list -n -o NAME
	is "srd0
srd2
srd3"
	run srdctl remove /dev/srd3 srd0
	[ "$status" -eq 0 ]
	run srdctl list -n -o NAME
	is "srd2"
	srdctl create -s 1M
	run srdctl remove --all
	[ "$status" -eq 0 ]
	run srdctl list -J
	json '.srd == []'
	run srdctl remove --all
	[ "$status" -eq 0 ]
}

@test "remove-several-goes-on-past-failures" {
	srdctl create -s 1M
	srdctl create -s 1M
	srdctl create -s 1M
	fake_set 1 openers 1
	echo "35 22 8:0 / /mnt rw - ext4 /dev/srd1 rw" > "$FAKE_ROOT/proc/self/mountinfo"
	run srdctl remove --all
	[ "$status" -eq 1 ]
	has "srd1: busy"
	run srdctl list -n -o NAME
	is srd1
	srdctl create -s 1M
	run srdctl remove srd9 srd0
	[ "$status" -eq 1 ]
	has "srd9: no such disk"
	run srdctl list -n -o NAME
	is srd1
}

@test "remove-waits-while-something-passes-by" {
	srdctl create -s 1M
	echo "2 16 3" > "$FAKE_ROOT/fail"
	run srdctl remove srd0
	[ "$status" -eq 0 ]
	is ""
	run cat "$FAKE_ROOT/fail"
	is "2 16 0"
}

@test "remove-force-and-deferred" {
	srdctl create -s 1M
	srdctl create -s 1M
	fake_set 0 openers 1
	fake_set 1 openers 1
	run srdctl remove --deferred srd0
	[ "$status" -eq 0 ]
	run srdctl list -J srd0
	json '.srd[0].deferred == true'
	run srdctl remove -f srd1
	[ "$status" -eq 0 ]
	run srdctl list -n -o NAME
	is srd0
}

@test "resize-to-and-by" {
	local -A now=([2G]=2147483648 [+1G]=3221225472 [-512M]=2684354560 [1.5G]=1610612736)

	srdctl create -s 1G
	for size in 2G +1G -512M 1.5G; do
		run srdctl resize srd0 "$size"
		[ "$status" -eq 0 ]
		is ""
		run srdctl list -n -b -o SIZE
		is "${now[$size]}"
	done
	run srdctl resize -- srd0 +512
	[ "$status" -eq 0 ]
	run srdctl list -n -b -o SIZE
	is 1610613248
}

@test "resize-shrinks-an-open-disk-only-by-force" {
	srdctl create -s 1G
	fake_set 0 openers 1
	run srdctl resize srd0 512M
	[ "$status" -eq 1 ]
	run srdctl resize srd0 2G
	[ "$status" -eq 0 ]
	run srdctl resize --force srd0 -1.5G
	[ "$status" -eq 0 ]
	run srdctl list -n -o SIZE
	is 512M
}

@test "info-lines" {
	srdctl create -s 1.5G -L scratch
	fake_set 0 ios.0 7
	run srdctl info scratch
	[ "$status" -eq 0 ]
	is "name:        srd0
path:        /dev/srd0
size:        1.5G
used:        4K
shared:      0B
limit:       none
prealloc:    no
sector:      512
mode:        mq
queues:      2
depth:       128
poll-queues: 0
node:        -1
ro:          no
openers:     0
deferred:    no
window:      no
cache:       none
cached:      0B
power:       on
faults:      0
timing:      none
reads:       7
writes:      0
discards:    0
read-bytes:  0B
write-bytes: 0B
errors:      0
maj:min:     240:0
origin:
label:       scratch"
	run srdctl info -b srd0
	has "size:        1610612736"
	has "limit:       0"
}

@test "info-json-is-that-of-list" {
	srdctl create -s 1G
	srdctl create -s 2G
	run srdctl list --json
	list=$output
	run srdctl info --json srd0 srd1
	[ "$status" -eq 0 ]
	is "$list"
}

@test "stats-table" {
	srdctl create -s 1G
	fake_set 0 ios.0 404
	fake_set 0 bytes.0 1654784
	fake_set 0 errors.1 1
	fake_set 0 latency.0.12 396
	fake_set 0 latency.0.17 3
	fake_set 0 latency.0.31 5
	run srdctl stats
	[ "$status" -eq 0 ]
	is "NAME OP           IOS BYTES ERRORS    P50 P99
srd0 read         404  1.6M      0 4.10us >1s
srd0 write          0    0B      1        
srd0 discard        0    0B      0        
srd0 write-zeroes   0    0B      0        
srd0 secure-erase   0    0B      0        
srd0 flush          0    0B      0        "
	run srdctl stats --raw -n -b -o OP,IOS,BYTES,P50 srd0
	is "read 404 1654784 4096
write 0 0 
discard 0 0 
write-zeroes 0 0 
secure-erase 0 0 
flush 0 0 "
}

@test "stats-json-has-every-field-in-its-type" {
	srdctl create -s 1G
	fake_set 0 ios.1 100
	fake_set 0 bytes.1 409600
	fake_set 0 latency.1.0 1
	fake_set 0 latency.1.10 98
	fake_set 0 latency.1.20 1
	run srdctl stats -J srd0
	[ "$status" -eq 0 ]
	json '[.stats[].op] ==
		["read", "write", "discard", "write-zeroes", "secure-erase", "flush"]'
	json '.stats[1] | del(.latency) == {"name": "srd0", "op": "write", "ios": 100,
		"bytes": 409600, "errors": 0, "p50": 1024, "p90": 1024, "p99": 1024, "p999": 1048576,
		"timed": 100, "sample": 16}'
	json '.stats[1].latency | length == 32 and .[0] == 1 and .[10] == 98 and .[20] == 1
		and add == 100'
	json '.stats[0] | .p50 == null and .timed == 0 and (.latency | add) == 0'
}

@test "stats-histogram" {
	srdctl create -s 1G
	fake_set 0 latency.0.11 400
	fake_set 0 latency.0.13 1
	fake_set 0 latency.1.31 2
	run srdctl stats --histogram
	is "NAME OP      FROM     TO IOS BAR
srd0 read  1.02us 2.05us 400 ########################################
srd0 read  2.05us 4.10us   0 
srd0 read  4.10us 8.19us   1 #
srd0 write  1.07s          2 ########################################"
	run srdctl stats -H --json
	json '.histogram == [
		{"name": "srd0", "op": "read", "from": 1024, "to": 2048, "ios": 400},
		{"name": "srd0", "op": "read", "from": 2048, "to": 4096, "ios": 0},
		{"name": "srd0", "op": "read", "from": 4096, "to": 8192, "ios": 1},
		{"name": "srd0", "op": "write", "from": 1073741824, "to": null, "ios": 2}]'
}

@test "reset-stats-one-and-all" {
	srdctl create -s 1G
	srdctl create -s 1G
	srdctl create -s 1G
	for number in 0 1 2; do
		fake_set "$number" ios.0 5
	done
	run srdctl reset-stats srd1
	[ "$status" -eq 0 ]
	is ""
	run srdctl list --raw -n -o READS
	is "5
0
5"
	run srdctl reset-stats --all
	[ "$status" -eq 0 ]
	run srdctl list --raw -n -o READS
	is "0
0
0"
}

@test "memory-lines-and-json" {
	srdctl create -s 1G
	fake_set 0 used 1048576
	run srdctl memory
	[ "$status" -eq 0 ]
	is "limit:         4G
used:          1M
pending:       8K
preallocating: 0B
reserve:       64M
disks:         1"
	run srdctl memory --json
	json '. == {"memory": [{"limit": 4294967296, "used": 1056768, "pending": 8192,
		"preallocating": 0, "reserve": 67108864, "disks": 1}]}'
	echo 4096 > "$FAKE_ROOT/preallocating"
	run srdctl memory
	has "preallocating: 4K"
}

@test "memory-and-info-take-columns" {
	srdctl create -s 1G -L scratch
	run srdctl memory -n -o DISKS
	is 1
	run srdctl memory --raw -b -o LIMIT,RESERVE
	is "LIMIT RESERVE
4294967296 67108864"
	run srdctl info -o LABEL,SIZE srd0
	is "label: scratch
size:  1G"
	run srdctl info -n -o SIZE srd0
	is 1G
	run srdctl info --raw -n -o NAME,SIZE srd0
	is "srd0 1G"
	run srdctl info -J -o SIZE srd0
	json '.srd == [{"size": 1073741824}]'
}

@test "create-says-when-nothing-fits-into-the-limit" {
	for limit in 1 100 4K 12287; do
		run srdctl_stderr create -s 1G --limit $limit
		[ "$status" -eq 0 ]
		one_line
		has "its limit is too little for even one block: it takes 12K or more"
		run srdctl_stdout create -s 1G --limit $limit
		[[ $output =~ ^/dev/srd[0-9]+$ ]]
	done
	run srdctl create -s 1G --limit 12K
	[[ $output =~ ^/dev/srd[0-9]+$ ]]
}

@test "version-of-the-module" {
	run srdctl version
	[ "$status" -eq 0 ]
	has "module: 9.8.7"
	run srdctl version -J
	json '.version[0] | .module == "9.8.7" and .abi == 1'
}

@test "version-for-users-reads-sysfs" {
	echo 5.4.3 > "$FAKE_ROOT/sys/module/srd/version"
	export FAKE_OPEN_ERRNO=13
	run srdctl version
	[ "$status" -eq 0 ]
	has "module: 5.4.3"
	run srdctl version -J
	json '.version[0] | .module == "5.4.3" and .abi == null'
}

@test "snapshot-and-clone-print-only-the-path" {
	srdctl create -s 1G -L disk
	run srdctl snapshot srd0
	[ "$status" -eq 0 ]
	is /dev/srd1
	run srdctl clone disk
	is /dev/srd2
	run srdctl snapshot --number=7 --label before --no-freeze srd0
	is /dev/srd7
	run srdctl clone -n 9 -L after /dev/srd7
	is /dev/srd9
	run srdctl list --raw -n -o NAME,ORIGIN,SHARED,RO,LABEL
	is "srd0  8K 0 disk
srd1 srd0 8K 1 
srd2 srd0 8K 0 
srd7 srd0 8K 1 before
srd9 srd7 8K 0 after"
	run srdctl info srd9
	has "origin:      srd7"
	has "shared:      8K"
	run srdctl list -J srd9
	json '.srd[0] | .origin == "srd7" and .shared == 8192 and .size == 1073741824'
}

@test "rollback-and-reset-say-nothing" {
	srdctl create -s 1G
	srdctl snapshot srd0 -L before
	srdctl resize srd0 2G
	for way in "--to before" "-t srd1" "--to=/dev/srd1"; do
		srdctl resize srd0 2G
		# shellcheck disable=SC2086 # words are split on purpose
		run srdctl rollback srd0 $way
		[ "$status" -eq 0 ]
		is ""
		run srdctl list -n -o SIZE srd0
		is "  1G"
	done
	srdctl create -s 1G -n 5
	run srdctl reset srd0 srd5
	[ "$status" -eq 0 ]
	is ""
	run srdctl list --raw -n -o NAME,SHARED
	is "srd0 0B
srd1 8K
srd5 0B"
}

@test "window-on-prints-the-path-to-open-and-off-nothing" {
	srdctl create -s 1G -L scratch
	run srdctl window scratch on
	[ "$status" -eq 0 ]
	is /dev/srd0-window
	run srdctl list --raw -n -o WINDOW
	is 1
	run srdctl window srd0 off
	[ "$status" -eq 0 ]
	is ""
	run srdctl list --raw -n -o WINDOW
	is 0
}

@test "create-cache" {
	srdctl create -s 1M --cache volatile
	srdctl create -s 1M --cache=none
	srdctl create -s 1M --cache=none --cache=volatile
	srdctl create -s 1M
	run srdctl list --raw -n -o CACHE
	is "volatile
none
volatile
none"
}

@test "list-cache-power-faults-and-timing" {
	srdctl create -s 1M --cache volatile
	fake_set 0 cached 12288
	fake_set 0 faults 7
	srdctl set srd0 latency=1ms
	srdctl powercut srd0
	run srdctl_stdout list -n --raw -o CACHE,CACHED,POWER,FAULTS,TIMING
	is "volatile 12K off 7 set"
	run srdctl list --json
	json '.srd[0] | .cache == "volatile" and .cached == 12288 and .power == "off"
		and .faults == 7 and .timing == "set"'
}

@test "list-hints-at-disks-whose-power-is-cut" {
	srdctl create -s 1M
	srdctl create -s 1M
	run srdctl_stderr list
	is ""
	srdctl powercut srd1
	run srdctl_stderr list
	is "srdctl: srd1: its power is cut (give it back: srdctl poweron srd1)"
	run srdctl_stderr list srd0
	is ""
	srdctl powercut srd0
	run srdctl_stderr
	one_line
	has "the power of 2 disks is cut"
	run srdctl_stderr list --json
	is ""
}

@test "list-for-users-reads-cache-power-and-faults" {
	fake_sysfs 2 536870912
	echo volatile > "$FAKE_ROOT/sys/block/srd2/srd/cache"
	echo 8192 > "$FAKE_ROOT/sys/block/srd2/srd/cached"
	echo off > "$FAKE_ROOT/sys/block/srd2/srd/power"
	echo 5 > "$FAKE_ROOT/sys/block/srd2/srd/faults"
	export FAKE_OPEN_ERRNO=13
	run srdctl_stdout list --json
	json '.srd[0] | .cache == "volatile" and .cached == 8192 and .power == "off"
		and .faults == 5 and .timing == null'
}

@test "fault-add-prints-only-the-number" {
	srdctl create -s 1G
	run srdctl fault add srd0 error=EIO
	[ "$status" -eq 0 ]
	is 1
	run srdctl fault add srd0 drop
	is 2
}

# row WORD...: the rule that these words make, as the table shows it, without its number and seed
row() {
	srdctl create -s 1G >/dev/null
	srdctl fault add srd0 "$@" >/dev/null
	run srdctl fault list -n --raw -o OPS,RANGE,WHEN,WHAT
	output=${output//\\x20/ }
	srdctl remove srd0
}

@test "fault-add-what-goes-wrong-and-with-what" {
	row error=EIO
	is "read,write all always error=EIO"
	row error=medium
	is "read,write all always error=ENODATA"
	row error=protection op=all
	is "all all always error=EILSEQ"
	row error=enospc op=write,discard,write-zeroes,secure-erase,flush
	is "write,discard,write-zeroes,secure-erase,flush all always error=ENOSPC"
	row delay=1.5ms
	is "read,write all always delay=1500us"
	row torn=3
	is "write all always torn=3"
	row torn=3,error=EIO op=write-zeroes
	is "write-zeroes all always torn=3,error=EIO"
	row error=EIO torn=3
	is "write all always torn=3,error=EIO"
	row drop
	is "write all always drop"
	row drop op=flush
	is "flush all always drop"
	row flip
	is "read all always flip"
	row flip=17 op=write
	is "write all always flip=17"
	row timeout
	is "read,write all always timeout"
	row powercut
	is "write,flush all always powercut"
}

@test "fault-add-when-and-where" {
	row drop range=1M-2M
	is "write 1M-2M always drop"
	row drop range=1M+4K
	is "write 1M-1052672 always drop"
	row drop range=1M-
	is "write 1M- always drop"
	row drop range=0-1M
	is "write 0-1M always drop"
	row drop after=3 every=5 times=7 chance=1/1000
	is "write all after=3 every=5 chance=0.1% times=7 drop"
	row drop every=1 chance=100%
	is "write all always drop"
}

@test "fault-list-shows-words-that-add-takes-again" {
	local words=(op=write range=1048576-1052672 after=3 every=5 chance=33.3333% times=7 "torn=2,error=EIO")
	local -a again

	srdctl create -s 1G
	srdctl fault add srd0 "${words[@]}" seed=5
	run srdctl fault -J list
	readarray -t again < <(jq -r '.faults[0] | "op=" + .ops, "range=" + .range,
		(.when | split(" ")[]), .what, "seed=\(.seed)"' <<<"$output")
	is_all "${words[@]}" seed=5
}

# is_all WORD...: the array `again` has these and no others
is_all() {
	[ "$(printf '%s\n' "${again[@]}" | sort)" = "$(printf '%s\n' "$@" | sort)" ] && return
	printf '%s\n' "${again[@]}" >&2
	return 1
}

@test "fault-list-table" {
	srdctl create -s 1G
	srdctl create -s 1G
	srdctl fault add srd0 error=EIO op=read chance=1% seed=42
	srdctl fault add srd1 powercut op=flush after=99 seed=7
	fake_set 0 seen.0 400
	fake_set 0 hits.0 4
	run srdctl fault
	[ "$status" -eq 0 ]
	is "ID DEV  OPS   RANGE WHEN      WHAT      SEEN HITS SEED
 1 srd0 read  all   chance=1% error=EIO  400    4   42
 1 srd1 flush all   after=99  powercut     0    0    7"
	table=$output
	run srdctl fault list
	is "$table"
	run srdctl fault list -n -o ID,WHAT srd1
	is " 1 powercut"
	run srdctl fault -n -o DEV
	is "srd0
srd1"
}

@test "fault-list-json" {
	srdctl create -s 1G
	srdctl fault add srd0 error=EIO op=read range=1M-2M seed=18446744073709551615
	run srdctl fault list --json
	json '.faults | length == 1'
	json '.faults[0] | .id == 1 and .dev == "srd0" and .ops == "read" and .range == "1048576-2097152"
		and .when == "always" and .what == "error=EIO" and .seen == 0 and .hits == 0
		and .start == 1048576 and .end == 2097152'
	has 18446744073709551615
	srdctl fault clear srd0
	run srdctl fault list --json
	json '. == {"faults": []}'
}

@test "fault-list-without-rules-says-how-to-make-one" {
	srdctl create -s 1G
	run srdctl_stderr fault
	[ "$status" -eq 0 ]
	is "srdctl: there are no rules (make one: srdctl fault add DEV error=EIO chance=1%)"
	run srdctl_stderr fault --json
	is ""
}

@test "fault-seeds-are-chosen-short-and-differ" {
	srdctl create -s 1G
	for _ in 1 2 3 4; do
		srdctl fault add srd0 drop chance=1%
	done
	run srdctl fault list -n -o SEED
	[ "$(sort -u <<<"$output" | wc -l)" -ge 3 ]
	for seed in $output; do
		[ "$seed" -lt 4294967296 ]
	done
}

@test "fault-remove-and-clear" {
	srdctl create -s 1G
	srdctl create -s 1G
	for _ in 1 2 3 4; do
		srdctl fault add srd0 drop
		srdctl fault add srd1 drop
	done
	run srdctl fault remove srd0 2 4
	[ "$status" -eq 0 ]
	is ""
	run srdctl fault list srd0 -n -o ID
	is " 1
 3"
	run srdctl fault clear srd0 srd1
	[ "$status" -eq 0 ]
	run srdctl fault list --json
	json '.faults == []'
	run srdctl fault clear srd0
	[ "$status" -eq 0 ]
}

# settings COLUMN...: of srd0
settings() {
	run srdctl set -n --raw -o "$1" srd0
	output=${output//\\x20/ }
}

@test "set-latency-of-all-and-of-each" {
	srdctl create -s 1G
	settings READ,WRITE,DISCARD,WRITE-ZEROES,SECURE-ERASE,FLUSH
	is "none none none none none none"
	srdctl set srd0 latency=80us
	settings READ,WRITE,DISCARD,WRITE-ZEROES,SECURE-ERASE,FLUSH
	is "80us 80us 80us 80us 80us 80us"
	srdctl set srd0 write-latency=50us-150us write-zeroes-latency=1ms flush-latency=none
	settings READ,WRITE,DISCARD,WRITE-ZEROES,SECURE-ERASE,FLUSH
	is "80us 50us-150us 80us 1ms 80us none"
	srdctl set srd0 read-latency=80us:95,1ms:4,20ms:1 secure-erase-latency=1s discard-latency=2ms
	settings READ,WRITE,DISCARD,WRITE-ZEROES,SECURE-ERASE,FLUSH
	is "80us:95,1ms:4,20ms:1 50us-150us 2ms 1ms 1s none"
	srdctl set srd0 latency=none read-latency=seek:1ms:2ms:3ms
	settings READ,WRITE
	is "seek:1ms:2ms:3ms none"
}

@test "set-presets-are-shown-by-name" {
	srdctl create -s 1G
	for preset in nvme ssd hdd; do
		srdctl set srd0 latency=$preset
		settings READ,WRITE,FLUSH
		is "$preset $preset $preset"
	done
	settings DISCARD
	is none
	srdctl set srd0 read-latency=nvme
	settings READ,WRITE
	is "nvme hdd"
}

@test "set-bandwidth-cpu-and-seed" {
	srdctl create -s 1G
	settings BANDWIDTH,CPU
	is "none any"
	srdctl set srd0 bandwidth=500MB cpu=1 seed=42
	run srdctl set --json
	json '.settings[0] | .bandwidth == 500000000 and .cpu == "1" and .seed == 42 and .read == "none"
		and .name == "srd0" and .cache == "none"'
	srdctl set srd0 latency=1ms
	settings SEED
	is 42
	srdctl set srd0 seed=43
	settings SEED,BANDWIDTH
	is "43 476.8M"
	srdctl set srd0 bandwidth=none cpu=any
	settings BANDWIDTH,CPU
	is "none any"
}

@test "set-cache-and-badblocks" {
	srdctl create -s 1G
	srdctl set srd0 cache=volatile seed=11
	run cat "$FAKE_ROOT/set"
	is "flags=5 cache=1 heal=0 seed=11"
	settings CACHE
	is volatile
	srdctl set srd0 cache=none
	run cat "$FAKE_ROOT/set"
	is "flags=1 cache=0 heal=0 seed=0"
	settings CACHE
	is none
	srdctl set srd0 badblocks=heal
	run cat "$FAKE_ROOT/set"
	is "flags=2 cache=0 heal=1 seed=0"
	srdctl set srd0 badblocks=keep latency=1ms
	run cat "$FAKE_ROOT/set"
	is "flags=2 cache=0 heal=0 seed=0"
	settings READ
	is 1ms
}

@test "set-shows-all-disks-or-those-named" {
	srdctl create -s 1G
	srdctl create -s 1G --cache volatile
	srdctl set srd0 latency=nvme seed=5
	run srdctl set
	[ "$status" -eq 0 ]
	is "NAME READ WRITE FLUSH BANDWIDTH CPU SEED CACHE
srd0 nvme nvme  nvme       none any    5 none
srd1 none none  none       none any      volatile"
	run srdctl set srd1 -n -o NAME
	is srd1
}

@test "powercut-and-poweron" {
	srdctl create -s 1M --cache volatile
	srdctl create -s 1M
	fake_set 0 cached 4608
	run srdctl powercut srd0 srd1
	[ "$status" -eq 0 ]
	is ""
	run srdctl_stdout list -n -o POWER
	is "off
off"
	run srdctl poweron srd0 --seed 99
	[ "$status" -eq 0 ]
	is "name: srd0
keep: subset
seed: 99
kept: 6
lost: 3"
	run srdctl poweron --keep none --json srd1
	json '.poweron[0] | .name == "srd1" and .keep == "none" and .kept == 0 and .lost == 0
		and (.seed | type) == "number"'
	run srdctl_stderr poweron srd1
	[ "$status" -eq 0 ]
	is "srdctl: srd1: its power is on already"
	for keep in none all subset prefix; do
		srdctl powercut srd0
		run srdctl poweron -k $keep srd0
		has "keep: $keep"
	done
}
