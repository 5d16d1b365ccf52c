#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# A minute of what scripts/fuzz does for longer, and that it would find something.
# kernels: debug
# guest: --memory 1G --append panic_print=32 --append printk.devkmsg=on --append kmemleak=off
# timeout: 180

load lib

COMMANDS=(version create remove resize info next stats reset_stats memory snapshot rollback reset
	extents keep window rule_add rule_next rule_remove timing power set)

# fuzz OPTION...
fuzz() {
	srd-fuzz --module "$(modinfo -n srd)" --patterns /root/progs/splats \
		--corpus /root/progs/fuzz-corpus "$@"
}

# fuzz_blindly SEED: what depends on nothing but that
fuzz_blindly() {
	srd-fuzz --module "$(modinfo -n srd)" --patterns /root/progs/splats --blind --executions 12 --seed "$1"
}

# said NAME FILE: a number of the last line
said() {
	sed -n "s/^end:.* $1=\([0-9a-f]*\).*/\1/p" "$2"
}

@test "programs-by-chance-find-nothing" {
	local name

	fuzz --threads 3 --seconds 60 --seed "$RANDOM" >log || fail "$(cat log)"
	echo "# show: $(tail -n 1 log)" >&3
	# it does get somewhere: to all commands, and further than with what it began with
	for name in "${COMMANDS[@]}"; do
		matches "$(grep "^count: $name " log)" ' ok=[1-9]' "results"
	done
	at_least "$(said begun log)" $((3 * $(said first log))) "edges of what it began with"
	at_least "$(said edges log)" $(($(said begun log) + 1)) "edges"
	for name in EIO ENODEV EBADF; do
		grep -q "^count: .* $name=" log || fail "nothing was refused with $name" "$(cat log)"
	done
}

@test "one-thread-is-repeated-exactly-by-its-seed" {
	fuzz_blindly 7 >one
	fuzz_blindly 7 >two
	fuzz_blindly 8 >other
	is "$(said digest two)" "$(said digest one)" "digest"
	[[ $(said digest one) != "$(said digest other)" ]] || fail "another seed does the same"
}

@test "a-complaint-of-the-kernel-ends-it-and-shows-the-programs" {
	local status=0

	echo 'srd-test: (planted|other)' >patterns
	(sleep 3 && echo '<3>srd-test: planted' >/dev/kmsg) &
	srd-fuzz --module "$(modinfo -n srd)" --patterns patterns --corpus /root/progs/fuzz-corpus \
		--seconds 60 >log || status=$?
	wait $!
	is "$status" 1 "exit status"
	matches "$(<log)" 'the kernel complains: srd-test: planted'
	matches "$(<log)" '# program [0-9]+'
	matches "$(<log)" '[0-3] create '
	# the newest is the one that ran then, as the kernel's log has it; after a panic the console
	# has nothing else
	is "$(awk '/^# program / { text = ""; next } { text = text $0 "\n" } END { printf "%s", text }' log)" \
		"$(dmesg | awk '/srd-test: planted/ { printf "%s", text; exit }
			sub(/.*srd-fuzz: /, "") { text = $0 == "program" ? "" : text $0 "\n" }')" \
		"the newest program"
}
