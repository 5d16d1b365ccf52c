// SPDX-License-Identifier: GPL-2.0
/*
 * srd - tests inside the kernel: sizes as people write them
 */
#include "kunit.h"

struct srd_size_case {
	const char	*text;
	int		err;
	u64		bytes;
};

static const struct srd_size_case srd_size_cases[] = {
	{ "0", 0, 0 },
	{ "1", 0, 1 },
	{ "007", 0, 7 },
	{ "512\n", 0, 512 },
	{ "1k", 0, SZ_1K },
	{ "1K", 0, SZ_1K },
	{ "3M\n", 0, 3 * SZ_1M },
	{ "2g", 0, 2ULL * SZ_1G },
	{ "16T", 0, 16 * SZ_1T_ULL },
	{ "16P", 0, BIT_ULL(54) },
	{ "15E", 0, 15 * BIT_ULL(60) },
	{ "16777215T", 0, 16777215 * SZ_1T_ULL },
	{ "18446744073709551615", 0, U64_MAX },

	{ "18446744073709551616", -ERANGE, 0 },
	{ "18446744073709551620", -ERANGE, 0 },
	{ "99999999999999999999", -ERANGE, 0 },
	{ "16777216T", -ERANGE, 0 },
	{ "16E", -ERANGE, 0 },
	{ "18446744073709551615K", -ERANGE, 0 },

	{ "", -EINVAL, 0 },
	{ "\n", -EINVAL, 0 },
	{ "K", -EINVAL, 0 },
	{ "-1", -EINVAL, 0 },
	{ "+1", -EINVAL, 0 },
	{ " 1", -EINVAL, 0 },
	{ "1 ", -EINVAL, 0 },
	{ "1\n\n", -EINVAL, 0 },
	{ "1KK", -EINVAL, 0 },
	{ "1KB", -EINVAL, 0 },
	{ "1Z", -EINVAL, 0 },
	{ "0x10", -EINVAL, 0 },
	{ "1.5G", -EINVAL, 0 },
	{ "1,2", -EINVAL, 0 },
	{ "\xb2", -EINVAL, 0 },
};

static void srd_size_case_name(const struct srd_size_case *c, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%*pE", (int)strlen(c->text), c->text);
}

KUNIT_ARRAY_PARAM(srd_size, srd_size_cases, srd_size_case_name);

/* What is not a size leaves what was there. */
static void srd_parse_whole(struct kunit *test)
{
	const struct srd_size_case *c = test->param_value;
	const u64 before = 0x5a5a5a5a5a5a5a5a;
	u64 bytes = before;

	KUNIT_EXPECT_EQ(test, srd_size_parse(c->text, &bytes), c->err);
	KUNIT_EXPECT_EQ(test, bytes, c->err ? before : c->bytes);
}

static void srd_parse_list(struct kunit *test)
{
	const char *text = "1G,512M,7", *bad = "x,1";
	u64 bytes = 0;

	KUNIT_EXPECT_EQ(test, srd_size_parse_next(&text, &bytes), 0);
	KUNIT_EXPECT_EQ(test, bytes, (u64)SZ_1G);
	KUNIT_EXPECT_STREQ(test, text, ",512M,7");
	text++;
	KUNIT_EXPECT_EQ(test, srd_size_parse_next(&text, &bytes), 0);
	KUNIT_EXPECT_EQ(test, bytes, (u64)SZ_512M);
	text++;
	KUNIT_EXPECT_EQ(test, srd_size_parse_next(&text, &bytes), 0);
	KUNIT_EXPECT_EQ(test, bytes, 7ULL);
	KUNIT_EXPECT_STREQ(test, text, "");
	/* Where it does not begin with a size it is not moved on. */
	text = bad;
	KUNIT_EXPECT_EQ(test, srd_size_parse_next(&text, &bytes), -EINVAL);
	KUNIT_EXPECT_PTR_EQ(test, text, bad);
}

static struct kunit_case srd_parse_cases[] = {
	KUNIT_CASE_PARAM(srd_parse_whole, srd_size_gen_params),
	KUNIT_CASE(srd_parse_list),
	{ }
};

static struct kunit_suite srd_parse_suite = {
	.name		= "srd-parse",
	.test_cases	= srd_parse_cases,
};

kunit_test_suites(&srd_parse_suite);
