/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - folders, links and files of configfs
 *
 * Paths are put together from a format. All functions return 0 or a negative errno.
 */
#ifndef SRDCTL_CONFIGFS_H
#define SRDCTL_CONFIGFS_H

#include <stdbool.h>
#include <stddef.h>

/* Reads the one line of a file, without its end; cut off when @size is too small. */
int configfs_read(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

int configfs_write(const char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

bool configfs_exists(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * configfs_each() - look at what is in a folder
 * @visit: called with each name in their order; returns 0 to go on, or what is to be returned
 * @argument: for @visit
 * @format: the folder; one that is not there is empty
 */
int configfs_each(int (*visit)(const char *name, void *argument), void *argument,
		  const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif /* SRDCTL_CONFIGFS_H */
