# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests of file systems share: `load fs` brings data and lib with it.

load data

# A tree of some 25 MB in 1200 files and links that the guest has, as an archive, and its sums.
TREE=(usr/sbin usr/share/bash-completion usr/share/misc)

setup_file() {
	mkdir -p mnt
	tar -C / -cf tree.tar "${TREE[@]}"
	(cd / && find "${TREE[@]}" -type f -print0 | xargs -0 md5sum) >sums
	(cd / && find "${TREE[@]}" -printf '%p %m %U %G %y %l\n' | sort) >names
}

# has_tree: what is mounted on mnt has all of it, read from the disk
has_tree() {
	echo 3 >/proc/sys/vm/drop_caches
	(cd mnt && md5sum --quiet -c) <sums
	(cd mnt && find "${TREE[@]}" -printf '%p %m %U %G %y %l\n' | sort) | cmp - names
}

# file_system CHECK MKFS... : the life of a file system on /dev/srd0; CHECK looks at it, and
# must not find anything to mend
file_system() {
	local check=$1 full
	shift

	"$@" /dev/srd0
	mount /dev/srd0 mnt
	tar -C mnt -xf tree.tar
	umount mnt
	mount /dev/srd0 mnt
	has_tree
	full=$(used srd0)
	at_least "$full" $((20 * MiB)) "used with the tree"

	# in pieces here and there
	find mnt -type f -name '*[e-s]' -delete
	sync -f mnt
	fstrim mnt
	at_most "$(used srd0)" $((full - 10 * MiB)) "used after fstrim, from $full"
	(cd mnt && md5sum --quiet --ignore-missing -c) <sums
	umount mnt
	$check /dev/srd0

	is "$(attr srd0 read_errors) $(attr srd0 write_errors) $(attr srd0 discard_errors)" "0 0 0"
	! log_since | grep -E 'srd0.*(error|corrupt)' || fail "errors in the log"
}
