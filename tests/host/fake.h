/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What fake-control.c keeps of disks, and fake-set.c changes there.
 */
#ifndef FAKE_H
#define FAKE_H

#include <linux/srd.h>

#define DISKS		16
#define RULES		8	/* of a disk */

struct fake_disk {
	struct srd_ioc_info info;	/* size is 0 where there is no disk */
	struct srd_ioc_stats stats;
	struct srd_ioc_timing timing;
	struct srd_rule rules[RULES];	/* id is 0 where there is none */
	__u32 last_rule;
};

struct fake_state {
	struct fake_disk disk[DISKS];
};

#endif /* FAKE_H */
