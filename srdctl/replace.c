// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - a file that appears whole, in the place of an old one or not, or not at all
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "interrupt.h"
#include "replace.h"

#define MARK		".srdctl-"
#define RANDOM_LEN	6

/* "." and the mark and what follows it have to fit into a name, too. */
#define STEM_MAX	(NAME_MAX - (int)sizeof(MARK) - RANDOM_LEN)

/*
 * Where @path, which is there, leads. The kernel is asked, as it does not follow a link that
 * another user put into a folder where all may write (fs.protected_symlinks); realpath() would.
 */
static int follow(const char *path, char real[PATH_MAX])
{
	int fd = open(path, O_PATH | O_CLOEXEC), ret = 0;
	struct stat status, named;
	char link[64];
	ssize_t length;

	if (fd < 0)
		return -errno;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, real, PATH_MAX - 1);
	if (length < 0) {
		ret = -errno;
	} else {
		real[length] = '\0';
		/* that may be no name any more */
		if (fstat(fd, &status) || lstat(real, &named) || status.st_dev != named.st_dev ||
		    status.st_ino != named.st_ino)
			ret = -ESTALE;
	}
	close(fd);
	return ret;
}

/* Where @path leads; what is not there yet has a folder that is. */
static int resolve(const char *path, char real[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char folder[PATH_MAX];
	struct stat status;
	size_t length;
	int ret;

	ret = follow(path, real);
	if (ret != -ENOENT)
		return ret;
	/* a link that leads nowhere */
	if (!lstat(path, &status))
		return -ENOENT;
	if (!*name || strlen(name) > NAME_MAX)
		return *name ? -ENAMETOOLONG : -ENOENT;
	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) + 1 : 1,
		 slash ? path : ".");
	if (!realpath(folder, real))
		return -errno;
	length = strlen(real);
	if (length + 1 + strlen(name) >= PATH_MAX)
		return -ENAMETOOLONG;
	snprintf(real + length, PATH_MAX - length, "/%s", name);
	return 0;
}

static int check_old(const char *path)
{
	struct stat status;

	if (stat(path, &status))
		return errno == ENOENT ? 0 : -errno;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	return S_ISREG(status.st_mode) ? 0 : -EINVAL;
}

static void stem_of(const char *name, char stem[NAME_MAX + 1])
{
	snprintf(stem, NAME_MAX + 1, ".%.*s" MARK, STEM_MAX, name);
}

static bool is_random(const char *text)
{
	size_t length = 0;

	while (isalnum((unsigned char)text[length]))
		length++;
	return length == RANDOM_LEN && !text[length];
}

/* Is the open file the one with that name? */
static bool is_named(int fd, int folder, const char *name)
{
	struct stat open_one, named;

	return !fstat(fd, &open_one) && !fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) &&
	       open_one.st_dev == named.st_dev && open_one.st_ino == named.st_ino;
}

/* Who writes it has it locked; and nobody starts to without looking whether it is still there. */
static void remove_left(int folder, const char *name)
{
	struct stat status;
	int fd;

	if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) || !S_ISREG(status.st_mode))
		return;
	fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	if (!flock(fd, LOCK_EX | LOCK_NB) && is_named(fd, folder, name))
		unlinkat(folder, name, 0);
	close(fd);
}

/* What somebody left here who was killed while writing the same file. */
static void remove_all_left(int folder, const char *stem)
{
	size_t length = strlen(stem);
	struct dirent *entry;
	DIR *list;
	int fd;

	fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	list = fd < 0 ? NULL : fdopendir(fd);
	if (!list) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(list))) {
		if (!strncmp(entry->d_name, stem, length) && is_random(entry->d_name + length))
			remove_left(folder, entry->d_name);
	}
	closedir(list);
}

static void random_name(const char *stem, char name[NAME_MAX + 1])
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	unsigned char random[RANDOM_LEN];
	size_t i, length = strlen(stem);

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		memset(random, getpid(), sizeof(random));
	memcpy(name, stem, length);
	for (i = 0; i < RANDOM_LEN; i++)
		name[length + i] = letters[random[i] % (sizeof(letters) - 1)];
	name[length + RANDOM_LEN] = '\0';
}

static int make_temporary(struct replace *replace, const char *stem)
{
	int tries;

	for (tries = 0; tries < 100; tries++) {
		random_name(stem, replace->temporary);
		replace->fd = openat(replace->folder, replace->temporary,
				     O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (replace->fd < 0 && errno != EEXIST)
			return -errno;
		if (replace->fd < 0)
			continue;
		/* where there are no locks, nobody will find it without one */
		flock(replace->fd, LOCK_EX);
		if (is_named(replace->fd, replace->folder, replace->temporary))
			return 0;
		/* somebody took it for left before it was locked */
		close(replace->fd);
	}
	return -EEXIST;
}

/*
 * As far as one may; rights that another owner would get by a bit of the mode are left out. Who
 * puts a file into a folder where all may write does not get what is to be written, as the kernel's
 * fs.protected_regular has it for who opens such a file.
 */
static int take_mode(const struct replace *replace)
{
	struct stat old, folder;
	mode_t mask = 07777;

	if (fstatat(replace->folder, replace->name, &old, AT_SYMLINK_NOFOLLOW))
		return 0;
	if (fstat(replace->folder, &folder))
		return -errno;
	if (folder.st_mode & S_ISVTX && folder.st_mode & 0002 && old.st_uid != geteuid() &&
	    old.st_uid != folder.st_uid)
		return -EEXIST;
	if (fchown(replace->fd, old.st_uid, old.st_gid))
		mask = 0700;
	fchmod(replace->fd, old.st_mode & mask);
	return 0;
}

static int close_both(struct replace *replace)
{
	/* some file systems say only here that there was no room */
	int ret = close(replace->fd) ? -errno : 0;

	close(replace->folder);
	return ret;
}

void replace_abandon(struct replace *replace)
{
	interrupt_leave(-1, NULL);
	unlinkat(replace->folder, replace->temporary, 0);
	close_both(replace);
}

int replace_begin(struct replace *replace, const char *path)
{
	char real[PATH_MAX], stem[NAME_MAX + 1], *slash;
	int ret;

	ret = resolve(path, real);
	if (!ret)
		ret = check_old(real);
	if (ret)
		return ret;
	slash = strrchr(real, '/');
	snprintf(replace->name, sizeof(replace->name), "%s", slash + 1);
	slash[1] = '\0';
	replace->folder = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (replace->folder < 0)
		return -errno;
	stem_of(replace->name, stem);
	remove_all_left(replace->folder, stem);
	ret = make_temporary(replace, stem);
	if (ret) {
		close(replace->folder);
		return ret;
	}
	interrupt_leave(replace->folder, replace->temporary);
	ret = take_mode(replace);
	if (ret)
		replace_abandon(replace);
	return ret;
}

static int give_name(const struct replace *replace)
{
	if (fsync(replace->fd))
		return -errno;
	/* that may have lasted, and until here all can be undone */
	interrupt_leave(-1, NULL);
	if (interrupted())
		return -EINTR;
	return renameat(replace->folder, replace->temporary, replace->folder, replace->name) ?
		       -errno : 0;
}

int replace_finish(struct replace *replace)
{
	int ret = give_name(replace);

	if (ret) {
		replace_abandon(replace);
		return ret;
	}
	/* the file is there; that its name lasts is up to the folder, where that can be asked */
	if (fsync(replace->folder) && errno != EINVAL && errno != EROFS)
		ret = -errno;
	return close_both(replace) ?: ret;
}
