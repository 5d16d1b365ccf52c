// SPDX-License-Identifier: GPL-2.0
/*
 * usage: window-hammer ROUNDS
 *
 * Two threads load and store through the window of srd0 without a pause, and one through that of
 * a clone of it, while all that takes pages away happens to the disks, ROUNDS times: discard,
 * zeroing, snapshot, rollback, reset, a smaller and a larger capacity, the window's end, forced
 * removal; and the memory of srd1 goes round. Every word that is seen must be zero, or one that
 * was written to that place of that disk (of the clone's origin, too), and a snapshot must stay
 * what it was.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "window.h"

#define PAGES	1024U
#define LEN	((size_t)PAGES * PAGE)
#define WORDS	8U
#define STRIDE	(PAGE / WORDS / sizeof(uint64_t))

enum { MAIN = 1, CLONE, OTHER };

struct hammer {
	pthread_t thread;
	unsigned int number;
	unsigned int tag;
	uint64_t random;
	_Atomic uint64_t loads;
	uint64_t stores, faults;
	atomic_bool stop;
};

/* What a disk writes to a page, each time another one. */
static uint64_t word(unsigned int tag, unsigned int page, uint64_t nr)
{
	return (uint64_t)tag << 56 | (uint64_t)page << 32 | (uint32_t)nr;
}

static uint64_t next(uint64_t *state)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return *state >> 33;
}

static bool may_be(uint64_t got, unsigned int tag, unsigned int page)
{
	unsigned int by = got >> 56;

	return !got || ((by == MAIN || by == tag) && word(by, page, got) == got);
}

static void look(const volatile uint64_t *p, unsigned int tag, unsigned int page)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++) {
		uint64_t got = p[i * STRIDE];

		if (!may_be(got, tag, page))
			die("page %u of disk %u: word %u is %llx", page, tag, i,
			    (unsigned long long)got);
	}
}

static void touch(struct hammer *h, volatile uint64_t *map)
{
	unsigned int page = next(&h->random) % PAGES, i;
	volatile uint64_t *p = map + (size_t)page * PAGE / sizeof(*p);

	look(p, h->tag, page);
	h->loads++;
	if (next(&h->random) % 2)
		return;
	for (i = 0; i < WORDS; i++)
		p[i * STRIDE] = word(h->tag, page, h->stores);
	h->stores++;
}

/* A mapping of what is there now; NULL when there is nothing for the moment. */
static void *try_map(unsigned int number)
{
	char path[40];
	void *map;
	int fd;

	snprintf(path, sizeof(path), "/dev/srd%u-window", number);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	map = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return map == MAP_FAILED ? NULL : map;
}

static void *hammer(void *argument)
{
	struct hammer *h = argument;
	void *volatile map = NULL;

	while (!h->stop) {
		if (!map)
			map = try_map(h->number);
		if (!map) {
			usleep(1000);
			continue;
		}
		if (SURVIVES(touch(h, map)))
			continue;
		h->faults++;
		munmap(map, LEN);
		map = NULL;
	}
	if (map)
		munmap(map, LEN);
	return NULL;
}

/* Starts a thread, and waits until it is at it. */
static void start(struct hammer *h, unsigned int number, unsigned int tag, uint64_t seed)
{
	memset(h, 0, sizeof(*h));
	h->number = number;
	h->tag = tag;
	h->random = seed;
	if (pthread_create(&h->thread, NULL, hammer, h))
		die("no thread");
	while (!h->loads)
		usleep(1000);
}

static void end(struct hammer *h)
{
	h->stop = true;
	pthread_join(h->thread, NULL);
}

static void must(int err, const char *what)
{
	if (err)
		die("%s: %s", what, strerror(err));
}

static void remove_by_force(unsigned int number)
{
	struct srd_ioc_remove r = {
		.size = sizeof(r), .flags = SRD_REMOVE_FORCE, .number = number,
	};

	must(command(SRD_IOC_REMOVE, &r), "forced removal");
}

static void resize_by_force(unsigned int number, uint64_t capacity)
{
	struct srd_ioc_resize r = {
		.size = sizeof(r), .flags = SRD_RESIZE_FORCE, .number = number,
		.capacity = capacity,
	};

	must(command(SRD_IOC_RESIZE, &r), "resize");
}

static void on_range(unsigned long cmd, uint64_t *random)
{
	uint64_t first = next(random) % PAGES, nr = 1 + next(random) % (PAGES - first);
	uint64_t what[2] = { first * PAGE, nr * PAGE };
	int fd = open_number(0, O_RDWR);

	if (ioctl(fd, cmd, what))
		die("ioctl of a range: %s", strerror(errno));
	close(fd);
}

static void write_directly(unsigned int number, unsigned int tag, uint64_t *random)
{
	uint64_t *buf = io_buffer(PAGE);
	int fd = open_number(number, O_RDWR | O_DIRECT);
	unsigned int i, n, page;

	for (n = 0; n < 64; n++) {
		page = next(random) % PAGES;
		for (i = 0; i < WORDS; i++)
			buf[i * STRIDE] = word(tag, page, *random);
		if (pwrite(fd, buf, PAGE, (uint64_t)page * PAGE) != PAGE)
			die("write: %s", strerror(errno));
	}
	if (tag == OTHER && ioctl(fd, BLKDISCARD, (uint64_t[]){ 0, LEN }))
		die("discard: %s", strerror(errno));
	close(fd);
	free(buf);
}

static void *whole_disk(unsigned int number)
{
	int fd = open_number(number, O_RDONLY | O_DIRECT);
	uint64_t *all = io_buffer(LEN);
	unsigned int page;

	if (pread(fd, all, LEN, 0) != (ssize_t)LEN)
		die("read: %s", strerror(errno));
	close(fd);
	for (page = 0; page < PAGES; page++)
		look(all + (size_t)page * PAGE / sizeof(*all), MAIN, page);
	return all;
}

/* A snapshot that lives for a while, and does not change. */
static void with_snapshot(unsigned int what, uint64_t *random)
{
	unsigned int number = snapshot(0, 0);
	void *before = whole_disk(number), *after;
	int err;

	on_range(BLKDISCARD, random);
	write_directly(0, MAIN, random);
	usleep(2000);
	if (what) {
		while ((err = rollback(0, number)) == EBUSY)
			usleep(1000);
		must(err, "rollback");
	}
	after = whole_disk(number);
	if (memcmp(before, after, LEN))
		die("a snapshot has changed");
	free(before);
	free(after);
	remove_number(number);
}

static void with_clone(uint64_t seed)
{
	unsigned int number = snapshot(0, SRD_SNAPSHOT_WRITABLE);
	struct hammer h;

	must(window_switch(number, true), "a clone's window");
	start(&h, number, CLONE, seed);
	usleep(20000);
	remove_by_force(number);
	usleep(1000);
	end(&h);
}

static void round_of(unsigned int what, uint64_t *random)
{
	int err;

	switch (what) {
	case 0:
		return on_range(BLKDISCARD, random);
	case 1:
		return on_range(BLKZEROOUT, random);
	case 2:
	case 3:
		return with_snapshot(what == 3, random);
	case 4:
		while ((err = reset(0)) == EBUSY)
			usleep(1000);
		return must(err, "reset");
	case 5:
		resize_by_force(0, LEN / 4 + PAGE);
		usleep(2000);
		return resize_by_force(0, LEN);
	case 6:
		must(window_switch(0, false), "window off");
		usleep(1000);
		return must(window_switch(0, true), "window on");
	default:
		return write_directly(0, MAIN, random);
	}
}

int main(int argc, char **argv)
{
	uint64_t random = 1, rounds, i;
	struct hammer hammers[2];

	if (argc != 2)
		die("usage: window-hammer ROUNDS");
	rounds = number(argv[1]);
	catch_bus();
	must(window_switch(0, true), "a window");
	for (i = 0; i < 2; i++)
		start(&hammers[i], 0, MAIN, i + 2);
	for (i = 0; i < rounds; i++) {
		round_of(next(&random) % 8, &random);
		write_directly(1, OTHER, &random);
		if (!(i % 16))
			with_clone(i);
	}
	for (i = 0; i < 2; i++) {
		end(&hammers[i]);
		printf("%llu loads, %llu stores, %llu times SIGBUS\n",
		       (unsigned long long)hammers[i].loads,
		       (unsigned long long)hammers[i].stores,
		       (unsigned long long)hammers[i].faults);
	}
	return 0;
}
