// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl window - let programs map a disk's memory
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "verbs.h"

static const struct verb_error errors[] = {
	{ ENOSPC, "too many disks have a window (see: srdctl list -o NAME,WINDOW)" },
	{ 0 }
};

/* Print the path, when there is what is to be opened. */
static int tell(const struct device_disk *disk)
{
	char path[64];
	struct stat status;

	snprintf(path, sizeof(path), "/dev/%s-window", disk->info.name);
	if (!stat(path, &status) && !S_ISCHR(status.st_mode)) {
		verb_warn("%s: a file is in the way: remove it, then switch the window off and on",
			  path);
		return EXIT_FAILURE;
	}
	puts(path);
	return EXIT_SUCCESS;
}

static int switch_window(const char *name, bool on)
{
	struct device_disk disk;
	struct device dev;
	int status, ret;

	if (!verb_open(&dev, DEVICE_CHANGE))
		return EXIT_FAILURE;
	status = EXIT_FAILURE;
	if (verb_find(&dev, name, &disk)) {
		ret = device_window(&dev, disk.info.number, on ? SRD_WINDOW_ON : 0);
		if (ret)
			status = verb_failed(disk.info.name, ret, errors);
		else
			status = on ? tell(&disk) : EXIT_SUCCESS;
	}
	device_close(&dev);
	return status;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "help",	no_argument,		NULL, 'h' },
		{ 0 }
	};
	bool on;

	if (verb_getopt(verb, argc, argv, ":h", long_options) != -1)
		return EXIT_USAGE;
	if (optind != argc - 2)
		return verb_usage(verb, "window: say which disk, and on or off");
	on = !strcmp(argv[optind + 1], "on");
	if (!on && strcmp(argv[optind + 1], "off"))
		return verb_usage(verb, "window: '%s' is neither on nor off", argv[optind + 1]);
	return switch_window(argv[optind], on);
}

const struct verb verb_window = {
	.name = "window",
	.usage = "DEV on|off",
	.summary = "let programs map a disk's memory, and print the path to open",
	.options = "",
	.note =
	"With mmap() of that path a program reads and writes the disk's pages in place.\n"
	"Who has it mapped when it is switched off gets SIGBUS.\n",
	.run = run,
};
