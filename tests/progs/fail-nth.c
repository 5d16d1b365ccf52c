// SPDX-License-Identifier: GPL-2.0
/*
 * fail-nth - what becomes of an operation for which the first, the second, the Nth allocation fails
 *
 * usage: fail-nth CASE...
 *
 * An operation is tried with N = 1, 2 and so on, until it ends before its Nth allocation. Each
 * time it succeeds, as the kernel had another way, or says ENOMEM (ENOSPC where a disk is written)
 * and leaves everything as it was. Says how often it did either. The kernel is one with fault
 * injection, whose failslab and fail_page_alloc ignore nothing; the module is loaded and has no
 * disks.
 */
#include <poll.h>

#include "fail-nth.h"

#define MIB		(1ULL << 20)
#define PIECE		(16 * PAGE)

static int fd = -1;
static void *buf, *map;

static int result(int ret)
{
	return ret < 0 ? errno : 0;
}

static struct srd_ioc_create wanted;

static int create(void)
{
	struct srd_ioc_create c = wanted;

	return command(SRD_IOC_CREATE, &c);
}

static void have(unsigned long long capacity, unsigned int flags, unsigned int mode)
{
	int err;

	wanted = (struct srd_ioc_create){
		.size = sizeof(wanted), .capacity = capacity, .flags = flags | SRD_CREATE_MODE,
		.mode = mode,
	};
	err = create();
	if (err)
		die("CREATE: %s", strerror(err));
}

static void unmap(void)
{
	if (map)
		munmap(map, PIECE);
	map = NULL;
}

static void close_it(void)
{
	if (fd >= 0)
		close(fd);
	fd = -1;
}

static void remove_all(void)
{
	struct srd_ioc_info i = { .size = sizeof(i) };

	unmap();
	close_it();
	while (!command(SRD_IOC_NEXT, &i)) {
		remove_number(i.number);
		i.number = 0;
	}
}

static void remove_0(void)
{
	remove_number(0);
}

static void remove_1(void)
{
	remove_number(1);
}

/* Write 64 KiB of srd0, or of another one. */
static void dirty(unsigned int number, uint64_t pos)
{
	int to = open_number(number, O_WRONLY | O_DIRECT);

	memset(buf, 0xa5, PIECE);
	write_all(to, buf, PIECE, pos);
	close(to);
}

static void want_mq(void)
{
	wanted = (struct srd_ioc_create){ .size = sizeof(wanted), .capacity = MIB };
}

static void want_bio(void)
{
	want_mq();
	wanted.flags = SRD_CREATE_MODE;
	wanted.mode = SRD_MODE_BIO;
}

static void want_all(void)
{
	want_mq();
	wanted.capacity = PIECE;
	wanted.flags = SRD_CREATE_PREALLOC | SRD_CREATE_VOLATILE | SRD_CREATE_TEMPORARY |
		       SRD_CREATE_POLL_QUEUES;
	wanted.poll_queues = 1;
	strcpy(wanted.label, "label");
}

static void one_disk(void)
{
	have(MIB, 0, SRD_MODE_MQ);
}

static void one_open(void)
{
	one_disk();
	fd = open_number(0, O_RDWR | O_DIRECT);
}

static int run_remove(void)
{
	struct srd_ioc_remove r = { .size = sizeof(r) };

	return command(SRD_IOC_REMOVE, &r);
}

static void again(void)
{
	if (create())
		die("CREATE: %s", strerror(errno));
}

static int run_remove_forced(void)
{
	struct srd_ioc_remove r = { .size = sizeof(r), .flags = SRD_REMOVE_FORCE };

	return command(SRD_IOC_REMOVE, &r);
}

static void open_again(void)
{
	close_it();
	one_open();
}

/* Two levels do not reach the new end. */
static void small(void)
{
	have(16 * MIB, 0, SRD_MODE_MQ);
	dirty(0, 0);
}

static int run_grow(void)
{
	return resize(0, 128ULL << 30);
}

static void small_again(void)
{
	remove_all();
	small();
}

static void small_and_shared(void)
{
	small();
	dirty(0, 4 * MIB);
	snapshot(0, 0);
}

/* In the middle of a page. */
static int run_shrink(void)
{
	return resize(0, 4 * MIB + SECTOR);
}

static void shared_again(void)
{
	remove_all();
	small_and_shared();
}

static void small_and_open(void)
{
	small();
	fd = open_number(0, O_RDWR | O_DIRECT);
}

static int run_snapshot(void)
{
	struct srd_ioc_snapshot s = { .size = sizeof(s) };

	return command(SRD_IOC_SNAPSHOT, &s);
}

static int run_clone(void)
{
	struct srd_ioc_snapshot s = { .size = sizeof(s), .flags = SRD_SNAPSHOT_WRITABLE };

	return command(SRD_IOC_SNAPSHOT, &s);
}

static int run_rollback(void)
{
	return rollback(0, 1);
}

static int run_reset(void)
{
	return reset(0);
}

static int run_window(void)
{
	return window_switch(0, true);
}

static void window_off(void)
{
	if (window_switch(0, false))
		die("WINDOW: %s", strerror(errno));
}

static void window_on(void)
{
	if (run_window())
		die("WINDOW: %s", strerror(errno));
}

static void with_window(void)
{
	one_disk();
	window_on();
}

static int run_window_off(void)
{
	return window_switch(0, false);
}

static int run_rule(void)
{
	struct srd_ioc_rule r = {
		.size = sizeof(r), .rule = { .ops = 1U << SRD_OP_READ, .error = EIO,
					     .flags = SRD_RULE_SEED },
	};

	return command(SRD_IOC_RULE_ADD, &r);
}

static void no_rule(void)
{
	struct srd_ioc_rule_remove r = { .size = sizeof(r), .flags = SRD_RULES_ALL };

	if (command(SRD_IOC_RULE_REMOVE, &r))
		die("RULE_REMOVE: %s", strerror(errno));
}

static int run_no_rule(void)
{
	struct srd_ioc_rule_remove r = { .size = sizeof(r), .flags = SRD_RULES_ALL };

	return command(SRD_IOC_RULE_REMOVE, &r);
}

static void one_rule(void)
{
	one_disk();
	run_rule();
}

static void rule_again(void)
{
	remove_all();
	one_rule();
}

static int set_timing(uint64_t bandwidth)
{
	struct srd_ioc_timing t = {
		.size = sizeof(t), .flags = SRD_TIMING_SET | SRD_TIMING_SEED, .cpu = -1,
		.bandwidth = bandwidth,
	};

	return command(SRD_IOC_TIMING, &t);
}

static int run_timing(void)
{
	return set_timing(1 << 30);
}

static void no_timing(void)
{
	if (set_timing(0))
		die("TIMING: %s", strerror(errno));
}

static int set_cache(unsigned int cache)
{
	struct srd_ioc_set s = { .size = sizeof(s), .flags = SRD_SET_VOLATILE, .cache = cache };

	return command(SRD_IOC_SET, &s);
}

static int run_set(void)
{
	return set_cache(SRD_CACHE_VOLATILE);
}

static void no_cache(void)
{
	if (set_cache(SRD_CACHE_NONE))
		die("SET: %s", strerror(errno));
}

static int run_unset(void)
{
	return set_cache(SRD_CACHE_NONE);
}

static int power(unsigned int flags)
{
	struct srd_ioc_power p = { .size = sizeof(p), .flags = flags };

	return command(SRD_IOC_POWER, &p);
}

static int run_cut(void)
{
	return power(0);
}

static void power_on(void)
{
	if (power(SRD_POWER_ON))
		die("POWER: %s", strerror(errno));
}

static int run_power_on(void)
{
	return power(SRD_POWER_ON);
}

/* Something is in the cache that was not there at the last flush. */
static void cut_with_cache(void)
{
	have(MIB, SRD_CREATE_VOLATILE, SRD_MODE_MQ);
	dirty(0, 0);
	fd = open_number(0, O_RDWR);
	if (fsync(fd))
		die("fsync: %s", strerror(errno));
	close(fd);
	fd = -1;
	dirty(0, PIECE / 2);
	if (power(0))
		die("POWER: %s", strerror(errno));
}

static void cut_again(void)
{
	remove_all();
	cut_with_cache();
}

static int run_questions(void)
{
	static const unsigned long commands[] = { SRD_IOC_INFO, SRD_IOC_NEXT, SRD_IOC_RESET_STATS };
	struct srd_ioc_version v = { .size = sizeof(v) };
	struct srd_ioc_memory m = { .size = sizeof(m) };
	struct srd_ioc_rule r = { .size = sizeof(r) };
	union {
		struct srd_ioc_info info;
		struct srd_ioc_reset_stats reset;
	} arg;
	size_t i;
	int err = command(SRD_IOC_VERSION, &v) ?: command(SRD_IOC_MEMORY, &m);

	for (i = 0; !err && i < sizeof(commands) / sizeof(*commands); i++) {
		memset(&arg, 0, sizeof(arg));
		arg.info.size = _IOC_SIZE(commands[i]);
		err = command(commands[i], &arg);
	}
	if (!err)
		err = command(SRD_IOC_RULE_NEXT, &r);
	return err == ENOENT ? 0 : err;
}

static int run_stats(void)
{
	struct srd_ioc_stats s = { .size = sizeof(s) };

	return command(SRD_IOC_STATS, &s);
}

static int run_extents(void)
{
	struct srd_extent extent;
	struct srd_ioc_extents e = {
		.size = sizeof(e), .count = 1, .extents = (uintptr_t)&extent
	};

	return command(SRD_IOC_EXTENTS, &e);
}

static void temporary(void)
{
	have(MIB, SRD_CREATE_TEMPORARY, SRD_MODE_MQ);
}

static int run_keep(void)
{
	struct srd_ioc_keep k = { .size = sizeof(k) };

	return command(SRD_IOC_KEEP, &k);
}

static void temporary_again(void)
{
	remove_all();
	temporary();
}

/* ---- reading and writing ---- */

static void open_mq(void)
{
	one_open();
}

static void open_bio(void)
{
	have(MIB, 0, SRD_MODE_BIO);
	fd = open_number(0, O_RDWR | O_DIRECT);
}

static void open_shared(void)
{
	small_and_shared();
	fd = open_number(0, O_RDWR | O_DIRECT);
}

static void open_cached(void)
{
	have(MIB, SRD_CREATE_VOLATILE, SRD_MODE_MQ);
	fd = open_number(0, O_RDWR | O_DIRECT);
}

static void fill(void)
{
	memset(buf, 0x5a, PIECE);
}

/* Not all of it may have been written, but that which was stays. */
static int run_write(void)
{
	ssize_t n = pwrite(fd, buf, PIECE, 0);

	return n == PIECE ? 0 : n < 0 ? errno : ENOSPC;
}

static void unwrite(void)
{
	empty(fd, EMPTY_DISCARD, 0, MIB);
}

static void rewrite(void)
{
	remove_all();
	open_shared();
}

static void recache(void)
{
	remove_all();
	open_cached();
}

static void open_dirty(void)
{
	open_cached();
	fill();
	write_all(fd, buf, PIECE, 0);
}

static void dirty_cached(void)
{
	open_dirty();
	if (fsync(fd))
		die("fsync: %s", strerror(errno));
	write_all(fd, buf, PIECE / 2, 0);
}

static void cache_again(void)
{
	remove_all();
	dirty_cached();
}

/* Something is flushed, and something is not. */
static void both_states(void)
{
	dirty_cached();
	snapshot(0, 0);
	dirty(0, PIECE / 2);
	close_it();
}

static void both_again(void)
{
	remove_all();
	both_states();
}

/* Each request waits for a moment. */
static void open_slow(void)
{
	open_bio();
	if (run_timing())
		die("TIMING: %s", strerror(errno));
}

static int run_discard(void)
{
	return empty_try(fd, EMPTY_DISCARD, PAGE, PAGE);
}

static int run_zeroout(void)
{
	return empty_try(fd, EMPTY_ZEROOUT, SECTOR, 2 * PAGE);
}

static int run_erase(void)
{
	return empty_try(fd, EMPTY_SECURE, PAGE, 2 * PAGE);
}

static int run_read(void)
{
	return result(pread(fd, buf, PIECE, 0));
}

/* ---- files ---- */

static int open_and_close(const char *path, int flags)
{
	int file = open(path, flags);

	if (file < 0)
		return errno;
	close(file);
	return 0;
}

static int run_open(void)
{
	return open_and_close("/dev/srd0", O_RDWR | O_DIRECT);
}

static int run_open_control(void)
{
	return open_and_close(SRD_CONTROL_PATH, O_RDWR);
}

static int run_open_window(void)
{
	return open_and_close("/dev/srd0-window", O_RDWR);
}

static int run_proc(void)
{
	char text[4096];
	int file = open("/proc/srd", O_RDONLY), err;

	if (file < 0)
		return errno;
	err = result(read(file, text, sizeof(text)));
	close(file);
	return err;
}

static int run_show(void)
{
	char text[4096];
	int file = open("/sys/block/srd0/srd/read_latency", O_RDONLY), err;

	if (file < 0)
		return errno;
	err = result(read(file, text, sizeof(text)));
	close(file);
	return err;
}

static int sysfs_fd[3] = { -1, -1, -1 };

static void attributes(void)
{
	one_disk();
	sysfs_fd[0] = open("/sys/block/srd0/srd/limit", O_WRONLY | O_CLOEXEC);
	sysfs_fd[1] = open("/sys/block/srd0/srd/latency_sample", O_WRONLY | O_CLOEXEC);
	sysfs_fd[2] = open("/sys/block/srd0/srd/badblocks", O_WRONLY | O_CLOEXEC);
}

static int store(unsigned int n, const char *text)
{
	return result(pwrite(sysfs_fd[n], text, strlen(text), 0));
}

static int run_store_limit(void)
{
	return store(0, "1M\n");
}

static int run_store_sample(void)
{
	return store(1, "1\n");
}

static int run_store_bad(void)
{
	return store(2, "8 8\n");
}

/* With a list of bad blocks that was never there. */
static void attributes_again(void)
{
	int n;

	for (n = 0; n < 3; n++)
		close(sysfs_fd[n]);
	remove_all();
	attributes();
}

/* ---- memory of a window ---- */

static void window_opened(void)
{
	with_window();
	fd = window_open(0, O_RDWR);
}

static int run_mmap(void)
{
	map = mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map != MAP_FAILED)
		return 0;
	map = NULL;
	return errno;
}

static void window_mapped(void)
{
	window_opened();
	catch_bus();
	if (run_mmap())
		die("mmap: %s", strerror(errno));
}

static int run_touch(void)
{
	return SURVIVES(*(volatile char *)map = 1) ? 0 : ENOSPC;
}

/* The page goes, and the tables that lead to it. */
static void untouch(void)
{
	remove_all();
	window_mapped();
}

/* ---- events ---- */

static int run_event(void)
{
	char events[SRD_EVENT_MAX];
	int file = open(SRD_CONTROL_PATH, O_RDWR | O_NONBLOCK), err;
	struct pollfd p = { .fd = file, .events = POLLIN };

	if (file < 0)
		return errno;
	err = result(poll(&p, 1, 0)) ?: run_cut() ?: result(read(file, events, sizeof(events)));
	close(file);
	return err;
}

static void after_event(void)
{
	power_on();
}

static const struct attempt attempts[] = {
	{ "create-mq", want_mq, NULL, create, remove_0, false },
	{ "create-bio", want_bio, NULL, create, remove_0, false },
	{ "create-all", want_all, NULL, create, remove_0, false },
	{ "remove", one_disk, NULL, run_remove, again, false },
	{ "remove-forced", one_open, NULL, run_remove_forced, open_again, false },
	{ "grow", small, NULL, run_grow, small_again, false },
	{ "shrink", small_and_shared, NULL, run_shrink, shared_again, false },
	{ "snapshot", small_and_open, NULL, run_snapshot, remove_1, false },
	{ "clone", small, NULL, run_clone, remove_1, false },
	{ "snapshot-cached", dirty_cached, NULL, run_snapshot, remove_1, false },
	{ "rollback", small_and_shared, NULL, run_rollback, shared_again, false },
	{ "rollback-cached", both_states, NULL, run_rollback, both_again, false },
	{ "reset", small, NULL, run_reset, small_again, false },
	{ "window", one_disk, NULL, run_window, window_off, false },
	{ "window-off", with_window, NULL, run_window_off, window_on, false },
	{ "rule", one_disk, NULL, run_rule, no_rule, false },
	{ "rule-remove", one_rule, NULL, run_no_rule, rule_again, false },
	{ "timing", one_disk, NULL, run_timing, no_timing, false },
	{ "set", one_disk, NULL, run_set, no_cache, false },
	{ "unset", dirty_cached, NULL, run_unset, cache_again, false },
	{ "cut", one_disk, NULL, run_cut, power_on, false },
	{ "power-on", cut_with_cache, NULL, run_power_on, cut_again, true },
	{ "questions", one_disk, NULL, run_questions, NULL, false },
	{ "stats", one_disk, NULL, run_stats, NULL, false },
	{ "extents", small, NULL, run_extents, NULL, false },
	{ "keep", temporary, NULL, run_keep, temporary_again, false },
	{ "write-mq", open_mq, fill, run_write, unwrite, true },
	{ "write-bio", open_bio, fill, run_write, unwrite, true },
	{ "write-shared", open_shared, fill, run_write, rewrite, true },
	{ "write-cached", open_cached, fill, run_write, recache, true },
	{ "write-slow", open_slow, fill, run_write, unwrite, true },
	{ "discard", open_shared, NULL, run_discard, rewrite, true },
	{ "discard-cached", dirty_cached, NULL, run_discard, cache_again, true },
	{ "erase-cached", dirty_cached, NULL, run_erase, cache_again, true },
	{ "zeroout", open_shared, NULL, run_zeroout, rewrite, true },
	{ "erase", open_shared, NULL, run_erase, rewrite, true },
	{ "read", open_shared, NULL, run_read, NULL, false },
	{ "open", one_disk, NULL, run_open, NULL, false },
	{ "open-control", one_disk, NULL, run_open_control, NULL, false },
	{ "open-window", with_window, NULL, run_open_window, NULL, false },
	{ "proc", one_disk, NULL, run_proc, NULL, false },
	{ "show", one_disk, NULL, run_show, NULL, false },
	{ "store-limit", attributes, NULL, run_store_limit, attributes_again, false },
	{ "store-sample", attributes, NULL, run_store_sample, attributes_again, false },
	{ "store-badblocks", attributes, NULL, run_store_bad, attributes_again, false },
	{ "mmap", window_opened, NULL, run_mmap, unmap, false },
	{ "touch", window_mapped, NULL, run_touch, untouch, true },
	{ "event", one_disk, NULL, run_event, after_event, false },
};

int main(int argc, char **argv)
{
	if (argc < 2)
		die("usage: fail-nth CASE...");
	arm_open();
	buf = io_buffer(PIECE);
	return !attempt_all(attempts, sizeof(attempts) / sizeof(*attempts), argv + 1, remove_all);
}
