// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl exports - what is served to other machines
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nvmet.h"
#include "nvmet_save.h"
#include "verbs.h"

enum {
	COLUMN_NAME,
	COLUMN_NQN,
	COLUMN_NSID,
	COLUMN_TRANSPORT,
	COLUMN_ADDRESS,
	COLUMN_PORT,
	COLUMN_ENABLED,
	COLUMN_AUTH,
	COLUMN_ALLOWED,
};

static const struct print_column columns[] = {
	[COLUMN_NAME] = { "NAME", PRINT_TEXT, PRINT_ALWAYS, "the disk" },
	[COLUMN_NQN] = { "NQN", PRINT_TEXT, PRINT_ALWAYS, "its name in the network" },
	[COLUMN_NSID] = { "NSID", PRINT_NUMBER, PRINT_DEFAULT_JSON, "its number under that name" },
	[COLUMN_TRANSPORT] = { "TRANSPORT", PRINT_TEXT, PRINT_DEFAULT_JSON, "how it is reached" },
	[COLUMN_ADDRESS] = { "ADDRESS", PRINT_TEXT, PRINT_ALWAYS, "and where" },
	[COLUMN_PORT] = { "PORT", PRINT_TEXT, PRINT_ALWAYS, "port there" },
	[COLUMN_ENABLED] = { "ENABLED", PRINT_FLAG, PRINT_DEFAULT_JSON, "it can be used" },
	[COLUMN_AUTH] = { "AUTH", PRINT_FLAG, PRINT_ALWAYS, "who uses it has to know a key" },
	[COLUMN_ALLOWED] = { "ALLOWED", PRINT_TEXT, PRINT_ALWAYS,
			     "NQNs of those who may use it, separated by commas, or any" },
};

static void fill(struct print_cell *cell, unsigned int column, const void *row)
{
	const struct nvmet_export *export = row;

	switch (column) {
	case COLUMN_NAME:
		return print_text(cell, export->device + strlen("/dev/"));
	case COLUMN_NQN:
		return print_text(cell, export->nqn);
	case COLUMN_NSID:
		return print_number(cell, export->nsid);
	case COLUMN_TRANSPORT:
		return print_text(cell, export->transport);
	case COLUMN_ADDRESS:
		return print_text(cell, export->address);
	case COLUMN_PORT:
		return print_text(cell, export->port);
	case COLUMN_ENABLED:
		return print_number(cell, export->enabled);
	case COLUMN_AUTH:
		return print_number(cell, export->key);
	case COLUMN_ALLOWED:
		return print_text(cell, export->any ? "any" : export->hosts);
	}
}

static const struct print_schema schema = {
	.name = "exports",
	.columns = columns,
	.count = ARRAY_SIZE(columns),
	.fill = fill,
};

struct shown {
	struct print *print;
	unsigned int count;
};

static bool show(const struct nvmet_export *export, void *argument)
{
	struct shown *shown = argument;

	if (strncmp(export->device, "/dev/srd", strlen("/dev/srd")))
		return true;
	print_row(shown->print, export);
	shown->count++;
	return true;
}

static int list(const struct verb *verb, const struct print_options *options)
{
	struct shown shown = { .print = verb_print(verb, options) };
	int ret;

	if (!shown.print)
		return EXIT_USAGE;
	ret = nvmet_each(show, &shown);
	print_close(shown.print);
	if (ret)
		return verb_failed(NVMET_ROOT, ret, NULL);
	if (!shown.count && options->format == PRINT_FORMAT_TABLE)
		verb_warn("nothing is served (see: srdctl help export)");
	return EXIT_SUCCESS;
}

enum {
	OPTION_NVMETCLI = 256,
};

static int run(const struct verb *verb, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "help",	no_argument,	NULL, 'h' },
		{ "nvmetcli",	no_argument,	NULL, OPTION_NVMETCLI },
		PRINT_LONG_OPTIONS,
		{ 0 }
	};
	struct print_options options = { .format = PRINT_FORMAT_TABLE };
	bool nvmetcli = false;
	int option, ret;

	while ((option = verb_getopt(verb, argc, argv, ":h" PRINT_SHORT_OPTIONS,
				     long_options)) != -1) {
		if (option == OPTION_NVMETCLI)
			nvmetcli = true;
		else if (!print_option(&options, option, optarg))
			return EXIT_USAGE;
	}
	if (optind < argc)
		return verb_usage(verb, "exports: '%s' is too much", argv[optind]);
	if (!nvmetcli)
		return list(verb, &options);
	ret = nvmet_save(stdout);
	return ret ? verb_failed(NVMET_ROOT, ret, NULL) : EXIT_SUCCESS;
}

const struct verb verb_exports = {
	.name = "exports",
	.usage = "[OPTIONS]",
	.summary = "list the disks that are served to other machines",
	.options =
		PRINT_HELP
		"     --nvmetcli       all that is served, in the form that nvmetcli restores\n",
	.schema = &schema,
	.run = run,
};
