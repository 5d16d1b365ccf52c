# SPDX-License-Identifier: GPL-2.0
#
# The examples of the manual's pages work: what is behind "# " under EXAMPLES, in order.
# guest: --memory 1G
# modes: mq/6.12

load lib

# examples PAGE: the commands, as they are read
examples() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "/root/man/$1" | sed '/^\.\|^[^# ]/d
		s/^# //; s/\\-/-/g; s/\\(aq/'"'"'/g; s/\\(ha/^/g; s/\\e/\\/g'
}

# follow PAGE: each command succeeds; who reads what one printed sees which one it was
follow() {
	examples "$1" >"$BATS_TEST_TMPDIR/commands"
	at_least "$(wc -l <"$BATS_TEST_TMPDIR/commands")" 5 "lines of commands"
	(cd "$BATS_TEST_TMPDIR" && bash -euxo pipefail commands)
	! grep -q ^srd /proc/modules || fail "$1: its last example leaves the module"
}

@test "every-page-has-examples-that-are-tried-here" {
	local page

	for page in /root/man/*.[48]; do
		grep -q "follow ${page##*/}$" "$BATS_TEST_FILENAME" || fail "nobody tries ${page##*/}"
	done
}

@test "examples-of-srdctl" {
	follow srdctl.8
}

@test "examples-of-the-module" {
	follow srd.4
}

@test "examples-of-srd-mirror" {
	follow srd-mirror.8
}

@test "examples-of-srd-stripe" {
	follow srd-stripe.8
}

@test "examples-of-srd-crashtest" {
	follow srd-crashtest.8
}
