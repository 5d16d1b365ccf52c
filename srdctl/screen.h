/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - a terminal whose whole screen is drawn again and again
 *
 * Written with the few control sequences that every terminal of today knows, so that nothing has to
 * be looked up, nor a library to be there.
 */
#ifndef SRDCTL_SCREEN_H
#define SRDCTL_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

enum screen_style {
	SCREEN_PLAIN,
	SCREEN_HEADING,		/* light on dark the other way round */
	SCREEN_ALARM,		/* in red, where there may be colours (NO_COLOR) */
};

/* What screen_wait() returns beside keys. */
enum {
	SCREEN_TIME = 256,	/* nothing came */
	SCREEN_REDRAW,		/* the screen has another size, or others have drawn on it */
	SCREEN_END,		/* Ctrl-C, or nobody is there any more */
};

/* Are stdin and stdout a terminal that can do this? */
bool screen_usable(void);

/* Takes the screen; what was there comes back with screen_close(), which may be called anyhow. */
void screen_open(void);
void screen_close(void);

/* How large it is now. */
void screen_size(unsigned int *rows, unsigned int *columns);

/* Draws all of it: lines from the top, as many as there are rows. What does not fit is cut off. */
void screen_begin(void);
void screen_line(const char *text, enum screen_style style);
void screen_end(void);

/**
 * screen_wait() - wait for a key
 * @ms: how long at the most
 *
 * A signal other than Ctrl-C's that ends a program ends this one, after the screen was given back;
 * one that stops it, stops it, and the screen is taken again when it goes on.
 *
 * Return: a key, or SCREEN_*.
 */
int screen_wait(int ms);

#endif /* SRDCTL_SCREEN_H */
