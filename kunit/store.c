// SPDX-License-Identifier: GPL-2.0
/*
 * srd - tests inside the kernel: the memory of one disk
 */
#include <linux/mm.h>
#include <linux/rcupdate.h>

#include "kunit.h"

/* ---- parts of pages ---- */

static void srd_store_zero_sector(struct kunit *test)
{
	/* Ends in the first sector of its last page. */
	const u64 capacity = SZ_1M + SECTOR_SIZE;
	const unsigned long last = SZ_1M >> PAGE_SHIFT;
	struct srd_store s;
	u64 pages;

	srd_test_make(test, &s, capacity, 0);
	srd_test_write(test, &s, 0, 0xaa);
	srd_test_write(test, &s, last - 1, 0xbb);
	srd_test_write(test, &s, last, 0xcc);
	pages = srd_test_pages(&s);

	/* The first sector, then the last of the first page. */
	KUNIT_EXPECT_EQ(test, srd_store_zero(&s, 0, SECTOR_SIZE, SRD_ZERO_FREE, true), 0);
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, 0, 0, SECTOR_SIZE, 0));
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, 0, SECTOR_SIZE, PAGE_SIZE, 0xaa));
	KUNIT_EXPECT_EQ(test, srd_store_zero(&s, PAGE_SIZE - SECTOR_SIZE, SECTOR_SIZE,
					     SRD_ZERO_FREE, true), 0);
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, 0, SECTOR_SIZE, PAGE_SIZE - SECTOR_SIZE, 0xaa));
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, 0, PAGE_SIZE - SECTOR_SIZE, PAGE_SIZE, 0));
	KUNIT_EXPECT_EQ(test, srd_test_pages(&s), pages);

	/* The disk's last sector ends its page: that goes, and no other. */
	KUNIT_EXPECT_EQ(test, srd_store_zero(&s, SZ_1M - SECTOR_SIZE, 2 * SECTOR_SIZE,
					     SRD_ZERO_FREE, true), 0);
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, last - 1, 0, PAGE_SIZE - SECTOR_SIZE, 0xbb));
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, last - 1, PAGE_SIZE - SECTOR_SIZE, PAGE_SIZE, 0));
	KUNIT_EXPECT_EQ(test, srd_test_look(&s, last), SRD_SLOT_HOLE);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&s), pages - 1);
	srd_test_end(&s);
}

static void srd_store_zero_how(struct kunit *test)
{
	struct srd_store s;
	u64 pages;

	srd_test_make(test, &s, SZ_1M, 0);
	srd_test_write(test, &s, 3, 0xaa);
	pages = srd_test_pages(&s);
	KUNIT_EXPECT_EQ(test, srd_store_zero(&s, 0, SZ_1M, SRD_ZERO_KEEP, true), 0);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&s), pages);
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, 3, 0, PAGE_SIZE, 0));
	KUNIT_EXPECT_EQ(test, srd_store_zero(&s, 0, SZ_1M, SRD_ZERO_WIPE, false), -EAGAIN);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&s), pages);
	KUNIT_EXPECT_EQ(test, srd_store_zero(&s, 0, SZ_1M, SRD_ZERO_WIPE, true), 0);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&s), s.table->pages);
	/* Holes stay holes. */
	KUNIT_EXPECT_EQ(test, srd_store_zero(&s, 0, SZ_1M, SRD_ZERO_KEEP, true), 0);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&s), s.table->pages);
	srd_test_end(&s);
}

static void srd_store_discard_edges(struct kunit *test)
{
	struct srd_store s;
	unsigned long i;

	srd_test_make(test, &s, SZ_1M, 0);
	for (i = 0; i < 4; i++)
		srd_test_write(test, &s, i, 0x11 * (i + 1));
	/* From within page 0 to within page 3: those two stay as they are. */
	KUNIT_EXPECT_EQ(test, srd_store_discard(&s, SECTOR_SIZE, 3 * PAGE_SIZE, true), 0);
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, 0, 0, PAGE_SIZE, 0x11));
	KUNIT_EXPECT_EQ(test, srd_test_look(&s, 1), SRD_SLOT_HOLE);
	KUNIT_EXPECT_EQ(test, srd_test_look(&s, 2), SRD_SLOT_HOLE);
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, 3, 0, PAGE_SIZE, 0x44));
	/* Within one page: nothing at all. */
	KUNIT_EXPECT_EQ(test, srd_store_discard(&s, SECTOR_SIZE, PAGE_SIZE - 2 * SECTOR_SIZE, true),
			0);
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, 0, 0, PAGE_SIZE, 0x11));
	/* New memory where there was some is new. */
	down_read(&s.hold);
	KUNIT_EXPECT_EQ(test, srd_store_own(&s, 1), 0);
	up_read(&s.hold);
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, 1, 0, PAGE_SIZE, 0));
	srd_test_end(&s);
}

/* ---- limits ---- */

static void srd_store_limit(struct kunit *test)
{
	struct srd_store s;
	unsigned long i;
	u64 limit;

	/* The root, a node, and five pages. */
	srd_test_make(test, &s, SZ_1M, 7 * PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, s.table->pages, 1);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, srd_store_populate(&s, i, true), 0);
	KUNIT_EXPECT_EQ(test, srd_store_populate(&s, 5, false), -ENOSPC);
	KUNIT_EXPECT_EQ(test, srd_store_populate(&s, 5, true), -ENOSPC);
	KUNIT_EXPECT_EQ(test, srd_store_populate(&s, 4, true), 0);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&s), 7ULL);
	/* For each that goes, one can come. */
	KUNIT_EXPECT_EQ(test, srd_store_discard(&s, 0, PAGE_SIZE, true), 0);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&s), 6ULL);
	KUNIT_EXPECT_EQ(test, srd_store_populate(&s, 5, true), 0);
	KUNIT_EXPECT_EQ(test, srd_store_populate(&s, 0, true), -ENOSPC);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&s), 7ULL);
	/* Nothing is taken away by a lower one. */
	srd_account_set_limit(s.account, 2 * PAGE_SIZE);
	limit = srd_account_limit(s.account);
	KUNIT_EXPECT_EQ(test, limit, 2ULL * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&s), 7ULL);
	KUNIT_EXPECT_EQ(test, srd_store_populate(&s, 0, true), -ENOSPC);
	srd_account_set_limit(s.account, 0);
	KUNIT_EXPECT_EQ(test, srd_store_populate(&s, 0, true), 0);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&s), 8ULL);
	srd_test_end(&s);
}

/* Where there is no page for the node, the one that was for the data goes back. */
static void srd_store_limit_within(struct kunit *test)
{
	struct srd_store s;

	srd_test_make(test, &s, 17 * SZ_1T_ULL, 0);
	srd_account_set_limit(s.account, (u64)(s.table->pages + 2) << PAGE_SHIFT);
	KUNIT_EXPECT_EQ(test, srd_store_populate(&s, BIT(32), true), -ENOSPC);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&s), s.table->pages);
	srd_account_set_limit(s.account, (u64)(s.table->pages + 3) << PAGE_SHIFT);
	KUNIT_EXPECT_EQ(test, srd_store_populate(&s, BIT(32), true), 0);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&s), srd_test_far(&s, 1));
	srd_test_end(&s);
}

static void srd_store_prealloc_all(struct kunit *test)
{
	const bool stop = true;
	struct srd_memory mem;
	struct srd_store s;

	srd_test_make(test, &s, SZ_4M + SECTOR_SIZE, 0);
	KUNIT_EXPECT_EQ(test, srd_store_prealloc(&s, 0, s.capacity, &stop), -EINTR);
	KUNIT_EXPECT_EQ(test, srd_store_prealloc(&s, 0, s.capacity, NULL), 0);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&s), s.table->pages + 1025ULL + 3);
	srd_memory_info(&mem);
	KUNIT_EXPECT_EQ(test, mem.preallocating, 0ULL);
	srd_test_end(&s);
}

static void srd_store_too_long(struct kunit *test)
{
	struct srd_store s;

	srd_test_make(test, &s, SZ_1T_ULL, 0);
	KUNIT_EXPECT_EQ(test, srd_store_discard(&s, 0, SZ_1T_ULL, false), -EAGAIN);
	KUNIT_EXPECT_EQ(test, srd_store_zero(&s, 0, SZ_1T_ULL, SRD_ZERO_FREE, false), -EAGAIN);
	KUNIT_EXPECT_EQ(test, srd_store_discard(&s, 0, PAGE_SIZE, false), 0);
	srd_test_end(&s);
}

/* ---- sharing ---- */

static void srd_test_snapshot(struct kunit *test, struct srd_store *s, struct srd_store *from)
{
	memset(s, 0, sizeof(*s));
	KUNIT_ASSERT_EQ(test, srd_store_init_from(s, from), 0);
	srd_store_snapshot(s, from);
}

/* What both have alone and together is what the account has. */
static void srd_test_sum(struct kunit *test, struct srd_store *a, struct srd_store *b)
{
	u64 shared, other, alone;

	alone = srd_store_used(a, &shared) + srd_store_used(b, &other);
	KUNIT_EXPECT_EQ(test, shared, other);
	KUNIT_EXPECT_EQ(test, alone + shared, srd_account_used(a->account));
}

/* On both sides of a border between nodes: the page that is written is copied, and its node. */
static void srd_store_copy(struct kunit *test)
{
	const unsigned long index = SRD_NODE_SLOTS;
	struct srd_store a, b;
	u64 pages;
	u8 *page;

	srd_test_make(test, &a, 2 * SZ_2M, 0);
	srd_test_write(test, &a, index - 1, 1);
	srd_test_write(test, &a, index, 2);
	pages = srd_test_pages(&a);
	srd_test_snapshot(test, &b, &a);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&a), pages + b.table->pages);
	srd_test_sum(test, &a, &b);
	page = srd_test_page(test, &a, index);
	KUNIT_EXPECT_PTR_EQ(test, srd_test_page(test, &b, index), page);

	srd_test_write(test, &a, index, 3);
	KUNIT_EXPECT_PTR_NE(test, srd_test_page(test, &a, index), page);
	KUNIT_EXPECT_PTR_EQ(test, srd_test_page(test, &b, index), page);
	KUNIT_EXPECT_TRUE(test, srd_test_has(&a, index, 0, PAGE_SIZE, 3));
	KUNIT_EXPECT_TRUE(test, srd_test_has(&b, index, 0, PAGE_SIZE, 2));
	/* The other node is still that of both. */
	KUNIT_EXPECT_PTR_EQ(test, srd_test_page(test, &a, index - 1),
			    srd_test_page(test, &b, index - 1));
	KUNIT_EXPECT_EQ(test, srd_test_pages(&a), pages + b.table->pages + 2);
	srd_test_sum(test, &a, &b);

	srd_test_write(test, &b, index - 1, 4);
	KUNIT_EXPECT_TRUE(test, srd_test_has(&a, index - 1, 0, PAGE_SIZE, 1));
	KUNIT_EXPECT_TRUE(test, srd_test_has(&b, index - 1, 0, PAGE_SIZE, 4));
	KUNIT_EXPECT_EQ(test, srd_test_pages(&a), pages + b.table->pages + 4);
	srd_test_sum(test, &a, &b);
	srd_test_end(&b);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&a), pages);
	srd_test_end(&a);
}

/* What is copied is all of the page, for who writes a part of it. */
static void srd_store_copy_part(struct kunit *test)
{
	struct srd_store a, b;

	srd_test_make(test, &a, SZ_1M, 0);
	srd_test_write(test, &a, 0, 1);
	srd_test_snapshot(test, &b, &a);
	KUNIT_EXPECT_EQ(test, srd_store_zero(&a, 0, SECTOR_SIZE, SRD_ZERO_FREE, true), 0);
	KUNIT_EXPECT_TRUE(test, srd_test_has(&a, 0, 0, SECTOR_SIZE, 0));
	KUNIT_EXPECT_TRUE(test, srd_test_has(&a, 0, SECTOR_SIZE, PAGE_SIZE, 1));
	KUNIT_EXPECT_TRUE(test, srd_test_has(&b, 0, 0, PAGE_SIZE, 1));
	srd_test_end(&a);
	KUNIT_EXPECT_TRUE(test, srd_test_has(&b, 0, 0, PAGE_SIZE, 1));
	srd_test_end(&b);
}

static void srd_store_discard_shared(struct kunit *test)
{
	struct srd_store a, b;
	u64 pages;

	srd_test_make(test, &a, SZ_1M, 0);
	srd_test_write(test, &a, 0, 1);
	srd_test_write(test, &a, 1, 2);
	srd_test_snapshot(test, &b, &a);
	pages = srd_test_pages(&a);
	/* One of two: the node is copied, the page stays the other's. */
	KUNIT_EXPECT_EQ(test, srd_store_discard(&a, 0, PAGE_SIZE, true), 0);
	KUNIT_EXPECT_EQ(test, srd_test_look(&a, 0), SRD_SLOT_HOLE);
	KUNIT_EXPECT_TRUE(test, srd_test_has(&a, 1, 0, PAGE_SIZE, 2));
	KUNIT_EXPECT_TRUE(test, srd_test_has(&b, 0, 0, PAGE_SIZE, 1));
	KUNIT_EXPECT_EQ(test, srd_test_pages(&a), pages + 1);
	srd_test_sum(test, &a, &b);
	/* All: the copy goes. */
	KUNIT_EXPECT_EQ(test, srd_store_discard(&a, 0, SZ_1M, true), 0);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&a), pages);
	KUNIT_EXPECT_TRUE(test, srd_test_has(&b, 1, 0, PAGE_SIZE, 2));
	srd_test_end(&a);
	srd_test_end(&b);
}

/* The last who holds a page need not copy it, once no reader of another's can look at it. */
static void srd_store_last_holder(struct kunit *test)
{
	struct srd_store a, b;
	u64 pages;
	u8 *page;

	srd_test_make(test, &a, SZ_1M, 0);
	srd_test_write(test, &a, 0, 1);
	page = srd_test_page(test, &a, 0);
	pages = srd_test_pages(&a);
	srd_test_snapshot(test, &b, &a);
	srd_test_end(&b);
	synchronize_rcu();
	srd_test_write(test, &a, 0, 2);
	KUNIT_EXPECT_PTR_EQ(test, srd_test_page(test, &a, 0), page);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&a), pages);
	srd_test_end(&a);
}

static void srd_store_swapped(struct kunit *test)
{
	struct srd_store a, b = { };

	srd_test_make(test, &a, SZ_1M, 0);
	srd_test_write(test, &a, 0, 1);
	KUNIT_ASSERT_EQ(test, srd_store_init_empty(&b, &a), 0);
	srd_store_swap(&a, &b);
	KUNIT_EXPECT_EQ(test, srd_test_look(&a, 0), SRD_SLOT_HOLE);
	KUNIT_EXPECT_TRUE(test, srd_test_has(&b, 0, 0, PAGE_SIZE, 1));
	srd_test_end(&b);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&a), a.table->pages);
	srd_test_end(&a);
}

/* ---- another capacity ---- */

static void srd_test_resize(struct kunit *test, struct srd_store *s, u64 capacity)
{
	struct srd_table *bigger = NULL;

	if (capacity > s->capacity)
		bigger = srd_store_resize_prepare(s, capacity);
	else
		KUNIT_ASSERT_EQ(test, srd_store_trim_prepare(s, capacity), 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(bigger));
	srd_store_resize(s, capacity, bigger);
	srd_store_trim(s);
}

/* From two levels to four, with something at both ends. */
static void srd_store_grow(struct kunit *test)
{
	static const u64 to[] = {
		64ULL * SZ_1G, 64ULL * SZ_1G + SECTOR_SIZE, 16 * SZ_1T_ULL + PAGE_SIZE,
		32 * SZ_1T_ULL, SRD_CAPACITY_MAX,
	};
	unsigned long last = (SZ_2M >> PAGE_SHIFT) - 1, nr, spare = 0;
	unsigned int i, shift;
	struct srd_store s;

	srd_test_make(test, &s, SZ_2M, 0);
	srd_test_write(test, &s, 0, 1);
	srd_test_write(test, &s, last, 2);
	for (i = 0; i < ARRAY_SIZE(to); i++) {
		shift = s.table->shift;
		nr = s.table->nr;
		srd_test_resize(test, &s, to[i]);
		KUNIT_EXPECT_EQ(test, s.capacity, to[i]);
		KUNIT_EXPECT_TRUE(test, srd_test_has(&s, 0, 0, PAGE_SIZE, 1));
		KUNIT_EXPECT_TRUE(test, srd_test_has(&s, last, 0, PAGE_SIZE, 2));
		KUNIT_EXPECT_EQ(test, srd_test_look(&s, last + 1), SRD_SLOT_HOLE);
		KUNIT_EXPECT_EQ(test, srd_test_look(&s, (to[i] - 1) >> PAGE_SHIFT), SRD_SLOT_HOLE);
		/* A new level has nodes for all of the old root, and one of them leads to both. */
		if (s.table->shift > shift)
			spare += DIV_ROUND_UP(nr, SRD_NODE_SLOTS) - 1;
		KUNIT_EXPECT_EQ(test, srd_test_pages(&s), srd_test_far(&s, 1) + 1 + spare);
	}
	srd_test_end(&s);
}

/* What is cut off is not seen again, not even the rest of a page. */
static void srd_store_shrink(struct kunit *test)
{
	const u64 cut = SZ_1M + 3 * SECTOR_SIZE;
	const unsigned long index = cut >> PAGE_SHIFT;
	struct srd_store s;
	u64 pages;

	srd_test_make(test, &s, 2 * SZ_2M, 0);
	srd_test_write(test, &s, index, 1);
	pages = srd_test_pages(&s);
	srd_test_write(test, &s, index + 1, 2);
	srd_test_write(test, &s, SRD_NODE_SLOTS, 3);
	srd_test_resize(test, &s, cut);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&s), pages);
	srd_test_resize(test, &s, 2 * SZ_2M);
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, index, 0, 3 * SECTOR_SIZE, 1));
	KUNIT_EXPECT_TRUE(test, srd_test_has(&s, index, 3 * SECTOR_SIZE, PAGE_SIZE, 0));
	KUNIT_EXPECT_EQ(test, srd_test_look(&s, index + 1), SRD_SLOT_HOLE);
	KUNIT_EXPECT_EQ(test, srd_test_look(&s, SRD_NODE_SLOTS), SRD_SLOT_HOLE);
	srd_test_resize(test, &s, SECTOR_SIZE);
	KUNIT_EXPECT_EQ(test, srd_test_pages(&s), s.table->pages);
	srd_test_end(&s);
}

/* Cut in the middle of what a snapshot has, too, which keeps it. */
static void srd_store_shrink_shared(struct kunit *test)
{
	struct srd_store a, b;

	srd_test_make(test, &a, SZ_2M, 0);
	srd_test_write(test, &a, 1, 1);
	srd_test_write(test, &a, 2, 2);
	srd_test_snapshot(test, &b, &a);
	srd_test_resize(test, &a, PAGE_SIZE + SECTOR_SIZE);
	srd_test_resize(test, &a, SZ_2M);
	KUNIT_EXPECT_TRUE(test, srd_test_has(&a, 1, 0, SECTOR_SIZE, 1));
	KUNIT_EXPECT_TRUE(test, srd_test_has(&a, 1, SECTOR_SIZE, PAGE_SIZE, 0));
	KUNIT_EXPECT_EQ(test, srd_test_look(&a, 2), SRD_SLOT_HOLE);
	KUNIT_EXPECT_TRUE(test, srd_test_has(&b, 1, 0, PAGE_SIZE, 1));
	KUNIT_EXPECT_TRUE(test, srd_test_has(&b, 2, 0, PAGE_SIZE, 2));
	srd_test_sum(test, &a, &b);
	srd_test_end(&a);
	srd_test_end(&b);
}

/* ---- what it holds ---- */

static void srd_store_ranges(struct kunit *test)
{
	struct srd_extent e[4];
	struct srd_store s;
	u64 pos = 0;

	srd_test_make(test, &s, 17 * SZ_1T_ULL + SECTOR_SIZE, 0);
	KUNIT_EXPECT_EQ(test, srd_store_extents(&s, &pos, s.capacity, e, 4), 0U);
	KUNIT_EXPECT_EQ(test, pos, s.capacity);
	srd_test_write(test, &s, SRD_NODE_SLOTS - 1, 1);
	srd_test_write(test, &s, SRD_NODE_SLOTS, 1);
	srd_test_write(test, &s, s.capacity >> PAGE_SHIFT, 1);
	pos = 0;
	KUNIT_EXPECT_EQ(test, srd_store_extents(&s, &pos, s.capacity, e, 4), 2U);
	KUNIT_EXPECT_EQ(test, e[0].start, (u64)SZ_2M - PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, e[0].length, 2ULL * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, e[1].start, 17 * SZ_1T_ULL);
	KUNIT_EXPECT_EQ(test, e[1].length, (u64)SECTOR_SIZE);
	/* From within a page to within the next one. */
	pos = SZ_2M - SECTOR_SIZE;
	KUNIT_EXPECT_EQ(test, srd_store_extents(&s, &pos, SZ_2M + SECTOR_SIZE, e, 4), 1U);
	KUNIT_EXPECT_EQ(test, e[0].start, (u64)SZ_2M - SECTOR_SIZE);
	KUNIT_EXPECT_EQ(test, e[0].length, 2ULL * SECTOR_SIZE);
	srd_test_end(&s);
}

static struct kunit_case srd_store_cases[] = {
	KUNIT_CASE(srd_store_zero_sector),
	KUNIT_CASE(srd_store_zero_how),
	KUNIT_CASE(srd_store_discard_edges),
	KUNIT_CASE(srd_store_limit),
	KUNIT_CASE(srd_store_limit_within),
	KUNIT_CASE(srd_store_prealloc_all),
	KUNIT_CASE(srd_store_too_long),
	KUNIT_CASE(srd_store_copy),
	KUNIT_CASE(srd_store_copy_part),
	KUNIT_CASE(srd_store_discard_shared),
	KUNIT_CASE(srd_store_last_holder),
	KUNIT_CASE(srd_store_swapped),
	KUNIT_CASE(srd_store_grow),
	KUNIT_CASE(srd_store_shrink),
	KUNIT_CASE(srd_store_shrink_shared),
	KUNIT_CASE(srd_store_ranges),
	{ }
};

static struct kunit_suite srd_store_suite = {
	.name		= "srd-store",
	.init		= srd_test_init,
	.exit		= srd_test_exit,
	.test_cases	= srd_store_cases,
};

kunit_test_suites(&srd_store_suite);
