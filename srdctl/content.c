// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - what a disk holds: read, and written
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "content.h"
#include "interrupt.h"
#include "pages.h"
#include "ranges.h"
#include "workers.h"

/* A hole that is no longer than this is read along with what is around it. */
#define GAP_MAX		(32U << 10)

/* What the threads that read a disk share. */
struct reading {
	struct content *content;
	int (*take)(void *argument, uint64_t pos, const void *data, size_t length);
	void *argument;
	atomic_bool stop;		/* one of them failed */
	pthread_mutex_t lock;		/* guards the following */
	struct ranges ranges;
	struct srd_extent rest;		/* of the range that is being read, or the next one */
};

struct chunk {
	uint64_t pos;
	size_t length;
};

void *content_buffer(size_t size)
{
	void *buffer;

	return posix_memalign(&buffer, PAGE_BYTES, size) ? NULL : buffer;
}

/* Adds as much of the rest as fits; true when there is room for what comes next. */
static bool add_rest(struct reading *reading, struct chunk *chunk)
{
	struct srd_extent *rest = &reading->rest;
	uint64_t room = chunk->pos + CONTENT_CHUNK - rest->start;
	uint64_t length = rest->length < room ? rest->length : room;

	chunk->length = rest->start + length - chunk->pos;
	rest->start += length;
	rest->length -= length;
	return !rest->length;
}

static bool follows(const struct chunk *chunk, const struct srd_extent *rest)
{
	uint64_t end = chunk->pos + chunk->length;

	return rest->length && rest->start - end <= GAP_MAX &&
	       rest->start - chunk->pos < CONTENT_CHUNK;
}

/* The next piece to be read; of no length at the end. */
static int next_chunk(struct reading *reading, struct chunk *chunk)
{
	struct srd_extent *rest = &reading->rest;
	int ret = 0;

	pthread_mutex_lock(&reading->lock);
	if (!rest->length)
		ret = ranges_next(&reading->ranges, rest);
	chunk->pos = rest->start;
	chunk->length = 0;
	while (!ret && follows(chunk, rest) && add_rest(reading, chunk))
		ret = ranges_next(&reading->ranges, rest);
	pthread_mutex_unlock(&reading->lock);
	if (ret)
		atomic_store(&reading->content->failed, true);
	return ret;
}

static int read_chunk(struct content *content, const struct chunk *chunk, char *buffer)
{
	ssize_t count;
	size_t done;

	for (done = 0; done < chunk->length; done += count) {
		count = pread(content->fd, buffer + done, chunk->length - done, chunk->pos + done);
		if (count > 0)
			continue;
		atomic_store(&content->failed, true);
		/* the end came too early: it has shrunk, or is gone */
		return count ? -errno : -ENXIO;
	}
	return 0;
}

static int take_chunk(struct reading *reading, const struct chunk *chunk, const char *buffer)
{
	struct content *content = reading->content;
	size_t done = 0, data;
	int ret;

	for (;;) {
		done += pages_zero(buffer + done, chunk->length - done);
		data = pages_data(buffer + done, chunk->length - done);
		if (!data)
			break;
		ret = reading->take(reading->argument, chunk->pos + done, buffer + done, data);
		if (ret)
			return ret;
		atomic_fetch_add(&content->data, data);
		done += data;
	}
	if (content->progress)
		atomic_fetch_add(content->progress, chunk->length);
	return 0;
}

static int read_chunks(struct reading *reading, char *buffer)
{
	struct chunk chunk;
	int ret;

	while (!atomic_load(&reading->stop)) {
		if (interrupted())
			return -EINTR;
		ret = next_chunk(reading, &chunk);
		if (ret || !chunk.length)
			return ret;
		ret = read_chunk(reading->content, &chunk, buffer);
		if (!ret)
			ret = take_chunk(reading, &chunk, buffer);
		if (ret)
			return ret;
	}
	return 0;
}

static int work(void *argument)
{
	struct reading *reading = argument;
	char *buffer = content_buffer(CONTENT_CHUNK);
	int ret;

	ret = buffer ? read_chunks(reading, buffer) : -ENOMEM;
	free(buffer);
	if (ret)
		atomic_store(&reading->stop, true);
	return ret;
}

int content_read(struct content *content, unsigned int threads,
		 int (*take)(void *argument, uint64_t pos, const void *data, size_t length),
		 void *argument)
{
	struct reading reading = {
		.content = content, .take = take, .argument = argument,
		.lock = PTHREAD_MUTEX_INITIALIZER,
	};

	ranges_begin(&reading.ranges, content->dev, content->number);
	return workers_run(threads, work, &reading);
}

static int write_data(struct content *content, uint64_t pos, const char *data, size_t length)
{
	ssize_t count;

	for (; length; pos += count, data += count, length -= count) {
		count = pwrite(content->fd, data, length, pos);
		if (count > 0)
			continue;
		if (!count || errno != EFAULT)
			atomic_store(&content->failed, true);
		return count ? -errno : -ENXIO;
	}
	return 0;
}

int content_write(struct content *content, uint64_t pos, const void *data, size_t length)
{
	const char *bytes = data;
	size_t done = 0, part;
	int ret;

	for (;;) {
		done += pages_zero(bytes + done, length - done);
		if (done == length)
			return 0;
		part = pages_data(bytes + done, length - done);
		/* it has become zero meanwhile */
		if (!part)
			continue;
		atomic_fetch_add(&content->digest, pages_digest(bytes + done, part, pos + done));
		atomic_fetch_add(&content->data, part);
		ret = write_data(content, pos + done, bytes + done, part);
		if (ret)
			return ret;
		done += part;
	}
}

static int add_digest(void *argument, uint64_t pos, const void *data, size_t length)
{
	atomic_fetch_add((atomic_ullong *)argument, pages_digest(data, length, pos));
	return 0;
}

int content_verify(struct content *content)
{
	unsigned long long data = atomic_load(&content->data);
	atomic_ullong digest = 0;
	int ret;

	atomic_store(&content->data, 0);
	ret = content_read(content, content->threads, add_digest, &digest);
	if (ret)
		return ret;
	if (data != atomic_load(&content->data) || digest != atomic_load(&content->digest))
		return -EILSEQ;
	return 0;
}
