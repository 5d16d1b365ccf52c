/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - files that hold what a disk holds, and their formats
 *
 * Raw: the disk byte for byte, with holes where it has zeroes. Its size is also in the attribute
 * user.srd.size, where the file system has such, so that a file which was cut off is seen.
 *
 * zstd: the same, compressed; zstd -d makes a raw one of it. It starts with a frame that zstd
 * skips, which has the size of the disk (struct image_head). Every frame of data has a checksum.
 * Long ranges of zeroes are copies of one frame.
 */
#ifndef SRDCTL_IMAGE_H
#define SRDCTL_IMAGE_H

#include <stdbool.h>

#include "content.h"

enum image_format {
	IMAGE_ANY,		/* as the file says */
	IMAGE_RAW,
	IMAGE_ZSTD,
};

/* A file that is read. */
struct image {
	int fd;
	const uint8_t *map;	/* all of it */
	uint64_t length;
	enum image_format format;
	uint64_t capacity;	/* of the disk that it holds */
	uint64_t saved;		/* what a raw file's attribute says of that, or the same */
	atomic_ullong *progress; /* counts the bytes that are dealt with, of @length; or NULL */
};

/* How a file is compressed. */
struct image_packing {
	unsigned int level;
	unsigned int threads;
};

#define IMAGE_LEVEL	3	/* unless the user says otherwise */

/* "raw" or "zstd"; false when @text is neither. */
bool image_format_parse(const char *text, enum image_format *format);
const char *image_format_name(enum image_format format);

/* The format of a file that is to be written, from the end of its name. */
enum image_format image_format_of(const char *path);

/**
 * image_open() - open a file, and find what it holds
 * @image: to be closed with image_close() when this succeeds
 * @path: a file
 * @format: what it is, or IMAGE_ANY
 *
 * May have to read all of a zstd file whose frames do not say how much they hold. From here to
 * the end, a file that cannot be read or becomes shorter ends the program, with one line.
 *
 * Return: 0; -EISDIR, -EINVAL it is no file; -ENODATA it is empty, or ends too early; -EBADMSG it
 * is damaged; or another negative errno.
 */
int image_open(struct image *image, const char *path, enum image_format format);
void image_close(struct image *image);

/**
 * image_load() - write what a file holds to a disk that reads as zeroes
 * @image: the file
 * @content: the disk, of the same capacity
 *
 * Return: 0; -ENODATA the file ends too early; -EBADMSG it is damaged; -EFBIG it holds more than
 * it says; -EFAULT it cannot be read; or another negative errno, of the disk when
 * @content->failed.
 */
int image_load(struct image *image, struct content *content);

/* As content_write(), to count and not to write where @content is NULL. */
int image_raw_load(struct image *image, struct content *content);
int image_raw_open(struct image *image);
int image_zstd_load(struct image *image, struct content *content);
int image_zstd_open(struct image *image);
bool image_zstd_is(const uint8_t *data, uint64_t length);

/**
 * image_raw_save() - write what a disk holds to a file
 * @content: the disk
 * @fd: an empty file
 *
 * Return: 0 or a negative errno, of the disk when @content->failed; -EINTR a signal came.
 */
int image_raw_save(struct content *content, int fd);

/* The same for zstd. */
int image_zstd_save(struct content *content, int fd, const struct image_packing *packing);

/* The highest level of compression. */
unsigned int image_zstd_level_max(void);

#endif /* SRDCTL_IMAGE_H */
