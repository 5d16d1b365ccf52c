/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - who holds a disk that is busy
 */
#ifndef SRDCTL_HOLDERS_H
#define SRDCTL_HOLDERS_H

#include <stdbool.h>

#include "device.h"

struct holders {
	char *text;	/* "mounted on /mnt, open in fio (1234)", or NULL: nobody was seen */
	bool lasting;	/* some hold it until someone acts: waiting does not help */
};

/**
 * holders_find() - look for who holds a disk or one of its partitions
 * @disk: the disk
 * @holders: to be freed with holders_free()
 *
 * Sees mounts of this mount namespace, swap areas, loop and stacked devices, and the processes
 * that /proc shows to the caller; a holder inside the kernel (an exported disk) is not seen.
 */
void holders_find(const struct device_disk *disk, struct holders *holders);
void holders_free(struct holders *holders);

#endif /* SRDCTL_HOLDERS_H */
