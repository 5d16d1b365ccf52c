# SPDX-License-Identifier: GPL-2.0
# modes: mq/6.12
#
# /proc/srd: a header, a line for each disk, the totals; right while disks come and go.

load lib

# field NAME COLUMN: of a disk's line
field() {
	awk -v name="$1" -v column="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) at = i }
		$1 == name { print $at }' /proc/srd
}

@test "empty-is-a-header-and-the-totals" {
	load_srd
	is "$(sed -n 1p /proc/srd | tr -s ' ')" \
		"name capacity used limit block queues openers reads read_bytes writes written_bytes errors"
	is "$(wc -l </proc/srd)" 2 lines
	matches "$(tail -n 1 /proc/srd)" \
		'^total disks=0 used=0 pending=0 mem_limit=[1-9][0-9]* mem_reserve=[1-9][0-9]*$'
}

@test "read-by-all-written-by-none" {
	load_srd
	is "$(stat -c %a:%u:%g /proc/srd)" 444:0:0
	setpriv --reuid 65534 --clear-groups cat /proc/srd
	refuses 'Permission denied' setpriv --reuid 65534 --clear-groups tee /proc/srd <<<1
	refuses 'Input/output error' tee /proc/srd <<<1
}

@test "a-line-says-what-a-disk-is" {
	local fd

	load_srd
	ctl create capacity=8M limit=4M block_size=1024 queues=1 number=3 flags=2
	dd if=/dev/zero of=/dev/srd3 bs=64k count=4 oflag=direct status=none
	exec {fd}</dev/srd3
	is "$(field srd3 capacity)" $((8 * MiB))
	is "$(field srd3 used)" "$(used srd3)"
	at_least "$(field srd3 used)" $((256 * KiB))
	is "$(field srd3 limit)" $((4 * MiB))
	is "$(field srd3 block)" 1024
	is "$(field srd3 queues)" 1
	is "$(field srd3 openers)" 1
	is "$(field srd3 writes)" 4
	is "$(field srd3 written_bytes)" $((256 * KiB))
	is "$(field srd3 reads)" "$(attr srd3 read_ios)"
	is "$(field srd3 read_bytes)" "$(attr srd3 read_bytes)"
	is "$(field srd3 errors)" 0
	exec {fd}<&-
	is "$(field srd3 openers)" 0
	refuses 'No space left' dd if=/dev/zero of=/dev/srd3 bs=64k oflag=direct status=none
	at_least "$(field srd3 errors)" 1
}

@test "totals-are-the-sum-of-the-lines" {
	load_srd size=64M,16M,1M
	dd if=/dev/zero of=/dev/srd0 bs=1M count=8 oflag=direct status=none
	dd if=/dev/zero of=/dev/srd1 bs=4k count=3 oflag=direct status=none
	settle
	is "$(total disks)" 3
	is "$(total used)" "$(awk '/^srd/ { sum += $3 } END { print sum }' /proc/srd)"
	blkdiscard /dev/srd0
	settle
	is "$(total used)" "$(awk '/^srd/ { sum += $3 } END { print sum }' /proc/srd)"
	is "$(total mem_limit)" "$(cat /sys/module/srd/parameters/mem_limit)"
	is "$(total mem_reserve)" "$(cat /sys/module/srd/parameters/mem_reserve)"
}

@test "disks-stand-in-the-order-of-their-numbers" {
	load_srd
	for number in 1048575 20 3 100; do
		ctl create capacity=1M flags=2 number=$number >/dev/null
	done
	is "$(sed -n 's/^\(srd[0-9]*\).*/\1/p' /proc/srd | paste -sd ' ')" "srd3 srd20 srd100 srd1048575"
	is "$(total disks)" 4
}

@test "columns-stay-in-line" {
	load_srd size=8P,1M
	# right-aligned columns: every line but the totals is as long as the header
	is "$(grep -v '^total' /proc/srd | awk '{ print length }' | sort -u | wc -l)" 1 lengths
}

@test "read-in-small-pieces-is-the-same" {
	local sizes whole

	sizes=$(printf ',1M%.0s' {1..64})
	load_srd "size=${sizes#,}"
	whole=$(cat /proc/srd)
	is "$(dd if=/proc/srd bs=100 status=none)" "$whole" "in pieces of 100"
	is "$(dd if=/proc/srd bs=4096 status=none)" "$whole" "in pieces of 4096"
	is "$(dd if=/proc/srd bs=1M status=none)" "$whole" "in one piece"
	is "$(wc -l <<<"$whole")" 66 lines
	is "$(tail -c +5001 /proc/srd)" "$(tail -c +5001 <<<"$whole")" "from the middle"
}

# Each snapshot is whole: header, disks in rising order and each once, totals.
@test "whole-while-disks-come-and-go" {
	local sizes

	sizes=$(printf ',1M%.0s' {1..24})
	load_srd "size=${sizes#,}"
	perl -e '
		my ($reads, %seen) = (0);
		my $churn = fork // die;
		if (!$churn) {
			for my $round (1 .. 40) {
				my $n = $round % 24;
				system("ctl", "remove", "number=$n") == 0 or die "remove $n\n";
				system("ctl create flags=2 number=$n capacity=1M >/dev/null") == 0
					or die "create $n\n";
			}
			exit 0;
		}
		until (waitpid($churn, 1)) {
			open my $f, "<", "/proc/srd" or die;
			my @lines = <$f>;
			my $last = -1;
			(shift @lines) =~ /^name +capacity/ or die "no header\n";
			(pop @lines) =~ /^total disks=(\d+) used=\d+ pending=\d+ / or die "no totals\n";
			$1 == 23 || $1 == 24 or die "total disks=$1\n";
			for (@lines) {
				/^srd(\d+)( +\d+){11}\n$/ or die "a strange line: $_";
				$1 > $last or die "srd$1 behind srd$last\n";
				$last = $1;
			}
			@lines >= 22 && @lines <= 24 or die scalar(@lines), " disks\n";
			$reads++;
		}
		$? == 0 or die "the other process failed\n";
		$reads > 5 or die "only $reads reads\n";
	'
	is "$(total disks)" 24
}

@test "held-open-across-a-removal" {
	local fd line

	load_srd size=1M,1M
	exec {fd}</proc/srd
	read -r line <&"$fd"
	matches "$line" '^name '
	ctl remove number=1
	cat <&"$fd" >/dev/null
	exec {fd}<&-
	is "$(total disks)" 1
}

@test "unload-is-not-held-up-by-a-reader" {
	local fd

	load_srd size=1M
	exec {fd}</proc/srd
	rmmod srd
	refuses '' cat <&"$fd"
	exec {fd}<&-
}
