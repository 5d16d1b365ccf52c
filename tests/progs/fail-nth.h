/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs share that let allocations fail: an operation, and that what can be seen is the
 * same after each failure. Each is one .c file, so all is inline.
 */
#ifndef FAIL_NTH_H
#define FAIL_NTH_H

#include <dirent.h>

#include "window.h"

#define STATE_MAX	(64 << 10)

/* ---- to let the Nth allocation of this thread fail ---- */

static int fail_nth = -1;

static inline void arm(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(fail_nth, text, len, 0) != len)
		die("fail-nth: %s", strerror(errno));
}

/* How many allocations were still to come before the one that fails; 0: it has failed. */
static inline unsigned int disarm(void)
{
	char text[16] = "";

	if (pread(fail_nth, text, sizeof(text) - 1, 0) <= 0)
		die("fail-nth: %s", strerror(errno));
	arm(0);
	return strtoul(text, NULL, 10);
}

static inline void arm_open(void)
{
	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fail_nth < 0)
		die("/proc/thread-self/fail-nth: %s", strerror(errno));
}

/* ---- all that can be seen of the module, as text ---- */

static inline void add_names(FILE *to, const char *folder)
{
	struct dirent **names;
	int i, nr = scandir(folder, &names, NULL, alphasort);

	if (nr < 0)
		die("%s: %s", folder, strerror(errno));
	for (i = 0; i < nr; i++) {
		if (!strncmp(names[i]->d_name, "srd", 3))
			fprintf(to, "%s/%s\n", folder, names[i]->d_name);
		free(names[i]);
	}
	free(names);
}

static inline void add_bytes(FILE *to, const char *what, const void *bytes, size_t len)
{
	const uint8_t *b = bytes;
	size_t i;

	fputs(what, to);
	for (i = 0; i < len; i++)
		fprintf(to, " %02x", b[i]);
	fputc('\n', to);
}

static inline void add_file(FILE *to, unsigned int number, const char *name)
{
	char path[80], text[4096];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/sys/block/srd%u/%s", number, name);
	fd = open(path, O_RDONLY);
	len = fd < 0 ? -1 : read(fd, text, sizeof(text));
	if (len < 0)
		die("%s: %s", path, strerror(errno));
	fprintf(to, "%s: %.*s\n", path, (int)len, text);
	close(fd);
}

static inline void add_disk(FILE *to, struct srd_ioc_info *i)
{
	static const char * const files[] = {
		"srd/limit", "srd/latency_sample", "srd/badblocks", "srd/cache", "srd/power",
		"srd/window", "size", "ro",
	};
	struct srd_ioc_timing t = { .size = sizeof(t), .number = i->number };
	struct srd_ioc_rule r = { .size = sizeof(r), .number = i->number };
	size_t n;

	fprintf(to, "%s: %llu of %llu, %llu shared, %llu cached\n", i->name, i->used, i->capacity,
		i->shared, i->cached);
	add_bytes(to, "info", i, sizeof(*i));
	for (n = 0; n < sizeof(files) / sizeof(*files); n++)
		add_file(to, i->number, files[n]);
	for (; !command(SRD_IOC_RULE_NEXT, &r); r.rule.id++)
		add_bytes(to, "rule", &r.rule, sizeof(r.rule));
	if (command(SRD_IOC_TIMING, &t))
		die("TIMING: %s", strerror(errno));
	add_bytes(to, "timing", &t, sizeof(t));
}

static inline char *state(char *text)
{
	struct srd_ioc_info i = { .size = sizeof(i) };
	struct srd_ioc_memory m = { .size = sizeof(m) };
	FILE *to = fmemopen(text, STATE_MAX, "w");

	used_by_all();
	if (!to || command(SRD_IOC_MEMORY, &m))
		die("MEMORY: %s", strerror(errno));
	fprintf(to, "%u disks have %llu\n", m.disks, m.used);
	add_bytes(to, "memory", &m, sizeof(m));
	for (; !command(SRD_IOC_NEXT, &i); i.number++)
		add_disk(to, &i);
	add_names(to, "/dev");
	add_names(to, "/sys/block");
	fputc(0, to);
	if (ferror(to) || fclose(to))
		die("there is more to be seen than fits");
	return text;
}

/* ---- an operation ---- */

/**
 * struct attempt - an operation
 * @name: as the command line has it
 * @setup: what has to be there first
 * @before: what has to be done before each attempt
 * @run: the operation; 0 or an errno
 * @undo: all as it was before the operation, which succeeded
 * @full: a disk is written: ENOSPC is an answer, too
 */
struct attempt {
	const char *name;
	void (*setup)(void);
	void (*before)(void);
	int (*run)(void);
	void (*undo)(void);
	bool full;
};

static int wrong;

static inline void expect_same(const char *name, unsigned int n, const char *what, const char *was,
			       const char *is)
{
	size_t i = 0, line = 0;

	if (!strcmp(was, is))
		return;
	wrong++;
	for (; was[i] == is[i]; i++)
		if (was[i] == '\n')
			line = i + 1;
	printf("%s, allocation %u: not as before after %s\n- %.300s\n+ %.300s\n", name, n, what,
	       was + line, is + line);
}

/*
 * The one after @n: each of the first, which are mostly those of srd itself, and then, with
 * FAIL_NTH_STEP in the environment, each so manieth of those of the kernel.
 */
static inline unsigned int next_of(unsigned int n)
{
	const char *step = getenv("FAIL_NTH_STEP");

	return n + (n < 30 || !step ? 1 : atoi(step));
}

static inline void attempt(const struct attempt *a, char *(*look)(char *text))
{
	static char before[STATE_MAX], after[STATE_MAX];
	unsigned int n, left = 0, failed = 0, survived = 0;
	int err;

	look(before);
	for (n = 1; !left; n = next_of(n)) {
		if (a->before)
			a->before();
		arm(n);
		err = a->run();
		left = disarm();
		if (left && err)
			die("%s: %s without any fault", a->name, strerror(err));
		/*
		 * errno: any ENOMEM
		 * errno: WINDOW ENOMEM
		 * errno: RULE_ADD ENOMEM
		 * errno: TIMING ENOMEM
		 * errno: EXTENTS ENOMEM
		 */
		if (err && err != ENOMEM && !(a->full && err == ENOSPC)) {
			wrong++;
			printf("%s, allocation %u: %s\n", a->name, n, strerrorname_np(err));
		}
		if (!err && a->undo)
			a->undo();
		expect_same(a->name, n, err ? "the failure" : "success", before, look(after));
		failed += !!err;
		survived += !left && !err;
	}
	printf("%s: %u failed, %u found another way\n", a->name, failed, survived);
	/* An operation for which nothing is ever allocated is not one of those listed. */
	if (!failed && !survived)
		die("%s: nothing was let fail", a->name);
}

static inline const struct attempt *attempt_named(const struct attempt *all, size_t nr,
						  const char *name)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!strcmp(name, all[i].name))
			return &all[i];
	die("there is no case %s", name);
}

/* All that are named in @names, of those that there are; true when nothing was wrong. */
static inline bool attempt_all(const struct attempt *all, size_t nr, char **names,
			       void (*tidy)(void))
{
	const struct attempt *a;

	for (; *names; names++) {
		a = attempt_named(all, nr, *names);
		a->setup();
		attempt(a, state);
		tidy();
	}
	return !wrong;
}

#endif /* FAIL_NTH_H */
