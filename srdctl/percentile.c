// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - what a histogram of latencies says
 */
#include "percentile.h"

uint64_t percentile_count(const uint64_t latency[SRD_LATENCY_BUCKETS])
{
	uint64_t timed = 0;
	int i;

	for (i = 0; i < SRD_LATENCY_BUCKETS; i++)
		timed += latency[i];
	return timed;
}

uint64_t percentile_start(unsigned int bucket)
{
	return bucket ? 1ULL << (bucket - 1) : 0;
}

/*
 * The bucket that holds the request which @thousandths of all timed ones do not exceed. Counters
 * are no more than 2^53 in any life of a machine, so the product cannot overflow.
 */
static unsigned int find_bucket(const uint64_t latency[SRD_LATENCY_BUCKETS],
				unsigned int thousandths)
{
	uint64_t rank = (percentile_count(latency) * thousandths + 999) / 1000, sum = 0;
	unsigned int i;

	for (i = 0; i < SRD_LATENCY_BUCKETS - 1; i++) {
		sum += latency[i];
		if (sum >= rank)
			break;
	}
	return i;
}

uint64_t percentile_end(const uint64_t latency[SRD_LATENCY_BUCKETS], unsigned int thousandths)
{
	unsigned int bucket = find_bucket(latency, thousandths);

	return bucket == SRD_LATENCY_BUCKETS - 1 ? 0 : percentile_start(bucket + 1);
}

void percentile_fill(struct print_cell *cell, const uint64_t latency[SRD_LATENCY_BUCKETS],
		     unsigned int thousandths)
{
	uint64_t end;

	if (!percentile_count(latency))
		return;
	end = percentile_end(latency, thousandths);
	if (end)
		print_number(cell, end);
	else
		print_word(cell, ">1s", percentile_start(SRD_LATENCY_BUCKETS - 1));
}
