#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154 # bats sets output, lines and status
#
# srdctl without the module: what is in the way, and what to do about it

load srdctl-helper

setup() {
	fake_machine
	fake_unload
	RELEASE=$(uname -r)
	FOLDER=$FAKE_ROOT/lib/modules/$RELEASE
}

# module RELEASE FILE [VERMAGIC] [signed]: it is installed there, and depmod knows it
module() {
	local folder=$FAKE_ROOT/lib/modules/$1

	mkdir -p "$folder/${2%/*}"
	printf '\177ELF%s\0vermagic=%s SMP preempt\0' junk "${3-$1}" >"$folder/$2"
	[ -z "${4-}" ] || echo '~Module signature appended~' >>"$folder/$2"
	echo "$2:" >>"$folder/modules.dep"
}

# says TEXT: every verb that needs the module does, in one line
says() {
	for verb in list "create -s 1G" wait; do
		# shellcheck disable=SC2086 # words are split on purpose
		run srdctl $verb
		[ "$status" -eq 1 ]
		one_line
		has "$1"
	done
}

@test "not-loaded" {
	module "$RELEASE" updates/dkms/srd.ko
	says "the module srd is not loaded (run: modprobe srd)"
}

@test "not-loaded-and-compressed" {
	mkdir -p "$FOLDER"
	echo "updates/dkms/srd.ko.xz:" >"$FOLDER/modules.dep"
	says "the module srd is not loaded (run: modprobe srd)"
}

@test "not-loaded-in-a-container-without-modules" {
	says "the module srd is not loaded (run: modprobe srd)"
}

@test "not-installed-at-all" {
	mkdir -p "$FOLDER"
	echo "kernel/drivers/block/loop.ko:" >"$FOLDER/modules.dep"
	says "not installed for kernel $RELEASE: build and install it, then run: modprobe srd"
}

@test "installed-for-another-kernel-only" {
	mkdir -p "$FOLDER"
	echo "kernel/drivers/block/loop.ko:" >"$FOLDER/modules.dep"
	module 5.4.0-other extra/srd.ko
	says "is installed for kernel 5.4.0-other, but this one is $RELEASE: build it for this one (run make and make install)"
	mkdir -p "$FAKE_ROOT/var/lib/dkms/srd"
	says "build it for this one (run: dkms autoinstall), then run: modprobe srd"
}

@test "installed-but-depmod-did-not-run" {
	for file in extra/srd.ko updates/dkms/srd.ko.zst; do
		mkdir -p "$FOLDER/${file%/*}"
		: >"$FOLDER/$file"
		: >"$FOLDER/modules.dep"
		says "modprobe does not know it yet (run: depmod, then: modprobe srd)"
		rm "$FOLDER/$file"
	done
}

@test "built-for-another-kernel" {
	module "$RELEASE" extra/srd.ko 5.4.0-other
	says "was built for kernel 5.4.0-other, and this one is $RELEASE: build it again for this one"
}

@test "unsigned-where-signatures-are-needed" {
	module "$RELEASE" extra/srd.ko
	mkdir -p "$FAKE_ROOT/sys/kernel/security" "$FAKE_ROOT/sys/module/module/parameters"
	echo "[none] integrity confidentiality" >"$FAKE_ROOT/sys/kernel/security/lockdown"
	echo N >"$FAKE_ROOT/sys/module/module/parameters/sig_enforce"
	says "the module srd is not loaded (run: modprobe srd)"
	echo Y >"$FAKE_ROOT/sys/module/module/parameters/sig_enforce"
	says "is not signed, and this kernel takes only what is (module.sig_enforce is set): sign /lib/modules/$RELEASE/extra/srd.ko"
	for mode in "none [integrity] confidentiality" "none integrity [confidentiality]"; do
		echo "$mode" >"$FAKE_ROOT/sys/kernel/security/lockdown"
		says "is not signed, and this kernel takes only what is (it is locked down, as Secure Boot does)"
	done
}

@test "signed-with-a-key-that-may-be-unknown" {
	module "$RELEASE" extra/srd.ko "$RELEASE" signed
	mkdir -p "$FAKE_ROOT/sys/module/module/parameters"
	echo Y >"$FAKE_ROOT/sys/module/module/parameters/sig_enforce"
	says "not loaded (run: modprobe srd; if that is refused: this kernel takes only what is signed with a key that it knows, module.sig_enforce is set)"
}
