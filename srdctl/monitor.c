// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl monitor - what happens to disks, as it happens
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "size.h"
#include "verbs.h"

struct monitor {
	const int *numbers;	/* of disks that are asked for */
	int number_count;	/* 0: all */
	uint32_t count;		/* events until it ends; 0: never */
	const struct print_options *options;
};

/* What is about all disks is about those that are asked for, too. */
static bool wanted(const struct monitor *monitor, const struct srd_event *event)
{
	int i;

	if (!event_name(event->kind))
		return false;
	if (!monitor->number_count || event->number < 0)
		return true;
	for (i = 0; i < monitor->number_count; i++) {
		if (monitor->numbers[i] == event->number || monitor->numbers[i] == event->other)
			return true;
	}
	return false;
}

static int follow(const struct monitor *monitor, const struct device *dev, struct print *print)
{
	struct device_events events = { 0 };
	struct srd_event event;
	uint64_t lost = 0;
	uint32_t shown = 0;
	int ret = 0;

	while (!ret && (!monitor->count || shown < monitor->count)) {
		/* nobody gets what is shown: verb_finish() says so */
		if (device_events_empty(&events) && fflush(stdout))
			break;
		ret = device_event(dev, &events, -1, &event);
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
		event_print(print, monitor->options, &event, false);
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
			status = verb_failed("monitor", ret, event_errors);
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
	monitor.options = &options;
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
	.schema = &event_schema,
	.run = run,
};
