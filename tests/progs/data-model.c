// SPDX-License-Identifier: GPL-2.0
/*
 * usage: data-model [-b BLOCK] [-o OFFSET] [-r REGION] [-n OPERATIONS] [-p PROCESSES] [-m]
 *		      [-e] [-s SEED] DEVICE
 *
 * Does random operations on a region of a disk and on a copy of it in memory, and compares.
 * With several processes the blocks belong to them in turn, so that they share pages where
 * blocks are smaller, and each operation touches one block. -m: two thirds of all reads and
 * writes go through the page cache, by call or by a mapping. -e: no secure erase. The seed is
 * printed; the same seed gives the same operations.
 */
#include <getopt.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "data.h"

struct model {
	int direct;
	int cached;		/* with -m, else -1 */
	uint8_t *mapped;	/* with -m: the region */
	bool no_erase;		/* with -e */
	unsigned int block;
	uint64_t offset;	/* of the region on the disk */
	uint64_t blocks;
	unsigned int nr;	/* processes, and which one this is */
	unsigned int self;
	uint64_t random;
	uint64_t op;		/* number of the operation under way */
	uint8_t *want;
	uint8_t *loose;		/* for each block: may be zero as well */
	uint8_t *buf;
};

enum op { OP_READ, OP_WRITE, OP_EMPTY };

enum way { WAY_DIRECT, WAY_CACHED, WAY_MAPPED, WAY_COUNT };

static const char *const read_names[WAY_COUNT] = { "direct read", "cached read", "mapped read" };

static enum way pick_way(struct model *m)
{
	return m->mapped ? random_below(&m->random, WAY_COUNT) : WAY_DIRECT;
}

/* Short ranges mostly; some of several pages, a few of up to half the region. */
static uint64_t pick_length(struct model *m, uint64_t max)
{
	uint64_t dice = random_below(&m->random, 64), limit;

	limit = dice < 40 ? 16 : dice < 63 ? 96 : m->blocks / 2;
	return 1 + random_below(&m->random, limit < max ? limit : max);
}

static void check_block(struct model *m, uint64_t block, const uint8_t *got, const char *how)
{
	const uint8_t *want = m->want + block * m->block;
	unsigned int i;

	if (!memcmp(got, want, m->block))
		return;
	if (m->loose[block] && all_zero(got, m->block))
		return;
	for (i = 0; got[i] == want[i]; i++)
		;
	die("process %u, operation %llu, %s: block %llu at %llu: byte %u is %02x, wanted %02x%s",
	    m->self, (unsigned long long)m->op, how, (unsigned long long)block,
	    (unsigned long long)(m->offset + block * m->block), i, got[i], want[i],
	    m->loose[block] ? " or a block of zeroes" : "");
}

static void do_read(struct model *m, uint64_t first, uint64_t nr)
{
	enum way way = pick_way(m);
	uint64_t i;

	if (way == WAY_MAPPED)
		memcpy(m->buf, m->mapped + first * m->block, nr * m->block);
	else
		read_all(way == WAY_DIRECT ? m->direct : m->cached, m->buf, nr * m->block,
			 m->offset + first * m->block);
	for (i = 0; i < nr; i++)
		check_block(m, first + i, m->buf + i * m->block, read_names[way]);
}

static void do_write(struct model *m, uint64_t first, uint64_t nr)
{
	uint8_t *want = m->want + first * m->block;
	enum way way = pick_way(m);

	random_fill(&m->random, want, nr * m->block);
	memset(m->loose + first, 0, nr);
	if (way == WAY_MAPPED) {
		memcpy(m->mapped + first * m->block, want, nr * m->block);
		return;
	}
	memcpy(m->buf, want, nr * m->block);
	write_all(way == WAY_DIRECT ? m->direct : m->cached, m->buf, nr * m->block,
		  m->offset + first * m->block);
}

static void do_empty(struct model *m, uint64_t first, uint64_t nr)
{
	enum empty_how how = random_below(&m->random, EMPTY_COUNT);
	uint64_t pos = m->offset + first * m->block, i;

	if (how == EMPTY_SECURE && m->no_erase)
		how = EMPTY_ZEROOUT;
	empty(m->direct, how, pos, nr * m->block);
	for (i = first; i < first + nr; i++) {
		if (empty_may_keep(how, pos, nr * m->block, m->offset + i * m->block)) {
			m->loose[i] = 1;
			continue;
		}
		memset(m->want + i * m->block, 0, m->block);
		m->loose[i] = 0;
	}
}

static enum op pick_op(struct model *m)
{
	uint64_t dice = random_below(&m->random, 16);

	return dice < 5 ? OP_READ : dice < 12 ? OP_WRITE : OP_EMPTY;
}

static void do_operation(struct model *m)
{
	uint64_t first, nr = 1;

	first = random_below(&m->random, m->blocks / m->nr) * m->nr + m->self;
	if (m->nr == 1)
		nr = pick_length(m, m->blocks - first);
	switch (pick_op(m)) {
	case OP_READ:
		do_read(m, first, nr);
		break;
	case OP_WRITE:
		do_write(m, first, nr);
		break;
	case OP_EMPTY:
		do_empty(m, first, nr);
		break;
	}
}

static void check_all(struct model *m)
{
	uint64_t i;

	for (i = m->self; i < m->blocks; i += m->nr) {
		read_all(m->direct, m->buf, m->block, m->offset + i * m->block);
		check_block(m, i, m->buf, "last read");
	}
}

static void run(struct model *m, uint64_t operations)
{
	m->random += m->self;
	for (m->op = 0; m->op < operations; m->op++)
		do_operation(m);
	if (m->cached >= 0 && fsync(m->cached))
		die("fsync: %s", strerror(errno));
	check_all(m);
}

static void run_processes(struct model *m, uint64_t operations)
{
	bool failed = false;
	int status;

	for (m->self = 0; m->self < m->nr; m->self++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork: %s", strerror(errno));
		if (!pid) {
			run(m, operations);
			exit(0);
		}
	}
	while (wait(&status) > 0)
		failed |= status != 0;
	if (failed)
		die("a process failed");
}

static void open_cached(struct model *m, const char *path, uint64_t region)
{
	m->cached = open_disk(path, 0);
	m->mapped = mmap(NULL, region, PROT_READ | PROT_WRITE, MAP_SHARED, m->cached, m->offset);
	if (m->mapped == MAP_FAILED)
		die("mmap: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	struct model m = { .cached = -1, .block = SECTOR, .offset = 1 << 20, .nr = 1 };
	uint64_t region = 4 << 20, operations = 2000, seed = time(NULL);
	bool mixed = false;
	int opt;

	while ((opt = getopt(argc, argv, "b:o:r:n:p:mes:")) != -1) {
		switch (opt) {
		case 'b':
			m.block = number(optarg);
			break;
		case 'o':
			m.offset = number(optarg);
			break;
		case 'r':
			region = number(optarg);
			break;
		case 'n':
			operations = number(optarg);
			break;
		case 'p':
			m.nr = number(optarg);
			break;
		case 'm':
			mixed = true;
			break;
		case 'e':
			m.no_erase = true;
			break;
		case 's':
			seed = number(optarg);
			break;
		default:
			return 2;
		}
	}
	if (optind != argc - 1)
		die("which disk?");

	printf("data-model: seed %llu\n", (unsigned long long)seed);
	fflush(stdout);
	m.random = seed;
	m.blocks = region / m.block / m.nr * m.nr;
	m.direct = open_disk(argv[optind], O_DIRECT);
	if (mixed)
		open_cached(&m, argv[optind], region);
	m.want = io_buffer(region);
	m.buf = io_buffer(region);
	m.loose = calloc(m.blocks, 1);
	if (!m.loose)
		die("no memory");
	empty(m.direct, EMPTY_ZEROOUT, m.offset, region);
	if (m.nr == 1)
		run(&m, operations);
	else
		run_processes(&m, operations);
	return 0;
}
