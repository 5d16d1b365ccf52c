/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - run a program of the system
 */
#ifndef SRDCTL_CHILD_H
#define SRDCTL_CHILD_H

/**
 * spawn_wait() - run a program that a system may have in several places, and wait for its end
 * @paths: where to look for it, in this order; the last one is NULL
 * @arguments: for it, its name first; the last one is NULL
 *
 * It gets no environment, so that what it does depends on nothing but its arguments.
 *
 * Return: its exit status, 128 when a signal ended it; -ENOENT it is in none of these places; or
 * another negative errno.
 */
int spawn_wait(const char * const *paths, char * const *arguments);

#endif /* SRDCTL_CHILD_H */
