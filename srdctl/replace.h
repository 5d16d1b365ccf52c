/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - a file that appears whole, in the place of an old one or not, or not at all
 *
 * It is written as .NAME.srdctl-XXXXXX beside NAME, and takes its name when all of it is on the
 * disk. Who writes it holds a lock on it (flock); one without a lock was left by somebody who was
 * killed, and is removed by the next who writes NAME.
 */
#ifndef SRDCTL_REPLACE_H
#define SRDCTL_REPLACE_H

#include <limits.h>

struct replace {
	int fd;				/* to write to */
	int folder;
	char name[NAME_MAX + 1];	/* in that folder */
	char temporary[NAME_MAX + 1];
};

/**
 * replace_begin() - begin to write a file
 * @replace: to be given to replace_finish() or replace_abandon() when this succeeds
 * @path: the file, which need not exist; or a link to one
 *
 * The new file gets mode and owner of the old one as far as the caller may; else its mode is 0600.
 *
 * Return: 0; -EISDIR, -EINVAL @path is something else than a file; or another negative errno.
 */
int replace_begin(struct replace *replace, const char *path);

/**
 * replace_finish() - give the file its name
 * @replace: closed, whether this succeeds or not
 *
 * Return: 0, or a negative errno; -EINTR a signal came before, and the old file is as it was.
 */
int replace_finish(struct replace *replace);

/* Removes what was written. */
void replace_abandon(struct replace *replace);

#endif /* SRDCTL_REPLACE_H */
