// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl version - of the tool and of the module; needs neither the module nor root
 */
#include <stdlib.h>

#include "verbs.h"

enum {
	COLUMN_SRDCTL,
	COLUMN_MODULE,
	COLUMN_ABI,
};

static const struct print_column columns[] = {
	[COLUMN_SRDCTL] = { "SRDCTL", PRINT_TEXT, PRINT_ALWAYS, "version of this tool" },
	[COLUMN_MODULE] = { "MODULE", PRINT_TEXT, PRINT_ALWAYS, "version of the module" },
	[COLUMN_ABI] = { "ABI", PRINT_NUMBER, PRINT_DEFAULT_JSON,
			 "the ABI that the module speaks; empty for those who may not know" },
};

struct versions {
	bool loaded;
	bool json;
	struct srd_ioc_version module;
};

static void fill(struct print_cell *cell, unsigned int column, const void *row)
{
	const struct versions *versions = row;

	switch (column) {
	case COLUMN_SRDCTL:
		return print_text(cell, VERSION);
	case COLUMN_MODULE:
		if (versions->loaded)
			print_text(cell, *versions->module.release ? versions->module.release :
				   "loaded, of no known version");
		else if (!versions->json)
			print_text(cell, "not loaded (run: modprobe srd)");
		return;
	default:
		if (versions->module.abi)
			print_number(cell, versions->module.abi);
	}
}

static const struct print_schema schema = {
	.name = "version",
	.columns = columns,
	.count = ARRAY_SIZE(columns),
	.fill = fill,
};

static int run(const struct verb *verb, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'J' },
		{ 0 }
	};
	struct print_options options = { .format = PRINT_FORMAT_LINES };
	struct versions versions;
	struct print *print;
	int option;

	while ((option = verb_getopt(verb, argc, argv, ":hJ", long_options)) != -1) {
		if (!print_option(&options, option, optarg))
			return EXIT_USAGE;
	}
	if (optind < argc)
		return verb_usage(verb, "version: '%s' is too much", argv[optind]);
	versions.json = options.format == PRINT_FORMAT_JSON;
	versions.loaded = !device_version(&versions.module);
	print = verb_print(verb, &options);
	print_row(print, &versions);
	print_close(print);
	return EXIT_SUCCESS;
}

const struct verb verb_version = {
	.name = "version",
	.usage = "[OPTIONS]",
	.summary = "show the versions of srdctl and of the module",
	.options = " -J, --json           JSON; null when the module is not loaded\n",
	.schema = &schema,
	.run = run,
};
