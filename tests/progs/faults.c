// SPDX-License-Identifier: GPL-2.0
/*
 * faults - what each kind of rule does to requests, and that it does nothing else
 *
 * usage: faults CASE
 */
#include "fault.h"
#include "ring.h"

static const int errors[] = {
	EIO, ENOSPC, ETIMEDOUT, EILSEQ, EREMOTEIO, ENODATA, ENOLINK, EBADE, ENOMEM, ENODEV,
};

/* ---- errors ---- */

static void each_errno_reaches_the_program(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	unsigned long long faults = 0;
	struct srd_ioc_stats s, t;
	struct srd_rule r;
	enum srd_op op;
	char what[64];
	size_t i;

	/* So that flushes come through. */
	set_cache(&d, SRD_CACHE_VOLATILE);
	for (i = 0; i < ARRAY_SIZE(errors); i++)
		for (op = 0; op < SRD_OP_COUNT; op++) {
			snprintf(what, sizeof(what), "%s, %s", op_names[op], name_of(errors[i]));
			r = rule(&d, .ops = 1U << op, .what = SRD_FAULT_ERROR, .error = errors[i]);
			s = stats(&d);
			fill_new(d.buf, PAGE);
			expect_error(request(&d, op, d.buf, 8 * PAGE, PAGE),
				     errors[i], "%s", what);
			t = stats(&d);
			expect_counts(&d, r.id, 1, 1, what);
			expect_value(info(d.number).faults, ++faults, "info.faults");
			expect_value(t.op[op].ios, s.op[op].ios + 1, what);
			expect_value(t.op[op].errors, s.op[op].errors + 1, what);
			expect_value(t.op[op].bytes, s.op[op].bytes, what);
			rules_clear(&d);
		}
	expect_value(info(d.number).faults, faults, "info.faults, without rules");
	expect_holds(&d, "after errors");
	disk_end(&d);
}

/* The answer comes by way of a ring, too. */
static void each_errno_reaches_io_uring(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	struct ring ring;
	uint64_t data;
	size_t i;
	int res;

	ring_open(&ring, 8, 0);
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		rule(&d, .ops = OP(READ) | OP(WRITE), .what = SRD_FAULT_ERROR, .error = errors[i],
		     .end = PAGE);
		ring_put(&ring, IORING_OP_READ, d.fd, d.buf, PAGE, 0, 0);
		ring_put(&ring, IORING_OP_WRITE, d.fd, d.buf, PAGE, 0, 1);
		ring_put(&ring, IORING_OP_READ, d.fd, d.buf + PAGE, PAGE, 8 * PAGE, 2);
		if (ring_enter(&ring, 3, 3, IORING_ENTER_GETEVENTS) != 3)
			err(1, "io_uring_enter");
		while (ring_get(&ring, &res, &data))
			expect_value((long)res, data == 2 ? (long)PAGE : (long)-errors[i],
				     name_of(errors[i]));
		rules_clear(&d);
	}
	expect_holds(&d, "after errors");
	disk_end(&d);
}

/* Who goes through the page cache is told that it failed, on a write by fsync(). */
static void buffered_io_fails(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	char *buf = io_buffer(PAGE);
	int fd, error;
	size_t i;

	fill_new(buf, PAGE);
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		rule(&d, .ops = OP(READ), .what = SRD_FAULT_ERROR, .error = errors[i], .end = PAGE);
		fd = open_disk(d.number, O_RDWR);
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		error = io_result(pread(fd, buf, PAGE, 0), PAGE);
		expect_error(error, EIO, "buffered read, %s", name_of(errors[i]));
		expect_error(io_result(pread(fd, buf, PAGE, 64 * PAGE), PAGE), 0, "elsewhere");
		rules_clear(&d);

		rule(&d, .ops = OP(WRITE), .what = SRD_FAULT_ERROR, .error = errors[i],
		     .end = PAGE);
		expect_error(io_result(pwrite(fd, buf, PAGE, 0), PAGE), 0, "buffered write");
		error = fsync(fd) ? errno : 0;
		expect_error(error, error == errors[i] ? error : EIO, "fsync, %s",
			     name_of(errors[i]));
		rules_clear(&d);
		close(fd);
	}
	fd = open_disk(d.number, O_RDWR);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (pread(fd, buf, PAGE, 0) != PAGE)
		err(1, "buffered read");
	close(fd);
	free(buf);
	expect_holds(&d, "after errors");
	disk_end(&d);
}

/* Requests by chance: those that touch a range fail, the others do what they do. */
static void error_touches_nothing_else(void)
{
	const uint64_t start = 1 * MIB + 512, end = 2 * MIB - 512;
	struct disk d = disk_new((struct srd_ioc_create){ });
	unsigned int failed = 0, seen = 0, i;
	uint64_t state = 7, pos, len;
	struct srd_rule r;
	enum srd_op op;
	bool bad;

	r = rule(&d, .ops = ALL_OPS, .what = SRD_FAULT_ERROR, .error = EIO, .start = start,
		 .end = end);
	for (i = 0; i < 600; i++) {
		op = random_below(&state, SRD_OP_FLUSH);
		len = (1 + random_below(&state, 128)) * 512;
		pos = random_below(&state, d.size / 512 - len / 512) * 512;
		/* Of discards only whole pages are sure. */
		if (op == SRD_OP_DISCARD) {
			pos &= -(uint64_t)PAGE;
			len = (len + PAGE - 1) & -(uint64_t)PAGE;
			if (pos + len > d.size)
				continue;
		}
		bad = pos < end && pos + len > start;
		seen += bad;
		fill_new(d.buf, len);
		expect_error(request(&d, op, d.buf, pos, len), bad ? EIO : 0,
			     "%s of %llu at %llu", op_names[op], (unsigned long long)len,
			     (unsigned long long)pos);
		failed += bad;
		if (bad || op == SRD_OP_READ)
			continue;
		if (op == SRD_OP_WRITE)
			memcpy(d.holds + pos, d.buf, len);
		else
			memset(d.holds + pos, 0, len);
	}
	expect_counts(&d, r.id, seen, failed, "by chance");
	if (failed < 50)
		wrong("only %u requests failed", failed);
	rules_clear(&d);
	expect_holds(&d, "after errors in a range");
	disk_end(&d);
}

static void ranges_are_bytes(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	struct srd_rule r;

	r = rule(&d, .ops = OP(READ), .what = SRD_FAULT_ERROR, .error = EIO, .start = 64 * KIB,
		 .end = 128 * KIB);
	expect_error(read_at(&d, 64 * KIB - 512, 512), 0, "before");
	expect_error(read_at(&d, 128 * KIB, 512), 0, "behind");
	expect_error(read_at(&d, 0, 64 * KIB), 0, "all before");
	expect_counts(&d, r.id, 0, 0, "outside");
	expect_error(read_at(&d, 64 * KIB, 512), EIO, "the first block");
	expect_error(read_at(&d, 128 * KIB - 512, 512), EIO, "the last block");
	expect_error(read_at(&d, 64 * KIB - 512, 1024), EIO, "a block before and one in it");
	expect_error(read_at(&d, 128 * KIB - 512, 1024), EIO, "the last and one behind");
	expect_error(read_at(&d, 32 * KIB, 256 * KIB), EIO, "around");
	expect_counts(&d, r.id, 5, 5, "inside");
	rules_clear(&d);

	/* A byte is as good as a block. */
	rule(&d, .ops = OP(READ), .what = SRD_FAULT_ERROR, .error = EIO, .start = 511, .end = 512);
	expect_error(read_at(&d, 0, 512), EIO, "with the byte");
	expect_error(read_at(&d, 512, 512), 0, "without the byte");
	rules_clear(&d);

	/* To the end. */
	rule(&d, .ops = OP(READ), .what = SRD_FAULT_ERROR, .error = EIO, .start = d.size - 512);
	expect_error(read_at(&d, d.size - 512, 512), EIO, "the last block of the disk");
	expect_error(read_at(&d, d.size - 1024, 512), 0, "the last but one");
	rules_clear(&d);
	rule(&d, .ops = OP(READ), .what = SRD_FAULT_ERROR, .error = EIO, .start = 1ULL << 63,
	     .end = ~0ULL);
	expect_error(read_at(&d, d.size - 512, 512), 0, "a range behind the end");
	rules_clear(&d);
	expect_holds(&d, "after reads");
	disk_end(&d);
}

/* What a rule does not look at, it does not count. */
static void only_the_operations_asked_for(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	enum srd_op op, other;
	struct srd_rule r;

	set_cache(&d, SRD_CACHE_VOLATILE);
	memcpy(d.buf, d.holds, PAGE);
	for (op = 0; op < SRD_OP_COUNT; op++) {
		r = rule(&d, .ops = 1U << op, .what = SRD_FAULT_ERROR, .error = EIO);
		for (other = 0; other < SRD_OP_COUNT; other++) {
			/* A discard of less than a page changes nothing. */
			if (other == SRD_OP_WRITE_ZEROES || other == SRD_OP_SECURE_ERASE)
				memset(d.holds, 0, 512);
			if (other == SRD_OP_WRITE)
				memcpy(d.holds, d.buf, 512);
			if (other != op)
				expect_error(request(&d, other, d.buf, 0, 512), 0,
					     "%s, with a rule for %s", op_names[other],
					     op_names[op]);
		}
		expect_counts(&d, r.id, 0, 0, op_names[op]);
		expect_error(request(&d, op, d.buf, 0, 512), EIO, "%s", op_names[op]);
		expect_counts(&d, r.id, 1, 1, op_names[op]);
		rules_clear(&d);
	}
	disk_end(&d);
}

/* ---- when ---- */

/* Which of so many reads fail: a letter for each. */
static const char *pattern(struct disk *d, unsigned int nr)
{
	static char text[1024];
	unsigned int i;

	for (i = 0; i < nr; i++)
		text[i] = read_at(d, 0, 512) ? 'x' : '.';
	text[nr] = 0;
	return text;
}

static void expect_pattern(struct disk *d, struct srd_rule r, const char *wanted)
{
	const char *got;

	r.ops = OP(READ);
	r.what = SRD_FAULT_ERROR;
	r.error = EIO;
	r = rule_add(d, r);
	got = pattern(d, strlen(wanted));
	if (strcmp(got, wanted))
		wrong("after=%llu times=%llu every=%u: got %s, wanted %s",
		      (unsigned long long)r.after, (unsigned long long)r.times, r.every, got,
		      wanted);
	rules_clear(d);
}

static void after_times_every(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });

#define when(...)	((struct srd_rule){ __VA_ARGS__ })
	expect_pattern(&d, when(.after = 0), "xxxxxx");
	expect_pattern(&d, when(.after = 3), "...xxx");
	expect_pattern(&d, when(.times = 1), "x.....");
	expect_pattern(&d, when(.times = 2, .after = 1), ".xx...");
	expect_pattern(&d, when(.every = 1), "xxxxxx");
	expect_pattern(&d, when(.every = 3), "..x..x..x");
	expect_pattern(&d, when(.every = 3, .after = 2), "....x..x..");
	expect_pattern(&d, when(.every = 2, .after = 1, .times = 2), "..x.x.....");
	expect_pattern(&d, when(.after = ~0ULL), "......");
	expect_pattern(&d, when(.every = ~0U), "......");
	expect_holds(&d, "after reads");
	disk_end(&d);
}

static struct srd_rule chance(struct disk *d, uint64_t seed)
{
	return rule(d, .ops = OP(READ), .what = SRD_FAULT_ERROR, .error = EIO,
		    .flags = SRD_RULE_SEED, .seed = seed, .probability = 1U << 30);
}

/* One of four, and the same four for the same seed. */
static void same_seed_same_faults(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	char first[1024], other[1024];
	struct srd_rule r;
	uint64_t seed;

	r = chance(&d, 42);
	snprintf(first, sizeof(first), "%s", pattern(&d, 400));
	r = rule_get(&d, r.id);
	expect_value(r.seed, 42, "seed");
	expect_value(r.seen, 400, "seen");
	if (r.hits < 60 || r.hits > 140)
		wrong("%llu of 400 requests failed, with a chance of a quarter",
		      (unsigned long long)r.hits);
	rules_clear(&d);
	chance(&d, 42);
	if (strcmp(first, pattern(&d, 400)))
		wrong("the same seed did not fail the same requests");
	rules_clear(&d);
	chance(&d, 43);
	snprintf(other, sizeof(other), "%s", pattern(&d, 400));
	if (!strcmp(first, other))
		wrong("another seed failed the same requests");
	rules_clear(&d);

	/* One that is chosen is told, and repeats what it chose. */
	r = rule(&d, .ops = OP(READ), .what = SRD_FAULT_ERROR, .error = EIO,
		 .probability = 1U << 30);
	snprintf(first, sizeof(first), "%s", pattern(&d, 400));
	seed = rule_get(&d, r.id).seed;
	expect_value(r.seed, seed, "seed, as RULE_ADD and as RULE_NEXT tell it");
	rules_clear(&d);
	chance(&d, seed);
	if (strcmp(first, pattern(&d, 400)))
		wrong("the seed that was told did not fail the same requests");
	rules_clear(&d);
	r = rule(&d, .ops = OP(READ), .what = SRD_FAULT_ERROR, .error = EIO,
		 .probability = 1U << 30);
	if (r.seed == seed)
		wrong("the same seed was chosen twice");
	rules_clear(&d);
	disk_end(&d);
}

/* What another rule does, and requests that it does not look at, change nothing. */
static void chance_of_a_rule_is_its_own(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	char first[1024], got[1024];
	unsigned int i;

	chance(&d, 42);
	snprintf(first, sizeof(first), "%s", pattern(&d, 200));
	rules_clear(&d);

	rule(&d, .ops = OP(READ), .what = SRD_FAULT_DELAY, .delay = 1000,
	     .probability = 1U << 31);
	chance(&d, 42);
	rule(&d, .ops = OP(READ), .what = SRD_FAULT_FLIP, .probability = 1U << 31);
	for (i = 0; i < 200; i++) {
		got[i] = read_at(&d, 0, 512) ? 'x' : '.';
		write_at(&d, 8 * PAGE, 512, 512);
	}
	got[i] = 0;
	if (strcmp(first, got))
		wrong("other rules and requests changed what was chosen");
	rules_clear(&d);
	expect_holds(&d, "after reads");
	disk_end(&d);
}

static void small_chance_and_great_chance(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	struct srd_rule r;

	r = rule(&d, .ops = OP(READ), .what = SRD_FAULT_ERROR, .error = EIO, .probability = 1,
		 .flags = SRD_RULE_SEED, .seed = 1);
	pattern(&d, 300);
	expect_counts(&d, r.id, 300, 0, "one of 2^32");
	rules_clear(&d);
	r = rule(&d, .ops = OP(READ), .what = SRD_FAULT_ERROR, .error = EIO, .probability = ~0U,
		 .flags = SRD_RULE_SEED, .seed = 1);
	pattern(&d, 300);
	expect_counts(&d, r.id, 300, 300, "all but one of 2^32");
	rules_clear(&d);
	disk_end(&d);
}

/* ---- torn ---- */

static void torn_write(struct disk *d, uint64_t pos, uint64_t len, unsigned int blocks, int error)
{
	uint64_t stored = (uint64_t)blocks * d->block;
	struct srd_rule r;

	r = rule(d, .ops = OP(WRITE), .what = SRD_FAULT_TORN, .blocks = blocks, .error = error,
		 .times = 1);
	expect_error(write_at(d, pos, len, stored < len ? stored : len), error,
		     "write of %llu, torn after %u blocks", (unsigned long long)len, blocks);
	expect_counts(d, r.id, 1, 1, "torn");
	rules_clear(d);
	expect_holds(d, "after a torn write");
}

static void torn_writes(unsigned int block)
{
	struct disk d = disk_new((struct srd_ioc_create){ .block_size = block });
	static const unsigned int blocks[] = { 1, 2, 7, 8, 9, 63, 64, 65, 1000, ~0U };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(blocks); i++) {
		torn_write(&d, 0, 64 * block, blocks[i], EIO);
		torn_write(&d, 256 * KIB + 3 * block, 64 * block, blocks[i], 0);
	}
	torn_write(&d, 1 * MIB, 1 * MIB, 1 * MIB / block - 1, ENOSPC);
	torn_write(&d, 2 * MIB - block, 1 * MIB, 700 * KIB / block, 0);
	torn_write(&d, 5 * PAGE, block, 1, EIO);
	disk_end(&d);
}

static void torn_write_leaves_the_first_blocks(void)
{
	torn_writes(512);
	torn_writes(4096);
}

/* Also where there was no memory before. */
static void torn_write_on_an_empty_disk(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });

	memset(d.holds, 0, d.size);
	expect_error(request(&d, SRD_OP_DISCARD, NULL, 0, d.size), 0, "discard");
	torn_write(&d, 0, 64 * KIB, 3, EIO);
	torn_write(&d, 1 * MIB + 512, 1 * MIB, 1025, 0);
	disk_end(&d);
}

static void torn_zeroes_and_discards(void)
{
	static const enum srd_op ops[] = {
		SRD_OP_DISCARD, SRD_OP_WRITE_ZEROES, SRD_OP_SECURE_ERASE
	};
	struct disk d = disk_new((struct srd_ioc_create){ });
	uint64_t pos = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		rule(&d, .ops = 1U << ops[i], .what = SRD_FAULT_TORN, .blocks = 24, .error = EIO,
		     .times = 1);
		memset(d.holds + pos, 0, 24 * 512);
		expect_error(request(&d, ops[i], NULL, pos, 256 * KIB), EIO, "torn %s",
			     op_names[ops[i]]);
		pos += 512 * KIB;
		rules_clear(&d);
	}
	expect_holds(&d, "after torn ones");
	disk_end(&d);
}

/* Pieces of memory that have nothing to do with pages: each ends inside the next one's page. */
static unsigned int pieces(uint8_t *buf, size_t len, struct iovec *iov)
{
	static const unsigned int sizes[] = { 512, 3584, 1024, 8192, 512, 2560, 12288 };
	unsigned int nr = 0;
	size_t at, n;

	for (at = 0; at < len; at += n) {
		n = sizes[nr % ARRAY_SIZE(sizes)];
		if (n > len - at)
			n = len - at;
		iov[nr++] = (struct iovec){ .iov_base = buf + at, .iov_len = n };
	}
	return nr;
}

static void torn_and_flipped_in_many_pieces(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	static struct iovec iov[1024];
	uint64_t len = 256 * KIB, pos = 1 * MIB + 512, bit = 0;
	unsigned int nr, i;
	uint8_t *buf;

	buf = io_buffer(len);
	nr = pieces(buf, len, iov);
	for (i = 1; i < len / 512; i += 37) {
		rule(&d, .ops = OP(WRITE), .what = SRD_FAULT_TORN, .blocks = i, .error = EIO);
		fill_new(buf, len);
		memcpy(d.holds + pos, buf, i * 512);
		expect_error(io_result(pwritev(d.fd, iov, nr, pos), len), EIO, "torn");
		rules_clear(&d);
	}
	expect_holds(&d, "torn in pieces");

	for (i = 0; i < 24; i++) {
		rule(&d, .ops = OP(READ), .what = SRD_FAULT_FLIP,
		     .flags = SRD_RULE_BIT, .bit = i * 91003ULL);
		expect_error(io_result(preadv(d.fd, iov, nr, pos), len), 0, "read");
		expect_value(bits_differ(buf, d.holds + pos, len, &bit), 1, "bits that differ");
		expect_value(bit, i * 91003ULL, "the bit");
		rules_clear(&d);
	}
	expect_holds(&d, "flipped in pieces");

	for (i = 0; i < 24; i++) {
		rule(&d, .ops = OP(WRITE), .what = SRD_FAULT_FLIP,
		     .flags = SRD_RULE_BIT, .bit = i * 91003ULL);
		fill_new(buf, len);
		memcpy(d.holds + pos, buf, len);
		d.holds[pos + i * 91003ULL / 8] ^= 1U << i * 91003ULL % 8;
		expect_error(io_result(pwritev(d.fd, iov, nr, pos), len), 0, "write");
		rules_clear(&d);
	}
	expect_holds(&d, "stored and flipped in pieces");
	free(buf);
	disk_end(&d);
}

/*
 * Eight writes, one behind the other, handed over together: in mode mq one request of eight bios,
 * which is what a rule sees. @res: what each was answered.
 */
static unsigned int merged_writes(struct disk *d, uint64_t pos, struct srd_rule r, int *res)
{
	static struct ring ring;
	unsigned int i, nr = 0;
	uint64_t data;
	int one;

	if (!ring.entries)
		ring_open(&ring, 8, 0);
	r = rule_add(d, r);
	fill_new(d->buf, 8 * PAGE);
	for (i = 0; i < 8; i++)
		ring_put(&ring, IORING_OP_WRITE, d->fd, d->buf + i * PAGE, PAGE, pos + i * PAGE, i);
	if (ring_enter(&ring, 8, 8, IORING_ENTER_GETEVENTS) != 8)
		err(1, "io_uring_enter");
	while (ring_get(&ring, &one, &data)) {
		res[data] = one;
		nr++;
	}
	expect_value(nr, 8, "answers");
	expect_value(rule_get(d, r.id).seen, d->mode == SRD_MODE_MQ ? 1 : 8, "requests seen");
	rules_clear(d);
	return d->mode == SRD_MODE_MQ;
}

static void expect_answers(const int *res, int first, int others, const char *what)
{
	unsigned int i;

	for (i = 0; i < 8; i++)
		expect_value((long)res[i], (long)(i ? others : first), what);
}

static void merged_requests(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	bool merged;
	int res[8];

	merged = merged_writes(&d, 0, (struct srd_rule){ .ops = OP(WRITE),
			       .what = SRD_FAULT_ERROR, .error = ENOSPC, .times = 1 }, res);
	expect_answers(res, -ENOSPC, merged ? -ENOSPC : (int)PAGE, "failed");
	if (!merged)
		memcpy(d.holds + PAGE, d.buf + PAGE, 7 * PAGE);
	expect_holds(&d, "after a merged error");

	/* It ends in the second bio. */
	merged = merged_writes(&d, 1 * MIB, (struct srd_rule){ .ops = OP(WRITE),
			       .what = SRD_FAULT_TORN, .error = EIO, .blocks = 13, .times = 1 },
			       res);
	expect_answers(res, -EIO, merged ? -EIO : (int)PAGE, "torn");
	memcpy(d.holds + 1 * MIB, d.buf, merged ? 13 * 512 : 8 * PAGE);
	expect_holds(&d, "after a merged torn write");

	/* In the last bio. */
	merged = merged_writes(&d, 2 * MIB, (struct srd_rule){ .ops = OP(WRITE),
			       .what = SRD_FAULT_FLIP, .flags = SRD_RULE_BIT,
			       .bit = 7 * PAGE * 8 + 77, .times = 1 }, res);
	expect_answers(res, PAGE, PAGE, "flipped");
	memcpy(d.holds + 2 * MIB, d.buf, 8 * PAGE);
	d.holds[2 * MIB + (merged ? 7 * PAGE : 0) + 77 / 8] ^= 1U << 77 % 8;
	expect_holds(&d, "after a merged flip");

	merged = merged_writes(&d, 3 * MIB, (struct srd_rule){ .ops = OP(WRITE),
			       .what = SRD_FAULT_DROP, .times = 1 }, res);
	expect_answers(res, PAGE, PAGE, "dropped");
	if (!merged)
		memcpy(d.holds + 3 * MIB + PAGE, d.buf + PAGE, 7 * PAGE);
	expect_holds(&d, "after a merged drop");
	disk_end(&d);
}

/* ---- dropped ---- */

static void dropped_changes_nothing(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	struct srd_ioc_stats s = stats(&d), t;
	struct srd_rule r;
	enum srd_op op;

	r = rule(&d, .ops = OP(WRITE) | OP(DISCARD) | OP(WRITE_ZEROES) | OP(SECURE_ERASE),
		 .what = SRD_FAULT_DROP);
	for (op = SRD_OP_WRITE; op < SRD_OP_FLUSH; op++) {
		fill_new(d.buf, 64 * KIB);
		expect_error(request(&d, op, d.buf, 1 * MIB, 64 * KIB), 0, "%s", op_names[op]);
	}
	expect_counts(&d, r.id, 4, 4, "dropped");
	t = stats(&d);
	expect_value(t.op[SRD_OP_WRITE].errors, s.op[SRD_OP_WRITE].errors, "errors");
	rules_clear(&d);
	expect_holds(&d, "after dropped ones");
	disk_end(&d);
}

/* ---- flipped ---- */

static void read_flips(struct disk *d, uint64_t pos, uint64_t len, struct srd_rule r,
		       uint64_t *bits, unsigned int nr)
{
	unsigned int i;

	r.ops = OP(READ);
	r.what = SRD_FAULT_FLIP;
	r = rule_add(d, r);
	for (i = 0; i < nr; i++) {
		expect_error(read_at(d, pos, len), 0, "flipped read");
		expect_value(bits_differ(d->buf, d->holds + pos, len, &bits[i]), 1,
			     "bits that differ");
	}
	expect_counts(d, r.id, nr, nr, "flips");
	rules_clear(d);
}

static void flipped_bit_in_what_is_read(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	const struct srd_rule seeded = { .flags = SRD_RULE_SEED, .seed = 5 };
	struct srd_rule r = { .flags = SRD_RULE_BIT };
	uint64_t bits[64], again[64];
	unsigned int i, same = 0;

	for (r.bit = 0; r.bit < 2 * 512 * 8; r.bit += 1021) {
		read_flips(&d, 512, 512, r, bits, 1);
		expect_value(bits[0], r.bit % (512 * 8), "the bit");
	}
	r.bit = 1 * MIB * 8 - 1;
	read_flips(&d, 1 * MIB, 1 * MIB, r, bits, 1);
	expect_value(bits[0], r.bit, "the last bit");
	r.bit = ~0ULL;
	read_flips(&d, 0, PAGE, r, bits, 1);
	expect_value(bits[0], PAGE * 8 - 1, "the last bit of all");

	read_flips(&d, 0, PAGE, seeded, bits, 64);
	read_flips(&d, 0, PAGE, seeded, again, 64);
	if (memcmp(bits, again, sizeof(bits)))
		wrong("the same seed flipped other bits");
	for (i = 1; i < 64; i++)
		same += bits[i] == bits[0];
	if (same > 2)
		wrong("%u of 64 flips are of one bit", same);
	read_flips(&d, 0, PAGE, (struct srd_rule){ .flags = SRD_RULE_SEED, .seed = 6 }, again, 64);
	if (!memcmp(bits, again, sizeof(bits)))
		wrong("another seed flipped the same bits");
	expect_holds(&d, "after flips of what was read");
	disk_end(&d);
}

static void flipped_bit_in_what_is_stored(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	uint64_t bit = 0, pos;
	unsigned int i;

	for (i = 0; i < 32; i++) {
		pos = (i + 1) * 64 * KIB - 512;
		rule(&d, .ops = OP(WRITE), .what = SRD_FAULT_FLIP,
		     .flags = i % 2 ? SRD_RULE_BIT : SRD_RULE_SEED,
		     .bit = i % 2 ? i * 1031 : 0, .seed = i % 2 ? 0 : i, .times = 1);
		expect_error(write_at(&d, pos, 32 * KIB, 32 * KIB), 0, "flipped write");
		rules_clear(&d);
		expect_error(read_at(&d, pos, 32 * KIB), 0, "read");
		expect_value(bits_differ(d.buf, d.holds + pos, 32 * KIB, &bit), 1,
			     "bits that differ");
		if (i % 2)
			expect_value(bit, i * 1031, "the bit");
		d.holds[pos + bit / 8] ^= 1U << bit % 8;
	}
	expect_holds(&d, "after flips of what was stored");
	disk_end(&d);
}

/* ---- rules together ---- */

static void rules_are_asked_in_order(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	struct srd_rule r[5];
	uint64_t start, took;

	r[0] = rule(&d, .ops = OP(READ), .what = SRD_FAULT_DELAY, .delay = 20 * MS);
	r[1] = rule(&d, .ops = OP(READ), .what = SRD_FAULT_ERROR, .error = ENOLINK, .after = 1);
	r[2] = rule(&d, .ops = OP(READ), .what = SRD_FAULT_DELAY, .delay = 30 * MS);
	r[3] = rule(&d, .ops = OP(READ), .what = SRD_FAULT_ERROR, .error = EIO);
	r[4] = rule(&d, .ops = OP(READ), .what = SRD_FAULT_DELAY, .delay = 40 * MS);
	start = now_ns();
	expect_error(read_at(&d, 0, 512), EIO, "the first");
	took = now_ns() - start;
	if (took < 50 * MS)
		wrong("it took %llu ns, but delays add up", (unsigned long long)took);
	start = now_ns();
	expect_error(read_at(&d, 0, 512), ENOLINK, "the second");
	took = now_ns() - start;
	if (took < 20 * MS)
		wrong("it took %llu ns, but the first rule delays it", (unsigned long long)took);
	expect_counts(&d, r[0].id, 2, 2, "first rule");
	expect_counts(&d, r[1].id, 2, 1, "second rule");
	expect_counts(&d, r[2].id, 1, 1, "third rule");
	expect_counts(&d, r[3].id, 1, 1, "fourth rule");
	expect_counts(&d, r[4].id, 0, 0, "fifth rule");
	expect_value(info(d.number).faults, 5, "info.faults");

	/* Without the one, the others go on where they were. */
	rule_remove(&d, r[1].id);
	rule_remove(&d, r[3].id);
	start = now_ns();
	expect_error(read_at(&d, 0, 512), 0, "the third");
	took = now_ns() - start;
	if (took < 90 * MS)
		wrong("it took %llu ns, but three rules delay it", (unsigned long long)took);
	expect_counts(&d, r[4].id, 1, 1, "fifth rule");
	rules_clear(&d);
	expect_holds(&d, "after reads");
	disk_end(&d);
}

/* Many that are late together: none is early, each has its own data, and what is due first is. */
static void delayed_together(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	uint64_t start, took, data, seen = 0;
	struct ring ring;
	unsigned int i;
	int res;

	ring_open(&ring, 64, 0);
	rule(&d, .ops = OP(READ) | OP(WRITE), .what = SRD_FAULT_DELAY, .delay = 100 * MS);
	fill_new(d.buf, 32 * PAGE);
	start = now_ns();
	for (i = 0; i < 64; i++)
		ring_put(&ring, i < 32 ? IORING_OP_WRITE : IORING_OP_READ, d.fd, d.buf + i * PAGE,
			 PAGE, i * 2 * PAGE, i);
	if (ring_enter(&ring, 64, 64, IORING_ENTER_GETEVENTS) != 64)
		err(1, "io_uring_enter");
	took = now_ns() - start;
	if (took < 100 * MS)
		wrong("they took %llu ns", (unsigned long long)took);
	while (ring_get(&ring, &res, &data)) {
		expect_value(res, PAGE, "answer");
		if (seen & 1ULL << data)
			wrong("request %llu was answered twice", (unsigned long long)data);
		seen |= 1ULL << data;
	}
	expect_value(seen, ~0ULL, "requests that were answered");
	for (i = 0; i < 32; i++)
		memcpy(d.holds + i * 2 * PAGE, d.buf + i * PAGE, PAGE);
	for (; i < 64; i++)
		if (memcmp(d.buf + i * PAGE, d.holds + i * 2 * PAGE, PAGE))
			wrong("read %u got something else", i);
	rules_clear(&d);
	expect_holds(&d, "after delays");
	close(ring.fd);
	disk_end(&d);
}

/* What is written has been written when the delay begins: only the answer is late. */
static void delays_of_every_operation(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	uint64_t start, took;
	struct srd_rule r;
	enum srd_op op;

	set_cache(&d, SRD_CACHE_VOLATILE);
	r = rule(&d, .ops = ALL_OPS, .what = SRD_FAULT_DELAY, .delay = 10 * MS);
	for (op = 0; op < SRD_OP_COUNT; op++) {
		fill_new(d.buf, PAGE);
		start = now_ns();
		expect_error(request(&d, op, d.buf, op * PAGE, PAGE), 0, "%s", op_names[op]);
		took = now_ns() - start;
		if (took < 10 * MS)
			wrong("%s took %llu ns", op_names[op], (unsigned long long)took);
		if (op == SRD_OP_WRITE)
			memcpy(d.holds + op * PAGE, d.buf, PAGE);
		else if (op != SRD_OP_READ && op != SRD_OP_FLUSH)
			memset(d.holds + op * PAGE, 0, PAGE);
	}
	expect_counts(&d, r.id, SRD_OP_COUNT, SRD_OP_COUNT, "delays");
	rules_clear(&d);
	expect_holds(&d, "after delays");
	disk_end(&d);
}

/* ---- flushes ---- */

static void flushes_fail_and_are_dropped(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	struct srd_rule r;

	/* Without a cache none comes to the disk. */
	r = rule(&d, .ops = OP(FLUSH), .what = SRD_FAULT_ERROR, .error = EIO);
	expect_error(request(&d, SRD_OP_FLUSH, NULL, 0, 0), 0, "flush without a cache");
	expect_counts(&d, r.id, 0, 0, "without a cache");
	rules_clear(&d);

	set_cache(&d, SRD_CACHE_VOLATILE);
	/* A range is none of its business. */
	r = rule(&d, .ops = OP(FLUSH), .what = SRD_FAULT_ERROR, .error = ENOSPC, .start = 1 * MIB,
		 .end = 2 * MIB, .times = 1);
	expect_error(request(&d, SRD_OP_FLUSH, NULL, 0, 0), ENOSPC, "flush");
	expect_error(request(&d, SRD_OP_FLUSH, NULL, 0, 0), 0, "the next flush");
	expect_counts(&d, r.id, 2, 1, "flushes");
	rules_clear(&d);
	r = rule(&d, .ops = OP(FLUSH), .what = SRD_FAULT_DROP);
	expect_error(write_at(&d, 0, PAGE, PAGE), 0, "write");
	expect_error(request(&d, SRD_OP_FLUSH, NULL, 0, 0), 0, "flush that is dropped");
	expect_counts(&d, r.id, 1, 1, "dropped flush");
	expect_value(info(d.number).cached > 0, 1, "something is still cached");
	rules_clear(&d);
	expect_error(request(&d, SRD_OP_FLUSH, NULL, 0, 0), 0, "flush");
	expect_value(info(d.number).cached, 0, "cached");
	expect_holds(&d, "after flushes");
	disk_end(&d);
}

/* ---- polled I/O ---- */

static int polled(struct ring *ring, struct disk *d, int opcode, uint64_t pos)
{
	uint64_t data;
	int res;

	ring_put(ring, opcode, d->fd, d->buf, PAGE, pos, pos);
	if (ring_enter(ring, 1, 1, IORING_ENTER_GETEVENTS) != 1)
		err(1, "io_uring_enter");
	/* It need not wait for as long as it takes. */
	while (!ring_get(ring, &res, &data))
		if (ring_enter(ring, 0, 1, IORING_ENTER_GETEVENTS) < 0 && errno != EINTR)
			err(1, "io_uring_enter");
	expect_value(data, pos, "whose answer it is");
	if (ring_get(ring, &res, &data))
		wrong("more than one answer");
	return res;
}

static void polled_requests(void)
{
	struct disk d = disk_new((struct srd_ioc_create){
		.flags = SRD_CREATE_MODE | SRD_CREATE_POLL_QUEUES, .mode = SRD_MODE_MQ,
		.poll_queues = 1, .queues = 1 });
	uint64_t start, bit = 0;
	struct ring ring;
	struct srd_rule r;

	ring_open(&ring, 8, IORING_SETUP_IOPOLL);
	r = rule(&d, .ops = OP(READ), .what = SRD_FAULT_ERROR, .error = ENODATA);
	expect_value((long)polled(&ring, &d, IORING_OP_READ, PAGE), -ENODATA, "error");
	expect_counts(&d, r.id, 1, 1, "error");
	rules_clear(&d);

	rule(&d, .ops = OP(READ), .what = SRD_FAULT_DELAY, .delay = 20 * MS);
	start = now_ns();
	expect_value((long)polled(&ring, &d, IORING_OP_READ, PAGE), PAGE, "delay");
	if (now_ns() - start < 20 * MS)
		wrong("it was not late");
	rules_clear(&d);
	if (memcmp(d.buf, d.holds + PAGE, PAGE))
		wrong("it read something else");

	rule(&d, .ops = OP(READ), .what = SRD_FAULT_FLIP, .flags = SRD_RULE_BIT, .bit = 99);
	expect_value((long)polled(&ring, &d, IORING_OP_READ, PAGE), PAGE, "flip");
	expect_value(bits_differ(d.buf, d.holds + PAGE, PAGE, &bit), 1, "bits that differ");
	expect_value(bit, 99, "the bit");
	rules_clear(&d);

	rule(&d, .ops = OP(WRITE), .what = SRD_FAULT_TORN, .blocks = 3, .error = EIO);
	fill_new(d.buf, PAGE);
	memcpy(d.holds + 2 * PAGE, d.buf, 3 * 512);
	expect_value((long)polled(&ring, &d, IORING_OP_WRITE, 2 * PAGE), -EIO, "torn");
	rules_clear(&d);

	rule(&d, .ops = OP(WRITE), .what = SRD_FAULT_DROP);
	fill_new(d.buf, PAGE);
	expect_value((long)polled(&ring, &d, IORING_OP_WRITE, 3 * PAGE), PAGE, "dropped");
	rules_clear(&d);

	if (!sysfs_write(&d, "queue/io_timeout", "1000"))
		err(1, "io_timeout");
	rule(&d, .ops = OP(READ), .what = SRD_FAULT_TIMEOUT, .times = 1);
	expect_value((long)polled(&ring, &d, IORING_OP_READ, PAGE), -ETIMEDOUT, "time-out");
	rules_clear(&d);
	expect_value((long)polled(&ring, &d, IORING_OP_READ, PAGE), PAGE, "afterwards");
	expect_holds(&d, "after polled requests");
	close(ring.fd);
	disk_end(&d);
}

/* ---- what comes after ---- */

static void snapshots_have_no_rules(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	struct srd_ioc_snapshot s = {
		.size = sizeof(s), .flags = SRD_SNAPSHOT_WRITABLE, .source = d.number
	};
	struct srd_ioc_rule next = { .size = sizeof(next) };
	struct disk clone = d;

	if (!sysfs_write(&d, "srd/badblocks", "0 8"))
		err(1, "badblocks");
	rule(&d, .ops = ALL_OPS, .what = SRD_FAULT_ERROR, .error = EIO);
	expect_error(call(SRD_IOC_SNAPSHOT, &s), 0, "SNAPSHOT");
	clone.number = s.number;
	clone.fd = open_disk(s.number, O_RDWR | O_DIRECT);
	next.number = s.number;
	expect_error(call(SRD_IOC_RULE_NEXT, &next), ENOENT, "a rule of the clone");
	expect_value(info(s.number).state & SRD_STATE_FAULTS, 0, "faults of the clone");
	expect_value(info(d.number).state & SRD_STATE_FAULTS, SRD_STATE_FAULTS, "of the disk");
	expect_holds(&clone, "the clone");
	expect_error(request(&clone, SRD_OP_WRITE, d.holds, PAGE, PAGE), 0, "write to the clone");
	expect_error(read_at(&d, 0, 512), EIO, "read of the disk");
	close(clone.fd);
	expect_error(remove_disk(s.number), 0, "remove the clone");
	rules_clear(&d);
	expect_error(read_at(&d, 0, 512), ENODATA, "bad block of the disk");
	disk_end(&d);
}

/* Any disk again: also for what is served on the short path only. */
static void without_rules_all_is_as_before(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	struct disk other = disk_new((struct srd_ioc_create){ });
	struct srd_ioc_stats s, t;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		rule(&d, .ops = ALL_OPS, .what = SRD_FAULT_ERROR, .error = EIO);
		expect_error(read_at(&d, 0, 512), EIO, "with a rule");
		expect_error(read_at(&other, 0, 512), 0, "of a disk without");
		rules_clear(&d);
		expect_error(read_at(&d, 0, 512), 0, "without a rule");
		expect_value(info(d.number).state, 0, "state");
	}
	s = stats(&d);
	for (i = 0; i < 100; i++)
		expect_error(write_at(&d, i * PAGE, PAGE, PAGE), 0, "write");
	t = stats(&d);
	expect_value(t.op[SRD_OP_WRITE].ios - s.op[SRD_OP_WRITE].ios, 100, "writes");
	expect_value(info(d.number).faults, 20, "info.faults");
	expect_holds(&d, "afterwards");
	disk_end(&other);
	disk_end(&d);
}

/* What was begun in place and met a cut leaves no debt: a snapshot need not wait for it. */
static void cut_with_writes_that_found_no_memory(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	struct srd_ioc_power on = {
		.size = sizeof(on), .flags = SRD_POWER_ON, .number = d.number, .keep = SRD_KEEP_ALL
	};
	struct srd_ioc_snapshot s = { .size = sizeof(s), .source = d.number };
	struct ring ring;
	char limit[32];
	unsigned int i;
	uint64_t data;
	int res;

	expect_error(request(&d, SRD_OP_DISCARD, NULL, 0, d.size), 0, "discard");
	snprintf(limit, sizeof(limit), "%llu", (unsigned long long)info(d.number).used);
	if (!sysfs_write(&d, "srd/limit", limit))
		err(1, "limit");
	ring_open(&ring, 16, 0);
	/* The workers get their turn when all of these have come, and the last one cuts. */
	rule(&d, .ops = OP(WRITE), .what = SRD_FAULT_POWERCUT, .start = d.size - PAGE);
	for (i = 0; i < 16; i++)
		ring_put(&ring, IORING_OP_WRITE, d.fd, d.buf, PAGE,
			 i < 15 ? i * 2 * PAGE : d.size - PAGE, i);
	if (ring_enter(&ring, 16, 16, IORING_ENTER_GETEVENTS) != 16)
		err(1, "io_uring_enter");
	while (ring_get(&ring, &res, &data))
		if (res != -EIO && res != -ENOSPC)
			wrong("write %llu: %d", (unsigned long long)data, res);
	expect_value(info(d.number).state & SRD_STATE_OFF, SRD_STATE_OFF, "power is off");
	close(ring.fd);
	close(d.fd);
	rules_clear(&d);
	expect_error(call(SRD_IOC_POWER, &on), 0, "POWER on");
	alarm(60);
	expect_error(call(SRD_IOC_SNAPSHOT, &s), 0, "SNAPSHOT");
	expect_error(remove_disk(s.number), 0, "remove");
	d.fd = open_disk(d.number, O_RDWR | O_DIRECT);
	disk_end(&d);
}

/* ---- */

static const struct test_case cases[] = {
	{ "each-errno-reaches-the-program", each_errno_reaches_the_program },
	{ "each-errno-reaches-io_uring", each_errno_reaches_io_uring },
	{ "buffered-io-fails", buffered_io_fails },
	{ "error-touches-nothing-else", error_touches_nothing_else },
	{ "ranges-are-bytes", ranges_are_bytes },
	{ "only-the-operations-asked-for", only_the_operations_asked_for },
	{ "after-times-every", after_times_every },
	{ "same-seed-same-faults", same_seed_same_faults },
	{ "chance-of-a-rule-is-its-own", chance_of_a_rule_is_its_own },
	{ "small-chance-and-great-chance", small_chance_and_great_chance },
	{ "torn-write-leaves-the-first-blocks", torn_write_leaves_the_first_blocks },
	{ "torn-write-on-an-empty-disk", torn_write_on_an_empty_disk },
	{ "torn-zeroes-and-discards", torn_zeroes_and_discards },
	{ "torn-and-flipped-in-many-pieces", torn_and_flipped_in_many_pieces },
	{ "merged-requests", merged_requests },
	{ "dropped-changes-nothing", dropped_changes_nothing },
	{ "flipped-bit-in-what-is-read", flipped_bit_in_what_is_read },
	{ "flipped-bit-in-what-is-stored", flipped_bit_in_what_is_stored },
	{ "rules-are-asked-in-order", rules_are_asked_in_order },
	{ "delayed-together", delayed_together },
	{ "delays-of-every-operation", delays_of_every_operation },
	{ "flushes-fail-and-are-dropped", flushes_fail_and_are_dropped },
	{ "polled-requests", polled_requests },
	{ "snapshots-have-no-rules", snapshots_have_no_rules },
	{ "without-rules-all-is-as-before", without_rules_all_is_as_before },
	{ "cut-with-writes-that-found-no-memory", cut_with_writes_that_found_no_memory },
};

int main(int argc, char **argv)
{
	return run_case(cases, ARRAY_SIZE(cases), argc, argv);
}
