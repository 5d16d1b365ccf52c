// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - what the pages of a disk hold: zeroes, or something
 */
#include <stdbool.h>
#include <string.h>

#include "pages.h"

static size_t first_page(size_t length)
{
	return length < PAGE_BYTES ? length : PAGE_BYTES;
}

/* What is equal to itself one byte further on, and starts with a zero, is all zeroes. */
static bool is_zero(const char *page, size_t length)
{
	return !*page && !memcmp(page, page + 1, length - 1);
}

static size_t alike(const char *data, size_t length, bool zero)
{
	size_t done = 0;

	while (done < length && is_zero(data + done, first_page(length - done)) == zero)
		done += first_page(length - done);
	return done;
}

size_t pages_zero(const void *data, size_t length)
{
	return alike(data, length, true);
}

size_t pages_data(const void *data, size_t length)
{
	return alike(data, length, false);
}

#define LANES	4

/* A product depends on a number's high bits only in its own. */
static uint64_t turn(uint64_t number)
{
	return number << 29 | number >> 35;
}

/*
 * Each step is one that can be undone, so that a word which differs makes a lane differ to the
 * end. Several lanes, as a CPU multiplies several numbers at once.
 */
static uint64_t page_digest(const char *page, size_t length, uint64_t index)
{
	static const uint64_t odd[LANES] = {
		0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb, 0xd6e8feb86659fd93,
	};
	uint64_t lanes[LANES], words[LANES], sum;
	size_t done, i;

	for (i = 0; i < LANES; i++)
		lanes[i] = (index + 1) * odd[LANES - 1 - i] ^ length;
	for (done = 0; done < length; done += sizeof(words)) {
		memcpy(words, page + done, sizeof(words));
		for (i = 0; i < LANES; i++)
			lanes[i] = turn((lanes[i] ^ words[i]) * odd[i]);
	}
	sum = 0;
	for (i = 0; i < LANES; i++)
		sum = ((sum ^ lanes[i]) * odd[i]) ^ (sum >> 29);
	return sum ^ (sum >> 32);
}

uint64_t pages_digest(const void *data, size_t length, uint64_t pos)
{
	const char *page = data;
	uint64_t sum = 0;
	size_t done;

	for (done = 0; done < length; done += first_page(length - done))
		sum += page_digest(page + done, first_page(length - done),
				   (pos + done) / PAGE_BYTES);
	return sum;
}
