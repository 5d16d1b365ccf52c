#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016,SC2154 # backquotes are those of Markdown; bats sets output
#
# docs/: what the module shows is described there, and nothing else.

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

# What a guest shows, as "MODE PATH" with N for the number of the disk.
LOOK='modprobe srd size=1M
find /sys/block/srd0/srd /sys/module/srd/parameters -type f -printf "%M %p\n" | sed s/srd0/srdN/
echo "PROC $(head -n 1 /proc/srd)"
echo "PROC $(tail -n 1 /proc/srd)"
rmmod srd'

setup_file() {
	"$TOP/scripts/vm" -- bash -euc "$LOOK" >"$BATS_FILE_TMPDIR/shown"
}

# same WHAT SHOWN DESCRIBED
same() {
	diff <(sort <<<"$2") <(sort <<<"$3") || { echo "$1: < shown, > described" >&2; return 1; }
}

# described: "MODE PATH" of each file in docs/sysfs-block-srd
described() {
	awk -F '\t+' '/^What:/ { path = $2 } /^Description:/ { described = 1; next }
		described {
			if (path ~ "^/sys/") {
				mode["(RO)"] = "-r--r--r--"; mode["(RW)"] = "-rw-r--r--"; mode["(WO)"] = "--w-------"
				print mode[substr($2, 1, 4)], path
			}
			described = 0
		}' "$TOP/docs/sysfs-block-srd"
}

@test "every-attribute-and-parameter-is-described-with-its-mode" {
	same attributes "$(grep -v ^PROC "$BATS_FILE_TMPDIR/shown")" "$(described)"
}

@test "every-entry-is-whole" {
	run awk '/^What:/ { if (n) print last; n = 4; last = $2 }
		/^(Date|KernelVersion|Contact|Description):/ { n-- } END { if (n) print last }' \
		"$TOP/docs/sysfs-block-srd"
	[ -z "$output" ] || { echo "not whole: $output" >&2; return 1; }
}

# The form of Documentation/ABI, as the kernel's own script has it.
@test "entries-are-in-the-form-of-the-kernel" {
	local source

	source=$("$TOP/scripts/kernel-source") || skip "there is no source of the kernel"
	[ -e "$source/scripts/get_abi.pl" ]
	mkdir "$BATS_TEST_TMPDIR/abi"
	cp "$TOP/docs/sysfs-block-srd" "$BATS_TEST_TMPDIR/abi"
	run perl "$source/scripts/get_abi.pl" validate --dir "$BATS_TEST_TMPDIR/abi"
	[ -z "$output" ] || { echo "$output" >&2; return 1; }
	# it does say what is wrong
	sed -i '0,/^Description:/s//Descr:/' "$BATS_TEST_TMPDIR/abi/sysfs-block-srd"
	run perl "$source/scripts/get_abi.pl" validate --dir "$BATS_TEST_TMPDIR/abi"
	[ -n "$output" ]
}

@test "users-of-attributes-are-named" {
	same "what srdctl reads" "$(sed -n 's/.*"srd\/\([a-z_%]*\)".*/\1/p' "$TOP/srdctl/device.c" |
		while read -r name; do
			[ "$name" = "${name#%s}" ] || echo {read,write,discard,write_zeroes,secure_erase,flush}"${name#%s}"
			[ "$name" != "${name#%s}" ] || echo "$name"
		done | tr ' ' '\n' | sort -u)" \
		"$(awk '/^What:/ { name = $2 } /^Users:.*srdctl/ { print name }' "$TOP/docs/sysfs-block-srd" |
			sed 's|.*/||')"
}

@test "fields-of-proc" {
	same fields "$(grep ^PROC "$BATS_FILE_TMPDIR/shown" | tr ' ' '\n' |
		sed 's/=.*//; /^$/d; /^PROC$/d; /^total$/d')" \
		"$(sed -n '/^What:.*\/proc\/srd/,$p' "$TOP/docs/sysfs-block-srd" |
			awk '/====/ { inside = !inside; next } inside && /^\t\t[a-z]/ { print $1 }')"
}

@test "every-ioctl-is-described-with-its-structure-and-permission" {
	local described

	described=$(sed -n 's/^| `\(SRD_IOC_[A-Z_]*\)` | `\([a-z_]*\)` |.*| \(yes\|no\)[^|]* |.*/\1 \2 \3/p' \
		"$TOP/docs/control.md")
	same ioctls "$(sed -n 's/^#define \(SRD_IOC_[A-Z_]*\)[[:space:]]*_IO.*struct \([a-z_]*\)).*/\1 \2/p' \
		"$TOP/include/uapi/linux/srd.h" | while read -r name struct; do
		grep -q "{ $name,.*true," "$TOP/srd_control.c" && change=yes || change=no
		echo "$name $struct $change"
	done)" "$described"
}

# What no test can have: a million disks.
NOT_PROVOKED="CREATE ENOSPC
SNAPSHOT ENOSPC
WINDOW ENOSPC"

# errnos_described: "COMMAND ERRNO" of each in docs/control.md; any: of all commands; read: of read()
errnos_described() {
	awk -F '|' '/^## /{ command = "" } / `SRD_IOC_/ { command = $2; errnos = $6 }
		/^Whatever the command/ { table = "any" } /^A command that fails/ { table = "" }
		/^\| errno of `read/ { table = "read" } /^```/ { table = "" }
		table != "" && /^\| `E/ { command = table; errnos = $2 }
		command != "" { while (match(errnos, /E[A-Z0-9]+`/)) {
			name = command; gsub(/[` ]|SRD_IOC_/, "", name)
			print name, substr(errnos, RSTART, RLENGTH - 1)
			errnos = substr(errnos, RSTART + RLENGTH) } command = "" }' "$TOP/docs/control.md"
}

# A test says which errnos it provokes by a comment, "errno: COMMAND ERRNO...", right above where it
# does: within a dozen lines each of them is named again. In tests/guest it may be a test's name.
errnos_provoked() {
	awk 'function due(all, n) { for (n in wanted) if (all || FNR > wanted[n] + 12) {
			print FILENAME ": nobody expects " n >"/dev/stderr"; bad = 1; delete wanted[n] } }
		FNR == 1 { due(1) }
		match($0, /errno: [A-Za-z_]+( E[A-Z0-9]+)+/) {
			n = split(substr($0, RSTART + 7, RLENGTH - 7), word, " ")
			for (i = 2; i <= n; i++) { print word[1], word[i]; wanted[word[i]] = FNR } next }
		{ for (n in wanted) if ($0 ~ "[^A-Z]" n "[^A-Z0-9]") delete wanted[n]; due(0) }
		END { due(1); exit bad }' "$TOP"/tests/progs/*.[ch] "$TOP"/tests/guest/*.bats
}

@test "every-errno-is-provoked-by-a-test" {
	errnos_provoked >"$BATS_TEST_TMPDIR/provoked"
	[ "$(errnos_described | wc -l)" -gt 70 ]
	same errnos "$(errnos_described | sort -u)" \
		"$(sort -u "$BATS_TEST_TMPDIR/provoked" <(echo "$NOT_PROVOKED"))"
	# what is provoked after all is no exception
	! grep -Fx "$NOT_PROVOKED" "$BATS_TEST_TMPDIR/provoked"
}

# tests/guest/security.bats tries each of them.
@test "who-may-do-what-is-as-it-is-tested" {
	local tested

	tested=$(awk "/^MAY='/ { inside = 1; sub(/^MAY='/, \"\") } inside { last = /'\$/; sub(/'\$/, \"\"); print }
		last { exit }" "$TOP/tests/guest/security.bats")
	[ "$(wc -l <<<"$tested")" -gt 40 ]
	diff <(echo "$tested") <(sed -n '/^| what | root |/,/^$/p' "$TOP/docs/security.md" |
		sed -n '3,$ s/ *| */|/gp' | sed 's/^|//; s/|$//')
	# each command is among them
	same commands "$(sed -n 's/^#define \(SRD_IOC_[A-Z_]*\)[[:space:]]*_IO.*/\1/p' \
		"$TOP/include/uapi/linux/srd.h")" "$(sed -n 's/^`\(SRD_IOC_[A-Z_]*\)`|.*/\1/p' <<<"$tested")"
}

@test "every-event-is-described" {
	same events "$(sed -n 's/^\t\(SRD_EVENT_[A-Z_]*\)[ ,].*/\1/p' "$TOP/include/uapi/linux/srd.h" |
		grep -v KINDS)" \
		"$(sed -n 's/^| `\(SRD_EVENT_[A-Z_]*\)` |.*/\1/p' "$TOP/docs/control.md")"
}

@test "every-tracepoint-is-described" {
	same tracepoints "$(sed -n 's/^TRACE_EVENT[_FN]*(\([a-z_]*\),$/\1/p
		s/^DEFINE_EVENT([a-z_]*, \([a-z_]*\),$/\1/p' "$TOP/srd_trace.h")" \
		"$(sed -n 's/^| `\(srd_[a-z_]*\)` |.*/\1/p' "$TOP/docs/tracing.md")"
}

@test "the-examples-compile" {
	local example

	awk -v folder="$BATS_TEST_TMPDIR" '/^```/ { inside = /^```c$/; nr += inside; next }
		inside { print >(folder "/example" nr ".c") }' "$TOP/docs/control.md"
	for example in 1 2; do
		cc -Wall -Wextra -Werror -I"$TOP/include/uapi" -o "$BATS_TEST_TMPDIR/example" \
			"$BATS_TEST_TMPDIR/example$example.c"
	done
}
