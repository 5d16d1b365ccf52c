// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - who holds a disk that is busy
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "holders.h"
#include "nvmet.h"

#define SHOWN_MAX	8	/* more are counted, not named */
#define WAIT_MS		100
#define WAIT_ATTEMPTS	30

struct search {
	const struct device_disk *disk;
	FILE *out;
	unsigned int found;
	bool lasting;
};

static void found(struct search *search, bool lasting, const char *how, const char *who,
		  const char *more)
{
	search->lasting |= lasting;
	if (search->found++ < SHOWN_MAX)
		fprintf(search->out, "%s%s %s%s", search->found > 1 ? ", " : "", how, who, more);
}

/* Is this path that of the disk, or of one of its partitions? */
static bool is_disk_path(const struct search *search, const char *path)
{
	size_t length = strlen(search->disk->path);

	if (strncmp(path, search->disk->path, length))
		return false;
	return !path[length] || (path[length] == 'p' && isdigit((unsigned char)path[length + 1]));
}

/* The same for a device number; partitions beyond the disk's minors are asked for in sysfs. */
static bool is_disk_number(const struct search *search, dev_t number)
{
	const struct srd_ioc_info *info = &search->disk->info;
	char path[PATH_MAX], link[PATH_MAX];
	ssize_t length;

	if (number == makedev(info->major, info->minor))
		return true;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(number), minor(number));
	length = readlink(path, link, sizeof(link) - 1);
	if (length < 0)
		return false;
	link[length] = '\0';
	snprintf(path, sizeof(path), "/block/%s/", info->name);
	return strstr(link, path);
}

/*
 * A line of mountinfo: id parent major:minor root mountpoint options [tags] - type source more.
 * btrfs has device numbers of its own there, so the source counts too.
 */
static void search_mounts(struct search *search)
{
	char *line = NULL, *mountpoint = NULL, *source = NULL;
	unsigned int dev_major, dev_minor;
	const char *rest;
	size_t size = 0;
	FILE *file;

	file = fopen("/proc/self/mountinfo", "re");
	if (!file)
		return;
	while (getline(&line, &size, file) > 0) {
		rest = strstr(line, " - ");
		if (rest && sscanf(line, "%*d %*d %u:%u %*s %ms", &dev_major, &dev_minor,
				   &mountpoint) == 3 &&
		    sscanf(rest, " - %*s %ms", &source) == 1 &&
		    (is_disk_path(search, source) ||
		     is_disk_number(search, makedev(dev_major, dev_minor))))
			found(search, true, "mounted on", mountpoint, "");
		free(mountpoint);
		free(source);
		mountpoint = NULL;
		source = NULL;
	}
	free(line);
	fclose(file);
}

static void search_swaps(struct search *search)
{
	char *line = NULL;
	size_t size = 0;
	FILE *file;

	file = fopen("/proc/swaps", "re");
	if (!file)
		return;
	while (getline(&line, &size, file) > 0) {
		line[strcspn(line, " \t\n")] = '\0';
		if (is_disk_path(search, line))
			found(search, true, "used as swap", line, "");
	}
	free(line);
	fclose(file);
}

static void search_stacked_on(struct search *search, const char *path)
{
	struct dirent *entry;
	DIR *folder = opendir(path);

	if (!folder)
		return;
	while ((entry = readdir(folder))) {
		if (*entry->d_name != '.')
			found(search, true, "part of", entry->d_name, "");
	}
	closedir(folder);
}

/* Device mapper, md and the like leave their names in the folder holders of what they use. */
static void search_stacked(struct search *search)
{
	const char *name = search->disk->info.name;
	struct dirent *entry;
	char path[PATH_MAX];
	DIR *folder;

	snprintf(path, sizeof(path), "/sys/block/%s/holders", name);
	search_stacked_on(search, path);
	snprintf(path, sizeof(path), "/sys/block/%s", name);
	folder = opendir(path);
	if (!folder)
		return;
	while ((entry = readdir(folder))) {
		if (strncmp(entry->d_name, name, strlen(name)))
			continue;
		snprintf(path, sizeof(path), "/sys/block/%s/%s/holders", name, entry->d_name);
		search_stacked_on(search, path);
	}
	closedir(folder);
}

static void read_name(const char *path, char *name, size_t size)
{
	ssize_t count = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		count = read(fd, name, size - 1);
		close(fd);
	}
	name[count > 0 ? count : 0] = '\0';
	name[strcspn(name, "\n")] = '\0';
}

static void search_loops(struct search *search)
{
	char path[PATH_MAX], file[PATH_MAX];
	struct dirent *entry;
	DIR *folder;

	folder = opendir("/sys/block");
	if (!folder)
		return;
	while ((entry = readdir(folder))) {
		if (strncmp(entry->d_name, "loop", 4))
			continue;
		snprintf(path, sizeof(path), "/sys/block/%s/loop/backing_file", entry->d_name);
		read_name(path, file, sizeof(file));
		if (is_disk_path(search, file))
			found(search, true, "behind", entry->d_name, "");
	}
	closedir(folder);
}

static bool is_disk_fd(const struct search *search, const char *path)
{
	char link[PATH_MAX];
	struct stat status;
	ssize_t length;

	length = readlink(path, link, sizeof(link) - 1);
	if (length < 0)
		return false;
	link[length] = '\0';
	if (is_disk_path(search, link))
		return true;
	/* a node of another name; anything that is not under /dev may be slow to ask */
	return !strncmp(link, "/dev/", 5) && !stat(path, &status) && S_ISBLK(status.st_mode) &&
	       is_disk_number(search, status.st_rdev);
}

static void search_process(struct search *search, const char *pid)
{
	char path[PATH_MAX], name[64], more[64];
	struct dirent *entry;
	bool open = false;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	folder = opendir(path);
	if (!folder)
		return;
	while (!open && (entry = readdir(folder))) {
		snprintf(path, sizeof(path), "/proc/%s/fd/%s", pid, entry->d_name);
		open = is_disk_fd(search, path);
	}
	closedir(folder);
	if (!open)
		return;
	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	read_name(path, name, sizeof(name));
	snprintf(more, sizeof(more), " (pid %.20s)", pid);
	found(search, false, "open in", *name ? name : "a process", more);
}

static void search_processes(struct search *search)
{
	struct dirent *entry;
	DIR *folder;

	folder = opendir("/proc");
	if (!folder)
		return;
	while ((entry = readdir(folder))) {
		if (isdigit((unsigned char)*entry->d_name))
			search_process(search, entry->d_name);
	}
	closedir(folder);
}

/* The kernel's NVMe target is no process, and tells only in its own folders what it has open. */
static void search_exports(struct search *search)
{
	char nqn[NVMET_NQN_LEN];

	if (nvmet_serves(search->disk->path, nqn))
		found(search, true, "exported as", nqn, "");
}

void holders_find(const struct device_disk *disk, struct holders *holders)
{
	struct search search = { .disk = disk };
	size_t size;

	holders->text = NULL;
	holders->lasting = false;
	search.out = open_memstream(&holders->text, &size);
	if (!search.out)
		return;
	search_mounts(&search);
	search_swaps(&search);
	search_stacked(&search);
	search_loops(&search);
	search_exports(&search);
	search_processes(&search);
	if (search.found > SHOWN_MAX)
		fprintf(search.out, " and %u more", search.found - SHOWN_MAX);
	if (fclose(search.out) || !search.found)
		holders_free(holders);
	holders->lasting = search.lasting;
}

void holders_free(struct holders *holders)
{
	free(holders->text);
	holders->text = NULL;
}

bool holders_wait(const struct device_disk *disk, int attempt, struct holders *holders)
{
	const struct timespec pause = { .tv_nsec = WAIT_MS * 1000 * 1000 };

	holders_find(disk, holders);
	if (holders->lasting || attempt >= WAIT_ATTEMPTS)
		return false;
	holders_free(holders);
	nanosleep(&pause, NULL);
	return true;
}

bool holders_retry(const struct device_disk *disk, int attempt, struct holders *holders, int *ret)
{
	if (*ret != -EBUSY || !holders_wait(disk, attempt, holders))
		return false;
	if (device_is_there(disk))
		return true;
	*ret = -ENODEV;
	return false;
}

const char *holders_text(const struct holders *holders)
{
	return holders->text ? holders->text :
			       "something that cannot be seen from here holds it";
}
