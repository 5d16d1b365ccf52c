// SPDX-License-Identifier: GPL-2.0
/*
 * usage: power-cost NUMBER PAGES
 *
 * Prints what it takes to flush srdN after so many of its pages have been written: the least of
 * several tries, in ns, which on a machine whose clock counts instructions are these.
 */
#include <time.h>

#include "power.h"

#define TRIES	5

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

int main(int argc, char **argv)
{
	uint64_t pages, stride, least = UINT64_MAX, begin, took, i;
	unsigned int srd, try;
	uint8_t *buf;
	int fd;

	if (argc != 3)
		return 2;
	srd = number(argv[1]);
	pages = number(argv[2]);
	fd = open_number(srd, O_RDWR | O_DIRECT);
	/* All over the disk. */
	stride = disk_size(fd) / pages / PAGE * PAGE;
	buf = io_buffer(PAGE);
	for (try = 0; try < TRIES; try++) {
		memset(buf, 1 + try, PAGE);
		for (i = 0; i < pages; i++)
			write_all(fd, buf, PAGE, i * stride);
		if (info_of(srd).cached != pages * PAGE)
			die("%llu bytes are cached", (unsigned long long)info_of(srd).cached);
		begin = now();
		sync_disk(fd);
		took = now() - begin;
		if (info_of(srd).cached)
			die("something is cached after a flush");
		if (took < least)
			least = took;
	}
	printf("%llu\n", (unsigned long long)least);
	return 0;
}
