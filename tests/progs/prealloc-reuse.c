// SPDX-License-Identifier: GPL-2.0
/*
 * usage: prealloc-reuse DEVICE BYTES
 *
 * Discards all of a disk and, at once, creates a preallocated one of so many bytes. Exit status 1,
 * with the reason, when that cannot be had.
 */
#include <linux/srd.h>

#include "data.h"

int main(int argc, char **argv)
{
	struct srd_ioc_create create = { .size = sizeof(create), .flags = SRD_CREATE_PREALLOC };
	uint64_t range[2] = { 0 };
	int control, fd;

	if (argc != 3)
		die("usage: prealloc-reuse DEVICE BYTES");
	create.capacity = number(argv[2]);
	control = open(SRD_CONTROL_PATH, O_RDWR | O_CLOEXEC);
	if (control < 0)
		die("%s: %s", SRD_CONTROL_PATH, strerror(errno));
	fd = open_disk(argv[1], O_DIRECT);
	range[1] = disk_size(fd);
	if (ioctl(fd, BLKDISCARD, range))
		die("discard: %s", strerror(errno));
	if (ioctl(control, SRD_IOC_CREATE, &create))
		die("create: %s", strerror(errno));
	return 0;
}
