// SPDX-License-Identifier: GPL-2.0
/*
 * srd-fuzz - numbers that may mean something where they are put
 */
#include <errno.h>
#include <limits.h>

#include "fuzz.h"

static uint64_t number(void)
{
	static const uint64_t odd[] = { 4, 63, 64, 4095, 1048575, 1048576, INT_MAX, UINT_MAX };

	if (one_in(12))
		return odd[below(ARRAY_SIZE(odd))];
	/* Most programs have no disk but the first. */
	return one_in(2) ? below(4) : 0;
}

static uint64_t capacity(void)
{
	static const uint64_t odd[] = {
		0, 1, 511, 512, 4096, 4608, 2 * MIB, 2 * MIB + 4096, 1ULL << 30, 1ULL << 40,
		1ULL << 44, 1ULL << 55, 1ULL << 60, (1ULL << 63) - 512, 1ULL << 63, UINT64_MAX,
		UINT64_MAX - 511
	};

	if (one_in(4))
		return odd[below(ARRAY_SIZE(odd))];
	return one_in(2) ? (1 + below(8)) * MIB : (1 + below(2048)) * 4096ULL;
}

static uint64_t length(void)
{
	static const uint64_t odd[] = { 0, 1, 511, 513, 4097, UINT64_MAX, 1ULL << 40, 3 * MIB };

	if (one_in(6))
		return odd[below(ARRAY_SIZE(odd))];
	return one_in(2) ? (1 + below(16)) * 512 : (1 + below(64)) * 4096;
}

static uint64_t offset(void)
{
	if (one_in(12))
		return capacity();
	return one_in(3) ? below(4096) * 512 : below(1024) * 4096;
}

static uint64_t flags(void)
{
	switch (below(6)) {
	case 0:
		return 0;
	case 1:
		return (1ULL << below(32)) | (1ULL << below(10));
	case 2:
		return below(1024);
	default:
		return 1ULL << below(10);
	}
}

/* Nothing lasts so long that little else would be run. */
static uint64_t ns(void)
{
	static const uint64_t odd[] = { 0, 1, 60000000001ULL, UINT64_MAX, 1ULL << 63 };

	return one_in(5) ? odd[below(ARRAY_SIZE(odd))] : below(300000);
}

static uint64_t error(void)
{
	static const int known[] = {
		EIO, ENOSPC, ETIMEDOUT, EILSEQ, EREMOTEIO, ENODATA, ENOLINK, EBADE, ENOMEM, ENODEV
	};

	return one_in(6) ? (uint64_t)(below(300) - 100) : (uint64_t)known[below(ARRAY_SIZE(known))];
}

static uint64_t any(void)
{
	static const uint64_t odd[] = {
		0, 1, 2, 255, 256, 4096, INT_MAX, 1ULL << 31, UINT_MAX, 1ULL << 32, INT64_MAX,
		1ULL << 63, UINT64_MAX
	};

	return one_in(2) ? odd[below(ARRAY_SIZE(odd))] : rng() >> below(64);
}

/**
 * value() - a number by chance
 * @kind: of what; most are valid where they belong, or nearly so
 */
uint64_t value(enum value kind)
{
	switch (kind) {
	case V_NUMBER:
		return number();
	case V_CAPACITY:
		return capacity();
	case V_OFFSET:
		return offset();
	case V_LENGTH:
		return length();
	case V_FLAGS:
		return flags();
	case V_SMALL:
		return one_in(8) ? any() : below(5);
	case V_COUNT:
		return one_in(8) ? any() : 1ULL << below(13);
	case V_NS:
		return ns();
	case V_ERRNO:
		return error();
	case V_OPS:
		return one_in(8) ? any() : 1 + below(63);
	case V_ROOM:
		return one_in(8) ? any() : 1 + below(400);
	case V_ANY:
		break;
	}
	return any();
}
