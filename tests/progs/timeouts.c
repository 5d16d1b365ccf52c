// SPDX-License-Identifier: GPL-2.0
/*
 * timeouts - requests that are never answered, or late, and what ends them
 *
 * usage: timeouts CASE
 *
 * Every request carries a number of its own, and has to be answered once. Mode mq.
 */
#include <pthread.h>

#include "fault.h"
#include "ring.h"

#define DEPTH		32
#define FAR_AWAY	(SRD_TIME_MAX / 2)

/* ---- so many requests, each answered once ---- */

/**
 * struct crowd - requests for a disk that are under way
 * @ring: that they were given to
 * @pending: a bit for each that has not been answered
 * @answer: of each
 * @buf: of them all, a page each; of the next crowd, too
 */
struct crowd {
	struct ring	ring;
	uint64_t	pending;
	int		answer[64];
	uint8_t		*buf;
};

/* A page each, every other one of the disk, the second half of them writes. */
static void crowd_send(struct crowd *c, struct disk *d, unsigned int nr)
{
	static uint8_t *buf;
	unsigned int i;

	if (!buf)
		buf = io_buffer(64 * PAGE);
	ring_open(&c->ring, 64, 0);
	c->buf = buf;
	fill_new(c->buf, 64 * PAGE);
	c->pending = 0;
	for (i = 0; i < nr; i++) {
		ring_put(&c->ring, i < nr / 2 ? IORING_OP_READ : IORING_OP_WRITE, d->fd,
			 c->buf + i * PAGE, PAGE, i * 2 * PAGE, i);
		c->pending |= 1ULL << i;
	}
	if (ring_enter(&c->ring, nr, 0, 0) != (int)nr)
		err(1, "io_uring_enter");
}

static void crowd_take(struct crowd *c)
{
	uint64_t data;
	int res;

	while (ring_get(&c->ring, &res, &data)) {
		if (!(c->pending & 1ULL << data))
			wrong("request %llu was answered twice", (unsigned long long)data);
		c->pending &= ~(1ULL << data);
		c->answer[data] = res;
	}
}

static void crowd_end(struct crowd *c)
{
	struct timespec moment = { .tv_nsec = 100 * MS };

	while (c->pending) {
		if (ring_enter(&c->ring, 0, 1, IORING_ENTER_GETEVENTS) < 0 && errno != EINTR)
			err(1, "io_uring_enter");
		crowd_take(c);
	}
	/* Time for an answer too many. */
	nanosleep(&moment, NULL);
	crowd_take(c);
	close(c->ring.fd);
}

static void crowd_expect(struct crowd *c, unsigned int nr, int a, int b, const char *what)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (c->answer[i] != a && c->answer[i] != b)
			wrong("%s: answer %u is %d", what, i, c->answer[i]);
}

/* What the writes of a crowd have stored. */
static void crowd_stored(struct crowd *c, struct disk *d, unsigned int nr)
{
	unsigned int i;

	for (i = nr / 2; i < nr; i++)
		memcpy(d->holds + i * 2 * PAGE, c->buf + i * PAGE, PAGE);
}

static void set_io_timeout(struct disk *d, const char *ms)
{
	if (!sysfs_write(d, "queue/io_timeout", ms))
		err(1, "io_timeout");
}

/* ---- each operation ---- */

struct asked {
	struct disk	*d;
	enum srd_op	op;
	int		error;
	uint64_t	took;
};

static void *ask(void *arg)
{
	struct asked *a = arg;
	uint64_t start = now_ns();
	char *buf = io_buffer(PAGE);

	memset(buf, 0x55, PAGE);
	a->error = request(a->d, a->op, buf, a->op * 16 * PAGE, PAGE);
	a->took = now_ns() - start;
	free(buf);
	return NULL;
}

static void each_operation_ends_with_ETIMEDOUT(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	struct asked asked[SRD_OP_COUNT];
	pthread_t thread[SRD_OP_COUNT];
	struct srd_ioc_stats s, t;
	struct srd_rule r;
	enum srd_op op;

	set_cache(&d, SRD_CACHE_VOLATILE);
	set_io_timeout(&d, "1000");
	s = stats(&d);
	r = rule(&d, .ops = ALL_OPS, .what = SRD_FAULT_TIMEOUT);
	for (op = 0; op < SRD_OP_COUNT; op++) {
		asked[op] = (struct asked){ .d = &d, .op = op };
		if (pthread_create(&thread[op], NULL, ask, &asked[op]))
			errx(1, "no thread");
	}
	for (op = 0; op < SRD_OP_COUNT; op++) {
		pthread_join(thread[op], NULL);
		expect_error(asked[op].error, ETIMEDOUT, "%s", op_names[op]);
		if (asked[op].took < 500 * MS)
			wrong("%s took only %llu ns", op_names[op],
			      (unsigned long long)asked[op].took);
	}
	t = stats(&d);
	expect_counts(&d, r.id, SRD_OP_COUNT, SRD_OP_COUNT, "time-outs");
	for (op = 0; op < SRD_OP_COUNT; op++) {
		expect_value(t.op[op].ios - s.op[op].ios, 1, op_names[op]);
		expect_value(t.op[op].errors - s.op[op].errors, 1, op_names[op]);
	}
	rules_clear(&d);
	expect_holds(&d, "after time-outs");
	disk_end(&d);
}

/* Who is waiting already is not let go by the rule's removal. */
static void rule_that_is_gone_lets_nobody_go(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	struct crowd c;

	set_io_timeout(&d, "1000");
	rule(&d, .ops = ALL_OPS, .what = SRD_FAULT_TIMEOUT);
	crowd_send(&c, &d, DEPTH);
	rules_clear(&d);
	crowd_take(&c);
	expect_value(c.pending, (1ULL << DEPTH) - 1, "requests that wait");
	expect_error(read_at(&d, 0, PAGE), 0, "one that comes later");
	crowd_end(&c);
	crowd_expect(&c, DEPTH, -ETIMEDOUT, -ETIMEDOUT, "time-out");
	expect_holds(&d, "after time-outs");
	disk_end(&d);
}

/* ---- what ends those that wait ---- */

static int do_resize(struct disk *d)
{
	return resize(d->number, 2 * d->size, 0);
}

static int do_timing(struct disk *d)
{
	struct srd_ioc_timing t = {
		.size = sizeof(t), .flags = SRD_TIMING_SET, .number = d->number, .cpu = -1
	};

	return call(SRD_IOC_TIMING, &t);
}

static int do_cache(struct disk *d)
{
	struct srd_ioc_set s = {
		.size = sizeof(s), .flags = SRD_SET_VOLATILE, .number = d->number,
		.cache = SRD_CACHE_VOLATILE
	};

	return call(SRD_IOC_SET, &s);
}

static int do_cut(struct disk *d)
{
	struct srd_ioc_power p = { .size = sizeof(p), .number = d->number };

	return call(SRD_IOC_POWER, &p);
}

static int do_remove(struct disk *d)
{
	struct srd_ioc_remove r = {
		.size = sizeof(r), .flags = SRD_REMOVE_FORCE, .number = d->number
	};

	return call(SRD_IOC_REMOVE, &r);
}

static const struct ender {
	const char *name;
	int (*end)(struct disk *d);
	bool cut;	/* and they fail */
	bool gone;	/* and so is the disk */
} enders[] = {
	{ "a resize", do_resize, false, false },
	{ "other times", do_timing, false, false },
	{ "a cache", do_cache, false, false },
	{ "a cut", do_cut, true, false },
	{ "a removal", do_remove, false, true },
};

/* The time-out, and the end of the delay, are far away: the test would be over before. */
static void expect_ended(const struct ender *e, struct srd_ioc_create create,
			 struct srd_rule r, int wanted)
{
	struct disk d = disk_new(create);
	struct crowd c;

	if (d.mode == SRD_MODE_MQ)
		set_io_timeout(&d, "600000");
	rule_add(&d, r);
	/* Late, and an error. */
	if (wanted == -ENODATA)
		rule(&d, .ops = ALL_OPS, .what = SRD_FAULT_ERROR, .error = ENODATA);
	crowd_send(&c, &d, DEPTH);
	crowd_take(&c);
	expect_value(c.pending, (1ULL << DEPTH) - 1, "requests that wait");
	expect_error(e->end(&d), 0, "%s", e->name);
	crowd_end(&c);
	crowd_expect(&c, DEPTH, e->cut ? -EIO : wanted, e->gone ? -EIO : wanted, e->name);
	if (e->gone) {
		close(d.fd);
		return;
	}
	rules_clear(&d);
	if (!e->cut) {
		if (wanted == PAGE)
			crowd_stored(&c, &d, DEPTH);
		expect_holds(&d, e->name);
	} else {
		expect_error(read_at(&d, 0, PAGE), EIO, "without power");
	}
	disk_end(&d);
}

static void expect_all_end(struct srd_ioc_create create)
{
	struct srd_rule r = { .ops = ALL_OPS };
	size_t i;

	alarm(100);
	for (i = 0; i < ARRAY_SIZE(enders); i++) {
		r.what = SRD_FAULT_DELAY;
		r.delay = FAR_AWAY;
		expect_ended(&enders[i], create, r, PAGE);
		expect_ended(&enders[i], create, r, -ENODATA);
		if (create.mode == SRD_MODE_BIO)
			continue;
		r.what = SRD_FAULT_TIMEOUT;
		r.delay = 0;
		expect_ended(&enders[i], create, r, -ETIMEDOUT);
	}
}

static void nobody_waits_for_those_that_wait(void)
{
	expect_all_end((struct srd_ioc_create){ .flags = SRD_CREATE_MODE });
}

static void nobody_waits_for_bios_that_wait(void)
{
	expect_all_end((struct srd_ioc_create){
		.flags = SRD_CREATE_MODE, .mode = SRD_MODE_BIO });
}

/* ---- who stops the queue by himself ---- */

static void queue_that_is_frozen_waits_for_them(void)
{
	static const char *const files[][2] = {
		{ "queue/nr_requests", "64" }, { "queue/scheduler", "mq-deadline" },
		{ "queue/nr_requests", "32" }, { "queue/scheduler", "none" },
	};
	struct disk d = disk_new((struct srd_ioc_create){ });
	unsigned int late;
	struct crowd c;
	size_t i;

	set_io_timeout(&d, "1000");
	for (i = 0; i < ARRAY_SIZE(files) * 2; i++) {
		late = i % 2;
		/* Two of those that take a second. */
		if (!late && i >= ARRAY_SIZE(files))
			continue;
		if (late)
			rule(&d, .ops = ALL_OPS, .what = SRD_FAULT_DELAY, .delay = 300 * MS);
		else
			rule(&d, .ops = ALL_OPS, .what = SRD_FAULT_TIMEOUT);
		crowd_send(&c, &d, DEPTH);
		if (!sysfs_write(&d, files[i / 2][0], files[i / 2][1]))
			printf("%s does not take %s\n", files[i / 2][0], files[i / 2][1]);
		crowd_end(&c);
		crowd_expect(&c, DEPTH, late ? (int)PAGE : -ETIMEDOUT,
			     late ? (int)PAGE : -ETIMEDOUT, files[i / 2][0]);
		if (late)
			crowd_stored(&c, &d, DEPTH);
		rules_clear(&d);
	}
	expect_holds(&d, "afterwards");
	disk_end(&d);
}

/* ---- CPUs that go ---- */

static void switch_cpu1(const char *online)
{
	int fd = open("/sys/devices/system/cpu/cpu1/online", O_WRONLY);

	if (fd < 0 || write(fd, online, 1) != 1)
		err(1, "CPU 1 to %s", online);
	close(fd);
}

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		err(1, "CPU %d", cpu);
}

static void set_timing(struct disk *d, int cpu, uint64_t ns)
{
	struct srd_ioc_timing t = {
		.size = sizeof(t), .flags = SRD_TIMING_SET, .number = d->number, .cpu = cpu,
	};
	unsigned int op;

	for (op = 0; ns && op < SRD_OP_COUNT; op++)
		t.op[op] = (struct srd_latency){
			.kind = SRD_LATENCY_POINTS, .count = 1, .ns[0] = ns, .weight[0] = 1 };
	expect_error(call(SRD_IOC_TIMING, &t), 0, "TIMING");
}

/* Timers of a CPU that goes offline, and those of others that were to be answered there. */
static void cpu_goes_with_those_that_wait(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	unsigned int round;
	struct crowd c;

	for (round = 0; round < 6; round++) {
		set_timing(&d, round % 2 ? 1 : -1, 400 * MS);
		run_on(round % 3 ? 1 : 0);
		crowd_send(&c, &d, DEPTH);
		run_on(0);
		switch_cpu1("0");
		if (round > 3) {
			crowd_end(&c);
			switch_cpu1("1");
		} else {
			switch_cpu1("1");
			crowd_end(&c);
		}
		crowd_expect(&c, DEPTH, PAGE, PAGE, "CPU 1 went");
		crowd_stored(&c, &d, DEPTH);
	}
	set_timing(&d, -1, 0);
	expect_holds(&d, "afterwards");
	disk_end(&d);
}

/* ---- */

static const struct test_case cases[] = {
	{ "each-operation-ends-with-ETIMEDOUT", each_operation_ends_with_ETIMEDOUT },
	{ "rule-that-is-gone-lets-nobody-go", rule_that_is_gone_lets_nobody_go },
	{ "nobody-waits-for-those-that-wait", nobody_waits_for_those_that_wait },
	{ "nobody-waits-for-bios-that-wait", nobody_waits_for_bios_that_wait },
	{ "queue-that-is-frozen-waits-for-them", queue_that_is_frozen_waits_for_them },
	{ "cpu-goes-with-those-that-wait", cpu_goes_with_those_that_wait },
};

int main(int argc, char **argv)
{
	return run_case(cases, ARRAY_SIZE(cases), argc, argv);
}
