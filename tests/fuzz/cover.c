// SPDX-License-Identifier: GPL-2.0
/*
 * srd-fuzz - which ways through srd were taken, as KCOV has it
 *
 * KCOV writes down each basic block that a thread comes to. Two that follow each other are an
 * edge; what is not in srd is left out. Edges are a set of bits, found by a hash: two may share
 * one.
 */
#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

#define KCOV_INIT_TRACE	_IOR('c', 1, unsigned long)
#define KCOV_ENABLE	_IO('c', 100)
#define KCOV_TRACE_PC	0
#define BLOCKS		(64UL << 10)

static unsigned long *traces[THREADS_MAX];
static bool off;
static unsigned long text, text_size;

/**
 * cover_off() - see nothing, which works on any kernel
 */
void cover_off(void)
{
	off = true;
}

/**
 * cover_thread() - write down where this thread comes, from now on
 * @thread: its number
 */
void cover_thread(unsigned int thread)
{
	static unsigned long nowhere;
	unsigned long *trace;
	int fd;

	traces[thread] = &nowhere;
	if (off)
		return;
	fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		err(2, "kcov");
	if (ioctl(fd, KCOV_INIT_TRACE, BLOCKS))
		err(2, "KCOV_INIT_TRACE");
	trace = mmap(NULL, BLOCKS * sizeof(*trace), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (trace == MAP_FAILED)
		err(2, "kcov: mmap");
	/* The descriptor stays open as long as the thread. */
	if (ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))
		err(2, "KCOV_ENABLE");
	traces[thread] = trace;
}

/**
 * cover_begin() - forget where a thread has been
 * @thread: its number
 */
void cover_begin(unsigned int thread)
{
	__atomic_store_n(&traces[thread][0], 0, __ATOMIC_RELAXED);
}

/**
 * cover_module_moved() - look where the module lies
 */
void cover_module_moved(void)
{
	char line[256];
	FILE *f;

	text = 0;
	f = fopen("/sys/module/srd/sections/.text", "r");
	if (!f)
		return; /* it is not loaded */
	if (fscanf(f, "%lx", &text) != 1)
		errx(2, "where is srd?");
	fclose(f);
	f = fopen("/proc/modules", "r");
	if (!f)
		err(2, "/proc/modules");
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "srd %lu", &text_size) == 1)
			break;
	fclose(f);
}

static void collect_from(struct cover *c, const unsigned long *trace)
{
	unsigned long n = __atomic_load_n(&trace[0], __ATOMIC_RELAXED), i, at, before = 0, edge;

	for (i = 1; i <= n && i < BLOCKS; i++) {
		at = trace[i] - text;
		if (at >= text_size)
			continue;
		edge = ((before * 0x9e3779b1UL) ^ at) * 0x85ebca6bUL >> 9 & (EDGES - 1);
		c->edge[edge / 8] |= 1 << edge % 8;
		before = at;
	}
}

/**
 * cover_collect() - where the threads have been since cover_begin()
 * @c: gets it
 * @threads: how many
 */
void cover_collect(struct cover *c, unsigned int threads)
{
	unsigned int i;

	memset(c, 0, sizeof(*c));
	if (!text)
		return;
	for (i = 0; i < threads; i++)
		collect_from(c, traces[i]);
}

/**
 * cover_count() - how many edges there are
 * @c: in this
 */
unsigned int cover_count(const struct cover *c)
{
	unsigned int i, n = 0;

	for (i = 0; i < sizeof(c->edge); i++)
		n += __builtin_popcount(c->edge[i]);
	return n;
}

/**
 * cover_new() - how many edges there are that were not known
 * @c: in this
 * @known: those that are known
 */
unsigned int cover_new(const struct cover *c, const struct cover *known)
{
	unsigned int i, n = 0;

	for (i = 0; i < sizeof(c->edge); i++)
		n += __builtin_popcount(c->edge[i] & ~known->edge[i]);
	return n;
}

/**
 * cover_add() - what is in one is in the other from now on
 * @to: the other
 * @c: one
 */
void cover_add(struct cover *to, const struct cover *c)
{
	unsigned int i;

	for (i = 0; i < sizeof(c->edge); i++)
		to->edge[i] |= c->edge[i];
}

/**
 * cover_has() - whether all that is wanted is there
 * @c: where it is to be
 * @wanted: what
 * @without: but not these
 */
bool cover_has(const struct cover *c, const struct cover *wanted, const struct cover *without)
{
	unsigned int i;

	for (i = 0; i < sizeof(c->edge); i++)
		if (wanted->edge[i] & ~without->edge[i] & ~c->edge[i])
			return false;
	return true;
}
