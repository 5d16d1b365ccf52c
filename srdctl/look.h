/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - a look at disks, and what happened between two
 */
#ifndef SRDCTL_LOOK_H
#define SRDCTL_LOOK_H

#include "device.h"

/* A disk, and its counters at a time. */
struct look_disk {
	struct device_disk disk;
	struct srd_ioc_stats stats;
	uint64_t time;		/* ns, of the monotonic clock */
};

/* Disks at about one time, in the order of their numbers or names; empty when it is all 0. */
struct look {
	struct look_disk *disks;
	unsigned int count;
};

/**
 * look_take() - look at disks
 * @look: set to them, to be freed with look_free() whatever becomes of it
 * @dev: where they are
 * @names: what the user calls them; those that are not there are left out
 * @count: how many @names; 0: all disks
 *
 * Return: 0 or a negative errno.
 */
int look_take(struct look *look, const struct device *dev, char * const *names, int count);
void look_free(struct look *look);

/* What was asked of a disk between two looks. */
struct look_change {
	uint64_t ios;
	uint64_t bytes;
	uint64_t errors;
	uint64_t latency[SRD_LATENCY_BUCKETS];
};

/* A disk of the later look. */
struct look_row {
	const struct look_disk *now;
	double seconds;		/* between the looks; 0: it was not there before */
	struct look_change op[SRD_OP_COUNT];
	struct look_change all;
};

/**
 * look_compare() - what happened between two looks
 * @before: the earlier one; of a disk whose counters were set to 0 meanwhile, all since then counts
 * @now: the later one, which has to outlive what is returned
 *
 * Return: a row for each disk of @now, to be freed; NULL when there are none, or no memory.
 */
struct look_row *look_compare(const struct look *before, const struct look *now);

#endif /* SRDCTL_LOOK_H */
