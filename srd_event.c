// SPDX-License-Identifier: GPL-2.0
/*
 * srd - what happened, for who waits for it
 *
 * One ring has the newest events. Each reader is a place in it, kept as the position of the open
 * file, so that to send costs the same however many there are, allocates nothing and never waits;
 * and who opens the control node for anything else has nothing of it. Who comes too late for an
 * event sees by its number that it is no longer there.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/uio.h>
#include <linux/wait.h>

#include "srd.h"
#include "srd_trace.h"

/* Events that are kept; the ABI promises as many. */
#define SRD_EVENTS		1024

/* Copied out of the ring at a time: interrupts are off meanwhile, and they lie on the stack. */
#define SRD_EVENTS_BATCH	4

/* ns for which a disk has no more errors to tell. */
#define SRD_ERROR_SILENCE	(100 * NSEC_PER_MSEC)

/*
 * The ring. @next is the number that the next event gets, and is set once the event before it can
 * be read; READ_ONCE() outside of @lock. @readers: open files that may read. READ_ONCE().
 */
static struct {
	raw_spinlock_t		lock;	/* protects all but @wait, and positions of open files */
	unsigned int		readers;
	u64			next;
	struct srd_event	ring[SRD_EVENTS];
	wait_queue_head_t	wait;
} srd_events = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(srd_events.lock),
	.wait = __WAIT_QUEUE_HEAD_INITIALIZER(srd_events.wait),
};

static_assert(sizeof(struct srd_event) == 96);
static_assert(sizeof(struct srd_event) <= SRD_EVENT_MAX);

/* ---- sending ---- */

/* Whether anybody wants to hear of what happens now. */
static bool srd_event_wanted(void)
{
	return unlikely(READ_ONCE(srd_events.readers));
}

/*
 * Whoever is about to sleep is seen here, or sees what there is. All are woken, also those who ask
 * to be woken alone: each has a place of its own.
 */
static void srd_event_wake(void)
{
	if (wq_has_sleeper(&srd_events.wait))
		wake_up_interruptible_all(&srd_events.wait);
}

/* Say what happened; the size, the number and the time are filled in. */
static void srd_event_send(const struct srd_event *e)
{
	struct srd_event *slot;
	unsigned long flags;

	if (!srd_event_wanted())
		return;
	raw_spin_lock_irqsave(&srd_events.lock, flags);
	slot = &srd_events.ring[srd_events.next % SRD_EVENTS];
	*slot = *e;
	slot->size = sizeof(*slot);
	slot->sequence = srd_events.next;
	/* Under the lock, or a later event could have an earlier time. */
	slot->time = ktime_get_boottime_ns();
	slot->lost = 0;
	WRITE_ONCE(srd_events.next, srd_events.next + 1);
	raw_spin_unlock_irqrestore(&srd_events.lock, flags);

	srd_event_wake();
}

/**
 * srd_event_disk() - say that something became of a disk
 * @kind: which of the kinds whose fields are no others than these
 * @number: N of the disk
 * @other: N of the other disk that @kind asks for, or -1
 * @value: what @kind says
 * @before: what it was before, or 0
 *
 * Context: any but NMI.
 */
void srd_event_disk(enum srd_event_kind kind, unsigned int number, int other, u64 value,
		    u64 before)
{
	const struct srd_event e = {
		.kind	= kind,
		.number	= number,
		.other	= other,
		.length	= before,
		.value	= value,
	};

	trace_srd_disk(kind, number, other, value, before);
	srd_event_send(&e);
}

/**
 * srd_event_limit() - say that a limit is reached, or no more
 * @kind: SRD_EVENT_LIMIT or SRD_EVENT_ROOM
 * @number: N of the disk, or -1
 * @what: which limit
 * @limit: bytes that may be held, or must be left
 * @held: bytes that are held, or available
 *
 * Context: any but NMI.
 */
void srd_event_limit(enum srd_event_kind kind, int number, enum srd_limit what, u64 limit,
		     u64 held)
{
	const struct srd_event e = {
		.kind	= kind,
		.number	= number,
		.other	= -1,
		.what	= what,
		.length	= held,
		.value	= limit,
	};

	trace_srd_limit(kind, number, what, limit, held);
	srd_event_send(&e);
}

/* One of those who come here at the same time is told that it is due. */
static bool srd_event_error_due(struct srd_errors *errors)
{
	u64 now = ktime_get_ns();
	s64 silent = atomic64_read(&errors->silent);

	return now >= (u64)silent &&
	       atomic64_try_cmpxchg(&errors->silent, &silent, now + SRD_ERROR_SILENCE);
}

/**
 * srd_event_error() - say that a request failed, if that was not said of its disk just now
 * @errors: those of the disk
 * @number: N of the disk
 * @op: what the request asked for
 * @err: a negative errno
 * @pos: byte that it began at
 * @len: bytes of it
 *
 * Context: any but NMI.
 */
void srd_event_error(struct srd_errors *errors, unsigned int number, enum srd_op op, int err,
		     u64 pos, u64 len)
{
	struct srd_event e = {
		.kind	= SRD_EVENT_ERROR,
		.number	= number,
		.other	= -1,
		.op	= op,
		.error	= -err,
		.start	= pos,
		.length	= len,
	};

	atomic_inc(&errors->failed);
	if (!srd_event_wanted() || !srd_event_error_due(errors))
		return;
	e.value = (unsigned int)atomic_xchg(&errors->failed, 0);
	srd_event_send(&e);
}

/**
 * srd_event_fault() - say that a rule was applied to a request
 * @number: N of the disk
 * @rule: which rule
 * @op: what the request asks for
 * @pos: byte that it begins at
 * @len: bytes of it
 *
 * Context: any but NMI.
 */
void srd_event_fault(unsigned int number, const struct srd_rule *rule, enum srd_op op, u64 pos,
		     u64 len)
{
	const struct srd_event e = {
		.kind	= SRD_EVENT_FAULT,
		.number	= number,
		.other	= -1,
		.rule	= rule->id,
		.what	= rule->what,
		.error	= rule->what == SRD_FAULT_POWERCUT ? EIO : rule->error,
		.op	= op,
		.start	= pos,
		.length	= len,
	};

	trace_srd_fault(number, rule, op, pos, len);
	srd_event_send(&e);
}

/**
 * srd_event_power_cut() - say that the power of a disk was cut
 * @number: N of the disk
 * @rule: number of the rule that did it, 0 for none
 *
 * Context: any but NMI.
 */
void srd_event_power_cut(unsigned int number, u32 rule)
{
	const struct srd_event e = {
		.kind	= SRD_EVENT_POWER_CUT,
		.number	= number,
		.other	= -1,
		.rule	= rule,
	};

	trace_srd_disk(SRD_EVENT_POWER_CUT, number, -1, rule, 0);
	srd_event_send(&e);
}

/**
 * srd_event_power_on() - say that the power of a disk is on again
 * @number: N of the disk
 * @keep: what became of the writes that were in its cache
 * @lost: blocks that are not as they were written last
 *
 * Context: any but NMI.
 */
void srd_event_power_on(unsigned int number, enum srd_keep keep, u64 lost)
{
	const struct srd_event e = {
		.kind	= SRD_EVENT_POWER_ON,
		.number	= number,
		.other	= -1,
		.what	= keep,
		.value	= lost,
	};

	trace_srd_disk(SRD_EVENT_POWER_ON, number, -1, lost, 0);
	srd_event_send(&e);
}

/* ---- reading ---- */

/**
 * srd_event_open() - let an open file have what happens from here on
 * @file: of the control node; nobody else uses its position
 *
 * Context: process context.
 */
void srd_event_open(struct file *file)
{
	if (!(file->f_mode & FMODE_READ))
		return;
	raw_spin_lock_irq(&srd_events.lock);
	WRITE_ONCE(srd_events.readers, srd_events.readers + 1);
	file->f_pos = srd_events.next;
	raw_spin_unlock_irq(&srd_events.lock);
}

/**
 * srd_event_release() - forget an open file
 * @file: as srd_event_open() had it
 *
 * Context: process context.
 */
void srd_event_release(struct file *file)
{
	if (!(file->f_mode & FMODE_READ))
		return;
	raw_spin_lock_irq(&srd_events.lock);
	WRITE_ONCE(srd_events.readers, srd_events.readers - 1);
	raw_spin_unlock_irq(&srd_events.lock);
}

static bool srd_event_waits(struct file *file)
{
	return READ_ONCE(srd_events.next) != (u64)READ_ONCE(file->f_pos);
}

/* Take the next events of an open file, with those that it has lost told in the first. */
static unsigned int srd_event_take(struct file *file, struct srd_event *to, unsigned int room)
{
	u64 pos, oldest, lost;
	unsigned int i, nr;

	raw_spin_lock_irq(&srd_events.lock);
	pos = file->f_pos;
	oldest = srd_events.next - min_t(u64, srd_events.next, SRD_EVENTS);
	lost = pos < oldest ? oldest - pos : 0;
	pos += lost;
	nr = min_t(u64, room, srd_events.next - pos);
	for (i = 0; i < nr; i++)
		to[i] = srd_events.ring[(pos + i) % SRD_EVENTS];
	WRITE_ONCE(file->f_pos, pos + nr);
	raw_spin_unlock_irq(&srd_events.lock);
	if (nr)
		to[0].lost = lost;
	return nr;
}

/*
 * Nobody got them. Who shares the file may have gone on meanwhile: then they are lost; or have
 * found nothing, and sleep.
 */
static void srd_event_give_back(struct file *file, const struct srd_event *from, unsigned int nr)
{
	raw_spin_lock_irq(&srd_events.lock);
	if ((u64)file->f_pos == from->sequence + nr)
		WRITE_ONCE(file->f_pos, from->sequence - from->lost);
	raw_spin_unlock_irq(&srd_events.lock);
	srd_event_wake();
}

/* Copy what there is; bytes, or -EFAULT when not even the first batch could be given. */
static ssize_t srd_event_copy(struct file *file, struct iov_iter *to)
{
	struct srd_event batch[SRD_EVENTS_BATCH];
	/* As much as could be there when this began. */
	size_t len = min(iov_iter_count(to), sizeof(srd_events.ring));
	size_t done = 0, room, n, copied;

	while ((room = (len - done) / sizeof(*batch))) {
		n = srd_event_take(file, batch, min_t(size_t, room, SRD_EVENTS_BATCH));
		if (!n)
			break;
		copied = copy_to_iter(batch, n * sizeof(*batch), to);
		if (copied != n * sizeof(*batch)) {
			iov_iter_revert(to, copied);
			srd_event_give_back(file, batch, n);
			return done ?: -EFAULT;
		}
		done += n * sizeof(*batch);
	}
	return done;
}

/**
 * srd_event_read() - give a reader what it has not had yet, and wait until there is something
 * @file: as srd_event_open() had it
 * @to: where to
 * @wait: whether to wait
 *
 * Context: may sleep.
 * Return: bytes of whole events; -EINVAL there is no room for one; -EAGAIN there is none and
 * nobody is to wait; -ERESTARTSYS a signal came; -EFAULT.
 */
ssize_t srd_event_read(struct file *file, struct iov_iter *to, bool wait)
{
	ssize_t done;

	if (iov_iter_count(to) < sizeof(struct srd_event))
		return -EINVAL;
	while (!(done = srd_event_copy(file, to))) {
		if (!wait)
			return -EAGAIN;
		if (wait_event_interruptible(srd_events.wait, srd_event_waits(file)))
			return -ERESTARTSYS;
	}
	return done;
}

/**
 * srd_event_poll() - whether a reader has something to read
 * @file: as srd_event_open() had it
 * @wait: who wants to be woken, or NULL
 *
 * Context: may sleep.
 * Return: EPOLLIN and EPOLLRDNORM, or 0.
 */
__poll_t srd_event_poll(struct file *file, struct poll_table_struct *wait)
{
	poll_wait(file, &srd_events.wait, wait);
	if (file->f_mode & FMODE_READ && srd_event_waits(file))
		return EPOLLIN | EPOLLRDNORM;
	return 0;
}
