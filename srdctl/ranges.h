/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - the ranges of a disk that have memory, one after another
 */
#ifndef SRDCTL_RANGES_H
#define SRDCTL_RANGES_H

#include "device.h"

#define RANGES_BATCH	512	/* how many the kernel is asked for at once */

/* Where one is on the way through a disk. */
struct ranges {
	const struct device *dev;
	struct srd_ioc_extents question;
	struct srd_extent extents[RANGES_BATCH];
	uint32_t next;		/* of those that are there */
	bool last;		/* there are no more than these */
};

/**
 * ranges_begin() - start at the beginning of a disk
 * @ranges: for ranges_next(); nothing has to be freed
 * @dev: must stay
 * @number: N of srdN
 */
void ranges_begin(struct ranges *ranges, const struct device *dev, uint32_t number);

/**
 * ranges_next() - find the next range
 * @ranges: where one is
 * @extent: the range; of no length when there is none
 *
 * Return: 0 or -errno, as SRD_IOC_EXTENTS documents.
 */
int ranges_next(struct ranges *ranges, struct srd_extent *extent);

/**
 * ranges_total() - how much of a disk has memory
 * @dev: where it is
 * @number: N of srdN
 * @bytes: that much of what can be read
 *
 * Return: 0 or -errno.
 */
int ranges_total(const struct device *dev, uint32_t number, uint64_t *bytes);

#endif /* SRDCTL_RANGES_H */
