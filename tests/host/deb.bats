#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016,SC2154 # other shells expand; bats sets output
#
# The Debian packages: what is in them, how they come and go on a clean Debian 12, and that what
# they set up at boot is there. The transcript of a newcomer's first hour is kept in results/.

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

setup_file() {
	local version

	cd "$BATS_FILE_TMPDIR" || return
	for version in 6.1 6.12; do
		"$TOP/scripts/kernel" $version >/dev/null || [ $? -ne 77 ] ||
			{ echo "there is no kernel $version" >skip; return 0; } # a whole file cannot be skipped here
	done
	"$TOP/scripts/need" lintian
	ln -s "$("$TOP/scripts/build-deb")" deb
	ln -s "$("$TOP/scripts/clean-debian")" clean
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
	[ ! -e skip ] || skip "$(<skip)"
}

# listed PACKAGE: its files, with their permissions
listed() {
	dpkg-deb -c deb/"$1"_*.deb | awk '!/\/$/ { print $1, substr($6, 2) }' | sort -k2
}

# boots STATUS SCRIPT: a machine with that disk starts, and the script ends with that status
boots() {
	local status=0

	"$TOP/scripts/vm" --systemd clean/root.img --disk disk --timeout 300 --copy-in "$TOP/tests/newcomer" \
		--copy-in deb/"$(basename deb/srdctl_*.deb)" -- \
		bash -eux -o pipefail "newcomer/$2.sh" >said 2>&1 || status=$?
	cat said >>"${SRD_RESULTS:-.}/newcomer.txt"
	[ "$status" -eq "$1" ] || { echo "$2 ended with $status, not $1"; cat said; return 1; } >&2
}

@test "srdctl-has-these-files" {
	diff <(listed srdctl | grep -vE '^l') - <<-END
		-rw-r--r-- /lib/systemd/system/srd-export@.service
		-rw-r--r-- /lib/systemd/system/srd-mirror@.service
		-rw-r--r-- /lib/systemd/system/srd@.service
		-rw-r--r-- /lib/udev/rules.d/60-srd.rules
		-rw-r--r-- /usr/include/linux/srd.h
		-rwxr-xr-x /usr/lib/srd/srd-boot
		-rwxr-xr-x /usr/lib/srd/srd-mirror-boot
		-rwxr-xr-x /usr/sbin/srd-crashtest
		-rwxr-xr-x /usr/sbin/srd-mirror
		-rwxr-xr-x /usr/sbin/srd-stripe
		-rwxr-xr-x /usr/sbin/srdctl
		-rw-r--r-- /usr/share/bash-completion/completions/srdctl
		-rw-r--r-- /usr/share/doc/srdctl/changelog.gz
		-rw-r--r-- /usr/share/doc/srdctl/copyright
		-rw-r--r-- /usr/share/doc/srdctl/examples/modprobe.conf
		-rw-r--r-- /usr/share/doc/srdctl/examples/scratch.conf
		-rw-r--r-- /usr/share/lintian/overrides/srdctl
		-rw-r--r-- /usr/share/man/man4/srd.4.gz
		-rw-r--r-- /usr/share/man/man5/srd.conf.5.gz
		-rw-r--r-- /usr/share/man/man8/srd-crashtest.8.gz
		-rw-r--r-- /usr/share/man/man8/srd-mirror.8.gz
		-rw-r--r-- /usr/share/man/man8/srd-stripe.8.gz
		-rw-r--r-- /usr/share/man/man8/srdctl.8.gz
		-rw-r--r-- /usr/share/zsh/vendor-completions/_srdctl
	END
	listed srdctl | grep -xF 'lrwxrwxrwx /lib/systemd/system-generators/srd-generator'
}

@test "srd-dkms-has-the-module-s-sources-and-nothing-else" {
	diff <(listed srd-dkms | grep -v /usr/share/doc/ | sed 's|.*/usr/src/srd-[0-9.]*/||' | sort) \
		<(cd "$TOP" && ls -d ./*.[ch] Makefile Kbuild Kconfig dkms.conf include/uapi/linux/srd.h |
			sed 's|^\./||' | sort)
}

@test "lintian-has-nothing-to-say" {
	run lintian --allow-root --fail-on none deb/*.changes
	[ "$status" -eq 0 ]
	output=$(sed '/running with root privileges/d' <<<"$output")
	[ -z "$output" ] || { echo "$output" >&2; return 1; }
}

@test "packages-come-are-upgraded-and-go-and-dkms-builds-for-both-kernels" {
	# what is there in the end is the machine of the tests below: with both installed
	"$TOP/scripts/clean-debian" --run disk deb bash -euxc '
		cd /mnt
		modules() { find /lib/modules -name "srd.ko*" | sed "s|.*/\([0-9.]*\)\..*/updates/.*|\1|" | wc -l; }
		everything() { find / -xdev \( -path /proc -o -path /mnt -o -path /dev -o -path /run -o -path /tmp \
			-o -path /var/log -o -path /var/lib/dpkg -o -path /var/cache -o -name "modules.*" \) -prune -o -print | sort; }
		everything >/tmp/before
		dpkg -i srdctl_*.deb
		dpkg -i srdctl_*.deb	# an upgrade
		touch /etc/systemd/system/local-fs.target.wants/srd@x.service 2>/dev/null ||
			{ mkdir -p /etc/systemd/system/local-fs.target.wants
			touch /etc/systemd/system/local-fs.target.wants/srd@x.service; }
		dpkg -P srdctl
		[ ! -e /etc/systemd/system/local-fs.target.wants/srd@x.service ]
		rmdir /etc/systemd/system/local-fs.target.wants 2>/dev/null || :
		# it comes and goes with 6.1, and stays with 6.12: a build for each
		mv /lib/modules/6.12.*/build /tmp/build
		dpkg -i srd-dkms_*.deb
		[ "$(dkms status | grep -cE "srd/.*6\.1\..*: installed")" = 1 ]
		[ "$(modules)" = 1 ]
		dpkg -r srd-dkms
		[ "$(modules)" = 0 ]
		dpkg -P srd-dkms
		mv /tmp/build /lib/modules/6.12.*/
		everything >/tmp/after
		diff /tmp/before /tmp/after
		mv /lib/modules/6.1.*/build /tmp/build
		dpkg -i srd-dkms_*.deb srdctl_*.deb
		mv /tmp/build /lib/modules/6.1.*/
		[ "$(dkms status | grep -cE "srd/.*6\.12\..*: installed")" = 1 ]
		[ "$(modules)" = 1 ]
		rm -f /tmp/before /tmp/after'
}

@test "newcomer-uses-a-disk-and-sets-one-up-for-each-boot" {
	: >"${SRD_RESULTS:-.}/newcomer.txt"
	boots 0 1-use
	grep -xE '/lib/modules/6\.12[^ ]*/updates/dkms/srd\.ko(\.xz)?' said
}

@test "newcomer-finds-it-after-a-reboot-and-then-the-power-fails-while-it-is-saved" {
	boots 97 2-again
	grep -x 'the power fails' said
}

@test "newcomer-has-the-old-image-after-that-and-a-disk-that-cannot-be-saved-stays" {
	boots 0 3-old-image
}
