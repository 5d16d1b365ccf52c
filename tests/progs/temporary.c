// SPDX-License-Identifier: GPL-2.0
/*
 * usage: temporary
 *
 * Disks that go when the control node is closed by which they were made, and SRD_IOC_KEEP. Wants a
 * module without disks, and leaves none.
 */
#include "snap.h"

static int open_control(void)
{
	int fd = open(SRD_CONTROL_PATH, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die("%s: %s", SRD_CONTROL_PATH, strerror(errno));
	return fd;
}

static unsigned int create(int fd, unsigned int flags)
{
	struct srd_ioc_create c = { .size = sizeof(c), .flags = flags, .capacity = 1 << 20 };

	if (ioctl(fd, SRD_IOC_CREATE, &c))
		die("create: %s", strerror(errno));
	return c.number;
}

static void keep(int fd, unsigned int number, int wanted, const char *what)
{
	struct srd_ioc_keep k = { .size = sizeof(k), .number = number };
	int got = ioctl(fd, SRD_IOC_KEEP, &k) ? errno : 0;

	if (got != wanted)
		die("keep, %s: %s, not %s", what, strerror(got), strerror(wanted));
}

static bool is_there(unsigned int number)
{
	struct srd_ioc_info i = { .size = sizeof(i), .number = number };

	return !command(SRD_IOC_INFO, &i);
}

/* udev may look at a disk for a moment, and it goes only then. */
static void gone(unsigned int number, const char *what)
{
	int tries = 1000;

	while (is_there(number) && --tries)
		usleep(10000);
	if (!tries)
		die("%s is still there", what);
}

static void stays(unsigned int number, const char *what)
{
	usleep(100000);
	if (!is_there(number))
		die("%s is gone", what);
	remove_number(number);
}

static void goes_unless_kept(void)
{
	int first = open_control(), second = open_control();
	unsigned int lasting = create(first, 0), one = create(first, SRD_CREATE_TEMPORARY);
	unsigned int kept = create(first, SRD_CREATE_TEMPORARY);
	unsigned int other = create(second, SRD_CREATE_TEMPORARY);

	/* errno: KEEP EINVAL ENODEV */
	keep(second, kept, EINVAL, "of another one's");
	keep(first, lasting, EINVAL, "of one that stays anyhow");
	keep(first, 77, ENODEV, "of none");
	keep(first, kept, 0, "of one's own");
	keep(first, kept, EINVAL, "twice");
	close(first);
	gone(one, "a temporary disk");
	stays(kept, "a disk that was kept");
	stays(lasting, "an ordinary disk");
	if (!is_there(other))
		die("another one's disk is gone");
	close(second);
	gone(other, "another one's disk");
}

static void goes_with_the_last_copy(void)
{
	int first = open_control(), copy = dup(first);
	unsigned int one = create(first, SRD_CREATE_TEMPORARY);

	close(first);
	usleep(100000);
	if (!is_there(one))
		die("a disk is gone before the last copy");
	close(copy);
	gone(one, "a disk whose maker is gone");
}

static void goes_when_it_is_closed(void)
{
	int first = open_control(), fd;
	unsigned int one = create(first, SRD_CREATE_TEMPORARY);

	fd = open_number(one, O_RDONLY);
	close(first);
	usleep(100000);
	if (!is_there(one))
		die("a disk is gone that is open");
	close(fd);
	gone(one, "a disk that was open");
}

static void removed_is_not_kept(void)
{
	struct srd_ioc_remove r = { .size = sizeof(r), .flags = SRD_REMOVE_DEFERRED };
	int first = open_control(), fd;

	r.number = create(first, SRD_CREATE_TEMPORARY);
	fd = open_number(r.number, O_RDONLY);
	if (ioctl(first, SRD_IOC_REMOVE, &r))
		die("deferred removal: %s", strerror(errno));
	keep(first, r.number, EINVAL, "of one that goes on last close");
	close(fd);
	gone(r.number, "a disk that was removed");
	close(first);
}

static void snapshots_too(void)
{
	struct srd_ioc_snapshot s = { .size = sizeof(s), .flags = SRD_SNAPSHOT_TEMPORARY };
	int first = open_control();
	unsigned int kept;

	s.source = create(first, 0);
	if (ioctl(first, SRD_IOC_SNAPSHOT, &s))
		die("snapshot: %s", strerror(errno));
	kept = s.number;
	memset(s.name, 0, sizeof(s.name));
	if (ioctl(first, SRD_IOC_SNAPSHOT, &s))
		die("snapshot: %s", strerror(errno));
	keep(first, kept, 0, "of a snapshot");
	close(first);
	gone(s.number, "a temporary snapshot");
	stays(kept, "a snapshot that was kept");
	remove_number(s.source);
}

int main(void)
{
	goes_unless_kept();
	goes_with_the_last_copy();
	goes_when_it_is_closed();
	removed_is_not_kept();
	snapshots_too();
	return 0;
}
