// SPDX-License-Identifier: GPL-2.0
/*
 * srd - where pages come from and go to: limits, accounts, and the reaper
 *
 * Memory is charged before it is allocated, against the disk's limit and the module's. A CPU
 * charges SRD_CREDIT_BATCH pages at once and uses them up by itself, so first writes on several
 * CPUs share no cache line but once a batch. Near a limit unused credit is called back, so that
 * none is refused for what lies idle. No write takes a disk past its limit, or all disks past
 * theirs by more than a batch when that is lowered meanwhile. A new disk's root is charged
 * whatever the limits say.
 *
 * A page that leaves a table may still be read. The reaper frees it a grace period later. The
 * disk's charge falls when a page leaves its table, the module's when it is freed.
 */
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "srd.h"
#include "srd_trace.h"

/* 128 KiB: the rest of the machine sees one atomic operation for as many first writes. */
#define SRD_CREDIT_BATCH	32

/* Disks that can have one account: a page has fewer holders than srd_share.h can count. */
#define SRD_ACCOUNT_DISKS	4096

/* Reaper and destroyer let others run after this many pages, well under a millisecond. */
#define SRD_RESCHED_PAGES	256

/*
 * A limit is told once when a write meets it, and once when there is room again. In this order for
 * all who listen: srd_full_lock is held meanwhile, and protects what has been told.
 */
static struct srd_full srd_full;
static DEFINE_SPINLOCK(srd_full_lock);

/* The memory of all disks. Limits: READ_ONCE()/WRITE_ONCE(), in pages. */
static unsigned long srd_limit;
static unsigned long srd_reserve;
static atomic_long_t srd_charged;
static atomic_long_t srd_pending;
static atomic_long_t srd_expected;

/* srd_accounts_lock protects the list of accounts; an account's credit_lock nests inside. */
static LIST_HEAD(srd_accounts);
static DEFINE_MUTEX(srd_accounts_lock);

/*
 * The reaper. @waiting is what was unlinked since the grace period under way began, @ripe what
 * that grace period will make free; two of each, as some pages are overwritten before. @armed: a
 * grace period is under way, or its work is about to run.
 */
static struct {
	spinlock_t		lock;	/* protects all but @work */
	struct srd_chain	waiting[2];
	struct srd_chain	ripe[2];
	bool			armed;
	struct rcu_work		work;
} srd_reaper;

static struct workqueue_struct *srd_reaper_wq;

/*
 * Say which page follows one on its chain, by its number and one. Somebody may yet ask who holds
 * the page, without a lock.
 */
static void srd_chain_link(struct page *page, struct page *next)
{
	WRITE_ONCE(page->private, next ? (page_to_pfn(next) + 1) << SRD_SHARE_BITS : 0);
}

static struct page *srd_chain_next(struct page *page)
{
	unsigned long link = page_private(page) >> SRD_SHARE_BITS;

	return link ? pfn_to_page(link - 1) : NULL;
}

/**
 * srd_chain_add() - put a page that has left its table on a chain
 * @chain: what leaves with it
 * @addr: the page's address; its page_private() is the chain's from here on
 *
 * Context: any; the chain is the caller's own.
 */
void srd_chain_add(struct srd_chain *chain, unsigned long addr)
{
	struct page *page = virt_to_page((void *)addr);

	srd_chain_link(page, chain->head);
	chain->head = page;
	if (!chain->tail)
		chain->tail = page;
	chain->nr++;
}

static void srd_chain_move(struct srd_chain *to, struct srd_chain *from)
{
	if (!from->nr)
		return;
	srd_chain_link(from->tail, to->head);
	to->head = from->head;
	if (!to->tail)
		to->tail = from->tail;
	to->nr += from->nr;
	memset(from, 0, sizeof(*from));
}

/* ---- limits that are told ---- */

/* Whether the limit that was told is reached still; of an account, or with NULL, of all. */
static bool srd_full_still(struct srd_account *a)
{
	if (a)
		return atomic_long_read(&a->charged) >= (long)READ_ONCE(a->limit);
	return atomic_long_read(&srd_charged) >= (long)READ_ONCE(srd_limit) ||
	       si_mem_available() <= (long)READ_ONCE(srd_reserve);
}

static void srd_full_event(enum srd_event_kind kind, const struct srd_full *full,
			   struct srd_account *a)
{
	long limit, held;

	lockdep_assert_held(&srd_full_lock);
	if (a) {
		limit = READ_ONCE(a->limit);
		held = atomic_long_read(&a->charged);
	} else if (full->what == SRD_LIMIT_MODULE) {
		limit = READ_ONCE(srd_limit);
		held = atomic_long_read(&srd_charged);
	} else {
		limit = READ_ONCE(srd_reserve);
		held = si_mem_available();
	}
	srd_event_limit(kind, full->number, full->what, (u64)limit << PAGE_SHIFT,
			(u64)max(held, 0L) << PAGE_SHIFT);
}

/* Memory has come back, or a limit has been changed: say so if somebody waits for it. */
static void srd_room_tell(struct srd_full *full, struct srd_account *a)
{
	unsigned long flags;

	/* Who says that it is full looks again after having said so. */
	smp_mb__after_atomic();
	if (likely(!READ_ONCE(full->told)))
		return;
	spin_lock_irqsave(&srd_full_lock, flags);
	if (full->told && !srd_full_still(a)) {
		WRITE_ONCE(full->told, false);
		srd_full_event(SRD_EVENT_ROOM, full, a);
	}
	spin_unlock_irqrestore(&srd_full_lock, flags);
}

static void srd_room_tell_both(struct srd_account *a)
{
	srd_room_tell(&a->full, a);
	srd_room_tell(&srd_full, NULL);
}

static void srd_full_tell(struct srd_full *full, struct srd_account *a, int number,
			  enum srd_limit what)
{
	unsigned long flags;

	spin_lock_irqsave(&srd_full_lock, flags);
	if (!full->told) {
		full->number = number;
		full->what = what;
		WRITE_ONCE(full->told, true);
		srd_full_event(SRD_EVENT_LIMIT, full, a);
	}
	spin_unlock_irqrestore(&srd_full_lock, flags);
	/* Memory may have come back just before that could be seen. */
	smp_mb();
	srd_room_tell(full, a);
}

/**
 * srd_account_full() - say that a write got no memory
 * @a: who would have paid
 * @number: N of the disk
 *
 * Context: any but NMI.
 */
void srd_account_full(struct srd_account *a, unsigned int number)
{
	if (srd_full_still(a))
		srd_full_tell(&a->full, a, number, SRD_LIMIT_DISK);
	else if (atomic_long_read(&srd_charged) >= (long)READ_ONCE(srd_limit))
		srd_full_tell(&srd_full, NULL, -1, SRD_LIMIT_MODULE);
	else
		srd_full_tell(&srd_full, NULL, -1, SRD_LIMIT_MACHINE);
}

/* ---- the reaper ---- */

static void srd_chain_free(struct srd_chain *chain, bool wipe)
{
	unsigned long done = 0;
	struct page *page;

	while ((page = chain->head)) {
		chain->head = srd_chain_next(page);
		set_page_private(page, 0);
		if (wipe)
			clear_page(page_address(page));
		trace_srd_page_free(page);
		__free_page(page);
		if (!(++done % SRD_RESCHED_PAGES))
			cond_resched();
	}
	memset(chain, 0, sizeof(*chain));
}

static void srd_reap_work(struct work_struct *work)
{
	struct srd_chain ripe[2];
	unsigned long nr;

	spin_lock_irq(&srd_reaper.lock);
	memcpy(ripe, srd_reaper.ripe, sizeof(ripe));
	memcpy(srd_reaper.ripe, srd_reaper.waiting, sizeof(ripe));
	memset(srd_reaper.waiting, 0, sizeof(ripe));
	srd_reaper.armed = srd_reaper.ripe[0].nr || srd_reaper.ripe[1].nr;
	if (srd_reaper.armed)
		queue_rcu_work(srd_reaper_wq, &srd_reaper.work);
	spin_unlock_irq(&srd_reaper.lock);

	nr = ripe[0].nr + ripe[1].nr;
	srd_chain_free(&ripe[0], false);
	srd_chain_free(&ripe[1], true);
	atomic_long_sub(nr, &srd_charged);
	/* In this order for srd_charge(): none pending means that all has been given back. */
	atomic_long_sub_return_release(nr, &srd_pending);
	srd_room_tell(&srd_full, NULL);
}

/**
 * srd_account_reap() - free what has left a table once the last reader is done with it
 * @a: whose it was; its charge falls at once
 * @chain: the pages; empty on return
 * @wipe: overwrite them before they are freed
 *
 * Context: any.
 */
void srd_account_reap(struct srd_account *a, struct srd_chain *chain, bool wipe)
{
	unsigned long flags;

	if (!chain->nr)
		return;
	atomic_long_add(chain->nr, &srd_pending);
	atomic_long_sub(chain->nr, &a->charged);
	srd_room_tell(&a->full, a);

	/* Armed under the lock, so that srd_memory_reap_wait() cannot overtake the arming. */
	spin_lock_irqsave(&srd_reaper.lock, flags);
	if (srd_reaper.armed) {
		srd_chain_move(&srd_reaper.waiting[wipe], chain);
	} else {
		srd_chain_move(&srd_reaper.ripe[wipe], chain);
		srd_reaper.armed = true;
		queue_rcu_work(srd_reaper_wq, &srd_reaper.work);
	}
	spin_unlock_irqrestore(&srd_reaper.lock, flags);
}

/**
 * srd_memory_reap_wait() - wait until all that was handed to the reaper before is free
 *
 * Context: may sleep, for a grace period or two.
 */
void srd_memory_reap_wait(void)
{
	int rounds;

	/* What waits behind the grace period under way needs that one and the next. */
	for (rounds = 0; rounds < 2 && atomic_long_read(&srd_pending); rounds++)
		flush_rcu_work(&srd_reaper.work);
}

/* ---- charging ---- */

static bool srd_take(atomic_long_t *charged, unsigned long nr, unsigned long limit)
{
	long old = atomic_long_read(charged);

	do {
		if (old + nr > limit)
			return false;
	} while (!atomic_long_try_cmpxchg(charged, &old, old + nr));
	return true;
}

/*
 * Charge @nr pages to the disk and to the module, or neither. -ENOSPC: the disk's own limit is
 * in the way; -EAGAIN: what all disks share is.
 */
static int srd_charge_both(struct srd_account *a, unsigned long nr)
{
	lockdep_assert_held(&a->credit_lock);
	if (!srd_take(&a->charged, nr, READ_ONCE(a->limit)))
		return -ENOSPC;
	if (si_mem_available() >= (long)(READ_ONCE(srd_reserve) + nr) &&
	    srd_take(&srd_charged, nr, READ_ONCE(srd_limit)))
		return 0;
	atomic_long_sub(nr, &a->charged);
	return -EAGAIN;
}

static void srd_uncharge_both(struct srd_account *a, unsigned long nr)
{
	atomic_long_sub(nr, &srd_charged);
	atomic_long_sub(nr, &a->charged);
}

static void srd_credit_recall(struct srd_account *a)
{
	unsigned long nr = 0;
	int cpu;

	lockdep_assert_held(&a->credit_lock);
	for_each_possible_cpu(cpu)
		if (atomic_read(per_cpu_ptr(a->credit, cpu)))
			nr += atomic_xchg(per_cpu_ptr(a->credit, cpu), 0);
	if (nr)
		srd_uncharge_both(a, nr);
}

static void srd_credit_return(struct srd_account *a)
{
	unsigned long flags;

	spin_lock_irqsave(&a->credit_lock, flags);
	srd_credit_recall(a);
	spin_unlock_irqrestore(&a->credit_lock, flags);
	srd_room_tell_both(a);
}

static void srd_credit_recall_all(void)
{
	struct srd_account *a;

	mutex_lock(&srd_accounts_lock);
	list_for_each_entry(a, &srd_accounts, list) {
		spin_lock_irq(&a->credit_lock);
		srd_credit_recall(a);
		spin_unlock_irq(&a->credit_lock);
	}
	mutex_unlock(&srd_accounts_lock);
}

/* Charge one page, and if that can be, a batch of them. Errors are those of srd_charge_both(). */
static int srd_charge_batch(struct srd_account *a)
{
	unsigned long flags;
	int err;

	spin_lock_irqsave(&a->credit_lock, flags);
	err = srd_charge_both(a, SRD_CREDIT_BATCH);
	if (!err) {
		atomic_add(SRD_CREDIT_BATCH - 1, raw_cpu_ptr(a->credit));
	} else {
		srd_credit_recall(a);
		err = srd_charge_both(a, 1);
	}
	spin_unlock_irqrestore(&a->credit_lock, flags);
	return err;
}

/*
 * Charge one page. -ENOSPC: the disk, the module or the machine has none to spare. -EAGAIN: it
 * may have when the caller can wait for what is on its way back.
 */
static int srd_charge(struct srd_account *a, bool may_sleep)
{
	long pending;
	int err;

	if (likely(atomic_dec_if_positive(raw_cpu_ptr(a->credit)) >= 0))
		return 0;
	/* The disk's own credit has been called back; the module's limit may be held by others'. */
	err = srd_charge_batch(a);
	/* Nobody tells when programs leave memory to the machine again. */
	if (!err)
		srd_room_tell(&srd_full, NULL);
	if (err != -EAGAIN || !may_sleep)
		return err;

	/* Read before the attempt: what comes back in between must not be taken for nothing. */
	pending = atomic_long_read_acquire(&srd_pending);
	srd_credit_recall_all();
	if (!srd_charge_batch(a))
		return 0;
	if (!pending)
		return -ENOSPC;
	srd_memory_reap_wait();
	return srd_charge_batch(a) ? -ENOSPC : 0;
}

static bool srd_room(struct srd_account *a, unsigned long pages)
{
	unsigned long held = max(atomic_long_read(&a->charged), 0L);
	unsigned long all = max(atomic_long_read(&srd_charged), 0L);
	unsigned long limit = READ_ONCE(a->limit), shared = READ_ONCE(srd_limit);

	return held <= limit && pages <= limit - held && all <= shared && pages <= shared - all &&
	       si_mem_available() >= (long)(READ_ONCE(srd_reserve) + pages);
}

/**
 * srd_account_room() - whether an account could have so many pages more
 * @a: the account
 * @pages: how many
 *
 * What others have charged ahead is called back, and what is on its way back waited for.
 *
 * Context: may sleep.
 * Return: false when limits or the machine are in the way, so that to begin makes no sense.
 */
bool srd_account_room(struct srd_account *a, unsigned long pages)
{
	if (srd_room(a, pages))
		return true;
	srd_credit_recall_all();
	srd_memory_reap_wait();
	return srd_room(a, pages);
}

/**
 * srd_account_alloc() - a page of zeroes, charged
 * @a: who pays
 * @node: NUMA node to take it from, or NUMA_NO_NODE for the running CPU's
 * @may_sleep: wait for memory when there is none at once
 * @err: set to 0 or why there is none: -ENOSPC when a limit is reached or the machine has no memory
 *	to spare, -EAGAIN when the same call with @may_sleep could succeed
 *
 * Reserves are not touched, neither is the log, and reclaim never starts I/O or kills: a disk
 * that is full says so.
 *
 * Context: any with @may_sleep false, else process context outside of RCU.
 * Return: the page's address, or NULL.
 */
void *srd_account_alloc(struct srd_account *a, int node, bool may_sleep, int *err)
{
	gfp_t gfp = __GFP_ZERO | __GFP_NOWARN | __GFP_NOMEMALLOC;
	struct page *page;

	*err = srd_charge(a, may_sleep);
	if (*err)
		return NULL;
	gfp |= may_sleep ? GFP_NOIO | __GFP_RETRY_MAYFAIL : GFP_NOWAIT;
	page = alloc_pages_node(node == NUMA_NO_NODE ? numa_mem_id() : node, gfp, 0);
	if (likely(page)) {
		trace_srd_page_alloc(page);
		return page_address(page);
	}
	srd_uncharge_both(a, 1);
	srd_room_tell(&a->full, a);
	*err = may_sleep ? -ENOSPC : -EAGAIN;
	return NULL;
}

/**
 * srd_account_return() - give back a page that was never in a table
 * @a: who paid; the charge becomes this CPU's credit
 * @addr: the page's address
 *
 * Context: any.
 */
void srd_account_return(struct srd_account *a, void *addr)
{
	trace_srd_page_free(virt_to_page(addr));
	free_page((unsigned long)addr);
	atomic_inc(raw_cpu_ptr(a->credit));
	/* Credit is there for who writes, but not seen by who waits for room. */
	smp_mb__after_atomic();
	if (unlikely(READ_ONCE(a->full.told) || READ_ONCE(srd_full.told)))
		srd_credit_return(a);
}

/**
 * srd_account_free() - free what has left a table that nobody reads any more
 * @a: who paid
 * @chain: the pages; empty on return
 *
 * Context: may sleep.
 */
void srd_account_free(struct srd_account *a, struct srd_chain *chain)
{
	unsigned long nr = chain->nr;

	if (!nr)
		return;
	srd_chain_free(chain, false);
	srd_uncharge_both(a, nr);
	srd_room_tell_both(a);
}

/**
 * srd_account_adjust() - charge the root of a table, or take its charge back
 * @a: who pays
 * @pages: how many, negative to take back
 *
 * Whatever the limits say: without its root there is no disk to be full.
 *
 * Context: any.
 */
void srd_account_adjust(struct srd_account *a, long pages)
{
	atomic_long_add(pages, &a->charged);
	atomic_long_add(pages, &srd_charged);
	srd_room_tell_both(a);
}

static unsigned long srd_limit_pages(u64 limit)
{
	if (!limit)
		return LONG_MAX;
	return clamp_t(u64, limit >> PAGE_SHIFT, 1, LONG_MAX);
}

/**
 * srd_account_create() - open the account of a disk
 * @limit: bytes that it may hold, 0 for no limit
 *
 * Context: may sleep.
 * Return: the account, to be closed and put, or NULL.
 */
struct srd_account *srd_account_create(u64 limit)
{
	struct srd_account *a = kzalloc(sizeof(*a), GFP_KERNEL);

	if (!a)
		return NULL;
	a->credit = alloc_percpu(atomic_t);
	if (!a->credit) {
		kfree(a);
		return NULL;
	}
	a->limit = srd_limit_pages(limit);
	atomic_long_set(&a->charged, 0);
	spin_lock_init(&a->credit_lock);
	refcount_set(&a->refs, 1);
	a->disks = 1;

	mutex_lock(&srd_accounts_lock);
	list_add_tail(&a->list, &srd_accounts);
	mutex_unlock(&srd_accounts_lock);
	return a;
}

/**
 * srd_account_join() - let one more disk, a snapshot or a clone, have an account
 * @a: the account, not closed by the disk that is the caller's reason to know it
 * @sharing: they will share pages
 *
 * Context: may sleep.
 * Return: 0, or -EMLINK when that many disks have it that a page could have too many holders.
 */
int srd_account_join(struct srd_account *a, bool sharing)
{
	int err = -EMLINK;

	mutex_lock(&srd_accounts_lock);
	if (a->disks < SRD_ACCOUNT_DISKS) {
		a->disks++;
		refcount_inc(&a->refs);
		if (sharing)
			WRITE_ONCE(a->shared, true);
		err = 0;
	}
	mutex_unlock(&srd_accounts_lock);
	return err;
}

/**
 * srd_account_shared() - whether an account is or was that of several disks
 * @a: the account
 *
 * Context: any.
 * Return: whether it is; what leaves a table of theirs may be read by way of another.
 */
bool srd_account_shared(struct srd_account *a)
{
	return READ_ONCE(a->shared);
}

/**
 * srd_account_close() - take a disk that gets no requests any more from its account
 * @a: for the last disk, only srd_account_free(), srd_account_reap(), srd_account_adjust() and
 *	questions are allowed from here on
 *
 * Context: may sleep.
 */
void srd_account_close(struct srd_account *a)
{
	bool last;

	mutex_lock(&srd_accounts_lock);
	last = !--a->disks;
	if (last)
		list_del(&a->list);
	mutex_unlock(&srd_accounts_lock);
	if (!last)
		return;
	/* Nobody can write to what it has any more. */
	spin_lock_irq(&srd_full_lock);
	WRITE_ONCE(a->full.told, false);
	spin_unlock_irq(&srd_full_lock);
	srd_credit_return(a);
}

/**
 * srd_account_put() - forget an account that has been closed
 * @a: freed with the last disk that had it
 *
 * Context: may sleep.
 */
void srd_account_put(struct srd_account *a)
{
	if (!refcount_dec_and_test(&a->refs))
		return;
	free_percpu(a->credit);
	kfree(a);
}

/**
 * srd_account_used() - memory that a disk holds
 * @a: the account
 *
 * Context: any.
 * Return: bytes, the table included.
 */
u64 srd_account_used(struct srd_account *a)
{
	long pages = atomic_long_read(&a->charged);
	int cpu;

	for_each_possible_cpu(cpu)
		pages -= atomic_read(per_cpu_ptr(a->credit, cpu));
	/* Credit that was moved between the two reads may have been counted twice. */
	return (u64)max(pages, 0L) << PAGE_SHIFT;
}

/**
 * srd_account_limit() - memory that a disk may hold
 * @a: the account
 *
 * Context: any.
 * Return: bytes, 0 for no limit.
 */
u64 srd_account_limit(struct srd_account *a)
{
	unsigned long pages = READ_ONCE(a->limit);

	return pages == LONG_MAX ? 0 : (u64)pages << PAGE_SHIFT;
}

/**
 * srd_account_set_limit() - say how much memory a disk may hold
 * @a: the account
 * @limit: bytes, 0 for no limit; less than one page is taken as one
 *
 * A limit below what is used takes nothing away: new pages are refused until enough is freed.
 *
 * Context: any.
 */
void srd_account_set_limit(struct srd_account *a, u64 limit)
{
	WRITE_ONCE(a->limit, srd_limit_pages(limit));
	/* Credit was given under the old limit. */
	srd_credit_return(a);
}

/**
 * srd_memory_info() - the memory of all disks together
 * @mem: filled
 *
 * Context: process context.
 */
void srd_memory_info(struct srd_memory *mem)
{
	long pages, pending;
	struct srd_account *a;
	int cpu;

	mutex_lock(&srd_accounts_lock);
	/* In this order: none pending means that all of it is off the other count, too. */
	pending = atomic_long_read_acquire(&srd_pending);
	pages = atomic_long_read(&srd_charged);
	list_for_each_entry(a, &srd_accounts, list)
		for_each_possible_cpu(cpu)
			pages -= atomic_read(per_cpu_ptr(a->credit, cpu));
	mutex_unlock(&srd_accounts_lock);
	pages = max(pages, 0L);

	mem->limit = (u64)READ_ONCE(srd_limit) << PAGE_SHIFT;
	mem->reserve = (u64)READ_ONCE(srd_reserve) << PAGE_SHIFT;
	mem->used = (u64)pages << PAGE_SHIFT;
	mem->pending = (u64)min(pending, pages) << PAGE_SHIFT;
	mem->preallocating = (u64)atomic_long_read(&srd_expected) << PAGE_SHIFT;
}

/**
 * srd_memory_expect() - say what will be taken soon, for srd_memory_info() to tell
 * @pages: more than before, negative when some was taken or nobody waits for it any more
 *
 * Context: any.
 */
void srd_memory_expect(long pages)
{
	atomic_long_add(pages, &srd_expected);
}

/**
 * srd_memory_set_limit() - say how much memory all disks together may hold
 * @bytes: at least one page
 *
 * Context: may sleep.
 */
void srd_memory_set_limit(u64 bytes)
{
	WRITE_ONCE(srd_limit, (unsigned long)min_t(u64, bytes >> PAGE_SHIFT, LONG_MAX));
	srd_credit_recall_all();
	srd_room_tell(&srd_full, NULL);
}

/**
 * srd_memory_set_reserve() - say how much available memory the disks must leave alone
 * @bytes: no page is taken while the machine has less than this available
 *
 * Context: may sleep.
 */
void srd_memory_set_reserve(u64 bytes)
{
	WRITE_ONCE(srd_reserve, (unsigned long)min_t(u64, bytes >> PAGE_SHIFT, LONG_MAX / 2));
	srd_credit_recall_all();
	srd_room_tell(&srd_full, NULL);
}

/**
 * srd_memory_setup() - start the reaper
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int srd_memory_setup(void)
{
	spin_lock_init(&srd_reaper.lock);
	INIT_RCU_WORK(&srd_reaper.work, srd_reap_work);
	srd_reaper_wq = alloc_workqueue("srd_reaper", WQ_MEM_RECLAIM | WQ_UNBOUND, 1);
	return srd_reaper_wq ? 0 : -ENOMEM;
}

/**
 * srd_memory_cleanup() - free what is still waiting and stop the reaper
 *
 * All accounts have been destroyed.
 *
 * Context: may sleep.
 */
void srd_memory_cleanup(void)
{
	while (atomic_long_read(&srd_pending))
		srd_memory_reap_wait();
	rcu_barrier();
	destroy_workqueue(srd_reaper_wq);
	WARN_ON_ONCE(atomic_long_read(&srd_charged));
}
