// SPDX-License-Identifier: GPL-2.0
/*
 * usage: snap-model [OPERATIONS [SEED]]
 *
 * Random operations on a family of disks and on a plain copy of each in memory: write, discard,
 * zero, snapshot, clone, rollback, reset, resize, remove. After each, what it touched is compared,
 * and all disks now and then. Ends with all disks removed. srd0 must exist, empty.
 */
#include <time.h>

#include "snap.h"

#define DISKS		12
#define REGION		(6U << 20)	/* three nodes of the table's last level */
#define BASE		(1U << 20)

struct disk {
	int number;		/* -1: none */
	bool writable;
	int fd;			/* open only while it is used */
	uint64_t capacity;
	uint8_t *want;
};

static struct disk disks[DISKS];
static uint64_t seed;
static uint64_t op_number;
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

static void compare(struct disk *d, uint64_t pos, uint64_t len)
{
	int fd = open_number(d->number, O_RDONLY | O_DIRECT);
	uint64_t i;

	read_all(fd, buf, len, pos);
	close(fd);
	for (i = 0; i < len; i++)
		if (buf[i] != d->want[pos + i])
			die("operation %llu: srd%d at %llu is %02x, wanted %02x",
			    (unsigned long long)op_number, d->number,
			    (unsigned long long)(pos + i), buf[i], d->want[pos + i]);
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
	write_all(fd, buf, len, pos);
	close(fd);
	compare(d, pos, len);
}

static void do_zero(struct disk *d, bool discard)
{
	uint64_t pos, len, args[2];
	int fd;

	range(d, &pos, &len);
	if (discard) {
		/* whole pages, which then read as zeroes */
		len = (len + PAGE - 1) / PAGE * PAGE;
		pos = pos / PAGE * PAGE;
		if (pos + len > d->capacity)
			return;
	}
	args[0] = pos;
	args[1] = len;
	fd = open_number(d->number, O_RDWR | O_DIRECT);
	if (ioctl(fd, discard ? BLKDISCARD : BLKZEROOUT, args))
		die("operation %llu: %s: %s", (unsigned long long)op_number,
		    discard ? "discard" : "zero", strerror(errno));
	close(fd);
	memset(d->want + pos, 0, len);
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
	uint64_t capacity = BASE + below((REGION - BASE) / 512 + 1) * 512;
	int err, tries = 1000;

	while ((err = resize(d->number, capacity)) == EBUSY && --tries)
		usleep(10000);
	if (err)
		die("operation %llu: resize: %s", (unsigned long long)op_number, strerror(err));
	if (capacity < d->capacity)
		memset(d->want + capacity, 0, REGION - capacity);
	d->capacity = capacity;
}

static void do_remove(struct disk *d)
{
	unsigned int i, nr = 0;

	for (i = 0; i < DISKS; i++)
		nr += disks[i].number >= 0 && disks[i].writable;
	if (d->writable && nr < 2)
		return;
	remove_number(d->number);
	d->number = -1;
}

static void operate(void)
{
	struct disk *d = pick(true);

	switch (below(32)) {
	case 0 ... 15:
		do_write(d);
		break;
	case 16 ... 19:
		do_zero(d, true);
		break;
	case 20 ... 22:
		do_zero(d, false);
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

static void compare_all(void)
{
	unsigned int i;

	for (i = 0; i < DISKS; i++)
		if (disks[i].number >= 0)
			compare(&disks[i], 0, disks[i].capacity);
}

int main(int argc, char **argv)
{
	uint64_t operations = argc > 1 ? number(argv[1]) : 1000;
	unsigned int i;

	seed = argc > 2 ? number(argv[2]) : (uint64_t)time(NULL);
	printf("seed %llu\n", (unsigned long long)seed);
	fflush(stdout);
	buf = io_buffer(REGION);
	for (i = 0; i < DISKS; i++) {
		disks[i].number = i ? -1 : 0;
		disks[i].want = calloc(1, REGION);
		if (!disks[i].want)
			die("no memory");
	}
	disks[0].writable = true;
	disks[0].capacity = REGION;
	for (op_number = 0; op_number < operations; op_number++) {
		operate();
		if (!(op_number % 64))
			compare_all();
	}
	compare_all();
	for (i = 0; i < DISKS; i++)
		if (disks[i].number >= 0)
			remove_number(disks[i].number);
	return 0;
}
