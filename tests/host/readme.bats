#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016,SC2154 # backquotes are those of Markdown; bats sets output
#
# README.md: its commands work, and what it names is there.
#
# The word after "sh" at the head of a block says where its commands run:
#
#	sh host		in this folder
#	sh build	in a copy of the sources, for the guest's kernel, installing into a folder
#	sh		in the guest which has what the block before installed
#	sh one, other	on two machines, here on a guest that is both

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

# blocks HEAD: the commands of the blocks with that head
blocks() {
	awk -v head="\`\`\`$1" '/^```/ { inside = $0 == head && !inside; next } inside' "$TOP/README.md"
}

# sudo_in FOLDER: a sudo for machines on which one is root anyhow
sudo_in() {
	mkdir -p "$1"
	printf '#!/bin/sh\nexec "$@"\n' >"$1/sudo"
	chmod +x "$1/sudo"
}

# in_copy COMMANDS: run them as the README has them, but for the guest's kernel
in_copy() {
	(cd "$BATS_FILE_TMPDIR/src" && KDIR=$(<../build) DESTDIR=../stage \
		PATH=$BATS_FILE_TMPDIR/bin:$PATH bash -euxo pipefail -c "$1")
}

setup_file() {
	local said

	cd "$BATS_FILE_TMPDIR" || return
	mkdir -p src/scripts stage
	sudo_in bin
	said=$("$TOP/scripts/kernel" 6.12) || skip "there is no kernel 6.12"
	sed -n 's/^build=//p' <<<"$said" >build
	bash -c '. "$1/scripts/lib.sh" && copy_sources "$2"' - "$TOP" src
	cp "$TOP"/scripts/srd-* src/scripts
	cp -r "$TOP"/{man,completion,systemd,modprobe} src
	in_copy "$(blocks 'sh build')" >built 2>&1 || { cat built >&2; return 1; }
}

@test "blocks-say-where-they-run" {
	run awk '/^```/ && !inside { print; inside = 1; next } /^```/ { inside = 0 }' "$TOP/README.md"
	[ "$(sort -u <<<"$output")" = $'```sh\n```sh build\n```sh host\n```sh one\n```sh other' ] ||
		{ echo "unknown heads of blocks: $output" >&2; return 1; }
}

# What `make install` puts where is said in docs/install.md; VERSION stands for the kernel's.
@test "what-is-installed" {
	diff <(cd "$BATS_FILE_TMPDIR/stage" && find . \( -type f -o -type l \) -printf '%m /%P\n' |
		sed -E 's|/lib/modules/6\.12[^/]*/updates/srd\.ko(\.xz)?$|/lib/modules/VERSION/updates/srd.ko|' | sort) \
		<(awk '/^```/ { inside = /^```files$/; next } inside' "$TOP/docs/install.md" | sort)
}

@test "commands-of-the-guest" {
	local dir=$BATS_TEST_TMPDIR

	sudo_in "$dir"
	{
		echo 'mv sudo /usr/local/sbin'
		echo 'tar -C stage -cf - . | tar -C / --keep-directory-symlink -xf -'
		echo depmod
		blocks sh
		echo '! grep -q ^srd /proc/modules'
	} >"$dir/commands"
	"$TOP/scripts/vm" --no-module --copy-in "$BATS_FILE_TMPDIR/stage" --copy-in "$dir/sudo" \
		--copy-in "$dir/commands" -- bash -euxo pipefail commands
}

@test "commands-of-the-host" {
	local command

	while read -r command; do
		# that one is running this test
		[ "$command" != "make check" ] || command="make -n check"
		echo "# $command"
		(cd "$TOP" && bash -euc "$command") </dev/null
	done < <(blocks 'sh host')
}

@test "uninstall-takes-away-what-install-put" {
	in_copy "sudo make uninstall"
	run find "$BATS_FILE_TMPDIR/stage" -not -type d
	[ -z "$output" ] || { echo "$output" >&2; return 1; }
	in_copy "$(blocks 'sh build')"
}

@test "what-is-where-names-what-is-there" {
	local name missing=0
	local -a named

	mapfile -t named < <(sed -n '/^## What is where/,/^## /{/^| `/p}' "$TOP/README.md" |
		cut -d '|' -f 2 | grep -o '`[^`]*`' | tr -d '`')
	[ "${#named[@]}" -gt 10 ]
	for name in "${named[@]}"; do
		[ -e "$TOP/$name" ] || { echo "there is no $name" >&2; missing=1; }
	done
	while IFS= read -r name; do
		[[ " ${named[*]} " == *" ${name#./}"[\ /]* ]] || { echo "$name is not named" >&2; missing=1; }
	done < <(cd "$TOP" && find . -maxdepth 1 \( -name '*.[ch]' -o -name 'K*' -o -name 'M*e' -o -type d \
		-name '[a-z]*' -not -name results -not -name include \))
	[ "$missing" -eq 0 ]
}

@test "links-lead-somewhere" {
	local file link

	for file in "$TOP"/README.md "$TOP"/docs/*.md; do
		while read -r link; do
			[ -e "$(dirname "$file")/$link" ] || { echo "$file: $link" >&2; return 1; }
		done < <(grep -oE '\]\([^)#]+' "$file" | cut -c 3-)
	done
}

@test "parameters-are-those-of-the-module" {
	local ko

	ko=$(find "$BATS_FILE_TMPDIR/stage" -name 'srd.ko*')
	[ "$(modinfo -p "$ko" | cut -d : -f 1 | sort)" = \
		"$(sed -n '/^## Parameters/,/^## /s/^| `\([a-z_]*\)`.*/\1/p' "$TOP/README.md" | sort)" ]
}

@test "commands-of-two-machines" {
	local uuid=00000000-0000-0000-0000-000000000002

	[ "$(blocks "sh one" | wc -l)" -eq 3 ]
	[ "$(blocks "sh other" | wc -l)" -eq 3 ]
	"$TOP/scripts/vm" --join "$BATS_TEST_TMPDIR:1" -- bash -euxc "hostname one
		echo nqn.2014-08.org.nvmexpress:uuid:$uuid >/etc/nvme/hostnqn
		echo $uuid >/etc/nvme/hostid
		$(blocks "sh one" | sed 's/^sudo //')
		$(blocks "sh other" | sed 's/^sudo //')
		[[ \$(blkid -p -o value -s TYPE /dev/srd0) == ext4 ]]"
}
