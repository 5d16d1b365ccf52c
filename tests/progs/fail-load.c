// SPDX-License-Identifier: GPL-2.0
/*
 * fail-load - what becomes of the module's load when its first, second, Nth allocation fails
 *
 * usage: fail-load FILE [PARAMETERS]
 *
 * As fail-nth, for the module's file.
 */
#include <sys/syscall.h>

#include "fail-nth.h"

static int fd;
static const char *parameters = "";

/* All of the module that can be seen without it. */
static char *state_without_module(char *text)
{
	FILE *to = fmemopen(text, STATE_MAX, "w"), *from = fopen("/proc/devices", "r");
	char line[80];

	if (!to || !from)
		die("/proc/devices: %s", strerror(errno));
	while (fgets(line, sizeof(line), from))
		if (strstr(line, " srd"))
			fputs(line, to);
	fclose(from);
	add_names(to, "/dev");
	add_names(to, "/sys/block");
	add_names(to, "/sys/module");
	add_names(to, "/sys/class");
	add_names(to, "/proc");
	fputc(0, to);
	fclose(to);
	return text;
}

static int run_load(void)
{
	return syscall(SYS_finit_module, fd, parameters, 0) ? errno : 0;
}

static void unload(void)
{
	if (syscall(SYS_delete_module, "srd", O_NONBLOCK))
		die("delete_module: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	static const struct attempt a = { "load", NULL, NULL, run_load, unload, false };

	if (argc < 2 || argc > 3)
		die("usage: fail-load FILE [PARAMETERS]");
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("%s: %s", argv[1], strerror(errno));
	if (argc > 2)
		parameters = argv[2];
	arm_open();
	attempt(&a, state_without_module);
	return wrong ? 1 : 0;
}
