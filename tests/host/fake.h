/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What fake-control.c keeps of disks, and fake-set.c changes there; what it shares with
 * fake-configfs.c.
 */
#ifndef FAKE_H
#define FAKE_H

#include <dlfcn.h>
#include <stdbool.h>

#include <linux/srd.h>

/* What a function is that was put in front of. */
#define FAKE_NEXT(name)	((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

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

/* The folder that the tests have in the place of the machine's. */
const char *fake_root(void);

/* Where a path leads in the tests; @to has PATH_MAX bytes, and is that or is not used. */
const char *fake_redirect(const char *path, char *to);

/* Parts of open() and ioctl() that fake-configfs.c has; the first returns an errno, or 0. */
int fake_configfs_open(const char *path, int *flags);
int fake_roset(int ro);

#endif /* FAKE_H */
