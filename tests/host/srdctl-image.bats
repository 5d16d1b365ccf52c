#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# srdctl: the formats of saved disks by themselves, with files in the place of disks

load srdctl-helper

setup_file() {
	local file

	for file in content image image_raw image_zstd interrupt pages ranges size workers; do
		set -- "$@" "$TOP/srdctl/$file.c"
	done
	"${CC:-cc}" -std=gnu11 -g -O1 -D_GNU_SOURCE -Wall -Wextra -Werror -pthread \
		-fsanitize=address,undefined -fno-sanitize-recover=all -I"$TOP/srdctl" \
		-I"$TOP/include/uapi" -o "$BATS_FILE_TMPDIR/image-test" \
		"$TOP/tests/host/srdctl-image-test.c" "$@" -lzstd
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

image_test() {
	"$BATS_FILE_TMPDIR/image-test" "$@"
}

# put FILE KIB KIB-LONG [SOURCE]
put() {
	dd if="${4-/dev/urandom}" of="$1" bs=1K seek="$2" count="$3" conv=notrunc iflag=fullblock \
		status=none
}

# some_disk FILE: with data, holes, and zeroes that take memory
some_disk() {
	truncate -s $((150 << 20)) "$1"
	put "$1" 0 3000
	put "$1" 5000 9000
	put "$1" 9000 4096 /dev/zero
	put "$1" 140000 4
	put "$1" $((150 * 1024 - 3)) 3
}

# refused ERRNO FILE [FORMAT]
refused() {
	run image_test load "$2" out "${3-any}" 1
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = "$1" ] || { echo "$2: $output, not $1" >&2; return 1; }
}

@test "image-there-and-back-in-both-formats" {
	local format threads

	some_disk disk
	for format in raw zstd; do
		for threads in 1 3; do
			image_test save disk image "$format" "$threads"
			run image_test load image out any "$threads"
			is "$format $((150 << 20))"
			cmp disk out
			# holes come back, and zeroes become some
			[ "$(stat -c %b out)" -lt $((10000 * 2)) ]
		done
	done
	zstd -q -dc image | cmp - disk
}

@test "image-of-zeroes-alone-is-small" {
	truncate -s 10G disk
	image_test save disk image zstd 2
	[ "$(stat -c %s image)" -lt 400000 ]
	run image_test load image out any 2
	is "zstd $((10 << 30))"
	[ "$(stat -c %b out)" -eq 0 ]
}

@test "image-of-zstd-itself-with-and-without-sizes" {
	local file

	some_disk disk
	zstd -q disk -o known
	zstd -q <disk >unknown
	{ head -c 12345678 disk | zstd -q; tail -c +12345679 disk | zstd -q; } >two
	for file in known unknown two; do
		run image_test load $file out any 2
		is "zstd $((150 << 20))"
		cmp disk out
	done
}

@test "image-cut-off-anywhere-is-seen" {
	local length

	truncate -s 70M disk
	put disk 0 40
	image_test save disk image zstd 1
	for ((length = $(stat -c %s image) - 1; length > 3; length -= 1 + length / 25)); do
		head -c "$length" image >short.zst
		refused ENODATA short.zst
	done
	: >short.zst
	refused ENODATA short.zst
}

@test "image-with-a-bit-changed-is-seen" {
	local size i

	truncate -s 70M disk
	put disk 0 40
	image_test save disk image zstd 1
	size=$(stat -c %s image)
	for ((i = 0; i < size; i += i < 60 ? 1 : 1 + size / 60)); do
		cp image bad
		perl -e 'open my $f, "+<", "bad" or die; seek $f, $ARGV[0], 0; read $f, my $c, 1;
			seek $f, $ARGV[0], 0; print $f chr(ord($c) ^ 1)' "$i"
		run image_test load bad out any 1
		# in what is said of the size twice, or of no meaning to zstd
		if [ "$status" -eq 0 ] && [[ $output == "zstd "* ]]; then
			cmp disk out || return
		elif [ "$status" -eq 0 ]; then
			# it does not look like zstd any more
			[ "$i" -lt 4 ]
		fi
	done
}

@test "image-with-more-than-it-says" {
	truncate -s 1M disk
	image_test save disk image zstd 1
	head -c 1000 /dev/urandom | zstd -q >>image
	refused EFBIG image
	echo junk >junk
	image_test save disk image zstd 1
	cat junk >>image
	refused EBADMSG image
	refused EBADMSG disk zstd
}

@test "image-that-is-no-file" {
	refused EISDIR .
	refused EINVAL /dev/null
	refused ENOENT nowhere
}

@test "pages-zero-to-the-byte" {
	truncate -s 20000 file
	run image_test zero file
	is 20000
	printf x | dd of=file bs=1 seek=8191 conv=notrunc status=none
	run image_test zero file
	is 4096
	printf x | dd of=file bs=1 seek=0 conv=notrunc status=none
	run image_test zero file
	is 0
	truncate -s 4096 file
	truncate -s 4608 file
	printf '\0' | dd of=file bs=1 seek=0 conv=notrunc status=none
	run image_test zero file
	is 4608
}

@test "digest-depends-on-each-bit-and-the-place" {
	local i

	head -c 8192 /dev/urandom >file
	image_test digest file >digests
	image_test digest file 4096 >>digests
	for ((i = 0; i < 8192; i += 61)); do
		cp file changed
		perl -e 'open my $f, "+<", "changed" or die; seek $f, $ARGV[0], 0; read $f, my $c, 1;
			seek $f, $ARGV[0], 0; print $f chr(ord($c) ^ 128)' "$i"
		image_test digest changed >>digests
	done
	# two pages that have changed places
	{ tail -c 4096 file; head -c 4096 file; } >changed
	image_test digest changed >>digests
	[ "$(sort -u digests | wc -l)" -eq "$(wc -l <digests)" ]
}
