// SPDX-License-Identifier: GPL-2.0
/*
 * srd - what a disk holds: how much, and where
 *
 * For who asks and has no part in I/O: the disk may be smaller or gone before there is an answer.
 */
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "srd_table.h"

/* Count from @index on, and move it on; false when that was the last. */
static bool srd_count_more(struct srd_store *s, unsigned long *index, struct srd_count *count)
{
	bool more = false;

	/* Whoever wants to count can, so that nobody must have to wait for long. */
	down_read(&s->hold);
	/* It may be another, smaller one than before. */
	if (s->table && *index < s->table->nr << s->table->shift) {
		if (!*index)
			count->pages[0] += s->table->pages;
		*index = srd_table_count(s, *index, count);
		more = *index < s->table->nr << s->table->shift;
	}
	up_read(&s->hold);
	return more;
}

/**
 * srd_store_used() - memory that would be free without this disk
 * @s: the store
 * @shared: set to the memory that it holds together with others, in bytes; may be NULL
 *
 * Context: may sleep; takes time in proportion to the memory where any is or was shared.
 * Return: bytes, the table included.
 */
u64 srd_store_used(struct srd_store *s, u64 *shared)
{
	struct srd_count count = { };
	unsigned long index = 0;

	if (shared)
		*shared = 0;
	if (!srd_account_shared(s->account))
		return srd_account_used(s->account);
	while (!fatal_signal_pending(current) && srd_count_more(s, &index, &count))
		cond_resched();
	if (shared)
		*shared = (u64)count.pages[1] << PAGE_SHIFT;
	return (u64)(count.pages[0] + READ_ONCE(s->beside)) << PAGE_SHIFT;
}

/**
 * srd_store_end() - where a question about a range ends
 * @s: the store
 * @end: where it shall; 0: at the disk's end
 *
 * Context: any.
 * Return: @end, or the disk's end when that comes first.
 */
u64 srd_store_end(struct srd_store *s, u64 end)
{
	u64 capacity = READ_ONCE(s->capacity);

	return end ? min(end, capacity) : capacity;
}

/* As srd_table_look(), for who has no part in I/O: the disk may be smaller or gone by now. */
static unsigned long srd_look(struct srd_store *s, unsigned long index, unsigned int *shift)
{
	unsigned long page = SRD_SLOT_HOLE;

	*shift = BITS_PER_LONG - PAGE_SHIFT - 1;
	down_read(&s->hold);
	if (s->table && index < DIV_ROUND_UP_ULL(s->capacity, PAGE_SIZE)) {
		rcu_read_lock();
		page = srd_table_look(s, index, shift);
		rcu_read_unlock();
	}
	up_read(&s->hold);
	return page;
}

/**
 * srd_store_next_page() - find a page that has memory
 * @s: the store
 * @index: of the page to begin with
 * @end: index to stop before
 *
 * Context: may sleep; takes time in proportion to the memory in between, and none for holes.
 * Return: the index of the first one, or @end.
 */
unsigned long srd_store_next_page(struct srd_store *s, unsigned long index, unsigned long end)
{
	unsigned int shift;

	while (index < end && srd_look(s, index, &shift) == SRD_SLOT_HOLE) {
		index = (index | (BIT(shift) - 1)) + 1;
		cond_resched();
	}
	return min(index, end);
}

/* The next extent at or after @pos; false when there is none before @end. @pos is moved on. */
static bool srd_next_extent(struct srd_store *s, u64 *pos, u64 end, struct srd_extent *e)
{
	memset(e, 0, sizeof(*e));
	while (*pos < end && !fatal_signal_pending(current)) {
		unsigned int shift;
		unsigned long page = srd_look(s, *pos >> PAGE_SHIFT, &shift);
		u64 span = (u64)PAGE_SIZE << shift;
		u32 flags = page & SRD_SLOT_SHARED ? SRD_EXTENT_SHARED : 0;

		if (e->length && page != SRD_SLOT_HOLE && flags != e->flags)
			return true;
		span = min(end - *pos, span - (*pos & (span - 1)));
		if (page != SRD_SLOT_HOLE) {
			if (!e->length)
				e->start = *pos;
			e->length += span;
			e->flags = flags;
		}
		*pos += span;
		/* Not looked at again: by then it may be none, and begin where this one ends. */
		if (page == SRD_SLOT_HOLE && e->length)
			return true;
		cond_resched();
	}
	return e->length;
}

/**
 * srd_store_extents() - which ranges have memory
 * @s: the store
 * @pos: first byte to look at; set to where to go on, @end when there is no more
 * @end: byte to stop before
 * @to: gets them
 * @room: how many it has room for
 *
 * Context: may sleep; takes time in proportion to the memory in the range.
 * Return: how many there are; all before @pos.
 */
u32 srd_store_extents(struct srd_store *s, u64 *pos, u64 end, struct srd_extent *to, u32 room)
{
	u32 nr = 0;

	while (nr < room && srd_next_extent(s, pos, end, &to[nr]))
		nr++;
	return nr;
}
