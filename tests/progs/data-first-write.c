// SPDX-License-Identifier: GPL-2.0
/*
 * usage: data-first-write PAGES PARTS STRIDE DEVICE
 *
 * Two CPUs write the parts of each of so many pages, which nobody wrote before and which lie
 * STRIDE apart: at the same time, one the even, one the odd parts. Then every part is read back.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "data.h"

static uint64_t pages, parts, stride;
static const char *path;
static atomic_ulong arrived;

/* Wait until the other thread is there too, the @turn'th time. */
static void meet(unsigned long turn)
{
	atomic_fetch_add(&arrived, 1);
	while (atomic_load(&arrived) < 2 * turn)
		sched_yield();
}

static void fill(uint8_t *buf, uint64_t page, uint64_t part)
{
	uint64_t state = page * parts + part;

	random_fill(&state, buf, PAGE / parts);
}

static void *write_parts(void *arg)
{
	unsigned long self = (unsigned long)arg, turn = 0;
	uint64_t len = PAGE / parts, page, part;
	uint8_t *buf = io_buffer(len);
	int fd = open_disk(path, O_DIRECT);

	pin_to_cpu(self);
	for (page = 0; page < pages; page++) {
		for (part = self; part < parts; part += 2) {
			fill(buf, page, part);
			meet(++turn);
			write_all(fd, buf, len, page * stride + part * len);
		}
	}
	close(fd);
	free(buf);
	return NULL;
}

static void check(void)
{
	uint64_t len = PAGE / parts, page, part;
	uint8_t *got = io_buffer(PAGE), *want = io_buffer(len);
	int fd = open_disk(path, O_DIRECT);

	for (page = 0; page < pages; page++) {
		read_all(fd, got, PAGE, page * stride);
		for (part = 0; part < parts; part++) {
			fill(want, page, part);
			if (memcmp(got + part * len, want, len))
				die("page %llu, part %llu is not what was written: %s",
				    (unsigned long long)page, (unsigned long long)part,
				    all_zero(got + part * len, len) ? "zeroes" : "something else");
		}
	}
}

int main(int argc, char **argv)
{
	pthread_t other;

	if (argc != 5)
		die("usage: data-first-write PAGES PARTS STRIDE DEVICE");
	pages = number(argv[1]);
	parts = number(argv[2]);
	stride = number(argv[3]);
	path = argv[4];
	if (parts < 2 || parts % 2 || PAGE % parts || PAGE / parts < SECTOR)
		die("an even number of parts, of at least a sector");

	if (pthread_create(&other, NULL, write_parts, (void *)1))
		die("no thread");
	write_parts((void *)0);
	pthread_join(other, NULL);
	check();
	return 0;
}
