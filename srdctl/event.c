// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - what happens to disks, in words and columns
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "event.h"
#include "size.h"
#include "verbs.h"

#define NS_PER_SECOND	1000000000ULL

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
	bool already;		/* it did not happen now, but is so */
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

const struct verb_error event_errors[] = {
	{ EINVAL, "the module is older than this srdctl and has no events: load the new one" },
	{ EPROTO, "the module says something that makes no sense to this srdctl" },
	{ 0 }
};

const char *event_name(unsigned int kind)
{
	return kind < SRD_EVENT_KINDS ? kinds[kind].name : NULL;
}

int event_kind(const char *name, size_t length)
{
	unsigned int kind;

	for (kind = 0; kind < SRD_EVENT_KINDS; kind++) {
		if (kinds[kind].name && strlen(kinds[kind].name) == length &&
		    !strncmp(kinds[kind].name, name, length))
			return kind;
	}
	return -1;
}

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
	struct size_text to = { "" };

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
	if (row->already) {
		snprintf(text, room, "already");
		return;
	}
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
		return row->already ? (void)0 : print_number(cell, row->event->sequence);
	case COLUMN_BOOTTIME:
		return print_number(cell, row->event->time);
	default:
		if (!row->already)
			fill_field(cell, column, row->event);
	}
}

const struct print_schema event_schema = {
	.name = "events",
	.columns = columns,
	.count = ARRAY_SIZE(columns),
	.widths = widths,
	.fill = fill,
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

void event_print(struct print *print, const struct print_options *options,
		 const struct srd_event *event, bool already)
{
	/* Asked each time: the clock may be set meanwhile. */
	struct event_row row = {
		.event = event,
		.boot = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME),
		.already = already,
		.json = options->format == PRINT_FORMAT_JSON,
		.bytes = options->bytes,
	};

	print_row(print, &row);
}
