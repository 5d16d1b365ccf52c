/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srd - chance that can be repeated
 *
 * Choices that a seed and a count decide, so that the same requests in the same order meet the same
 * fate. The mixing function is the finalizer of SplitMix64: G. L. Steele, D. Lea, C. H. Flood,
 * "Fast splittable pseudorandom number generators", OOPSLA 2014, with the constants of D.
 * Stafford's variant 13.
 */
#ifndef SRD_RANDOM_H
#define SRD_RANDOM_H

#include <linux/math64.h>
#include <linux/types.h>

/**
 * srd_random() - a number by chance
 * @seed: of the choices
 * @n: which choice
 *
 * Context: any.
 * Return: a number that looks random, always the same one for the same @seed and @n.
 */
static inline u64 srd_random(u64 seed, u64 n)
{
	u64 z = seed + (n + 1) * 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/**
 * srd_random_below() - a number by chance, out of so many
 * @seed: of the choices
 * @n: which choice
 * @below: how many, not 0
 *
 * Context: any.
 * Return: 0 to @below - 1.
 */
static inline u64 srd_random_below(u64 seed, u64 n, u64 below)
{
	return mul_u64_u64_shr(srd_random(seed, n), below, 64);
}

#endif /* SRD_RANDOM_H */
