// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - one piece of work for several threads
 */
#include <pthread.h>
#include <sched.h>
#include <stdint.h>

#include "workers.h"



struct worker {
	pthread_t thread;
	int (*work)(void *argument);
	void *argument;
	int ret;
};

unsigned int workers_max(void)
{
	cpu_set_t cpus;
	int count;

	if (sched_getaffinity(0, sizeof(cpus), &cpus))
		return 1;
	count = CPU_COUNT(&cpus);
	return count < WORKERS_MAX ? count : WORKERS_MAX;
}

static void *run(void *argument)
{
	struct worker *worker = argument;

	worker->ret = worker->work(worker->argument);
	return NULL;
}

int workers_run(unsigned int threads, int (*work)(void *argument), void *argument)
{
	struct worker workers[WORKERS_MAX];
	unsigned int count, i;
	int ret;

	for (count = 0; count + 1 < threads && count < WORKERS_MAX; count++) {
		workers[count].work = work;
		workers[count].argument = argument;
		if (pthread_create(&workers[count].thread, NULL, run, &workers[count]))
			break;
	}
	ret = work(argument);
	for (i = 0; i < count; i++) {
		pthread_join(workers[i].thread, NULL);
		if (!ret)
			ret = workers[i].ret;
	}
	return ret;
}
