// SPDX-License-Identifier: GPL-2.0
/*
 * timing - how long requests take, as set
 *
 * usage: timing CASE
 *
 * A request never comes before it is due. How much later it comes is the machine's business: a
 * request counts as slow when it was in each of several runs with the same seed.
 */
#include "fault.h"
#include "ring.h"

#define RUNS		3
#define REQUESTS	60

static void set_timing(struct disk *d, struct srd_ioc_timing t)
{
	t.size = sizeof(t);
	t.flags |= SRD_TIMING_SET;
	t.number = d->number;
	expect_error(call(SRD_IOC_TIMING, &t), 0, "TIMING");
}

/* times(DISK, .FIELD = VALUE...) */
#define times(d, ...)	set_timing(d, (struct srd_ioc_timing){ .cpu = -1, __VA_ARGS__ })

static uint64_t took(struct disk *d, enum srd_op op, uint64_t pos, uint64_t len)
{
	uint64_t start = now_ns();

	expect_error(request(d, op, d->buf, pos, len), 0, "%s", op_names[op]);
	return now_ns() - start;
}

static void expect_at_least(uint64_t ns, uint64_t least, const char *what)
{
	if (ns < least)
		wrong("%s took %llu ns, and cannot take less than %llu", what,
		      (unsigned long long)ns, (unsigned long long)least);
}

/* ---- each kind of request ---- */

static void each_operation_takes_its_time(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	struct srd_ioc_timing t = { .cpu = -1 };
	enum srd_op op, slow;
	unsigned int i;

	set_cache(&d, SRD_CACHE_VOLATILE);
	for (slow = 0; slow < SRD_OP_COUNT; slow++) {
		memset(&t, 0, sizeof(t));
		t.cpu = -1;
		t.op[slow] = (struct srd_latency){
			.kind = SRD_LATENCY_POINTS, .count = 1, .ns[0] = 5 * MS, .weight[0] = 1 };
		set_timing(&d, t);
		for (i = 0; i < 5; i++)
			expect_at_least(took(&d, slow, i * PAGE, PAGE), 5 * MS, op_names[slow]);
	}
	/* All of them, each another one. */
	memset(&t, 0, sizeof(t));
	t.cpu = -1;
	for (op = 0; op < SRD_OP_COUNT; op++)
		t.op[op] = (struct srd_latency){ .kind = SRD_LATENCY_UNIFORM,
						 .ns = { (op + 1) * MS, (op + 1) * MS } };
	set_timing(&d, t);
	for (op = 0; op < SRD_OP_COUNT; op++)
		expect_at_least(took(&d, op, 0, PAGE), (op + 1) * MS, op_names[op]);
	times(&d);
	disk_end(&d);
}

/* ---- chance ---- */

/* Which requests take a point far away: a letter for each. */
static const char *slow_ones(struct disk *d, uint64_t seed)
{
	static char text[REQUESTS + 1];
	uint64_t least[REQUESTS], ns;
	unsigned int run, i;

	for (run = 0; run < RUNS; run++) {
		times(d, .flags = SRD_TIMING_SEED, .seed = seed,
		      .op[SRD_OP_READ] = { .kind = SRD_LATENCY_POINTS, .count = 2,
					   .ns = { 0, 20 * MS }, .weight = { 3, 1 } });
		for (i = 0; i < REQUESTS; i++) {
			ns = took(d, SRD_OP_READ, i * PAGE, 512);
			if (!run || ns < least[i])
				least[i] = ns;
		}
	}
	for (i = 0; i < REQUESTS; i++)
		text[i] = least[i] >= 20 * MS ? 'x' : '.';
	text[i] = 0;
	return text;
}

static void points_by_weight_and_seed(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	unsigned int slow = 0;
	char first[REQUESTS + 1];
	const char *c;

	snprintf(first, sizeof(first), "%s", slow_ones(&d, 11));
	for (c = first; *c; c++)
		slow += *c == 'x';
	if (slow < REQUESTS / 10 || slow > REQUESTS / 2)
		wrong("%u of %u requests were slow, with a weight of one in four", slow, REQUESTS);
	if (strcmp(first, slow_ones(&d, 11)))
		wrong("the same seed made other requests slow");
	if (!strcmp(first, slow_ones(&d, 12)))
		wrong("another seed made the same requests slow");
	times(&d);
	disk_end(&d);
}

static void points_without_weight_never_come(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	const struct srd_latency middle = {
		.kind = SRD_LATENCY_POINTS, .count = 3,
		.ns = { SRD_TIME_MAX, 2 * MS, SRD_TIME_MAX }, .weight = { 0, 1, 0 }
	};
	uint64_t ns, least = ~0ULL;
	unsigned int i;

	times(&d, .op[SRD_OP_READ] = middle);
	for (i = 0; i < 50; i++) {
		ns = took(&d, SRD_OP_READ, 0, 512);
		if (ns < least)
			least = ns;
	}
	expect_at_least(least, 2 * MS, "a read");
	times(&d);
	disk_end(&d);
}

/* None is under the least; and all together are what their mean makes them at least. */
static void uniform_is_between(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	uint64_t ns, sum = 0;
	unsigned int i;

	times(&d, .flags = SRD_TIMING_SEED, .seed = 3,
	      .op[SRD_OP_READ] = { .kind = SRD_LATENCY_UNIFORM, .ns = { 1 * MS, 9 * MS } });
	for (i = 0; i < 64; i++) {
		ns = took(&d, SRD_OP_READ, 0, 512);
		expect_at_least(ns, 1 * MS, "a read");
		sum += ns;
	}
	expect_at_least(sum, 64 * 4 * MS, "64 reads");
	times(&d);
	disk_end(&d);
}

/* ---- the arm ---- */

static void arm_seeks(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	uint64_t start, data, sum = 0;
	struct ring ring;
	unsigned int i;
	int res;

	times(&d, .op[SRD_OP_READ] = { .kind = SRD_LATENCY_SEEK, .ns = { 5 * MS, 40 * MS, 0 } });
	/* One behind the other needs no seek, but for the first. */
	took(&d, SRD_OP_READ, 0, 512);
	for (i = 1; i < 100; i++)
		sum += took(&d, SRD_OP_READ, i * 512, 512);
	if (sum >= 99 * 5 * MS)
		wrong("99 reads without a gap took %llu ns", (unsigned long long)sum);
	took(&d, SRD_OP_READ, 0, 512);
	expect_at_least(took(&d, SRD_OP_READ, 1024, 512), 5 * MS, "a short seek");
	/* Half the disk takes the root of a half of what all of it takes. */
	took(&d, SRD_OP_READ, 0, 512);
	expect_at_least(took(&d, SRD_OP_READ, d.size / 2 + 512, 512), 29 * MS, "a seek of a half");
	took(&d, SRD_OP_READ, 0, 512);
	expect_at_least(took(&d, SRD_OP_READ, d.size - 512, 512), 39 * MS, "a seek over all");

	/* There is one arm. */
	ring_open(&ring, 16, 0);
	start = now_ns();
	for (i = 0; i < 16; i++)
		ring_put(&ring, IORING_OP_READ, d.fd, d.buf + i * PAGE, PAGE, i * 8 * PAGE, i);
	if (ring_enter(&ring, 16, 16, IORING_ENTER_GETEVENTS) != 16)
		err(1, "io_uring_enter");
	expect_at_least(now_ns() - start, 16 * 5 * MS, "16 reads at once");
	while (ring_get(&ring, &res, &data))
		expect_value(res, PAGE, "answer");
	close(ring.fd);
	times(&d);
	disk_end(&d);
}

/* ---- bandwidth ---- */

static void bandwidth_is_a_ceiling(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	uint64_t start, data;
	struct ring ring;
	unsigned int i;
	int res;

	times(&d, .bandwidth = 4 * MIB);
	expect_at_least(took(&d, SRD_OP_READ, 0, 512 * KIB), 125 * MS, "a read of 512 KiB");
	start = now_ns();
	for (i = 0; i < 16; i++)
		took(&d, i % 2 ? SRD_OP_READ : SRD_OP_WRITE, i * 64 * KIB, 64 * KIB);
	expect_at_least(now_ns() - start, 250 * MS, "1 MiB in 16 pieces");

	times(&d, .bandwidth = 4 * MIB);
	ring_open(&ring, 64, 0);
	start = now_ns();
	for (i = 0; i < 64; i++)
		ring_put(&ring, i % 2 ? IORING_OP_READ : IORING_OP_WRITE, d.fd,
			 d.buf + i * 4 * PAGE, 4 * PAGE, i * 8 * PAGE, i);
	if (ring_enter(&ring, 64, 64, IORING_ENTER_GETEVENTS) != 64)
		err(1, "io_uring_enter");
	expect_at_least(now_ns() - start, 250 * MS, "1 MiB at once");
	while (ring_get(&ring, &res, &data))
		expect_value(res, 4 * PAGE, "answer");
	close(ring.fd);

	/* What moves no bytes has no part in it: this would take five minutes. */
	times(&d, .bandwidth = 16 * KIB);
	alarm(60);
	took(&d, SRD_OP_DISCARD, 0, d.size);
	took(&d, SRD_OP_WRITE_ZEROES, 0, d.size);
	alarm(0);
	times(&d);
	disk_end(&d);
}

/* ---- together ---- */

static void rules_come_on_top(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });

	times(&d, .op[SRD_OP_READ] = { .kind = SRD_LATENCY_UNIFORM, .ns = { 20 * MS, 20 * MS } });
	rule(&d, .ops = OP(READ), .what = SRD_FAULT_DELAY, .delay = 30 * MS);
	expect_at_least(took(&d, SRD_OP_READ, 0, 512), 50 * MS, "a read");
	rule(&d, .ops = OP(READ), .what = SRD_FAULT_ERROR, .error = EIO);
	expect_error(read_at(&d, 0, 512), EIO, "a late read that fails");
	rules_clear(&d);
	expect_at_least(took(&d, SRD_OP_READ, 0, 512), 20 * MS, "a read without the rule");
	times(&d);
	expect_holds(&d, "afterwards");
	disk_end(&d);
}

/* Those that are held side by side, in the order in which they are due. */
static void short_ones_overtake_long_ones(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	uint64_t data[2] = { 9, 9 };
	struct ring ring;
	int res;

	times(&d, .op[SRD_OP_READ] = { .kind = SRD_LATENCY_UNIFORM, .ns = { 500 * MS, 500 * MS } },
	      .op[SRD_OP_WRITE] = { .kind = SRD_LATENCY_UNIFORM, .ns = { 1 * MS, 1 * MS } });
	ring_open(&ring, 2, 0);
	ring_put(&ring, IORING_OP_READ, d.fd, d.buf, PAGE, 0, 0);
	ring_put(&ring, IORING_OP_WRITE, d.fd, d.holds, PAGE, 0, 1);
	if (ring_enter(&ring, 2, 2, IORING_ENTER_GETEVENTS) != 2)
		err(1, "io_uring_enter");
	ring_get(&ring, &res, &data[0]);
	ring_get(&ring, &res, &data[1]);
	expect_value(data[0], 1, "first answer");
	expect_value(data[1], 0, "second answer");
	close(ring.fd);
	times(&d);
	disk_end(&d);
}

/* ---- */

static const struct test_case cases[] = {
	{ "each-operation-takes-its-time", each_operation_takes_its_time },
	{ "points-by-weight-and-seed", points_by_weight_and_seed },
	{ "points-without-weight-never-come", points_without_weight_never_come },
	{ "uniform-is-between", uniform_is_between },
	{ "arm-seeks", arm_seeks },
	{ "bandwidth-is-a-ceiling", bandwidth_is_a_ceiling },
	{ "rules-come-on-top", rules_come_on_top },
	{ "short-ones-overtake-long-ones", short_ones_overtake_long_ones },
};

int main(int argc, char **argv)
{
	return run_case(cases, ARRAY_SIZE(cases), argc, argv);
}
