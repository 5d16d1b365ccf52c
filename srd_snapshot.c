// SPDX-License-Identifier: GPL-2.0
/*
 * srd - a disk as it was at one instant: snapshot, clone, rollback, reset
 *
 * A snapshot is a disk of its own whose table holds what the other's does; srd_table.c says how
 * that is shared. File systems that are mounted from the disk or its partitions are frozen around
 * the instant, so that what is in memory of them is on the disk.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/blkdev.h>
#include <linux/device.h>
#include <linux/kobject.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "srd.h"
#include "srd_compat.h"

/* Those of a disk and its partitions that are open, each held. */
struct srd_parts {
	unsigned int		nr;
	struct block_device	*bdev[];
};

static void srd_parts_put(struct srd_parts *parts)
{
	while (parts->nr--)
		put_device(&parts->bdev[parts->nr]->bd_device);
	kfree(parts);
}

static struct srd_parts *srd_parts_get(struct srd_disk *d)
{
	struct gendisk *disk = d->disk;
	struct block_device *part;
	struct srd_parts *parts;
	unsigned long index;
	unsigned int nr = 0;

	/* Partitions do not come and go meanwhile. */
	srd_disk_lock_open(d);
	xa_for_each(&disk->part_tbl, index, part)
		nr++;
	parts = kzalloc(struct_size(parts, bdev, nr), GFP_KERNEL);
	if (parts) {
		xa_for_each(&disk->part_tbl, index, part) {
			/* Nothing is mounted from it; and who mounts it now need not fail. */
			if (!atomic_read(&part->bd_openers))
				continue;
			get_device(&part->bd_device);
			parts->bdev[parts->nr++] = part;
		}
	}
	mutex_unlock(&disk->open_mutex);
	return parts;
}

static void srd_parts_thaw(struct srd_parts *parts, unsigned int nr)
{
	while (nr--)
		if (srd_bdev_thaw(parts->bdev[nr]))
			pr_warn("%pg: its file system could not be thawed\n", parts->bdev[nr]);
}

static int srd_parts_freeze(struct srd_parts *parts)
{
	unsigned int i;
	int err;

	for (i = 0; i < parts->nr; i++) {
		err = srd_bdev_freeze(parts->bdev[i]);
		if (err) {
			srd_parts_thaw(parts, i);
			/* It is being unmounted, or was frozen by somebody else. */
			return err == -EINVAL ? -EBUSY : err;
		}
	}
	return 0;
}

static int srd_snapshot_take(struct srd_disk *d, struct srd_disk *from)
{
	srd_store_snapshot(&d->store, &from->store);
	return 0;
}

static int srd_snapshot_take_frozen(struct srd_disk *d, struct srd_disk *from)
{
	struct srd_parts *parts = srd_parts_get(from);
	int err;

	if (!parts)
		return -ENOMEM;
	err = srd_parts_freeze(parts);
	if (!err) {
		srd_store_snapshot(&d->store, &from->store);
		srd_parts_thaw(parts, parts->nr);
	}
	srd_parts_put(parts);
	return err;
}

/**
 * srd_snapshot_create() - make a disk that has what another one has at this instant
 * @number: N of the other
 * @cfg: number, label and read_only of the new one; the rest is taken from the other, and all is
 *	set to what it has become
 * @freeze: freeze file systems that are mounted from it
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, as SRD_IOC_SNAPSHOT documents.
 */
int srd_snapshot_create(unsigned int number, struct srd_config *cfg, bool freeze)
{
	struct srd_disk *from = srd_disk_get(number);
	int err;

	if (!from)
		return -ENODEV;
	/* Keeps its capacity, and itself, as they are. */
	if (mutex_lock_killable(&from->lock)) {
		srd_disk_put(from);
		return -EINTR;
	}
	cfg->capacity = from->store.capacity;
	cfg->block_size = from->config.block_size;
	cfg->mode = from->config.mode;
	cfg->queues = from->config.queues;
	cfg->queue_depth = from->config.queue_depth;
	cfg->poll_queues = from->config.poll_queues;
	cfg->node = from->config.node;
	cfg->prealloc = false;
	err = from->dead ? -ENODEV : srd_inject_has(from, SRD_INJECT_OFF) ? -ESHUTDOWN :
	      srd_disk_create(cfg, from, freeze ? srd_snapshot_take_frozen : srd_snapshot_take);
	if (!err)
		srd_event_disk(SRD_EVENT_SNAPSHOT, number, cfg->number, cfg->capacity, 0);
	mutex_unlock(&from->lock);
	srd_disk_put(from);
	return err;
}

/* Give a disk that nobody has open another table, and tell the world. */
static int srd_replace(struct srd_disk *d, struct srd_store *with)
{
	unsigned int memflags;
	int err = 0;

	srd_disk_lock_open(d);
	if (disk_openers(d->disk)) {
		err = -EBUSY;
	} else if (d->claimed || d->dead) {
		err = -ENODEV;
	} else {
		memflags = srd_disk_stop(d);
		srd_cache_flush(d);
		srd_store_swap(&d->store, with);
		srd_disk_start(d, memflags);
		set_capacity(d->disk, d->store.capacity >> SECTOR_SHIFT);
		srd_disk_scan(d);
	}
	mutex_unlock(&d->disk->open_mutex);
	if (!err)
		kobject_uevent(&disk_to_dev(d->disk)->kobj, KOBJ_CHANGE);
	return err;
}

/* A snapshot stays what it is, and a disk that keeps its memory has none to exchange. */
static int srd_replaceable(const struct srd_disk *d)
{
	if (srd_inject_has(d, SRD_INJECT_OFF))
		return -ESHUTDOWN;
	if (d->config.read_only)
		return -EROFS;
	return d->config.prealloc ? -EOPNOTSUPP : 0;
}

static int srd_rollback(struct srd_disk *d, struct srd_disk *to)
{
	struct srd_store with = { };
	int err;

	if (d->store.account != to->store.account)
		return -EXDEV;
	if (srd_inject_has(to, SRD_INJECT_OFF))
		return -ESHUTDOWN;
	/* Looked at again below; but what is refused should not have shared anything. */
	if (disk_openers(d->disk))
		return -EBUSY;
	err = srd_store_init_from(&with, &to->store);
	if (err)
		return err;
	srd_store_snapshot(&with, &to->store);
	err = srd_replace(d, &with);
	if (!err)
		srd_event_disk(SRD_EVENT_ROLLBACK, d->config.number, to->config.number,
			       d->store.capacity, 0);
	/* What the disk had, or what it does not get. */
	srd_store_empty(&with);
	srd_store_destroy(&with);
	return err;
}

static int srd_lock_two(struct srd_disk *a, struct srd_disk *b)
{
	if (a->config.number > b->config.number)
		swap(a, b);
	if (mutex_lock_killable(&a->lock))
		return -EINTR;
	if (!mutex_lock_killable_nested(&b->lock, SINGLE_DEPTH_NESTING))
		return 0;
	mutex_unlock(&a->lock);
	return -EINTR;
}

/**
 * srd_snapshot_rollback() - make a disk again what a snapshot of it is
 * @number: N of the disk, which nobody may have open
 * @to: N of the snapshot, or of any disk that has the same account
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, as SRD_IOC_ROLLBACK documents.
 */
int srd_snapshot_rollback(unsigned int number, unsigned int to)
{
	struct srd_disk *d, *source;
	int err = -ENODEV;

	if (number == to)
		return -EINVAL;
	d = srd_disk_get(number);
	if (!d)
		return -ENODEV;
	source = srd_disk_get(to);
	if (!source)
		goto put;
	err = srd_lock_two(d, source);
	if (err)
		goto put_source;
	err = d->dead || source->dead ? -ENODEV : srd_replaceable(d) ?: srd_rollback(d, source);
	mutex_unlock(&source->lock);
	mutex_unlock(&d->lock);
put_source:
	srd_disk_put(source);
put:
	srd_disk_put(d);
	return err;
}

/**
 * srd_snapshot_reset() - make a disk as empty as when it was created
 * @number: N of the disk, which nobody may have open
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, as SRD_IOC_RESET documents.
 */
int srd_snapshot_reset(unsigned int number)
{
	struct srd_disk *d = srd_disk_get(number);
	struct srd_store with = { };
	int err;

	if (!d)
		return -ENODEV;
	err = mutex_lock_killable(&d->lock);
	if (err)
		goto put;
	err = d->dead ? -ENODEV : srd_replaceable(d) ?: srd_store_init_empty(&with, &d->store);
	if (!err) {
		err = srd_replace(d, &with);
		if (!err)
			srd_event_disk(SRD_EVENT_RESET, number, -1, d->store.capacity, 0);
		srd_store_empty(&with);
		srd_store_destroy(&with);
	}
	mutex_unlock(&d->lock);
put:
	srd_disk_put(d);
	return err;
}
