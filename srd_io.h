/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srd - what is asked of a disk, and the shortest way to serve it
 *
 * For srd_blkmq.c and srd_bio.c, in line: nearly all requests are small, and a call would be a
 * good part of what one costs. srd_io.c has the long way, which knows all cases.
 */
#ifndef SRD_IO_H
#define SRD_IO_H

#include <linux/bio.h>
#include <linux/blk_types.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "srd_table.h"

enum srd_op srd_io_op_rare(enum req_op op);
unsigned long srd_io_first_write(struct srd_disk *d, unsigned long index);
void srd_io_queue(struct work_struct *work);
int srd_io_serve(struct srd_disk *d, struct bio *bio, enum srd_op op, u64 len);
int srd_io_serve_sleeping(struct srd_disk *d, struct bio *bio, enum srd_op op, u64 len,
			  int before);
void srd_io_give_up(struct srd_disk *d, int err);
int srd_io_flip(struct srd_disk *d, u64 pos, u8 bits);

/**
 * srd_io_wanted() - whether srd_io_serve() has left something for another try
 * @err: what it returned
 *
 * That may sleep for memory (EAGAIN), or until a snapshot has been taken (ERESTART). ENOSPC
 * deserves a second look: another CPU may just be inserting the very same page.
 *
 * Context: any.
 * Return: whether it has.
 */
static __always_inline bool srd_io_wanted(int err)
{
	return err == -EAGAIN || err == -ENOSPC || err == -ERESTART;
}

/**
 * srd_io_op() - what kind of request this is
 * @op: as the block layer has it
 *
 * Context: any.
 * Return: the kind, or SRD_OP_COUNT for what srd does not serve.
 */
static __always_inline enum srd_op srd_io_op(enum req_op op)
{
	const u32 number = (__force u32)op;

	BUILD_BUG_ON((__force u32)REQ_OP_READ != SRD_OP_READ ||
		     (__force u32)REQ_OP_WRITE != SRD_OP_WRITE);
	return likely(number <= SRD_OP_WRITE) ? (enum srd_op)number : srd_io_op_rare(op);
}

/**
 * srd_copy() - copy within one page
 * @dst: where to
 * @src: where from
 * @len: bytes
 *
 * Whole pages have a copy of their own on most machines. A sector is of a length that the
 * compiler knows and copies in line: 140 instructions less than a call of memcpy() on a CPU
 * without fast string moves.
 *
 * Context: any.
 */
static __always_inline void srd_copy(void *dst, const void *src, size_t len)
{
	if (len == PAGE_SIZE && PAGE_ALIGNED(dst) && PAGE_ALIGNED(src))
		copy_page(dst, (void *)src);
	else if (len == SECTOR_SIZE)
		memcpy(dst, src, SECTOR_SIZE);
	else
		memcpy(dst, src, len);
}

/**
 * srd_io_page() - serve a read or write of one piece within one page that exists or can be had
 * @d: the disk
 * @bio: the first bio of what is asked for; it alone when this succeeds
 * @op: what kind of request this is
 * @len: bytes that are asked for
 *
 * A disk that is read-only is closed to writes, as one is of which a snapshot is being taken. A
 * page of its own it can have: a shrink cuts one in two.
 *
 * Context: in an RCU read-side section, which on PREEMPT_RT has to be a preemptible one.
 * Return: whether it was served; if not, nothing was done and srd_io_serve() can.
 */
static __always_inline bool srd_io_page(struct srd_disk *d, struct bio *bio, enum srd_op op,
					size_t len)
{
	u64 pos = bio->bi_iter.bi_sector << SECTOR_SHIFT;
	struct srd_store *s = &d->store;
	const struct bio_vec *bv;
	unsigned long entry;
	void *page, *data;

	if (unlikely(len > PAGE_SIZE - offset_in_page(pos) || pos + len > READ_ONCE(s->capacity)))
		return false;
	/* One piece, and one page to flush where that has to be done at all. */
	bv = bio->bi_io_vec + bio->bi_iter.bi_idx;
	if (unlikely(bio->bi_iter.bi_bvec_done + len > bv->bv_len || bio->bi_iter.bi_size != len))
		return false;
	if (ARCH_IMPLEMENTS_FLUSH_DCACHE_PAGE &&
	    bv->bv_offset + bio->bi_iter.bi_bvec_done + len > PAGE_SIZE)
		return false;

	RCU_LOCKDEP_WARN(!rcu_read_lock_any_held(), "a page is used outside of RCU");
	/* Asked first: a page that was found before a snapshot is not ours alone after it. */
	if (op == SRD_OP_WRITE && unlikely(srd_store_closed(s)))
		return false;
	entry = srd_table_lookup(s, pos >> PAGE_SHIFT);
	if (op == SRD_OP_WRITE && unlikely(!srd_slot_own(entry)))
		entry = srd_io_first_write(d, pos >> PAGE_SHIFT);
	if (unlikely(entry <= SRD_SLOT_MARKS))
		return false;
	page = (void *)srd_slot_addr(entry) + offset_in_page(pos);
	data = page_address(bv->bv_page) + bv->bv_offset + bio->bi_iter.bi_bvec_done;
	if (op == SRD_OP_WRITE) {
		flush_dcache_page(bv->bv_page);
		srd_copy(page, data, len);
	} else {
		srd_copy(data, page, len);
		flush_dcache_page(bv->bv_page);
	}
	return true;
}

#endif /* SRD_IO_H */
