/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An io_uring, as little of it as the tests need. Each program is one .c file, so all is inline.
 */
#ifndef RING_H
#define RING_H

#include <err.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <linux/io_uring.h>

struct ring {
	int fd;
	unsigned int entries;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
	atomic_uint *sq_tail, *cq_head, *cq_tail;
	unsigned int *sq_array, sq_mask, cq_mask;
};

static inline int ring_enter(struct ring *r, unsigned int submit, unsigned int wait,
			     unsigned int flags)
{
	return syscall(SYS_io_uring_enter, r->fd, submit, wait, flags, NULL, 0);
}

static inline void *ring_map(struct ring *r, size_t len, off_t what)
{
	void *at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd, what);

	if (at == MAP_FAILED)
		err(1, "mmap of the ring");
	return at;
}

/* @flags: IORING_SETUP_* */
static inline void ring_open(struct ring *r, unsigned int entries, unsigned int flags)
{
	struct io_uring_params p = { .flags = flags };
	char *sq, *cq;

	r->fd = syscall(SYS_io_uring_setup, entries, &p);
	if (r->fd < 0)
		err(1, "io_uring_setup");
	r->entries = p.sq_entries;
	sq = ring_map(r, p.sq_off.array + p.sq_entries * sizeof(unsigned int), IORING_OFF_SQ_RING);
	cq = ring_map(r, p.cq_off.cqes + p.cq_entries * sizeof(*r->cqes), IORING_OFF_CQ_RING);
	r->sqes = ring_map(r, p.sq_entries * sizeof(*r->sqes), IORING_OFF_SQES);
	r->cqes = (void *)(cq + p.cq_off.cqes);
	r->sq_tail = (void *)(sq + p.sq_off.tail);
	r->sq_array = (void *)(sq + p.sq_off.array);
	r->sq_mask = *(unsigned int *)(sq + p.sq_off.ring_mask);
	r->cq_head = (void *)(cq + p.cq_off.head);
	r->cq_tail = (void *)(cq + p.cq_off.tail);
	r->cq_mask = *(unsigned int *)(cq + p.cq_off.ring_mask);
}

/* Make one more ready for ring_enter(); the caller keeps count of the room. */
static inline void ring_put(struct ring *r, int opcode, int fd, void *buf, unsigned int len,
			    uint64_t pos, uint64_t data)
{
	unsigned int tail = atomic_load(r->sq_tail), at = tail & r->sq_mask;

	r->sqes[at] = (struct io_uring_sqe){
		.opcode = opcode, .fd = fd, .addr = (uintptr_t)buf, .len = len, .off = pos,
		.user_data = data,
	};
	r->sq_array[at] = at;
	atomic_store(r->sq_tail, tail + 1);
}

/* Take an answer, if there is one. */
static inline bool ring_get(struct ring *r, int *res, uint64_t *data)
{
	unsigned int head = atomic_load(r->cq_head);

	if (head == atomic_load(r->cq_tail))
		return false;
	*res = r->cqes[head & r->cq_mask].res;
	*data = r->cqes[head & r->cq_mask].user_data;
	atomic_store(r->cq_head, head + 1);
	return true;
}

#endif /* RING_H */
