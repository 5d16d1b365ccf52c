/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs share that make a disk fail on purpose: the disk, what it has to hold, and its
 * rules. Each is one .c file, so all is inline.
 */
#ifndef FAULT_H
#define FAULT_H

#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/uio.h>
#include <time.h>

#include "ioctl.h"

#define PAGE	4096U
#define KIB	1024ULL
#define MS	1000000ULL	/* ns */

#define ALL_OPS		((1U << SRD_OP_COUNT) - 1)
#define OP(name)	(1U << SRD_OP_##name)

static const char *const op_names[SRD_OP_COUNT] = {
	"read", "write", "discard", "write-zeroes", "secure erase", "flush",
};

/**
 * struct disk - a disk, and what it has to hold
 * @number: N of srdN
 * @fd: with O_DIRECT
 * @mode: SRD_MODE_*
 * @block: logical block size
 * @size: bytes
 * @holds: these bytes
 * @buf: as many, for I/O
 */
struct disk {
	unsigned int	number;
	int		fd;
	unsigned int	mode;
	unsigned int	block;
	size_t		size;
	uint8_t		*holds;
	uint8_t		*buf;
};

static inline uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/* splitmix64: small, good enough, the same everywhere. */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static inline uint64_t random_below(uint64_t *state, uint64_t limit)
{
	return random_next(state) % limit;
}

/* Bytes that differ from all that a test has written before. */
static inline void fill_new(void *buf, size_t len)
{
	static uint64_t state = 1;
	uint64_t *words = buf;
	size_t i;

	for (i = 0; i < len / sizeof(*words); i++)
		words[i] = random_next(&state);
}

static inline void *io_buffer(size_t len)
{
	void *buf = aligned_alloc(PAGE, (len + PAGE - 1) / PAGE * PAGE);

	if (!buf)
		errx(1, "no memory");
	return buf;
}

/* One that holds random bytes everywhere. */
static inline struct disk disk_new(struct srd_ioc_create c)
{
	struct disk d = { .size = c.capacity ?: 4 * MIB };
	int error;

	c.size = sizeof(c);
	c.capacity = d.size;
	error = call(SRD_IOC_CREATE, &c);
	if (error)
		errx(1, "no disk: %s", name_of(error));
	d.number = c.number;
	d.mode = c.mode;
	d.block = c.block_size;
	d.fd = open_disk(d.number, O_RDWR | O_DIRECT);
	d.holds = io_buffer(d.size);
	d.buf = io_buffer(d.size);
	fill_new(d.holds, d.size);
	if (pwrite(d.fd, d.holds, d.size, 0) != (ssize_t)d.size)
		err(1, "fill the disk");
	return d;
}

/* All of it is as it has to be; read past the page cache, with no rule that is in the way. */
static inline void expect_holds(struct disk *d, const char *what)
{
	size_t i;

	if (pread(d->fd, d->buf, d->size, 0) != (ssize_t)d->size)
		err(1, "read the disk");
	for (i = 0; i < d->size && d->buf[i] == d->holds[i]; i++)
		;
	if (i < d->size)
		wrong("%s: byte %zu is not as it has to be", what, i);
	/* Once is enough. */
	memcpy(d->holds, d->buf, d->size);
}

static inline void disk_end(struct disk *d)
{
	close(d->fd);
	expect_error(remove_disk(d->number), 0, "remove");
	free(d->holds);
	free(d->buf);
}

/* ---- rules ---- */

static inline struct srd_rule rule_try(struct disk *d, struct srd_rule rule, int *error)
{
	struct srd_ioc_rule r = { .size = sizeof(r), .number = d->number, .rule = rule };

	*error = call(SRD_IOC_RULE_ADD, &r);
	return r.rule;
}

static inline struct srd_rule rule_add(struct disk *d, struct srd_rule rule)
{
	int error;

	rule = rule_try(d, rule, &error);
	if (error)
		errx(1, "RULE_ADD: %s", name_of(error));
	return rule;
}

/* rule(DISK, .FIELD = VALUE...) */
#define rule(d, ...)	rule_add(d, (struct srd_rule){ __VA_ARGS__ })

static inline void rules_clear(struct disk *d)
{
	struct srd_ioc_rule_remove r = {
		.size = sizeof(r), .flags = SRD_RULES_ALL, .number = d->number
	};

	expect_error(call(SRD_IOC_RULE_REMOVE, &r), 0, "RULE_REMOVE");
}

static inline void rule_remove(struct disk *d, unsigned int id)
{
	struct srd_ioc_rule_remove r = { .size = sizeof(r), .number = d->number, .id = id };

	expect_error(call(SRD_IOC_RULE_REMOVE, &r), 0, "RULE_REMOVE");
}

static inline struct srd_rule rule_get(struct disk *d, unsigned int id)
{
	struct srd_ioc_rule r = { .size = sizeof(r), .number = d->number, .rule.id = id };
	int error = call(SRD_IOC_RULE_NEXT, &r);

	if (error || r.rule.id != id)
		wrong("RULE_NEXT of rule %u: %s, %u", id, name_of(error), r.rule.id);
	return r.rule;
}

static inline void expect_counts(struct disk *d, unsigned int id, unsigned long long seen,
				 unsigned long long hits, const char *what)
{
	struct srd_rule r = rule_get(d, id);

	if (r.seen != seen || r.hits != hits)
		wrong("%s: rule %u has seen %llu and hit %llu, wanted %llu and %llu", what, id,
		      (unsigned long long)r.seen, (unsigned long long)r.hits, seen, hits);
}

static inline struct srd_ioc_stats stats(struct disk *d)
{
	struct srd_ioc_stats s = { .size = sizeof(s), .number = d->number };

	expect_error(call(SRD_IOC_STATS, &s), 0, "STATS");
	return s;
}

static inline void set_cache(struct disk *d, unsigned int cache)
{
	struct srd_ioc_set s = {
		.size = sizeof(s), .flags = SRD_SET_VOLATILE, .number = d->number, .cache = cache
	};

	expect_error(call(SRD_IOC_SET, &s), 0, "SET");
}

static inline void set_heal(struct disk *d, unsigned int heal)
{
	struct srd_ioc_set s = {
		.size = sizeof(s), .flags = SRD_SET_HEAL, .number = d->number, .heal = heal
	};

	expect_error(call(SRD_IOC_SET, &s), 0, "SET");
}

/* ---- requests ---- */

static inline int io_result(ssize_t n, size_t len)
{
	if (n < 0)
		return errno;
	if ((size_t)n != len)
		wrong("%zd of %zu bytes", n, len);
	return 0;
}

/* What a program would do for a request of a kind, and the errno that it gets. */
static inline int request(struct disk *d, enum srd_op op, void *buf, uint64_t pos, uint64_t len)
{
	uint64_t range[2] = { pos, len };

	switch (op) {
	case SRD_OP_READ:
		return io_result(pread(d->fd, buf, len, pos), len);
	case SRD_OP_WRITE:
		return io_result(pwrite(d->fd, buf, len, pos), len);
	case SRD_OP_DISCARD:
		return ioctl(d->fd, BLKDISCARD, range) ? errno : 0;
	case SRD_OP_WRITE_ZEROES:
		return fallocate(d->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, pos, len) ?
		       errno : 0;
	case SRD_OP_SECURE_ERASE:
		return ioctl(d->fd, BLKSECDISCARD, range) ? errno : 0;
	case SRD_OP_FLUSH:
		return fsync(d->fd) ? errno : 0;
	default:
		errx(1, "no such operation");
	}
}

static inline int read_at(struct disk *d, uint64_t pos, uint64_t len)
{
	return request(d, SRD_OP_READ, d->buf, pos, len);
}

/* New bytes; @d->holds gets the first @stored of them. */
static inline int write_at(struct disk *d, uint64_t pos, uint64_t len, uint64_t stored)
{
	fill_new(d->buf, len);
	memcpy(d->holds + pos, d->buf, stored);
	return request(d, SRD_OP_WRITE, d->buf, pos, len);
}

/* How many bits differ, and the first one that does. */
static inline unsigned int bits_differ(const uint8_t *a, const uint8_t *b, size_t len,
				       uint64_t *first)
{
	unsigned int nr = 0, bit;
	size_t i;

	for (i = 0; i < len; i++)
		for (bit = 0; a[i] != b[i] && bit < 8; bit++)
			if ((a[i] ^ b[i]) >> bit & 1 && nr++ == 0)
				*first = i * 8 + bit;
	return nr;
}

/* A file of sysfs under /sys/block/srdN/; false where it could not be written. */
static inline bool sysfs_write(struct disk *d, const char *name, const char *text)
{
	size_t len = strlen(text);
	char path[128];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/sys/block/srd%u/%s", d->number, name);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		err(1, "%s", path);
	n = write(fd, text, len);
	close(fd);
	return n == (ssize_t)len;
}

#endif /* FAULT_H */
