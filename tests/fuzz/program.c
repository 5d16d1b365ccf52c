// SPDX-License-Identifier: GPL-2.0
/*
 * srd-fuzz - programs: as text, by chance, and changed
 *
 * A line for each step: THREAD OPERATION and four numbers, then OFFSET.WIDTH=VALUE for each value
 * that is put into a structure; all but the thread, offsets and widths are hexadecimal. A line
 * that is empty ends a program; one that starts with # says something to people.
 */
#include <err.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <linux/srd.h>

#include "fuzz.h"

static void step_print(const struct step *s, FILE *to)
{
	unsigned int i;

	fprintf(to, "%u %s", s->thread, op_at(s->op)->name);
	for (i = 0; i < ARGS; i++)
		fprintf(to, " %" PRIx64, s->arg[i]);
	for (i = 0; i < s->pokes; i++)
		fprintf(to, " %u.%u=%" PRIx64, s->poke[i].offset, s->poke[i].width,
			s->poke[i].value);
	fputc('\n', to);
}

/**
 * program_print() - a program as text, without the empty line at its end
 * @p: the program
 * @to: where
 */
void program_print(const struct program *p, FILE *to)
{
	unsigned int i;

	for (i = 0; i < p->steps; i++)
		step_print(&p->step[i], to);
}

static void step_read(struct step *s, const char *line)
{
	char name[32];
	int op, n, i;

	memset(s, 0, sizeof(*s));
	if (sscanf(line, "%u %31s%n", &s->thread, name, &n) != 2 || s->thread >= THREADS_MAX)
		errx(2, "not a step: %s", line);
	op = op_find(name);
	if (op < 0)
		errx(2, "there is no operation %s", name);
	s->op = op;
	line += n;
	for (i = 0; i < ARGS; i++, line += n)
		if (sscanf(line, "%" SCNx64 "%n", &s->arg[i], &n) != 1)
			errx(2, "%s: a number is missing", name);
	while (s->pokes < POKES_MAX) {
		struct poke *p = &s->poke[s->pokes];

		if (sscanf(line, " %" SCNu16 ".%" SCNu8 "=%" SCNx64 "%n", &p->offset, &p->width,
			   &p->value, &n) != 3)
			break;
		if (!p->width || p->width > sizeof(p->value))
			errx(2, "%s: a value of %u bytes", name, p->width);
		line += n;
		s->pokes++;
	}
	if (line[strspn(line, "\n ")])
		errx(2, "%s: what is this: %s", name, line);
}

/**
 * program_read() - read the next program of a file
 * @p: gets it
 * @from: the file
 *
 * Return: false when there is no more. Ends everything where it makes no sense.
 */
bool program_read(struct program *p, FILE *from)
{
	char line[1024];

	p->steps = 0;
	while (fgets(line, sizeof(line), from)) {
		if (line[0] == '#')
			continue;
		if (line[0] == '\n') {
			if (p->steps)
				break;
			continue;
		}
		if (p->steps == STEPS_MAX)
			errx(2, "a program has more than %d steps", STEPS_MAX);
		step_read(&p->step[p->steps++], line);
	}
	return p->steps;
}

static void make_first(struct step *s, const char *name)
{
	memset(s, 0, sizeof(*s));
	s->op = op_find(name);
	op_at(s->op)->make(s);
}

/**
 * program_make() - a program by chance
 * @p: gets it
 * @threads: how many share its steps
 */
void program_make(struct program *p, unsigned int threads)
{
	unsigned int i;

	p->steps = 3 + below(STEPS_MAX - 8);
	for (i = 0; i < p->steps; i++)
		step_make(&p->step[i], threads);
	/* Without a disk most of the others have nothing to do; mostly it is a plain one. */
	if (one_in(3))
		make_first(&p->step[0], "create");
	else
		p->step[0] = (struct step){ .op = op_find("create"), .pokes = 1, .poke[0] = {
			offsetof(struct srd_ioc_create, capacity), 8, (1 + below(8)) * MIB } };
	/* Nor have many without something in it: a little, or all kinds of pieces. */
	if (one_in(2))
		make_first(&p->step[1], one_in(2) ? "write" : "scatter");
}

/**
 * program_without() - leave an operation out
 * @p: the program
 * @name: of the operation
 */
void program_without(struct program *p, const char *name)
{
	unsigned int op = op_find(name), from, to = 0;

	for (from = 0; from < p->steps; from++)
		if (p->step[from].op != op)
			p->step[to++] = p->step[from];
	p->steps = to;
}

static void drop(struct program *p, unsigned int i)
{
	memmove(&p->step[i], &p->step[i + 1], (p->steps - i - 1) * sizeof(p->step[0]));
	p->steps--;
}

static void insert(struct program *p, unsigned int i, const struct step *s)
{
	if (p->steps == STEPS_MAX)
		return;
	memmove(&p->step[i + 1], &p->step[i], (p->steps - i) * sizeof(p->step[0]));
	p->step[i] = *s;
	p->steps++;
}

static void splice(struct program *p, const struct program *other)
{
	unsigned int from = below(other->steps), i;

	for (i = from; i < other->steps && !one_in(6); i++)
		insert(p, p->steps, &other->step[i]);
}

/**
 * program_change() - change a program a little, by chance
 * @p: the program
 * @other: one from which steps may be taken
 * @threads: how many share its steps
 */
void program_change(struct program *p, const struct program *other, unsigned int threads)
{
	unsigned int changes = 1 + below(4);
	struct step s;

	while (changes--) {
		switch (below(8)) {
		case 0:
			if (p->steps > 1)
				drop(p, below(p->steps));
			break;
		case 1:
			s = p->step[below(p->steps)];
			insert(p, below(p->steps + 1), &s);
			break;
		case 2:
			splice(p, other);
			break;
		case 3:
		case 4:
			step_make(&s, threads);
			insert(p, below(p->steps + 1), &s);
			break;
		default:
			step_change(&p->step[below(p->steps)]);
			break;
		}
	}
	for (changes = 0; changes < p->steps; changes++)
		if (p->step[changes].thread >= threads || one_in(4))
			p->step[changes].thread = below(threads);
}
