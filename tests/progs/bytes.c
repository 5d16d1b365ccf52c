// SPDX-License-Identifier: GPL-2.0
/*
 * bytes - write one value to a range of a file, or say which value a range has
 *
 * usage: bytes put|at direct|cached FILE BYTES POSITION...
 *
 * `put` writes bytes of 0xaa, `at` prints for each range aa or 00 when all its bytes are that,
 * and mixed when they are not; several results are separated by blanks. `direct` goes past the
 * page cache.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *value_of(const unsigned char *data, size_t len)
{
	if (memcmp(data, data + 1, len - 1))
		return "mixed";
	return *data == 0xaa ? "aa" : *data ? "other" : "00";
}

int main(int argc, char **argv)
{
	int put, flags, fd, i;
	unsigned char *data;
	ssize_t done;
	size_t len;
	off_t pos;

	if (argc < 6)
		errx(2, "usage: bytes put|at direct|cached FILE BYTES POSITION...");
	put = !strcmp(argv[1], "put");
	flags = !strcmp(argv[2], "direct") ? O_DIRECT : 0;
	fd = open(argv[3], flags | (put ? O_WRONLY : O_RDONLY));
	if (fd < 0)
		err(1, "%s", argv[3]);
	len = strtoull(argv[4], NULL, 0);
	if (len < 2 || posix_memalign((void **)&data, 4096, len))
		errx(2, "%s: not a length", argv[4]);
	memset(data, 0xaa, len);
	for (i = 5; i < argc; i++) {
		pos = strtoull(argv[i], NULL, 0);
		done = put ? pwrite(fd, data, len, pos) : pread(fd, data, len, pos);
		if (done < 0)
			err(1, "%s at %s", argv[3], argv[i]);
		if ((size_t)done != len)
			errx(1, "%s at %s: only %zd bytes", argv[3], argv[i], done);
		if (!put)
			printf("%s%s", i > 5 ? " " : "", value_of(data, len));
	}
	return 0;
}
