/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - what the pages of a disk hold: zeroes, or something
 */
#ifndef SRDCTL_PAGES_H
#define SRDCTL_PAGES_H

#include <stddef.h>
#include <stdint.h>

#define PAGE_BYTES	4096	/* a disk takes and gives back no less */

/**
 * pages_zero() - how many bytes of whole pages are zero, from the start on
 * @data: where a page begins
 * @length: bytes; a last page may be cut off
 */
size_t pages_zero(const void *data, size_t length);

/* The same of pages that are not zero. */
size_t pages_data(const void *data, size_t length);

/**
 * pages_digest() - a number that depends on each bit of the data, and where they are
 * @data: where a page begins
 * @length: bytes, a multiple of 32
 * @pos: where on the disk that is
 *
 * It is the sum of those of the pages, so that they may be added up in any order, and catches
 * mistakes, not forgeries.
 */
uint64_t pages_digest(const void *data, size_t length, uint64_t pos);

#endif /* SRDCTL_PAGES_H */
