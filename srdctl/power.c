// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl powercut, srdctl poweron - take a disk's power away, and give it back
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "holders.h"
#include "verbs.h"

static const struct verb_error errors[] = {
	{ ENOSPC, "no memory to put back what was: it stays off (see: srdctl memory)" },
	{ 0 }
};

const char * const keep_names[SRD_KEEP_COUNT] = {
	[SRD_KEEP_NONE]		= "none",
	[SRD_KEEP_ALL]		= "all",
	[SRD_KEEP_SUBSET]	= "subset",
	[SRD_KEEP_PREFIX]	= "prefix",
};

/* ---- off ---- */

static bool cut(const struct device *dev, const struct device_disk *disk, void *argument)
{
	struct srd_ioc_power power = { 0 };
	int ret;

	(void)argument;
	ret = device_power(dev, disk->info.number, &power);
	if (ret)
		verb_failed(disk->info.name, ret, NULL);
	return !ret;
}

static int run_cut(const struct verb *verb, int argc, char **argv)
{
	return verb_each_named(verb, argc, argv, cut);
}

const struct verb verb_powercut = {
	.name = "powercut",
	.usage = "DEV...",
	.summary = "cut the power of disks: all their requests fail, until poweron",
	.options = "",
	.note =
		"A disk with a volatile cache (see: srdctl help set) then has for certain only\n"
		"what was flushed, or written with FUA; one without has all that was written.\n"
		"To cut it at a certain request: srdctl fault add DEV powercut ...\n",
	.run = run_cut,
};

/* ---- on ---- */

enum {
	COLUMN_NAME,
	COLUMN_KEEP,
	COLUMN_SEED,
	COLUMN_KEPT,
	COLUMN_LOST,
};

static const struct print_column columns[] = {
	[COLUMN_NAME] = { "NAME", PRINT_TEXT, PRINT_ALWAYS, "the disk" },
	[COLUMN_KEEP] = { "KEEP", PRINT_TEXT, PRINT_ALWAYS, "what was to be kept" },
	[COLUMN_SEED] = { "SEED", PRINT_NUMBER, PRINT_ALWAYS, "of what was chosen by chance" },
	[COLUMN_KEPT] = { "KEPT", PRINT_NUMBER, PRINT_ALWAYS,
			  "blocks, not flushed, that are as written last" },
	[COLUMN_LOST] = { "LOST", PRINT_NUMBER, PRINT_ALWAYS, "blocks, not flushed, that are not" },
};

struct power_row {
	const char *name;
	const struct srd_ioc_power *power;
};

static void fill(struct print_cell *cell, unsigned int column, const void *row)
{
	const struct power_row *power_row = row;
	const struct srd_ioc_power *power = power_row->power;

	switch (column) {
	case COLUMN_NAME:
		return print_text(cell, power_row->name);
	case COLUMN_KEEP:
		return print_text(cell, keep_names[power->keep]);
	case COLUMN_SEED:
		return print_number(cell, power->seed);
	case COLUMN_KEPT:
		return print_number(cell, power->kept);
	default:
		print_number(cell, power->lost);
	}
}

static const struct print_schema schema = {
	.name = "poweron",
	.columns = columns,
	.count = ARRAY_SIZE(columns),
	.fill = fill,
};

static int switch_on(const struct device *dev, const struct device_disk *disk,
		     struct srd_ioc_power *power)
{
	struct holders holders = { 0 };
	int attempt = 0, ret, status = EXIT_SUCCESS;

	do {
		ret = device_power(dev, disk->info.number, power);
	} while (holders_retry(disk, attempt++, &holders, &ret));
	if (ret == -EBUSY) {
		verb_warn("%s: busy: %s (free it first: who holds it saw what is to be lost)",
			  disk->info.name, holders_text(&holders));
		status = EXIT_FAILURE;
	} else if (ret) {
		status = verb_failed(disk->info.name, ret, errors);
	}
	holders_free(&holders);
	return status;
}

static int power_on(const struct verb *verb, const char *name, struct srd_ioc_power *power,
		    const struct print_options *options)
{
	struct power_row row = { .power = power };
	struct device_disk disk;
	struct print *print;
	struct device dev;
	int status = EXIT_FAILURE;

	if (!verb_open(&dev, DEVICE_CHANGE))
		return EXIT_FAILURE;
	if (verb_find(&dev, name, &disk)) {
		if (!(disk.info.state & SRD_STATE_OFF))
			verb_warn("%s: its power is on already", disk.info.name);
		status = switch_on(&dev, &disk, power);
	}
	if (status == EXIT_SUCCESS) {
		row.name = disk.info.name;
		print = verb_print(verb, options);
		print_row(print, &row);
		print_close(print);
	}
	device_close(&dev);
	return status;
}

static bool parse_keep(const struct verb *verb, const char *text, uint32_t *keep)
{
	uint32_t i;

	for (i = 0; i < SRD_KEEP_COUNT; i++) {
		if (!strcmp(text, keep_names[i])) {
			*keep = i;
			return true;
		}
	}
	verb_usage(verb, "poweron: '%s' is none of none, all, subset and prefix", text);
	return false;
}

static bool set_option(const struct verb *verb, int option, struct srd_ioc_power *power,
		       struct print_options *options)
{
	uint64_t seed;

	switch (option) {
	case 'k':
		return parse_keep(verb, optarg, &power->keep);
	case 's':
		if (!verb_number64(verb, "seed", optarg, &seed))
			return false;
		power->flags |= SRD_POWER_SEED;
		power->seed = seed;
		return true;
	default:
		return print_option(options, option, optarg);
	}
}

static int run_on(const struct verb *verb, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "help",	no_argument,		NULL, 'h' },
		{ "keep",	required_argument,	NULL, 'k' },
		{ "seed",	required_argument,	NULL, 's' },
		PRINT_LINES_LONG_OPTIONS,
		{ 0 }
	};
	struct print_options options = { .format = PRINT_FORMAT_LINES, .all = true };
	struct srd_ioc_power power = { .flags = SRD_POWER_ON, .keep = SRD_KEEP_SUBSET };
	int option;

	while ((option = verb_getopt(verb, argc, argv, ":hk:s:" PRINT_LINES_SHORT_OPTIONS,
				     long_options)) != -1) {
		if (!set_option(verb, option, &power, &options))
			return EXIT_USAGE;
	}
	if (optind != argc - 1)
		return verb_usage(verb, "poweron: say which disk, and only one");
	if (!(power.flags & SRD_POWER_SEED)) {
		power.flags |= SRD_POWER_SEED;
		power.seed = verb_seed();
	}
	return power_on(verb, argv[optind], &power, &options);
}

const struct verb verb_poweron = {
	.name = "poweron",
	.usage = "[OPTIONS] DEV",
	.summary = "give a disk its power back, and say what was lost",
	.options =
		" -k, --keep POLICY    what becomes of blocks that were written, not flushed:\n"
		"                      none: each is as at the last flush; all: as written last;\n"
		"                      subset: one or the other, by chance; prefix: as after any\n"
		"                      of its writes since. Without it subset, which is what real\n"
		"                      caches do: they write in an order of their own\n"
		" -s, --seed N         of the chance, to have the same again\n"
		PRINT_LINES_HELP,
	.schema = &schema,
	.note =
		"Nobody may have it open or mounted. The versions for prefix are chosen while the\n"
		"disk is written, by the seed of the poweron before.\n",
	.run = run_on,
};
