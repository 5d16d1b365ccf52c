// SPDX-License-Identifier: GPL-2.0
/*
 * srd - mode mq: requests of blk-mq become store calls
 *
 * A request is served in place, on the CPU that submits it, and completed before queue_rq()
 * returns; a whole plug of them is completed in one batch. Only what must wait (for memory, or
 * for a range so long that others should run in between) goes to a worker.
 *
 * A disk may have queues for polled I/O beside those. What comes there is served in place, too,
 * but completed when its submitter asks for it. Such a disk has other operations than one
 * without, which need not ask.
 */
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/llist.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "srd.h"
#include "srd_compat.h"
#include "srd_inject.h"
#include "srd_io.h"
#include "srd_stats.h"
#include "srd_trace.h"

/**
 * struct srd_cmd - what the driver keeps beside a request
 * @work: when a worker serves it
 * @start: from srd_stats_begin(), for the worker
 * @traced: when its start was traced, in ns, for the worker; 0: it was not
 * @err: from srd_io_serve(), for the worker
 * @done: in the list of a queue for polled I/O
 * @status: what became of it, for who polls
 * @in: when the disk does something on purpose
 */
struct srd_cmd {
	struct work_struct	work;
	u64			start;
	u64			traced;
	int			err;
	struct llist_node	done;
	blk_status_t		status;
	struct srd_injected	in;
};

/**
 * struct srd_poll_queue - a hardware queue for polled I/O
 * @done: requests that have been served, to be completed by who polls; the newest first
 */
struct srd_poll_queue {
	struct llist_head	done;
} ____cacheline_aligned_in_smp;

/* A status that is none: a worker has the request. */
#define SRD_STS_TAKEN		((__force blk_status_t)U8_MAX)

static blk_status_t srd_status(struct request *rq, int err)
{
	/* The writer is told; the log need not be, a thousand times a second. */
	if (err == -ENOSPC)
		rq->rq_flags |= RQF_QUIET;
	return errno_to_blk_status(err);
}

static void srd_traced(struct srd_disk *d, struct request *rq, enum srd_op op, int err, u64 start)
{
	trace_srd_request_done(d->config.number, op, blk_rq_pos(rq), blk_rq_bytes(rq), err,
			       ktime_get_ns() - start);
}

static void srd_work(struct work_struct *work)
{
	struct srd_cmd *cmd = container_of(work, struct srd_cmd, work);
	struct request *rq = blk_mq_rq_from_pdu(cmd);
	struct srd_disk *d = rq->q->queuedata;
	enum srd_op op = srd_io_op(req_op(rq));
	unsigned int len = blk_rq_bytes(rq);
	int err;

	err = srd_io_serve_sleeping(d, rq->bio, op, len, cmd->err);
	srd_stats_end(&d->stats, op, len, !err, cmd->start);
	if (cmd->traced)
		srd_traced(d, rq, op, err, cmd->traced);
	blk_mq_end_request(rq, srd_status(rq, err));
}

/* What srd_start() does for requests that are not small reads or overwrites, and are counted. */
static noinline blk_status_t srd_start_long(struct srd_disk *d, struct request *rq,
					    enum srd_op op, u64 start, u64 traced)
{
	struct srd_cmd *cmd;
	int err = 0;

	/* A flush need not have a bio; and memory has no cache that could be lost. */
	if (op != SRD_OP_FLUSH)
		err = srd_io_serve(d, rq->bio, op, blk_rq_bytes(rq));
	/*
	 * EAGAIN is never the answer, not to REQ_NOWAIT: it would come when the plug is flushed or
	 * polled, where io_uring does not expect it any more. The submitter does not sleep anyhow.
	 */
	if (unlikely(srd_io_wanted(err))) {
		cmd = blk_mq_rq_to_pdu(rq);
		cmd->start = start;
		cmd->traced = traced;
		cmd->err = err;
		INIT_WORK(&cmd->work, srd_work);
		srd_io_queue(&cmd->work);
		return SRD_STS_TAKEN;
	}
	srd_stats_end(&d->stats, op, blk_rq_bytes(rq), !err, start);
	return srd_status(rq, err);
}

/* What srd_start() does for a disk that does something on purpose. */
static noinline blk_status_t srd_start_injected(struct srd_disk *d, struct request *rq,
						enum srd_op op, u64 start, u64 traced)
{
	struct srd_cmd *cmd = blk_mq_rq_to_pdu(rq);
	struct srd_injected *in = &cmd->in;

	cmd->start = start;
	cmd->traced = traced;
	in->bio = rq->bio;
	in->op = op;
	in->preflush = false;
	in->fua = rq->cmd_flags & REQ_FUA;
	in->len = op == SRD_OP_FLUSH ? 0 : blk_rq_bytes(rq);
	if (!srd_inject_start(in))
		return SRD_STS_TAKEN;
	srd_stats_end(&d->stats, op, in->len, !in->err, start);
	return srd_status(rq, in->err);
}

static noinline blk_status_t srd_start_rare(struct srd_disk *d, struct request *rq,
					    enum srd_op op, u64 traced)
{
	u64 start;

	if (op == SRD_OP_COUNT)
		return BLK_STS_NOTSUPP;
	start = srd_stats_begin(&d->stats, op);
	return srd_injects(d) ? srd_start_injected(d, rq, op, start, traced) :
				srd_start_long(d, rq, op, start, traced);
}

/* What srd_start() does while somebody traces requests. */
static noinline blk_status_t srd_start_traced(struct srd_disk *d, struct request *rq,
					      enum srd_op op)
{
	u64 start = ktime_get_ns();
	blk_status_t status;

	trace_srd_request_start(d->config.number, op, blk_rq_pos(rq), blk_rq_bytes(rq));
	status = srd_start_rare(d, rq, op, start);
	if (status != SRD_STS_TAKEN)
		srd_traced(d, rq, op, blk_status_to_errno(status), start);
	return status;
}

/*
 * Serve a request, here or, with SRD_STS_TAKEN, by a worker that also ends it. Needs no RCU
 * section of its own: blk-mq dispatches inside one unless BLK_MQ_F_BLOCKING is set.
 */
static __always_inline blk_status_t srd_start(struct request *rq)
{
	struct srd_disk *d = rq->q->queuedata;
	enum srd_op op = srd_io_op(req_op(rq));
	unsigned int len = blk_rq_bytes(rq);
	u64 start;

	blk_mq_start_request(rq);
	if (static_branch_unlikely(&srd_trace_requests))
		return srd_start_traced(d, rq, op);
	if (unlikely(op > SRD_OP_WRITE))
		return srd_start_rare(d, rq, op, 0);
	start = srd_stats_begin(&d->stats, op);
	if (srd_injects(d))
		return srd_start_injected(d, rq, op, start, 0);
	if (unlikely(!srd_io_page(d, rq->bio, op, len)))
		return srd_start_long(d, rq, op, start, 0);
	srd_stats_end(&d->stats, op, len, true, start);
	return BLK_STS_OK;
}

/*
 * Whether all who wait for a request poll: others may have been merged with it. For a flush of the
 * block layer's own nobody does.
 */
static bool srd_all_poll(struct request *rq)
{
	struct bio *bio;

	__rq_for_each_bio(bio, rq)
		if (!(bio->bi_opf & REQ_POLLED))
			return false;
	return rq->bio;
}

/* Keep a request that has been served for who polls; false: it is to be ended now. */
static bool srd_poll_keep(struct request *rq, blk_status_t status)
{
	struct srd_poll_queue *pq = rq->mq_hctx->driver_data;
	struct srd_disk *d = rq->q->queuedata;
	struct srd_cmd *cmd = blk_mq_rq_to_pdu(rq);

	if (!pq || READ_ONCE(d->poll_stopped) || !srd_all_poll(rq))
		return false;
	cmd->status = status;
	llist_add(&cmd->done, &pq->done);
	return true;
}

/* A request that srd_start_injected() has not ended. */
static void srd_injected_rq_end(struct srd_injected *in)
{
	struct srd_cmd *cmd = container_of(in, struct srd_cmd, in);
	struct request *rq = blk_mq_rq_from_pdu(cmd);
	blk_status_t status = srd_status(rq, in->err);
	bool kept;

	srd_stats_end(&in->d->stats, in->op, in->len, !in->err, cmd->start);
	if (cmd->traced)
		srd_traced(in->d, rq, in->op, in->err, cmd->traced);
	/* As where blk-mq dispatches: srd_blkmq_poll_stop() waits for it. */
	rcu_read_lock();
	kept = srd_poll_keep(rq, status);
	rcu_read_unlock();
	if (!kept)
		blk_mq_end_request(rq, status);
}

/* Serve a request; false: it is to be ended now, with @status. */
static __always_inline bool srd_dispatch(struct request *rq, blk_status_t *status, bool polled)
{
	*status = srd_start(rq);
	return unlikely(*status == SRD_STS_TAKEN) || (polled && srd_poll_keep(rq, *status));
}

/* Complete with others, at once where that cannot be: a failed request is never batched. */
static __always_inline void srd_end(struct request *rq, blk_status_t status,
				    struct io_comp_batch *iob)
{
	if (unlikely(status) || !blk_mq_add_to_batch(rq, iob, false, blk_mq_end_request_batch))
		blk_mq_end_request(rq, status);
}

static __always_inline blk_status_t srd_dispatch_one(struct request *rq, bool polled)
{
	blk_status_t status;

	if (!srd_dispatch(rq, &status, polled))
		blk_mq_end_request(rq, status);
	return BLK_STS_OK;
}

static __always_inline void srd_dispatch_list(SRD_RQ_LIST *list, bool polled)
{
	/*
	 * The list may be the plug's own, and completing a request may submit more into that
	 * plug: take all of it before the first completion.
	 */
	SRD_RQ_LIST rqs = srd_rq_list_take(list);
	DEFINE_IO_COMP_BATCH(iob);
	blk_status_t status;
	struct request *rq;

	while ((rq = srd_rq_list_pop(&rqs)))
		if (!srd_dispatch(rq, &status, polled))
			srd_end(rq, status, &iob);
	if (iob.complete)
		iob.complete(&iob);
}

static blk_status_t srd_queue_rq(struct blk_mq_hw_ctx *hctx, const struct blk_mq_queue_data *bd)
{
	return srd_dispatch_one(bd->rq, false);
}

static void srd_queue_rqs(SRD_RQ_LIST *list)
{
	srd_dispatch_list(list, false);
}

/*
 * Nothing gets lost here but on purpose: a request that takes long waits for memory or frees a lot
 * of it.
 */
static enum blk_eh_timer_return srd_timeout(struct request *rq)
{
	struct srd_cmd *cmd = blk_mq_rq_to_pdu(rq);

	return srd_inject_timed_out(&cmd->in) ? BLK_EH_DONE : BLK_EH_RESET_TIMER;
}

/* Called for the requests of an I/O scheduler, too, once there is a disk. */
static int srd_init_request(struct blk_mq_tag_set *set, struct request *rq, unsigned int index,
			    SRD_INIT_REQUEST_NODE)
{
	struct srd_cmd *cmd = blk_mq_rq_to_pdu(rq);
	struct srd_disk *d = set->driver_data;

	srd_inject_prepare(&cmd->in, d, srd_injected_rq_end);
	if (d->disk)
		srd_times_start(d->disk->queue);
	return 0;
}

static const struct blk_mq_ops srd_mq_ops = {
	.queue_rq	= srd_queue_rq,
	.queue_rqs	= srd_queue_rqs,
	.timeout	= srd_timeout,
	.init_request	= srd_init_request,
};

/* ---- disks with queues for polled I/O ---- */

/* Complete what has been served, in the order in which it was. */
static int srd_poll_reap(struct srd_poll_queue *pq, struct io_comp_batch *iob)
{
	struct llist_node *first = llist_reverse_order(llist_del_all(&pq->done));
	struct srd_cmd *cmd, *next;
	int nr = 0;

	llist_for_each_entry_safe(cmd, next, first, done) {
		srd_end(blk_mq_rq_from_pdu(cmd), cmd->status, iob);
		nr++;
	}
	return nr;
}

static int srd_poll(struct blk_mq_hw_ctx *hctx, struct io_comp_batch *iob)
{
	struct srd_poll_queue *pq = hctx->driver_data;

	/* Requests of two kinds that were merged may lead a poller to a queue that is none. */
	return !pq || llist_empty(&pq->done) ? 0 : srd_poll_reap(pq, iob);
}

static blk_status_t srd_poll_queue_rq(struct blk_mq_hw_ctx *hctx,
				      const struct blk_mq_queue_data *bd)
{
	return srd_dispatch_one(bd->rq, true);
}

static void srd_poll_queue_rqs(SRD_RQ_LIST *list)
{
	srd_dispatch_list(list, true);
}

/* Who submitted it may have died, or have better things to do than to poll. */
static enum blk_eh_timer_return srd_poll_timeout(struct request *rq)
{
	struct srd_poll_queue *pq = rq->mq_hctx->driver_data;
	struct srd_cmd *cmd = blk_mq_rq_to_pdu(rq);

	srd_inject_timed_out(&cmd->in);
	if (pq)
		srd_poll_reap(pq, NULL);
	return blk_mq_request_started(rq) ? BLK_EH_RESET_TIMER : BLK_EH_DONE;
}

static void srd_poll_map_queues(struct blk_mq_tag_set *set)
{
	const struct srd_disk *d = set->driver_data;
	struct blk_mq_queue_map *map = set->map;

	map[HCTX_TYPE_DEFAULT].nr_queues = set->nr_hw_queues - d->config.poll_queues;
	map[HCTX_TYPE_READ].nr_queues = 0;
	map[HCTX_TYPE_POLL].nr_queues = d->config.poll_queues;
	map[HCTX_TYPE_POLL].queue_offset = map[HCTX_TYPE_DEFAULT].nr_queues;
	blk_mq_map_queues(&map[HCTX_TYPE_DEFAULT]);
	blk_mq_map_queues(&map[HCTX_TYPE_POLL]);
}

static int srd_poll_init_hctx(struct blk_mq_hw_ctx *hctx, void *data, unsigned int index)
{
	struct srd_disk *d = data;

	hctx->driver_data = index < d->config.queues ? NULL :
			    &d->poll_queue[index - d->config.queues];
	return 0;
}

static const struct blk_mq_ops srd_poll_ops = {
	.queue_rq	= srd_poll_queue_rq,
	.queue_rqs	= srd_poll_queue_rqs,
	.poll		= srd_poll,
	.timeout	= srd_poll_timeout,
	.map_queues	= srd_poll_map_queues,
	.init_hctx	= srd_poll_init_hctx,
	.init_request	= srd_init_request,
};

/**
 * srd_blkmq_poll_stop() - complete polled requests without being asked from here on
 * @d: of any mode
 *
 * For those who wait until no request is left: who submitted one need not ask for it.
 *
 * Context: may sleep, for a grace period if the disk has queues for polled I/O.
 */
void srd_blkmq_poll_stop(struct srd_disk *d)
{
	unsigned int i;

	if (!d->poll_queue)
		return;
	WRITE_ONCE(d->poll_stopped, true);
	/* Requests are kept in RCU read-side sections: who has not seen it is through. */
	synchronize_rcu();
	for (i = 0; i < d->config.poll_queues; i++)
		srd_poll_reap(&d->poll_queue[i], NULL);
}

/**
 * srd_blkmq_poll_start() - let polled requests wait for who asks for them again
 * @d: of any mode
 *
 * Context: any.
 */
void srd_blkmq_poll_start(struct srd_disk *d)
{
	WRITE_ONCE(d->poll_stopped, false);
}

/* ---- set up ---- */

static int srd_alloc_tags(struct srd_disk *d)
{
	struct blk_mq_tag_set *set = &d->tag_set;
	struct srd_config *cfg = &d->config;
	int err;

	set->ops		= cfg->poll_queues ? &srd_poll_ops : &srd_mq_ops;
	set->nr_maps		= cfg->poll_queues ? HCTX_MAX_TYPES : 1;
	set->nr_hw_queues	= cfg->queues + cfg->poll_queues;
	set->queue_depth	= cfg->queue_depth;
	set->numa_node		= cfg->node;
	set->cmd_size		= sizeof(struct srd_cmd);
	set->flags		= SRD_BLK_MQ_FLAGS;
	set->driver_data	= d;
	err = blk_mq_alloc_tag_set(set);
	if (err)
		return err;
	/* After a crash, and on little memory, the kernel gives less than was asked for. */
	if (set->nr_maps <= HCTX_TYPE_POLL)
		cfg->poll_queues = 0;
	cfg->queues = set->nr_hw_queues - cfg->poll_queues;
	cfg->queue_depth = set->queue_depth;
	return 0;
}

/**
 * srd_blkmq_alloc_disk() - make the gendisk and the tag set of a disk of mode mq
 * @d: with its configuration; gets @d->disk, @d->tag_set and @d->poll_queue
 * @lim: limits of its queue
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int srd_blkmq_alloc_disk(struct srd_disk *d, struct queue_limits *lim)
{
	struct gendisk *disk;
	int err;

	if (d->config.poll_queues) {
		d->poll_queue = kcalloc_node(d->config.poll_queues, sizeof(*d->poll_queue),
					     GFP_KERNEL, d->config.node);
		if (!d->poll_queue)
			return -ENOMEM;
	}
	err = srd_alloc_tags(d);
	if (err)
		goto queues;
	disk = srd_alloc_disk(&d->tag_set, lim, d);
	if (IS_ERR(disk)) {
		err = PTR_ERR(disk);
		goto tags;
	}
	srd_wbt_never(disk->queue);
	d->disk = disk;
	return 0;

tags:
	blk_mq_free_tag_set(&d->tag_set);
queues:
	kfree(d->poll_queue);
	d->poll_queue = NULL;
	return err;
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
	kfree(d->poll_queue);
	d->poll_queue = NULL;
}
