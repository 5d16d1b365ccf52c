/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - one piece of work for several threads
 */
#ifndef SRDCTL_WORKERS_H
#define SRDCTL_WORKERS_H

#define WORKERS_MAX	64

/* How many threads this process can have run at once. */
unsigned int workers_max(void);

/**
 * workers_run() - call a function in several threads, the caller's among them, and wait for all
 * @threads: how many, at least 1; fewer where there are no more to be had
 * @work: does a part of the work, whichever is next, until there is none left or another failed
 * @argument: for @work
 *
 * Return: 0, or what a @work returned that failed.
 */
int workers_run(unsigned int threads, int (*work)(void *argument), void *argument);

#endif /* SRDCTL_WORKERS_H */
