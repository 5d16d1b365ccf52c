// SPDX-License-Identifier: GPL-2.0
/*
 * A control node without the module, for tests of srdctl on any machine: preloaded, it sends
 * srdctl's look at /dev, /sys, /proc and the like into the folder FAKE_ROOT and answers the
 * ioctls on FAKE_ROOT/dev/srd-control from a small table of disks that is kept in that file, so
 * that it lives from one call of srdctl to the next.
 *
 * FAKE_OPEN_ERRNO		the control node cannot be opened, for this reason
 * FAKE_ROOT/fail		"NR ERRNO COUNT": the next COUNT ioctls of number NR fail
 * FAKE_ROOT/slow		"STEPS MS ERRNO": taking a disk's memory takes so many steps of
 *				that time, and then fails unless ERRNO is 0
 * FAKE_ROOT/preallocating	what SRD_IOC_MEMORY says is still to be taken; kept by a slow one
 * FAKE_ROOT/no-node		if it exists, a new disk gets no node
 * FAKE_ROOT/spawned		the programs that srdctl started, a line each; none is run
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <linux/srd.h>

#define DISKS		16
#define DISK_MAJOR	240
#define MINORS		16
#define CAPACITY_MAX	(1ULL << 50)

struct fake_disk {
	struct srd_ioc_info info;	/* size is 0 where there is no disk */
	struct srd_ioc_stats stats;
};

struct fake_state {
	struct fake_disk disk[DISKS];
};

#define NEXT(name)	((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

static const char *fake_root(void)
{
	const char *root = getenv("FAKE_ROOT");

	if (!root)
		abort();
	return root;
}

/* Where a path leads in the tests: the kernel's folders always, others if they are there. */
static const char *redirect(const char *path, char to[PATH_MAX])
{
	static const char * const always[] = {
		"/dev/srd", "/sys/", "/proc/", "/proc", "/run/udev", "/lib/modules/",
	};
	size_t i;

	if (*path != '/')
		return path;
	snprintf(to, PATH_MAX, "%s%s", fake_root(), path);
	for (i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
		if (!strncmp(path, always[i], strlen(always[i])))
			return to;
	}
	return NEXT(access)(to, F_OK) ? path : to;
}

int open64(const char *path, int flags, ...)
{
	const char *reason = getenv("FAKE_OPEN_ERRNO");
	char to[PATH_MAX];

	if (reason && !strcmp(path, SRD_CONTROL_PATH)) {
		errno = atoi(reason);
		return -1;
	}
	return NEXT(open64)(redirect(path, to), flags, 0600);
}

int open(const char *path, int flags, ...)
{
	return open64(path, flags);
}

int __open64_2(const char *path, int flags);
int __open64_2(const char *path, int flags)
{
	return open64(path, flags);
}

FILE *fopen64(const char *path, const char *mode)
{
	char to[PATH_MAX];

	return NEXT(fopen64)(redirect(path, to), mode);
}

FILE *fopen(const char *path, const char *mode)
{
	return fopen64(path, mode);
}

DIR *opendir(const char *path)
{
	char to[PATH_MAX];

	return NEXT(opendir)(redirect(path, to));
}

int access(const char *path, int mode)
{
	char to[PATH_MAX];

	return NEXT(access)(redirect(path, to), mode);
}

ssize_t readlink(const char *path, char *link, size_t size)
{
	char to[PATH_MAX];

	return NEXT(readlink)(redirect(path, to), link, size);
}

ssize_t __readlink_chk(const char *path, char *link, size_t size, size_t room);
ssize_t __readlink_chk(const char *path, char *link, size_t size, size_t room)
{
	return size > room ? -1 : readlink(path, link, size);
}

char *realpath(const char *path, char *real)
{
	size_t length = strlen(fake_root());
	char to[PATH_MAX];

	if (!NEXT(realpath)(redirect(path, to), real))
		return NULL;
	if (!strncmp(real, fake_root(), length))
		memmove(real, real + length, strlen(real + length) + 1);
	return real;
}

char *__realpath_chk(const char *path, char *real, size_t room);
char *__realpath_chk(const char *path, char *real, size_t room)
{
	return room < PATH_MAX ? NULL : realpath(path, real);
}

/* A file "blk MAJOR:MINOR" stands for a block device. */
int stat64(const char *path, struct stat64 *status)
{
	unsigned int dev_major, dev_minor;
	char to[PATH_MAX], line[64] = "";
	FILE *file;

	if (NEXT(stat64)(redirect(path, to), status))
		return -1;
	file = S_ISREG(status->st_mode) ? NEXT(fopen64)(redirect(path, to), "re") : NULL;
	if (!file)
		return 0;
	if (fgets(line, sizeof(line), file) &&
	    sscanf(line, "blk %u:%u", &dev_major, &dev_minor) == 2) {
		status->st_mode = S_IFBLK | 0600;
		status->st_rdev = makedev(dev_major, dev_minor);
	}
	fclose(file);
	return 0;
}

int stat(const char *path, struct stat *status)
{
	return stat64(path, (struct stat64 *)status);
}

int posix_spawn(pid_t *child, const char *path, const posix_spawn_file_actions_t *actions,
		const posix_spawnattr_t *attributes, char *const arguments[],
		char *const environment[])
{
	char log_path[PATH_MAX];
	FILE *log;
	int i;

	snprintf(log_path, sizeof(log_path), "%s/spawned", fake_root());
	log = NEXT(fopen64)(log_path, "ae");
	if (!log)
		return errno;
	for (i = 0; arguments[i]; i++)
		fprintf(log, "%s%s", i ? " " : "", i ? arguments[i] : path);
	fputc('\n', log);
	fclose(log);
	return NEXT(posix_spawn)(child, "/bin/true", actions, attributes, arguments, environment);
}

static int injected_failure(unsigned int nr)
{
	unsigned int fail_nr, error, count;
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/fail", fake_root());
	file = NEXT(fopen64)(path, "r+e");
	if (!file)
		return 0;
	if (fscanf(file, "%u %u %u", &fail_nr, &error, &count) != 3 || fail_nr != nr || !count) {
		fclose(file);
		return 0;
	}
	rewind(file);
	fprintf(file, "%u %u %u\n", fail_nr, error, count - 1);
	fclose(file);
	return -(int)error;
}

static void set_node(const struct srd_ioc_info *info, bool there)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/no-node", fake_root());
	if (there && !NEXT(access)(path, F_OK))
		return;
	snprintf(path, sizeof(path), "%s/dev/%s", fake_root(), info->name);
	if (!there) {
		unlink(path);
		return;
	}
	file = NEXT(fopen64)(path, "we");
	if (!file)
		return;
	fprintf(file, "blk %u:%u\n", info->major, info->minor);
	fclose(file);
}

static struct fake_disk *find_disk(struct fake_state *state, unsigned int number)
{
	return number < DISKS && state->disk[number].info.size ? &state->disk[number] : NULL;
}

static int do_version(struct fake_state *state, void *argument)
{
	struct srd_ioc_version *version = argument;
	const char *abi = getenv("FAKE_ABI");

	(void)state;
	version->abi = abi ? (unsigned int)atoi(abi) : SRD_ABI_VERSION;
	snprintf(version->release, sizeof(version->release), "9.8.7");
	return 0;
}

/* Reads a file of FAKE_ROOT into @text; false when it is not there. */
static bool read_file(const char *name, char *text, size_t size)
{
	char path[PATH_MAX];
	FILE *file;
	bool read;

	snprintf(path, sizeof(path), "%s/%s", fake_root(), name);
	file = NEXT(fopen64)(path, "re");
	if (!file)
		return false;
	read = fgets(text, size, file);
	fclose(file);
	return read;
}

static unsigned int create_mode(const struct srd_ioc_create *create)
{
	char text[16];

	if (create->flags & SRD_CREATE_MODE)
		return create->mode;
	return read_file("sys/module/srd/parameters/mode", text, sizeof(text)) &&
	       !strcmp(text, "bio\n") ? SRD_MODE_BIO : SRD_MODE_MQ;
}

static bool queueing_is_valid(const struct srd_ioc_create *create)
{
	if (create_mode(create) == SRD_MODE_BIO)
		return !create->queues && !create->queue_depth &&
		       !(create->flags & SRD_CREATE_POLL_QUEUES);
	return create_mode(create) == SRD_MODE_MQ && create->queues <= 64 &&
	       create->poll_queues <= 64;
}

static bool flags_are_valid(const struct srd_ioc_create *create)
{
	const __u32 both = SRD_CREATE_PREALLOC | SRD_CREATE_SPARSE;

	if (create->flags & ~(SRD_CREATE_READ_ONLY | SRD_CREATE_NUMBER | SRD_CREATE_NODE |
			      SRD_CREATE_MODE | SRD_CREATE_POLL_QUEUES | both) ||
	    (create->flags & both) == both)
		return false;
	if (!(create->flags & SRD_CREATE_MODE) && create->mode)
		return false;
	return create->flags & SRD_CREATE_POLL_QUEUES || !create->poll_queues;
}

/* What disks that are being created have still to take is in a file, for other processes. */
static void set_preallocating(unsigned long long bytes)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/preallocating", fake_root());
	file = NEXT(fopen64)(path, "we");
	if (!file)
		abort();
	fprintf(file, "%llu", bytes);
	fclose(file);
}

static int take_memory(const struct srd_ioc_create *create)
{
	unsigned int step, steps, ms, error;
	struct timespec pause;
	char text[64];

	if (!read_file("slow", text, sizeof(text)) ||
	    sscanf(text, "%u %u %u", &steps, &ms, &error) != 3)
		return 0;
	pause.tv_sec = ms / 1000;
	pause.tv_nsec = ms % 1000 * 1000000;
	for (step = 0; step < steps; step++) {
		set_preallocating(create->capacity / steps * (steps - step));
		nanosleep(&pause, NULL);
	}
	set_preallocating(0);
	return -(int)error;
}

static int check_create(struct fake_state *state, const struct srd_ioc_create *create)
{
	unsigned int i, block = create->block_size ? create->block_size : 512;

	if (!flags_are_valid(create) || !queueing_is_valid(create) ||
	    create->reserved || *create->name ||
	    block < 512 || block > 4096 || block & (block - 1) ||
	    !create->capacity || create->capacity % block || create->node > 0)
		return -EINVAL;
	if (create->capacity > CAPACITY_MAX)
		return -EFBIG;
	for (i = 0; i < DISKS; i++) {
		if (state->disk[i].info.size && *create->label &&
		    !strcmp(state->disk[i].info.label, create->label))
			return -EEXIST;
	}
	if (create->flags & SRD_CREATE_NUMBER && find_disk(state, create->number))
		return -EEXIST;
	return 0;
}

static void set_info(struct srd_ioc_info *info, const struct srd_ioc_create *create)
{
	info->size = sizeof(*info);
	info->number = create->number;
	if (create->flags & SRD_CREATE_READ_ONLY)
		info->state |= SRD_STATE_READ_ONLY;
	if (create->flags & SRD_CREATE_PREALLOC)
		info->state |= SRD_STATE_PREALLOC;
	info->capacity = create->capacity;
	info->used = 4096;
	info->limit = create->limit;
	info->block_size = create->block_size ? create->block_size : 512;
	info->mode = create_mode(create);
	if (info->mode == SRD_MODE_MQ) {
		info->queues = create->queues ? create->queues : 2;
		info->queue_depth = create->queue_depth ? create->queue_depth : 128;
		info->poll_queues = create->poll_queues;
	}
	info->node = create->node;
	info->origin = -1;
	info->major = DISK_MAJOR;
	info->minor = create->number * MINORS;
	memcpy(info->label, create->label, sizeof(info->label));
	memcpy(info->name, create->name, sizeof(info->name));
}

static int do_create(struct fake_state *state, void *argument)
{
	struct srd_ioc_create *create = argument;
	int ret;

	ret = check_create(state, create);
	if (!ret && create->flags & SRD_CREATE_PREALLOC)
		ret = take_memory(create);
	if (ret)
		return ret;
	if (!(create->flags & SRD_CREATE_NUMBER)) {
		create->number = 0;
		while (find_disk(state, create->number))
			create->number++;
	}
	if (create->number >= DISKS)
		return -ENOSPC;
	if (!(create->flags & SRD_CREATE_NODE))
		create->node = -1;
	snprintf(create->name, sizeof(create->name), "srd%u", create->number);
	memset(&state->disk[create->number], 0, sizeof(state->disk[0]));
	set_info(&state->disk[create->number].info, create);
	set_node(&state->disk[create->number].info, true);
	return 0;
}

static int do_remove(struct fake_state *state, void *argument)
{
	const struct srd_ioc_remove *remove = argument;
	struct fake_disk *disk = find_disk(state, remove->number);

	if (remove->flags == (SRD_REMOVE_FORCE | SRD_REMOVE_DEFERRED) || remove->reserved)
		return -EINVAL;
	if (!disk)
		return -ENODEV;
	if (disk->info.openers && !remove->flags)
		return -EBUSY;
	if (disk->info.openers && remove->flags == SRD_REMOVE_DEFERRED) {
		disk->info.state |= SRD_STATE_DEFERRED;
		return 0;
	}
	set_node(&disk->info, false);
	memset(disk, 0, sizeof(*disk));
	return 0;
}

static int do_resize(struct fake_state *state, void *argument)
{
	const struct srd_ioc_resize *resize = argument;
	struct fake_disk *disk = find_disk(state, resize->number);

	if (!disk)
		return -ENODEV;
	if (!resize->capacity || resize->capacity % disk->info.block_size)
		return -EINVAL;
	if (resize->capacity > CAPACITY_MAX)
		return -EFBIG;
	if (resize->capacity < disk->info.capacity && disk->info.openers &&
	    !(resize->flags & SRD_RESIZE_FORCE))
		return -EBUSY;
	disk->info.capacity = resize->capacity;
	return 0;
}

static int do_info(struct fake_state *state, void *argument)
{
	struct srd_ioc_info *info = argument;
	const struct fake_disk *disk = find_disk(state, info->number);

	if (info->flags)
		return -EINVAL;
	if (!disk)
		return -ENODEV;
	*info = disk->info;
	return 0;
}

static int do_next(struct fake_state *state, void *argument)
{
	struct srd_ioc_info *info = argument;

	while (info->number < DISKS && !find_disk(state, info->number))
		info->number++;
	return do_info(state, info);
}

static int do_stats(struct fake_state *state, void *argument)
{
	struct srd_ioc_stats *stats = argument;
	const struct fake_disk *disk = find_disk(state, stats->number);

	if (!disk)
		return -ENODEV;
	*stats = disk->stats;
	stats->size = sizeof(*stats);
	stats->number = disk->info.number;
	stats->latency_sample = 16;
	return 0;
}

static int do_reset_stats(struct fake_state *state, void *argument)
{
	const struct srd_ioc_reset_stats *reset = argument;
	struct fake_disk *disk = find_disk(state, reset->number);

	if (!disk)
		return -ENODEV;
	memset(&disk->stats, 0, sizeof(disk->stats));
	return 0;
}

static int do_memory(struct fake_state *state, void *argument)
{
	struct srd_ioc_memory *memory = argument;
	char text[32];
	int i;

	memory->limit = 1ULL << 32;
	memory->pending = 8192;
	memory->reserve = 1ULL << 26;
	if (read_file("preallocating", text, sizeof(text)))
		memory->preallocating = strtoull(text, NULL, 10);
	memory->used = memory->pending;
	for (i = 0; i < DISKS; i++) {
		memory->used += state->disk[i].info.used;
		memory->disks += !!state->disk[i].info.size;
	}
	return 0;
}

/* What disks share: a table's node and a page. */
#define SHARED		8192

static int do_snapshot(struct fake_state *state, void *argument)
{
	struct srd_ioc_snapshot *snapshot = argument;
	struct fake_disk *source = find_disk(state, snapshot->source);
	struct srd_ioc_create create = {
		.size = sizeof(create), .flags = SRD_CREATE_SPARSE | SRD_CREATE_MODE,
		.number = snapshot->number,
	};
	struct fake_disk *disk;
	int ret;

	if (snapshot->flags & ~(SRD_SNAPSHOT_WRITABLE | SRD_SNAPSHOT_NUMBER |
				SRD_SNAPSHOT_NO_FREEZE | SRD_SNAPSHOT_TEMPORARY))
		return -EINVAL;
	if (!source)
		return -ENODEV;
	create.capacity = source->info.capacity;
	create.block_size = source->info.block_size;
	create.mode = source->info.mode;
	if (snapshot->flags & SRD_SNAPSHOT_NUMBER)
		create.flags |= SRD_CREATE_NUMBER;
	if (!(snapshot->flags & SRD_SNAPSHOT_WRITABLE))
		create.flags |= SRD_CREATE_READ_ONLY;
	memcpy(create.label, snapshot->label, sizeof(create.label));
	memcpy(create.name, snapshot->name, sizeof(create.name));
	ret = do_create(state, &create);
	if (ret)
		return ret;
	disk = find_disk(state, create.number);
	disk->info.origin = snapshot->source;
	disk->info.shared = SHARED;
	source->info.shared = SHARED;
	snapshot->number = create.number;
	memcpy(snapshot->name, create.name, sizeof(snapshot->name));
	return 0;
}

static int replaceable(const struct fake_disk *disk)
{
	if (disk->info.state & SRD_STATE_READ_ONLY)
		return -EROFS;
	if (disk->info.state & SRD_STATE_PREALLOC)
		return -EOPNOTSUPP;
	return disk->info.openers ? -EBUSY : 0;
}

static int do_rollback(struct fake_state *state, void *argument)
{
	const struct srd_ioc_rollback *rollback = argument;
	struct fake_disk *disk = find_disk(state, rollback->number);
	const struct fake_disk *to = find_disk(state, rollback->to);
	int ret;

	if (rollback->number == rollback->to)
		return -EINVAL;
	if (!disk || !to)
		return -ENODEV;
	ret = replaceable(disk);
	if (ret)
		return ret;
	if (to->info.origin != (__s32)rollback->number)
		return -EXDEV;
	disk->info.capacity = to->info.capacity;
	return 0;
}

static int do_window(struct fake_state *state, void *argument)
{
	const struct srd_ioc_window *window = argument;
	struct fake_disk *disk = find_disk(state, window->number);

	if (!disk)
		return -ENODEV;
	if (window->flags & SRD_WINDOW_ON)
		disk->info.state |= SRD_STATE_WINDOW;
	else
		disk->info.state &= ~SRD_STATE_WINDOW;
	return 0;
}

static int do_reset(struct fake_state *state, void *argument)
{
	const struct srd_ioc_reset *reset = argument;
	struct fake_disk *disk = find_disk(state, reset->number);
	int ret;

	if (!disk)
		return -ENODEV;
	ret = replaceable(disk);
	if (!ret)
		disk->info.shared = 0;
	return ret;
}

/* The first and the third MiB of each disk, one of them shared. */
static int do_extents(struct fake_state *state, void *argument)
{
	static const struct srd_extent all[] = {
		{ .start = 0, .length = 1 << 20 },
		{ .start = 2 << 20, .length = 1 << 20, .flags = SRD_EXTENT_SHARED },
	};
	struct srd_ioc_extents *extents = argument;
	const struct fake_disk *disk = find_disk(state, extents->number);
	struct srd_extent *to = (void *)(uintptr_t)extents->extents;
	__u32 room = extents->count;
	size_t i;

	if (!disk)
		return -ENODEV;
	if (extents->flags || !room)
		return -EINVAL;
	if (!extents->end || extents->end > disk->info.capacity)
		extents->end = disk->info.capacity;
	extents->count = 0;
	for (i = 0; i < sizeof(all) / sizeof(all[0]) && extents->count < room; i++) {
		if (all[i].start < extents->start || all[i].start >= extents->end)
			continue;
		to[extents->count++] = all[i];
		extents->start = all[i].start + all[i].length;
	}
	if (i == sizeof(all) / sizeof(all[0]))
		extents->start = extents->end;
	return 0;
}

static const struct {
	unsigned long command;
	int (*run)(struct fake_state *state, void *argument);
	bool changes;
} commands[] = {
	{ SRD_IOC_VERSION,	do_version,	false },
	{ SRD_IOC_CREATE,	do_create,	true },
	{ SRD_IOC_REMOVE,	do_remove,	true },
	{ SRD_IOC_RESIZE,	do_resize,	true },
	{ SRD_IOC_INFO,		do_info,	false },
	{ SRD_IOC_NEXT,		do_next,	false },
	{ SRD_IOC_STATS,	do_stats,	false },
	{ SRD_IOC_RESET_STATS,	do_reset_stats,	true },
	{ SRD_IOC_MEMORY,	do_memory,	false },
	{ SRD_IOC_SNAPSHOT,	do_snapshot,	true },
	{ SRD_IOC_ROLLBACK,	do_rollback,	true },
	{ SRD_IOC_RESET,	do_reset,	true },
	{ SRD_IOC_EXTENTS,	do_extents,	false },
	{ SRD_IOC_WINDOW,	do_window,	true },
};

static int run_command(int fd, unsigned long command, void *argument)
{
	struct fake_state state = { 0 };
	__u32 size;
	size_t i;
	int ret;

	ret = injected_failure(_IOC_NR(command));
	if (ret)
		return ret;
	memcpy(&size, argument, sizeof(size));
	if (size != _IOC_SIZE(command))
		return -EINVAL;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (commands[i].command == command)
			break;
	}
	if (i == sizeof(commands) / sizeof(commands[0]))
		return -ENOTTY;
	if (pread(fd, &state, sizeof(state), 0) < 0)
		return -errno;
	ret = commands[i].run(&state, argument);
	/* a node that was opened for reading only cannot change anything */
	if (!ret && commands[i].changes && pwrite(fd, &state, sizeof(state), 0) < 0)
		return -errno;
	return ret;
}

int ioctl(int fd, unsigned long command, ...)
{
	va_list arguments;
	void *argument;
	int ret;

	va_start(arguments, command);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (_IOC_TYPE(command) != SRD_IOC_MAGIC)
		return NEXT(ioctl)(fd, command, argument);
	ret = run_command(fd, command, argument);
	if (ret < 0)
		errno = -ret;
	return ret < 0 ? -1 : 0;
}
