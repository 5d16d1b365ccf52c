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
