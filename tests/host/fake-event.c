// SPDX-License-Identifier: GPL-2.0
/*
 * Writes events for fake-control.c: fake-event KIND [FIELD=NUMBER...]
 *
 * To stdout. A size that is not that of struct srd_event makes it so long, and what is behind it 1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/srd.h>

static int set(struct srd_event *event, const char *field, long long value)
{
	if (!strcmp(field, "size"))
		event->size = value;
	else if (!strcmp(field, "sequence"))
		event->sequence = value;
	else if (!strcmp(field, "time"))
		event->time = value;
	else if (!strcmp(field, "lost"))
		event->lost = value;
	else if (!strcmp(field, "number"))
		event->number = value;
	else if (!strcmp(field, "other"))
		event->other = value;
	else if (!strcmp(field, "op"))
		event->op = value;
	else if (!strcmp(field, "error"))
		event->error = value;
	else if (!strcmp(field, "rule"))
		event->rule = value;
	else if (!strcmp(field, "what"))
		event->what = value;
	else if (!strcmp(field, "start"))
		event->start = value;
	else if (!strcmp(field, "length"))
		event->length = value;
	else if (!strcmp(field, "value"))
		event->value = value;
	else
		return 1;
	return 0;
}

int main(int argc, char **argv)
{
	struct srd_event event = { .size = sizeof(event), .number = -1, .other = -1 };
	char *value;
	size_t i;
	int arg;

	if (argc < 2)
		return 2;
	event.kind = atoi(argv[1]);
	for (arg = 2; arg < argc; arg++) {
		value = strchr(argv[arg], '=');
		if (!value)
			return 2;
		*value++ = '\0';
		if (set(&event, argv[arg], strtoll(value, NULL, 0)))
			return 2;
	}
	for (i = 0; i < event.size; i++)
		putchar(i < sizeof(event) ? ((char *)&event)[i] : 1);
	return fclose(stdout) ? 1 : 0;
}
