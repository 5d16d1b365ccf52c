// SPDX-License-Identifier: GPL-2.0
/*
 * usage: data-pattern BYTES FIRST
 *
 * Prints numbers of seven digits, a line each, from FIRST on, until it has printed so many bytes:
 * the same each time, and different everywhere.
 */
#include "data.h"

#define DIGITS	7
#define LINE	(DIGITS + 1)
#define LINES	8192

static void increment(char *digits)
{
	int i = DIGITS;

	while (i-- && ++digits[i] > '9')
		digits[i] = '0';
}

int main(int argc, char **argv)
{
	static char chunk[LINES * LINE];
	char line[32];
	uint64_t left;
	size_t len;
	int i;

	if (argc != 3)
		die("usage: data-pattern BYTES FIRST");
	left = number(argv[1]);
	if (snprintf(line, sizeof(line), "%llu\n", (unsigned long long)number(argv[2])) != LINE)
		die("not a number of %d digits: %s", DIGITS, argv[2]);

	for (; left; left -= len) {
		for (i = 0; i < LINES; i++) {
			memcpy(chunk + i * LINE, line, LINE);
			increment(line);
		}
		len = left < sizeof(chunk) ? left : sizeof(chunk);
		if (write(STDOUT_FILENO, chunk, len) != (ssize_t)len)
			return 1;
	}
	return 0;
}
