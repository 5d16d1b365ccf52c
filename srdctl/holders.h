/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - who holds a disk that is busy
 */
#ifndef SRDCTL_HOLDERS_H
#define SRDCTL_HOLDERS_H

#include <stdbool.h>

#include "device.h"

struct holders {
	char *text;	/* "mounted on /mnt, open in fio (pid 12)", or NULL: nobody was seen */
	bool lasting;	/* some hold it until someone acts: waiting does not help */
};

/**
 * holders_find() - look for who holds a disk or one of its partitions
 * @disk: the disk
 * @holders: to be freed with holders_free()
 *
 * Sees mounts of this mount namespace, swap areas, loop and stacked devices, what is exported over
 * NVMe, and the processes that /proc shows to the caller; another holder inside the kernel is not
 * seen.
 */
void holders_find(const struct device_disk *disk, struct holders *holders);
void holders_free(struct holders *holders);

/**
 * holders_wait() - find who holds a busy disk, and give those who only pass by time to go
 * @disk: the disk
 * @attempt: how often the caller called before, for this disk
 * @holders: as for holders_find()
 *
 * udev opens a fresh disk, and one that was just written, for a moment: a script that makes a
 * disk and goes on must not fail for that.
 *
 * Return: whether to try again; false when waiting does not help, or has lasted long enough.
 */
bool holders_wait(const struct device_disk *disk, int attempt, struct holders *holders);

/**
 * holders_retry() - the same for who was told by the kernel that a disk is busy
 * @disk: the disk
 * @attempt: as for holders_wait()
 * @holders: likewise
 * @ret: what the kernel said; -ENODEV when the disk has gone meanwhile, also where another one has
 *	its number now
 *
 * Return: whether to try again.
 */
bool holders_retry(const struct device_disk *disk, int attempt, struct holders *holders, int *ret);

/* What to say of them. */
const char *holders_text(const struct holders *holders);

#endif /* SRDCTL_HOLDERS_H */
