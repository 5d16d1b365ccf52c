// SPDX-License-Identifier: GPL-2.0
/*
 * srd-fuzz - run a program, and put everything back
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/srd.h>

#include "fuzz.h"

/* Of a gigabyte: nothing that a disk holds may be missed by others. */
#define LIMIT		"48M"
#define RESERVE		"64M"
/* A disk with few tags is made and removed in half the time. */
#define PARAMETERS	"queue_depth=8 mem_limit=" LIMIT " mem_reserve=" RESERVE

static unsigned int nr_threads;
static bool loud;
static pthread_barrier_t begin, end;
static const struct program *current;
static unsigned int first_raced;
static _Thread_local unsigned int me;
static uint64_t digest = 0xcbf29ce484222325ULL;

/**
 * run_thread() - which thread this is
 */
unsigned int run_thread(void)
{
	return me;
}

/**
 * run_digest() - a number that says which programs were run by one thread, and with which results
 */
uint64_t run_digest(void)
{
	return digest;
}

static void mix(const void *data, size_t len)
{
	const unsigned char *at = data;

	while (len--)
		digest = (digest ^ *at++) * 0x100000001b3ULL;
}

static void run_step(const struct step *s, bool alone)
{
	long result = op_at(s->op)->run(s);

	count_result(s->op, result);
	if (alone) {
		/* How much there was to read depends on when it was. */
		result = result < 0 ? result : 0;
		mix(s->arg, sizeof(s->arg));
		mix(&s->op, sizeof(s->op));
		mix(&result, sizeof(result));
	}
	if (loud)
		printf("%u %s: %s\n", s->thread, op_at(s->op)->name,
		       result < 0 ? strerrorname_np(-result) : "done");
}

/* Those of this thread, or all where it is alone. */
static void run_steps(const struct program *p, unsigned int from, bool alone)
{
	unsigned int i;

	for (i = from; i < p->steps; i++)
		if (alone || p->step[i].thread == me)
			run_step(&p->step[i], alone);
}

static void *thread(void *arg)
{
	me = (uintptr_t)arg;
	cover_thread(me);
	for (;;) {
		pthread_barrier_wait(&begin);
		run_steps(current, first_raced, false);
		pthread_barrier_wait(&end);
	}
	return NULL;
}

/**
 * run_setup() - make ready to run programs
 * @threads: how many there are to run their steps
 * @say: whether to say what became of each step
 */
void run_setup(unsigned int threads, bool say)
{
	pthread_t t;
	uintptr_t i;

	loud = say;
	nr_threads = threads;
	memory_setup();
	slot_catch_faults();
	if (module_load(PARAMETERS))
		errx(2, "the module cannot be loaded");
	cover_thread(0);
	pthread_barrier_init(&begin, NULL, threads);
	pthread_barrier_init(&end, NULL, threads);
	for (i = 1; i < threads; i++)
		if (pthread_create(&t, NULL, thread, (void *)i))
			errx(2, "no thread");
}

/* ---- put everything back ---- */

static void remove_disks(void)
{
	int fd = open(SRD_CONTROL_PATH, O_RDWR | O_CLOEXEC);
	struct srd_ioc_info i = { .size = sizeof(i) };

	if (fd < 0)
		err(2, SRD_CONTROL_PATH);
	while (!ioctl(fd, SRD_IOC_NEXT, &i)) {
		struct srd_ioc_remove r = {
			.size = sizeof(r), .flags = SRD_REMOVE_FORCE, .number = i.number
		};

		/* One that goes when its last user closes it may be gone by itself. */
		if (ioctl(fd, SRD_IOC_REMOVE, &r) && errno != ENODEV)
			err(2, "srd%u cannot be removed", i.number);
		i = (struct srd_ioc_info){ .size = sizeof(i) };
	}
	close(fd);
}

static bool has(const struct program *p, const char *name)
{
	unsigned int op = op_find(name), i;

	for (i = 0; i < p->steps; i++)
		if (p->step[i].op == op)
			return true;
	return false;
}

static void write_parameter(const char *name, const char *text)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/srd/parameters/%s", name);
	f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f))
		err(2, "%s", path);
}

static void put_back(const struct program *p)
{
	int i;

	slots_close();
	if (!has(p, "load") && !has(p, "unload")) {
		remove_disks();
		if (has(p, "write_parameter")) {
			write_parameter("mem_limit", LIMIT);
			write_parameter("mem_reserve", RESERVE);
		}
		return;
	}
	/* Who was the last to use it may still be on its way out. */
	for (i = 0; module_load(PARAMETERS); i++) {
		if (i == 1000)
			errx(2, "the module cannot be loaded anew");
		usleep(10000);
	}
}

static bool is_alone(const struct program *p)
{
	unsigned int i;

	for (i = 0; i < p->steps; i++)
		if (p->step[i].thread)
			return false;
	return true;
}

/**
 * run_program() - run a program
 * @p: the program; where all its steps are those of thread 0, nothing else runs meanwhile
 * @c: gets where it went
 */
void run_program(const struct program *p, struct cover *c)
{
	bool alone = is_alone(p) || nr_threads == 1;
	unsigned int i;

	watch_begin(p);
	slots_open();
	for (i = 0; i < nr_threads; i++)
		if (!alone || !i)
			cover_begin(i);
	if (alone) {
		run_steps(p, 0, true);
	} else {
		/* What they race for is there first. */
		for (first_raced = 0; !p->step[first_raced].thread; first_raced++)
			run_step(&p->step[first_raced], false);
		current = p;
		pthread_barrier_wait(&begin);
		run_steps(p, first_raced, false);
		pthread_barrier_wait(&end);
	}
	cover_collect(c, alone ? 1 : nr_threads);
	put_back(p);
}
