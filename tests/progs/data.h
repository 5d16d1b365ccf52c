/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs that read and write disks share. Each is one .c file, so all is inline.
 */
#ifndef DATA_H
#define DATA_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/falloc.h>
#include <linux/fs.h>

#define SECTOR	512U
#define PAGE	4096U

static inline __attribute__((noreturn, format(printf, 1, 2))) void die(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

/* A number with K, M, G or T behind it, or nothing. */
static inline uint64_t number(const char *text)
{
	static const char suffixes[] = "KMGT";
	unsigned long long value;
	const char *suffix;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	suffix = *end ? strchr(suffixes, *end) : NULL;
	if (suffix) {
		value <<= 10 * (suffix - suffixes + 1);
		end++;
	}
	if (errno || end == text || *end)
		die("not a number: %s", text);
	return value;
}

static inline int open_disk(const char *path, int flags)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | flags);

	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	return fd;
}

static inline uint64_t disk_size(int fd)
{
	uint64_t size;

	if (ioctl(fd, BLKGETSIZE64, &size))
		die("BLKGETSIZE64: %s", strerror(errno));
	return size;
}

/* Memory that direct I/O takes. */
static inline void *io_buffer(size_t len)
{
	void *buf = aligned_alloc(PAGE, (len + PAGE - 1) / PAGE * PAGE);

	if (!buf)
		die("no memory");
	memset(buf, 0, len);
	return buf;
}

static inline void read_all(int fd, void *buf, size_t len, uint64_t pos)
{
	ssize_t n = pread(fd, buf, len, pos);

	if (n != (ssize_t)len)
		die("read of %zu at %llu: %zd, %s", len, (unsigned long long)pos, n,
		    n < 0 ? strerror(errno) : "short");
}

static inline void write_all(int fd, const void *buf, size_t len, uint64_t pos)
{
	ssize_t n = pwrite(fd, buf, len, pos);

	if (n != (ssize_t)len)
		die("write of %zu at %llu: %zd, %s", len, (unsigned long long)pos, n,
		    n < 0 ? strerror(errno) : "short");
}

static inline bool all_zero(const uint8_t *p, size_t len)
{
	return !len || (!*p && !memcmp(p, p + 1, len - 1));
}

static inline void pin_to_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("CPU %d: %s", cpu, strerror(errno));
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

static inline void random_fill(uint64_t *state, void *buf, size_t len)
{
	uint64_t *words = buf;
	size_t i;

	for (i = 0; i < len / sizeof(*words); i++)
		words[i] = random_next(state) | 1;	/* never all zero */
}

/* ---- the ways to empty a range ---- */

enum empty_how {
	EMPTY_DISCARD,
	EMPTY_SECURE,
	EMPTY_ZEROOUT,
	EMPTY_ZERO_RANGE,
	EMPTY_PUNCH,
	EMPTY_COUNT
};

static const char *const empty_names[EMPTY_COUNT] = {
	"discard", "secure", "zeroout", "zero-range", "punch",
};

static inline enum empty_how empty_named(const char *name)
{
	int how;

	for (how = 0; how < EMPTY_COUNT; how++)
		if (!strcmp(name, empty_names[how]))
			return how;
	die("no such way to empty a range: %s", name);
}

/* Return 0 or an errno. */
static inline int empty_try(int fd, enum empty_how how, uint64_t pos, uint64_t len)
{
	uint64_t range[2] = { pos, len };
	int ret = 0;

	switch (how) {
	case EMPTY_DISCARD:
		ret = ioctl(fd, BLKDISCARD, range);
		break;
	case EMPTY_SECURE:
		ret = ioctl(fd, BLKSECDISCARD, range);
		break;
	case EMPTY_ZEROOUT:
		ret = ioctl(fd, BLKZEROOUT, range);
		break;
	case EMPTY_ZERO_RANGE:
		ret = fallocate(fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, pos, len);
		break;
	case EMPTY_PUNCH:
		ret = fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, pos, len);
		break;
	case EMPTY_COUNT:
		die("that is no way to empty a range");
	}
	return ret ? errno : 0;
}

static inline void empty(int fd, enum empty_how how, uint64_t pos, uint64_t len)
{
	int err = empty_try(fd, how, pos, len);

	if (err)
		die("%s of %llu at %llu: %s", empty_names[how], (unsigned long long)len,
		    (unsigned long long)pos, strerror(err));
}

/*
 * Only a discard may leave something as it was: the parts of pages at its ends. All else reads
 * as zeroes afterwards.
 */
static inline bool empty_may_keep(enum empty_how how, uint64_t pos, uint64_t len, uint64_t at)
{
	uint64_t first = (pos + PAGE - 1) / PAGE * PAGE;
	uint64_t end = (pos + len) / PAGE * PAGE;

	return how == EMPTY_DISCARD && (at < first || at >= end);
}

#endif /* DATA_H */
