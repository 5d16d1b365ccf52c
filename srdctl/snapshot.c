// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl snapshot, srdctl clone - a disk as it is at this instant, as another disk
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "verbs.h"

enum {
	OPTION_NO_FREEZE = 256,
};

const struct verb_error snapshot_errors[] = {
	{ EEXIST, "the number or the label is taken by another disk (see: srdctl list)" },
	{ ENOSPC, "no number is free: remove a disk (see: srdctl list)" },
	{ EMLINK, "too many disks share its memory: remove some of its snapshots" },
	{ EBUSY, "a file system on it is frozen already: thaw it, or use --no-freeze" },
	{ 0 }
};

static bool set_option(const struct verb *verb, int option, struct srd_ioc_snapshot *snapshot)
{
	switch (option) {
	case 'L':
		return verb_label(verb, optarg, snapshot->label);
	case 'n':
		snapshot->flags |= SRD_SNAPSHOT_NUMBER;
		return verb_number(verb, "number", optarg, INT_MAX, &snapshot->number);
	case OPTION_NO_FREEZE:
		snapshot->flags |= SRD_SNAPSHOT_NO_FREEZE;
		return true;
	default:
		return false;
	}
}

static int take(const char *name, struct srd_ioc_snapshot *snapshot)
{
	struct device_disk disk;
	struct device dev;
	int status, ret;

	if (!verb_open(&dev, DEVICE_CHANGE))
		return EXIT_FAILURE;
	status = EXIT_FAILURE;
	if (verb_find(&dev, name, &disk)) {
		snapshot->source = disk.info.number;
		ret = device_snapshot(&dev, snapshot);
		status = ret ? verb_failed(disk.info.name, ret, snapshot_errors) :
			       verb_made(&dev, snapshot->number, snapshot->name);
	}
	device_close(&dev);
	return status;
}

static int run_with(const struct verb *verb, int argc, char **argv, uint32_t flags)
{
	static const struct option long_options[] = {
		{ "help",	no_argument,		NULL, 'h' },
		{ "label",	required_argument,	NULL, 'L' },
		{ "no-freeze",	no_argument,		NULL, OPTION_NO_FREEZE },
		{ "number",	required_argument,	NULL, 'n' },
		{ 0 }
	};
	struct srd_ioc_snapshot snapshot = { .flags = flags };
	int option;

	while ((option = verb_getopt(verb, argc, argv, ":hL:n:", long_options)) != -1) {
		if (!set_option(verb, option, &snapshot))
			return EXIT_USAGE;
	}
	if (optind != argc - 1)
		return verb_usage(verb, "%s: say which disk, and only one", verb->name);
	return take(argv[optind], &snapshot);
}

static int run_snapshot(const struct verb *verb, int argc, char **argv)
{
	return run_with(verb, argc, argv, 0);
}

static int run_clone(const struct verb *verb, int argc, char **argv)
{
	return run_with(verb, argc, argv, SRD_SNAPSHOT_WRITABLE);
}

#define OPTIONS									\
	" -n, --number N       make srdN; without it the lowest free number\n"	\
	" -L, --label NAME     a name to find it by\n"				\
	"     --no-freeze      leave mounted file systems alone: as after a power cut\n"

const struct verb verb_snapshot = {
	.name = "snapshot",
	.usage = "[OPTIONS] DEV",
	.summary = "make a read-only disk of what a disk holds now, and print its path",
	.options = OPTIONS,
	.run = run_snapshot,
};

const struct verb verb_clone = {
	.name = "clone",
	.usage = "[OPTIONS] DEV",
	.summary = "make a disk that can be written of what a disk holds now",
	.options = OPTIONS,
	.run = run_clone,
};
