// SPDX-License-Identifier: GPL-2.0
/*
 * usage: power-model [-b BLOCK-SIZE] [-c CAPACITY] [-o OFFSET] [-r SEED] OPERATIONS
 *
 * Random operations on a disk with a volatile cache and on a model of it: write, with FUA and
 * without, flush, discard, zero, erase, snapshot, clone, rollback, resize, and now and then a power
 * cut. When power is back each block must be what the policy allows: all that was written to it
 * since the last flush is known. They are on the blocks from OFFSET on, up to BLOCKS or the disk's
 * end; the pages before and behind must stay as they are. Ends with all disks removed. There must
 * be no disk.
 */
#include <getopt.h>
#include <time.h>

#include "power.h"

#define BLOCKS		2048
#define HOT		64	/* of these, where half of the writes go */
#define OTHERS		4

struct block {
	uint64_t durable;
	uint64_t *later;	/* all that was written since */
	unsigned int nr;
	unsigned int room;
};

/* A snapshot or a clone, which is durable as it is. */
struct other {
	int number;		/* -1: none */
	bool writable;
	uint64_t tag[BLOCKS];
};

static uint32_t block_size = 512;
static uint64_t capacity, offset;
static uint64_t nr_blocks;
static int number_of = -1, fd = -1;
static struct block blocks[BLOCKS];
static bool exists[BLOCKS];	/* by page: it has memory */
static struct other others[OTHERS];
static uint64_t seed, op_number, tags;
static uint8_t *buf, *around;

/* How often blocks that two writes made different were as before, as after, and in between. */
static uint64_t outcomes[SRD_KEEP_COUNT][3];

#define wrong(fmt, ...)	\
	die("operation %llu: " fmt, (unsigned long long)op_number, ##__VA_ARGS__)

static uint64_t below(uint64_t n)
{
	return random_below(&seed, n);
}

static uint64_t on_disk(uint64_t block)
{
	return offset + block * block_size;
}

static uint64_t page_of(uint64_t block)
{
	return block * block_size / PAGE;
}

static uint64_t current(const struct block *b)
{
	return b->nr ? b->later[b->nr - 1] : b->durable;
}

static void append(struct block *b, uint64_t tag)
{
	if (b->nr == b->room) {
		b->room = b->room ? 2 * b->room : 8;
		b->later = reallocarray(b->later, b->room, sizeof(*b->later));
		if (!b->later)
			die("no memory");
	}
	b->later[b->nr++] = tag;
}

static void settle(struct block *b, uint64_t tag)
{
	b->durable = tag;
	b->nr = 0;
}

static uint64_t changed(void)
{
	uint64_t i, nr = 0;

	for (i = 0; i < nr_blocks; i++)
		nr += !!blocks[i].nr;
	return nr;
}

static void all_durable(void)
{
	uint64_t i;

	for (i = 0; i < nr_blocks; i++)
		settle(&blocks[i], current(&blocks[i]));
}

/* ---- looking at disks ---- */

static void read_blocks(int from)
{
	read_all(from, buf, nr_blocks * block_size, offset);
}

static uint64_t tag_at(uint64_t block)
{
	return block_tag(buf + block * block_size, block_size, block);
}

/* The pages before and behind. */
static void check_around(int from)
{
	static uint8_t got[PAGE] __attribute__((aligned(4096)));
	uint64_t end = on_disk(nr_blocks);

	if (offset) {
		read_all(from, got, PAGE, offset - PAGE);
		if (memcmp(got, around, PAGE))
			wrong("the page before has changed");
	}
	if (end < capacity) {
		read_all(from, got, PAGE, end);
		if (memcmp(got, around, PAGE))
			wrong("the page behind has changed");
	}
}

static void check_current(void)
{
	uint64_t i;

	read_blocks(fd);
	for (i = 0; i < nr_blocks; i++)
		if (tag_at(i) != current(&blocks[i]))
			wrong("block %llu is %llx, wanted %llx", (unsigned long long)i,
			      (unsigned long long)tag_at(i),
			      (unsigned long long)current(&blocks[i]));
	check_around(fd);
}

static void check_other(const struct other *o)
{
	int from = open_number(o->number, O_RDONLY | O_DIRECT);
	uint64_t i;

	read_blocks(from);
	close(from);
	for (i = 0; i < nr_blocks; i++)
		if (tag_at(i) != o->tag[i])
			wrong("srd%d: block %llu is %llx, wanted %llx", o->number,
			      (unsigned long long)i, (unsigned long long)tag_at(i),
			      (unsigned long long)o->tag[i]);
}

static void check_cached(void)
{
	uint64_t cached = info_of(number_of).cached;

	if (cached != changed() * block_size)
		wrong("%llu bytes are cached, wanted %llu", (unsigned long long)cached,
		      (unsigned long long)(changed() * block_size));
}

/* Which pages have memory after something that may have given some back. */
static void look_what_exists(void)
{
	struct srd_extent e[64];
	struct srd_ioc_extents ask = {
		.size = sizeof(ask), .number = number_of, .extents = (uintptr_t)e,
		.start = offset, .end = on_disk(nr_blocks),
	};
	uint64_t pos;
	unsigned int i;
	int err;

	memset(exists, 0, sizeof(exists));
	do {
		ask.count = 64;
		err = command(SRD_IOC_EXTENTS, &ask);
		if (err)
			wrong("EXTENTS: %s", strerror(err));
		for (i = 0; i < ask.count; i++)
			for (pos = e[i].start; pos < e[i].start + e[i].length; pos += PAGE)
				exists[(pos - offset) / PAGE] = true;
	} while (ask.start < ask.end);
}

/* ---- operations ---- */

static void range(uint64_t *first, uint64_t *nr)
{
	*nr = 1 + below(below(4) ? 8 : BLOCKS_MOST);
	*first = below(below(2) ? HOT : nr_blocks);
	if (*nr > nr_blocks - *first)
		*nr = nr_blocks - *first;
}

static void fill(uint64_t nr)
{
	uint64_t i;

	for (i = 0; i < nr; i++)
		block_fill(buf + i * block_size, block_size, tags + 1 + i);
}

static void do_write(void)
{
	uint64_t first, nr, i;

	range(&first, &nr);
	fill(nr);
	write_all(fd, buf, nr * block_size, on_disk(first));
	for (i = first; i < first + nr; i++) {
		append(&blocks[i], ++tags);
		exists[page_of(i)] = true;
	}
}

static void do_write_fua(void)
{
	uint64_t first, nr, i;
	int err;

	range(&first, &nr);
	fill(nr);
	err = write_fua(fd, buf, nr * block_size, on_disk(first));
	if (err)
		wrong("FUA: %s", strerror(err));
	for (i = first; i < first + nr; i++) {
		settle(&blocks[i], ++tags);
		exists[page_of(i)] = true;
	}
}

/* A write that is waited for, with O_DSYNC: then all is durable. */
static void do_write_dsync(void)
{
	uint64_t first, nr, i;
	struct iovec iov = { .iov_base = buf };

	range(&first, &nr);
	fill(nr);
	iov.iov_len = nr * block_size;
	if (pwritev2(fd, &iov, 1, on_disk(first), RWF_DSYNC) != (ssize_t)iov.iov_len)
		wrong("pwritev2: %s", strerror(errno));
	for (i = first; i < first + nr; i++) {
		append(&blocks[i], ++tags);
		exists[page_of(i)] = true;
	}
	all_durable();
}

static void do_flush(void)
{
	sync_disk(fd);
	all_durable();
}

/* Whole pages are empty at once, and for good. */
static void do_discard(void)
{
	uint64_t first, nr, i, start, end;

	range(&first, &nr);
	empty(fd, EMPTY_DISCARD, on_disk(first), nr * block_size);
	start = (on_disk(first) + PAGE - 1) / PAGE * PAGE;
	end = on_disk(first + nr);
	if (end != capacity)
		end = end / PAGE * PAGE;
	for (i = first; i < first + nr; i++)
		if (on_disk(i) >= start && on_disk(i) < end) {
			settle(&blocks[i], 0);
			exists[page_of(i)] = false;
		}
}

/* Zeroes are written as anything is, but not where there is no memory. */
static void do_zero(void)
{
	static const enum empty_how ways[] = { EMPTY_ZEROOUT, EMPTY_ZERO_RANGE, EMPTY_PUNCH };
	enum empty_how how = ways[below(3)];
	uint64_t first, nr, i;

	range(&first, &nr);
	empty(fd, how, on_disk(first), nr * block_size);
	for (i = first; i < first + nr; i++)
		if (exists[page_of(i)])
			append(&blocks[i], 0);
	/* It may have given pages back. */
	look_what_exists();
}

static void do_erase(void)
{
	uint64_t first, nr, i;

	range(&first, &nr);
	empty(fd, EMPTY_SECURE, on_disk(first), nr * block_size);
	for (i = first; i < first + nr; i++)
		settle(&blocks[i], 0);
	look_what_exists();
}

static struct other *pick(bool writable)
{
	struct other *o = &others[below(OTHERS)];

	return o->number >= 0 && (o->writable || !writable) ? o : NULL;
}

static void do_snapshot(void)
{
	struct other *o = &others[below(OTHERS)];
	uint64_t i;

	if (o->number >= 0)
		return;
	o->writable = below(2);
	o->number = snapshot(number_of, o->writable ? SRD_SNAPSHOT_WRITABLE : 0);
	for (i = 0; i < nr_blocks; i++)
		o->tag[i] = current(&blocks[i]);
}

static void do_write_clone(void)
{
	struct other *o = pick(true);
	uint64_t first, nr, i;
	int to;

	if (!o)
		return;
	range(&first, &nr);
	fill(nr);
	to = open_number(o->number, O_RDWR | O_DIRECT);
	write_all(to, buf, nr * block_size, on_disk(first));
	close(to);
	for (i = first; i < first + nr; i++)
		o->tag[i] = ++tags;
}

static void do_remove_other(void)
{
	struct other *o = pick(false);

	if (!o)
		return;
	check_other(o);
	remove_number(o->number);
	o->number = -1;
}

static void reopen(void)
{
	fd = open_number(number_of, O_RDWR | O_DIRECT);
}

static void do_rollback(void)
{
	struct other *o = pick(false);
	int err, tries = 1000;
	uint64_t i;

	if (!o)
		return;
	close(fd);
	while ((err = rollback(number_of, o->number)) == EBUSY && --tries)
		usleep(10000);
	if (err)
		wrong("rollback: %s", strerror(err));
	for (i = 0; i < nr_blocks; i++)
		settle(&blocks[i], o->tag[i]);
	look_what_exists();
	reopen();
}

/* There and back: a resize makes all durable. */
static void do_resize(void)
{
	int err = resize(number_of, capacity + PAGE);

	if (err)
		wrong("resize: %s", strerror(err));
	all_durable();
	check_cached();
	close(fd);
	do
		err = resize(number_of, capacity);
	while (err == EBUSY);
	if (err)
		wrong("resize: %s", strerror(err));
	reopen();
}

static void do_set(void)
{
	int err = set_cache(number_of, SRD_CACHE_NONE, 0);

	if (!err)
		err = set_cache(number_of, SRD_CACHE_VOLATILE, random_next(&seed));
	if (err)
		wrong("SET: %s", strerror(err));
	all_durable();
}

/* ---- power ---- */

static void expect_eio(bool failed, const char *what)
{
	if (!failed)
		wrong("%s succeeds without power", what);
	if (errno != EIO)
		wrong("%s without power: %s", what, strerror(errno));
}

static void check_off(void)
{
	struct srd_ioc_power p;
	int err;

	expect_eio(pread(fd, buf, block_size, offset) < 0, "a read");
	expect_eio(pwrite(fd, buf, block_size, offset) < 0, "a write");
	expect_eio(fsync(fd) < 0, "a flush");
	errno = empty_try(fd, EMPTY_DISCARD, offset, PAGE);
	expect_eio(errno, "a discard");
	err = write_fua(fd, buf, block_size, offset);
	if (err != EIO)
		wrong("FUA without power: %s", strerror(err));
	err = power_on_try(number_of, SRD_KEEP_NONE, 0, &p);
	if (err != EBUSY)
		wrong("power of a disk that is open: %s", strerror(err));
	err = resize(number_of, capacity + PAGE);
	if (err != ESHUTDOWN)
		wrong("resize without power: %s", strerror(err));
	if (!(info_of(number_of).state & SRD_STATE_OFF))
		wrong("it does not say that it is off");
}

/* What a block may be; and counts which of these it is. */
static bool allowed(const struct block *b, uint32_t keep, uint64_t got)
{
	unsigned int i;

	if (b->nr && b->durable != current(b))
		outcomes[keep][got == b->durable ? 0 : got == current(b) ? 1 : 2]++;
	if (got == b->durable && keep != SRD_KEEP_ALL)
		return true;
	if (got == current(b) && (keep != SRD_KEEP_NONE || !b->nr))
		return true;
	for (i = 0; keep == SRD_KEEP_PREFIX && i < b->nr; i++)
		if (got == b->later[i])
			return true;
	return false;
}

static void check_counts(uint32_t keep, const struct srd_ioc_power *p)
{
	uint64_t all = changed();

	if (p->kept + p->lost != all || (keep == SRD_KEEP_NONE && p->kept) ||
	    (keep == SRD_KEEP_ALL && p->lost))
		wrong("%s: %llu kept and %llu lost of %llu", keep_names[keep],
		      (unsigned long long)p->kept, (unsigned long long)p->lost,
		      (unsigned long long)all);
}

static void do_power(void)
{
	static uint32_t cycles;
	uint32_t keep = cycles++ % SRD_KEEP_COUNT;
	struct srd_ioc_power p;
	uint64_t i;

	power_cut(number_of);
	if (!below(4))
		power_cut(number_of);
	if (!below(2))
		check_off();
	close(fd);
	p = power_on(number_of, keep, random_next(&seed));
	check_counts(keep, &p);
	reopen();
	read_blocks(fd);
	for (i = 0; i < nr_blocks; i++) {
		if (!allowed(&blocks[i], keep, tag_at(i)))
			wrong("%s: block %llu is %llx; was %llx at the flush, %llx at last",
			      keep_names[keep], (unsigned long long)i,
			      (unsigned long long)tag_at(i),
			      (unsigned long long)blocks[i].durable,
			      (unsigned long long)current(&blocks[i]));
		settle(&blocks[i], tag_at(i));
	}
	check_around(fd);
	look_what_exists();
	check_cached();
}

/* ---- */

static void operate(void)
{
	switch (below(64)) {
	case 0 ... 3:
		do_write_fua();
		break;
	case 4:
		do_write_dsync();
		break;
	case 5 ... 6:
		do_flush();
		break;
	case 7 ... 10:
		do_discard();
		break;
	case 11 ... 15:
		do_zero();
		break;
	case 16:
		do_erase();
		break;
	case 17:
		do_snapshot();
		break;
	case 18:
		do_write_clone();
		break;
	case 19:
		do_remove_other();
		break;
	case 20:
		if (!below(4))
			do_rollback();
		break;
	case 21:
		if (!below(4))
			do_resize();
		else if (!below(4))
			do_set();
		break;
	case 22 ... 23:
		do_power();
		break;
	default:
		do_write();
	}
}

static void check_outcomes(void)
{
	static const bool can[SRD_KEEP_COUNT][3] = {
		[SRD_KEEP_NONE] = { true }, [SRD_KEEP_ALL] = { false, true },
		[SRD_KEEP_SUBSET] = { true, true }, [SRD_KEEP_PREFIX] = { true, true, true },
	};
	unsigned int k, i;

	for (k = 0; k < SRD_KEEP_COUNT; k++) {
		printf("%s: %llu before, %llu last, %llu between\n", keep_names[k],
		       (unsigned long long)outcomes[k][0], (unsigned long long)outcomes[k][1],
		       (unsigned long long)outcomes[k][2]);
		for (i = 0; i < 3; i++)
			if (can[k][i] != !!outcomes[k][i])
				die("%s: outcome %u", keep_names[k], i);
	}
}

/* A disk's own, its cache included, is what its end gives back. */
static void remove_all(void)
{
	uint64_t before, own, i;

	for (i = 0; i < 64; i++)
		do_write();
	check_cached();
	close(fd);
	before = used_by_all();
	own = info_of(number_of).used;
	remove_number(number_of);
	if (before - used_by_all() != own)
		die("a disk that alone held %llu gave back %llu", (unsigned long long)own,
		    (unsigned long long)(before - used_by_all()));
	for (i = 0; i < OTHERS; i++)
		if (others[i].number >= 0) {
			check_other(&others[i]);
			remove_number(others[i].number);
		}
	if (used_by_all())
		die("%llu bytes are left", (unsigned long long)used_by_all());
}

static void set_up(void)
{
	unsigned int i;

	nr_blocks = (capacity - offset) / block_size;
	if (nr_blocks > BLOCKS)
		nr_blocks = BLOCKS;
	buf = io_buffer(nr_blocks * block_size);
	around = io_buffer(PAGE);
	random_fill(&seed, around, PAGE);
	for (i = 0; i < OTHERS; i++)
		others[i].number = -1;
	number_of = create_volatile(capacity, block_size, 0);
	reopen();
	if (offset)
		write_all(fd, around, PAGE, offset - PAGE);
	if (on_disk(nr_blocks) < capacity)
		write_all(fd, around, PAGE, on_disk(nr_blocks));
	do_flush();
}

int main(int argc, char **argv)
{
	uint64_t operations, i;
	int option;

	seed = (uint64_t)time(NULL);
	capacity = 1 << 20;
	while ((option = getopt(argc, argv, "b:c:o:r:")) != -1) {
		if (option == 'b')
			block_size = number(optarg);
		else if (option == 'c')
			capacity = number(optarg);
		else if (option == 'o')
			offset = number(optarg);
		else if (option == 'r')
			seed = number(optarg);
		else
			return 2;
	}
	if (optind != argc - 1)
		return 2;
	operations = number(argv[optind]);
	printf("seed %llu\n", (unsigned long long)seed);
	fflush(stdout);
	set_up();
	for (op_number = 0; op_number < operations; op_number++) {
		operate();
		check_cached();
		if (!(op_number % 32))
			check_current();
	}
	check_current();
	for (i = 0; i < SRD_KEEP_COUNT * 64; i++) {
		do_write();
		if (i % 64 == 63)
			do_power();
	}
	check_outcomes();
	remove_all();
	return 0;
}
