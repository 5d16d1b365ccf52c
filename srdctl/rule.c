// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - rules by which a disk fails, as people write and read them
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ascii.h"
#include "rule.h"
#include "size.h"

#define OP(name)	(1U << SRD_OP_##name)
#define OPS_ALL		(OP(COUNT) - 1)
#define OPS_CHANGE	(OP(WRITE) | OP(DISCARD) | OP(WRITE_ZEROES) | OP(SECURE_ERASE))

/* What a rule can do, to what, and to what where the user does not say. */
static const struct {
	const char *key;
	uint32_t ops;
	uint32_t default_ops;
} whats[SRD_FAULT_COUNT] = {
	[SRD_FAULT_ERROR]	= { "error", OPS_ALL, OP(READ) | OP(WRITE) },
	[SRD_FAULT_DELAY]	= { "delay", OPS_ALL, OP(READ) | OP(WRITE) },
	[SRD_FAULT_TORN]	= { "torn", OPS_CHANGE, OP(WRITE) },
	[SRD_FAULT_DROP]	= { "drop", OPS_CHANGE | OP(FLUSH), OP(WRITE) },
	[SRD_FAULT_FLIP]	= { "flip", OP(READ) | OP(WRITE), OP(READ) },
	[SRD_FAULT_TIMEOUT]	= { "timeout", OPS_ALL, OP(READ) | OP(WRITE) },
	[SRD_FAULT_POWERCUT]	= { "powercut", OPS_ALL, OP(WRITE) | OP(FLUSH) },
};

/* The errnos, and what they say of a disk; the last one in the list of an errno is shown. */
static const struct {
	const char *name;
	int error;
} errors[] = {
	{ "EIO", EIO },
	{ "ENOSPC", ENOSPC },
	{ "ETIMEDOUT", ETIMEDOUT },
	{ "medium", ENODATA }, { "ENODATA", ENODATA },
	{ "protection", EILSEQ }, { "EILSEQ", EILSEQ },
	{ "target", EREMOTEIO }, { "EREMOTEIO", EREMOTEIO },
	{ "transport", ENOLINK }, { "ENOLINK", ENOLINK },
	{ "reservation", EBADE }, { "EBADE", EBADE },
	{ "ENOMEM", ENOMEM },
	{ "offline", ENODEV }, { "ENODEV", ENODEV },
};

struct parse {
	const struct verb *verb;
	struct srd_rule *rule;
	const char *seen[16];	/* keys that have been given */
	unsigned int seen_count;
	bool error;		/* error= is one of them */
};

static bool wrong(const struct parse *parse, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Complains; returns false. */
static bool wrong(const struct parse *parse, const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	verb_usage(parse->verb, "%s: %s", parse->verb->name, text);
	return false;
}

static bool parse_op(const struct parse *parse, const char *name, size_t length)
{
	int op;

	if (length == 3 && !strncmp(name, "all", length)) {
		parse->rule->ops |= OPS_ALL;
		return true;
	}
	for (op = 0; op < SRD_OP_COUNT; op++) {
		if (strlen(verb_ops[op]) == length && !strncmp(verb_ops[op], name, length)) {
			parse->rule->ops |= 1U << op;
			return true;
		}
	}
	return wrong(parse,
		     "'%.*s' is none of %s, %s, %s, %s, %s, %s and all", (int)length, name,
		     verb_ops[0], verb_ops[1], verb_ops[2], verb_ops[3], verb_ops[4], verb_ops[5]);
}

static bool parse_ops(struct parse *parse, const char *value)
{
	for (;;) {
		size_t length = strcspn(value, ",");

		if (!parse_op(parse, value, length))
			return false;
		if (!value[length])
			return true;
		value += length + 1;
	}
}

/* START-END, START- or START+LENGTH; @text is the caller's to change. */
static bool parse_range(struct parse *parse, char *text)
{
	struct srd_rule *rule = parse->rule;
	size_t split = strcspn(text, "-+");
	char sign = text[split];
	const char *second;
	uint64_t start, end;

	if (!sign)
		return wrong(parse, "range '%s' is neither START-END nor START+LENGTH", text);
	text[split] = '\0';
	second = text + split + 1;
	if (!verb_size(parse->verb, "start of the range", text, &start))
		return false;
	rule->start = start;
	if (sign == '-' && !*second)
		return true;
	if (!verb_size(parse->verb, sign == '-' ? "end of the range" : "length of the range",
		       second, &end))
		return false;
	if (sign == '+' && __builtin_add_overflow(end, start, &end))
		return wrong(parse, "the range ends behind any disk");
	if (end <= start)
		return wrong(parse, "the range is empty: its end is the byte behind its last one");
	rule->end = end;
	return true;
}

static bool parse_positive(const struct parse *parse, const char *key, const char *value,
			   uint64_t *number)
{
	if (!verb_number64(parse->verb, key, value, number))
		return false;
	return *number || wrong(parse, "%s must not be 0", key);
}

static bool parse_chance(const struct parse *parse, const char *value)
{
	switch (chance_parse(value, &parse->rule->probability)) {
	case 0:
		return true;
	case -ERANGE:
		return wrong(parse, "chance %s is not above 0 and at most 1, or 100%%", value);
	default:
		return wrong(parse, "chance '%s' is not like 1%%, 0.01 or 1/100", value);
	}
}

/* Rules do one thing. */
static bool set_what(struct parse *parse, enum srd_fault what)
{
	if (parse->rule->what != SRD_FAULT_COUNT)
		return wrong(parse, "a rule does one thing: either %s or %s",
			     whats[parse->rule->what].key, whats[what].key);
	parse->rule->what = what;
	return true;
}

static bool parse_error(struct parse *parse, const char *value)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		if (ascii_same(errors[i].name, value)) {
			parse->rule->error = errors[i].error;
			parse->error = true;
			return true;
		}
	}
	return wrong(parse, "'%s' is no error that a disk can have, such as EIO or medium", value);
}

static bool parse_delay(struct parse *parse, const char *value)
{
	uint64_t delay;

	if (!set_what(parse, SRD_FAULT_DELAY) ||
	    !verb_time(parse->verb, "delay", value, &delay))
		return false;
	parse->rule->delay = delay;
	return delay || wrong(parse, "delay must not be 0");
}

/* BLOCKS, or BLOCKS,error=NAME. */
static bool parse_torn(struct parse *parse, char *text)
{
	char *comma = strchr(text, ',');

	if (comma) {
		*comma++ = '\0';
		if (strncmp(comma, "error=", 6))
			return wrong(parse, "behind torn=%s comes '%s', not error=NAME", text,
				     comma);
		if (parse->error)
			return wrong(parse, "error= is there twice");
		if (!parse_error(parse, comma + 6))
			return false;
	}
	if (!set_what(parse, SRD_FAULT_TORN) ||
	    !verb_number(parse->verb, "torn", text, UINT32_MAX, &parse->rule->blocks))
		return false;
	return parse->rule->blocks ||
	       wrong(parse, "torn must not be 0: where nothing is done, that is error=EIO or drop");
}

static bool parse_flip(struct parse *parse, const char *value)
{
	uint64_t bit;

	if (!set_what(parse, SRD_FAULT_FLIP))
		return false;
	if (!value)
		return true;
	if (!verb_number64(parse->verb, "flip", value, &bit))
		return false;
	parse->rule->flags |= SRD_RULE_BIT;
	parse->rule->bit = bit;
	return true;
}

/* Those that may be a word alone. */
static bool parse_word(struct parse *parse, const char *key, const char *value, bool *known)
{
	enum srd_fault what;

	*known = true;
	if (!strcmp(key, "flip"))
		return parse_flip(parse, value);
	if (!strcmp(key, "drop"))
		what = SRD_FAULT_DROP;
	else if (!strcmp(key, "timeout"))
		what = SRD_FAULT_TIMEOUT;
	else if (!strcmp(key, "powercut"))
		what = SRD_FAULT_POWERCUT;
	else
		return *known = false;
	if (value)
		return wrong(parse, "%s is a word alone, without a value", key);
	return set_what(parse, what);
}

static bool parse_value(struct parse *parse, const char *key, char *value)
{
	struct srd_rule *rule = parse->rule;
	uint64_t number;

	if (!strcmp(key, "op"))
		return parse_ops(parse, value);
	if (!strcmp(key, "range"))
		return parse_range(parse, value);
	if (!strcmp(key, "chance"))
		return parse_chance(parse, value);
	if (!strcmp(key, "error"))
		return parse->error ? wrong(parse, "error= is there twice") :
				      parse_error(parse, value);
	if (!strcmp(key, "delay"))
		return parse_delay(parse, value);
	if (!strcmp(key, "torn"))
		return parse_torn(parse, value);
	if (!strcmp(key, "every")) {
		if (!verb_number(parse->verb, key, value, UINT32_MAX, &rule->every))
			return false;
		return rule->every || wrong(parse, "every must not be 0");
	}
	if (!strcmp(key, "after")) {
		if (!verb_number64(parse->verb, key, value, &number))
			return false;
		rule->after = number;
		return true;
	}
	if (!strcmp(key, "times")) {
		if (!parse_positive(parse, key, value, &number))
			return false;
		rule->times = number;
		return true;
	}
	if (strcmp(key, "seed"))
		return wrong(parse, "unknown word '%s'", key);
	if (!verb_number64(parse->verb, key, value, &number))
		return false;
	rule->flags |= SRD_RULE_SEED;
	rule->seed = number;
	return true;
}

static bool is_repeated(struct parse *parse, const char *key)
{
	unsigned int i;

	for (i = 0; i < parse->seen_count; i++) {
		if (!strcmp(parse->seen[i], key))
			return true;
	}
	if (parse->seen_count < ARRAY_SIZE(parse->seen))
		parse->seen[parse->seen_count++] = key;
	return false;
}

/* @word is the command line's own, and split here. */
static bool parse_key(struct parse *parse, char *word)
{
	char *value = strchr(word, '=');
	bool known, good;

	if (value)
		*value++ = '\0';
	if (is_repeated(parse, word))
		return wrong(parse, "%s is there twice", word);
	good = parse_word(parse, word, value, &known);
	if (known)
		return good;
	if (!value)
		return wrong(parse, "'%s' has no =, and is none of drop, flip, timeout, powercut",
			     word);
	return parse_value(parse, word, value);
}

/* What no word is wrong in, but all of them together. */
static bool check(struct parse *parse)
{
	struct srd_rule *rule = parse->rule;
	int op;

	if (rule->what == SRD_FAULT_COUNT && parse->error)
		rule->what = SRD_FAULT_ERROR;
	if (rule->what == SRD_FAULT_COUNT)
		return wrong(parse,
			     "say what goes wrong: error=EIO, delay=10ms, torn=1, drop, flip, %s",
			     "timeout or powercut");
	if (parse->error && rule->what != SRD_FAULT_ERROR && rule->what != SRD_FAULT_TORN)
		return wrong(parse, "a rule does one thing: either error or %s",
			     whats[rule->what].key);
	if (!rule->ops)
		rule->ops = whats[rule->what].default_ops;
	for (op = 0; op < SRD_OP_COUNT; op++) {
		if (rule->ops & ~whats[rule->what].ops & 1U << op)
			return wrong(parse, "there is no %s of a %s", whats[rule->what].key,
				     verb_ops[op]);
	}
	return true;
}

bool rule_parse(const struct verb *verb, char * const *words, int count, struct srd_rule *rule)
{
	struct parse parse = { .verb = verb, .rule = rule };
	int i;

	memset(rule, 0, sizeof(*rule));
	rule->what = SRD_FAULT_COUNT;
	for (i = 0; i < count; i++) {
		if (!parse_key(&parse, words[i]))
			return false;
	}
	if (!check(&parse))
		return false;
	if (!(rule->flags & SRD_RULE_SEED)) {
		rule->flags |= SRD_RULE_SEED;
		rule->seed = verb_seed();
	}
	return true;
}

static void append(char text[RULE_TEXT_LEN], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void append(char text[RULE_TEXT_LEN], const char *format, ...)
{
	size_t length = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + length, RULE_TEXT_LEN - length, format, arguments);
	va_end(arguments);
}

void rule_ops(const struct srd_rule *rule, char text[RULE_TEXT_LEN])
{
	int op;

	*text = '\0';
	if (rule->ops == OPS_ALL) {
		append(text, "all");
		return;
	}
	for (op = 0; op < SRD_OP_COUNT; op++) {
		if (rule->ops & 1U << op)
			append(text, "%s%s", *text ? "," : "", verb_ops[op]);
	}
}

/* A suffix only where nothing is lost by it. */
static void append_size(char text[RULE_TEXT_LEN], uint64_t size, bool bytes)
{
	char short_text[SIZE_TEXT_LEN];
	uint64_t same;

	size_format(size, short_text);
	if (!bytes && size && !size_parse(short_text, &same) && same == size)
		append(text, "%s", short_text);
	else
		append(text, "%" PRIu64, size);
}

void rule_range(const struct srd_rule *rule, bool bytes, char text[RULE_TEXT_LEN])
{
	*text = '\0';
	if (!rule->start && !rule->end)
		return;
	append_size(text, rule->start, bytes);
	append(text, "-");
	if (rule->end)
		append_size(text, rule->end, bytes);
}

void rule_when(const struct srd_rule *rule, char text[RULE_TEXT_LEN])
{
	char chance[SIZE_TEXT_LEN];

	*text = '\0';
	if (rule->after)
		append(text, " after=%llu", (unsigned long long)rule->after);
	if (rule->every > 1)
		append(text, " every=%u", rule->every);
	if (rule->probability) {
		chance_format(rule->probability, chance);
		append(text, " chance=%s", chance);
	}
	if (rule->times)
		append(text, " times=%llu", (unsigned long long)rule->times);
	if (*text)
		memmove(text, text + 1, strlen(text));
}

static void append_error(char text[RULE_TEXT_LEN], int error)
{
	size_t i = ARRAY_SIZE(errors);

	while (i--) {
		if (errors[i].error == error) {
			append(text, "error=%s", errors[i].name);
			return;
		}
	}
	append(text, "error=%d", error);
}

void rule_what(const struct srd_rule *rule, char text[RULE_TEXT_LEN])
{
	char delay[SIZE_TEXT_LEN];

	*text = '\0';
	switch (rule->what) {
	case SRD_FAULT_ERROR:
		append_error(text, rule->error);
		break;
	case SRD_FAULT_DELAY:
		time_write(rule->delay, delay);
		append(text, "delay=%s", delay);
		break;
	case SRD_FAULT_TORN:
		append(text, "torn=%u", rule->blocks);
		if (rule->error) {
			append(text, ",");
			append_error(text, rule->error);
		}
		break;
	case SRD_FAULT_FLIP:
		append(text, "flip");
		if (rule->flags & SRD_RULE_BIT)
			append(text, "=%llu", (unsigned long long)rule->bit);
		break;
	default:
		append(text, "%s", rule->what < SRD_FAULT_COUNT ? whats[rule->what].key : "?");
	}
}
