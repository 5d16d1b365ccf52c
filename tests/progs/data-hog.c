// SPDX-License-Identifier: GPL-2.0
/*
 * usage: data-hog BYTES PASSES
 *
 * Fills so much anonymous memory with what can be told from its address, and looks at all of it
 * so many times, changing it each time. What was swapped out in between must have come back.
 * Says "filled" when it has all of it.
 */
#include <sys/mman.h>

#include "data.h"

int main(int argc, char **argv)
{
	uint64_t len, passes, pass, i, *words;

	if (argc != 3)
		die("usage: data-hog BYTES PASSES");
	len = number(argv[1]);
	passes = number(argv[2]);
	words = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (words == MAP_FAILED)
		die("mmap: %s", strerror(errno));

	for (pass = 0; pass <= passes; pass++) {
		for (i = 0; i < len / sizeof(*words); i++) {
			if (words[i] != (pass ? ~i * (pass + 1) : 0))
				die("pass %llu: word %llu is %llx", (unsigned long long)pass,
				    (unsigned long long)i, (unsigned long long)words[i]);
			words[i] = ~i * (pass + 2);
		}
		if (!pass) {
			puts("filled");
			fflush(stdout);
		}
	}
	return 0;
}
