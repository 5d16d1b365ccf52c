// SPDX-License-Identifier: GPL-2.0
/*
 * srd - bios become store calls: the long way, which knows all cases
 *
 * A request is a chain of bios, and a bio that came by itself is a chain of one.
 *
 * Requests that copy to and from the same place at the same time get what any disk would give
 * them: each byte an old or a new one.
 */
#include <linux/bio.h>
#include <linux/blk_types.h>
#include <linux/errno.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "srd.h"
#include "srd_compat.h"
#include "srd_io.h"

/* Most that is emptied at once where a snapshot may have to wait for it. */
#define SRD_IO_PIECE		((u64)SZ_64M)

/* Serves what must wait; writeback and reclaim wait for it, so it must always progress. */
static struct workqueue_struct *srd_wq;

/**
 * srd_io_queue() - let a worker serve something
 * @work: calls srd_io_serve_sleeping()
 *
 * Context: any.
 */
void srd_io_queue(struct work_struct *work)
{
	queue_work(srd_wq, work);
}

/**
 * srd_io_setup() - start the workers for what must wait
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int srd_io_setup(void)
{
	srd_wq = alloc_workqueue("srd", WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
	return srd_wq ? 0 : -ENOMEM;
}

/**
 * srd_io_cleanup() - stop the workers
 *
 * All disks have been removed.
 *
 * Context: may sleep.
 */
void srd_io_cleanup(void)
{
	destroy_workqueue(srd_wq);
}

/**
 * srd_io_op_rare() - srd_io_op() for what is neither a read nor a write
 * @op: as the block layer has it
 *
 * Context: any.
 * Return: the kind of request, or SRD_OP_COUNT for what srd does not serve.
 */
enum srd_op srd_io_op_rare(enum req_op op)
{
	switch (op) {
	case REQ_OP_DISCARD:
		return SRD_OP_DISCARD;
	case REQ_OP_WRITE_ZEROES:
		return SRD_OP_WRITE_ZEROES;
	case REQ_OP_SECURE_ERASE:
		return SRD_OP_SECURE_ERASE;
	case REQ_OP_FLUSH:
		return SRD_OP_FLUSH;
	default:
		return SRD_OP_COUNT;
	}
}

/**
 * srd_io_first_write() - get a page for a small write to where there is none
 * @d: the disk
 * @index: of the page: position divided by the page size; within the capacity
 *
 * Context: in an RCU read-side section.
 * Return: its slot, or SRD_SLOT_HOLE when srd_io_serve() must look into it.
 */
unsigned long srd_io_first_write(struct srd_disk *d, unsigned long index)
{
	unsigned long entry;

	if (d->config.read_only || srd_store_populate(&d->store, index, false))
		return SRD_SLOT_HOLE;
	entry = srd_table_lookup(&d->store, index);
	return srd_slot_own(entry) ? entry : SRD_SLOT_HOLE;
}

/* How much of a range lies in the page that it begins in. */
static __always_inline size_t srd_step(u64 pos, size_t len)
{
	return min_t(size_t, len, PAGE_SIZE - offset_in_page(pos));
}

/* Copy from the disk's memory; in an RCU read-side section. */
static __always_inline void srd_copy_out(struct srd_walk *walk, u64 pos, void *dst, size_t len)
{
	while (len) {
		size_t n = srd_step(pos, len);
		unsigned long page = srd_walk_page(walk, pos >> PAGE_SHIFT);

		if (likely(page > SRD_SLOT_MARKS))
			srd_copy(dst, (void *)srd_slot_addr(page) + offset_in_page(pos), n);
		else
			memset(dst, 0, n);
		dst += n;
		pos += n;
		len -= n;
	}
}

/*
 * Give a page its memory. With @may_sleep, leave the caller's RCU read-side section for it and
 * enter another one.
 */
static noinline int srd_get_page(struct srd_walk *walk, u64 pos, bool may_sleep)
{
	int err;

	if (may_sleep) {
		rcu_read_unlock();
		err = srd_store_populate(walk->store, pos >> PAGE_SHIFT, true);
		rcu_read_lock();
	} else {
		err = srd_store_populate(walk->store, pos >> PAGE_SHIFT, false);
	}
	srd_walk_init(walk, walk->store);
	return err;
}

/*
 * Copy into the disk's memory; in an RCU read-side section. With @may_sleep it is the only one, in
 * process context: it is left while memory is waited for. After an error, that of
 * srd_store_populate(), a part may have been written.
 */
static __always_inline int srd_copy_in(struct srd_walk *walk, u64 pos, const void *src,
				       size_t len, bool may_sleep)
{
	int err;

	while (len) {
		size_t n = srd_step(pos, len);
		unsigned long page = srd_walk_page(walk, pos >> PAGE_SHIFT);

		if (unlikely(!srd_slot_own(page))) {
			err = srd_get_page(walk, pos, may_sleep);
			if (err)
				return err;
			continue;
		}
		srd_copy((void *)page + offset_in_page(pos), src, n);
		src += n;
		pos += n;
		len -= n;
	}
	return 0;
}

/*
 * Copy as long as it is from a whole page to a whole page, which in long requests it is from
 * beginning to end: 60 instructions a page less than the general case. Return how many pages.
 */
static __always_inline unsigned int srd_copy_pages(struct srd_walk *walk, u64 pos,
						   const struct bio *bio,
						   const struct bvec_iter *iter, bool write)
{
	const struct bio_vec *bv = bio->bi_io_vec + iter->bi_idx;
	unsigned long index = pos >> PAGE_SHIFT;
	unsigned int i, nr = min_t(unsigned int, iter->bi_size >> PAGE_SHIFT,
				   SRD_NODE_SLOTS - srd_slots_below(index, 0));
	unsigned long *slot;

	/* After the end of a bio: perhaps that of the disk, where the table ends, too. */
	if (!nr || offset_in_page(pos) || iter->bi_bvec_done)
		return 0;
	slot = srd_walk_slots(walk, index);
	for (i = 0; i < nr; i++, bv++, slot++) {
		unsigned long page = READ_ONCE(*slot);

		if (unlikely(bv->bv_offset || bv->bv_len != PAGE_SIZE || page <= SRD_SLOT_MARKS))
			break;
		if (write) {
			if (unlikely((page | walk->shared) & SRD_SLOT_SHARED))
				break;
			flush_dcache_page(bv->bv_page);
			copy_page((void *)page, page_address(bv->bv_page));
		} else {
			copy_page(page_address(bv->bv_page), (void *)srd_slot_addr(page));
			flush_dcache_page(bv->bv_page);
		}
	}
	return i;
}

static __always_inline int srd_copy_bio(struct srd_walk *walk, const struct bio *bio, bool write,
					bool may_sleep)
{
	u64 pos = bio->bi_iter.bi_sector << SECTOR_SHIFT;
	struct bvec_iter iter = bio->bi_iter;
	struct bio_vec bv;
	unsigned int nr;
	int err;

	for (;;) {
		nr = srd_copy_pages(walk, pos, bio, &iter, write);
		iter.bi_idx += nr;
		iter.bi_size -= nr << PAGE_SHIFT;
		pos += (u64)nr << PAGE_SHIFT;
		if (!iter.bi_size)
			return 0;

		bv = srd_bio_vec(bio, iter);
		if (write) {
			flush_dcache_page(bv.bv_page);
			err = srd_copy_in(walk, pos, bvec_virt(&bv), bv.bv_len, may_sleep);
			if (unlikely(err))
				return err;
		} else {
			srd_copy_out(walk, pos, bvec_virt(&bv), bv.bv_len);
			flush_dcache_page(bv.bv_page);
		}
		bvec_iter_advance_single(bio->bi_io_vec, &iter, bv.bv_len);
		pos += bv.bv_len;
	}
}

static void srd_read(struct srd_store *s, const struct bio *bio)
{
	struct srd_walk walk;

	rcu_read_lock();
	srd_walk_init(&walk, s);
	for (; bio; bio = bio->bi_next)
		srd_copy_bio(&walk, bio, false, false);
	rcu_read_unlock();
}

static int srd_write(struct srd_store *s, const struct bio *bio, bool may_sleep)
{
	struct srd_walk walk;
	int err = 0;

	rcu_read_lock();
	srd_walk_init(&walk, s);
	for (; bio && !err; bio = bio->bi_next)
		err = srd_copy_bio(&walk, bio, true, may_sleep);
	rcu_read_unlock();
	return err;
}

/* What becomes of memory that is to read as zeroes. */
static enum srd_zero_how srd_zero_how(const struct srd_disk *d, enum srd_op op, blk_opf_t opf)
{
	if (d->config.prealloc)
		return SRD_ZERO_KEEP;
	if (op == SRD_OP_SECURE_ERASE)
		return SRD_ZERO_WIPE;
	return opf & REQ_NOUNMAP ? SRD_ZERO_KEEP : SRD_ZERO_FREE;
}

static bool srd_io_allowed(const struct srd_disk *d, const struct bio *bio, enum srd_op op,
			   u64 len)
{
	u64 pos = bio->bi_iter.bi_sector << SECTOR_SHIFT;

	/* Partitions and resizes: what was checked when the bio came need not hold any more. */
	if (unlikely(pos + len > READ_ONCE(d->store.capacity)))
		return false;
	/* The block layer only warns of a driver on top that does not care. */
	return likely(!d->config.read_only || op == SRD_OP_READ);
}

/* A write is of all of @bio. */
static int srd_change(struct srd_disk *d, struct bio *bio, enum srd_op op, u64 pos, u64 len,
		      bool may_sleep)
{
	struct srd_store *s = &d->store;

	switch (op) {
	case SRD_OP_WRITE:
		return srd_write(s, bio, may_sleep);
	case SRD_OP_DISCARD:
		return srd_store_discard(s, pos, len, may_sleep);
	case SRD_OP_WRITE_ZEROES:
	case SRD_OP_SECURE_ERASE:
		return srd_store_zero(s, pos, len, srd_zero_how(d, op, bio->bi_opf), may_sleep);
	default:
		return -EOPNOTSUPP;
	}
}

/* Give a range its memory. In an RCU read-side section. */
static int srd_get_pages(struct srd_store *s, u64 pos, u64 len)
{
	unsigned long index = pos >> PAGE_SHIFT;
	unsigned long last = (pos + len - 1) >> PAGE_SHIFT;
	int err = 0;

	for (; !err && index <= last; index++)
		if (!srd_slot_own(srd_table_lookup(s, index)))
			err = srd_store_populate(s, index, false);
	return err;
}

/* A snapshot is kept out by the RCU read-side section. */
static int srd_change_in_place(struct srd_disk *d, struct bio *bio, enum srd_op op, u64 len)
{
	u64 pos = bio->bi_iter.bi_sector << SECTOR_SHIFT;
	struct srd_store *s = &d->store;
	int err = -ERESTART;

	rcu_read_lock();
	if (likely(!srd_store_closed(s))) {
		err = 0;
		/* Who does not come again at once must not leave a part. */
		if (unlikely(bio->bi_opf & REQ_NOWAIT && op == SRD_OP_WRITE))
			err = srd_get_pages(s, pos, len);
		if (likely(!err))
			err = srd_change(d, bio, op, pos, len, false);
		/* A part may have been done: a snapshot must wait for the rest. */
		if (unlikely(err == -EAGAIN || err == -ENOSPC))
			atomic_inc(&s->unfinished);
	}
	rcu_read_unlock();
	return err;
}

/* The log is not told, a thousand times a second; who waits for events is. */
static noinline int srd_io_failed(struct srd_disk *d, const struct bio *bio, enum srd_op op,
				  u64 len, int err)
{
	if (err == -ENOSPC)
		srd_account_full(d->store.account, d->config.number);
	else
		srd_event_error(&d->errors, d->config.number, op, err,
				bio->bi_iter.bi_sector << SECTOR_SHIFT, len);
	return err;
}

/**
 * srd_io_serve() - serve what is asked for, in place
 * @d: the disk
 * @bio: the first bio; those after it follow without a gap
 * @op: what kind of request this is, not SRD_OP_FLUSH
 * @len: bytes that are asked for
 *
 * After an error a part may have been written.
 *
 * Context: process context, RCU read-side sections too.
 * Return: 0; -EIO; -EOPNOTSUPP; or an error for which srd_io_wanted() is true: then
 * srd_io_serve_sleeping() or srd_io_give_up() must follow.
 */
int srd_io_serve(struct srd_disk *d, struct bio *bio, enum srd_op op, u64 len)
{
	if (!srd_io_allowed(d, bio, op, len))
		return srd_io_failed(d, bio, op, len, -EIO);
	if (op != SRD_OP_READ)
		return srd_change_in_place(d, bio, op, len);
	srd_read(&d->store, bio);
	return 0;
}

/**
 * srd_io_give_up() - end what srd_io_serve() has left for another try
 * @d: the disk
 * @err: what it returned
 *
 * Context: any.
 */
void srd_io_give_up(struct srd_disk *d, int err)
{
	if (err != -ERESTART && atomic_dec_and_test(&d->store.unfinished))
		wake_up(&d->store.finished);
}

/**
 * srd_io_serve_sleeping() - serve what srd_io_serve() has left, whatever that takes
 * @d: the disk
 * @bio: as srd_io_serve() had it, and the next two
 * @op: what kind of request this is
 * @len: bytes that are asked for
 * @before: what srd_io_serve() returned
 *
 * Context: process context, outside of RCU.
 * Return: 0, -ENOSPC, -EIO or -EOPNOTSUPP.
 */
int srd_io_serve_sleeping(struct srd_disk *d, struct bio *bio, enum srd_op op, u64 len,
			  int before)
{
	/* What a snapshot waits for need not keep it, and those behind it, waiting at @hold. */
	bool whole = before == -ERESTART || op == SRD_OP_WRITE;
	u64 pos = bio->bi_iter.bi_sector << SECTOR_SHIFT, end = pos + len, n;
	u64 piece = SRD_IO_PIECE, span;
	int err;

	do {
		n = whole ? end - pos : min(end - pos, piece - (pos & (piece - 1)));
		down_read(&d->store.hold);
		err = srd_io_allowed(d, bio, op, len) ? srd_change(d, bio, op, pos, n, true) : -EIO;
		span = srd_store_span(&d->store);
		up_read(&d->store.hold);
		/* A part of what is shared needs memory, to be taken away; all of it does not. */
		if (err == -ENOSPC && !whole && piece < span) {
			piece = span;
			err = 0;
			continue;
		}
		pos += n;
	} while (!err && pos < end);
	srd_io_give_up(d, before);
	/* Erased means overwritten by now; once for all of it, and with nobody waiting behind. */
	if (op == SRD_OP_SECURE_ERASE)
		srd_memory_reap_wait();
	return likely(!err) ? 0 : srd_io_failed(d, bio, op, len, err);
}

/**
 * srd_io_flip() - turn bits of what a disk holds
 * @d: the disk
 * @pos: of the byte
 * @bits: which
 *
 * Context: may sleep.
 * Return: 0, -ENOSPC, or -EIO past the end.
 */
int srd_io_flip(struct srd_disk *d, u64 pos, u8 bits)
{
	struct srd_store *s = &d->store;
	unsigned long page = SRD_SLOT_HOLE;
	int err = 0;

	down_read(&s->hold);
	while (!err && !srd_slot_own(page)) {
		err = pos < s->capacity ? srd_store_own(s, pos >> PAGE_SHIFT) : -EIO;
		rcu_read_lock();
		/* It may have been discarded again. */
		page = err ? SRD_SLOT_HOLE : srd_table_lookup(s, pos >> PAGE_SHIFT);
		if (srd_slot_own(page))
			/* Who changes the same byte at the same time gets one or the other. */
			data_race(*(u8 *)(page + offset_in_page(pos)) ^= bits);
		rcu_read_unlock();
	}
	up_read(&s->hold);
	if (err == -ENOSPC)
		srd_account_full(s->account, d->config.number);
	return err;
}
