// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - the one place that prints tables, JSON and lines
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "ascii.h"
#include "print.h"
#include "size.h"

#define NUMBER_TEXT_LEN	24

struct print_cell {
	const struct print *print;
	enum print_kind kind;
	char *text;		/* allocated, or NULL: empty */
};

struct print {
	const struct print_schema *schema;
	enum print_format format;
	bool bytes;
	bool stream;
	bool no_headings;
	unsigned int shown_count;
	unsigned int *shown;		/* columns in the user's order */
	struct libscols_table *table;	/* NULL for lines, and in a stream */
	int key_width;			/* for lines */
	bool later_row;			/* for lines */
};

static void *check(void *memory)
{
	if (!memory)
		err(EXIT_FAILURE, "cannot print");
	return memory;
}

static void check_ret(int ret)
{
	if (ret < 0) {
		errno = -ret;
		err(EXIT_FAILURE, "cannot print");
	}
}

bool print_option(struct print_options *options, int option, const char *argument)
{
	switch (option) {
	case 'b':
		options->bytes = true;
		return true;
	case 'J':
		options->format = PRINT_FORMAT_JSON;
		return true;
	case 'n':
		options->no_headings = true;
		return true;
	case 'o':
		options->columns = argument;
		return true;
	case PRINT_OPTION_ALL:
		options->all = true;
		return true;
	case PRINT_OPTION_RAW:
		options->format = PRINT_FORMAT_RAW;
		return true;
	default:
		return false;
	}
}

/* The forms that programs read get plain numbers. */
static bool plain(const struct print *print)
{
	return print->bytes || print->format == PRINT_FORMAT_JSON;
}

bool print_shows(const struct print *print, unsigned int column)
{
	unsigned int i;

	for (i = 0; i < print->shown_count; i++) {
		if (print->shown[i] == column)
			return true;
	}
	return false;
}

static void show(struct print *print, unsigned int column)
{
	if (!print_shows(print, column))
		print->shown[print->shown_count++] = column;
}

static void show_by_flags(struct print *print, unsigned int flags)
{
	unsigned int i;

	for (i = 0; i < print->schema->count; i++) {
		if (!flags || print->schema->columns[i].flags & flags)
			show(print, i);
	}
}

static bool show_by_name(struct print *print, const char *name, size_t length)
{
	const struct print_column *columns = print->schema->columns;
	unsigned int i;

	for (i = 0; i < print->schema->count; i++) {
		if (strlen(columns[i].name) == length &&
		    ascii_starts_same(columns[i].name, name, length)) {
			show(print, i);
			return true;
		}
	}
	return false;
}

/* Returns the name that is not known, or NULL. */
static const char *choose_columns(struct print *print, const struct print_options *options)
{
	const char *list = options->columns;
	unsigned int defaults = options->format == PRINT_FORMAT_JSON ? PRINT_DEFAULT_JSON :
								       PRINT_DEFAULT;

	if (options->all) {
		show_by_flags(print, 0);
		return NULL;
	}
	if (!list || *list == '+')
		show_by_flags(print, defaults);
	if (list) {
		list += *list == '+';
		for (;;) {
			size_t length = strcspn(list, ",");

			if (!show_by_name(print, list, length))
				return list;
			if (!list[length])
				break;
			list += length + 1;
		}
	}
	return NULL;
}

static int json_type(enum print_kind kind)
{
	switch (kind) {
	case PRINT_NUMBER:
	case PRINT_SIZE:
	case PRINT_TIME:
	case PRINT_RATE:
	/* of a boolean nobody could say that it is not known (before libsmartcols 2.40) */
	case PRINT_FLAG:
		return SCOLS_JSON_NUMBER;
	case PRINT_NUMBERS:
		return SCOLS_JSON_ARRAY_NUMBER;
	default:
		return SCOLS_JSON_STRING;
	}
}

static void add_column(struct print *print, unsigned int number)
{
	const struct print_column *column = &print->schema->columns[number];
	const unsigned char *widths = print->schema->widths;
	struct libscols_column *cl;
	int flags = column->kind == PRINT_TEXT ? 0 : SCOLS_FL_RIGHT;

	/* arrays are cells of several lines to libsmartcols */
	if (column->kind == PRINT_NUMBERS)
		flags = SCOLS_FL_WRAP;
	cl = check(scols_table_new_column(print->table, column->name,
					  widths ? widths[number] : 0, flags));
	check_ret(scols_column_set_json_type(cl, json_type(column->kind)));
	if (column->kind != PRINT_NUMBERS)
		return;
	check_ret(scols_column_set_safechars(cl, "\n"));
	check_ret(scols_column_set_wrapfunc(cl, scols_wrapnl_chunksize, scols_wrapnl_nextchunk,
					    NULL));
}

static void open_table(struct print *print, const struct print_options *options)
{
	unsigned int i;

	scols_init_debug(0);
	print->table = check(scols_new_table());
	check_ret(scols_table_set_name(print->table, print->schema->name));
	check_ret(scols_table_enable_json(print->table, print->format == PRINT_FORMAT_JSON));
	check_ret(scols_table_enable_raw(print->table, print->format == PRINT_FORMAT_RAW));
	check_ret(scols_table_enable_noheadings(print->table, options->no_headings));
	for (i = 0; i < print->shown_count; i++)
		add_column(print, print->shown[i]);
}

static void measure_keys(struct print *print)
{
	unsigned int i;

	for (i = 0; i < print->shown_count; i++) {
		int width = strlen(print->schema->columns[print->shown[i]].name);

		if (width > print->key_width)
			print->key_width = width;
	}
}

/* In a stream nobody knows what is still to come: columns are as wide as the verb says. */
static void print_padded(const struct print *print, unsigned int place, const char *text)
{
	unsigned int column = print->shown[place];
	int width = print->schema->widths[column];

	if (place)
		putchar(' ');
	if (print->schema->columns[column].kind != PRINT_TEXT)
		printf("%*s", width, text);
	else
		printf("%-*s", place + 1 < print->shown_count ? width : 0, text);
}

static void open_stream(struct print *print, const struct print_options *options)
{
	unsigned int i;

	if (options->no_headings || print->format == PRINT_FORMAT_JSON)
		return;
	for (i = 0; i < print->shown_count; i++)
		print_padded(print, i, print->schema->columns[print->shown[i]].name);
	putchar('\n');
}

static void print_json_text(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if ((unsigned char)*text < ' ')
			printf("\\u%04x", *text);
		else
			printf(*text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
	}
	putchar('"');
}

static void print_json_member(const struct print_column *column, const char *text)
{
	const char *name;

	putchar('"');
	for (name = column->name; *name; name++)
		putchar(ascii_lower(*name));
	fputs("\": ", stdout);
	if (!text)
		fputs("null", stdout);
	else if (column->kind == PRINT_TEXT)
		print_json_text(text);
	else
		fputs(text, stdout);
}

static void print_stream_row(const struct print *print, const void *row)
{
	bool json = print->format == PRINT_FORMAT_JSON;
	unsigned int i;

	for (i = 0; i < print->shown_count; i++) {
		const struct print_column *column = &print->schema->columns[print->shown[i]];
		struct print_cell cell = { .print = print, .kind = column->kind };

		print->schema->fill(&cell, print->shown[i], row);
		if (json) {
			fputs(i ? ", " : "{", stdout);
			print_json_member(column, cell.text);
		} else {
			print_padded(print, i, cell.text ? cell.text : "");
		}
		free(cell.text);
	}
	fputs(json ? "}\n" : "\n", stdout);
}

void print_abandon(struct print *print)
{
	scols_unref_table(print->table);
	free(print->shown);
	free(print);
}

struct print *print_open(const struct print_schema *schema, const struct print_options *options,
			 const char **bad_column)
{
	struct print *print = check(calloc(1, sizeof(*print)));

	print->schema = schema;
	print->format = options->format;
	print->bytes = options->bytes;
	print->stream = options->stream;
	print->no_headings = options->no_headings;
	print->shown = check(calloc(schema->count, sizeof(*print->shown)));
	*bad_column = choose_columns(print, options);
	if (*bad_column) {
		print_abandon(print);
		return NULL;
	}
	if (print->stream)
		open_stream(print, options);
	else if (print->format == PRINT_FORMAT_LINES)
		measure_keys(print);
	else
		open_table(print, options);
	return print;
}

static void print_line(const struct print *print, const char *name, const char *text)
{
	int padding = print->key_width - (int)strlen(name);

	if (print->no_headings) {
		printf("%s\n", text ? text : "");
		return;
	}
	for (; *name; name++)
		putchar(ascii_lower(*name));
	if (text)
		printf(":%*s%s\n", padding + 1, "", text);
	else
		printf(":\n");
}

void print_row(struct print *print, const void *row)
{
	struct libscols_line *line = NULL;
	unsigned int i;

	if (print->stream)
		return print_stream_row(print, row);
	if (print->table)
		line = check(scols_table_new_line(print->table, NULL));
	else if (print->later_row)
		putchar('\n');
	print->later_row = true;
	for (i = 0; i < print->shown_count; i++) {
		const struct print_column *column = &print->schema->columns[print->shown[i]];
		struct print_cell cell = { .print = print, .kind = column->kind };

		print->schema->fill(&cell, print->shown[i], row);
		if (line) {
			if (cell.text)
				check_ret(scols_line_refer_data(line, i, cell.text));
		} else {
			print_line(print, column->name, cell.text);
			free(cell.text);
		}
	}
}

void print_close(struct print *print)
{
	if (print->table)
		check_ret(scols_print_table(print->table));
	print_abandon(print);
}

char *print_close_text(struct print *print, unsigned int width)
{
	char *text = NULL;

	check_ret(scols_table_set_termforce(print->table, SCOLS_TERMFORCE_ALWAYS));
	check_ret(scols_table_set_termwidth(print->table, width));
	check_ret(scols_print_table_to_string(print->table, &text));
	print_abandon(print);
	return check(text);
}

void print_text(struct print_cell *cell, const char *text)
{
	free(cell->text);
	cell->text = text && *text ? check(strdup(text)) : NULL;
}

void print_signed(struct print_cell *cell, int64_t number)
{
	char text[NUMBER_TEXT_LEN];

	snprintf(text, sizeof(text), "%" PRId64, number);
	print_text(cell, text);
}

static void set_plain_number(struct print_cell *cell, uint64_t number)
{
	char text[NUMBER_TEXT_LEN];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	print_text(cell, text);
}

void print_number(struct print_cell *cell, uint64_t number)
{
	char text[SIZE_TEXT_LEN];

	if (cell->kind == PRINT_FLAG && cell->print->format == PRINT_FORMAT_LINES) {
		print_text(cell, number ? "yes" : "no");
	} else if (cell->kind == PRINT_FLAG && cell->print->format == PRINT_FORMAT_JSON) {
		print_text(cell, number ? "true" : "false");
	} else if (cell->kind == PRINT_SIZE && !plain(cell->print)) {
		size_format(number, text);
		print_text(cell, text);
	} else if (cell->kind == PRINT_TIME && !plain(cell->print)) {
		time_format(number, text);
		print_text(cell, text);
	} else {
		set_plain_number(cell, number);
	}
}

/* Three digits or four, for people. */
static void format_rate(double rate, char text[NUMBER_TEXT_LEN])
{
	static const char suffixes[] = "kMGTPE";
	int power = 0;

	if (rate < 9.95) {
		snprintf(text, NUMBER_TEXT_LEN, rate < 0.05 ? "0" : "%.1f", rate);
		return;
	}
	while (rate >= 9999.5 && power < (int)strlen(suffixes)) {
		rate /= 1000;
		power++;
	}
	snprintf(text, NUMBER_TEXT_LEN, power && rate < 99.95 ? "%.1f%.1s" : "%.0f%.1s", rate,
		 power ? &suffixes[power - 1] : "");
}

void print_rate(struct print_cell *cell, double rate)
{
	char text[NUMBER_TEXT_LEN];

	if (plain(cell->print))
		snprintf(text, sizeof(text), "%.2f", rate);
	else
		format_rate(rate, text);
	print_text(cell, text);
}

void print_word(struct print_cell *cell, const char *word, uint64_t number)
{
	if (plain(cell->print))
		set_plain_number(cell, number);
	else
		print_text(cell, word);
}

void print_numbers(struct print_cell *cell, const uint64_t *numbers, unsigned int count)
{
	char separator = cell->print->format == PRINT_FORMAT_JSON ? '\n' : ',';
	size_t length = 0, size = (size_t)count * NUMBER_TEXT_LEN + 1;
	unsigned int i;

	free(cell->text);
	cell->text = check(calloc(1, size));
	for (i = 0; i < count; i++) {
		if (i)
			cell->text[length++] = separator;
		length += snprintf(cell->text + length, size - length, "%" PRIu64, numbers[i]);
	}
}

void print_columns_help(FILE *file, const struct print_schema *schema)
{
	unsigned int i;

	fprintf(file, "\nColumns (* shown by default):\n");
	for (i = 0; i < schema->count; i++) {
		const struct print_column *column = &schema->columns[i];

		fprintf(file, " %c %-12s %s\n", column->flags & PRINT_DEFAULT ? '*' : ' ',
			column->name, column->help);
	}
}
