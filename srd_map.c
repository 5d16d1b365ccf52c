// SPDX-License-Identifier: GPL-2.0
/*
 * srd - pages of a disk that processes have mapped
 *
 * What a process sees of a disk is what the disk's table holds, for as long as it holds it: before
 * a table lets go of a page, puts one where there was none, or shares one, the page is taken out of
 * every mapping, and comes back, if at all, with the next access.
 *
 * A page comes into a mapping in two steps. Here it is found and locked, with the gate held for
 * reading; then the kernel enters it into the process's page table, and unlocks it. Who changes the
 * table holds the gate for writing, so that none is found meanwhile; waits for the locks of those
 * that are on their way, which is why they are remembered; and then takes out what is there.
 *
 * Order of locks: the process's mmap lock, hold, gate, a page's lock, the kernel's own of mappings.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/rcupdate.h>

#include "srd_table.h"

/**
 * srd_map_init() - make ready for processes that map a disk's memory
 * @map: to be filled; all zero
 * @mapping: of all files by which they do
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int srd_map_init(struct srd_map *map, struct address_space *mapping)
{
	/* Not the kernel's own, which is never counted as mapped. */
	map->zeroes = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!map->zeroes)
		return -ENOMEM;
	map->mapping = mapping;
	init_rwsem(&map->gate);
	spin_lock_init(&map->lock);
	return 0;
}

/* Wait for the pages that are on their way, and forget them. With the gate held for writing. */
static void srd_map_settle(struct srd_map *map)
{
	unsigned int i;

	for (i = 0; i < SRD_MAP_ARRIVING; i++) {
		if (!map->arriving[i])
			continue;
		lock_page(map->arriving[i]);
		unlock_page(map->arriving[i]);
		put_page(map->arriving[i]);
		map->arriving[i] = NULL;
	}
}

/**
 * srd_map_forget() - let go of pages that nobody has mapped any more
 * @map: whose
 *
 * Context: may sleep.
 */
void srd_map_forget(struct srd_map *map)
{
	down_write(&map->gate);
	srd_map_settle(map);
	up_write(&map->gate);
}

/**
 * srd_map_destroy() - free what srd_map_init() made
 * @map: which nobody has mapped
 *
 * Context: may sleep.
 */
void srd_map_destroy(struct srd_map *map)
{
	srd_map_settle(map);
	put_page(map->zeroes);
}

/**
 * srd_map_shut() - take pages out of every mapping, and let none come
 * @map: whose, or NULL: then nothing is done
 * @first: index of the first page
 * @nr: how many; 0: all behind it
 * @copies: those that a process has written in a private mapping, too
 *
 * Context: may sleep; srd_map_open() must follow.
 */
void srd_map_shut(struct srd_map *map, u64 first, u64 nr, bool copies)
{
	if (!map)
		return;
	down_write(&map->gate);
	srd_map_settle(map);
	unmap_mapping_range(map->mapping, first << PAGE_SHIFT, nr << PAGE_SHIFT, copies);
}

/**
 * srd_map_open() - let pages come into mappings again
 * @map: shut, or NULL
 *
 * Context: any.
 */
void srd_map_open(struct srd_map *map)
{
	if (map)
		up_write(&map->gate);
}

/*
 * Remember a page that the caller has locked; false when there is no room: then @busy is one to
 * wait for, held.
 */
static bool srd_map_remember(struct srd_map *map, struct page *page, struct page **busy)
{
	struct page **slot, *old;

	spin_lock(&map->lock);
	for (slot = map->arriving; slot < map->arriving + SRD_MAP_ARRIVING; slot++) {
		old = *slot;
		/* Not locked any more, or by the caller: it has arrived. */
		if (old && old != page && PageLocked(old))
			continue;
		get_page(page);
		*slot = page;
		spin_unlock(&map->lock);
		if (old)
			put_page(old);
		return true;
	}
	*busy = map->arriving[0];
	get_page(*busy);
	spin_unlock(&map->lock);
	return false;
}

/* What is to be seen at a page; with @wanted, NULL unless it is that one and the disk's own. */
static struct page *srd_map_look(struct srd_map *map, struct srd_store *s, unsigned long index,
				 struct page *wanted)
{
	struct page *page = NULL;
	unsigned long entry;

	if (map->gone || index >= s->capacity >> PAGE_SHIFT)
		return NULL;
	rcu_read_lock();
	entry = srd_table_lookup(s, index);
	if (entry > SRD_SLOT_MARKS)
		page = virt_to_page((void *)srd_slot_addr(entry));
	else if (page_ref_count(map->zeroes) < INT_MAX / 2)
		page = map->zeroes;
	if (wanted && (page != wanted || !srd_slot_own(entry)))
		page = NULL;
	if (page)
		get_page(page);
	rcu_read_unlock();
	return page;
}

/**
 * srd_map_arrive() - find the page that a process is to see
 * @map: the process has a mapping of it
 * @s: the store
 * @index: of the page
 * @wanted: only this page will do, and only when it can be written; or NULL
 *
 * Context: may sleep; the caller holds no lock but the process's mmap lock.
 * Return: the page, held and locked, to be entered into the process's page table before it is
 * unlocked; NULL when there is none, or not @wanted; ERR_PTR(-EAGAIN) to try again; or
 * ERR_PTR(-EHWPOISON) when the memory is bad.
 */
struct page *srd_map_arrive(struct srd_map *map, struct srd_store *s, unsigned long index,
			    struct page *wanted)
{
	struct page *page, *busy = NULL;
	int err = 0;

	down_read(&map->gate);
	page = srd_map_look(map, s, index, wanted);
	if (page) {
		lock_page(page);
		/* The kernel would look for a mapping that such a page has not. */
		if (PageHWPoison(page))
			err = -EHWPOISON;
		else if (!srd_map_remember(map, page, &busy))
			err = -EAGAIN;
		if (err) {
			unlock_page(page);
			put_page(page);
			page = ERR_PTR(err);
		}
	}
	up_read(&map->gate);
	if (busy) {
		lock_page(busy);
		unlock_page(busy);
		put_page(busy);
	}
	return page;
}
