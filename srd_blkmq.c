// SPDX-License-Identifier: GPL-2.0
/*
 * srd - requests become store calls
 *
 * A request is served in place, on the CPU that submits it, and completed before queue_rq()
 * returns; a whole plug of them is completed in one batch. Only what must wait (for memory, or
 * for a range so long that others should run in between) goes to a worker.
 *
 * Requests that copy to and from the same place at the same time get what any disk would give
 * them: each byte an old or a new one.
 */
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "srd.h"
#include "srd_compat.h"
#include "srd_table.h"

/**
 * struct srd_cmd - what the driver keeps beside a request
 * @work: when a worker serves it
 * @start: from srd_stats_begin()
 */
struct srd_cmd {
	struct work_struct	work;
	u64			start;
};

/* Longest discard, in sectors: whole pages, or each would leave one cut in two behind. */
#define SRD_MAX_RANGE		(round_down(UINT_MAX, PAGE_SIZE) >> SECTOR_SHIFT)

/* A status that is none: a worker has the request. */
#define SRD_STS_TAKEN		((__force blk_status_t)U8_MAX)

/* Serves what queue_rq() could not; writeback waits for it, so it must always progress. */
static struct workqueue_struct *srd_wq;

static enum srd_op srd_op_of(const struct request *rq)
{
	switch (req_op(rq)) {
	case REQ_OP_READ:
		return SRD_OP_READ;
	case REQ_OP_WRITE:
		return SRD_OP_WRITE;
	case REQ_OP_DISCARD:
		return SRD_OP_DISCARD;
	case REQ_OP_WRITE_ZEROES:
		return SRD_OP_WRITE_ZEROES;
	case REQ_OP_SECURE_ERASE:
		return SRD_OP_SECURE_ERASE;
	case REQ_OP_FLUSH:
		return SRD_OP_FLUSH;
	default:
		return SRD_OP_COUNT;
	}
}

/*
 * Copy within one page. Whole pages have a copy of their own on most machines. A sector is of a
 * length that the compiler knows and copies in line: 140 instructions less than a call of
 * memcpy() on a CPU without fast string moves.
 */
static __always_inline void srd_copy(void *dst, const void *src, size_t len)
{
	if (len == PAGE_SIZE && PAGE_ALIGNED(dst) && PAGE_ALIGNED(src))
		copy_page(dst, (void *)src);
	else if (len == SECTOR_SIZE)
		memcpy(dst, src, SECTOR_SIZE);
	else
		memcpy(dst, src, len);
}

/* How much of a range lies in the page that it begins in. */
static __always_inline size_t srd_step(u64 pos, u64 len)
{
	return min_t(u64, len, PAGE_SIZE - offset_in_page(pos));
}

/* Copy from the disk's memory; in an RCU read-side section. */
static __always_inline void srd_copy_out(struct srd_store *s, u64 pos, void *dst, size_t len)
{
	while (len) {
		size_t n = srd_step(pos, len);
		void *page = srd_table_lookup(s, pos >> PAGE_SHIFT);

		if (likely(page))
			srd_copy(dst, page + offset_in_page(pos), n);
		else
			memset(dst, 0, n);
		dst += n;
		pos += n;
		len -= n;
	}
}

/*
 * Copy into the disk's memory; in an RCU read-side section. With @may_sleep it is the only one, in
 * process context: it is left while memory is waited for. After an error, that of
 * srd_store_populate(), a part may have been written.
 */
static __always_inline int srd_copy_in(struct srd_store *s, u64 pos, const void *src, size_t len,
				       bool may_sleep)
{
	int err;

	while (len) {
		size_t n = srd_step(pos, len);
		void *page = srd_table_lookup(s, pos >> PAGE_SHIFT);

		if (unlikely(!page)) {
			if (may_sleep) {
				rcu_read_unlock();
				err = srd_store_populate(s, pos >> PAGE_SHIFT, true);
				rcu_read_lock();
			} else {
				err = srd_store_populate(s, pos >> PAGE_SHIFT, false);
			}
			if (err)
				return err;
			continue;
		}
		srd_copy(page + offset_in_page(pos), src, n);
		src += n;
		pos += n;
		len -= n;
	}
	return 0;
}

static int srd_read(struct srd_store *s, struct request *rq)
{
	u64 pos = blk_rq_pos(rq) << SECTOR_SHIFT;
	struct req_iterator iter;
	struct bio_vec bv;

	rcu_read_lock();
	srd_rq_for_each_vec(bv, rq, iter) {
		srd_copy_out(s, pos, bvec_virt(&bv), bv.bv_len);
		flush_dcache_page(bv.bv_page);
		pos += bv.bv_len;
	}
	rcu_read_unlock();
	return 0;
}

static int srd_write(struct srd_store *s, struct request *rq, bool may_sleep)
{
	u64 pos = blk_rq_pos(rq) << SECTOR_SHIFT;
	struct req_iterator iter;
	struct bio_vec bv;
	int err = 0;

	rcu_read_lock();
	srd_rq_for_each_vec(bv, rq, iter) {
		flush_dcache_page(bv.bv_page);
		err = srd_copy_in(s, pos, bvec_virt(&bv), bv.bv_len, may_sleep);
		if (unlikely(err))
			break;
		pos += bv.bv_len;
	}
	rcu_read_unlock();
	return err;
}

/* Serve a request whole. -EAGAIN: only a caller that may sleep can. */
static int srd_serve(struct srd_disk *d, struct request *rq, enum srd_op op, bool may_sleep)
{
	u64 pos = blk_rq_pos(rq) << SECTOR_SHIFT;
	struct srd_store *s = &d->store;
	u64 len = blk_rq_bytes(rq);

	/* Memory has no cache that could be lost before it; and a flush has no position. */
	if (op == SRD_OP_FLUSH)
		return 0;
	/* Partitions and resizes: what was checked when the bio came need not hold any more. */
	if (unlikely(pos + len > READ_ONCE(s->capacity)))
		return -EIO;
	/*
	 * The block layer only warns of a driver on top that does not care. srd_serve_page() need
	 * not look: there is no page on a disk that has never been written.
	 */
	if (unlikely(d->config.read_only && op != SRD_OP_READ))
		return -EIO;

	switch (op) {
	case SRD_OP_READ:
		return srd_read(s, rq);
	case SRD_OP_WRITE:
		return srd_write(s, rq, may_sleep);
	case SRD_OP_DISCARD:
		return srd_store_discard(s, pos, len, may_sleep);
	case SRD_OP_WRITE_ZEROES:
		return srd_store_zero(s, pos, len, rq->cmd_flags & REQ_NOUNMAP ?
				      SRD_ZERO_KEEP : SRD_ZERO_FREE, may_sleep);
	case SRD_OP_SECURE_ERASE:
		return srd_store_zero(s, pos, len, SRD_ZERO_WIPE, may_sleep);
	default:
		return -EOPNOTSUPP;
	}
}

static blk_status_t srd_status(struct request *rq, int err)
{
	switch (err) {
	case 0:
		return BLK_STS_OK;
	case -ENOSPC:
		/* The writer is told; the log need not be, a thousand times a second. */
		rq->rq_flags |= RQF_QUIET;
		return BLK_STS_NOSPC;
	case -EAGAIN:
		rq->rq_flags |= RQF_QUIET;
		return BLK_STS_AGAIN;
	default:
		return BLK_STS_IOERR;
	}
}

static void srd_work(struct work_struct *work)
{
	struct srd_cmd *cmd = container_of(work, struct srd_cmd, work);
	struct request *rq = blk_mq_rq_from_pdu(cmd);
	struct srd_disk *d = rq->q->queuedata;
	enum srd_op op = srd_op_of(rq);
	int err;

	err = srd_serve(d, rq, op, true);
	srd_stats_end(&d->stats, op, blk_rq_bytes(rq), !err, cmd->start);
	blk_mq_end_request(rq, srd_status(rq, err));
}

/* The flag of a request is that of its first bio, and others may have been merged with it. */
static bool srd_nowait(struct request *rq)
{
	struct bio *bio;

	__rq_for_each_bio(bio, rq)
		if (!(bio->bi_opf & REQ_NOWAIT))
			return false;
	return true;
}

/* What srd_start() does for requests that are not small reads or overwrites. */
static noinline blk_status_t srd_start_long(struct srd_disk *d, struct request *rq,
					    enum srd_op op, u64 start)
{
	struct srd_cmd *cmd;
	int err;

	err = srd_serve(d, rq, op, false);
	/* ENOSPC deserves a second look: another CPU may just be inserting the very same page. */
	if (unlikely((err == -EAGAIN || err == -ENOSPC) && !srd_nowait(rq))) {
		cmd = blk_mq_rq_to_pdu(rq);
		cmd->start = start;
		INIT_WORK(&cmd->work, srd_work);
		queue_work(srd_wq, &cmd->work);
		return SRD_STS_TAKEN;
	}
	srd_stats_end(&d->stats, op, blk_rq_bytes(rq), !err, start);
	return srd_status(rq, err);
}

/*
 * Serve a read or write of one piece within one page that exists: nearly all small requests.
 * Others go the long way, which knows all cases. Needs no RCU section of its own: blk-mq
 * dispatches inside one unless BLK_MQ_F_BLOCKING is set.
 */
static __always_inline bool srd_serve_page(struct srd_store *s, struct request *rq, enum srd_op op)
{
	u64 pos = blk_rq_pos(rq) << SECTOR_SHIFT;
	size_t len = blk_rq_bytes(rq);
	struct bio_vec bv;
	void *page;

	if (unlikely(op > SRD_OP_WRITE))
		return false;
	if (unlikely(len > PAGE_SIZE - offset_in_page(pos) || pos + len > READ_ONCE(s->capacity)))
		return false;
	bv = req_bvec(rq);
	if (unlikely(bv.bv_len != len))
		return false;
	/* One page to flush, where that has to be done at all. */
	if (ARCH_IMPLEMENTS_FLUSH_DCACHE_PAGE && bv.bv_offset + len > PAGE_SIZE)
		return false;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "dispatch outside of RCU");
	page = srd_table_lookup(s, pos >> PAGE_SHIFT);
	if (unlikely(!page))
		return false;
	if (op == SRD_OP_WRITE) {
		flush_dcache_page(bv.bv_page);
		srd_copy(page + offset_in_page(pos), bvec_virt(&bv), len);
	} else {
		srd_copy(bvec_virt(&bv), page + offset_in_page(pos), len);
		flush_dcache_page(bv.bv_page);
	}
	return true;
}

/* Serve a request, here or, with SRD_STS_TAKEN, by a worker that also ends it. */
static __always_inline blk_status_t srd_start(struct srd_disk *d, struct request *rq)
{
	enum srd_op op = srd_op_of(rq);
	u64 start;

	blk_mq_start_request(rq);
	if (unlikely(op == SRD_OP_COUNT))
		return BLK_STS_NOTSUPP;
	start = srd_stats_begin(&d->stats, op);
	if (unlikely(!srd_serve_page(&d->store, rq, op)))
		return srd_start_long(d, rq, op, start);
	srd_stats_end(&d->stats, op, blk_rq_bytes(rq), true, start);
	return BLK_STS_OK;
}

static blk_status_t srd_queue_rq(struct blk_mq_hw_ctx *hctx, const struct blk_mq_queue_data *bd)
{
	blk_status_t status = srd_start(hctx->queue->queuedata, bd->rq);

	if (likely(status != SRD_STS_TAKEN))
		blk_mq_end_request(bd->rq, status);
	return BLK_STS_OK;
}

static void srd_queue_rqs(SRD_RQ_LIST *list)
{
	/*
	 * The list may be the plug's own, and completing a request may submit more into that
	 * plug: take all of it before the first completion.
	 */
	SRD_RQ_LIST rqs = srd_rq_list_take(list);
	DEFINE_IO_COMP_BATCH(iob);
	blk_status_t status;
	struct request *rq;

	while ((rq = srd_rq_list_pop(&rqs))) {
		status = srd_start(rq->q->queuedata, rq);
		if (unlikely(status == SRD_STS_TAKEN))
			continue;
		/* A failed request is never batched. */
		if (unlikely(status) ||
		    !blk_mq_add_to_batch(rq, &iob, false, blk_mq_end_request_batch))
			blk_mq_end_request(rq, status);
	}
	if (iob.complete)
		iob.complete(&iob);
}

/* Nothing gets lost here: a request that takes long waits for memory or frees a lot of it. */
static enum blk_eh_timer_return srd_timeout(struct request *rq)
{
	return BLK_EH_RESET_TIMER;
}

static const struct blk_mq_ops srd_mq_ops = {
	.queue_rq	= srd_queue_rq,
	.queue_rqs	= srd_queue_rqs,
	.timeout	= srd_timeout,
};

/**
 * srd_blkmq_alloc_disk() - make the gendisk and the tag set of a disk
 * @d: with its configuration; gets @d->disk and @d->tag_set
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int srd_blkmq_alloc_disk(struct srd_disk *d)
{
	const struct srd_config *cfg = &d->config;
	struct queue_limits lim = {
		.logical_block_size		= cfg->block_size,
		/* Smaller writes share a page; file systems should know what fits best. */
		.physical_block_size		= PAGE_SIZE,
		.io_min				= PAGE_SIZE,
		/* No DMA, no boundaries; 16 MiB at once, so that a request never takes long. */
		.max_hw_sectors			= SZ_16M >> SECTOR_SHIFT,
		.max_segments			= USHRT_MAX,
		.max_segment_size		= UINT_MAX,
		.max_hw_discard_sectors		= SRD_MAX_RANGE,
		.max_write_zeroes_sectors	= SRD_MAX_RANGE,
		.max_secure_erase_sectors	= SRD_MAX_RANGE,
		.discard_granularity		= PAGE_SIZE,
		.max_discard_segments		= 1,
	};
	struct gendisk *disk;
	int err;

	d->tag_set.ops		= &srd_mq_ops;
	d->tag_set.nr_hw_queues	= cfg->queues;
	d->tag_set.queue_depth	= cfg->queue_depth;
	d->tag_set.numa_node	= cfg->node;
	d->tag_set.cmd_size	= sizeof(struct srd_cmd);
	d->tag_set.flags	= SRD_BLK_MQ_FLAGS;
	err = blk_mq_alloc_tag_set(&d->tag_set);
	if (err)
		return err;

	disk = srd_alloc_disk(&d->tag_set, &lim, d);
	if (IS_ERR(disk)) {
		blk_mq_free_tag_set(&d->tag_set);
		return PTR_ERR(disk);
	}
	srd_disable_wbt(disk->queue);
	/* On little memory the kernel gives less than was asked for. */
	d->config.queues = d->tag_set.nr_hw_queues;
	d->config.queue_depth = d->tag_set.queue_depth;
	d->disk = disk;
	disk->private_data = d;
	return 0;
}

/**
 * srd_blkmq_free_tags() - free the tag set of a disk that gets no requests any more
 * @d: after del_gendisk(), or after put_disk() of a disk that was never added
 *
 * Context: may sleep.
 */
void srd_blkmq_free_tags(struct srd_disk *d)
{
	blk_mq_free_tag_set(&d->tag_set);
}

/**
 * srd_blkmq_setup() - start the workers for requests that must wait
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int srd_blkmq_setup(void)
{
	srd_wq = alloc_workqueue("srd", WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
	return srd_wq ? 0 : -ENOMEM;
}

/**
 * srd_blkmq_cleanup() - stop the workers
 *
 * All disks have been removed.
 *
 * Context: may sleep.
 */
void srd_blkmq_cleanup(void)
{
	destroy_workqueue(srd_wq);
}
