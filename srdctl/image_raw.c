// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - raw files: a disk byte for byte, with holes
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "image.h"
#include "pages.h"
#include "size.h"
#include "workers.h"

#define SIZE_ATTRIBUTE	"user.srd.size"

/* What the threads that save to a file share. */
struct saving {
	int fd;
	pthread_mutex_t lock;	/* who writes */
};

static int write_all(int fd, uint64_t pos, const char *data, size_t length)
{
	ssize_t count;

	for (; length; pos += count, data += count, length -= count) {
		count = pwrite(fd, data, length, pos);
		if (count < 0)
			return -errno;
	}
	return 0;
}

/* File systems let one write to a file at a time: who waits for that here does not spin there. */
static int take(void *argument, uint64_t pos, const void *data, size_t length)
{
	struct saving *saving = argument;
	int ret;

	pthread_mutex_lock(&saving->lock);
	ret = write_all(saving->fd, pos, data, length);
	pthread_mutex_unlock(&saving->lock);
	return ret;
}

/* Not every file system has attributes, and without it the file is as good. */
static void note_size(int fd, uint64_t size)
{
	char text[SIZE_TEXT_LEN];
	int length = snprintf(text, sizeof(text), "%llu", (unsigned long long)size);

	if (fsetxattr(fd, SIZE_ATTRIBUTE, text, length, 0))
		return;
}

int image_raw_save(struct content *content, int fd)
{
	struct saving saving = { .fd = fd, .lock = PTHREAD_MUTEX_INITIALIZER };

	if (ftruncate(fd, content->capacity))
		return -errno;
	note_size(fd, content->capacity);
	return content_read(content, content->threads, take, &saving);
}

/**
 * image_raw_open() - take a file for a raw one
 * @image: open; is told size and format
 *
 * Return: 0; -ENODATA no attribute says that it is one.
 */
int image_raw_open(struct image *image)
{
	char text[SIZE_TEXT_LEN];
	ssize_t length;

	image->format = IMAGE_RAW;
	image->capacity = image->length;
	image->saved = image->length;
	length = fgetxattr(image->fd, SIZE_ATTRIBUTE, text, sizeof(text) - 1);
	if (length <= 0)
		return -ENODATA;
	text[length] = '\0';
	return size_parse(text, &image->saved) ? -ENODATA : 0;
}

/* What the threads that load a file share. */
struct loading {
	struct image *image;
	struct content *content;
	atomic_bool stop;		/* one of them failed */
	pthread_mutex_t lock;		/* guards the following, and where the file is read */
	uint64_t pos;			/* what comes before is dealt with */
	uint64_t end;			/* no hole comes before that */
};

/* Finds data from where one is; where the file system cannot tell, all are. */
static void find_data(struct loading *loading)
{
	const struct image *image = loading->image;
	off_t data = lseek(image->fd, loading->pos, SEEK_DATA), hole;

	if (data < 0)
		data = errno == ENXIO ? (off_t)image->length : (off_t)loading->pos;
	if ((uint64_t)data > loading->pos)
		loading->pos = data - data % PAGE_BYTES;
	hole = lseek(image->fd, data, SEEK_HOLE);
	loading->end = hole < 0 ? image->length : (uint64_t)hole;
	loading->end += -loading->end % PAGE_BYTES;
	if (loading->end > image->length)
		loading->end = image->length;
}

/* The next piece to be written; of no length at the end. */
static size_t next_piece(struct loading *loading, uint64_t *pos)
{
	size_t length;

	pthread_mutex_lock(&loading->lock);
	if (loading->pos >= loading->end && loading->pos < loading->image->length)
		find_data(loading);
	*pos = loading->pos;
	length = 0;
	if (loading->end > *pos)
		length = loading->end - *pos < CONTENT_CHUNK ? loading->end - *pos : CONTENT_CHUNK;
	loading->pos += length;
	pthread_mutex_unlock(&loading->lock);
	return length;
}

static int work(void *argument)
{
	struct loading *loading = argument;
	const struct image *image = loading->image;
	uint64_t pos;
	size_t length;
	int ret = 0;

	while (!ret && !atomic_load(&loading->stop)) {
		length = next_piece(loading, &pos);
		if (!length)
			break;
		/* all at once is faster than page by page; what fails is seen below */
		madvise((void *)(image->map + pos), length, MADV_POPULATE_READ);
		ret = content_write(loading->content, pos, image->map + pos, length);
		if (image->progress)
			atomic_store(image->progress, pos + length);
	}
	if (ret)
		atomic_store(&loading->stop, true);
	return ret;
}

int image_raw_load(struct image *image, struct content *content)
{
	struct loading loading = {
		.image = image, .content = content, .lock = PTHREAD_MUTEX_INITIALIZER,
	};

	return workers_run(content->threads, work, &loading);
}
