# SPDX-License-Identifier: GPL-2.0
#
# Disks that are served over NVMe and used from the other side, which here is the same machine.
# modes: mq/6.12 mq/newest
# timeout: 400

load lib
load nvme

setup() {
	nvme_setup
}

teardown() {
	nvme_teardown
}

@test "a-file-system-lives-there-and-what-it-frees-is-given-back" {
	local disk full

	load_srd size=128M
	serve srd0
	connect srd0
	disk=$(far srd0)
	mkfs.ext4 -q "$disk"
	mount "$disk" /mnt
	fio --name=v --directory=/mnt --rw=randwrite --bsrange=4k-64k --size=16M --direct=1 \
		--ioengine=io_uring --iodepth=16 --verify=crc32c --verify_state_save=0 --output=/dev/null
	full=$(used srd0)
	at_least "$full" $((16 * MiB)) "memory of a full disk"
	rm /mnt/v*
	sync
	fstrim /mnt
	at_most "$(used srd0)" $((full - 15 * MiB)) "memory after fstrim"
	umount /mnt
	# it is all here, too
	nvme disconnect --nqn="$(nqn_of srd0)"
	srdctl unexport srd0
	mount -o ro /dev/srd0 /mnt
	umount /mnt
}

@test "discard-zeroing-and-flush-arrive-as-such" {
	local disk before

	load_srd size=32M
	srdctl set srd0 cache=volatile
	serve srd0
	connect srd0
	disk=$(far srd0)
	dd if=/dev/urandom of="$disk" bs=1M count=8 oflag=direct status=none
	before=$(attr srd0 flush_ios)
	nvme flush "$disk" --namespace-id=1
	at_least "$(attr srd0 flush_ios)" $((before + 1)) "flushes"
	at_least "$(used srd0)" $((8 * MiB)) "memory"
	nvme dsm "$disk" --namespace-id=1 --ad --slbs=0 --blocks=8192
	nvme flush "$disk" --namespace-id=1
	settle
	at_most "$(used srd0)" $((5 * MiB)) "memory after 4 MiB were discarded"
	before=$(attr srd0 write_zeroes_bytes)
	blkdiscard --zeroout --offset 4M --length 4M "$disk"
	is "$(($(attr srd0 write_zeroes_bytes) - before))" $((4 * MiB)) "zeroed as such"
	cmp -n $((8 * MiB)) "$disk" /dev/zero
}

@test "full-is-ENOSPC-there-too" {
	local disk

	load_srd
	srdctl create --size 64M --limit 4M
	serve srd0
	connect srd0
	disk=$(far srd0)
	refuses 'No space left on device' dd if=/dev/urandom of="$disk" bs=64k count=128 oflag=direct
	# to the last page
	refuses 'No space left on device' dd if=/dev/urandom of="$disk" bs=4k count=32 seek=15360 oflag=direct
	head -c 4096 /dev/urandom >"$BATS_TEST_TMPDIR/block"
	# Capacity Exceeded
	refuses '81)' nvme write "$disk" --start-block=65536 --block-count=7 --data-size=4096 \
		--data="$BATS_TEST_TMPDIR/block"
	blkdiscard "$disk"
	dd if=/dev/urandom of="$disk" bs=64k count=16 oflag=direct status=none
}

# has_size DISK BYTES
has_size() {
	[[ $(blockdev --getsize64 "$1") == "$2" ]]
}

@test "a-new-size-is-seen-there" {
	local disk

	load_srd size=32M
	serve srd0
	connect srd0
	disk=$(far srd0)
	srdctl resize srd0 64M
	eventually has_size "$disk" $((64 * MiB))
	dd if=/dev/urandom of="$disk" bs=1M seek=63 count=1 oflag=direct status=none
	at_least "$(used srd0)" $((1 * MiB)) "memory"
}

@test "a-snapshot-can-be-read-and-not-written" {
	local disk

	load_srd size=16M
	dd if=/dev/urandom of=/dev/srd0 bs=1M count=4 oflag=direct status=none
	cp /dev/srd0 "$BATS_TEST_TMPDIR/before"
	srdctl snapshot srd0 --label was
	serve was
	is "$(blockdev --getro /dev/srd1)" 1
	connect srd1
	disk=$(far srd1)
	dd if=/dev/zero of=/dev/srd0 bs=1M count=4 oflag=direct status=none
	refuses '' dd if=/dev/zero of="$disk" bs=4k count=1 oflag=direct
	refuses '' blkdiscard "$disk"
	refuses '' blkdiscard --zeroout --length 4096 "$disk"
	cmp "$disk" "$BATS_TEST_TMPDIR/before"
	cmp /dev/srd1 "$BATS_TEST_TMPDIR/before"
}

@test "BLKROSET-lets-a-snapshot-be-opened-and-not-be-written" {
	load_srd size=1M
	srdctl snapshot srd0
	refuses '' dd if=/dev/urandom of=/dev/srd1 bs=4k count=1 oflag=direct
	blockdev --setrw /dev/srd1
	is "$(blockdev --getro /dev/srd1)" 0
	is "$(srdctl list --noheadings --raw --output ro srd1)" 1 "what it is listed as"
	refuses '' dd if=/dev/urandom of=/dev/srd1 bs=4k count=1 oflag=direct
	cmp -n $((1 * MiB)) /dev/srd1 /dev/zero
	blockdev --setro /dev/srd1
	is "$(blockdev --getro /dev/srd1)" 1
}

@test "strangers-are-refused" {
	local stranger=99999999-2222-3333-4444-555555555555

	load_srd size=16M
	serve srd0
	refuses 'could not add new controller' connect srd0 --hostid=$stranger \
		--hostnqn=nqn.2014-08.org.nvmexpress:uuid:$stranger
	connect srd0
	far srd0
	nvme disconnect-all
	srdctl unexport srd0
	srdctl export srd0 --allow-any
	connect srd0 --hostid=$stranger --hostnqn=nqn.2014-08.org.nvmexpress:uuid:$stranger
	far srd0
}

@test "who-does-not-know-the-key-is-refused" {
	local key other

	load_srd size=16M
	key=$(nvme gen-dhchap-key --nqn="$HOSTNQN")
	other=$(nvme gen-dhchap-key --nqn="$HOSTNQN")
	echo "$key" >"$BATS_TEST_TMPDIR/key"
	serve srd0 --auth "$BATS_TEST_TMPDIR/key"
	refuses 'could not add new controller' connect srd0
	refuses 'could not add new controller' connect srd0 --dhchap-secret="$other"
	connect srd0 --dhchap-secret="$key"
	dd if=/dev/urandom of="$(far srd0)" bs=1M count=1 oflag=direct status=none
}

@test "faults-and-power-cuts-show-there" {
	local disk

	load_srd size=16M
	serve srd0
	connect srd0
	disk=$(far srd0)
	dd if=/dev/urandom of="$disk" bs=1M count=1 oflag=direct status=none
	srdctl fault add srd0 error=EIO op=read times=1
	refuses 'Input/output error' dd if="$disk" of=/dev/null bs=4k count=1 iflag=direct
	dd if="$disk" of=/dev/null bs=4k count=1 iflag=direct status=none
	srdctl powercut srd0
	refuses 'Input/output error' dd if="$disk" of=/dev/null bs=4k count=1 iflag=direct
	refuses 'Input/output error' dd if=/dev/zero of="$disk" bs=4k count=1 oflag=direct
	refuses 'exported as' srdctl poweron srd0
	nvme disconnect-all
	srdctl unexport srd0
	srdctl poweron srd0
}

# set_group FOLDER GROUP: the attributes that stdin has for that group
set_group() {
	local name value

	jq -r --arg group "$2" '.[$group] | to_entries[] | "\(.key) \(.value)"' |
		while read -r name value; do
			echo "$value" >"$1/$2_$name"
		done
}

# restore_target FILE: as nvmetcli does it, in its order: hosts; subsystems, of each its namespaces,
# hosts and attributes; ports
restore_target() {
	local root=/sys/kernel/config/nvmet item folder name

	jq -r '.hosts[].nqn' "$1" | while read -r name; do
		mkdir "$root/hosts/$name"
	done
	while read -r item; do
		folder=$root/subsystems/$(jq -r .nqn <<<"$item")
		mkdir "$folder"
		while read -r name; do
			mkdir "$folder/namespaces/$(jq .nsid <<<"$name")"
			set_group "$folder/namespaces/$(jq .nsid <<<"$name")" device <<<"$name"
			jq .enable <<<"$name" >"$folder/namespaces/$(jq .nsid <<<"$name")/enable"
		done < <(jq -c '.namespaces[]' <<<"$item")
		for name in $(jq -r '.allowed_hosts[]' <<<"$item"); do
			ln -s "$root/hosts/$name" "$folder/allowed_hosts/$name"
		done
		set_group "$folder" attr <<<"$item"
	done < <(jq -c '.subsystems[]' "$1")
	while read -r item; do
		folder=$root/ports/$(jq .portid <<<"$item")
		mkdir "$folder"
		set_group "$folder" addr <<<"$item"
		for name in $(jq -r '.subsystems[]' <<<"$item"); do
			ln -s "$root/subsystems/$name" "$folder/subsystems/$name"
		done
	done < <(jq -c '.ports[]' "$1")
}

@test "what-exports-says-for-nvmetcli-brings-the-target-back" {
	local saved=$BATS_TEST_TMPDIR/saved

	load_srd size=16M,16M
	serve srd0
	srdctl export srd1 --allow-any --port 4421
	srdctl exports --nvmetcli >"$saved"
	srdctl exports --noheadings --raw >"$saved.list"
	srdctl unexport --all
	is "$(srdctl exports --noheadings --raw)" ""
	restore_target "$saved"
	srdctl exports --nvmetcli | cmp - "$saved"
	srdctl exports --noheadings --raw | cmp - "$saved.list"
	connect srd0
	dd if=/dev/urandom of="$(far srd0)" bs=1M count=1 oflag=direct status=none
	cmp "$(far srd0)" /dev/srd0
	nvme disconnect-all
	srdctl unexport --all
}

@test "an-exported-disk-is-not-removed-or-exported-twice" {
	load_srd size=16M
	serve srd0
	refuses 'srd0: busy: exported as nqn.2026-11.local.srd:srd-guest:srd0' srdctl remove srd0
	refuses 'served already' srdctl export srd0 --allow-any --nqn nqn.other
	srdctl unexport srd0
	mkfs.ext4 -q /dev/srd0
	mount /dev/srd0 /mnt
	refuses 'busy: mounted on /mnt' srdctl export srd0 --allow-any
	umount /mnt
	srdctl remove srd0
}

# gone PATH
gone() {
	[[ ! -e $1 ]]
}

@test "unexport-with-a-host-connected" {
	local disk

	load_srd size=16M
	serve srd0
	connect srd0 --ctrl-loss-tmo=2
	disk=$(far srd0)
	srdctl unexport srd0
	# nothing here waits for who is there
	srdctl remove srd0
	refuses '' dd if=/dev/urandom of="$disk" bs=4k count=1 oflag=direct conv=nocreat
	eventually gone "$disk"
}

@test "who-waits-for-a-disk-goes-on-with-the-same-one" {
	local disk writer

	load_srd size=16M
	serve srd0
	connect srd0
	disk=$(far srd0)
	head -c 1M /dev/urandom >"$BATS_TEST_TMPDIR/data"
	srdctl unexport srd0
	dd if="$BATS_TEST_TMPDIR/data" of="$disk" bs=64k oflag=direct status=none 3>&- &
	writer=$!
	serve srd0
	wait "$writer"
	cmp "$BATS_TEST_TMPDIR/data" /dev/srd0 -n $((1 * MiB))
}

# old_is_dead FD
old_is_dead() {
	! dd if=/dev/urandom bs=4k count=1 oflag=direct status=none >&"$1"
}

# An empty disk with the name of one that is lost must not be taken for that one: who has the rest
# of a mirror would never know. The kernel sees it a moment after what waited has gone on.
@test "who-waits-for-a-disk-does-not-stay-with-another-one" {
	local disk fd

	load_srd
	srdctl create --size 16M --label mirror
	serve mirror
	connect srd0
	disk=$(far srd0)
	dd if=/dev/urandom of="$disk" bs=1M count=1 oflag=direct status=none
	# while it is open, no other one gets its name
	exec {fd}<>"$disk"
	srdctl unexport mirror
	srdctl remove mirror
	srdctl create --size 16M --label mirror
	serve mirror
	eventually old_is_dead "$fd"
	exec {fd}>&-
	matches "$(log_since)" 'identifiers changed'
}

# Two machines would write it.
@test "a-disk-that-a-process-has-open-is-not-exported" {
	local fd

	load_srd size=16M
	exec {fd}<>/dev/srd0
	refuses "srd0: busy: open in " srdctl export srd0 -A nqn.a
	is "$(srdctl exports --json | jq '.exports | length')" 0
	exec {fd}>&-
	# who only passes by is waited for
	# shellcheck disable=SC2217 # it holds the disk open
	sleep 1 3>&- </dev/srd0 &
	srdctl export srd0 -A nqn.a
	wait
}

@test "exports-names-all-who-may-use-it" {
	local i hosts=()

	load_srd size=16M
	for i in {10..50}; do
		hosts+=(-A "nqn.2014-08.org.nvmexpress:uuid:01234567-89ab-cdef-0123-4567890123$i")
	done
	srdctl export srd0 "${hosts[@]}"
	is "$(srdctl exports --json | jq -r '.exports[0].allowed | split(",") | length')" 41
	matches "$(srdctl exports -n -o ALLOWED)" "012350$"
}
