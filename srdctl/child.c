// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - run a program of the system
 */
#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>

#include "child.h"

int spawn_wait(const char * const *paths, char * const *arguments)
{
	static char * const environment[] = { NULL };
	int status, ret = ENOENT;
	pid_t child;

	for (; *paths; paths++) {
		ret = posix_spawn(&child, *paths, NULL, NULL, arguments, environment);
		if (!ret)
			break;
	}
	if (ret)
		return -ret;
	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
