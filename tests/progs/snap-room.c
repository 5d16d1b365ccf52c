// SPDX-License-Identifier: GPL-2.0
/*
 * usage: snap-room [-m]
 *
 * What needs memory because it changes what is shared, with room for no page, for one, for two, and
 * so on until it succeeds: where it fails it says so, the disk has old or new at each place, its
 * snapshot is what it was, and nothing is lost; and with room enough it succeeds. Prints for each
 * operation how many pages that were. The room is that of the disk's limit, with -m that of the
 * module's. srd0 must exist, empty; the disks are removed in the end.
 */
#include <getopt.h>

#include "snap.h"

#define LEAF		512ULL			/* pages below a node of the last level */
#define FAR		(LEAF * LEAF + LEAF)	/* below another slot of the root on three levels */

#define HOLE		3ULL

/* Pages that there are, but for HOLE; the one before each is a hole too, and compared as well. */
static const uint64_t written[] = {
	0, 1, HOLE, 5, LEAF - 1, LEAF, 2 * LEAF - 1, FAR, FAR + 1,
};

#define PAGES		(sizeof(written) / sizeof(written[0]))

static uint64_t disk_bytes;
static bool module_limit;
static uint8_t *page;

struct image {
	uint8_t bytes[PAGES][PAGE];
};

static struct image old, new;

/* ---- memory ---- */

static struct srd_ioc_memory memory(void)
{
	struct srd_ioc_memory m = { .size = sizeof(m) };
	int tries = 1000;

	while (!command(SRD_IOC_MEMORY, &m) && m.pending && --tries)
		usleep(1000);
	if (m.pending)
		die("memory is pending");
	return m;
}

static void put_number(const char *path, uint64_t value)
{
	FILE *f = fopen(path, "w");

	if (!f || fprintf(f, "%llu\n", (unsigned long long)value) < 0 || fclose(f))
		die("%s: %s", path, strerror(errno));
}

/* Bytes that all disks may hold, which are all of one family; 0: as much as they like. */
static void set_limit(uint64_t bytes)
{
	if (module_limit)
		put_number("/sys/module/srd/parameters/mem_limit", bytes ?: 512 << 20);
	else
		put_number("/sys/block/srd0/srd/limit", bytes);
}

/* What the two have alone, and what they share, is what all have. */
static void check_sums(const char *what)
{
	struct srd_ioc_info i = { .size = sizeof(i) }, snap = { .size = sizeof(snap), .number = 1 };
	uint64_t used = memory().used;

	if (command(SRD_IOC_INFO, &i) || command(SRD_IOC_INFO, &snap))
		die("INFO: %s", strerror(errno));
	if (i.used + snap.used + i.shared != used || i.shared != snap.shared)
		die("%s: %llu and %llu alone, %llu and %llu shared, but %llu in all", what,
		    (unsigned long long)i.used, (unsigned long long)snap.used,
		    (unsigned long long)i.shared, (unsigned long long)snap.shared,
		    (unsigned long long)used);
}

/* ---- what is on the disks ---- */

static bool exists(unsigned int i)
{
	return (written[i] + 1) * PAGE <= disk_bytes;
}

/* At each sector it is the one or the other. */
static void compare(unsigned int number, const struct image *a, const struct image *b,
		    const char *what)
{
	int fd = open_number(number, O_RDONLY | O_DIRECT);
	uint64_t end = disk_size(fd), pos;
	unsigned int i, n;

	for (i = 0; i < PAGES; i++)
		for (n = 0; exists(i) && n < PAGE; n += SECTOR) {
			pos = written[i] * PAGE + n;
			if (pos >= end)
				continue;
			read_all(fd, page, SECTOR, pos);
			if (memcmp(page, a->bytes[i] + n, SECTOR) &&
			    memcmp(page, b->bytes[i] + n, SECTOR))
				die("%s: srd%u at %llu is neither old nor new", what, number,
				    (unsigned long long)pos);
		}
	for (i = 1; i < PAGES; i++) {
		pos = (written[i] - 1) * PAGE;
		if (!exists(i) || pos >= end || written[i - 1] == written[i] - 1)
			continue;
		read_all(fd, page, SECTOR, pos);
		if (!all_zero(page, SECTOR))
			die("%s: srd%u at %llu is no hole", what, number, (unsigned long long)pos);
	}
	close(fd);
}

/* In @new what is now within a range is @what, as far as there are pages. */
static void expect(uint64_t pos, uint64_t len, uint8_t what)
{
	unsigned int i, n;

	for (i = 0; i < PAGES; i++)
		for (n = 0; n < PAGE; n++)
			if (written[i] * PAGE + n >= pos && written[i] * PAGE + n < pos + len)
				new.bytes[i][n] = what;
}

/* ---- operations: 0 or an errno ---- */

static int write_to_srd0(uint64_t pos, uint64_t len)
{
	int fd = open_number(0, O_RDWR | O_DIRECT), err;
	uint8_t *buf = io_buffer(len);

	memset(buf, 'n', len);
	err = pwrite(fd, buf, len, pos) == (ssize_t)len ? 0 : errno;
	close(fd);
	free(buf);
	expect(pos, len, 'n');
	return err;
}

static int empty_srd0(enum empty_how how, uint64_t pos, uint64_t len)
{
	int fd = open_number(0, O_RDWR | O_DIRECT);
	int err = empty_try(fd, how, pos, len);

	close(fd);
	expect(pos, len, 0);
	return err;
}

static int write_a_sector(void)
{
	return write_to_srd0(SECTOR, SECTOR);
}

static int write_a_hole(void)
{
	return write_to_srd0(HOLE * PAGE, PAGE);
}

static int write_across_nodes(void)
{
	return write_to_srd0((LEAF - 1) * PAGE, 2 * PAGE);
}

static int discard_a_page(void)
{
	return empty_srd0(EMPTY_DISCARD, PAGE, PAGE);
}

static int discard_across_nodes(void)
{
	return empty_srd0(EMPTY_DISCARD, 5 * PAGE, LEAF * PAGE);
}

static int discard_a_node(void)
{
	return empty_srd0(EMPTY_DISCARD, 0, LEAF * PAGE);
}

static int zero_sectors(void)
{
	return empty_srd0(EMPTY_ZEROOUT, PAGE - SECTOR, 2 * SECTOR);
}

static int punch_unaligned(void)
{
	return empty_srd0(EMPTY_PUNCH, SECTOR, 5 * PAGE);
}

static int erase_a_page(void)
{
	return empty_srd0(EMPTY_SECURE, 5 * PAGE, PAGE);
}

static int resize_busy(uint64_t capacity)
{
	int err, tries = 1000;

	while ((err = resize(0, capacity)) == EBUSY && --tries)
		usleep(10000);
	return err;
}

static int shrink_into_a_page(void)
{
	int err = resize_busy(5 * PAGE + SECTOR);

	/* What was cut off is not there any more when it has grown back. */
	if (!err)
		err = resize_busy(disk_bytes);
	expect(5 * PAGE + SECTOR, disk_bytes, 0);
	return err;
}

static int shrink_into_a_hole(void)
{
	int err = resize_busy(4 * PAGE);

	if (!err)
		err = resize_busy(disk_bytes);
	expect(4 * PAGE, disk_bytes, 0);
	return err;
}

static int roll_it_back(void)
{
	return rollback(0, 1);
}

static int reset_it(void)
{
	expect(0, disk_bytes, 0);
	return reset(0);
}

static int take_and_remove(void)
{
	struct srd_ioc_snapshot s = { .size = sizeof(s) };
	int err = command(SRD_IOC_SNAPSHOT, &s);

	if (!err) {
		compare(s.number, &old, &old, "another snapshot");
		remove_number(s.number);
	}
	return err;
}

static const struct operation {
	const char *name;
	int (*run)(void);
	int error;
	bool whole;		/* fails without having done a part */
} operations[] = {
	{ "write-a-sector", write_a_sector, ENOSPC, true },
	{ "write-a-hole", write_a_hole, ENOSPC, true },
	{ "write-across-nodes", write_across_nodes, ENOSPC, false },
	{ "discard-a-page", discard_a_page, ENOSPC, true },
	{ "discard-across-nodes", discard_across_nodes, ENOSPC, false },
	{ "discard-a-node", discard_a_node, ENOSPC, false },
	{ "zero-sectors", zero_sectors, ENOSPC, false },
	{ "punch-unaligned", punch_unaligned, ENOSPC, false },
	{ "erase-a-page", erase_a_page, ENOSPC, true },
	/* errno: RESIZE ENOMEM */
	{ "shrink-into-a-page", shrink_into_a_page, ENOMEM, true },
	{ "shrink-into-a-hole", shrink_into_a_hole, ENOMEM, true },
	/* errno: SNAPSHOT ENOMEM */
	{ "snapshot", take_and_remove, ENOMEM, true },
	/* errno: ROLLBACK ENOMEM */
	{ "rollback", roll_it_back, ENOMEM, true },
	/* errno: RESET ENOMEM */
	{ "reset", reset_it, ENOMEM, true },
};

/* Both disks share all they have. */
static void set_back(const char *what)
{
	int err, tries = 1000;

	while ((err = rollback(0, 1)) == EBUSY && --tries)
		usleep(10000);
	if (err)
		die("%s: rollback: %s", what, strerror(err));
	compare(0, &old, &old, what);
	check_sums(what);
}

/* With room for @pages; whether it had success. */
static bool try_with(const struct operation *o, unsigned int pages)
{
	int err;

	set_limit(memory().used + pages * PAGE);
	new = old;
	err = o->run();
	if (err && err != o->error)
		die("%s with %u pages: %s", o->name, pages, strerror(err));
	compare(1, &old, &old, o->name);
	compare(0, err ? &old : &new, err && o->whole ? &old : &new, o->name);
	check_sums(o->name);
	set_limit(0);
	if (err) {
		int again = o->run();

		if (again)
			die("%s with room enough, after %u pages: %s", o->name, pages,
			    strerror(again));
		compare(1, &old, &old, o->name);
		compare(0, &new, &new, o->name);
		check_sums(o->name);
	}
	set_back(o->name);
	return !err;
}

static void set_up(void)
{
	uint64_t state = 1;
	unsigned int i;
	int fd = open_number(0, O_RDWR | O_DIRECT);

	disk_bytes = disk_size(fd);
	page = io_buffer(PAGE);
	for (i = 0; i < PAGES; i++) {
		if (!exists(i) || written[i] == HOLE)
			continue;
		random_fill(&state, page, PAGE);
		memcpy(old.bytes[i], page, PAGE);
		write_all(fd, page, PAGE, written[i] * PAGE);
	}
	close(fd);
	if (snapshot(0, 0) != 1)
		die("the snapshot is not srd1");
	compare(1, &old, &old, "the snapshot");
}

int main(int argc, char **argv)
{
	const struct operation *o;
	unsigned int pages;

	if (getopt(argc, argv, "m") == 'm')
		module_limit = true;
	if (optind != argc)
		return 2;
	set_up();
	for (o = operations; o < operations + sizeof(operations) / sizeof(*o); o++) {
		for (pages = 0; !try_with(o, pages); pages++)
			if (pages > 64)
				die("%s: no success with %u pages", o->name, pages);
		printf("%s %u\n", o->name, pages);
	}
	remove_number(0);
	remove_number(1);
	if (memory().used)
		die("%llu bytes are left", (unsigned long long)memory().used);
	return 0;
}
