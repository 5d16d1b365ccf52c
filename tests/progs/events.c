// SPDX-License-Identifier: GPL-2.0
/*
 * Holds the events of /dev/srd-control to their word. See ioctl.h for how it is used; a case that
 * can be longer takes SRD_TEST_SCALE from the environment.
 */
#include <linux/fs.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <time.h>

#include "ioctl.h"

#define PAGE		4096
#define PATIENCE_MS	30000
#define KEPT		1024	/* events that are kept, says the ABI */

/* ---- readers ---- */

static int open_events(int flags)
{
	int fd = open(SRD_CONTROL_PATH, flags | O_CLOEXEC);

	if (fd < 0)
		err(1, SRD_CONTROL_PATH);
	return fd;
}

static bool readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n = poll(&p, 1, ms);

	if (n < 0)
		err(1, "poll");
	if (n && p.revents != POLLIN)
		wrong("poll: got events %#x", p.revents);
	return n;
}

static void expect_nothing(int fd, const char *what)
{
	if (readable(fd, 0))
		wrong("%s: there is an event", what);
}

/* The next event; gives up when none comes. */
static struct srd_event next(int fd)
{
	struct srd_event e;
	ssize_t n;

	if (!readable(fd, PATIENCE_MS))
		errx(1, "no event came");
	n = read(fd, &e, sizeof(e));
	if (n != sizeof(e))
		errx(1, "read of an event: got %zd bytes", n);
	return e;
}

static struct srd_event expect_event(int fd, enum srd_event_kind kind, int number, int other)
{
	struct srd_event e = next(fd);

	if (e.kind != kind || e.number != number || e.other != other)
		wrong("got event %u of disk %d, %d; wanted %u of %d, %d", e.kind, e.number, e.other,
		      kind, number, other);
	expect_value(e.size, sizeof(e), "size of an event");
	expect_value(e.lost, 0, "lost events");
	if (e.reserved[0] || e.reserved[1])
		wrong("reserved fields of event %u are not zero", kind);
	return e;
}

static unsigned long scaled(unsigned long n)
{
	const char *scale = getenv("SRD_TEST_SCALE");

	return scale ? n * strtoul(scale, NULL, 10) : n;
}

/* ---- making events ---- */

/* A resize makes one event of its own. */
static void resize_to(unsigned int number, unsigned long long capacity)
{
	int error = resize(number, capacity, 0);

	if (error)
		errx(1, "resize: %s", name_of(error));
}

static void some_event(unsigned int number)
{
	static unsigned long long capacity = MIB;

	capacity = capacity == MIB ? 2 * MIB : MIB;
	resize_to(number, capacity);
}

static void write_file(const char *path, unsigned long long value)
{
	FILE *f = fopen(path, "w");

	if (!f || fprintf(f, "%llu", value) < 0 || fclose(f))
		err(1, "%s", path);
}

static unsigned long long read_file(const char *path)
{
	unsigned long long value;
	FILE *f = fopen(path, "r");

	if (!f || fscanf(f, "%llu", &value) != 1)
		err(1, "%s", path);
	fclose(f);
	return value;
}

static const char *attribute(unsigned int number, const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "/sys/block/srd%u/srd/%s", number, name);
	return path;
}

#define PARAMETER(name)	"/sys/module/srd/parameters/" name

/* The errno of writing a page, 0 when it succeeded. */
static int write_page(int fd, unsigned int page)
{
	static char buf[PAGE] __attribute__((aligned(PAGE)));
	ssize_t n = pwrite(fd, buf, PAGE, (off_t)page * PAGE);

	if (n == PAGE)
		return 0;
	return n < 0 ? errno : EIO;
}

static void must_write(int fd, unsigned int page, int wanted)
{
	expect_error(write_page(fd, page), wanted, "write of page %u", page);
}

static void discard_page(int fd, unsigned int page)
{
	__u64 range[2] = { (__u64)page * PAGE, PAGE };

	if (ioctl(fd, BLKDISCARD, range))
		err(1, "discard");
}

/* A disk that has room for one page, which it has; flap() makes two events. */
static int open_tiny(unsigned int number)
{
	int fd = open_disk(number, O_RDWR | O_DIRECT);

	write_file(attribute(number, "limit"), info(number).used + 2 * PAGE);
	must_write(fd, 0, 0);
	return fd;
}

static void meet_limit(int fd)
{
	must_write(fd, 1, ENOSPC);
}

static void make_room(int fd)
{
	discard_page(fd, 0);
}

static void flap(int fd)
{
	meet_limit(fd);
	make_room(fd);
	must_write(fd, 0, 0);
}

/* ---- waiting until somebody waits ---- */

static void wait_until_asleep(pid_t pid, pid_t tid)
{
	char path[64], state;
	int tries = PATIENCE_MS;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	do {
		usleep(1000);
		f = fopen(path, "r");
		if (!f || fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
			err(1, "%s", path);
		fclose(f);
	} while (state != 'S' && --tries);
	if (!tries)
		errx(1, "process %d does not wait", tid);
}

/* ---- cases: what there is to read ---- */

static void each_kind_says_what_happened(void)
{
	struct srd_ioc_snapshot s = {
		.size = sizeof(s), .flags = SRD_SNAPSHOT_NUMBER, .number = 7,
	};
	struct srd_ioc_rollback r = { .size = sizeof(r), .to = 7 };
	struct srd_ioc_reset z = { .size = sizeof(z) };
	struct srd_event e, before;
	struct timespec now;
	int fd = open_events(O_RDONLY);

	create(MIB);
	before = expect_event(fd, SRD_EVENT_CREATED, 0, -1);
	expect_value(before.value, MIB, "capacity of CREATED");
	clock_gettime(CLOCK_BOOTTIME, &now);
	if (before.time > now.tv_sec * 1000000000ULL + now.tv_nsec)
		wrong("an event of the future");

	resize_to(0, 2 * MIB);
	e = expect_event(fd, SRD_EVENT_RESIZED, 0, -1);
	expect_value(e.value, 2 * MIB, "value of RESIZED");
	expect_value(e.length, MIB, "length of RESIZED");
	expect_value(e.sequence, before.sequence + 1, "sequence");
	if (e.time < before.time || e.time - before.time > 3600000000000ULL)
		wrong("time went from %llu to %llu", before.time, e.time);

	expect_error(resize(0, 2 * MIB, 0), 0, "resize to what it is");
	expect_error(resize(0, 1, 0), EINVAL, "resize to what no disk is");
	expect_error(call(SRD_IOC_SNAPSHOT, &s), 0, "SNAPSHOT");
	e = expect_event(fd, SRD_EVENT_CREATED, 7, 0);
	expect_value(e.value, 2 * MIB, "capacity of a snapshot");
	e = expect_event(fd, SRD_EVENT_SNAPSHOT, 0, 7);
	expect_value(e.value, 2 * MIB, "value of SNAPSHOT");

	resize_to(0, MIB);
	expect_event(fd, SRD_EVENT_RESIZED, 0, -1);
	expect_error(call(SRD_IOC_ROLLBACK, &r), 0, "ROLLBACK");
	e = expect_event(fd, SRD_EVENT_ROLLBACK, 0, 7);
	expect_value(e.value, 2 * MIB, "value of ROLLBACK");
	expect_error(call(SRD_IOC_RESET, &z), 0, "RESET");
	e = expect_event(fd, SRD_EVENT_RESET, 0, -1);
	expect_value(e.value, 2 * MIB, "value of RESET");

	expect_error(remove_disk(7), 0, "REMOVE");
	expect_event(fd, SRD_EVENT_REMOVED, 7, -1);
	expect_error(remove_disk(7), ENODEV, "REMOVE of what is gone");
	expect_error(remove_disk(0), 0, "REMOVE");
	expect_event(fd, SRD_EVENT_REMOVED, 0, -1);
	expect_nothing(fd, "after all");
	close(fd);
}

/* A rule, and what the power does, with nothing else said of the requests that fail by them. */
static void rules_and_power_say_so(void)
{
	struct srd_ioc_rule r = {
		.size = sizeof(r), .rule = {
			.ops = 1 << SRD_OP_WRITE, .what = SRD_FAULT_ERROR, .error = ENODATA,
			.start = PAGE, .end = 2 * PAGE,
		},
	};
	struct srd_ioc_power p = { .size = sizeof(p) };
	static char data[2 * PAGE] __attribute__((aligned(PAGE)));
	int fd = open_events(O_RDONLY), disk;
	struct srd_event e;

	create(MIB);
	expect_event(fd, SRD_EVENT_CREATED, 0, -1);
	expect_error(call(SRD_IOC_RULE_ADD, &r), 0, "RULE_ADD");
	disk = open("/dev/srd0", O_RDWR | O_DIRECT);
	if (disk < 0)
		err(1, "/dev/srd0");
	if (pwrite(disk, data, sizeof(data), 0) >= 0 || errno != ENODATA)
		wrong("a write that a rule lets fail");
	e = expect_event(fd, SRD_EVENT_FAULT, 0, -1);
	expect_value(e.rule, r.rule.id, "rule of FAULT");
	expect_value(e.what, SRD_FAULT_ERROR, "what of FAULT");
	expect_value(e.error, ENODATA, "error of FAULT");
	expect_value(e.op, SRD_OP_WRITE, "op of FAULT");
	expect_value(e.start, 0, "start of FAULT");
	expect_value(e.length, sizeof(data), "length of FAULT");

	r.rule = (struct srd_rule){ .ops = 1 << SRD_OP_WRITE, .what = SRD_FAULT_POWERCUT };
	expect_error(call(SRD_IOC_RULE_ADD, &r), 0, "RULE_ADD");
	if (pwrite(disk, data, PAGE, 0) >= 0 || errno != EIO)
		wrong("a write that a rule cuts the power at");
	e = expect_event(fd, SRD_EVENT_FAULT, 0, -1);
	expect_value(e.what, SRD_FAULT_POWERCUT, "what of FAULT");
	e = expect_event(fd, SRD_EVENT_POWER_CUT, 0, -1);
	expect_value(e.rule, r.rule.id, "rule of POWER_CUT");
	if (pwrite(disk, data, PAGE, 0) >= 0 || errno != EIO)
		wrong("a write without power");
	close(disk);
	p.flags = SRD_POWER_ON;
	p.keep = SRD_KEEP_ALL;
	expect_error(call(SRD_IOC_POWER, &p), 0, "POWER on");
	e = expect_event(fd, SRD_EVENT_POWER_ON, 0, -1);
	expect_value(e.what, SRD_KEEP_ALL, "what of POWER_ON");
	p = (struct srd_ioc_power){ .size = sizeof(p) };
	expect_error(call(SRD_IOC_POWER, &p), 0, "POWER off");
	e = expect_event(fd, SRD_EVENT_POWER_CUT, 0, -1);
	expect_value(e.rule, 0, "rule of POWER_CUT");
	expect_error(call(SRD_IOC_POWER, &p), 0, "POWER off again");
	expect_nothing(fd, "when nothing changes");
	expect_error(remove_disk(0), 0, "REMOVE");
	close(fd);
}

static void reading_begins_at_open(void)
{
	int early = open_events(O_RDONLY), late, only_written = open_events(O_WRONLY);
	struct srd_event e;

	create(MIB);
	late = open_events(O_RDWR);
	expect_nothing(late, "opened after it happened");
	remove_disk(0);
	expect_event(early, SRD_EVENT_CREATED, 0, -1);
	expect_event(early, SRD_EVENT_REMOVED, 0, -1);
	expect_event(late, SRD_EVENT_REMOVED, 0, -1);
	expect_nothing(early, "once all was read");
	expect_nothing(only_written, "opened only for writing");
	if (read(only_written, &e, sizeof(e)) >= 0 || errno != EBADF)
		wrong("read of what was opened only for writing");
	close(early);
	close(late);
	close(only_written);
}

static void whole_events_only(void)
{
	struct srd_event e[8];
	int i, fd = open_events(O_RDONLY);
	ssize_t n;

	/* errno: read EINVAL */
	if (read(fd, e, sizeof(*e) - 1) >= 0 || errno != EINVAL)
		wrong("read into too little room, with nothing to read");
	create(MIB);
	for (i = 0; i < 4; i++)
		some_event(0);
	remove_disk(0);
	if (read(fd, e, 0) >= 0 || errno != EINVAL)
		wrong("read into no room");
	if (read(fd, e, sizeof(*e) - 1) >= 0 || errno != EINVAL)
		wrong("read into too little room");
	n = read(fd, e, 3 * sizeof(*e) - 1);
	expect_value(n, 2 * sizeof(*e), "read into room for not quite three");
	expect_value(e[0].kind, SRD_EVENT_CREATED, "the first");
	expect_value(e[1].kind, SRD_EVENT_RESIZED, "the second");
	n = read(fd, e, sizeof(e));
	expect_value(n, 4 * sizeof(*e), "read into more room than is needed");
	expect_value(e[3].kind, SRD_EVENT_REMOVED, "the last");
	close(fd);
}

static void nothing_lost_to_bad_pointers(void)
{
	char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			   0);
	int i, fd = open_events(O_RDONLY);
	struct srd_event e;
	ssize_t n;

	if (pages == MAP_FAILED || munmap(pages + PAGE, PAGE))
		err(1, "mmap");
	create(MIB);
	for (i = 0; i < 8; i++)
		some_event(0);
	/* errno: read EFAULT */
	if (read(fd, pages + PAGE, sizeof(e)) >= 0 || errno != EFAULT)
		wrong("read to where there is no memory");
	if (read(fd, pages + PAGE - 1, 4 * sizeof(e)) >= 0 || errno != EFAULT)
		wrong("read to where memory ends");
	/* What fits may be given. */
	n = read(fd, pages + PAGE - 6 * sizeof(e), 9 * sizeof(e));
	if (n < 0 ? errno != EFAULT : n % sizeof(e) || n > (ssize_t)(6 * sizeof(e)))
		wrong("read to where memory ends after six: got %zd", n);
	for (i = n < 0 ? 0 : n / sizeof(e); i < 9; i++) {
		e = next(fd);
		expect_value(e.kind, i ? SRD_EVENT_RESIZED : SRD_EVENT_CREATED, "kind");
		expect_value(e.lost, 0, "lost");
	}
	remove_disk(0);
	munmap(pages, PAGE);
	close(fd);
}

static void vectored_reads_take_what_there_is(void)
{
	struct srd_event e[2];
	struct iovec whole[2] = { { &e[0], sizeof(*e) }, { &e[1], sizeof(*e) } };
	struct iovec halves[2] = { { e, 40 }, { (char *)e + 40, sizeof(*e) - 40 } };
	int fd = open_events(O_RDONLY);

	create(MIB);
	alarm(PATIENCE_MS / 1000);
	expect_value(readv(fd, whole, 2), sizeof(*e), "bytes of one, where two have room");
	expect_value(e[0].kind, SRD_EVENT_CREATED, "kind");
	some_event(0);
	expect_value(readv(fd, halves, 2), sizeof(*e), "bytes of one, into two pieces");
	expect_value(e[0].kind, SRD_EVENT_RESIZED, "kind");
	expect_nothing(fd, "after that");
	alarm(0);
	remove_disk(0);
	close(fd);
}

static void no_position_of_its_own(void)
{
	struct srd_event e;
	int fd = open_events(O_RDONLY);

	create(MIB);
	if (lseek(fd, 0, SEEK_SET) >= 0 || errno != ESPIPE)
		wrong("lseek()");
	if (pread(fd, &e, sizeof(e), 0) >= 0 || errno != ESPIPE)
		wrong("pread()");
	expect_event(fd, SRD_EVENT_CREATED, 0, -1);
	remove_disk(0);
	close(fd);
}

/* ---- cases: many readers, slow ones ---- */

#define READERS		100
#define EVENTS		50

static void *read_to_the_end(void *result)
{
	int fd = *(int *)result;
	struct srd_event e[4];
	unsigned int hash = 2166136261U;
	const unsigned char *byte;
	ssize_t n;

	do {
		n = read(fd, e, sizeof(e));
		if (n <= 0 || n % sizeof(*e))
			errx(1, "read: got %zd", n);
		for (byte = (void *)e; byte < (unsigned char *)e + n; byte++)
			hash = (hash ^ *byte) * 16777619;
		n /= sizeof(*e);
	} while (e[n - 1].kind != SRD_EVENT_REMOVED);
	close(fd);
	return (void *)(uintptr_t)hash;
}

static void all_readers_see_the_same(void)
{
	pthread_t threads[READERS];
	int i, fds[READERS];
	void *hash, *first;
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 1 << 16);
	for (i = 0; i < READERS; i++) {
		fds[i] = open_events(O_RDONLY);
		if (pthread_create(&threads[i], &attr, read_to_the_end, &fds[i]))
			errx(1, "no thread");
	}
	create(MIB);
	for (i = 0; i < EVENTS; i++)
		some_event(0);
	remove_disk(0);
	pthread_join(threads[0], &first);
	for (i = 1; i < READERS; i++) {
		pthread_join(threads[i], &hash);
		if (hash != first)
			wrong("reader %d saw something else than reader 0", i);
	}
}

static void slow_readers_are_told(void)
{
	static struct srd_event e[KEPT + 1];
	int i, disk, fast, slow, slower;
	unsigned long long last;
	struct srd_event got;
	ssize_t n;

	create(MIB);
	disk = open_tiny(0);
	slow = open_events(O_RDONLY);
	slower = open_events(O_RDONLY);
	flap(disk);
	last = next(slow).sequence;
	fast = open_events(O_RDONLY);
	/* With the one that is left of those two, as many as are kept. */
	for (i = 0; i < (KEPT - 1) / 2; i++)
		flap(disk);
	meet_limit(disk);
	n = read(slow, e, sizeof(e));
	expect_value(n, KEPT * sizeof(*e), "bytes read when it is just in time");
	for (i = 0; i < KEPT; i++) {
		expect_value(e[i].lost, 0, "lost when it is just in time");
		expect_value(e[i].sequence, ++last, "sequence");
	}
	expect_nothing(slow, "when all was read");
	/* One more for who has not read yet. */
	n = read(slower, e, sizeof(e));
	expect_value(n, KEPT * sizeof(*e), "bytes read when it is late");
	expect_value(e[0].lost, 1, "lost when it is late by one");
	expect_value(e[1].lost, 0, "told a second time");
	expect_value(e[0].sequence, last - KEPT + 1, "sequence of the first that was left");

	make_room(disk);
	must_write(disk, 0, 0);
	for (i = 0; i < KEPT; i++)
		flap(disk);
	got = next(slow);
	expect_value(got.lost, KEPT + 1, "lost when it is late by far");
	expect_value(got.sequence, last + KEPT + 2, "sequence");
	got = next(slow);
	expect_value(got.lost, 0, "told a second time");
	expect_value(next(fast).lost, 2 * KEPT, "lost by who never read");
	close(disk);
	close(slow);
	close(slower);
	close(fast);
	remove_disk(0);
}

static void fork_shares_the_place(void)
{
	struct srd_event e;
	int i, status, got = 0, fd = open_events(O_RDONLY | O_NONBLOCK);
	pid_t pid;

	create(MIB);
	for (i = 0; i < 9; i++)
		some_event(0);
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		for (i = 0; i < 4; i++)
			if (read(fd, &e, sizeof(e)) != sizeof(e))
				_exit(1);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		wrong("the child could not read");
	while (read(fd, &e, sizeof(e)) == sizeof(e))
		got++;
	if (errno != EAGAIN)
		wrong("read: %s", name_of(errno));
	expect_value(got, 6, "events left by the child");
	expect_value(e.kind, SRD_EVENT_RESIZED, "the last of them");
	remove_disk(0);
	close(fd);
}

/* ---- cases: waiting ---- */

static void nonblocking_is_EAGAIN(void)
{
	int fd = open_events(O_RDONLY | O_NONBLOCK);
	struct srd_event e;

	/* errno: read EAGAIN */
	if (read(fd, &e, sizeof(e)) >= 0 || errno != EAGAIN)
		wrong("read with nothing to read");
	create(MIB);
	expect_event(fd, SRD_EVENT_CREATED, 0, -1);
	if (read(fd, &e, sizeof(e)) >= 0 || errno != EAGAIN)
		wrong("read once all was read");
	if (fcntl(fd, F_SETFL, 0))
		err(1, "fcntl");
	some_event(0);
	expect_event(fd, SRD_EVENT_RESIZED, 0, -1);
	remove_disk(0);
	close(fd);
}

static void *make_event_soon(void *arg)
{
	wait_until_asleep(getpid(), *(pid_t *)arg);
	some_event(0);
	return NULL;
}

static void poll_and_epoll_wake(void)
{
	struct epoll_event want = { .events = EPOLLIN | EPOLLET }, got = { 0 };
	int i, fd = open_events(O_RDONLY), epoll = epoll_create1(EPOLL_CLOEXEC);
	pid_t self = getpid();
	pthread_t thread;

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &want))
		err(1, "epoll");
	create(MIB);
	expect_event(fd, SRD_EVENT_CREATED, 0, -1);
	if (epoll_wait(epoll, &got, 1, 0) < 0)
		err(1, "epoll_wait");
	for (i = 0; i < 20; i++) {
		expect_nothing(fd, "before it happens");
		if (pthread_create(&thread, NULL, make_event_soon, &self))
			errx(1, "no thread");
		if (i & 1) {
			if (!readable(fd, PATIENCE_MS))
				wrong("poll did not wake");
			if (epoll_wait(epoll, &got, 1, PATIENCE_MS) != 1)
				wrong("epoll was not told");
		} else if (epoll_wait(epoll, &got, 1, PATIENCE_MS) != 1 || got.events != EPOLLIN) {
			wrong("epoll did not wake");
		}
		if (epoll_wait(epoll, &got, 1, 0))
			wrong("edge-triggered epoll tells the same again");
		pthread_join(thread, NULL);
		expect_event(fd, SRD_EVENT_RESIZED, 0, -1);
	}
	remove_disk(0);
	close(epoll);
	close(fd);
}

static void *wait_alone(void *arg)
{
	struct epoll_event want = { .events = EPOLLIN | EPOLLEXCLUSIVE }, got;
	int fd = open_events(O_RDONLY), epoll = epoll_create1(EPOLL_CLOEXEC);
	atomic_int *n = arg;

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &want))
		err(1, "epoll");
	/* The main thread waits until both sleep. */
	*n = gettid();
	*n = epoll_wait(epoll, &got, 1, PATIENCE_MS);
	close(epoll);
	close(fd);
	return NULL;
}

/* Each has an open file of its own, so that each has the event to read. */
static void all_wake_that_want_to_be_woken_alone(void)
{
	pthread_t threads[3];
	static atomic_int said[3];
	unsigned int i;

	create(MIB);
	for (i = 0; i < 3; i++) {
		if (pthread_create(&threads[i], NULL, wait_alone, &said[i]))
			errx(1, "no thread");
		while (!said[i])
			usleep(1000);
		wait_until_asleep(getpid(), said[i]);
	}
	some_event(0);
	for (i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
		expect_value(said[i], 1, "events that one of those was told");
	}
	remove_disk(0);
}

#define FREED	7	/* number of a disk that comes and goes */

static void *make_again(void *arg)
{
	struct srd_ioc_create c;
	int fd = *(int *)arg;
	unsigned long i, rounds = scaled(40);
	struct srd_event e;

	for (i = 0; i < rounds; i++) {
		while (read(fd, &e, sizeof(e)) == sizeof(e) && e.kind != SRD_EVENT_REMOVED)
			;
		c = (struct srd_ioc_create){ .size = sizeof(c), .number = FREED, .capacity = MIB,
					     .flags = SRD_CREATE_NUMBER };
		expect_error(call(SRD_IOC_CREATE, &c), 0, "the number of a disk that is gone");
	}
	return NULL;
}

static void a_number_is_free_when_that_is_told(void)
{
	struct srd_ioc_create c = { .size = sizeof(c), .number = FREED, .capacity = MIB,
				    .flags = SRD_CREATE_NUMBER };
	int error, fd = open_events(O_RDONLY);
	unsigned long i, rounds = scaled(40);
	pthread_t thread;
	cpu_set_t one;

	/* Who is woken runs at once, and the other one has to wait. */
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		err(1, "sched_setaffinity");
	expect_error(call(SRD_IOC_CREATE, &c), 0, "create");
	if (pthread_create(&thread, NULL, make_again, &fd))
		errx(1, "no thread");
	alarm(100 * scaled(1));
	for (i = 0; i <= rounds; i++) {
		/* Not there yet, or its partitions are being looked for. */
		while (((error = remove_disk(FREED)) == ENODEV || error == EBUSY) && !failures)
			sched_yield();
		/* It is about to say what. */
		if (failures && sleep(1) == 0)
			exit(1);
		expect_error(error, 0, "remove");
	}
	pthread_join(thread, NULL);
	alarm(0);
	close(fd);
}

struct sharer {
	int fd;
	char *nowhere;
	atomic_bool stop;
};

static void *read_to_nowhere(void *arg)
{
	struct sharer *s = arg;

	while (!s->stop)
		if (read(s->fd, s->nowhere, sizeof(struct srd_event)) != -1 || errno != EFAULT)
			errx(1, "read to where there is no memory");
	return NULL;
}

/* What one of them could not be given is for the other one, who may have found nothing before. */
static void what_is_given_back_wakes_who_waits(void)
{
	struct sharer s = { .fd = open_events(O_RDONLY) };
	unsigned long i, rounds = scaled(100);
	pthread_t thread;
	struct srd_event e;

	s.nowhere = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s.nowhere == MAP_FAILED)
		err(1, "mmap");
	create(MIB);
	expect_event(s.fd, SRD_EVENT_CREATED, 0, -1);
	if (pthread_create(&thread, NULL, read_to_nowhere, &s))
		errx(1, "no thread");
	for (i = 0; i < rounds; i++) {
		some_event(0);
		alarm(PATIENCE_MS / 1000);
		if (read(s.fd, &e, sizeof(e)) != sizeof(e))
			err(1, "read");
		alarm(0);
	}
	s.stop = true;
	some_event(0);
	pthread_join(thread, NULL);
	munmap(s.nowhere, PAGE);
	remove_disk(0);
	close(s.fd);
}

static volatile sig_atomic_t signals;

static void count_signal(int number)
{
	(void)number;
	signals++;
}

/* A child that waits for an event while a signal comes; its exit status: 0 event, 1 EINTR. */
static int read_with_signal(int flags, bool event)
{
	struct sigaction action = { .sa_handler = count_signal, .sa_flags = flags };
	struct srd_event e;
	int fd, status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		fd = open_events(O_RDONLY);
		sigaction(SIGUSR1, &action, NULL);
		if (read(fd, &e, sizeof(e)) == sizeof(e))
			_exit(signals == 1 ? 0 : 2);
		/* errno: read EINTR */
		_exit(errno == EINTR && signals == 1 ? 1 : 3);
	}
	wait_until_asleep(pid, pid);
	kill(pid, SIGUSR1);
	if (event) {
		/* It has to go to sleep again. */
		usleep(20000);
		wait_until_asleep(pid, pid);
		some_event(0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void signals_interrupt_or_not(void)
{
	create(MIB);
	expect_value(read_with_signal(0, false), 1, "a read without SA_RESTART");
	expect_value(read_with_signal(SA_RESTART, true), 0, "a read with SA_RESTART");
	remove_disk(0);
}

static void who_waits_can_be_killed(void)
{
	struct srd_event e;
	int status, i;
	pid_t pid;

	for (i = 0; i < 10; i++) {
		pid = fork();
		if (pid < 0)
			err(1, "fork");
		if (!pid)
			_exit(read(open_events(O_RDONLY), &e, sizeof(e)) < 0);
		wait_until_asleep(pid, pid);
		kill(pid, SIGKILL);
		if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
			wrong("it did not die: status %#x", status);
	}
}

struct blocked {
	int fd;
	_Atomic pid_t tid;
	struct srd_event e;
	int first, second;
};

static void *read_twice(void *arg)
{
	struct blocked *b = arg;

	b->tid = gettid();
	b->first = read(b->fd, &b->e, sizeof(b->e));
	b->second = read(b->fd, &b->e, sizeof(b->e)) < 0 ? errno : 0;
	return NULL;
}

static void closed_while_somebody_waits(void)
{
	struct blocked b = { .fd = open_events(O_RDONLY) };
	pthread_t thread;

	create(MIB);
	expect_event(b.fd, SRD_EVENT_CREATED, 0, -1);
	if (pthread_create(&thread, NULL, read_twice, &b))
		errx(1, "no thread");
	while (!b.tid)
		usleep(1000);
	wait_until_asleep(getpid(), b.tid);
	close(b.fd);
	some_event(0);
	pthread_join(thread, NULL);
	expect_value(b.first, sizeof(b.e), "the read that had begun");
	expect_value(b.e.kind, SRD_EVENT_RESIZED, "what it got");
	expect_value(b.second, EBADF, "errno of the one after it");
	remove_disk(0);
}

/* ---- no wake-up is lost ---- */

/* How a waiting reader waits, and how far each has come. */
enum how { READ, POLL, EPOLL, HOWS };

static struct waiter {
	pthread_t thread;
	enum how way;
	int fd, epoll;
	_Atomic unsigned long seen;
	unsigned long wanted;
} waiters[HOWS];

static void wait_for_event(struct waiter *w)
{
	struct epoll_event event;

	if (w->way == POLL && !readable(w->fd, -1))
		errx(1, "poll did not wait");
	if (w->way == EPOLL && epoll_wait(w->epoll, &event, 1, -1) != 1)
		err(1, "epoll_wait");
}

static void *wait_for_all(void *arg)
{
	struct waiter *w = arg;
	struct srd_event e[2];
	ssize_t n;

	while (w->seen < w->wanted) {
		wait_for_event(w);
		/* Edge-triggered epoll wants that all is read. */
		while ((n = read(w->fd, e, sizeof(e))) > 0) {
			w->seen += n / sizeof(*e);
			if (w->way != EPOLL)
				break;
		}
		if (n < 0 && errno != EAGAIN)
			err(1, "read");
	}
	return NULL;
}

static void start_waiter(struct waiter *w, enum how way, unsigned long wanted)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };

	w->way = way;
	w->wanted = wanted;
	w->fd = open_events(O_RDONLY | (way == READ ? 0 : O_NONBLOCK));
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (w->epoll < 0 || epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->fd, &event))
		err(1, "epoll");
	if (pthread_create(&w->thread, NULL, wait_for_all, w))
		errx(1, "no thread");
}

static void await_all(unsigned long wanted)
{
	struct timespec begin, now;
	int i;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (i = 0; i < HOWS; i++) {
		while (waiters[i].seen < wanted) {
			sched_yield();
			clock_gettime(CLOCK_MONOTONIC, &now);
			if (now.tv_sec - begin.tv_sec > PATIENCE_MS / 1000)
				errx(1, "waiter %d slept through event %lu", i, wanted);
		}
	}
}

/*
 * Some events come while the waiters are on their way to sleep. After the last of them nobody else
 * wakes them, and no more come until all have had it.
 */
static void no_wakeup_is_lost(void)
{
	unsigned long done = 0, events = 2 * scaled(1000);
	unsigned int random = 1, i;
	int disk;

	create(MIB);
	disk = open_tiny(0);
	for (i = 0; i < HOWS; i++)
		start_waiter(&waiters[i], i, events);
	while (done < events) {
		random = random * 1103515245 + 12345;
		for (i = random >> 28; done < events && i < 16; i++, done += 2)
			flap(disk);
		await_all(done);
	}
	for (i = 0; i < HOWS; i++) {
		pthread_join(waiters[i].thread, NULL);
		close(waiters[i].epoll);
		close(waiters[i].fd);
	}
	close(disk);
	remove_disk(0);
}

/* ---- cases: memory ---- */

static void expect_limit(int fd, enum srd_event_kind kind, int number, enum srd_limit what,
			 unsigned long long limit)
{
	struct srd_event e = expect_event(fd, kind, number, -1);

	expect_value(e.what, what, "which limit");
	expect_value(e.value, limit, "the limit");
	if (what != SRD_LIMIT_MACHINE && (kind == SRD_EVENT_LIMIT) != (e.length >= e.value))
		wrong("event %u, with %llu held of %llu", kind, e.length, e.value);
}

static void limit_of_a_disk_is_told_once(void)
{
	unsigned long long limit;
	int i, disk, fd;

	create(MIB);
	disk = open_tiny(0);
	limit = read_file(attribute(0, "limit"));
	fd = open_events(O_RDONLY);
	for (i = 0; i < 5; i++)
		meet_limit(disk);
	expect_limit(fd, SRD_EVENT_LIMIT, 0, SRD_LIMIT_DISK, limit);
	expect_nothing(fd, "after the first refusal");
	/* What it has it may write still. */
	must_write(disk, 0, 0);
	expect_nothing(fd, "after an overwrite");
	discard_page(disk, 1);
	expect_nothing(fd, "after a discard that frees nothing");
	make_room(disk);
	expect_limit(fd, SRD_EVENT_ROOM, 0, SRD_LIMIT_DISK, limit);
	must_write(disk, 0, 0);
	expect_nothing(fd, "with room again, and used up again");

	meet_limit(disk);
	expect_limit(fd, SRD_EVENT_LIMIT, 0, SRD_LIMIT_DISK, limit);
	write_file(attribute(0, "limit"), limit + PAGE);
	expect_limit(fd, SRD_EVENT_ROOM, 0, SRD_LIMIT_DISK, limit + PAGE);
	must_write(disk, 1, 0);
	must_write(disk, 2, ENOSPC);
	expect_limit(fd, SRD_EVENT_LIMIT, 0, SRD_LIMIT_DISK, limit + PAGE);
	/* A full disk that goes makes no room on itself. */
	close(disk);
	remove_disk(0);
	expect_event(fd, SRD_EVENT_REMOVED, 0, -1);
	expect_nothing(fd, "when it is gone");
	close(fd);
}

/* How much all disks hold, when nothing is on its way back any more. */
static unsigned long long held(void)
{
	struct srd_ioc_memory m = { .size = sizeof(m) };

	do {
		if (m.pending)
			usleep(1000);
		expect_error(call(SRD_IOC_MEMORY, &m), 0, "MEMORY");
	} while (m.pending);
	return m.used;
}

static void limit_of_all_disks(void)
{
	unsigned long long before = read_file(PARAMETER("mem_limit")), limit;
	int a, b, i, fd, error;

	create(MIB);
	create(MIB);
	a = open_disk(0, O_RDWR | O_DIRECT);
	b = open_disk(1, O_RDWR | O_DIRECT);
	for (i = 0; i < 8; i++)
		must_write(a, i, 0);
	limit = held();
	write_file(PARAMETER("mem_limit"), limit);
	fd = open_events(O_RDONLY);
	must_write(a, 9, ENOSPC);
	must_write(b, 0, ENOSPC);
	expect_limit(fd, SRD_EVENT_LIMIT, -1, SRD_LIMIT_MODULE, limit);
	expect_nothing(fd, "after two refusals");
	for (i = 0; i < 4; i++)
		discard_page(a, i);
	/* As soon as the last reader must be done with it. */
	expect_limit(fd, SRD_EVENT_ROOM, -1, SRD_LIMIT_MODULE, limit);
	must_write(b, 0, 0);
	held();
	for (i = 1; !(error = write_page(b, i)); i++)
		;
	expect_error(error, ENOSPC, "a write to the other disk");
	expect_limit(fd, SRD_EVENT_LIMIT, -1, SRD_LIMIT_MODULE, limit);
	close(a);
	close(b);
	remove_disk(1);
	if (expect_event(fd, SRD_EVENT_ROOM, -1, -1).what != SRD_LIMIT_MODULE)
		wrong("room, but not for all disks");
	expect_event(fd, SRD_EVENT_REMOVED, 1, -1);
	remove_disk(0);
	close(fd);
	write_file(PARAMETER("mem_limit"), before);
}

static void limit_of_the_machine(void)
{
	unsigned long long before = read_file(PARAMETER("mem_reserve")), all = 1ULL << 40;
	int disk, fd;

	create(MIB);
	disk = open_disk(0, O_RDWR | O_DIRECT);
	fd = open_events(O_RDONLY);
	write_file(PARAMETER("mem_reserve"), all);
	must_write(disk, 0, ENOSPC);
	must_write(disk, 0, ENOSPC);
	expect_limit(fd, SRD_EVENT_LIMIT, -1, SRD_LIMIT_MACHINE, all);
	expect_nothing(fd, "after two refusals");
	write_file(PARAMETER("mem_reserve"), before);
	expect_limit(fd, SRD_EVENT_ROOM, -1, SRD_LIMIT_MACHINE, before);
	must_write(disk, 0, 0);
	expect_nothing(fd, "after a write");
	close(disk);
	remove_disk(0);
	expect_event(fd, SRD_EVENT_REMOVED, 0, -1);
	close(fd);
}

static const struct test_case cases[] = {
	{ "each-kind-says-what-happened", each_kind_says_what_happened },
	{ "rules-and-power-say-so", rules_and_power_say_so },
	{ "reading-begins-at-open", reading_begins_at_open },
	{ "whole-events-only", whole_events_only },
	{ "nothing-lost-to-bad-pointers", nothing_lost_to_bad_pointers },
	{ "vectored-reads-take-what-there-is", vectored_reads_take_what_there_is },
	{ "all-wake-that-want-to-be-woken-alone", all_wake_that_want_to_be_woken_alone },
	{ "a-number-is-free-when-that-is-told", a_number_is_free_when_that_is_told },
	{ "what-is-given-back-wakes-who-waits", what_is_given_back_wakes_who_waits },
	{ "no-position-of-its-own", no_position_of_its_own },
	{ "all-readers-see-the-same", all_readers_see_the_same },
	{ "slow-readers-are-told", slow_readers_are_told },
	{ "fork-shares-the-place", fork_shares_the_place },
	{ "nonblocking-is-EAGAIN", nonblocking_is_EAGAIN },
	{ "poll-and-epoll-wake", poll_and_epoll_wake },
	{ "signals-interrupt-or-not", signals_interrupt_or_not },
	{ "who-waits-can-be-killed", who_waits_can_be_killed },
	{ "closed-while-somebody-waits", closed_while_somebody_waits },
	{ "no-wakeup-is-lost", no_wakeup_is_lost },
	{ "limit-of-a-disk-is-told-once", limit_of_a_disk_is_told_once },
	{ "limit-of-all-disks", limit_of_all_disks },
	{ "limit-of-the-machine", limit_of_the_machine },
};

int main(int argc, char **argv)
{
	return run_case(cases, ARRAY_SIZE(cases), argc, argv);
}
