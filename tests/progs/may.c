// SPDX-License-Identifier: GPL-2.0
/*
 * may - what whoever runs this may do with srd0 and its control node
 *
 * usage: may 3<>/dev/srd-control
 *
 * Prints a line for each thing, and whether it may be done: "THING|yes" or "THING|no". The commands
 * are given to the control node that was handed over, as who could not open it itself may have
 * got it from root. Only what may be done by none but root changes anything: it makes disks.
 *
 * srd0 has to be there, with a window.
 */
#include <linux/fs.h>
#include <poll.h>

#include "ioctl.h"

#define NODE		"/dev/srd0"
#define NODE_WINDOW	"/dev/srd0-window"
#define SYSFS		"/sys/block/srd0/srd/"
#define PARAMS		"/sys/module/srd/parameters/"
#define NOBODY		999	/* number of a disk that is not there */

/* Who may has no error, but for @beside, when what is asked for cannot be had by anybody. */
static void say_beside(const char *what, int error, int beside)
{
	bool may = error != EPERM && error != EACCES;

	if (may && error && error != beside)
		errx(1, "%s: %s", what, strerror(error));
	printf("%s|%s\n", what, may ? "yes" : "no");
}

static void say(const char *what, int error)
{
	say_beside(what, error, 0);
}

static int open_error(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* ---- nodes ---- */

static int window_error(int flags, int protection)
{
	int fd = open(NODE_WINDOW, flags | O_CLOEXEC);
	int error = 0;
	char *p;

	if (fd < 0)
		return errno;
	p = mmap(NULL, 4096, protection, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		error = errno;
	else if (protection & PROT_WRITE)
		*(volatile char *)p = 1;
	else if (*(volatile char *)p > 1)
		errx(1, "the window shows what nobody wrote");
	close(fd);
	return error;
}

/* It needs write permission for some, and the privilege for others: who cannot open it, cannot. */
static int disk_error(unsigned long cmd)
{
	uint64_t range[2] = { 0, 4096 };
	int value = 0, error = 0;
	int fd = open(NODE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return errno;
	if (ioctl(fd, cmd, cmd == BLKROSET ? (void *)&value : (void *)range))
		error = errno;
	close(fd);
	return error;
}

static void nodes(void)
{
	say("read `/dev/srdN`", open_error(NODE, O_RDONLY));
	say("write it", open_error(NODE, O_WRONLY));
	say("discard: `BLKDISCARD`", disk_error(BLKDISCARD));
	say("overwrite with zeroes: `BLKZEROOUT`", disk_error(BLKZEROOUT));
	say("erase: `BLKSECDISCARD`", disk_error(BLKSECDISCARD));
	say("make it read-only or not: `BLKROSET`", disk_error(BLKROSET));
	say("drop its page cache: `BLKFLSBUF`", disk_error(BLKFLSBUF));
	say("map `/dev/srdN-window` to read", window_error(O_RDONLY, PROT_READ));
	say("map it to write", window_error(O_RDWR, PROT_READ | PROT_WRITE));
	say("read `/proc/srd`", open_error("/proc/srd", O_RDONLY));
	say("open `/dev/srd-control` to read: to ask, and for events",
	    open_error(SRD_CONTROL_PATH, O_RDONLY));
	say("open it to write", open_error(SRD_CONTROL_PATH, O_RDWR));
}

/* ---- files of sysfs ---- */

static const char *const attributes[] = {
	"badblocks", "block_size", "cache", "cached", "capacity", "faults", "label",
	"latency_sample", "limit", "mode", "node", "origin", "poll_queues", "power", "prealloc",
	"queue_depth", "queues", "read_bytes", "read_errors", "read_ios", "read_latency", "shared",
	"used", "window",
};

static const char *const parameters[] = {
	"block_size", "cache", "max_part", "mem_limit", "mem_reserve", "mode", "node",
	"poll_queues", "prealloc", "queue_depth", "queues", "size",
};

/* The errno of any that cannot be opened so; with @except, which are asked one by one, left out. */
static int any_error(const char *folder, const char *const *names, size_t nr, int flags,
		     const char *except)
{
	char path[128];
	int error = 0;
	size_t i;

	for (i = 0; i < nr; i++) {
		if (except && strstr(except, names[i]))
			continue;
		snprintf(path, sizeof(path), "%s%s", folder, names[i]);
		error = open_error(path, flags);
		/* To write, all have to be refused: whichever is not is told of. */
		if (flags == O_WRONLY ? !error : error)
			break;
	}
	return error;
}

static void files(void)
{
	say("read `/sys/block/srdN/srd/`",
	    any_error(SYSFS, attributes, ARRAY_SIZE(attributes), O_RDONLY, NULL));
	say("write `badblocks`", open_error(SYSFS "badblocks", O_WRONLY));
	say("write `latency_sample`", open_error(SYSFS "latency_sample", O_WRONLY));
	say("write `limit`", open_error(SYSFS "limit", O_WRONLY));
	say("write `reset_stats`", open_error(SYSFS "reset_stats", O_WRONLY));
	say("write any other of these",
	    any_error(SYSFS, attributes, ARRAY_SIZE(attributes), O_WRONLY,
		      "badblocks latency_sample limit"));
	say("read `/sys/module/srd/parameters/`",
	    any_error(PARAMS, parameters, ARRAY_SIZE(parameters), O_RDONLY, NULL));
	say("write `mem_limit`", open_error(PARAMS "mem_limit", O_WRONLY));
	say("write `mem_reserve`", open_error(PARAMS "mem_reserve", O_WRONLY));
	say("write any other parameter",
	    any_error(PARAMS, parameters, ARRAY_SIZE(parameters), O_WRONLY,
		      "mem_limit mem_reserve"));
}

/* ---- commands ---- */

static void ask(const struct command *c)
{
	char what[64];
	int beside = 0;

	fill(c, c->size);
	/* These would take away what the others need: of a disk that is not there. */
	if (wants_more(c) || c == &commands[RESET]) {
		arg.remove.number = NOBODY;
		beside = ENODEV;
	}
	if (c == &commands[WINDOW])
		((struct srd_ioc_window *)&arg)->flags = SRD_WINDOW_ON;
	snprintf(what, sizeof(what), "`SRD_IOC_%s`", c->name);
	say_beside(what, call(c->cmd, &arg), beside);
	if (c != &commands[TIMING])
		return;
	fill(c, c->size);
	arg.timing.flags = SRD_TIMING_SET;
	arg.timing.cpu = -1;
	say("`SRD_IOC_TIMING` with `SET`", call(c->cmd, &arg));
}

/* What there is to be read; with none, that it would be said of. */
static int events_error(void)
{
	struct pollfd p = { .fd = control, .events = POLLIN };
	struct srd_event event;

	if (poll(&p, 1, 0) < 0)
		return errno;
	if (!(p.revents & POLLIN))
		errx(1, "there are no events");
	return read(control, &event, sizeof(event)) == sizeof(event) ? 0 : errno;
}

int main(void)
{
	const struct command *c;

	control = 3;
	nodes();
	files();
	for_each_command(c)
		ask(c);
	say("read events", events_error());
	return 0;
}
