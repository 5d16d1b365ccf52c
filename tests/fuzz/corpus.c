// SPDX-License-Identifier: GPL-2.0
/*
 * srd-fuzz - the programs that went where none had gone before
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define PROGRAMS_MAX	2000

struct entry {
	struct program program;
	struct cover cover;
};

static struct entry *entries[PROGRAMS_MAX];
static unsigned int count;

/**
 * corpus_add() - keep a program
 * @p: the program
 * @c: where it went
 */
void corpus_add(const struct program *p, const struct cover *c)
{
	struct entry *e;

	if (count == PROGRAMS_MAX)
		return;
	e = malloc(sizeof(*e));
	if (!e)
		err(2, "no memory");
	e->program = *p;
	e->cover = *c;
	entries[count++] = e;
}

/**
 * corpus_any() - one of the programs by chance, NULL where there is none
 */
const struct program *corpus_any(void)
{
	if (!count)
		return NULL;
	/* What came last is nearest to what is still unknown. */
	return &entries[one_in(3) ? count - 1 - below(1 + count / 8) : below(count)]->program;
}

/**
 * corpus_count() - how many programs there are
 */
unsigned int corpus_count(void)
{
	return count;
}

static int best(const struct cover *known, const bool *taken)
{
	unsigned int i, n, most = 0;
	int found = -1;

	for (i = 0; i < count; i++) {
		n = taken[i] ? 0 : cover_new(&entries[i]->cover, known);
		if (n > most) {
			most = n;
			found = i;
		}
	}
	return found;
}

/**
 * corpus_write() - write the programs to a file: as few as go where all have gone
 * @path: the file
 */
void corpus_write(const char *path)
{
	static struct cover known;
	static bool taken[PROGRAMS_MAX];
	FILE *f = fopen(path, "w");
	int i;

	if (!f)
		err(2, "%s", path);
	while ((i = best(&known, taken)) >= 0) {
		taken[i] = true;
		cover_add(&known, &entries[i]->cover);
		program_print(&entries[i]->program, f);
		fputc('\n', f);
	}
	if (fclose(f))
		err(2, "%s", path);
}
