// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - signals that end a program which has something to tidy up first
 */
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#include "device.h"
#include "interrupt.h"

/* Seconds between a signal and its end. */
#define PATIENCE	2

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

static atomic_int caught;	/* the signal, or 0 */

/* What is to be removed in time. */
static int left_folder;
static _Atomic(const char *) left_name;

static void take_note(int number)
{
	atomic_store(&caught, number);
	alarm(PATIENCE);
}

static void lose_patience(int number)
{
	const char *name = atomic_load(&left_name);

	(void)number;
	if (!name)
		return;
	unlinkat(left_folder, name, 0);
	signal(atomic_load(&caught), SIG_DFL);
	raise(atomic_load(&caught));
}

void interrupt_leave(int folder, const char *name)
{
	atomic_store(&left_name, NULL);
	left_folder = folder;
	atomic_store(&left_name, name);
}

void interrupt_catch(void)
{
	struct sigaction action = { .sa_handler = take_note }, before;
	size_t i;

	signal(SIGALRM, lose_patience);
	/* an error of the write says it as well */
	signal(SIGXFSZ, SIG_IGN);
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		if (!sigaction(signals[i], NULL, &before) && before.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
}

bool interrupted(void)
{
	return atomic_load(&caught);
}

void interrupt_release(void)
{
	struct sigaction action, before;
	size_t i;

	action.sa_handler = SIG_DFL;
	action.sa_flags = 0;
	sigemptyset(&action.sa_mask);
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		if (!sigaction(signals[i], NULL, &before) && before.sa_handler == take_note)
			sigaction(signals[i], &action, NULL);
	}
	if (interrupted())
		raise(atomic_load(&caught));
}
