#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # bats sets output, lines and status
#
# srdctl export, unexport and exports, against a target that is folders and files.

load srdctl-helper

HOST=nqn.2014-08.org.nvmexpress:uuid:one
OTHER=nqn.2014-08.org.nvmexpress:uuid:other

setup() {
	fake_machine
	NVMET=$FAKE_ROOT/sys/kernel/config/nvmet
	mkdir -p "$NVMET"/{subsystems,hosts,ports} "$FAKE_ROOT/proc/sys/kernel/random" \
		"$FAKE_ROOT"/sys/block/srd{0,1}
	echo 7183f69a-8442-4a31-8e34-50530fc05c46 >"$FAKE_ROOT/proc/sys/kernel/random/boot_id"
	echo 7 >"$FAKE_ROOT/sys/block/srd0/diskseq"
	echo 8 >"$FAKE_ROOT/sys/block/srd1/diskseq"
	srdctl create -s 1G -L scratch
}

# nothing_served: not even half of something
nothing_served() {
	[ -z "$(find "$NVMET" -mindepth 2)" ] || { find "$NVMET" -mindepth 2 >&2; return 1; }
}

# fails TEXT ARGUMENT...: it says that on one line, and leaves nothing
fails() {
	local text=$1
	shift

	run srdctl export "$@"
	[ "$status" -eq 1 ]
	one_line
	has "$text"
}

# wrong TEXT ARGUMENT...
wrong() {
	local text=$1
	shift

	run srdctl "$@"
	[ "$status" -eq 2 ]
	one_line
	has "$text"
	nothing_served
}

# attribute PATH
attribute() {
	output=$(<"$NVMET/$1")
}

@test "export-sets-up-the-target-and-says-what-to-run-elsewhere" {
	local nqn

	nqn=nqn.2026-11.local.srd:$(hostname):scratch
	run srdctl export scratch --allow "$HOST" --address 192.0.2.1 --port 4444
	[ "$status" -eq 0 ]
	is "nvme connect --transport=tcp --traddr=192.0.2.1 --trsvcid=4444 --nqn=$nqn"
	attribute "subsystems/$nqn/attr_allow_any_host"
	is 0
	attribute "subsystems/$nqn/namespaces/1/device_path"
	is /dev/srd0
	attribute "subsystems/$nqn/namespaces/1/enable"
	is 1
	[ "$NVMET/subsystems/$nqn/allowed_hosts/$HOST" -ef "$NVMET/hosts/$HOST" ]
	[ "$NVMET/ports/4420/subsystems/$nqn" -ef "$NVMET/subsystems/$nqn" ]
	[ "$(cat "$NVMET"/ports/4420/addr_{trtype,adrfam,traddr,trsvcid})" = tcpipv4192.0.2.14444 ]
}

@test "a-disk-has-a-uuid-for-its-life-and-this-start-of-the-machine" {
	local one

	srdctl export srd0 --allow-any --nqn nqn.a
	attribute subsystems/nqn.a/namespaces/1/device_uuid
	is 7183f69a-8442-4a31-8e34-50530fc05c41
	one=$output
	srdctl unexport srd0
	srdctl export srd0 --allow-any --nqn nqn.b
	attribute subsystems/nqn.b/namespaces/1/device_uuid
	is "$one"
	srdctl unexport srd0
	# made again, under the same name
	echo 9 >"$FAKE_ROOT/sys/block/srd0/diskseq"
	srdctl export srd0 --allow-any --nqn nqn.b
	attribute subsystems/nqn.b/namespaces/1/device_uuid
	is 7183f69a-8442-4a31-8e34-50530fc05c4f
}

@test "nobody-is-allowed-unless-it-is-said" {
	wrong "nobody could use it" export srd0
	wrong "exclude each other" export srd0 --allow "$HOST" --allow-any
	wrong "could read and write it: if that is meant, add --yes" export srd0 --allow-any -a 192.0.2.1
	wrong "add --yes" export srd0 --allow-any -a ::
	srdctl export srd0 --allow-any --yes -a 192.0.2.1 --nqn nqn.a
	attribute subsystems/nqn.a/attr_allow_any_host
	is 1
	srdctl unexport srd0
	srdctl export srd0 --allow-any -a ::1 --nqn nqn.a
	attribute ports/4420/addr_adrfam
	is ipv6
	srdctl unexport srd0
	srdctl export srd0 --allow-any -a 127.8.9.10
}

@test "wrong-usage-leaves-nothing" {
	wrong "say which disks" export --allow-any
	wrong "is for one disk" export srd0 srd1 --allow-any --nqn nqn.a
	wrong "is not an address" export srd0 --allow-any -a localhost
	wrong "port 65536 is larger" export srd0 --allow-any -p 65536
	wrong "is not tcp, the only one" export srd0 --allow-any --transport rdma
	wrong "is not an NQN" export srd0 --allow me
	wrong "is not an NQN" export srd0 --allow-any --nqn nqn.a/b
	wrong "a key (--auth) is of hosts" export srd0 --allow-any --auth key
	wrong "say which disks, or --all" unexport
	wrong "say which disks, or --all" unexport --all srd0
	wrong "'srd0' is too much" exports srd0
}

@test "several-disks-and-hosts-share-port-and-hosts" {
	srdctl create -s 1G
	run srdctl export srd0 srd1 --allow "$HOST" --allow "$OTHER" --allow "$HOST"
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 2 ]
	[ "$(ls "$NVMET/ports")" = 4420 ]
	[ "$(ls "$NVMET/hosts" | wc -l)" -eq 2 ]
	srdctl unexport srd0
	# the other one needs them
	[ "$(ls "$NVMET/hosts" | wc -l)" -eq 2 ]
	[ "$(ls "$NVMET/ports/4420/subsystems" | wc -l)" -eq 1 ]
	srdctl unexport srd1
	nothing_served
}

@test "what-others-set-up-is-left-alone" {
	mkdir -p "$NVMET/ports/1/subsystems" "$NVMET/ports/4420/subsystems"
	printf '%s\n' tcp >"$NVMET/ports/1/addr_trtype"
	printf '%s\n' 127.0.0.1 >"$NVMET/ports/1/addr_traddr"
	printf '%s\n' 4420 >"$NVMET/ports/1/addr_trsvcid"
	mkdir -p "$NVMET"/subsystems/nqn.z/namespaces/1
	echo /dev/sda >"$NVMET/subsystems/nqn.z/namespaces/1/device_path"
	srdctl export srd0 --allow-any --nqn nqn.a
	[ -L "$NVMET/ports/1/subsystems/nqn.a" ]
	srdctl export srd0 --allow-any --nqn nqn.a --port 4444 && return 1
	run srdctl exports -n -o NQN
	is nqn.a
	srdctl unexport --all
	[ -d "$NVMET/ports/1" ]
	[ -d "$NVMET/subsystems/nqn.z/namespaces/1" ]
	[ ! -e "$NVMET/subsystems/nqn.a" ]
	run srdctl unexport srd0
	[ "$status" -eq 1 ]
	has "srd0: it is not served"
}

@test "what-fails-on-the-way-leaves-nothing" {
	local step

	for step in "subsystems/nqn.a 12" "attr_allow_any_host 22" "namespaces/1 12" "device_path 22" \
		"device_uuid 22" "enable 6" "ports/4420 12" "addr_trtype 22" "addr_traddr 22" \
		"ports/4420/subsystems/nqn.a 98" "ports/4420/subsystems/nqn.a 99" \
		"ports/4420/subsystems/nqn.a 22" "ports/4420/subsystems/nqn.a 5"; do
		echo "$step" >"$FAKE_ROOT/refuse-configfs"
		fails "srd0: " srd0 --allow-any --nqn nqn.a
		nothing_served
	done
	for step in "hosts/$OTHER 22" "allowed_hosts/$OTHER 12" "enable 6"; do
		echo "$step" >"$FAKE_ROOT/refuse-configfs"
		fails "srd0: " srd0 --allow "$HOST" --allow "$OTHER" --nqn nqn.a
		nothing_served
	done
}

@test "what-failed-is-said-with-what-to-do" {
	echo "subsystems/nqn.a 22" >"$FAKE_ROOT/refuse-configfs"
	fails "refuses the NQN: Invalid argument" srd0 --allow-any --nqn nqn.a
	echo "ports/4420/subsystems/nqn.a 98" >"$FAKE_ROOT/refuse-configfs"
	fails "another program has that port: choose one with --port" srd0 --allow-any --nqn nqn.a
	echo "ports/4420/subsystems/nqn.a 99" >"$FAKE_ROOT/refuse-configfs"
	fails "does not have that address" srd0 --allow-any --nqn nqn.a
	echo "ports/4420/subsystems/nqn.a 22" >"$FAKE_ROOT/refuse-configfs"
	fails "has no TCP (modprobe nvmet-tcp says why)" srd0 --allow-any --nqn nqn.a
	rm "$FAKE_ROOT/refuse-configfs"
	srdctl create -s 1G
	srdctl export srd0 --allow-any --nqn nqn.a
	fails "its NQN is that of another one (see: srdctl exports)" srd1 --allow-any --nqn nqn.a
	fails "served already, as nqn.a" srd0 --allow-any --nqn nqn.b
	fails "no such disk" srd9 --allow-any
	srdctl unexport --all
	nothing_served
}

@test "a-machine-without-a-target-is-told-so" {
	rm -r "$NVMET"
	fails "is configfs mounted" srd0 --allow-any
	[ "$(<"$FAKE_ROOT/spawned")" = "/usr/sbin/modprobe nvmet" ]
	run srdctl exports
	[ "$status" -eq 0 ]
	is "srdctl: nothing is served (see: srdctl help export)"
}

@test "a-disk-that-is-in-use-here-is-refused" {
	fake_set 0 openers 1
	echo "20 1 240:0 / /mnt rw - ext4 /dev/srd0 rw" >"$FAKE_ROOT/proc/self/mountinfo"
	fails "busy: mounted on /mnt (free it first, or serve a snapshot)" srd0 --allow-any
	nothing_served
	srdctl snapshot srd0
	srdctl export srd1 --allow-any
}

@test "a-snapshot-is-called-writable-while-it-is-opened" {
	srdctl snapshot srd0
	srdctl export srd1 --allow-any
	[ "$(<"$FAKE_ROOT/roset")" = $'0\n1' ]
	srdctl unexport srd1
	rm "$FAKE_ROOT/roset"
	echo "enable 13" >"$FAKE_ROOT/refuse-configfs"
	fails "cannot open the disk" srd1 --allow-any
	[ "$(<"$FAKE_ROOT/roset")" = $'0\n1' ]
	nothing_served
}

@test "a-disk-that-is-only-marked-as-read-only-is-refused" {
	srdctl create -s 1G -r
	touch "$FAKE_ROOT/marked"
	fails "only marked as read-only" srd1 --allow-any
	[ "$(<"$FAKE_ROOT/roset")" = $'0\n1' ]
	nothing_served
}

@test "keys-are-of-hosts" {
	echo "DHHC-1:00:c2VjcmV0:" >"$BATS_TEST_TMPDIR/key"
	echo "DHHC-1:00:b3RoZXI=:" >"$BATS_TEST_TMPDIR/other"
	echo secret >"$BATS_TEST_TMPDIR/none"
	srdctl create -s 1G
	fails "not a key as nvme gen-dhchap-key makes one" srd0 --allow "$HOST" \
		--auth "$BATS_TEST_TMPDIR/none"
	fails "No such file" srd0 --allow "$HOST" --auth "$BATS_TEST_TMPDIR/nowhere"
	nothing_served
	srdctl export srd0 --allow "$HOST" --auth "$BATS_TEST_TMPDIR/key"
	attribute "hosts/$HOST/dhchap_key"
	is "DHHC-1:00:c2VjcmV0:"
	fails "has another key, or none" srd1 --allow "$HOST" --auth "$BATS_TEST_TMPDIR/other"
	fails "has a key for what it is served already" srd1 --allow "$HOST"
	srdctl export srd1 --allow "$HOST" --auth "$BATS_TEST_TMPDIR/key"
	run srdctl exports -n --raw -o NAME,AUTH
	is $'srd0 1\nsrd1 1'
	srdctl unexport srd0 srd1
	nothing_served
	touch "$FAKE_ROOT/old-target"
	fails "built to ask for no key (CONFIG_NVME_TARGET_AUTH)" srd0 --allow "$HOST" \
		--auth "$BATS_TEST_TMPDIR/key"
	nothing_served
	srdctl export srd0 --allow "$HOST"
}

@test "exports-lists-disks-ports-and-hosts" {
	srdctl create -s 1G
	srdctl export srd0 --allow "$HOST" --allow "$OTHER" --nqn nqn.a
	srdctl export srd1 --allow-any --nqn nqn.b -p 4444
	run srdctl exports --raw -n
	is "srd0 nqn.a 127.0.0.1 4420 0 $HOST,$OTHER
srd1 nqn.b 127.0.0.1 4444 0 any"
	run srdctl exports --json
	jq -e '.exports[1] == {name: "srd1", nqn: "nqn.b", nsid: 1, transport: "tcp", port: "4444",
		address: "127.0.0.1", enabled: true, auth: false, allowed: "any"}' <<<"$output"
}

@test "unexport-by-name-nqn-or-all-and-of-a-disk-that-is-gone" {
	srdctl export srd0 --allow-any --nqn nqn.a
	srdctl unexport nqn.a
	nothing_served
	srdctl export srd0 --allow-any
	srdctl unexport /dev/srd0
	nothing_served
	srdctl export srd0 --allow-any
	srdctl remove --force srd0
	srdctl unexport srd0
	nothing_served
	run srdctl unexport nqn.a
	[ "$status" -eq 1 ]
	one_line
	has "nqn.a: it is not served (see: srdctl exports)"
	srdctl unexport --all
}

@test "who-holds-an-exported-disk-is-said" {
	srdctl export srd0 --allow-any --nqn nqn.a
	fake_set 0 openers 1
	run srdctl remove srd0
	[ "$status" -eq 1 ]
	has "srd0: busy: exported as nqn.a"
}

@test "resize-tells-who-uses-it" {
	srdctl export srd0 --allow-any --nqn nqn.a
	srdctl resize srd0 2G
	attribute subsystems/nqn.a/namespaces/1/revalidate_size
	is 1
	echo "revalidate_size 5" >"$FAKE_ROOT/refuse-configfs"
	run srdctl resize srd0 3G
	[ "$status" -eq 1 ]
	has "it has its new size, but who uses it over NVMe was not told: Input/output error"
}

# In the form that its restore reads: a number or a list where it wants one.
@test "exports-for-nvmetcli" {
	require jq
	srdctl export srd0 --allow "$HOST" --nqn 'nqn.a"b'
	run srdctl exports --nvmetcli
	[ "$status" -eq 0 ]
	[ "$(jq -Sc . <<<"$output")" = "$(jq -Sc . <<-END
		{ "hosts": [ { "nqn": "$HOST" } ],
		  "subsystems": [ { "nqn": "nqn.a\"b", "allowed_hosts": [ "$HOST" ],
			"attr": { "allow_any_host": "0", "serial": "0123456789abcdef0123" },
			"namespaces": [ { "nsid": 1, "enable": 1, "device": { "path": "/dev/srd0",
				"uuid": "7183f69a-8442-4a31-8e34-50530fc05c41",
				"nguid": "00000000-0000-0000-0000-000000000000" } } ] } ],
		  "ports": [ { "portid": 4420, "subsystems": [ "nqn.a\"b" ], "addr": { "adrfam": "ipv4",
			"traddr": "127.0.0.1", "trsvcid": "4420", "trtype": "tcp", "treq": "not specified" } } ] }
	END
	)" ]
	srdctl unexport srd0
	run srdctl exports --nvmetcli
	is '{"hosts": [], "subsystems": [], "ports": []}'
}
