// SPDX-License-Identifier: GPL-2.0
/*
 * usage: data-nowait read|write BYTES OFFSET COUNT DEVICE
 *
 * COUNT transfers of so many bytes, one after the other from OFFSET on, each with RWF_NOWAIT.
 * Prints how many went well and how many ended in which error: "ok=N again=N nospc=N other=N".
 * What is written is the position, in every 8 bytes; what is read must be that, or zeroes.
 */
#include <sys/uio.h>

#include "data.h"

static void fill(uint64_t *buf, uint64_t pos, size_t len)
{
	size_t i;

	for (i = 0; i < len / sizeof(*buf); i++)
		buf[i] = pos + i * sizeof(*buf) + 1;
}

static void check(const uint64_t *buf, uint64_t pos, size_t len)
{
	size_t i;

	for (i = 0; i < len / sizeof(*buf); i++)
		if (buf[i] && buf[i] != pos + i * sizeof(*buf) + 1)
			die("position %llu reads %llx", (unsigned long long)(pos + i * 8),
			    (unsigned long long)buf[i]);
}

int main(int argc, char **argv)
{
	uint64_t ok = 0, again = 0, nospc = 0, other = 0, count, pos, n;
	struct iovec iov;
	bool write;
	int fd;

	if (argc != 6)
		die("usage: data-nowait read|write BYTES OFFSET COUNT DEVICE");
	write = !strcmp(argv[1], "write");
	iov.iov_len = number(argv[2]);
	iov.iov_base = io_buffer(iov.iov_len);
	pos = number(argv[3]);
	count = number(argv[4]);
	fd = open_disk(argv[5], O_DIRECT);

	for (n = 0; n < count; n++, pos += iov.iov_len) {
		ssize_t ret;

		if (write) {
			fill(iov.iov_base, pos, iov.iov_len);
			ret = pwritev2(fd, &iov, 1, pos, RWF_NOWAIT);
		} else {
			ret = preadv2(fd, &iov, 1, pos, RWF_NOWAIT);
		}
		if (ret == (ssize_t)iov.iov_len)
			ok++;
		else if (ret < 0 && errno == EAGAIN)
			again++;
		else if (ret < 0 && errno == ENOSPC)
			nospc++;
		else if (other++ == 0)
			fprintf(stderr, "at %llu: %zd, %s\n", (unsigned long long)pos, ret,
				ret < 0 ? strerror(errno) : "short");
		if (!write && ret == (ssize_t)iov.iov_len)
			check(iov.iov_base, pos, iov.iov_len);
	}
	printf("ok=%llu again=%llu nospc=%llu other=%llu\n", (unsigned long long)ok,
	       (unsigned long long)again, (unsigned long long)nospc, (unsigned long long)other);
	return 0;
}
