// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl stats, srdctl reset-stats - what was asked of disks, and how long it took
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "percentile.h"
#include "verbs.h"

#define BAR_WIDTH	40

/* A row of either table. */
struct stats_row {
	const char *name;
	const char *op;
	uint32_t sample;
	const struct srd_op_stats *stats;
	unsigned int bucket;	/* histogram only */
};

/* The kernel's type is no other one than ours, but for its name. */
static void copy_latency(const struct srd_op_stats *stats, uint64_t latency[SRD_LATENCY_BUCKETS])
{
	int i;

	for (i = 0; i < SRD_LATENCY_BUCKETS; i++)
		latency[i] = stats->latency[i];
}

enum {
	COLUMN_NAME,
	COLUMN_OP,
	COLUMN_IOS,
	COLUMN_BYTES,
	COLUMN_ERRORS,
	COLUMN_P50,
	COLUMN_P90,
	COLUMN_P99,
	COLUMN_P999,
	COLUMN_TIMED,
	COLUMN_SAMPLE,
	COLUMN_LATENCY,
};

static const struct print_column stats_columns[] = {
	[COLUMN_NAME] = { "NAME", PRINT_TEXT, PRINT_ALWAYS, "the disk" },
	[COLUMN_OP] = { "OP", PRINT_TEXT, PRINT_ALWAYS, "kind of request" },
	[COLUMN_IOS] = { "IOS", PRINT_NUMBER, PRINT_ALWAYS,
			 "requests completed, failed ones included" },
	[COLUMN_BYTES] = { "BYTES", PRINT_SIZE, PRINT_ALWAYS, "bytes of those that succeeded" },
	[COLUMN_ERRORS] = { "ERRORS", PRINT_NUMBER, PRINT_ALWAYS, "requests that failed" },
	[COLUMN_P50] = { "P50", PRINT_TIME, PRINT_ALWAYS,
			 "half took less: end of a bucket, see below" },
	[COLUMN_P90] = { "P90", PRINT_TIME, PRINT_DEFAULT_JSON, "90 % took less; the same" },
	[COLUMN_P99] = { "P99", PRINT_TIME, PRINT_ALWAYS, "99 % took less; the same" },
	[COLUMN_P999] = { "P999", PRINT_TIME, PRINT_DEFAULT_JSON,
			  "99.9 % took less; the same" },
	[COLUMN_TIMED] = { "TIMED", PRINT_NUMBER, PRINT_DEFAULT_JSON,
			   "requests whose time was taken" },
	[COLUMN_SAMPLE] = { "SAMPLE", PRINT_NUMBER, PRINT_DEFAULT_JSON,
			    "every how many requests one is timed; 0: none" },
	[COLUMN_LATENCY] = { "LATENCY", PRINT_NUMBERS, PRINT_DEFAULT_JSON,
			     "requests under 1 ns, then from 2^(n-1) to under 2^n ns" },
};

static void fill_stats(struct print_cell *cell, unsigned int column, const void *row)
{
	const struct stats_row *stats_row = row;
	const struct srd_op_stats *stats = stats_row->stats;
	uint64_t latency[SRD_LATENCY_BUCKETS];

	copy_latency(stats, latency);
	switch (column) {
	case COLUMN_NAME:
		return print_text(cell, stats_row->name);
	case COLUMN_OP:
		return print_text(cell, stats_row->op);
	case COLUMN_IOS:
		return print_number(cell, stats->ios);
	case COLUMN_BYTES:
		return print_number(cell, stats->bytes);
	case COLUMN_ERRORS:
		return print_number(cell, stats->errors);
	case COLUMN_P50:
		return percentile_fill(cell, latency, 500);
	case COLUMN_P90:
		return percentile_fill(cell, latency, 900);
	case COLUMN_P99:
		return percentile_fill(cell, latency, 990);
	case COLUMN_P999:
		return percentile_fill(cell, latency, 999);
	case COLUMN_TIMED:
		return print_number(cell, percentile_count(latency));
	case COLUMN_SAMPLE:
		return print_number(cell, stats_row->sample);
	default:
		print_numbers(cell, latency, SRD_LATENCY_BUCKETS);
	}
}

static const struct print_schema stats_schema = {
	.name = "stats",
	.columns = stats_columns,
	.count = ARRAY_SIZE(stats_columns),
	.fill = fill_stats,
};

enum {
	HISTOGRAM_NAME,
	HISTOGRAM_OP,
	HISTOGRAM_FROM,
	HISTOGRAM_TO,
	HISTOGRAM_IOS,
	HISTOGRAM_BAR,
};

static const struct print_column histogram_columns[] = {
	[HISTOGRAM_NAME] = { "NAME", PRINT_TEXT, PRINT_ALWAYS, "the disk" },
	[HISTOGRAM_OP] = { "OP", PRINT_TEXT, PRINT_ALWAYS, "kind of request" },
	[HISTOGRAM_FROM] = { "FROM", PRINT_TIME, PRINT_ALWAYS, "these took so long or longer" },
	[HISTOGRAM_TO] = { "TO", PRINT_TIME, PRINT_ALWAYS, "but less than this" },
	[HISTOGRAM_IOS] = { "IOS", PRINT_NUMBER, PRINT_ALWAYS, "requests" },
	[HISTOGRAM_BAR] = { "BAR", PRINT_TEXT, PRINT_DEFAULT, "the same drawn" },
};

static void fill_bar(struct print_cell *cell, const struct stats_row *row)
{
	uint64_t most = 1, count = row->stats->latency[row->bucket];
	char bar[BAR_WIDTH + 1];
	size_t length;
	int i;

	for (i = 0; i < SRD_LATENCY_BUCKETS; i++) {
		if (row->stats->latency[i] > most)
			most = row->stats->latency[i];
	}
	/* something is seen of every bucket that is not empty */
	length = (count * BAR_WIDTH + most - 1) / most;
	memset(bar, '#', length);
	bar[length] = '\0';
	print_text(cell, bar);
}

static void fill_histogram(struct print_cell *cell, unsigned int column, const void *row)
{
	const struct stats_row *stats_row = row;

	switch (column) {
	case HISTOGRAM_NAME:
		return print_text(cell, stats_row->name);
	case HISTOGRAM_OP:
		return print_text(cell, stats_row->op);
	case HISTOGRAM_FROM:
		return print_number(cell, percentile_start(stats_row->bucket));
	case HISTOGRAM_TO:
		if (stats_row->bucket < SRD_LATENCY_BUCKETS - 1)
			print_number(cell, percentile_start(stats_row->bucket + 1));
		return;
	case HISTOGRAM_IOS:
		return print_number(cell, stats_row->stats->latency[stats_row->bucket]);
	default:
		fill_bar(cell, stats_row);
	}
}

static const struct print_schema histogram_schema = {
	.name = "histogram",
	.columns = histogram_columns,
	.count = ARRAY_SIZE(histogram_columns),
	.fill = fill_histogram,
};

/* Rows from the first to the last bucket that is not empty. */
static void print_histogram(struct print *print, struct stats_row *row)
{
	unsigned int first = 0, last = SRD_LATENCY_BUCKETS;
	uint64_t latency[SRD_LATENCY_BUCKETS];

	copy_latency(row->stats, latency);
	if (!percentile_count(latency))
		return;
	while (!row->stats->latency[first])
		first++;
	while (!row->stats->latency[last - 1])
		last--;
	for (row->bucket = first; row->bucket < last; row->bucket++)
		print_row(print, row);
}

struct stats_print {
	struct print *print;
	bool histogram;
	unsigned int count;
};

static bool print_disk(const struct device *dev, const struct device_disk *disk, void *argument)
{
	struct stats_print *stats_print = argument;
	struct stats_row row = { .name = disk->info.name };
	struct srd_ioc_stats stats;
	int op, ret;

	ret = device_stats(dev, disk->info.number, &stats);
	if (ret) {
		verb_failed(disk->info.name, ret, NULL);
		return false;
	}
	row.sample = stats.latency_sample;
	for (op = 0; op < SRD_OP_COUNT; op++) {
		row.op = verb_ops[op];
		row.stats = &stats.op[op];
		if (stats_print->histogram)
			print_histogram(stats_print->print, &row);
		else
			print_row(stats_print->print, &row);
	}
	stats_print->count++;
	return true;
}

static int run_stats(const struct verb *verb, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "help",	no_argument, NULL, 'h' },
		{ "histogram",	no_argument, NULL, 'H' },
		PRINT_LONG_OPTIONS,
		{ 0 }
	};
	struct print_options options = { .format = PRINT_FORMAT_TABLE };
	struct stats_print stats_print = { 0 };
	struct verb chosen = *verb;
	struct device dev;
	int option, status;

	while ((option = verb_getopt(verb, argc, argv, ":hH" PRINT_SHORT_OPTIONS,
				     long_options)) != -1) {
		if (option == 'H')
			stats_print.histogram = true;
		else if (!print_option(&options, option, optarg))
			return EXIT_USAGE;
	}
	if (stats_print.histogram)
		chosen.schema = &histogram_schema;
	stats_print.print = verb_print(&chosen, &options);
	if (!stats_print.print)
		return EXIT_USAGE;
	if (!verb_open(&dev, DEVICE_READ_SYSFS)) {
		print_abandon(stats_print.print);
		return EXIT_FAILURE;
	}
	status = verb_each(&dev, argv + optind, argc - optind, print_disk, &stats_print);
	print_close(stats_print.print);
	if (!stats_print.count && status == EXIT_SUCCESS && options.format == PRINT_FORMAT_TABLE)
		verb_warn("there are no disks (make one: srdctl create --size 1G)");
	device_close(&dev);
	return status;
}

static bool reset_disk(const struct device *dev, const struct device_disk *disk, void *argument)
{
	int ret = device_reset_stats(dev, disk->info.number);

	(void)argument;
	if (ret)
		verb_failed(disk->info.name, ret, NULL);
	return !ret;
}

static int run_reset(const struct verb *verb, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "all",	no_argument, NULL, 'a' },
		{ "help",	no_argument, NULL, 'h' },
		{ 0 }
	};
	bool all = false;
	struct device dev;
	int option, status;

	while ((option = verb_getopt(verb, argc, argv, ":ah", long_options)) != -1) {
		if (option != 'a')
			return EXIT_USAGE;
		all = true;
	}
	if (all == (optind < argc))
		return verb_usage(verb, "reset-stats: say which disks, or --all");
	if (!verb_open(&dev, DEVICE_CHANGE))
		return EXIT_FAILURE;
	status = verb_each(&dev, argv + optind, argc - optind, reset_disk, NULL);
	device_close(&dev);
	return status;
}

const struct verb verb_stats = {
	.name = "stats",
	.usage = "[OPTIONS] [DEV...]",
	.summary = "show what was asked of disks, and how long it took",
	.options =
		" -H, --histogram      how many requests took how long; other columns\n"
		PRINT_HELP,
	.note =
		"One request in SAMPLE is timed (64, or what was written to the file\n"
		"/sys/block/srdN/srd/latency_sample), and its time is counted in a bucket that\n"
		"ends at a power of two. P50 to P999 are upper ends of such buckets: the real\n"
		"value is below, and may be half of it.\n",
	.schema = &stats_schema,
	.run = run_stats,
};

const struct verb verb_reset_stats = {
	.name = "reset-stats",
	.usage = "DEV... | --all",
	.summary = "set the counters of disks to zero",
	.options = " -a, --all            all disks\n",
	.run = run_reset,
};
