#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# srd-crashtest: what it does around a cut, how it ends, and that it leaves nothing behind.
# modes: mq/6.12
# guest: --memory 1G --cpus 2
# timeout: 600

load crash

setup() {
	crash_setup
}

# unusable TEXT OPTION...: no test can be made, it says why, and nothing is left
unusable() {
	local text=$1
	shift

	run srd-crashtest "$@"
	is "$status" 2 "exit status"
	[[ $output == *"srd-crashtest: $text"* ]] || fail "did not say '$text'" "$output"
	nothing_but
}

@test "what-cannot-be-tested-is-told" {
	unusable "the command fails (exit status 3) though there was no power cut: too bad" \
		-- sh -c 'echo too bad; exit 3'
	unusable "the check fails though there was no power cut (exit status 1): never content" \
		--check 'echo never content; exit 1' -- sync -f .
	unusable "the setup fails (exit status 4)" --setup 'exit 4' -- true
	unusable "mkfs.xfs: " --fs xfs --size 16M -- true
	unusable "srd7: no such disk" --disk srd7 -- true
	unusable "mount: " --mount-options no-such-option -- true
	unusable "fault: 'drip' has no =" --fault "drip" -- true
}

@test "commands-find-their-folders" {
	cat >look.sh <<-'END'
		[[ $PWD = "$SRD_DIR" && -b $SRD_DISK && -d $SRD_RECORD && $SRD_SEED =~ ^[0-9]+$ ]]
		[[ $(stat -f -c %T .) = ext2/ext3 && $(stat -f -c %T "$SRD_RECORD") != ext2/ext3 ]]
	END
	run srd-crashtest --cycles 2 --check "bash -e $PWD/look.sh" --setup "bash -e $PWD/look.sh; echo 1 > setup;
		echo 2 > \$SRD_RECORD/setup" -- bash -ec ". $PWD/look.sh; [[ \$(<setup) = 1 ]]
		[[ \$(<\$SRD_RECORD/setup) = 2 && ! -e \$SRD_RECORD/new ]]; touch \$SRD_RECORD/new; sync -f ."
	is "$status" 0 "$output"
	nothing_but
}

@test "a-bare-disk" {
	cat >work.sh <<-'END'
		for ((n = 0; n < 10; n++)); do
			echo "block $n" | dd of="$SRD_DISK" bs=4k seek="$n" conv=sync,fsync status=none
			echo "$n" >"$SRD_RECORD/last"
		done
	END
	cat >check.sh <<-'END'
		[[ -e $SRD_RECORD/last ]] || exit 0
		for ((n = 0; n <= $(<"$SRD_RECORD/last"); n++)); do
			[[ $(dd if="$SRD_DISK" bs=4k skip="$n" count=1 status=none | tr -d '\0') = "block $n" ]]
		done
	END
	run srd-crashtest --fs none --cycles 3 --check "bash -e $PWD/check.sh" -- bash -e "$PWD/work.sh"
	is "$status" 0 "$output"
	caught --fs none --lie --keep none --check "bash -e $PWD/check.sh" -- bash -e "$PWD/work.sh"
}

@test "a-disk-of-ones-own-is-as-it-was" {
	local before

	srdctl create --size 256M --label mine >made
	mkfs.ext4 -q /dev/srd0
	before=$(md5sum </dev/srd0)
	run srd-crashtest --disk mine --fs none --cycles 1 -- dd if=/dev/urandom of=/dev/srd0 bs=1M count=9 oflag=dsync
	is "$status" 0 "$output"
	run srd-crashtest --disk mine --cycles 2 --lie -- cp -r /root/tests .
	at_most "$status" 1 "exit status"
	is "$(md5sum </dev/srd0)" "$before" "content"
	is "$(srdctl list -n --raw -o CACHE,POWER,FAULTS srd0 | cut -d ' ' -f 1-2)" "none on"
	is "$(cat /sys/block/srd0/queue/write_cache)" "write through"
	srdctl set srd0 cache=volatile
	is "$(cat /sys/block/srd0/queue/write_cache)" "write back"
	mount /dev/srd0 "$(mktemp -d -p "$BATS_FILE_TMPDIR")"
	run srd-crashtest --disk mine -- true
	is "$status" 2 "exit status"
	[[ $output == *"/dev/srd0 is mounted"* ]] || fail "$output"
	umount /dev/srd0
	nothing_but srd0
}

@test "json" {
	run srd-crashtest --json --cycles 3 --seed 4 --check "promises check" -- promises work 5
	is "$status" 0 "$output"
	jq -e '.cycles == 3 and .failed == 0 and .seed == 4 and .writes > 5 and .fs == "ext4"
		and .failures == []' <<<"$output"
	run srd-crashtest --json --cycles 9 --stop --check 'promises check; s=$?; echo "a \"quoted\" \\ thing"; exit $s' \
		-- promises careless 20
	is "$status" 1 "$output"
	jq -e '.failed == 1 and (.failures[0] | .cycle >= 1 and .seed > 0 and .keep != "mix"
		and (.why | endswith("a \"quoted\" \\ thing")) and (.again | startswith("srd-crashtest ")))' <<<"$output"
}

# A program that never ends, with others that hold on to the folder.
@test "what-is-left-of-the-command-is-killed" {
	cat >work.sh <<-'END'
		setsid sleep 1000 <&- &
		(sleep 1000) &
		for ((;;)); do echo more >>file; sync file; done
	END
	run srd-crashtest --cycles 2 --time 1 -- bash -e "$PWD/work.sh"
	is "$status" 0 "$output"
	nothing_but
	! pgrep -fx "sleep 1000" || fail "sleep goes on"
}

@test "it-can-be-interrupted-at-any-time" {
	local pid how

	for how in "INT 0.3" "TERM 1.5" "INT 3" "INT 6"; do
		set -m
		srd-crashtest --cycles 1000 --check "promises check" -- promises work 30 >out 2>&1 3>&- &
		pid=$!
		set +m
		sleep "${how#* }"
		kill "-${how% *}" "$pid"
		! wait "$pid" || fail "it went on: $(cat out)"
		nothing_but
		! pgrep -x promises || fail "promises goes on"
	done
}

# A signal from the terminal reaches all of them.
@test "a-signal-while-a-disk-or-rule-is-made-leaves-none" {
	local what pid
	local -a disk

	mkdir bin
	cat >bin/srdctl <<-END
		#!/bin/sh
		case "\$1 \$2" in
		create\ * | snapshot\ * | "fault add")
			made=\$($(command -v srdctl) "\$@")
			: >$PWD/\$1.made
			sleep 1
			echo "\$made"
			;;
		*)
			exec $(command -v srdctl) "\$@"
			;;
		esac
	END
	chmod +x bin/srdctl
	for what in create snapshot fault; do
		rm -f -- *.made
		disk=()
		# a disk of its own goes with its rules
		[[ $what != fault ]] || disk=(--disk "$(srdctl create -s 64M)")
		set -m
		PATH=$PWD/bin:$PATH srd-crashtest "${disk[@]}" --cycles 1000 -- promises work 30 >out 2>&1 3>&- &
		pid=$!
		set +m
		eventually test -e "$what.made"
		kill -INT -- "-$pid"
		! wait "$pid" || fail "it went on: $(cat out)"
		nothing_but ${disk[0]:+srd0}
		[[ $what != fault ]] || is "$(srdctl fault list -n srd0)" "" "rules"
	done
}

@test "a-disk-that-cannot-be-used-is-left-as-it-is" {
	path=$(srdctl create -s 16M --cache volatile)
	name=${path##*/}
	# without power: what is cut stays cut
	srdctl powercut "$name"
	run srd-crashtest --disk "$name" --cycles 1 -- true
	[ "$status" -eq 2 ]
	[[ $output = *"its power is cut"* ]]
	[ "$(srdctl list -n --raw -o POWER "$name")" = off ]
	srdctl poweron "$name"
	# in use: no snapshot of it stays
	exec 7<"$path"
	run srd-crashtest --disk "$name" --cycles 1 -- true 7<&-
	exec 7<&-
	[ "$status" -eq 2 ]
	[ "$(srdctl list -n --raw -o NAME)" = "$name" ]
	srdctl remove "$name"
}

@test "who-holds-a-file-system-that-lost-its-disk-is-waited-for" {
	run srd-crashtest --fs xfs --cycles 3 -- sh -c '
		setsid sh -c "cd \"\$0\" && exec sleep 2" "$PWD" >/dev/null 2>&1 3>&- &
		for i in 1 2 3; do echo $i >$i && sync $i || exit; done'
	is "$status" 0 "$output"
	nothing_but
}
