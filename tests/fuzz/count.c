// SPDX-License-Identifier: GPL-2.0
/*
 * srd-fuzz - how often each operation ended how
 */
#include <stdatomic.h>
#include <string.h>

#include "fuzz.h"

#define OPS_MAX		80
#define ERRNOS		134

static atomic_uint results[OPS_MAX][ERRNOS];

/**
 * count_result() - an operation has ended
 * @op: which
 * @result: 0 or more, or a negative errno
 */
void count_result(unsigned int op, long result)
{
	results[op][result >= 0 ? 0 : -result < ERRNOS ? -result : ERRNOS - 1]++;
}

/**
 * count_print() - a line for each operation: its name, and NAME=COUNT of each result
 * @to: where
 */
void count_print(FILE *to)
{
	unsigned int op, e;

	for (op = 0; op < ops_count(); op++) {
		fprintf(to, "count: %s ok=%u", op_at(op)->name, results[op][0]);
		for (e = 1; e < ERRNOS; e++)
			if (results[op][e])
				fprintf(to, " %s=%u", strerrorname_np(e) ?: "?", results[op][e]);
		fputc('\n', to);
	}
}
