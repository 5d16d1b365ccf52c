// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl create - make a disk and print its path
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "progress.h"
#include "size.h"
#include "verbs.h"

enum {
	OPTION_CACHE = 256,
	OPTION_NODE,
	OPTION_POLL_QUEUES,
	OPTION_PROGRESS,
	OPTION_SPARSE,
};

#define BLOCK_SIZE_MIN	512
#define QUEUE_DEPTH_MAX	10240	/* the kernel's own: BLK_MQ_MAX_DEPTH */

static const struct verb_error errors[] = {
	{ EFBIG, "the size is larger than any disk can be" },
	{ ENOSPC, "no number is free: remove a disk (see: srdctl list)" },
	{ ENOMEM, "no memory for the disk's own structures: ask for fewer queues or less depth" },
	{ EINTR, "interrupted; nothing is left of the disk" },
	{ EINVAL, "the module refuses these values (see: srdctl help create)" },
	{ 0 }
};

static bool parameter_is(const char *name, const char *value)
{
	char text[16];

	return !device_parameter(name, text, sizeof(text)) && !strcmp(text, value);
}

/* Will all memory be taken now? The module's default decides where the user does not. */
static bool wants_prealloc(const struct srd_ioc_create *create)
{
	if (create->flags & (SRD_CREATE_PREALLOC | SRD_CREATE_SPARSE))
		return create->flags & SRD_CREATE_PREALLOC;
	return parameter_is("prealloc", "Y") || parameter_is("prealloc", "1");
}

static bool asks_for_queues(const struct srd_ioc_create *create)
{
	return create->queues || create->queue_depth || create->flags & SRD_CREATE_POLL_QUEUES;
}

/* A module of before these flags has no parameter for what they override. */
static bool is_new_to_module(const struct srd_ioc_create *create)
{
	char text[16];

	if (create->flags & (SRD_CREATE_VOLATILE | SRD_CREATE_DURABLE) &&
	    device_parameter("cache", text, sizeof(text)))
		return true;
	return create->flags & (SRD_CREATE_MODE | SRD_CREATE_POLL_QUEUES | SRD_CREATE_PREALLOC |
				SRD_CREATE_SPARSE) &&
	       device_parameter("mode", text, sizeof(text));
}

static bool explain_size(const char *what, const struct srd_ioc_create *create)
{
	uint64_t page = sysconf(_SC_PAGESIZE), block = create->block_size;

	if (!block && device_default("block_size", &block))
		block = BLOCK_SIZE_MIN;
	if (block < BLOCK_SIZE_MIN || block > page || block & (block - 1))
		verb_warn("%s: the block size must be a power of two from %d to %llu", what,
			  BLOCK_SIZE_MIN, (unsigned long long)page);
	else if (!create->capacity)
		verb_warn("%s: a disk has no size of 0", what);
	else if (create->capacity % block)
		verb_warn("%s: the size %llu is no multiple of the block size, %llu", what,
			  (unsigned long long)create->capacity, (unsigned long long)block);
	else
		return false;
	return true;
}

static bool explain_queues(const char *what, const struct srd_ioc_create *create)
{
	unsigned long cpus = sysconf(_SC_NPROCESSORS_CONF);

	if (asks_for_queues(create) && !(create->flags & SRD_CREATE_MODE) &&
	    parameter_is("mode", "bio"))
		verb_warn("%s: the module makes disks of mode bio, which have no queues: add --mode mq",
			  what);
	else if (create->queues > cpus)
		verb_warn("%s: at most one queue for each CPU, and there are %lu", what, cpus);
	else if (create->poll_queues > cpus)
		verb_warn("%s: at most one queue for polled I/O for each CPU, and there are %lu",
			  what, cpus);
	else if (create->queue_depth > QUEUE_DEPTH_MAX)
		verb_warn("%s: a queue depth of at most %d", what, QUEUE_DEPTH_MAX);
	else
		return false;
	return true;
}

static bool explain_place(const char *what, const struct srd_ioc_create *create)
{
	if (create->flags & SRD_CREATE_NODE && create->node >= 0 &&
	    !device_numa_node(create->node))
		verb_warn("%s: there is no NUMA node %d", what, create->node);
	else if (create->flags & SRD_CREATE_NUMBER)
		verb_warn("%s: the number %u is too large", what, create->number);
	else
		return false;
	return true;
}

/*
 * The module says EINVAL whatever the reason; these are the ranges that the ABI documents. What
 * the user left to the module is 0 and never the reason, but for the size of a block and the mode.
 */
bool create_explain(const char *what, const struct srd_ioc_create *create)
{
	return explain_size(what, create) || explain_queues(what, create) ||
	       explain_place(what, create);
}

static void explain_invalid(const struct srd_ioc_create *create)
{
	if (is_new_to_module(create))
		verb_failed("create", -ENOTTY, errors);
	else if (!create_explain("create", create))
		verb_failed("create", -EINVAL, errors);
}

static int explain_no_memory(const struct srd_ioc_create *create)
{
	if (!wants_prealloc(create))
		return verb_failed("create", -ENOMEM, errors);
	verb_warn("create: the disk's limit, mem_limit or mem_reserve leaves less memory than the disk takes (see: srdctl memory)");
	return EXIT_FAILURE;
}

static void explain_exists(const struct device *dev, const struct srd_ioc_create *create)
{
	struct device_disk disk;

	if (create->flags & SRD_CREATE_NUMBER && !device_get(dev, create->number, &disk))
		verb_warn("create: %s exists already: leave out --number for the lowest free one",
			  disk.info.name);
	else
		verb_warn("create: the label '%s' is taken by another disk (see: srdctl list)",
			  create->label);
}

static int explain(const struct device *dev, int error, const struct srd_ioc_create *create)
{
	switch (error) {
	case -EINVAL:
		explain_invalid(create);
		return EXIT_FAILURE;
	case -EEXIST:
		explain_exists(dev, create);
		return EXIT_FAILURE;
	case -ENOMEM:
		return explain_no_memory(create);
	default:
		return verb_failed("create", error, errors);
	}
}

/*
 * The module rounds a limit down to pages, and takes what the empty table needs in any case. The
 * first block takes a page, and one of the table beside it.
 */
static void warn_limit(const struct device *dev, const struct srd_ioc_create *create)
{
	uint64_t page = sysconf(_SC_PAGESIZE), least;
	struct device_disk disk;
	char text[SIZE_TEXT_LEN];

	if (!create->limit || device_get(dev, create->number, &disk) ||
	    disk.info.state & SRD_STATE_PREALLOC)
		return;
	least = disk.info.used + 2 * page;
	if (create->limit >= least)
		return;
	size_format(least, text);
	verb_warn("%s: its limit is too little for even one block: it takes %s or more",
		  disk.info.name, text);
}

/* Ctrl-C ends the program here as any other, and the module leaves nothing of the disk. */
static int take_memory(const struct device *dev, struct srd_ioc_create *create)
{
	pid_t progress = progress_begin(dev, create->capacity);
	int ret = device_create(dev, create);

	progress_end(progress);
	return ret;
}

static int create_disk(const struct device *dev, struct srd_ioc_create *create, bool progress)
{
	int ret;

	ret = progress && wants_prealloc(create) ? take_memory(dev, create) :
						   device_create(dev, create);
	if (ret)
		return explain(dev, ret, create);
	warn_limit(dev, create);
	return verb_made(dev, create->number, create->name);
}

static bool set_node(const struct verb *verb, const char *text, struct srd_ioc_create *create)
{
	uint32_t node;

	create->flags |= SRD_CREATE_NODE;
	create->node = -1;
	if (!strcmp(text, "-1"))
		return true;
	if (!verb_number(verb, "node", text, INT_MAX, &node))
		return false;
	create->node = node;
	return true;
}

/* 0 is how the ABI says "the default", so here it is not a value that a user can mean. */
static bool set_positive(const struct verb *verb, const char *what, const char *text,
			 uint32_t *number)
{
	if (!verb_number(verb, what, text, UINT32_MAX, number))
		return false;
	if (*number)
		return true;
	verb_usage(verb, "create: %s must not be 0", what);
	return false;
}

static bool set_size(const struct verb *verb, const char *what, const char *text, uint64_t max,
		     uint64_t *size)
{
	if (!verb_size(verb, what, text, size))
		return false;
	if (*size && *size <= max)
		return true;
	verb_usage(verb, "create: %s must not be %s", what, *size ? "so large" : "0");
	return false;
}

static bool set_cache(const struct verb *verb, const char *text, struct srd_ioc_create *create)
{
	create->flags &= ~(SRD_CREATE_VOLATILE | SRD_CREATE_DURABLE);
	if (!strcmp(text, "volatile")) {
		create->flags |= SRD_CREATE_VOLATILE;
	} else if (!strcmp(text, "none")) {
		create->flags |= SRD_CREATE_DURABLE;
	} else {
		verb_usage(verb, "create: cache '%s' is neither volatile nor none", text);
		return false;
	}
	return true;
}

/* How requests reach the disk. */
static bool set_queueing(const struct verb *verb, int option, struct srd_ioc_create *create)
{
	switch (option) {
	case 'm':
		return verb_mode(verb, optarg, create);
	case 'q':
		return set_positive(verb, "queues", optarg, &create->queues);
	case 'd':
		return set_positive(verb, "queue depth", optarg, &create->queue_depth);
	case OPTION_POLL_QUEUES:
		create->flags |= SRD_CREATE_POLL_QUEUES;
		return verb_number(verb, "poll queues", optarg, UINT32_MAX, &create->poll_queues);
	default:
		return false;
	}
}

static bool set_option(const struct verb *verb, int option, struct srd_ioc_create *create)
{
	uint64_t size;

	switch (option) {
	case 's':
		if (!set_size(verb, "size", optarg, UINT64_MAX, &size))
			return false;
		create->capacity = size;
		return true;
	case 'l':
		if (!verb_size(verb, "limit", optarg, &size))
			return false;
		create->limit = size;
		return true;
	case 'b':
		if (!set_size(verb, "block size", optarg, UINT32_MAX, &size))
			return false;
		create->block_size = size;
		return true;
	case 'n':
		create->flags |= SRD_CREATE_NUMBER;
		return verb_number(verb, "number", optarg, UINT32_MAX, &create->number);
	case 'L':
		return verb_label(verb, optarg, create->label);
	case 'r':
		create->flags |= SRD_CREATE_READ_ONLY;
		return true;
	case 'p':
		create->flags |= SRD_CREATE_PREALLOC;
		return true;
	case OPTION_SPARSE:
		create->flags |= SRD_CREATE_SPARSE;
		return true;
	case OPTION_CACHE:
		return set_cache(verb, optarg, create);
	case OPTION_NODE:
		return set_node(verb, optarg, create);
	default:
		return set_queueing(verb, option, create);
	}
}

/* What no module could do, so that it need not be asked. */
static bool is_contradiction(const struct verb *verb, const struct srd_ioc_create *create)
{
	if (create->flags & SRD_CREATE_PREALLOC && create->flags & SRD_CREATE_SPARSE)
		verb_usage(verb, "create: either --prealloc or --sparse");
	else if (create->mode == SRD_MODE_BIO && asks_for_queues(create))
		verb_usage(verb,
			   "create: mode bio has no queues: leave out --queues, --queue-depth and --poll-queues");
	else
		return false;
	return true;
}

/* An argument that belongs to no option; often it is the size. */
static int too_much(const struct verb *verb, const char *argument,
		    const struct srd_ioc_create *create)
{
	uint64_t size;

	if (!create->capacity && !size_parse(argument, &size) && size)
		return verb_usage(verb, "create: say it with --size: srdctl create --size %s",
				  argument);
	return verb_usage(verb, "create: '%s' is too much", argument);
}

static int run(const struct verb *verb, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "block-size",		required_argument,	NULL, 'b' },
		{ "cache",		required_argument,	NULL, OPTION_CACHE },
		{ "help",		no_argument,		NULL, 'h' },
		{ "label",		required_argument,	NULL, 'L' },
		{ "limit",		required_argument,	NULL, 'l' },
		{ "mode",		required_argument,	NULL, 'm' },
		{ "node",		required_argument,	NULL, OPTION_NODE },
		{ "number",		required_argument,	NULL, 'n' },
		{ "poll-queues",	required_argument,	NULL, OPTION_POLL_QUEUES },
		{ "prealloc",		no_argument,		NULL, 'p' },
		{ "progress",		no_argument,		NULL, OPTION_PROGRESS },
		{ "queue-depth",	required_argument,	NULL, 'd' },
		{ "queues",		required_argument,	NULL, 'q' },
		{ "read-only",		no_argument,		NULL, 'r' },
		{ "size",		required_argument,	NULL, 's' },
		{ "sparse",		no_argument,		NULL, OPTION_SPARSE },
		{ 0 }
	};
	struct srd_ioc_create create = { 0 };
	bool progress = isatty(STDERR_FILENO);
	struct device dev;
	int option, status;

	while ((option = verb_getopt(verb, argc, argv, ":b:d:hL:l:m:n:pq:rs:",
				     long_options)) != -1) {
		if (option == OPTION_PROGRESS)
			progress = true;
		else if (!set_option(verb, option, &create))
			return EXIT_USAGE;
	}
	if (optind < argc)
		return too_much(verb, argv[optind], &create);
	if (!create.capacity)
		return verb_usage(verb, "create: say how large: --size 1G");
	if (is_contradiction(verb, &create))
		return EXIT_USAGE;
	if (!verb_open(&dev, DEVICE_CHANGE))
		return EXIT_FAILURE;
	status = create_disk(&dev, &create, progress);
	device_close(&dev);
	return status;
}

const struct verb verb_create = {
	.name = "create",
	.usage = "-s SIZE [OPTIONS]",
	.summary = "make a disk and print its path",
	.options =
		" -s, --size SIZE      capacity\n"
		" -l, --limit SIZE     memory that the disk may hold, its table included\n"
		" -n, --number N       make srdN; without it the lowest free number\n"
		" -L, --label NAME     a name to find it by\n"
		" -b, --block-size SIZE  logical block size, 512 to the page size\n"
		" -p, --prealloc       take all memory now, and keep it\n"
		"     --sparse         take memory when it is first written\n"
		"     --progress       show how --prealloc gets on, as on a terminal\n"
		" -m, --mode mq|bio    take requests through queues, or bios as they come\n"
		" -q, --queues N       hardware queues, at most one for each CPU; mode mq\n"
		" -d, --queue-depth N  requests in flight for each queue; mode mq\n"
		"     --poll-queues N  queues for polled I/O, at most one for each CPU; mode mq\n"
		"     --node N         NUMA node for memory and queues; -1: the writer's own\n"
		"     --cache volatile|none  volatile: what was not flushed is lost when the\n"
		"                      power is cut (see: srdctl help powercut)\n"
		" -r, --read-only      refuse writes\n",
	.note =
		"What is left out is as the module's parameters (/sys/module/srd/parameters) say.\n"
		"Ctrl-C while memory is taken leaves nothing of the disk.\n",
	.run = run,
};
