// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - sizes, times and numbers as people write and read them
 *
 * All in integers: a size that a user wrote must not lose its last bytes to rounding.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "ascii.h"
#include "size.h"

static const char size_suffixes[] = "KMGTPE";

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads digits at *@text and moves it behind them. */
static int parse_digits(const char **text, uint64_t *value)
{
	uint64_t sum = 0;

	if (!is_digit(**text))
		return -EINVAL;
	for (; is_digit(**text); (*text)++) {
		if (__builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)(**text - '0'), &sum))
			return -ERANGE;
	}
	*value = sum;
	return 0;
}

/* The value of a whole suffix: 1 for none, 0 for junk. */
static uint64_t suffix_unit(const char *suffix)
{
	uint64_t base = 1024, unit = 1;
	const char *found;

	if (!*suffix || ascii_same(suffix, "B"))
		return 1;
	found = strchr(size_suffixes, ascii_upper(*suffix));
	if (!found)
		return 0;
	if (ascii_same(suffix + 1, "B"))
		base = 1000;
	else if (suffix[1] && !ascii_same(suffix + 1, "iB"))
		return 0;
	for (; found >= size_suffixes; found--)
		unit *= base;
	return unit;
}

static uint64_t greatest_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* Reads the digits behind the point as the reduced fraction @numerator / @denominator. */
static int parse_fraction(const char **text, uint64_t *numerator, uint64_t *denominator)
{
	const char *start = *text;
	uint64_t divisor;
	int ret;

	ret = parse_digits(text, numerator);
	if (ret)
		return ret;
	/* 10^18 is the last power of ten that is sure to fit beside any numerator */
	if (*text - start > 18)
		return -EINVAL;
	*denominator = 1;
	while (start++ < *text)
		*denominator *= 10;
	divisor = greatest_divisor(*numerator, *denominator);
	*numerator /= divisor;
	*denominator /= divisor;
	return 0;
}

/* What stands before a unit: @whole + @numerator / @denominator. */
struct decimal {
	uint64_t whole;
	uint64_t numerator;
	uint64_t denominator;
};

/* Reads digits with or without a point at *@text and moves it behind them. */
static int parse_decimal(const char **text, struct decimal *decimal)
{
	int ret;

	decimal->numerator = 0;
	decimal->denominator = 1;
	ret = parse_digits(text, &decimal->whole);
	if (ret || **text != '.')
		return ret;
	(*text)++;
	return parse_fraction(text, &decimal->numerator, &decimal->denominator);
}

/* So many units, 0 for junk. */
static int in_units(const struct decimal *decimal, uint64_t unit, uint64_t *result)
{
	uint64_t whole;

	/* a reduced fraction of the unit is whole exactly when its denominator divides the unit */
	if (!unit || unit % decimal->denominator)
		return -EINVAL;
	if (__builtin_mul_overflow(decimal->whole, unit, &whole) ||
	    __builtin_add_overflow(whole, unit / decimal->denominator * decimal->numerator, &whole))
		return -ERANGE;
	*result = whole;
	return 0;
}

int size_parse(const char *text, uint64_t *size)
{
	struct decimal decimal;
	int ret;

	ret = parse_decimal(&text, &decimal);
	return ret ? ret : in_units(&decimal, suffix_unit(text), size);
}

void size_format(uint64_t size, char text[SIZE_TEXT_LEN])
{
	unsigned int shift = 0, tenths;
	uint64_t whole, rest;

	while (shift < 60 && size >> shift >= 1024)
		shift += 10;
	if (!shift) {
		snprintf(text, SIZE_TEXT_LEN, "%uB", (unsigned int)size);
		return;
	}
	whole = size >> shift;
	/* only the top ten bits behind the point are needed for one decimal */
	rest = (size >> (shift - 10)) & 1023;
	tenths = (rest * 10 + 512) / 1024;
	if (tenths == 10) {
		tenths = 0;
		whole++;
	}
	if (whole == 1024 && shift < 60) {
		whole = 1;
		shift += 10;
	}
	if (tenths)
		snprintf(text, SIZE_TEXT_LEN, "%u.%u%c", (unsigned int)whole, tenths,
			 size_suffixes[shift / 10 - 1]);
	else
		snprintf(text, SIZE_TEXT_LEN, "%u%c", (unsigned int)whole,
			 size_suffixes[shift / 10 - 1]);
}

/* The nanoseconds of a unit of time, 0 for junk. */
static uint64_t time_unit(const char *name)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 },
	};
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!strcmp(name, units[i].name))
			return units[i].ns;
	}
	return 0;
}

int time_parse(const char *text, uint64_t *ns)
{
	struct decimal decimal;
	int ret;

	ret = parse_decimal(&text, &decimal);
	return ret ? ret : in_units(&decimal, time_unit(text), ns);
}

void time_write(uint64_t ns, char text[SIZE_TEXT_LEN])
{
	static const char * const names[] = { "ns", "us", "ms", "s" };
	unsigned int i = 0;

	while (i < 3 && ns && ns % 1000 == 0) {
		ns /= 1000;
		i++;
	}
	snprintf(text, SIZE_TEXT_LEN, "%llu%s", (unsigned long long)ns, names[i]);
}

void time_format(uint64_t ns, char text[SIZE_TEXT_LEN])
{
	static const char * const names[] = { "ns", "us", "ms", "s" };
	unsigned int i = 0, scale = 100;
	uint64_t unit = 1, scaled;

	while (i < 3 && ns / unit >= 1000) {
		unit *= 1000;
		i++;
	}
	if (unit == 1) {
		snprintf(text, SIZE_TEXT_LEN, "%uns", (unsigned int)ns);
		return;
	}
	if (ns / unit >= 100)
		scale = 1;
	else if (ns / unit >= 10)
		scale = 10;
	/* in units of the last digit that is shown, rounded */
	scaled = ns / unit * scale + (ns % unit * scale + unit / 2) / unit;
	if (scale == 1)
		snprintf(text, SIZE_TEXT_LEN, "%llu%s", (unsigned long long)scaled, names[i]);
	else
		snprintf(text, SIZE_TEXT_LEN, "%llu.%0*llu%s",
			 (unsigned long long)(scaled / scale), scale == 100 ? 2 : 1,
			 (unsigned long long)(scaled % scale), names[i]);
}

int number_parse(const char *text, uint32_t max, uint32_t *number)
{
	uint64_t value;
	int ret;

	ret = parse_digits(&text, &value);
	if (ret)
		return ret;
	if (*text)
		return -EINVAL;
	if (value > max)
		return -ERANGE;
	*number = value;
	return 0;
}

int number64_parse(const char *text, uint64_t *number)
{
	int ret;

	ret = parse_digits(&text, number);
	return ret ? ret : *text ? -EINVAL : 0;
}

#define CHANCE_ONE	4294967296.0	/* 2^32 */

static double decimal_value(const struct decimal *decimal)
{
	return (double)decimal->whole + (double)decimal->numerator / (double)decimal->denominator;
}

int chance_parse(const char *text, uint32_t *chance)
{
	struct decimal decimal;
	uint64_t divisor = 1;
	double value;
	int ret;

	ret = parse_decimal(&text, &decimal);
	if (ret)
		return ret;
	if (*text == '%' && !text[1]) {
		divisor = 100;
	} else if (*text == '/' && decimal.denominator == 1) {
		ret = number64_parse(text + 1, &divisor);
		if (ret)
			return ret;
	} else if (*text) {
		return -EINVAL;
	}
	value = divisor ? decimal_value(&decimal) / (double)divisor : 2;
	if (value <= 0 || value > 1)
		return -ERANGE;
	value = value * CHANCE_ONE + 0.5;
	/* always is 0; what is as good as that, or as never, is neither */
	if (decimal_value(&decimal) == (double)divisor)
		*chance = 0;
	else
		*chance = value < 1 ? 1 : value >= CHANCE_ONE ? UINT32_MAX : (uint32_t)value;
	return 0;
}

void chance_format(uint32_t chance, char text[SIZE_TEXT_LEN])
{
	uint32_t same;
	int digits;

	if (!chance) {
		snprintf(text, SIZE_TEXT_LEN, "100%%");
		return;
	}
	for (digits = 0; digits < 12; digits++) {
		snprintf(text, SIZE_TEXT_LEN, "%.*f%%", digits, 100.0 * chance / CHANCE_ONE);
		if (!chance_parse(text, &same) && same == chance)
			return;
	}
}
