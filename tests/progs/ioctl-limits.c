// SPDX-License-Identifier: GPL-2.0
/*
 * ioctl-limits - numbers at the end of what a field can hold, and what answers are made of
 *
 * usage: ioctl-limits CASE
 */
#define _FILE_OFFSET_BITS 64
#include <linux/fs.h>

#include "ioctl.h"

#define LARGEST		(1ULL << 54)	/* of all disks */

/* Where 64 bits, 63, sectors in 64 and in 63, pages in 32 and bytes in 32 of them end. */
static const unsigned long long ends[] = {
	~0ULL, ~0ULL - 511, ~0ULL - 4095, 1ULL << 63, (1ULL << 63) - 512, (1ULL << 63) + 512,
	1ULL << 62, 1ULL << 55, LARGEST + 512, LARGEST + 4096,
};

static bool whole(unsigned long long size)
{
	return !(size & 511);
}

/* ---- cases ---- */

static void capacity_of_create(void)
{
	struct srd_ioc_create c;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		c = (struct srd_ioc_create){ .size = sizeof(c), .capacity = ends[i] };
		expect_error(call(SRD_IOC_CREATE, &c), whole(ends[i]) ? EFBIG : EINVAL,
			     "CREATE with %llu", ends[i]);
		c = (struct srd_ioc_create){
			.size = sizeof(c), .capacity = ends[i], .flags = SRD_CREATE_PREALLOC
		};
		expect_error(call(SRD_IOC_CREATE, &c), whole(ends[i]) ? EFBIG : EINVAL,
			     "CREATE of all memory of %llu", ends[i]);
	}
	expect_value(disks(), 0, "disks");
	/* The largest there can be is that large, and its last sector is there. */
	create(LARGEST);
	expect_value(info(0).capacity, LARGEST, "capacity");
	expect_error(remove_disk(0), 0, "remove");
}

static void capacity_of_resize(void)
{
	size_t i;

	create(MIB);
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		expect_error(resize(0, ends[i], 0), whole(ends[i]) ? EFBIG : EINVAL,
			     "RESIZE to %llu", ends[i]);
		expect_error(resize(0, ends[i], SRD_RESIZE_FORCE), whole(ends[i]) ? EFBIG : EINVAL,
			     "RESIZE to %llu by force", ends[i]);
	}
	expect_untouched(1, "sizes that no disk can have");
	expect_error(remove_disk(0), 0, "remove");
}

/* A limit that is too large to be counted is none that could be reached, and never a small one. */
static void limit_of_create(void)
{
	struct srd_ioc_create c;
	char block[512] = "written";
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		c = (struct srd_ioc_create){
			.size = sizeof(c), .capacity = MIB, .limit = ends[i]
		};
		expect_error(call(SRD_IOC_CREATE, &c), 0, "CREATE with limit %llu", ends[i]);
		if (info(0).limit && info(0).limit < 2 * MIB)
			wrong("a limit of %llu became %llu", ends[i],
			      (unsigned long long)info(0).limit);
		fd = open_disk(0, O_WRONLY | O_SYNC);
		if (pwrite(fd, block, sizeof(block), MIB - sizeof(block)) != sizeof(block))
			wrong("limit %llu: a write failed: %s", ends[i], name_of(errno));
		close(fd);
		expect_error(remove_disk(0), 0, "remove");
	}
}

static void numbers(void)
{
	static const unsigned int far[] = { UINT_MAX, INT_MAX, 1U << 31, (1U << 31) + 1, 1U << 20 };
	const struct command *c;
	size_t i;

	create(MIB);
	for_each_command(c)
		for (i = 0; i < ARRAY_SIZE(far); i++) {
			/* Of these the number is not that of a disk which has to be there. */
			if (c == &commands[VERSION] || c == &commands[CREATE] ||
			    c == &commands[MEMORY] || c == &commands[SNAPSHOT])
				continue;
			fill(c, c->size);
			arg.info.number = far[i];
			expect_error(call(c->cmd, &arg), ENODEV, "%s of disk %u", c->name, far[i]);
		}
	fill(&commands[SNAPSHOT], sizeof(arg.snapshot));
	arg.snapshot.source = UINT_MAX;
	expect_error(call(SRD_IOC_SNAPSHOT, &arg), ENODEV, "SNAPSHOT of disk -1");
	fill(&commands[SNAPSHOT], sizeof(arg.snapshot));
	arg.snapshot.flags = SRD_SNAPSHOT_NUMBER;
	arg.snapshot.number = UINT_MAX;
	expect_error(call(SRD_IOC_SNAPSHOT, &arg), EINVAL, "SNAPSHOT as disk -1");
	fill(&commands[ROLLBACK], 16);
	((struct srd_ioc_rollback *)&arg)->to = UINT_MAX;
	expect_error(call(SRD_IOC_ROLLBACK, &arg), ENODEV, "ROLLBACK to disk -1");
	expect_untouched(1, "numbers that no disk has");
	expect_error(remove_disk(0), 0, "remove");
}

static void read_and_write(int fd, const char *what)
{
	char block[512] = "";
	int i;

	for (i = 0; i < 3; i++)
		if (pwrite(fd, block, sizeof(block), MIB - sizeof(block)) != sizeof(block) ||
		    pread(fd, block, sizeof(block), 0) != sizeof(block))
			wrong("%s: %s", what, name_of(errno));
}

static int add(const struct srd_rule *rule)
{
	memset(&arg, 0, sizeof(arg));
	arg.size = sizeof(arg.rule);
	arg.rule.rule = *rule;
	return call(SRD_IOC_RULE_ADD, &arg);
}

/* Rules whose numbers no request comes to, and those that would wrap around. */
static void rules_far_away(unsigned long long end)
{
	struct srd_rule rule = { .ops = 1U << SRD_OP_WRITE | 1U << SRD_OP_READ };

	rule.error = EIO;
	rule.start = end;
	expect_error(add(&rule), 0, "from %llu", end);
	rule.end = end - 1;
	expect_error(add(&rule), EINVAL, "from %llu to before it", end);
	rule.start = 0;
	rule.end = 0;
	rule.after = end;
	rule.times = end;
	expect_error(add(&rule), 0, "after %llu", end);
	rule.error = 0;
	rule.what = SRD_FAULT_DELAY;
	rule.delay = end;
	expect_error(add(&rule), EINVAL, "%llu ns later", end);
}

/* Which bit it is, is counted modulo the request; torn behind its end, all of it is there. */
static void rules_past_requests(unsigned long long bit)
{
	struct srd_rule rule = { .ops = 1U << SRD_OP_WRITE };

	rule.what = SRD_FAULT_FLIP;
	rule.flags = SRD_RULE_BIT;
	rule.bit = bit;
	rule.every = bit == ends[0] ? 1 : UINT_MAX;
	rule.times = ~0ULL;
	expect_error(add(&rule), 0, "bit %llu", bit);
}

static void rules(void)
{
	struct srd_rule torn = { .ops = 1U << SRD_OP_WRITE };
	size_t i;
	int fd;

	create(MIB);
	fd = open_disk(0, O_RDWR | O_SYNC);
	for (i = 0; i < ARRAY_SIZE(ends); i++)
		rules_far_away(ends[i]);
	read_and_write(fd, "rules that begin where nothing is");
	fill(&commands[RULE_REMOVE], sizeof(arg.rule_remove));
	expect_error(call(SRD_IOC_RULE_REMOVE, &arg), 0, "remove all rules");
	for (i = 0; i < ARRAY_SIZE(ends); i++)
		rules_past_requests(ends[i]);
	torn.what = SRD_FAULT_TORN;
	torn.blocks = UINT_MAX;
	expect_error(add(&torn), 0, "torn behind its end");
	read_and_write(fd, "bits and blocks past a request");
	close(fd);
	expect_error(remove_disk(0), 0, "remove");
}

static void extents_and_times(void)
{
	struct srd_extent room[4];
	size_t i, j;
	int fd;

	create(MIB);
	fd = open_disk(0, O_RDWR | O_SYNC);
	read_and_write(fd, "a new disk");
	for (i = 0; i < ARRAY_SIZE(ends); i++)
		for (j = 0; j < ARRAY_SIZE(ends); j++) {
			struct srd_ioc_extents e = {
				.size = sizeof(e), .count = 4, .start = ends[i], .end = ends[j],
				.extents = (uintptr_t)room,
			};

			expect_error(call(SRD_IOC_EXTENTS, &e), 0, "EXTENTS");
			if (e.count || e.start != e.end || e.end != MIB)
				wrong("EXTENTS from %llu to %llu: %u, %llu to %llu", ends[i],
				      ends[j], e.count, (unsigned long long)e.start,
				      (unsigned long long)e.end);
		}
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		struct srd_ioc_extents e = {
			.size = sizeof(e), .count = UINT_MAX, .end = ends[i],
			.extents = (uintptr_t)room,
		};
		struct srd_ioc_timing t = {
			.size = sizeof(t), .flags = SRD_TIMING_SET, .cpu = -1, .bandwidth = ends[i]
		};

		/* Room for more than there is: what is there fits. */
		expect_error(call(SRD_IOC_EXTENTS, &e), 0, "EXTENTS for very many");
		expect_value(e.count, 1, "extents");
		expect_error(call(SRD_IOC_TIMING, &t), 0, "TIMING");
		read_and_write(fd, "more bandwidth than there is");
		t.op[SRD_OP_READ] = (struct srd_latency){
			.kind = SRD_LATENCY_UNIFORM, .ns = { 0, ends[i] }
		};
		expect_error(call(SRD_IOC_TIMING, &t), EINVAL, "TIMING for %llu ns", ends[i]);
	}
	close(fd);
	expect_error(remove_disk(0), 0, "remove");
}

/* The block layer is between, and this is its word; it is srd that would be hit. */
static void ranges_of_a_disk(void)
{
	static const unsigned long cmds[] = { BLKDISCARD, BLKSECDISCARD, BLKZEROOUT };
	char block[512];
	size_t i, j;
	int fd;

	create(MIB);
	fd = open_disk(0, O_RDWR);
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		for (j = 0; j < ARRAY_SIZE(cmds); j++) {
			uint64_t far[2] = { ends[i] & ~511ULL, 512 };
			uint64_t large[2] = { 512, ends[i] & ~511ULL };

			expect_error(ioctl(fd, cmds[j], far) ? errno : 0, EINVAL, "at %llu",
				     ends[i]);
			expect_error(ioctl(fd, cmds[j], large) ? errno : 0, EINVAL, "%llu long",
				     ends[i]);
		}
		if (pread(fd, block, sizeof(block), ends[i] & ~511ULL) > 0)
			wrong("there is something to read at %llu", ends[i]);
		if (pwrite(fd, block, sizeof(block), ends[i] & ~511ULL) > 0)
			wrong("something could be written at %llu", ends[i]);
	}
	close(fd);
	expect_untouched(1, "ranges past its end");
	expect_error(remove_disk(0), 0, "remove");
}

/* ---- what answers are made of ---- */

static unsigned int stranger;	/* word that memory was filled with before */

/* A number of 32 bits beside -1 looks like one of the kernel's low addresses, where nothing is. */
static bool is_address(unsigned long long word)
{
	unsigned int low = word;

	if (word >> 32 == UINT_MAX)
		return low > INT_MAX && low < UINT_MAX - 4096;
	return word >> 47 == 0x1ffff;
}

/* Neither what memory held before, nor where anything lies in the kernel. */
static void expect_own(const void *answer, size_t len, const char *what)
{
	unsigned long long word;
	unsigned int half;
	size_t at;

	for (at = 0; at + sizeof(word) <= len; at += sizeof(word)) {
		memcpy(&word, (const char *)answer + at, sizeof(word));
		if (is_address(word))
			wrong("%s: at byte %zu there is the address %#llx", what, at, word);
	}
	for (at = 0; at + sizeof(half) <= len; at += sizeof(half)) {
		memcpy(&half, (const char *)answer + at, sizeof(half));
		if (half == stranger)
			wrong("%s: at byte %zu there is what memory held", what, at);
	}
}

static void answers_are_its_own(void)
{
	static struct srd_extent room[64];
	static struct srd_event events[64];
	const struct command *c;
	ssize_t n;
	int fd;

	stranger = strtoul(getenv("STRANGER"), NULL, 0);
	create(MIB);
	fd = open_disk(0, O_WRONLY | O_SYNC);
	if (pwrite(fd, events, 4096, 0) != 4096)
		wrong("write: %s", name_of(errno));
	close(fd);
	for_each_command(c) {
		if (wants_more(c))
			continue;
		fill(c, c->size);
		if (c == &commands[EXTENTS]) {
			arg.extents.count = ARRAY_SIZE(room);
			arg.extents.extents = (uintptr_t)room;
			memset(room, 0xee, sizeof(room));
		}
		expect_error(call(c->cmd, &arg), 0, "%s", c->name);
		expect_own(&arg, c->size, c->name);
		if (c == &commands[EXTENTS])
			expect_own(room, arg.extents.count * sizeof(*room), "extents");
		if (c == &commands[CREATE] || c == &commands[SNAPSHOT])
			expect_error(remove_disk(1), 0, "remove");
	}
	memset(events, 0xee, sizeof(events));
	n = read(control, events, sizeof(events));
	if (n < 5 * (ssize_t)sizeof(*events))
		wrong("there are events of %zd bytes only", n);
	else
		expect_own(events, n, "events");
	for (; n < (ssize_t)sizeof(events); n++)
		if (((unsigned char *)events)[n] != 0xee)
			wrong("byte %zd behind the events was written", n);
	expect_error(remove_disk(0), 0, "remove");
}

static const struct test_case cases[] = {
	{ "capacity-of-create", capacity_of_create },
	{ "capacity-of-resize", capacity_of_resize },
	{ "limit-of-create", limit_of_create },
	{ "numbers", numbers },
	{ "rules", rules },
	{ "extents-and-times", extents_and_times },
	{ "ranges-of-a-disk", ranges_of_a_disk },
	{ "answers-are-its-own", answers_are_its_own },
};

int main(int argc, char **argv)
{
	return run_case(cases, ARRAY_SIZE(cases), argc, argv);
}
