// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - files that hold what a disk holds: what they have in common
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image.h"

static const char * const names[] = {
	[IMAGE_RAW]	= "raw",
	[IMAGE_ZSTD]	= "zstd",
};

static char unreadable[512];	/* what to say when it turns out so */

bool image_format_parse(const char *text, enum image_format *format)
{
	for (*format = IMAGE_RAW; *format < ARRAY_SIZE(names); (*format)++) {
		if (!strcmp(text, names[*format]))
			return true;
	}
	return false;
}

const char *image_format_name(enum image_format format)
{
	return names[format];
}

enum image_format image_format_of(const char *path)
{
	size_t length = strlen(path);

	return length > 4 && !strcmp(path + length - 4, ".zst") ? IMAGE_ZSTD : IMAGE_RAW;
}

/* Looking at a page of the map that cannot be read, or is not there any more, leads here. */
static void end_unreadable(int number)
{
	static atomic_flag said = ATOMIC_FLAG_INIT;
	ssize_t written;

	(void)number;
	/* another thread may be here already, and ends this one, too */
	while (atomic_flag_test_and_set(&said))
		pause();
	written = write(STDERR_FILENO, unreadable, strlen(unreadable));
	(void)written;
	_exit(EXIT_FAILURE);
}

static void guard(const char *path)
{
	struct sigaction action = { .sa_handler = end_unreadable };

	snprintf(unreadable, sizeof(unreadable),
		 "srdctl: %.400s: it cannot be read to its end, or became shorter meanwhile\n",
		 path);
	sigaction(SIGBUS, &action, NULL);
}

static int map_file(struct image *image)
{
	struct stat status;
	void *map;

	if (fstat(image->fd, &status))
		return -errno;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	if (!status.st_size)
		return -ENODATA;
	image->length = status.st_size;
	map = mmap(NULL, image->length, PROT_READ, MAP_SHARED, image->fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	image->map = map;
	return 0;
}

static int look(struct image *image, enum image_format format)
{
	int ret;

	if (format != IMAGE_ZSTD) {
		ret = image_raw_open(image);
		/* one that says that it is raw may hold what begins as zstd does */
		if (format == IMAGE_RAW || (!ret && image->saved == image->length))
			return 0;
	}
	if (format == IMAGE_ANY && !image_zstd_is(image->map, image->length))
		return 0;
	image->format = IMAGE_ZSTD;
	return image_zstd_open(image);
}

int image_open(struct image *image, const char *path, enum image_format format)
{
	int ret;

	memset(image, 0, sizeof(*image));
	image->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (image->fd < 0)
		return -errno;
	ret = map_file(image);
	if (ret) {
		close(image->fd);
		return ret;
	}
	guard(path);
	ret = look(image, format);
	if (ret)
		image_close(image);
	return ret;
}

void image_close(struct image *image)
{
	munmap((void *)image->map, image->length);
	close(image->fd);
}

int image_load(struct image *image, struct content *content)
{
	return image->format == IMAGE_ZSTD ? image_zstd_load(image, content) :
					     image_raw_load(image, content);
}
