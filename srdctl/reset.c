// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl reset - make disks as empty as new ones
 */
#include <errno.h>
#include <stdlib.h>

#include "holders.h"
#include "verbs.h"

static const struct verb_error errors[] = {
	{ EROFS, "it is read-only" },
	{ EOPNOTSUPP, "it keeps the memory that it has (prealloc): blkdiscard -z zeroes it" },
	{ EMLINK, "too many disks share its memory: remove some of its snapshots" },
	{ 0 }
};

static bool reset_disk(const struct device *dev, const struct device_disk *disk, void *argument)
{
	struct holders holders = { 0 };
	int attempt = 0, ret;

	(void)argument;
	do {
		ret = device_reset(dev, disk->info.number);
	} while (holders_retry(disk, attempt++, &holders, &ret));
	if (ret == -EBUSY)
		verb_warn("%s: busy: %s (free it first)", disk->info.name, holders_text(&holders));
	else if (ret)
		verb_failed(disk->info.name, ret, errors);
	holders_free(&holders);
	return !ret;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	return verb_each_named(verb, argc, argv, reset_disk);
}

const struct verb verb_reset = {
	.name = "reset",
	.usage = "DEV...",
	.summary = "make disks as empty as new ones, at once",
	.options = "",
	.run = run,
};
