// SPDX-License-Identifier: GPL-2.0
/*
 * usage: data-unpolled read|write BYTES COUNT DEVICE GO
 *
 * Submits COUNT transfers of so many bytes, with as many between them so that none can be merged
 * with its neighbour, to an io_uring whose requests are completed when they are asked for
 * (IORING_SETUP_IOPOLL), and does not ask: prints "submitted=N", and waits until there is a file
 * GO. Then it asks until all have been answered, and prints how many went well and how many ended
 * in which error: "ok=N io=N nospc=N other=N". Exit status 1 when that takes longer than a minute.
 */
#include <linux/io_uring.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#include "data.h"

#define PATIENCE	60	/* seconds */

struct ring {
	int fd;
	unsigned int entries;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
	atomic_uint *sq_tail, *cq_head, *cq_tail;
	unsigned int *sq_array, sq_mask, cq_mask;
};

static int enter(struct ring *r, unsigned int submit, unsigned int flags)
{
	return syscall(SYS_io_uring_enter, r->fd, submit, 0, flags, NULL, 0);
}

static void *map(struct ring *r, size_t len, off_t what)
{
	void *at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd, what);

	if (at == MAP_FAILED)
		die("mmap of the ring: %s", strerror(errno));
	return at;
}

static void ring_open(struct ring *r, unsigned int entries)
{
	struct io_uring_params p = { .flags = IORING_SETUP_IOPOLL };
	char *sq, *cq;

	r->fd = syscall(SYS_io_uring_setup, entries, &p);
	if (r->fd < 0)
		die("io_uring_setup: %s", strerror(errno));
	r->entries = p.sq_entries;
	sq = map(r, p.sq_off.array + p.sq_entries * sizeof(unsigned int), IORING_OFF_SQ_RING);
	cq = map(r, p.cq_off.cqes + p.cq_entries * sizeof(*r->cqes), IORING_OFF_CQ_RING);
	r->sqes = map(r, p.sq_entries * sizeof(*r->sqes), IORING_OFF_SQES);
	r->cqes = (void *)(cq + p.cq_off.cqes);
	r->sq_tail = (void *)(sq + p.sq_off.tail);
	r->sq_array = (void *)(sq + p.sq_off.array);
	r->sq_mask = *(unsigned int *)(sq + p.sq_off.ring_mask);
	r->cq_head = (void *)(cq + p.cq_off.head);
	r->cq_tail = (void *)(cq + p.cq_off.tail);
	r->cq_mask = *(unsigned int *)(cq + p.cq_off.ring_mask);
}

static void put(struct ring *r, int opcode, int fd, void *buf, unsigned int len, uint64_t pos)
{
	unsigned int tail = atomic_load(r->sq_tail), at = tail & r->sq_mask;

	r->sqes[at] = (struct io_uring_sqe){
		.opcode = opcode, .fd = fd, .addr = (uintptr_t)buf, .len = len, .off = pos,
	};
	r->sq_array[at] = at;
	atomic_store(r->sq_tail, tail + 1);
}

static bool get(struct ring *r, int *res)
{
	unsigned int head = atomic_load(r->cq_head);

	if (head == atomic_load(r->cq_tail))
		return false;
	*res = r->cqes[head & r->cq_mask].res;
	atomic_store(r->cq_head, head + 1);
	return true;
}

/* Say what became of so many requests. */
static void ask(struct ring *r, unsigned int count, int len)
{
	unsigned int done = 0, ok = 0, io = 0, nospc = 0, other = 0;
	time_t end = time(NULL) + PATIENCE;
	int res;

	while (done < count) {
		if (enter(r, 0, IORING_ENTER_GETEVENTS) < 0 && errno != EINTR)
			die("io_uring_enter: %s", strerror(errno));
		while (get(r, &res)) {
			done++;
			if (res == len)
				ok++;
			else if (res == -EIO)
				io++;
			else if (res == -ENOSPC)
				nospc++;
			else if (other++ == 0)
				fprintf(stderr, "an answer is %d\n", res);
		}
		if (time(NULL) > end)
			die("only %u of %u were answered", done, count);
	}
	printf("ok=%u io=%u nospc=%u other=%u\n", ok, io, nospc, other);
}

int main(int argc, char **argv)
{
	unsigned int count, i;
	struct ring r;
	size_t len;
	int fd, n;
	char *buf;

	if (argc != 6)
		die("usage: data-unpolled read|write BYTES COUNT DEVICE GO");
	len = number(argv[2]);
	count = number(argv[3]);
	fd = open_disk(argv[4], O_DIRECT);
	buf = io_buffer(len);
	memset(buf, 0xaa, len);

	ring_open(&r, count);
	for (i = 0; i < count; i++)
		put(&r, strcmp(argv[1], "write") ? IORING_OP_READ : IORING_OP_WRITE, fd, buf, len,
		    (uint64_t)i * 2 * len);
	n = enter(&r, count, 0);
	if (n < 0)
		die("io_uring_enter: %s", strerror(errno));
	printf("submitted=%d\n", n);
	fflush(stdout);
	while (access(argv[5], F_OK))
		usleep(50000);
	ask(&r, n, len);
	return 0;
}
