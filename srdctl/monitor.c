// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl monitor - what happens to disks, as it happens
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "size.h"
#include "verbs.h"

#define NS_PER_SECOND	1000000000ULL

/* What it means that there is nothing to read from the control node. */
static const struct verb_error errors[] = {
	{ EINVAL, "the module is older than this srdctl and has no events: load the new one" },
	{ EPROTO, "the module says something that makes no sense to this srdctl" },
	{ 0 }
};

enum {
	COLUMN_TIME,
	COLUMN_EVENT,
	COLUMN_DEV,
	COLUMN_DETAILS,
	COLUMN_OTHER,
	COLUMN_OP,
	COLUMN_ERROR,
	COLUMN_RULE,
	COLUMN_WHAT,
	COLUMN_START,
	COLUMN_LENGTH,
	COLUMN_VALUE,
	COLUMN_LOST,
	COLUMN_SEQUENCE,
	COLUMN_BOOTTIME,
};

static const struct print_column columns[] = {
	[COLUMN_TIME] = { "TIME", PRINT_TEXT, PRINT_ALWAYS,
			  "when it happened; the date in JSON only" },
	[COLUMN_EVENT] = { "EVENT", PRINT_TEXT, PRINT_ALWAYS, "what happened" },
	[COLUMN_DEV] = { "DEV", PRINT_TEXT, PRINT_ALWAYS, "to which disk; empty: to all" },
	[COLUMN_DETAILS] = { "DETAILS", PRINT_TEXT, PRINT_DEFAULT,
			     "what those from OTHER to VALUE say, in words" },
	[COLUMN_OTHER] = { "OTHER", PRINT_TEXT, PRINT_DEFAULT_JSON,
			   "the disk it is of, that was made, or it is like now" },
	[COLUMN_OP] = { "OP", PRINT_TEXT, PRINT_DEFAULT_JSON, "what a request asked for" },
	[COLUMN_ERROR] = { "ERROR", PRINT_TEXT, PRINT_DEFAULT_JSON, "why it failed" },
	[COLUMN_RULE] = { "RULE", PRINT_NUMBER, PRINT_DEFAULT_JSON,
			  "number of the rule that did it" },
	[COLUMN_WHAT] = { "WHAT", PRINT_TEXT, PRINT_DEFAULT_JSON,
			  "what the rule does, which limit it is, or what was kept" },
	[COLUMN_START] = { "START", PRINT_SIZE, PRINT_DEFAULT_JSON, "first byte of a request" },
	[COLUMN_LENGTH] = { "LENGTH", PRINT_SIZE, PRINT_DEFAULT_JSON,
			    "bytes of it, that were before, or that are held" },
	[COLUMN_VALUE] = { "VALUE", PRINT_NUMBER, PRINT_DEFAULT_JSON,
			   "the capacity, the limit, failures since the last, or blocks lost" },
	[COLUMN_LOST] = { "LOST", PRINT_NUMBER, PRINT_DEFAULT_JSON,
			  "how many came before it and were lost" },
	[COLUMN_SEQUENCE] = { "SEQUENCE", PRINT_NUMBER, PRINT_DEFAULT_JSON, "its number" },
	[COLUMN_BOOTTIME] = { "BOOTTIME", PRINT_NUMBER, PRINT_DEFAULT_JSON,
			      "nanoseconds since the machine started" },
};

static const unsigned char widths[] = {
	[COLUMN_TIME] = 12,
	[COLUMN_EVENT] = 9,
	[COLUMN_DEV] = 6,
	[COLUMN_DETAILS] = 45,
	[COLUMN_OTHER] = 6,
	[COLUMN_OP] = 12,
	[COLUMN_ERROR] = 9,
	[COLUMN_RULE] = 4,
	[COLUMN_WHAT] = 8,
	[COLUMN_START] = 6,
	[COLUMN_LENGTH] = 6,
	[COLUMN_VALUE] = 12,
	[COLUMN_LOST] = 4,
	[COLUMN_SEQUENCE] = 8,
	[COLUMN_BOOTTIME] = 16,
};

struct event_row {
	const struct srd_event *event;
	uint64_t boot;		/* when the machine started, in ns since 1970 */
	bool json;
	bool bytes;
};

#define HAS(column)	(1U << COLUMN_##column)

/* What events are called, and which columns they have beside those that all have. */
static const struct kind {
	const char *name;
	unsigned int has;
} kinds[SRD_EVENT_KINDS] = {
	[SRD_EVENT_CREATED] = { "created", HAS(OTHER) | HAS(VALUE) },
	[SRD_EVENT_REMOVED] = { "removed", 0 },
	[SRD_EVENT_RESIZED] = { "resized", HAS(LENGTH) | HAS(VALUE) },
	[SRD_EVENT_LIMIT] = { "limit", HAS(WHAT) | HAS(LENGTH) | HAS(VALUE) },
	[SRD_EVENT_ROOM] = { "room", HAS(WHAT) | HAS(LENGTH) | HAS(VALUE) },
	[SRD_EVENT_ERROR] = { "error", HAS(OP) | HAS(ERROR) | HAS(START) | HAS(LENGTH) |
				       HAS(VALUE) },
	[SRD_EVENT_FAULT] = { "fault", HAS(OP) | HAS(ERROR) | HAS(RULE) | HAS(WHAT) | HAS(START) |
				       HAS(LENGTH) },
	[SRD_EVENT_POWER_CUT] = { "power-cut", HAS(RULE) },
	[SRD_EVENT_POWER_ON] = { "power-on", HAS(WHAT) | HAS(VALUE) },
	[SRD_EVENT_SNAPSHOT] = { "snapshot", HAS(OTHER) | HAS(VALUE) },
	[SRD_EVENT_ROLLBACK] = { "rollback", HAS(OTHER) | HAS(VALUE) },
	[SRD_EVENT_RESET] = { "reset", HAS(VALUE) },
};

static const char * const limit_names[SRD_LIMIT_COUNT] = {
	[SRD_LIMIT_DISK]	= "disk",
	[SRD_LIMIT_MODULE]	= "module",
	[SRD_LIMIT_MACHINE]	= "machine",
};

static const char * const fault_names[SRD_FAULT_COUNT] = {
	[SRD_FAULT_ERROR]	= "error",
	[SRD_FAULT_DELAY]	= "delay",
	[SRD_FAULT_TORN]	= "torn",
	[SRD_FAULT_DROP]	= "drop",
	[SRD_FAULT_FLIP]	= "flip",
	[SRD_FAULT_TIMEOUT]	= "timeout",
	[SRD_FAULT_POWERCUT]	= "powercut",
};

/* ---- words ---- */

static const char *known(const char * const *names, unsigned int count, unsigned int number)
{
	return number < count ? names[number] : "?";
}

static const char *what_name(const struct srd_event *event)
{
	switch (event->kind) {
	case SRD_EVENT_FAULT:
		return known(fault_names, SRD_FAULT_COUNT, event->what);
	case SRD_EVENT_POWER_ON:
		return known(keep_names, SRD_KEEP_COUNT, event->what);
	default:
		return known(limit_names, SRD_LIMIT_COUNT, event->what);
	}
}

static const char *op_name(const struct srd_event *event)
{
	return known(verb_ops, SRD_OP_COUNT, event->op);
}

static const char *error_name(const struct srd_event *event)
{
	const char *name = strerrorname_np(event->error);

	return name ? name : "?";
}

/* One size of several in a text. */
struct size_text {
	char text[SIZE_TEXT_LEN];
};

static struct size_text size_text(const struct event_row *row, uint64_t size)
{
	struct size_text to;

	if (row->bytes)
		snprintf(to.text, sizeof(to.text), "%llu", (unsigned long long)size);
	else
		size_format(size, to.text);
	return to;
}

#define SIZE(row, size)	(size_text(row, size).text)

static void limit_details(const struct event_row *row, char *text, size_t room)
{
	const struct srd_event *event = row->event;

	switch (event->what) {
	case SRD_LIMIT_DISK:
		snprintf(text, room, "may hold %s, holds %s", SIZE(row, event->value),
			 SIZE(row, event->length));
		break;
	case SRD_LIMIT_MODULE:
		snprintf(text, room, "all disks may hold %s, hold %s", SIZE(row, event->value),
			 SIZE(row, event->length));
		break;
	default:
		snprintf(text, room, "the machine has %s, and keeps %s", SIZE(row, event->length),
			 SIZE(row, event->value));
	}
}

static void request_details(const struct event_row *row, char *text, size_t room)
{
	const struct srd_event *event = row->event;
	char rule[64] = "", error[64] = "";

	if (event->kind == SRD_EVENT_FAULT)
		snprintf(rule, sizeof(rule), "rule %u, %s: ", event->rule, what_name(event));
	if (event->error)
		snprintf(error, sizeof(error), ": %s", error_name(event));
	snprintf(text, room, "%s%s of %s at %s%s", rule, op_name(event), SIZE(row, event->length),
		 SIZE(row, event->start), error);
	if (event->kind == SRD_EVENT_ERROR && event->value > 1)
		snprintf(text + strlen(text), room - strlen(text), ", and %llu more failed",
			 (unsigned long long)event->value - 1);
}

static void details(const struct event_row *row, char *text, size_t room)
{
	const struct srd_event *event = row->event;

	*text = '\0';
	switch (event->kind) {
	case SRD_EVENT_CREATED:
		snprintf(text, room, "%s", SIZE(row, event->value));
		if (event->other >= 0)
			snprintf(text + strlen(text), room - strlen(text), ", of srd%d",
				 event->other);
		break;
	case SRD_EVENT_RESIZED:
		snprintf(text, room, "%s, was %s", SIZE(row, event->value),
			 SIZE(row, event->length));
		break;
	case SRD_EVENT_LIMIT:
	case SRD_EVENT_ROOM:
		limit_details(row, text, room);
		break;
	case SRD_EVENT_ERROR:
	case SRD_EVENT_FAULT:
		request_details(row, text, room);
		break;
	case SRD_EVENT_POWER_CUT:
		if (event->rule)
			snprintf(text, room, "by rule %u", event->rule);
		break;
	case SRD_EVENT_POWER_ON:
		snprintf(text, room, "kept %s, %llu blocks lost", what_name(event),
			 (unsigned long long)event->value);
		break;
	case SRD_EVENT_SNAPSHOT:
		snprintf(text, room, "srd%d", event->other);
		break;
	case SRD_EVENT_ROLLBACK:
		snprintf(text, room, "to srd%d", event->other);
		break;
	}
}

/* ---- columns ---- */

static void fill_time(struct print_cell *cell, const struct event_row *row)
{
	uint64_t ns = row->boot + row->event->time;
	time_t seconds = ns / NS_PER_SECOND;
	unsigned int micro = ns % NS_PER_SECOND / 1000;
	char text[64], date[40], zone[8];
	struct tm tm;

	localtime_r(&seconds, &tm);
	if (row->json) {
		strftime(date, sizeof(date), "%FT%T", &tm);
		strftime(zone, sizeof(zone), "%z", &tm);
		/* +hhmm is ISO 8601, but many who read that want +hh:mm */
		snprintf(text, sizeof(text), "%s.%06u%.3s:%s", date, micro, zone, zone + 3);
	} else {
		strftime(date, sizeof(date), "%T", &tm);
		snprintf(text, sizeof(text), "%s.%03u", date, micro / 1000);
	}
	print_text(cell, text);
}

static void fill_disk(struct print_cell *cell, int number)
{
	char name[SRD_NAME_LEN];

	if (number < 0)
		return;
	snprintf(name, sizeof(name), "srd%d", number);
	print_text(cell, name);
}

/* What not every kind of event has. */
static void fill_field(struct print_cell *cell, unsigned int column, const struct srd_event *event)
{
	if (!(kinds[event->kind].has & 1U << column))
		return;
	switch (column) {
	case COLUMN_OTHER:
		return fill_disk(cell, event->other);
	case COLUMN_OP:
		return print_text(cell, op_name(event));
	case COLUMN_ERROR:
		return event->error ? print_text(cell, error_name(event)) : (void)0;
	case COLUMN_RULE:
		return event->rule ? print_number(cell, event->rule) : (void)0;
	case COLUMN_WHAT:
		return print_text(cell, what_name(event));
	case COLUMN_START:
		return print_number(cell, event->start);
	case COLUMN_LENGTH:
		return print_number(cell, event->length);
	default:
		return print_number(cell, event->value);
	}
}

static void fill(struct print_cell *cell, unsigned int column, const void *data)
{
	const struct event_row *row = data;
	char text[256];

	switch (column) {
	case COLUMN_TIME:
		return fill_time(cell, row);
	case COLUMN_EVENT:
		return print_text(cell, kinds[row->event->kind].name);
	case COLUMN_DEV:
		return fill_disk(cell, row->event->number);
	case COLUMN_DETAILS:
		details(row, text, sizeof(text));
		return print_text(cell, text);
	case COLUMN_LOST:
		return print_number(cell, row->event->lost);
	case COLUMN_SEQUENCE:
		return print_number(cell, row->event->sequence);
	case COLUMN_BOOTTIME:
		return print_number(cell, row->event->time);
	default:
		return fill_field(cell, column, row->event);
	}
}

static const struct print_schema schema = {
	.name = "events",
	.columns = columns,
	.count = ARRAY_SIZE(columns),
	.widths = widths,
	.fill = fill,
};

/* ---- the verb ---- */

struct monitor {
	const int *numbers;	/* of disks that are asked for */
	int number_count;	/* 0: all */
	uint32_t count;		/* events until it ends; 0: never */
	bool json;
	bool bytes;
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

/* What is about all disks is about those that are asked for, too. */
static bool wanted(const struct monitor *monitor, const struct srd_event *event)
{
	int i;

	if (event->kind >= SRD_EVENT_KINDS || !kinds[event->kind].name)
		return false;
	if (!monitor->number_count || event->number < 0)
		return true;
	for (i = 0; i < monitor->number_count; i++) {
		if (monitor->numbers[i] == event->number || monitor->numbers[i] == event->other)
			return true;
	}
	return false;
}

static void show(const struct monitor *monitor, struct print *print, const struct srd_event *event)
{
	/* Asked each time: the clock may be set meanwhile. */
	struct event_row row = {
		.event = event,
		.boot = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME),
		.json = monitor->json,
		.bytes = monitor->bytes,
	};

	print_row(print, &row);
}

static int follow(const struct monitor *monitor, const struct device *dev, struct print *print)
{
	struct device_events events = { 0 };
	struct srd_event event;
	uint64_t lost = 0;
	uint32_t shown = 0;
	int ret = 0;

	while (!ret && (!monitor->count || shown < monitor->count)) {
		if (device_events_empty(&events))
			fflush(stdout);
		ret = device_event(dev, &events, &event);
		if (ret == -EINTR)
			ret = 0;
		else if (!ret)
			lost += event.lost;
		if (ret || !wanted(monitor, &event))
			continue;
		if (lost)
			verb_warn("%llu events were lost: they came faster than they were read",
				  (unsigned long long)lost);
		/* What came with one that is not shown is not forgotten. */
		event.lost = lost;
		lost = 0;
		show(monitor, print, &event);
		shown++;
	}
	return ret == -EPIPE || ret == -ENODATA ? 0 : ret;
}

/* The name of a disk that is still to come will do. */
static bool find(const struct device *dev, const char *what, int *number)
{
	const char *name = strncmp(what, "/dev/", 5) ? what : what + 5;
	struct device_disk disk;
	uint32_t n;

	if (!strncmp(name, "srd", 3) && !number_parse(name + 3, INT32_MAX, &n)) {
		*number = n;
		return true;
	}
	if (!verb_find(dev, what, &disk))
		return false;
	*number = disk.info.number;
	return true;
}

static int monitor_disks(const struct device *dev, struct monitor *monitor, struct print *print,
			 char **names)
{
	int i, ret, status = EXIT_SUCCESS;
	int *numbers;

	numbers = calloc(monitor->number_count + 1, sizeof(*numbers));
	if (!numbers)
		return verb_failed("monitor", -ENOMEM, NULL);
	monitor->numbers = numbers;
	for (i = 0; i < monitor->number_count; i++) {
		if (!find(dev, names[i], &numbers[i]))
			status = EXIT_FAILURE;
	}
	if (status == EXIT_SUCCESS) {
		ret = follow(monitor, dev, print);
		if (ret)
			status = verb_failed("monitor", ret, errors);
	}
	free(numbers);
	return status;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "count", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		PRINT_STREAM_LONG_OPTIONS,
		{ 0 }
	};
	struct print_options options = { .stream = true };
	struct monitor monitor = { 0 };
	struct print *print;
	struct device dev;
	int option, status;

	while ((option = verb_getopt(verb, argc, argv, ":hc:bJno:", long_options)) != -1) {
		if (option == 'c') {
			if (!verb_number(verb, "count", optarg, UINT32_MAX, &monitor.count))
				return EXIT_USAGE;
			if (!monitor.count)
				return verb_usage(verb, "monitor: a count of 0 shows nothing");
		} else if (!print_option(&options, option, optarg)) {
			return EXIT_USAGE;
		}
	}
	if (!verb_open(&dev, DEVICE_READ))
		return EXIT_FAILURE;
	monitor.number_count = argc - optind;
	monitor.json = options.format == PRINT_FORMAT_JSON;
	monitor.bytes = options.bytes;
	print = verb_print(verb, &options);
	status = print ? monitor_disks(&dev, &monitor, print, argv + optind) : EXIT_USAGE;
	if (print)
		print_abandon(print);
	device_close(&dev);
	return status;
}

const struct verb verb_monitor = {
	.name = "monitor",
	.usage = "[OPTIONS] [DEV...]",
	.summary = "show what happens to disks, as it happens",
	.options =
		" -c, --count N        end after N events\n"
		PRINT_STREAM_HELP,
	.note =
		"Shows what happens from now on, to all disks or to those that are named, until\n"
		"it is interrupted. A name such as srd3 may be that of a disk still to come.\n"
		"\n"
		"limit says that a write got no memory, and room that it could have some again.\n"
		"error comes at most ten times a second for a disk. Who reads too slowly loses\n"
		"the oldest of 1024 events, and is told.\n",
	.schema = &schema,
	.run = run,
};
