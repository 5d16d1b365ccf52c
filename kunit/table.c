// SPDX-License-Identifier: GPL-2.0
/*
 * srd - tests inside the kernel: the table that finds the pages of a disk
 */
#include <linux/mm.h>

#include "kunit.h"

/* ---- the shape of a table ---- */

struct srd_shape_case {
	u64		capacity;
	unsigned int	levels;
	unsigned long	nr;
};

static const struct srd_shape_case srd_shape_cases[] = {
	{ 1, 2, 1 },
	{ PAGE_SIZE, 2, 1 },
	{ SZ_2M, 2, 1 },
	{ SZ_2M + 1, 2, 2 },
	{ 64ULL * SZ_1G, 2, SRD_ROOT_SLOTS },
	{ 64ULL * SZ_1G + 1, 3, 65 },
	{ 16 * SZ_1T_ULL, 3, SRD_ROOT_SLOTS / 2 },
	{ 32 * SZ_1T_ULL, 3, SRD_ROOT_SLOTS },
	{ 32 * SZ_1T_ULL + 1, 4, 65 },
	{ SRD_CAPACITY_MAX, 4, SRD_ROOT_SLOTS },
};

static void srd_shape_name(const struct srd_shape_case *c, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%llu bytes", c->capacity);
}

KUNIT_ARRAY_PARAM(srd_shape, srd_shape_cases, srd_shape_name);

static void srd_table_shape(struct kunit *test)
{
	const struct srd_shape_case *c = test->param_value;
	struct srd_table *t = srd_table_alloc(c->capacity, NUMA_NO_NODE);

	KUNIT_ASSERT_NOT_NULL(test, t);
	KUNIT_EXPECT_EQ(test, t->shift, (c->levels - 1) * SRD_NODE_SHIFT);
	KUNIT_EXPECT_EQ(test, t->nr, c->nr);
	KUNIT_EXPECT_EQ(test, t->pages, DIV_ROUND_UP(struct_size(t, slot, t->nr), PAGE_SIZE));
	kvfree(t);
}

/* ---- finding ---- */

/* Sizes at which something becomes different; the last page is at the end of each. */
static const u64 srd_capacities[] = {
	SECTOR_SIZE, PAGE_SIZE, SZ_2M, SZ_2M + SECTOR_SIZE,
	64ULL * SZ_1G, 64ULL * SZ_1G + PAGE_SIZE,
	16 * SZ_1T_ULL, 16 * SZ_1T_ULL + PAGE_SIZE,
	32 * SZ_1T_ULL, 32 * SZ_1T_ULL + SECTOR_SIZE,
	SRD_CAPACITY_MAX - SECTOR_SIZE, SRD_CAPACITY_MAX,
};

static void srd_capacity_name(const u64 *capacity, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%llu bytes", *capacity);
}

KUNIT_ARRAY_PARAM(srd_capacity, srd_capacities, srd_capacity_name);

static void srd_table_first_and_last(struct kunit *test)
{
	const u64 *capacity = test->param_value;
	unsigned long last = DIV_ROUND_UP_ULL(*capacity, PAGE_SIZE) - 1;
	struct srd_store s;
	unsigned int pages;
	u64 empty;

	srd_test_make(test, &s, *capacity, 0);
	empty = srd_test_pages(&s);
	KUNIT_EXPECT_EQ(test, empty, s.table->pages);
	KUNIT_EXPECT_EQ(test, srd_test_look(&s, 0), SRD_SLOT_HOLE);
	KUNIT_EXPECT_EQ(test, srd_test_look(&s, last), SRD_SLOT_HOLE);

	srd_test_write(test, &s, last, 1);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&s), srd_test_far(&s, 1));
	if (last)
		KUNIT_EXPECT_EQ(test, srd_test_look(&s, last - 1), SRD_SLOT_HOLE);
	srd_test_write(test, &s, 0, last ? 2 : 1);
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, 0, 0, PAGE_SIZE, last ? 2 : 1));
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, last, 0, PAGE_SIZE, 1));

	/* Nodes go with what was in them, and none with what is not. */
	pages = srd_test_pages(&s);
	KUNIT_EXPECT_EQ(test, srd_store_discard(&s, 0, PAGE_SIZE - 1, true), 0);
	if (*capacity >= PAGE_SIZE)
		KUNIT_EXPECT_EQ(test, srd_test_pages(&s), pages);
	KUNIT_EXPECT_EQ(test, srd_store_discard(&s, (u64)last << PAGE_SHIFT,
						*capacity - ((u64)last << PAGE_SHIFT), true), 0);
	KUNIT_EXPECT_EQ(test, srd_test_look(&s, last), SRD_SLOT_HOLE);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&s), last ? srd_test_far(&s, 1) : empty);
	KUNIT_EXPECT_EQ(test, srd_store_discard(&s, 0, *capacity, true), 0);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&s), empty);
	srd_test_end(&s);
}

/* A page on each side of the border between two nodes, on each level. */
static void srd_table_borders(struct kunit *test)
{
	unsigned int shift, i;
	struct srd_store s;

	srd_test_make(test, &s, SRD_CAPACITY_MAX, 0);
	for (shift = SRD_NODE_SHIFT; shift <= s.table->shift; shift += SRD_NODE_SHIFT) {
		unsigned long border = BIT(shift) * 3;

		srd_test_write(test, &s, border - 1, 1);
		srd_test_write(test, &s, border, 2);
		/* What is above the border is theirs together. */
		i = (s.table->shift - shift) / SRD_NODE_SHIFT;
		KUNIT_EXPECT_EQ(test, srd_test_pages(&s), srd_test_far(&s, 2) - i);
		KUNIT_EXPECT_TRUE(test, srd_test_has(&s, border - 1, 0, PAGE_SIZE, 1));
		KUNIT_EXPECT_TRUE(test, srd_test_has(&s, border, 0, PAGE_SIZE, 2));
		KUNIT_EXPECT_EQ(test, srd_test_look(&s, border - 2), SRD_SLOT_HOLE);
		KUNIT_EXPECT_EQ(test, srd_test_look(&s, border + 1), SRD_SLOT_HOLE);
		/* Past 16 TiB an index does not fit into 32 bits. */
		KUNIT_EXPECT_EQ(test, srd_test_look(&s, border | BIT(32)), SRD_SLOT_HOLE);
		KUNIT_EXPECT_EQ(test, srd_store_discard(&s, (u64)(border - 1) << PAGE_SHIFT,
							2 * PAGE_SIZE, true), 0);
		KUNIT_EXPECT_EQ(test, srd_test_pages(&s), s.table->pages);
	}
	srd_test_end(&s);
}

static void srd_table_past_16_tib(struct kunit *test)
{
	unsigned long index = BIT(32);
	struct srd_store s;

	srd_test_make(test, &s, 17 * SZ_1T_ULL, 0);
	srd_test_write(test, &s, 0, 1);
	srd_test_write(test, &s, index - 1, 2);
	srd_test_write(test, &s, index, 3);
	srd_test_write(test, &s, index + 1, 4);
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, 0, 0, PAGE_SIZE, 1));
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, 1, 0, PAGE_SIZE, 0));
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, index - 1, 0, PAGE_SIZE, 2));
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, index, 0, PAGE_SIZE, 3));
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, index + 1, 0, PAGE_SIZE, 4));
	KUNIT_EXPECT_EQ(test, srd_store_discard(&s, (u64)index << PAGE_SHIFT, PAGE_SIZE, true), 0);
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, 0, 0, PAGE_SIZE, 1));
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, index - 1, 0, PAGE_SIZE, 2));
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, index, 0, PAGE_SIZE, 0));
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, index + 1, 0, PAGE_SIZE, 4));
	srd_test_end(&s);
}

/* Who goes from page to page finds what who looks for each does. */
static void srd_table_walk(struct kunit *test)
{
	unsigned long first = SRD_NODE_SLOTS - 3, index;
	struct srd_walk walk;
	struct srd_store s;

	srd_test_make(test, &s, 4 * SZ_2M, 0);
	for (index = first; index < first + 6; index += 2)
		srd_test_write(test, &s, index, 1);
	rcu_read_lock();
	srd_walk_init(&walk, &s);
	for (index = 0; index < 4 * SRD_NODE_SLOTS; index++)
		KUNIT_EXPECT_EQ(test, srd_walk_page(&walk, index), srd_table_lookup(&s, index));
	rcu_read_unlock();
	srd_test_end(&s);
}

/* How large a hole is: nothing below a slot that leads nowhere is looked at. */
static void srd_table_holes(struct kunit *test)
{
	struct srd_store s;
	unsigned int shift;

	srd_test_make(test, &s, SRD_CAPACITY_MAX, 0);
	srd_test_write(test, &s, 0, 1);
	rcu_read_lock();
	KUNIT_EXPECT_GT(test, srd_table_look(&s, 0, &shift), SRD_SLOT_MARKS);
	KUNIT_EXPECT_EQ(test, shift, 0);
	KUNIT_EXPECT_EQ(test, srd_table_look(&s, 1, &shift), SRD_SLOT_HOLE);
	KUNIT_EXPECT_EQ(test, shift, 0);
	KUNIT_EXPECT_EQ(test, srd_table_look(&s, BIT(9), &shift), SRD_SLOT_HOLE);
	KUNIT_EXPECT_EQ(test, shift, 9);
	KUNIT_EXPECT_EQ(test, srd_table_look(&s, BIT(18), &shift), SRD_SLOT_HOLE);
	KUNIT_EXPECT_EQ(test, shift, 18);
	KUNIT_EXPECT_EQ(test, srd_table_look(&s, BIT(27), &shift), SRD_SLOT_HOLE);
	KUNIT_EXPECT_EQ(test, shift, 27);
	rcu_read_unlock();
	srd_test_end(&s);
}

/* Who comes second with a page gets it back, and the first one's stays. */
static void srd_table_second(struct kunit *test)
{
	struct srd_store s;
	void *first, *page;
	int err;

	srd_test_make(test, &s, SZ_1M, 0);
	srd_test_write(test, &s, 7, 1);
	first = srd_test_page(test, &s, 7);
	page = srd_account_alloc(s.account, NUMA_NO_NODE, true, &err);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, srd_table_insert(&s, 7, page, true), -EEXIST);
	KUNIT_EXPECT_PTR_EQ(test, (void *)srd_test_page(test, &s, 7), first);
	srd_account_return(s.account, page);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&s), srd_test_far(&s, 1));
	srd_test_end(&s);
}

static struct kunit_case srd_table_cases[] = {
	KUNIT_CASE_PARAM(srd_table_shape, srd_shape_gen_params),
	KUNIT_CASE_PARAM(srd_table_first_and_last, srd_capacity_gen_params),
	KUNIT_CASE(srd_table_borders),
	KUNIT_CASE(srd_table_past_16_tib),
	KUNIT_CASE(srd_table_walk),
	KUNIT_CASE(srd_table_holes),
	KUNIT_CASE(srd_table_second),
	{ }
};

static struct kunit_suite srd_table_suite = {
	.name		= "srd-table",
	.init		= srd_test_init,
	.exit		= srd_test_exit,
	.test_cases	= srd_table_cases,
};

kunit_test_suites(&srd_table_suite);
