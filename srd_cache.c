// SPDX-License-Identifier: GPL-2.0
/*
 * srd - what would be lost: the volatile write cache of a disk
 *
 * The store has what was written last, so that who reads need not know of a cache. The cache keeps
 * the way back: for each page that was changed since the last flush, a copy of it as it was then.
 * A flush forgets these copies, and costs what was changed since the one before. When power comes
 * back, blocks are put back into the store, as many as are to be lost.
 *
 * Blocks are what is lost or kept, never a part of one. To be able to leave a block as any of its
 * writes has left it, the cache draws, with each of them, which one that would be: after n writes
 * there are n + 1 versions, and the newest of them replaces the one drawn before with a chance of
 * 1 / (n + 1), so that all have the same. Only that one has to be kept, and only once it is neither
 * the oldest nor the newest.
 *
 * What is discarded or erased is so at once: it is lost with or without a power cut.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include "srd.h"
#include "srd_cache.h"
#include "srd_io.h"
#include "srd_random.h"

/* What is not counted is so small beside what is that only the machine's own limits matter. */
#define SRD_CACHE_GFP	(GFP_NOIO | __GFP_RETRY_MAYFAIL | __GFP_NOWARN | __GFP_NOMEMALLOC)

/* Bytes that are asked for. */
struct srd_range {
	u64	pos;
	u64	end;
};

/* Blocks of a page that a range touches. */
struct srd_blocks {
	unsigned int	first;
	unsigned int	end;
};

static struct srd_blocks srd_blocks_touched(const struct srd_disk *d, unsigned long index,
					    struct srd_range r)
{
	u64 page = (u64)index << PAGE_SHIFT;
	unsigned int size = d->config.block_size;

	return (struct srd_blocks){
		.first = (unsigned int)(max(r.pos, page) - page) / size,
		.end = DIV_ROUND_UP((unsigned int)min_t(u64, r.end - page, PAGE_SIZE), size),
	};
}

static unsigned long srd_first_page(struct srd_range r)
{
	return r.pos >> PAGE_SHIFT;
}

static unsigned long srd_last_page(struct srd_range r)
{
	return (r.end - 1) >> PAGE_SHIFT;
}

static bool srd_current_hole(struct srd_disk *d, unsigned long index)
{
	bool hole;

	rcu_read_lock();
	hole = !srd_current(d, index);
	rcu_read_unlock();
	return hole;
}

/* ---- entries ---- */

static void *srd_cache_alloc(struct srd_disk *d, int *err)
{
	void *page = srd_account_alloc(d->store.account, d->store.node, true, err);

	if (page)
		WRITE_ONCE(d->store.beside, d->store.beside + 1);
	return page;
}

/* Forget what has been taken out of the cache, or never was in it. */
static void srd_cached_free(struct srd_disk *d, struct srd_cached *e)
{
	struct srd_cache *c = &d->inject.cache;
	struct srd_chain chain = { };

	/* What was overwritten stays no longer than until a flush, as docs/security.md has it. */
	if (e->durable) {
		clear_page(e->durable);
		srd_chain_add(&chain, (unsigned long)e->durable);
	}
	if (e->saved) {
		clear_page(e->saved);
		srd_chain_add(&chain, (unsigned long)e->saved);
	}
	WRITE_ONCE(d->store.beside, d->store.beside - chain.nr);
	WRITE_ONCE(c->blocks, c->blocks - e->changed);
	/* Nobody reads these but under the lock. */
	srd_account_free(d->store.account, &chain);
	kfree(e);
}

/**
 * srd_cached_drop() - forget what the cache has of a page
 * @d: the disk, with the lock of its cache held
 * @index: of the page
 * @e: its entry
 *
 * Context: may sleep.
 */
void srd_cached_drop(struct srd_disk *d, unsigned long index, struct srd_cached *e)
{
	xa_erase(&d->inject.cache.pages, index);
	srd_cached_free(d, e);
}

/* A copy of a page as it is now, which nobody changes meanwhile; NULL where it is a hole. */
static void *srd_cache_copy(struct srd_disk *d, unsigned long index, int *err)
{
	void *copy, *page;

	*err = 0;
	if (srd_current_hole(d, index))
		return NULL;
	copy = srd_cache_alloc(d, err);
	if (!copy)
		return NULL;
	rcu_read_lock();
	/* Elsewhere by now, if it was shared; gone, if a discard has not heard of the cache yet. */
	page = srd_current(d, index);
	if (page)
		copy_page(copy, page);
	rcu_read_unlock();
	return copy;
}

/* Let the cache have an entry for a page. */
static struct srd_cached *srd_cached_get(struct srd_disk *d, unsigned long index, int *err)
{
	struct xarray *pages = &d->inject.cache.pages;
	struct srd_cached *e = xa_load(pages, index);

	*err = 0;
	if (e)
		return e;
	e = kzalloc(struct_size(e, block, srd_blocks_of_page(d)), SRD_CACHE_GFP);
	if (!e) {
		*err = -ENOSPC;
		return NULL;
	}
	e->durable = srd_cache_copy(d, index, err);
	if (!*err && xa_err(xa_store(pages, index, e, SRD_CACHE_GFP)))
		*err = -ENOSPC;
	if (!*err)
		return e;
	srd_cached_free(d, e);
	return NULL;
}

/* ---- a change that can be lost ---- */

/* Whether the version of a block that is about to be made is drawn. */
static bool srd_draws(struct srd_disk *d, unsigned long index, unsigned int block, u32 writes)
{
	struct srd_cache *c = &d->inject.cache;
	u64 seed = srd_random(srd_random(c->seed, c->flushes), srd_block_number(d, index, block));

	return !srd_random_below(seed, writes, (u64)writes + 1);
}

static u32 srd_next_write(const struct srd_cached_block *b)
{
	return min_t(u32, b->writes + 1, GENMASK(29, 0));
}

/* Whether the version of a block that is about to be overwritten has to be saved. */
static bool srd_saves(struct srd_disk *d, unsigned long index, const struct srd_cached *e,
		      unsigned int block)
{
	const struct srd_cached_block *b = &e->block[block];

	return b->drawn == SRD_VERSION_CURRENT && !srd_draws(d, index, block, srd_next_write(b));
}

/* Have the memory that srd_cache_note() is going to need for a page. */
static int srd_cache_expect(struct srd_disk *d, unsigned long index, struct srd_range r)
{
	struct srd_blocks blocks = srd_blocks_touched(d, index, r);
	struct srd_cached *e;
	bool saves = false;
	unsigned int i;
	int err;

	e = srd_cached_get(d, index, &err);
	if (!e)
		return err;
	for (i = blocks.first; i < blocks.end && !saves; i++)
		saves = srd_saves(d, index, e, i);
	if (saves && !e->saved)
		e->saved = srd_cache_alloc(d, &err);
	return err;
}

/* Blocks of a page are about to be changed. */
static void srd_cache_note(struct srd_disk *d, unsigned long index, struct srd_range r)
{
	struct srd_cache *c = &d->inject.cache;
	struct srd_cached *e = xa_load(&c->pages, index);
	struct srd_blocks blocks = srd_blocks_touched(d, index, r);
	unsigned int i;

	/* Just come to be, by a write that has not heard of the cache yet. */
	if (!e)
		return;
	rcu_read_lock();
	for (i = blocks.first; i < blocks.end; i++) {
		struct srd_cached_block *b = &e->block[i];

		if (!b->writes) {
			e->changed++;
			WRITE_ONCE(c->blocks, c->blocks + 1);
		}
		if (srd_saves(d, index, e, i)) {
			/* No room for a page that a rule which flips bits has brought back. */
			if (e->saved)
				srd_block_copy(d, e->saved, srd_current(d, index), i);
			b->drawn = e->saved ? SRD_VERSION_SAVED : SRD_VERSION_DURABLE;
		}
		b->writes = srd_next_write(b);
		if (srd_draws(d, index, i, b->writes))
			b->drawn = SRD_VERSION_CURRENT;
	}
	rcu_read_unlock();
}

/* The next page, at @index or behind it, that a change changes; @end when there is none before. */
static unsigned long srd_changed_page(struct srd_disk *d, enum srd_op op, unsigned long index,
				      unsigned long end)
{
	cond_resched();
	/* Where there is no memory there are zeroes already. */
	return op == SRD_OP_WRITE ? index : srd_store_next_page(&d->store, index, end);
}

/*
 * A change has failed, or is not going to be. It may have been done in part, and counts as a write
 * that has; but what is of no use for any way back is forgotten.
 */
static void srd_cache_tidy(struct srd_disk *d, struct srd_range r)
{
	struct srd_cached *e;
	unsigned long index;

	xa_for_each_range(&d->inject.cache.pages, index, e, srd_first_page(r), srd_last_page(r)) {
		if (!e->changed || (!e->durable && !e->saved && srd_current_hole(d, index)))
			srd_cached_drop(d, index, e);
		cond_resched();
	}
}

static int srd_cache_prepare(struct srd_disk *d, enum srd_op op, struct srd_range r)
{
	unsigned long first = srd_first_page(r), end = srd_last_page(r) + 1, index;
	int err = 0;

	for (index = srd_changed_page(d, op, first, end); index < end && !err;
	     index = srd_changed_page(d, op, index + 1, end))
		err = srd_cache_expect(d, index, r);
	if (err)
		return err;
	for (index = srd_changed_page(d, op, first, end); index < end;
	     index = srd_changed_page(d, op, index + 1, end))
		srd_cache_note(d, index, r);
	return 0;
}

/* ---- a change that is durable ---- */

static unsigned int srd_changed_in(const struct srd_cached *e, struct srd_blocks blocks)
{
	unsigned int i, nr = 0;

	for (i = blocks.first; i < blocks.end; i++)
		nr += !!e->block[i].writes;
	return nr;
}

/* Have the memory that srd_cache_settle() is going to need. */
static int srd_settle_prepare(struct srd_disk *d, struct srd_range r)
{
	struct srd_cached *e;
	unsigned long index;
	int err = 0;

	xa_for_each_range(&d->inject.cache.pages, index, e, srd_first_page(r), srd_last_page(r)) {
		/* As long as other blocks can be lost, these must be where those are not. */
		if (!e->durable && srd_changed_in(e, srd_blocks_touched(d, index, r)) < e->changed)
			e->durable = srd_cache_alloc(d, &err);
		if (err)
			break;
		cond_resched();
	}
	return err;
}

static void srd_settle_block(struct srd_disk *d, unsigned long index, struct srd_cached *e,
			     unsigned int block)
{
	struct srd_cache *c = &d->inject.cache;
	struct srd_cached_block *b = &e->block[block];

	if (e->durable)
		srd_block_copy(d, e->durable, srd_current(d, index), block);
	/* What was erased is not to be left in memory. */
	if (e->saved)
		srd_block_copy(d, e->saved, NULL, block);
	if (b->writes) {
		e->changed--;
		WRITE_ONCE(c->blocks, c->blocks - 1);
	}
	*b = (struct srd_cached_block){ };
}

/* Make blocks durable as they are now. */
static void srd_cache_settle(struct srd_disk *d, struct srd_range r)
{
	struct srd_blocks blocks;
	struct srd_cached *e;
	unsigned long index;
	unsigned int i;

	xa_for_each_range(&d->inject.cache.pages, index, e, srd_first_page(r), srd_last_page(r)) {
		blocks = srd_blocks_touched(d, index, r);
		rcu_read_lock();
		for (i = blocks.first; i < blocks.end; i++)
			srd_settle_block(d, index, e, i);
		rcu_read_unlock();
		if (!e->changed)
			srd_cached_drop(d, index, e);
		cond_resched();
	}
}

/* Make durable what has been taken away of a range of which whole pages are discarded. */
static void srd_cache_discarded(struct srd_disk *d, struct srd_range r)
{
	unsigned long first = DIV_ROUND_UP_ULL(r.pos, PAGE_SIZE);
	unsigned long end = srd_store_whole_end(&d->store, r.end);
	struct srd_cached *e;
	unsigned long index;

	if (first >= end)
		return;
	xa_for_each_range(&d->inject.cache.pages, index, e, first, end - 1) {
		/* All, unless it has failed. */
		if (srd_current_hole(d, index))
			srd_cached_drop(d, index, e);
		cond_resched();
	}
}

static int srd_change_durably(struct srd_disk *d, struct bio *bio, enum srd_op op,
			      struct srd_range r)
{
	int err = srd_settle_prepare(d, r);

	if (!err)
		err = srd_io_serve_sleeping(d, bio, op, r.end - r.pos, -ERESTART);
	if (!err)
		srd_cache_settle(d, r);
	return err;
}

static int srd_change_cached(struct srd_disk *d, struct bio *bio, enum srd_op op,
			     struct srd_range r)
{
	int err = srd_cache_prepare(d, op, r);

	if (!err)
		err = srd_io_serve_sleeping(d, bio, op, r.end - r.pos, -ERESTART);
	if (err)
		srd_cache_tidy(d, r);
	return err;
}

static int srd_change_discard(struct srd_disk *d, struct bio *bio, struct srd_range r)
{
	int err = srd_io_serve_sleeping(d, bio, SRD_OP_DISCARD, r.end - r.pos, -ERESTART);

	srd_cache_discarded(d, r);
	return err;
}

/**
 * srd_cache_change() - serve a change of a disk that has a volatile cache
 * @d: the disk
 * @bio: as for srd_io_serve_sleeping(), and the next two
 * @op: what kind of request this is, neither a read nor a flush
 * @len: bytes that are asked for, not 0
 * @fua: it is to be durable when it has been served
 *
 * After an error it may have been done in part, as a write that can be lost; one with @fua, as
 * writes that can not.
 *
 * Context: process context, outside of RCU; may sleep.
 * Return: 0, -ENOSPC, -EIO or -EOPNOTSUPP.
 */
int srd_cache_change(struct srd_disk *d, struct bio *bio, enum srd_op op, u64 len, bool fua)
{
	struct srd_cache *c = &d->inject.cache;
	struct srd_range r = { .pos = bio->bi_iter.bi_sector << SECTOR_SHIFT };
	int err;

	r.end = r.pos + len;
	/* Before anything is noted; srd_io.c refuses it and tells. */
	if (d->config.read_only || r.end > READ_ONCE(d->store.capacity))
		return srd_io_serve_sleeping(d, bio, op, len, -ERESTART);
	mutex_lock(&c->lock);
	if (op == SRD_OP_DISCARD)
		err = srd_change_discard(d, bio, r);
	else if (fua || op == SRD_OP_SECURE_ERASE)
		err = srd_change_durably(d, bio, op, r);
	else
		err = srd_change_cached(d, bio, op, r);
	mutex_unlock(&c->lock);
	/* It may have been the cache that had no memory. */
	if (err == -ENOSPC)
		srd_account_full(d->store.account, d->config.number);
	return err;
}

/**
 * srd_cache_flush() - make all that has been written durable
 * @d: the disk
 *
 * Context: may sleep. Takes time in proportion to what was written since the last flush.
 */
void srd_cache_flush(struct srd_disk *d)
{
	struct srd_cache *c = &d->inject.cache;
	struct srd_cached *e;
	unsigned long index;

	mutex_lock(&c->lock);
	/* One that does nothing is none: the same choices are made with or without it. */
	if (!xa_empty(&c->pages))
		c->flushes++;
	xa_for_each(&c->pages, index, e) {
		srd_cached_free(d, e);
		cond_resched();
	}
	xa_destroy(&c->pages);
	mutex_unlock(&c->lock);
}

/**
 * srd_cache_seed() - begin anew with what is chosen by chance while a disk is written
 * @d: the disk, with nothing in its cache
 * @seed: the same seed and the same changes have the same outcome
 *
 * Context: may sleep.
 */
void srd_cache_seed(struct srd_disk *d, u64 seed)
{
	struct srd_cache *c = &d->inject.cache;

	mutex_lock(&c->lock);
	c->seed = seed;
	c->flushes = 0;
	mutex_unlock(&c->lock);
}

/**
 * srd_cache_init() - make the cache of a disk, with nothing in it
 * @d: the disk, with its configuration
 *
 * Context: any.
 */
void srd_cache_init(struct srd_disk *d)
{
	struct srd_cache *c = &d->inject.cache;

	mutex_init(&c->lock);
	xa_init(&c->pages);
}

/**
 * srd_cache_destroy() - end the cache of a disk
 * @d: the disk, with nothing in its cache: after srd_cache_flush(), which needs its memory
 *
 * Context: any.
 */
void srd_cache_destroy(struct srd_disk *d)
{
	mutex_destroy(&d->inject.cache.lock);
}
