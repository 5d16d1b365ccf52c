/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs share that cut a disk's power: disks with a volatile cache, their power, and
 * blocks that tell which write they are from.
 */
#ifndef POWER_H
#define POWER_H

#include <linux/aio_abi.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "snap.h"

#define BLOCKS_MOST	64	/* blocks of a write */

static const char *const keep_names[SRD_KEEP_COUNT] = { "none", "all", "subset", "prefix" };

/* ---- disks ---- */

static inline unsigned int create_volatile(uint64_t capacity, uint32_t block_size, uint64_t limit)
{
	struct srd_ioc_create c = {
		.size = sizeof(c), .flags = SRD_CREATE_VOLATILE, .capacity = capacity,
		.block_size = block_size, .limit = limit,
	};
	int err = command(SRD_IOC_CREATE, &c);

	if (err)
		die("a disk of %llu: %s", (unsigned long long)capacity, strerror(err));
	return c.number;
}

static inline struct srd_ioc_info info_of(unsigned int number)
{
	struct srd_ioc_info i = { .size = sizeof(i), .number = number };
	int err = command(SRD_IOC_INFO, &i);

	if (err)
		die("INFO of srd%u: %s", number, strerror(err));
	return i;
}

static inline int set_cache(unsigned int number, uint32_t cache, uint64_t seed)
{
	struct srd_ioc_set s = {
		.size = sizeof(s), .flags = SRD_SET_VOLATILE | SRD_SET_SEED, .number = number,
		.cache = cache, .seed = seed,
	};

	return command(SRD_IOC_SET, &s);
}

static inline void power_cut(unsigned int number)
{
	struct srd_ioc_power p = { .size = sizeof(p), .number = number };
	int err = command(SRD_IOC_POWER, &p);

	if (err)
		die("cut of srd%u: %s", number, strerror(err));
}

static inline int power_on_try(unsigned int number, uint32_t keep, uint64_t seed,
			       struct srd_ioc_power *p)
{
	*p = (struct srd_ioc_power){
		.size = sizeof(*p), .flags = SRD_POWER_ON | SRD_POWER_SEED, .number = number,
		.keep = keep, .seed = seed,
	};
	return command(SRD_IOC_POWER, p);
}

/* What is on its way to be closed still has it open for a moment. */
static inline struct srd_ioc_power power_on(unsigned int number, uint32_t keep, uint64_t seed)
{
	struct srd_ioc_power p;
	int err, tries = 1000;

	while ((err = power_on_try(number, keep, seed, &p)) == EBUSY && --tries)
		usleep(10000);
	if (err)
		die("power of srd%u: %s", number, strerror(err));
	return p;
}

static inline void sync_disk(int fd)
{
	if (fsync(fd))
		die("fsync: %s", strerror(errno));
}

/*
 * Write durably. A write that is waited for would be followed by a flush of all; one that is not
 * is only sent with FUA. Return 0 or an errno.
 */
static inline int write_fua(int fd, const void *buf, size_t len, uint64_t pos)
{
	static __thread aio_context_t context;
	struct iocb cb = {
		.aio_fildes = fd, .aio_lio_opcode = IOCB_CMD_PWRITE, .aio_rw_flags = RWF_DSYNC,
		.aio_buf = (uintptr_t)buf, .aio_nbytes = len, .aio_offset = pos,
	};
	struct iocb *list[] = { &cb };
	struct io_event event;

	if (!context && syscall(SYS_io_setup, 1, &context))
		die("io_setup: %s", strerror(errno));
	if (syscall(SYS_io_submit, context, 1, list) != 1)
		die("io_submit: %s", strerror(errno));
	while (syscall(SYS_io_getevents, context, 1, 1, &event, NULL) != 1)
		if (errno != EINTR)
			die("io_getevents: %s", strerror(errno));
	if (event.res < 0)
		return -event.res;
	return event.res == (int64_t)len ? 0 : ENODATA;
}

/* ---- blocks ---- */

static inline uint64_t block_word(uint64_t tag, size_t i)
{
	return tag ? tag + i * 0x9e3779b97f4a7c15ULL : 0;
}

/* Content that no other write has; 0: zeroes. */
static inline void block_fill(void *block, size_t size, uint64_t tag)
{
	uint64_t *word = block;
	size_t i;

	for (i = 0; i < size / sizeof(*word); i++)
		word[i] = block_word(tag, i);
}

/* Which write a block is from; dies unless all of it is from one. */
static inline uint64_t block_tag(const void *block, size_t size, uint64_t number)
{
	const uint64_t *word = block;
	size_t i;

	for (i = 1; i < size / sizeof(*word); i++)
		if (word[i] != block_word(word[0], i))
			die("block %llu is torn at byte %zu", (unsigned long long)number,
			    i * sizeof(*word));
	return word[0];
}

#endif /* POWER_H */
