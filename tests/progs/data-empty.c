// SPDX-License-Identifier: GPL-2.0
/*
 * usage: data-empty write|HOW LENGTH DEVICE <POSITIONS
 *
 * Empties so many bytes at each of the positions, a line each, in the way that HOW names (see
 * data.h); or writes them, each 8 bytes with their position.
 */
#include "data.h"

static void write_position(int fd, uint64_t *buf, uint64_t pos, size_t len)
{
	size_t i;

	for (i = 0; i < len / sizeof(*buf); i++)
		buf[i] = pos + i * sizeof(*buf);
	write_all(fd, buf, len, pos);
}

int main(int argc, char **argv)
{
	char line[64];
	uint64_t len;
	bool write;
	void *buf;
	int fd;

	if (argc != 4)
		die("usage: data-empty write|HOW LENGTH DEVICE");
	write = !strcmp(argv[1], "write");
	len = number(argv[2]);
	fd = open_disk(argv[3], O_DIRECT);
	buf = io_buffer(len);

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (write)
			write_position(fd, buf, number(line), len);
		else
			empty(fd, empty_named(argv[1]), number(line), len);
	}
	return 0;
}
