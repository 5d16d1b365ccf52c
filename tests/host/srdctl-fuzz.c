// SPDX-License-Identifier: GPL-2.0
/*
 * What libFuzzer feeds to srdctl's readers: of sizes, times, numbers, rules, latencies, and of
 * images. The first byte of an input says which. Besides what sanitizers see, what was read has
 * to be the same when it is written and read again. scripts/fuzz-tool builds and runs it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "image.h"
#include "latency.h"
#include "rule.h"
#include "size.h"

#define WORDS	12

static const struct verb verb = { .name = "fuzz", .usage = "", .summary = "", .options = "" };

/* Ends the program, as a sanitizer does. */
static void expect(bool good, const char *what, const char *text)
{
	if (good)
		return;
	dprintf(STDERR_FILENO, "not so: %s: '%s'\n", what, text);
	abort();
}

/* ---- text ---- */

static void read_numbers(const char *text)
{
	char written[SIZE_TEXT_LEN];
	uint64_t value, again;
	uint32_t small, same;

	if (!size_parse(text, &value)) {
		/* for people: rounded, and so also up to 16E, which is none */
		size_format(value, written);
		expect(size_parse(written, &again) != -EINVAL || strchr(written, '.'),
		       "a size that was written can be read", written);
	}
	if (!time_parse(text, &value)) {
		time_write(value, written);
		expect(!time_parse(written, &again) && again == value,
		       "a time that was written is the same", written);
		time_format(value, written);
	}
	if (!chance_parse(text, &small)) {
		chance_format(small, written);
		expect(!chance_parse(written, &same) && same == small,
		       "a chance that was written is the same", written);
	}
	if (!number64_parse(text, &value)) {
		snprintf(written, sizeof(written), "%llu", (unsigned long long)value);
		expect(!number64_parse(written, &again) && again == value,
		       "a number that was written is the same", written);
		if (!number_parse(text, 1000, &small))
			expect(small == value && value <= 1000, "a number is in its bounds", text);
	}
}

/* A rule's texts as one line of words. */
static void write_rule(const struct srd_rule *rule, char *line, size_t size)
{
	char ops[RULE_TEXT_LEN], range[RULE_TEXT_LEN], when[RULE_TEXT_LEN], what[RULE_TEXT_LEN];

	rule_ops(rule, ops);
	rule_range(rule, true, range);
	rule_when(rule, when);
	rule_what(rule, what);
	snprintf(line, size, "op=%s%s%s %s %s seed=%llu", ops, *range ? " range=" : "", range, when,
		 what, (unsigned long long)rule->seed);
}

static bool read_rule(char *line, struct srd_rule *rule)
{
	char *words[WORDS], *word;
	int count = 0;

	for (word = strtok(line, " "); word && count < WORDS; word = strtok(NULL, " "))
		words[count++] = word;
	return rule_parse(&verb, words, count, rule);
}

static void read_rules(char *text)
{
	char line[6 * RULE_TEXT_LEN], copy[sizeof(line)];
	struct srd_rule rule, again;

	if (!read_rule(text, &rule))
		return;
	write_rule(&rule, line, sizeof(line));
	strcpy(copy, line);
	expect(read_rule(copy, &again), "a rule that was written can be read", line);
	/* every=1 is said as nothing, as it is nothing */
	if (rule.every == 1)
		rule.every = 0;
	expect(!memcmp(&rule, &again, sizeof(rule)), "a rule that was written is the same", line);
}

static void read_latency(const char *text, enum srd_op op)
{
	char written[LATENCY_TEXT_LEN];
	struct srd_latency latency, again;

	if (!latency_parse(&verb, text, op, &latency))
		return;
	latency_format(&latency, op, written);
	expect(latency_parse(&verb, written, op, &again), "a latency that was written can be read",
	       written);
	/* of a single point, the weight does not matter */
	if (latency.count == 1)
		latency.weight[0] = 1;
	expect(!memcmp(&latency, &again, sizeof(latency)),
	       "a latency that was written is the same", written);
}

/* ---- images ---- */

static void read_image(const uint8_t *data, size_t size, enum image_format format)
{
	static int file = -1, disk = -1;
	struct content content = { .threads = 1 };
	struct image image;
	char path[64];

	if (file < 0) {
		file = memfd_create("image", MFD_CLOEXEC);
		disk = open("/dev/null", O_WRONLY | O_CLOEXEC);
	}
	if (file < 0 || disk < 0 || ftruncate(file, 0) ||
	    pwrite(file, data, size, 0) != (ssize_t)size)
		exit(1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	if (image_open(&image, path, format))
		return;
	content.fd = disk;
	content.capacity = image.capacity;
	if (!image_load(&image, &content))
		expect(atomic_load(&content.data) <= image.capacity, "an image fits its disk", "");
	image_close(&image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum image_format formats[] = { IMAGE_ANY, IMAGE_RAW, IMAGE_ZSTD };
	char *text;

	if (!size)
		return 0;
	/* digits and letters, so that a corpus of text can be read by people */
	if (*data >= '0' && *data <= '2') {
		read_image(data + 1, size - 1, formats[*data - '0']);
		return 0;
	}
	text = strndup((const char *)data + 1, size - 1);
	if (!text)
		exit(1);
	if (*data == 'n')
		read_numbers(text);
	else if (*data == 'r')
		read_rules(text);
	else if (*data >= 'a' && *data < 'a' + SRD_OP_COUNT)
		read_latency(text, *data - 'a');
	free(text);
	return 0;
}
