// SPDX-License-Identifier: GPL-2.0
/*
 * srd-fuzz - the table of operations, and steps by chance
 */
#include <string.h>

#include "fuzz.h"

/**
 * ops_count() - how many operations there are
 */
unsigned int ops_count(void)
{
	return ioctl_ops_count + disk_ops_count + system_ops_count;
}

/**
 * op_at() - an operation by its number
 * @i: less than ops_count()
 */
const struct op *op_at(unsigned int i)
{
	if (i < ioctl_ops_count)
		return &ioctl_ops[i];
	i -= ioctl_ops_count;
	return i < disk_ops_count ? &disk_ops[i] : &system_ops[i - disk_ops_count];
}

/**
 * op_find() - the number of an operation
 * @name: what it is called
 *
 * Return: that, or -1.
 */
int op_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ops_count(); i++)
		if (!strcmp(op_at(i)->name, name))
			return i;
	return -1;
}

static unsigned int any_op(void)
{
	static unsigned int all;
	unsigned int i, n;

	if (!all)
		for (i = 0; i < ops_count(); i++)
			all += op_at(i)->weight;
	n = below(all);
	for (i = 0; n >= op_at(i)->weight; i++)
		n -= op_at(i)->weight;
	return i;
}

/**
 * step_make() - a step by chance
 * @s: gets it
 * @threads: how many there are to run it
 */
void step_make(struct step *s, unsigned int threads)
{
	memset(s, 0, sizeof(*s));
	s->thread = below(threads);
	s->op = any_op();
	op_at(s->op)->make(s);
}

/**
 * step_change() - other values for the same operation
 * @s: the step
 */
void step_change(struct step *s)
{
	struct poke *p = s->pokes ? &s->poke[below(s->pokes)] : NULL;
	struct step fresh = { .thread = s->thread, .op = s->op };
	unsigned int i = below(ARGS);

	op_at(s->op)->make(&fresh);
	switch (below(5)) {
	case 0:
		s->arg[i] = fresh.arg[i];
		break;
	case 1:
		if (p)
			p->value ^= 1ULL << below(8 * p->width);
		break;
	case 2:
		if (p)
			p->value = value(below(V_ROOM + 1));
		break;
	case 3:
		if (fresh.pokes && s->pokes < POKES_MAX)
			s->poke[s->pokes++] = fresh.poke[below(fresh.pokes)];
		break;
	default:
		*s = fresh;
		break;
	}
}
