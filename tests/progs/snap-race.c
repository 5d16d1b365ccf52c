// SPDX-License-Identifier: GPL-2.0
/*
 * usage: snap-race SNAPSHOTS
 *
 * Threads take snapshots and clones of a family of disks, remove, roll back, reset and resize its
 * members and ask what they are, each as often as it can and of any disk, while others read, write
 * and discard there; until that many snapshots have been taken. Nobody may get an error that tells
 * something else than that a disk is going, gone, in use or read-only. A page is written as a whole
 * and by one thread only, and no disk ends within one, so that none may be seen in part in a disk
 * that nobody writes. (What becomes of a page that is cut: snap-model.c.) srd0 must exist; in the
 * end all disks are removed, and no memory may be left.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "snap.h"

#define NUMBERS		10		/* srd0 to srd9 are those that are played with */
#define PAGES		2048U		/* four nodes of the table's last level */
#define CAPACITY	((uint64_t)PAGES * PAGE)
#define WRITERS		2

static atomic_bool stop;
static atomic_ulong taken, rolled, seen;

struct worker {
	void (*run)(struct worker *w);
	uint64_t seed;
	unsigned int self;		/* of the writers */
	pthread_t thread;
};

static unsigned int any(struct worker *w)
{
	return random_below(&w->seed, NUMBERS);
}

/* Die of an errno that is not among those. */
#define expect_among(err, what, ...) \
	expect_among_list(err, what, (const int []){ __VA_ARGS__, 0 })

static void expect_among_list(int err, const char *what, const int *allowed)
{
	while (*allowed && *allowed != err)
		allowed++;
	if (err && !*allowed)
		die("%s: %s", what, strerror(err));
}

/* ---- those who change what there is ---- */

static void do_snapshot(struct worker *w)
{
	struct srd_ioc_snapshot s = {
		.size = sizeof(s), .source = any(w), .flags = SRD_SNAPSHOT_NUMBER,
		.number = 1 + random_below(&w->seed, NUMBERS - 1),
	};
	int err;

	if (random_below(&w->seed, 2))
		s.flags |= SRD_SNAPSHOT_WRITABLE;
	if (random_below(&w->seed, 2))
		s.flags |= SRD_SNAPSHOT_NO_FREEZE;
	err = command(SRD_IOC_SNAPSHOT, &s);
	expect_among(err, "snapshot", ENODEV, EEXIST);
	taken += !err;
}

/* One that goes with who made it. */
static void do_temporary(struct worker *w)
{
	struct srd_ioc_snapshot s = {
		.size = sizeof(s), .source = any(w), .flags = SRD_SNAPSHOT_TEMPORARY,
	};
	int fd = open(SRD_CONTROL_PATH, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die("%s: %s", SRD_CONTROL_PATH, strerror(errno));
	expect_among(ioctl(fd, SRD_IOC_SNAPSHOT, &s) ? errno : 0, "temporary snapshot", ENODEV);
	close(fd);
}

/* All but srd0, without which there would be no family. */
static void do_remove(struct worker *w)
{
	static const unsigned int flags[] = { 0, 0, SRD_REMOVE_FORCE, SRD_REMOVE_DEFERRED };
	struct srd_ioc_remove r = {
		.size = sizeof(r), .flags = flags[random_below(&w->seed, 4)],
		.number = 1 + random_below(&w->seed, NUMBERS - 1),
	};

	expect_among(command(SRD_IOC_REMOVE, &r), "remove", ENODEV, EBUSY);
}

static void do_rollback(struct worker *w)
{
	unsigned int number = any(w), to = any(w);
	int err = rollback(number, to);

	expect_among(err, "rollback", ENODEV, EBUSY, EROFS, number == to ? EINVAL : ENODEV);
	rolled += !err;
}

static void do_reset(struct worker *w)
{
	expect_among(reset(any(w)), "reset", ENODEV, EBUSY, EROFS);
	usleep(5000);
}

/*
 * To the full size more often than to another one. In whole pages: one that the disk's end cuts is
 * zeroes behind it when the disk has grown again, and a write that reaches past the end is short.
 */
static void do_resize(struct worker *w)
{
	struct srd_ioc_resize r = {
		.size = sizeof(r), .number = any(w), .capacity = CAPACITY,
		.flags = random_below(&w->seed, 2) ? SRD_RESIZE_FORCE : 0,
	};

	if (!random_below(&w->seed, 4))
		r.capacity = (1 + random_below(&w->seed, 2 * PAGES)) * PAGE;
	expect_among(command(SRD_IOC_RESIZE, &r), "resize", ENODEV, EBUSY);
	usleep(2000);
}

static void do_ask(struct worker *w)
{
	struct srd_extent e[4];
	struct srd_ioc_info i = { .size = sizeof(i), .number = any(w) };
	struct srd_ioc_extents x = {
		.size = sizeof(x), .number = any(w), .count = 4, .extents = (uintptr_t)e,
	};
	int err = command(SRD_IOC_INFO, &i);

	expect_among(err, "info", ENODEV);
	if (!err && i.used + i.shared > 4 * CAPACITY)
		die("info: srd%u holds more than it can", i.number);
	expect_among(command(SRD_IOC_EXTENTS, &x), "extents", ENODEV);
}

/* ---- those who use the disks ---- */

static int open_any(struct worker *w, int flags, unsigned int *number)
{
	char path[32];
	int fd;

	*number = any(w);
	snprintf(path, sizeof(path), "/dev/srd%u", *number);
	fd = open(path, flags | O_DIRECT | O_CLOEXEC);
	if (fd < 0)
		expect_among(errno, "open", ENOENT, ENXIO, ENODEV, EACCES, EPERM, EROFS);
	return fd;
}

static void do_write(struct worker *w)
{
	static _Thread_local uint64_t *words;
	uint64_t pos, range[2];
	unsigned int i, n, number;
	int fd = open_any(w, O_RDWR, &number);

	if (fd < 0)
		return;
	if (!words)
		words = io_buffer(PAGE);
	for (n = 0; n < 64; n++) {
		pos = (random_below(&w->seed, PAGES / WRITERS) * WRITERS + w->self) * PAGE;
		if (!random_below(&w->seed, 8)) {
			range[0] = pos;
			range[1] = PAGE;
			if (ioctl(fd, BLKDISCARD, range))
				expect_among(errno, "discard", EINVAL, EIO, ENXIO, ENODEV, EPERM,
					     EBADF, EOPNOTSUPP);
			continue;
		}
		words[0] = random_next(&w->seed);
		for (i = 1; i < PAGE / sizeof(*words); i++)
			words[i] = words[0];
		if (pwrite(fd, words, PAGE, pos) < 0)
			expect_among(errno, "write", EIO, ENXIO, ENODEV, ENOSPC, EPERM);
	}
	close(fd);
}

static bool read_only(unsigned int number)
{
	struct srd_ioc_info i = { .size = sizeof(i), .number = number };

	return !command(SRD_IOC_INFO, &i) && i.state & SRD_STATE_READ_ONLY;
}

/* Die unless all of a page is what one write put there. */
static void check_page(int fd, unsigned int number, unsigned int page, const uint64_t *words)
{
	unsigned int i;

	for (i = 1; i < PAGE / sizeof(*words); i++)
		if (words[i] != words[0])
			die("srd%u, %llu bytes: page %u is %016llx, but from byte %zu on %016llx",
			    number, (unsigned long long)disk_size(fd), page,
			    (unsigned long long)words[0], i * sizeof(*words),
			    (unsigned long long)words[i]);
}

static void do_read(struct worker *w)
{
	static _Thread_local uint64_t *words;
	unsigned int n, number;
	int fd = open_any(w, O_RDONLY, &number);
	ssize_t len;

	if (fd < 0)
		return;
	if (!words)
		words = io_buffer(PAGE);
	/* Asked with the disk open, so that it is this one, or one that is going. */
	if (!read_only(number)) {
		close(fd);
		return;
	}
	for (n = 0; n < 64; n++) {
		unsigned int page = random_below(&w->seed, PAGES);

		len = pread(fd, words, PAGE, (uint64_t)page * PAGE);
		if (len < 0)
			expect_among(errno, "read", EIO, ENXIO, ENODEV);
		if (len != PAGE)
			continue;
		check_page(fd, number, page, words);
		seen++;
	}
	close(fd);
}

/* ---- */

static struct worker workers[] = {
	{ .run = do_snapshot }, { .run = do_snapshot }, { .run = do_temporary },
	{ .run = do_remove }, { .run = do_remove }, { .run = do_rollback }, { .run = do_rollback },
	{ .run = do_reset }, { .run = do_resize }, { .run = do_ask }, { .run = do_read },
	{ .run = do_write, .self = 0 }, { .run = do_write, .self = 1 },
};

#define NR_WORKERS	(sizeof(workers) / sizeof(workers[0]))

static void *work(void *arg)
{
	struct worker *w = arg;

	while (!atomic_load(&stop))
		w->run(w);
	return NULL;
}

static void remove_all(void)
{
	struct srd_ioc_memory m = { .size = sizeof(m) };
	struct srd_ioc_info i = { .size = sizeof(i) };
	int tries = 3000;

	while (!command(SRD_IOC_NEXT, &i))
		remove_number(i.number);
	while (!command(SRD_IOC_MEMORY, &m) && (m.used || m.disks) && --tries)
		usleep(10000);
	if (!tries)
		die("left: %u disks, %llu bytes", m.disks, (unsigned long long)m.used);
}

int main(int argc, char **argv)
{
	unsigned long nr;
	unsigned int i;

	if (argc != 2)
		return 2;
	nr = number(argv[1]);
	/* Opens the control node for all. */
	if (resize(0, CAPACITY))
		die("srd0 cannot be resized");
	for (i = 0; i < NR_WORKERS; i++) {
		workers[i].seed = i + 1;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			die("no thread");
	}
	while (atomic_load(&taken) < nr)
		usleep(10000);
	atomic_store(&stop, true);
	for (i = 0; i < NR_WORKERS; i++)
		pthread_join(workers[i].thread, NULL);
	remove_all();
	printf("%lu snapshots, %lu rolled back, %lu pages seen\n", atomic_load(&taken),
	       atomic_load(&rolled), atomic_load(&seen));
	return 0;
}
