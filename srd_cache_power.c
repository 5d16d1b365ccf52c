// SPDX-License-Identifier: GPL-2.0
/*
 * srd - what is left of the writes in a volatile cache when power comes back
 *
 * srd_cache.c has kept what it takes. Here a policy decides, block by block, which version is left,
 * and what is to be lost is put back into the store.
 */
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/xarray.h>

#include "srd.h"
#include "srd_cache.h"
#include "srd_random.h"

/* What to leave, and of what by chance; and how many blocks are left as they are, and not. */
struct srd_keeping {
	enum srd_keep	keep;
	u64		seed;
	u64		kept;
	u64		lost;
};

/* Which version of a block that was changed is left. */
static enum srd_version srd_left(struct srd_disk *d, unsigned long index,
				 const struct srd_cached *e, unsigned int block,
				 const struct srd_keeping *k)
{
	switch (k->keep) {
	case SRD_KEEP_ALL:
		return SRD_VERSION_CURRENT;
	case SRD_KEEP_SUBSET:
		return srd_random_below(k->seed, srd_block_number(d, index, block), 2) ?
		       SRD_VERSION_CURRENT : SRD_VERSION_DURABLE;
	case SRD_KEEP_PREFIX:
		return e->block[block].drawn;
	default:
		return SRD_VERSION_DURABLE;
	}
}

/* Put back what is to be lost of a page, into memory that it has. In an RCU read-side section. */
static void srd_put_back(struct srd_disk *d, unsigned long index, const struct srd_cached *e,
			 const struct srd_keeping *k)
{
	void *page = srd_current(d, index);
	enum srd_version version;
	unsigned int i;

	for (i = 0; i < srd_blocks_of_page(d); i++) {
		if (!e->block[i].writes)
			continue;
		version = srd_left(d, index, e, i, k);
		if (version != SRD_VERSION_CURRENT)
			srd_block_copy(d, page, version == SRD_VERSION_SAVED ? e->saved :
				       e->durable, i);
	}
}

/* Let a page be what is to be left of it. */
static int srd_cached_revert(struct srd_disk *d, unsigned long index, const struct srd_cached *e,
			     const struct srd_keeping *k, bool hole)
{
	struct srd_store *s = &d->store;
	u64 pos = (u64)index << PAGE_SHIFT;
	int err;

	/* A snapshot may be taken before or after. */
	down_read(&s->hold);
	if (hole) {
		err = srd_store_discard(s, pos, min_t(u64, PAGE_SIZE, s->capacity - pos), true);
	} else {
		err = srd_store_own(s, index);
		if (!err) {
			rcu_read_lock();
			srd_put_back(d, index, e, k);
			rcu_read_unlock();
		}
	}
	up_read(&s->hold);
	return err;
}

/* Decide what is left of a page, and let it be that. */
static int srd_cached_power_on(struct srd_disk *d, unsigned long index,
			       const struct srd_cached *e, struct srd_keeping *k)
{
	unsigned int i, left[SRD_VERSION_CURRENT + 1] = { }, lost;
	int err = 0;

	for (i = 0; i < srd_blocks_of_page(d); i++)
		if (e->block[i].writes)
			left[srd_left(d, index, e, i, k)]++;
	lost = e->changed - left[SRD_VERSION_CURRENT];
	if (lost)
		/* As it was, down to the memory, where all of it was a hole. */
		err = srd_cached_revert(d, index, e, k, !e->durable &&
					left[SRD_VERSION_DURABLE] == e->changed);
	if (err)
		return err;
	k->kept += e->changed - lost;
	k->lost += lost;
	return 0;
}

/* One time through what there is. Return 0, or the last error; then something is left. */
static int srd_cache_empty(struct srd_disk *d, struct srd_keeping *k, bool *progress)
{
	struct srd_cached *e;
	unsigned long index;
	int err = 0, failed;

	*progress = false;
	xa_for_each(&d->inject.cache.pages, index, e) {
		failed = srd_cached_power_on(d, index, e, k);
		if (failed) {
			err = failed;
		} else {
			srd_cached_drop(d, index, e);
			*progress = true;
		}
		cond_resched();
	}
	return err;
}

/**
 * srd_cache_power_on() - let a disk have what is left of its writes after a power cut
 * @d: the disk, which gets no requests
 * @keep: SRD_KEEP_*
 * @seed: of what is chosen by chance, for SRD_KEEP_SUBSET; then that of srd_cache_seed()
 * @kept: set to how many blocks are as they were written last
 * @lost: set to how many are not
 *
 * What was kept is durable. After an error, what could not be put back is still in the cache, and
 * the same call goes on with that; @kept and @lost are those of one call.
 *
 * Context: may sleep.
 * Return: 0, or -ENOSPC when there is no memory to put something back.
 */
int srd_cache_power_on(struct srd_disk *d, enum srd_keep keep, u64 seed, u64 *kept, u64 *lost)
{
	struct srd_keeping k = { .keep = keep, .seed = seed };
	struct srd_cache *c = &d->inject.cache;
	bool progress;
	int err;

	mutex_lock(&c->lock);
	do {
		/* What one page has given back may be what another one lacked. */
		err = srd_cache_empty(d, &k, &progress);
	} while (err && progress);
	if (!err) {
		c->seed = seed;
		c->flushes = 0;
	}
	mutex_unlock(&c->lock);
	*kept = k.kept;
	*lost = k.lost;
	return err;
}
