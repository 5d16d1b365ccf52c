// SPDX-License-Identifier: GPL-2.0
/*
 * srd - the table that finds the pages of a disk
 *
 * It is as page tables are: slots lead to nodes (one page of slots each), those of the last level
 * to the data pages. A slot holds 0 for a hole, a mark, or the address of what it leads to.
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
 *
 * Tables share what lies below slots with SRD_SLOT_SHARED set. Such a page or node, and all below
 * it, must not be changed: a table that wants to makes a copy its own first. When a node is
 * copied, what it leads to becomes shared in the copy, and so on down to the data page; so a
 * snapshot marks the slots of the root, and the rest is done by those who write later. Slots with
 * the mark are changed under the store's share_lock only: whoever has it and sees the mark knows
 * that the table holds what is there until the lock is released.
 */
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "srd_share.h"
#include "srd_table.h"

static void *srd_page_alloc(struct srd_store *s, bool may_sleep, int *err)
{
	return srd_account_alloc(s->account, s->node, may_sleep, err);
}

/*
 * Take what a slot leads to out of a node that has been unlinked. The mark keeps late writers
 * from adding there.
 */
static unsigned long srd_slot_kill(struct srd_store *s, unsigned long *slot)
{
	unsigned long entry;

	if (!(READ_ONCE(*slot) & SRD_SLOT_SHARED))
		return xchg(slot, SRD_SLOT_DEAD);
	spin_lock(&s->share_lock);
	entry = xchg(slot, SRD_SLOT_DEAD);
	spin_unlock(&s->share_lock);
	return entry;
}

/**
 * srd_table_let_go() - let go of what a slot led to, and of all below it
 * @s: whose slot it was
 * @entry: what was in it
 * @shift: of the slot: it stood for 2^@shift pages
 * @chain: gets what nobody else holds
 * @may_sleep: the caller may
 *
 * Context: any; with @may_sleep outside of RCU.
 */
void srd_table_let_go(struct srd_store *s, unsigned long entry, unsigned int shift,
		      struct srd_chain *chain, bool may_sleep)
{
	unsigned long addr = srd_slot_addr(entry);
	unsigned long *slot = (unsigned long *)addr;
	/*
	 * Readers may be in a node that is or was shared, and must find what was there; but then
	 * nobody had it to himself, and so there is no writer in it, nor in any below it.
	 */
	unsigned long shared = entry & SRD_SLOT_SHARED;
	unsigned long i;

	if (!srd_share_put(addr))
		return;
	for (i = 0; shift && i < SRD_NODE_SLOTS; i++) {
		unsigned long below = shared ? READ_ONCE(slot[i]) : srd_slot_kill(s, &slot[i]);

		if (below > SRD_SLOT_MARKS)
			srd_table_let_go(s, below | shared, shift - SRD_NODE_SHIFT, chain,
					 may_sleep);
	}
	srd_chain_add(chain, addr);
	if (shift && may_sleep)
		cond_resched();
}

/*
 * What a slot leads to has been replaced there: let go of it. In an RCU read-side section. The
 * others may just have done so, too; and as it may be an erasure that replaced it by a copy,
 * nothing is left of it then. That is rare.
 */
static void srd_replaced(struct srd_store *s, unsigned long entry, unsigned int shift)
{
	struct srd_chain chain = { };

	srd_table_let_go(s, entry, shift, &chain, false);
	srd_account_reap(s->account, &chain, true);
}

/* A node that only this table holds again: what it leads to may have other holders. */
static void srd_share_below(unsigned long *node)
{
	unsigned int i;

	for (i = 0; i < SRD_NODE_SLOTS; i++)
		if (node[i] > SRD_SLOT_MARKS)
			WRITE_ONCE(node[i], node[i] | SRD_SLOT_SHARED);
}

static void srd_copy_node(unsigned long *to, const unsigned long *from)
{
	unsigned int i;

	for (i = 0; i < SRD_NODE_SLOTS; i++) {
		if (from[i] <= SRD_SLOT_MARKS)
			continue;
		srd_share_get(srd_slot_addr(from[i]));
		to[i] = from[i] | SRD_SLOT_SHARED;
	}
}

/* Whether what a slot leads to can be the table's own as it is. Holds while the slot does. */
static bool srd_entry_alone(unsigned long entry, unsigned int shift)
{
	unsigned long addr = srd_slot_addr(entry);

	/* A page of data may also be looked at by way of a process's mapping. */
	return srd_share_alone(addr) && (shift || !srd_share_pinned(addr));
}

/*
 * Make what a slot with @entry, a shared one, leads to the table's own as it is, as nobody else
 * holds it any more. The slot has to be looked at again.
 */
static void srd_own_alone(struct srd_store *s, unsigned long *slot, unsigned long entry,
			  unsigned int shift)
{
	unsigned long addr = srd_slot_addr(entry);

	spin_lock(&s->share_lock);
	if (READ_ONCE(*slot) == entry) {
		if (shift)
			srd_share_below((unsigned long *)addr);
		/* For who follows the slot without a lock. */
		smp_store_release(slot, addr);
	}
	spin_unlock(&s->share_lock);
}

/*
 * Make what a slot with @entry, a shared one, leads to the table's own: @copy, a page of zeroes,
 * becomes a copy. In an RCU read-side section. Return false when it was not used: then the slot has
 * to be looked at again.
 */
static bool srd_own_copy(struct srd_store *s, unsigned long *slot, unsigned long entry,
			 unsigned int shift, void *copy)
{
	void *page = (void *)srd_slot_addr(entry);
	bool same;

	/* Nobody writes to what is shared. */
	if (!shift)
		copy_page(copy, page);
	spin_lock(&s->share_lock);
	same = READ_ONCE(*slot) == entry;
	if (same) {
		if (shift)
			srd_copy_node(copy, page);
		/* For who follows the slot without a lock. */
		smp_store_release(slot, (unsigned long)copy);
	}
	spin_unlock(&s->share_lock);
	if (same)
		srd_replaced(s, entry, shift);
	else if (!shift)
		clear_page(copy);
	return same;
}

/**
 * srd_table_claim() - make the way to a page the table's own where that takes no memory
 * @s: the store
 * @index: of the page
 *
 * What others have shared and let go of need not be copied.
 *
 * Context: process context, RCU read-side sections too.
 * Return: whether there is a page that can be written.
 */
bool srd_table_claim(struct srd_store *s, unsigned long index)
{
	struct srd_table *t = s->table;
	unsigned int shift = t->shift;
	unsigned long *slot = &t->slot[index >> shift];
	unsigned long entry;

	rcu_read_lock();
	while ((entry = READ_ONCE(*slot)) > SRD_SLOT_MARKS) {
		if (entry & SRD_SLOT_SHARED) {
			if (!srd_entry_alone(entry, shift))
				break;
			srd_own_alone(s, slot, entry, shift);
			continue;
		}
		if (!shift)
			break;
		shift -= SRD_NODE_SHIFT;
		slot = (unsigned long *)entry + srd_slots_below(index, shift);
	}
	rcu_read_unlock();
	return !shift && srd_slot_own(entry);
}

/**
 * srd_table_leaving() - whether a page could be written without memory a little later
 * @s: the store
 * @index: of the page
 *
 * Context: any.
 * Return: whether the first thing on the way to it that is shared has no other holder any more, but
 * maybe readers: srd_table_claim() can have it when a grace period is over.
 */
bool srd_table_leaving(struct srd_store *s, unsigned long index)
{
	struct srd_table *t = s->table;
	unsigned int shift = t->shift;
	unsigned long entry;
	bool leaving;

	rcu_read_lock();
	entry = READ_ONCE(t->slot[index >> shift]);
	while (shift && entry > SRD_SLOT_MARKS && !(entry & SRD_SLOT_SHARED)) {
		shift -= SRD_NODE_SHIFT;
		entry = READ_ONCE(((unsigned long *)entry)[srd_slots_below(index, shift)]);
	}
	leaving = entry & SRD_SLOT_SHARED && srd_share_leaving(srd_slot_addr(entry));
	rcu_read_unlock();
	return leaving;
}

/**
 * srd_table_insert() - put a page into the table, and the nodes on the way to it
 * @s: the store
 * @index: of the page
 * @addr: a page of zeroes; where there is a shared page it becomes a copy of that
 * @may_sleep: wait for memory for nodes
 *
 * Context: as srd_store_populate().
 * Return: 0; -EEXIST when there is a page of the table's own: @addr was not used; or the error of
 * an allocation.
 */
int srd_table_insert(struct srd_store *s, unsigned long index, void *addr, bool may_sleep)
{
	unsigned long old;
	struct srd_table *t = s->table;
	unsigned long *slot;
	void *spare = NULL;
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
			err = 0;
			if (old == SRD_SLOT_HOLE) {
				if (cmpxchg(slot, old, (unsigned long)addr) == old)
					break;
			} else if (!(old & SRD_SLOT_SHARED)) {
				err = -EEXIST;
				break;
			} else if (srd_entry_alone(old, 0)) {
				srd_own_alone(s, slot, old, 0);
			} else if (srd_own_copy(s, slot, old, 0, addr)) {
				break;
			}
			continue;
		}
		if (old & SRD_SLOT_SHARED && srd_entry_alone(old, shift)) {
			srd_own_alone(s, slot, old, shift);
			continue;
		}
		if (old == SRD_SLOT_HOLE || old & SRD_SLOT_SHARED) {
			if (!spare) {
				rcu_read_unlock();
				if (refused)
					return err;
				spare = srd_page_alloc(s, may_sleep, &err);
				/* Another CPU may have had the last page for this very node. */
				refused = !spare;
				goto again;
			}
			if (old == SRD_SLOT_HOLE) {
				if (cmpxchg(slot, old, (unsigned long)spare) == old)
					spare = NULL;
			} else if (srd_own_copy(s, slot, old, shift, spare)) {
				spare = NULL;
			}
			continue;
		}
		shift -= SRD_NODE_SHIFT;
		slot = (unsigned long *)old + srd_slots_below(index, shift);
	}
	rcu_read_unlock();
	if (spare)
		srd_account_return(s->account, spare);
	return err;
}

/**
 * srd_table_own() - make nodes the table's own, so that something can be taken out of them
 * @s: the store
 * @index: of a page
 * @level: the nodes on the way to it that stand for 2^@level pages and more
 * @may_sleep: wait for memory for copies
 *
 * Context: as srd_store_populate().
 * Return: 0, the error of an allocation, or -EAGAIN when memory would be there later.
 */
int srd_table_own(struct srd_store *s, unsigned long index, unsigned int level,
		  bool may_sleep)
{
	struct srd_table *t = s->table;
	unsigned long *slot, old;
	void *spare = NULL;
	unsigned int shift;
	int err;

again:
	rcu_read_lock();
	shift = t->shift;
	slot = &t->slot[index >> shift];
	while (shift >= level) {
		old = READ_ONCE(*slot);
		if (old <= SRD_SLOT_MARKS)
			break;
		if (old & SRD_SLOT_SHARED && srd_entry_alone(old, shift)) {
			srd_own_alone(s, slot, old, shift);
			continue;
		}
		if (old & SRD_SLOT_SHARED) {
			if (!spare) {
				rcu_read_unlock();
				spare = srd_page_alloc(s, may_sleep, &err);
				if (!spare && !srd_table_leaving(s, index))
					return err;
				if (!spare && !may_sleep)
					return -EAGAIN;
				/* Needs none then. */
				if (!spare)
					synchronize_rcu_expedited();
				goto again;
			}
			if (srd_own_copy(s, slot, old, shift, spare))
				spare = NULL;
			continue;
		}
		shift -= SRD_NODE_SHIFT;
		slot = (unsigned long *)old + srd_slots_below(index, shift);
	}
	rcu_read_unlock();
	if (spare)
		srd_account_return(s->account, spare);
	return 0;
}

/* Empty a slot of a node of the table's own; whoever gets the entry lets go of it. */
static unsigned long srd_slot_take(struct srd_store *s, unsigned long *slot)
{
	unsigned long entry = READ_ONCE(*slot);

	while (entry > SRD_SLOT_MARKS) {
		if (!(entry & SRD_SLOT_SHARED)) {
			if (try_cmpxchg(slot, &entry, SRD_SLOT_HOLE))
				return entry;
			continue;
		}
		spin_lock(&s->share_lock);
		if (READ_ONCE(*slot) == entry) {
			WRITE_ONCE(*slot, SRD_SLOT_HOLE);
			spin_unlock(&s->share_lock);
			return entry;
		}
		spin_unlock(&s->share_lock);
		entry = READ_ONCE(*slot);
	}
	return 0;
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
	while (shift > level && entry > SRD_SLOT_MARKS && !(entry & SRD_SLOT_SHARED)) {
		shift -= SRD_NODE_SHIFT;
		slot = (unsigned long *)entry + srd_slots_below(index, shift);
		entry = READ_ONCE(*slot);
	}
	if (entry <= SRD_SLOT_MARKS)
		goto out;
	/* What is shared is not changed, and is taken for full. */
	empty = !(entry & SRD_SLOT_SHARED);
	node = (unsigned long *)srd_slot_addr(entry);
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

/**
 * srd_table_prune() - unlink the nodes on the way to a data page that have become empty
 * @s: the store
 * @index: of the page
 * @chain: gets them
 *
 * Context: process context, RCU read-side sections too.
 */
void srd_table_prune(struct srd_store *s, unsigned long index, struct srd_chain *chain)
{
	unsigned int level = SRD_NODE_SHIFT;

	while (level <= s->table->shift && srd_prune_node(s, index, level, chain))
		level += SRD_NODE_SHIFT;
}

/*
 * Unlink what the largest slot with @index at its start, and @end not before its end, leads to.
 * Return how many pages it stands for; 0: a shared node, of 2^@shift pages, is in the way.
 */
static unsigned long srd_unlink_slot(struct srd_store *s, unsigned long index, unsigned long end,
				     unsigned int *shift, unsigned long *entry)
{
	struct srd_table *t = s->table;
	unsigned long *slot = &t->slot[index >> t->shift];
	unsigned long span;

	for (*shift = t->shift;; *shift -= SRD_NODE_SHIFT) {
		if (*shift != t->shift)
			slot = (unsigned long *)*entry + srd_slots_below(index, *shift);
		span = BIT(*shift);
		if (!(index & (span - 1)) && end - index >= span) {
			*entry = srd_slot_take(s, slot);
			return span;
		}
		*entry = READ_ONCE(*slot);
		if (*entry <= SRD_SLOT_MARKS) {
			*entry = 0;
			return span - (index & (span - 1));
		}
		if (*entry & SRD_SLOT_SHARED)
			return 0;
	}
}

/**
 * srd_table_unlink() - take pages out of the table
 * @s: the store
 * @first: index of the first
 * @end: index behind the last
 * @chain: gets those that nobody else holds, and the nodes that have become empty
 * @may_sleep: wait for memory: nodes that are shared and lose a part have to be copied
 *
 * Context: process context; with @may_sleep false, RCU read-side sections too.
 * Return: 0, or the error of an allocation; then a part has been taken out.
 */
int srd_table_unlink(struct srd_store *s, unsigned long first, unsigned long end,
		     struct srd_chain *chain, bool may_sleep)
{
	unsigned int top = s->table->shift, shift;
	unsigned long index = first, span, entry;
	int err = 0;

	while (index < end) {
		rcu_read_lock();
		span = srd_unlink_slot(s, index, end, &shift, &entry);
		rcu_read_unlock();
		if (!span) {
			err = srd_table_own(s, index, shift, may_sleep);
			if (err)
				break;
		} else if (entry) {
			srd_table_let_go(s, entry, shift, chain, may_sleep);
		}
		index += span;
		if (may_sleep)
			cond_resched();
	}

	/* Nodes that the range covers only in part, on any level. */
	if (first & (BIT(top) - 1))
		srd_table_prune(s, first, chain);
	if (end & (BIT(top) - 1))
		srd_table_prune(s, end, chain);
	return err;
}

/**
 * srd_table_share() - let a new table hold what a table holds
 * @s: whose table it is; the caller keeps all who change it out
 * @to: a new table of the same shape, empty
 *
 * Context: any; takes time in proportion to the root.
 */
void srd_table_share(struct srd_store *s, struct srd_table *to)
{
	struct srd_table *from = s->table;
	unsigned long i, entry;

	for (i = 0; i < from->nr; i++) {
		entry = from->slot[i];
		if (entry <= SRD_SLOT_MARKS)
			continue;
		srd_share_get(srd_slot_addr(entry));
		WRITE_ONCE(from->slot[i], entry | SRD_SLOT_SHARED);
		to->slot[i] = entry | SRD_SLOT_SHARED;
	}
}

/* Count the pages of data below a node of the last level. In an RCU read-side section. */
static void srd_count_leaf(const unsigned long *node, bool shared, struct srd_count *count)
{
	unsigned long entry;
	unsigned int i;

	for (i = 0; i < SRD_NODE_SLOTS; i++) {
		entry = READ_ONCE(node[i]);
		if (entry > SRD_SLOT_MARKS)
			count->pages[shared || srd_share_more(srd_slot_addr(entry))]++;
	}
}

/**
 * srd_table_count() - count pages of a table, nodes included, a piece at a time
 * @s: the store; its table stays what it is
 * @index: where the piece begins: 0, or what was returned for the one before
 * @count: gets what there is more
 *
 * Context: process context. Others may change the table, and are counted before or after.
 * Return: index at which the next piece begins.
 */
unsigned long srd_table_count(struct srd_store *s, unsigned long index, struct srd_count *count)
{
	struct srd_table *t = s->table;
	unsigned int shift = t->shift;
	unsigned long *slot = &t->slot[index >> shift];
	unsigned long entry, addr;
	bool shared = false;

	rcu_read_lock();
	while ((entry = READ_ONCE(*slot)) > SRD_SLOT_MARKS) {
		addr = srd_slot_addr(entry);
		shared = shared || srd_share_more(addr);
		/* Once, with the first piece of what it leads to. */
		if (!(index & (BIT(shift) - 1)))
			count->pages[shared]++;
		if (shift == SRD_NODE_SHIFT) {
			srd_count_leaf((unsigned long *)addr, shared, count);
			break;
		}
		shift -= SRD_NODE_SHIFT;
		slot = (unsigned long *)addr + srd_slots_below(index, shift);
	}
	rcu_read_unlock();
	return (index | (BIT(shift) - 1)) + 1;
}

/**
 * srd_table_alloc() - make an empty table
 * @capacity: bytes that it shall reach
 * @node: NUMA node, or NUMA_NO_NODE
 *
 * Context: may sleep.
 * Return: the table, to be freed with kvfree(), or NULL.
 */
struct srd_table *srd_table_alloc(u64 capacity, int node)
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

/**
 * srd_table_look() - find a data page, or how large the hole is
 * @s: the store
 * @index: of the page: position divided by the page size; within the capacity
 * @shift: set: where there is no page, the 2^@shift pages around @index are missing; else 0
 *
 * Context: in an RCU read-side section, for as long as the page is used.
 * Return: as srd_table_lookup().
 */
unsigned long srd_table_look(struct srd_store *s, unsigned long index, unsigned int *shift)
{
	struct srd_table *t = s->table;
	unsigned long entry = READ_ONCE(t->slot[index >> t->shift]), shared = 0;

	*shift = t->shift;
	while (*shift && entry > SRD_SLOT_MARKS) {
		shared |= entry & SRD_SLOT_SHARED;
		*shift -= SRD_NODE_SHIFT;
		entry = READ_ONCE(((unsigned long *)srd_slot_addr(entry))
				  [srd_slots_below(index, *shift)]);
	}
	return entry > SRD_SLOT_MARKS ? entry | shared : SRD_SLOT_HOLE;
}
