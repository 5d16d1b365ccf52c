// SPDX-License-Identifier: GPL-2.0
/*
 * usage: power-chance even SEED | repeat SEED
 *
 * What is chosen by chance when power comes back. With `even`, all versions of a block are as
 * likely, be there two or many of them. With `repeat`, the same seed and the same writes have the
 * same outcome, whatever the disk; another seed, or the same one after a flush, has another. There
 * must be no disk, and none is left.
 */
#include "power.h"

#define SIZE		512
#define BLOCKS		1024
#define PIECE		64

/* Far enough out that a fair choice gets there once in a hundred thousand seeds. */
static const double chi_square_most[] = { 0, 19.5, 23.0, 25.9, 28.5, 30.9, 33.1, 35.3 };

static uint8_t *buf;

static uint64_t tag_of(uint64_t block, uint64_t version)
{
	return version ? version * BLOCKS + block : 0;
}

static void write_version(int fd, uint64_t version)
{
	uint64_t first, i;

	for (first = 0; first < BLOCKS; first += PIECE) {
		for (i = 0; i < PIECE; i++)
			block_fill(buf + i * SIZE, SIZE, tag_of(first + i, version));
		write_all(fd, buf, PIECE * SIZE, first * SIZE);
	}
}

/* Which version each block is; 0 is that of a new disk, or of @versions - 1 flushed ones. */
static void read_versions(unsigned int number, uint8_t *version)
{
	int fd = open_number(number, O_RDONLY | O_DIRECT);
	uint64_t i, tag;

	read_all(fd, buf, BLOCKS * SIZE, 0);
	close(fd);
	for (i = 0; i < BLOCKS; i++) {
		tag = block_tag(buf + i * SIZE, SIZE, i);
		version[i] = tag / BLOCKS;
		if (tag != tag_of(i, version[i]))
			die("block %llu is none of its versions", (unsigned long long)i);
	}
}

/* Write all so often, cut the power, and see what is left. */
static void cycle(unsigned int number, unsigned int versions, uint32_t keep, uint64_t seed,
		  uint8_t *left)
{
	int fd = open_number(number, O_RDWR | O_DIRECT);
	unsigned int i;

	for (i = 1; i <= versions; i++)
		write_version(fd, i);
	power_cut(number);
	close(fd);
	power_on(number, keep, seed);
	read_versions(number, left);
}

static void check_even(const uint8_t *left, unsigned int versions, unsigned int outcomes,
		       const char *what)
{
	double expected = (double)BLOCKS / outcomes, sum = 0;
	unsigned int count[9] = { 0 }, i;

	for (i = 0; i < BLOCKS; i++)
		count[left[i]]++;
	printf("%s of %u:", what, versions);
	for (i = 0; i <= versions; i++) {
		printf(" %u", count[i]);
		if (outcomes == versions + 1 || !i || i == versions)
			sum += (count[i] - expected) * (count[i] - expected) / expected;
		else if (count[i])
			die("%s leaves what is in between", what);
	}
	printf(", chi-square %.1f\n", sum);
	if (sum > chi_square_most[outcomes - 1])
		die("%s is not even", what);
}

/* Whether a block is left as before must tell nothing of the one behind it. */
static void check_apart(const uint8_t *left, unsigned int versions, const char *what)
{
	double expected = (double)(BLOCKS - 1) / ((versions + 1) * (versions + 1));
	unsigned int i, both = 0;

	for (i = 0; i + 1 < BLOCKS; i++)
		both += !left[i] && !left[i + 1];
	if (both < expected * 0.3 || both > expected * 1.7)
		die("%s: %u pairs are as before, wanted about %.0f", what, both, expected);
}

static unsigned int new_disk(uint64_t seed)
{
	unsigned int number = create_volatile(BLOCKS * SIZE, SIZE, 0);

	if (set_cache(number, SRD_CACHE_NONE, 0) ||
	    set_cache(number, SRD_CACHE_VOLATILE, seed))
		die("SET: %s", strerror(errno));
	return number;
}

static void even(uint64_t seed)
{
	static uint8_t left[BLOCKS];
	unsigned int number, versions;

	for (versions = 1; versions <= 7; versions += 2) {
		number = new_disk(seed + versions);
		cycle(number, versions, SRD_KEEP_PREFIX, 0, left);
		check_even(left, versions, versions + 1, "prefix");
		check_apart(left, versions, "prefix");
		remove_number(number);
		number = new_disk(seed);
		cycle(number, versions, SRD_KEEP_SUBSET, seed + versions, left);
		check_even(left, versions, 2, "subset");
		check_apart(left, 1, "subset");
		remove_number(number);
	}
}

static void discard_all(unsigned int number)
{
	int fd = open_number(number, O_RDWR | O_DIRECT);

	empty(fd, EMPTY_DISCARD, 0, BLOCKS * SIZE);
	sync_disk(fd);
	close(fd);
}

/*
 * The outcome of cycles one after the other, on a disk that begins with @seed, and gets another one
 * each time its power comes back, always the same; in the second there is a flush with something to
 * do before the writes.
 */
#define CYCLES	4
static void cycles(uint64_t seed, uint32_t keep, uint8_t left[CYCLES][BLOCKS])
{
	unsigned int number = new_disk(seed), i;
	int fd;

	for (i = 0; i < CYCLES; i++) {
		if (i == 1) {
			fd = open_number(number, O_RDWR | O_DIRECT);
			write_version(fd, 1);
			sync_disk(fd);
			close(fd);
			discard_all(number);
		}
		cycle(number, 3, keep, seed + 1, left[i]);
		discard_all(number);
	}
	remove_number(number);
}

static void repeat(uint64_t seed)
{
	static uint8_t first[CYCLES][BLOCKS], again[CYCLES][BLOCKS], other[CYCLES][BLOCKS];

	cycles(seed, SRD_KEEP_SUBSET, first);
	cycles(seed, SRD_KEEP_SUBSET, again);
	cycles(seed + 5, SRD_KEEP_SUBSET, other);
	if (memcmp(first, again, sizeof(first)))
		die("subset: the same seed, another outcome");
	if (!memcmp(first, other, sizeof(first)))
		die("subset: another seed, the same outcome");
	if (memcmp(first[0], first[1], BLOCKS) || memcmp(first[0], first[3], BLOCKS))
		die("subset: the outcome depends on what was before");

	cycles(seed, SRD_KEEP_PREFIX, first);
	cycles(seed, SRD_KEEP_PREFIX, again);
	cycles(seed + 5, SRD_KEEP_PREFIX, other);
	if (memcmp(first, again, sizeof(first)))
		die("prefix: the same seed, another outcome");
	if (!memcmp(first, other, sizeof(first)) || !memcmp(first[0], first[2], BLOCKS))
		die("prefix: another seed, the same outcome");
	if (!memcmp(first[1], first[2], BLOCKS))
		die("prefix: the same outcome after a flush");
	if (memcmp(first[2], first[3], BLOCKS))
		die("prefix: the outcome depends on what was before the cut before");
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	buf = io_buffer(BLOCKS * SIZE);
	if (!strcmp(argv[1], "even"))
		even(number(argv[2]));
	else if (!strcmp(argv[1], "repeat"))
		repeat(number(argv[2]));
	else
		return 2;
	return 0;
}
