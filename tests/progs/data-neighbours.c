// SPDX-License-Identifier: GPL-2.0
/*
 * usage: data-neighbours HOW BLOCK DEVICE
 *
 * Empties every range of whole blocks within three pages, one after the other, in the way that
 * HOW names (see data.h), and checks each time that what lies around it in five pages is as it
 * was, byte by byte, and that the range itself reads as zeroes; through the page cache too.
 */
#include "data.h"

#define PAGES	5
#define LEN	(PAGES * PAGE)

struct range {
	enum empty_how how;
	uint64_t pos;
	uint64_t len;
};

static void check(const struct range *r, const uint8_t *want, const uint8_t *got, const char *via)
{
	unsigned int at;

	for (at = 0; at < LEN; at++) {
		bool inside = at >= r->pos && at < r->pos + r->len;

		if (got[at] == (inside ? 0 : want[at]))
			continue;
		if (inside && got[at] == want[at] && empty_may_keep(r->how, r->pos, r->len, at))
			continue;
		die("%s of %llu at %llu, %s: byte %u (%s) is %02x, was %02x", empty_names[r->how],
		    (unsigned long long)r->len, (unsigned long long)r->pos, via, at,
		    inside ? "inside" : "outside", got[at], want[at]);
	}
}

int main(int argc, char **argv)
{
	uint64_t random = 1, block, end;
	uint8_t *want = io_buffer(LEN), *got = io_buffer(LEN);
	unsigned int ranges = 0;
	struct range r = { 0 };
	int direct, cached;

	if (argc != 4)
		die("usage: data-neighbours HOW BLOCK DEVICE");
	r.how = empty_named(argv[1]);
	block = number(argv[2]);
	direct = open_disk(argv[3], O_DIRECT);
	cached = open_disk(argv[3], 0);

	for (r.pos = PAGE; r.pos < 4 * PAGE; r.pos += block) {
		for (end = r.pos + block; end <= 4 * PAGE; end += block) {
			r.len = end - r.pos;
			random_fill(&random, want, LEN);
			write_all(direct, want, LEN, 0);
			/* Now the page cache has it, and has to forget it. */
			read_all(cached, got, LEN, 0);
			empty(direct, r.how, r.pos, r.len);
			read_all(direct, got, LEN, 0);
			check(&r, want, got, "direct");
			read_all(cached, got, LEN, 0);
			check(&r, want, got, "cached");
			ranges++;
		}
	}
	printf("%u ranges\n", ranges);
	return 0;
}
