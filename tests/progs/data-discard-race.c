// SPDX-License-Identifier: GPL-2.0
/*
 * usage: data-discard-race PAGES COUNT SEED DEVICE OTHER-DEVICE
 *
 * Threads on all CPUs write, read and empty random ranges of the same pages, COUNT operations
 * each. A byte of the disk is then what one of two writers puts there, or zero; with neither
 * ever writing OTHER, the byte that a further thread writes to the other disk's pages, which it
 * empties again and again so that freed pages wander between the disks. Whoever reads a page
 * that was freed, or writes to one, is found out.
 */
#include <pthread.h>

#include "data.h"

#define OTHER		0xee
#define MAX_PAGES	16	/* longest range */

static uint64_t pages, count, seed;
static const char *path, *other_path;

/* What writer 0 or 1 puts at @pos: neither zero nor OTHER, and seldom the same. */
static uint8_t byte_at(uint64_t pos, int writer)
{
	uint64_t state = pos << 1 | writer;

	return 1 + random_next(&state) % (OTHER - 1);
}

struct range {
	uint64_t pos;
	size_t len;
};

static struct range pick(uint64_t *random, unsigned int unit)
{
	uint64_t first = random_below(random, pages * PAGE / unit);
	uint64_t max = pages * PAGE / unit - first;
	uint64_t limit = MAX_PAGES * PAGE / unit;
	struct range r = { .pos = first * unit };

	r.len = (1 + random_below(random, max < limit ? max : limit)) * unit;
	return r;
}

static void check(const uint8_t *table, const uint8_t *buf, struct range r)
{
	size_t i;

	for (i = 0; i < r.len; i++) {
		uint64_t at = r.pos + i;

		if (buf[i] && buf[i] != table[2 * at] && buf[i] != table[2 * at + 1])
			die("byte %llu is %02x, wanted 00, %02x or %02x%s",
			    (unsigned long long)at, buf[i], table[2 * at], table[2 * at + 1],
			    buf[i] == OTHER ? ": it is the other disk's" : "");
	}
}

static uint8_t *table;	/* of byte_at(), both writers side by side */

static void *writer(void *arg)
{
	unsigned long self = (unsigned long)arg;
	uint64_t random = seed + self, n;
	uint8_t *buf = io_buffer(MAX_PAGES * PAGE);
	int fd = open_disk(path, O_DIRECT);
	size_t i;

	pin_to_cpu(self);
	for (n = 0; n < count; n++) {
		struct range r = pick(&random, SECTOR);

		for (i = 0; i < r.len; i++)
			buf[i] = table[2 * (r.pos + i) + self];
		write_all(fd, buf, r.len, r.pos);
	}
	return NULL;
}

static void *reader(void *arg)
{
	unsigned long self = (unsigned long)arg;
	uint64_t random = seed + 10 + self, n;
	uint8_t *buf = io_buffer(MAX_PAGES * PAGE);
	int fd = open_disk(path, O_DIRECT);

	pin_to_cpu(self);
	for (n = 0; n < count; n++) {
		struct range r = pick(&random, SECTOR);

		read_all(fd, buf, r.len, r.pos);
		check(table, buf, r);
	}
	return NULL;
}

static void *emptier(void *arg)
{
	unsigned long self = (unsigned long)arg;
	uint64_t random = seed + 20 + self, n;
	int fd = open_disk(path, O_DIRECT);

	pin_to_cpu(self);
	for (n = 0; n < count; n++) {
		/* Whole pages mostly: that is what frees. A secure one waits, so few of them. */
		struct range r = pick(&random, n % 4 ? PAGE : SECTOR);
		enum empty_how how = n % 8 == 0 ? EMPTY_PUNCH : n % 8 == 1 ? EMPTY_ZEROOUT :
				     n % 256 == 2 ? EMPTY_SECURE : EMPTY_DISCARD;

		empty(fd, how, r.pos, r.len);
	}
	return NULL;
}

static void check_other(int fd, uint8_t *buf, const uint8_t *written)
{
	uint64_t page;
	size_t i;

	for (page = 0; page < pages; page++) {
		read_all(fd, buf, PAGE, page * PAGE);
		for (i = 0; i < PAGE; i++)
			if (buf[i] != (written[page] ? OTHER : 0))
				die("other disk, byte %llu is %02x, wanted %02x",
				    (unsigned long long)(page * PAGE + i), buf[i],
				    written[page] ? OTHER : 0);
	}
}

static void *other_disk(void *arg)
{
	uint8_t *buf = io_buffer(MAX_PAGES * PAGE), *pattern = io_buffer(MAX_PAGES * PAGE);
	uint8_t *written = calloc(pages, 1);
	int fd = open_disk(other_path, O_DIRECT);
	uint64_t random = seed + 30, n;

	if (!written)
		die("no memory");
	pin_to_cpu((unsigned long)arg);
	memset(pattern, OTHER, MAX_PAGES * PAGE);
	for (n = 0; n < count; n++) {
		struct range r = pick(&random, PAGE);

		if (n % 2)
			empty(fd, EMPTY_DISCARD, r.pos, r.len);
		else
			write_all(fd, pattern, r.len, r.pos);
		memset(written + r.pos / PAGE, n % 2 ? 0 : 1, r.len / PAGE);
		if (n % 512 == 511)
			check_other(fd, buf, written);
	}
	check_other(fd, buf, written);
	return NULL;
}

static void make_table(void)
{
	uint64_t pos;

	table = io_buffer(2 * pages * PAGE);
	for (pos = 0; pos < pages * PAGE; pos++) {
		table[2 * pos] = byte_at(pos, 0);
		table[2 * pos + 1] = byte_at(pos, 1);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		void *(*run)(void *arg);
		unsigned long cpu;
	} roles[] = {
		{ writer, 0 }, { writer, 1 }, { reader, 0 }, { reader, 1 }, { emptier, 0 },
		{ emptier, 1 }, { other_disk, 0 },
	};
	enum { NR = sizeof(roles) / sizeof(roles[0]) };
	pthread_t threads[NR];
	int i;

	if (argc != 6)
		die("usage: data-discard-race PAGES COUNT SEED DEVICE OTHER-DEVICE");
	pages = number(argv[1]);
	count = number(argv[2]);
	seed = number(argv[3]);
	path = argv[4];
	other_path = argv[5];

	make_table();
	for (i = 0; i < NR; i++)
		if (pthread_create(&threads[i], NULL, roles[i].run, (void *)roles[i].cpu))
			die("no thread");
	for (i = 0; i < NR; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
