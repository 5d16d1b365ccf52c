// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - signals that end a program which has something to tidy up first
 */
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

#include "device.h"
#include "interrupt.h"

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

static atomic_int caught;	/* the signal, or 0 */

static void take_note(int number)
{
	atomic_store(&caught, number);
}

void interrupt_catch(void)
{
	struct sigaction action = { .sa_handler = take_note }, before;
	size_t i;

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
