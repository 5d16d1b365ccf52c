// SPDX-License-Identifier: GPL-2.0
/*
 * srd - change how a disk behaves: its cache, its times, its power
 *
 * What srd_inject.c does to requests is switched here, where the disk can be stopped for it.
 */
#include <linux/blkdev.h>
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/kobject.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "srd.h"
#include "srd_compat.h"

/*
 * While the cache comes, writes that do not know it yet may still be under way, and so may flushes
 * that the block layer leaves out as there is none: what it has when both are through is durable.
 * While it goes, nobody flushes any more, so that it is emptied last.
 */
static void srd_set_cache(struct srd_disk *d, bool on, u64 seed)
{
	unsigned int memflags;

	if (on)
		srd_inject_switch(d, SRD_INJECT_CACHE, true);
	/* Requests are waited for, and who submitted one need not ask for it. */
	srd_blkmq_poll_stop(d);
	srd_write_cache(d->disk, on);
	memflags = srd_disk_stop(d);
	srd_cache_flush(d);
	srd_cache_seed(d, seed);
	if (!on)
		srd_inject_flag(d, SRD_INJECT_CACHE, false);
	srd_disk_start(d, memflags);
	if (!on)
		srd_inject_count(d);
}

static int srd_set_volatile(struct srd_disk *d, bool on, u64 seed)
{
	if (srd_inject_has(d, SRD_INJECT_OFF))
		return -ESHUTDOWN;
	/* Stores by way of a mapping would pass the cache by. */
	if (on && d->window)
		return -EBUSY;
	if (srd_inject_has(d, SRD_INJECT_CACHE) != on) {
		srd_hold_hurry(&d->inject.holder);
		srd_set_cache(d, on, seed);
		srd_hold_hurry_end(&d->inject.holder);
	}
	return 0;
}

/**
 * srd_set() - change how a disk behaves
 * @number: N of the disk
 * @set: what to change, its flags and values valid
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, as SRD_IOC_SET documents.
 */
int srd_set(unsigned int number, const struct srd_ioc_set *set)
{
	struct srd_disk *d = srd_disk_get(number);
	u64 seed = set->flags & SRD_SET_SEED ? set->seed : get_random_u64();
	int err;

	if (!d)
		return -ENODEV;
	err = mutex_lock_killable(&d->lock);
	if (err)
		goto put;
	err = d->dead ? -ENODEV : 0;
	if (!err && set->flags & SRD_SET_VOLATILE)
		err = srd_set_volatile(d, set->cache == SRD_CACHE_VOLATILE, seed);
	if (!err && set->flags & SRD_SET_HEAL)
		WRITE_ONCE(d->inject.heal, set->heal);
	mutex_unlock(&d->lock);
put:
	srd_disk_put(d);
	return err;
}

/**
 * srd_set_timing() - say how long a disk's requests take
 * @number: N of the disk
 * @timing: the times
 *
 * Requests that are held are answered at once.
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, as SRD_IOC_TIMING documents.
 */
int srd_set_timing(unsigned int number, struct srd_ioc_timing *timing)
{
	bool any = srd_timing_any(timing);
	struct srd_ioc_timing *model;
	unsigned int memflags;
	struct srd_disk *d;
	int err;

	err = srd_timing_check(timing);
	if (err)
		return err;
	d = srd_disk_get(number);
	if (!d)
		return -ENODEV;
	if (!(timing->flags & SRD_TIMING_SEED))
		timing->seed = get_random_u64();
	model = kmemdup(timing, sizeof(*timing), GFP_KERNEL);
	err = model ? mutex_lock_killable(&d->lock) : -ENOMEM;
	if (err)
		goto free;
	err = d->dead ? -ENODEV : 0;
	if (!err) {
		if (!any)
			srd_inject_switch(d, SRD_INJECT_TIMING, false);
		memflags = srd_disk_stop(d);
		srd_timing_set(&d->inject.timing, model);
		srd_disk_start(d, memflags);
		model = NULL;
		if (any)
			srd_inject_switch(d, SRD_INJECT_TIMING, true);
	}
	mutex_unlock(&d->lock);
free:
	kfree(model);
	srd_disk_put(d);
	return err;
}

/**
 * srd_set_power_off() - cut a disk's power
 * @number: N of the disk
 *
 * Context: may sleep.
 * Return: 0, -ENODEV, or -EINTR by a fatal signal.
 */
int srd_set_power_off(unsigned int number)
{
	struct srd_disk *d = srd_disk_get(number);
	int err;

	if (!d)
		return -ENODEV;
	err = mutex_lock_killable(&d->lock);
	if (err)
		goto put;
	err = d->dead ? -ENODEV : 0;
	if (!err)
		srd_inject_cut(d);
	mutex_unlock(&d->lock);
put:
	srd_disk_put(d);
	return err;
}

/* With nobody who has it open. */
static int srd_power_restore(struct srd_disk *d, enum srd_keep keep, u64 seed, u64 *kept, u64 *lost)
{
	unsigned int memflags;
	int err = 0;

	memflags = srd_disk_stop(d);
	/* Whoever has applied a rule has left by now. */
	flush_work(&d->inject.cut_work);
	if (srd_inject_has(d, SRD_INJECT_CACHE))
		err = srd_cache_power_on(d, keep, seed, kept, lost);
	if (!err) {
		srd_inject_flag(d, SRD_INJECT_OFF, false);
		/* Before a rule can cut it again. */
		srd_event_power_on(d->config.number, keep, *lost);
		/* Of srd_inject_cut(), or of the rule that cut it. */
		srd_hold_hurry_end(&d->inject.holder);
	}
	srd_disk_start(d, memflags);
	if (err)
		return err;
	srd_inject_count(d);
	srd_disk_scan(d);
	return 0;
}

/**
 * srd_set_power_on() - give a disk its power back
 * @number: N of the disk, which nobody may have open
 * @keep: what becomes of writes that were not durable
 * @seed: of what is chosen by chance
 * @kept: set to how many blocks are as they were written last
 * @lost: set to how many are not
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, as SRD_IOC_POWER documents.
 */
int srd_set_power_on(unsigned int number, enum srd_keep keep, u64 seed, u64 *kept, u64 *lost)
{
	struct srd_disk *d = srd_disk_get(number);
	bool restored = false;
	int err = 0;

	*kept = 0;
	*lost = 0;
	if (!d)
		return -ENODEV;
	if (mutex_lock_killable(&d->lock)) {
		srd_disk_put(d);
		return -EINTR;
	}
	srd_disk_lock_open(d);
	if (d->claimed || d->dead) {
		err = -ENODEV;
	} else if (srd_inject_has(d, SRD_INJECT_OFF)) {
		err = disk_openers(d->disk) ? -EBUSY :
		      srd_power_restore(d, keep, seed, kept, lost);
		restored = !err;
	}
	mutex_unlock(&d->disk->open_mutex);
	/* Not after that of its removal. */
	if (restored)
		kobject_uevent(&disk_to_dev(d->disk)->kobj, KOBJ_CHANGE);
	mutex_unlock(&d->lock);
	srd_disk_put(d);
	return err;
}
