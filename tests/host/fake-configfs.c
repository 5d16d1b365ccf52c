// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's NVMe target without a kernel, for tests of srdctl: a part of fake-control.c. Folders
 * below FAKE_ROOT/sys/kernel/config/nvmet have, once made, the files and folders that configfs puts
 * there, and go with them, but not while they have anything else.
 *
 * FAKE_ROOT/refuse-configfs	"END ERRNO": what is made or written at a path that ends so fails
 * FAKE_ROOT/old-target		if it exists, the target cannot ask hosts for keys
 * FAKE_ROOT/marked		if it exists, BLKROSET makes all disks read-only or not
 * FAKE_ROOT/roset		what BLKROSET was told, a line each
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake.h"

#define CONFIGFS	"/sys/kernel/config/nvmet/"

/* What the kernel puts into a folder; a name that ends with a slash is a folder. */
static const struct {
	const char *where;	/* the folder above, whose names are those of objects */
	const char *names[10];
	const char *values[10];
} groups[] = {
	{ "subsystems",
	  { "allowed_hosts/", "namespaces/", "attr_allow_any_host", "attr_serial",
	    "attr_version" },
	  { [2] = "0", [3] = "0123456789abcdef0123", [4] = "1.3" } },
	{ "namespaces",
	  { "device_path", "device_uuid", "device_nguid", "enable", "ana_grpid",
	    "revalidate_size" },
	  { "(null)", "", "00000000-0000-0000-0000-000000000000", "0", "1", "" } },
	{ "ports",
	  { "subsystems/", "referrals/", "ana_groups/", "addr_trtype", "addr_adrfam", "addr_traddr",
	    "addr_trsvcid", "addr_treq" },
	  { [3] = "", [4] = "", [5] = "", [6] = "", [7] = "not specified" } },
	{ "hosts", { "dhchap_key" }, { "" } },
};

static bool exists(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", fake_root(), name);
	return !FAKE_NEXT(access)(path, F_OK);
}

static bool is_configfs(const char *path)
{
	return !strncmp(path, CONFIGFS, strlen(CONFIGFS));
}

/* An errno, when the tests want this to fail. */
static int refused(const char *path)
{
	char file_path[PATH_MAX], end[PATH_MAX];
	int error = 0;
	FILE *file;

	snprintf(file_path, sizeof(file_path), "%s/refuse-configfs", fake_root());
	file = fopen(file_path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%4095s %d", end, &error) != 2 || strlen(end) > strlen(path) ||
	    strcmp(path + strlen(path) - strlen(end), end))
		error = 0;
	fclose(file);
	return error;
}

int fake_configfs_open(const char *path, int *flags)
{
	if (!is_configfs(path) || (*flags & O_ACCMODE) == O_RDONLY)
		return 0;
	/* an attribute is written as a whole */
	*flags |= O_TRUNC;
	return refused(path);
}

static void fill(const char *folder, size_t group)
{
	char path[PATH_MAX + 32];
	FILE *file;
	size_t i;

	for (i = 0; groups[group].names[i]; i++) {
		if (!strcmp(groups[group].names[i], "dhchap_key") && exists("old-target"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, groups[group].names[i]);
		if (path[strlen(path) - 1] == '/') {
			FAKE_NEXT(mkdir)(path, 0755);
			continue;
		}
		file = fopen(path, "we");
		if (!file)
			abort();
		fprintf(file, "%s\n", groups[group].values[i]);
		fclose(file);
	}
}

/* Which group a path belongs to; -1: none. */
static int group_of(const char *path)
{
	char folder[PATH_MAX], *last;
	size_t i;

	snprintf(folder, sizeof(folder), "%s", path);
	last = strrchr(folder, '/');
	*last = '\0';
	last = strrchr(folder, '/');
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (!strcmp(last + 1, groups[i].where))
			return i;
	}
	return -1;
}

int mkdir(const char *path, mode_t mode)
{
	char to[PATH_MAX];
	int group, error;

	if (!is_configfs(path))
		return FAKE_NEXT(mkdir)(path, mode);
	error = refused(path);
	group = group_of(path);
	if (error || group < 0) {
		errno = error ? error : EPERM;
		return -1;
	}
	if (FAKE_NEXT(mkdir)(fake_redirect(path, to), mode))
		return -1;
	fill(to, group);
	return 0;
}

/* What the kernel put there goes; @check: is there nothing else? */
static bool empty(const char *folder, bool check)
{
	struct dirent *entry;
	char path[PATH_MAX];
	bool is_empty = true;
	DIR *dir;

	dir = opendir(folder);
	if (!dir)
		abort();
	while ((entry = readdir(dir))) {
		if (*entry->d_name == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (check && entry->d_type == DT_DIR) {
			/* only what is made there is ever in it */
			is_empty &= FAKE_NEXT(rmdir)(path) == 0;
			if (is_empty)
				FAKE_NEXT(mkdir)(path, 0755);
		} else if (!check && entry->d_type == DT_DIR) {
			FAKE_NEXT(rmdir)(path);
		} else if (!check) {
			FAKE_NEXT(unlink)(path);
		}
	}
	closedir(dir);
	return is_empty;
}

/* Is there a link to it anywhere? Then the kernel keeps it. */
static bool is_linked(const char *path)
{
	char command[2 * PATH_MAX];

	snprintf(command, sizeof(command), "find '%s" CONFIGFS "' -type l -lname '%s' | grep -q .",
		 fake_root(), path);
	return !system(command);
}

int rmdir(const char *path)
{
	char to[PATH_MAX];

	if (!is_configfs(path))
		return FAKE_NEXT(rmdir)(path);
	fake_redirect(path, to);
	if (FAKE_NEXT(access)(to, F_OK))
		return -1;
	if (!empty(to, true)) {
		errno = ENOTEMPTY;
		return -1;
	}
	if (is_linked(to)) {
		errno = EBUSY;
		return -1;
	}
	empty(to, false);
	return FAKE_NEXT(rmdir)(to);
}

int unlink(const char *path)
{
	char to[PATH_MAX];

	return FAKE_NEXT(unlink)(is_configfs(path) ? fake_redirect(path, to) : path);
}

int symlink(const char *target, const char *path)
{
	int error = is_configfs(path) ? refused(path) : 0;
	char to[PATH_MAX], real[PATH_MAX];

	if (error) {
		errno = error;
		return -1;
	}
	if (!is_configfs(path))
		return FAKE_NEXT(symlink)(target, path);
	return FAKE_NEXT(symlink)(fake_redirect(target, real), fake_redirect(path, to));
}

/* BLKROSET of a disk: without FAKE_ROOT/marked the disks are snapshots, which stay as they are. */
int fake_roset(int ro)
{
	struct fake_state state = { 0 };
	char path[PATH_MAX];
	FILE *log;
	int fd, i;

	snprintf(path, sizeof(path), "%s/roset", fake_root());
	log = fopen(path, "ae");
	if (!log)
		abort();
	fprintf(log, "%d\n", ro);
	fclose(log);
	if (!exists("marked"))
		return 0;
	snprintf(path, sizeof(path), "%s/dev/srd-control", fake_root());
	fd = FAKE_NEXT(open64)(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || pread(fd, &state, sizeof(state), 0) < 0)
		abort();
	for (i = 0; i < DISKS; i++) {
		state.disk[i].info.state &= ~SRD_STATE_READ_ONLY;
		if (ro)
			state.disk[i].info.state |= SRD_STATE_READ_ONLY;
	}
	if (pwrite(fd, &state, sizeof(state), 0) < 0)
		abort();
	close(fd);
	return 0;
}
