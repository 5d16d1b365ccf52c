#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2030,SC2031 # every test is a process of its own, as it should be
#
# The pages of the manual and the completion of shells: well-formed, and of one mind with what
# srdctl, srd-crashtest and the module say of themselves.

load srdctl-helper

setup_file() {
	local page

	require cc pkg-config mandoc man zsh
	build_all
	mkdir "$BATS_FILE_TMPDIR/bin"
	# what a shell finds as srdctl
	cat >"$BATS_FILE_TMPDIR/bin/srdctl" <<-END
		#!/bin/sh
		LD_PRELOAD=$BATS_FILE_TMPDIR/fake-control.so exec $BATS_FILE_TMPDIR/srdctl/srdctl "\$@"
	END
	chmod +x "$BATS_FILE_TMPDIR/bin/srdctl"
	for page in "$TOP"/man/*.[48]; do
		mandoc -T ascii -O width=500 "$page" | col -b -x >"$BATS_FILE_TMPDIR/${page##*/}.txt"
	done
}

# same WHAT ONE OTHER: the same lines, in whatever order
same() {
	[ -n "$2" ] || { echo "$1: there is nothing to compare" >&2; return 1; }
	diff <(sort -u <<<"$2") <(sort -u <<<"$3") ||
		{ echo "$1: < the tool or the sources, > the page or the completion" >&2; return 1; }
}

verbs() {
	srdctl --help | sed -n '/^Verbs:/,/^$/s/^ \([a-z-]*\) .*/\1/p'
}

# options: those in the help on stdin, as "-x, --long" and "--long"
options() {
	sed -n '/^Options:/,/^$/p' | grep -oE '^ +(-[A-Za-z], )?--[a-z-]+' | sed 's/^ *//' | grep -v -- --help
}

columns() {
	sed -n '/^Columns/,/^$/s/^ [* ] \([A-Z0-9:\/-]*\) .*/\1/p'
}

# section VERB: what the page of srdctl has on a verb
section() {
	awk -v verb="$1" '/^[A-Z]/ { verbs = $0 == "VERBS"; inside = 0 }
		/^   [^ ]/ { inside = verbs && $1 == verb; next }
		inside' "$BATS_FILE_TMPDIR/srdctl.8.txt"
}

# ---- pages ----

@test "pages-are-well-formed" {
	local page

	for page in "$TOP"/man/*.[1-8]; do
		run mandoc -T lint -W warning "$page"
		is ""
		[ "$status" -eq 0 ]
		run env LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 bash -c \
			'man --warnings -E UTF-8 -l -Tutf8 -Z "$1" 2>&1 >/dev/null' - "$page"
		is ""
	done
}

@test "pages-point-to-pages-that-are-there" {
	local name

	for name in $(sed -n 's/^\.Xr \(srd[^ ]*\) \([0-9]\).*/\1.\2/p' "$TOP"/man/*.[48] | tr -d '\\'); do
		[ -e "$TOP/man/$name" ] || { echo "there is no $name" >&2; return 1; }
	done
}

@test "page-of-srdctl-has-each-verb" {
	same verbs "$(verbs | grep -vx help)" \
		"$(awk '/^[A-Z]/ { verbs = $0 == "VERBS" } verbs && /^   [^ ]/ { print $1 }' \
			"$BATS_FILE_TMPDIR/srdctl.8.txt")"
}

@test "page-of-srdctl-has-each-option-of-each-verb" {
	local verb

	for verb in $(verbs | grep -vx help); do
		# a verb without any has none on its page, either
		same "options of $verb" "$(srdctl help "$verb" | options; echo none)" "$(
			section "$verb" | grep -oE '(^| )(-[A-Za-z], )?--[a-z-]+' | sed 's/^ *//' |
				awk '{ last = $NF; if (NF > 1) whole[last] = $0; all[last] }
					END { for (option in all) print option in whole ? whole[option] : option }'
			echo none)"
	done
}

@test "page-of-srdctl-has-each-column" {
	local verb

	for verb in $(verbs | grep -vx 'help\|info'); do
		same "columns of $verb" "$(srdctl help "$verb" | columns; echo none)" "$(
			section "$verb" | sed -n '/^ *Columns:/,/^$/s/^  *\([A-Z0-9:\/-][A-Z0-9:\/-]*\)\( \*\)*\(  .*\)*$/\1/p'
			echo none)"
	done
	same "columns of info and list" "$(srdctl help info | columns)" "$(srdctl help list | columns)"
}

@test "page-of-srd-crashtest-has-each-option" {
	same options "$("$TOP/scripts/srd-crashtest" --help | grep -oE '^  --[a-z-]+' | tr -d ' ')" \
		"$(sed -n '/^DESCRIPTION/,/^ENVIRONMENT/p' "$BATS_FILE_TMPDIR/srd-crashtest.8.txt" |
			grep -oE '^ +--[a-z-]+' | tr -d ' ')"
}

# part HEAD: a section of srd(4)
part() {
	awk -v head="$1" '/^[A-Z\/]/ { inside = $0 == head; next } inside' "$BATS_FILE_TMPDIR/srd.4.txt"
}

@test "page-of-srd-has-each-parameter" {
	same parameters "$(sed -n 's/^module_param[a-z_]*(\([a-z_]*\),.*/\1/p' "$TOP/srd_main.c")" \
		"$(part PARAMETERS | sed -n 's/^     \([a-z_]*\)=.*/\1/p')"
}

@test "page-of-srd-has-each-attribute" {
	same attributes "$(sed -n 's|^What:.*/srd/||p' "$TOP/docs/sysfs-block-srd" | grep -v parameters/ |
		sed -E 's/^(read|write|discard|write_zeroes|secure_erase|flush)_(ios|bytes|errors|latency)$/OP_\2/')" \
		"$(part SYSFS | grep -oE '^     [a-zA-Z][a-zA-Z_, ]*' | grep -E '^     [a-zO]' |
			sed 's/^     //; s/  .*//' | tr -d ' ' | tr , '\n')"
}

# "NAME errno..." of each ioctl
@test "page-of-srd-has-each-ioctl-with-its-errnos" {
	same ioctls "$(sed -n 's/^| `\(SRD_IOC_[A-Z_]*\)` |.*| \([^|]*\) |$/\1 \2/p' "$TOP/docs/control.md" |
		tr -d '`–' | sed 's/ *$//')" \
		"$(part 'CONTROL NODE' | awk '/^     SRD_IOC_/ { if (name) print name; name = $1 }
			match($0, /Errors: [^.]*/) { name = name substr($0, RSTART + 7, RLENGTH - 7) }
			END { print name }' | tr -d ,)"
	same events "$(sed -n 's/^| `\(SRD_EVENT_[A-Z_]*\)` |.*/\1/p' "$TOP/docs/control.md")" \
		"$(part EVENTS | sed -n 's/^     \(SRD_EVENT_[A-Z_]*\)$/\1/p')"
	same errnos "$(sed -n '/^# /,/^## What happened/p' "$TOP/docs/control.md" | grep -oE '`E[A-Z0-9]+`' |
		tr -d '`')" "$(part ERRORS | grep -oE '\[E[A-Z0-9]+\]' | tr -d '[]')"
}

@test "page-of-srd-has-each-line-of-the-log" {
	same "lines of the log" "$(grep -hoE 'pr_(err|warn|info)\("[^"]*' "$TOP"/srd_*.c |
		sed -E 's/.*\("/srd: /; s/\\n$//; s/%pg/DEV/g; s/%s/VERSION/g; s/%[a-z]+/N/g')" \
		"$(part DIAGNOSTICS | sed -n 's/^     \(srd: .*\)/\1/p' |
			grep -v 'invalid for parameter')"
}

# ---- completion ----

# completes LINE: what bash offers where a line on the command line ends, a word a line
completes() {
	COMP_LINE=$1 PATH=$BATS_FILE_TMPDIR/bin:$PATH bash -c '
		. /usr/share/bash-completion/bash_completion
		. "$0/completion/srdctl.bash"
		COMP_POINT=${#COMP_LINE} COMP_CWORD=0
		declare -F _srdctl >/dev/null && complete -p srdctl >/dev/null
		_srdctl ${COMP_LINE%% *}
		[[ ${#COMPREPLY[@]} == 0 ]] || printf "%s\n" "${COMPREPLY[@]}"' "$TOP"
}

# offers LINE WORD...: these and no others, and not a word beside
offers() {
	local line=$1
	shift

	run completes "$line"
	[ "$status" -eq 0 ]
	diff <(printf '%s\n' "$@" | sort) <(sort <<<"$output") ||
		{ echo "srdctl ${line#srdctl }: < wanted, > offered" >&2; return 1; }
}

@test "bash-has-each-verb-and-each-option" {
	local verb

	same verbs "$(verbs)" "$(completes "srdctl ")"
	for verb in $(verbs | grep -vx help); do
		same "options of $verb" "$(srdctl help "$verb" | sed -n '/^Options:/,/^$/p' |
			grep -oE -- '^ +(-., )?--[a-z-]+' | grep -oE -- '--.*')" "$(completes "srdctl $verb --")"
	done
	offers "srdctl re" remove resize reset restore reset-stats
	offers "srdctl help st" stats
}

@test "bash-knows-values-of-options" {
	offers "srdctl create --mode " mq bio
	offers "srdctl create -m b" bio
	offers "srdctl create --cache=v" volatile
	offers "srdctl save srd0 file --format " raw zstd
	offers "srdctl poweron --keep " none all subset prefix
	offers "srdctl create --size "
	offers "srdctl monitor --count "
	offers "srdctl wait --for limit,r" limit,removed limit,resized limit,room limit,rollback limit,reset
}

@test "bash-knows-columns-in-lists" {
	same columns "$(srdctl help list | columns)" "$(completes "srdctl list -o ")"
	offers "srdctl list --output na" name
	offers "srdctl list --output +PA" +PATH
	offers "srdctl list --output name,si" name,size
	offers "srdctl list -o +NAME,SI" +NAME,SIZE
	offers "srdctl list -o NAME,NA"
	offers "srdctl -o USE" USED
	offers "srdctl extents -o " START LENGTH END SHARED
}

@test "bash-knows-rules-and-models" {
	offers "srdctl fault " add list remove clear
	offers "srdctl fault add srd0 t" torn= times= timeout
	offers "srdctl fault add srd0 op=write," write,read write,discard write,write-zeroes \
		write,secure-erase write,flush write,all
	offers "srdctl fault add srd0 error=t" target transport
	offers "srdctl set srd0 latency=" none nvme ssd hdd
	offers "srdctl set srd0 read-latency=n" none nvme
	offers "srdctl set srd0 c" cpu= cache=
	offers "srdctl set srd0 cache=" volatile none
	offers "srdctl set srd0 badblocks=h" heal
	offers "srdctl set srd0 flush-latency=hdd bandwidth=" none
}

# Words that help has in sentences are in the completion, too: they are what srdctl takes.
@test "words-of-the-completion-are-those-of-srdctl" {
	local word

	srdctl create -s 1G
	for word in $(completes "srdctl fault add srd0 error="); do
		srdctl fault add srd0 "error=$word"
		srdctl fault clear srd0
	done
	for word in $(completes "srdctl fault add srd0 op="); do
		srdctl fault add srd0 delay=1ms "op=$word"
		srdctl fault clear srd0
	done
	for word in $(completes "srdctl set srd0 latency="); do
		srdctl set srd0 "latency=$word"
	done
	for word in $(completes "srdctl set srd0 " | grep latency=); do
		srdctl set srd0 "${word}1ms"
	done
	same errors "$(sed -n '/^} errors\[\]/,/^}/p' "$TOP/srdctl/rule.c" |
		grep -oE '"[A-Za-z]+"' | tr -d '"' | grep -vE 'ENODATA|EILSEQ|EREMOTEIO|ENOLINK|EBADE|ENODEV')" \
		"$(completes "srdctl fault add srd0 error=")"
	same policies "$(sed -n '/keep_names\[SRD_KEEP_COUNT\] = {/,/^}/s/.*"\(.*\)".*/\1/p' \
		"$TOP"/srdctl/*.c)" "$(completes "srdctl poweron --keep ")"
	for word in $(completes "srdctl top --sort "); do
		srdctl top --once --delay 10ms --sort "$word"
	done
	same orders "$(sed -n "s/^\t{ '.', \"\([a-z]*\)\".*/\1/p" "$TOP/srdctl/top.c")" \
		"$(completes "srdctl top --sort ")"
	same events "$(completes "srdctl wait --for ")" "$(sed -n 's/^\t\[SRD_EVENT_[A-Z_]*\] = { "\([a-z-]*\)".*/\1/p' "$TOP"/srdctl/*.c)"
	same events "$(sed -n 's/^\t\[SRD_EVENT_[A-Z_]*\] = { "\([a-z-]*\)".*/\1/p' "$TOP"/srdctl/*.c)" \
		"$(bash -c '. "$0"; printf "%s\n" "${_srdctl_events[@]}"' "$TOP/completion/srdctl.bash")"
	same "words for zsh" "$(sed -n '/^_srdctl_[a-z]*=(/,/)$/{s/^_//;p}' "$TOP/completion/srdctl.bash")" \
		"$(sed -n '/^\tsrdctl_[a-z]*=(/,/)$/{s/^\t//;p}' "$TOP/completion/_srdctl")"
}

@test "bash-knows-disks-and-never-runs-what-they-are-called" {
	srdctl create -s 1G
	srdctl create -s 1G -L scratch
	# shellcheck disable=SC2016 # it is a name
	srdctl create -s 1G -L '$(touch${IFS}run)\x'
	cd "$BATS_TEST_TMPDIR"
	offers "srdctl info s" srd0 srd1 srd2 scratch
	# shellcheck disable=SC2016
	offers 'srdctl remove ' srd0 srd1 srd2 scratch '\$\(touch\$\{IFS\}run\)\\x'
	[ ! -e run ]
	offers "srdctl remove srd0 sc" scratch
	offers "srdctl resize sc" scratch
	offers "srdctl resize srd0 "
	offers "srdctl rollback srd0 --to sc" scratch
	offers "srdctl window srd0 " on off
	offers "srdctl fault list sc" scratch
	srdctl fault add scratch drop
	offers "srdctl fault remove scratch " 1
	touch image
	offers "srdctl restore im" image
	offers "srdctl restore --into sc" scratch
	offers "srdctl save srd0 im" image
	offers "srdctl memory "
	offers "srdctl export sc" scratch
	offers "srdctl unexport srd0 sc" scratch
	offers "srdctl export --auth im" image
}

@test "completion-is-silent-without-the-tool-or-the-module" {
	fake_unload
	offers "srdctl info "
	offers "srdctl create --mode " mq bio
	mkdir "$BATS_TEST_TMPDIR/empty"
	# shellcheck disable=SC2016
	run env PATH="$BATS_TEST_TMPDIR/empty:/usr/bin:/bin" COMP_LINE="nowhere/srdctl info " bash -c '
		. "$0/completion/srdctl.bash"
		COMP_POINT=${#COMP_LINE}
		_srdctl nowhere/srdctl
		echo "${#COMPREPLY[@]}"' "$TOP"
	is 0
}

@test "zsh-takes-it" {
	zsh -n "$TOP/completion/_srdctl"
}

@test "zsh-offers-the-same" {
	local line

	srdctl create -s 1G
	# shellcheck disable=SC2016
	srdctl create -s 1G -L '$(touch${IFS}run)\x'
	cd "$BATS_TEST_TMPDIR"
	for line in "srdctl re" "srdctl create --p" "srdctl create --mode " "srdctl list -o NAME,S" \
		"srdctl poweron srd0 --keep " "srdctl fault " "srdctl fault add srd0 t" \
		"srdctl fault add srd0 op=write,w" "srdctl set srd0 latency=" "srdctl set srd0 cache=" \
		"srdctl remove "; do
		# shellcheck disable=SC2016 # the label, as it is
		same "$line" "$(completes "$line" | sed 's/^.*,//; s/=$//; s/^\\\$.*/$(touch${IFS}run)\\x/')" \
			"$(PATH=$BATS_FILE_TMPDIR/bin:$PATH zsh -f "$BATS_TEST_DIRNAME/complete.zsh" \
				"$TOP/completion" "$line")"
	done
	[ ! -e run ]
}
