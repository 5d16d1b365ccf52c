/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - the line that shows how memory is taken for a disk that is being created
 */
#ifndef SRDCTL_PROGRESS_H
#define SRDCTL_PROGRESS_H

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

/* Takes the line away. */
void progress_end(pid_t progress);

#endif /* SRDCTL_PROGRESS_H */
