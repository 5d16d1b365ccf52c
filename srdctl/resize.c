// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl resize - change the capacity of a disk that is in use
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "holders.h"
#include "nvmet.h"
#include "size.h"
#include "verbs.h"

static const struct verb_error errors[] = {
	{ EFBIG, "the size is larger than any disk can be" },
	{ ENOMEM, "no memory for the larger table, or for what a preallocated disk gets" },
	{ 0 }
};

struct new_size {
	char sign;		/* '+' and '-': relative to what it is */
	uint64_t size;
};

static bool parse_new_size(const struct verb *verb, const char *text, struct new_size *new)
{
	new->sign = *text == '+' || *text == '-' ? *text : '\0';
	if (!verb_size(verb, "size", text + !!new->sign, &new->size))
		return false;
	if (new->sign || new->size)
		return true;
	verb_usage(verb, "resize: a disk has no size of 0; to be rid of it: srdctl remove");
	return false;
}

static bool apply(const struct new_size *new, uint64_t old, uint64_t *capacity)
{
	if (new->sign == '+')
		return !__builtin_add_overflow(old, new->size, capacity);
	if (new->sign == '-')
		return !__builtin_sub_overflow(old, new->size, capacity) && *capacity;
	*capacity = new->size;
	return true;
}

static int explain(const struct device_disk *disk, uint64_t capacity, int error,
		   const struct holders *holders)
{
	switch (error) {
	case -EINVAL:
		verb_warn("%s: the size %llu is no multiple of the block size, %u",
			  disk->info.name, (unsigned long long)capacity, disk->info.block_size);
		return EXIT_FAILURE;
	case -EBUSY:
		verb_warn("%s: a disk in use does not shrink: %s (free it, or use --force: what is cut off is lost)",
			  disk->info.name, holders_text(holders));
		return EXIT_FAILURE;
	default:
		return verb_failed(disk->info.name, error, errors);
	}
}

static void warn_no_size(const struct device_disk *disk, const struct new_size *new)
{
	char old[SIZE_TEXT_LEN];

	size_format(disk->info.capacity, old);
	if (new->sign == '-')
		verb_warn("%s: it has %s, and something of that has to stay; to be rid of it: srdctl remove",
			  disk->info.name, old);
	else
		verb_warn("%s: with the %s that it has, that is larger than any disk can be",
			  disk->info.name, old);
}

/* The kernel's NVMe target does not look by itself how large a disk is. */
static int announce(const struct device_disk *disk)
{
	int ret = nvmet_revalidate(disk->path);

	if (!ret)
		return EXIT_SUCCESS;
	verb_warn("%s: it has its new size, but who uses it over NVMe was not told: %s",
		  disk->info.name, strerror(-ret));
	return EXIT_FAILURE;
}

static int resize(const struct device *dev, const char *name, const struct new_size *new,
		  uint32_t flags)
{
	struct holders holders = { 0 };
	struct device_disk disk;
	uint64_t capacity;
	int attempt = 0, ret;

	if (!verb_find(dev, name, &disk))
		return EXIT_FAILURE;
	if (!apply(new, disk.info.capacity, &capacity)) {
		warn_no_size(&disk, new);
		return EXIT_FAILURE;
	}
	do {
		ret = device_resize(dev, disk.info.number, capacity, flags);
	} while (holders_retry(&disk, attempt++, &holders, &ret));
	ret = ret ? explain(&disk, capacity, ret, &holders) : announce(&disk);
	holders_free(&holders);
	return ret;
}

/* -1G is a size, not an option: taken out before the options are read. */
static char *take_negative(int *argc, char **argv)
{
	char *taken;
	int i;

	for (i = 1; i < *argc; i++) {
		if (!strcmp(argv[i], "--"))
			return NULL;
		if (argv[i][0] == '-' && isdigit((unsigned char)argv[i][1]))
			break;
	}
	if (i == *argc)
		return NULL;
	taken = argv[i];
	memmove(argv + i, argv + i + 1, (*argc - i) * sizeof(*argv));
	(*argc)--;
	return taken;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "force",	no_argument, NULL, 'f' },
		{ "help",	no_argument, NULL, 'h' },
		{ 0 }
	};
	char *size = take_negative(&argc, argv);
	struct new_size new;
	struct device dev;
	uint32_t flags = 0;
	int option, status;

	while ((option = verb_getopt(verb, argc, argv, ":fh", long_options)) != -1) {
		if (option != 'f')
			return EXIT_USAGE;
		flags |= SRD_RESIZE_FORCE;
	}
	if (argc - optind != (size ? 1 : 2))
		return verb_usage(verb, "resize: say which disk and its new size");
	if (!parse_new_size(verb, size ? size : argv[optind + 1], &new))
		return EXIT_USAGE;
	if (!verb_open(&dev, DEVICE_CHANGE))
		return EXIT_FAILURE;
	status = resize(&dev, argv[optind], &new, flags);
	device_close(&dev);
	return status;
}

const struct verb verb_resize = {
	.name = "resize",
	.usage = "[OPTIONS] DEV SIZE|+SIZE|-SIZE",
	.summary = "change the capacity of a disk while it is in use",
	.options =
		" -f, --force          shrink even while it is open: what is cut off is lost\n",
	.run = run,
};
