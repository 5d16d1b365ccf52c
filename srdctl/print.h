/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - the one place that prints tables, JSON and lines
 *
 * A verb describes its columns in a schema and fills the cells of a row one by one; which columns,
 * in what order and in what form is decided here from the user's options.
 */
#ifndef SRDCTL_PRINT_H
#define SRDCTL_PRINT_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum print_kind {
	PRINT_TEXT,
	PRINT_NUMBER,
	PRINT_SIZE,		/* bytes: 1.5G for people */
	PRINT_TIME,		/* nanoseconds: 1.5us for people */
	PRINT_RATE,		/* so many a second: 12.3k for people */
	PRINT_FLAG,
	PRINT_NUMBERS,		/* several, separated by new lines */
};

#define PRINT_DEFAULT		(1U << 0)	/* shown when the user chooses no columns */
#define PRINT_DEFAULT_JSON	(1U << 1)	/* the same in JSON */
#define PRINT_ALWAYS		(PRINT_DEFAULT | PRINT_DEFAULT_JSON)

/* A column: its name in lower case is the key in JSON. */
struct print_column {
	const char *name;
	enum print_kind kind;
	unsigned int flags;
	const char *help;
};

struct print_cell;

/* What a verb prints: its columns are known by their place in @columns. */
struct print_schema {
	const char *name;	/* key of the array in JSON */
	const struct print_column *columns;
	unsigned int count;
	/* least room for each column; NULL: as it comes, where rows are not printed one by one */
	const unsigned char *widths;
	/* sets the cell of @column, or leaves it empty */
	void (*fill)(struct print_cell *cell, unsigned int column, const void *row);
};

enum print_format {
	PRINT_FORMAT_TABLE,
	PRINT_FORMAT_RAW,
	PRINT_FORMAT_LINES,	/* key: value */
	PRINT_FORMAT_JSON,
};

/* What the user chose. */
struct print_options {
	enum print_format format;
	bool bytes;
	bool no_headings;
	bool all;
	bool stream;		/* said by the verb: rows are printed as they come */
	const char *columns;	/* [+]NAME,NAME or NULL */
};

/* To be pasted into a verb's own tables of options, and into its help. */
enum {
	PRINT_OPTION_ALL = 512,
	PRINT_OPTION_RAW,
};

#define PRINT_SHORT_OPTIONS	"bJno:"
#define PRINT_LONG_OPTIONS						\
	{ "bytes",	no_argument,		NULL, 'b' },		\
	{ "json",	no_argument,		NULL, 'J' },		\
	{ "noheadings",	no_argument,		NULL, 'n' },		\
	{ "output",	required_argument,	NULL, 'o' },		\
	{ "output-all",	no_argument,		NULL, PRINT_OPTION_ALL }, \
	{ "raw",	no_argument,		NULL, PRINT_OPTION_RAW }
#define PRINT_HELP							\
	" -b, --bytes          sizes in bytes, times in nanoseconds\n"	\
	" -J, --json           JSON; sizes are always bytes\n"		\
	" -n, --noheadings     no headings\n"				\
	" -o, --output LIST    these columns; +LIST: these beside the default ones\n" \
	"     --output-all     all columns\n"				\
	"     --raw            fields separated by one blank, for scripts\n"

/* The part for verbs that print rows as they come. */
#define PRINT_STREAM_LONG_OPTIONS					\
	{ "bytes",	no_argument,		NULL, 'b' },		\
	{ "json",	no_argument,		NULL, 'J' },		\
	{ "noheadings",	no_argument,		NULL, 'n' },		\
	{ "output",	required_argument,	NULL, 'o' },		\
	{ "output-all",	no_argument,		NULL, PRINT_OPTION_ALL }
#define PRINT_STREAM_HELP						\
	" -b, --bytes          sizes in bytes\n"			\
	" -J, --json           JSON, an object a line; sizes are always bytes\n" \
	" -n, --noheadings     no headings\n"				\
	" -o, --output LIST    these columns; +LIST: these beside the default ones\n" \
	"     --output-all     all columns\n"

/* The part for the verb that prints one row, without a heading. */
#define PRINT_EVENT_LONG_OPTIONS					\
	{ "bytes",	no_argument,		NULL, 'b' },		\
	{ "json",	no_argument,		NULL, 'J' },		\
	{ "output",	required_argument,	NULL, 'o' },		\
	{ "output-all",	no_argument,		NULL, PRINT_OPTION_ALL }
#define PRINT_EVENT_HELP						\
	" -b, --bytes          sizes in bytes\n"			\
	" -J, --json           JSON; sizes are always bytes\n"		\
	" -o, --output LIST    these columns; +LIST: these beside the default ones\n" \
	"     --output-all     all columns\n"

/* The part for verbs that print lines. */
#define PRINT_LINES_SHORT_OPTIONS	"bJ"
#define PRINT_LINES_LONG_OPTIONS					\
	{ "bytes",	no_argument,		NULL, 'b' },		\
	{ "json",	no_argument,		NULL, 'J' }
#define PRINT_LINES_HELP						\
	" -b, --bytes          sizes in bytes\n"			\
	" -J, --json           JSON; sizes are always bytes\n"

/* The help for those of them that have all options. */
#define PRINT_SHOW_HELP							\
	PRINT_LINES_HELP						\
	" -n, --noheadings     values alone\n"				\
	" -o, --output LIST    these columns; without it, all\n"	\
	"     --output-all     all columns\n"				\
	"     --raw            a table, its fields separated by one blank, for scripts\n"

/* Takes one of the options above; false when @option is none of them. */
bool print_option(struct print_options *options, int option, const char *argument);

struct print;

/**
 * print_open() - begin to print
 * @schema: must outlive the result
 * @options: may go
 * @bad_column: set to the name of a column that is unknown
 *
 * Return: to be handed to print_close() or print_abandon(); NULL when a column is unknown. The
 * program ends when there is no memory.
 */
struct print *print_open(const struct print_schema *schema, const struct print_options *options,
			 const char **bad_column);

/* Is a column shown? A verb need not fetch what nobody sees. */
bool print_shows(const struct print *print, unsigned int column);

/* Adds a row; @row is what the schema's fill gets. */
void print_row(struct print *print, const void *row);

/* Prints all rows and frees @print. */
void print_close(struct print *print);

/* print_close() into a text, to be freed, of lines for a terminal so wide. */
char *print_close_text(struct print *print, unsigned int width);

/* Frees @print and prints nothing more. */
void print_abandon(struct print *print);

/* Sets a cell to a text; NULL or "" leaves it empty (null in JSON). */
void print_text(struct print_cell *cell, const char *text);

/* Sets a cell to a number, in the form of its column's kind. */
void print_number(struct print_cell *cell, uint64_t number);
void print_signed(struct print_cell *cell, int64_t number);

void print_rate(struct print_cell *cell, double rate);

/* Sets a cell to @word for people, and to @number for programs. */
void print_word(struct print_cell *cell, const char *word, uint64_t number);

/* Sets a cell to several numbers. */
void print_numbers(struct print_cell *cell, const uint64_t *numbers, unsigned int count);

/* Prints the columns of a schema with their help. */
void print_columns_help(FILE *file, const struct print_schema *schema);

#endif /* SRDCTL_PRINT_H */
