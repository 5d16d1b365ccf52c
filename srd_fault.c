// SPDX-License-Identifier: GPL-2.0
/*
 * srd - rules by which requests fail on purpose
 *
 * A rule counts what it looks at, and decides by that count and its seed alone: no choice depends
 * on the time, on a CPU or on what another rule does.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "srd.h"
#include "srd_random.h"

/**
 * struct srd_fault_rule - a rule
 * @node: in its disk's list
 * @rcu: to be freed by
 * @rule: as it was given, with its number and seed
 * @seen: requests that it has looked at
 * @hits: requests that it was applied to
 */
struct srd_fault_rule {
	struct list_head	node;
	struct rcu_head		rcu;
	struct srd_rule		rule;
	atomic64_t		seen;
	atomic64_t		hits;
};

#define SRD_OPS_ALL		(BIT(SRD_OP_COUNT) - 1)
#define SRD_OPS_CHANGE		(BIT(SRD_OP_WRITE) | BIT(SRD_OP_DISCARD) | \
				 BIT(SRD_OP_WRITE_ZEROES) | BIT(SRD_OP_SECURE_ERASE))

/* What a fault can be done to. Reads are not dropped: the buffer holds somebody else's data. */
static const u32 srd_fault_ops[SRD_FAULT_COUNT] = {
	[SRD_FAULT_ERROR]	= SRD_OPS_ALL,
	[SRD_FAULT_DELAY]	= SRD_OPS_ALL,
	[SRD_FAULT_TORN]	= SRD_OPS_CHANGE,
	[SRD_FAULT_DROP]	= SRD_OPS_CHANGE | BIT(SRD_OP_FLUSH),
	[SRD_FAULT_FLIP]	= BIT(SRD_OP_READ) | BIT(SRD_OP_WRITE),
	[SRD_FAULT_TIMEOUT]	= SRD_OPS_ALL,
	[SRD_FAULT_POWERCUT]	= SRD_OPS_ALL,
};

/*
 * Those that the block layer has a status of its own for, and that the one above it does not take
 * for a wish to be asked again, as io_uring does EAGAIN and EOPNOTSUPP.
 */
static bool srd_fault_error_ok(int error)
{
	static const int errors[] = {
		EIO, ENOSPC, ETIMEDOUT, EILSEQ, EREMOTEIO, ENODATA, ENOLINK, EBADE, ENOMEM,
		ENODEV,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i] == error)
			return true;
	return false;
}

/* Whether each field has a meaning for what the rule does, or is 0. */
static bool srd_rule_what_ok(const struct srd_rule *r)
{
	bool flip = r->what == SRD_FAULT_FLIP, torn = r->what == SRD_FAULT_TORN;
	bool fails = r->what == SRD_FAULT_ERROR || (torn && r->error);

	if (fails ? !srd_fault_error_ok(r->error) : r->error)
		return false;
	if (torn ? !r->blocks : r->blocks)
		return false;
	if (r->what == SRD_FAULT_DELAY ? !r->delay || r->delay > SRD_TIME_MAX : r->delay)
		return false;
	return r->flags & SRD_RULE_BIT ? flip : !r->bit;
}

static bool srd_rule_ok(const struct srd_rule *r)
{
	if (r->id || r->seen || r->hits || r->reserved)
		return false;
	if (r->flags & ~(SRD_RULE_SEED | SRD_RULE_BIT) || r->what >= SRD_FAULT_COUNT)
		return false;
	if (!r->ops || r->ops & ~srd_fault_ops[r->what])
		return false;
	if ((r->end && r->end <= r->start) || (r->seed && !(r->flags & SRD_RULE_SEED)))
		return false;
	return srd_rule_what_ok(r);
}

/**
 * srd_fault_init() - make a disk have no rules
 * @f: to be filled
 *
 * Context: any.
 */
void srd_fault_init(struct srd_faults *f)
{
	INIT_LIST_HEAD(&f->rules);
	atomic64_set(&f->hits, 0);
}

/**
 * srd_fault_add() - add a rule
 * @f: of a disk, whose lock the caller holds
 * @rule: without its outputs; set to what it has become
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, as SRD_IOC_RULE_ADD documents.
 */
int srd_fault_add(struct srd_faults *f, struct srd_rule *rule)
{
	struct srd_fault_rule *r;

	if (!srd_rule_ok(rule))
		return -EINVAL;
	if (f->nr == SRD_RULES_MAX || f->last_id == U32_MAX)
		return -ENOSPC;
	r = kzalloc(sizeof(*r), GFP_KERNEL);
	if (!r)
		return -ENOMEM;
	if (!(rule->flags & SRD_RULE_SEED))
		rule->seed = get_random_u64();
	rule->id = ++f->last_id;
	r->rule = *rule;
	f->nr++;
	list_add_tail_rcu(&r->node, &f->rules);
	return 0;
}

/**
 * srd_fault_next() - look at a rule
 * @f: of a disk, whose lock the caller holds
 * @rule: @rule->id: first number to consider; set to the rule found
 *
 * Context: any.
 * Return: 0 or -ENOENT.
 */
int srd_fault_next(struct srd_faults *f, struct srd_rule *rule)
{
	struct srd_fault_rule *r;

	list_for_each_entry(r, &f->rules, node) {
		if (r->rule.id < rule->id)
			continue;
		*rule = r->rule;
		rule->seen = atomic64_read(&r->seen);
		rule->hits = atomic64_read(&r->hits);
		return 0;
	}
	return -ENOENT;
}

/**
 * srd_fault_remove() - take rules away
 * @f: of a disk, whose lock the caller holds
 * @id: number of the rule, or 0 for all
 *
 * Requests may still be looked at by them for an RCU grace period.
 *
 * Context: process context.
 * Return: 0, or -ENOENT when there is no such rule.
 */
int srd_fault_remove(struct srd_faults *f, u32 id)
{
	struct srd_fault_rule *r, *next;
	int err = id ? -ENOENT : 0;

	list_for_each_entry_safe(r, next, &f->rules, node) {
		if (id && r->rule.id != id)
			continue;
		list_del_rcu(&r->node);
		kfree_rcu(r, rcu);
		f->nr--;
		err = 0;
	}
	return err;
}

/* Whether a rule looks at a request. A flush is of the whole disk. */
static bool srd_rule_sees(const struct srd_rule *r, enum srd_op op, u64 pos, u64 len)
{
	if (!(r->ops & BIT(op)))
		return false;
	return op == SRD_OP_FLUSH || (pos + len > r->start && (!r->end || pos < r->end));
}

/* Whether a rule is applied to the next request that it looks at; @choice is set to its number. */
static bool srd_rule_hits(struct srd_fault_rule *r, u64 *choice)
{
	const struct srd_rule *rule = &r->rule;
	u64 n = atomic64_inc_return(&r->seen);
	u64 nth;

	*choice = n;
	if (n <= rule->after)
		return false;
	if (rule->every > 1) {
		div64_u64_rem(n - rule->after, rule->every, &nth);
		if (nth)
			return false;
	}
	if (rule->probability && srd_random(rule->seed, n) >> 32 >= rule->probability)
		return false;
	if (rule->times)
		return atomic64_fetch_add_unless(&r->hits, 1, rule->times) != rule->times;
	atomic64_inc(&r->hits);
	return true;
}

static u64 srd_rule_bit(const struct srd_rule *rule, u64 choice, u64 len)
{
	u64 bits = len * BITS_PER_BYTE, bit;

	if (!bits)
		return 0;
	/* Not the number by which it was decided whether to. */
	if (!(rule->flags & SRD_RULE_BIT))
		return srd_random_below(~rule->seed, choice, bits);
	div64_u64_rem(rule->bit, bits, &bit);
	return bit;
}

/**
 * srd_fault_judge() - ask the rules about a request
 * @f: of its disk
 * @number: N of the disk
 * @op: what it asks for
 * @pos: where, in bytes
 * @len: bytes
 * @v: set to what is to be done to it
 *
 * Context: in an RCU read-side section.
 */
void srd_fault_judge(struct srd_faults *f, unsigned int number, enum srd_op op, u64 pos, u64 len,
		     struct srd_verdict *v)
{
	struct srd_fault_rule *r;
	u64 choice;

	list_for_each_entry_rcu(r, &f->rules, node) {
		const struct srd_rule *rule = &r->rule;

		if (!srd_rule_sees(rule, op, pos, len) || !srd_rule_hits(r, &choice))
			continue;
		atomic64_inc(&f->hits);
		srd_event_fault(number, rule, op, pos, len);
		if (rule->what == SRD_FAULT_DELAY) {
			v->delay += rule->delay;
			continue;
		}
		v->rule = rule->id;
		v->what = rule->what;
		v->error = -rule->error;
		v->blocks = rule->blocks;
		v->bit = srd_rule_bit(rule, choice, len);
		return;
	}
}
