// SPDX-License-Identifier: GPL-2.0
/*
 * usage: snap-again ROUNDS
 *
 * srd0, all of which is written, may hold no page more than it has. A snapshot of it is taken and
 * removed, and a page is written at once: it is the disk's alone again, and needs no memory.
 */
#include "snap.h"

int main(int argc, char **argv)
{
	unsigned long i, rounds = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	int fd = open_number(0, O_RDWR | O_DIRECT);
	uint64_t pages = disk_size(fd) / PAGE;
	uint8_t *page = io_buffer(PAGE);

	for (i = 0; i < rounds; i++) {
		remove_number(snapshot(0, 0));
		memset(page, i, PAGE);
		if (pwrite(fd, page, PAGE, i % pages * PAGE) != PAGE)
			die("round %lu: %s", i, strerror(errno));
	}
	return rounds ? 0 : 2;
}
