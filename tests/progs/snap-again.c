// SPDX-License-Identifier: GPL-2.0
/*
 * usage: snap-again remove|discard|erase ROUNDS
 *
 * srd0, all of which is written, may hold no page more than it has. A snapshot of it is taken and
 * removed, or a clone of it is, which is emptied, and a page is written at once: it is the disk's
 * alone again, and needs no memory. Or all of the disk is erased then.
 */
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

int main(int argc, char **argv)
{
	unsigned long i, rounds = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	int fd = open_number(0, O_RDWR | O_DIRECT);
	uint64_t size = disk_size(fd);
	uint8_t *page = io_buffer(PAGE);

	for (i = 0; i < rounds; i++) {
		unsigned int other = -1U;

		if (!strcmp(argv[1], "remove"))
			remove_number(snapshot(0, 0));
		else
			other = empty_clone(size);
		memset(page, i, PAGE);
		if (!strcmp(argv[1], "erase"))
			empty(fd, EMPTY_SECURE, 0, size);
		else if (pwrite(fd, page, PAGE, i * PAGE % size) != PAGE)
			die("round %lu: %s", i, strerror(errno));
		if (other != -1U)
			remove_number(other);
	}
	return rounds ? 0 : 2;
}
