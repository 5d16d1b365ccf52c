// SPDX-License-Identifier: GPL-2.0
/* Calls the functions of size.c: srdctl-size-test FUNCTION TEXT; prints the result or the errno. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "size.h"

static int print_error(int ret)
{
	puts(ret == -EINVAL ? "EINVAL" : ret == -ERANGE ? "ERANGE" : "?");
	return 0;
}

int main(int argc, char **argv)
{
	char text[SIZE_TEXT_LEN];
	uint32_t number;
	uint64_t size;
	int ret;

	if (argc != 3)
		return 2;
	if (!strcmp(argv[1], "parse")) {
		ret = size_parse(argv[2], &size);
		return ret ? print_error(ret) : printf("%" PRIu64 "\n", size) < 0;
	}
	if (!strcmp(argv[1], "number")) {
		ret = number_parse(argv[2], 1000, &number);
		return ret ? print_error(ret) : printf("%" PRIu32 "\n", number) < 0;
	}
	if (!strcmp(argv[1], "number64") || !strcmp(argv[1], "time-parse")) {
		ret = (*argv[1] == 'n' ? number64_parse : time_parse)(argv[2], &size);
		return ret ? print_error(ret) : printf("%" PRIu64 "\n", size) < 0;
	}
	if (!strcmp(argv[1], "chance")) {
		ret = chance_parse(argv[2], &number);
		return ret ? print_error(ret) : printf("%" PRIu32 "\n", number) < 0;
	}
	if (!strcmp(argv[1], "chance-format"))
		chance_format(strtoul(argv[2], NULL, 10), text);
	else if (!strcmp(argv[1], "time-write"))
		time_write(strtoull(argv[2], NULL, 10), text);
	else if (!strcmp(argv[1], "format"))
		size_format(strtoull(argv[2], NULL, 10), text);
	else
		time_format(strtoull(argv[2], NULL, 10), text);
	return puts(text) < 0;
}
