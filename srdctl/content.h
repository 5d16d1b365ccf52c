/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - what a disk holds: read, and written
 *
 * Past the page cache, in large pieces and by several threads. Pages that are all zeroes are
 * neither handed on nor written.
 */
#ifndef SRDCTL_CONTENT_H
#define SRDCTL_CONTENT_H

#include <stdatomic.h>

#include "device.h"

#define CONTENT_CHUNK	(1U << 20)	/* the most that is read or written at once, in bytes */

/* A disk that is read or written as a whole. */
struct content {
	const struct device *dev;
	uint32_t number;
	int fd;				/* its node, opened with O_DIRECT */
	uint64_t capacity;
	unsigned int threads;
	atomic_ullong *progress;	/* counts the bytes that have been looked at, or NULL */
	atomic_ullong data;		/* bytes of pages that are not zero */
	atomic_ullong digest;		/* of these, see pages_digest() */
	atomic_bool failed;		/* an error came from the disk */
};

/**
 * content_read() - read a disk
 * @content: the disk; its data are counted
 * @threads: how many; with 1, @take is called in the order of positions
 * @take: gets pages that are not zero, and returns 0 or a negative errno, which ends it all
 * @argument: for @take
 *
 * Return: 0 or a negative errno; then @content->failed says whether it was the disk's.
 * -EINTR a signal came.
 */
int content_read(struct content *content, unsigned int threads,
		 int (*take)(void *argument, uint64_t pos, const void *data, size_t length),
		 void *argument);

/**
 * content_write() - write what is not zero of a piece to a disk that reads as zeroes there
 * @content: the disk; its data and digest are counted
 * @pos: multiple of PAGE_BYTES
 * @data: aligned to PAGE_BYTES
 * @length: a multiple of PAGE_BYTES, except at the disk's end
 *
 * Return: 0; a negative errno; -EFAULT @data cannot be read (any more).
 */
int content_write(struct content *content, uint64_t pos, const void *data, size_t length);

/**
 * content_verify() - read back what was written
 * @content: the disk
 *
 * Return: 0; -EILSEQ the disk holds something else than what was written; or what content_read()
 * returns.
 */
int content_verify(struct content *content);

/* Memory for direct I/O, to be given back with free(); NULL when there is none. */
void *content_buffer(size_t size);

#endif /* SRDCTL_CONTENT_H */
