// SPDX-License-Identifier: GPL-2.0
/*
 * bad-blocks - blocks that are bad, as /sys/block/srdN/srd/badblocks has them
 *
 * usage: bad-blocks CASE
 */
#include "fault.h"

static void expect_list(struct disk *d, const char *wanted, const char *what)
{
	char path[64], got[8192];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/sys/block/srd%u/srd/badblocks", d->number);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, got, sizeof(got) - 1);
	if (n < 0)
		err(1, "%s", path);
	close(fd);
	got[n] = 0;
	if (strcmp(got, wanted))
		wrong("%s: the list is '%s', wanted '%s'", what, got, wanted);
}

static void store(struct disk *d, const char *text)
{
	if (!sysfs_write(d, "srd/badblocks", text))
		wrong("badblocks does not take '%s': %s", text, name_of(errno));
}

static void expect_faults(struct disk *d, bool wanted)
{
	expect_value(!!(info(d->number).state & SRD_STATE_FAULTS), wanted, "state has faults");
}

static void list_is_as_stored(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });

	expect_list(&d, "", "before");
	expect_faults(&d, false);
	store(&d, "8 8\n");
	store(&d, "100 1");
	expect_list(&d, "8 8\n100 1\n", "two");
	expect_faults(&d, true);
	store(&d, "16 4");
	expect_list(&d, "8 12\n100 1\n", "touching");
	store(&d, "-10 2\n");
	expect_list(&d, "8 2\n12 8\n100 1\n", "a hole");
	/* What is good already may be said to be. */
	store(&d, "-1000 100");
	store(&d, "-0 20");
	expect_list(&d, "100 1\n", "from the start");
	store(&d, "-100 1");
	expect_list(&d, "", "none");
	expect_faults(&d, false);
	expect_holds(&d, "afterwards");
	disk_end(&d);
}

static void junk_is_refused(void)
{
	static const char *const junk[] = {
		"", " ", "\n", "8", "8 ", "8 0", "8 -1", "8 8 8", "8 8x", "x", "--8 8", "-",
		"-8", "-8 0", "8,8", "18446744073709551615 8", "36028797018963968 1",
		"18446744073709551617 8", "8 4294967304", "8 18446744073709551624",
	};
	struct disk d = disk_new((struct srd_ioc_create){ });
	size_t i;

	for (i = 1; i < ARRAY_SIZE(junk); i++) {
		if (sysfs_write(&d, "srd/badblocks", junk[i]))
			wrong("badblocks takes '%s'", junk[i]);
		else if (errno != EINVAL)
			wrong("badblocks refuses '%s' with %s", junk[i], name_of(errno));
	}
	expect_list(&d, "", "after junk");
	expect_faults(&d, false);
	disk_end(&d);
}

static void reads_of_bad_blocks_fail(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	struct srd_ioc_stats s = stats(&d);
	char *buf = io_buffer(PAGE);
	int fd;

	store(&d, "100 3");
	expect_error(read_at(&d, 99 * 512, 512), 0, "the one before");
	expect_error(read_at(&d, 103 * 512, 512), 0, "the one behind");
	expect_error(read_at(&d, 100 * 512, 512), ENODATA, "the first");
	expect_error(read_at(&d, 101 * 512, 512), ENODATA, "the one between");
	expect_error(read_at(&d, 102 * 512, 512), ENODATA, "the last");
	expect_error(read_at(&d, 99 * 512, 1024), ENODATA, "one before and the first");
	expect_error(read_at(&d, 102 * 512, 1024), ENODATA, "the last and one behind");
	expect_error(read_at(&d, 0, 1 * MIB), ENODATA, "around");
	expect_value(stats(&d).op[SRD_OP_READ].errors - s.op[SRD_OP_READ].errors, 6, "errors");
	/* It is no rule. */
	expect_value(info(d.number).faults, 0, "info.faults");

	fd = open_disk(d.number, O_RDONLY);
	expect_error(io_result(pread(fd, buf, 512, 96 * 512), 512), EIO, "by the page cache");
	close(fd);
	free(buf);
	store(&d, "-101 1");
	expect_error(read_at(&d, 101 * 512, 512), 0, "the one that is good again");
	expect_error(read_at(&d, 100 * 512, 512), ENODATA, "its neighbour");
	store(&d, "-100 3");
	expect_holds(&d, "afterwards");
	disk_end(&d);
}

static void writes_to_bad_blocks_fail(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	enum srd_op op;

	store(&d, "64 8");
	for (op = SRD_OP_WRITE; op < SRD_OP_FLUSH; op++) {
		fill_new(d.buf, 16 * PAGE);
		expect_error(request(&d, op, d.buf, 0, 16 * PAGE), ENODATA, "%s", op_names[op]);
		expect_error(request(&d, op, d.buf, 64 * 512, 8 * 512), ENODATA, "%s of them all",
			     op_names[op]);
	}
	expect_list(&d, "64 8\n", "afterwards");
	store(&d, "-64 8");
	expect_holds(&d, "afterwards");
	disk_end(&d);
}

static void what_is_written_is_good_again(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });
	enum srd_op op;

	set_heal(&d, 1);
	store(&d, "64 8");
	expect_error(read_at(&d, 64 * 512, 512), ENODATA, "read");
	/* A part of it. */
	expect_error(write_at(&d, 62 * 512, 4 * 512, 4 * 512), 0, "write");
	expect_list(&d, "66 6\n", "after a write of a part");
	expect_error(read_at(&d, 62 * 512, 4 * 512), 0, "read of what was written");
	expect_error(read_at(&d, 66 * 512, 512), ENODATA, "read of the rest");
	expect_error(write_at(&d, 68 * 512, 512, 512), 0, "write in the middle");
	expect_list(&d, "66 2\n69 3\n", "after a write in the middle");
	expect_error(write_at(&d, 0, 64 * KIB, 64 * KIB), 0, "write of all");
	expect_list(&d, "", "after a write of all");

	for (op = SRD_OP_DISCARD; op < SRD_OP_FLUSH; op++) {
		store(&d, "64 8");
		expect_error(request(&d, op, NULL, 64 * 512, 8 * 512), 0, "%s", op_names[op]);
		memset(d.holds + 64 * 512, 0, 8 * 512);
		expect_list(&d, "", op_names[op]);
	}
	set_heal(&d, 0);
	store(&d, "64 8");
	expect_error(write_at(&d, 64 * 512, 512, 0), ENODATA, "write, without healing again");
	store(&d, "-64 8");
	expect_holds(&d, "afterwards");
	disk_end(&d);
}

/* What a rule keeps from being written stays bad. */
static void what_is_not_written_stays_bad(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ });

	set_heal(&d, 1);
	store(&d, "64 8");
	rule(&d, .ops = OP(WRITE), .what = SRD_FAULT_ERROR, .error = EIO);
	expect_error(write_at(&d, 64 * 512, PAGE, 0), EIO, "a write that fails");
	expect_list(&d, "64 8\n", "after a write that failed");
	rules_clear(&d);
	rule(&d, .ops = OP(WRITE), .what = SRD_FAULT_DROP);
	expect_error(write_at(&d, 64 * 512, PAGE, 0), 0, "a write that is dropped");
	expect_list(&d, "64 8\n", "after a write that was dropped");
	rules_clear(&d);
	rule(&d, .ops = OP(WRITE), .what = SRD_FAULT_TORN, .blocks = 3);
	expect_error(write_at(&d, 64 * 512, PAGE, 3 * 512), 0, "a write that is torn");
	expect_list(&d, "67 5\n", "after a write that was torn");
	rules_clear(&d);
	rule(&d, .ops = OP(READ), .what = SRD_FAULT_ERROR, .error = ENOLINK);
	expect_error(read_at(&d, 67 * 512, 512), ENOLINK, "rules come first");
	rules_clear(&d);
	store(&d, "-67 5");
	expect_holds(&d, "afterwards");
	disk_end(&d);
}

/* More of them than a file of sysfs has room for. */
static void long_list(void)
{
	struct disk d = disk_new((struct srd_ioc_create){ .capacity = 8 * MIB });
	unsigned int i, listed = 0;
	char path[64], got[8192];
	char text[64], *line;
	ssize_t n;
	int fd;

	for (i = 0; i < 500; i++) {
		snprintf(text, sizeof(text), "%u 1", 1000 + i * 20);
		store(&d, text);
	}
	snprintf(path, sizeof(path), "/sys/block/srd%u/srd/badblocks", d.number);
	fd = open(path, O_RDONLY);
	n = read(fd, got, sizeof(got) - 1);
	close(fd);
	if (n <= 0 || n >= (ssize_t)PAGE || got[n - 1] != '\n')
		errx(1, "the list is %zd bytes", n);
	got[n] = 0;
	for (line = strtok(got, "\n"); line; line = strtok(NULL, "\n")) {
		snprintf(text, sizeof(text), "%u 1", 1000 + listed++ * 20);
		if (strcmp(line, text))
			wrong("line '%s', wanted '%s'", line, text);
	}
	if (listed < 400)
		wrong("only %u are listed", listed);
	for (i = 0; i < 500; i += 7) {
		expect_error(read_at(&d, (1000 + i * 20) * 512, 512), ENODATA, "bad block %u", i);
		expect_error(read_at(&d, (1001 + i * 20) * 512, 512), 0, "behind it");
	}
	/* No room for more than 512 of them. */
	for (i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), "%u 1", 2 + i * 20);
		if (!sysfs_write(&d, "srd/badblocks", text) && errno != ENOSPC)
			wrong("'%s': %s", text, name_of(errno));
	}
	store(&d, "-0 16384");
	expect_list(&d, "", "afterwards");
	expect_faults(&d, false);
	expect_holds(&d, "afterwards");
	disk_end(&d);
}

static const struct test_case cases[] = {
	{ "list-is-as-stored", list_is_as_stored },
	{ "junk-is-refused", junk_is_refused },
	{ "reads-of-bad-blocks-fail", reads_of_bad_blocks_fail },
	{ "writes-to-bad-blocks-fail", writes_to_bad_blocks_fail },
	{ "what-is-written-is-good-again", what_is_written_is_good_again },
	{ "what-is-not-written-stays-bad", what_is_not_written_stays_bad },
	{ "long-list", long_list },
};

int main(int argc, char **argv)
{
	return run_case(cases, ARRAY_SIZE(cases), argc, argv);
}
