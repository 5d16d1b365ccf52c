// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl wait - wait until something happens to a disk
 *
 * Events are read from when the control node is opened. So it is opened first, and then it is asked
 * whether what is waited for is so already: what comes between is both.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "event.h"
#include "size.h"
#include "verbs.h"

#define NS_PER_SECOND	1000000000ULL
#define EVENT_BIT(kind)	(1U << (kind))
#define EVENTS_ALL	(~0U)

struct wait {
	const char *name;	/* of the disk, as it was given; NULL: any */
	int number;		/* of the disk; -1: not known yet, or any */
	unsigned int kinds;	/* that are waited for, by EVENT_BIT() */
	const char *kind_names;	/* as they were given; NULL: all */
	bool limited;		/* by @timeout */
	uint64_t timeout;	/* ns */
	uint64_t end;		/* when that is over, on the monotonic clock */
	const struct print_options *options;
	struct print *print;
};

static uint64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static bool waits_for(const struct wait *wait, unsigned int kind)
{
	return event_name(kind) && wait->kinds & EVENT_BIT(kind);
}

/* ---- what is so already ---- */

/* A disk whose own limit leaves no page, or all disks whose limit does. */
static bool is_full(const struct device *dev, const struct srd_ioc_info *info)
{
	struct srd_ioc_memory memory;

	if (info->limit && info->used + info->shared >= info->limit)
		return true;
	return !device_memory(dev, &memory) && memory.used - memory.pending >= memory.limit;
}

static bool is_so(const struct device *dev, const struct device_disk *disk, unsigned int kind)
{
	switch (kind) {
	case SRD_EVENT_CREATED:
		return disk;
	case SRD_EVENT_REMOVED:
		return !disk;
	case SRD_EVENT_POWER_CUT:
		return disk && disk->info.state & SRD_STATE_OFF;
	case SRD_EVENT_POWER_ON:
		return disk && !(disk->info.state & SRD_STATE_OFF);
	case SRD_EVENT_LIMIT:
		return disk && is_full(dev, &disk->info);
	default:
		return false;
	}
}

/* Of all that is waited for by name, is anything so? */
static bool tell_already(const struct wait *wait, const struct device *dev,
			 const struct device_disk *disk)
{
	struct srd_event event = { .number = wait->number, .other = -1 };
	unsigned int kind;

	if (!wait->kind_names)
		return false;
	for (kind = 0; kind < SRD_EVENT_KINDS; kind++) {
		if (!waits_for(wait, kind) || !is_so(dev, disk, kind))
			continue;
		event.kind = kind;
		event.time = now_ns(CLOCK_BOOTTIME);
		event_print(wait->print, wait->options, &event, true);
		return true;
	}
	return false;
}

/* A name such as srd3 says the number of a disk that is still to come, too. */
static bool parse_name(const char *what, int *number)
{
	const char *name = strncmp(what, "/dev/", 5) ? what : what + 5;
	uint32_t n;

	if (strncmp(name, "srd", 3) || number_parse(name + 3, INT_MAX, &n))
		return false;
	*number = n;
	return true;
}

/*
 * Looks for the disk. Returns 1 when what is waited for is so already, 0 when not, and -1 after a
 * complaint: a label is known only while the disk is there.
 */
static int look(struct wait *wait, const struct device *dev)
{
	const unsigned int absent = EVENT_BIT(SRD_EVENT_CREATED) | EVENT_BIT(SRD_EVENT_REMOVED);
	struct device_disk disk;
	int ret;

	if (!wait->name)
		return 0;
	ret = device_find(dev, wait->name, &disk);
	if (!ret)
		wait->number = disk.info.number;
	else if (ret != -ENODEV || (!parse_name(wait->name, &wait->number) &&
				    (!wait->kind_names || !(wait->kinds & absent))))
		return verb_find(dev, wait->name, &disk) ? 0 : -1;
	return tell_already(wait, dev, ret ? NULL : &disk);
}

/* ---- what happens ---- */

/* A disk that has come may be the one whose label it is. */
static void learn(struct wait *wait, const struct device *dev, const struct srd_event *event)
{
	static const char links[] = "/dev/srd/";
	struct device_disk disk;
	const char *label;

	if (!wait->name || wait->number >= 0 || event->kind != SRD_EVENT_CREATED)
		return;
	/* udev may not have made the link yet */
	label = wait->name + (strncmp(wait->name, links, strlen(links)) ? 0 : strlen(links));
	if (!device_get(dev, event->number, &disk) && !strcmp(disk.info.label, label))
		wait->number = event->number;
}

/* What is about all disks is about each of them. */
static bool is_it(const struct wait *wait, const struct srd_event *event)
{
	if (!waits_for(wait, event->kind))
		return false;
	return !wait->name || event->number < 0 ||
	       (wait->number >= 0 && event->number == wait->number);
}

/* Milliseconds that are left, rounded up; -1: for ever. */
static int time_left(const struct wait *wait)
{
	uint64_t now = now_ns(CLOCK_MONOTONIC), ms;

	if (!wait->limited)
		return -1;
	ms = wait->end > now ? (wait->end - now + 999999) / 1000000 : 0;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

static int timed_out(const struct wait *wait)
{
	char text[SIZE_TEXT_LEN];

	time_write(wait->timeout, text);
	verb_warn("wait: %s%s%s did not come within %s", wait->name ? wait->name : "",
		  wait->name ? ": " : "", wait->kind_names ? wait->kind_names : "an event", text);
	return EXIT_FAILURE;
}

static int wait_events(struct wait *wait, const struct device *dev)
{
	struct device_events events = { 0 };
	struct srd_event event;
	int ret;

	for (;;) {
		ret = device_event(dev, &events, time_left(wait), &event);
		if (ret == -EINTR)
			continue;
		/* a year of milliseconds is more than poll() can be told */
		if (ret == -ETIMEDOUT && time_left(wait))
			continue;
		if (ret == -ETIMEDOUT)
			return timed_out(wait);
		if (ret)
			return verb_failed("wait", ret, event_errors);
		learn(wait, dev, &event);
		if (is_it(wait, &event)) {
			event_print(wait->print, wait->options, &event, false);
			return EXIT_SUCCESS;
		}
		/* it may be among those that were lost */
		ret = event.lost ? look(wait, dev) : 0;
		if (ret)
			return ret > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	}
}

static int wait_disk(struct wait *wait, const struct device *dev)
{
	int ret = look(wait, dev);

	if (ret)
		return ret > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	return wait_events(wait, dev);
}

/* ---- the verb ---- */

static bool parse_kinds(const struct verb *verb, const char *text, struct wait *wait)
{
	size_t length;
	int kind;

	wait->kind_names = text;
	wait->kinds = 0;
	for (;; text += length + 1) {
		length = strcspn(text, ",");
		kind = event_kind(text, length);
		if (kind < 0) {
			verb_usage(verb, "wait: there is no event '%.*s'", (int)length, text);
			return false;
		}
		wait->kinds |= EVENT_BIT(kind);
		if (!text[length])
			return true;
	}
}

static bool set_option(const struct verb *verb, int option, struct wait *wait,
		       struct print_options *options)
{
	switch (option) {
	case 'f':
		return parse_kinds(verb, optarg, wait);
	case 't':
		wait->limited = true;
		return verb_wait_time(verb, "timeout", optarg, &wait->timeout);
	default:
		return print_option(options, option, optarg);
	}
}

static int run(const struct verb *verb, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "for",	required_argument,	NULL, 'f' },
		{ "help",	no_argument,		NULL, 'h' },
		{ "timeout",	required_argument,	NULL, 't' },
		PRINT_EVENT_LONG_OPTIONS,
		{ 0 }
	};
	struct print_options options = { .stream = true, .no_headings = true };
	struct wait wait = { .number = -1, .kinds = EVENTS_ALL, .options = &options };
	struct device dev;
	int option, status;

	while ((option = verb_getopt(verb, argc, argv, ":bf:hJo:t:", long_options)) != -1) {
		if (!set_option(verb, option, &wait, &options))
			return EXIT_USAGE;
	}
	if (argc - optind > 1)
		return verb_usage(verb, "wait: one disk at a time, or any");
	wait.name = optind < argc ? argv[optind] : NULL;
	wait.end = now_ns(CLOCK_MONOTONIC) + wait.timeout;
	if (!options.columns && !options.all && options.format != PRINT_FORMAT_JSON)
		options.columns = "EVENT,DEV,DETAILS";
	wait.print = verb_print(verb, &options);
	if (!wait.print)
		return EXIT_USAGE;
	status = EXIT_FAILURE;
	if (verb_open(&dev, DEVICE_READ)) {
		status = wait_disk(&wait, &dev);
		device_close(&dev);
	}
	print_abandon(wait.print);
	return status;
}

const struct verb verb_wait = {
	.name = "wait",
	.usage = "[OPTIONS] [DEV]",
	.summary = "wait until something happens to a disk, or to any",
	.options =
		" -f, --for EVENT,...  what is waited for, any of these; without it, all\n"
		" -t, --timeout TIME   no longer than that; a bare number is in seconds\n"
		PRINT_EVENT_HELP,
	.note =
		"Events: created, removed, resized, limit, room, error, fault, power-cut,\n"
		"power-on, snapshot, rollback and reset. It ends with 0 when one of them has\n"
		"come, which it prints, and with 1 when the time is over.\n"
		"\n"
		"What a DEV is already need not come: created and power-on are so while it is\n"
		"there and on, removed while there is none, power-cut while it is off, limit\n"
		"while no page is left of its limit or of that of all disks. Without a DEV only\n"
		"what comes counts. DEV may be the name of a disk still to come, and with\n"
		"--for created the label of one.\n"
		"\nExamples:\n"
		" srdctl wait scratch --for removed --timeout 30\n"
		" srdctl wait --for limit,error\n",
	.schema = &event_schema,
	.run = run,
};
