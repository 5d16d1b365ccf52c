// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl extents - which ranges of a disk have memory
 */
#include <stdlib.h>

#include "ranges.h"
#include "verbs.h"

enum {
	COLUMN_START,
	COLUMN_LENGTH,
	COLUMN_END,
	COLUMN_SHARED,
};

static const struct print_column columns[] = {
	[COLUMN_START] = { "START", PRINT_SIZE, PRINT_ALWAYS, "first byte" },
	[COLUMN_LENGTH] = { "LENGTH", PRINT_SIZE, PRINT_ALWAYS, "bytes" },
	[COLUMN_END] = { "END", PRINT_SIZE, 0, "the byte behind the last one" },
	[COLUMN_SHARED] = { "SHARED", PRINT_FLAG, PRINT_ALWAYS,
			    "snapshots or clones may hold the same memory" },
};

static void fill(struct print_cell *cell, unsigned int column, const void *row)
{
	const struct srd_extent *extent = row;

	switch (column) {
	case COLUMN_START:
		return print_number(cell, extent->start);
	case COLUMN_LENGTH:
		return print_number(cell, extent->length);
	case COLUMN_END:
		return print_number(cell, extent->start + extent->length);
	default:
		print_number(cell, !!(extent->flags & SRD_EXTENT_SHARED));
	}
}

static const struct print_schema schema = {
	.name = "extents",
	.columns = columns,
	.count = ARRAY_SIZE(columns),
	.fill = fill,
};

static int list_extents(const struct device *dev, const char *name, struct print *print)
{
	struct srd_extent extent;
	struct device_disk disk;
	struct ranges ranges;
	int ret;

	if (!verb_find(dev, name, &disk))
		return EXIT_FAILURE;
	ranges_begin(&ranges, dev, disk.info.number);
	while (!(ret = ranges_next(&ranges, &extent)) && extent.length)
		print_row(print, &extent);
	return ret ? verb_failed(disk.info.name, ret, NULL) : EXIT_SUCCESS;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "help", no_argument, NULL, 'h' },
		PRINT_LONG_OPTIONS,
		{ 0 }
	};
	struct print_options options = { .format = PRINT_FORMAT_TABLE };
	struct print *print;
	struct device dev;
	int option, status = EXIT_FAILURE;

	while ((option = verb_getopt(verb, argc, argv, ":h" PRINT_SHORT_OPTIONS,
				     long_options)) != -1) {
		if (!print_option(&options, option, optarg))
			return EXIT_USAGE;
	}
	if (optind != argc - 1)
		return verb_usage(verb, "extents: say which disk, and only one");
	print = verb_print(verb, &options);
	if (!print)
		return EXIT_USAGE;
	if (verb_open(&dev, DEVICE_READ)) {
		status = list_extents(&dev, argv[optind], print);
		device_close(&dev);
	}
	if (status == EXIT_SUCCESS)
		print_close(print);
	else
		print_abandon(print);
	return status;
}

const struct verb verb_extents = {
	.name = "extents",
	.usage = "[OPTIONS] DEV",
	.summary = "list the ranges of a disk that have memory",
	.options = PRINT_HELP,
	.note =
		"What lies between reads as zeroes. Of a disk that is written meanwhile, this is\n"
		"what was so some time while it was asked; a snapshot does not change.\n",
	.schema = &schema,
	.run = run,
};
