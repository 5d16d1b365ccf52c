// SPDX-License-Identifier: GPL-2.0
/*
 * srd - tracepoints, which srd_trace.h describes
 */
#include <linux/jump_label.h>

#include "srd.h"

#define CREATE_TRACE_POINTS
#include "srd_trace.h"

DEFINE_STATIC_KEY_FALSE(srd_trace_requests);

/**
 * srd_trace_requests_on() - somebody begins to trace the start or the end of requests
 *
 * Context: may sleep.
 * Return: 0.
 */
int srd_trace_requests_on(void)
{
	static_branch_inc(&srd_trace_requests);
	return 0;
}

/**
 * srd_trace_requests_off() - somebody traces them no more
 *
 * Context: may sleep.
 */
void srd_trace_requests_off(void)
{
	static_branch_dec(&srd_trace_requests);
}
