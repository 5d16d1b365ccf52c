// SPDX-License-Identifier: GPL-2.0
/*
 * srd-fuzz - commands of the control node
 *
 * arg[0]: which open control node, or beyond these a disk; arg[1]: where the structure lies;
 * arg[2]: bytes of it as the command's number has them, 0: as many as it has; arg[3]: bit 0: as a
 * 32-bit program calls, bit 1: a command of that number that there is not, bit 2: the other
 * direction.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/srd.h>

#include "fuzz.h"

struct field {
	uint16_t offset;
	uint8_t width;
	enum value kind;
};

#define FIELD(s, f, k)	{ offsetof(struct s, f), sizeof(((struct s *)0)->f), k }

static const struct field version_fields[] = {
	FIELD(srd_ioc_version, flags, V_FLAGS),
};

static const struct field create_fields[] = {
	FIELD(srd_ioc_create, capacity, V_CAPACITY), FIELD(srd_ioc_create, flags, V_FLAGS),
	FIELD(srd_ioc_create, limit, V_CAPACITY), FIELD(srd_ioc_create, number, V_NUMBER),
	FIELD(srd_ioc_create, block_size, V_COUNT), FIELD(srd_ioc_create, queues, V_SMALL),
	FIELD(srd_ioc_create, queue_depth, V_COUNT), FIELD(srd_ioc_create, node, V_SMALL),
	FIELD(srd_ioc_create, mode, V_SMALL), FIELD(srd_ioc_create, poll_queues, V_SMALL),
	{ offsetof(struct srd_ioc_create, label), 2, V_ANY },
	{ offsetof(struct srd_ioc_create, name), 1, V_SMALL },
	FIELD(srd_ioc_create, reserved, V_SMALL),
};

static const struct field remove_fields[] = {
	FIELD(srd_ioc_remove, number, V_NUMBER), FIELD(srd_ioc_remove, flags, V_SMALL),
};

static const struct field resize_fields[] = {
	FIELD(srd_ioc_resize, capacity, V_CAPACITY), FIELD(srd_ioc_resize, number, V_NUMBER),
	FIELD(srd_ioc_resize, flags, V_SMALL),
};

static const struct field info_fields[] = {
	FIELD(srd_ioc_info, number, V_NUMBER), FIELD(srd_ioc_info, flags, V_SMALL),
};

static const struct field memory_fields[] = {
	FIELD(srd_ioc_memory, flags, V_SMALL),
};

static const struct field snapshot_fields[] = {
	FIELD(srd_ioc_snapshot, source, V_NUMBER), FIELD(srd_ioc_snapshot, flags, V_FLAGS),
	FIELD(srd_ioc_snapshot, number, V_NUMBER),
	{ offsetof(struct srd_ioc_snapshot, label), 2, V_ANY },
};

static const struct field rollback_fields[] = {
	FIELD(srd_ioc_rollback, number, V_NUMBER), FIELD(srd_ioc_rollback, to, V_NUMBER),
};

static const struct field extents_fields[] = {
	FIELD(srd_ioc_extents, count, V_ROOM), FIELD(srd_ioc_extents, number, V_NUMBER),
	FIELD(srd_ioc_extents, start, V_OFFSET), FIELD(srd_ioc_extents, end, V_OFFSET),
	FIELD(srd_ioc_extents, extents, V_ANY),
};

#define RULE(f, k)	FIELD(srd_ioc_rule, rule.f, k)

static const struct field rule_fields[] = {
	RULE(ops, V_OPS), RULE(what, V_SMALL), RULE(error, V_ERRNO),
	FIELD(srd_ioc_rule, number, V_NUMBER), RULE(start, V_OFFSET), RULE(end, V_OFFSET),
	RULE(after, V_SMALL), RULE(times, V_SMALL), RULE(every, V_SMALL), RULE(probability, V_ANY),
	RULE(blocks, V_SMALL), RULE(delay, V_NS), RULE(bit, V_SMALL), RULE(seed, V_ANY),
	RULE(flags, V_SMALL), RULE(id, V_SMALL),
};

static const struct field rule_remove_fields[] = {
	FIELD(srd_ioc_rule_remove, number, V_NUMBER), FIELD(srd_ioc_rule_remove, id, V_SMALL),
	FIELD(srd_ioc_rule_remove, flags, V_SMALL),
};

#define LATENCY(o)									\
	FIELD(srd_ioc_timing, op[o].kind, V_SMALL), FIELD(srd_ioc_timing, op[o].count, V_SMALL),\
	FIELD(srd_ioc_timing, op[o].ns[0], V_NS), FIELD(srd_ioc_timing, op[o].ns[1], V_NS),	\
	FIELD(srd_ioc_timing, op[o].weight[0], V_SMALL)

static const struct field timing_fields[] = {
	FIELD(srd_ioc_timing, flags, V_SMALL), FIELD(srd_ioc_timing, number, V_NUMBER),
	FIELD(srd_ioc_timing, cpu, V_SMALL), FIELD(srd_ioc_timing, seed, V_SMALL),
	FIELD(srd_ioc_timing, bandwidth, V_ANY),
	LATENCY(SRD_OP_READ), LATENCY(SRD_OP_WRITE), LATENCY(SRD_OP_DISCARD), LATENCY(7),
};

static const struct field power_fields[] = {
	FIELD(srd_ioc_power, flags, V_SMALL), FIELD(srd_ioc_power, number, V_NUMBER),
	FIELD(srd_ioc_power, keep, V_SMALL), FIELD(srd_ioc_power, seed, V_ANY),
};

static const struct field set_fields[] = {
	FIELD(srd_ioc_set, flags, V_SMALL), FIELD(srd_ioc_set, number, V_NUMBER),
	FIELD(srd_ioc_set, cache, V_SMALL), FIELD(srd_ioc_set, heal, V_SMALL),
	FIELD(srd_ioc_set, seed, V_ANY),
};

/* In the order of ioctl_ops. */
static const struct command {
	unsigned long cmd;
	const struct field *fields;
	unsigned int nr;
} commands[] = {
#define COMMAND(cmd, name)	{ cmd, name ## _fields, ARRAY_SIZE(name ## _fields) }
	COMMAND(SRD_IOC_VERSION, version),
	COMMAND(SRD_IOC_CREATE, create),
	COMMAND(SRD_IOC_REMOVE, remove),
	COMMAND(SRD_IOC_RESIZE, resize),
	COMMAND(SRD_IOC_INFO, info),
	COMMAND(SRD_IOC_NEXT, info),
	COMMAND(SRD_IOC_STATS, info),
	COMMAND(SRD_IOC_RESET_STATS, info),
	COMMAND(SRD_IOC_MEMORY, memory),
	COMMAND(SRD_IOC_SNAPSHOT, snapshot),
	COMMAND(SRD_IOC_ROLLBACK, rollback),
	COMMAND(SRD_IOC_RESET, info),
	COMMAND(SRD_IOC_EXTENTS, extents),
	COMMAND(SRD_IOC_KEEP, info),
	COMMAND(SRD_IOC_WINDOW, remove),
	COMMAND(SRD_IOC_RULE_ADD, rule),
	COMMAND(SRD_IOC_RULE_NEXT, rule),
	COMMAND(SRD_IOC_RULE_REMOVE, rule_remove),
	COMMAND(SRD_IOC_TIMING, timing),
	COMMAND(SRD_IOC_POWER, power),
	COMMAND(SRD_IOC_SET, set),
};

/* ---- by chance ---- */

static void poke(struct step *s, unsigned int offset, unsigned int width, uint64_t v)
{
	if (s->pokes < POKES_MAX)
		s->poke[s->pokes++] = (struct poke){ offset, width, v };
}

static void make(struct step *s)
{
	const struct command *c = &commands[s->op];
	unsigned int size = _IOC_SIZE(c->cmd), i;

	s->pokes = 0;
	s->arg[0] = one_in(20) ? CONTROLS + below(2) : one_in(3) ? below(CONTROLS) : 0;
	s->arg[1] = one_in(5) ? below(WAY_COUNT) : WAY_PLAIN;
	s->arg[2] = 0;
	if (one_in(12))
		s->arg[2] = one_in(2) ? size + below(64) - 32 : below(1U << _IOC_SIZEBITS);
	s->arg[3] = !one_in(20) ? one_in(4) : below(8);
	for (i = 0; i < c->nr; i++) {
		const struct field *f = &c->fields[i];

		/* The first fields are those without which little is valid. */
		if (i < 2 ? !one_in(4) : one_in(4))
			poke(s, f->offset, f->width, value(f->kind));
	}
	/* Until a request has run into its time-out, others could have been run for a second. */
	if (c->cmd == SRD_IOC_RULE_ADD && !one_in(6))
		poke(s, offsetof(struct srd_ioc_rule, rule.what), 4, below(SRD_FAULT_TIMEOUT));
	if (one_in(12))
		poke(s, below(size), 1 << below(4), value(V_ANY));
	if (one_in(30))
		poke(s, 0, 4, value(V_SMALL));
}

/* ---- run ---- */

/* The machine must last: no request may wait for long. */
static uint64_t tame_ns(uint64_t ns)
{
	return ns <= SRD_TIME_MAX ? ns % 1000000 : ns;
}

static void tame(unsigned long cmd, void *arg, size_t size)
{
	struct srd_ioc_timing *t = arg;
	struct srd_ioc_rule *r = arg;
	int op, i;

	if (cmd == SRD_IOC_RULE_ADD && size >= sizeof(*r))
		r->rule.delay = tame_ns(r->rule.delay);
	if (cmd != SRD_IOC_TIMING || size < sizeof(*t))
		return;
	if (t->bandwidth && t->bandwidth < 64 * MIB)
		t->bandwidth += 64 * MIB;
	for (op = 0; op < SRD_OP_SLOTS; op++)
		for (i = 0; i < SRD_LATENCY_POINTS_MAX; i++)
			t->op[op].ns[i] = tame_ns(t->op[op].ns[i]);
}

/* Make the structure in @arg, which has room for any. */
static void build(const struct step *s, char *arg, unsigned int size)
{
	const struct command *c = &commands[s->op];
	struct srd_ioc_extents *e = (void *)arg;
	unsigned int i;

	memset(arg, 0, size);
	memcpy(arg, &size, size < sizeof(size) ? size : sizeof(size));
	if (c->cmd == SRD_IOC_EXTENTS && size >= sizeof(*e))
		e->extents = (uintptr_t)memory_place(run_thread(), WAY_SHARED, 0);
	for (i = 0; i < s->pokes; i++)
		if (s->poke[i].offset + s->poke[i].width <= size)
			memcpy(arg + s->poke[i].offset, &s->poke[i].value, s->poke[i].width);
	tame(c->cmd, arg, size);
}

/* As a 32-bit program does. */
static long compat_ioctl(int fd, unsigned long cmd, void *arg)
{
	long result;

	asm volatile("int $0x80"
		     : "=a" (result)
		     : "a" (54), "b" ((long)fd), "c" (cmd & 0xffffffff), "d" ((long)arg)
		     : "memory", "r8", "r9", "r10", "r11");
	return result;
}

/* A request that is to run into its time-out need not take half a minute. */
static void hurry(unsigned int number)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/block/srd%u/queue/io_timeout", number);
	f = fopen(path, "w");
	if (!f)
		return; /* it is gone again */
	fputs("100", f);
	fclose(f);
}

static long run(const struct step *s)
{
	static _Thread_local char arg[(1U << _IOC_SIZEBITS) + 8];
	unsigned long cmd = commands[s->op].cmd;
	unsigned int size = s->arg[2] ? s->arg[2] & _IOC_SIZEMASK : _IOC_SIZE(cmd);
	unsigned int dir = s->arg[3] & 4 ? _IOC_DIR(cmd) ^ _IOC_READ : _IOC_DIR(cmd);
	void *at = memory_place(run_thread(), s->arg[1], size);
	int fd = s->arg[0] < CONTROLS ? slot_control(s->arg[0]) : slot_disk(s->arg[0]);
	long result;

	build(s, arg, size);
	if (memory_writable(s->arg[1]))
		memcpy(at, arg, size);
	else if (s->arg[1] % WAY_COUNT == WAY_ENDS)
		memcpy(at, arg, size / 2);
	cmd = _IOC(dir, _IOC_TYPE(cmd), _IOC_NR(cmd) + (s->arg[3] & 2 ? 32 : 0), size);
	if (s->arg[3] & 1)
		result = compat_ioctl(fd, cmd, at);
	else
		result = syscall(SYS_ioctl, fd, cmd, at) ? -errno : 0;
	if (!result && memory_writable(s->arg[1])) {
		if (commands[s->op].cmd == SRD_IOC_CREATE)
			hurry(((struct srd_ioc_create *)at)->number);
		if (commands[s->op].cmd == SRD_IOC_SNAPSHOT)
			hurry(((struct srd_ioc_snapshot *)at)->number);
	}
	return result;
}

const struct op ioctl_ops[] = {
	{ "version", make, run, 1 },
	{ "create", make, run, 12 },
	{ "remove", make, run, 6 },
	{ "resize", make, run, 6 },
	{ "info", make, run, 3 },
	{ "next", make, run, 2 },
	{ "stats", make, run, 2 },
	{ "reset_stats", make, run, 2 },
	{ "memory", make, run, 1 },
	{ "snapshot", make, run, 10 },
	{ "rollback", make, run, 6 },
	{ "reset", make, run, 4 },
	{ "extents", make, run, 8 },
	{ "keep", make, run, 2 },
	{ "window", make, run, 5 },
	{ "rule_add", make, run, 10 },
	{ "rule_next", make, run, 2 },
	{ "rule_remove", make, run, 3 },
	{ "timing", make, run, 6 },
	{ "power", make, run, 6 },
	{ "set", make, run, 6 },
};

const unsigned int ioctl_ops_count = ARRAY_SIZE(ioctl_ops);
_Static_assert(ARRAY_SIZE(ioctl_ops) == ARRAY_SIZE(commands), "a command for each name");
