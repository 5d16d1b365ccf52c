// SPDX-License-Identifier: GPL-2.0
/*
 * usage: extents NUMBER COUNT [START [END]]
 *
 * Asks which ranges of srdN have memory, COUNT at a time, and prints them: start, length and flags,
 * a line each. Dies when an answer is not what the ABI promises.
 */
#include "snap.h"

static uint64_t before;		/* where the last range ended */
static uint32_t flags;		/* and what it was */

static void show(const struct srd_extent *extent, uint64_t end, bool first)
{
	if (!extent->length || extent->reserved || extent->flags & ~SRD_EXTENT_SHARED)
		die("a range of no length, or with unknown flags");
	if (extent->start < before || extent->start + extent->length > end)
		die("a range out of order or place: %llu", (unsigned long long)extent->start);
	if (!first && extent->start == before && extent->flags == flags)
		die("two ranges that touch and are alike at %llu", (unsigned long long)before);
	before = extent->start + extent->length;
	flags = extent->flags;
	printf("%llu %llu %u\n", (unsigned long long)extent->start,
	       (unsigned long long)extent->length, extent->flags);
}

/* One answer; false when it was the last one. */
static bool ask(struct srd_ioc_extents *question, uint32_t room, bool *first)
{
	struct srd_extent *extents = calloc(room + 1, sizeof(*extents));
	uint64_t start = question->start;
	uint32_t i;
	int err;

	question->count = room;
	question->extents = (uintptr_t)extents;
	extents[room].length = ~0ULL;
	err = command(SRD_IOC_EXTENTS, question);
	if (err)
		die("srd%u: %s", question->number, strerror(err));
	if (question->count > room || extents[room].length != ~0ULL)
		die("more than there is room for");
	if (question->count < room && question->start != question->end)
		die("fewer than there is room for, and not at the end");
	if (question->start < start || question->start > question->end)
		die("went on at %llu", (unsigned long long)question->start);
	for (i = 0; i < question->count; i++) {
		show(&extents[i], question->end, *first);
		*first = false;
	}
	if (before > question->start)
		die("a range behind where it goes on");
	free(extents);
	return question->start < question->end;
}

int main(int argc, char **argv)
{
	struct srd_ioc_extents question = { .size = sizeof(question) };
	bool first = true;
	uint32_t room;

	if (argc < 3 || argc > 5)
		return 2;
	question.number = number(argv[1]);
	room = number(argv[2]);
	if (argc > 3)
		question.start = number(argv[3]);
	if (argc > 4)
		question.end = number(argv[4]);
	while (ask(&question, room, &first))
		;
	return 0;
}
