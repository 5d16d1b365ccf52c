/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srd - the shape of a disk's table, and what every request does with it
 *
 * Requests that copy to and from the same place at the same time get what any disk would give
 * them: each byte an old or a new one.
 *
 * For srd_store.c, which changes tables, and for the data path in srd_blkmq.c, where a call for
 * each page would cost as much as the lookup.
 */
#ifndef SRD_TABLE_H
#define SRD_TABLE_H

#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "srd.h"

/* A slot: 0, a mark, or the address of a page. */
#define SRD_SLOT_HOLE		0UL
#define SRD_SLOT_SEALED		1UL	/* its node is being proved empty */
#define SRD_SLOT_DEAD		2UL	/* its node has left the table */
#define SRD_SLOT_MARKS		SRD_SLOT_DEAD

/**
 * struct srd_table - the root of a table
 * @shift: bits of a page's index that are resolved below the root
 * @pages: what it costs, in pages
 * @nr: slots
 * @slot: the root's slots
 */
struct srd_table {
	unsigned int	shift;
	unsigned int	pages;
	unsigned long	nr;
	unsigned long	slot[];
};

static inline unsigned long srd_slots_below(unsigned long index, unsigned int shift)
{
	return (index >> shift) & (SRD_NODE_SLOTS - 1);
}

/**
 * srd_table_lookup() - find a data page
 * @s: the store
 * @index: of the page: position divided by the page size; within the capacity
 *
 * Context: in an RCU read-side section, for as long as the page is used.
 * Return: its address, or NULL when it was never written or has been given back.
 */
static __always_inline void *srd_table_lookup(struct srd_store *s, unsigned long index)
{
	struct srd_table *t = s->table;
	unsigned int shift = t->shift;
	unsigned long entry = READ_ONCE(t->slot[index >> shift]);

	while (shift && entry > SRD_SLOT_MARKS) {
		shift -= SRD_NODE_SHIFT;
		entry = READ_ONCE(((unsigned long *)entry)[srd_slots_below(index, shift)]);
	}
	return entry > SRD_SLOT_MARKS ? (void *)entry : NULL;
}

/**
 * srd_copy() - copy within one page
 * @dst: where to
 * @src: where from
 * @len: bytes, at most a page
 *
 * Whole pages have a copy of their own on most machines. Less than that is sectors, each of a
 * length that the compiler knows and copies in line: 140 instructions less than a call of memcpy()
 * for the first on a CPU without fast string moves.
 */
static __always_inline void srd_copy(void *dst, const void *src, size_t len)
{
	if (len == PAGE_SIZE && PAGE_ALIGNED(dst) && PAGE_ALIGNED(src)) {
		copy_page(dst, (void *)src);
		return;
	}
	for (; len >= SECTOR_SIZE; len -= SECTOR_SIZE) {
		memcpy(dst, src, SECTOR_SIZE);
		dst += SECTOR_SIZE;
		src += SECTOR_SIZE;
	}
	if (unlikely(len))
		memcpy(dst, src, len);
}

/* How much of a range lies in the page that it begins in. */
static __always_inline size_t srd_step(u64 pos, u64 len)
{
	return min_t(u64, len, PAGE_SIZE - offset_in_page(pos));
}

/**
 * srd_store_read() - copy from the disk's memory
 * @s: the store
 * @pos: where from, in bytes
 * @dst: where to
 * @len: bytes; @pos + @len is at most the capacity
 *
 * Context: in an RCU read-side section.
 */
static __always_inline void srd_store_read(struct srd_store *s, u64 pos, void *dst, size_t len)
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

/**
 * srd_store_write() - copy into the disk's memory
 * @s: the store
 * @pos: where to, in bytes
 * @src: where from
 * @len: bytes; @pos + @len is at most the capacity
 * @may_sleep: wait for memory when there is none at once
 *
 * Context: in an RCU read-side section; with @may_sleep, one that is the only one, in process
 * context: it is left while memory is waited for.
 * Return: 0, or the error of srd_store_populate(); then a part may have been written.
 */
static __always_inline int srd_store_write(struct srd_store *s, u64 pos, const void *src,
					   size_t len, bool may_sleep)
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

#endif /* SRD_TABLE_H */
