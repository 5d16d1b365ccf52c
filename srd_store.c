// SPDX-License-Identifier: GPL-2.0
/*
 * srd - the memory of one disk
 *
 * A disk's memory is a table as page tables are: slots lead to nodes (one page of slots each),
 * those of the last level to the data pages. A slot holds 0 for a hole, a mark below, or the
 * address of what it leads to.
 *
 * While there is I/O, slots are changed by atomic exchange only, so that finding, adding and
 * taking away need no lock:
 *
 * - Looking up and copying happen in one RCU read-side section. Whatever is taken out of the
 *   table is freed a grace period later.
 * - Adding goes from 0 to an address. Who loses the race uses what the winner put there.
 * - Taking away goes from an address to 0, or, in a node that has been unlinked itself, to
 *   SRD_SLOT_DEAD, and whoever made the exchange owns what was there. A writer that still holds
 *   that node finds the mark, cannot lose a page in it, and starts again from the root.
 * - An empty node is unlinked only after all its slots were marked SRD_SLOT_SEALED, for the same
 *   reason. A seal that finds the node in use is taken back.
 */
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "srd_table.h"

/* Longest range, in pages, that is freed or zeroed where sleeping is not allowed: 4 MiB. */
#define SRD_ATOMIC_PAGES	(SZ_4M >> PAGE_SHIFT)

static void *srd_page_alloc(struct srd_store *s, bool may_sleep, int *err)
{
	return srd_account_alloc(&s->account, s->node, may_sleep, err);
}

/*
 * Put the page at @addr, and the nodes on the way to it, into the table.
 * Return 0, or -EEXIST when another CPU was first, or the error of an allocation.
 */
static int srd_insert(struct srd_store *s, unsigned long index, void *addr, bool may_sleep)
{
	unsigned long spare = 0, old;
	struct srd_table *t = s->table;
	unsigned long *slot;
	bool refused = false;
	unsigned int shift;
	int err = 0;

again:
	rcu_read_lock();
	shift = t->shift;
	slot = &t->slot[index >> shift];
	for (;;) {
		old = READ_ONCE(*slot);
		if (old == SRD_SLOT_SEALED || old == SRD_SLOT_DEAD) {
			rcu_read_unlock();
			cpu_relax();
			goto again;
		}
		if (!shift) {
			if (old != SRD_SLOT_HOLE) {
				err = -EEXIST;
				break;
			}
			if (cmpxchg(slot, SRD_SLOT_HOLE, (unsigned long)addr) == SRD_SLOT_HOLE) {
				err = 0;
				break;
			}
			continue;
		}
		if (old == SRD_SLOT_HOLE) {
			if (!spare) {
				rcu_read_unlock();
				if (refused)
					return err;
				spare = (unsigned long)srd_page_alloc(s, may_sleep, &err);
				/* Another CPU may have had the last page for this very node. */
				refused = !spare;
				goto again;
			}
			if (cmpxchg(slot, SRD_SLOT_HOLE, spare) == SRD_SLOT_HOLE)
				spare = 0;
			continue;
		}
		shift -= SRD_NODE_SHIFT;
		slot = (unsigned long *)old + srd_slots_below(index, shift);
	}
	rcu_read_unlock();
	if (spare)
		srd_account_return(&s->account, (void *)spare);
	return err;
}

/* As srd_table_lookup(). Where there is no page, the 2^@shift pages around @index are missing. */
static void *srd_lookup_or_hole(struct srd_store *s, unsigned long index, unsigned int *shift)
{
	struct srd_table *t = s->table;
	unsigned long entry = READ_ONCE(t->slot[index >> t->shift]);

	*shift = t->shift;
	while (*shift && entry > SRD_SLOT_MARKS) {
		*shift -= SRD_NODE_SHIFT;
		entry = READ_ONCE(((unsigned long *)entry)[srd_slots_below(index, *shift)]);
	}
	return entry > SRD_SLOT_MARKS ? (void *)entry : NULL;
}

/*
 * Zero what exists of a range; what does not exist reads as zeroes already, and is passed over
 * as a whole: a range may be all of a disk that is mostly empty.
 */
static void srd_overwrite(struct srd_store *s, u64 pos, u64 len, bool may_sleep)
{
	while (len) {
		unsigned int shift;
		u64 span, n;
		void *page;

		rcu_read_lock();
		page = srd_lookup_or_hole(s, pos >> PAGE_SHIFT, &shift);
		span = (u64)PAGE_SIZE << shift;
		n = min(len, span - (pos & (span - 1)));
		if (page)
			memset(page + offset_in_page(pos), 0, n);
		rcu_read_unlock();
		pos += n;
		len -= n;
		if (may_sleep)
			cond_resched();
	}
}

/* Empty a slot of a live node; whoever gets the entry owns it. */
static unsigned long srd_slot_take(unsigned long *slot)
{
	unsigned long entry = READ_ONCE(*slot);

	while (entry > SRD_SLOT_MARKS && !try_cmpxchg(slot, &entry, SRD_SLOT_HOLE))
		;
	return entry > SRD_SLOT_MARKS ? entry : 0;
}

/*
 * Take apart what an unlinked slot led to: a data page for @shift 0, else a node whose slots
 * each stand for 2^(@shift - SRD_NODE_SHIFT) pages. The mark keeps late writers from adding.
 */
static void srd_take_apart(unsigned long entry, unsigned int shift, struct srd_chain *chain,
			   bool may_sleep)
{
	unsigned long *slot = (unsigned long *)entry;
	unsigned long i;

	for (i = 0; shift && i < SRD_NODE_SLOTS; i++) {
		unsigned long below = xchg(&slot[i], SRD_SLOT_DEAD);

		if (below > SRD_SLOT_MARKS)
			srd_take_apart(below, shift - SRD_NODE_SHIFT, chain, may_sleep);
	}
	srd_chain_add(chain, entry);
	if (shift && may_sleep)
		cond_resched();
}

/*
 * Unlink the node that stands for the 2^@level pages around @index if nothing is left in it.
 * Return false when something is, so that the nodes above it are in use as well.
 */
static bool srd_prune_node(struct srd_store *s, unsigned long index, unsigned int level,
			   struct srd_chain *chain)
{
	struct srd_table *t = s->table;
	unsigned int shift = t->shift;
	unsigned long *slot = &t->slot[index >> shift];
	unsigned long entry, *node, i;
	bool empty = true;

	rcu_read_lock();
	entry = READ_ONCE(*slot);
	while (shift > level && entry > SRD_SLOT_MARKS) {
		shift -= SRD_NODE_SHIFT;
		slot = (unsigned long *)entry + srd_slots_below(index, shift);
		entry = READ_ONCE(*slot);
	}
	if (entry <= SRD_SLOT_MARKS)
		goto out;

	node = (unsigned long *)entry;
	for (i = 0; empty && i < SRD_NODE_SLOTS; i++)
		empty = READ_ONCE(node[i]) == SRD_SLOT_HOLE;
	if (!empty)
		goto out;

	/* Writers wait for the outcome, so it must not be put off. */
	preempt_disable();
	for (i = 0; i < SRD_NODE_SLOTS; i++)
		if (cmpxchg(&node[i], SRD_SLOT_HOLE, SRD_SLOT_SEALED) != SRD_SLOT_HOLE)
			break;
	if (i < SRD_NODE_SLOTS) {
		empty = false;
		/* Last sealed, first opened: who holds slot 0 keeps others from sealing. */
		while (i--)
			cmpxchg(&node[i], SRD_SLOT_SEALED, SRD_SLOT_HOLE);
	} else if (cmpxchg(slot, entry, SRD_SLOT_HOLE) == entry) {
		srd_chain_add(chain, entry);
	}
	preempt_enable();
out:
	rcu_read_unlock();
	return empty;
}

/* Unlink the nodes on the way to the data page at @index that have become empty. */
static void srd_prune(struct srd_store *s, unsigned long index, struct srd_chain *chain)
{
	unsigned int level = SRD_NODE_SHIFT;

	while (level <= s->table->shift && srd_prune_node(s, index, level, chain))
		level += SRD_NODE_SHIFT;
}

/* After an insertion that failed: take away the nodes that it put there for nothing. */
static void srd_prune_path(struct srd_store *s, unsigned long index)
{
	struct srd_chain chain = { };

	srd_prune(s, index, &chain);
	srd_account_reap(&s->account, &chain, false);
}

/* Whether a page is there after all: another CPU may have had the last one for it. */
static bool srd_present(struct srd_store *s, unsigned long index)
{
	bool present;

	rcu_read_lock();
	present = srd_table_lookup(s, index);
	rcu_read_unlock();
	return present;
}

/**
 * srd_store_populate() - give a page its memory, at its first write
 * @s: the store
 * @index: of the page: position divided by the page size; within the capacity
 * @may_sleep: wait for memory when there is none at once
 *
 * The only slow part of a write.
 *
 * Context: process context; with @may_sleep false, RCU read-side sections too. No interrupts: they
 * would wait for the node that the CPU they run on is sealing.
 * Return: 0 when the page was there for a moment at least; -ENOSPC when a limit is reached or the
 * machine has no memory to spare; -EAGAIN when the same call with @may_sleep could succeed.
 */
int srd_store_populate(struct srd_store *s, unsigned long index, bool may_sleep)
{
	void *addr;
	int err;

	addr = srd_page_alloc(s, may_sleep, &err);
	if (!addr)
		return srd_present(s, index) ? 0 : err;
	err = srd_insert(s, index, addr, may_sleep);
	if (err)
		srd_account_return(&s->account, addr);
	if (err == -EEXIST)
		return 0;
	if (err)
		srd_prune_path(s, index);
	return err;
}

/* Pages between two looks at whether to go on: 1 MiB, well under a millisecond. */
#define SRD_PREALLOC_STEP	(SZ_1M >> PAGE_SHIFT)

static int srd_prealloc_step(struct srd_store *s, unsigned long index, unsigned long nr,
			     const bool *stop)
{
	int err = 0;

	if (stop && READ_ONCE(*stop))
		return -EINTR;
	/* Who was only stopped for a while (SIGSTOP) begins anew without noticing. */
	if (signal_pending(current))
		return -ERESTARTNOHAND;
	while (!err && nr--)
		err = srd_store_populate(s, index++, true);
	cond_resched();
	return err;
}

/**
 * srd_store_prealloc() - give a range its memory before it is written
 * @s: the store
 * @pos: start in bytes
 * @len: bytes; the table reaches @pos + @len
 * @stop: give up when this comes true, and not only when a signal comes; or NULL
 *
 * srd_memory_info() tells how far it is. After an error the caller gives back what was taken.
 *
 * Context: may sleep, and takes time in proportion to the range.
 * Return: 0; -ENOSPC, at once when it is hopeless; -EINTR by @stop; or -ERESTARTNOHAND, which is
 * EINTR to the caller of a system call who has a handler for the signal.
 */
int srd_store_prealloc(struct srd_store *s, u64 pos, u64 len, const bool *stop)
{
	unsigned long index = pos >> PAGE_SHIFT;
	unsigned long end = DIV_ROUND_UP_ULL(pos + len, PAGE_SIZE);
	int err = 0;

	if (!srd_account_room(&s->account, end - index))
		return -ENOSPC;
	srd_memory_expect(end - index);
	while (!err && index < end) {
		unsigned long nr = min(end - index, (unsigned long)SRD_PREALLOC_STEP);

		err = srd_prealloc_step(s, index, nr, stop);
		srd_memory_expect(-(long)nr);
		index += nr;
	}
	srd_memory_expect(-(long)(end - index));
	return err;
}

/* Take the pages from index @first up to, not including, @end out of the table. */
static void srd_unlink(struct srd_store *s, unsigned long first, unsigned long end,
		       struct srd_chain *chain, bool may_sleep)
{
	struct srd_table *t = s->table;
	unsigned long index = first;

	while (index < end) {
		unsigned int shift = t->shift;
		unsigned long *slot = &t->slot[index >> shift];
		unsigned long span, entry;

		rcu_read_lock();
		for (;;) {
			span = BIT(shift);
			if (!(index & (span - 1)) && end - index >= span) {
				entry = srd_slot_take(slot);
				break;
			}
			entry = READ_ONCE(*slot);
			if (entry <= SRD_SLOT_MARKS) {
				entry = 0;
				break;
			}
			shift -= SRD_NODE_SHIFT;
			slot = (unsigned long *)entry + srd_slots_below(index, shift);
		}
		rcu_read_unlock();

		if (entry)
			srd_take_apart(entry, shift, chain, may_sleep);
		index = (index | (span - 1)) + 1;
		if (may_sleep)
			cond_resched();
	}

	/* Nodes that the range covers only in part, on any level. */
	if (first & (BIT(t->shift) - 1))
		srd_prune(s, first, chain);
	if (end & (BIT(t->shift) - 1))
		srd_prune(s, end, chain);
}

static bool srd_too_long(u64 len, bool may_sleep)
{
	return !may_sleep && len > ((u64)SRD_ATOMIC_PAGES << PAGE_SHIFT);
}

static void srd_free_pages(struct srd_store *s, u64 first, u64 end, bool wipe, bool may_sleep)
{
	struct srd_chain chain = { };

	if (first >= end)
		return;
	srd_unlink(s, first, end, &chain, may_sleep);
	srd_account_reap(&s->account, &chain, wipe);
}

/* Where the whole pages of a range end. Nothing lies behind the disk's end: it ends its page. */
static u64 srd_whole_end(struct srd_store *s, u64 end)
{
	return end == s->capacity ? DIV_ROUND_UP_ULL(end, PAGE_SIZE) : end >> PAGE_SHIFT;
}

/**
 * srd_store_discard() - give back the whole pages of a range
 * @s: the store
 * @pos: start in bytes
 * @len: bytes; @pos + @len is at most the capacity
 * @may_sleep: the range may be of any length
 *
 * Pages that the range covers only in part stay as they are.
 *
 * Context: process context; with @may_sleep false, RCU read-side sections too.
 * Return: 0, or -EAGAIN when the range is too long for a caller that cannot sleep.
 */
int srd_store_discard(struct srd_store *s, u64 pos, u64 len, bool may_sleep)
{
	if (srd_too_long(len, may_sleep))
		return -EAGAIN;
	srd_free_pages(s, DIV_ROUND_UP_ULL(pos, PAGE_SIZE), srd_whole_end(s, pos + len), false,
		       may_sleep);
	return 0;
}

/**
 * srd_store_zero() - let a range read as zeroes
 * @s: the store
 * @pos: start in bytes
 * @len: bytes; @pos + @len is at most the capacity
 * @how: what becomes of the memory
 * @may_sleep: the range may be of any length
 *
 * With SRD_ZERO_WIPE the memory has been overwritten and freed on return, which takes a sleep.
 *
 * Context: process context; with @may_sleep false, RCU read-side sections too.
 * Return: 0, or -EAGAIN when the caller must be able to sleep for this.
 */
int srd_store_zero(struct srd_store *s, u64 pos, u64 len, enum srd_zero_how how, bool may_sleep)
{
	u64 first = DIV_ROUND_UP_ULL(pos, PAGE_SIZE);
	u64 end = srd_whole_end(s, pos + len);

	if (srd_too_long(len, may_sleep) || (how == SRD_ZERO_WIPE && !may_sleep))
		return -EAGAIN;
	if (how == SRD_ZERO_KEEP || first >= end) {
		srd_overwrite(s, pos, len, may_sleep);
		return 0;
	}
	srd_overwrite(s, pos, (first << PAGE_SHIFT) - pos, may_sleep);
	srd_free_pages(s, first, end, how == SRD_ZERO_WIPE, may_sleep);
	if (end << PAGE_SHIFT < pos + len)
		srd_overwrite(s, end << PAGE_SHIFT, offset_in_page(pos + len), may_sleep);
	if (how == SRD_ZERO_WIPE)
		srd_memory_reap_wait();
	return 0;
}

static struct srd_table *srd_table_alloc(u64 capacity, int node)
{
	unsigned long pages = DIV_ROUND_UP_ULL(capacity, PAGE_SIZE);
	unsigned int shift = SRD_NODE_SHIFT;
	struct srd_table *t;
	unsigned long nr;
	size_t size;

	while ((pages - 1) >> shift >= SRD_ROOT_SLOTS)
		shift += SRD_NODE_SHIFT;
	nr = ((pages - 1) >> shift) + 1;
	size = struct_size(t, slot, nr);
	t = kvzalloc_node(size, GFP_KERNEL, node);
	if (!t)
		return NULL;
	t->shift = shift;
	t->nr = nr;
	t->pages = DIV_ROUND_UP(size, PAGE_SIZE);
	return t;
}

static void srd_table_free(struct srd_table *t)
{
	kvfree(t);
}

/**
 * srd_store_init() - make the memory of a disk, all of it zeroes
 * @s: to be filled
 * @capacity: bytes, 1 to SRD_CAPACITY_MAX
 * @limit: bytes of memory that it may hold, 0 for no limit
 * @node: NUMA node to allocate from, or NUMA_NO_NODE
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int srd_store_init(struct srd_store *s, u64 capacity, u64 limit, int node)
{
	int err;

	s->table = srd_table_alloc(capacity, node);
	if (!s->table)
		return -ENOMEM;
	err = srd_account_init(&s->account, limit);
	if (err) {
		srd_table_free(s->table);
		return err;
	}
	s->capacity = capacity;
	s->node = node;
	srd_account_adjust(&s->account, s->table->pages);
	return 0;
}

/**
 * srd_store_empty() - free the memory of a disk that nobody reads or writes any more
 * @s: made by srd_store_init()
 *
 * Only questions to its account and srd_store_destroy() are allowed from here on.
 *
 * Context: may sleep.
 */
void srd_store_empty(struct srd_store *s)
{
	struct srd_chain chain = { };
	unsigned long i;

	srd_account_close(&s->account);
	for (i = 0; i < s->table->nr; i++) {
		unsigned long entry = s->table->slot[i];

		if (entry > SRD_SLOT_MARKS)
			srd_take_apart(entry, s->table->shift, &chain, true);
		srd_account_free(&s->account, &chain);
	}
	srd_account_adjust(&s->account, -(long)s->table->pages);
	srd_table_free(s->table);
	s->table = NULL;
}

/**
 * srd_store_destroy() - free what srd_store_empty() left
 * @s: emptied, and nobody asks it anything any more
 *
 * Context: may sleep.
 */
void srd_store_destroy(struct srd_store *s)
{
	srd_account_destroy(&s->account);
}

static bool srd_table_reaches(const struct srd_table *t, u64 capacity)
{
	return (DIV_ROUND_UP_ULL(capacity, PAGE_SIZE) - 1) >> t->shift < t->nr;
}

/*
 * The slot of a table under construction that stands for the 2^@shift pages at @index. With
 * @s, missing nodes are allocated and NULL means that one could not be.
 */
static unsigned long *srd_table_slot(struct srd_table *t, unsigned long index,
				     unsigned int shift, struct srd_store *s)
{
	unsigned int at = t->shift;
	unsigned long *slot = &t->slot[index >> at];
	int err;

	while (at > shift) {
		if (!*slot && s)
			*slot = (unsigned long)srd_page_alloc(s, true, &err);
		if (!*slot)
			return NULL;
		at -= SRD_NODE_SHIFT;
		slot = (unsigned long *)*slot + srd_slots_below(index, at);
	}
	return slot;
}

/**
 * srd_store_resize_prepare() - make the table that a larger capacity needs
 * @s: the store
 * @capacity: bytes, 1 to SRD_CAPACITY_MAX
 *
 * I/O may go on meanwhile; other resizes may not.
 *
 * Context: may sleep.
 * Return: what srd_store_resize() wants: NULL when the present table will do, else a table;
 * or ERR_PTR(-ENOMEM).
 */
struct srd_table *srd_store_resize_prepare(struct srd_store *s, u64 capacity)
{
	struct srd_table *old = s->table, *new;
	struct srd_chain chain = { };
	unsigned long i;

	if (srd_table_reaches(old, capacity))
		return NULL;
	new = srd_table_alloc(capacity, s->node);
	if (!new)
		return ERR_PTR(-ENOMEM);
	/* The nodes between the new root and what the old root's slots lead to. */
	for (i = 0; new->shift > old->shift && i < old->nr; i += SRD_NODE_SLOTS)
		if (!srd_table_slot(new, i << old->shift, old->shift, s))
			goto undo;
	srd_account_adjust(&s->account, new->pages);
	return new;

undo:
	for (i = 0; i < new->nr && new->slot[i]; i++)
		srd_take_apart(new->slot[i], new->shift, &chain, true);
	srd_account_free(&s->account, &chain);
	srd_table_free(new);
	return ERR_PTR(-ENOMEM);
}

/**
 * srd_store_resize() - change the capacity
 * @s: the store, with all I/O kept out by the caller
 * @capacity: bytes
 * @bigger: what srd_store_resize_prepare() returned for this capacity; NULL to shrink
 *
 * What is cut off stays in memory until srd_store_trim(), which must come before the next
 * resize. What is added reads as zeroes.
 *
 * Context: may sleep; takes time in proportion to the root only.
 */
void srd_store_resize(struct srd_store *s, u64 capacity, struct srd_table *bigger)
{
	struct srd_table *old = s->table;
	unsigned long i;

	if (bigger) {
		for (i = 0; i < old->nr; i++)
			*srd_table_slot(bigger, i << old->shift, old->shift, NULL) = old->slot[i];
		s->table = bigger;
		srd_account_adjust(&s->account, -(long)old->pages);
		srd_table_free(old);
	}
	WRITE_ONCE(s->capacity, capacity);
}

/**
 * srd_store_trim() - give back all that lies past the capacity
 * @s: the store; I/O below the capacity may go on
 *
 * Context: may sleep.
 */
void srd_store_trim(struct srd_store *s)
{
	u64 tail = offset_in_page(s->capacity);

	if (tail)
		srd_overwrite(s, s->capacity, PAGE_SIZE - tail, true);
	srd_free_pages(s, DIV_ROUND_UP_ULL(s->capacity, PAGE_SIZE),
		       (u64)s->table->nr << s->table->shift, false, true);
}
