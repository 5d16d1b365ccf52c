// SPDX-License-Identifier: GPL-2.0
/*
 * srd - how long requests take, on purpose
 *
 * Says when a request is due; who holds it until then is srd_hold.c.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "srd.h"
#include "srd_random.h"

/* With less, the longest request would be due after what a clock can count. */
#define SRD_BANDWIDTH_MIN	1024

static bool srd_latency_ok(const struct srd_latency *l)
{
	unsigned int used = 0, i;
	u64 weights = 0;

	switch (l->kind) {
	case SRD_LATENCY_NONE:
		break;
	case SRD_LATENCY_POINTS:
		if (!l->count || l->count > SRD_LATENCY_POINTS_MAX)
			return false;
		used = l->count;
		break;
	case SRD_LATENCY_UNIFORM:
		if (l->ns[0] > l->ns[1])
			return false;
		used = 2;
		break;
	case SRD_LATENCY_SEEK:
		if (l->ns[0] > l->ns[1])
			return false;
		used = 3;
		break;
	default:
		return false;
	}
	if (l->kind != SRD_LATENCY_POINTS && l->count)
		return false;
	for (i = 0; i < SRD_LATENCY_POINTS_MAX; i++) {
		if (l->ns[i] > (i < used ? SRD_TIME_MAX : 0))
			return false;
		if (l->weight[i] && (l->kind != SRD_LATENCY_POINTS || i >= used))
			return false;
		weights += l->weight[i];
	}
	return l->kind != SRD_LATENCY_POINTS || weights;
}

/**
 * srd_timing_check() - whether a disk's requests can take such times
 * @m: the times
 *
 * Context: any.
 * Return: 0 or -EINVAL.
 */
int srd_timing_check(const struct srd_ioc_timing *m)
{
	unsigned int op;

	if (m->cpu < -1 || (m->cpu >= 0 && (m->cpu >= nr_cpu_ids || !cpu_online(m->cpu))))
		return -EINVAL;
	if (m->bandwidth && m->bandwidth < SRD_BANDWIDTH_MIN)
		return -EINVAL;
	for (op = 0; op < SRD_OP_COUNT; op++)
		if (!srd_latency_ok(&m->op[op]))
			return -EINVAL;
	return memchr_inv(&m->op[SRD_OP_COUNT], 0, sizeof(*m) -
			  offsetof(struct srd_ioc_timing, op[SRD_OP_COUNT])) ? -EINVAL : 0;
}

/**
 * srd_timing_any() - whether such times are any at all
 * @m: valid times
 *
 * Context: any.
 * Return: whether a request takes longer by them, or is answered elsewhere.
 */
bool srd_timing_any(const struct srd_ioc_timing *m)
{
	unsigned int op;

	for (op = 0; op < SRD_OP_COUNT; op++)
		if (m->op[op].kind != SRD_LATENCY_NONE)
			return true;
	return m->bandwidth;
}

/**
 * srd_timing_init() - let requests take the time that they take
 * @t: to be filled
 *
 * Context: any.
 */
void srd_timing_init(struct srd_timing *t)
{
	spin_lock_init(&t->lock);
}

/**
 * srd_timing_destroy() - free the times of a disk that nobody uses any more
 * @t: of the disk
 *
 * Context: any.
 */
void srd_timing_destroy(struct srd_timing *t)
{
	kfree(t->model);
}

/**
 * srd_timing_set() - give a disk other times
 * @t: of the disk, which gets no requests meanwhile
 * @model: the times, allocated by kmalloc(), or NULL
 *
 * Context: any.
 */
void srd_timing_set(struct srd_timing *t, struct srd_ioc_timing *model)
{
	kfree(t->model);
	t->model = model;
	atomic64_set(&t->drawn, 0);
	atomic64_set(&t->busy, 0);
	t->arm_busy = 0;
	t->arm = 0;
}

static u64 srd_timing_point(const struct srd_latency *l, u64 seed, u64 choice)
{
	u64 sum = 0, at;
	unsigned int i;

	for (i = 0; i < l->count; i++)
		sum += l->weight[i];
	at = srd_random_below(seed, choice, sum);
	for (i = 0; i < l->count - 1 && at >= l->weight[i]; i++)
		at -= l->weight[i];
	return l->ns[i];
}

/*
 * The arm: to the first track it takes ns[0], over all ns[1], in between by the square root of the
 * way, as an arm that is accelerated one half of the way and slowed down the other. Then the
 * platter has to turn, by chance, up to ns[2]. Without a gap there is nothing to wait for.
 * C. Ruemmler, J. Wilkes, "An introduction to disk drive modeling", IEEE Computer 27(3), 1994.
 */
static u64 srd_timing_arm(struct srd_timing *t, const struct srd_latency *l, u64 pos, u64 len,
			  u64 capacity, u64 now)
{
	u64 seed = t->model->seed, choice = atomic64_inc_return(&t->drawn);
	unsigned long flags;
	u64 way, due;

	spin_lock_irqsave(&t->lock, flags);
	due = max(now, t->arm_busy);
	/* It may be behind the end: the disk was larger. */
	way = min(pos > t->arm ? pos - t->arm : t->arm - pos, capacity);
	if (way) {
		/* 2^32 for all of the disk, 2^16 for its root. */
		u64 share = mul_u64_u64_div_u64(way, BIT_ULL(32), capacity);

		due += l->ns[0] + mul_u64_u64_shr(l->ns[1] - l->ns[0], int_sqrt64(share), 16);
		if (l->ns[2])
			due += srd_random_below(seed, choice, l->ns[2]);
	}
	t->arm_busy = due;
	t->arm = pos + len;
	spin_unlock_irqrestore(&t->lock, flags);
	return due;
}

/* When the bytes are through, which follow those that came before. */
static u64 srd_timing_through(struct srd_timing *t, u64 len, u64 now)
{
	u64 takes = mul_u64_u64_div_u64(len, NSEC_PER_SEC, t->model->bandwidth);
	s64 busy = atomic64_read(&t->busy);
	u64 due;

	do
		due = max_t(u64, now, busy) + takes;
	while (!atomic64_try_cmpxchg(&t->busy, &busy, due));
	return due;
}

/**
 * srd_timing_due() - when a request is to be answered
 * @t: of its disk
 * @op: what it asks for
 * @pos: where, in bytes
 * @len: bytes
 * @capacity: of the disk
 * @now: ns of CLOCK_MONOTONIC
 *
 * Context: any, while the disk gets requests.
 * Return: ns of CLOCK_MONOTONIC, @now at the earliest.
 */
u64 srd_timing_due(struct srd_timing *t, enum srd_op op, u64 pos, u64 len, u64 capacity, u64 now)
{
	const struct srd_latency *l = &t->model->op[op];
	u64 seed = t->model->seed, due = now;

	switch (l->kind) {
	case SRD_LATENCY_POINTS:
		due += srd_timing_point(l, seed, atomic64_inc_return(&t->drawn));
		break;
	case SRD_LATENCY_UNIFORM:
		due += l->ns[0] + srd_random_below(seed, atomic64_inc_return(&t->drawn),
						   l->ns[1] - l->ns[0] + 1);
		break;
	case SRD_LATENCY_SEEK:
		due = srd_timing_arm(t, l, pos, len, capacity, now);
		break;
	}
	if (t->model->bandwidth && op <= SRD_OP_WRITE)
		due = max(due, srd_timing_through(t, len, now));
	return due;
}

/**
 * srd_timing_cpu() - where requests are to be answered
 * @t: of a disk that gets requests
 *
 * Context: any.
 * Return: a CPU, or -1 for the one that they came from.
 */
int srd_timing_cpu(const struct srd_timing *t)
{
	return t->model ? t->model->cpu : -1;
}
