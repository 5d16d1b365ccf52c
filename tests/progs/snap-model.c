// SPDX-License-Identifier: GPL-2.0
/*
 * usage: snap-model [-s BYTES] [-r SEED] OPERATIONS
 *
 * Random operations on a family of disks and on a plain copy of each in memory: write, discard,
 * zero, snapshot, clone, rollback, reset, resize, remove. After each, what it touched is compared,
 * and all disks now and then; so is what they say of their memory with what all say together.
 * Ends with all disks removed. srd0 must exist, empty, and be of PIECES times BYTES.
 *
 * With -s, pieces of 1 MiB lie so far from each other, with holes between. The table is higher so.
 */
#include <getopt.h>
#include <time.h>

#include "snap.h"

#define DISKS		12
#define PIECE		(1U << 20)
#define PIECES		6		/* by themselves three nodes of the table's last level */
#define REGION		(PIECES * PIECE)

struct disk {
	int number;		/* -1: none */
	bool writable;
	int fd;			/* open only while it is used */
	uint64_t capacity;	/* of the model, as all positions */
	uint8_t *want;
};

static struct disk disks[DISKS];
static uint64_t seed;
static uint64_t op_number;
static uint64_t stride = PIECE;
static uint8_t *buf;

static uint64_t below(uint64_t n)
{
	return random_below(&seed, n);
}

static struct disk *pick(bool writable)
{
	unsigned int i, start = below(DISKS);

	for (i = 0; i < DISKS; i++) {
		struct disk *d = &disks[(start + i) % DISKS];

		if (d->number >= 0 && (d->writable || !writable))
			return d;
	}
	return NULL;
}

static struct disk *vacant(void)
{
	unsigned int i;

	for (i = 0; i < DISKS; i++)
		if (disks[i].number < 0)
			return &disks[i];
	return NULL;
}

/* Where a byte of the model lies on the disk. */
static uint64_t on_disk(uint64_t pos)
{
	return pos / PIECE * stride + pos % PIECE;
}

/* Where a range ends, which is not where the next piece begins. */
static uint64_t end_on_disk(uint64_t end)
{
	return on_disk(end - 1) + 1;
}

static void each_piece(int fd, uint8_t *data, uint64_t pos, uint64_t len,
		       void (*move)(int fd, uint8_t *data, uint64_t len, uint64_t at))
{
	uint64_t n;

	for (; len; pos += n, data += n, len -= n) {
		n = PIECE - pos % PIECE;
		if (n > len)
			n = len;
		move(fd, data, n, on_disk(pos));
	}
}

static void move_in(int fd, uint8_t *data, uint64_t len, uint64_t at)
{
	read_all(fd, data, len, at);
}

static void move_out(int fd, uint8_t *data, uint64_t len, uint64_t at)
{
	write_all(fd, data, len, at);
}

static void compare(struct disk *d, uint64_t pos, uint64_t len)
{
	int fd = open_number(d->number, O_RDONLY | O_DIRECT);
	uint64_t i;

	each_piece(fd, buf, pos, len, move_in);
	close(fd);
	if (!memcmp(buf, d->want + pos, len))
		return;
	for (i = 0; buf[i] == d->want[pos + i]; i++)
		;
	die("operation %llu: srd%d at %llu is %02x, wanted %02x", (unsigned long long)op_number,
	    d->number, (unsigned long long)(pos + i), buf[i], d->want[pos + i]);
}

static void range(struct disk *d, uint64_t *pos, uint64_t *len)
{
	static const uint64_t longest[] = { 512, 4096, 65536, 65536, 3 << 20 };
	uint64_t max = longest[below(5)];

	*pos = below(d->capacity / 512) * 512;
	*len = (1 + below(max / 512)) * 512;
	if (*len > d->capacity - *pos)
		*len = d->capacity - *pos;
}

static void do_write(struct disk *d)
{
	uint64_t pos, len, i;
	int fd;

	range(d, &pos, &len);
	for (i = 0; i < len; i += 8) {
		uint64_t word = random_next(&seed);

		memcpy(buf + i, &word, 8);
	}
	memcpy(d->want + pos, buf, len);
	fd = open_number(d->number, O_RDWR | O_DIRECT);
	each_piece(fd, buf, pos, len, move_out);
	close(fd);
	compare(d, pos, len);
}

/* Pieces begin and end with a page, so that it is the model's pages that a discard empties. */
static void do_empty(struct disk *d)
{
	enum empty_how how = below(EMPTY_COUNT);
	uint64_t pos, len, first, end;
	int fd;

	range(d, &pos, &len);
	fd = open_number(d->number, O_RDWR | O_DIRECT);
	empty(fd, how, on_disk(pos), end_on_disk(pos + len) - on_disk(pos));
	close(fd);
	first = pos;
	end = pos + len;
	if (how == EMPTY_DISCARD) {
		first = (pos + PAGE - 1) / PAGE * PAGE;
		/* Nothing lies behind the disk's end. */
		if (end != d->capacity)
			end = end / PAGE * PAGE;
	}
	if (first < end)
		memset(d->want + first, 0, end - first);
	compare(d, pos, len);
}

static void do_snapshot(struct disk *d, bool writable)
{
	struct disk *new = vacant();

	if (!new)
		return;
	new->number = snapshot(d->number, writable ? SRD_SNAPSHOT_WRITABLE : 0);
	new->writable = writable;
	new->capacity = d->capacity;
	memcpy(new->want, d->want, REGION);
}

/* EBUSY: udev or the kernel's own look at partitions has it open. */
static void retry(int (*what)(unsigned int, unsigned int), unsigned int a, unsigned int b)
{
	int err, tries = 1000;

	while ((err = what(a, b)) == EBUSY && --tries)
		usleep(10000);
	if (err)
		die("operation %llu: rollback or reset of srd%u: %s",
		    (unsigned long long)op_number, a, strerror(err));
}

static int reset_it(unsigned int number, unsigned int unused)
{
	(void)unused;
	return reset(number);
}

static void do_rollback(struct disk *d)
{
	struct disk *to = pick(false);

	if (to == d)
		return;
	retry(rollback, d->number, to->number);
	d->capacity = to->capacity;
	memcpy(d->want, to->want, REGION);
}

static void do_reset(struct disk *d)
{
	retry(reset_it, d->number, 0);
	memset(d->want, 0, REGION);
}

static void do_resize(struct disk *d)
{
	uint64_t capacity = PIECE + below((REGION - PIECE) / 512 + 1) * 512;
	int err, tries = 1000;

	while ((err = resize(d->number, end_on_disk(capacity))) == EBUSY && --tries)
		usleep(10000);
	if (err)
		die("operation %llu: resize: %s", (unsigned long long)op_number, strerror(err));
	if (capacity < d->capacity)
		memset(d->want + capacity, 0, REGION - capacity);
	d->capacity = capacity;
}

/* ---- what disks say of their memory ---- */

static struct srd_ioc_info info(const struct disk *d)
{
	struct srd_ioc_info i = { .size = sizeof(i), .number = d->number };
	int err = command(SRD_IOC_INFO, &i);

	if (err)
		die("INFO of srd%d: %s", d->number, strerror(err));
	return i;
}

/*
 * What each has alone, and what some share, counted once, is what all have. What is shared has two
 * holders at least: where those are all who share, it is known to the byte.
 */
static void check_sums(void)
{
	uint64_t all = used_by_all(), alone = 0, shared = 0, most = 0, least;
	unsigned int i, sharing = 0;

	for (i = 0; i < DISKS; i++) {
		struct srd_ioc_info info_i;

		if (disks[i].number < 0)
			continue;
		info_i = info(&disks[i]);
		alone += info_i.used;
		shared += info_i.shared;
		sharing += !!info_i.shared;
		if (info_i.shared > most)
			most = info_i.shared;
		if (info_i.used + info_i.shared > 2 * REGION)
			die("operation %llu: srd%d holds too much", (unsigned long long)op_number,
			    disks[i].number);
	}
	least = alone + most;
	if (all < least || all > alone + shared / 2 || sharing == 1)
		die("operation %llu: all hold %llu; alone %llu, %u share up to %llu, in all %llu",
		    (unsigned long long)op_number, (unsigned long long)all,
		    (unsigned long long)alone, sharing, (unsigned long long)most,
		    (unsigned long long)shared);
}

/* A disk's own is what its end gives back. */
static void remove_and_check(struct disk *d)
{
	uint64_t before = used_by_all(), own = info(d).used, after;

	remove_number(d->number);
	d->number = -1;
	after = used_by_all();
	if (before - after != own)
		die("operation %llu: a disk that alone held %llu gave back %llu",
		    (unsigned long long)op_number, (unsigned long long)own,
		    (unsigned long long)(before - after));
}

static void do_remove(struct disk *d)
{
	unsigned int i, nr = 0;

	for (i = 0; i < DISKS; i++)
		nr += disks[i].number >= 0 && disks[i].writable;
	if (d->writable && nr < 2)
		return;
	remove_and_check(d);
}

/* All that is not zero is in an extent, and these are in order. */
static void check_extents(struct disk *d)
{
	struct srd_extent e[16];
	struct srd_ioc_extents ask = {
		.size = sizeof(ask), .number = d->number, .extents = (uintptr_t)e
	};
	static uint8_t there[REGION / PAGE];
	uint64_t pos, last = 0;
	unsigned int i;

	memset(there, 0, sizeof(there));
	do {
		ask.count = 1 + below(16);
		if (command(SRD_IOC_EXTENTS, &ask))
			die("EXTENTS of srd%d: %s", d->number, strerror(errno));
		for (i = 0; i < ask.count; i++) {
			if (e[i].start < last || !e[i].length)
				die("operation %llu: extents of srd%d: order",
				    (unsigned long long)op_number, d->number);
			last = e[i].start + e[i].length;
			for (pos = e[i].start; pos < last; pos += PAGE)
				if (pos % stride < PIECE && pos / stride < PIECES)
					there[(pos / stride * PIECE + pos % stride) / PAGE] = 1;
		}
	} while (ask.start < ask.end);
	for (pos = 0; pos < d->capacity; pos += PAGE) {
		uint64_t len = d->capacity - pos < PAGE ? d->capacity - pos : PAGE;

		if (!there[pos / PAGE] && !all_zero(d->want + pos, len))
			die("operation %llu: srd%d at %llu is in no extent",
			    (unsigned long long)op_number, d->number, (unsigned long long)pos);
	}
}

/* ---- */

static void operate(void)
{
	struct disk *d = pick(true);

	switch (below(32)) {
	case 0 ... 15:
		do_write(d);
		break;
	case 16 ... 22:
		do_empty(d);
		break;
	case 23 ... 24:
		do_snapshot(pick(false), false);
		break;
	case 25 ... 26:
		do_snapshot(pick(false), true);
		break;
	case 27:
		do_rollback(d);
		break;
	case 28:
		if (!below(4))
			do_reset(d);
		break;
	case 29:
		do_resize(d);
		break;
	default:
		do_remove(pick(false));
	}
}

static void check_all(void)
{
	unsigned int i;

	for (i = 0; i < DISKS; i++)
		if (disks[i].number >= 0) {
			compare(&disks[i], 0, disks[i].capacity);
			check_extents(&disks[i]);
		}
	check_sums();
}

static void remove_all(void)
{
	struct disk *d;

	while ((d = pick(false))) {
		remove_and_check(d);
		check_sums();
	}
	if (used_by_all())
		die("%llu bytes are left", (unsigned long long)used_by_all());
}

static void set_up(void)
{
	unsigned int i;

	buf = io_buffer(REGION);
	for (i = 0; i < DISKS; i++) {
		disks[i].number = i ? -1 : 0;
		disks[i].want = calloc(1, REGION);
		if (!disks[i].want)
			die("no memory");
	}
	disks[0].writable = true;
	disks[0].capacity = REGION;
}

int main(int argc, char **argv)
{
	uint64_t operations;
	int option;

	seed = (uint64_t)time(NULL);
	while ((option = getopt(argc, argv, "r:s:")) != -1) {
		if (option == 'r')
			seed = number(optarg);
		else if (option == 's')
			stride = number(optarg);
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
		if (!(op_number % 64))
			check_all();
	}
	check_all();
	remove_all();
	return 0;
}
