// SPDX-License-Identifier: GPL-2.0
/*
 * srd - a disk that becomes larger or smaller while it is in use
 */
#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/rwsem.h>
#include <linux/sched/mm.h>
#include <linux/xarray.h>

#include "srd.h"
#include "srd_compat.h"

static void srd_set_capacity(struct srd_disk *d, u64 capacity, struct srd_table *bigger)
{
	unsigned int memflags = srd_disk_stop(d);

	srd_cache_flush(d);
	srd_store_resize(&d->store, capacity, bigger);
	srd_disk_start(d, memflags);
}

static int srd_disk_grow(struct srd_disk *d, u64 capacity)
{
	struct srd_table *bigger = srd_store_resize_prepare(&d->store, capacity);
	u64 old = d->store.capacity;
	int err;

	if (IS_ERR(bigger))
		return PTR_ERR(bigger);
	if (d->config.prealloc) {
		/* What is behind the end must be there before it can be asked for. */
		srd_set_capacity(d, old, bigger);
		bigger = NULL;
		err = srd_disk_prealloc(d, old, capacity - old, &d->claimed);
		if (err) {
			srd_store_trim(&d->store);
			/* Not by a signal: the disk is being removed. */
			return err == -EINTR ? -ENODEV : err;
		}
	}
	srd_set_capacity(d, capacity, bigger);
	set_capacity_and_notify(d->disk, capacity >> SECTOR_SHIFT);
	return 0;
}

/*
 * Drop what the page cache holds past the end: it would show through a later grow. Partitions
 * have caches of their own. Under a mounted file system only what it does not hold on to may go:
 * it would not survive losing buffers that its journal still needs.
 */
static void srd_cut_caches(struct srd_disk *d, u64 capacity, bool claimed)
{
	struct block_device *part;
	unsigned long index;

	lockdep_assert_held(&d->disk->open_mutex);
	xa_for_each(&d->disk->part_tbl, index, part) {
		u64 start = (u64)part->bd_start_sect << SECTOR_SHIFT;
		u64 keep = capacity > start ? capacity - start : 0;

		if (claimed)
			truncate_inode_pages(srd_bdev_mapping(part), keep);
		else
			invalidate_inode_pages2_range(srd_bdev_mapping(part),
						      DIV_ROUND_UP_ULL(keep, PAGE_SIZE), -1);
	}
}

static int srd_disk_shrink(struct srd_disk *d, u64 capacity, bool force)
{
	struct inode *inode = srd_bdev_mapping(d->disk->part0)->host;
	unsigned int noio;
	bool claimed;
	int err;

	/* Asked again below, where nobody can open it in between. */
	if (!force && srd_disk_in_use(d))
		return -EBUSY;
	err = srd_store_trim_prepare(&d->store, capacity);
	if (err)
		return err;
	/*
	 * A buffered write asks for the size once, when it begins, and sets it to where it ends.
	 * Keep it out, or it would undo the new size and leave pages behind it. Before the claim,
	 * as BLKDISCARD does; that before open_mutex, as another one who claims may want that.
	 */
	if (down_write_killable(&inode->i_rwsem))
		return -EINTR;
	/* The uevent's memory must not wait for a loop device that writes to this disk. */
	noio = memalloc_noio_save();
	claimed = !srd_claim(d->disk->part0, d);
	/* Held throughout, so that nobody opens the disk between the question and the deed. */
	srd_disk_lock_open(d);
	if (!force && srd_disk_in_use(d)) {
		err = -EBUSY;
	} else {
		set_capacity_and_notify(d->disk, capacity >> SECTOR_SHIFT);
		srd_set_capacity(d, capacity, NULL);
		srd_cut_caches(d, capacity, claimed);
	}
	mutex_unlock(&d->disk->open_mutex);
	if (claimed)
		srd_unclaim(d->disk->part0, d);
	memalloc_noio_restore(noio);
	inode_unlock(inode);
	if (!err)
		srd_store_trim(&d->store);
	return err;
}

/**
 * srd_disk_resize() - change a disk's capacity while it is in use
 * @number: N of srdN
 * @capacity: bytes
 * @force: shrink even when the disk is open
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, as SRD_IOC_RESIZE documents.
 */
int srd_disk_resize(unsigned int number, u64 capacity, bool force)
{
	struct srd_disk *d = srd_disk_get(number);
	u64 old;
	int err;

	if (!d)
		return -ENODEV;
	if (mutex_lock_killable(&d->lock)) {
		err = -EINTR;
		goto out;
	}
	old = d->store.capacity;
	err = d->dead ? -ENODEV : srd_disk_capacity_check(capacity, d->config.block_size);
	if (!err && srd_inject_has(d, SRD_INJECT_OFF))
		err = -ESHUTDOWN;
	if (!err && capacity > old)
		err = srd_disk_grow(d, capacity);
	else if (!err && capacity < old)
		err = srd_disk_shrink(d, capacity, force);
	if (!err && capacity != old)
		srd_event_disk(SRD_EVENT_RESIZED, number, -1, capacity, old);
	mutex_unlock(&d->lock);
out:
	srd_disk_put(d);
	return err;
}
