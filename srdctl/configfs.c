// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - folders, links and files of configfs
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "configfs.h"

#define PUT_PATH(path, format) do {					\
	va_list arguments;						\
									\
	va_start(arguments, format);					\
	vsnprintf(path, sizeof(path), format, arguments);		\
	va_end(arguments);						\
} while (0)

int configfs_read(char *text, size_t size, const char *format, ...)
{
	char path[PATH_MAX];
	ssize_t count;
	int fd, ret;

	PUT_PATH(path, format);
	*text = '\0';
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	count = read(fd, text, size - 1);
	ret = count < 0 ? -errno : 0;
	close(fd);
	text[count > 0 ? count : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return ret;
}

int configfs_write(const char *text, const char *format, ...)
{
	size_t length = strlen(text);
	char path[PATH_MAX];
	int fd, ret = 0;

	PUT_PATH(path, format);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* an attribute is set by one call */
	if (write(fd, text, length) != (ssize_t)length)
		ret = errno ? -errno : -EIO;
	close(fd);
	return ret;
}

bool configfs_exists(const char *format, ...)
{
	char path[PATH_MAX];

	PUT_PATH(path, format);
	return !access(path, F_OK);
}

static int compare(const void *one, const void *other)
{
	return strcmp(*(char * const *)one, *(char * const *)other);
}

/* All names are read first: @visit may change what is there. */
static int read_names(const char *path, char ***names, size_t *count)
{
	struct dirent *entry;
	char **more, *name;
	DIR *folder;
	int ret = 0;

	folder = opendir(path);
	if (!folder)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(folder))) {
		if (*entry->d_name == '.')
			continue;
		name = strdup(entry->d_name);
		more = name ? realloc(*names, (*count + 1) * sizeof(**names)) : NULL;
		if (!more) {
			free(name);
			ret = -ENOMEM;
			break;
		}
		*names = more;
		more[(*count)++] = name;
	}
	closedir(folder);
	return ret;
}

int configfs_each(int (*visit)(const char *name, void *argument), void *argument,
		  const char *format, ...)
{
	char path[PATH_MAX], **names = NULL;
	size_t count = 0, i;
	int ret;

	PUT_PATH(path, format);
	ret = read_names(path, &names, &count);
	if (count)
		qsort(names, count, sizeof(*names), compare);
	for (i = 0; i < count; i++) {
		if (!ret)
			ret = visit(names[i], argument);
		free(names[i]);
	}
	free(names);
	return ret;
}
