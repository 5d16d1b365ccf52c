/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - signals that end a program which has something to tidy up first
 */
#ifndef SRDCTL_INTERRUPT_H
#define SRDCTL_INTERRUPT_H

#include <stdbool.h>

/* Takes note of SIGINT, SIGTERM, SIGHUP and SIGQUIT from now on, but for those that are ignored. */
void interrupt_catch(void);

/**
 * interrupt_leave() - say what to remove when the program does not come to that
 * @folder: an open folder
 * @name: of a file in it, which stays what it is until another call; NULL: nothing, and no hurry
 *
 * A library may be busy for a minute when a signal comes. Two seconds later the file is removed and
 * the program ends by the signal.
 */
void interrupt_leave(int folder, const char *name);

/* Has one come? */
bool interrupted(void);

/* Lets signals have their way again; when one has come, the program ends by it. */
void interrupt_release(void);

#endif /* SRDCTL_INTERRUPT_H */
