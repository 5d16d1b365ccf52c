// SPDX-License-Identifier: GPL-2.0
/*
 * srd-fuzz - what the kernel says of it, and which programs led there
 *
 * One process runs the programs and another one watches. Programs are kept where both see them,
 * and in the kernel's log, at a level that a console does not show: a kernel that panics with
 * panic_print=32 shows it all the same.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

#define KEPT		4	/* programs */
#define PATTERNS_MAX	64
#define MARK		"srd-fuzz: "
#define BEGINS		"program"

struct programs {
	atomic_uint nr;
	char text[KEPT][PROGRAM_TEXT];
};

/* Those that have begun, and those that had when the kernel said what was read last of its log. */
static struct programs *last, logged;

static regex_t patterns[PATTERNS_MAX];
static unsigned int nr_patterns;
static int kmsg_out, kmsg_in;

static void read_patterns(const char *path)
{
	char line[256], anchored[280];
	FILE *f = fopen(path, "r");

	if (!f)
		err(2, "%s", path);
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (!line[0] || line[0] == '#')
			continue;
		snprintf(anchored, sizeof(anchored), "^(%s)", line);
		if (nr_patterns == PATTERNS_MAX ||
		    regcomp(&patterns[nr_patterns++], anchored, REG_EXTENDED | REG_NOSUB))
			errx(2, "%s: %s", path, line);
	}
	fclose(f);
}

/**
 * watch_setup() - before there are two processes
 * @path: file of what the kernel says when something is wrong, as scripts/splats
 */
void watch_setup(const char *path)
{
	read_patterns(path);
	last = mmap(NULL, sizeof(*last), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	kmsg_out = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	kmsg_in = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (last == MAP_FAILED || kmsg_out < 0 || kmsg_in < 0)
		err(2, "watching");
	lseek(kmsg_in, 0, SEEK_END);
}

/* stdio would look for a position first, which the log does not have. */
static void note(const char *text, size_t len)
{
	char line[1000];
	int n = snprintf(line, sizeof(line), "<7>" MARK "%.*s", (int)len, text);

	if (n >= (int)sizeof(line))
		n = sizeof(line) - 1;
	if (write(kmsg_out, line, n) != n)
		err(2, "/dev/kmsg");
}

/**
 * watch_begin() - a program begins
 * @p: which
 */
void watch_begin(const struct program *p)
{
	char *text = last->text[(last->nr + 1) % KEPT];
	FILE *f = fmemopen(text, PROGRAM_TEXT, "w");
	const char *line;
	size_t len;

	if (!f)
		err(2, "no memory");
	program_print(p, f);
	fclose(f);
	last->nr++;
	note(BEGINS, strlen(BEGINS));
	for (line = text; *line; line += len + 1) {
		len = strcspn(line, "\n");
		note(line, len);
	}
}

static void show(const struct programs *p, uint64_t seed)
{
	unsigned int n = p->nr, i = n < KEPT ? 1 : n - KEPT + 1;

	printf("seed %llu; the last programs, newest last:\n", (unsigned long long)seed);
	for (; i <= n; i++)
		printf("# program %u\n%s\n", i, p->text[i % KEPT]);
	fflush(stdout);
}

/* A line of our own in the kernel's log. */
static void follow(const char *line)
{
	char *text = logged.text[logged.nr % KEPT];
	size_t len = strlen(text);

	if (!strcmp(line, BEGINS))
		*logged.text[++logged.nr % KEPT] = '\0';
	else
		snprintf(text + len, PROGRAM_TEXT - len, "%s\n", line);
}

/* The kernel has said something that is no good: true, and it is printed. */
static bool complains(void)
{
	char record[8192], *text;
	unsigned int priority, i;
	ssize_t n;

	for (;;) {
		n = read(kmsg_in, record, sizeof(record) - 1);
		if (n < 0 && errno == EPIPE)
			continue; /* it was faster than we */
		if (n <= 0)
			return false;
		record[n] = '\0';
		text = strchr(record, ';');
		if (!text++ || sscanf(record, "%u,", &priority) != 1)
			continue;
		text[strcspn(text, "\n")] = '\0';
		if (!strncmp(text, MARK, strlen(MARK)))
			follow(text + strlen(MARK));
		for (i = 0; (priority & 7) < 7 && i < nr_patterns; i++) {
			if (regexec(&patterns[i], text, 0, NULL, 0))
				continue;
			printf("the kernel complains: %s\n", text);
			return true;
		}
	}
}

static void show_blocked_tasks(void)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "w", 1) != 1)
		warn("sysrq");
}

/**
 * watch_child() - until the process that runs programs ends, or something is wrong
 * @pid: that process
 * @seed: what to say how to have it again
 * @patience: seconds that a program may take
 *
 * Return: exit status.
 */
int watch_child(int pid, uint64_t seed, unsigned int patience)
{
	unsigned int programs = 0;
	time_t since = time(NULL);
	int status;

	for (;;) {
		if (complains()) {
			/* It has more to say. */
			kill(pid, SIGSTOP);
			sleep(2);
			kill(pid, SIGKILL);
			show(&logged, seed);
			return 1;
		}
		if (waitpid(pid, &status, WNOHANG) == pid) {
			if (WIFEXITED(status) && !WEXITSTATUS(status) && !complains())
				return 0;
			if (WIFSIGNALED(status))
				printf("who runs programs was ended by signal %d\n",
				       WTERMSIG(status));
			show(last, seed);
			return 1;
		}
		if (last->nr != programs) {
			programs = last->nr;
			since = time(NULL);
		} else if (time(NULL) - since > patience) {
			printf("a program does not end\n");
			show(last, seed);
			show_blocked_tasks();
			kill(pid, SIGKILL);
			return 1;
		}
		usleep(100000);
	}
}
