# SPDX-License-Identifier: GPL-2.0
#
# srd-mirror and srd-stripe, with disks of another machine, which here is this one.
# modes: mq/6.12
# timeout: 400

load lib
load nvme
load mirror

setup() {
	nvme_setup
}

teardown() {
	mdadm --stop --scan --quiet
	nvme_teardown
}

# mirror: srd0 here and srd1 there; $far is set
mirror() {
	load_srd size=32M,32M
	serve srd1
	connect srd1
	far=$(far srd1)
	srd-mirror create m /dev/srd0 "$far"
	is "$(srd-mirror status m)" clean
}

# write_verified RANGE...: options of fio that say where
write_verified() {
	fio --name=v --filename=/dev/md/m --rw=randwrite --bs=16k --direct=1 --ioengine=io_uring --iodepth=8 \
		--verify=crc32c --verify_state_save=0 --output=/dev/null "$@"
}

@test "after-a-cut-only-what-has-changed-is-copied" {
	local far before

	mirror
	at_most "$(used srd1)" $((1 * MiB)) "memory of an empty mirror"
	write_verified --size=12M
	srdctl unexport srd1
	write_verified --offset=8M --size=2M
	eventually has_status degraded
	serve srd1
	eventually is_readable "$far"
	before=$(attr srd1 write_bytes)
	srd-mirror join m "$far"
	eventually has_status clean
	at_least "$(($(attr srd1 write_bytes) - before))" $((2 * MiB)) "bytes copied"
	at_most "$(($(attr srd1 write_bytes) - before))" $((8 * MiB)) "bytes copied"
	halves_are_equal
	srd-mirror stop m
}

@test "an-empty-disk-takes-the-place-of-one-that-is-lost" {
	local far

	mirror
	write_verified --size=12M
	srdctl unexport srd1
	srdctl remove srd1
	write_verified --size=2M
	eventually has_status degraded
	nvme disconnect-all
	srdctl create --size 32M --number 1
	serve srd1
	connect srd1
	srd-mirror join m "$(far srd1)"
	eventually has_status clean
	at_least "$(used srd1)" $((12 * MiB)) "memory of the new half"
	halves_are_equal
	srd-mirror stop m
}

@test "a-mirror-that-began-with-one-half-takes-in-the-far-one" {
	load_srd size=32M,32M
	run srd-mirror status m
	is "$status" 3 "exit status: $output"
	is "$output" "srd-mirror: there is no mirror m"
	srd-mirror create m /dev/srd0
	has_status degraded
	write_verified --size=4M
	serve srd1
	connect srd1
	srd-mirror join m "$(far srd1)"
	eventually has_status clean
	is "$(md_attr "dev-$(basename "$(far srd1)")/state")" in_sync,write_mostly "the far half"
	halves_are_equal
	srd-mirror stop m
}

@test "a-half-that-went-on-alone-meanwhile-is-copied-whole" {
	local far

	mirror
	write_verified --size=12M
	srdctl unexport srd1
	write_verified --offset=8M --size=1M
	eventually has_status degraded
	srd-mirror stop m
	nvme disconnect-all
	srd-mirror take m /dev/srd1
	dd if=/dev/urandom of=/dev/md/m bs=1M count=2 oflag=direct status=none
	srd-mirror stop m
	serve srd1
	connect srd1
	srd-mirror take m /dev/srd0
	srd-mirror join m "$(far srd1)"
	eventually has_status clean
	halves_are_equal
	srd-mirror stop m
}

@test "a-disk-that-is-in-use-becomes-no-half" {
	load_srd size=32M
	mkfs.ext4 -q /dev/srd0
	mount /dev/srd0 /mnt
	echo kept >/mnt/file
	run srd-mirror create m /dev/srd0
	[[ $status = 2 && $output == *"/dev/srd0 is in use"* ]]
	is "$(</mnt/file)" kept
	umount /mnt
	mount /dev/srd0 /mnt
	is "$(</mnt/file)" kept
	umount /mnt
}

@test "the-other-machine-goes-on-alone" {
	local far sum

	mirror
	write_verified --size=8M
	sum=$(head -c 8M /dev/md/m | md5sum)
	srd-mirror stop m
	nvme disconnect-all
	srdctl unexport srd1
	srdctl remove srd0
	srd-mirror take m /dev/srd1
	has_status degraded
	is "$(head -c 8M /dev/md/m | md5sum)" "$sum"
	write_verified --size=2M
	srd-mirror stop m
}

@test "disks-of-several-machines-are-one" {
	load_srd size=16M,16M,16M
	serve srd1 srd2
	connect srd1
	connect srd2
	srd-stripe create s /dev/srd0 "$(far srd1)" "$(far srd2)"
	mkfs.ext4 -q /dev/md/s
	mount /dev/md/s /mnt
	fio --name=v --directory=/mnt --rw=randwrite --bs=64k --size=24M --direct=1 --ioengine=io_uring \
		--iodepth=8 --verify=crc32c --verify_state_save=0 --output=/dev/null
	umount /mnt
	at_least "$(used srd2)" $((7 * MiB)) "what a third has of it"
	srd-stripe stop s
}
