// SPDX-License-Identifier: GPL-2.0
/*
 * Changes what fake-control.c keeps of a disk: fake-set FILE NUMBER FIELD VALUE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"

static int set(struct fake_disk *disk, const char *field, unsigned long long value)
{
	struct srd_op_stats *ops = disk->stats.op;
	unsigned int op, bucket;

	if (!strcmp(field, "used"))
		disk->info.used = value;
	else if (!strcmp(field, "openers"))
		disk->info.openers = value;
	else if (!strcmp(field, "shared"))
		disk->info.shared = value;
	else if (!strcmp(field, "cached"))
		disk->info.cached = value;
	else if (!strcmp(field, "faults"))
		disk->info.faults = value;
	else if (sscanf(field, "seen.%u", &op) == 1 && op < RULES)
		disk->rules[op].seen = value;
	else if (sscanf(field, "hits.%u", &op) == 1 && op < RULES)
		disk->rules[op].hits = value;
	else if (!strcmp(field, "mode"))
		disk->info.mode = value;
	else if (sscanf(field, "ios.%u", &op) == 1 && op < SRD_OP_SLOTS)
		ops[op].ios = value;
	else if (sscanf(field, "bytes.%u", &op) == 1 && op < SRD_OP_SLOTS)
		ops[op].bytes = value;
	else if (sscanf(field, "errors.%u", &op) == 1 && op < SRD_OP_SLOTS)
		ops[op].errors = value;
	else if (sscanf(field, "latency.%u.%u", &op, &bucket) == 2 && op < SRD_OP_SLOTS &&
		 bucket < SRD_LATENCY_BUCKETS)
		ops[op].latency[bucket] = value;
	else
		return 1;
	return 0;
}

int main(int argc, char **argv)
{
	struct fake_disk disk;
	FILE *file;
	long place;

	if (argc != 5)
		return 2;
	file = fopen(argv[1], "r+");
	place = atol(argv[2]) * (long)sizeof(disk);
	if (!file || fseek(file, place, SEEK_SET) || fread(&disk, sizeof(disk), 1, file) != 1)
		return 1;
	if (set(&disk, argv[3], strtoull(argv[4], NULL, 0)))
		return 2;
	if (fseek(file, place, SEEK_SET) || fwrite(&disk, sizeof(disk), 1, file) != 1)
		return 1;
	return fclose(file) ? 1 : 0;
}
