// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl memory - the memory of all disks together
 */
#include <stdlib.h>

#include "verbs.h"

enum {
	COLUMN_LIMIT,
	COLUMN_USED,
	COLUMN_PENDING,
	COLUMN_PREALLOCATING,
	COLUMN_RESERVE,
	COLUMN_DISKS,
};

static const struct print_column columns[] = {
	[COLUMN_LIMIT] = { "LIMIT", PRINT_SIZE, PRINT_ALWAYS,
			   "memory that all disks together may hold" },
	[COLUMN_USED] = { "USED", PRINT_SIZE, PRINT_ALWAYS,
			  "memory held, what is pending included" },
	[COLUMN_PENDING] = { "PENDING", PRINT_SIZE, PRINT_ALWAYS,
			     "the part of it that is about to be given back" },
	[COLUMN_PREALLOCATING] = { "PREALLOCATING", PRINT_SIZE, PRINT_ALWAYS,
				   "memory that disks being created have still to take" },
	[COLUMN_RESERVE] = { "RESERVE", PRINT_SIZE, PRINT_ALWAYS,
			     "free memory that is left to the system" },
	[COLUMN_DISKS] = { "DISKS", PRINT_NUMBER, PRINT_ALWAYS, "how many there are" },
};

static void fill(struct print_cell *cell, unsigned int column, const void *row)
{
	const struct srd_ioc_memory *memory = row;

	switch (column) {
	case COLUMN_LIMIT:
		return print_number(cell, memory->limit);
	case COLUMN_USED:
		return print_number(cell, memory->used);
	case COLUMN_PENDING:
		return print_number(cell, memory->pending);
	case COLUMN_PREALLOCATING:
		return print_number(cell, memory->preallocating);
	case COLUMN_RESERVE:
		return print_number(cell, memory->reserve);
	default:
		return print_number(cell, memory->disks);
	}
}

static const struct print_schema schema = {
	.name = "memory",
	.columns = columns,
	.count = ARRAY_SIZE(columns),
	.fill = fill,
};

static int print_memory(const struct device *dev, struct print *print)
{
	struct srd_ioc_memory memory;
	int ret;

	ret = device_memory(dev, &memory);
	if (ret)
		return verb_failed("memory", ret, NULL);
	print_row(print, &memory);
	return EXIT_SUCCESS;
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
	if (optind < argc)
		return verb_usage(verb, "memory: '%s' is too much", argv[optind]);
	print = verb_print(verb, &options);
	if (!print)
		return EXIT_USAGE;
	status = EXIT_FAILURE;
	if (verb_open(&dev, DEVICE_READ)) {
		status = print_memory(&dev, print);
		device_close(&dev);
	}
	if (status == EXIT_SUCCESS)
		print_close(print);
	else
		print_abandon(print);
	return status;
}

const struct verb verb_memory = {
	.name = "memory",
	.usage = "[OPTIONS]",
	.summary = "show the memory of all disks together",
	.options = PRINT_SHOW_HELP,
	.schema = &schema,
	.run = run,
};
