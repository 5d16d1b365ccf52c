// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl remove - take disks away
 */
#include <errno.h>
#include <stdlib.h>

#include "holders.h"
#include "verbs.h"

enum {
	OPTION_DEFERRED = 256,
};

struct removal {
	uint32_t flags;
	bool all;
};

static bool remove_disk(const struct device *dev, const struct device_disk *disk, void *argument)
{
	const struct removal *removal = argument;
	struct holders holders = { 0 };
	int attempt = 0, ret;

	do {
		ret = device_remove(dev, disk->info.number, removal->flags);
	} while (holders_retry(disk, attempt++, &holders, &ret));
	/* of all disks, one that someone else removed meanwhile is gone as asked */
	if (!ret || (ret == -ENODEV && removal->all))
		return true;
	if (ret == -EBUSY)
		verb_warn("%s: busy: %s (free it, or use --deferred or --force)", disk->info.name,
			  holders_text(&holders));
	else
		verb_failed(disk->info.name, ret, NULL);
	holders_free(&holders);
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
