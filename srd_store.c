// SPDX-License-Identifier: GPL-2.0
/*
 * srd - the memory of one disk
 *
 * What requests ask of it, in terms of srd_table.c, which finds, adds and takes away pages, and
 * of srd_memory.c, which has them.
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
#include <linux/wait.h>

#include "srd_table.h"

/* Longest range, in pages, that is freed or zeroed where sleeping is not allowed: 4 MiB. */
#define SRD_ATOMIC_PAGES	(SZ_4M >> PAGE_SHIFT)

/* Longest range, in pages, that processes are kept out of at once: 64 MiB. */
#define SRD_MAPPED_PAGES	(SZ_64M >> PAGE_SHIFT)

static bool srd_is_hole(struct srd_store *s, unsigned long index)
{
	bool hole;

	rcu_read_lock();
	hole = srd_table_lookup(s, index) == SRD_SLOT_HOLE;
	rcu_read_unlock();
	return hole;
}

/* After an insertion that failed: take away the nodes that it put there for nothing. */
static void srd_prune_path(struct srd_store *s, unsigned long index)
{
	struct srd_chain chain = { };

	srd_table_prune(s, index, &chain);
	srd_account_reap(s->account, &chain, false);
}

/* Whether a page can be written after all: another CPU may have had the last one for it. */
static bool srd_writable(struct srd_store *s, unsigned long index)
{
	bool own;

	rcu_read_lock();
	own = srd_slot_own(srd_table_lookup(s, index));
	rcu_read_unlock();
	return own;
}

static bool srd_claim(struct srd_store *s, struct srd_map *map, unsigned long index)
{
	bool own;

	/* A mapping is a user of the page like any other. */
	srd_map_shut(map, index, 1, false);
	own = srd_table_claim(s, index);
	srd_map_open(map);
	return own;
}

static int srd_populate(struct srd_store *s, unsigned long index, bool may_sleep)
{
	struct srd_map *map = READ_ONCE(s->map);
	void *addr;
	int err;

	if (unlikely(map) && !may_sleep)
		return -EAGAIN;
	/* Where memory was shared, there may be a page that needs none. */
	if (srd_account_shared(s->account) && srd_claim(s, map, index))
		return 0;
	addr = srd_account_alloc(s->account, s->node, may_sleep, &err);
	if (!addr)
		return srd_writable(s, index) ? 0 : err;
	srd_map_shut(map, index, 1, false);
	err = srd_table_insert(s, index, addr, may_sleep);
	srd_map_open(map);
	if (err)
		srd_account_return(s->account, addr);
	if (err == -EEXIST)
		return 0;
	if (err)
		srd_prune_path(s, index);
	return err;
}

/**
 * srd_store_populate() - give a page its memory, at its first write
 * @s: the store
 * @index: of the page: position divided by the page size; within the capacity
 * @may_sleep: wait for memory when there is none at once
 *
 * A page that is shared is copied. The only slow part of a write.
 *
 * Context: process context; with @may_sleep false, RCU read-side sections too. No interrupts: they
 * would wait for the node that the CPU they run on is sealing.
 * Return: 0 when the page was there for a moment at least; -ENOSPC when a limit is reached or the
 * machine has no memory to spare; -EAGAIN when the same call with @may_sleep could succeed.
 */
int srd_store_populate(struct srd_store *s, unsigned long index, bool may_sleep)
{
	int err = srd_populate(s, index, may_sleep);

	/* Nobody is refused memory for a copy of what others have let go of. */
	while (unlikely(err == -ENOSPC) && srd_table_leaving(s, index)) {
		if (!may_sleep)
			return -EAGAIN;
		synchronize_rcu_expedited();
		err = srd_populate(s, index, true);
	}
	return err;
}

/**
 * srd_store_own() - give a page its memory, unless it can be written already
 * @s: the store, with @s->hold held for reading
 * @index: of the page; within the capacity
 *
 * Context: may sleep.
 * Return: 0 or -ENOSPC.
 */
int srd_store_own(struct srd_store *s, unsigned long index)
{
	return srd_writable(s, index) ? 0 : srd_store_populate(s, index, true);
}

/*
 * Zero what exists of a range; what does not exist reads as zeroes already, and is passed over
 * as a whole: a range may be all of a disk that is mostly empty. Return 0 or what
 * srd_store_populate() returns where a page is shared.
 */
static int srd_overwrite(struct srd_store *s, u64 pos, u64 len, bool may_sleep)
{
	int err;

	while (len) {
		unsigned int shift;
		unsigned long page;
		u64 span, n;

		rcu_read_lock();
		page = srd_table_look(s, pos >> PAGE_SHIFT, &shift);
		span = (u64)PAGE_SIZE << shift;
		n = min(len, span - (pos & (span - 1)));
		if (srd_slot_own(page))
			memset((void *)page + offset_in_page(pos), 0, n);
		rcu_read_unlock();
		if (page & SRD_SLOT_SHARED) {
			err = srd_store_populate(s, pos >> PAGE_SHIFT, may_sleep);
			if (err)
				return err;
			continue;
		}
		pos += n;
		len -= n;
		if (may_sleep)
			cond_resched();
	}
	return 0;
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

	if (!srd_account_room(s->account, end - index))
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

static bool srd_too_long(u64 len, bool may_sleep)
{
	return !may_sleep && len > ((u64)SRD_ATOMIC_PAGES << PAGE_SHIFT);
}

static int srd_free_pages(struct srd_store *s, u64 first, u64 end, bool wipe, bool may_sleep)
{
	/* What is past the end has been taken out of mappings, and does not come back. */
	bool past = first >= DIV_ROUND_UP_ULL(s->capacity, PAGE_SIZE);
	struct srd_map *map = past ? NULL : READ_ONCE(s->map);
	u64 step = map ? SRD_MAPPED_PAGES : U64_MAX, slot = BIT(s->table->shift);
	struct srd_chain chain = { };
	int err = 0;

	if (map && !may_sleep)
		return -EAGAIN;
	/* Nothing lies behind the disk's end: the root's last slot goes as a whole, too. */
	if (end == DIV_ROUND_UP_ULL(s->capacity, PAGE_SIZE) && first <= round_down(end - 1, slot))
		end = round_up(end, slot);
	while (!err && first < end) {
		/* Processes wait meanwhile. */
		u64 next = map ? min(end, round_down(first, step) + step) : end;

		srd_map_shut(map, first, next - first, false);
		err = srd_table_unlink(s, first, next, &chain, may_sleep);
		srd_map_open(map);
		/* Without memory, what is shared goes as a whole: all of a slot of the root. */
		if (err == -ENOSPC && step < slot) {
			step = slot;
			err = 0;
			continue;
		}
		first = next;
	}
	srd_account_reap(s->account, &chain, wipe);
	return err;
}

/**
 * srd_store_span() - what goes without memory although it is shared, when it goes as a whole
 * @s: the store, with @s->hold held for reading
 *
 * Context: any.
 * Return: bytes, a power of two; such pieces begin at multiples of it.
 */
u64 srd_store_span(struct srd_store *s)
{
	return (u64)PAGE_SIZE << s->table->shift;
}

/**
 * srd_store_whole_end() - where the whole pages of a range end
 * @s: the store
 * @end: of the range, in bytes, at most the capacity
 *
 * Nothing lies behind the disk's end: it ends its page.
 *
 * Context: where the capacity cannot change.
 * Return: index of the page.
 */
u64 srd_store_whole_end(struct srd_store *s, u64 end)
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
 * Pages that the range covers only in part stay as they are. What is shared stays for the others.
 *
 * Context: process context; with @may_sleep false, RCU read-side sections too.
 * Return: 0; -EAGAIN when the range is too long for a caller that cannot sleep; or as
 * srd_store_populate(): a node that is shared and loses a part has to be copied.
 */
int srd_store_discard(struct srd_store *s, u64 pos, u64 len, bool may_sleep)
{
	if (srd_too_long(len, may_sleep))
		return -EAGAIN;
	return srd_free_pages(s, DIV_ROUND_UP_ULL(pos, PAGE_SIZE),
			      srd_store_whole_end(s, pos + len), false, may_sleep);
}

/**
 * srd_store_zero() - let a range read as zeroes
 * @s: the store
 * @pos: start in bytes
 * @len: bytes; @pos + @len is at most the capacity
 * @how: what becomes of the memory
 * @may_sleep: the range may be of any length
 *
 * With SRD_ZERO_WIPE the memory is overwritten before it is freed; srd_memory_reap_wait() waits for
 * that. What is shared stays, untouched, for the others.
 *
 * Context: process context; with @may_sleep false, RCU read-side sections too.
 * Return: 0; -EAGAIN when the caller must be able to sleep for this; or as srd_store_populate(),
 * where something is shared.
 */
int srd_store_zero(struct srd_store *s, u64 pos, u64 len, enum srd_zero_how how, bool may_sleep)
{
	u64 first = DIV_ROUND_UP_ULL(pos, PAGE_SIZE);
	u64 end = srd_store_whole_end(s, pos + len);
	int err;

	if (srd_too_long(len, may_sleep) || (how == SRD_ZERO_WIPE && !may_sleep))
		return -EAGAIN;
	if (how == SRD_ZERO_KEEP || first >= end)
		return srd_overwrite(s, pos, len, may_sleep);
	err = srd_overwrite(s, pos, (first << PAGE_SHIFT) - pos, may_sleep);
	if (!err)
		err = srd_free_pages(s, first, end, how == SRD_ZERO_WIPE, may_sleep);
	if (!err && end << PAGE_SHIFT < pos + len)
		err = srd_overwrite(s, end << PAGE_SHIFT, offset_in_page(pos + len), may_sleep);
	return err;
}

static void srd_table_free(struct srd_table *t)
{
	kvfree(t);
}

static int srd_store_fill(struct srd_store *s, struct srd_account *a, u64 capacity, u64 reach,
			  int node)
{
	s->table = srd_table_alloc(reach, node);
	if (!s->table)
		return -ENOMEM;
	s->account = a;
	s->capacity = capacity;
	s->node = node;
	spin_lock_init(&s->share_lock);
	init_rwsem(&s->hold);
	init_waitqueue_head(&s->finished);
	srd_account_adjust(a, s->table->pages);
	return 0;
}

/**
 * srd_store_init() - make the memory of a disk, all of it zeroes
 * @s: to be filled; all zero
 * @capacity: bytes, 1 to SRD_CAPACITY_MAX
 * @limit: bytes of memory that it may hold, 0 for no limit
 * @node: NUMA node to allocate from, or NUMA_NO_NODE
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int srd_store_init(struct srd_store *s, u64 capacity, u64 limit, int node)
{
	struct srd_account *a = srd_account_create(limit);
	int err;

	if (!a)
		return -ENOMEM;
	err = srd_store_fill(s, a, capacity, capacity, node);
	if (err) {
		srd_account_close(a);
		srd_account_put(a);
	}
	return err;
}

/* The capacity with which srd_table_alloc() makes a table of the same shape. */
static u64 srd_table_reach(const struct srd_table *t)
{
	return (u64)t->nr << (t->shift + PAGE_SHIFT);
}

static int srd_store_init_like(struct srd_store *s, struct srd_store *like, bool sharing)
{
	/* What has been larger has a larger table than it needs. */
	u64 reach = sharing ? srd_table_reach(like->table) : like->capacity;
	int err = srd_account_join(like->account, sharing);

	if (err)
		return err;
	err = srd_store_fill(s, like->account, like->capacity, reach, like->node);
	if (err) {
		srd_account_close(like->account);
		srd_account_put(like->account);
	}
	return err;
}

/**
 * srd_store_init_from() - make the memory of a disk that is going to be another one's snapshot
 * @s: to be filled; all zero
 * @from: the other; not resized before srd_store_snapshot()
 *
 * Both have one account from here on: its limit is that of both together, and every page counts
 * once.
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM; or -EMLINK when the account has as many disks as it can.
 */
int srd_store_init_from(struct srd_store *s, struct srd_store *from)
{
	return srd_store_init_like(s, from, true);
}

/**
 * srd_store_init_empty() - make memory, all of it zeroes, to take another one's place
 * @s: to be filled; all zero
 * @like: the other
 *
 * Context: may sleep.
 * Return: as srd_store_init_from().
 */
int srd_store_init_empty(struct srd_store *s, struct srd_store *like)
{
	return srd_store_init_like(s, like, false);
}

/**
 * srd_store_swap() - exchange what two stores hold
 * @s: one, with all I/O kept out by the caller
 * @with: another one of the same account, which nobody else knows
 *
 * Context: may sleep.
 */
void srd_store_swap(struct srd_store *s, struct srd_store *with)
{
	u64 capacity = s->capacity;

	down_write(&s->hold);
	srd_map_shut(s->map, 0, 0, false);
	swap(s->table, with->table);
	WRITE_ONCE(s->capacity, with->capacity);
	srd_map_open(s->map);
	/* What lies past the end is no more, neither as private copies. */
	srd_map_shut(s->map, s->capacity >> PAGE_SHIFT, 0, true);
	srd_map_open(s->map);
	with->capacity = capacity;
	up_write(&s->hold);
}

/*
 * Keep out all who change @s. Those who do it in place, in an RCU read-side section, are told by
 * @closed to go the long way, where each does what it does as a whole under @hold. Then those that
 * have left something half done in place, no more come, are let finish it. So nobody waits for
 * long: only while @hold is written.
 */
static void srd_store_hold(struct srd_store *s)
{
	WRITE_ONCE(s->closed, true);
	synchronize_rcu_expedited();
	wait_event(s->finished, !atomic_read(&s->unfinished));
	down_write(&s->hold);
	srd_map_shut(s->map, 0, 0, false);
}

static void srd_store_release(struct srd_store *s)
{
	srd_map_open(s->map);
	/* Pairs with srd_store_closed(). */
	smp_store_release(&s->closed, s->sealed);
	up_write(&s->hold);
}

/**
 * srd_store_snapshot() - let a store have what another one has at this instant
 * @s: made by srd_store_init_from() with @from
 * @from: the other; not resized meanwhile. Requests that it has answered are in, those that come
 *	later are not, and none is in part
 *
 * The caller sees to it that there is one snapshot of @from at a time.
 *
 * Context: may sleep. Changes of @from wait for a walk through its root, and through what processes
 * have mapped of it.
 */
void srd_store_snapshot(struct srd_store *s, struct srd_store *from)
{
	srd_store_hold(from);
	srd_table_share(from, s->table);
	srd_store_release(from);
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
	bool shared = srd_account_shared(s->account);
	struct srd_chain chain = { };
	struct srd_table *t;
	unsigned long i, period;

	/* Who counts what is in it is through, and who comes finds none. */
	down_write(&s->hold);
	t = s->table;
	s->table = NULL;
	up_write(&s->hold);

	srd_account_close(s->account);
	for (i = 0; i < t->nr; i++) {
		if (t->slot[i] > SRD_SLOT_MARKS)
			srd_table_let_go(s, t->slot[i], t->shift, &chain, true);
		/* What others held may still be read by them. */
		if (shared)
			srd_account_reap(s->account, &chain, false);
		else
			srd_account_free(s->account, &chain);
	}
	srd_account_adjust(s->account, -(long)t->pages);
	srd_table_free(t);
	/*
	 * What it shared is the other's alone once its readers are gone, as srd_share_alone() sees
	 * it: one grace period may only end one that had begun before. Who wrote there meanwhile,
	 * at a limit, would be refused the memory for a copy.
	 */
	period = get_state_synchronize_rcu();
	while (shared && !poll_state_synchronize_rcu(period))
		synchronize_rcu_expedited();
}

/**
 * srd_store_destroy() - free what srd_store_empty() left
 * @s: emptied, and nobody asks it anything any more
 *
 * Context: may sleep.
 */
void srd_store_destroy(struct srd_store *s)
{
	srd_account_put(s->account);
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
			*slot = (unsigned long)srd_account_alloc(s->account, s->node, true, &err);
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
	srd_account_adjust(s->account, new->pages);
	return new;

undo:
	for (i = 0; i < new->nr && new->slot[i]; i++)
		srd_table_let_go(s, new->slot[i], new->shift, &chain, true);
	srd_account_free(s->account, &chain);
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

	down_write(&s->hold);
	/* What is cut off is no more, neither as private copies; what stays, stays mapped. */
	srd_map_shut(s->map, min(s->capacity, capacity) >> PAGE_SHIFT, 0, true);
	if (bigger) {
		for (i = 0; i < old->nr; i++)
			*srd_table_slot(bigger, i << old->shift, old->shift, NULL) = old->slot[i];
		s->table = bigger;
		srd_account_adjust(s->account, -(long)old->pages);
		srd_table_free(old);
	}
	WRITE_ONCE(s->capacity, capacity);
	srd_map_open(s->map);
	up_write(&s->hold);
}

/**
 * srd_store_trim_prepare() - make sure that srd_store_trim() will need no memory
 * @s: the store; I/O may go on, but no snapshot be made until srd_store_trim()
 * @capacity: bytes, less than now
 *
 * Context: may sleep.
 * Return: 0, or -ENOMEM where something that is to be cut in two is shared and cannot be copied.
 */
int srd_store_trim_prepare(struct srd_store *s, u64 capacity)
{
	unsigned long index = capacity >> PAGE_SHIFT;
	int err;

	down_read(&s->hold);
	if (offset_in_page(capacity) && !srd_is_hole(s, index))
		err = srd_store_populate(s, index, true);
	else
		err = srd_table_own(s, index, SRD_NODE_SHIFT, true);
	up_read(&s->hold);
	return err ? -ENOMEM : 0;
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
