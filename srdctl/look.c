// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - a look at disks, and what happened between two
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "look.h"

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* One that goes away while it is looked at is not there. */
static int add(struct look *look, const struct device *dev, const struct device_disk *disk)
{
	struct look_disk *disks, *last;
	int ret;

	/* twice as many whenever their number is a power of two */
	if (!(look->count & (look->count - 1))) {
		disks = reallocarray(look->disks, look->count ? 2 * look->count : 1,
				     sizeof(*disks));
		if (!disks)
			return -ENOMEM;
		look->disks = disks;
	}
	last = &look->disks[look->count];
	last->disk = *disk;
	ret = device_stats(dev, disk->info.number, &last->stats);
	if (ret)
		return ret == -ENODEV ? 0 : ret;
	last->time = now_ns();
	look->count++;
	return 0;
}

static int take_all(struct look *look, const struct device *dev)
{
	struct device_disk disk;
	uint32_t number = 0;
	int ret;

	while (!(ret = device_next(dev, number, &disk))) {
		ret = add(look, dev, &disk);
		if (ret)
			return ret;
		number = disk.info.number + 1;
		if (!number)
			return 0;
	}
	return ret == -ENODEV ? 0 : ret;
}

int look_take(struct look *look, const struct device *dev, char * const *names, int count)
{
	struct device_disk disk;
	int i, ret;

	look->disks = NULL;
	look->count = 0;
	if (!count)
		return take_all(look, dev);
	for (i = 0; i < count; i++) {
		ret = device_find(dev, names[i], &disk);
		if (!ret)
			ret = add(look, dev, &disk);
		if (ret && ret != -ENODEV)
			return ret;
	}
	return 0;
}

void look_free(struct look *look)
{
	free(look->disks);
	look->disks = NULL;
	look->count = 0;
}

static const struct look_disk *find(const struct look *look, uint32_t number)
{
	unsigned int i;

	for (i = 0; i < look->count; i++) {
		if (look->disks[i].disk.info.number == number)
			return &look->disks[i];
	}
	return NULL;
}

static uint64_t difference(uint64_t before, uint64_t now)
{
	return now < before ? now : now - before;
}

static void compare_op(struct look_row *row, int op, const struct srd_op_stats *before,
		       const struct srd_op_stats *now)
{
	struct look_change *change = &row->op[op];
	int i;

	change->ios = difference(before->ios, now->ios);
	change->bytes = difference(before->bytes, now->bytes);
	change->errors = difference(before->errors, now->errors);
	row->all.ios += change->ios;
	row->all.bytes += change->bytes;
	row->all.errors += change->errors;
	for (i = 0; i < SRD_LATENCY_BUCKETS; i++) {
		change->latency[i] = difference(before->latency[i], now->latency[i]);
		row->all.latency[i] += change->latency[i];
	}
}

struct look_row *look_compare(const struct look *before, const struct look *now)
{
	struct look_row *rows = calloc(now->count, sizeof(*rows));
	const struct look_disk *old;
	unsigned int i;
	int op;

	for (i = 0; rows && i < now->count; i++) {
		rows[i].now = &now->disks[i];
		old = find(before, now->disks[i].disk.info.number);
		if (!old || old->time >= now->disks[i].time)
			continue;
		rows[i].seconds = (now->disks[i].time - old->time) / 1e9;
		for (op = 0; op < SRD_OP_COUNT; op++)
			compare_op(&rows[i], op, &old->stats.op[op], &now->disks[i].stats.op[op]);
	}
	return rows;
}
