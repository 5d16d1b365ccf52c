/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srd - the shape of a disk's table, and the lookup that every request does
 *
 * For srd_store.c, which changes tables, and for the data path in srd_io.c and srd_io.h, where a
 * call for each page would cost as much as the lookup.
 */
#ifndef SRD_TABLE_H
#define SRD_TABLE_H

#include <linux/compiler.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/pgtable.h>

#include "srd.h"

/* A slot: 0, a mark, or the address of a page, with SRD_SLOT_SHARED when others may hold it too. */
#define SRD_SLOT_HOLE		0UL
#define SRD_SLOT_SEALED		1UL	/* its node is being proved empty */
#define SRD_SLOT_DEAD		2UL	/* its node has left the table */
#define SRD_SLOT_MARKS		SRD_SLOT_DEAD
#define SRD_SLOT_SHARED		4UL

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

/* Pages that only this table holds, and that others hold, too. */
struct srd_count {
	unsigned long	pages[2];
};

int srd_table_insert(struct srd_store *s, unsigned long index, void *addr, bool may_sleep);
int srd_table_own(struct srd_store *s, unsigned long index, unsigned int level, bool may_sleep);
int srd_table_unlink(struct srd_store *s, unsigned long first, unsigned long end,
		     struct srd_chain *chain, bool may_sleep);
void srd_table_prune(struct srd_store *s, unsigned long index, struct srd_chain *chain);
void srd_table_let_go(struct srd_store *s, unsigned long entry, unsigned int shift,
		      struct srd_chain *chain, bool may_sleep);
void srd_table_share(struct srd_store *s, struct srd_table *to);
unsigned long srd_table_count(struct srd_store *s, unsigned long index, struct srd_count *count);
bool srd_table_claim(struct srd_store *s, unsigned long index);
bool srd_table_leaving(struct srd_store *s, unsigned long index);
unsigned long srd_table_look(struct srd_store *s, unsigned long index, unsigned int *shift);
struct srd_table *srd_table_alloc(u64 capacity, int node);

static inline unsigned long srd_slot_addr(unsigned long entry)
{
	return entry & PAGE_MASK;
}

static inline unsigned long srd_slots_below(unsigned long index, unsigned int shift)
{
	return (index >> shift) & (SRD_NODE_SLOTS - 1);
}

/**
 * srd_table_leaf() - find the node of the last level
 * @s: the store
 * @index: of a page: position divided by the page size; within the capacity
 *
 * Context: in an RCU read-side section, for as long as the node is used.
 * Return: the slot that leads to it, which holds SRD_SLOT_SHARED when any on the way does; or a
 * mark when the pages around @index were never written or were given back.
 */
static __always_inline unsigned long srd_table_leaf(struct srd_store *s, unsigned long index)
{
	struct srd_table *t = s->table;
	unsigned int shift = t->shift;
	unsigned long entry, shared = 0;

	/* Two levels, up to 64 GiB, are worth ten instructions less: shifts by a constant. */
	if (likely(shift == SRD_NODE_SHIFT))
		return READ_ONCE(t->slot[index >> SRD_NODE_SHIFT]);
	entry = READ_ONCE(t->slot[index >> shift]);
	while (shift > SRD_NODE_SHIFT && entry > SRD_SLOT_MARKS) {
		shared |= entry & SRD_SLOT_SHARED;
		shift -= SRD_NODE_SHIFT;
		entry = READ_ONCE(((unsigned long *)srd_slot_addr(entry))
				  [srd_slots_below(index, shift)]);
	}
	return entry > SRD_SLOT_MARKS ? entry | shared : SRD_SLOT_HOLE;
}

/**
 * srd_table_lookup() - find a data page
 * @s: the store
 * @index: of the page: position divided by the page size; within the capacity
 *
 * Context: in an RCU read-side section, for as long as the page is used.
 * Return: its slot, which holds SRD_SLOT_SHARED when any on the way does, or a mark when the page
 * was never written or has been given back.
 */
static __always_inline unsigned long srd_table_lookup(struct srd_store *s, unsigned long index)
{
	unsigned long leaf = srd_table_leaf(s, index);
	unsigned long entry;

	if (unlikely(leaf <= SRD_SLOT_MARKS))
		return SRD_SLOT_HOLE;
	entry = READ_ONCE(((unsigned long *)srd_slot_addr(leaf))[srd_slots_below(index, 0)]);
	return entry > SRD_SLOT_MARKS ? entry | (leaf & SRD_SLOT_SHARED) : SRD_SLOT_HOLE;
}

/**
 * srd_store_closed() - whether changes have to go the long way
 * @s: the store
 *
 * To be asked before anything of the table is looked at that is then changed in place.
 *
 * Context: in the RCU read-side section in which the change is made.
 * Return: whether a snapshot is being taken, or nobody may ever write.
 */
static __always_inline bool srd_store_closed(struct srd_store *s)
{
	/* Pairs with srd_store_release(): open again, and all that it shared is seen as shared. */
	return smp_load_acquire(&s->closed);
}

/* Whether there is a page, one that may be changed. */
static __always_inline bool srd_slot_own(unsigned long entry)
{
	return entry > SRD_SLOT_MARKS && !(entry & SRD_SLOT_SHARED);
}

/**
 * struct srd_walk - a way through pages that follow each other
 * @store: whose they are
 * @leaf: slots of the last level's node that was found last; a page of holes if there is none
 * @shared: SRD_SLOT_SHARED when that node is
 * @node: which node that is: index of a page >> SRD_NODE_SHIFT
 */
struct srd_walk {
	struct srd_store	*store;
	unsigned long		*leaf;
	unsigned long		shared;
	unsigned long		node;
};

/**
 * srd_walk_init() - start a walk
 * @walk: to be filled
 * @s: the store
 *
 * Context: in an RCU read-side section, and nothing found before is used after its end.
 */
static __always_inline void srd_walk_init(struct srd_walk *walk, struct srd_store *s)
{
	walk->store = s;
	walk->leaf = NULL;
	walk->shared = 0;
	walk->node = ULONG_MAX;
}

/**
 * srd_walk_slots() - find the slot of a page, looking for its node only when it is another one
 * @walk: started; @walk->shared counts for all slots of the node
 * @index: of the page
 *
 * A node that leaves the table meanwhile has no page any more, neither for those who hold it: what
 * comes to its place later may be missed, as if it had come after the walk.
 *
 * Context: in the RCU read-side section in which the walk was started.
 * Return: the slot; those of the next pages, up to a multiple of SRD_NODE_SLOTS, follow it.
 */
static __always_inline unsigned long *srd_walk_slots(struct srd_walk *walk, unsigned long index)
{
	if (unlikely(index >> SRD_NODE_SHIFT != walk->node)) {
		unsigned long leaf = srd_table_leaf(walk->store, index);

		walk->shared = leaf & SRD_SLOT_SHARED;
		walk->leaf = leaf > SRD_SLOT_MARKS ? (void *)srd_slot_addr(leaf) :
			     page_address(ZERO_PAGE(0));
		walk->node = index >> SRD_NODE_SHIFT;
	}
	return walk->leaf + srd_slots_below(index, 0);
}

/**
 * srd_walk_page() - srd_table_lookup() for pages that follow each other
 * @walk: started
 * @index: of the page
 *
 * Context: in the RCU read-side section in which the walk was started.
 * Return: as srd_table_lookup().
 */
static __always_inline unsigned long srd_walk_page(struct srd_walk *walk, unsigned long index)
{
	unsigned long entry = READ_ONCE(*srd_walk_slots(walk, index));

	return entry > SRD_SLOT_MARKS ? entry | walk->shared : SRD_SLOT_HOLE;
}

#endif /* SRD_TABLE_H */
