// SPDX-License-Identifier: GPL-2.0
/*
 * srd - text to numbers
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/overflow.h>
#include <linux/string.h>

#include "srd.h"

/**
 * srd_number_parse_next() - read the number that a text begins with
 * @text: decimal digits; moved to what follows
 * @number: set to it
 *
 * sscanf() would wrap around where the number does not fit.
 *
 * Context: any.
 * Return: 0; -EINVAL when @text begins with no digit; -ERANGE when it does not fit into 64 bits.
 */
int srd_number_parse_next(const char **text, u64 *number)
{
	const char *c = *text;
	u64 value = 0;

	if (!isdigit(*c))
		return -EINVAL;
	for (; isdigit(*c); c++) {
		if (check_mul_overflow(value, 10ULL, &value) ||
		    check_add_overflow(value, (u64)(*c - '0'), &value))
			return -ERANGE;
	}
	*text = c;
	*number = value;
	return 0;
}

/**
 * srd_size_parse_next() - read the size that a text begins with
 * @text: decimal digits, then none or one of K M G T P E (powers of 1024, either case); moved to
 *	what follows
 * @bytes: set to the size in bytes
 *
 * memparse() would take what it can and wrap around on overflow; a disk of the wrong size is
 * worse than none.
 *
 * Context: any.
 * Return: 0; -EINVAL when @text is not a size; -ERANGE when it does not fit into 64 bits.
 */
int srd_size_parse_next(const char **text, u64 *bytes)
{
	static const char suffixes[] = "KMGTPE";
	const char *c = *text, *suffix;
	u64 size;
	int err;

	err = srd_number_parse_next(&c, &size);
	if (err)
		return err;
	if (isalpha(*c)) {
		suffix = strchr(suffixes, toupper(*c++));
		if (!suffix)
			return -EINVAL;
		if (check_shl_overflow(size, 10 * (unsigned int)(suffix - suffixes + 1), &size))
			return -ERANGE;
	}
	*text = c;
	*bytes = size;
	return 0;
}

/**
 * srd_size_parse() - read a size as people write it
 * @text: as for srd_size_parse_next(), and nothing after it but none or one newline
 * @bytes: set to the size in bytes
 *
 * Context: any.
 * Return: as srd_size_parse_next().
 */
int srd_size_parse(const char *text, u64 *bytes)
{
	u64 size;
	int err;

	err = srd_size_parse_next(&text, &size);
	if (err)
		return err;
	if (*text == '\n')
		text++;
	if (*text)
		return -EINVAL;
	*bytes = size;
	return 0;
}
