// SPDX-License-Identifier: GPL-2.0
/*
 * usage: snap-again remove|discard|nowait|erase ROUNDS
 *
 * srd0, all of which is written, may hold no page more than it has. A snapshot of it is taken and
 * removed, or a clone of it is, which is emptied, and a page is written at once: it is the disk's
 * alone again, and needs no memory. With nowait the write may be told to come again, but not that
 * there is no room. Or all of the disk is erased then.
 */
#include <sys/uio.h>

#include "snap.h"

/* A clone that has nothing any more. */
static unsigned int empty_clone(uint64_t size)
{
	unsigned int number = snapshot(0, SRD_SNAPSHOT_WRITABLE);
	int fd = open_number(number, O_RDWR);

	empty(fd, EMPTY_DISCARD, 0, size);
	close(fd);
	return number;
}

/* Return: 0 or an errno. */
static int write_page(int fd, const uint8_t *page, uint64_t pos, bool nowait)
{
	struct iovec iov = { .iov_base = (void *)page, .iov_len = PAGE };
	ssize_t n = pwritev2(fd, &iov, 1, pos, nowait ? RWF_NOWAIT : 0);

	if (n < 0 && errno == EAGAIN && nowait)
		return write_page(fd, page, pos, false);
	return n == PAGE ? 0 : n < 0 ? errno : EIO;
}

int main(int argc, char **argv)
{
	unsigned long i, rounds = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	int fd = open_number(0, O_RDWR | O_DIRECT);
	uint64_t size = disk_size(fd);
	uint8_t *page = io_buffer(PAGE);

	for (i = 0; i < rounds; i++) {
		unsigned int other = -1U;
		int err = 0;

		if (!strcmp(argv[1], "remove"))
			remove_number(snapshot(0, 0));
		else
			other = empty_clone(size);
		memset(page, i, PAGE);
		if (!strcmp(argv[1], "erase"))
			empty(fd, EMPTY_SECURE, 0, size);
		else
			err = write_page(fd, page, i * PAGE % size, !strcmp(argv[1], "nowait"));
		if (err)
			die("round %lu: %s", i, strerror(err));
		if (other != -1U)
			remove_number(other);
	}
	return rounds ? 0 : 2;
}
