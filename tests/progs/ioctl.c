// SPDX-License-Identifier: GPL-2.0
/*
 * ioctl - what is common to all commands of /dev/srd-control, and who may use them
 *
 * usage: ioctl CASE
 */
#include "ioctl.h"

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
	expect_offset(ioc_info, origin, 140);
	expect_offset(ioc_info, shared, 144);
	expect_offset(ioc_stats, latency_sample, 12);
	expect_offset(ioc_stats, op, 16);
	expect_offset(op_stats, latency, 32);
	expect_value(sizeof(struct srd_op_stats), 288, "srd_op_stats");
	expect_offset(ioc_memory, reserve, 32);
	expect_offset(ioc_memory, disks, 40);
	expect_offset(ioc_memory, preallocating, 48);
	expect_offset(ioc_snapshot, source, 8);
	expect_offset(ioc_snapshot, number, 12);
	expect_offset(ioc_snapshot, label, 16);
	expect_offset(ioc_snapshot, name, 48);
	expect_offset(ioc_rollback, number, 8);
	expect_offset(ioc_rollback, to, 12);
	expect_offset(ioc_reset, number, 8);
	expect_offset(ioc_extents, count, 12);
	expect_offset(ioc_extents, start, 16);
	expect_offset(ioc_extents, end, 24);
	expect_offset(ioc_extents, extents, 32);
	expect_offset(extent, length, 8);
	expect_offset(extent, flags, 16);
	expect_value(sizeof(struct srd_extent), 24, "srd_extent");
	expect_offset(ioc_info, cached, 152);
	expect_offset(ioc_info, faults, 160);
	expect_offset(ioc_rule, rule, 16);
	expect_offset(rule, what, 12);
	expect_offset(rule, start, 16);
	expect_offset(rule, after, 32);
	expect_offset(rule, every, 48);
	expect_offset(rule, error, 56);
	expect_offset(rule, delay, 64);
	expect_offset(rule, seed, 80);
	expect_offset(rule, hits, 96);
	expect_value(sizeof(struct srd_rule), 112, "srd_rule");
	expect_offset(ioc_rule_remove, id, 12);
	expect_offset(ioc_timing, cpu, 12);
	expect_offset(ioc_timing, bandwidth, 24);
	expect_offset(ioc_timing, op, 32);
	expect_offset(latency, ns, 8);
	expect_offset(latency, weight, 72);
	expect_value(sizeof(struct srd_latency), 104, "srd_latency");
	expect_offset(ioc_power, keep, 12);
	expect_offset(ioc_power, seed, 16);
	expect_offset(ioc_power, lost, 32);
	expect_offset(ioc_set, cache, 12);
	expect_offset(ioc_set, seed, 24);
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
			/* errno: any ENOTTY */
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
			/* errno: any EINVAL */
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
		if (wants_more(c))
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
			} else if (c == &commands[SNAPSHOT]) {
				expect_text(arg.snapshot.name, SRD_NAME_LEN, "srd1", "name");
				expect_error(remove_disk(1), 0, "remove");
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
			if (wants_more(c))
				continue;
			size = i < ARRAY_SIZE(more) ? c->size + more[i] : ARG_MAX_SIZE - 1;
			fill(c, size);
			error = call(with_size(c, size), &arg);
			expect_error(error, 0, "%s with %u bytes", c->name, size);
			expect_value(arg.size, size, "size of the answer");
			if (c == &commands[CREATE])
				expect_error(remove_disk(arg.create.number), 0, "remove");
			if (c == &commands[SNAPSHOT])
				expect_error(remove_disk(arg.snapshot.number), 0, "remove");
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
			/* errno: any E2BIG */
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
		{ SNAPSHOT, offsetof(struct srd_ioc_snapshot, name), SRD_NAME_LEN },
		{ RESET, offsetof(struct srd_ioc_reset, reserved), 4 },
		{ KEEP, offsetof(struct srd_ioc_keep, reserved), 4 },
		{ WINDOW, offsetof(struct srd_ioc_window, reserved), 4 },
		{ RULE_ADD, offsetof(struct srd_ioc_rule, reserved), 4 },
		{ RULE_ADD, offsetof(struct srd_ioc_rule, rule.id), 4 },
		{ RULE_ADD, offsetof(struct srd_ioc_rule, rule.seen), 8 },
		{ RULE_ADD, offsetof(struct srd_ioc_rule, rule.hits), 8 },
		{ RULE_ADD, offsetof(struct srd_ioc_rule, rule.reserved), 8 },
		{ RULE_NEXT, offsetof(struct srd_ioc_rule, reserved), 4 },
		{ POWER, offsetof(struct srd_ioc_power, kept), 8 },
		{ POWER, offsetof(struct srd_ioc_power, lost), 8 },
		{ SET, offsetof(struct srd_ioc_set, reserved), 4 },
		/* So do these. */
		{ RULE_ADD, offsetof(struct srd_ioc_rule, rule.seed), 8 },
		{ RULE_ADD, offsetof(struct srd_ioc_rule, rule.bit), 8 },
		{ POWER, offsetof(struct srd_ioc_power, seed), 8 },
		{ SET, offsetof(struct srd_ioc_set, cache), 4 },
		{ SET, offsetof(struct srd_ioc_set, heal), 4 },
		{ SET, offsetof(struct srd_ioc_set, seed), 8 },
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
	expect_value(i.origin, -1, "info.origin");
	expect_value(i.shared, 0, "info.shared");
	expect_value(i.cached, 0, "info.cached");
	expect_value(i.faults, 0, "info.faults");

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
		/* errno: any EFAULT */
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
		if (wants_more(c))
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

/* Of a question about a disk that nothing was done to. */
static int answer_of(const struct command *c)
{
	return c == &commands[RULE_NEXT] ? ENOENT : 0;
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
			expect_error(call(c->cmd, bytes + shift), answer_of(c),
				     "%s, %d bytes off", c->name, shift);
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
		/* errno: any EPERM */
		expect_error(call(c->cmd, &arg), c->changes ? EPERM : answer_of(c), "%s as %s",
			     c->name, who);
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
	/* The one whose flag makes a change of a question. */
	fill(&commands[TIMING], sizeof(struct srd_ioc_timing));
	arg.timing.flags = SRD_TIMING_SET;
	arg.timing.cpu = -1;
	expect_error(call(SRD_IOC_TIMING, &arg), EPERM, "TIMING, to set it, as nobody");
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

static const struct test_case cases[] = {
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
	{ "others-may-only-ask", others_may_only_ask },
	{ "user-namespace-is-not-enough", user_namespace_is_not_enough },
	{ "read-only-descriptor-will-do", read_only_descriptor_will_do },
};

int main(int argc, char **argv)
{
	return run_case(cases, ARRAY_SIZE(cases), argc, argv);
}
