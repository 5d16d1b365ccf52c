// SPDX-License-Identifier: GPL-2.0
/*
 * srd-fuzz - what a program has open and mapped
 *
 * Threads that run steps of a program race for these as for all else: a descriptor may be closed
 * by another one meanwhile, or be that of another file by then.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/srd.h>

#include "fuzz.h"

/* Closed is -1: 0 is somebody else's. */
static atomic_int controls[CONTROLS] = { [0 ... CONTROLS - 1] = -1 };
static atomic_int disks[DISKS] = { [0 ... DISKS - 1] = -1 };

static struct map {
	_Atomic(char *) at;
	size_t len;
} maps[MAPS];

/* Where it is closed, any other is better than none: most of what a program does needs one. */
static int open_one(atomic_int *slots, unsigned int count, uint64_t slot)
{
	int fd = slots[slot % count];
	unsigned int i;

	for (i = 0; fd < 0 && i < count; i++)
		fd = slots[i];
	return fd;
}

/**
 * slot_control() - a descriptor of the control node
 * @slot: which, or the first that is open where that is closed
 *
 * Return: -1 where all are closed.
 */
int slot_control(uint64_t slot)
{
	return open_one(controls, CONTROLS, slot);
}

/**
 * slot_disk() - a descriptor of a disk
 * @slot: which, or the first that is open where that is closed; where all are closed, the first
 *	disk is opened there
 *
 * Return: -1 where there is no first disk either.
 */
int slot_disk(uint64_t slot)
{
	int fd = open_one(disks, DISKS, slot);

	if (fd >= 0 || slot_open_disk(slot, "/dev/srd0", slot & 1 ? O_RDWR | O_DIRECT : O_RDWR))
		return fd;
	return open_one(disks, DISKS, slot);
}

static long put(atomic_int *slot, int fd)
{
	int old = atomic_exchange(slot, fd);

	return old >= 0 && close(old) ? -errno : 0;
}

static long open_into(atomic_int *slot, const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return put(slot, fd);
}

/**
 * slot_open_control() - open the control node
 * @slot: where; what is open there is closed
 * @flags: of open()
 */
long slot_open_control(uint64_t slot, int flags)
{
	return open_into(&controls[slot % CONTROLS], SRD_CONTROL_PATH, flags | O_NONBLOCK);
}

/**
 * slot_close_control() - close the control node
 * @slot: which
 */
long slot_close_control(uint64_t slot)
{
	return put(&controls[slot % CONTROLS], -1);
}

/**
 * slot_open_disk() - open a disk or what belongs to one
 * @slot: where; what is open there is closed
 * @path: its node
 * @flags: of open()
 */
long slot_open_disk(uint64_t slot, const char *path, int flags)
{
	return open_into(&disks[slot % DISKS], path, flags);
}

/**
 * slot_close_disk() - close a disk
 * @slot: which
 */
long slot_close_disk(uint64_t slot)
{
	return put(&disks[slot % DISKS], -1);
}

/* ---- mappings ---- */

/**
 * slot_unmap() - unmap
 * @slot: which mapping
 */
long slot_unmap(uint64_t slot)
{
	struct map *m = &maps[slot % MAPS];
	char *at = atomic_exchange(&m->at, NULL);

	if (!at)
		return -EBADF;
	return munmap(at, m->len) ? -errno : 0;
}

/**
 * slot_map() - map a disk or its window
 * @slot: where to remember it; what was mapped there goes
 * @path: its node
 * @prot: as mmap() has it
 * @flags: as mmap() has it
 * @offset: as mmap() has it
 * @len: as mmap() has it
 */
long slot_map(uint64_t slot, const char *path, int prot, int flags, uint64_t offset, size_t len)
{
	struct map *m = &maps[slot % MAPS];
	int fd = open(path, (prot & PROT_WRITE ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	char *at;
	long err;

	if (fd < 0)
		return -errno;
	at = mmap(NULL, len, prot, flags, fd, offset);
	err = at == MAP_FAILED ? -errno : 0;
	close(fd);
	if (err)
		return err;
	slot_unmap(slot);
	m->len = len;
	m->at = at;
	return 0;
}

static _Thread_local sigjmp_buf after_fault;
static _Thread_local volatile sig_atomic_t touching;

static void fault(int sig)
{
	if (touching)
		siglongjmp(after_fault, sig);
	signal(sig, SIG_DFL);
}

/**
 * slot_catch_faults() - a page that cannot be had must not end us
 */
void slot_catch_faults(void)
{
	struct sigaction action = { .sa_handler = fault, .sa_flags = SA_NODEFER };

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
}

/**
 * slot_touch() - read or write a page of a mapping
 * @slot: which mapping
 * @where: which byte, modulo its length
 * @write: whether to write
 */
long slot_touch(uint64_t slot, uint64_t where, bool write)
{
	struct map *m = &maps[slot % MAPS];
	volatile char *at = m->at;

	if (!at)
		return -EBADF;
	if (sigsetjmp(after_fault, 1)) {
		touching = 0;
		return -EFAULT;
	}
	touching = 1;
	at += where % (m->len ?: 1);
	if (write)
		*at = where;
	else
		(void)*at;
	touching = 0;
	return 0;
}

/* ---- all of them ---- */

/**
 * slots_open() - as each program begins: the control node is open, and nothing else
 */
void slots_open(void)
{
	slot_open_control(0, O_RDWR);
}

/**
 * slots_close() - close and unmap everything
 */
void slots_close(void)
{
	int i;

	for (i = 0; i < MAPS; i++)
		slot_unmap(i);
	for (i = 0; i < DISKS; i++)
		slot_close_disk(i);
	for (i = 0; i < CONTROLS; i++)
		slot_close_control(i);
}
