// SPDX-License-Identifier: GPL-2.0
/*
 * usage: power-room
 *
 * Changes of a disk with a volatile cache, and the return of its power, when there is room for so
 * many pages and no more. Each is tried with one page more until it succeeds. Where it fails, it
 * does with ENOSPC: what was written before is there, what is changed is as before or as wanted,
 * block by block, and after a power cut all is what the policy says. Prints how many pages each
 * needed. There must be no disk, and none is left.
 */
#include "power.h"

#define SIZE		512
#define PAGES		8	/* the last ones are a hole */
#define BLOCKS		(PAGES * PAGE / SIZE)
#define WRITTEN		(6 * PAGE / SIZE)
#define ROOM_MOST	40

/* What is on the disk before: durable, and in its cache. */
enum { FLUSHED = 1000, CACHED = 2000, CHANGED = 3000 };

struct change {
	const char *name;
	int (*make)(int fd);
	unsigned int first, end;	/* blocks */
	bool zeroes;
	bool durable;
};

static uint8_t *buf;
static unsigned int srd;

static uint64_t flushed(unsigned int i)
{
	return i < WRITTEN ? FLUSHED + i : 0;
}

/* Page 1 is in the cache twice, page 2 once, and so is the first block of the hole. */
static uint64_t cached(unsigned int i)
{
	unsigned int page = i * SIZE / PAGE;

	return page == 1 || page == 2 || i == 6 * PAGE / SIZE ? CACHED + i : flushed(i);
}

static void fill(unsigned int first, unsigned int end, uint64_t tag)
{
	unsigned int i;

	for (i = first; i < end; i++)
		block_fill(buf + (i - first) * SIZE, SIZE, tag + i);
}

static int write_range(int fd, unsigned int first, unsigned int end, uint64_t tag, bool fua)
{
	size_t len = (end - first) * SIZE;

	fill(first, end, tag);
	if (fua)
		return write_fua(fd, buf, len, first * SIZE);
	return pwrite(fd, buf, len, first * SIZE) == (ssize_t)len ? 0 : errno;
}

static int write_clean(int fd)
{
	return write_range(fd, 0, 8, CHANGED, false);
}

static int write_many(int fd)
{
	return write_range(fd, 4, 60, CHANGED, false);
}

static int write_cached(int fd)
{
	return write_range(fd, 8, 16, CHANGED, false);
}

static int write_hole(int fd)
{
	return write_range(fd, 56, 64, CHANGED, false);
}

static int write_fua_part(int fd)
{
	return write_range(fd, 50, 60, CHANGED, true);
}

static int zero_some(int fd)
{
	return empty_try(fd, EMPTY_ZEROOUT, 4 * SIZE, 40 * SIZE);
}

static int erase_some(int fd)
{
	return empty_try(fd, EMPTY_SECURE, 4 * SIZE, 40 * SIZE);
}

static int discard_some(int fd)
{
	return empty_try(fd, EMPTY_DISCARD, 0, 40 * SIZE);
}

static const struct change changes[] = {
	{ "write-what-is-durable", write_clean, 0, 8, false, false },
	{ "write-what-is-cached", write_cached, 8, 16, false, false },
	{ "write-a-hole", write_hole, 56, 64, false, false },
	{ "write-many-pages", write_many, 4, 60, false, false },
	{ "write-durably", write_fua_part, 50, 60, false, true },
	{ "zero", zero_some, 4, 44, true, false },
	{ "erase", erase_some, 4, 44, true, true },
	{ "discard", discard_some, 0, 40, true, true },
};

static void set_limit(uint64_t bytes)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/block/srd%u/srd/limit", srd);
	file = fopen(path, "w");
	if (!file || fprintf(file, "%llu\n", (unsigned long long)bytes) < 0 || fclose(file))
		die("%s: %s", path, strerror(errno));
}

/* Room for so many pages more than all who have the account hold. */
static void set_room(unsigned int pages)
{
	set_limit(used_by_all() + pages * PAGE);
}

static void must(int err, const char *what)
{
	if (err)
		die("%s: %s", what, strerror(err));
}

/* The disk is empty, and begins with the same seed each time: as many blocks have to be saved. */
static int begin(void)
{
	int fd = open_number(srd, O_RDWR | O_DIRECT);

	must(write_range(fd, 0, WRITTEN, FLUSHED, false), "write");
	sync_disk(fd);
	must(write_range(fd, 8, 16, FLUSHED, false), "write");
	must(write_range(fd, 8, 24, CACHED, false), "write");
	must(write_range(fd, 48, 49, CACHED, false), "write");
	return fd;
}

static bool in(const struct change *c, unsigned int i)
{
	return c && i >= c->first && i < c->end;
}

static uint64_t changed(const struct change *c, unsigned int i)
{
	return c->zeroes ? 0 : CHANGED + i;
}

/*
 * Whether each block is as it was before the change, or as it is afterwards where that is so; NULL:
 * there was no change.
 */
static void check(int fd, uint64_t (*before)(unsigned int i), const struct change *c, bool after,
		  bool failed, const char *what)
{
	uint8_t *data = buf;
	unsigned int i;
	uint64_t tag;

	read_all(fd, data, PAGES * PAGE, 0);
	for (i = 0; i < BLOCKS; i++) {
		tag = block_tag(data + i * SIZE, SIZE, i);
		if (in(c, i) && after && tag == changed(c, i))
			continue;
		if (tag == before(i) && !(in(c, i) && after && !failed))
			continue;
		/* A change that failed where it would have been durable may have been, in part. */
		if (in(c, i) && c->durable && failed && tag == changed(c, i))
			continue;
		die("%s, %s: block %u is %llu", c ? c->name : "power", what, i,
		    (unsigned long long)tag);
	}
}

static void check_power(const struct change *c, int err, int fd, uint32_t keep)
{
	bool all = keep == SRD_KEEP_ALL;

	set_limit(0);
	power_cut(srd);
	close(fd);
	power_on(srd, keep, 1);
	fd = open_number(srd, O_RDWR | O_DIRECT);
	check(fd, all ? cached : flushed, c, all || c->durable, err, keep_names[keep]);
	close(fd);
}

/* An empty disk holds no more than it ever did. */
static void end(void)
{
	static uint64_t least;
	int fd = open_number(srd, O_RDWR | O_DIRECT);

	sync_disk(fd);
	empty(fd, EMPTY_DISCARD, 0, PAGES * PAGE);
	close(fd);
	if (!least)
		least = used_by_all();
	if (used_by_all() != least)
		die("an empty disk holds %llu, at first %llu", (unsigned long long)used_by_all(),
		    (unsigned long long)least);
}

static int try_change(const struct change *c, unsigned int room, uint32_t keep, bool shared)
{
	int fd = begin(), err;
	unsigned int taken = 0;
	uint64_t before;

	if (shared)
		taken = snapshot(srd, 0);
	set_room(room);
	before = info_of(srd).cached;
	err = c->make(fd);
	/* The block layer makes EIO of it for some, and says nothing of others. */
	if (err && err != ENOSPC && err != EIO)
		die("%s: %s", c->name, strerror(err));
	check(fd, cached, c, true, err, "at once");
	/* Who writes in vain must not fill the cache, which has memory that is in no limit. */
	if (err && !room && info_of(srd).cached != before)
		die("%s: %llu bytes are cached, before it failed %llu", c->name,
		    (unsigned long long)info_of(srd).cached, (unsigned long long)before);
	check_power(c, err, fd, keep);
	if (shared)
		remove_number(taken);
	end();
	return err;
}

static void room_for_changes(bool shared)
{
	const struct change *c;
	unsigned int room;

	for (c = changes; c < changes + sizeof(changes) / sizeof(*changes); c++) {
		for (room = 0; room < ROOM_MOST; room++)
			if (!try_change(c, room, room % 2 ? SRD_KEEP_NONE : SRD_KEEP_ALL, shared))
				break;
		printf("%s%s %u\n", c->name, shared ? "-shared" : "", room);
	}
}

/* What is to be put back is in a snapshot, too. */
static void room_for_power(void)
{
	unsigned int room, taken;
	struct srd_ioc_power p;
	int fd, err = ENOSPC;

	for (room = 0; err && room < ROOM_MOST; room++) {
		fd = begin();
		taken = snapshot(srd, 0);
		power_cut(srd);
		close(fd);
		set_room(room);
		err = power_on_try(srd, SRD_KEEP_NONE, 1, &p);
		/* errno: POWER ENOSPC */
		if (err && err != ENOSPC)
			die("power: %s", strerror(err));
		if (err) {
			if (!(info_of(srd).state & SRD_STATE_OFF))
				die("it is on after an error");
			set_limit(0);
			must(power_on_try(srd, SRD_KEEP_NONE, 1, &p), "power");
		}
		fd = open_number(srd, O_RDONLY | O_DIRECT);
		check(fd, flushed, NULL, false, false, "put back");
		close(fd);
		fd = open_number(taken, O_RDONLY | O_DIRECT);
		check(fd, cached, NULL, false, false, "the snapshot");
		close(fd);
		remove_number(taken);
		set_limit(0);
		end();
	}
	printf("power-shared %u\n", room - 1);
}

int main(void)
{
	buf = io_buffer(PAGES * PAGE);
	srd = create_volatile(PAGES * PAGE, SIZE, 0);
	power_cut(srd);
	power_on(srd, SRD_KEEP_NONE, 1);
	room_for_changes(false);
	room_for_changes(true);
	room_for_power();
	remove_number(srd);
	if (used_by_all())
		die("memory is left");
	return 0;
}
