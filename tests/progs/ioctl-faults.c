// SPDX-License-Identifier: GPL-2.0
/*
 * ioctl-faults - the commands by which a disk fails, is late, or loses its power on purpose: each
 * field, each errno
 *
 * usage: ioctl-faults CASE
 */
#include "ioctl.h"

#define ALL_OPS		((1U << SRD_OP_COUNT) - 1)
#define OP(name)	(1U << SRD_OP_##name)

/* ---- rules ---- */

static int add_rule(struct srd_rule rule, struct srd_rule *out)
{
	struct srd_ioc_rule r = { .size = sizeof(r), .rule = rule };
	int error = call(SRD_IOC_RULE_ADD, &r);

	if (out)
		*out = r.rule;
	return error;
}

static int next_rule(unsigned int number, unsigned int id, struct srd_rule *out)
{
	struct srd_ioc_rule r = { .size = sizeof(r), .number = number, .rule.id = id };
	int error = call(SRD_IOC_RULE_NEXT, &r);

	if (out)
		*out = r.rule;
	return error;
}

static int remove_rule(unsigned int number, unsigned int id, unsigned int flags)
{
	struct srd_ioc_rule_remove r = {
		.size = sizeof(r), .number = number, .id = id, .flags = flags
	};

	return call(SRD_IOC_RULE_REMOVE, &r);
}

static void expect_rule(struct srd_rule rule, int wanted, const char *what)
{
	int got = add_rule(rule, NULL);

	expect_error(got, wanted, "RULE_ADD, %s", what);
	if (!got)
		expect_error(remove_rule(0, 0, SRD_RULES_ALL), 0, "RULE_REMOVE");
	expect_error(next_rule(0, 0, NULL), ENOENT, "RULE_NEXT, %s", what);
}

#define bad_rule(wanted, ...)	expect_rule((struct srd_rule){ __VA_ARGS__ }, wanted, #__VA_ARGS__)
#define good_rule(...)		bad_rule(0, __VA_ARGS__)

static void rule_add_checks_each_field(void)
{
	static const int errors[] = {
		EIO, ENOSPC, ETIMEDOUT, EILSEQ, EREMOTEIO, ENODATA, ENOLINK, EBADE, ENOMEM, ENODEV,
	};
	struct srd_rule r = { .ops = OP(READ) };
	bool wanted[4096] = { };
	unsigned int bit;
	size_t i;

	create(MIB);
	for (i = 0; i < ARRAY_SIZE(errors); i++)
		wanted[errors[i]] = true;
	for (r.error = -2; r.error < 4096; r.error++)
		expect_rule(r, r.error > 0 && wanted[r.error] ? 0 : EINVAL, "each errno");

	/* errno: RULE_ADD EINVAL */
	bad_rule(EINVAL, .ops = 0, .error = EIO);
	good_rule(.ops = ALL_OPS, .error = EIO);
	for (bit = SRD_OP_COUNT; bit < 32; bit++)
		bad_rule(EINVAL, .ops = 1U << bit | OP(READ), .error = EIO);
	bad_rule(EINVAL, .ops = OP(READ), .what = SRD_FAULT_COUNT);
	bad_rule(EINVAL, .ops = OP(READ), .what = UINT_MAX);
	for (bit = 0; bit < 32; bit++)
		bad_rule(bit < 1 ? 0 : EINVAL, .ops = OP(READ), .flags = 1U << bit, .error = EIO);

	/* Not everything can be done to everything. */
	bad_rule(EINVAL, .ops = OP(READ), .what = SRD_FAULT_TORN, .blocks = 1);
	bad_rule(EINVAL, .ops = OP(FLUSH), .what = SRD_FAULT_TORN, .blocks = 1);
	bad_rule(EINVAL, .ops = OP(READ) | OP(WRITE), .what = SRD_FAULT_TORN, .blocks = 1);
	good_rule(.ops = OP(WRITE) | OP(DISCARD) | OP(WRITE_ZEROES) | OP(SECURE_ERASE),
		  .what = SRD_FAULT_TORN, .blocks = 1);
	bad_rule(EINVAL, .ops = OP(READ), .what = SRD_FAULT_DROP);
	good_rule(.ops = ALL_OPS & ~OP(READ), .what = SRD_FAULT_DROP);
	bad_rule(EINVAL, .ops = OP(DISCARD), .what = SRD_FAULT_FLIP);
	bad_rule(EINVAL, .ops = OP(FLUSH), .what = SRD_FAULT_FLIP);
	good_rule(.ops = OP(READ) | OP(WRITE), .what = SRD_FAULT_FLIP);
	good_rule(.ops = ALL_OPS, .what = SRD_FAULT_TIMEOUT);
	good_rule(.ops = ALL_OPS, .what = SRD_FAULT_POWERCUT);

	/* What a kind has no use for. */
	bad_rule(EINVAL, .ops = OP(WRITE), .what = SRD_FAULT_TORN);
	good_rule(.ops = OP(WRITE), .what = SRD_FAULT_TORN, .blocks = UINT_MAX, .error = EIO);
	bad_rule(EINVAL, .ops = OP(WRITE), .what = SRD_FAULT_TORN, .blocks = 1, .error = EPERM);
	bad_rule(EINVAL, .ops = OP(WRITE), .error = EIO, .blocks = 1);
	bad_rule(EINVAL, .ops = OP(WRITE), .what = SRD_FAULT_DROP, .error = EIO);
	bad_rule(EINVAL, .ops = OP(WRITE), .what = SRD_FAULT_TIMEOUT, .error = ETIMEDOUT);
	bad_rule(EINVAL, .ops = OP(WRITE), .what = SRD_FAULT_POWERCUT, .error = EIO);
	bad_rule(EINVAL, .ops = OP(WRITE), .what = SRD_FAULT_DELAY);
	bad_rule(EINVAL, .ops = OP(WRITE), .what = SRD_FAULT_DELAY, .delay = 1, .error = EIO);
	good_rule(.ops = OP(WRITE), .what = SRD_FAULT_DELAY, .delay = SRD_TIME_MAX);
	bad_rule(EINVAL, .ops = OP(WRITE), .what = SRD_FAULT_DELAY, .delay = SRD_TIME_MAX + 1);
	bad_rule(EINVAL, .ops = OP(WRITE), .error = EIO, .delay = 1);
	bad_rule(EINVAL, .ops = OP(WRITE), .what = SRD_FAULT_FLIP, .bit = 1);
	good_rule(.ops = OP(WRITE), .what = SRD_FAULT_FLIP, .bit = ~0ULL, .flags = SRD_RULE_BIT);
	bad_rule(EINVAL, .ops = OP(WRITE), .error = EIO, .flags = SRD_RULE_BIT);
	bad_rule(EINVAL, .ops = OP(WRITE), .error = EIO, .seed = 1);
	good_rule(.ops = OP(WRITE), .error = EIO, .seed = 1, .flags = SRD_RULE_SEED);

	good_rule(.ops = OP(READ), .error = EIO, .start = 1);
	good_rule(.ops = OP(READ), .error = EIO, .start = 1, .end = 2);
	bad_rule(EINVAL, .ops = OP(READ), .error = EIO, .start = 2, .end = 2);
	bad_rule(EINVAL, .ops = OP(READ), .error = EIO, .start = 2, .end = 1);
	good_rule(.ops = OP(READ), .error = EIO, .start = ~0ULL);
	good_rule(.ops = OP(READ), .error = EIO, .after = ~0ULL, .times = ~0ULL, .every = UINT_MAX,
		  .probability = UINT_MAX);
	expect_error(remove_disk(0), 0, "remove");
}

static void time_outs_need_requests(void)
{
	struct srd_ioc_create c = {
		.size = sizeof(c), .flags = SRD_CREATE_MODE, .capacity = MIB, .mode = SRD_MODE_BIO
	};

	expect_error(call(SRD_IOC_CREATE, &c), 0, "CREATE");
	/* errno: RULE_ADD EOPNOTSUPP */
	bad_rule(EOPNOTSUPP, .ops = OP(READ), .what = SRD_FAULT_TIMEOUT);
	good_rule(.ops = OP(READ), .what = SRD_FAULT_DELAY, .delay = 1);
	expect_error(remove_disk(0), 0, "remove");
}

static void rules_are_numbered_and_listed(void)
{
	struct srd_rule r = { .ops = OP(SECURE_ERASE), .error = EIO }, got;
	unsigned int id;

	/* errno: RULE_ADD ENODEV */
	expect_error(add_rule(r, NULL), ENODEV, "RULE_ADD without a disk");
	/* errno: RULE_NEXT ENODEV */
	expect_error(next_rule(0, 0, NULL), ENODEV, "RULE_NEXT without a disk");
	/* errno: RULE_REMOVE ENODEV */
	expect_error(remove_rule(0, 1, 0), ENODEV, "RULE_REMOVE without a disk");
	expect_error(remove_rule(0, 0, SRD_RULES_ALL), ENODEV, "RULE_REMOVE without a disk");
	create(MIB);
	expect_value(info(0).state & SRD_STATE_FAULTS, 0, "faults");
	/* errno: RULE_NEXT ENOENT */
	expect_error(next_rule(0, 0, NULL), ENOENT, "RULE_NEXT without a rule");
	/* errno: RULE_REMOVE ENOENT */
	expect_error(remove_rule(0, 1, 0), ENOENT, "RULE_REMOVE without a rule");
	expect_error(remove_rule(0, 0, 0), ENOENT, "RULE_REMOVE of number 0");
	expect_error(remove_rule(0, 1, SRD_RULES_ALL), EINVAL, "RULE_REMOVE of one and all");
	expect_error(remove_rule(0, 0, SRD_RULES_ALL), 0, "RULE_REMOVE of all there are");

	for (id = 1; id <= SRD_RULES_MAX; id++) {
		r.start = id;
		expect_error(add_rule(r, &got), 0, "RULE_ADD");
		expect_value(got.id, id, "id");
		expect_value(got.seen | got.hits, 0, "counts");
	}
	expect_value(info(0).state & SRD_STATE_FAULTS, SRD_STATE_FAULTS, "faults");
	/* errno: RULE_ADD ENOSPC */
	expect_error(add_rule(r, NULL), ENOSPC, "one rule more");
	for (id = 0; id <= SRD_RULES_MAX; id++) {
		expect_error(next_rule(0, id, &got), 0, "RULE_NEXT");
		expect_value(got.id, id ?: 1, "id");
		expect_value(got.start, got.id, "start");
		expect_value(got.error, EIO, "error");
	}
	expect_error(next_rule(0, SRD_RULES_MAX + 1, NULL), ENOENT, "RULE_NEXT after the last");
	expect_error(next_rule(0, UINT_MAX, NULL), ENOENT, "RULE_NEXT of the largest number");

	expect_error(remove_rule(0, 7, 0), 0, "RULE_REMOVE");
	expect_error(remove_rule(0, 7, 0), ENOENT, "RULE_REMOVE again");
	expect_error(next_rule(0, 7, &got), 0, "RULE_NEXT");
	expect_value(got.id, 8, "id");
	/* A number is not used again. */
	expect_error(add_rule(r, &got), 0, "RULE_ADD");
	expect_value(got.id, SRD_RULES_MAX + 1, "id");
	expect_error(remove_rule(0, 0, SRD_RULES_ALL), 0, "RULE_REMOVE of all");
	expect_error(next_rule(0, 0, NULL), ENOENT, "RULE_NEXT");
	expect_error(add_rule(r, &got), 0, "RULE_ADD");
	expect_value(got.id, SRD_RULES_MAX + 2, "id");
	expect_error(remove_disk(0), 0, "remove, with a rule");
}

/* ---- times ---- */

static int set_timing(struct srd_ioc_timing t)
{
	t.size = sizeof(t);
	t.flags |= SRD_TIMING_SET;
	return call(SRD_IOC_TIMING, &t);
}

#define bad_timing(wanted, ...)								\
	expect_error(set_timing((struct srd_ioc_timing){ .cpu = -1, __VA_ARGS__ }), wanted,	\
		     "TIMING, %s", #__VA_ARGS__)
#define bad_latency(wanted, ...)	bad_timing(wanted, .op[SRD_OP_READ] = { __VA_ARGS__ })
#define good_latency(...)		bad_latency(0, __VA_ARGS__)

static void timing_checks_each_field(void)
{
	struct srd_ioc_timing t = { .size = sizeof(t), .flags = SRD_TIMING_SEED };
	struct srd_latency l = { .kind = SRD_LATENCY_POINTS, .count = 8 };
	unsigned int i;

	/* errno: TIMING ENODEV EINVAL */
	bad_timing(ENODEV, .bandwidth = 0);
	create(MIB);
	expect_error(call(SRD_IOC_TIMING, &t), EINVAL, "a seed without SET");
	bad_timing(0, .bandwidth = 0);
	bad_timing(EINVAL, .seed = 1);
	bad_timing(0, .seed = 1, .flags = SRD_TIMING_SEED);
	expect_error(set_timing((struct srd_ioc_timing){ .cpu = -2 }), EINVAL, "cpu -2");
	expect_error(set_timing((struct srd_ioc_timing){ .cpu = INT_MIN }), EINVAL, "least cpu");
	expect_error(set_timing((struct srd_ioc_timing){ .cpu = INT_MAX }), EINVAL, "largest cpu");
	expect_error(set_timing((struct srd_ioc_timing){ .cpu = 0 }), 0, "cpu 0");
	bad_timing(EINVAL, .bandwidth = 1);
	bad_timing(EINVAL, .bandwidth = 1023);
	bad_timing(0, .bandwidth = 1024);
	bad_timing(0, .bandwidth = ~0ULL);
	bad_timing(EINVAL, .op[SRD_OP_COUNT].kind = SRD_LATENCY_UNIFORM);
	bad_timing(EINVAL, .op[SRD_OP_SLOTS - 1].weight[7] = 1);

	bad_latency(EINVAL, .kind = SRD_LATENCY_COUNT);
	bad_latency(EINVAL, .kind = UINT_MAX);
	bad_latency(EINVAL, .kind = SRD_LATENCY_NONE, .count = 1);
	bad_latency(EINVAL, .kind = SRD_LATENCY_NONE, .ns[0] = 1);
	bad_latency(EINVAL, .kind = SRD_LATENCY_NONE, .weight[0] = 1);

	bad_latency(EINVAL, .kind = SRD_LATENCY_POINTS, .weight[0] = 1);
	bad_latency(EINVAL, .kind = SRD_LATENCY_POINTS, .count = 9, .weight[0] = 1);
	bad_latency(EINVAL, .kind = SRD_LATENCY_POINTS, .count = 1);
	good_latency(.kind = SRD_LATENCY_POINTS, .count = 1, .weight[0] = 1);
	bad_latency(EINVAL, .kind = SRD_LATENCY_POINTS, .count = 1, .weight[1] = 1);
	bad_latency(EINVAL, .kind = SRD_LATENCY_POINTS, .count = 1, .weight = { 1, 1 });
	bad_latency(EINVAL, .kind = SRD_LATENCY_POINTS, .count = 1, .weight[0] = 1, .ns[1] = 1);
	good_latency(.kind = SRD_LATENCY_POINTS, .count = 2, .weight[1] = 1, .ns[1] = 1);
	good_latency(.kind = SRD_LATENCY_POINTS, .count = 1, .weight[0] = 1, .ns[0] = SRD_TIME_MAX);
	bad_latency(EINVAL, .kind = SRD_LATENCY_POINTS, .count = 1, .weight[0] = 1,
		    .ns[0] = SRD_TIME_MAX + 1);
	for (i = 0; i < SRD_LATENCY_POINTS_MAX; i++) {
		l.ns[i] = SRD_TIME_MAX;
		l.weight[i] = UINT_MAX;
	}
	expect_error(set_timing((struct srd_ioc_timing){ .cpu = -1, .op[SRD_OP_FLUSH] = l }), 0,
		     "all points, as large as can be");

	good_latency(.kind = SRD_LATENCY_UNIFORM);
	good_latency(.kind = SRD_LATENCY_UNIFORM, .ns = { 1, 1 });
	bad_latency(EINVAL, .kind = SRD_LATENCY_UNIFORM, .ns = { 2, 1 });
	bad_latency(EINVAL, .kind = SRD_LATENCY_UNIFORM, .ns = { 0, SRD_TIME_MAX + 1 });
	bad_latency(EINVAL, .kind = SRD_LATENCY_UNIFORM, .ns = { 1, 2, 3 });
	bad_latency(EINVAL, .kind = SRD_LATENCY_UNIFORM, .ns = { 1, 2 }, .count = 2);

	good_latency(.kind = SRD_LATENCY_SEEK, .ns = { 1, 2, 3 });
	good_latency(.kind = SRD_LATENCY_SEEK);
	bad_latency(EINVAL, .kind = SRD_LATENCY_SEEK, .ns = { 2, 1, 3 });
	bad_latency(EINVAL, .kind = SRD_LATENCY_SEEK, .ns = { 1, 2, 3, 4 });
	expect_error(remove_disk(0), 0, "remove");
}

static void timing_says_what_was_set(void)
{
	struct srd_ioc_timing set = {
		.size = sizeof(set), .flags = SRD_TIMING_SET | SRD_TIMING_SEED, .cpu = 0,
		.seed = 99, .bandwidth = 123456,
		.op[SRD_OP_WRITE] = { .kind = SRD_LATENCY_UNIFORM, .ns = { 3, 4 } },
	};
	struct srd_ioc_timing t = { .size = sizeof(t), .number = 0 }, zero = { .cpu = -1 };

	create(MIB);
	memset(&t.cpu, 0xff, sizeof(t) - offsetof(struct srd_ioc_timing, cpu));
	t.seed = 0;
	expect_error(call(SRD_IOC_TIMING, &t), 0, "TIMING, before");
	if (memcmp(&t.cpu, &zero.cpu, sizeof(t) - offsetof(struct srd_ioc_timing, cpu)))
		wrong("it has times before any were set");
	expect_value(info(0).state, 0, "state before");

	expect_error(call(SRD_IOC_TIMING, &set), 0, "TIMING, to set it");
	expect_value(info(0).state, SRD_STATE_TIMING, "state");
	memset(&t, 0, sizeof(t));
	t.size = sizeof(t);
	expect_error(call(SRD_IOC_TIMING, &t), 0, "TIMING");
	expect_value(t.flags, 0, "flags");
	if (memcmp(&t.cpu, &set.cpu, sizeof(t) - offsetof(struct srd_ioc_timing, cpu)))
		wrong("it says other times than were set");

	/* A seed that is chosen is told. */
	set.flags = SRD_TIMING_SET;
	set.seed = 0;
	expect_error(call(SRD_IOC_TIMING, &set), 0, "TIMING, without a seed");
	expect_error(call(SRD_IOC_TIMING, &t), 0, "TIMING");
	expect_value(t.seed, set.seed, "seed");
	if (!set.seed || set.seed == 99)
		wrong("no seed was chosen");
	expect_error(set_timing((struct srd_ioc_timing){ .cpu = -1 }), 0, "none again");
	expect_value(info(0).state, 0, "state afterwards");
	expect_error(remove_disk(0), 0, "remove");
}

/* ---- power ---- */

static int power(unsigned int flags, unsigned int keep, __u64 seed)
{
	struct srd_ioc_power p = {
		.size = sizeof(p), .flags = flags, .keep = keep, .seed = seed
	};

	return call(SRD_IOC_POWER, &p);
}

static int set(unsigned int flags, unsigned int cache, unsigned int heal, __u64 seed)
{
	struct srd_ioc_set s = {
		.size = sizeof(s), .flags = flags, .cache = cache, .heal = heal, .seed = seed
	};

	return call(SRD_IOC_SET, &s);
}

static void power_checks_each_field(void)
{
	unsigned int keep;

	/* errno: POWER ENODEV */
	expect_error(power(0, 0, 0), ENODEV, "off, without a disk");
	expect_error(power(SRD_POWER_ON, 0, 0), ENODEV, "on, without a disk");
	create(MIB);
	expect_error(power(0, SRD_KEEP_ALL, 0), EINVAL, "off, with keep");
	expect_error(power(SRD_POWER_SEED, 0, 0), EINVAL, "off, with a seed");
	expect_error(power(0, 0, 1), EINVAL, "off, with a seed and without its flag");
	expect_value(info(0).state, 0, "state");
	for (keep = 0; keep < 6; keep++)
		expect_error(power(SRD_POWER_ON, keep, 0), keep < SRD_KEEP_COUNT ? 0 : EINVAL,
			     "on, keep %u", keep);
	expect_error(power(SRD_POWER_ON, UINT_MAX, 0), EINVAL, "on, largest keep");
	expect_error(power(SRD_POWER_ON, 0, 1), EINVAL, "on, a seed without its flag");
	expect_error(power(SRD_POWER_ON | SRD_POWER_SEED, 0, 1), 0, "on, a seed");
	expect_error(power(0, 0, 0), 0, "off");
	expect_error(power(0, 0, 0), 0, "off again");
	expect_value(info(0).state, SRD_STATE_OFF, "state");
	expect_error(power(SRD_POWER_ON, 0, 0), 0, "on");
	expect_value(info(0).state, 0, "state");
	expect_error(remove_disk(0), 0, "remove");
}

static void without_power_nothing_changes(void)
{
	struct srd_ioc_snapshot s = { .size = sizeof(s) };
	struct srd_ioc_rollback back = { .size = sizeof(back), .to = 1 };
	struct srd_ioc_reset reset = { .size = sizeof(reset) };
	char block[512];
	int fd;

	create(MIB);
	expect_error(call(SRD_IOC_SNAPSHOT, &s), 0, "SNAPSHOT");
	expect_error(power(0, 0, 0), 0, "off");
	fd = open_disk(0, O_RDONLY | O_DIRECT);
	if (pread(fd, block, 512, 0) >= 0)
		wrong("it can be read");
	/* errno: POWER EBUSY */
	expect_error(power(SRD_POWER_ON, 0, 0), EBUSY, "on, while it is open");
	close(fd);
	memset(s.name, 0, sizeof(s.name));
	/* errno: any ESHUTDOWN */
	expect_error(call(SRD_IOC_SNAPSHOT, &s), ESHUTDOWN, "SNAPSHOT");
	expect_error(resize(0, 2 * MIB, 0), ESHUTDOWN, "RESIZE");
	expect_error(call(SRD_IOC_ROLLBACK, &back), ESHUTDOWN, "ROLLBACK");
	expect_error(call(SRD_IOC_RESET, &reset), ESHUTDOWN, "RESET");
	expect_error(set(SRD_SET_VOLATILE, SRD_CACHE_VOLATILE, 0, 0), ESHUTDOWN, "SET");
	expect_value(info(0).capacity, MIB, "capacity");
	expect_value(disks(), 2, "disks");
	/* Its snapshot has its own. */
	fd = open_disk(1, O_RDONLY | O_DIRECT);
	close(fd);
	expect_error(remove_disk(1), 0, "remove the snapshot");
	expect_error(remove_disk(0), 0, "remove, without power");
}

/* ---- the rest ---- */

static void set_checks_each_field(void)
{
	struct srd_ioc_window w = { .size = sizeof(w), .flags = SRD_WINDOW_ON };

	/* errno: WINDOW ENODEV */
	expect_error(call(SRD_IOC_WINDOW, &w), ENODEV, "WINDOW without a disk");
	/* errno: SET ENODEV EINVAL */
	expect_error(set(0, 0, 0, 0), ENODEV, "without a disk");
	create(MIB);
	expect_error(set(0, 0, 0, 0), 0, "nothing");
	expect_error(set(SRD_SET_VOLATILE, 2, 0, 0), EINVAL, "cache 2");
	expect_error(set(SRD_SET_VOLATILE, UINT_MAX, 0, 0), EINVAL, "largest cache");
	expect_error(set(SRD_SET_HEAL, 0, 2, 0), EINVAL, "heal 2");
	expect_error(set(SRD_SET_HEAL, SRD_CACHE_VOLATILE, 1, 0), EINVAL, "cache without its flag");
	expect_error(set(SRD_SET_VOLATILE, SRD_CACHE_VOLATILE, 1, 0), EINVAL,
		     "heal without its flag");
	expect_value(info(0).state, 0, "state");
	expect_error(set(SRD_SET_VOLATILE | SRD_SET_HEAL | SRD_SET_SEED, SRD_CACHE_VOLATILE, 1, 7),
		     0, "all");
	expect_value(info(0).state, SRD_STATE_VOLATILE, "state");
	/* errno: WINDOW EBUSY */
	expect_error(call(SRD_IOC_WINDOW, &w), EBUSY, "WINDOW, with a cache");
	expect_error(set(SRD_SET_VOLATILE, SRD_CACHE_NONE, 0, 0), 0, "no cache");
	expect_value(info(0).state, 0, "state");
	expect_error(call(SRD_IOC_WINDOW, &w), 0, "WINDOW");
	/* errno: SET EBUSY */
	expect_error(set(SRD_SET_VOLATILE, SRD_CACHE_VOLATILE, 0, 0), EBUSY,
		     "cache, with a window");
	expect_error(set(SRD_SET_VOLATILE, SRD_CACHE_NONE, 0, 0), 0, "no cache, with a window");
	expect_error(remove_disk(0), 0, "remove");
}

static void create_with_a_cache(void)
{
	struct srd_ioc_create c = { .size = sizeof(c), .capacity = MIB };

	c.flags = SRD_CREATE_VOLATILE | SRD_CREATE_DURABLE;
	expect_error(call(SRD_IOC_CREATE, &c), EINVAL, "both");
	c.flags = SRD_CREATE_VOLATILE;
	expect_error(call(SRD_IOC_CREATE, &c), 0, "VOLATILE");
	expect_value(info(0).state, SRD_STATE_VOLATILE, "state");
	c.flags = SRD_CREATE_DURABLE;
	memset(c.name, 0, sizeof(c.name));
	c.block_size = 0;
	c.queues = 0;
	c.queue_depth = 0;
	expect_error(call(SRD_IOC_CREATE, &c), 0, "DURABLE");
	expect_value(info(1).state, 0, "state");
	expect_error(remove_disk(0), 0, "remove");
	expect_error(remove_disk(1), 0, "remove");
}

/* ---- */

static const struct test_case cases[] = {
	{ "rule-add-checks-each-field", rule_add_checks_each_field },
	{ "time-outs-need-requests", time_outs_need_requests },
	{ "rules-are-numbered-and-listed", rules_are_numbered_and_listed },
	{ "timing-checks-each-field", timing_checks_each_field },
	{ "timing-says-what-was-set", timing_says_what_was_set },
	{ "power-checks-each-field", power_checks_each_field },
	{ "without-power-nothing-changes", without_power_nothing_changes },
	{ "set-checks-each-field", set_checks_each_field },
	{ "create-with-a-cache", create_with_a_cache },
};

int main(int argc, char **argv)
{
	return run_case(cases, ARRAY_SIZE(cases), argc, argv);
}
