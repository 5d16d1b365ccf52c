/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs that take snapshots share: the commands of the control node.
 */
#ifndef SNAP_H
#define SNAP_H

#include <linux/srd.h>

#include "data.h"

static int control = -1;

static inline int command(unsigned long cmd, void *arg)
{
	if (control < 0) {
		control = open(SRD_CONTROL_PATH, O_RDWR | O_CLOEXEC);
		if (control < 0)
			die("%s: %s", SRD_CONTROL_PATH, strerror(errno));
	}
	return ioctl(control, cmd, arg) ? errno : 0;
}

/* Returns the number of the new disk; dies unless it is made. */
static inline unsigned int snapshot(unsigned int source, unsigned int flags)
{
	struct srd_ioc_snapshot s = { .size = sizeof(s), .flags = flags, .source = source };
	int err = command(SRD_IOC_SNAPSHOT, &s);

	if (err)
		die("snapshot of srd%u: %s", source, strerror(err));
	return s.number;
}

static inline int rollback(unsigned int number, unsigned int to)
{
	struct srd_ioc_rollback r = { .size = sizeof(r), .number = number, .to = to };

	return command(SRD_IOC_ROLLBACK, &r);
}

static inline int reset(unsigned int number)
{
	struct srd_ioc_reset r = { .size = sizeof(r), .number = number };

	return command(SRD_IOC_RESET, &r);
}

static inline int resize(unsigned int number, uint64_t capacity)
{
	struct srd_ioc_resize r = { .size = sizeof(r), .number = number, .capacity = capacity };

	return command(SRD_IOC_RESIZE, &r);
}

/* udev may still look at a disk: tries again for a while when it is in use. */
static inline void remove_number(unsigned int number)
{
	struct srd_ioc_remove r = { .size = sizeof(r), .number = number };
	int err, tries = 1000;

	while ((err = command(SRD_IOC_REMOVE, &r)) == EBUSY && --tries)
		usleep(10000);
	if (err)
		die("remove srd%u: %s", number, strerror(err));
}

static inline int open_number(unsigned int number, int flags)
{
	char path[32];
	int fd, tries = 1000;

	snprintf(path, sizeof(path), "/dev/srd%u", number);
	while ((fd = open(path, flags | O_CLOEXEC)) < 0 && errno == ENOENT && --tries)
		usleep(10000);
	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	return fd;
}

/* Memory of all disks, when nothing is on its way back any more. */
static inline uint64_t used_by_all(void)
{
	struct srd_ioc_memory m = { .size = sizeof(m) };
	int err, tries = 1000;

	while (!(err = command(SRD_IOC_MEMORY, &m)) && m.pending && --tries)
		usleep(1000);
	if (err || m.pending)
		die("MEMORY: %s, pending %llu", strerror(err), (unsigned long long)m.pending);
	return m.used;
}

#endif /* SNAP_H */
