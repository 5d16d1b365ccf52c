// SPDX-License-Identifier: GPL-2.0
/*
 * srd - /proc/srd: a header, a line for each disk, and the totals
 *
 * Nothing is locked between lines. A line shows a disk that existed when it was written; disks
 * come in the order of their numbers, each at most once.
 */
#include <linux/kernel.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "srd.h"

/* Position 0 is the header, N + 1 is srdN, this is the totals. */
#define SRD_PROC_TOTALS_POS	((loff_t)BIT_ULL(32))

/* Stands for the totals where a line's disk would. */
static char srd_proc_totals;

static void *srd_proc_at(loff_t *pos)
{
	struct srd_disk *d;

	if (!*pos)
		return SEQ_START_TOKEN;
	if (*pos > SRD_PROC_TOTALS_POS)
		return NULL;
	if (*pos < SRD_PROC_TOTALS_POS) {
		d = srd_disk_next((unsigned int)(*pos - 1));
		if (d) {
			*pos = d->config.number + 1LL;
			return d;
		}
		*pos = SRD_PROC_TOTALS_POS;
	}
	return &srd_proc_totals;
}

static bool srd_proc_is_disk(void *v)
{
	return v && v != SEQ_START_TOKEN && v != &srd_proc_totals;
}

static void *srd_proc_start(struct seq_file *m, loff_t *pos)
{
	return srd_proc_at(pos);
}

static void srd_proc_stop(struct seq_file *m, void *v)
{
	if (srd_proc_is_disk(v))
		srd_disk_put(v);
}

static void *srd_proc_next(struct seq_file *m, void *v, loff_t *pos)
{
	srd_proc_stop(m, v);
	++*pos;
	return srd_proc_at(pos);
}

static void srd_proc_disk(struct seq_file *m, struct srd_disk *d)
{
	struct srd_stats *st = &d->stats;
	u64 errors = 0;
	int op;

	for (op = 0; op < SRD_OP_COUNT; op++)
		errors += srd_stats_value(st, offsetof(struct srd_cpu_stats, errors[op]));
	seq_printf(m, "%-8s %16llu %16llu %16llu %5u %6u %7u %12llu %16llu %12llu %16llu %8llu\n",
		   d->disk->disk_name, READ_ONCE(d->store.capacity),
		   srd_store_used(&d->store, NULL), srd_account_limit(d->store.account),
		   d->config.block_size, d->config.queues,
		   disk_openers(d->disk),
		   srd_stats_value(st, offsetof(struct srd_cpu_stats, ios[SRD_OP_READ])),
		   srd_stats_value(st, offsetof(struct srd_cpu_stats, bytes[SRD_OP_READ])),
		   srd_stats_value(st, offsetof(struct srd_cpu_stats, ios[SRD_OP_WRITE])),
		   srd_stats_value(st, offsetof(struct srd_cpu_stats, bytes[SRD_OP_WRITE])),
		   errors);
}

static int srd_proc_show(struct seq_file *m, void *v)
{
	struct srd_memory mem;

	if (v == SEQ_START_TOKEN) {
		seq_printf(m, "%-8s %16s %16s %16s %5s %6s %7s %12s %16s %12s %16s %8s\n",
			   "name", "capacity", "used", "limit", "block", "queues", "openers",
			   "reads", "read_bytes", "writes", "written_bytes", "errors");
	} else if (srd_proc_is_disk(v)) {
		srd_proc_disk(m, v);
	} else {
		srd_memory_info(&mem);
		seq_printf(m, "total disks=%u used=%llu pending=%llu mem_limit=%llu mem_reserve=%llu\n",
			   srd_disk_count(), mem.used, mem.pending, mem.limit, mem.reserve);
	}
	return 0;
}

static const struct seq_operations srd_proc_ops = {
	.start	= srd_proc_start,
	.next	= srd_proc_next,
	.stop	= srd_proc_stop,
	.show	= srd_proc_show,
};

/**
 * srd_proc_setup() - make /proc/srd
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int srd_proc_setup(void)
{
	return proc_create_seq("srd", 0444, NULL, &srd_proc_ops) ? 0 : -ENOMEM;
}

/**
 * srd_proc_cleanup() - take /proc/srd away, once nobody is reading it
 *
 * Context: may sleep.
 */
void srd_proc_cleanup(void)
{
	remove_proc_entry("srd", NULL);
}
