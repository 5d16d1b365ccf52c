// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - what verbs share: options, complaints, finding disks
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "ascii.h"
#include "module.h"
#include "size.h"
#include "verbs.h"

#define WAIT_MAX	(365 * 24 * 3600 * 1000000000ULL)	/* a year, in ns */

const char * const verb_ops[SRD_OP_COUNT] = {
	[SRD_OP_READ]		= "read",
	[SRD_OP_WRITE]		= "write",
	[SRD_OP_DISCARD]	= "discard",
	[SRD_OP_WRITE_ZEROES]	= "write-zeroes",
	[SRD_OP_SECURE_ERASE]	= "secure-erase",
	[SRD_OP_FLUSH]		= "flush",
};

/* What an errno means to every verb that does not know better. */
static const struct verb_error common_errors[] = {
	{ ENODEV, "no such disk" },
	{ EPERM, "not permitted: run as root, or with sudo" },
	{ EACCES, "not permitted: run as root, or with sudo" },
	{ ENOTTY, "the module is older than this srdctl and does not know this: load the new one" },
	{ E2BIG, "the module is older than this srdctl and does not know this: load the new one" },
	{ EINTR, "interrupted" },
	{ ENOMEM, "no memory left for it: remove a disk or stop a program" },
	{ EAGAIN, "the module is being unloaded" },
	{ ENOTBLK, "not a disk of srd" },
	{ ESHUTDOWN, "its power is cut (give it back: srdctl help poweron)" },
	{ EXDEV, "a partition: name the disk that it is on" },
	{ 0 }
};

static void __attribute__((format(printf, 1, 0)))
warn_list(const char *format, va_list arguments)
{
	fflush(stdout);
	fputs("srdctl: ", stderr);
	vfprintf(stderr, format, arguments);
}

void verb_warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	warn_list(format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

int verb_usage(const struct verb *verb, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	warn_list(format, arguments);
	va_end(arguments);
	fprintf(stderr, " (see: srdctl help %s)\n", verb->name);
	return EXIT_USAGE;
}

void verb_help(const struct verb *verb)
{
	printf("Usage: srdctl %s %s\n\n%c%s.\n", verb->name, verb->usage,
	       ascii_upper(*verb->summary), verb->summary + 1);
	printf("\nOptions:\n%s -h, --help           this text\n", verb->options);
	if (verb->schema)
		print_columns_help(stdout, verb->schema);
	if (verb->note)
		printf("\n%s", verb->note);
	printf("\nExit status: 0 success, 1 failure, 2 wrong usage.\n");
}

int verb_finish(int status)
{
	bool failed = ferror(stdout);

	if (!fclose(stdout) && !failed)
		return status;
	fputs("srdctl: cannot write the output\n", stderr);
	return EXIT_FAILURE;
}

int verb_getopt(const struct verb *verb, int argc, char **argv, const char *short_options,
		const struct option *long_options)
{
	int option = getopt_long(argc, argv, short_options, long_options, NULL);

	switch (option) {
	case 'h':
		verb_help(verb);
		exit(verb_finish(EXIT_SUCCESS));
	case ':':
		verb_usage(verb, "%s: option %s needs a value", verb->name, argv[optind - 1]);
		return '?';
	case '?':
		/* a known one here is a long one that got a value it does not take */
		if (optopt && optopt < 256 && !strchr(short_options, optopt))
			verb_usage(verb, "%s: unknown option -%c", verb->name, optopt);
		else
			verb_usage(verb, "%s: unknown option %s", verb->name, argv[optind - 1]);
		return '?';
	default:
		return option;
	}
}

static const char *error_text(int error, const struct verb_error *errors)
{
	for (; errors && errors->error; errors++) {
		if (errors->error == error)
			return errors->text;
	}
	return NULL;
}

int verb_failed(const char *what, int error, const struct verb_error *errors)
{
	const char *text = error_text(-error, errors);

	if (!text)
		text = error_text(-error, common_errors);
	verb_warn("%s: %s", what, text ? text : strerror(-error));
	return EXIT_FAILURE;
}

bool verb_open(struct device *dev, enum device_access access)
{
	char text[MODULE_TEXT_LEN];
	int ret = device_open(dev, access);

	switch (ret) {
	case 0:
		return true;
	case -ENOENT:
		module_explain(text, sizeof(text));
		verb_warn("%s", text);
		break;
	case -ENXIO:
		verb_warn("the module srd is loaded, but %s is missing: is /dev a devtmpfs?",
			  SRD_CONTROL_PATH);
		break;
	case -EPROTO:
		verb_warn("the module srd speaks another version of the ABI: install the srdctl that came with it");
		break;
	default:
		verb_failed(SRD_CONTROL_PATH, ret, NULL);
	}
	return false;
}

/* Ends a complaint about a disk that is not there with those that are. */
static void warn_no_disk(const struct device *dev, const char *what)
{
	struct device_disk disk;
	uint32_t number = 0;
	int count = 0;

	fflush(stdout);
	fprintf(stderr, "srdctl: %s: no such disk", what);
	while (!device_next(dev, number, &disk)) {
		if (count++ == 8) {
			fputs(", ...", stderr);
			break;
		}
		fprintf(stderr, "%s%s", count == 1 ? "; there are: " : ", ", disk.info.name);
		number = disk.info.number + 1;
		if (!number)
			break;
	}
	fputs(count ? "\n" : "; there are none (see: srdctl help create)\n", stderr);
}

bool verb_find(const struct device *dev, const char *what, struct device_disk *disk)
{
	int ret = device_find(dev, what, disk);

	if (!ret)
		return true;
	if (ret == -ENODEV)
		warn_no_disk(dev, what);
	else
		verb_failed(what, ret, NULL);
	return false;
}

struct print *verb_print(const struct verb *verb, const struct print_options *options)
{
	const char *bad_column;
	struct print *print;

	print = print_open(verb->schema, options, &bad_column);
	if (!print)
		verb_usage(verb, "%s: unknown column '%.*s'", verb->name,
			   (int)strcspn(bad_column, ","), bad_column);
	return print;
}

static int each_of_all(const struct device *dev,
		       bool (*visit)(const struct device *dev, const struct device_disk *disk,
				     void *argument),
		       void *argument)
{
	struct device_disk disk;
	int ret, status = EXIT_SUCCESS;
	uint32_t number = 0;

	while (!(ret = device_next(dev, number, &disk))) {
		if (!visit(dev, &disk, argument))
			status = EXIT_FAILURE;
		number = disk.info.number + 1;
		if (!number)
			return status;
	}
	if (ret != -ENODEV)
		return verb_failed("cannot list the disks", ret, NULL);
	return status;
}

int verb_each(const struct device *dev, char * const *names, int count,
	      bool (*visit)(const struct device *dev, const struct device_disk *disk,
			    void *argument),
	      void *argument)
{
	struct device_disk disk;
	int i, status = EXIT_SUCCESS;

	if (!count)
		return each_of_all(dev, visit, argument);
	for (i = 0; i < count; i++) {
		if (!verb_find(dev, names[i], &disk) || !visit(dev, &disk, argument))
			status = EXIT_FAILURE;
	}
	return status;
}

int verb_each_named(const struct verb *verb, int argc, char **argv,
		    bool (*visit)(const struct device *dev, const struct device_disk *disk,
				  void *argument))
{
	static const struct option long_options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	struct device dev;
	int status;

	if (verb_getopt(verb, argc, argv, ":h", long_options) != -1)
		return EXIT_USAGE;
	if (optind == argc)
		return verb_usage(verb, "%s: say which disks", verb->name);
	if (!verb_open(&dev, DEVICE_CHANGE))
		return EXIT_FAILURE;
	status = verb_each(&dev, argv + optind, argc - optind, visit, NULL);
	device_close(&dev);
	return status;
}

bool verb_size(const struct verb *verb, const char *what, const char *text, uint64_t *size)
{
	int ret = size_parse(text, size);

	if (ret == -ERANGE)
		verb_usage(verb, "%s: %s '%s' is larger than any disk can be", verb->name, what,
			   text);
	else if (ret)
		verb_usage(verb, "%s: %s '%s' is not a size such as 512M or 1.5G", verb->name,
			   what, text);
	return !ret;
}

bool verb_number(const struct verb *verb, const char *what, const char *text, uint32_t max,
		 uint32_t *number)
{
	int ret = number_parse(text, max, number);

	if (ret == -ERANGE)
		verb_usage(verb, "%s: %s %s is larger than %u", verb->name, what, text, max);
	else if (ret)
		verb_usage(verb, "%s: %s '%s' is not a number", verb->name, what, text);
	return !ret;
}

bool verb_time(const struct verb *verb, const char *what, const char *text, uint64_t *ns)
{
	int ret = time_parse(text, ns);

	if (!ret && *ns <= SRD_TIME_MAX)
		return true;
	if (ret == -EINVAL)
		verb_usage(verb, "%s: %s '%s' is not a time such as 80us, 1.5ms or 2s", verb->name,
			   what, text);
	else
		verb_usage(verb, "%s: %s %s is longer than 60s", verb->name, what, text);
	return false;
}

bool verb_wait_time(const struct verb *verb, const char *what, const char *text, uint64_t *ns)
{
	char seconds[SIZE_TEXT_LEN];
	int ret = time_parse(text, ns);

	if (ret && strlen(text) < sizeof(seconds) - 1) {
		snprintf(seconds, sizeof(seconds), "%ss", text);
		ret = time_parse(seconds, ns);
	}
	if (!ret && *ns <= WAIT_MAX)
		return true;
	if (ret == -EINVAL)
		verb_usage(verb, "%s: %s '%s' is not a time such as 500ms, 1.5s or 10", verb->name,
			   what, text);
	else
		verb_usage(verb, "%s: %s %s is longer than a year", verb->name, what, text);
	return false;
}

bool verb_number64(const struct verb *verb, const char *what, const char *text, uint64_t *number)
{
	int ret = number64_parse(text, number);

	if (ret == -ERANGE)
		verb_usage(verb, "%s: %s %s has more than 64 bits", verb->name, what, text);
	else if (ret)
		verb_usage(verb, "%s: %s '%s' is not a number", verb->name, what, text);
	return !ret;
}

uint64_t verb_seed(void)
{
	uint32_t seed;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = time(NULL);
	return seed;
}

static bool is_printable(const char *text)
{
	while (*text > ' ' && *text < 0x7f)
		text++;
	return !*text;
}

bool verb_mode(const struct verb *verb, const char *text, struct srd_ioc_create *create)
{
	create->flags |= SRD_CREATE_MODE;
	if (!strcmp(text, "mq")) {
		create->mode = SRD_MODE_MQ;
	} else if (!strcmp(text, "bio")) {
		create->mode = SRD_MODE_BIO;
	} else {
		verb_usage(verb, "%s: mode '%s' is neither mq nor bio", verb->name, text);
		return false;
	}
	return true;
}

bool verb_label(const struct verb *verb, const char *text, char *label)
{
	if (!*text || strlen(text) >= SRD_LABEL_LEN) {
		verb_usage(verb, "%s: a label has 1 to %d characters", verb->name,
			   SRD_LABEL_LEN - 1);
		return false;
	}
	if (*text == '.' || strchr(text, '/') || !is_printable(text)) {
		verb_usage(verb,
			   "%s: a label is of printable characters but '/', the first no dot",
			   verb->name);
		return false;
	}
	if (device_is_name(text)) {
		verb_usage(verb, "%s: the label '%s' is a disk's name and would find that disk",
			   verb->name, text);
		return false;
	}
	snprintf(label, SRD_LABEL_LEN, "%s", text);
	return true;
}

int verb_there(const struct device_disk *disk)
{
	int ret = device_wait_node(disk->path, makedev(disk->info.major, disk->info.minor));

	puts(disk->path);
	if (!ret)
		return EXIT_SUCCESS;
	verb_warn("%s: the disk is there, but its node is not: is /dev a devtmpfs?", disk->path);
	return EXIT_FAILURE;
}

int verb_made(const struct device *dev, uint32_t number, const char *name)
{
	struct device_disk disk;
	int ret;

	ret = device_get(dev, number, &disk);
	if (!ret)
		return verb_there(&disk);
	/* the path is printed even so: whoever made a disk must be able to remove it */
	printf("/dev/%s\n", name);
	return verb_failed(name, ret, NULL);
}
