// SPDX-License-Identifier: GPL-2.0
/*
 * Saves and restores with files in the place of disks: the formats by themselves.
 *
 * srdctl-image-test save DISK FILE raw|zstd THREADS	FILE becomes what srdctl save writes
 * srdctl-image-test load FILE DISK any|raw|zstd THREADS	DISK, and its size, what is restored
 * srdctl-image-test zero FILE		how many bytes of whole pages are zero at its start
 * srdctl-image-test digest FILE [POS]	pages_digest() of it, as if it lay there
 *
 * Prints the errno of what failed. A page of a disk has memory where the file has data.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image.h"
#include "pages.h"

static int disk = -1;
static uint64_t disk_bytes;

/* The kernel's part: one extent in each answer, from one hole of the file to the next. */
int device_extents(const struct device *dev, struct srd_ioc_extents *extents)
{
	struct srd_extent *extent = (struct srd_extent *)(uintptr_t)extents->extents;
	off_t data, hole;

	(void)dev;
	extents->count = 0;
	extents->end = disk_bytes;
	data = lseek(disk, extents->start, SEEK_DATA);
	if (data < 0) {
		extents->start = disk_bytes;
		return 0;
	}
	hole = lseek(disk, data, SEEK_HOLE);
	*extent = (struct srd_extent){ .start = data, .length = hole - data };
	extents->count = 1;
	extents->start = hole;
	return 0;
}

static void open_disk(const char *path, int flags)
{
	struct stat status;

	disk = open(path, flags, 0600);
	if (disk < 0 || fstat(disk, &status))
		exit(2);
	disk_bytes = status.st_size;
}

static int save(char **argv)
{
	const struct image_packing packing = { .level = 3, .threads = atoi(argv[3]) };
	struct content content = { .threads = packing.threads };
	int fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600), ret;

	open_disk(argv[0], O_RDONLY);
	content.fd = disk;
	content.capacity = disk_bytes;
	if (!strcmp(argv[2], "zstd"))
		ret = image_zstd_save(&content, fd, &packing);
	else
		ret = image_raw_save(&content, fd);
	close(fd);
	return ret;
}

static int load(char **argv)
{
	struct content content = { .threads = atoi(argv[3]) };
	enum image_format format = IMAGE_ANY;
	struct image image;
	int ret;

	image_format_parse(argv[2], &format);
	if (!strcmp(argv[2], "any"))
		format = IMAGE_ANY;
	ret = image_open(&image, argv[0], format);
	if (ret)
		return ret;
	open_disk(argv[1], O_RDWR | O_CREAT | O_TRUNC);
	if (ftruncate(disk, image.capacity))
		exit(2);
	disk_bytes = image.capacity;
	content.fd = disk;
	content.capacity = image.capacity;
	ret = image_load(&image, &content);
	if (!ret)
		ret = content_verify(&content);
	printf("%s %llu\n", image_format_name(image.format), (unsigned long long)image.capacity);
	image_close(&image);
	return ret;
}

static void look(const char *what, const char *path, uint64_t pos)
{
	struct image image;

	if (image_open(&image, path, IMAGE_RAW))
		exit(2);
	if (!strcmp(what, "zero"))
		printf("%zu\n", pages_zero(image.map, image.length));
	else
		printf("%016llx\n",
		       (unsigned long long)pages_digest(image.map, image.length, pos));
	image_close(&image);
}

int main(int argc, char **argv)
{
	int ret = 0;

	if (argc == 6 && !strcmp(argv[1], "save"))
		ret = save(argv + 2);
	else if (argc == 6)
		ret = load(argv + 2);
	else if (argc >= 3)
		look(argv[1], argv[2], argc > 3 ? strtoull(argv[3], NULL, 10) : 0);
	if (ret)
		puts(strerrorname_np(-ret));
	return !!ret;
}
