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
 * FAKE_ROOT/events		what is read from the node, EVENTS_AT_ONCE at a time; then it ends
 * FAKE_ROOT/quiet		if it exists, poll() waits in vain when they are over
 * FAKE_ROOT/busy		"NUMBER OP IOS BYTES ERRORS BUCKET", a line each: what is asked of a
 *				disk whenever its counters have been looked at by one srdctl
 * FAKE_ROOT/no-node		if it exists, a new disk gets no node
 * FAKE_ROOT/refuse		if there is something in it, times are not set: EINVAL
 * FAKE_ROOT/set		what SRD_IOC_SET set last
 * FAKE_ROOT/spawned		the programs that srdctl started, a line each; none is run
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <poll.h>
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

#include "fake.h"

#define DISK_MAJOR	240
#define MINORS		16
#define EVENTS_AT_ONCE	2
#define CAPACITY_MAX	(1ULL << 50)

#define NEXT(name)	FAKE_NEXT(name)

const char *fake_root(void)
{
	const char *root = getenv("FAKE_ROOT");

	if (!root)
		abort();
	return root;
}

/* Where a path leads in the tests: the kernel's folders always, others if they are there. */
const char *fake_redirect(const char *path, char *to)
{
	static const char * const always[] = {
		"/dev/srd", "/sys/", "/proc/", "/proc", "/run/udev", "/lib/modules",
		"/var/lib/dkms",
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
	int error;

	error = reason && !strcmp(path, SRD_CONTROL_PATH) ? atoi(reason) :
							     fake_configfs_open(path, &flags);
	if (error) {
		errno = error;
		return -1;
	}
	return NEXT(open64)(fake_redirect(path, to), flags, 0600);
}

/* How much of what was read are whole events, and not too many; of nonsense, all. */
static size_t whole_events(const char *buffer, size_t count)
{
	size_t done = 0;
	__u32 size;
	int i;

	for (i = 0; i < EVENTS_AT_ONCE && count - done >= sizeof(size); i++) {
		memcpy(&size, buffer + done, sizeof(size));
		if (size < sizeof(struct srd_event) || size > count - done)
			break;
		done += size;
	}
	return done ? done : count;
}

static bool is_control(int fd)
{
	struct stat64 file, node;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/dev/srd-control", fake_root());
	return !NEXT(fstat64)(fd, &file) && !NEXT(stat64)(path, &node) &&
	       file.st_ino == node.st_ino && file.st_dev == node.st_dev;
}

/* Events have a place of their own: disks are kept where they would be read. */
static off_t place;

/* A file can always be read; the node has something to say only while there are events. */
int poll(struct pollfd *fds, nfds_t count, int ms)
{
	char path[PATH_MAX];
	struct stat64 events;

	snprintf(path, sizeof(path), "%s/quiet", fake_root());
	if (!count || !is_control(fds[0].fd) || NEXT(access)(path, F_OK))
		return NEXT(poll)(fds, count, ms);
	snprintf(path, sizeof(path), "%s/events", fake_root());
	if (!NEXT(stat64)(path, &events) && events.st_size > place)
		return NEXT(poll)(fds, count, ms);
	fds[0].fd = -1;
	return NEXT(poll)(fds, count, ms);
}

ssize_t read(int fd, void *buffer, size_t size)
{
	char path[PATH_MAX];
	ssize_t count;
	int events;

	if (!is_control(fd))
		return NEXT(read)(fd, buffer, size);
	snprintf(path, sizeof(path), "%s/events", fake_root());
	events = NEXT(open64)(path, O_RDONLY | O_CLOEXEC);
	if (events < 0) {
		/* as a module that has none */
		errno = EINVAL;
		return -1;
	}
	count = NEXT(pread64)(events, buffer, size, place);
	close(events);
	if (count > 0) {
		count = whole_events(buffer, count);
		place += count;
	}
	return count;
}

ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room);
ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room)
{
	return size > room ? -1 : read(fd, buffer, size);
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

	return NEXT(fopen64)(fake_redirect(path, to), mode);
}

FILE *fopen(const char *path, const char *mode)
{
	return fopen64(path, mode);
}

DIR *opendir(const char *path)
{
	char to[PATH_MAX];

	return NEXT(opendir)(fake_redirect(path, to));
}

int access(const char *path, int mode)
{
	char to[PATH_MAX];

	return NEXT(access)(fake_redirect(path, to), mode);
}

ssize_t readlink(const char *path, char *link, size_t size)
{
	char to[PATH_MAX];

	return NEXT(readlink)(fake_redirect(path, to), link, size);
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

	if (!NEXT(realpath)(fake_redirect(path, to), real))
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

	if (NEXT(stat64)(fake_redirect(path, to), status))
		return -1;
	file = S_ISREG(status->st_mode) ? NEXT(fopen64)(fake_redirect(path, to), "re") : NULL;
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
	const __u32 caches = SRD_CREATE_VOLATILE | SRD_CREATE_DURABLE;

	if (create->flags & ~(SRD_CREATE_READ_ONLY | SRD_CREATE_NUMBER | SRD_CREATE_NODE |
			      SRD_CREATE_MODE | SRD_CREATE_POLL_QUEUES | both | caches) ||
	    (create->flags & both) == both || (create->flags & caches) == caches)
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
	if (create->flags & SRD_CREATE_VOLATILE)
		info->state |= SRD_STATE_VOLATILE;
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
	state->disk[create->number].timing.cpu = -1;
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
	if (disk->info.state & SRD_STATE_OFF)
		return -ESHUTDOWN;
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

/* What has been asked of a disk meanwhile. */
static void be_busy(struct srd_ioc_stats *stats, unsigned int looks)
{
	unsigned int number, op, ios, bytes, errors, bucket;
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/busy", fake_root());
	file = NEXT(fopen64)(path, "re");
	if (!file)
		return;
	while (fscanf(file, "%u %u %u %u %u %u", &number, &op, &ios, &bytes, &errors,
		      &bucket) == 6) {
		if (number != stats->number || op >= SRD_OP_SLOTS || bucket >= SRD_LATENCY_BUCKETS)
			continue;
		stats->op[op].ios += looks * ios;
		stats->op[op].bytes += looks * bytes;
		stats->op[op].errors += looks * errors;
		stats->op[op].latency[bucket] += looks * ios;
	}
	fclose(file);
}

static int do_stats(struct fake_state *state, void *argument)
{
	static unsigned int looks[DISKS];
	struct srd_ioc_stats *stats = argument;
	const struct fake_disk *disk = find_disk(state, stats->number);

	if (!disk)
		return -ENODEV;
	*stats = disk->stats;
	stats->size = sizeof(*stats);
	stats->number = disk->info.number;
	stats->latency_sample = 16;
	be_busy(stats, looks[stats->number]++);
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

static int do_rule_add(struct fake_state *state, void *argument)
{
	struct srd_ioc_rule *add = argument;
	struct fake_disk *disk = find_disk(state, add->number);
	int i;

	if (!disk)
		return -ENODEV;
	if (add->rule.what == SRD_FAULT_TIMEOUT && disk->info.mode == SRD_MODE_BIO)
		return -EOPNOTSUPP;
	if (add->rule.id || add->rule.seen || add->rule.hits || !add->rule.ops ||
	    add->rule.what >= SRD_FAULT_COUNT)
		return -EINVAL;
	for (i = 0; i < RULES && disk->rules[i].id; i++)
		;
	if (i == RULES)
		return -ENOSPC;
	add->rule.id = ++disk->last_rule;
	disk->rules[i] = add->rule;
	disk->info.state |= SRD_STATE_FAULTS;
	return 0;
}

static int do_rule_next(struct fake_state *state, void *argument)
{
	struct srd_ioc_rule *next = argument;
	const struct fake_disk *disk = find_disk(state, next->number);
	const struct srd_rule *found = NULL;
	int i;

	if (!disk)
		return -ENODEV;
	for (i = 0; i < RULES; i++) {
		const struct srd_rule *rule = &disk->rules[i];

		if (rule->id && rule->id >= next->rule.id && (!found || rule->id < found->id))
			found = rule;
	}
	if (!found)
		return -ENOENT;
	next->rule = *found;
	return 0;
}

static int do_rule_remove(struct fake_state *state, void *argument)
{
	const struct srd_ioc_rule_remove *remove = argument;
	struct fake_disk *disk = find_disk(state, remove->number);
	int i, ret = remove->flags ? 0 : -ENOENT;

	if (!disk)
		return -ENODEV;
	if (remove->flags & ~SRD_RULES_ALL || (remove->flags && remove->id))
		return -EINVAL;
	for (i = 0; i < RULES; i++) {
		if (!disk->rules[i].id || (!remove->flags && disk->rules[i].id != remove->id))
			continue;
		memset(&disk->rules[i], 0, sizeof(disk->rules[i]));
		ret = 0;
	}
	return ret;
}

static int do_timing(struct fake_state *state, void *argument)
{
	struct srd_ioc_timing *timing = argument;
	struct fake_disk *disk = find_disk(state, timing->number);
	struct srd_ioc_timing set = *timing;
	char text[8];

	if (!disk)
		return -ENODEV;
	if (!(timing->flags & SRD_TIMING_SET)) {
		*timing = disk->timing;
		timing->size = set.size;
		timing->flags = set.flags;
		timing->number = set.number;
		return 0;
	}
	if (!(timing->flags & SRD_TIMING_SEED) || timing->cpu > 63 ||
	    read_file("refuse", text, sizeof(text)))
		return -EINVAL;
	disk->timing = set;
	disk->info.state |= SRD_STATE_TIMING;
	return 0;
}

/* Of what was cached a third is lost. */
static int do_power(struct fake_state *state, void *argument)
{
	struct srd_ioc_power *power = argument;
	struct fake_disk *disk = find_disk(state, power->number);
	__u64 blocks;

	if (!disk)
		return -ENODEV;
	if (!(power->flags & SRD_POWER_ON)) {
		disk->info.state |= SRD_STATE_OFF;
		return 0;
	}
	if (!(power->flags & SRD_POWER_SEED) || power->keep >= SRD_KEEP_COUNT)
		return -EINVAL;
	if (!(disk->info.state & SRD_STATE_OFF))
		return 0;
	if (disk->info.openers)
		return -EBUSY;
	blocks = disk->info.cached / disk->info.block_size;
	power->lost = blocks / 3;
	power->kept = blocks - power->lost;
	disk->info.cached = 0;
	disk->info.state &= ~SRD_STATE_OFF;
	return 0;
}

static int do_set(struct fake_state *state, void *argument)
{
	const struct srd_ioc_set *set = argument;
	struct fake_disk *disk = find_disk(state, set->number);
	char path[PATH_MAX];
	FILE *file;

	if (!disk)
		return -ENODEV;
	if (disk->info.state & SRD_STATE_OFF)
		return -ESHUTDOWN;
	if (set->flags & SRD_SET_VOLATILE) {
		if (set->cache == SRD_CACHE_VOLATILE && disk->info.state & SRD_STATE_WINDOW)
			return -EBUSY;
		disk->info.state &= ~SRD_STATE_VOLATILE;
		if (set->cache == SRD_CACHE_VOLATILE)
			disk->info.state |= SRD_STATE_VOLATILE;
	}
	snprintf(path, sizeof(path), "%s/set", fake_root());
	file = NEXT(fopen64)(path, "we");
	if (!file)
		return -errno;
	fprintf(file, "flags=%u cache=%u heal=%u seed=%llu\n", set->flags, set->cache, set->heal,
		(unsigned long long)set->seed);
	fclose(file);
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
	{ SRD_IOC_RULE_ADD,	do_rule_add,	true },
	{ SRD_IOC_RULE_NEXT,	do_rule_next,	false },
	{ SRD_IOC_RULE_REMOVE,	do_rule_remove,	true },
	{ SRD_IOC_TIMING,	do_timing,	true },
	{ SRD_IOC_POWER,	do_power,	true },
	{ SRD_IOC_SET,		do_set,		true },
};

static int run_command(int fd, unsigned long command, void *argument)
{
	struct fake_state state = { 0 }, before;
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
	before = state;
	ret = commands[i].run(&state, argument);
	/* a node that was opened for reading only cannot change anything */
	if (!ret && commands[i].changes && memcmp(&before, &state, sizeof(state)) &&
	    pwrite(fd, &state, sizeof(state), 0) < 0)
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
	if (command == BLKROSET)
		return fake_roset(*(int *)argument);
	if (_IOC_TYPE(command) != SRD_IOC_MAGIC)
		return NEXT(ioctl)(fd, command, argument);
	ret = run_command(fd, command, argument);
	if (ret < 0)
		errno = -ret;
	return ret < 0 ? -1 : 0;
}
