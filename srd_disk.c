// SPDX-License-Identifier: GPL-2.0
/*
 * srd - a disk's life: create, find, stop and start, remove
 *
 * A disk is in the table from before its gendisk is added until after it is deleted, so that its
 * number cannot be given away while its name still exists; it can be found while it is live.
 * References are those of the gendisk's device: whoever found a disk holds one, and the memory
 * of struct srd_disk goes with the last.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/hdreg.h>
#include <linux/kdev_t.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/wait_bit.h>
#include <linux/xarray.h>

#include "srd.h"
#include "srd_compat.h"

/* All disks by number. srd_disks_lock protects it and each disk's @live. */
static DEFINE_XARRAY_ALLOC(srd_disks);
static DEFINE_MUTEX(srd_disks_lock);
static unsigned int srd_disks_live;

/*
 * srd_add_lock is held while a disk becomes visible in /sys and /dev: who heard of it there and
 * looks for it must wait until it can be found. Taken before srd_disks_lock.
 */
static DEFINE_MUTEX(srd_add_lock);

/* Disks that were added and whose memory is not yet freed. */
static atomic_t srd_disks_alive;

static int srd_major;
static unsigned int srd_max_part;
static const struct attribute_group **srd_groups;
static void (*srd_removing)(struct srd_disk *d);

/* Deferred removals. Not where requests wait: a removal waits for requests. */
static struct workqueue_struct *srd_remove_wq;

static unsigned int srd_number_max(void)
{
	return (1U << MINORBITS) / srd_max_part - 1;
}

static int srd_open(SRD_OPEN_ARGS)
{
	struct srd_disk *d = SRD_OPEN_DISK->private_data;

	return d->claimed ? -ENXIO : 0;
}

/**
 * srd_disk_in_use() - whether anybody has a disk open
 * @d: the disk, with its open_mutex held unless the answer may be of a moment ago
 *
 * Context: any.
 * Return: whether anybody has, as a block device or otherwise.
 */
bool srd_disk_in_use(struct srd_disk *d)
{
	return disk_openers(d->disk) || READ_ONCE(d->users);
}

static void srd_closed(struct srd_disk *d)
{
	/* The work may find it open again; then the next close comes here again. */
	if (d->deferred && !d->claimed && !srd_disk_in_use(d)) {
		get_device(disk_to_dev(d->disk));
		if (!queue_work(srd_remove_wq, &d->remove_work))
			put_device(disk_to_dev(d->disk));
	}
}

static void srd_release(SRD_RELEASE_ARGS)
{
	srd_closed(disk->private_data);
}

/**
 * srd_disk_use() - keep a disk from being removed, as who has it open does
 * @d: the disk, held
 *
 * Context: may sleep.
 * Return: 0, or -ENXIO when it is being removed.
 */
int srd_disk_use(struct srd_disk *d)
{
	int err = 0;

	mutex_lock(&d->disk->open_mutex);
	if (d->claimed)
		err = -ENXIO;
	else
		WRITE_ONCE(d->users, d->users + 1);
	mutex_unlock(&d->disk->open_mutex);
	return err;
}

/**
 * srd_disk_unuse() - let go of a disk that srd_disk_use() kept
 * @d: the disk, held
 *
 * Context: may sleep.
 */
void srd_disk_unuse(struct srd_disk *d)
{
	mutex_lock(&d->disk->open_mutex);
	WRITE_ONCE(d->users, d->users - 1);
	srd_closed(d);
	mutex_unlock(&d->disk->open_mutex);
}

/* What partitioning tools of old ask for: 32 heads of 64 sectors make cylinders of 1 MiB. */
static int srd_getgeo(SRD_GETGEO_ARGS, struct hd_geometry *geo)
{
	geo->heads = 32;
	geo->sectors = 64;
	geo->cylinders = min_t(sector_t, get_capacity(SRD_GETGEO_DISK) >> 11, USHRT_MAX);
	return 0;
}

/*
 * BLKROSET. A disk that was made read-only refuses writes whatever it is called; but who insists on
 * opening for writing what it will only read, such as the kernel's NVMe target, has to be let in.
 */
static int srd_set_read_only(struct block_device *bdev, bool ro)
{
	struct srd_disk *d = bdev->bd_disk->private_data;
	int err;

	if (!d->config.read_only || bdev_is_partition(bdev))
		return 0;
	if (mutex_lock_killable(&d->lock))
		return -EINTR;
	/* udev would hear of a disk that is gone, by a number that may be another one's. */
	err = d->dead ? -ENXIO : 0;
	if (!err)
		set_disk_ro(d->disk, ro);
	mutex_unlock(&d->lock);
	return err;
}

/**
 * srd_disk_is_read_only() - whether a disk refuses writes, or is to be treated as if it did
 * @d: the disk
 *
 * Context: any.
 * Return: whether it was made so, or is called so (BLKROSET).
 */
bool srd_disk_is_read_only(const struct srd_disk *d)
{
	return d->config.read_only || get_disk_ro(d->disk);
}

static void srd_free_disk(struct gendisk *disk)
{
	struct srd_disk *d = disk->private_data;

	srd_inject_destroy(d);
	srd_stats_destroy(&d->stats);
	srd_store_destroy(&d->store);
	mutex_destroy(&d->lock);
	kfree(d);
	/*
	 * The last one who had a disk open may still be here when the module goes, without a
	 * reference to it: srd_disk_cleanup() waits for the count, and for this section. What
	 * follows the section is a return, as in every driver that has this callback.
	 */
	rcu_read_lock();
	if (atomic_dec_and_test(&srd_disks_alive))
		wake_up_var(&srd_disks_alive);
	rcu_read_unlock();
}

static const struct block_device_operations srd_mq_fops = {
	.owner		= THIS_MODULE,
	.open		= srd_open,
	.release	= srd_release,
	.getgeo		= srd_getgeo,
	.set_read_only	= srd_set_read_only,
	.free_disk	= srd_free_disk,
};

static const struct block_device_operations srd_bio_fops = {
	.owner		= THIS_MODULE,
	.submit_bio	= srd_bio_submit,
	.open		= srd_open,
	.release	= srd_release,
	.getgeo		= srd_getgeo,
	.set_read_only	= srd_set_read_only,
	.free_disk	= srd_free_disk,
};

static void srd_remove_work(struct work_struct *work);

/**
 * srd_disk_block_size_ok() - whether disks can have logical blocks of this size
 * @block_size: bytes
 *
 * Context: any.
 * Return: whether it is a power of two from 512 to the page size.
 */
bool srd_disk_block_size_ok(unsigned int block_size)
{
	return block_size >= SECTOR_SIZE && block_size <= PAGE_SIZE && is_power_of_2(block_size);
}

/**
 * srd_disk_capacity_check() - whether disks can be so large
 * @capacity: bytes
 * @block_size: bytes of a logical block
 *
 * Context: any.
 * Return: 0, -EINVAL when it is 0 or no multiple of the block size, or -EFBIG.
 */
int srd_disk_capacity_check(u64 capacity, unsigned int block_size)
{
	if (!capacity || capacity & (block_size - 1))
		return -EINVAL;
	return capacity > SRD_CAPACITY_MAX ? -EFBIG : 0;
}

static bool srd_label_ok(const char *label)
{
	size_t i, len = strnlen(label, SRD_LABEL_LEN);

	if (len == SRD_LABEL_LEN)
		return false;
	for (i = 0; i < len; i++)
		if (label[i] <= ' ' || label[i] >= 0x7f || label[i] == '/')
			return false;
	/* It becomes a file name, and one that starts with a dot would hide or climb. */
	return label[0] != '.';
}

static bool srd_queues_ok(const struct srd_config *cfg)
{
	if (cfg->mode == SRD_MODE_BIO)
		return true;
	return cfg->mode == SRD_MODE_MQ && cfg->queues && cfg->queues <= nr_cpu_ids &&
	       cfg->poll_queues <= nr_cpu_ids && cfg->queue_depth &&
	       cfg->queue_depth <= BLK_MQ_MAX_DEPTH;
}

static int srd_config_check(const struct srd_config *cfg)
{
	if (!srd_disk_block_size_ok(cfg->block_size) || !srd_queues_ok(cfg))
		return -EINVAL;
	if (cfg->node != NUMA_NO_NODE &&
	    (cfg->node < 0 || cfg->node >= MAX_NUMNODES || !node_online(cfg->node)))
		return -EINVAL;
	if (cfg->number < -1 || (cfg->number >= 0 && cfg->number > srd_number_max()))
		return -EINVAL;
	if (!srd_label_ok(cfg->label))
		return -EINVAL;
	return srd_disk_capacity_check(cfg->capacity, cfg->block_size);
}

/* Take a number, and with it the name and the label; nobody finds the disk yet. */
static int srd_number_take(struct srd_disk *d)
{
	struct srd_config *cfg = &d->config;
	struct srd_disk *other;
	unsigned long index;
	u32 number;
	int err;

	mutex_lock(&srd_disks_lock);
	xa_for_each(&srd_disks, index, other) {
		if (cfg->label[0] && !strcmp(cfg->label, other->config.label)) {
			err = -EEXIST;
			goto out;
		}
	}
	if (cfg->number >= 0) {
		err = xa_insert(&srd_disks, cfg->number, d, GFP_KERNEL);
		if (err == -EBUSY)
			err = -EEXIST;
	} else {
		err = xa_alloc(&srd_disks, &number, d, XA_LIMIT(0, srd_number_max()), GFP_KERNEL);
		if (err == -EBUSY)
			err = -ENOSPC;
		else if (!err)
			cfg->number = number;
	}
out:
	mutex_unlock(&srd_disks_lock);
	return err;
}

/* @told: say so to whoever waits for the number and finds it free, before it is another one's. */
static void srd_number_give(struct srd_disk *d, bool told)
{
	mutex_lock(&srd_disks_lock);
	xa_erase(&srd_disks, d->config.number);
	if (told)
		srd_event_disk(SRD_EVENT_REMOVED, d->config.number, -1, 0, 0);
	mutex_unlock(&srd_disks_lock);
}

static void srd_set_live(struct srd_disk *d, bool live)
{
	mutex_lock(&srd_disks_lock);
	if (d->live != live)
		WRITE_ONCE(srd_disks_live, srd_disks_live + (live ? 1 : -1));
	d->live = live;
	/* Before anybody can find it, and make it the subject of another one. */
	if (live)
		srd_event_disk(SRD_EVENT_CREATED, d->config.number, d->origin, d->config.capacity,
			       0);
	mutex_unlock(&srd_disks_lock);
}

/*
 * Longest discard, in sectors. Whole slots of the root, on disks of up to 32 TiB: what is shared
 * and loses a part needs memory. The next power of two does not fit into a request.
 */
#define SRD_MAX_RANGE		(SZ_2G >> SECTOR_SHIFT)

static int srd_disk_alloc(struct srd_disk *d)
{
	struct queue_limits lim = {
		.logical_block_size		= d->config.block_size,
		/* Smaller writes share a page; file systems should know what fits best. */
		.physical_block_size		= PAGE_SIZE,
		.io_min				= PAGE_SIZE,
		/* No DMA, no boundaries; 16 MiB at once, so that a request never takes long. */
		.max_hw_sectors			= SZ_16M >> SECTOR_SHIFT,
		.max_segments			= USHRT_MAX,
		.max_segment_size		= UINT_MAX,
		.max_write_zeroes_sectors	= SRD_MAX_RANGE,
		.max_secure_erase_sectors	= SRD_MAX_RANGE,
		.max_discard_segments		= 1,
	};
	int err;

	if (!d->config.prealloc) {
		lim.max_hw_discard_sectors = SRD_MAX_RANGE;
		lim.discard_granularity = PAGE_SIZE;
	}
	if (d->config.mode == SRD_MODE_BIO)
		err = srd_bio_alloc_disk(d, &lim);
	else
		err = srd_blkmq_alloc_disk(d, &lim);
	if (err)
		return err;
	d->disk->private_data = d;
	d->disk->fops = d->config.mode == SRD_MODE_BIO ? &srd_bio_fops : &srd_mq_fops;
	return 0;
}

static void srd_disk_free_tags(struct srd_disk *d)
{
	if (d->config.mode == SRD_MODE_MQ)
		srd_blkmq_free_tags(d);
}

/* Before anybody can ask it for anything. */
static void srd_disk_cache(struct srd_disk *d)
{
	mutex_lock(&d->lock);
	srd_cache_seed(d, get_random_u64());
	srd_inject_switch(d, SRD_INJECT_CACHE, true);
	mutex_unlock(&d->lock);
	srd_write_cache(d->disk, true);
}

static int srd_disk_add(struct srd_disk *d)
{
	struct gendisk *disk = d->disk;
	int err;

	disk->major = srd_major;
	disk->first_minor = d->config.number * srd_max_part;
	disk->minors = srd_max_part;
	snprintf(disk->disk_name, DISK_NAME_LEN, "srd%d", d->config.number);
	set_capacity(disk, d->config.capacity >> SECTOR_SHIFT);
	set_disk_ro(disk, d->config.read_only);
	err = device_add_disk(NULL, disk, srd_groups);
	/* It ignores that there was no memory for the name, and then finds the disk without one. */
	if (err && !dev_name(disk_to_dev(disk)))
		return -ENOMEM;
	if (!err)
		srd_wbt_stop(disk);
	return err;
}

/**
 * srd_disk_prealloc() - give a disk memory before it is written
 * @d: the disk
 * @pos: start in bytes
 * @len: bytes
 * @stop: as for srd_store_prealloc()
 *
 * Context: may sleep.
 * Return: as srd_store_prealloc(), but -ENOMEM where that says -ENOSPC.
 */
int srd_disk_prealloc(struct srd_disk *d, u64 pos, u64 len, const bool *stop)
{
	int err = srd_store_prealloc(&d->store, pos, len, stop);

	/* To a writer the disk is full; to who wants it whole, there is no memory for it. */
	return err == -ENOSPC ? -ENOMEM : err;
}

/* Its memory: its own, or what will be a share in that of @from. */
static int srd_disk_store(struct srd_disk *d, struct srd_disk *from)
{
	const struct srd_config *cfg = &d->config;
	int err;

	if (from)
		return srd_store_init_from(&d->store, &from->store);
	err = srd_store_init(&d->store, cfg->capacity, cfg->limit, cfg->node);
	if (err || !cfg->prealloc)
		return err;
	err = srd_disk_prealloc(d, 0, cfg->capacity, cfg->stop);
	if (err) {
		srd_store_empty(&d->store);
		srd_store_destroy(&d->store);
	}
	return err;
}

/**
 * srd_disk_create() - make a disk and announce it
 * @cfg: what it is to be; set to what it has become, its number above all
 * @from: a disk whose memory it shall share, of the same capacity and block size; or NULL
 * @fill: gives it that, before anybody sees it; NULL without @from
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, as SRD_IOC_CREATE documents, or that of @fill.
 */
int srd_disk_create(struct srd_config *cfg, struct srd_disk *from,
		    int (*fill)(struct srd_disk *d, struct srd_disk *from))
{
	struct srd_disk *d;
	int err;

	err = srd_config_check(cfg);
	if (err)
		return err;
	d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return -ENOMEM;
	d->config = *cfg;
	d->origin = from ? from->config.number : -1;
	/* Nothing is ever written to it, so that it never needs memory. */
	if (cfg->read_only)
		d->config.prealloc = false;
	if (cfg->mode == SRD_MODE_BIO) {
		d->config.queues = 0;
		d->config.queue_depth = 0;
		d->config.poll_queues = 0;
	}
	mutex_init(&d->lock);
	INIT_WORK(&d->remove_work, srd_remove_work);
	srd_inject_init(d);

	err = srd_number_take(d);
	if (err)
		goto free;
	err = srd_disk_store(d, from);
	if (err)
		goto give;
	d->store.sealed = cfg->read_only;
	d->store.closed = cfg->read_only;
	d->config.stop = NULL;
	err = srd_stats_init(&d->stats);
	if (err)
		goto store;
	err = srd_disk_alloc(d);
	if (err)
		goto stats;
	if (cfg->cache)
		srd_disk_cache(d);
	if (fill) {
		err = fill(d, from);
		if (err)
			goto disk;
	}
	mutex_lock(&srd_add_lock);
	err = srd_disk_add(d);
	if (!err) {
		*cfg = d->config;
		atomic_inc(&srd_disks_alive);
		srd_set_live(d, true);
	}
	mutex_unlock(&srd_add_lock);
	if (!err)
		return 0;

disk:
	/* Never added: free_disk() is not called, the rest is ours to free. */
	srd_inject_stop(d);
	put_disk(d->disk);
	srd_disk_free_tags(d);
stats:
	srd_stats_destroy(&d->stats);
store:
	srd_store_empty(&d->store);
	srd_store_destroy(&d->store);
give:
	srd_number_give(d, false);
free:
	srd_inject_destroy(d);
	mutex_destroy(&d->lock);
	kfree(d);
	return err;
}

static bool srd_disk_hold(struct srd_disk *d)
{
	lockdep_assert_held(&srd_disks_lock);
	if (!d || !d->live)
		return false;
	get_device(disk_to_dev(d->disk));
	return true;
}

static struct srd_disk *srd_disk_look(unsigned int number, bool *there)
{
	struct srd_disk *d;

	mutex_lock(&srd_disks_lock);
	d = xa_load(&srd_disks, number);
	*there = d;
	if (!srd_disk_hold(d))
		d = NULL;
	mutex_unlock(&srd_disks_lock);
	return d;
}

/**
 * srd_disk_get() - find a disk
 * @number: N of srdN
 *
 * Context: may sleep.
 * Return: the disk, to be given back with srd_disk_put(), or NULL.
 */
struct srd_disk *srd_disk_get(unsigned int number)
{
	struct srd_disk *d;
	bool there;

	d = srd_disk_look(number, &there);
	if (!d && there) {
		/* It comes or goes. If it comes, udev may have heard of it: wait for it. */
		mutex_lock(&srd_add_lock);
		d = srd_disk_look(number, &there);
		mutex_unlock(&srd_add_lock);
	}
	return d;
}

/* The first disk at or after a number, held; @passed: before it there is one that comes or goes. */
static struct srd_disk *srd_disk_look_on(unsigned int number, bool *passed)
{
	struct srd_disk *d;
	unsigned long index;

	*passed = false;
	mutex_lock(&srd_disks_lock);
	xa_for_each_start(&srd_disks, index, d, number) {
		if (srd_disk_hold(d))
			break;
		*passed = true;
	}
	mutex_unlock(&srd_disks_lock);
	return d;
}

/**
 * srd_disk_next() - find the first disk at or after a number
 * @number: where to start
 *
 * Context: may sleep.
 * Return: the disk, to be given back with srd_disk_put(), or NULL when there is none.
 */
struct srd_disk *srd_disk_next(unsigned int number)
{
	struct srd_disk *d;
	bool passed;

	d = srd_disk_look_on(number, &passed);
	if (passed) {
		/* As in srd_disk_get(). */
		if (d)
			srd_disk_put(d);
		mutex_lock(&srd_add_lock);
		d = srd_disk_look_on(number, &passed);
		mutex_unlock(&srd_add_lock);
	}
	return d;
}

/**
 * srd_disk_put() - give back a disk that was found
 * @d: the disk; it may be gone on return
 *
 * Context: may sleep.
 */
void srd_disk_put(struct srd_disk *d)
{
	put_disk(d->disk);
}

/**
 * srd_disk_count() - how many disks there are
 *
 * Context: any.
 * Return: the number of those that can be found.
 */
unsigned int srd_disk_count(void)
{
	return READ_ONCE(srd_disks_live);
}

/* Take away a disk that was claimed. Whoever still has it open gets errors. */
static void srd_disk_delete(struct srd_disk *d, bool force)
{
	srd_set_live(d, false);

	mutex_lock(&d->lock);
	d->dead = true;
	srd_removing(d);
	mutex_unlock(&d->lock);

	/* First: who is told that the disk is dead may wait for what is held. */
	srd_hold_hurry(&d->inject.holder);
	srd_blkmq_poll_stop(d);
	/* Otherwise dirty data would be written to memory that is about to go. */
	if (force)
		blk_mark_disk_dead(d->disk);
	del_gendisk(d->disk);
	srd_hold_drain(&d->inject.holder);
	srd_inject_stop(d);
	srd_store_empty(&d->store);
	srd_disk_free_tags(d);
	srd_number_give(d, true);
	put_disk(d->disk);
}

/* Make sure that only this caller removes the disk, and that nobody opens it any more. */
static int srd_disk_claim(struct srd_disk *d, bool force, bool deferred)
{
	int err = 0;

	mutex_lock(&d->disk->open_mutex);
	if (d->claimed) {
		err = -ENODEV;
	} else if (!force && srd_disk_in_use(d)) {
		if (deferred)
			WRITE_ONCE(d->deferred, true);
		err = -EBUSY;
	} else {
		WRITE_ONCE(d->claimed, true);
	}
	mutex_unlock(&d->disk->open_mutex);
	return err;
}

/**
 * srd_disk_remove() - take a disk away and free its memory
 * @number: N of srdN
 * @force: even when it is open; those who hold it get errors from then on
 * @deferred: when it is open, remove it when the last one closes it
 *
 * Context: may sleep.
 * Return: 0 (also when the removal was put off), -ENODEV, or -EBUSY when it is open.
 */
int srd_disk_remove(unsigned int number, bool force, bool deferred)
{
	struct srd_disk *d = srd_disk_get(number);
	int err;

	if (!d)
		return -ENODEV;
	/* Who has what the claim needs may wait for requests that are held. */
	if (force)
		srd_hold_hurry(&d->inject.holder);
	err = srd_disk_claim(d, force, deferred);
	if (force && err)
		srd_hold_hurry_end(&d->inject.holder);
	if (!err)
		srd_disk_delete(d, force);
	else if (err == -EBUSY && deferred)
		err = 0;
	srd_disk_put(d);
	return err;
}

/* That somebody is gone must not be found again by who has the same address later. */
static int srd_disk_disown(struct srd_disk *d, const void *owner)
{
	int err = -EINVAL;

	mutex_lock(&d->disk->open_mutex);
	if (d->config.owner == owner && !d->deferred && !d->claimed)
		err = 0;
	if (d->config.owner == owner)
		WRITE_ONCE(d->config.owner, NULL);
	mutex_unlock(&d->disk->open_mutex);
	return err;
}

/**
 * srd_disk_remove_owned() - take away the disks that were made for somebody who is about to go
 * @owner: as in their configuration; those that are open are removed on last close
 *
 * Context: may sleep.
 */
void srd_disk_remove_owned(const void *owner)
{
	struct srd_disk *d;
	unsigned int number;

	for (number = 0; (d = srd_disk_next(number)); srd_disk_put(d)) {
		number = d->config.number + 1;
		/* Asked first without what others may hold for long. */
		if (READ_ONCE(d->config.owner) != owner || srd_disk_disown(d, owner))
			continue;
		if (!srd_disk_claim(d, false, true))
			srd_disk_delete(d, false);
	}
}

/**
 * srd_disk_keep() - a disk that was made for somebody stays when they go
 * @number: N of srdN
 * @owner: as in its configuration; the caller keeps them from going meanwhile
 *
 * Context: may sleep.
 * Return: 0, -ENODEV, or -EINVAL when it was not made for @owner, or goes all the same.
 */
int srd_disk_keep(unsigned int number, const void *owner)
{
	struct srd_disk *d = srd_disk_get(number);
	int err;

	if (!d)
		return -ENODEV;
	err = srd_disk_disown(d, owner);
	srd_disk_put(d);
	return err;
}

static void srd_remove_work(struct work_struct *work)
{
	struct srd_disk *d = container_of(work, struct srd_disk, remove_work);

	if (!srd_disk_claim(d, false, true))
		srd_disk_delete(d, false);
	srd_disk_put(d);
}

/**
 * srd_disk_stop() - answer all requests of a disk, and let none in
 * @d: the disk
 *
 * Those that wait for their time, or to be polled for, are answered at once.
 *
 * Context: may sleep.
 * Return: what srd_disk_start() wants.
 */
unsigned int srd_disk_stop(struct srd_disk *d)
{
	unsigned int memflags;

	srd_hold_hurry(&d->inject.holder);
	srd_blkmq_poll_stop(d);
	memflags = srd_freeze(d->disk->queue);
	/* In mode bio the queue does not know of those that are answered later. */
	srd_hold_drain(&d->inject.holder);
	return memflags;
}

/**
 * srd_disk_start() - let requests in again
 * @d: the disk
 * @memflags: what srd_disk_stop() returned
 *
 * Context: may sleep.
 */
void srd_disk_start(struct srd_disk *d, unsigned int memflags)
{
	srd_unfreeze(d->disk->queue, memflags);
	srd_blkmq_poll_start(d);
	srd_hold_hurry_end(&d->inject.holder);
}

/**
 * srd_disk_lock_open() - keep a disk from being opened, closed and looked for partitions
 * @d: the disk, with its lock held
 *
 * Whoever does so at the moment may read what a rule holds; and while we wait for him with the
 * disk's lock, nobody could take the rule away. Hence nothing is held then.
 *
 * Context: may sleep. To be ended by mutex_unlock() of the disk's open_mutex.
 */
void srd_disk_lock_open(struct srd_disk *d)
{
	if (mutex_trylock(&d->disk->open_mutex))
		return;
	srd_hold_hurry(&d->inject.holder);
	mutex_lock(&d->disk->open_mutex);
	srd_hold_hurry_end(&d->inject.holder);
}

/**
 * srd_disk_scan() - read the partitions of a disk anew
 * @d: the disk; its open_mutex is held
 *
 * Nobody could take away the rule that holds these reads meanwhile, nor the disk.
 *
 * Context: may sleep.
 */
void srd_disk_scan(struct srd_disk *d)
{
	srd_hold_hurry(&d->inject.holder);
	bdev_disk_changed(d->disk, false);
	srd_hold_hurry_end(&d->inject.holder);
}

/**
 * srd_disk_setup() - make ready for disks
 * @max_part: minor numbers for each disk, 1 to 256
 * @groups: attributes that each disk gets
 * @removing: called with the lock of a disk that is about to go
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int srd_disk_setup(unsigned int max_part, const struct attribute_group **groups,
		   void (*removing)(struct srd_disk *d))
{
	srd_removing = removing;
	srd_max_part = max_part;
	srd_groups = groups;
	srd_remove_wq = alloc_workqueue("srd_remove", WQ_UNBOUND, 0);
	if (!srd_remove_wq)
		return -ENOMEM;
	srd_major = register_blkdev(0, "srd");
	if (srd_major < 0) {
		destroy_workqueue(srd_remove_wq);
		return srd_major;
	}
	return 0;
}

/**
 * srd_disk_cleanup() - remove all disks
 *
 * The module is being unloaded and nobody has a disk open; or it was never loaded whole, and who
 * looked at a new disk meanwhile gets errors and is waited for. Nobody can find a disk.
 *
 * Context: may sleep.
 */
void srd_disk_cleanup(void)
{
	struct srd_disk *d;
	unsigned long index;

	flush_workqueue(srd_remove_wq);
	xa_for_each(&srd_disks, index, d) {
		get_device(disk_to_dev(d->disk));
		if (!srd_disk_claim(d, true, false))
			srd_disk_delete(d, true);
		srd_disk_put(d);
	}
	wait_var_event(&srd_disks_alive, !atomic_read(&srd_disks_alive));
	synchronize_rcu();
	destroy_workqueue(srd_remove_wq);
	unregister_blkdev(srd_major, "srd");
	xa_destroy(&srd_disks);
}
