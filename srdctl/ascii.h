/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - letters of either case, in every locale: where people write Turkish, the small one of I
 * is none of these
 */
#ifndef SRDCTL_ASCII_H
#define SRDCTL_ASCII_H

#include <stdbool.h>
#include <stddef.h>

static inline char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static inline char ascii_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Are the first @length characters the same but for their case? */
static inline bool ascii_starts_same(const char *a, const char *b, size_t length)
{
	for (; length && ascii_lower(*a) == ascii_lower(*b); a++, b++, length--) {
		if (!*a)
			return true;
	}
	return !length;
}

static inline bool ascii_same(const char *a, const char *b)
{
	return ascii_starts_same(a, b, (size_t)-1);
}

#endif /* SRDCTL_ASCII_H */
