/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - what a histogram of latencies says
 */
#ifndef SRDCTL_PERCENTILE_H
#define SRDCTL_PERCENTILE_H

#include "print.h"
#include "verbs.h"

/* How many requests are in a histogram. */
uint64_t percentile_count(const uint64_t latency[SRD_LATENCY_BUCKETS]);

/* The nanoseconds that bucket @bucket begins with, and by that those the one below ends before. */
uint64_t percentile_start(unsigned int bucket);

/**
 * percentile_end() - below which time so many requests stayed
 * @latency: the histogram, with at least one request
 * @thousandths: how many of all
 *
 * Return: nanoseconds at which their bucket ends; 0: it is the last one, which has no end.
 */
uint64_t percentile_end(const uint64_t latency[SRD_LATENCY_BUCKETS], unsigned int thousandths);

/* Sets a cell to percentile_end(); it stays empty where no request was timed. */
void percentile_fill(struct print_cell *cell, const uint64_t latency[SRD_LATENCY_BUCKETS],
		     unsigned int thousandths);

#endif /* SRDCTL_PERCENTILE_H */
