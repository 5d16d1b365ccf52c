// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl list - a line for each disk; and the columns that it shares with info
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verbs.h"

enum {
	COLUMN_NAME,
	COLUMN_PATH,
	COLUMN_SIZE,
	COLUMN_USED,
	COLUMN_SHARED,
	COLUMN_LIMIT,
	COLUMN_PREALLOC,
	COLUMN_SECTOR,
	COLUMN_MODE,
	COLUMN_QUEUES,
	COLUMN_DEPTH,
	COLUMN_POLL_QUEUES,
	COLUMN_NODE,
	COLUMN_RO,
	COLUMN_OPENERS,
	COLUMN_DEFERRED,
	COLUMN_WINDOW,
	COLUMN_CACHE,
	COLUMN_CACHED,
	COLUMN_POWER,
	COLUMN_FAULTS,
	COLUMN_TIMING,
	COLUMN_READS,
	COLUMN_WRITES,
	COLUMN_DISCARDS,
	COLUMN_READ_BYTES,
	COLUMN_WRITE_BYTES,
	COLUMN_ERRORS,
	COLUMN_MAJMIN,
	COLUMN_ORIGIN,
	COLUMN_LABEL,
};

static const struct print_column disk_columns[] = {
	[COLUMN_NAME] = { "NAME", PRINT_TEXT, PRINT_ALWAYS, "name" },
	[COLUMN_PATH] = { "PATH", PRINT_TEXT, PRINT_DEFAULT_JSON, "path of the node" },
	[COLUMN_SIZE] = { "SIZE", PRINT_SIZE, PRINT_ALWAYS, "capacity" },
	[COLUMN_USED] = { "USED", PRINT_SIZE, PRINT_ALWAYS,
			  "memory held alone, the table included" },
	[COLUMN_SHARED] = { "SHARED", PRINT_SIZE, PRINT_DEFAULT_JSON,
			    "memory held with others, which counts once for all of them" },
	[COLUMN_LIMIT] = { "LIMIT", PRINT_SIZE, PRINT_ALWAYS,
			   "memory that it may hold; none: no limit of its own" },
	[COLUMN_PREALLOC] = { "PREALLOC", PRINT_FLAG, PRINT_DEFAULT_JSON,
			      "has all its memory, and keeps it" },
	[COLUMN_SECTOR] = { "SECTOR", PRINT_NUMBER, PRINT_ALWAYS, "logical block size, in bytes" },
	[COLUMN_MODE] = { "MODE", PRINT_TEXT, PRINT_ALWAYS,
			  "mq: requests, through queues; bio: as they come" },
	[COLUMN_QUEUES] = { "QUEUES", PRINT_NUMBER, PRINT_ALWAYS,
			    "hardware queues; 0 in mode bio" },
	[COLUMN_DEPTH] = { "DEPTH", PRINT_NUMBER, PRINT_ALWAYS,
			   "requests in flight for each queue; 0 in mode bio" },
	[COLUMN_POLL_QUEUES] = { "POLL-QUEUES", PRINT_NUMBER, PRINT_DEFAULT_JSON,
				 "queues for polled I/O, beside the others" },
	[COLUMN_NODE] = { "NODE", PRINT_NUMBER, PRINT_DEFAULT_JSON, "NUMA node, -1: local memory" },
	[COLUMN_RO] = { "RO", PRINT_FLAG, PRINT_ALWAYS, "refuses writes" },
	[COLUMN_OPENERS] = { "OPENERS", PRINT_NUMBER, PRINT_ALWAYS,
			     "how often it is open; empty for those who may not know" },
	[COLUMN_DEFERRED] = { "DEFERRED", PRINT_FLAG, PRINT_DEFAULT_JSON,
			      "goes when the last one closes it" },
	[COLUMN_WINDOW] = { "WINDOW", PRINT_FLAG, PRINT_DEFAULT_JSON,
			    "programs can map its memory" },
	[COLUMN_CACHE] = { "CACHE", PRINT_TEXT, PRINT_DEFAULT_JSON,
			   "volatile: a power cut loses what was not flushed; none" },
	[COLUMN_CACHED] = { "CACHED", PRINT_SIZE, PRINT_DEFAULT_JSON, "not flushed yet" },
	[COLUMN_POWER] = { "POWER", PRINT_TEXT, PRINT_DEFAULT_JSON,
			   "on; off: its power is cut, and requests fail" },
	[COLUMN_FAULTS] = { "FAULTS", PRINT_NUMBER, PRINT_DEFAULT_JSON,
			    "how often fault rules have been applied" },
	[COLUMN_TIMING] = { "TIMING", PRINT_TEXT, PRINT_DEFAULT_JSON,
			    "set: requests take a time that was set; none" },
	[COLUMN_READS] = { "READS", PRINT_NUMBER, PRINT_DEFAULT_JSON, "read requests" },
	[COLUMN_WRITES] = { "WRITES", PRINT_NUMBER, PRINT_DEFAULT_JSON, "write requests" },
	[COLUMN_DISCARDS] = { "DISCARDS", PRINT_NUMBER, PRINT_DEFAULT_JSON, "discard requests" },
	[COLUMN_READ_BYTES] = { "READ-BYTES", PRINT_SIZE, PRINT_DEFAULT_JSON, "bytes read" },
	[COLUMN_WRITE_BYTES] = { "WRITE-BYTES", PRINT_SIZE, PRINT_DEFAULT_JSON, "bytes written" },
	[COLUMN_ERRORS] = { "ERRORS", PRINT_NUMBER, PRINT_DEFAULT_JSON,
			    "requests of any kind that failed" },
	[COLUMN_MAJMIN] = { "MAJ:MIN", PRINT_TEXT, PRINT_DEFAULT_JSON, "device number" },
	[COLUMN_ORIGIN] = { "ORIGIN", PRINT_TEXT, PRINT_DEFAULT_JSON,
			    "what it was a snapshot or a clone of" },
	[COLUMN_LABEL] = { "LABEL", PRINT_TEXT, PRINT_ALWAYS, "label" },
};

static uint64_t count_errors(const struct srd_ioc_stats *stats)
{
	uint64_t errors = 0;
	int op;

	for (op = 0; op < SRD_OP_SLOTS; op++)
		errors += stats->op[op].errors;
	return errors;
}

static void fill_counter(struct print_cell *cell, unsigned int column,
			 const struct srd_ioc_stats *stats)
{
	switch (column) {
	case COLUMN_READS:
		return print_number(cell, stats->op[SRD_OP_READ].ios);
	case COLUMN_WRITES:
		return print_number(cell, stats->op[SRD_OP_WRITE].ios);
	case COLUMN_DISCARDS:
		return print_number(cell, stats->op[SRD_OP_DISCARD].ios);
	case COLUMN_READ_BYTES:
		return print_number(cell, stats->op[SRD_OP_READ].bytes);
	case COLUMN_WRITE_BYTES:
		return print_number(cell, stats->op[SRD_OP_WRITE].bytes);
	default:
		print_number(cell, count_errors(stats));
	}
}

static void fill_device_number(struct print_cell *cell, const struct srd_ioc_info *info)
{
	char text[32];

	snprintf(text, sizeof(text), "%u:%u", info->major, info->minor);
	print_text(cell, text);
}

static void fill_origin(struct print_cell *cell, const struct srd_ioc_info *info)
{
	char text[32] = "";

	if (info->origin >= 0)
		snprintf(text, sizeof(text), "srd%d", info->origin);
	print_text(cell, text);
}

static void fill_disk(struct print_cell *cell, unsigned int column, const void *row)
{
	const struct disk_row *disk_row = row;
	const struct device_disk *disk = disk_row->disk;
	const struct srd_ioc_info *info = &disk->info;

	switch (column) {
	case COLUMN_NAME:
		return print_text(cell, info->name);
	case COLUMN_PATH:
		return print_text(cell, disk->path);
	case COLUMN_SIZE:
		return print_number(cell, info->capacity);
	case COLUMN_USED:
		return print_number(cell, info->used);
	case COLUMN_SHARED:
		return print_number(cell, info->shared);
	case COLUMN_LIMIT:
		return info->limit ? print_number(cell, info->limit) : print_word(cell, "none", 0);
	case COLUMN_PREALLOC:
		return print_number(cell, !!(info->state & SRD_STATE_PREALLOC));
	case COLUMN_SECTOR:
		return print_number(cell, info->block_size);
	case COLUMN_MODE:
		return print_text(cell, disk->mode);
	case COLUMN_QUEUES:
		return print_number(cell, info->queues);
	case COLUMN_DEPTH:
		return print_number(cell, info->queue_depth);
	case COLUMN_POLL_QUEUES:
		return print_number(cell, info->poll_queues);
	case COLUMN_NODE:
		return print_signed(cell, info->node);
	case COLUMN_RO:
		return print_number(cell, !!(info->state & SRD_STATE_READ_ONLY));
	case COLUMN_OPENERS:
		if (disk->openers_known)
			print_number(cell, info->openers);
		return;
	case COLUMN_DEFERRED:
		if (disk->openers_known)
			print_number(cell, !!(info->state & SRD_STATE_DEFERRED));
		return;
	case COLUMN_WINDOW:
		return print_number(cell, !!(info->state & SRD_STATE_WINDOW));
	case COLUMN_CACHE:
		return print_text(cell, info->state & SRD_STATE_VOLATILE ? "volatile" : "none");
	case COLUMN_CACHED:
		return print_number(cell, info->cached);
	case COLUMN_POWER:
		return print_text(cell, info->state & SRD_STATE_OFF ? "off" : "on");
	case COLUMN_FAULTS:
		return print_number(cell, info->faults);
	case COLUMN_TIMING:
		if (disk->openers_known)
			print_text(cell, info->state & SRD_STATE_TIMING ? "set" : "none");
		return;
	case COLUMN_MAJMIN:
		return fill_device_number(cell, info);
	case COLUMN_ORIGIN:
		return fill_origin(cell, info);
	case COLUMN_LABEL:
		return print_text(cell, info->label);
	default:
		if (disk_row->stats)
			fill_counter(cell, column, disk_row->stats);
	}
}

const struct print_schema disk_schema = {
	.name = "srd",
	.columns = disk_columns,
	.count = ARRAY_SIZE(disk_columns),
	.fill = fill_disk,
};

struct list {
	struct print *print;
	unsigned int count;
	unsigned int dead;	/* whose power is cut */
	char dead_name[SRD_NAME_LEN];	/* the first of them */
};

static bool shows_counters(const struct print *print)
{
	unsigned int column;

	for (column = COLUMN_READS; column <= COLUMN_ERRORS; column++) {
		if (print_shows(print, column))
			return true;
	}
	return false;
}

static bool list_disk(const struct device *dev, const struct device_disk *disk, void *argument)
{
	struct list *list = argument;
	struct srd_ioc_stats stats;
	struct disk_row row = { .disk = disk };

	if (shows_counters(list->print) && !device_stats(dev, disk->info.number, &stats))
		row.stats = &stats;
	print_row(list->print, &row);
	list->count++;
	if (disk->info.state & SRD_STATE_OFF && !list->dead++)
		memcpy(list->dead_name, disk->info.name, sizeof(list->dead_name));
	return true;
}

/* What people have to know who wonder why all fails. */
static void hint(const struct list *list, int status)
{
	if (!list->count && status == EXIT_SUCCESS)
		verb_warn("there are no disks (make one: srdctl create --size 1G)");
	if (list->dead > 1)
		verb_warn("the power of %u disks is cut (see: srdctl list -o +POWER, srdctl help poweron)",
			  list->dead);
	else if (list->dead)
		verb_warn("%s: its power is cut (give it back: srdctl poweron %s)", list->dead_name,
			  list->dead_name);
}

static int run(const struct verb *verb, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "help", no_argument, NULL, 'h' },
		PRINT_LONG_OPTIONS,
		{ 0 }
	};
	struct print_options options = { .format = PRINT_FORMAT_TABLE };
	struct list list = { 0 };
	struct device dev;
	int option, status;

	while ((option = verb_getopt(verb, argc, argv, ":h" PRINT_SHORT_OPTIONS,
				     long_options)) != -1) {
		if (!print_option(&options, option, optarg))
			return EXIT_USAGE;
	}
	list.print = verb_print(verb, &options);
	if (!list.print)
		return EXIT_USAGE;
	if (!verb_open(&dev, DEVICE_READ_SYSFS)) {
		print_abandon(list.print);
		return EXIT_FAILURE;
	}
	status = verb_each(&dev, argv + optind, argc - optind, list_disk, &list);
	print_close(list.print);
	if (options.format == PRINT_FORMAT_TABLE)
		hint(&list, status);
	device_close(&dev);
	return status;
}

const struct verb verb_list = {
	.name = "list",
	.usage = "[OPTIONS] [DEV...]",
	.summary = "list disks, all or those named",
	.options = PRINT_HELP,
	.schema = &disk_schema,
	.run = run,
};
