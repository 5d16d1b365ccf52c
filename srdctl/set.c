// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl set - how a disk behaves: how long it takes, whether it has a cache that forgets
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "latency.h"
#include "size.h"
#include "verbs.h"

#define BANDWIDTH_MIN	1024

static const struct verb_error errors[] = {
	{ EBUSY, "it has a window, and cannot have a volatile cache, too (srdctl window)" },
	{ 0 }
};

/* What the user wants changed. */
struct change {
	struct srd_latency op[SRD_OP_COUNT];
	bool has_op[SRD_OP_COUNT];
	bool has_bandwidth, has_cpu, has_seed;
	uint64_t bandwidth;
	int32_t cpu;
	uint64_t seed;
	struct srd_ioc_set set;
	char words[256];	/* as they were given */
};

/* ---- reading the command line ---- */

static bool parse_latency(const struct verb *verb, const char *text, int op, struct change *change)
{
	change->has_op[op] = true;
	return latency_parse(verb, text, op, &change->op[op]);
}

/* OP-latency=MODEL, or latency=MODEL for all. */
static bool parse_latencies(const struct verb *verb, const char *key, size_t length,
			    const char *text, struct change *change)
{
	int op;

	if (!length) {
		for (op = 0; op < SRD_OP_COUNT; op++) {
			if (!parse_latency(verb, text, op, change))
				return false;
		}
		return true;
	}
	for (op = 0; op < SRD_OP_COUNT; op++) {
		if (strlen(verb_ops[op]) == length - 1 && !strncmp(verb_ops[op], key, length - 1))
			return parse_latency(verb, text, op, change);
	}
	verb_usage(verb, "set: unknown key '%s'", key);
	return false;
}

static bool parse_bandwidth(const struct verb *verb, const char *text, struct change *change)
{
	change->has_bandwidth = true;
	change->bandwidth = 0;
	if (!strcmp(text, "none"))
		return true;
	if (!verb_size(verb, "bandwidth", text, &change->bandwidth))
		return false;
	if (change->bandwidth >= BANDWIDTH_MIN)
		return true;
	verb_usage(verb, "set: bandwidth must be %d bytes a second or more; none: no limit",
		   BANDWIDTH_MIN);
	return false;
}

static bool parse_cpu(const struct verb *verb, const char *text, struct change *change)
{
	uint32_t cpu;

	change->has_cpu = true;
	change->cpu = -1;
	if (!strcmp(text, "any"))
		return true;
	if (!verb_number(verb, "cpu", text, INT_MAX, &cpu))
		return false;
	change->cpu = cpu;
	return true;
}

static bool parse_choice(const struct verb *verb, const char *key, const char *text, const char *no,
			 const char *yes, uint32_t *value)
{
	*value = !strcmp(text, yes);
	if (*value || !strcmp(text, no))
		return true;
	verb_usage(verb, "set: %s '%s' is neither %s nor %s", key, text, yes, no);
	return false;
}

static bool parse_value(const struct verb *verb, const char *key, const char *text,
			struct change *change)
{
	size_t length = strlen(key), suffix = strlen("latency");

	if (length >= suffix && !strcmp(key + length - suffix, "latency"))
		return parse_latencies(verb, key, length - suffix, text, change);
	if (!strcmp(key, "bandwidth"))
		return parse_bandwidth(verb, text, change);
	if (!strcmp(key, "cpu"))
		return parse_cpu(verb, text, change);
	if (!strcmp(key, "seed")) {
		change->has_seed = true;
		return verb_number64(verb, "seed", text, &change->seed);
	}
	if (!strcmp(key, "cache")) {
		change->set.flags |= SRD_SET_VOLATILE;
		return parse_choice(verb, key, text, "none", "volatile", &change->set.cache);
	}
	if (!strcmp(key, "badblocks")) {
		change->set.flags |= SRD_SET_HEAL;
		return parse_choice(verb, key, text, "keep", "heal", &change->set.heal);
	}
	verb_usage(verb, "set: unknown key '%s'", key);
	return false;
}

/* @word is the command line's own, and split here. */
static bool parse_word(const struct verb *verb, char *word, struct change *change)
{
	size_t length = strlen(change->words);
	char *value = strchr(word, '=');

	snprintf(change->words + length, sizeof(change->words) - length, "%s%s",
		 length ? " " : "", word);

	if (!value) {
		verb_usage(verb, "set: '%s' is not KEY=VALUE; one disk is set at a time", word);
		return false;
	}
	*value++ = '\0';
	return parse_value(verb, word, value, change);
}

/* ---- changing ---- */

static bool changes_times(const struct change *change)
{
	int op;

	for (op = 0; op < SRD_OP_COUNT; op++) {
		if (change->has_op[op])
			return true;
	}
	return change->has_bandwidth || change->has_cpu;
}

static void apply_times(const struct change *change, struct srd_ioc_timing *timing)
{
	int op;

	for (op = 0; op < SRD_OP_COUNT; op++) {
		if (change->has_op[op])
			timing->op[op] = change->op[op];
	}
	if (change->has_bandwidth)
		timing->bandwidth = change->bandwidth;
	if (change->has_cpu)
		timing->cpu = change->cpu;
}

/* What the module does not name; all that was asked for is checked before, so it is rarely seen. */
static void warn_refused(const struct device_disk *disk, const struct change *change)
{
	verb_warn("%s: the module refuses %s (see: srdctl help set)", disk->info.name,
		  change->words);
}

/* What is not changed stays, the seed of what was set before too. */
static int set_times(const struct device *dev, const struct device_disk *disk,
		     const struct change *change)
{
	struct srd_ioc_timing timing = { 0 };
	int ret;

	ret = device_timing(dev, disk->info.number, &timing);
	if (ret)
		return verb_failed(disk->info.name, ret, NULL);
	apply_times(change, &timing);
	timing.flags = SRD_TIMING_SET | SRD_TIMING_SEED;
	if (change->has_seed)
		timing.seed = change->seed;
	else if (!timing.seed)
		timing.seed = verb_seed();
	ret = device_timing(dev, disk->info.number, &timing);
	if (ret != -EINVAL)
		return ret ? verb_failed(disk->info.name, ret, errors) : EXIT_SUCCESS;
	if (timing.cpu >= 0 && !device_cpu(timing.cpu))
		verb_warn("%s: cpu: there is no CPU %d, or it is offline", disk->info.name,
			  timing.cpu);
	else
		warn_refused(disk, change);
	return EXIT_FAILURE;
}

static int set_rest(const struct device *dev, const struct device_disk *disk,
		    const struct change *change)
{
	struct srd_ioc_set set = change->set;
	int ret;

	if (!set.flags)
		return EXIT_SUCCESS;
	if (set.cache == SRD_CACHE_VOLATILE) {
		set.flags |= SRD_SET_SEED;
		set.seed = change->has_seed ? change->seed : verb_seed();
	}
	ret = device_set(dev, disk->info.number, &set);
	if (ret == -EINVAL) {
		warn_refused(disk, change);
		return EXIT_FAILURE;
	}
	return ret ? verb_failed(disk->info.name, ret, errors) : EXIT_SUCCESS;
}

static int set_disk(const struct device *dev, const char *name, const struct change *change)
{
	struct device_disk disk;
	bool times, cache;
	int status = EXIT_SUCCESS;

	if (!verb_find(dev, name, &disk))
		return EXIT_FAILURE;
	times = changes_times(change) ||
		(change->has_seed && disk.info.state & SRD_STATE_TIMING);
	cache = change->set.cache == SRD_CACHE_VOLATILE && !(disk.info.state & SRD_STATE_VOLATILE);
	if (change->has_seed && !times && !cache) {
		verb_warn("%s: a seed is that of a latency, or of a cache that becomes volatile; later: srdctl poweron --seed",
			  disk.info.name);
		return EXIT_FAILURE;
	}
	if (times)
		status = set_times(dev, &disk, change);
	return status == EXIT_SUCCESS ? set_rest(dev, &disk, change) : status;
}

/* ---- showing ---- */

enum {
	COLUMN_NAME,
	COLUMN_OP,		/* as many as there are kinds of request */
	COLUMN_BANDWIDTH = COLUMN_OP + SRD_OP_COUNT,
	COLUMN_CPU,
	COLUMN_SEED,
	COLUMN_CACHE,
};

static const struct print_column columns[] = {
	[COLUMN_NAME] = { "NAME", PRINT_TEXT, PRINT_ALWAYS, "the disk" },
	[COLUMN_OP + SRD_OP_READ] = { "READ", PRINT_TEXT, PRINT_ALWAYS, "latency of reads" },
	[COLUMN_OP + SRD_OP_WRITE] = { "WRITE", PRINT_TEXT, PRINT_ALWAYS, "and of writes" },
	[COLUMN_OP + SRD_OP_DISCARD] = { "DISCARD", PRINT_TEXT, PRINT_DEFAULT_JSON,
					 "and of discards" },
	[COLUMN_OP + SRD_OP_WRITE_ZEROES] = { "WRITE-ZEROES", PRINT_TEXT, PRINT_DEFAULT_JSON,
					      "and of writes of zeroes" },
	[COLUMN_OP + SRD_OP_SECURE_ERASE] = { "SECURE-ERASE", PRINT_TEXT, PRINT_DEFAULT_JSON,
					      "and of secure erases" },
	[COLUMN_OP + SRD_OP_FLUSH] = { "FLUSH", PRINT_TEXT, PRINT_ALWAYS, "and of flushes" },
	[COLUMN_BANDWIDTH] = { "BANDWIDTH", PRINT_SIZE, PRINT_ALWAYS,
			       "bytes a second; 0: no limit" },
	[COLUMN_CPU] = { "CPU", PRINT_TEXT, PRINT_ALWAYS, "where requests are answered" },
	[COLUMN_SEED] = { "SEED", PRINT_NUMBER, PRINT_ALWAYS, "of times by chance" },
	[COLUMN_CACHE] = { "CACHE", PRINT_TEXT, PRINT_ALWAYS, "volatile or none" },
};

struct settings {
	const struct device_disk *disk;
	const struct srd_ioc_timing *timing;
};

static void fill(struct print_cell *cell, unsigned int column, const void *row)
{
	const struct settings *settings = row;
	const struct srd_ioc_timing *timing = settings->timing;
	char text[LATENCY_TEXT_LEN];

	switch (column) {
	case COLUMN_NAME:
		return print_text(cell, settings->disk->info.name);
	case COLUMN_BANDWIDTH:
		return timing->bandwidth ? print_number(cell, timing->bandwidth) :
					   print_word(cell, "none", 0);
	case COLUMN_CPU:
		snprintf(text, sizeof(text), "%d", timing->cpu);
		return print_text(cell, timing->cpu < 0 ? "any" : text);
	case COLUMN_SEED:
		if (settings->disk->info.state & SRD_STATE_TIMING)
			print_number(cell, timing->seed);
		return;
	case COLUMN_CACHE:
		return print_text(cell, settings->disk->info.state & SRD_STATE_VOLATILE ?
				  "volatile" : "none");
	default:
		latency_format(&timing->op[column - COLUMN_OP], column - COLUMN_OP, text);
		print_text(cell, text);
	}
}

static const struct print_schema schema = {
	.name = "settings",
	.columns = columns,
	.count = ARRAY_SIZE(columns),
	.fill = fill,
};

static bool show_disk(const struct device *dev, const struct device_disk *disk, void *argument)
{
	struct srd_ioc_timing timing = { 0 };
	struct settings row = { .disk = disk, .timing = &timing };
	int ret;

	ret = device_timing(dev, disk->info.number, &timing);
	if (ret)
		verb_failed(disk->info.name, ret, NULL);
	else
		print_row(argument, &row);
	return !ret;
}

static int show(const struct verb *verb, const struct print_options *options, char **names,
		int count)
{
	struct print *print;
	struct device dev;
	int status;

	print = verb_print(verb, options);
	if (!print)
		return EXIT_USAGE;
	if (!verb_open(&dev, DEVICE_READ)) {
		print_abandon(print);
		return EXIT_FAILURE;
	}
	status = verb_each(&dev, names, count, show_disk, print);
	print_close(print);
	device_close(&dev);
	return status;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "help", no_argument, NULL, 'h' },
		PRINT_LONG_OPTIONS,
		{ 0 }
	};
	struct print_options options = { .format = PRINT_FORMAT_TABLE };
	struct change change = { 0 };
	int option, status, i;
	struct device dev;

	while ((option = verb_getopt(verb, argc, argv, ":h" PRINT_SHORT_OPTIONS,
				     long_options)) != -1) {
		if (!print_option(&options, option, optarg))
			return EXIT_USAGE;
	}
	for (i = optind; i < argc && !strchr(argv[i], '='); i++)
		;
	if (i == argc)
		return show(verb, &options, argv + optind, argc - optind);
	if (i == optind)
		return verb_usage(verb, "set: say which disk before '%s'", argv[i]);
	for (i = optind + 1; i < argc; i++) {
		if (!parse_word(verb, argv[i], &change))
			return EXIT_USAGE;
	}
	if (!verb_open(&dev, DEVICE_CHANGE))
		return EXIT_FAILURE;
	status = set_disk(&dev, argv[optind], &change);
	device_close(&dev);
	return status;
}

const struct verb verb_set = {
	.name = "set",
	.usage = "[OPTIONS] [DEV [KEY=VALUE...]]",
	.summary = "set how long a disk takes and whether it has a cache; or show it",
	.options = PRINT_HELP,
	.schema = &schema,
	.note =
		"Keys:\n"
		" latency=MODEL        how long a request takes, of whatever kind; KIND-latency:\n"
		"                      of that kind: read, write, discard, write-zeroes,\n"
		"                      secure-erase, flush. The last one that is given counts\n"
		" bandwidth=SIZE|none  what all reads and writes together do not exceed, a second\n"
		" cpu=N|any            where requests are answered; any: where they were asked\n"
		" cache=volatile|none  volatile: a power cut loses what was not flushed\n"
		" badblocks=heal|keep  what a write does to bad blocks (see docs/faults.md)\n"
		" seed=N               of times by chance, and of a cache that becomes volatile\n"
		"Models:\n"
		" none                 as fast as memory\n"
		" TIME                 always that, at least: 80us\n"
		" TIME-TIME            between these, each alike: 50us-150us\n"
		" TIME:N,TIME:N,...    these, so often beside each other: 80us:95,1ms:4,20ms:1\n"
		" seek:TIME:TIME:TIME  as an arm: to the next track, over all of them, and a turn\n"
		" nvme                 a consumer's NVMe drive: reads 45us, writes 17us, of a\n"
		"                      hundred one 400us or 1ms; flushes 300us to 1.5ms\n"
		" ssd                  a SATA one: 77us, 28us, one 1ms or 5ms; flushes 1 to 5ms\n"
		" hdd                  7200 turns a minute: seeks 1 to 15ms by distance and up to\n"
		"                      a turn, 8.3ms; flushes a turn to three\n"
		"\nExamples:\n"
		" srdctl set srd0 latency=hdd bandwidth=200MB\n"
		" srdctl set srd0 latency=none read-latency=80us:99,20ms:1 seed=7\n"
		" srdctl set srd0 latency=none bandwidth=none\n",
	.run = run,
};
