// SPDX-License-Identifier: GPL-2.0
/*
 * srd-fuzz - the module: load and unload
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fuzz.h"

static const char *path;

/**
 * module_path() - where the module lies
 * @file: srd.ko
 */
void module_path(const char *file)
{
	path = file;
}

/**
 * module_unload() - unload it, unless somebody uses it
 */
long module_unload(void)
{
	return syscall(SYS_delete_module, "srd", O_NONBLOCK) ? -errno : 0;
}

/**
 * module_load() - load it, or load it anew
 * @parameters: as modprobe has them
 */
long module_load(const char *parameters)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	long err;

	if (fd < 0)
		return -errno;
	module_unload();
	err = syscall(SYS_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	cover_module_moved();
	return err;
}
