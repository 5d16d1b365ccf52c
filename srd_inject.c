// SPDX-License-Identifier: GPL-2.0
/*
 * srd - requests of a disk that fails, is slow or forgets on purpose
 *
 * In this order: is there power, what do the rules say, are the blocks good, when is it due; then
 * the request is served, through the cache where the disk has one, and answered when it is due.
 */
#include <linux/badblocks.h>
#include <linux/bio.h>
#include <linux/bitops.h>
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/highmem.h>
#include <linux/jump_label.h>
#include <linux/ktime.h>
#include <linux/limits.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "srd.h"
#include "srd_compat.h"
#include "srd_inject.h"
#include "srd_io.h"

DEFINE_STATIC_KEY_FALSE(srd_inject_key);

/* ---- what the disk does ---- */

/**
 * srd_inject_has() - whether a disk does something of a kind
 * @d: the disk
 * @flag: which
 *
 * Context: any.
 * Return: whether it does, at this moment.
 */
bool srd_inject_has(const struct srd_disk *d, enum srd_inject_flag flag)
{
	/* Pairs with srd_inject_flag(): what the flag tells of is there. */
	return test_bit_acquire(flag, &d->inject.flags);
}

/**
 * srd_inject_flag() - let a disk do something of a kind, or no more
 * @d: the disk, with its lock held
 * @flag: which
 * @on: whether it does
 *
 * Where it is the first thing that it does, or was the last, srd_inject_count() has to follow.
 *
 * Context: any.
 */
void srd_inject_flag(struct srd_disk *d, enum srd_inject_flag flag, bool on)
{
	lockdep_assert_held(&d->lock);
	/* Pairs with srd_inject_has(). */
	smp_mb__before_atomic();
	assign_bit(flag, &d->inject.flags, on);
}

/**
 * srd_inject_count() - see to it that requests are looked at if a disk does anything on purpose
 * @d: the disk, with its lock held
 *
 * Context: may sleep; not while the disk gets no requests.
 */
void srd_inject_count(struct srd_disk *d)
{
	struct srd_inject *inject = &d->inject;

	lockdep_assert_held(&d->lock);
	if (!READ_ONCE(inject->flags) == !inject->counted)
		return;
	inject->counted = !inject->counted;
	if (inject->counted)
		static_branch_inc(&srd_inject_key);
	else
		static_branch_dec(&srd_inject_key);
}

/**
 * srd_inject_switch() - srd_inject_flag() and srd_inject_count()
 * @d: the disk, with its lock held
 * @flag: which
 * @on: whether it does
 *
 * Requests that have begun may not see it yet.
 *
 * Context: may sleep; not while the disk gets no requests.
 */
void srd_inject_switch(struct srd_disk *d, enum srd_inject_flag flag, bool on)
{
	srd_inject_flag(d, flag, on);
	srd_inject_count(d);
}

/**
 * srd_inject_rule_add() - give a disk a rule
 * @d: the disk
 * @rule: without its outputs; set to what it has become
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, as SRD_IOC_RULE_ADD documents.
 */
int srd_inject_rule_add(struct srd_disk *d, struct srd_rule *rule)
{
	int err;

	/* Without requests there is no timer that would find them. */
	if (rule->what == SRD_FAULT_TIMEOUT && d->config.mode == SRD_MODE_BIO)
		return -EOPNOTSUPP;
	if (mutex_lock_killable(&d->lock))
		return -EINTR;
	err = d->dead ? -ENODEV : srd_fault_add(&d->inject.faults, rule);
	if (!err)
		srd_inject_switch(d, SRD_INJECT_RULES, true);
	mutex_unlock(&d->lock);
	return err;
}

/**
 * srd_inject_rule_remove() - take rules away
 * @d: the disk
 * @id: number of the rule, or 0 for all
 *
 * Context: may sleep, for a grace period.
 * Return: 0, -ENODEV, -ENOENT when there is no such rule, or -EINTR by a fatal signal.
 */
int srd_inject_rule_remove(struct srd_disk *d, u32 id)
{
	struct srd_faults *faults = &d->inject.faults;
	int err;

	if (mutex_lock_killable(&d->lock))
		return -EINTR;
	err = d->dead ? -ENODEV : srd_fault_remove(faults, id);
	if (!err && !faults->nr) {
		/* A rule that is being applied may yet cut the power, which has to be seen then. */
		synchronize_rcu();
		srd_inject_switch(d, SRD_INJECT_RULES, false);
	}
	mutex_unlock(&d->lock);
	return err;
}

/**
 * srd_inject_bad_any() - whether a disk has bad blocks
 * @d: the disk
 *
 * Context: any.
 * Return: whether there are any, at this moment.
 */
bool srd_inject_bad_any(const struct srd_disk *d)
{
	/* Writes that heal change it meanwhile, under the list's own lock, by plain accesses. */
	return data_race(READ_ONCE(d->inject.bad.count));
}

/**
 * srd_inject_bad_show() - which blocks are bad
 * @d: the disk
 * @buf: gets the list, a page long
 *
 * Context: may sleep.
 * Return: bytes, in whole lines, or -EINTR.
 */
ssize_t srd_inject_bad_show(struct srd_disk *d, char *buf)
{
	ssize_t len = 0;

	/* Somebody may wait for the memory of a whole disk meanwhile. */
	if (mutex_lock_killable(&d->lock))
		return -EINTR;
	if (d->inject.bad.page)
		len = badblocks_show(&d->inject.bad, buf, 0);
	mutex_unlock(&d->lock);
	/* There may be more of them than a page has room for, and then it is told of all. */
	if (len >= PAGE_SIZE)
		for (len = PAGE_SIZE - 1; len && buf[len - 1] != '\n'; len--)
			;
	return len;
}

#define SRD_BAD_END	(BB_OFFSET_MASK >> 9)	/* that the list can count to */

/* First sector and how many; with a minus before them, those are good. */
static int srd_inject_bad_parse(const char *buf, bool *good, u64 *sector, int *nr)
{
	u64 count;

	*good = *buf == '-';
	buf = skip_spaces(buf + *good);
	if (srd_number_parse_next(&buf, sector) || !isspace(*buf))
		return -EINVAL;
	buf = skip_spaces(buf);
	if (srd_number_parse_next(&buf, &count) || (*buf && strcmp(buf, "\n")))
		return -EINVAL;
	if (!count || count > INT_MAX || *sector >= SRD_BAD_END || count > SRD_BAD_END - *sector)
		return -EINVAL;
	*nr = count;
	return 0;
}

/**
 * srd_inject_bad_store() - say which blocks are bad, or good again
 * @d: the disk
 * @buf: as for any disk's badblocks: first sector and how many; with a minus before them, good ones
 * @len: bytes in @buf
 *
 * Context: may sleep.
 * Return: @len or a negative errno; -ENOSPC when the list is full.
 */
ssize_t srd_inject_bad_store(struct srd_disk *d, const char *buf, size_t len)
{
	struct badblocks *bad = &d->inject.bad;
	bool good, full = false;
	u64 sector;
	int nr, err;

	err = srd_inject_bad_parse(buf, &good, &sector, &nr);
	if (err)
		return err;
	if (mutex_lock_killable(&d->lock))
		return -EINTR;
	/* Once there has been one, the list stays: a request may be looking at it. */
	if (d->dead)
		err = -ENODEV;
	else if (!bad->page && !good)
		err = badblocks_init(bad, 1);
	if (!err && bad->page) {
		full = !srd_bad_changed(good ? badblocks_clear(bad, sector, nr) :
					       badblocks_set(bad, sector, nr, 1));
		srd_inject_switch(d, SRD_INJECT_BAD, srd_inject_bad_any(d));
	}
	mutex_unlock(&d->lock);
	return err ?: full ? -ENOSPC : len;
}

/**
 * srd_inject_cut() - cut a disk's power
 * @d: the disk, with its lock held
 *
 * Requests that are held end with an error, those that come do, too.
 *
 * Context: may sleep.
 */
void srd_inject_cut(struct srd_disk *d)
{
	struct srd_inject *inject = &d->inject;

	/* Until power is back: what is being served now would be held otherwise. */
	if (!test_and_set_bit(SRD_INJECT_OFF, &inject->flags)) {
		srd_hold_hurry(&inject->holder);
		/* Before it is told: without that, requests look at nothing. */
		srd_inject_count(d);
		srd_event_power_cut(d->config.number, 0);
	}
	/* It may have been a rule. */
	flush_work(&inject->cut_work);
	srd_inject_count(d);
}

static void srd_inject_cut_work(struct work_struct *work)
{
	struct srd_disk *d = container_of(work, struct srd_disk, inject.cut_work);

	srd_hold_hurry(&d->inject.holder);
}

/**
 * srd_inject_init() - make a disk one that does nothing on purpose
 * @d: with its configuration
 *
 * Context: may sleep.
 */
void srd_inject_init(struct srd_disk *d)
{
	struct srd_inject *inject = &d->inject;

	srd_hold_init(&inject->holder);
	srd_fault_init(&inject->faults);
	srd_timing_init(&inject->timing);
	srd_cache_init(d);
	INIT_WORK(&inject->cut_work, srd_inject_cut_work);
}

/**
 * srd_inject_stop() - let a disk do nothing on purpose any more
 * @d: which gets no requests any more, with its memory
 *
 * Context: may sleep.
 */
void srd_inject_stop(struct srd_disk *d)
{
	struct srd_inject *inject = &d->inject;

	cancel_work_sync(&inject->cut_work);
	/* A snapshot that cannot be taken ends here with the lock of the other disk held. */
	mutex_lock_nested(&d->lock, SINGLE_DEPTH_NESTING);
	srd_fault_remove(&inject->faults, 0);
	if (srd_inject_has(d, SRD_INJECT_CACHE))
		srd_cache_flush(d);
	if (inject->counted)
		static_branch_dec(&srd_inject_key);
	inject->counted = false;
	mutex_unlock(&d->lock);
}

/**
 * srd_inject_destroy() - free what is left
 * @d: a disk that nobody uses any more
 *
 * Context: may sleep.
 */
void srd_inject_destroy(struct srd_disk *d)
{
	srd_cache_destroy(d);
	srd_timing_destroy(&d->inject.timing);
	badblocks_exit(&d->inject.bad);
}

/* ---- its requests ---- */

static u64 srd_injected_pos(const struct srd_injected *in)
{
	return in->bio ? in->bio->bi_iter.bi_sector << SECTOR_SHIFT : 0;
}

/* Whether it fails at a bad block. */
static bool srd_injected_bad(const struct srd_injected *in)
{
	struct srd_inject *inject = &in->d->inject;
	unsigned int nr = in->len >> SECTOR_SHIFT;
	SRD_BAD_SECTORS bad;
	sector_t first;

	if (!nr || (in->op != SRD_OP_READ && READ_ONCE(inject->heal)))
		return false;
	return badblocks_check(&inject->bad, srd_injected_pos(in) >> SECTOR_SHIFT, nr, &first,
			       &bad);
}

/* So many bytes of it have been written: what was bad of them is good. */
static void srd_injected_heal(const struct srd_injected *in, u64 len)
{
	struct srd_inject *inject = &in->d->inject;

	if (in->op != SRD_OP_READ && srd_inject_has(in->d, SRD_INJECT_BAD) &&
	    READ_ONCE(inject->heal) && len >> SECTOR_SHIFT)
		badblocks_clear(&inject->bad, srd_injected_pos(in) >> SECTOR_SHIFT,
				len >> SECTOR_SHIFT);
}

/* A request that is served: what the rules do to what is read. */
static void srd_injected_flip_read(const struct srd_injected *in)
{
	u64 skip = in->verdict.bit / BITS_PER_BYTE;
	struct bvec_iter iter;
	struct bio_vec bv;
	struct bio *bio;
	u8 *byte;

	for (bio = in->bio; bio; bio = bio->bi_next) {
		bio_for_each_segment(bv, bio, iter) {
			if (skip >= bv.bv_len) {
				skip -= bv.bv_len;
				continue;
			}
			byte = bvec_virt(&bv) + skip;
			*byte ^= BIT(in->verdict.bit % BITS_PER_BYTE);
			flush_dcache_page(bv.bv_page);
			return;
		}
	}
}

/* It may have been tried in place, before there was a cache, or while there was power. */
static void srd_injected_give_up(struct srd_injected *in)
{
	if (srd_io_wanted(in->err))
		srd_io_give_up(in->d, in->err);
	in->err = -ERESTART;
}

/*
 * Serve as much of it as is to be done. A write of a part goes bio by bio, each in a copy that ends
 * where the part does: the bios are their owners', and are not shortened.
 */
static int srd_injected_serve_part(struct srd_injected *in, struct bio *bio, u64 len)
{
	struct srd_disk *d = in->d;

	if (srd_inject_has(d, SRD_INJECT_CACHE)) {
		srd_injected_give_up(in);
		return srd_cache_change(d, bio, in->op, len, in->fua);
	}
	return srd_io_serve_sleeping(d, bio, in->op, len, in->err);
}

static int srd_injected_serve_torn(struct srd_injected *in)
{
	u64 len = min_t(u64, in->len, (u64)in->verdict.blocks * in->d->config.block_size);
	struct bio *bio, part;
	u64 left = len;
	int err = 0;

	if (in->op != SRD_OP_WRITE) {
		err = srd_injected_serve_part(in, in->bio, len);
		left = 0;
	}
	for (bio = in->bio; bio && left && !err; bio = bio->bi_next) {
		part = *bio;
		part.bi_next = NULL;
		part.bi_iter.bi_size = min_t(u64, left, part.bi_iter.bi_size);
		left -= part.bi_iter.bi_size;
		err = srd_injected_serve_part(in, &part, part.bi_iter.bi_size);
	}
	if (!err)
		srd_injected_heal(in, len);
	return err;
}

/* Serve it, whatever that takes. */
static int srd_injected_serve(struct srd_injected *in)
{
	struct srd_disk *d = in->d;
	int err;

	if (srd_inject_has(d, SRD_INJECT_OFF)) {
		srd_injected_give_up(in);
		return -EIO;
	}
	if (srd_inject_has(d, SRD_INJECT_CACHE) && (in->preflush || in->op == SRD_OP_FLUSH))
		srd_cache_flush(d);
	if (!in->len || in->verdict.what == SRD_FAULT_DROP)
		return 0;
	if (in->verdict.what == SRD_FAULT_TORN)
		return srd_injected_serve_torn(in) ?: in->verdict.error;
	err = in->op == SRD_OP_READ ? srd_io_serve(d, in->bio, in->op, in->len) :
	      srd_injected_serve_part(in, in->bio, in->len);
	if (!err && in->verdict.what == SRD_FAULT_FLIP)
		err = srd_io_flip(d, srd_injected_pos(in) + in->verdict.bit / BITS_PER_BYTE,
				  BIT(in->verdict.bit % BITS_PER_BYTE));
	if (!err)
		srd_injected_heal(in, in->len);
	return err;
}

/* Whether it is to be answered now; else it is held, and not to be touched any more. */
static bool srd_injected_done(struct srd_injected *in)
{
	if (in->due <= ktime_get_ns())
		return true;
	srd_hold_until(&in->held, ns_to_ktime(in->due), srd_timing_cpu(&in->d->inject.timing));
	return false;
}

static void srd_injected_end(struct srd_injected *in)
{
	/* Whatever has become of it: nobody can have been told. */
	if (srd_inject_has(in->d, SRD_INJECT_OFF))
		in->err = -EIO;
	in->end(in);
}

static void srd_injected_work(struct work_struct *work)
{
	struct srd_injected *in = container_of(work, struct srd_injected, work);

	in->err = srd_injected_serve(in);
	if (srd_injected_done(in))
		srd_injected_end(in);
}

/*
 * Serve what needs no worker, and say so. Nothing here sleeps. When a worker is needed, @in->err
 * tells what has been tried before.
 */
static bool srd_injected_in_place(struct srd_injected *in)
{
	bool cache = srd_inject_has(in->d, SRD_INJECT_CACHE);
	enum srd_fault what = in->verdict.what;

	in->err = -ERESTART;
	if (what == SRD_FAULT_ERROR || what == SRD_FAULT_DROP) {
		in->err = in->verdict.error;
		/* The flush that came with it has not been dropped. */
		if (what == SRD_FAULT_DROP && cache && in->preflush)
			return false;
		return true;
	}
	if (in->op == SRD_OP_FLUSH || (cache && in->op != SRD_OP_READ)) {
		in->err = 0;
		return !cache;
	}
	if (what == SRD_FAULT_TORN || (what == SRD_FAULT_FLIP && in->op != SRD_OP_READ))
		return false;
	in->err = srd_io_serve(in->d, in->bio, in->op, in->len);
	if (srd_io_wanted(in->err))
		return false;
	if (!in->err && what == SRD_FAULT_FLIP)
		srd_injected_flip_read(in);
	if (!in->err)
		srd_injected_heal(in, in->len);
	return true;
}

/* Ask the rules. In an RCU read-side section. */
static void srd_injected_judge(struct srd_injected *in)
{
	struct srd_faults *faults = &in->d->inject.faults;
	unsigned int number = in->d->config.number;
	struct srd_verdict *v = &in->verdict;

	/* A flush that comes with a write, as in mode bio, is a flush to them all the same. */
	if (in->preflush) {
		srd_fault_judge(faults, number, SRD_OP_FLUSH, 0, 0, v);
		if (v->what == SRD_FAULT_DROP) {
			in->preflush = false;
			v->what = SRD_FAULT_COUNT;
		}
		if (v->what != SRD_FAULT_COUNT)
			return;
	}
	srd_fault_judge(faults, number, in->op, srd_injected_pos(in), in->len, v);
}

/*
 * Whether it is answered, or left unanswered, without being served. In an RCU read-side section:
 * who waits for its end knows that the power is cut by then where it is.
 */
static bool srd_injected_refused(struct srd_injected *in, bool *for_ever)
{
	struct srd_inject *inject = &in->d->inject;

	*for_ever = false;
	in->err = -EIO;
	if (srd_inject_has(in->d, SRD_INJECT_OFF))
		return true;
	if (srd_inject_has(in->d, SRD_INJECT_RULES))
		srd_injected_judge(in);
	switch (in->verdict.what) {
	case SRD_FAULT_POWERCUT:
		if (!test_and_set_bit(SRD_INJECT_OFF, &inject->flags)) {
			queue_work(srd_unbound_wq, &inject->cut_work);
			srd_event_power_cut(in->d->config.number, in->verdict.rule);
		}
		return true;
	case SRD_FAULT_TIMEOUT:
		*for_ever = true;
		return true;
	default:
		return false;
	}
}

/**
 * srd_inject_start() - serve a request
 * @in: prepared and filled
 *
 * Context: process context, RCU read-side sections too.
 * Return: whether it is to be answered now, with @in->err; else it has been or will be answered
 * by @in->end, and @in is not to be touched any more.
 */
bool srd_inject_start(struct srd_injected *in)
{
	struct srd_disk *d = in->d;
	u64 now = ktime_get_ns();
	bool refused, for_ever;

	in->verdict = (struct srd_verdict){ .what = SRD_FAULT_COUNT };
	in->due = 0;
	rcu_read_lock();
	refused = srd_injected_refused(in, &for_ever);
	rcu_read_unlock();
	if (for_ever) {
		srd_hold_for_ever(&in->held);
		return false;
	}
	if (refused)
		return true;
	if (srd_inject_has(d, SRD_INJECT_BAD) && in->verdict.what != SRD_FAULT_ERROR &&
	    in->verdict.what != SRD_FAULT_DROP && srd_injected_bad(in)) {
		in->verdict.what = SRD_FAULT_ERROR;
		in->verdict.error = -ENODATA;
	}
	if (srd_inject_has(d, SRD_INJECT_TIMING))
		in->due = srd_timing_due(&d->inject.timing, in->op, srd_injected_pos(in), in->len,
					 READ_ONCE(d->store.capacity), now);
	if (in->verdict.delay)
		in->due = max(in->due, now) + in->verdict.delay;
	if (!srd_injected_in_place(in)) {
		srd_io_queue(&in->work);
		return false;
	}
	if (!srd_injected_done(in))
		return false;
	if (srd_inject_has(d, SRD_INJECT_OFF))
		in->err = -EIO;
	return true;
}

/* Its time has come; or it never would, and somebody is in a hurry. */
static void srd_injected_release(struct srd_held *held)
{
	struct srd_injected *in = container_of(held, struct srd_injected, held);

	if (in->verdict.what == SRD_FAULT_TIMEOUT)
		in->err = -ETIMEDOUT;
	srd_injected_end(in);
}

/**
 * srd_inject_timed_out() - end a request that was never to be answered
 * @in: of a request for which the block layer has waited long enough
 *
 * Context: may sleep.
 * Return: whether it was such a request, and has been answered.
 */
bool srd_inject_timed_out(struct srd_injected *in)
{
	if (!srd_hold_take(&in->held, false))
		return false;
	srd_injected_release(&in->held);
	return true;
}

/**
 * srd_inject_prepare() - make a request one that srd_inject_start() can serve
 * @in: to be filled; once for its memory, not for each use
 * @d: its disk
 * @end: answers it
 *
 * Context: any.
 */
void srd_inject_prepare(struct srd_injected *in, struct srd_disk *d,
			void (*end)(struct srd_injected *in))
{
	in->d = d;
	in->end = end;
	INIT_WORK(&in->work, srd_injected_work);
	srd_hold_prepare(&in->held, &d->inject.holder, srd_injected_release);
}
