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
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/workqueue.h>

#include "srd.h"
#include "srd_compat.h"
#include "srd_io.h"
#include "srd_stats.h"

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
		return err == -ERESTART ? -EAGAIN : err;
	}
	cond_resched();
	if (likely(!srd_io_wanted(err)))
		return err;
	if (current->flags & PF_MEMALLOC)
		return srd_bio_serve_aside(d, bio, op, err);
	return srd_io_serve_sleeping(d, bio, op, len, err);
}

static __always_inline int srd_bio_serve(struct srd_disk *d, struct bio *bio, enum srd_op op)
{
	unsigned int len = bio->bi_iter.bi_size;
	u64 start = srd_stats_begin(&d->stats, op);
	int err = 0;

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

	/* Nothing has split it; a copy of gigabytes would keep the CPU from all else. */
	if (unlikely(bio->bi_iter.bi_size > SZ_16M && op <= SRD_OP_WRITE)) {
		bio = bio_split_to_limits(bio);
		if (!bio)
			return;
	}
	/* The block layer answers flushes itself, as there is no cache to flush. */
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
