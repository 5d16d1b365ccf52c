/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - signals that end a program which has something to tidy up first
 */
#ifndef SRDCTL_INTERRUPT_H
#define SRDCTL_INTERRUPT_H

#include <stdbool.h>

/* Takes note of SIGINT, SIGTERM and SIGHUP from now on, but for those that are ignored. */
void interrupt_catch(void);

/* Has one come? */
bool interrupted(void);

/* Lets signals have their way again; when one has come, the program ends by it. */
void interrupt_release(void);

#endif /* SRDCTL_INTERRUPT_H */
