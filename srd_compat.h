/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srd - the only file that knows that kernels differ
 *
 * Kbuild looks at the headers of the kernel that it builds for and defines SRD_HAVE_* for what
 * it finds. Versions are not compared, since distributions backport, but for the oldest that will
 * do, and where headers say nothing. The rest of the code is written against the newest API.
 */
#ifndef SRD_COMPAT_H
#define SRD_COMPAT_H

#include <linux/badblocks.h>
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/highmem.h>
#include <linux/hrtimer.h>
#include <linux/version.h>
#include <linux/workqueue.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "srd needs Linux 6.1 or newer"
#endif

/* Counters are 64 bits and must not tear; pages are used where they are, without mapping. */
#if BITS_PER_LONG < 64
#error "srd needs a 64-bit kernel"
#endif

/* The block device operations take a gendisk, and before that a block_device. */
#ifdef SRD_HAVE_OPEN_GENDISK
#define SRD_OPEN_ARGS		struct gendisk *disk, blk_mode_t mode
#define SRD_OPEN_DISK		disk
#define SRD_RELEASE_ARGS	struct gendisk *disk
#else
#define SRD_OPEN_ARGS		struct block_device *bdev, fmode_t mode
#define SRD_OPEN_DISK		bdev->bd_disk
#define SRD_RELEASE_ARGS	struct gendisk *disk, fmode_t mode
#endif

#ifdef SRD_HAVE_GETGEO_GENDISK
#define SRD_GETGEO_ARGS		struct gendisk *disk
#define SRD_GETGEO_DISK		disk
#else
#define SRD_GETGEO_ARGS		struct block_device *bdev
#define SRD_GETGEO_DISK		bdev->bd_disk
#endif

/* queue_rqs() gets a struct rq_list, and before that a bare chain of requests. */
#ifdef SRD_HAVE_RQ_LIST
#define SRD_RQ_LIST		struct rq_list

static inline SRD_RQ_LIST srd_rq_list_take(SRD_RQ_LIST *list)
{
	SRD_RQ_LIST all = *list;

	rq_list_init(list);
	return all;
}

static inline struct request *srd_rq_list_pop(SRD_RQ_LIST *list)
{
	return rq_list_pop(list);
}
#else
#define SRD_RQ_LIST		struct request *

static inline SRD_RQ_LIST srd_rq_list_take(SRD_RQ_LIST *list)
{
	SRD_RQ_LIST all = *list;

	*list = NULL;
	return all;
}

/*
 * What comes this way is not yet where the timer and the counts of requests in flight look for it:
 * blk_mq_start_request() came to put it there later.
 */
static inline struct request *srd_rq_list_pop(SRD_RQ_LIST *list)
{
	struct request *rq = *list;

	if (rq) {
		*list = rq->rq_next;
		rq->mq_hctx->tags->rqs[rq->tag] = rq;
	}
	return rq;
}
#endif

/* What an unknown NUMA node is was not said where requests are initialised. */
#ifdef SRD_HAVE_INIT_REQUEST_INT
#define SRD_INIT_REQUEST_NODE	int node
#else
#define SRD_INIT_REQUEST_NODE	unsigned int node
#endif

/* Merging was asked for by a flag until it became what every queue does. */
#ifdef SRD_HAVE_SHOULD_MERGE
#define SRD_BLK_MQ_FLAGS	(BLK_MQ_F_SHOULD_MERGE | BLK_MQ_F_NO_SCHED_BY_DEFAULT)
#else
#define SRD_BLK_MQ_FLAGS	BLK_MQ_F_NO_SCHED_BY_DEFAULT
#endif

/*
 * A bio_vec of many pages can be walked as one piece, but where caches have to be flushed page
 * by page.
 */
#if ARCH_IMPLEMENTS_FLUSH_DCACHE_PAGE
#define srd_bio_vec(bio, iter)	bvec_iter_bvec((bio)->bi_io_vec, iter)
#else
#define srd_bio_vec(bio, iter)	mp_bvec_iter_bvec((bio)->bi_io_vec, iter)
#endif

#ifdef SRD_HAVE_FREEZE_MEMFLAGS
static inline unsigned int srd_freeze(struct request_queue *q)
{
	return blk_mq_freeze_queue(q);
}

static inline void srd_unfreeze(struct request_queue *q, unsigned int memflags)
{
	blk_mq_unfreeze_queue(q, memflags);
}
#else
static inline unsigned int srd_freeze(struct request_queue *q)
{
	blk_mq_freeze_queue(q);
	return 0;
}

static inline void srd_unfreeze(struct request_queue *q, unsigned int memflags)
{
	blk_mq_unfreeze_queue(q);
}
#endif

/*
 * Write-back throttling costs every request and there is nothing to throttle for. Newer kernels
 * are asked before the disk is added not to start it. Older ones start it then, and have for I/O
 * schedulers that do without it a function to stop it, which has no header outside of block/. Who
 * wants it can have it: queue/wbt_lat_usec.
 */
static inline void srd_wbt_never(struct request_queue *q)
{
#ifdef SRD_HAVE_DISABLE_WBT_DEF
	blk_queue_flag_set(QUEUE_FLAG_DISABLE_WBT_DEF, q);
#endif
}

#if defined(SRD_HAVE_DISABLE_WBT_DEF) || !defined(SRD_HAVE_WBT_DISABLE_DEFAULT)
static inline void srd_wbt_stop(struct gendisk *disk)
{
}

static inline void srd_times_start(struct request_queue *q)
{
}
#else
/*
 * Nor does it count any more then, but each request is still timed for it, by 110 instructions,
 * and the kernel does not see that nobody wants that. The next one who wants it is an I/O
 * scheduler (kyber; under the lock that keeps them from coming), for which srd_times_start()
 * switches it on again. The others who could (throttling by hand, io.cost of cgroups) then have
 * it, too; without a scheduler they do without the times.
 */
static inline void srd_times_stop(struct request_queue *q)
{
	mutex_lock(&q->sysfs_lock);
	if (!q->elevator)
		blk_queue_flag_clear(QUEUE_FLAG_STATS, q);
	mutex_unlock(&q->sysfs_lock);
}

static inline void srd_times_start(struct request_queue *q)
{
	blk_queue_flag_set(QUEUE_FLAG_STATS, q);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
void wbt_disable_default(struct gendisk *disk);

static inline void srd_wbt_stop(struct gendisk *disk)
{
	wbt_disable_default(disk);
	srd_times_stop(disk->queue);
}
#else
void wbt_disable_default(struct request_queue *q);

static inline void srd_wbt_stop(struct gendisk *disk)
{
	wbt_disable_default(disk->queue);
	srd_times_stop(disk->queue);
}
#endif
#endif

#ifdef SRD_HAVE_HRTIMER_SETUP
#define srd_hrtimer_setup	hrtimer_setup
#else
static inline void srd_hrtimer_setup(struct hrtimer *timer,
				     enum hrtimer_restart (*function)(struct hrtimer *timer),
				     clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/*
 * How many sectors of a range are bad came to be counted as sectors are, and whether a change of
 * the list succeeded to be true when it did.
 */
#ifdef SRD_HAVE_BADBLOCKS_SECTOR
#define SRD_BAD_SECTORS		sector_t
#define srd_bad_changed(ret)	(ret)
#else
#define SRD_BAD_SECTORS		int
#define srd_bad_changed(ret)	(!(ret))
#endif

/* Say whether writes have to be flushed. Waits for requests, and keeps others out meanwhile. */
#ifdef SRD_HAVE_ALLOC_DISK_LIMITS
static inline void srd_write_cache(struct gendisk *disk, bool volatile_cache)
{
	struct queue_limits lim = queue_limits_start_update(disk->queue);

	if (volatile_cache)
		lim.features |= BLK_FEAT_WRITE_CACHE | BLK_FEAT_FUA;
	else
		lim.features &= ~(BLK_FEAT_WRITE_CACHE | BLK_FEAT_FUA);
	/* Nothing in it can be wrong. */
	WARN_ON_ONCE(queue_limits_commit_update_frozen(disk->queue, &lim));
}
#else
static inline void srd_write_cache(struct gendisk *disk, bool volatile_cache)
{
	blk_queue_write_cache(disk->queue, volatile_cache, volatile_cache);
}
#endif

/* Work of the system's that may last, on any CPU. */
#ifdef SRD_HAVE_DFL_WQ
#define srd_unbound_wq		system_dfl_wq
#else
#define srd_unbound_wq		system_unbound_wq
#endif

/* Keep exclusive openers, file systems above all, away from a disk. -EBUSY: there is one. */
static inline int srd_claim(struct block_device *bdev, void *holder)
{
#ifdef SRD_HAVE_CLAIM_HOPS
	return bd_prepare_to_claim(bdev, holder, NULL);
#else
	return bd_prepare_to_claim(bdev, holder);
#endif
}

static inline void srd_unclaim(struct block_device *bdev, void *holder)
{
	bd_abort_claiming(bdev, holder);
}

/* Freeze the file system that is mounted from a block device; without one, write out its cache. */
#ifdef SRD_HAVE_BDEV_FREEZE
#define srd_bdev_freeze		bdev_freeze
#define srd_bdev_thaw		bdev_thaw
#else
#define srd_bdev_freeze		freeze_bdev
#define srd_bdev_thaw		thaw_bdev
#endif

/* Flags of a mapping must not be changed by hand, once they cannot. */
#ifdef SRD_HAVE_VM_FLAGS_SET
#define srd_vma_set		vm_flags_set
#else
static inline void srd_vma_set(struct vm_area_struct *vma, unsigned long flags)
{
	vma->vm_flags |= flags;
}
#endif

#ifdef SRD_HAVE_CLASS_CREATE_OWNER
#define srd_class_create(name)	class_create(THIS_MODULE, name)
#else
#define srd_class_create(name)	class_create(name)
#endif

static inline struct address_space *srd_bdev_mapping(struct block_device *bdev)
{
#ifdef SRD_HAVE_BD_MAPPING
	return bdev->bd_mapping;
#else
	return bdev->bd_inode->i_mapping;
#endif
}

#ifdef SRD_HAVE_ALLOC_DISK_LIMITS
/* Allocate a gendisk with its limits. Macros, as blk_mq_alloc_disk() has a lock class inside. */
#define srd_alloc_disk(set, lim, data)	blk_mq_alloc_disk(set, srd_limits_complete(lim), data)
#define srd_alloc_bio_disk(lim, node)	blk_alloc_disk(srd_limits_nowait(lim), node)

static inline struct queue_limits *srd_limits_complete(struct queue_limits *lim)
{
#ifdef BLK_FEAT_SYNCHRONOUS
	/* Swap reads one page at a time then, which is best where nothing has to be waited for. */
	lim->features |= BLK_FEAT_SYNCHRONOUS;
#endif
#ifdef SRD_HAVE_WZEROES_UNMAP
	/* Where zeroing gives no memory back, neither does discard. */
	if (lim->max_hw_discard_sectors)
		lim->max_hw_wzeroes_unmap_sectors = lim->max_write_zeroes_sectors;
#endif
	return lim;
}

static inline struct queue_limits *srd_limits_nowait(struct queue_limits *lim)
{
	lim->features |= BLK_FEAT_NOWAIT;
	return srd_limits_complete(lim);
}
#else
static inline void srd_limits_apply(struct request_queue *q, const struct queue_limits *lim)
{
	blk_queue_logical_block_size(q, lim->logical_block_size);
	blk_queue_physical_block_size(q, lim->physical_block_size);
	blk_queue_io_min(q, lim->io_min);
	blk_queue_max_hw_sectors(q, lim->max_hw_sectors);
	blk_queue_max_segments(q, lim->max_segments);
	blk_queue_max_segment_size(q, lim->max_segment_size);
	blk_queue_max_discard_sectors(q, lim->max_hw_discard_sectors);
	blk_queue_max_discard_segments(q, lim->max_discard_segments);
	blk_queue_max_write_zeroes_sectors(q, lim->max_write_zeroes_sectors);
	blk_queue_max_secure_erase_sectors(q, lim->max_secure_erase_sectors);
	q->limits.discard_granularity = lim->discard_granularity;
	blk_queue_flag_set(QUEUE_FLAG_NONROT, q);
	blk_queue_flag_clear(QUEUE_FLAG_ADD_RANDOM, q);
}

#define srd_alloc_disk(set, lim, data)					\
({									\
	struct gendisk *__disk = blk_mq_alloc_disk(set, data);		\
									\
	if (!IS_ERR(__disk))						\
		srd_limits_apply(__disk->queue, lim);			\
	__disk;								\
})

#define srd_alloc_bio_disk(lim, node)					\
({									\
	struct gendisk *__disk = blk_alloc_disk(node);			\
									\
	if (__disk) {							\
		srd_limits_apply(__disk->queue, lim);			\
		blk_queue_flag_set(QUEUE_FLAG_NOWAIT, __disk->queue);	\
	}								\
	__disk ? __disk : ERR_PTR(-ENOMEM);				\
})
#endif

#endif /* SRD_COMPAT_H */
