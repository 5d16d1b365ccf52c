// SPDX-License-Identifier: GPL-2.0
/*
 * srd-fuzz - places to which pointers lead
 *
 * Each thread has a buffer with nothing mapped around it; all lie where a 32-bit program can
 * reach, too.
 */
#include <err.h>
#include <string.h>
#include <sys/mman.h>

#include "fuzz.h"

#define PAGE	4096

static char *buffers[THREADS_MAX], *shared, *read_only, *unmapped;

/* @len bytes with a page around them that is not there. */
static char *lonely(size_t len, int prot)
{
	char *at = mmap(NULL, len + 2 * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (at == MAP_FAILED || munmap(at, PAGE) || munmap(at + PAGE + len, PAGE))
		err(2, "memory");
	return at + PAGE;
}

/**
 * memory_setup() - make all places
 */
void memory_setup(void)
{
	int i;

	for (i = 0; i < THREADS_MAX; i++)
		buffers[i] = lonely(BUFFER_SIZE, PROT_READ | PROT_WRITE);
	shared = lonely(BUFFER_SIZE, PROT_READ | PROT_WRITE);
	read_only = lonely(BUFFER_SIZE, PROT_READ);
	unmapped = lonely(PAGE, PROT_NONE);
}

/**
 * memory_place() - a pointer
 * @thread: who asks
 * @way: one of enum way, after a modulo
 * @len: bytes that are to be there, if @way has any
 */
void *memory_place(unsigned int thread, uint64_t way, size_t len)
{
	char *buffer = buffers[thread];

	if (len > BUFFER_SIZE - PAGE)
		len = BUFFER_SIZE - PAGE;
	switch (way % WAY_COUNT) {
	case WAY_ODD:
		return buffer + 3;
	case WAY_CROSSES:
		return buffer + PAGE - (len < PAGE ? len / 2 : 8);
	case WAY_ENDS:
		return buffer + BUFFER_SIZE - len / 2;
	case WAY_SHARED:
		return shared;
	case WAY_READ_ONLY:
		return read_only;
	case WAY_UNMAPPED:
		return unmapped;
	case WAY_NULL:
		return NULL;
	case WAY_KERNEL:
		return (void *)0xffffffff81000000UL;
	default:
		return buffer;
	}
}

/**
 * memory_writable() - whether all that was asked for can be written there
 * @way: as above
 */
bool memory_writable(uint64_t way)
{
	switch (way % WAY_COUNT) {
	case WAY_PLAIN:
	case WAY_ODD:
	case WAY_CROSSES:
	case WAY_SHARED:
		return true;
	default:
		return false;
	}
}
