/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srd - pages that several tables hold
 *
 * A page of data or a node of a table may be in any number of tables. How many hold it stands in
 * its page_private(), together with the grace period that began when one of them last let go:
 * until that has ended, one of the former holder's readers may still look at the page, so that
 * the last holder must not change it either.
 *
 * From its last holder's end on, page_private() is the link of the chain on which it is freed, of
 * which the low bits say that nobody else holds it: who looks at it then must not find more.
 */
#ifndef SRD_SHARE_H
#define SRD_SHARE_H

#include <linux/atomic.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>

#include "srd.h"

/* Low bits: holders but one. High bits: the grace period as RCU counts them, or 0. */
#define SRD_SHARE_MORE		(BIT(SRD_SHARE_BITS) - 1)

/**
 * srd_share_get() - add a holder
 * @addr: of a page that a table holds, and will hold until this returns
 *
 * The caller sees to it that there are never 2^16 holders.
 *
 * Context: any.
 */
static inline void srd_share_get(unsigned long addr)
{
	unsigned long *word = &virt_to_page((void *)addr)->private;
	unsigned long old = READ_ONCE(*word);

	while (!try_cmpxchg(word, &old, old + 1))
		;
}

/**
 * srd_share_put() - take a holder away
 * @addr: of a page that has just left the holder's table
 *
 * Context: any.
 * Return: whether it was the last one, who has to free the page after a grace period.
 */
static inline bool srd_share_put(unsigned long addr)
{
	unsigned long *word = &virt_to_page((void *)addr)->private;
	unsigned long old = READ_ONCE(*word);
	unsigned long period;

	do {
		if (!(old & SRD_SHARE_MORE))
			return true;
		period = get_state_synchronize_rcu() << SRD_SHARE_BITS;
	} while (!try_cmpxchg(word, &old, period | ((old & SRD_SHARE_MORE) - 1)));
	return false;
}

/**
 * srd_share_more() - whether a page has more than one holder
 * @addr: of a page in a table
 *
 * Context: in an RCU read-side section.
 * Return: whether it has, at this moment.
 */
static inline bool srd_share_more(unsigned long addr)
{
	return READ_ONCE(virt_to_page((void *)addr)->private) & SRD_SHARE_MORE;
}

/**
 * srd_share_alone() - whether a page may be changed by its holder
 * @addr: of a page that the caller's table holds, and cannot let go meanwhile
 *
 * Context: any.
 * Return: whether no other table holds it, nor can a reader of another one still be looking at it.
 */
static inline bool srd_share_alone(unsigned long addr)
{
	/* What is known of the page after this is not older. */
	long word = smp_load_acquire(&virt_to_page((void *)addr)->private);

	if (word & SRD_SHARE_MORE)
		return false;
	return !word || poll_state_synchronize_rcu((unsigned long)(word >> SRD_SHARE_BITS));
}

/**
 * srd_share_leaving() - whether all that keeps a page from being alone is time
 * @addr: of a page that the caller's table holds, and cannot let go meanwhile
 *
 * Context: any.
 * Return: whether no other table holds it, but a reader of one that did may still look at it; that
 * is over after a grace period.
 */
static inline bool srd_share_leaving(unsigned long addr)
{
	long word = READ_ONCE(virt_to_page((void *)addr)->private);

	return word && !(word & SRD_SHARE_MORE) &&
	       !poll_state_synchronize_rcu((unsigned long)(word >> SRD_SHARE_BITS));
}

/**
 * srd_share_pinned() - whether somebody uses a page without a table
 * @addr: of the page
 *
 * Processes that have mapped it, and who reads or writes on their behalf.
 *
 * Context: any.
 * Return: whether anybody does; also where somebody only looks what page it is.
 */
static inline bool srd_share_pinned(unsigned long addr)
{
	return page_ref_count(virt_to_page((void *)addr)) != 1;
}

#endif /* SRD_SHARE_H */
