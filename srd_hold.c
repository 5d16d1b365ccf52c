// SPDX-License-Identifier: GPL-2.0
/*
 * srd - requests that are answered later
 *
 * Each has a timer of its own, which runs on the CPU that it was started on, so that nothing is
 * allocated and no CPU waits for another. Whoever takes a request off the list, the timer, the
 * time-out or who is in a hurry, answers it, and nobody else.
 */
#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "srd.h"
#include "srd_compat.h"

/**
 * srd_hold_init() - make ready to hold requests
 * @h: to be filled
 *
 * Context: any.
 */
void srd_hold_init(struct srd_holder *h)
{
	spin_lock_init(&h->lock);
	INIT_LIST_HEAD(&h->held);
	init_waitqueue_head(&h->idle);
	h->nr = 0;
	h->hurry = 0;
}

/**
 * srd_hold_take() - make sure that nobody but the caller answers a request
 * @held: which may be held
 * @timed: whether it waits for its time; else for the time-out
 *
 * Context: any.
 * Return: whether it was held, and so.
 */
bool srd_hold_take(struct srd_held *held, bool timed)
{
	struct srd_holder *h = held->holder;
	unsigned long flags;
	bool taken;

	spin_lock_irqsave(&h->lock, flags);
	taken = !list_empty(&held->node) && held->timed == timed;
	if (taken)
		list_del_init(&held->node);
	spin_unlock_irqrestore(&h->lock, flags);
	return taken;
}

static void srd_hold_end(void *data)
{
	struct srd_held *held = data;

	held->end(held);
}

/* Once a request has been answered it may be another one: nothing of it may be touched then. */
static enum hrtimer_restart srd_hold_expired(struct hrtimer *timer)
{
	struct srd_held *held = container_of(timer, struct srd_held, timer);

	if (!srd_hold_take(held, true))
		return HRTIMER_NORESTART;
	/*
	 * A CPU that is offline by now has no part in it. On PREEMPT_RT, what it would be called to
	 * do may not take a lock.
	 */
	if (IS_ENABLED(CONFIG_PREEMPT_RT) || held->cpu < 0 || held->cpu == smp_processor_id() ||
	    smp_call_function_single_async(held->cpu, &held->csd))
		held->end(held);
	return HRTIMER_NORESTART;
}

/**
 * srd_hold_prepare() - make a request one that can be held
 * @held: of the request; once for its memory, not for each use
 * @h: of its disk
 * @end: answers it; called in interrupt or process context
 *
 * Context: any.
 */
void srd_hold_prepare(struct srd_held *held, struct srd_holder *h,
		      void (*end)(struct srd_held *held))
{
	held->holder = h;
	held->end = end;
	held->timed = false;
	INIT_LIST_HEAD(&held->node);
	INIT_CSD(&held->csd, srd_hold_end, held);
	srd_hrtimer_setup(&held->timer, srd_hold_expired, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_PINNED);
}

static void srd_hold(struct srd_held *held, const ktime_t *when)
{
	struct srd_holder *h = held->holder;
	unsigned long flags;
	bool hurry;

	spin_lock_irqsave(&h->lock, flags);
	hurry = h->hurry;
	held->timed = when;
	if (!hurry) {
		list_add_tail(&held->node, &h->held);
		/* Under the lock: who takes it finds the timer started. */
		if (when)
			hrtimer_start(&held->timer, *when, HRTIMER_MODE_ABS_PINNED);
	}
	spin_unlock_irqrestore(&h->lock, flags);
	if (hurry)
		held->end(held);
}

/**
 * srd_hold_until() - answer a request at a time
 * @held: prepared; not to be touched any more, it may have been answered on return
 * @when: of CLOCK_MONOTONIC
 * @cpu: on which to answer it, or -1 for this one
 *
 * Context: any. The request is answered at once where somebody is in a hurry.
 */
void srd_hold_until(struct srd_held *held, ktime_t when, int cpu)
{
	held->cpu = cpu;
	srd_hold(held, &when);
}

/**
 * srd_hold_for_ever() - leave a request unanswered
 * @held: prepared; not to be touched any more
 *
 * Until somebody takes it by srd_hold_take(), or is in a hurry.
 *
 * Context: any.
 */
void srd_hold_for_ever(struct srd_held *held)
{
	srd_hold(held, NULL);
}

/**
 * srd_hold_hurry() - answer all that is held, and hold no more
 * @h: of the disk
 *
 * Context: may sleep.
 */
void srd_hold_hurry(struct srd_holder *h)
{
	struct srd_held *held;

	spin_lock_irq(&h->lock);
	h->hurry++;
	while ((held = list_first_entry_or_null(&h->held, struct srd_held, node))) {
		list_del_init(&held->node);
		spin_unlock_irq(&h->lock);
		/* Its timer may be running, and finds that it comes too late. */
		if (held->timed)
			hrtimer_cancel(&held->timer);
		held->end(held);
		spin_lock_irq(&h->lock);
	}
	spin_unlock_irq(&h->lock);
}

/**
 * srd_hold_hurry_end() - hold requests again, once all who were in a hurry say so
 * @h: of the disk
 *
 * Context: process context.
 */
void srd_hold_hurry_end(struct srd_holder *h)
{
	spin_lock_irq(&h->lock);
	h->hurry--;
	spin_unlock_irq(&h->lock);
}

/**
 * srd_hold_enter() - say that there is a request which srd_hold_drain() has to wait for
 * @h: of its disk
 *
 * Context: any.
 */
void srd_hold_enter(struct srd_holder *h)
{
	unsigned long flags;

	spin_lock_irqsave(&h->lock, flags);
	WRITE_ONCE(h->nr, h->nr + 1);
	spin_unlock_irqrestore(&h->lock, flags);
}

/**
 * srd_hold_leave() - say that it has been answered
 * @h: of its disk, which may be gone on return
 *
 * Context: any.
 */
void srd_hold_leave(struct srd_holder *h)
{
	unsigned long flags;

	spin_lock_irqsave(&h->lock, flags);
	WRITE_ONCE(h->nr, h->nr - 1);
	if (!h->nr)
		wake_up(&h->idle);
	spin_unlock_irqrestore(&h->lock, flags);
}

/**
 * srd_hold_drain() - wait until all requests have been answered
 * @h: of a disk that gets none meanwhile, with srd_hold_hurry()
 *
 * Context: may sleep.
 */
void srd_hold_drain(struct srd_holder *h)
{
	wait_event(h->idle, !READ_ONCE(h->nr));
	/* Who woke us is about to leave the lock, which may be gone soon. */
	spin_lock_irq(&h->lock);
	spin_unlock_irq(&h->lock);
}
