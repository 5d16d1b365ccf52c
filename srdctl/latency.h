/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - how long requests take, as people write and read it
 */
#ifndef SRDCTL_LATENCY_H
#define SRDCTL_LATENCY_H

#include "verbs.h"

#define LATENCY_TEXT_LEN	320	/* room for 8 times with their weights */

/**
 * latency_parse() - read how long a kind of request takes
 * @verb: whose command line it is
 * @text: none, TIME, TIME-TIME, TIME:WEIGHT,..., seek:TIME:TIME:TIME, or the name of a preset
 * @op: the kind of request, which a preset has a time of its own for
 * @latency: set to it
 *
 * Return: false when it is none: that was reported.
 */
bool latency_parse(const struct verb *verb, const char *text, enum srd_op op,
		   struct srd_latency *latency);

/**
 * latency_format() - write it so that latency_parse() reads it
 * @latency: how long it takes
 * @op: the kind of request
 * @text: the result, the name of a preset where it is that one's
 */
void latency_format(const struct srd_latency *latency, enum srd_op op,
		    char text[LATENCY_TEXT_LEN]);

#endif /* SRDCTL_LATENCY_H */
