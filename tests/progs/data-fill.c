// SPDX-License-Identifier: GPL-2.0
/*
 * usage: data-fill BYTES OFFSET STEP DEVICE
 *
 * Writes so many bytes at the offset and each step further on, until a write ends in ENOSPC or
 * the disk does. Prints how many writes went well; any other error is one.
 */
#include "data.h"

int main(int argc, char **argv)
{
	uint64_t len, pos, step, size, count = 0;
	void *buf;
	int fd;

	if (argc != 5)
		die("usage: data-fill BYTES OFFSET STEP DEVICE");
	len = number(argv[1]);
	pos = number(argv[2]);
	step = number(argv[3]);
	fd = open_disk(argv[4], O_DIRECT);
	size = disk_size(fd);
	buf = io_buffer(len);

	for (; pos + len <= size; pos += step, count++) {
		ssize_t n = pwrite(fd, buf, len, pos);

		if (n < 0 && errno == ENOSPC)
			break;
		if (n != (ssize_t)len)
			die("write at %llu: %zd, %s", (unsigned long long)pos, n,
			    n < 0 ? strerror(errno) : "short");
	}
	printf("%llu\n", (unsigned long long)count);
	return 0;
}
