// SPDX-License-Identifier: GPL-2.0
/*
 * srd-fuzz - chance that can be repeated
 */
#include "fuzz.h"

static uint64_t state;

/**
 * rng_seed() - begin anew
 * @seed: any number; the same one gives the same numbers
 */
void rng_seed(uint64_t seed)
{
	state = seed;
}

/**
 * rng() - the next number
 *
 * A counter whose value is mixed. Only the thread that makes programs may call it.
 */
uint64_t rng(void)
{
	uint64_t z;

	state += 0x9e3779b97f4a7c15ULL;
	z = state;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/**
 * below() - a number from 0 to one less than @n
 * @n: not 0
 */
unsigned int below(unsigned int n)
{
	return rng() % n;
}

/**
 * one_in() - true once in @n times
 * @n: not 0
 */
bool one_in(unsigned int n)
{
	return !below(n);
}
