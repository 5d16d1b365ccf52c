/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srd - what is in the volatile cache of a disk
 *
 * For srd_cache.c, which fills it, and srd_cache_power.c, which uses it.
 */
#ifndef SRD_CACHE_H
#define SRD_CACHE_H

#include <linux/mm.h>
#include <linux/string.h>
#include <linux/types.h>

#include "srd_table.h"

/* Where a version of a block is */
enum srd_version {
	SRD_VERSION_DURABLE,	/* as at the last flush */
	SRD_VERSION_SAVED,	/* as it was in between */
	SRD_VERSION_CURRENT,	/* as it is now, in the store */
};

/**
 * struct srd_cached_block - a block of a page that was changed
 * @writes: how often since the last flush; as good as never more than this can count
 * @drawn: enum srd_version: which one is left by SRD_KEEP_PREFIX
 */
struct srd_cached_block {
	u32	writes:30;
	u32	drawn:2;
};

/**
 * struct srd_cached - a page that was changed since the last flush
 * @durable: a copy as it was then, with what has been written durably since; NULL: all zeroes
 * @saved: has the blocks with SRD_VERSION_SAVED; NULL as long as there has been none
 * @changed: blocks that were
 * @block: all of the page
 *
 * All under the cache's lock, as what is in it.
 */
struct srd_cached {
	void			*durable;
	void			*saved;
	unsigned int		changed;
	struct srd_cached_block	block[];
};

static inline unsigned int srd_blocks_of_page(const struct srd_disk *d)
{
	return PAGE_SIZE / d->config.block_size;
}

/* Number of a block, of all of the disk. */
static inline u64 srd_block_number(const struct srd_disk *d, unsigned long index,
				   unsigned int block)
{
	return (u64)index * srd_blocks_of_page(d) + block;
}

/* The page as it is now, or NULL where it is a hole. In an RCU read-side section. */
static inline void *srd_current(struct srd_disk *d, unsigned long index)
{
	unsigned long entry = srd_table_lookup(&d->store, index);

	return entry > SRD_SLOT_MARKS ? (void *)srd_slot_addr(entry) : NULL;
}

/* Copy a block of a page; where there is nothing to copy from there are zeroes. */
static inline void srd_block_copy(const struct srd_disk *d, void *to, const void *from,
				  unsigned int block)
{
	size_t size = d->config.block_size, at = block * size;

	if (from)
		memcpy(to + at, from + at, size);
	else
		memset(to + at, 0, size);
}

void srd_cached_drop(struct srd_disk *d, unsigned long index, struct srd_cached *e);

#endif /* SRD_CACHE_H */
