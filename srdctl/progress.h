/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - the line that shows how something gets on that takes its time
 */
#ifndef SRDCTL_PROGRESS_H
#define SRDCTL_PROGRESS_H

#include <stdatomic.h>

#include "device.h"

/**
 * progress_begin() - show on stderr how memory is taken, from now on
 * @dev: is asked for it
 * @capacity: of the disk that is about to be created, in bytes
 *
 * A process of its own draws, so the caller may block and be killed as it always could. What is
 * done at once shows nothing.
 *
 * Return: for progress_end(); -1 when there is no process for it: then nothing is shown.
 */
pid_t progress_begin(const struct device *dev, uint64_t capacity);

/* A counter for progress_watch(), at 0, until the program ends; NULL when there is no memory. */
atomic_ullong *progress_counter(void);

/**
 * progress_watch() - show on stderr how a count of bytes grows, from now on
 * @what: what is being done: "saving"
 * @done: the counter; NULL: nothing is shown
 * @total: what it will be in the end
 *
 * As progress_begin(), but that the process holds none of the caller's files open.
 *
 * Return: for progress_end().
 */
pid_t progress_watch(const char *what, const atomic_ullong *done, uint64_t total);

/* Takes the line away. */
void progress_end(pid_t progress);

#endif /* SRDCTL_PROGRESS_H */
