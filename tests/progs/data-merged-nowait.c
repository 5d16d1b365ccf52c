// SPDX-License-Identifier: GPL-2.0
/*
 * data-merged-nowait DEVICE OFFSET ROUNDS - adjacent writes, the first of them with RWF_NOWAIT
 *
 * Each round discards 1 MiB at OFFSET, so that memory is on its way back, and at once submits four
 * adjacent pages, which the block layer merges into one request. Prints how many writes ended in
 * EAGAIN: of those that must not wait, and of the others.
 */
#include "data.h"

#include <linux/aio_abi.h>
#include <sys/syscall.h>

#define PAGES	4
#define RANGE	(1 << 20)

static void check(int failed, const char *what)
{
	if (failed)
		die("%s: %s", what, strerror(errno));
}

int main(int argc, char **argv)
{
	struct iocb cb[PAGES], *list[PAGES];
	struct io_event ev[PAGES];
	aio_context_t ctx = 0;
	int again[2] = { 0, 0 };
	uint64_t range[2];
	int fd, rounds, i;
	char *buf;

	if (argc != 4)
		die("usage: data-merged-nowait DEVICE OFFSET ROUNDS");
	fd = open_disk(argv[1], O_DIRECT);
	range[0] = number(argv[2]);
	range[1] = RANGE;
	rounds = number(argv[3]);
	check(posix_memalign((void **)&buf, PAGE, RANGE), "memory");
	memset(buf, 7, RANGE);
	check(syscall(SYS_io_setup, PAGES, &ctx), "io_setup");

	while (rounds--) {
		check(ioctl(fd, BLKDISCARD, range), "BLKDISCARD");
		memset(cb, 0, sizeof(cb));
		for (i = 0; i < PAGES; i++) {
			cb[i].aio_fildes = fd;
			cb[i].aio_lio_opcode = IOCB_CMD_PWRITE;
			cb[i].aio_buf = (uintptr_t)(buf + i * PAGE);
			cb[i].aio_nbytes = PAGE;
			cb[i].aio_offset = range[0] + i * PAGE;
			cb[i].aio_rw_flags = i ? 0 : RWF_NOWAIT;
			cb[i].aio_data = i;
			list[i] = &cb[i];
		}
		check(syscall(SYS_io_submit, ctx, PAGES, list) != PAGES, "io_submit");
		check(syscall(SYS_io_getevents, ctx, PAGES, PAGES, ev, NULL) != PAGES,
		      "io_getevents");
		for (i = 0; i < PAGES; i++)
			again[ev[i].data != 0] += ev[i].res == -EAGAIN;
		/* Take all of it again, as soon as it has come back. */
		while (pwrite(fd, buf, RANGE, range[0]) != RANGE) {
			check(errno != ENOSPC, "pwrite");
			usleep(10000);
		}
	}
	printf("nowait %d others %d\n", again[0], again[1]);
	return 0;
}
