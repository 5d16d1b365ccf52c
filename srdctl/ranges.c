// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - the ranges of a disk that have memory, one after another
 */
#include <string.h>

#include "ranges.h"

void ranges_begin(struct ranges *ranges, const struct device *dev, uint32_t number)
{
	ranges->dev = dev;
	ranges->question = (struct srd_ioc_extents){ .number = number };
	ranges->next = 0;
	ranges->last = false;
}

static int ask(struct ranges *ranges)
{
	struct srd_ioc_extents *question = &ranges->question;
	int ret;

	ranges->next = 0;
	question->count = RANGES_BATCH;
	/* to the disk's end, wherever that is by now */
	question->end = 0;
	question->extents = (uintptr_t)ranges->extents;
	ret = device_extents(ranges->dev, question);
	if (ret)
		question->count = 0;
	ranges->last = question->start >= question->end;
	return ret;
}

int ranges_next(struct ranges *ranges, struct srd_extent *extent)
{
	int ret;

	memset(extent, 0, sizeof(*extent));
	/* an answer that a signal cut short may have none */
	while (ranges->next == ranges->question.count) {
		if (ranges->last)
			return 0;
		ret = ask(ranges);
		if (ret)
			return ret;
	}
	*extent = ranges->extents[ranges->next++];
	return 0;
}

int ranges_total(const struct device *dev, uint32_t number, uint64_t *bytes)
{
	struct srd_extent extent;
	struct ranges ranges;
	int ret;

	*bytes = 0;
	ranges_begin(&ranges, dev, number);
	while (!(ret = ranges_next(&ranges, &extent)) && extent.length)
		*bytes += extent.length;
	return ret;
}
