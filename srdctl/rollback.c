// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl rollback - make a disk again what a snapshot of it is
 */
#include <errno.h>
#include <stdlib.h>

#include "holders.h"
#include "verbs.h"

static const struct verb_error errors[] = {
	{ EXDEV, "the two have no common origin: make a clone of the other one" },
	{ EROFS, "it is read-only" },
	{ EOPNOTSUPP, "it keeps the memory that it has (prealloc)" },
	{ EMLINK, "too many disks share its memory: remove some of its snapshots" },
	{ EINVAL, "a disk cannot be rolled back to itself" },
	{ 0 }
};

static int roll_back(const struct device *dev, const char *name, const char *to)
{
	struct device_disk disk, snapshot;
	struct holders holders = { 0 };
	int attempt = 0, status, ret;

	if (!verb_find(dev, name, &disk) || !verb_find(dev, to, &snapshot))
		return EXIT_FAILURE;
	do {
		ret = device_rollback(dev, disk.info.number, snapshot.info.number);
	} while (holders_retry(&disk, attempt++, &holders, &ret));
	status = EXIT_SUCCESS;
	if (ret == -EBUSY) {
		verb_warn("%s: busy: %s (free it first)", disk.info.name, holders_text(&holders));
		status = EXIT_FAILURE;
	} else if (ret) {
		status = verb_failed(disk.info.name, ret, errors);
	}
	holders_free(&holders);
	return status;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "help",	no_argument,		NULL, 'h' },
		{ "to",		required_argument,	NULL, 't' },
		{ 0 }
	};
	const char *to = NULL;
	struct device dev;
	int option, status;

	while ((option = verb_getopt(verb, argc, argv, ":ht:", long_options)) != -1) {
		if (option != 't')
			return EXIT_USAGE;
		to = optarg;
	}
	if (optind != argc - 1)
		return verb_usage(verb, "rollback: say which disk, and only one");
	if (!to)
		return verb_usage(verb, "rollback: say to what: --to SNAPSHOT");
	if (!verb_open(&dev, DEVICE_CHANGE))
		return EXIT_FAILURE;
	status = roll_back(&dev, argv[optind], to);
	device_close(&dev);
	return status;
}

const struct verb verb_rollback = {
	.name = "rollback",
	.usage = "DEV --to SNAPSHOT",
	.summary = "make a disk again what a snapshot of it is",
	.options =
		" -t, --to SNAPSHOT    what it is to be; that stays as it is\n",
	.run = run,
};
