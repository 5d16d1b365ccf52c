// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - how long requests take, as people write and read it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "latency.h"
#include "size.h"

#define US	1000ULL
#define MS	1000000ULL

#define POINTS(...)	{ .kind = SRD_LATENCY_POINTS, __VA_ARGS__ }
#define UNIFORM(a, b)	{ .kind = SRD_LATENCY_UNIFORM, .ns = { a, b } }
#define SEEK(a, b, c)	{ .kind = SRD_LATENCY_SEEK, .ns = { a, b, c } }

/*
 * What presets imitate: small requests one at a time. Where the numbers come from is told in
 * docs/faults.md.
 */
static const struct {
	const char *name;
	struct srd_latency op[SRD_OP_COUNT];
} presets[] = {
	{ "nvme", {
		[SRD_OP_READ] = POINTS(.count = 3, .ns = { 45 * US, 90 * US, 400 * US },
				       .weight = { 90, 9, 1 }),
		[SRD_OP_WRITE] = POINTS(.count = 3, .ns = { 17 * US, 40 * US, 1 * MS },
					.weight = { 95, 4, 1 }),
		[SRD_OP_DISCARD] = UNIFORM(50 * US, 200 * US),
		[SRD_OP_WRITE_ZEROES] = UNIFORM(50 * US, 200 * US),
		[SRD_OP_SECURE_ERASE] = UNIFORM(1 * MS, 5 * MS),
		[SRD_OP_FLUSH] = UNIFORM(300 * US, 1500 * US),
	} },
	{ "ssd", {
		[SRD_OP_READ] = POINTS(.count = 3, .ns = { 77 * US, 150 * US, 1 * MS },
				       .weight = { 90, 9, 1 }),
		[SRD_OP_WRITE] = POINTS(.count = 3, .ns = { 28 * US, 80 * US, 5 * MS },
					.weight = { 95, 4, 1 }),
		[SRD_OP_DISCARD] = UNIFORM(200 * US, 1 * MS),
		[SRD_OP_WRITE_ZEROES] = UNIFORM(200 * US, 1 * MS),
		[SRD_OP_SECURE_ERASE] = UNIFORM(5 * MS, 20 * MS),
		[SRD_OP_FLUSH] = UNIFORM(1 * MS, 5 * MS),
	} },
	{ "hdd", {
		[SRD_OP_READ] = SEEK(1 * MS, 15 * MS, 8333 * US),
		[SRD_OP_WRITE] = SEEK(1 * MS, 15 * MS, 8333 * US),
		[SRD_OP_WRITE_ZEROES] = SEEK(1 * MS, 15 * MS, 8333 * US),
		[SRD_OP_FLUSH] = UNIFORM(8333 * US, 25 * MS),
	} },
};

/* @text is the caller's to change. */
static bool parse_point(const struct verb *verb, char *text, struct srd_latency *latency)
{
	char *weight = strchr(text, ':');
	uint32_t number = 1;
	uint64_t ns;

	if (latency->count == SRD_LATENCY_POINTS_MAX) {
		verb_usage(verb, "%s: a latency has no more than %d points", verb->name,
			   SRD_LATENCY_POINTS_MAX);
		return false;
	}
	if (weight)
		*weight++ = '\0';
	if (!verb_time(verb, "latency", text, &ns))
		return false;
	if (weight && !verb_number(verb, "weight", weight, UINT32_MAX, &number))
		return false;
	latency->ns[latency->count] = ns;
	latency->weight[latency->count++] = number;
	return true;
}

/* @text is the caller's to change. */
static bool parse_points(const struct verb *verb, char *text, struct srd_latency *latency)
{
	char *point;
	uint32_t i;

	latency->kind = SRD_LATENCY_POINTS;
	while ((point = strsep(&text, ","))) {
		if (!parse_point(verb, point, latency))
			return false;
	}
	for (i = 0; i < latency->count; i++) {
		if (latency->weight[i])
			return true;
	}
	verb_usage(verb, "%s: the weights must not all be 0", verb->name);
	return false;
}

/* Times with a separator between them. @text is the caller's to change. */
static bool parse_times(const struct verb *verb, char *text, const char *separator,
			unsigned int count, struct srd_latency *latency)
{
	unsigned int i;
	uint64_t ns;
	char *time;

	for (i = 0; i < count; i++) {
		time = strsep(&text, separator);
		if (!time) {
			verb_usage(verb,
				   "%s: seek has three times: to the next track, over all, a turn",
				   verb->name);
			return false;
		}
		if (!verb_time(verb, "latency", time, &ns))
			return false;
		latency->ns[i] = ns;
	}
	if (text) {
		verb_usage(verb, "%s: latency: '%s' is too much", verb->name, text);
		return false;
	}
	if (latency->ns[0] <= latency->ns[1])
		return true;
	verb_usage(verb, "%s: a latency goes from the shorter time to the longer", verb->name);
	return false;
}

bool latency_parse(const struct verb *verb, const char *text, enum srd_op op,
		   struct srd_latency *latency)
{
	char copy[LATENCY_TEXT_LEN];
	size_t i;

	memset(latency, 0, sizeof(*latency));
	if (!strcmp(text, "none"))
		return true;
	for (i = 0; i < ARRAY_SIZE(presets); i++) {
		if (!strcmp(text, presets[i].name)) {
			*latency = presets[i].op[op];
			return true;
		}
	}
	if (strlen(text) >= sizeof(copy)) {
		verb_usage(verb, "%s: this latency is too long", verb->name);
		return false;
	}
	strcpy(copy, text);
	if (!strncmp(copy, "seek:", 5)) {
		latency->kind = SRD_LATENCY_SEEK;
		return parse_times(verb, copy + 5, ":", 3, latency);
	}
	if (strchr(copy, '-')) {
		latency->kind = SRD_LATENCY_UNIFORM;
		return parse_times(verb, copy, "-", 2, latency);
	}
	return parse_points(verb, copy, latency);
}

static size_t add_time(char text[LATENCY_TEXT_LEN], size_t length, const char *before, uint64_t ns)
{
	char time[SIZE_TEXT_LEN];

	time_write(ns, time);
	return length + snprintf(text + length, LATENCY_TEXT_LEN - length, "%s%s", before, time);
}

static void format_points(const struct srd_latency *latency, char text[LATENCY_TEXT_LEN])
{
	size_t length = 0;
	uint32_t i;

	for (i = 0; i < latency->count && i < SRD_LATENCY_POINTS_MAX; i++) {
		length = add_time(text, length, i ? "," : "", latency->ns[i]);
		if (latency->count > 1)
			length += snprintf(text + length, LATENCY_TEXT_LEN - length, ":%u",
					   latency->weight[i]);
	}
}

void latency_format(const struct srd_latency *latency, enum srd_op op, char text[LATENCY_TEXT_LEN])
{
	size_t i, length = 0;

	*text = '\0';
	for (i = 0; i < ARRAY_SIZE(presets); i++) {
		if (latency->kind != SRD_LATENCY_NONE &&
		    !memcmp(latency, &presets[i].op[op], sizeof(*latency))) {
			strcpy(text, presets[i].name);
			return;
		}
	}
	switch (latency->kind) {
	case SRD_LATENCY_NONE:
		strcpy(text, "none");
		break;
	case SRD_LATENCY_POINTS:
		format_points(latency, text);
		break;
	case SRD_LATENCY_UNIFORM:
		length = add_time(text, length, "", latency->ns[0]);
		add_time(text, length, "-", latency->ns[1]);
		break;
	case SRD_LATENCY_SEEK:
		length = add_time(text, length, "seek:", latency->ns[0]);
		length = add_time(text, length, ":", latency->ns[1]);
		add_time(text, length, ":", latency->ns[2]);
		break;
	default:
		strcpy(text, "?");
	}
}
