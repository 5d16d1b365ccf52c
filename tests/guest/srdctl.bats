# SPDX-License-Identifier: GPL-2.0
# modes: mq/6.12
#
# The tool and the module together. What the tool says of its arguments is tested on the host,
# without a module (tests/host/srdctl-*.bats).

load lib

# fails STATUS TEXT ARGUMENT...: srdctl ends with that status and says TEXT, on stderr alone
fails() {
	local wanted=$1 text=$2 status=0 out
	shift 2

	srdctl "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
	out=$(<"$BATS_TEST_TMPDIR/err")
	is "$status" "$wanted" "status of srdctl $* ($out)"
	[[ $out == *"$text"* ]] || fail "srdctl $*: said '$out', not '$text'"
	is "$(<"$BATS_TEST_TMPDIR/out")" "" "stdout of srdctl $*"
}

# json FILTER ARGUMENT...
json() {
	local filter=$1
	shift
	srdctl "$@" --json | jq -c "$filter"
}

@test "without-the-module-it-says-what-to-do" {
	fails 1 'modprobe srd' list
	fails 1 'modprobe srd' create -s 1M
	fails 1 'modprobe srd' remove srd0
	srdctl --help
	srdctl version
}

@test "create-prints-only-the-path" {
	load_srd
	is "$(srdctl create -s 64M)" /dev/srd0
	is "$(blockdev --getsize64 /dev/srd0)" $((64 * MiB))
	is "$(srdctl create -s 1.5G -n 5 -L five -b 4096 -q 1 -d 32 -l 128M --node 0 -r)" /dev/srd5
	is "$(ctl info number=5 | paste -sd ' ')" "size=168 flags=0 number=5 state=1\
 capacity=1610612736 used=$(used srd5) limit=134217728 block_size=4096 queues=1 queue_depth=32\
 node=0 openers=0 mode=0 major=$(cut -d : -f 1 /sys/block/srd5/dev) minor=5 label=five name=srd5 cached=0 faults=0"
}

@test "create-says-why-not" {
	load_srd size=1M
	srdctl create -s 1M -L mine
	fails 1 'srd0' create -s 1M -n 0
	fails 1 'mine' create -s 1M -L mine
	fails 1 'block size' create -s 1000
	fails 1 'block' create -s 1M -b 8192
	fails 1 'at most one queue for each CPU' create -s 1M -q 999
	fails 1 'larger than any disk' create -s 17P
	fails 2 'not a size' create -s junk
	fails 2 'srdctl help create' create
	is "$(total disks)" 2
}

@test "create-takes-mode-poll-queues-and-prealloc" {
	load_srd
	is "$(srdctl create -s 16M --mode bio --prealloc)" /dev/srd0
	is "$(srdctl create -s 16M --mode mq --poll-queues 1 --sparse)" /dev/srd1
	is "$(json '[.srd[] | .mode, .prealloc]' list)" '["bio",true,"mq",false]'
	is "$(attr srd1 poll_queues)" 1
	is "$(json '.srd[0].used' list srd0)" "$(used srd0)"
	at_least "$(used srd0)" $((16 * MiB))
	fails 2 'no queues' create -s 1M --mode bio -q 1
	fails 2 'no queues' create -s 1M --mode bio --poll-queues 1
	fails 2 'neither mq nor bio' create -s 1M --mode disk
	fails 2 'either' create -s 1M --prealloc --sparse
	fails 1 'for polled I/O for each CPU' create -s 1M --poll-queues 999
	fails 1 'leaves less memory' create -s 16M --prealloc --limit 1M
	is "$(total disks)" 2
	unload_srd

	load_srd mode=bio prealloc=1
	fails 1 'add --mode mq' create -s 1M -q 1
	srdctl create -s 1M >"$BATS_TEST_TMPDIR/path"
	is "$(attr srd0 mode) $(attr srd0 prealloc)" "bio 1"
	fails 1 'leaves less memory' create -s 16M --limit 1M
	srdctl create -s 1M --mode mq -q 1 --sparse >"$BATS_TEST_TMPDIR/path"
	is "$(attr srd1 mode) $(attr srd1 queues) $(attr srd1 prealloc)" "mq 1 0"
}

@test "list-is-the-default-and-shows-all" {
	load_srd size=16M,1G
	matches "$(srdctl)" $'^NAME +SIZE +USED[^\n]*\nsrd0 +16M [^\n]*\nsrd1 +1G [^\n]*$'
	is "$(srdctl)" "$(srdctl list)"
	is "$(srdctl list -n --raw -b -o NAME,SIZE)" $'srd0 16777216\nsrd1 1073741824'
	is "$(json '[.srd[] | .name, .size]' list)" '["srd0",16777216,"srd1",1073741824]'
	is "$(json '.srd[0].used' list srd1)" "$(used srd1)"
	fails 1 'no such disk; there are: srd0, srd1' list srd7
}

@test "list-works-for-everyone" {
	load_srd size=16M
	setpriv --reuid 65534 --clear-groups srdctl list -n --raw -o NAME,SIZE >"$BATS_TEST_TMPDIR/out"
	is "$(<"$BATS_TEST_TMPDIR/out")" "srd0 16M"
	refuses 'root' setpriv --reuid 65534 --clear-groups srdctl create -s 1M
	refuses 'root' setpriv --reuid 65534 --clear-groups srdctl remove srd0
	is "$(total disks)" 1
}

@test "info-takes-every-name-of-a-disk" {
	local name

	load_srd
	srdctl create -s 16M -L mine
	mkdir -p /dev/disk
	ln -s ../srd0 /dev/disk/link
	for name in srd0 /dev/srd0 /dev/disk/link mine; do
		is "$(json '.srd[0].name' info $name)" '"srd0"' "$name"
	done
	rm /dev/disk/link
	sfdisk -q /dev/srd0 <<<',8M'
	fails 1 'partition' info /dev/srd0p1
	fails 1 'not a disk of srd' info /dev/vda
}

@test "stats-count-and-are-reset" {
	load_srd size=16M
	srdctl reset-stats srd0
	dd if=/dev/zero of=/dev/srd0 bs=4k count=8 oflag=direct status=none
	is "$(json '.stats[] | select(.op == "write") | [.ios, .bytes, .errors]' stats srd0)" \
		'[8,32768,0]'
	srdctl reset-stats --all
	is "$(json '[.stats[].ios] | add' stats srd0)" 0
}

@test "memory-and-version" {
	load_srd size=16M
	is "$(json '[.memory[0].limit, .memory[0].used, .memory[0].disks]' memory)" \
		"[$(total mem_limit),$(total used),1]"
	is "$(json '.memory[0].preallocating' memory)" 0
	is "$(json '[.version[0].module, .version[0].abi]' version)" \
		"[\"$(cat /sys/module/srd/version)\",1]"
}

@test "resize-absolute-and-relative" {
	load_srd size=16M
	srdctl resize srd0 64M
	is "$(attr srd0 capacity)" $((64 * MiB))
	srdctl resize srd0 +16M
	is "$(attr srd0 capacity)" $((80 * MiB))
	srdctl resize srd0 -48M
	is "$(attr srd0 capacity)" $((32 * MiB))
	fails 1 'no multiple of the block size' resize srd0 1000
	fails 1 'larger than any disk' resize srd0 1E
	fails 1 'no such disk' resize srd9 1M
	is "$(attr srd0 capacity)" $((32 * MiB))
}

@test "resize-of-a-mounted-disk-names-who-holds-it" {
	load_srd size=32M
	mkfs.ext4 -q /dev/srd0
	mount /dev/srd0 /mnt
	fails 1 'mounted on /mnt' resize srd0 16M
	umount /mnt
	srdctl resize srd0 16M
}

@test "remove-one-some-and-all" {
	load_srd size=1M,1M,1M,1M
	srdctl remove srd1
	srdctl remove /dev/srd0 srd3
	is "$(srdctl list -n --raw -o NAME)" srd2
	srdctl create -s 1M
	srdctl remove --all
	is "$(total disks)" 0
	srdctl remove --all
	fails 1 'no such disk; there are none' remove srd0
	fails 2 'say which disks' remove
}

@test "remove-of-a-busy-disk-names-who-holds-it" {
	local fd loop

	load_srd size=32M,32M,32M
	mkfs.ext4 -q /dev/srd0
	mount /dev/srd0 /mnt
	fails 1 'srd0: busy: mounted on /mnt' remove srd0
	umount /mnt

	mkswap -q /dev/srd1
	swapon /dev/srd1
	fails 1 'used as swap' remove srd1
	swapoff /dev/srd1

	modprobe loop
	loop=$(losetup -f --show /dev/srd2)
	fails 1 "behind ${loop#/dev/}" remove srd2
	losetup -d "$loop"

	exec {fd}</dev/srd1
	fails 1 "(pid $BASHPID)" remove srd1
	exec {fd}<&-
	eventually srdctl remove --all
	is "$(total disks)" 0
}

@test "remove-settles-with-whoever-is-about-to-close" {
	load_srd size=1M
	# shellcheck disable=SC2217 # it holds the disk open
	sleep 1 3>&- </dev/srd0 &
	srdctl remove srd0
	is "$(total disks)" 0
	wait
}

@test "remove-forced-and-deferred" {
	local fd

	load_srd size=1M,1M
	exec {fd}</dev/srd0
	srdctl remove --deferred srd0
	is "$(json '.srd[0].deferred' list srd0)" true
	exec {fd}<&-
	eventually test ! -e /sys/block/srd0
	exec {fd}</dev/srd1
	srdctl remove --force srd1
	is "$(total disks)" 0
	exec {fd}<&-
	fails 2 'exclude each other' remove --force --deferred srd0
}

# Whoever waits for a disk that goes does not do to the next one of its number what was meant for it.
@test "a-number-that-another-disk-got-meanwhile-is-not-taken-for-the-disk" {
	local fd verb waiter

	load_srd
	for verb in remove reset "resize 4M"; do
		for _ in 1 2 3 4; do
			srdctl create -s 8M -n 0 -L old
			exec {fd}<>/dev/srd0
			srdctl remove --deferred srd0
			# shellcheck disable=SC2086 # a verb and what follows the disk
			set -- $verb
			srdctl "$1" old "${@:2}" 2>said {fd}>&- &
			waiter=$!
			eventually grep -q nanosleep "/proc/$waiter/wchan"
			exec {fd}>&-
			until srdctl create -s 8M -n 0 -L new 2>/dev/null; do :; done
			dd if=/dev/urandom of=/dev/srd0 bs=4096 count=1 oflag=direct status=none
			! wait "$waiter" || fail "$verb went well"
			matches "$(<said)" "old|srd0"
			is "$(attr srd0 label) $(attr srd0 capacity)" "new 8388608"
			at_least "$(attr srd0 used)" 4096 "what the new one holds"
			srdctl remove srd0
		done
	done
}
