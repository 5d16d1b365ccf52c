/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs that map windows share: mapping one, and surviving SIGBUS.
 */
#ifndef WINDOW_H
#define WINDOW_H

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include "snap.h"

static __thread sigjmp_buf bus_jump;
static __thread volatile sig_atomic_t bus_ready;

static inline void on_bus(int signal)
{
	if (!bus_ready) {
		static const char text[] = "SIGBUS where none was expected\n";

		if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
			_exit(2);
		_exit(1);
	}
	siglongjmp(bus_jump, signal);
}

static inline void catch_bus(void)
{
	struct sigaction action = { .sa_handler = on_bus };

	sigaction(SIGBUS, &action, NULL);
}

/* Runs what follows; false when it got SIGBUS. */
#define SURVIVES(what)						\
({								\
	bool __ok = !sigsetjmp(bus_jump, 1);			\
								\
	if (__ok) {						\
		bus_ready = 1;					\
		what;						\
	}							\
	bus_ready = 0;						\
	__ok;							\
})

static inline int window_switch(unsigned int number, bool on)
{
	struct srd_ioc_window w = {
		.size = sizeof(w), .flags = on ? SRD_WINDOW_ON : 0, .number = number,
	};

	return command(SRD_IOC_WINDOW, &w);
}

static inline int window_open(unsigned int number, int flags)
{
	char path[40];
	int fd, tries = 1000;

	snprintf(path, sizeof(path), "/dev/srd%u-window", number);
	while ((fd = open(path, flags | O_CLOEXEC)) < 0 && errno == ENOENT && --tries)
		usleep(10000);
	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	return fd;
}

static inline void *window_map_at(int fd, size_t len, int prot, int flags, uint64_t pos)
{
	void *map = mmap(NULL, len, prot, flags, fd, pos);

	if (map == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	return map;
}

static inline void *window_map(int fd, size_t len, int prot, int flags)
{
	return window_map_at(fd, len, prot, flags, 0);
}

#endif /* WINDOW_H */
