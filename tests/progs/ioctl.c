// SPDX-License-Identifier: GPL-2.0
/*
 * ioctl - the ABI of /dev/srd-control, held to its word
 *
 * usage: ioctl CASE
 *
 * Runs one of the cases of the table at the end, on a module that was loaded without disks and
 * with its defaults, and leaves no disk behind. Says what is wrong; exit status 1 if anything is.
 * Built as a 32-bit and as a 64-bit program.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
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

static void wrong(const char *format, ...)
{
	va_list args;

	failures++;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

static const char *name_of(int error)
{
	return error ? strerrorname_np(error) : "success";
}

/* The errno of a command, 0 when it succeeded. */
static int call(unsigned long cmd, void *arg)
{
	return ioctl(control, cmd, arg) ? errno : 0;
}

static void expect_error(int got, int wanted, const char *format, ...)
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

static void expect_value(unsigned long long got, unsigned long long wanted, const char *what)
{
	if (got != wanted)
		wrong("%s: got %llu, wanted %llu", what, got, wanted);
}

static void expect_text(const char *got, size_t len, const char *wanted, const char *what)
{
	size_t used = strnlen(got, len);

	if (used == len || strcmp(got, wanted))
		wrong("%s: got '%.*s', wanted '%s'", what, (int)used, got, wanted);
	for (; used < len; used++)
		if (got[used])
			wrong("%s: byte %zu after its end is not zero", what, used);
}

/* ---- the commands ---- */

enum { VERSION, CREATE, REMOVE, RESIZE, INFO, NEXT, STATS, RESET_STATS, MEMORY };

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
	[CREATE]	= { "CREATE", SRD_IOC_CREATE, 0xc078d501, 120, 112, true, 0x7f },
	[REMOVE]	= { "REMOVE", SRD_IOC_REMOVE, 0x4010d502, 16, 16, true, 3 },
	[RESIZE]	= { "RESIZE", SRD_IOC_RESIZE, 0x4018d503, 24, 24, true, 1 },
	[INFO]		= { "INFO", SRD_IOC_INFO, 0xc090d504, 144, 136, false, 0 },
	[NEXT]		= { "NEXT", SRD_IOC_NEXT, 0xc090d505, 144, 136, false, 0 },
	[STATS]		= { "STATS", SRD_IOC_STATS, 0xc910d506, 2320, 2320, false, 0 },
	[RESET_STATS]	= { "RESET_STATS", SRD_IOC_RESET_STATS, 0x4010d507, 16, 16, true, 0 },
	[MEMORY]	= { "MEMORY", SRD_IOC_MEMORY, 0xc038d508, 56, 48, false, 0 },
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
	char bytes[ARG_MAX_SIZE + 8];
} arg;

/* Make arg what the command takes, as a program would that uses only what it must: on srd0. */
static void fill(const struct command *c, unsigned int size)
{
	memset(&arg, 0, sizeof(arg));
	arg.size = size;
	if (c == &commands[CREATE])
		arg.create.capacity = MIB;
	if (c == &commands[RESIZE])
		arg.resize.capacity = 2 * MIB;
}

static unsigned long with_size(const struct command *c, unsigned int size)
{
	return _IOC(_IOC_DIR(c->cmd), _IOC_TYPE(c->cmd), _IOC_NR(c->cmd), size);
}

static int create(unsigned long long capacity)
{
	struct srd_ioc_create c = { .size = sizeof(c), .capacity = capacity };
	int error = call(SRD_IOC_CREATE, &c);

	if (error)
		errx(1, "no disk of %llu bytes: %s", capacity, name_of(error));
	return c.number;
}

static int remove_disk(unsigned int number)
{
	struct srd_ioc_remove r = { .size = sizeof(r), .number = number };

	return call(SRD_IOC_REMOVE, &r);
}

static int resize(unsigned int number, unsigned long long capacity, unsigned int flags)
{
	struct srd_ioc_resize r = {
		.size = sizeof(r), .number = number, .capacity = capacity, .flags = flags
	};

	return call(SRD_IOC_RESIZE, &r);
}

static struct srd_ioc_info info(unsigned int number)
{
	struct srd_ioc_info i = { .size = sizeof(i), .number = number };
	int error = call(SRD_IOC_INFO, &i);

	if (error)
		wrong("INFO of srd%u: %s", number, name_of(error));
	return i;
}

static unsigned int disks(void)
{
	struct srd_ioc_memory m = { .size = sizeof(m) };

	expect_error(call(SRD_IOC_MEMORY, &m), 0, "MEMORY");
	return m.disks;
}

/* srd0 as every case about it begins and, unless it says otherwise, ends. */
static void expect_untouched(unsigned int nr_disks, const char *what)
{
	if (disks() != nr_disks)
		wrong("%s: there are %u disks, not %u", what, disks(), nr_disks);
	if (nr_disks && info(0).capacity != MIB)
		wrong("%s: srd0 has another capacity", what);
}

static int open_disk(unsigned int number, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/srd%u", number);
	fd = open(path, flags);
	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

/* ---- cases: what is common to all commands ---- */

#define expect_offset(s, f, o)	expect_value(offsetof(struct srd_##s, f), o, #s "." #f)

static void numbers_are_forever(void)
{
	const struct command *c;

	for_each_command(c) {
		expect_value(c->cmd, c->number, c->name);
		expect_value(_IOC_SIZE(c->cmd), c->size, c->name);
	}
	expect_offset(ioc_version, release, 16);
	expect_offset(ioc_create, capacity, 8);
	expect_offset(ioc_create, limit, 16);
	expect_offset(ioc_create, number, 24);
	expect_offset(ioc_create, node, 40);
	expect_offset(ioc_create, mode, 44);
	expect_offset(ioc_create, label, 48);
	expect_offset(ioc_create, name, 80);
	expect_offset(ioc_create, poll_queues, 112);
	expect_offset(ioc_remove, number, 8);
	expect_offset(ioc_resize, capacity, 16);
	expect_offset(ioc_info, capacity, 16);
	expect_offset(ioc_info, limit, 32);
	expect_offset(ioc_info, block_size, 40);
	expect_offset(ioc_info, openers, 56);
	expect_offset(ioc_info, mode, 60);
	expect_offset(ioc_info, minor, 68);
	expect_offset(ioc_info, label, 72);
	expect_offset(ioc_info, name, 104);
	expect_offset(ioc_info, poll_queues, 136);
	expect_offset(ioc_stats, latency_sample, 12);
	expect_offset(ioc_stats, op, 16);
	expect_offset(op_stats, latency, 32);
	expect_value(sizeof(struct srd_op_stats), 288, "srd_op_stats");
	expect_offset(ioc_memory, reserve, 32);
	expect_offset(ioc_memory, disks, 40);
	expect_offset(ioc_memory, preallocating, 48);
}

static void unknown_is_ENOTTY(void)
{
	const struct command *c;
	unsigned int nr, dir;

	for (nr = 0; nr < 256; nr++)
		for (dir = 0; dir < 4; dir++) {
			if (nr < ARRAY_SIZE(commands) && dir == _IOC_DIR(commands[nr].cmd))
				continue;
			fill(&commands[CREATE], 112);
			expect_error(call(_IOC(dir, SRD_IOC_MAGIC, nr, 112), &arg), ENOTTY,
				     "direction %u, number %u", dir, nr);
		}
	for_each_command(c) {
		fill(c, c->size);
		expect_error(call(_IOC(_IOC_DIR(c->cmd), SRD_IOC_MAGIC + 1, _IOC_NR(c->cmd),
				       c->size), &arg), ENOTTY, "%s, magic above", c->name);
		expect_error(call(_IOC(_IOC_DIR(c->cmd), SRD_IOC_MAGIC - 1, _IOC_NR(c->cmd),
				       c->size), &arg), ENOTTY, "%s, magic below", c->name);
	}
	expect_error(call(0, NULL), ENOTTY, "0");
	expect_error(call(0x5401, &arg), ENOTTY, "TCGETS");
	expect_error(call(0xffffffff, &arg), ENOTTY, "all ones");
	expect_untouched(0, "unknown commands");
}

static void short_is_EINVAL(void)
{
	const struct command *c;
	unsigned int size;

	create(MIB);
	for_each_command(c)
		for (size = 0; size < c->first; size++) {
			fill(c, size);
			expect_error(call(with_size(c, size), &arg), EINVAL, "%s with %u bytes",
				     c->name, size);
		}
	expect_untouched(1, "short structures");
	expect_error(remove_disk(0), 0, "remove");
}

static void size_must_match_command(void)
{
	const struct command *c;
	unsigned int i;

	create(MIB);
	for_each_command(c) {
		const unsigned int sizes[] = { 0, 1, c->size - 1, c->size + 1, c->size + 8,
					       c->size << 8, UINT_MAX };

		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			fill(c, sizes[i]);
			expect_error(call(c->cmd, &arg), EINVAL, "%s with size=%u", c->name,
				     sizes[i]);
		}
		/* Also where the structure is longer than the module knows. */
		fill(c, c->size);
		expect_error(call(with_size(c, c->size + 8), &arg), EINVAL,
			     "%s, longer than its size says", c->name);
	}
	expect_untouched(1, "sizes that do not match");
	expect_error(remove_disk(0), 0, "remove");
}

/* What lies behind the end of a structure is the caller's. */
#define BEHIND		0xee

static void expect_behind(unsigned int from, const char *what)
{
	unsigned int byte;

	for (byte = from; byte < from + 64; byte++)
		if ((unsigned char)arg.bytes[byte] != BEHIND)
			wrong("%s with %u bytes: byte %u was written", what, from, byte);
}

/* Programs that were built when a structure was shorter, or will be when it is longer. */
static void old_structures_are_served(void)
{
	const struct command *c;
	unsigned int size;

	create(MIB);
	for_each_command(c) {
		if (c == &commands[REMOVE])
			continue;
		for (size = c->first; size <= c->size; size++) {
			fill(c, size);
			memset(arg.bytes + size, BEHIND, 64);
			expect_error(call(with_size(c, size), &arg), 0, "%s with %u bytes", c->name,
				     size);
			expect_value(arg.size, size, "size of the answer");
			expect_behind(size, c->name);
			if (c == &commands[CREATE]) {
				expect_value(arg.create.number, 1, "number");
				expect_value(arg.create.mode, SRD_MODE_MQ, "mode");
				expect_value(arg.create.queue_depth, 128, "queue_depth");
				expect_text(arg.create.name, SRD_NAME_LEN, "srd1", "name");
				expect_error(remove_disk(1), 0, "remove");
			} else if (c == &commands[INFO] || c == &commands[NEXT]) {
				expect_value(arg.info.openers, 0, "openers");
				expect_value(arg.info.queue_depth, 128, "queue_depth");
				expect_text(arg.info.name, SRD_NAME_LEN, "srd0", "name");
			} else if (c == &commands[MEMORY]) {
				expect_value(arg.memory.disks, 1, "disks");
				expect_value(arg.memory.reserved, 0, "reserved");
			}
		}
	}
	expect_error(remove_disk(0), 0, "remove");
}

/* What they know of disks with what is new is as it was, and what they ask is checked. */
static void old_structures_and_new_disks(void)
{
	const struct command *c = &commands[CREATE];
	struct srd_ioc_create polled = {
		.size = sizeof(polled), .flags = SRD_CREATE_POLL_QUEUES | SRD_CREATE_PREALLOC,
		.capacity = MIB, .queues = 1, .poll_queues = 1,
	};

	expect_error(call(SRD_IOC_CREATE, &polled), 0, "CREATE");
	fill(&commands[INFO], 136);
	memset(arg.bytes + 136, BEHIND, 64);
	expect_error(call(with_size(&commands[INFO], 136), &arg), 0, "INFO");
	expect_value(arg.info.state, SRD_STATE_PREALLOC, "state");
	expect_value(arg.info.queues, 1, "queues");
	expect_value(arg.info.mode, SRD_MODE_MQ, "mode");
	expect_behind(136, "INFO");

	/* An old program's zeroes are the default: no queues for polled I/O, and no mode. */
	fill(c, 112);
	arg.create.flags = SRD_CREATE_POLL_QUEUES;
	memset(arg.bytes + 112, BEHIND, 64);
	expect_error(call(with_size(c, 112), &arg), 0, "CREATE with 112 bytes");
	expect_value(info(1).poll_queues, 0, "poll_queues");
	expect_behind(112, "CREATE");
	fill(c, 112);
	arg.create.mode = SRD_MODE_BIO;
	expect_error(call(with_size(c, 112), &arg), EINVAL, "CREATE, a mode without its flag");
	fill(c, 112);
	arg.create.flags = SRD_CREATE_MODE;
	arg.create.mode = SRD_MODE_BIO;
	expect_error(call(with_size(c, 112), &arg), 0, "CREATE, with a mode");
	expect_value(info(2).mode, SRD_MODE_BIO, "mode");
	expect_value(disks(), 3, "disks");
	expect_error(remove_disk(0), 0, "remove");
	expect_error(remove_disk(1), 0, "remove");
	expect_error(remove_disk(2), 0, "remove");
}

static void long_and_zero_is_served(void)
{
	const unsigned int more[] = { 1, 8, 64, 4096 };
	const struct command *c;
	unsigned int i, size;
	int error;

	for (i = 0; i <= ARRAY_SIZE(more); i++) {
		create(MIB);
		for_each_command(c) {
			if (c == &commands[REMOVE])
				continue;
			size = i < ARRAY_SIZE(more) ? c->size + more[i] : ARG_MAX_SIZE - 1;
			fill(c, size);
			error = call(with_size(c, size), &arg);
			expect_error(error, 0, "%s with %u bytes", c->name, size);
			expect_value(arg.size, size, "size of the answer");
			if (c == &commands[CREATE])
				expect_error(remove_disk(arg.create.number), 0, "remove");
		}
		c = &commands[REMOVE];
		size = i < ARRAY_SIZE(more) ? c->size + more[i] : ARG_MAX_SIZE - 1;
		fill(c, size);
		expect_error(call(with_size(c, size), &arg), 0, "REMOVE with %u bytes", size);
	}
}

static void long_and_not_zero_is_E2BIG(void)
{
	const struct command *c;
	unsigned int i;

	create(MIB);
	for_each_command(c) {
		const unsigned int sizes[] = { c->size + 1, c->size + 8, c->size + 4097,
					       ARG_MAX_SIZE - 1 };

		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			fill(c, sizes[i]);
			arg.bytes[c->size] = 1;
			expect_error(call(with_size(c, sizes[i]), &arg), E2BIG,
				     "%s with %u bytes, one behind its end set", c->name, sizes[i]);
			fill(c, sizes[i]);
			arg.bytes[sizes[i] - 1] = 0x80;
			expect_error(call(with_size(c, sizes[i]), &arg), E2BIG,
				     "%s with %u bytes, the last one set", c->name, sizes[i]);
		}
	}
	expect_untouched(1, "structures that are too long");
	expect_error(remove_disk(0), 0, "remove");
}

static void unknown_flags_are_EINVAL(void)
{
	const struct command *c;
	int bit;

	create(MIB);
	for_each_command(c)
		for (bit = 0; bit < 32; bit++) {
			if (c->flags & 1U << bit)
				continue;
			fill(c, c->size);
			arg.version.flags = 1U << bit;
			expect_error(call(c->cmd, &arg), EINVAL, "%s with flag %d", c->name, bit);
			arg.version.flags |= c->flags & 1;
			expect_error(call(c->cmd, &arg), EINVAL, "%s, flag %d and one of its own",
				     c->name, bit);
		}
	expect_untouched(1, "unknown flags");
	expect_error(remove_disk(0), 0, "remove");
}

static void reserved_must_be_zero(void)
{
	static const struct { int command; size_t offset, len; } reserved[] = {
		{ CREATE, offsetof(struct srd_ioc_create, reserved), 4 },
		{ CREATE, offsetof(struct srd_ioc_create, name), SRD_NAME_LEN },
		/* These need a flag each. */
		{ CREATE, offsetof(struct srd_ioc_create, mode), 4 },
		{ CREATE, offsetof(struct srd_ioc_create, poll_queues), 4 },
		{ REMOVE, offsetof(struct srd_ioc_remove, reserved), 4 },
		{ RESIZE, offsetof(struct srd_ioc_resize, reserved), 4 },
		{ RESET_STATS, offsetof(struct srd_ioc_reset_stats, reserved), 4 },
	};
	const struct command *c;
	size_t i, byte;

	create(MIB);
	for (i = 0; i < ARRAY_SIZE(reserved); i++) {
		c = &commands[reserved[i].command];
		for (byte = 0; byte < reserved[i].len; byte++) {
			fill(c, c->size);
			arg.bytes[reserved[i].offset + byte] = 1;
			expect_error(call(c->cmd, &arg), EINVAL, "%s with byte %zu set", c->name,
				     reserved[i].offset + byte);
		}
	}
	expect_untouched(1, "reserved fields");
	expect_error(remove_disk(0), 0, "remove");
}

/* What comes back is the answer alone, whatever the fields for it held before. */
static void answers_are_clean(void)
{
	static struct srd_ioc_stats stats;
	struct srd_ioc_version version;
	struct srd_ioc_memory memory;
	struct srd_ioc_info i;
	unsigned int op, bucket;

	create(MIB);

	memset(&version, 0xff, sizeof(version));
	version.size = sizeof(version);
	version.flags = 0;
	expect_error(call(SRD_IOC_VERSION, &version), 0, "VERSION");
	expect_value(version.abi, SRD_ABI_VERSION, "abi");
	expect_value(version.reserved, 0, "version.reserved");
	expect_text(version.release, sizeof(version.release), getenv("SRD_RELEASE"), "release");

	memset(&i, 0xff, sizeof(i));
	i.size = sizeof(i);
	i.flags = 0;
	i.number = 0;
	expect_error(call(SRD_IOC_INFO, &i), 0, "INFO");
	expect_value(i.flags, 0, "info.flags");
	expect_value(i.state, 0, "info.state");
	expect_text(i.label, sizeof(i.label), "", "info.label");
	expect_text(i.name, sizeof(i.name), "srd0", "info.name");
	expect_value(i.mode, SRD_MODE_MQ, "info.mode");
	expect_value(i.poll_queues, 0, "info.poll_queues");
	expect_value(i.reserved, 0, "info.reserved");

	memset(&stats, 0xff, sizeof(stats));
	stats.size = sizeof(stats);
	stats.flags = 0;
	stats.number = 0;
	expect_error(call(SRD_IOC_STATS, &stats), 0, "STATS");
	for (op = 0; op < SRD_OP_SLOTS; op++) {
		expect_value(stats.op[op].errors, 0, "errors");
		expect_value(stats.op[op].reserved, 0, "op.reserved");
		if (op == SRD_OP_READ)	/* partitions were looked for */
			continue;
		expect_value(stats.op[op].ios, 0, "ios");
		expect_value(stats.op[op].bytes, 0, "bytes");
		for (bucket = 0; bucket < SRD_LATENCY_BUCKETS; bucket++)
			expect_value(stats.op[op].latency[bucket], 0, "latency");
	}

	memset(&memory, 0xff, sizeof(memory));
	memory.size = sizeof(memory);
	memory.flags = 0;
	expect_error(call(SRD_IOC_MEMORY, &memory), 0, "MEMORY");
	expect_value(memory.reserved, 0, "memory.reserved");
	expect_value(memory.disks, 1, "memory.disks");
	expect_value(memory.preallocating, 0, "memory.preallocating");

	expect_error(remove_disk(0), 0, "remove");
}

static void bad_pointers_are_EFAULT(void)
{
	size_t page = sysconf(_SC_PAGESIZE);
	const struct command *c;
	char *map, *at;

	create(MIB);
	/* One page that can be used, then one that cannot. */
	map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED || mprotect(map + page, page, PROT_NONE))
		err(1, "mmap");

	for_each_command(c) {
		expect_error(call(c->cmd, NULL), EFAULT, "%s at NULL", c->name);
		expect_error(call(c->cmd, (void *)1), EFAULT, "%s at 1", c->name);
		expect_error(call(c->cmd, (void *)-4096L), EFAULT, "%s at the end", c->name);
		expect_error(call(c->cmd, map + page), EFAULT, "%s at a hole", c->name);
		if (sizeof(long) == 8)
			expect_error(call(c->cmd, (void *)(uintptr_t)(1ULL << 47)), EFAULT,
				     "%s at a kernel address", c->name);

		/* The last byte is missing. */
		fill(c, c->size);
		at = map + page - c->size + 1;
		memcpy(at, &arg, c->size - 1);
		expect_error(call(c->cmd, at), EFAULT, "%s half in a hole", c->name);

		/* What is longer than the module knows ends in a hole. */
		fill(c, c->size + 8);
		memcpy(map + page - c->size, &arg, c->size);
		expect_error(call(with_size(c, c->size + 8), map + page - c->size), EFAULT,
			     "%s, its tail in a hole", c->name);
	}
	munmap(map, 2 * page);
	expect_untouched(1, "bad pointers");
	expect_error(remove_disk(0), 0, "remove");
}

/* An answer that cannot be given must not leave a change behind. */
static void read_only_memory(void)
{
	size_t page = sysconf(_SC_PAGESIZE);
	const struct command *c;
	char *map;
	bool answers;

	create(MIB);
	map = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		err(1, "mmap");
	for_each_command(c) {
		if (c == &commands[REMOVE])
			continue;
		answers = _IOC_DIR(c->cmd) & _IOC_READ;
		fill(c, c->size);
		if (mprotect(map, page, PROT_READ | PROT_WRITE))
			err(1, "mprotect");
		memcpy(map, &arg, c->size);
		if (mprotect(map, page, PROT_READ))
			err(1, "mprotect");
		expect_error(call(c->cmd, map), answers ? EFAULT : 0, "%s", c->name);
	}
	munmap(map, page);
	expect_value(disks(), 1, "disks");
	expect_error(remove_disk(0), 0, "remove");
}

static void any_alignment_will_do(void)
{
	const struct command *c;
	static char bytes[4096];
	int shift;

	create(MIB);
	for (shift = 1; shift < 8; shift++)
		for_each_command(c) {
			if (c->changes)
				continue;
			fill(c, c->size);
			memcpy(bytes + shift, &arg, c->size);
			expect_error(call(c->cmd, bytes + shift), 0, "%s, %d bytes off", c->name,
				     shift);
		}
	expect_error(remove_disk(0), 0, "remove");
}

static void control_node_is_nothing_else(void)
{
	char byte = 0;

	if (read(control, &byte, 1) >= 0 || errno != EINVAL)
		wrong("read() of the control node");
	if (write(control, &byte, 1) >= 0 || errno != EINVAL)
		wrong("write() to the control node");
	if (mmap(NULL, 4096, PROT_READ, MAP_SHARED, control, 0) != MAP_FAILED)
		wrong("mmap() of the control node");
}

/* ---- cases: each command by itself ---- */

static void expect_create(struct srd_ioc_create c, int wanted, const char *what)
{
	int got;

	c.size = sizeof(c);
	if (!c.capacity)
		c.capacity = MIB;
	got = call(SRD_IOC_CREATE, &c);
	expect_error(got, wanted, "CREATE, %s", what);
	if (!got && remove_disk(c.number))
		wrong("CREATE, %s: the disk cannot be removed", what);
	expect_value(disks(), 0, "disks");
}

#define bad(wanted, ...) \
	expect_create((struct srd_ioc_create){ __VA_ARGS__ }, wanted, #__VA_ARGS__)
#define good(...)	bad(0, __VA_ARGS__)

static void create_checks_each_field(void)
{
	const unsigned int cpus = sysconf(_SC_NPROCESSORS_CONF);
	unsigned int shift;

	bad(EINVAL, .capacity = 1);
	bad(EINVAL, .capacity = 511);
	bad(EINVAL, .capacity = MIB + 256);
	bad(EINVAL, .capacity = MIB + 512, .block_size = 1024);
	bad(EINVAL, .capacity = MIB + 2048, .block_size = 4096);
	bad(EFBIG, .capacity = (1ULL << 54) + 512);
	bad(EFBIG, .capacity = 1ULL << 63);
	bad(EFBIG, .capacity = -512ULL);
	bad(EINVAL, .capacity = -1ULL);
	good(.capacity = 512);
	good(.capacity = MIB + 512);
	good(.capacity = 1ULL << 54);

	for (shift = 0; shift < 32; shift++)
		bad(shift >= 9 && shift <= 12 ? 0 : EINVAL, .block_size = 1U << shift);
	bad(EINVAL, .block_size = 513);
	bad(EINVAL, .block_size = 3000);
	bad(EINVAL, .block_size = 3072, .capacity = 3072 * 1024);
	bad(EINVAL, .block_size = UINT_MAX);

	good(.queues = 1);
	good(.queues = cpus);
	bad(EINVAL, .queues = cpus + 1);
	bad(EINVAL, .queues = UINT_MAX);
	good(.queue_depth = 1);
	good(.queue_depth = 1024);
	bad(EINVAL, .queue_depth = 10241);
	bad(EINVAL, .queue_depth = UINT_MAX);

	good(.flags = SRD_CREATE_NODE, .node = -1);
	good(.flags = SRD_CREATE_NODE, .node = 0);
	bad(EINVAL, .flags = SRD_CREATE_NODE, .node = -2);
	bad(EINVAL, .flags = SRD_CREATE_NODE, .node = 1);
	bad(EINVAL, .flags = SRD_CREATE_NODE, .node = 99);
	bad(EINVAL, .flags = SRD_CREATE_NODE, .node = INT_MAX);
	bad(EINVAL, .flags = SRD_CREATE_NODE, .node = INT_MIN);
	good(.node = 99);	/* not given */

	good(.flags = SRD_CREATE_NUMBER, .number = 0);
	good(.flags = SRD_CREATE_NUMBER, .number = (1 << 20) - 1);
	bad(EINVAL, .flags = SRD_CREATE_NUMBER, .number = 1 << 20);
	bad(EINVAL, .flags = SRD_CREATE_NUMBER, .number = INT_MAX);
	bad(EINVAL, .flags = SRD_CREATE_NUMBER, .number = 1U << 31);
	bad(EINVAL, .flags = SRD_CREATE_NUMBER, .number = UINT_MAX);
	good(.number = UINT_MAX);	/* not given */

	good(.limit = 1);
	good(.limit = -1ULL);
}

static void create_checks_the_mode(void)
{
	const unsigned int cpus = sysconf(_SC_NPROCESSORS_CONF);
	unsigned int mode;

	good(.flags = SRD_CREATE_MODE, .mode = SRD_MODE_MQ);
	good(.flags = SRD_CREATE_MODE, .mode = SRD_MODE_BIO);
	for (mode = 2; mode; mode <<= 1)
		bad(EINVAL, .flags = SRD_CREATE_MODE, .mode = mode);
	bad(EINVAL, .flags = SRD_CREATE_MODE, .mode = SRD_MODE_BIO | 2);
	bad(EINVAL, .flags = SRD_CREATE_MODE, .mode = UINT_MAX);
	bad(EINVAL, .mode = SRD_MODE_BIO);	/* not given */

	good(.flags = SRD_CREATE_POLL_QUEUES, .poll_queues = 0);
	good(.flags = SRD_CREATE_POLL_QUEUES, .poll_queues = cpus);
	good(.flags = SRD_CREATE_POLL_QUEUES, .poll_queues = 1, .queues = 1, .queue_depth = 1);
	bad(EINVAL, .flags = SRD_CREATE_POLL_QUEUES, .poll_queues = cpus + 1);
	bad(EINVAL, .flags = SRD_CREATE_POLL_QUEUES, .poll_queues = 1U << 31);
	bad(EINVAL, .flags = SRD_CREATE_POLL_QUEUES, .poll_queues = UINT_MAX);
	bad(EINVAL, .poll_queues = 1);	/* not given */

	/* A disk without queues has neither number nor depth of them. */
	bad(EINVAL, .flags = SRD_CREATE_MODE, .mode = SRD_MODE_BIO, .queues = 1);
	bad(EINVAL, .flags = SRD_CREATE_MODE, .mode = SRD_MODE_BIO, .queue_depth = 128);
	bad(EINVAL, .flags = SRD_CREATE_MODE | SRD_CREATE_POLL_QUEUES, .mode = SRD_MODE_BIO,
	    .poll_queues = 1);
	good(.flags = SRD_CREATE_MODE | SRD_CREATE_POLL_QUEUES, .mode = SRD_MODE_BIO);
}

static void create_checks_prealloc(void)
{
	good(.flags = SRD_CREATE_PREALLOC);
	good(.flags = SRD_CREATE_SPARSE);
	good(.flags = SRD_CREATE_PREALLOC | SRD_CREATE_READ_ONLY);
	good(.flags = SRD_CREATE_PREALLOC | SRD_CREATE_MODE, .mode = SRD_MODE_BIO);
	bad(EINVAL, .flags = SRD_CREATE_PREALLOC | SRD_CREATE_SPARSE);
	bad(EINVAL, .flags = SRD_CREATE_PREALLOC | SRD_CREATE_SPARSE | SRD_CREATE_READ_ONLY);
	bad(ENOMEM, .flags = SRD_CREATE_PREALLOC, .limit = MIB);
	bad(ENOMEM, .flags = SRD_CREATE_PREALLOC, .limit = 1);
	good(.flags = SRD_CREATE_PREALLOC, .limit = MIB + MIB / 4);
	good(.flags = SRD_CREATE_SPARSE, .limit = 1);
	bad(ENOMEM, .flags = SRD_CREATE_PREALLOC, .capacity = 1ULL << 40, .limit = 2 * MIB);
	bad(EFBIG, .flags = SRD_CREATE_PREALLOC, .capacity = 1ULL << 63);
}

static void create_checks_the_label(void)
{
	char fine[SRD_LABEL_LEN] = "x";
	struct srd_ioc_create c;
	size_t len = 1;
	int byte;

	good(.label = "a");
	good(.label = "scratch-disk_2.img:x");
	good(.label = "1234567890123456789012345678901");
	bad(EINVAL, .label = "12345678901234567890123456789012");	/* no room for the NUL */
	bad(EINVAL, .label = ".");
	bad(EINVAL, .label = "..");
	bad(EINVAL, .label = ".hidden");
	bad(EINVAL, .label = "behind\0the end");
	bad(EINVAL, .label = "\0behind the end");

	for (byte = 1; byte < 256; byte++) {
		if (byte > ' ' && byte < 0x7f && byte != '/') {
			fine[len++] = (char)byte;
			if (len < sizeof(fine) - 1 && byte != '~')
				continue;
			memset(&c, 0, sizeof(c));
			snprintf(c.label, sizeof(c.label), "%.*s", (int)len, fine);
			expect_create(c, 0, "label with every good byte");
			len = 1;
		} else {
			memset(&c, 0, sizeof(c));
			snprintf(c.label, sizeof(c.label), "x%cx", byte);
			expect_create(c, EINVAL, "label with a bad byte");
		}
	}
}

static void create_says_what_it_made(void)
{
	struct srd_ioc_create c = {
		.size = sizeof(c),
		.flags = SRD_CREATE_NUMBER | SRD_CREATE_NODE | SRD_CREATE_READ_ONLY,
		.capacity = 3 * MIB, .limit = 64 << 10, .number = 7,
		.block_size = 4096, .queues = 1,
		.queue_depth = 16, .node = 0, .label = "seven"
	};
	struct srd_ioc_create d = { .size = sizeof(d), .capacity = 512 };
	struct srd_ioc_info i;
	struct stat st;

	expect_error(call(SRD_IOC_CREATE, &c), 0, "CREATE");
	expect_text(c.name, sizeof(c.name), "srd7", "name");
	expect_value(c.number, 7, "number");
	i = info(7);
	expect_value(i.number, 7, "info.number");
	expect_value(i.state, SRD_STATE_READ_ONLY, "info.state");
	expect_value(i.capacity, 3 * MIB, "info.capacity");
	expect_value(i.limit, 64 << 10, "info.limit");
	expect_value(i.block_size, 4096, "info.block_size");
	expect_value(i.queues, 1, "info.queues");
	expect_value(i.queue_depth, 16, "info.queue_depth");
	expect_value(i.node, 0, "info.node");
	expect_value(i.openers, 0, "info.openers");
	expect_value(i.mode, SRD_MODE_MQ, "info.mode");
	expect_text(i.label, sizeof(i.label), "seven", "info.label");
	expect_text(i.name, sizeof(i.name), "srd7", "info.name");
	if (stat("/dev/srd7", &st))
		err(1, "/dev/srd7");
	expect_value(i.major << 8 | i.minor, st.st_rdev, "info.major and minor");

	/* What was not given comes from the module's defaults. */
	expect_error(call(SRD_IOC_CREATE, &d), 0, "CREATE");
	expect_value(d.number, 0, "number");
	expect_value(d.block_size, 512, "block_size");
	expect_value(d.queues, sysconf(_SC_NPROCESSORS_CONF), "queues");
	expect_value(d.queue_depth, 128, "queue_depth");
	expect_value(d.node, -1, "node");
	expect_value(d.capacity, 512, "capacity");
	expect_value(info(0).limit, 0, "limit");
	expect_text(d.label, sizeof(d.label), "", "label");

	expect_error(remove_disk(0), 0, "remove");
	expect_error(remove_disk(7), 0, "remove");
}

static void create_says_mode_and_queues(void)
{
	struct srd_ioc_create bio = {
		.size = sizeof(bio), .flags = SRD_CREATE_MODE | SRD_CREATE_PREALLOC,
		.capacity = MIB, .mode = SRD_MODE_BIO,
	};
	struct srd_ioc_create polled = {
		.size = sizeof(polled), .flags = SRD_CREATE_POLL_QUEUES, .capacity = MIB,
		.queues = 1, .poll_queues = 1,
	};
	struct srd_ioc_info i;

	expect_error(call(SRD_IOC_CREATE, &bio), 0, "CREATE");
	expect_value(bio.mode, SRD_MODE_BIO, "mode");
	expect_value(bio.queues, 0, "queues");
	expect_value(bio.queue_depth, 0, "queue_depth");
	expect_value(bio.poll_queues, 0, "poll_queues");
	i = info(0);
	expect_value(i.state, SRD_STATE_PREALLOC, "info.state");
	expect_value(i.mode, SRD_MODE_BIO, "info.mode");
	expect_value(i.queues, 0, "info.queues");
	expect_value(i.queue_depth, 0, "info.queue_depth");
	expect_value(i.poll_queues, 0, "info.poll_queues");
	expect_value(i.used, MIB + 2 * 4096, "info.used");

	expect_error(call(SRD_IOC_CREATE, &polled), 0, "CREATE");
	expect_value(polled.mode, SRD_MODE_MQ, "mode");
	expect_value(polled.queues, 1, "queues");
	expect_value(polled.queue_depth, 128, "queue_depth");
	expect_value(polled.poll_queues, 1, "poll_queues");
	expect_value(polled.reserved, 0, "reserved");
	i = info(1);
	expect_value(i.state, 0, "info.state");
	expect_value(i.mode, SRD_MODE_MQ, "info.mode");
	expect_value(i.queues, 1, "info.queues");
	expect_value(i.poll_queues, 1, "info.poll_queues");

	expect_error(remove_disk(0), 0, "remove");
	expect_error(remove_disk(1), 0, "remove");
}

static void create_refuses_what_is_taken(void)
{
	struct srd_ioc_create c = {
		.size = sizeof(c), .flags = SRD_CREATE_NUMBER, .capacity = MIB, .number = 1,
		.label = "mine"
	};
	struct srd_ioc_create number = {
		.size = sizeof(c), .flags = SRD_CREATE_NUMBER, .capacity = MIB, .number = 1
	};
	struct srd_ioc_create label = { .size = sizeof(c), .capacity = MIB, .label = "mine" };
	struct srd_ioc_create other = { .size = sizeof(c), .capacity = MIB, .label = "Mine" };

	expect_error(call(SRD_IOC_CREATE, &c), 0, "CREATE");
	expect_error(call(SRD_IOC_CREATE, &number), EEXIST, "number");
	expect_error(call(SRD_IOC_CREATE, &label), EEXIST, "label");
	expect_error(call(SRD_IOC_CREATE, &other), 0, "other label");
	expect_value(disks(), 2, "disks");
	expect_error(remove_disk(1), 0, "remove");
	expect_error(call(SRD_IOC_CREATE, &label), 0, "label that is free again");
	expect_value(label.number, 1, "lowest free number");
	expect_error(remove_disk(0), 0, "remove");
	expect_error(remove_disk(1), 0, "remove");
}

static void read_only_disk_refuses_writes(void)
{
	struct srd_ioc_create c = {
		.size = sizeof(c), .flags = SRD_CREATE_READ_ONLY, .capacity = MIB
	};
	char block[512];
	int fd;

	expect_error(call(SRD_IOC_CREATE, &c), 0, "CREATE");
	fd = open_disk(0, O_RDONLY);
	if (pread(fd, block, sizeof(block), 0) != sizeof(block))
		wrong("it cannot be read");
	close(fd);
	fd = open("/dev/srd0", O_RDWR);
	/* Newer kernels refuse to open it, older ones to write. */
	if (fd >= 0) {
		if (pwrite(fd, block, sizeof(block), 0) >= 0 || errno != EPERM)
			wrong("it can be written");
		close(fd);
	} else if (errno != EACCES && errno != EPERM && errno != EROFS) {
		wrong("open: %s", name_of(errno));
	}
	expect_error(remove_disk(0), 0, "remove");
}

static void remove_errors(void)
{
	struct srd_ioc_remove r = { .size = sizeof(r) };
	int fd;

	expect_error(remove_disk(0), ENODEV, "nothing there");
	expect_error(remove_disk(UINT_MAX), ENODEV, "largest number");
	create(MIB);
	r.flags = SRD_REMOVE_FORCE | SRD_REMOVE_DEFERRED;
	expect_error(call(SRD_IOC_REMOVE, &r), EINVAL, "both flags");
	expect_error(remove_disk(1), ENODEV, "another number");
	fd = open_disk(0, O_RDONLY);
	expect_error(remove_disk(0), EBUSY, "open");
	close(fd);
	expect_error(remove_disk(0), 0, "closed");
	expect_error(remove_disk(0), ENODEV, "removed");
}

static void resize_errors(void)
{
	int fd;

	expect_error(resize(0, MIB, 0), ENODEV, "nothing there");
	create(MIB);
	expect_error(resize(1, MIB, 0), ENODEV, "another number");
	expect_error(resize(UINT_MAX, MIB, 0), ENODEV, "largest number");
	expect_error(resize(0, 0, 0), EINVAL, "0");
	expect_error(resize(0, MIB + 1, 0), EINVAL, "not a multiple of the block size");
	expect_error(resize(0, 0, SRD_RESIZE_FORCE), EINVAL, "0, forced");
	expect_error(resize(0, (1ULL << 54) + 512, 0), EFBIG, "too large");
	expect_error(resize(0, -512ULL, 0), EFBIG, "far too large");
	expect_value(info(0).capacity, MIB, "capacity");
	fd = open_disk(0, O_RDONLY);
	expect_error(resize(0, MIB, 0), 0, "the same, open");
	expect_error(resize(0, MIB / 2, 0), EBUSY, "shrink, open");
	expect_value(info(0).capacity, MIB, "capacity");
	expect_error(resize(0, 2 * MIB, 0), 0, "grow, open");
	expect_error(resize(0, MIB / 2, SRD_RESIZE_FORCE), 0, "shrink, open, forced");
	expect_value(info(0).capacity, MIB / 2, "capacity");
	close(fd);
	expect_error(resize(0, 512, 0), 0, "shrink, closed");
	expect_error(resize(0, 1ULL << 54, 0), 0, "the largest");
	expect_error(resize(0, MIB, SRD_RESIZE_FORCE), 0, "back");
	expect_error(remove_disk(0), 0, "remove");
}

static void info_and_next_find_disks(void)
{
	static const unsigned int numbers[] = { 0, 2, 5, (1 << 20) - 1 };
	struct srd_ioc_create c = {
		.size = sizeof(c), .flags = SRD_CREATE_NUMBER, .capacity = MIB
	};
	struct srd_ioc_info i = { .size = sizeof(i) };
	unsigned int n;
	int fd, fd2;

	expect_error(call(SRD_IOC_NEXT, &i), ENODEV, "NEXT where there is none");
	for (n = 0; n < ARRAY_SIZE(numbers); n++) {
		c.number = numbers[n];
		memset(c.name, 0, sizeof(c.name));
		expect_error(call(SRD_IOC_CREATE, &c), 0, "CREATE");
	}
	for (n = 0; n < ARRAY_SIZE(numbers); n++) {
		expect_error(call(SRD_IOC_NEXT, &i), 0, "NEXT");
		expect_value(i.number, numbers[n], "number");
		i.number++;
	}
	expect_error(call(SRD_IOC_NEXT, &i), ENODEV, "NEXT after the last");
	i.number = UINT_MAX;
	expect_error(call(SRD_IOC_NEXT, &i), ENODEV, "NEXT of the largest number");
	i.number = 1;
	expect_error(call(SRD_IOC_INFO, &i), ENODEV, "INFO of what is not there");
	i.number = UINT_MAX;
	expect_error(call(SRD_IOC_INFO, &i), ENODEV, "INFO of the largest number");

	fd = open_disk(5, O_RDONLY);
	fd2 = open_disk(5, O_RDWR);
	expect_value(info(5).openers, 2, "openers");
	close(fd);
	expect_value(info(5).openers, 1, "openers");
	close(fd2);
	expect_value(info(5).openers, 0, "openers");
	for (n = 0; n < ARRAY_SIZE(numbers); n++)
		expect_error(remove_disk(numbers[n]), 0, "remove");
}

static void stats_count_and_reset(void)
{
	struct srd_ioc_reset_stats reset = { .size = sizeof(reset) };
	struct srd_ioc_stats s = { .size = sizeof(s) };
	static char block[4096] __attribute__((aligned(4096)));
	int fd, i;

	expect_error(call(SRD_IOC_STATS, &s), ENODEV, "STATS where there is none");
	expect_error(call(SRD_IOC_RESET_STATS, &reset), ENODEV, "RESET_STATS where there is none");
	create(MIB);
	expect_error(call(SRD_IOC_RESET_STATS, &reset), 0, "RESET_STATS");
	fd = open_disk(0, O_RDWR | O_DIRECT);
	for (i = 0; i < 5; i++)
		if (pwrite(fd, block, sizeof(block), i * 4096) != sizeof(block))
			wrong("write");
	for (i = 0; i < 3; i++)
		if (pread(fd, block, 512, 0) != 512)
			wrong("read");
	expect_error(call(SRD_IOC_STATS, &s), 0, "STATS");
	expect_value(s.latency_sample, 64, "latency_sample");
	expect_value(s.op[SRD_OP_WRITE].ios, 5, "writes");
	expect_value(s.op[SRD_OP_WRITE].bytes, 5 * 4096, "bytes written");
	expect_value(s.op[SRD_OP_READ].ios, 3, "reads");
	expect_value(s.op[SRD_OP_READ].bytes, 3 * 512, "bytes read");
	close(fd);
	expect_error(call(SRD_IOC_RESET_STATS, &reset), 0, "RESET_STATS");
	expect_error(call(SRD_IOC_STATS, &s), 0, "STATS");
	for (i = 0; i < SRD_OP_SLOTS; i++) {
		expect_value(s.op[i].ios, 0, "ios after reset");
		expect_value(s.op[i].bytes, 0, "bytes after reset");
	}
	expect_error(remove_disk(0), 0, "remove");
}

static void memory_says_what_is_held(void)
{
	struct srd_ioc_memory m = { .size = sizeof(m) };
	static char block[1 << 20];
	unsigned long long before;
	int fd;

	expect_error(call(SRD_IOC_MEMORY, &m), 0, "MEMORY");
	expect_value(m.used, 0, "used without disks");
	expect_value(m.pending, 0, "pending without disks");
	expect_value(m.disks, 0, "disks");
	expect_value(m.preallocating, 0, "preallocating");
	if (!m.limit || !m.reserve)
		wrong("no limit or no reserve");
	create(MIB);
	expect_error(call(SRD_IOC_MEMORY, &m), 0, "MEMORY");
	expect_value(m.disks, 1, "disks");
	expect_value(m.used, info(0).used, "used by an empty disk");
	before = m.used;
	fd = open_disk(0, O_RDWR);
	memset(block, 1, sizeof(block));
	if (write(fd, block, sizeof(block)) != sizeof(block) || fsync(fd))
		wrong("write");
	close(fd);
	expect_error(call(SRD_IOC_MEMORY, &m), 0, "MEMORY");
	expect_value(m.used, info(0).used, "used by a full disk");
	if (m.used < before + MIB)
		wrong("used: got %llu, wanted 1 MiB more than %llu", m.used, before);
	expect_error(remove_disk(0), 0, "remove");
	expect_error(call(SRD_IOC_MEMORY, &m), 0, "MEMORY");
	expect_value(m.used, 0, "used afterwards");
	expect_value(m.disks, 0, "disks");
}

/* ---- cases: who may do what ---- */

static void become_nobody(void)
{
	if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		err(1, "setresuid");
}

/* With the control node open already: questions are answered, changes are refused. */
static void expect_only_questions(const char *who)
{
	const struct command *c;

	for_each_command(c) {
		fill(c, c->size);
		expect_error(call(c->cmd, &arg), c->changes ? EPERM : 0, "%s as %s", c->name, who);
	}
}

/* Run a case in a process that gives its rights away. */
static void in_child(void (*run)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		failures = 0;
		run();
		fflush(stdout);
		_exit(failures ? 1 : 0);
	}
	if (waitpid(pid, &status, 0) < 0 || status)
		failures++;
}

static void nobody_asks(void)
{
	become_nobody();
	expect_only_questions("nobody");
	if (open(SRD_CONTROL_PATH, O_RDONLY) >= 0 || errno != EACCES)
		wrong("nobody can open the control node to read");
	if (open(SRD_CONTROL_PATH, O_RDWR) >= 0 || errno != EACCES)
		wrong("nobody can open the control node to write");
}

static void namespace_root_asks(void)
{
	become_nobody();
	if (unshare(CLONE_NEWUSER))
		err(1, "unshare");
	expect_only_questions("root of a user name space");
	if (open(SRD_CONTROL_PATH, O_RDWR) >= 0 || errno != EACCES)
		wrong("root of a user name space can open the control node");
}

static void others_may_only_ask(void)
{
	struct stat st;

	create(MIB);
	if (stat(SRD_CONTROL_PATH, &st) || (st.st_mode & 07777) != 0600 || st.st_uid || st.st_gid)
		wrong("the control node is not root's alone");
	in_child(nobody_asks);
	expect_untouched(1, "nobody");
	expect_error(remove_disk(0), 0, "remove");
}

static void user_namespace_is_not_enough(void)
{
	create(MIB);
	in_child(namespace_root_asks);
	expect_untouched(1, "root of a user name space");
	expect_error(remove_disk(0), 0, "remove");
}

static void read_only_descriptor_will_do(void)
{
	int rw = control;

	control = open(SRD_CONTROL_PATH, O_RDONLY);
	if (control < 0)
		err(1, SRD_CONTROL_PATH);
	create(MIB);
	expect_error(remove_disk(0), 0, "remove");
	close(control);
	control = rw;
}

/* ---- */

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "numbers-are-forever", numbers_are_forever },
	{ "unknown-is-ENOTTY", unknown_is_ENOTTY },
	{ "short-is-EINVAL", short_is_EINVAL },
	{ "size-must-match-command", size_must_match_command },
	{ "old-structures-are-served", old_structures_are_served },
	{ "old-structures-and-new-disks", old_structures_and_new_disks },
	{ "long-and-zero-is-served", long_and_zero_is_served },
	{ "long-and-not-zero-is-E2BIG", long_and_not_zero_is_E2BIG },
	{ "unknown-flags-are-EINVAL", unknown_flags_are_EINVAL },
	{ "reserved-must-be-zero", reserved_must_be_zero },
	{ "answers-are-clean", answers_are_clean },
	{ "bad-pointers-are-EFAULT", bad_pointers_are_EFAULT },
	{ "read-only-memory", read_only_memory },
	{ "any-alignment-will-do", any_alignment_will_do },
	{ "control-node-is-nothing-else", control_node_is_nothing_else },
	{ "create-checks-each-field", create_checks_each_field },
	{ "create-checks-the-mode", create_checks_the_mode },
	{ "create-checks-prealloc", create_checks_prealloc },
	{ "create-checks-the-label", create_checks_the_label },
	{ "create-says-what-it-made", create_says_what_it_made },
	{ "create-says-mode-and-queues", create_says_mode_and_queues },
	{ "create-refuses-what-is-taken", create_refuses_what_is_taken },
	{ "read-only-disk-refuses-writes", read_only_disk_refuses_writes },
	{ "remove-errors", remove_errors },
	{ "resize-errors", resize_errors },
	{ "info-and-next-find-disks", info_and_next_find_disks },
	{ "stats-count-and-reset", stats_count_and_reset },
	{ "memory-says-what-is-held", memory_says_what_is_held },
	{ "others-may-only-ask", others_may_only_ask },
	{ "user-namespace-is-not-enough", user_namespace_is_not_enough },
	{ "read-only-descriptor-will-do", read_only_descriptor_will_do },
};

int main(int argc, char **argv)
{
	size_t i;

	if (argc != 2)
		errx(2, "usage: ioctl CASE");
	control = open(SRD_CONTROL_PATH, O_RDWR);
	if (control < 0)
		err(2, SRD_CONTROL_PATH);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (strcmp(argv[1], cases[i].name))
			continue;
		cases[i].run();
		return failures ? 1 : 0;
	}
	errx(2, "there is no case %s", argv[1]);
}
