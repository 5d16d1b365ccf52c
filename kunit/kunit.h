/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srd - what the tests inside the kernel share
 */
#ifndef SRD_KUNIT_H
#define SRD_KUNIT_H

#include <kunit/test.h>
#include <linux/numa.h>
#include <linux/sizes.h>

#include "../srd_table.h"

#define SZ_1T_ULL	BIT_ULL(40)

/* Pages that it holds: its root, nodes and data. */
static inline u64 srd_test_pages(struct srd_store *s)
{
	return srd_account_used(s->account) >> PAGE_SHIFT;
}

/* Those that a disk holds which has so many pages of data, each far from the others. */
static inline u64 srd_test_far(struct srd_store *s, unsigned int pages)
{
	return s->table->pages + pages * (s->table->shift / SRD_NODE_SHIFT + 1);
}

static inline void srd_test_make(struct kunit *test, struct srd_store *s, u64 capacity, u64 limit)
{
	memset(s, 0, sizeof(*s));
	KUNIT_ASSERT_EQ(test, srd_store_init(s, capacity, limit, NUMA_NO_NODE), 0);
}

static inline void srd_test_end(struct srd_store *s)
{
	srd_store_empty(s);
	srd_store_destroy(s);
}

static inline unsigned long srd_test_look(struct srd_store *s, unsigned long index)
{
	unsigned long entry;

	rcu_read_lock();
	entry = srd_table_lookup(s, index);
	rcu_read_unlock();
	return entry;
}

/* The memory of a page that is there; nobody else uses the disk. */
static inline u8 *srd_test_page(struct kunit *test, struct srd_store *s, unsigned long index)
{
	unsigned long entry = srd_test_look(s, index);

	KUNIT_ASSERT_GT(test, entry, SRD_SLOT_MARKS);
	return (u8 *)srd_slot_addr(entry);
}

/* Write a page as a request does, with bytes of one value. */
static inline void srd_test_write(struct kunit *test, struct srd_store *s, unsigned long index,
				  u8 value)
{
	down_read(&s->hold);
	KUNIT_ASSERT_EQ(test, srd_store_own(s, index), 0);
	up_read(&s->hold);
	memset(srd_test_page(test, s, index), value, PAGE_SIZE);
}

/* Whether bytes from @from to @end have that value, as a reader sees them. */
static inline bool srd_test_has(struct srd_store *s, unsigned long index, unsigned int from,
				unsigned int end, u8 value)
{
	unsigned long entry = srd_test_look(s, index);

	if (entry <= SRD_SLOT_MARKS)
		return !value;
	return !memchr_inv((u8 *)srd_slot_addr(entry) + from, value, end - from);
}

/* Suites begin and end with all disks empty, and so with no memory but that of those outside. */
static inline u64 srd_test_total(void)
{
	struct srd_memory mem;

	srd_memory_reap_wait();
	srd_memory_info(&mem);
	return mem.used;
}

static inline int srd_test_init(struct kunit *test)
{
	u64 *total = kunit_kzalloc(test, sizeof(*total), GFP_KERNEL);

	if (!total)
		return -ENOMEM;
	*total = srd_test_total();
	test->priv = total;
	return 0;
}

static inline void srd_test_exit(struct kunit *test)
{
	u64 *total = test->priv;

	if (total)
		KUNIT_EXPECT_EQ(test, srd_test_total(), *total);
}

#endif /* SRD_KUNIT_H */
