// SPDX-License-Identifier: GPL-2.0
/*
 * usage: data-unpolled read|write BYTES COUNT DEVICE GO
 *
 * Submits COUNT transfers of so many bytes, with as many between them so that none can be merged
 * with its neighbour, to an io_uring whose requests are completed when they are asked for
 * (IORING_SETUP_IOPOLL), and does not ask: prints "submitted=N", and waits until there is a file
 * GO. Then it asks until all have been answered, and prints how many went well and how many ended
 * in which error: "ok=N io=N nospc=N other=N". Exit status 1 when that takes longer than a minute.
 */
#include <time.h>

#include "data.h"
#include "ring.h"

#define PATIENCE	60	/* seconds */

/* Say what became of so many requests. */
static void ask(struct ring *r, unsigned int count, int len)
{
	unsigned int done = 0, ok = 0, io = 0, nospc = 0, other = 0;
	time_t end = time(NULL) + PATIENCE;
	uint64_t data;
	int res;

	while (done < count) {
		if (ring_enter(r, 0, 0, IORING_ENTER_GETEVENTS) < 0 && errno != EINTR)
			die("io_uring_enter: %s", strerror(errno));
		while (ring_get(r, &res, &data)) {
			done++;
			if (res == len)
				ok++;
			else if (res == -EIO)
				io++;
			else if (res == -ENOSPC)
				nospc++;
			else if (other++ == 0)
				fprintf(stderr, "an answer is %d\n", res);
		}
		if (time(NULL) > end)
			die("only %u of %u were answered", done, count);
	}
	printf("ok=%u io=%u nospc=%u other=%u\n", ok, io, nospc, other);
}

int main(int argc, char **argv)
{
	unsigned int count, i;
	struct ring r;
	size_t len;
	int fd, n;
	char *buf;

	if (argc != 6)
		die("usage: data-unpolled read|write BYTES COUNT DEVICE GO");
	len = number(argv[2]);
	count = number(argv[3]);
	fd = open_disk(argv[4], O_DIRECT);
	buf = io_buffer(len);
	memset(buf, 0xaa, len);

	ring_open(&r, count, IORING_SETUP_IOPOLL);
	for (i = 0; i < count; i++)
		ring_put(&r, strcmp(argv[1], "write") ? IORING_OP_READ : IORING_OP_WRITE, fd, buf,
			 len, (uint64_t)i * 2 * len, i);
	n = ring_enter(&r, count, 0, 0);
	if (n < 0)
		die("io_uring_enter: %s", strerror(errno));
	printf("submitted=%d\n", n);
	fflush(stdout);
	while (access(argv[5], F_OK))
		usleep(50000);
	ask(&r, n, len);
	return 0;
}
