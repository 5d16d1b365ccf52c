// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl info - all about a disk
 */
#include <stdlib.h>

#include "verbs.h"

static bool print_disk(const struct device *dev, const struct device_disk *disk, void *argument)
{
	struct srd_ioc_stats stats;
	struct disk_row row = { .disk = disk };

	if (!device_stats(dev, disk->info.number, &stats))
		row.stats = &stats;
	print_row(argument, &row);
	return true;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "help", no_argument, NULL, 'h' },
		PRINT_LONG_OPTIONS,
		{ 0 }
	};
	struct print_options options = { .format = PRINT_FORMAT_LINES };
	struct print *print;
	struct device dev;
	int option, status;

	while ((option = verb_getopt(verb, argc, argv, ":h" PRINT_SHORT_OPTIONS,
				     long_options)) != -1) {
		if (!print_option(&options, option, optarg))
			return EXIT_USAGE;
	}
	if (optind == argc)
		return verb_usage(verb, "info: say which disk");
	options.all |= !options.columns || *options.columns == '+';
	print = verb_print(verb, &options);
	if (!print)
		return EXIT_USAGE;
	if (!verb_open(&dev, DEVICE_READ_SYSFS)) {
		print_abandon(print);
		return EXIT_FAILURE;
	}
	status = verb_each(&dev, argv + optind, argc - optind, print_disk, print);
	print_close(print);
	device_close(&dev);
	return status;
}

const struct verb verb_info = {
	.name = "info",
	.usage = "[OPTIONS] DEV...",
	.summary = "show all about a disk",
	.options = PRINT_SHOW_HELP,
	.schema = &disk_schema,
	.run = run,
};
