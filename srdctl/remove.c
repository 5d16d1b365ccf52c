// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl remove - take disks away
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "holders.h"
#include "verbs.h"

enum {
	OPTION_DEFERRED = 256,
};

#define RETRY_MS	100
#define RETRY_COUNT	30

static void warn_busy(const struct device_disk *disk, const struct holders *holders)
{
	verb_warn("%s: busy: %s (free it, or use --deferred or --force)", disk->info.name,
		  holders->text ? holders->text : "something that cannot be seen from here holds it");
}

/*
 * udev opens a fresh disk, and one that was just written, for a moment: a script that makes a
 * disk and removes it must not fail for that. What stays is told at once.
 */
static bool wait_for_holders(const struct device_disk *disk, int retry)
{
	const struct timespec pause = { .tv_nsec = RETRY_MS * 1000 * 1000 };
	struct holders holders;
	bool again;

	holders_find(disk, &holders);
	again = !holders.lasting && retry < RETRY_COUNT;
	if (!again)
		warn_busy(disk, &holders);
	holders_free(&holders);
	if (again)
		nanosleep(&pause, NULL);
	return again;
}

struct removal {
	uint32_t flags;
	bool all;
};

static bool remove_disk(const struct device *dev, const struct device_disk *disk, void *argument)
{
	const struct removal *removal = argument;
	int retry = 0, ret;

	do {
		ret = device_remove(dev, disk->info.number, removal->flags);
	} while (ret == -EBUSY && wait_for_holders(disk, retry++));
	/* of all disks, one that someone else removed meanwhile is gone as asked */
	if (!ret || (ret == -ENODEV && removal->all))
		return true;
	if (ret != -EBUSY)
		verb_failed(disk->info.name, ret, NULL);
	return false;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "all",	no_argument, NULL, 'a' },
		{ "deferred",	no_argument, NULL, OPTION_DEFERRED },
		{ "force",	no_argument, NULL, 'f' },
		{ "help",	no_argument, NULL, 'h' },
		{ 0 }
	};
	struct removal removal = { 0 };
	struct device dev;
	int option, status;

	while ((option = verb_getopt(verb, argc, argv, ":afh", long_options)) != -1) {
		switch (option) {
		case 'a':
			removal.all = true;
			break;
		case 'f':
			removal.flags |= SRD_REMOVE_FORCE;
			break;
		case OPTION_DEFERRED:
			removal.flags |= SRD_REMOVE_DEFERRED;
			break;
		default:
			return EXIT_USAGE;
		}
	}
	if (removal.all == (optind < argc))
		return verb_usage(verb, "remove: say which disks, or --all");
	if (removal.flags == (SRD_REMOVE_FORCE | SRD_REMOVE_DEFERRED))
		return verb_usage(verb, "remove: --force and --deferred exclude each other");
	if (!verb_open(&dev, DEVICE_CHANGE))
		return EXIT_FAILURE;
	status = verb_each(&dev, argv + optind, argc - optind, remove_disk, &removal);
	device_close(&dev);
	return status;
}

const struct verb verb_remove = {
	.name = "remove",
	.usage = "[OPTIONS] DEV... | --all",
	.summary = "remove disks and free their memory",
	.options =
		" -a, --all            all disks\n"
		" -f, --force          at once: who holds a disk gets I/O errors, data is lost\n"
		"     --deferred       busy ones go when the last one closes them\n",
	.run = run,
};
