// SPDX-License-Identifier: GPL-2.0
/*
 * srd - counters of one disk
 *
 * Each CPU counts for itself and nothing is ever set back: a reset only remembers what the sums
 * were, so that no count is lost to a CPU that counts at that moment.
 */
#include <linux/bitops.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/string.h>

#include "srd.h"

/*
 * Two clock reads are about 100 instructions, a sixtieth of a small request. One request in 64
 * gives the same percentiles over any time that a person looks at.
 */
#define SRD_SAMPLE_DEFAULT	64

/**
 * srd_stats_init() - make the counters of a disk, all zero
 * @st: to be filled
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int srd_stats_init(struct srd_stats *st)
{
	st->cpu = alloc_percpu(struct srd_cpu_stats);
	if (!st->cpu)
		return -ENOMEM;
	st->sample_mask = SRD_SAMPLE_DEFAULT - 1;
	memset(&st->base, 0, sizeof(st->base));
	mutex_init(&st->lock);
	return 0;
}

/**
 * srd_stats_destroy() - free the counters of a disk that nobody uses any more
 * @st: made by srd_stats_init()
 *
 * Context: may sleep.
 */
void srd_stats_destroy(struct srd_stats *st)
{
	mutex_destroy(&st->lock);
	free_percpu(st->cpu);
}

/* struct srd_cpu_stats is nothing but u64s, so sums and differences go over it as an array. */
#define SRD_STATS_WORDS		(sizeof(struct srd_cpu_stats) / sizeof(u64))

static void srd_stats_sum(struct srd_stats *st, struct srd_cpu_stats *sum)
{
	u64 *to = (u64 *)sum;
	unsigned int i;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const u64 *from = (const u64 *)per_cpu_ptr(st->cpu, cpu);

		for (i = 0; i < SRD_STATS_WORDS; i++)
			to[i] += READ_ONCE(from[i]);
	}
}

/**
 * srd_stats_read() - what was counted since creation or the last reset
 * @st: counters of a disk
 * @sum: filled
 *
 * Requests that end meanwhile may be counted in one field and not yet in another.
 *
 * Context: may sleep.
 */
void srd_stats_read(struct srd_stats *st, struct srd_cpu_stats *sum)
{
	const u64 *base = (const u64 *)&st->base;
	u64 *to = (u64 *)sum;
	unsigned int i;

	mutex_lock(&st->lock);
	srd_stats_sum(st, sum);
	for (i = 0; i < SRD_STATS_WORDS; i++)
		to[i] -= base[i];
	mutex_unlock(&st->lock);
}

/**
 * srd_stats_value() - one count since creation or the last reset
 * @st: counters of a disk
 * @offset: of a u64 in struct srd_cpu_stats, in bytes
 *
 * Context: may sleep.
 * Return: the count.
 */
u64 srd_stats_value(struct srd_stats *st, size_t offset)
{
	u64 sum = 0;
	int cpu;

	mutex_lock(&st->lock);
	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*(u64 *)((char *)per_cpu_ptr(st->cpu, cpu) + offset));
	sum -= *(u64 *)((char *)&st->base + offset);
	mutex_unlock(&st->lock);
	return sum;
}

/**
 * srd_stats_reset() - let all counts start at zero again
 * @st: counters of a disk
 *
 * Context: may sleep.
 */
void srd_stats_reset(struct srd_stats *st)
{
	mutex_lock(&st->lock);
	srd_stats_sum(st, &st->base);
	mutex_unlock(&st->lock);
}

/**
 * srd_stats_sample() - every how many requests of a CPU one is timed
 * @st: counters of a disk
 *
 * Context: any.
 * Return: a power of two, or 0 when none is timed.
 */
unsigned int srd_stats_sample(struct srd_stats *st)
{
	return (unsigned int)(READ_ONCE(st->sample_mask) + 1);
}

/**
 * srd_stats_set_sample() - say every how many requests of a CPU one is to be timed
 * @st: counters of a disk
 * @every: a power of two, or 0 for none
 *
 * Context: any.
 * Return: 0, or -EINVAL when @every is neither.
 */
int srd_stats_set_sample(struct srd_stats *st, unsigned int every)
{
	if (every && !is_power_of_2(every))
		return -EINVAL;
	/* 0 gives a mask of all ones, which no count of requests meets. */
	WRITE_ONCE(st->sample_mask, (u64)every - 1);
	return 0;
}

/**
 * srd_stats_latency() - count the time that a request took
 * @st: counters of its disk
 * @op: what it asked for
 * @start: when it began, in ns of ktime_get_ns()
 *
 * Context: any.
 */
void srd_stats_latency(struct srd_stats *st, enum srd_op op, u64 start)
{
	unsigned int bucket = fls64(ktime_get_ns() - start);

	this_cpu_inc(st->cpu->latency[op][min(bucket, SRD_LATENCY_BUCKETS - 1U)]);
}
