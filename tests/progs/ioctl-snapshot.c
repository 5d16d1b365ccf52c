// SPDX-License-Identifier: GPL-2.0
/*
 * ioctl-snapshot - the commands of /dev/srd-control that deal with what disks share
 *
 * usage: ioctl-snapshot CASE
 */
#include "ioctl.h"

#define PAGE	4096ULL
#define FAMILY	4096	/* disks that can share */

/* ---- the commands ---- */

static int take(struct srd_ioc_snapshot *s)
{
	s->size = sizeof(*s);
	return call(SRD_IOC_SNAPSHOT, s);
}

/* A snapshot of srd0 that a case needs: its number. */
static unsigned int snapshot(unsigned int flags)
{
	struct srd_ioc_snapshot s = { .flags = flags };

	expect_error(take(&s), 0, "SNAPSHOT");
	return s.number;
}

static int rollback(unsigned int number, unsigned int to)
{
	struct srd_ioc_rollback r = { .size = sizeof(r), .number = number, .to = to };

	return call(SRD_IOC_ROLLBACK, &r);
}

static int reset(unsigned int number)
{
	struct srd_ioc_reset r = { .size = sizeof(r), .number = number };

	return call(SRD_IOC_RESET, &r);
}

static bool there(unsigned int number)
{
	struct srd_ioc_info i = { .size = sizeof(i), .number = number };

	return !call(SRD_IOC_INFO, &i);
}

/* What is put off happens soon. */
static void expect_gone(unsigned int number, const char *what)
{
	int tries = 3000;

	while (there(number) && --tries)
		usleep(10000);
	if (!tries)
		wrong("%s: srd%u is still there", what, number);
}

static void write_page(unsigned int number, unsigned int page, char what)
{
	static char block[PAGE] __attribute__((aligned(PAGE)));
	int fd = open_disk(number, O_RDWR | O_DIRECT);

	memset(block, what, sizeof(block));
	if (pwrite(fd, block, sizeof(block), page * PAGE) != sizeof(block))
		wrong("write to srd%u: %s", number, name_of(errno));
	close(fd);
}

static void expect_page(unsigned int number, unsigned int page, char what)
{
	static char block[PAGE] __attribute__((aligned(PAGE)));
	int fd = open_disk(number, O_RDONLY | O_DIRECT);
	size_t i;

	if (pread(fd, block, sizeof(block), page * PAGE) != sizeof(block))
		wrong("read of srd%u: %s", number, name_of(errno));
	close(fd);
	for (i = 0; i < sizeof(block) && block[i] == what; i++)
		;
	if (i < sizeof(block))
		wrong("srd%u, page %u: got %d, wanted %d", number, page, block[i], what);
}

static void remove_all(void)
{
	struct srd_ioc_info i = { .size = sizeof(i) };

	while (!call(SRD_IOC_NEXT, &i))
		expect_error(remove_disk(i.number), 0, "remove srd%u", i.number);
	expect_value(disks(), 0, "disks at the end");
}

/* ---- cases: SNAPSHOT ---- */

static void snapshot_says_what_it_made(void)
{
	struct srd_ioc_create c = {
		.size = sizeof(c), .flags = SRD_CREATE_NODE | SRD_CREATE_POLL_QUEUES,
		.capacity = 3 * MIB, .limit = 2 * MIB, .block_size = 2048, .queues = 1,
		.queue_depth = 16, .poll_queues = 1, .node = 0, .label = "disk"
	};
	struct srd_ioc_snapshot s = {
		.flags = SRD_SNAPSHOT_NUMBER, .number = 7, .label = "before"
	};
	struct srd_ioc_snapshot t = { .number = 99, .flags = SRD_SNAPSHOT_WRITABLE };
	struct srd_ioc_info i;

	expect_error(call(SRD_IOC_CREATE, &c), 0, "CREATE");
	write_page(0, 5, 'a');
	expect_error(take(&s), 0, "SNAPSHOT");
	expect_value(s.number, 7, "number");
	expect_text(s.name, sizeof(s.name), "srd7", "name");
	expect_text(s.label, sizeof(s.label), "before", "label");
	expect_error(take(&t), 0, "SNAPSHOT, writable");
	expect_value(t.number, 1, "lowest free number");
	expect_text(t.name, sizeof(t.name), "srd1", "name");

	i = info(7);
	expect_value(i.state, SRD_STATE_READ_ONLY, "info.state");
	expect_value(i.origin, 0, "info.origin");
	expect_text(i.label, sizeof(i.label), "before", "info.label");
	i = info(1);
	expect_value(i.state, 0, "info.state");
	expect_value(i.origin, 0, "info.origin");
	expect_value(i.capacity, 3 * MIB, "info.capacity");
	expect_value(i.limit, 2 * MIB, "info.limit");
	expect_value(i.block_size, 2048, "info.block_size");
	expect_value(i.queues, 1, "info.queues");
	expect_value(i.queue_depth, 16, "info.queue_depth");
	expect_value(i.poll_queues, 1, "info.poll_queues");
	expect_value(i.node, 0, "info.node");
	expect_value(i.mode, SRD_MODE_MQ, "info.mode");
	/* a page, and the node that leads to it */
	expect_value(i.shared, 2 * PAGE, "info.shared");
	expect_value(i.used, PAGE, "info.used");
	expect_page(1, 5, 'a');
	expect_page(7, 5, 'a');
	remove_all();
}

static void snapshot_of_mode_bio(void)
{
	struct srd_ioc_create c = {
		.size = sizeof(c), .flags = SRD_CREATE_MODE, .capacity = MIB, .mode = SRD_MODE_BIO
	};

	expect_error(call(SRD_IOC_CREATE, &c), 0, "CREATE");
	snapshot(0);
	expect_value(info(1).mode, SRD_MODE_BIO, "info.mode");
	expect_value(info(1).queues, 0, "info.queues");
	remove_all();
}

/* It stands on its own: it outlives its source, and is none of a new disk of that number. */
static void snapshot_outlives_its_source(void)
{
	create(MIB);
	write_page(0, 0, 'a');
	snapshot(0);
	expect_error(remove_disk(0), 0, "remove the source");
	expect_page(1, 0, 'a');
	expect_value(info(1).origin, 0, "info.origin");
	expect_value(info(1).shared, 0, "info.shared");
	expect_value(info(1).used, 3 * PAGE, "info.used");
	create(MIB);
	expect_error(rollback(0, 1), EXDEV, "a new disk of the same number");
	remove_all();
}

#define bad(wanted, ...)							\
	do {									\
		struct srd_ioc_snapshot s = { __VA_ARGS__ };			\
										\
		expect_error(take(&s), wanted, "SNAPSHOT, %s", #__VA_ARGS__);	\
		expect_value(disks(), 1, #__VA_ARGS__);				\
	} while (0)

static void snapshot_errors(void)
{
	struct srd_ioc_create c = {
		.size = sizeof(c), .flags = SRD_CREATE_NUMBER, .capacity = MIB, .number = 3,
		.label = "taken"
	};
	struct srd_ioc_snapshot none = { .source = 0 };

	/* errno: SNAPSHOT ENODEV EEXIST EINVAL */
	expect_error(take(&none), ENODEV, "SNAPSHOT where there is no disk");
	expect_error(call(SRD_IOC_CREATE, &c), 0, "CREATE");
	bad(ENODEV, .source = 0);
	bad(ENODEV, .source = UINT_MAX);
	bad(EEXIST, .source = 3, .flags = SRD_SNAPSHOT_NUMBER, .number = 3);
	bad(EEXIST, .source = 3, .label = "taken");
	bad(EINVAL, .source = 3, .flags = SRD_SNAPSHOT_NUMBER, .number = 1 << 20);
	bad(EINVAL, .source = 3, .flags = SRD_SNAPSHOT_NUMBER, .number = INT_MAX);
	bad(EINVAL, .source = 3, .flags = SRD_SNAPSHOT_NUMBER, .number = 1U << 31);
	bad(EINVAL, .source = 3, .flags = SRD_SNAPSHOT_NUMBER, .number = UINT_MAX);
	bad(EINVAL, .source = 3, .label = ".hidden");
	bad(EINVAL, .source = 3, .label = "a/b");
	bad(EINVAL, .source = 3, .label = "a b");
	bad(EINVAL, .source = 3, .label = "12345678901234567890123456789012");
	bad(EINVAL, .source = 3, .label = "behind\0the end");
	bad(EINVAL, .source = 3, .name = "srd4");
	expect_value(info(3).shared, 0, "shared after all that");
	remove_all();
}

/* A page has room for so many holders, and no more can have the disk's account. Slow. */
static void too_many_are_EMLINK(void)
{
	struct srd_ioc_create c = {
		.size = sizeof(c), .flags = SRD_CREATE_MODE, .capacity = MIB, .mode = SRD_MODE_BIO
	};
	struct srd_ioc_snapshot s = { .flags = SRD_SNAPSHOT_WRITABLE };
	unsigned int i;

	expect_error(call(SRD_IOC_CREATE, &c), 0, "CREATE");
	write_page(0, 0, 'a');
	for (i = 1; i < FAMILY && !failures; i++) {
		s.source = i - 1;
		memset(s.name, 0, sizeof(s.name));
		expect_error(take(&s), 0, "SNAPSHOT %u", i);
	}
	expect_page(FAMILY - 1, 0, 'a');
	memset(s.name, 0, sizeof(s.name));
	/* errno: SNAPSHOT EMLINK */
	expect_error(take(&s), EMLINK, "one more");
	/* errno: ROLLBACK EMLINK */
	expect_error(rollback(1, 2), EMLINK, "rollback, which has one more for a moment");
	/* errno: RESET EMLINK */
	expect_error(reset(1), EMLINK, "reset, which has one more for a moment");
	expect_page(1, 0, 'a');
	expect_error(remove_disk(5), 0, "remove");
	write_page(1, 0, 'b');
	expect_error(rollback(1, 2), 0, "rollback when there is room");
	expect_page(1, 0, 'a');
	expect_error(reset(1), 0, "reset when there is room");
	expect_error(take(&s), 0, "SNAPSHOT when there is room");
	expect_value(s.number, 5, "number");
	remove_all();
}

/* ---- cases: SRD_SNAPSHOT_TEMPORARY ---- */

static void temporary_goes_with_the_descriptor(void)
{
	int rw = control, copy;

	create(MIB);
	control = open(SRD_CONTROL_PATH, O_RDWR);
	copy = dup(control);
	if (control < 0 || copy < 0)
		err(1, SRD_CONTROL_PATH);
	snapshot(SRD_SNAPSHOT_TEMPORARY);
	snapshot(SRD_SNAPSHOT_TEMPORARY | SRD_SNAPSHOT_WRITABLE);
	snapshot(0);
	expect_value(info(1).state, SRD_STATE_READ_ONLY, "info.state");
	close(control);
	control = rw;
	expect_value(disks(), 4, "disks, with a copy of the descriptor open");
	close(copy);
	expect_gone(1, "closed");
	expect_gone(2, "closed");
	expect_value(disks(), 2, "disks, one of them a snapshot that is not temporary");
	remove_all();
}

/* Somebody else has it open: it goes when that is over. */
static void temporary_waits_for_who_has_it_open(void)
{
	int rw = control, fd;

	create(MIB);
	write_page(0, 0, 'a');
	control = open(SRD_CONTROL_PATH, O_RDWR);
	if (control < 0)
		err(1, SRD_CONTROL_PATH);
	snapshot(SRD_SNAPSHOT_TEMPORARY);
	fd = open_disk(1, O_RDONLY);
	close(control);
	control = rw;
	expect_value(info(1).state, SRD_STATE_READ_ONLY | SRD_STATE_DEFERRED, "info.state");
	write_page(0, 0, 'b');
	expect_page(1, 0, 'a');
	close(fd);
	expect_gone(1, "closed");
	remove_all();
}

/* May be removed before, like any other; and its number is then another one's. */
static void temporary_may_go_before(void)
{
	int rw = control;

	create(MIB);
	control = open(SRD_CONTROL_PATH, O_RDWR);
	if (control < 0)
		err(1, SRD_CONTROL_PATH);
	snapshot(SRD_SNAPSHOT_TEMPORARY);
	expect_error(remove_disk(1), 0, "remove");
	expect_value(create(MIB), 1, "number");
	close(control);
	control = rw;
	expect_value(disks(), 2, "disks");
	remove_all();
}

static void temporary_goes_with_who_is_killed(void)
{
	int ready[2], status;
	char byte;
	pid_t pid;

	create(MIB);
	if (pipe(ready))
		err(1, "pipe");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		control = open(SRD_CONTROL_PATH, O_RDWR);
		snapshot(SRD_SNAPSHOT_TEMPORARY);
		if (write(ready[1], "r", 1) != 1)
			_exit(1);
		pause();
		_exit(1);
	}
	if (read(ready[0], &byte, 1) != 1)
		wrong("no snapshot");
	expect_value(disks(), 2, "disks");
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	expect_gone(1, "killed");
	remove_all();
}

/* ---- cases: ROLLBACK and RESET ---- */

/* Each is refused, and leaves srd0 as it is. */
static void expect_refused(int wanted, unsigned int to, const char *what)
{
	expect_error(rollback(0, to), wanted, "ROLLBACK, %s", what);
	expect_error(reset(0), wanted, "RESET, %s", what);
	expect_page(0, 0, 'b');
}

static void rollback_and_reset_errors(void)
{
	unsigned int snap;
	int fd;

	/* errno: ROLLBACK ENODEV */
	expect_error(rollback(0, 1), ENODEV, "ROLLBACK where there is no disk");
	/* errno: RESET ENODEV */
	expect_error(reset(0), ENODEV, "RESET where there is no disk");
	create(MIB);
	write_page(0, 0, 'a');
	snap = snapshot(0);
	write_page(0, 0, 'b');
	expect_error(rollback(9, snap), ENODEV, "ROLLBACK of a disk that is not there");
	expect_error(rollback(0, 9), ENODEV, "ROLLBACK to a disk that is not there");
	expect_error(rollback(UINT_MAX, snap), ENODEV, "ROLLBACK of the largest number");
	expect_error(reset(UINT_MAX), ENODEV, "RESET of the largest number");
	/* errno: ROLLBACK EINVAL EROFS EXDEV */
	expect_error(rollback(0, 0), EINVAL, "ROLLBACK to itself");
	expect_error(rollback(snap, 0), EROFS, "ROLLBACK of a snapshot");
	/* errno: RESET EROFS */
	expect_error(reset(snap), EROFS, "RESET of a snapshot");
	expect_value(create(MIB), 2, "another disk");
	expect_error(rollback(0, 2), EXDEV, "ROLLBACK to a disk that shares nothing");
	expect_error(remove_disk(2), 0, "remove");

	fd = open_disk(0, O_RDONLY);
	/* errno: ROLLBACK EBUSY */
	/* errno: RESET EBUSY */
	expect_refused(EBUSY, snap, "open");
	close(fd);
	expect_page(snap, 0, 'a');
	fd = open_disk(snap, O_RDONLY);
	expect_error(rollback(0, snap), 0, "ROLLBACK to a snapshot that is open");
	close(fd);
	expect_page(0, 0, 'a');
	expect_page(snap, 0, 'a');
	expect_error(reset(0), 0, "RESET");
	expect_page(0, 0, 0);
	expect_page(snap, 0, 'a');
	remove_all();
}

static void prealloc_keeps_its_memory(void)
{
	struct srd_ioc_create c = {
		.size = sizeof(c), .flags = SRD_CREATE_PREALLOC, .capacity = MIB
	};
	struct srd_ioc_info i;
	unsigned int snap;

	expect_error(call(SRD_IOC_CREATE, &c), 0, "CREATE");
	snap = snapshot(SRD_SNAPSHOT_WRITABLE);
	expect_value(info(snap).state, 0, "info.state of a clone");
	write_page(0, 0, 'b');
	/* errno: ROLLBACK EOPNOTSUPP */
	/* errno: RESET EOPNOTSUPP */
	expect_refused(EOPNOTSUPP, snap, "preallocated");
	expect_page(snap, 0, 0);
	expect_error(rollback(snap, 0), 0, "ROLLBACK of its clone");
	expect_page(snap, 0, 'b');
	i = info(0);
	expect_value(i.used + i.shared, MIB + 2 * PAGE, "used and shared");
	remove_all();
}

/* A disk becomes what any other one of its family is, its own clone's clone too. */
static void rollback_within_the_family(void)
{
	create(MIB);
	write_page(0, 0, 'a');
	expect_value(snapshot(SRD_SNAPSHOT_WRITABLE), 1, "number");
	write_page(1, 0, 'b');
	expect_error(resize(1, 2 * MIB, 0), 0, "resize");
	write_page(1, 300, 'c');
	expect_error(rollback(0, 1), 0, "ROLLBACK to a clone");
	expect_page(0, 0, 'b');
	expect_page(0, 300, 'c');
	expect_value(info(0).capacity, 2 * MIB, "info.capacity");
	expect_value(info(0).origin, -1, "info.origin");
	write_page(0, 0, 'd');
	expect_page(1, 0, 'b');
	expect_error(rollback(1, 0), 0, "ROLLBACK of a clone to its source");
	expect_page(1, 0, 'd');
	expect_error(reset(0), 0, "RESET");
	expect_value(info(0).capacity, 2 * MIB, "info.capacity");
	expect_value(info(0).used, PAGE, "info.used");
	expect_value(info(0).shared, 0, "info.shared");
	expect_page(1, 300, 'c');
	remove_all();
}

/* ---- cases: EXTENTS ---- */

static struct srd_ioc_extents extents(struct srd_ioc_extents e, struct srd_extent *to, int wanted,
				      const char *what)
{
	e.size = sizeof(e);
	e.extents = (uintptr_t)to;
	expect_error(call(SRD_IOC_EXTENTS, &e), wanted, "EXTENTS, %s", what);
	return e;
}

static void expect_extent(const struct srd_extent *e, unsigned int page, unsigned int pages,
			  unsigned int flags)
{
	expect_value(e->start, page * PAGE, "extent.start");
	expect_value(e->length, pages * PAGE, "extent.length");
	expect_value(e->flags, flags, "extent.flags");
	expect_value(e->reserved, 0, "extent.reserved");
}

static void extents_say_what_is_there(void)
{
	const struct srd_ioc_extents part = {
		.count = 8, .start = 4 * PAGE - 512, .end = 4 * PAGE + 512
	};
	struct srd_extent e[8];
	struct srd_ioc_extents a;

	create(MIB);
	memset(e, 0xff, sizeof(e));
	a = extents((struct srd_ioc_extents){ .count = 8 }, e, 0, "empty");
	expect_value(a.count, 0, "count");
	expect_value(a.start, MIB, "start");
	expect_value(a.end, MIB, "end");
	write_page(0, 0, 'a');
	write_page(0, 3, 'a');
	write_page(0, 4, 'a');
	write_page(0, 255, 'a');
	a = extents((struct srd_ioc_extents){ .count = 8 }, e, 0, "three");
	expect_value(a.count, 3, "count");
	expect_value(a.start, MIB, "start");
	expect_extent(&e[0], 0, 1, 0);
	expect_extent(&e[1], 3, 2, 0);
	expect_extent(&e[2], 255, 1, 0);

	/* one after the other */
	a = extents((struct srd_ioc_extents){ .count = 1 }, e, 0, "the first");
	expect_value(a.count, 1, "count");
	expect_extent(&e[0], 0, 1, 0);
	a = extents((struct srd_ioc_extents){ .count = 1, .start = a.start }, e, 0, "the next");
	expect_value(a.count, 1, "count");
	expect_extent(&e[0], 3, 2, 0);
	a = extents((struct srd_ioc_extents){ .count = 1, .start = a.start, .end = MIB - PAGE }, e,
		    0, "up to the last");
	expect_value(a.count, 0, "count");
	expect_value(a.start, MIB - PAGE, "start");

	/* a part of what is there; and nothing past the end */
	a = extents(part, e, 0, "a part");
	expect_value(a.count, 1, "count");
	expect_value(e[0].start, 4 * PAGE - 512, "start");
	expect_value(e[0].length, 1024, "length");
	a = extents((struct srd_ioc_extents){ .count = 8, .start = 1ULL << 60, .end = -1ULL }, e, 0,
		    "past the end");
	expect_value(a.count, 0, "count");
	expect_value(a.start, MIB, "start");
	expect_value(a.end, MIB, "end");

	/* what is shared, and what is not any more */
	snapshot(0);
	write_page(0, 4, 'b');
	a = extents((struct srd_ioc_extents){ .count = 8 }, e, 0, "shared");
	expect_value(a.count, 4, "count");
	expect_extent(&e[0], 0, 1, SRD_EXTENT_SHARED);
	expect_extent(&e[1], 3, 1, SRD_EXTENT_SHARED);
	expect_extent(&e[2], 4, 1, 0);
	expect_extent(&e[3], 255, 1, SRD_EXTENT_SHARED);
	remove_all();
}

static void extents_errors(void)
{
	struct srd_extent e[2];

	/* errno: EXTENTS ENODEV EINVAL */
	extents((struct srd_ioc_extents){ .count = 1 }, e, ENODEV, "no disk");
	create(MIB);
	extents((struct srd_ioc_extents){ .count = 1, .number = 1 }, e, ENODEV, "another number");
	extents((struct srd_ioc_extents){ .count = 0 }, e, EINVAL, "no room");
	extents((struct srd_ioc_extents){ .count = 1, .flags = 1 }, e, EINVAL, "a flag");
	extents((struct srd_ioc_extents){ .count = UINT_MAX }, NULL, 0, "nothing to be written");
	write_page(0, 0, 'a');
	/* errno: EXTENTS EFAULT */
	extents((struct srd_ioc_extents){ .count = 1 }, NULL, EFAULT, "NULL");
	extents((struct srd_ioc_extents){ .count = UINT_MAX }, (void *)-4096L, EFAULT, "the end");
	remove_all();
}

/* ---- */

static const struct test_case cases[] = {
	{ "snapshot-says-what-it-made", snapshot_says_what_it_made },
	{ "snapshot-of-mode-bio", snapshot_of_mode_bio },
	{ "snapshot-outlives-its-source", snapshot_outlives_its_source },
	{ "snapshot-errors", snapshot_errors },
	{ "too-many-are-EMLINK", too_many_are_EMLINK },
	{ "temporary-goes-with-the-descriptor", temporary_goes_with_the_descriptor },
	{ "temporary-waits-for-who-has-it-open", temporary_waits_for_who_has_it_open },
	{ "temporary-may-go-before", temporary_may_go_before },
	{ "temporary-goes-with-who-is-killed", temporary_goes_with_who_is_killed },
	{ "rollback-and-reset-errors", rollback_and_reset_errors },
	{ "prealloc-keeps-its-memory", prealloc_keeps_its_memory },
	{ "rollback-within-the-family", rollback_within_the_family },
	{ "extents-say-what-is-there", extents_say_what_is_there },
	{ "extents-errors", extents_errors },
};

int main(int argc, char **argv)
{
	return run_case(cases, ARRAY_SIZE(cases), argc, argv);
}
