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

static int run(const struct verb *verb, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "help", no_argument, NULL, 'h' },
		PRINT_LINES_LONG_OPTIONS,
		{ 0 }
	};
	struct print_options options = { .format = PRINT_FORMAT_LINES };
	struct srd_ioc_memory memory;
	struct print *print;
	struct device dev;
	int option, ret;

	while ((option = verb_getopt(verb, argc, argv, ":h" PRINT_LINES_SHORT_OPTIONS,
				     long_options)) != -1) {
		if (!print_option(&options, option, optarg))
			return EXIT_USAGE;
	}
	if (optind < argc)
		return verb_usage(verb, "memory: '%s' is too much", argv[optind]);
	if (!verb_open(&dev, DEVICE_READ))
		return EXIT_FAILURE;
	ret = device_memory(&dev, &memory);
	device_close(&dev);
	if (ret)
		return verb_failed("memory", ret, NULL);
	print = verb_print(verb, &options);
	print_row(print, &memory);
	print_close(print);
	return EXIT_SUCCESS;
}

const struct verb verb_memory = {
	.name = "memory",
	.usage = "[OPTIONS]",
	.summary = "show the memory of all disks together",
	.options = PRINT_LINES_HELP,
	.schema = &schema,
	.run = run,
};
