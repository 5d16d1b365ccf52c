// SPDX-License-Identifier: GPL-2.0
/*
 * refused - loads that must fail
 *
 * usage: refused TEXT PARAMETERS...
 *
 * Each PARAMETERS is a list of PARAMETER=VALUE, separated by blanks. With none of these lists may
 * `modprobe srd` succeed; it has to say TEXT; the kernel's log must have exactly one line of srd
 * that names the list's last parameter and its value (the last entry, if that is a list itself);
 * nothing of the module may be left behind. Says what is wrong; exit status 1 if anything is.
 */
#include <err.h>
#include <fcntl.h>
#include <glob.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int failures;

static void wrong(const char *format, ...)
{
	va_list args;

	failures++;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* Run modprobe; fill said with what it says, and return its status. */
static int load(const char *parameters, char *said, size_t size)
{
	char *list = strdup(parameters), *word, *argv[16] = { "modprobe", "srd" };
	int argc = 2, status, to_us[2];
	posix_spawn_file_actions_t actions;
	ssize_t n, len = 0;
	pid_t pid;

	for (word = strtok(list, " "); word && argc < 15; word = strtok(NULL, " "))
		argv[argc++] = word;
	if (pipe2(to_us, O_CLOEXEC))
		err(2, "pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, to_us[1], STDERR_FILENO);
	if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ))
		errx(2, "modprobe cannot be run");
	posix_spawn_file_actions_destroy(&actions);
	close(to_us[1]);
	while ((n = read(to_us[0], said + len, size - 1 - len)) > 0)
		len += n;
	said[len] = '\0';
	close(to_us[0]);
	free(list);
	if (waitpid(pid, &status, 0) < 0)
		err(2, "waitpid");
	return status;
}

/* Whether the parameter and its value both stand in the line. */
static bool names(const char *line, const char *parameters)
{
	const char *last = strrchr(parameters, ' ');
	const char *name = last ? last + 1 : parameters;
	const char *value = strpbrk(name, "=") + 1;
	const char *comma = strrchr(value, ',');

	return memmem(line, strlen(line), name, value - name - 1) &&
	       strstr(line, comma ? comma + 1 : value);
}

static void look_at_log(int log, const char *parameters)
{
	char record[8192], *line;
	int lines = 0;
	ssize_t n;

	while ((n = read(log, record, sizeof(record) - 1)) > 0) {
		record[n] = '\0';
		line = strchr(record, ';');
		if (!line || strncmp(++line, "srd: ", 5))
			continue;
		/* What the kernel has to say of any module that is not its own. */
		if (strstr(line, "taints kernel") || strstr(line, "verification failed"))
			continue;
		lines++;
		if (!names(line, parameters))
			wrong("%s: not named in the log: %s", parameters, line);
	}
	if (lines != 1)
		wrong("%s: %d lines in the log", parameters, lines);
}

static void look_for_rests(const char *parameters)
{
	static const char * const traces[] = {
		"/sys/module/srd", "/sys/block/srd*", "/dev/srd*", "/proc/srd"
	};
	char line[256];
	glob_t found;
	FILE *devices;
	size_t i;

	for (i = 0; i < sizeof(traces) / sizeof(traces[0]); i++) {
		if (!glob(traces[i], GLOB_NOSORT, NULL, &found)) {
			wrong("%s: left behind: %s", parameters, found.gl_pathv[0]);
			globfree(&found);
		}
	}
	devices = fopen("/proc/devices", "r");
	if (!devices)
		err(2, "/proc/devices");
	while (fgets(line, sizeof(line), devices))
		if (strstr(line, " srd\n"))
			wrong("%s: left behind in /proc/devices: %s", parameters, line);
	fclose(devices);
}

int main(int argc, char **argv)
{
	char said[4096];
	int log, i;

	if (argc < 3)
		errx(2, "usage: refused TEXT PARAMETERS...");
	log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (log < 0 || lseek(log, 0, SEEK_END) < 0)
		err(2, "/dev/kmsg");
	for (i = 2; i < argc; i++) {
		if (!load(argv[i], said, sizeof(said)))
			wrong("%s: loaded", argv[i]);
		else if (!strstr(said, argv[1]))
			wrong("%s: modprobe said %s", argv[i], said);
		look_at_log(log, argv[i]);
		look_for_rests(argv[i]);
	}
	return failures ? 1 : 0;
}
