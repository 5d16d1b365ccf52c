// SPDX-License-Identifier: GPL-2.0
/*
 * srd-fuzz - programs by chance for srd, guided by where they get in it
 *
 * usage: srd-fuzz OPTION...
 *
 *	--module FILE		srd.ko; it is loaded anew as programs like
 *	--patterns FILE		what the kernel says when something is wrong (scripts/splats)
 *	--corpus FILE		programs to begin with
 *	--seed N		of everything by chance (the time)
 *	--threads N		that run a program's steps, 1 to 4 (1: it can be repeated exactly)
 *	--seconds N		how long (60)
 *	--executions N		how many programs instead
 *	--blind			do not look where programs get: works without KCOV
 *	--replay		run these once, and say what became of each step
 *	--save FILE		write down at the end which programs are worth keeping, without the
 *				steps that are not needed
 *
 * Runs programs until time is up, and says how many, how many were kept, how many edges of srd's
 * code they have seen, and how often each operation ended how. When the kernel complains, a program
 * does not end, or this one cannot go on: says so, shows the last programs, and ends with status 1.
 */
#include <err.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

static struct {
	const char *module, *patterns, *corpus, *save;
	uint64_t seed;
	unsigned int threads, seconds, executions;
	int blind, replay;
} options = { .threads = 1, .seconds = 60 };

static struct cover known;
static unsigned int executions, first, begun;

static void parse(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "module", 1, NULL, 'm' }, { "patterns", 1, NULL, 'p' },
		{ "corpus", 1, NULL, 'c' }, { "seed", 1, NULL, 's' },
		{ "threads", 1, NULL, 't' }, { "seconds", 1, NULL, 'l' },
		{ "executions", 1, NULL, 'n' }, { "save", 1, NULL, 'w' },
		{ "blind", 0, &options.blind, 1 }, { "replay", 0, &options.replay, 1 }, { }
	};
	int o;

	options.seed = time(NULL);
	while ((o = getopt_long(argc, argv, "", longs, NULL)) >= 0) {
		switch (o) {
		case 'm':
			options.module = optarg;
			break;
		case 'p':
			options.patterns = optarg;
			break;
		case 'c':
			options.corpus = optarg;
			break;
		case 'w':
			options.save = optarg;
			break;
		case 's':
			options.seed = strtoull(optarg, NULL, 0);
			break;
		case 't':
			options.threads = atoi(optarg);
			break;
		case 'l':
			options.seconds = atoi(optarg);
			break;
		case 'n':
			options.executions = atoi(optarg);
			break;
		case 0:
			break;
		default:
			exit(2);
		}
	}
	if (optind != argc || !options.module || !options.patterns || !options.threads ||
	    options.threads > THREADS_MAX)
		errx(2, "usage: see the head of main.c");
}

static void run(const struct program *p, struct cover *c)
{
	run_program(p, c);
	executions++;
}

/* Leave out what is not needed to go where none had gone before. */
static void minimize(struct program *p, struct cover *c)
{
	static struct program less;
	static struct cover there;
	unsigned int i;

	for (i = p->steps; i-- && p->steps > 1;) {
		less = *p;
		memmove(&less.step[i], &less.step[i + 1],
			(less.steps - i - 1) * sizeof(less.step[0]));
		less.steps--;
		run(&less, &there);
		if (!cover_has(&there, c, &known))
			continue;
		*p = less;
		*c = there;
	}
}

static bool raced(const struct program *p)
{
	unsigned int i;

	for (i = 0; i < p->steps; i++)
		if (p->step[i].thread)
			return true;
	return false;
}

static void try_program(struct program *p)
{
	static struct cover c;

	run(p, &c);
	if (!cover_new(&c, &known))
		return;
	/* A race is not won twice. It takes a run for each step, to keep what is easily read. */
	if (options.save && !raced(p))
		minimize(p, &c);
	cover_add(&known, &c);
	corpus_add(p, &c);
}

static void run_corpus(void)
{
	FILE *f = fopen(options.corpus, "r");
	static struct program p;
	static struct cover c;

	if (!f)
		err(2, "%s", options.corpus);
	while (program_read(&p, f)) {
		run(&p, &c);
		if (!first)
			first = cover_count(&c);
		cover_add(&known, &c);
		corpus_add(&p, &c);
	}
	begun = cover_count(&known);
	fclose(f);
}

static void say(const char *what)
{
	printf("%s: executions=%u programs=%u edges=%u", what, executions, corpus_count(),
	       cover_count(&known));
	printf(" begun=%u first=%u digest=%016llx seed=%llu\n", begun, first,
	       (unsigned long long)run_digest(), (unsigned long long)options.seed);
	fflush(stdout);
}

static void fuzz(void)
{
	time_t start = time(NULL), said = start, now = start;
	static struct program p;
	unsigned int threads;

	while (options.executions ? executions < options.executions :
	       now - start < options.seconds) {
		/* What one thread can do comes first, and as often. */
		threads = one_in(2) ? options.threads : 1;
		if (corpus_count() && !one_in(8)) {
			p = *corpus_any();
			program_change(&p, corpus_any(), threads);
		} else {
			program_make(&p, threads);
		}
		/* Loading the module takes longer than all else together. */
		if (!one_in(5)) {
			program_without(&p, "load");
			program_without(&p, "unload");
		}
		if (p.steps)
			try_program(&p);
		now = time(NULL);
		if (now - said >= 30) {
			say("so far");
			said = now;
		}
	}
}

static int work(void)
{
	rng_seed(options.seed);
	if (options.blind)
		cover_off();
	run_setup(options.threads, options.replay);
	if (options.corpus)
		run_corpus();
	if (!options.replay)
		fuzz();
	count_print(stdout);
	say("end");
	if (options.save)
		corpus_write(options.save);
	if (module_unload())
		errx(1, "the module cannot be unloaded");
	return 0;
}

int main(int argc, char **argv)
{
	int pid;

	parse(argc, argv);
	setlinebuf(stdout);
	module_path(options.module);
	watch_setup(options.patterns);
	printf("seed %llu\n", (unsigned long long)options.seed);
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		err(2, "fork");
	if (!pid)
		exit(work());
	return watch_child(pid, options.seed, 90);
}
