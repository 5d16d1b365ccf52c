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

#include "size.h"
#include "verbs.h"

enum {
	OPTION_NODE = 256,
};

#define BLOCK_SIZE_MIN	512
#define QUEUE_DEPTH_MAX	10240	/* the kernel's own: BLK_MQ_MAX_DEPTH */

static const struct verb_error errors[] = {
	{ EFBIG, "the size is larger than any disk can be" },
	{ ENOSPC, "no number is free: remove a disk (see: srdctl list)" },
	{ ENOMEM, "no memory for the disk's own structures: ask for fewer queues or less depth" },
	{ EINVAL, "the module refuses these values (see: srdctl help create)" },
	{ 0 }
};

/*
 * The module says EINVAL whatever the reason; these are the ranges that the ABI documents. What
 * the user left to the module is 0 and never the reason, but for the size of a block.
 */
static void explain_invalid(const struct srd_ioc_create *create)
{
	uint64_t page = sysconf(_SC_PAGESIZE), block = create->block_size;
	long cpus = sysconf(_SC_NPROCESSORS_CONF);

	if (!block && device_default("block_size", &block))
		block = BLOCK_SIZE_MIN;
	if (block < BLOCK_SIZE_MIN || block > page || block & (block - 1))
		verb_warn("create: the block size must be a power of two from %d to %llu",
			  BLOCK_SIZE_MIN, (unsigned long long)page);
	else if (!create->capacity || create->capacity % block)
		verb_warn("create: the size must be a multiple of the block size, %llu, and not 0",
			  (unsigned long long)block);
	else if (create->queues > (unsigned long)cpus)
		verb_warn("create: at most one queue for each CPU, and there are %ld", cpus);
	else if (create->flags & SRD_CREATE_NODE && create->node >= 0 &&
		 !device_numa_node(create->node))
		verb_warn("create: there is no NUMA node %d", create->node);
	else if (create->queue_depth > QUEUE_DEPTH_MAX)
		verb_warn("create: a queue depth of at most %d", QUEUE_DEPTH_MAX);
	else if (create->flags & SRD_CREATE_NUMBER)
		verb_warn("create: the number %u is too large", create->number);
	else
		verb_failed("create", -EINVAL, errors);
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

static int create_disk(const struct device *dev, struct srd_ioc_create *create)
{
	struct device_disk disk;
	int ret;

	ret = device_create(dev, create);
	switch (ret) {
	case 0:
		break;
	case -EINVAL:
		explain_invalid(create);
		return EXIT_FAILURE;
	case -EEXIST:
		explain_exists(dev, create);
		return EXIT_FAILURE;
	default:
		return verb_failed("create", ret, errors);
	}
	ret = device_get(dev, create->number, &disk);
	if (ret)
		return verb_failed(create->name, ret, NULL);
	ret = device_wait_node(disk.path, makedev(disk.info.major, disk.info.minor));
	/* the path is printed even so: whoever made a disk must be able to remove it */
	puts(disk.path);
	if (!ret)
		return EXIT_SUCCESS;
	verb_warn("%s: the disk is there, but its node is not: is /dev a devtmpfs?", disk.path);
	return EXIT_FAILURE;
}

static bool is_printable(const char *text)
{
	while (*text > ' ' && *text < 0x7f)
		text++;
	return !*text;
}

static bool set_label(const struct verb *verb, const char *text, struct srd_ioc_create *create)
{
	if (!*text || strlen(text) >= sizeof(create->label)) {
		verb_usage(verb, "create: a label has 1 to %zu characters",
			   sizeof(create->label) - 1);
		return false;
	}
	if (*text == '.' || strchr(text, '/') || !is_printable(text)) {
		verb_usage(verb,
			   "create: a label is of printable characters but '/', the first no dot");
		return false;
	}
	snprintf(create->label, sizeof(create->label), "%s", text);
	return true;
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
	case 'q':
		return set_positive(verb, "queues", optarg, &create->queues);
	case 'd':
		return set_positive(verb, "queue depth", optarg, &create->queue_depth);
	case 'L':
		return set_label(verb, optarg, create);
	case 'r':
		create->flags |= SRD_CREATE_READ_ONLY;
		return true;
	case OPTION_NODE:
		return set_node(verb, optarg, create);
	default:
		return false;
	}
}

static int run(const struct verb *verb, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "block-size",		required_argument,	NULL, 'b' },
		{ "help",		no_argument,		NULL, 'h' },
		{ "label",		required_argument,	NULL, 'L' },
		{ "limit",		required_argument,	NULL, 'l' },
		{ "node",		required_argument,	NULL, OPTION_NODE },
		{ "number",		required_argument,	NULL, 'n' },
		{ "queue-depth",	required_argument,	NULL, 'd' },
		{ "queues",		required_argument,	NULL, 'q' },
		{ "read-only",		no_argument,		NULL, 'r' },
		{ "size",		required_argument,	NULL, 's' },
		{ 0 }
	};
	struct srd_ioc_create create = { 0 };
	struct device dev;
	int option, status;

	while ((option = verb_getopt(verb, argc, argv, ":b:d:hL:l:n:q:rs:", long_options)) != -1) {
		if (!set_option(verb, option, &create))
			return EXIT_USAGE;
	}
	if (optind < argc)
		return verb_usage(verb, "create: '%s' is too much", argv[optind]);
	if (!create.capacity)
		return verb_usage(verb, "create: say how large: --size 1G");
	if (!verb_open(&dev, DEVICE_CHANGE))
		return EXIT_FAILURE;
	status = create_disk(&dev, &create);
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
		" -q, --queues N       hardware queues, at most one for each CPU\n"
		" -d, --queue-depth N  requests in flight for each queue\n"
		"     --node N         NUMA node for memory and queues; -1: the writer's own\n"
		" -r, --read-only      refuse writes\n",
	.run = run,
};
