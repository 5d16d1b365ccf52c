/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs share that hold the ABI of /dev/srd-control to its word: the commands, and how
 * a case says what is wrong. Each is one .c file, so all is inline.
 *
 * usage: PROGRAM CASE
 *
 * Runs one case, on a module that was loaded without disks and with its defaults, and leaves no
 * disk behind. Exit status 1 if anything is wrong. Built as 32-bit and as 64-bit programs.
 */
#ifndef IOCTL_H
#define IOCTL_H

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/srd.h>

#define MIB		(1ULL << 20)
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static int control;
static int failures;

/* ---- saying what is wrong ---- */

static inline void wrong(const char *format, ...)
{
	va_list args;

	failures++;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

static inline const char *name_of(int error)
{
	return error ? strerrorname_np(error) : "success";
}

/* The errno of a command, 0 when it succeeded. */
static inline int call(unsigned long cmd, void *arg)
{
	return ioctl(control, cmd, arg) ? errno : 0;
}

static inline void expect_error(int got, int wanted, const char *format, ...)
{
	char what[256];
	va_list args;

	if (got == wanted)
		return;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	wrong("%s: got %s, wanted %s", what, name_of(got), name_of(wanted));
}

static inline void expect_value(unsigned long long got, unsigned long long wanted, const char *what)
{
	if (got != wanted)
		wrong("%s: got %llu, wanted %llu", what, got, wanted);
}

static inline void expect_text(const char *got, size_t len, const char *wanted, const char *what)
{
	size_t used = strnlen(got, len);

	if (used == len || strcmp(got, wanted))
		wrong("%s: got '%.*s', wanted '%s'", what, (int)used, got, wanted);
	for (; used < len; used++)
		if (got[used])
			wrong("%s: byte %zu after its end is not zero", what, used);
}

/* ---- the commands ---- */

enum {
	VERSION, CREATE, REMOVE, RESIZE, INFO, NEXT, STATS, RESET_STATS, MEMORY, SNAPSHOT, ROLLBACK,
	RESET, EXTENTS, KEEP, WINDOW, RULE_ADD, RULE_NEXT, RULE_REMOVE, TIMING, POWER, SET
};

static const struct command {
	const char *name;
	unsigned long cmd;
	unsigned long number;	/* the command as it must stay for ever */
	unsigned int size;	/* so must its size */
	unsigned int first;	/* and that which it had at first, if it has grown since */
	bool changes;
	unsigned int flags;	/* those that there are */
} commands[] = {
	[VERSION]	= { "VERSION", SRD_IOC_VERSION, 0xc030d500, 48, 48, false, 0 },
	[CREATE]	= { "CREATE", SRD_IOC_CREATE, 0xc078d501, 120, 112, true, 0x3ff },
	[REMOVE]	= { "REMOVE", SRD_IOC_REMOVE, 0x4010d502, 16, 16, true, 3 },
	[RESIZE]	= { "RESIZE", SRD_IOC_RESIZE, 0x4018d503, 24, 24, true, 1 },
	[INFO]		= { "INFO", SRD_IOC_INFO, 0xc0a8d504, 168, 136, false, 0 },
	[NEXT]		= { "NEXT", SRD_IOC_NEXT, 0xc0a8d505, 168, 136, false, 0 },
	[STATS]		= { "STATS", SRD_IOC_STATS, 0xc910d506, 2320, 2320, false, 0 },
	[RESET_STATS]	= { "RESET_STATS", SRD_IOC_RESET_STATS, 0x4010d507, 16, 16, true, 0 },
	[MEMORY]	= { "MEMORY", SRD_IOC_MEMORY, 0xc038d508, 56, 48, false, 0 },
	[SNAPSHOT]	= { "SNAPSHOT", SRD_IOC_SNAPSHOT, 0xc050d509, 80, 80, true, 0xf },
	[ROLLBACK]	= { "ROLLBACK", SRD_IOC_ROLLBACK, 0x4010d50a, 16, 16, true, 0 },
	[RESET]		= { "RESET", SRD_IOC_RESET, 0x4010d50b, 16, 16, true, 0 },
	[EXTENTS]	= { "EXTENTS", SRD_IOC_EXTENTS, 0xc028d50c, 40, 40, false, 0 },
	[KEEP]		= { "KEEP", SRD_IOC_KEEP, 0x4010d50d, 16, 16, true, 0 },
	[WINDOW]	= { "WINDOW", SRD_IOC_WINDOW, 0x4010d50e, 16, 16, true, 1 },
	[RULE_ADD]	= { "RULE_ADD", SRD_IOC_RULE_ADD, 0xc080d50f, 128, 128, true, 0 },
	[RULE_NEXT]	= { "RULE_NEXT", SRD_IOC_RULE_NEXT, 0xc080d510, 128, 128, false, 0 },
	[RULE_REMOVE]	= { "RULE_REMOVE", SRD_IOC_RULE_REMOVE, 0x4010d511, 16, 16, true, 1 },
	[TIMING]	= { "TIMING", SRD_IOC_TIMING, 0xc360d512, 864, 864, false, 3 },
	[POWER]		= { "POWER", SRD_IOC_POWER, 0xc028d513, 40, 40, true, 3 },
	[SET]		= { "SET", SRD_IOC_SET, 0x4020d514, 32, 32, true, 7 },
};

#define for_each_command(c)	for (c = commands; c < commands + ARRAY_SIZE(commands); c++)

/* Room for every argument, however long a program makes it. */
#define ARG_MAX_SIZE	(1U << _IOC_SIZEBITS)

static union {
	__u32 size;
	struct srd_ioc_version version;
	struct srd_ioc_create create;
	struct srd_ioc_remove remove;
	struct srd_ioc_resize resize;
	struct srd_ioc_info info;
	struct srd_ioc_stats stats;
	struct srd_ioc_reset_stats reset;
	struct srd_ioc_memory memory;
	struct srd_ioc_snapshot snapshot;
	struct srd_ioc_extents extents;
	struct srd_ioc_rule rule;
	struct srd_ioc_rule_remove rule_remove;
	struct srd_ioc_timing timing;
	struct srd_ioc_power power;
	struct srd_ioc_set set;
	char bytes[ARG_MAX_SIZE + 8];
} arg;

static struct srd_extent extent;

/* Make arg what the command takes, as a program would that uses only what it must: on srd0. */
static inline void fill(const struct command *c, unsigned int size)
{
	memset(&arg, 0, sizeof(arg));
	arg.size = size;
	if (c == &commands[CREATE])
		arg.create.capacity = MIB;
	if (c == &commands[RESIZE])
		arg.resize.capacity = 2 * MIB;
	if (c == &commands[EXTENTS]) {
		arg.extents.count = 1;
		arg.extents.extents = (uintptr_t)&extent;
	}
	/* One that nothing here meets. */
	if (c == &commands[RULE_ADD]) {
		arg.rule.rule.ops = 1U << SRD_OP_SECURE_ERASE;
		arg.rule.rule.error = EIO;
	}
	if (c == &commands[RULE_REMOVE])
		arg.rule_remove.flags = SRD_RULES_ALL;
	if (c == &commands[POWER])
		arg.power.flags = SRD_POWER_ON;
}

/* Whether it takes more than one disk that is like any other. */
static inline bool wants_more(const struct command *c)
{
	return c == &commands[REMOVE] || c == &commands[ROLLBACK] || c == &commands[KEEP];
}

static inline unsigned long with_size(const struct command *c, unsigned int size)
{
	return _IOC(_IOC_DIR(c->cmd), _IOC_TYPE(c->cmd), _IOC_NR(c->cmd), size);
}

static inline int create(unsigned long long capacity)
{
	struct srd_ioc_create c = { .size = sizeof(c), .capacity = capacity };
	int error = call(SRD_IOC_CREATE, &c);

	if (error)
		errx(1, "no disk of %llu bytes: %s", capacity, name_of(error));
	return c.number;
}

static inline int remove_disk(unsigned int number)
{
	struct srd_ioc_remove r = { .size = sizeof(r), .number = number };

	return call(SRD_IOC_REMOVE, &r);
}

static inline int resize(unsigned int number, unsigned long long capacity, unsigned int flags)
{
	struct srd_ioc_resize r = {
		.size = sizeof(r), .number = number, .capacity = capacity, .flags = flags
	};

	return call(SRD_IOC_RESIZE, &r);
}

static inline struct srd_ioc_info info(unsigned int number)
{
	struct srd_ioc_info i = { .size = sizeof(i), .number = number };
	int error = call(SRD_IOC_INFO, &i);

	if (error)
		wrong("INFO of srd%u: %s", number, name_of(error));
	return i;
}

static inline unsigned int disks(void)
{
	struct srd_ioc_memory m = { .size = sizeof(m) };

	expect_error(call(SRD_IOC_MEMORY, &m), 0, "MEMORY");
	return m.disks;
}

/* srd0 as every case about it begins and, unless it says otherwise, ends. */
static inline void expect_untouched(unsigned int nr_disks, const char *what)
{
	if (disks() != nr_disks)
		wrong("%s: there are %u disks, not %u", what, disks(), nr_disks);
	if (nr_disks && info(0).capacity != MIB)
		wrong("%s: srd0 has another capacity", what);
}

static inline int open_disk(unsigned int number, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/srd%u", number);
	fd = open(path, flags);
	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

/* ---- running a case ---- */

struct test_case {
	const char *name;
	void (*run)(void);
};

static inline int run_case(const struct test_case *cases, size_t nr, int argc, char **argv)
{
	size_t i;

	if (argc != 2)
		errx(2, "usage: %s CASE", argv[0]);
	control = open(SRD_CONTROL_PATH, O_RDWR);
	if (control < 0)
		err(2, SRD_CONTROL_PATH);
	for (i = 0; i < nr; i++) {
		if (strcmp(argv[1], cases[i].name))
			continue;
		cases[i].run();
		return failures ? 1 : 0;
	}
	errx(2, "there is no case %s", argv[1]);
}

#endif /* IOCTL_H */
