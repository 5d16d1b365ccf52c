// SPDX-License-Identifier: GPL-2.0
/*
 * srd - mode bio: bios are served as they come
 *
 * Without tags, requests and hardware queues between, a bio is served in place by whoever submits
 * it, and may wait for memory there. What that shortest path lacks: I/O schedulers, merging,
 * polling, and, unless queue/iostats asks for it, the counts of iostat.
 */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/mempool.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/workqueue.h>

#include "srd.h"
#include "srd_compat.h"
#include "srd_inject.h"
#include "srd_io.h"
#include "srd_stats.h"
#include "srd_trace.h"

static void srd_bio_end(struct bio *bio, int err)
{
	/* The writer is told; the log need not be, a thousand times a second. */
	if (err == -ENOSPC || err == -EAGAIN)
		bio_set_flag(bio, BIO_QUIET);
	bio->bi_status = errno_to_blk_status(err);
	bio_endio(bio);
}

static __always_inline bool srd_bio_page(struct srd_disk *d, struct bio *bio, enum srd_op op,
					 unsigned int len)
{
	bool served;

	if (unlikely(op > SRD_OP_WRITE))
		return false;
	/* A first write takes locks, which on PREEMPT_RT sleep. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT)) {
		rcu_read_lock();
		served = srd_io_page(d, bio, op, len);
		rcu_read_unlock();
		return served;
	}
	/* As good for RCU as rcu_read_lock(), and 18 instructions less; a page is soon copied. */
	rcu_read_lock_sched();
	served = srd_io_page(d, bio, op, len);
	rcu_read_unlock_sched();
	return served;
}

/* A bio that a worker serves while who submitted it waits. */
struct srd_bio_wait {
	struct work_struct	work;
	struct srd_disk		*d;
	struct bio		*bio;
	enum srd_op		op;
	int			err;	/* from the first try, then from the worker's */
};

static void srd_bio_work(struct work_struct *work)
{
	struct srd_bio_wait *wait = container_of(work, struct srd_bio_wait, work);

	wait->err = srd_io_serve_sleeping(wait->d, wait->bio, wait->op,
					  wait->bio->bi_iter.bi_size, wait->err);
}

/* Who frees memory himself gets none from the allocator but reserves: let a worker ask. */
static int srd_bio_serve_aside(struct srd_disk *d, struct bio *bio, enum srd_op op, int err)
{
	struct srd_bio_wait wait = { .d = d, .bio = bio, .op = op, .err = err };

	INIT_WORK_ONSTACK(&wait.work, srd_bio_work);
	srd_io_queue(&wait.work);
	flush_work(&wait.work);
	destroy_work_on_stack(&wait.work);
	return wait.err;
}

/*
 * In place first, which is cheaper than to keep a snapshot out while sleeping. A bio of gigabytes
 * comes here again and again, piece by piece, before its submitter gets to anything else.
 */
static noinline int srd_bio_serve_long(struct srd_disk *d, struct bio *bio, enum srd_op op,
				       unsigned int len)
{
	int err = srd_io_serve(d, bio, op, len);

	if (unlikely(bio->bi_opf & REQ_NOWAIT)) {
		if (srd_io_wanted(err))
			srd_io_give_up(d, err);
		if (err == -ENOSPC)
			srd_account_full(d->store.account, d->config.number);
		return err == -ERESTART ? -EAGAIN : err;
	}
	cond_resched();
	if (likely(!srd_io_wanted(err)))
		return err;
	if (current->flags & PF_MEMALLOC)
		return srd_bio_serve_aside(d, bio, op, err);
	return srd_io_serve_sleeping(d, bio, op, len, err);
}

static void srd_bio_traced(struct srd_disk *d, struct bio *bio, enum srd_op op, int err, u64 start)
{
	trace_srd_request_done(d->config.number, op, bio->bi_iter.bi_sector, bio->bi_iter.bi_size,
			       err, ktime_get_ns() - start);
}

/* What srd_bio_serve() does while somebody traces requests. */
static noinline int srd_bio_serve_traced(struct srd_disk *d, struct bio *bio, enum srd_op op)
{
	unsigned int len = bio->bi_iter.bi_size;
	u64 start, begun = ktime_get_ns();
	int err;

	trace_srd_request_start(d->config.number, op, bio->bi_iter.bi_sector, len);
	start = srd_stats_begin(&d->stats, op);
	err = srd_bio_serve_long(d, bio, op, len);
	srd_stats_end(&d->stats, op, len, !err, start);
	srd_bio_traced(d, bio, op, err, begun);
	return err;
}

static __always_inline int srd_bio_serve(struct srd_disk *d, struct bio *bio, enum srd_op op)
{
	unsigned int len = bio->bi_iter.bi_size;
	u64 start;
	int err = 0;

	if (static_branch_unlikely(&srd_trace_requests))
		return srd_bio_serve_traced(d, bio, op);
	start = srd_stats_begin(&d->stats, op);
	if (unlikely(!srd_bio_page(d, bio, op, len)))
		err = srd_bio_serve_long(d, bio, op, len);
	srd_stats_end(&d->stats, op, len, !err, start);
	return err;
}

static noinline void srd_bio_accounted(struct srd_disk *d, struct bio *bio, enum srd_op op)
{
	unsigned long start = bio_start_io_acct(bio);
	int err = srd_bio_serve(d, bio, op);

	bio_end_io_acct(bio, start);
	srd_bio_end(bio, err);
}

/**
 * struct srd_bio_injected - a bio of a disk that does something on purpose
 * @in: what that is
 * @bio: the bio
 * @start: from srd_stats_begin()
 * @traced: when its start was traced, in ns; 0: it was not
 * @acct: from bio_start_io_acct(), with @accounted
 * @accounted: it is counted for iostat
 */
struct srd_bio_injected {
	struct srd_injected	in;
	struct bio		*bio;
	u64			start;
	u64			traced;
	unsigned long		acct;
	bool			accounted;
};

/* Bios that can be under way whatever memory there is. */
#define SRD_BIO_INJECTED_MIN	16

static mempool_t *srd_bio_injected_pool;

static void srd_bio_injected_end(struct srd_injected *in)
{
	struct srd_bio_injected *b = container_of(in, struct srd_bio_injected, in);
	struct srd_disk *d = in->d;

	srd_stats_end(&d->stats, in->op, in->len, !in->err, b->start);
	if (b->traced)
		srd_bio_traced(d, b->bio, in->op, in->err, b->traced);
	if (b->accounted)
		bio_end_io_acct(b->bio, b->acct);
	srd_bio_end(b->bio, in->err);
	mempool_free(b, srd_bio_injected_pool);
	srd_hold_leave(&d->inject.holder);
}

static noinline void srd_bio_inject(struct srd_disk *d, struct bio *bio, enum srd_op op)
{
	struct srd_bio_injected *b;

	b = mempool_alloc(srd_bio_injected_pool,
			  bio->bi_opf & REQ_NOWAIT ? GFP_NOWAIT | __GFP_NOWARN : GFP_NOIO);
	if (!b) {
		srd_bio_end(bio, -EAGAIN);
		return;
	}
	srd_hold_enter(&d->inject.holder);
	srd_inject_prepare(&b->in, d, srd_bio_injected_end);
	b->in.bio = bio;
	b->in.op = op;
	/* It may come with a write, too. */
	b->in.preflush = bio->bi_opf & REQ_PREFLUSH && op != SRD_OP_FLUSH;
	b->in.fua = bio->bi_opf & REQ_FUA;
	b->in.len = bio->bi_iter.bi_size;
	b->bio = bio;
	b->traced = 0;
	if (static_branch_unlikely(&srd_trace_requests)) {
		b->traced = ktime_get_ns();
		trace_srd_request_start(d->config.number, op, bio->bi_iter.bi_sector, b->in.len);
	}
	b->start = srd_stats_begin(&d->stats, op);
	b->accounted = op != SRD_OP_FLUSH && blk_queue_io_stat(d->disk->queue);
	if (b->accounted)
		b->acct = bio_start_io_acct(bio);
	if (srd_inject_start(&b->in))
		srd_bio_injected_end(&b->in);
}

/**
 * srd_bio_setup() - make ready for bios
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int srd_bio_setup(void)
{
	srd_bio_injected_pool = mempool_create_kmalloc_pool(SRD_BIO_INJECTED_MIN,
							    sizeof(struct srd_bio_injected));
	return srd_bio_injected_pool ? 0 : -ENOMEM;
}

/**
 * srd_bio_cleanup() - free what srd_bio_setup() made
 *
 * All disks have been removed.
 *
 * Context: may sleep.
 */
void srd_bio_cleanup(void)
{
	mempool_destroy(srd_bio_injected_pool);
}

/*
 * What is empty, or longer than a request could be. Return the bio, or its first part, to be served
 * as @op, or NULL.
 */
static noinline struct bio *srd_bio_odd(struct bio *bio, enum srd_op *op)
{
	/* Nothing has split it; a copy of gigabytes would keep the CPU from all else. */
	if (bio->bi_iter.bi_size)
		return bio_split_to_limits(bio);
	*op = SRD_OP_FLUSH;
	return bio;
}

/**
 * srd_bio_submit() - serve a bio: the disk's block_device_operations.submit_bio
 * @bio: for a disk of mode bio; ended on return
 *
 * Context: process context, may sleep unless the bio says otherwise.
 */
void srd_bio_submit(struct bio *bio)
{
	struct srd_disk *d = bio->bi_bdev->bd_disk->private_data;
	enum srd_op op = srd_io_op(bio_op(bio));
	int err;

	/* One of no bytes, which wraps around, is a flush. */
	if (unlikely(bio->bi_iter.bi_size - 1 >= SZ_16M && op <= SRD_OP_WRITE)) {
		bio = srd_bio_odd(bio, &op);
		if (!bio)
			return;
	}
	if (srd_injects(d) && op < SRD_OP_COUNT) {
		srd_bio_inject(d, bio, op);
		return;
	}
	/*
	 * The block layer answers flushes itself where there is no cache to flush; this one comes
	 * from before the cache was switched off, and found nothing to do.
	 */
	if (unlikely(op >= SRD_OP_FLUSH)) {
		srd_bio_end(bio, op == SRD_OP_FLUSH ? 0 : -EOPNOTSUPP);
		return;
	}
	if (unlikely(blk_queue_io_stat(d->disk->queue))) {
		srd_bio_accounted(d, bio, op);
		return;
	}
	err = srd_bio_serve(d, bio, op);
	if (unlikely(err))
		srd_bio_end(bio, err);
	else
		bio_endio(bio);
}

/**
 * srd_bio_alloc_disk() - make the gendisk of a disk of mode bio
 * @d: with its configuration; gets @d->disk
 * @lim: limits of its queue
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int srd_bio_alloc_disk(struct srd_disk *d, struct queue_limits *lim)
{
	struct gendisk *disk = srd_alloc_bio_disk(lim, d->config.node);

	if (IS_ERR(disk))
		return PTR_ERR(disk);
	d->disk = disk;
	return 0;
}
