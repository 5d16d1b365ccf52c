/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - rules by which a disk fails, as people write and read them
 */
#ifndef SRDCTL_RULE_H
#define SRDCTL_RULE_H

#include "verbs.h"

#define RULE_TEXT_LEN	128	/* room for any text that a function of this file writes */

/**
 * rule_parse() - read a rule from the command line
 * @verb: whose command line it is
 * @words: KEY=VALUE, or KEY
 * @count: how many @words
 * @rule: set to the rule
 *
 * Return: false when it is none: that was reported.
 */
bool rule_parse(const struct verb *verb, char * const *words, int count, struct srd_rule *rule);

/* What a rule looks at: read,write. */
void rule_ops(const struct srd_rule *rule, char text[RULE_TEXT_LEN]);

/* Where: START-END, START- to the disk's end; "" for all of it. @bytes: no suffixes. */
void rule_range(const struct srd_rule *rule, bool bytes, char text[RULE_TEXT_LEN]);

/* When, as the keys that say so: after=2 every=3 chance=1% times=4; "" for always. */
void rule_when(const struct srd_rule *rule, char text[RULE_TEXT_LEN]);

/* What it does, as the keys that say so: error=EIO. */
void rule_what(const struct srd_rule *rule, char text[RULE_TEXT_LEN]);

#endif /* SRDCTL_RULE_H */
