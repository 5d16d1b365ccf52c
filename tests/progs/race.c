// SPDX-License-Identifier: GPL-2.0
/*
 * race - a disk comes and goes while others use it
 *
 * usage: race ROUNDS FLAGS KIND...
 *        race same ROUNDS THREADS
 *
 * The first form creates srd0 and removes it with the FLAGS of SRD_IOC_REMOVE (a number), again
 * and again, trying on as long as it is busy, while for each KIND a thread does what its name
 * says to that disk, whether it is there or not. Each disk must be removed exactly once, and
 * nobody may get an error that tells something else than that the disk is going or gone.
 *
 * The second form lets threads create the same number, then the same label, and remove the same
 * disk, all at the same moment: exactly one may succeed each time.
 *
 * Says what is wrong, if anything; exit status 1 then. In the end no disk and no memory is left.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/srd.h>

#define MIB		(1ULL << 20)
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static int control;
static atomic_int failures;
static atomic_bool stop;
static atomic_int created, removed;

static void wrong(const char *format, ...)
{
	va_list args;

	/* The first few say it all. */
	if (atomic_fetch_add(&failures, 1) > 20)
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* Complain of an errno that is not in the list, which ends with 0. */
#define expect_among(error, what, ...) \
	expect_among_list(error, what, (const int []){ __VA_ARGS__ __VA_OPT__(,) 0 })

static void expect_among_list(int error, const char *what, const int *allowed)
{
	while (*allowed && *allowed != error)
		allowed++;
	if (error && !*allowed)
		wrong("%s: %s", what, strerrorname_np(error));
}

static int call(unsigned long cmd, void *arg)
{
	return ioctl(control, cmd, arg) ? errno : 0;
}

static int create(int number, const char *label)
{
	struct srd_ioc_create c = {
		.size = sizeof(c), .flags = number < 0 ? 0 : SRD_CREATE_NUMBER,
		.capacity = 4 * MIB, .number = number
	};

	strncpy(c.label, label, sizeof(c.label) - 1);
	return call(SRD_IOC_CREATE, &c);
}

static int remove_disk(int number, unsigned int flags)
{
	struct srd_ioc_remove r = { .size = sizeof(r), .flags = flags, .number = number };

	return call(SRD_IOC_REMOVE, &r);
}

/* ---- what others do to srd0 meanwhile ---- */

static void do_open(void)
{
	int fd = open("/dev/srd0", O_RDONLY);

	if (fd < 0)
		expect_among(errno, "open", ENOENT, ENXIO, ENODEV);
	else
		close(fd);
}

static void do_read(void)
{
	int fd = open("/dev/srd0", O_RDONLY | O_DIRECT);
	static _Thread_local char block[4096] __attribute__((aligned(4096)));
	ssize_t n;

	if (fd < 0) {
		expect_among(errno, "open to read", ENOENT, ENXIO, ENODEV);
		return;
	}
	n = pread(fd, block, sizeof(block), 0);
	if (n < 0)
		expect_among(errno, "read", EIO, ENXIO, ENODEV);
	else if (n && block[0] && block[0] != 'w')
		wrong("read: somebody else's data");
	close(fd);
}

static void do_write(void)
{
	int fd = open("/dev/srd0", O_WRONLY);
	static char blocks[65536];
	static _Thread_local unsigned int turn;

	if (fd < 0) {
		expect_among(errno, "open to write", ENOENT, ENXIO, ENODEV);
		return;
	}
	memset(blocks, 'w', sizeof(blocks));
	if (pwrite(fd, blocks, sizeof(blocks), turn++ % 16 * sizeof(blocks)) < 0)
		expect_among(errno, "write", EIO, ENXIO, ENODEV, ENOSPC);
	if (turn % 2 && fsync(fd))
		expect_among(errno, "fsync", EIO, ENXIO, ENODEV);
	close(fd);
}

static void do_info(void)
{
	struct srd_ioc_info i = { .size = sizeof(i) };
	struct srd_ioc_info next = { .size = sizeof(next) };
	static struct srd_ioc_stats s = { .size = sizeof(s) };
	struct srd_ioc_reset_stats r = { .size = sizeof(r) };
	int error;

	error = call(SRD_IOC_INFO, &i);
	expect_among(error, "INFO", ENODEV);
	if (!error && (i.number || strcmp(i.name, "srd0") || i.used > 16 * MIB))
		wrong("INFO: not srd0 as it was made");
	error = call(SRD_IOC_NEXT, &next);
	expect_among(error, "NEXT", ENODEV);
	if (!error && next.number)
		wrong("NEXT: srd%u", next.number);
	expect_among(call(SRD_IOC_STATS, &s), "STATS", ENODEV);
	expect_among(call(SRD_IOC_RESET_STATS, &r), "RESET_STATS", ENODEV);
}

static void do_resize(void)
{
	static _Thread_local unsigned int turn;
	struct srd_ioc_resize r = {
		.size = sizeof(r), .flags = turn & 1, .capacity = (1 + turn++ % 7) * MIB
	};

	expect_among(call(SRD_IOC_RESIZE, &r), "RESIZE", ENODEV, EBUSY);
}

static void do_remove(void)
{
	int error = remove_disk(0, 0);

	expect_among(error, "second remover", ENODEV, EBUSY);
	if (!error)
		removed++;
}

static void read_file(const char *path)
{
	char text[16384];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0) {
		expect_among(errno, path, ENOENT, ENODEV);
		return;
	}
	n = read(fd, text, sizeof(text));
	if (n < 0)
		expect_among(errno, path, ENODEV);
	else if (!n || text[n - 1] != '\n')
		wrong("%s: not a whole line", path);
	close(fd);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0) {
		expect_among(errno, path, ENOENT, ENODEV);
		return;
	}
	if (write(fd, text, strlen(text)) < 0)
		expect_among(errno, path, ENODEV);
	close(fd);
}

static void do_sysfs(void)
{
	read_file("/sys/block/srd0/srd/used");
	read_file("/sys/block/srd0/srd/label");
	read_file("/sys/block/srd0/srd/write_latency");
	write_file("/sys/block/srd0/srd/limit", "2M\n");
	write_file("/sys/block/srd0/srd/latency_sample", "1\n");
	write_file("/sys/block/srd0/srd/reset_stats", "1\n");
}

static void do_proc(void)
{
	read_file("/proc/srd");
}

static const struct kind {
	const char *name;
	void (*run)(void);
} kinds[] = {
	{ "open", do_open },
	{ "read", do_read },
	{ "write", do_write },
	{ "info", do_info },
	{ "resize", do_resize },
	{ "remove", do_remove },
	{ "sysfs", do_sysfs },
	{ "proc", do_proc },
};

static void *bystander(void *arg)
{
	const struct kind *kind = arg;

	while (!stop)
		kind->run();
	return NULL;
}

static const struct kind *kind_of(const char *name)
{
	const struct kind *k;

	for (k = kinds; k < kinds + ARRAY_SIZE(kinds); k++)
		if (!strcmp(k->name, name))
			return k;
	errx(2, "there is no kind %s", name);
}

/* ---- the disk that comes and goes ---- */

/* Whoever else removes it may not have come to its end. */
static void create_again(void)
{
	int error;

	while ((error = create(0, "race")) == EEXIST)
		usleep(100);
	if (error)
		errx(1, "create: %s", strerrorname_np(error));
	created++;
}

/* Until it is gone, by whose hand ever. */
static void remove_again(unsigned int flags)
{
	struct srd_ioc_info i = { .size = sizeof(i) };
	int error;

	while ((error = remove_disk(0, flags)) == EBUSY)
		usleep(100);
	if (!error)
		removed++;
	expect_among(error, "remove", ENODEV);
	/* A removal that was put off succeeds at once, and happens later. */
	while (flags & SRD_REMOVE_DEFERRED && !call(SRD_IOC_INFO, &i))
		usleep(100);
}

static void come_and_go(int rounds, unsigned int flags, int nr, char **names)
{
	pthread_t threads[nr];
	int i;

	for (i = 0; i < nr; i++)
		if (pthread_create(&threads[i], NULL, bystander, (void *)kind_of(names[i])))
			errx(1, "no thread");
	for (i = 0; i < rounds; i++) {
		create_again();
		usleep(i % 4 * 2000);
		remove_again(flags);
	}
	stop = true;
	for (i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
	if (created != removed)
		wrong("%d disks were created, %d removed", created, removed);
}

/* ---- all at the same moment ---- */

static pthread_barrier_t barrier;
static int rounds;
static atomic_int winners;

/* All threads are here; one looks at how many had success, and the others wait for it. */
static void one_winner(const char *what)
{
	if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) {
		if (winners != 1)
			wrong("%s: %d had success", what, winners);
		winners = 0;
	}
	pthread_barrier_wait(&barrier);
}

static void *contender(void *arg)
{
	long id = (long)arg;
	int i, error;

	for (i = 0; i < rounds; i++) {
		error = create(5, "");
		winners += !error;
		expect_among(error, "same number", EEXIST);
		one_winner("same number");

		error = remove_disk(5, 0);
		winners += !error;
		expect_among(error, "same disk", ENODEV);
		one_winner("same disk");

		error = create(id, "same");
		winners += !error;
		expect_among(error, "same label", EEXIST);
		one_winner("same label");
		if (!error && remove_disk(id, 0))
			wrong("the disk with the label cannot be removed");
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static void same(int nr)
{
	pthread_t threads[nr];
	long i;

	pthread_barrier_init(&barrier, NULL, nr);
	for (i = 0; i < nr; i++)
		if (pthread_create(&threads[i], NULL, contender, (void *)i))
			errx(1, "no thread");
	for (i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
}

static void expect_nothing_left(void)
{
	struct srd_ioc_memory m = { .size = sizeof(m) };
	int i;

	for (i = 0; i < 300; i++) {
		call(SRD_IOC_MEMORY, &m);
		if (!m.used && !m.disks)
			return;
		usleep(100000);
	}
	wrong("left: %u disks, %llu bytes", m.disks, (unsigned long long)m.used);
}

int main(int argc, char **argv)
{
	if (argc < 4)
		errx(2, "usage: race ROUNDS FLAGS KIND... | race same ROUNDS THREADS");
	setlinebuf(stdout);
	control = open(SRD_CONTROL_PATH, O_RDWR);
	if (control < 0)
		err(2, SRD_CONTROL_PATH);
	if (!strcmp(argv[1], "same")) {
		rounds = atoi(argv[2]);
		same(atoi(argv[3]));
	} else {
		come_and_go(atoi(argv[1]), atoi(argv[2]), argc - 3, argv + 3);
	}
	expect_nothing_left();
	return failures ? 1 : 0;
}
