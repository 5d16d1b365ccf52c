// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl restore - make a disk of what was saved
 *
 * Until all of it has been read back, the disk is one that the kernel takes away when this program
 * ends, however it ends. A disk that is there already is not touched before that: a clone of it is
 * filled, and the disk is rolled back to the clone.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/fs.h>

#include "holders.h"
#include "image.h"
#include "progress.h"
#include "ranges.h"
#include "verbs.h"
#include "workers.h"

enum {
	OPTION_ANY_SIZE = 256,
	OPTION_INTO,
	OPTION_PROGRESS,
	OPTION_THREADS,
};

#define SECTOR_BYTES	512

/* What the user wants. */
struct restore {
	const char *path;
	const char *into;		/* a disk, or NULL: a new one */
	enum image_format format;
	unsigned int threads;
	bool any_size;
	bool progress;
	struct srd_ioc_create create;
};

static const struct verb_error file_errors[] = {
	{ ENOENT, "no such file" },
	{ EACCES, "may not be read" },
	{ EISDIR, "a folder: name the file in it" },
	{ EINVAL, "not a file" },
	{ ENODATA, "cut off: it ends before what was saved does; use another copy" },
	{ EBADMSG, "damaged: its data or a checksum is wrong; use another copy" },
	{ EFBIG, "damaged: it holds more than the size that it says; use another copy" },
	{ EFAULT, "it cannot be read to its end, or became shorter meanwhile" },
	{ 0 }
};

static const struct verb_error disk_errors[] = {
	{ EEXIST, "the number or the label is taken by another disk (see: srdctl list)" },
	{ EFBIG, "it is larger than any disk can be" },
	{ EINVAL, "the module refuses such a disk (see: srdctl help restore)" },
	{ EMLINK, "too many disks share its memory: remove some of its snapshots" },
	{ ENXIO, "the disk was removed while it was written" },
	{ ETIMEDOUT, "its node did not come: is /dev a devtmpfs?" },
	{ EILSEQ, "what was written reads back otherwise: the file changed, or memory is bad" },
	{ ENOSPC, "no memory for it: a limit or the reserve is in the way (see: srdctl memory)" },
	{ 0 }
};

static int failed(const struct restore *restore, const struct content *content, int error)
{
	bool disk = atomic_load(&content->failed) || error == -EILSEQ;

	return verb_failed(restore->path, error, disk ? disk_errors : file_errors);
}

static int load(const struct restore *restore, struct image *image, struct content *content)
{
	pid_t progress;
	int ret;

	image->progress = restore->progress ? progress_counter() : NULL;
	progress = progress_watch("restoring", image->progress, image->length);
	ret = image_load(image, content);
	progress_end(progress);
	if (ret)
		return ret;
	content->progress = restore->progress ? progress_counter() : NULL;
	progress = progress_watch("verifying", content->progress, atomic_load(&content->data));
	ret = content_verify(content);
	progress_end(progress);
	return ret;
}

static bool fill_disk(const struct restore *restore, struct image *image, const struct device *dev,
		      const struct device_disk *disk)
{
	struct content content = {
		.dev = dev, .number = disk->info.number, .capacity = disk->info.capacity,
		.threads = restore->threads,
	};
	int ret;

	content.fd = device_open_disk(disk, O_RDWR | O_DIRECT | O_EXCL);
	if (content.fd < 0) {
		verb_failed(disk->info.name, content.fd, disk_errors);
		return false;
	}
	ret = load(restore, image, &content);
	/* a disk may have a cache that a power cut empties */
	if (!ret && fsync(content.fd)) {
		ret = -errno;
		atomic_store(&content.failed, true);
	}
	/* partitions came with the data; what is no table of them is none of our business */
	if (!ret)
		ioctl(content.fd, BLKRRPART);
	close(content.fd);
	if (ret)
		failed(restore, &content, ret);
	return !ret;
}

static int restore_new(struct restore *restore, struct image *image, const struct device *dev)
{
	struct srd_ioc_create *create = &restore->create;
	struct device_disk disk;
	int ret;

	create->capacity = image->capacity;
	create->flags |= SRD_CREATE_TEMPORARY;
	ret = device_create(dev, create);
	/* of all numbers; the other one of this name is about memory */
	if (ret == -ENOSPC) {
		verb_warn("no number is free: remove a disk (see: srdctl list)");
		return EXIT_FAILURE;
	}
	if (!ret)
		ret = device_get(dev, create->number, &disk);
	if (ret)
		return ret == -EINVAL && create_explain(restore->path, create) ?
		       EXIT_FAILURE : verb_failed(restore->path, ret, disk_errors);
	if (!fill_disk(restore, image, dev, &disk))
		return EXIT_FAILURE;
	ret = device_keep(dev, create->number);
	/* from here on nothing may fail, as the disk stays */
	return ret ? verb_failed(disk.info.name, ret, NULL) : verb_there(&disk);
}

static bool is_empty(const struct device *dev, const struct device_disk *disk)
{
	uint64_t bytes;
	int ret;

	ret = ranges_total(dev, disk->info.number, &bytes);
	if (ret)
		verb_failed(disk->info.name, ret, NULL);
	else if (bytes)
		verb_warn("%s: not empty (if nobody needs what it holds: srdctl reset %s)",
			  disk->info.name, disk->info.name);
	return !ret && !bytes;
}

static void warn_busy(const struct device_disk *disk)
{
	struct holders holders = { 0 };

	holders_find(disk, &holders);
	verb_warn("%s: busy: %s (free it first)", disk->info.name, holders_text(&holders));
	holders_free(&holders);
}

/* Says so when the disk is none that can take what the file holds. */
static bool can_take(const struct device *dev, struct device_disk *disk, const struct image *image)
{
	const struct srd_ioc_info *info = &disk->info;
	const uint64_t sequence = disk->sequence;
	uint32_t number = info->number;
	struct holders holders = { 0 };
	int attempt = 0, ret;

	while (info->openers && holders_wait(disk, attempt++, &holders)) {
		ret = device_get(dev, number, disk);
		disk->sequence = sequence;
		if (ret || !device_is_there(disk)) {
			verb_warn("srd%u: it was removed meanwhile", number);
			return false;
		}
	}
	holders_free(&holders);
	if (info->openers)
		warn_busy(disk);
	else if (info->state & SRD_STATE_READ_ONLY)
		verb_warn("%s: it is read-only", info->name);
	else if (info->state & SRD_STATE_PREALLOC)
		verb_warn("%s: it keeps the memory that it has (prealloc): restore to a new disk",
			  info->name);
	else if (info->capacity != image->capacity)
		verb_warn("%s: it has %llu bytes, and what was saved %llu: srdctl resize %s %llu",
			  info->name, (unsigned long long)info->capacity,
			  (unsigned long long)image->capacity, info->name,
			  (unsigned long long)image->capacity);
	else
		return is_empty(dev, disk);
	return false;
}

static int make_clone(const struct device *dev, uint32_t number, struct device_disk *clone)
{
	struct srd_ioc_snapshot snapshot = {
		.source = number,
		.flags = SRD_SNAPSHOT_WRITABLE | SRD_SNAPSHOT_TEMPORARY | SRD_SNAPSHOT_NO_FREEZE,
	};
	int ret;

	ret = device_snapshot(dev, &snapshot);
	return ret ? ret : device_get(dev, snapshot.number, clone);
}

static int take_over(const struct device *dev, const struct device_disk *disk, uint32_t from)
{
	struct holders holders = { 0 };
	int attempt = 0, ret;

	do {
		/* somebody may have used it meanwhile, or been who it was waited for */
		if (!is_empty(dev, disk))
			return EXIT_FAILURE;
		ret = device_rollback(dev, disk->info.number, from);
	} while (holders_retry(disk, attempt++, &holders, &ret));
	holders_free(&holders);
	if (ret == -EBUSY)
		warn_busy(disk);
	else if (ret)
		verb_failed(disk->info.name, ret, disk_errors);
	return ret ? EXIT_FAILURE : verb_there(disk);
}

static int restore_into(struct restore *restore, struct image *image, const struct device *dev)
{
	struct device_disk disk, clone;
	int claim, ret, status = EXIT_FAILURE;

	if (!verb_find(dev, restore->into, &disk) || !can_take(dev, &disk, image))
		return EXIT_FAILURE;
	/* keeps others from mounting it meanwhile */
	claim = device_open_disk(&disk, O_RDONLY | O_EXCL);
	if (claim == -EBUSY) {
		warn_busy(&disk);
		return EXIT_FAILURE;
	}
	if (claim < 0)
		return verb_failed(disk.info.name, claim, disk_errors);
	ret = make_clone(dev, disk.info.number, &clone);
	if (ret)
		verb_failed(disk.info.name, ret, snapshot_errors);
	else if (fill_disk(restore, image, dev, &clone))
		status = EXIT_SUCCESS;
	close(claim);
	return status == EXIT_SUCCESS ? take_over(dev, &disk, clone.info.number) : status;
}

static bool has_good_size(const struct restore *restore, const struct image *image)
{
	if (image->length != image->saved && image->format == IMAGE_RAW && !restore->any_size)
		verb_warn("%s: it has %llu bytes, and had %llu when it was saved: use another copy, or if that is on purpose: --any-size",
			  restore->path, (unsigned long long)image->length,
			  (unsigned long long)image->saved);
	else if (image->capacity % SECTOR_BYTES)
		verb_warn("%s: what it holds, %llu bytes, is no multiple of %d: it is not of a disk, or cut off",
			  restore->path, (unsigned long long)image->capacity, SECTOR_BYTES);
	else
		return true;
	return false;
}

static int restore_image(struct restore *restore, const struct device *dev)
{
	struct image image;
	int ret, status = EXIT_FAILURE;

	ret = image_open(&image, restore->path, restore->format);
	if (ret)
		return verb_failed(restore->path, ret, file_errors);
	if (has_good_size(restore, &image))
		status = restore->into ? restore_into(restore, &image, dev) :
					 restore_new(restore, &image, dev);
	image_close(&image);
	return status;
}

static bool set_create(const struct verb *verb, int option, struct srd_ioc_create *create)
{
	uint64_t size;

	switch (option) {
	case 'b':
		if (!verb_size(verb, "block size", optarg, &size))
			return false;
		create->block_size = size;
		if (size && size <= UINT_MAX)
			return true;
		verb_usage(verb, "restore: block size must not be %s", size ? "so large" : "0");
		return false;
	case 'l':
		if (!verb_size(verb, "limit", optarg, &size))
			return false;
		create->limit = size;
		return true;
	case 'L':
		return verb_label(verb, optarg, create->label);
	case 'm':
		return verb_mode(verb, optarg, create);
	case 'n':
		create->flags |= SRD_CREATE_NUMBER;
		return verb_number(verb, "number", optarg, INT_MAX, &create->number);
	default:
		return false;
	}
}

static bool set_option(const struct verb *verb, int option, struct restore *restore)
{
	switch (option) {
	case 'f':
		if (image_format_parse(optarg, &restore->format))
			return true;
		verb_usage(verb, "restore: format '%s' is neither raw nor zstd", optarg);
		return false;
	case OPTION_ANY_SIZE:
		restore->any_size = true;
		return true;
	case OPTION_INTO:
		restore->into = optarg;
		return true;
	case OPTION_PROGRESS:
		restore->progress = true;
		return true;
	case OPTION_THREADS:
		if (!verb_number(verb, "threads", optarg, WORKERS_MAX, &restore->threads))
			return false;
		if (!restore->threads)
			verb_usage(verb, "restore: threads must not be 0");
		return restore->threads;
	default:
		return set_create(verb, option, &restore->create);
	}
}

static bool asks_for_new(const struct srd_ioc_create *create)
{
	return create->flags || create->block_size || create->limit || *create->label;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "any-size",	no_argument,		NULL, OPTION_ANY_SIZE },
		{ "block-size",	required_argument,	NULL, 'b' },
		{ "format",	required_argument,	NULL, 'f' },
		{ "help",	no_argument,		NULL, 'h' },
		{ "into",	required_argument,	NULL, OPTION_INTO },
		{ "label",	required_argument,	NULL, 'L' },
		{ "limit",	required_argument,	NULL, 'l' },
		{ "mode",	required_argument,	NULL, 'm' },
		{ "number",	required_argument,	NULL, 'n' },
		{ "progress",	no_argument,		NULL, OPTION_PROGRESS },
		{ "threads",	required_argument,	NULL, OPTION_THREADS },
		{ 0 }
	};
	struct restore restore = {
		.threads = workers_max(), .progress = isatty(STDERR_FILENO),
	};
	struct device dev;
	int option, status;

	while ((option = verb_getopt(verb, argc, argv, ":b:f:hl:L:m:n:", long_options)) != -1) {
		if (!set_option(verb, option, &restore))
			return EXIT_USAGE;
	}
	if (optind != argc - 1)
		return verb_usage(verb, "restore: say which file, and only one");
	if (restore.into && asks_for_new(&restore.create))
		return verb_usage(verb,
				  "restore: --into takes a disk as it is: leave out the options of a new one");
	restore.path = argv[optind];
	if (!verb_open(&dev, DEVICE_CHANGE))
		return EXIT_FAILURE;
	status = restore_image(&restore, &dev);
	device_close(&dev);
	return status;
}

const struct verb verb_restore = {
	.name = "restore",
	.usage = "[OPTIONS] FILE",
	.summary = "make a disk of what was saved, and print its path",
	.options =
		"     --into DEV       fill this disk, which must be empty and of the same size\n"
		" -n, --number N       make srdN; without it the lowest free number\n"
		" -L, --label NAME     a name to find it by\n"
		" -l, --limit SIZE     memory that the disk may hold, its table included\n"
		" -b, --block-size SIZE  logical block size, 512 to the page size\n"
		" -m, --mode mq|bio    take requests through queues, or bios as they come\n"
		" -f, --format FORMAT  raw or zstd; without it as the file begins\n"
		"     --any-size       take a raw file whose size was changed after it was saved\n"
		"     --threads N      how many; without it one for each CPU\n"
		"     --progress       show how it gets on, as on a terminal\n",
	.note =
		"FILE is what srdctl save wrote, or any raw image of a disk, or one that zstd\n"
		"compressed. What was written is read back before the disk is there to stay: a\n"
		"file that is cut off or damaged leaves no disk, nor changes the one of --into.\n",
	.run = run,
};
