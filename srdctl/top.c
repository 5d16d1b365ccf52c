// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl top - what disks do now, drawn again and again
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "look.h"
#include "percentile.h"
#include "screen.h"
#include "size.h"
#include "verbs.h"

#define NS_PER_SECOND	1000000000ULL
#define NS_PER_MS	1000000
#define DELAY_MIN	(10 * NS_PER_MS)

/* ---- columns ---- */

enum {
	COLUMN_NAME,
	COLUMN_SIZE,
	COLUMN_USED,
	COLUMN_IOPS,
	COLUMN_READS,
	COLUMN_WRITES,
	COLUMN_DISCARDS,
	COLUMN_READ_BYTES,
	COLUMN_WRITE_BYTES,
	COLUMN_P50,
	COLUMN_P99,
	COLUMN_ERRORS,
	COLUMN_READ_P50,
	COLUMN_READ_P99,
	COLUMN_WRITE_P50,
	COLUMN_WRITE_P99,
	COLUMN_LABEL,
	COLUMN_SECONDS,
};

static const struct print_column columns[] = {
	[COLUMN_NAME] = { "NAME", PRINT_TEXT, PRINT_ALWAYS, "the disk" },
	[COLUMN_SIZE] = { "SIZE", PRINT_SIZE, PRINT_ALWAYS, "capacity" },
	[COLUMN_USED] = { "USED", PRINT_SIZE, PRINT_ALWAYS, "memory held, as in list" },
	[COLUMN_IOPS] = { "IOPS", PRINT_RATE, PRINT_ALWAYS, "requests of any kind, a second" },
	[COLUMN_READS] = { "R/S", PRINT_RATE, PRINT_ALWAYS, "reads a second" },
	[COLUMN_WRITES] = { "W/S", PRINT_RATE, PRINT_ALWAYS, "writes a second" },
	[COLUMN_DISCARDS] = { "D/S", PRINT_RATE, PRINT_ALWAYS, "discards a second" },
	[COLUMN_READ_BYTES] = { "RB/S", PRINT_SIZE, PRINT_ALWAYS, "bytes read a second" },
	[COLUMN_WRITE_BYTES] = { "WB/S", PRINT_SIZE, PRINT_ALWAYS, "bytes written a second" },
	[COLUMN_P50] = { "P50", PRINT_TIME, PRINT_ALWAYS,
			 "half of the requests took less; as in stats" },
	[COLUMN_P99] = { "P99", PRINT_TIME, PRINT_ALWAYS, "99 % took less" },
	[COLUMN_ERRORS] = { "ERR/S", PRINT_RATE, PRINT_ALWAYS, "failed requests a second" },
	[COLUMN_READ_P50] = { "RP50", PRINT_TIME, PRINT_DEFAULT_JSON, "P50 of reads alone" },
	[COLUMN_READ_P99] = { "RP99", PRINT_TIME, PRINT_DEFAULT_JSON, "P99 of reads alone" },
	[COLUMN_WRITE_P50] = { "WP50", PRINT_TIME, PRINT_DEFAULT_JSON, "P50 of writes alone" },
	[COLUMN_WRITE_P99] = { "WP99", PRINT_TIME, PRINT_DEFAULT_JSON, "P99 of writes alone" },
	[COLUMN_LABEL] = { "LABEL", PRINT_TEXT, PRINT_DEFAULT_JSON, "label" },
	[COLUMN_SECONDS] = { "SECONDS", PRINT_RATE, PRINT_DEFAULT_JSON,
			     "time between the two looks; empty: it is new" },
};

/* Those that are shown by default fit into 80 columns. */
static const unsigned char widths[] = {
	[COLUMN_NAME] = 6,
	[COLUMN_SIZE] = 6,
	[COLUMN_USED] = 6,
	[COLUMN_IOPS] = 5,
	[COLUMN_READS] = 5,
	[COLUMN_WRITES] = 5,
	[COLUMN_DISCARDS] = 5,
	[COLUMN_READ_BYTES] = 6,
	[COLUMN_WRITE_BYTES] = 6,
	[COLUMN_P50] = 6,
	[COLUMN_P99] = 6,
	[COLUMN_ERRORS] = 5,
	[COLUMN_READ_P50] = 6,
	[COLUMN_READ_P99] = 6,
	[COLUMN_WRITE_P50] = 6,
	[COLUMN_WRITE_P99] = 6,
	[COLUMN_LABEL] = 8,
	[COLUMN_SECONDS] = 7,
};

static uint64_t bytes_rate(const struct look_row *row, int op)
{
	return (uint64_t)(row->op[op].bytes / row->seconds + 0.5);
}

/* What is not known of a disk that was not there before. */
static void fill_rate(struct print_cell *cell, unsigned int column, const struct look_row *row)
{
	switch (column) {
	case COLUMN_IOPS:
		return print_rate(cell, row->all.ios / row->seconds);
	case COLUMN_READS:
		return print_rate(cell, row->op[SRD_OP_READ].ios / row->seconds);
	case COLUMN_WRITES:
		return print_rate(cell, row->op[SRD_OP_WRITE].ios / row->seconds);
	case COLUMN_DISCARDS:
		return print_rate(cell, row->op[SRD_OP_DISCARD].ios / row->seconds);
	case COLUMN_READ_BYTES:
		return print_number(cell, bytes_rate(row, SRD_OP_READ));
	case COLUMN_WRITE_BYTES:
		return print_number(cell, bytes_rate(row, SRD_OP_WRITE));
	case COLUMN_P50:
		return percentile_fill(cell, row->all.latency, 500);
	case COLUMN_P99:
		return percentile_fill(cell, row->all.latency, 990);
	case COLUMN_ERRORS:
		return print_rate(cell, row->all.errors / row->seconds);
	case COLUMN_READ_P50:
		return percentile_fill(cell, row->op[SRD_OP_READ].latency, 500);
	case COLUMN_READ_P99:
		return percentile_fill(cell, row->op[SRD_OP_READ].latency, 990);
	case COLUMN_WRITE_P50:
		return percentile_fill(cell, row->op[SRD_OP_WRITE].latency, 500);
	case COLUMN_WRITE_P99:
		return percentile_fill(cell, row->op[SRD_OP_WRITE].latency, 990);
	default:
		print_rate(cell, row->seconds);
	}
}

static void fill(struct print_cell *cell, unsigned int column, const void *data)
{
	const struct look_row *row = data;
	const struct srd_ioc_info *info = &row->now->disk.info;

	switch (column) {
	case COLUMN_NAME:
		return print_text(cell, info->name);
	case COLUMN_SIZE:
		return print_number(cell, info->capacity);
	case COLUMN_USED:
		return print_number(cell, info->used);
	case COLUMN_LABEL:
		return print_text(cell, info->label);
	default:
		if (row->seconds > 0)
			fill_rate(cell, column, row);
	}
}

static const struct print_schema schema = {
	.name = "top",
	.columns = columns,
	.count = ARRAY_SIZE(columns),
	.widths = widths,
	.fill = fill,
};

/* ---- order ---- */

static double value_iops(const struct look_row *row)
{
	return row->seconds > 0 ? row->all.ios / row->seconds : -1;
}

static double value_bytes(const struct look_row *row)
{
	return row->seconds > 0 ? row->all.bytes / row->seconds : -1;
}

static double value_latency(const struct look_row *row)
{
	uint64_t end;

	if (!percentile_count(row->all.latency))
		return -1;
	end = percentile_end(row->all.latency, 990);
	return end ? (double)end : (double)UINT64_MAX;
}

static double value_used(const struct look_row *row)
{
	return row->now->disk.info.used;
}

static const struct order {
	char key;
	const char *name;
	double (*value)(const struct look_row *row);	/* the largest first; NULL: as they are */
} orders[] = {
	{ 'n', "name", NULL },
	{ 'i', "iops", value_iops },
	{ 'b', "bytes", value_bytes },
	{ 'l', "latency", value_latency },
	{ 'u', "used", value_used },
};

static int compare(const void *a, const void *b, void *argument)
{
	const struct look_row *row_a = a, *row_b = b;
	const struct order *order = argument;
	double value_a = order->value(row_a), value_b = order->value(row_b);

	if (value_a != value_b)
		return value_a < value_b ? 1 : -1;
	/* those that are alike keep their order */
	return row_a->now < row_b->now ? -1 : 1;
}

static void sort(struct look_row *rows, unsigned int count, const struct order *order)
{
	if (rows && order->value)
		qsort_r(rows, count, sizeof(*rows), compare, (void *)order);
}

/* ---- once ---- */

struct top {
	const struct verb *verb;
	char **names;
	int name_count;
	uint64_t delay;			/* ns */
	const struct order *order;
	struct print_options options;
};

static void pause_for(uint64_t ns)
{
	struct timespec time = { .tv_sec = ns / NS_PER_SECOND, .tv_nsec = ns % NS_PER_SECOND };

	nanosleep(&time, NULL);
}

static void add_rows(struct print *print, const struct look_row *rows, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		print_row(print, &rows[i]);
}

/* Both looks, and a table of what is between them. */
static int look_twice(const struct top *top, const struct device *dev, struct print *print)
{
	struct look before, now = { 0 };
	struct look_row *rows = NULL;
	int ret;

	ret = look_take(&before, dev, top->names, top->name_count);
	if (!ret) {
		pause_for(top->delay);
		ret = look_take(&now, dev, top->names, top->name_count);
	}
	if (!ret && now.count) {
		rows = look_compare(&before, &now);
		ret = rows ? 0 : -ENOMEM;
	}
	if (!ret) {
		sort(rows, now.count, top->order);
		add_rows(print, rows, now.count);
		if (!now.count && !top->name_count && top->options.format == PRINT_FORMAT_TABLE)
			verb_warn("there are no disks (make one: srdctl create --size 1G)");
	}
	free(rows);
	look_free(&before);
	look_free(&now);
	return ret ? verb_failed("top", ret, NULL) : EXIT_SUCCESS;
}

/* Complains of those that are not there. */
static bool find_all(const struct top *top, const struct device *dev)
{
	struct device_disk disk;
	bool found = true;
	int i;

	for (i = 0; i < top->name_count; i++)
		found &= verb_find(dev, top->names[i], &disk);
	return found;
}

static int run_once(const struct top *top, struct print *print)
{
	struct device dev;
	int status;

	if (!verb_open(&dev, DEVICE_READ_SYSFS)) {
		print_abandon(print);
		return EXIT_FAILURE;
	}
	status = find_all(top, &dev) ? look_twice(top, &dev, print) : EXIT_FAILURE;
	device_close(&dev);
	if (status == EXIT_SUCCESS)
		print_close(print);
	else
		print_abandon(print);
	return status;
}

/* ---- again and again ---- */

/* What is on the screen. */
struct view {
	const struct top *top;
	const struct order *order;
	struct look before, now;
	int error;			/* why there is no look */
	bool has_memory;
	struct srd_ioc_memory memory;
};

/*
 * The control node is opened for each look: with it open all the time, the module could not be
 * unloaded, and another one not be seen.
 */
static void look_again(struct view *view)
{
	struct device dev;

	look_free(&view->before);
	view->before = view->now;
	view->now = (struct look){ 0 };
	view->error = device_open(&dev, DEVICE_READ_SYSFS);
	view->has_memory = false;
	if (view->error)
		return;
	view->error = look_take(&view->now, &dev, view->top->names, view->top->name_count);
	view->has_memory = !device_memory(&dev, &view->memory);
	device_close(&dev);
}

/* As many columns as there is room for, in their order; all that are chosen where the user did. */
static void choose_columns(const struct top *top, unsigned int width, char text[256],
			   struct print_options *options)
{
	unsigned int i, used = 0;

	*options = top->options;
	if (options->columns || options->all)
		return;
	*text = '\0';
	for (i = 0; i < COLUMN_SECONDS; i++) {
		used += widths[i] + !!i;
		if (used > width && i)
			break;
		snprintf(text + strlen(text), 256 - strlen(text), "%s%s", i ? "," : "",
			 columns[i].name);
	}
	options->columns = text;
}

static void draw_head(const struct view *view)
{
	char text[160], memory[80] = "", used[SIZE_TEXT_LEN], limit[SIZE_TEXT_LEN];
	char delay[SIZE_TEXT_LEN], date[16];
	time_t now = time(NULL);
	struct tm tm;

	strftime(date, sizeof(date), "%T", localtime_r(&now, &tm));
	time_write(view->top->delay, delay);
	if (view->has_memory) {
		size_format(view->memory.used, used);
		size_format(view->memory.limit, limit);
		snprintf(memory, sizeof(memory), "  all disks hold %s of %s", used, limit);
	}
	snprintf(text, sizeof(text), "%s%s  every %s, by %s", date, memory, delay,
		 view->order->name);
	screen_line(text, SCREEN_PLAIN);
}

/* What people have to know of a disk before all else. */
static bool is_alarming(const struct look_row *row)
{
	const struct srd_ioc_info *info = &row->now->disk.info;

	return row->all.errors || info->state & SRD_STATE_OFF ||
	       (info->limit && info->used + info->shared >= info->limit);
}

/* The lines of a table, as many as there is room for. */
static void draw_table(const struct view *view, const struct look_row *rows, char *text,
		       unsigned int room)
{
	unsigned int i, lines = view->now.count;
	char *line, more[64];

	if (room && !view->top->options.no_headings) {
		screen_line(strsep(&text, "\n"), SCREEN_HEADING);
		room--;
	}
	if (lines > room)
		lines = room ? room - 1 : 0;
	for (i = 0; i < lines && (line = strsep(&text, "\n")); i++)
		screen_line(line, is_alarming(&rows[i]) ? SCREEN_ALARM : SCREEN_PLAIN);
	if (lines == view->now.count)
		return;
	snprintf(more, sizeof(more), "and %u more", view->now.count - lines);
	screen_line(more, SCREEN_PLAIN);
}

static void draw_disks(const struct view *view, unsigned int rows, unsigned int width)
{
	struct look_row *disks = look_compare(&view->before, &view->now);
	struct print_options options;
	struct print *print;
	char names[256];
	char *text;

	if (!disks)
		return screen_line("no memory", SCREEN_ALARM);
	sort(disks, view->now.count, view->order);
	choose_columns(view->top, width, names, &options);
	print = verb_print(view->top->verb, &options);
	add_rows(print, disks, view->now.count);
	text = print_close_text(print, width);
	draw_table(view, disks, text, rows);
	free(text);
	free(disks);
}

static void draw(const struct view *view)
{
	unsigned int rows, width;

	screen_size(&rows, &width);
	screen_begin();
	draw_head(view);
	if (view->error == -ENOENT)
		screen_line("the module srd is not loaded", SCREEN_PLAIN);
	else if (view->error)
		screen_line(strerror(-view->error), SCREEN_ALARM);
	else if (!view->now.count)
		screen_line(view->top->name_count ? "they are gone" :
			    "there are no disks (make one: srdctl create --size 1G)", SCREEN_PLAIN);
	else
		draw_disks(view, rows > 2 ? rows - 2 : 0, width);
	screen_line("q quit  sort: n name  i IOPS  b bytes  l latency (P99)  u used", SCREEN_PLAIN);
	screen_end();
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static int ms_until(uint64_t time)
{
	uint64_t now = now_ns(), ms = time > now ? (time - now + NS_PER_MS - 1) / NS_PER_MS : 0;

	return ms > INT_MAX ? INT_MAX : (int)ms;
}

/* Returns false when the user wants to go. */
static bool take_key(struct view *view, int key)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		if (orders[i].key == key)
			view->order = &orders[i];
	}
	return key != 'q' && key != SCREEN_END;
}

static void show(const struct top *top)
{
	struct view view = { .top = top, .order = top->order };
	uint64_t next = now_ns();
	int key = SCREEN_TIME;

	screen_open();
	do {
		if (key == SCREEN_TIME && now_ns() >= next) {
			look_again(&view);
			/* those that were missed are not made up for */
			next = now_ns() + top->delay;
		}
		draw(&view);
		key = screen_wait(ms_until(next));
	} while (take_key(&view, key));
	screen_close();
	look_free(&view.before);
	look_free(&view.now);
}

static int run_screen(const struct top *top)
{
	struct device dev;
	bool found;

	if (!verb_open(&dev, DEVICE_READ_SYSFS))
		return EXIT_FAILURE;
	found = find_all(top, &dev);
	device_close(&dev);
	if (!found)
		return EXIT_FAILURE;
	show(top);
	return EXIT_SUCCESS;
}

/* ---- the verb ---- */

enum {
	OPTION_ONCE = 256,
};

static bool set_delay(struct top *top, const char *text)
{
	if (!verb_wait_time(top->verb, "delay", text, &top->delay))
		return false;
	if (top->delay >= DELAY_MIN)
		return true;
	verb_usage(top->verb, "top: a delay of 10ms or more");
	return false;
}

static bool set_order(struct top *top, const char *text)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		if (!strcmp(text, orders[i].name)) {
			top->order = &orders[i];
			return true;
		}
	}
	verb_usage(top->verb, "top: '%s' is none of name, iops, bytes, latency and used", text);
	return false;
}

static bool set_option(struct top *top, int option)
{
	switch (option) {
	case 'd':
		return set_delay(top, optarg);
	case 's':
		return set_order(top, optarg);
	default:
		return print_option(&top->options, option, optarg);
	}
}

static int run_checked(const struct top *top, bool once)
{
	struct print *print;

	if (!once && top->options.format != PRINT_FORMAT_TABLE)
		return verb_usage(top->verb, "top: --json and --raw are for --once");
	if (!once && !screen_usable())
		return verb_usage(top->verb,
				  "top: this is no terminal: use --once for one table, and --delay for what it spans");
	print = verb_print(top->verb, &top->options);
	if (!print)
		return EXIT_USAGE;
	if (once)
		return run_once(top, print);
	print_abandon(print);
	return run_screen(top);
}

static int run(const struct verb *verb, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "delay",	required_argument,	NULL, 'd' },
		{ "help",	no_argument,		NULL, 'h' },
		{ "once",	no_argument,		NULL, OPTION_ONCE },
		{ "sort",	required_argument,	NULL, 's' },
		PRINT_LONG_OPTIONS,
		{ 0 }
	};
	struct top top = {
		.verb = verb, .delay = NS_PER_SECOND, .order = orders,
		.options = { .format = PRINT_FORMAT_TABLE },
	};
	bool once = false;
	int option;

	while ((option = verb_getopt(verb, argc, argv, ":d:hs:" PRINT_SHORT_OPTIONS,
				     long_options)) != -1) {
		if (option == OPTION_ONCE)
			once = true;
		else if (!set_option(&top, option))
			return EXIT_USAGE;
	}
	top.names = argv + optind;
	top.name_count = argc - optind;
	return run_checked(&top, once);
}

const struct verb verb_top = {
	.name = "top",
	.usage = "[OPTIONS] [DEV...]",
	.summary = "show what disks do now, again and again, or once",
	.options =
		" -d, --delay TIME     time between two looks (1s); a bare number is in seconds\n"
		"     --once           look twice and print one table; for scripts\n"
		" -s, --sort ORDER     name, iops, bytes, latency (P99) or used\n"
		PRINT_HELP,
	.note =
		"Keys: q or Ctrl-C ends it; n, i, b, l, u sort by name, IOPS, bytes, latency and\n"
		"used. A wider terminal shows more columns. In red, but not with NO_COLOR set: a\n"
		"disk whose requests fail, whose power is cut or that is full.\n"
		"\n"
		"Percentiles are of requests between two looks, of which one in 64 is timed (see:\n"
		"srdctl help stats): none were, where they are empty.\n",
	.schema = &schema,
	.run = run,
};
