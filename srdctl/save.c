// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl save - write what a disk holds to a file
 *
 * What is read is a snapshot, which the kernel takes away when this program ends, however it ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "image.h"
#include "interrupt.h"
#include "progress.h"
#include "ranges.h"
#include "replace.h"
#include "verbs.h"
#include "workers.h"

enum {
	OPTION_LEVEL = 256,
	OPTION_NO_FREEZE,
	OPTION_PROGRESS,
	OPTION_THREADS,
};

enum {
	COLUMN_PATH,
	COLUMN_FORMAT,
	COLUMN_CAPACITY,
	COLUMN_DATA,
	COLUMN_FILE,
	COLUMN_SECONDS,
};

static const struct print_column columns[] = {
	[COLUMN_PATH] = { "PATH", PRINT_TEXT, PRINT_ALWAYS, "the file" },
	[COLUMN_FORMAT] = { "FORMAT", PRINT_TEXT, PRINT_ALWAYS, "raw or zstd" },
	[COLUMN_CAPACITY] = { "CAPACITY", PRINT_SIZE, PRINT_ALWAYS, "size of the disk" },
	[COLUMN_DATA] = { "DATA", PRINT_SIZE, PRINT_ALWAYS, "bytes of pages that are not zero" },
	[COLUMN_FILE] = { "FILE", PRINT_SIZE, PRINT_ALWAYS, "bytes that the file takes" },
	[COLUMN_SECONDS] = { "SECONDS", PRINT_NUMBER, PRINT_ALWAYS, "time that it took" },
};

/* What the user wants, and what has come of it. */
struct save {
	const char *path;
	enum image_format format;
	struct image_packing packing;
	uint32_t flags;			/* of the snapshot */
	bool json;
	bool progress;
	uint64_t capacity;
	uint64_t data;
	uint64_t file;
	double seconds;
};

static const struct verb_error file_errors[] = {
	{ EISDIR, "a folder: name the file in it" },
	{ EEXIST, "another user's, where all may write: remove it, or use another place" },
	{ EFBIG, "larger than files can be there: use --format zstd, or another place" },
	{ EINVAL, "not a file: to copy a disk to another one, use cp or dd" },
	{ ENOSPC, "no room for it; what was there before is as it was" },
	{ EDQUOT, "no room for it; what was there before is as it was" },
	{ ENOENT, "there is no such folder" },
	{ ESTALE, "somebody replaced it just now: try again" },
	{ EACCES, "may not be written there" },
	{ EPERM, "may not be written there" },
	{ ENOMEM, "no memory left: use a lower --level, or fewer --threads" },
	{ 0 }
};

static const struct verb_error disk_errors[] = {
	{ ENXIO, "the disk was removed, or became smaller, while it was read" },
	{ ETIMEDOUT, "its node did not come: is /dev a devtmpfs?" },
	{ 0 }
};

static void fill(struct print_cell *cell, unsigned int column, const void *row)
{
	const struct save *save = row;
	char text[32];

	switch (column) {
	case COLUMN_PATH:
		return print_text(cell, save->path);
	case COLUMN_FORMAT:
		return print_text(cell, image_format_name(save->format));
	case COLUMN_CAPACITY:
		return print_number(cell, save->capacity);
	case COLUMN_DATA:
		return print_number(cell, save->data);
	case COLUMN_FILE:
		return print_number(cell, save->file);
	default:
		snprintf(text, sizeof(text), "%.3f", save->seconds);
		print_text(cell, text);
	}
}

static const struct print_schema schema = {
	.name = "save",
	.columns = columns,
	.count = ARRAY_SIZE(columns),
	.fill = fill,
};

static int save_content(struct save *save, struct content *content, int fd)
{
	pid_t progress = -1;
	uint64_t total;
	int ret;

	if (save->progress && !ranges_total(content->dev, content->number, &total)) {
		content->progress = progress_counter();
		progress = progress_watch("saving", content->progress, total);
	}
	if (save->format == IMAGE_ZSTD)
		ret = image_zstd_save(content, fd, &save->packing);
	else
		ret = image_raw_save(content, fd);
	progress_end(progress);
	return ret;
}

static uint64_t file_bytes(int fd)
{
	struct stat status;

	return fstat(fd, &status) ? 0 : status.st_blocks * 512ULL;
}

static int failed(const struct save *save, const struct content *content,
		  const struct device_disk *disk, int error)
{
	/* said by the shell, as of any program that a signal ends */
	if (error == -EINTR && interrupted())
		return EXIT_FAILURE;
	if (atomic_load(&content->failed))
		return verb_failed(disk->info.name, error, disk_errors);
	return verb_failed(save->path, error, file_errors);
}

/* From here on there is something to tidy up. */
static int save_to_file(struct save *save, struct content *content, const struct device_disk *disk)
{
	struct replace replace;
	int ret;

	interrupt_catch();
	ret = replace_begin(&replace, save->path);
	if (!ret) {
		ret = save_content(save, content, replace.fd);
		save->file = file_bytes(replace.fd);
		if (ret)
			replace_abandon(&replace);
		else
			ret = replace_finish(&replace);
	}
	save->capacity = content->capacity;
	save->data = atomic_load(&content->data);
	return ret ? failed(save, content, disk, ret) : EXIT_SUCCESS;
}

static int save_disk(struct save *save, const struct device *dev, const struct device_disk *disk)
{
	struct content content = {
		.dev = dev, .number = disk->info.number, .capacity = disk->info.capacity,
		.threads = save->packing.threads,
	};
	int status;

	content.fd = device_open_disk(disk, O_RDONLY | O_DIRECT);
	if (content.fd < 0)
		return verb_failed(disk->info.name, content.fd, disk_errors);
	status = save_to_file(save, &content, disk);
	close(content.fd);
	return status;
}

static int save_snapshot(struct save *save, const struct device *dev, const char *name)
{
	struct srd_ioc_snapshot snapshot = { .flags = save->flags | SRD_SNAPSHOT_TEMPORARY };
	struct device_disk disk;
	int ret;

	if (!verb_find(dev, name, &disk))
		return EXIT_FAILURE;
	snapshot.source = disk.info.number;
	ret = device_snapshot(dev, &snapshot);
	if (ret)
		return verb_failed(disk.info.name, ret, snapshot_errors);
	ret = device_get(dev, snapshot.number, &disk);
	if (ret)
		return verb_failed(snapshot.name, ret, NULL);
	return save_disk(save, dev, &disk);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec * 1e-9;
}

static void tell(const struct verb *verb, struct save *save)
{
	struct print_options options = { .format = PRINT_FORMAT_JSON };
	struct print *print;

	if (!save->json) {
		puts(save->path);
		return;
	}
	print = verb_print(verb, &options);
	print_row(print, save);
	print_close(print);
}

static int run_save(const struct verb *verb, struct save *save, const char *name)
{
	double start = now();
	struct device dev;
	int status;

	if (!verb_open(&dev, DEVICE_CHANGE))
		return EXIT_FAILURE;
	status = save_snapshot(save, &dev, name);
	/* and with it the snapshot */
	device_close(&dev);
	save->seconds = now() - start;
	/* a signal that came too late to undo it does not change what has been done */
	if (status == EXIT_SUCCESS)
		tell(verb, save);
	else
		interrupt_release();
	return status;
}

static bool set_count(const struct verb *verb, const char *what, const char *text,
		      unsigned int max, unsigned int *count)
{
	if (!verb_number(verb, what, text, max, count))
		return false;
	if (!*count)
		verb_usage(verb, "save: %s must not be 0", what);
	return *count;
}

static bool set_option(const struct verb *verb, int option, struct save *save)
{
	switch (option) {
	case 'f':
		if (image_format_parse(optarg, &save->format))
			return true;
		verb_usage(verb, "save: format '%s' is neither raw nor zstd", optarg);
		return false;
	case 'J':
		save->json = true;
		return true;
	case OPTION_LEVEL:
		return set_count(verb, "level", optarg, image_zstd_level_max(),
				 &save->packing.level);
	case OPTION_NO_FREEZE:
		save->flags |= SRD_SNAPSHOT_NO_FREEZE;
		return true;
	case OPTION_PROGRESS:
		save->progress = true;
		return true;
	case OPTION_THREADS:
		return set_count(verb, "threads", optarg, WORKERS_MAX, &save->packing.threads);
	default:
		return false;
	}
}

static int run(const struct verb *verb, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "format",	required_argument,	NULL, 'f' },
		{ "help",	no_argument,		NULL, 'h' },
		{ "json",	no_argument,		NULL, 'J' },
		{ "level",	required_argument,	NULL, OPTION_LEVEL },
		{ "no-freeze",	no_argument,		NULL, OPTION_NO_FREEZE },
		{ "progress",	no_argument,		NULL, OPTION_PROGRESS },
		{ "threads",	required_argument,	NULL, OPTION_THREADS },
		{ 0 }
	};
	struct save save = {
		.packing = { .level = IMAGE_LEVEL, .threads = workers_max() },
		.progress = isatty(STDERR_FILENO),
	};
	int option;

	while ((option = verb_getopt(verb, argc, argv, ":f:hJ", long_options)) != -1) {
		if (!set_option(verb, option, &save))
			return EXIT_USAGE;
	}
	if (optind != argc - 2)
		return verb_usage(verb, "save: say which disk, and to what file");
	save.path = argv[optind + 1];
	if (!strcmp(save.path, "-"))
		return verb_usage(verb, "save: '-' is no file: say ./- if that is its name");
	if (save.format == IMAGE_ANY)
		save.format = image_format_of(save.path);
	return run_save(verb, &save, argv[optind]);
}

const struct verb verb_save = {
	.name = "save",
	.usage = "[OPTIONS] DEV FILE",
	.summary = "write what a disk holds now to a file, and print its path",
	.options =
		" -f, --format FORMAT  raw or zstd; without it zstd for a FILE of .zst, else raw\n"
		"     --level N        how hard zstd tries, 1 to 22; without it 3\n"
		"     --threads N      how many; without it one for each CPU\n"
		"     --no-freeze      leave mounted file systems alone: as after a power cut\n"
		" -J, --json           JSON: path, format, bytes and seconds\n"
		"     --progress       show how it gets on, as on a terminal\n",
	.note =
		"A raw file has holes where the disk has zeroes; losetup and qemu-img take it as\n"
		"it is. A zstd file is one that zstd -d makes a raw one of. FILE appears when all\n"
		"of it is written: whatever happens before, an old one stays as it was.\n",
	.schema = &schema,
	.run = run,
};
