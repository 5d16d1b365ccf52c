// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - the one place that asks the kernel about disks
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "device.h"
#include "size.h"
#include "child.h"

#define MODULE_FOLDER		"/sys/module/srd"
#define SETTLE_SECONDS		10
#define NODE_WAIT_MS		5000

static const char * const op_names[SRD_OP_COUNT] = {
	[SRD_OP_READ]		= "read",
	[SRD_OP_WRITE]		= "write",
	[SRD_OP_DISCARD]	= "discard",
	[SRD_OP_WRITE_ZEROES]	= "write_zeroes",
	[SRD_OP_SECURE_ERASE]	= "secure_erase",
	[SRD_OP_FLUSH]		= "flush",
};

static int control(const struct device *dev, unsigned long command, void *argument)
{
	if (dev->fd < 0)
		return -EACCES;
	return ioctl(dev->fd, command, argument) < 0 ? -errno : 0;
}

/* Reads a file of one line. */
static int read_line(const char *path, char *line, size_t size)
{
	ssize_t count;
	int fd, ret = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	count = read(fd, line, size - 1);
	if (count < 0) {
		ret = -errno;
		count = 0;
	}
	close(fd);
	line[count] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return ret;
}

static int read_number(const char *path, uint64_t *value)
{
	char line[64];
	int ret;

	ret = read_line(path, line, sizeof(line));
	return ret ? ret : size_parse(line, value);
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Why the control node could not be opened. */
static int open_error(int error)
{
	if (!exists(MODULE_FOLDER))
		return -ENOENT;
	switch (error) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		return -ENXIO;
	case EPERM:
		return -EACCES;
	default:
		return -error;
	}
}

int device_open(struct device *dev, enum device_access access)
{
	struct srd_ioc_version version = { .size = sizeof(version) };
	int ret;

	dev->fd = open(SRD_CONTROL_PATH,
		       (access == DEVICE_CHANGE ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (dev->fd < 0) {
		ret = open_error(errno);
		return ret == -EACCES && access == DEVICE_READ_SYSFS ? 0 : ret;
	}
	ret = control(dev, SRD_IOC_VERSION, &version);
	if (!ret && version.abi != SRD_ABI_VERSION)
		ret = -EPROTO;
	if (ret)
		device_close(dev);
	return ret;
}

void device_close(struct device *dev)
{
	if (dev->fd >= 0)
		close(dev->fd);
	dev->fd = -1;
}

int device_version(struct srd_ioc_version *version)
{
	struct device dev;
	int ret = -EACCES;

	memset(version, 0, sizeof(*version));
	version->size = sizeof(*version);
	dev.fd = open(SRD_CONTROL_PATH, O_RDONLY | O_CLOEXEC);
	if (dev.fd >= 0) {
		ret = control(&dev, SRD_IOC_VERSION, version);
		device_close(&dev);
	}
	if (!ret)
		return 0;
	if (!exists(MODULE_FOLDER))
		return -ENOENT;
	read_line(MODULE_FOLDER "/version", version->release, sizeof(version->release));
	return 0;
}

static void set_mode_name(struct device_disk *disk)
{
	if (disk->info.mode == SRD_MODE_MQ)
		snprintf(disk->mode, sizeof(disk->mode), "mq");
	else if (disk->info.mode == SRD_MODE_BIO)
		snprintf(disk->mode, sizeof(disk->mode), "bio");
	else
		snprintf(disk->mode, sizeof(disk->mode), "mode%u", disk->info.mode);
}

static int control_disk(const struct device *dev, unsigned long command, uint32_t number,
			struct device_disk *disk)
{
	int ret;

	memset(disk, 0, sizeof(*disk));
	disk->info.size = sizeof(disk->info);
	disk->info.number = number;
	ret = control(dev, command, &disk->info);
	if (ret)
		return ret;
	snprintf(disk->path, sizeof(disk->path), "/dev/%s", disk->info.name);
	set_mode_name(disk);
	disk->openers_known = true;
	return 0;
}

/* Reads attribute @name of disk @number, 0 where it is not there. */
static uint64_t sysfs_number(uint32_t number, const char *name)
{
	char path[128];
	uint64_t value;

	snprintf(path, sizeof(path), "/sys/block/srd%u/%s", number, name);
	return read_number(path, &value) ? 0 : value;
}

static int sysfs_text(uint32_t number, const char *name, char *text, size_t size)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/block/srd%u/%s", number, name);
	return read_line(path, text, size);
}

static bool sysfs_is(uint32_t number, const char *name, const char *value)
{
	char text[32];

	return !sysfs_text(number, name, text, sizeof(text)) && !strcmp(text, value);
}

static int sysfs_disk(uint32_t number, struct device_disk *disk)
{
	struct srd_ioc_info *info = &disk->info;
	uint64_t capacity;
	char text[32];

	memset(disk, 0, sizeof(*disk));
	if (sysfs_text(number, "srd/capacity", text, sizeof(text)) || size_parse(text, &capacity))
		return -ENODEV;
	info->capacity = capacity;
	info->number = number;
	snprintf(info->name, sizeof(info->name), "srd%u", number);
	snprintf(disk->path, sizeof(disk->path), "/dev/srd%u", number);
	info->used = sysfs_number(number, "srd/used");
	info->shared = sysfs_number(number, "srd/shared");
	info->limit = sysfs_number(number, "srd/limit");
	info->block_size = sysfs_number(number, "srd/block_size");
	info->queues = sysfs_number(number, "srd/queues");
	info->queue_depth = sysfs_number(number, "srd/queue_depth");
	info->poll_queues = sysfs_number(number, "srd/poll_queues");
	info->cached = sysfs_number(number, "srd/cached");
	info->faults = sysfs_number(number, "srd/faults");
	sysfs_text(number, "srd/mode", disk->mode, sizeof(disk->mode));
	sysfs_text(number, "srd/label", info->label, sizeof(info->label));
	if (sysfs_number(number, "ro"))
		info->state |= SRD_STATE_READ_ONLY;
	if (sysfs_number(number, "srd/prealloc"))
		info->state |= SRD_STATE_PREALLOC;
	if (sysfs_number(number, "srd/window"))
		info->state |= SRD_STATE_WINDOW;
	if (sysfs_is(number, "srd/cache", "volatile"))
		info->state |= SRD_STATE_VOLATILE;
	if (sysfs_is(number, "srd/power", "off"))
		info->state |= SRD_STATE_OFF;
	info->node = -1;
	if (!sysfs_text(number, "srd/node", text, sizeof(text)))
		info->node = atoi(text);
	info->origin = -1;
	if (!sysfs_text(number, "srd/origin", text, sizeof(text)))
		info->origin = atoi(text);
	if (!sysfs_text(number, "dev", text, sizeof(text)))
		sscanf(text, "%u:%u", &info->major, &info->minor);
	return 0;
}

/* Is @name that of a disk, srdN? */
static bool disk_number(const char *name, uint32_t *number)
{
	if (strncmp(name, "srd", 3) || (name[3] == '0' && name[4]))
		return false;
	return !number_parse(name + 3, UINT32_MAX, number);
}

/* The lowest number of a disk from *@number on. */
static int sysfs_lowest(uint32_t *number)
{
	uint32_t found, lowest = UINT32_MAX;
	struct dirent *entry;
	int ret = -ENODEV;
	DIR *folder;

	folder = opendir("/sys/block");
	if (!folder)
		return -errno;
	while ((entry = readdir(folder))) {
		if (!disk_number(entry->d_name, &found) || found < *number || found > lowest)
			continue;
		lowest = found;
		ret = 0;
	}
	closedir(folder);
	*number = lowest;
	return ret;
}

static int sysfs_next(uint32_t number, struct device_disk *disk)
{
	int ret;

	/* one that goes away while it is read is passed over */
	while (!(ret = sysfs_lowest(&number))) {
		if (!sysfs_disk(number, disk))
			return 0;
		if (!++number)
			return -ENODEV;
	}
	return ret;
}

int device_next(const struct device *dev, uint32_t number, struct device_disk *disk)
{
	if (dev->fd >= 0)
		return control_disk(dev, SRD_IOC_NEXT, number, disk);
	return sysfs_next(number, disk);
}

int device_get(const struct device *dev, uint32_t number, struct device_disk *disk)
{
	if (dev->fd >= 0)
		return control_disk(dev, SRD_IOC_INFO, number, disk);
	return sysfs_disk(number, disk);
}

/* Is @name that of a partition, srdNpM? */
static bool is_partition(const char *name)
{
	char disk[SRD_NAME_LEN];
	uint32_t number;
	const char *p = strrchr(name, 'p');

	if (!p || (size_t)(p - name) >= sizeof(disk) || !isdigit((unsigned char)p[1]))
		return false;
	memcpy(disk, name, p - name);
	disk[p - name] = '\0';
	return disk_number(disk, &number);
}

bool device_is_name(const char *name)
{
	uint32_t number;

	return disk_number(name, &number) || is_partition(name);
}

static int find_label(const struct device *dev, const char *label, struct device_disk *disk)
{
	uint32_t number = 0;
	int ret;

	if (!*label)
		return -ENODEV;
	while (!(ret = device_next(dev, number, disk))) {
		if (!strcmp(disk->info.label, label))
			return 0;
		number = disk->info.number + 1;
		if (!number)
			return -ENODEV;
	}
	return ret;
}

static int find_node(const struct device *dev, const char *path, struct device_disk *disk)
{
	uint32_t number = 0;
	struct stat status;
	int ret;

	if (stat(path, &status) < 0)
		return errno == ENOENT || errno == ENOTDIR ? -ENODEV : -errno;
	if (!S_ISBLK(status.st_mode))
		return -ENOTBLK;
	while (!(ret = device_next(dev, number, disk))) {
		if (makedev(disk->info.major, disk->info.minor) == status.st_rdev)
			return 0;
		number = disk->info.number + 1;
		if (!number)
			break;
	}
	return ret && ret != -ENODEV ? ret : -ENOTBLK;
}

static int find(const struct device *dev, const char *what, struct device_disk *disk)
{
	const char *name = what;
	char real[PATH_MAX];
	uint32_t number;

	/* udev's links lead to the node, whose name says it all; other nodes have the number */
	if (strchr(what, '/') && realpath(what, real))
		name = real;
	if (!strncmp(name, "/dev/", 5))
		name += 5;
	if (disk_number(name, &number))
		return device_get(dev, number, disk);
	if (is_partition(name))
		return -EXDEV;
	if (strchr(what, '/'))
		return find_node(dev, what, disk);
	return find_label(dev, what, disk);
}

int device_find(const struct device *dev, const char *what, struct device_disk *disk)
{
	int ret = find(dev, what, disk);

	if (!ret)
		disk->sequence = sysfs_number(disk->info.number, "diskseq");
	return ret;
}

bool device_is_there(const struct device_disk *disk)
{
	return !disk->sequence || sysfs_number(disk->info.number, "diskseq") == disk->sequence;
}

/* Counts on one line, the first bucket first. */
static void sysfs_latency(uint32_t number, const char *name, struct srd_op_stats *stats)
{
	char line[SRD_LATENCY_BUCKETS * sizeof("18446744073709551615")];
	char *word, *rest = line;
	int i;

	if (sysfs_text(number, name, line, sizeof(line)))
		return;
	for (i = 0; i < SRD_LATENCY_BUCKETS && (word = strsep(&rest, " ")); i++)
		stats->latency[i] = strtoull(word, NULL, 10);
}

static int sysfs_stats(uint32_t number, struct srd_ioc_stats *stats)
{
	struct device_disk disk;
	char name[64];
	int op;

	if (sysfs_disk(number, &disk))
		return -ENODEV;
	stats->latency_sample = sysfs_number(number, "srd/latency_sample");
	for (op = 0; op < SRD_OP_COUNT; op++) {
		snprintf(name, sizeof(name), "srd/%s_ios", op_names[op]);
		stats->op[op].ios = sysfs_number(number, name);
		snprintf(name, sizeof(name), "srd/%s_bytes", op_names[op]);
		stats->op[op].bytes = sysfs_number(number, name);
		snprintf(name, sizeof(name), "srd/%s_errors", op_names[op]);
		stats->op[op].errors = sysfs_number(number, name);
		snprintf(name, sizeof(name), "srd/%s_latency", op_names[op]);
		sysfs_latency(number, name, &stats->op[op]);
	}
	return 0;
}

int device_stats(const struct device *dev, uint32_t number, struct srd_ioc_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	stats->size = sizeof(*stats);
	stats->number = number;
	if (dev->fd < 0)
		return sysfs_stats(number, stats);
	return control(dev, SRD_IOC_STATS, stats);
}

int device_create(const struct device *dev, struct srd_ioc_create *create)
{
	create->size = sizeof(*create);
	return control(dev, SRD_IOC_CREATE, create);
}

int device_remove(const struct device *dev, uint32_t number, uint32_t flags)
{
	struct srd_ioc_remove remove = {
		.size = sizeof(remove), .flags = flags, .number = number,
	};

	return control(dev, SRD_IOC_REMOVE, &remove);
}

int device_resize(const struct device *dev, uint32_t number, uint64_t capacity, uint32_t flags)
{
	struct srd_ioc_resize resize = {
		.size = sizeof(resize), .flags = flags, .number = number, .capacity = capacity,
	};

	return control(dev, SRD_IOC_RESIZE, &resize);
}

int device_snapshot(const struct device *dev, struct srd_ioc_snapshot *snapshot)
{
	snapshot->size = sizeof(*snapshot);
	return control(dev, SRD_IOC_SNAPSHOT, snapshot);
}

int device_rollback(const struct device *dev, uint32_t number, uint32_t to)
{
	struct srd_ioc_rollback rollback = { .size = sizeof(rollback), .number = number, .to = to };

	return control(dev, SRD_IOC_ROLLBACK, &rollback);
}

int device_reset(const struct device *dev, uint32_t number)
{
	struct srd_ioc_reset reset = { .size = sizeof(reset), .number = number };

	return control(dev, SRD_IOC_RESET, &reset);
}

int device_window(const struct device *dev, uint32_t number, uint32_t flags)
{
	struct srd_ioc_window window = { .size = sizeof(window), .flags = flags, .number = number };

	return control(dev, SRD_IOC_WINDOW, &window);
}

int device_reset_stats(const struct device *dev, uint32_t number)
{
	struct srd_ioc_reset_stats reset = { .size = sizeof(reset), .number = number };

	return control(dev, SRD_IOC_RESET_STATS, &reset);
}

int device_memory(const struct device *dev, struct srd_ioc_memory *memory)
{
	memset(memory, 0, sizeof(*memory));
	memory->size = sizeof(*memory);
	return control(dev, SRD_IOC_MEMORY, memory);
}

/* Sleeps until there is an event, nobody reads what it is for, or it has been too long. */
static int wait_event(const struct device *dev, int ms)
{
	struct pollfd fds[] = {
		{ .fd = dev->fd, .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};

	int count;

	count = poll(fds, ARRAY_SIZE(fds), ms);
	if (count <= 0)
		return count ? -errno : -ETIMEDOUT;
	/* a pipe's reader has gone, or a terminal or a socket's other end */
	return fds[1].revents & (POLLERR | POLLHUP) ? -EPIPE : 0;
}

static int read_events(const struct device *dev, struct device_events *events, int ms)
{
	ssize_t count;
	int ret;

	ret = wait_event(dev, ms);
	if (ret)
		return ret;
	count = read(dev->fd, events->buffer, sizeof(events->buffer));
	if (count < 0)
		return -errno;
	events->length = count;
	events->place = 0;
	return count ? 0 : -ENODATA;
}

bool device_events_empty(const struct device_events *events)
{
	return events->place == events->length;
}

int device_event(const struct device *dev, struct device_events *events, int ms,
		 struct srd_event *event)
{
	size_t left;
	uint32_t size;
	int ret;

	if (device_events_empty(events)) {
		ret = read_events(dev, events, ms);
		if (ret)
			return ret;
	}
	left = events->length - events->place;
	if (left < sizeof(size))
		return -EPROTO;
	/* A newer module's are longer, and begin the same. */
	memcpy(&size, events->buffer + events->place, sizeof(size));
	if (size < sizeof(size) || size > left)
		return -EPROTO;
	memset(event, 0, sizeof(*event));
	memcpy(event, events->buffer + events->place,
	       size < sizeof(*event) ? size : sizeof(*event));
	events->place += size;
	return 0;
}

int device_extents(const struct device *dev, struct srd_ioc_extents *extents)
{
	extents->size = sizeof(*extents);
	return control(dev, SRD_IOC_EXTENTS, extents);
}

static int control_rule(const struct device *dev, unsigned long command, uint32_t number,
			struct srd_rule *rule)
{
	struct srd_ioc_rule argument = {
		.size = sizeof(argument), .number = number, .rule = *rule,
	};
	int ret;

	ret = control(dev, command, &argument);
	if (!ret)
		*rule = argument.rule;
	return ret;
}

int device_rule_add(const struct device *dev, uint32_t number, struct srd_rule *rule)
{
	return control_rule(dev, SRD_IOC_RULE_ADD, number, rule);
}

int device_rule_next(const struct device *dev, uint32_t number, struct srd_rule *rule)
{
	return control_rule(dev, SRD_IOC_RULE_NEXT, number, rule);
}

int device_rule_remove(const struct device *dev, uint32_t number, uint32_t id)
{
	struct srd_ioc_rule_remove remove = {
		.size = sizeof(remove), .flags = id ? 0 : SRD_RULES_ALL, .number = number, .id = id,
	};

	return control(dev, SRD_IOC_RULE_REMOVE, &remove);
}

int device_timing(const struct device *dev, uint32_t number, struct srd_ioc_timing *timing)
{
	timing->size = sizeof(*timing);
	timing->number = number;
	return control(dev, SRD_IOC_TIMING, timing);
}

int device_power(const struct device *dev, uint32_t number, struct srd_ioc_power *power)
{
	power->size = sizeof(*power);
	power->number = number;
	return control(dev, SRD_IOC_POWER, power);
}

int device_set(const struct device *dev, uint32_t number, struct srd_ioc_set *set)
{
	set->size = sizeof(*set);
	set->number = number;
	return control(dev, SRD_IOC_SET, set);
}

int device_keep(const struct device *dev, uint32_t number)
{
	struct srd_ioc_keep keep = { .size = sizeof(keep), .number = number };

	return control(dev, SRD_IOC_KEEP, &keep);
}

int device_parameter(const char *name, char *text, size_t size)
{
	char path[128];

	snprintf(path, sizeof(path), MODULE_FOLDER "/parameters/%s", name);
	return read_line(path, text, size);
}

int device_default(const char *name, uint64_t *value)
{
	char text[64];
	int ret;

	ret = device_parameter(name, text, sizeof(text));
	return ret ? ret : size_parse(text, value);
}

bool device_numa_node(int node)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d", node);
	return exists(path);
}

bool device_cpu(int cpu)
{
	char path[64], line[8];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d", cpu);
	if (!exists(path))
		return false;
	/* one that cannot be switched off has no such file */
	strcat(path, "/online");
	return read_line(path, line, sizeof(line)) || *line == '1';
}

/* Bounded by udevadm's own time-out; what it says does not matter, the node is there. */
static void udev_settle(void)
{
	static const char * const paths[] = {
		"/usr/bin/udevadm", "/bin/udevadm", "/sbin/udevadm", NULL
	};
	char timeout[32];
	char *arguments[] = { "udevadm", "settle", timeout, NULL };

	if (!exists("/run/udev/control"))
		return;
	snprintf(timeout, sizeof(timeout), "--timeout=%d", SETTLE_SECONDS);
	spawn_wait(paths, arguments);
}

static int wait_node(const char *path, dev_t number)
{
	const struct timespec pause = { .tv_nsec = 5 * 1000 * 1000 };
	struct stat status;
	int waited;

	for (waited = 0; waited < NODE_WAIT_MS; waited += 5) {
		if (!stat(path, &status) && S_ISBLK(status.st_mode) && status.st_rdev == number)
			return 0;
		nanosleep(&pause, NULL);
	}
	return -ETIMEDOUT;
}

int device_wait_node(const char *path, dev_t number)
{
	int ret = wait_node(path, number);

	if (!ret)
		udev_settle();
	return ret;
}

int device_open_disk(const struct device_disk *disk, int flags)
{
	int fd, ret;

	ret = wait_node(disk->path, makedev(disk->info.major, disk->info.minor));
	if (ret)
		return ret;
	fd = open(disk->path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
