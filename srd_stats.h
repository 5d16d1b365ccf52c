/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srd - how a request is counted, in line
 */
#ifndef SRD_STATS_H
#define SRD_STATS_H

#include <linux/compiler.h>
#include <linux/ktime.h>
#include <linux/percpu.h>

#include "srd.h"

/**
 * srd_stats_begin() - count a request that begins
 * @st: counters of its disk
 * @op: what it asks for
 *
 * Context: any; writes only the running CPU's cache lines.
 * Return: the time in ns when this request is to be timed, else 0.
 */
static inline u64 srd_stats_begin(struct srd_stats *st, enum srd_op op)
{
	u64 nr = this_cpu_inc_return(st->cpu->ios[op]);

	return unlikely(!(nr & READ_ONCE(st->sample_mask))) ? ktime_get_ns() : 0;
}

/**
 * srd_stats_end() - count what became of a request
 * @st: counters of its disk
 * @op: what it asked for
 * @bytes: how many bytes it covered
 * @ok: whether it succeeded
 * @start: what srd_stats_begin() returned
 *
 * Context: any.
 */
static inline void srd_stats_end(struct srd_stats *st, enum srd_op op, unsigned int bytes,
				 bool ok, u64 start)
{
	if (likely(ok))
		this_cpu_add(st->cpu->bytes[op], bytes);
	else
		this_cpu_inc(st->cpu->errors[op]);
	if (unlikely(start))
		srd_stats_latency(st, op, start);
}

#endif /* SRD_STATS_H */
