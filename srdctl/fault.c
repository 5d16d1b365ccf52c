// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl fault - rules by which requests of a disk fail on purpose
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rule.h"
#include "verbs.h"

static const struct verb_error errors[] = {
	{ EOPNOTSUPP, "a disk of mode bio has no time-outs: make one with --mode mq" },
	{ ENOSPC, "a disk has no more than 64 rules: remove some (see: srdctl fault list)" },
	{ EINVAL, "the module refuses this rule (see: srdctl help fault)" },
	{ 0 }
};

enum {
	COLUMN_ID,
	COLUMN_DEV,
	COLUMN_OPS,
	COLUMN_RANGE,
	COLUMN_WHEN,
	COLUMN_WHAT,
	COLUMN_SEEN,
	COLUMN_HITS,
	COLUMN_SEED,
	COLUMN_START,
	COLUMN_END,
};

static const struct print_column columns[] = {
	[COLUMN_ID] = { "ID", PRINT_NUMBER, PRINT_ALWAYS, "number of the rule, of this disk" },
	[COLUMN_DEV] = { "DEV", PRINT_TEXT, PRINT_ALWAYS, "the disk" },
	[COLUMN_OPS] = { "OPS", PRINT_TEXT, PRINT_ALWAYS, "requests that it looks at" },
	[COLUMN_RANGE] = { "RANGE", PRINT_TEXT, PRINT_ALWAYS, "and where" },
	[COLUMN_WHEN] = { "WHEN", PRINT_TEXT, PRINT_ALWAYS, "which of them it is applied to" },
	[COLUMN_WHAT] = { "WHAT", PRINT_TEXT, PRINT_ALWAYS, "what it does to them" },
	[COLUMN_SEEN] = { "SEEN", PRINT_NUMBER, PRINT_ALWAYS, "how many it has looked at" },
	[COLUMN_HITS] = { "HITS", PRINT_NUMBER, PRINT_ALWAYS, "how often it was applied" },
	[COLUMN_SEED] = { "SEED", PRINT_NUMBER, PRINT_ALWAYS, "of its choices by chance" },
	[COLUMN_START] = { "START", PRINT_SIZE, PRINT_DEFAULT_JSON, "first byte of the range" },
	[COLUMN_END] = { "END", PRINT_SIZE, PRINT_DEFAULT_JSON,
			 "the byte behind it; empty: the disk's end" },
};

struct rule_row {
	const char *name;
	const struct srd_rule *rule;
	bool bytes;
};

static void fill_words(struct print_cell *cell, const struct rule_row *row, unsigned int column)
{
	char text[RULE_TEXT_LEN];

	switch (column) {
	case COLUMN_OPS:
		rule_ops(row->rule, text);
		break;
	case COLUMN_RANGE:
		rule_range(row->rule, row->bytes, text);
		return *text ? print_text(cell, text) : print_text(cell, "all");
	case COLUMN_WHEN:
		rule_when(row->rule, text);
		return *text ? print_text(cell, text) : print_text(cell, "always");
	default:
		rule_what(row->rule, text);
	}
	print_text(cell, text);
}

static void fill(struct print_cell *cell, unsigned int column, const void *row)
{
	const struct rule_row *rule_row = row;
	const struct srd_rule *rule = rule_row->rule;

	switch (column) {
	case COLUMN_ID:
		return print_number(cell, rule->id);
	case COLUMN_DEV:
		return print_text(cell, rule_row->name);
	case COLUMN_SEEN:
		return print_number(cell, rule->seen);
	case COLUMN_HITS:
		return print_number(cell, rule->hits);
	case COLUMN_SEED:
		return print_number(cell, rule->seed);
	case COLUMN_START:
		return print_number(cell, rule->start);
	case COLUMN_END:
		if (rule->end)
			print_number(cell, rule->end);
		return;
	default:
		fill_words(cell, rule_row, column);
	}
}

static const struct print_schema schema = {
	.name = "faults",
	.columns = columns,
	.count = ARRAY_SIZE(columns),
	.fill = fill,
};

/* ---- add ---- */

static int add(const struct device *dev, const char *name, struct srd_rule *rule)
{
	struct device_disk disk;
	int ret;

	if (!verb_find(dev, name, &disk))
		return EXIT_FAILURE;
	if (rule->start >= disk.info.capacity) {
		verb_warn("%s: the range begins behind the disk's end (see: srdctl list %s)",
			  disk.info.name, disk.info.name);
		return EXIT_FAILURE;
	}
	ret = device_rule_add(dev, disk.info.number, rule);
	if (ret)
		return verb_failed(disk.info.name, ret, errors);
	printf("%u\n", rule->id);
	return EXIT_SUCCESS;
}

static const struct option help_only[] = {
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

static int run_add(const struct verb *verb, int argc, char **argv)
{
	struct srd_rule rule;
	struct device dev;
	int status;

	if (verb_getopt(verb, argc, argv, ":h", help_only) != -1)
		return EXIT_USAGE;
	if (optind == argc)
		return verb_usage(verb, "fault add: say which disk, and what goes wrong");
	if (!rule_parse(verb, argv + optind + 1, argc - optind - 1, &rule))
		return EXIT_USAGE;
	if (!verb_open(&dev, DEVICE_CHANGE))
		return EXIT_FAILURE;
	status = add(&dev, argv[optind], &rule);
	device_close(&dev);
	return status;
}

/* ---- list ---- */

struct list {
	struct print *print;
	bool bytes;
	unsigned int count;
};

static bool list_rules(const struct device *dev, const struct device_disk *disk, void *argument)
{
	struct srd_rule rule = { .id = 1 };
	struct list *list = argument;
	struct rule_row row = {
		.name = disk->info.name, .rule = &rule, .bytes = list->bytes,
	};
	int ret;

	while (!(ret = device_rule_next(dev, disk->info.number, &rule))) {
		print_row(list->print, &row);
		list->count++;
		rule = (struct srd_rule){ .id = rule.id + 1 };
		if (!rule.id)
			return true;
	}
	if (ret != -ENOENT)
		verb_failed(disk->info.name, ret, NULL);
	return ret == -ENOENT;
}

static int run_list(const struct verb *verb, int argc, char **argv)
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
	/* fault -J list: the word may come after its options */
	if (strcmp(argv[0], "list") && optind < argc && !strcmp(argv[optind], "list"))
		optind++;
	list.bytes = options.bytes || options.format == PRINT_FORMAT_JSON;
	list.print = verb_print(verb, &options);
	if (!list.print)
		return EXIT_USAGE;
	if (!verb_open(&dev, DEVICE_READ)) {
		print_abandon(list.print);
		return EXIT_FAILURE;
	}
	status = verb_each(&dev, argv + optind, argc - optind, list_rules, &list);
	if (list.count || status == EXIT_SUCCESS)
		print_close(list.print);
	else
		print_abandon(list.print);
	if (!list.count && status == EXIT_SUCCESS && options.format == PRINT_FORMAT_TABLE)
		verb_warn("there are no rules (make one: srdctl fault add DEV error=EIO chance=1%%)");
	device_close(&dev);
	return status;
}

/* ---- remove and clear ---- */

static int remove_rules(const struct device *dev, const char *name, char * const *ids, int count)
{
	struct device_disk disk;
	int i, ret, status = EXIT_SUCCESS;

	if (!verb_find(dev, name, &disk))
		return EXIT_FAILURE;
	for (i = 0; i < count; i++) {
		ret = device_rule_remove(dev, disk.info.number, strtoul(ids[i], NULL, 10));
		if (ret == -ENOENT) {
			verb_warn("%s: it has no rule %s (see: srdctl fault list %s)",
				  disk.info.name, ids[i], disk.info.name);
			status = EXIT_FAILURE;
		} else if (ret) {
			return verb_failed(disk.info.name, ret, NULL);
		}
	}
	return status;
}

static bool is_id(const struct verb *verb, const char *text)
{
	uint32_t id;

	if (!verb_number(verb, "rule", text, UINT32_MAX, &id))
		return false;
	if (!id)
		verb_usage(verb, "fault remove: rules are numbered from 1");
	return id;
}

static int run_remove(const struct verb *verb, int argc, char **argv)
{
	struct device dev;
	int i, status;

	if (verb_getopt(verb, argc, argv, ":h", help_only) != -1)
		return EXIT_USAGE;
	if (argc - optind < 2)
		return verb_usage(verb, "fault remove: say which disk, and which of its rules");
	for (i = optind + 1; i < argc; i++) {
		if (!is_id(verb, argv[i]))
			return EXIT_USAGE;
	}
	if (!verb_open(&dev, DEVICE_CHANGE))
		return EXIT_FAILURE;
	status = remove_rules(&dev, argv[optind], argv + optind + 1, argc - optind - 1);
	device_close(&dev);
	return status;
}

static bool clear_rules(const struct device *dev, const struct device_disk *disk, void *argument)
{
	int ret = device_rule_remove(dev, disk->info.number, 0);

	(void)argument;
	if (ret)
		verb_failed(disk->info.name, ret, NULL);
	return !ret;
}

static int run_clear(const struct verb *verb, int argc, char **argv)
{
	struct device dev;
	int status;

	if (verb_getopt(verb, argc, argv, ":h", help_only) != -1)
		return EXIT_USAGE;
	if (optind == argc)
		return verb_usage(verb, "fault clear: say which disks");
	if (!verb_open(&dev, DEVICE_CHANGE))
		return EXIT_FAILURE;
	status = verb_each(&dev, argv + optind, argc - optind, clear_rules, NULL);
	device_close(&dev);
	return status;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const struct verb *verb, int argc, char **argv);
	} parts[] = {
		{ "add", run_add },
		{ "list", run_list },
		{ "remove", run_remove },
		{ "clear", run_clear },
	};
	size_t i;

	/* options alone are those of the default */
	if (argc < 2 || *argv[1] == '-')
		return run_list(verb, argc, argv);
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		if (!strcmp(argv[1], parts[i].name))
			return parts[i].run(verb, argc - 1, argv + 1);
	}
	return verb_usage(verb, "fault: '%s' is none of add, list, remove and clear", argv[1]);
}

const struct verb verb_fault = {
	.name = "fault",
	.usage = "add DEV KEY=VALUE... | list [OPTIONS] [DEV...] |\n"
		 "                    remove DEV ID... | clear DEV...",
	.summary = "make requests of a disk fail, by rules; alone: list the rules",
	.options = PRINT_HELP,
	.schema = &schema,
	.note =
		"A rule does one thing:\n"
		" error=NAME           the request fails, and nothing is done: EIO, ENOSPC,\n"
		"                      ENOMEM, ETIMEDOUT, medium (ENODATA),\n"
		"                      protection (EILSEQ), target (EREMOTEIO), transport\n"
		"                      (ENOLINK), reservation (EBADE) or offline (ENODEV)\n"
		" delay=TIME           it takes so much longer (10ms); delays of rules add up\n"
		" torn=N[,error=NAME]  only its first N blocks are done; then it fails, or\n"
		"                      without an error seems to have succeeded\n"
		" drop                 it seems to succeed, and nothing is done\n"
		" flip[=BIT]           a bit is wrong of what is read, or of what is stored; any,\n"
		"                      or that one, counted from the request's start\n"
		" timeout              it is not answered until the block layer has waited for\n"
		"                      long enough (queue/io_timeout in /sys/block); mode mq only\n"
		" powercut             it fails, and the disk's power is cut\n"
		"to some requests, of all that it looks at:\n"
		" op=NAME,...          read, write, discard, write-zeroes, secure-erase, flush,\n"
		"                      all. Without it: read,write; torn and drop: write; flip:\n"
		"                      read; powercut: write,flush\n"
		" range=START-END      those that touch these bytes, END not included; or\n"
		"                      START+LENGTH, or START- to the disk's end\n"
		" after=N              the first N of them pass\n"
		" every=N              then one in N\n"
		" chance=P             then by chance: 1%, 0.01 or 1/100\n"
		" times=N              and no more than N\n"
		" seed=N               of the choices by chance: the same requests in the same\n"
		"                      order meet the same faults again\n"
		"Rules are asked in the order of their IDs, until one of them does something\n"
		"other than a delay. add prints the ID of the new one.\n"
		"\nExamples:\n"
		" srdctl fault add srd0 error=medium op=read range=1M+4K\n"
		" srdctl fault add srd0 error=EIO chance=1% seed=7\n"
		" srdctl fault add srd0 powercut op=flush after=99\n",
	.run = run,
};
