// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - the line that shows how something gets on that takes its time
 *
 * The creator of a disk blocks in an ioctl which a signal ends; with nothing but the default
 * action for it, no signal can come at a wrong time. So it is another process that draws. It waits
 * for signals, too, and takes its line away when one comes: Ctrl-C, which both get, the creator's
 * own, or the kernel's when the creator was killed.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"
#include "size.h"

#define QUIET_MS	300
#define REDRAW_MS	200

struct progress {
	const char *what;
	uint64_t total;		/* bytes that were or are to be dealt with */
	uint64_t left;		/* those of them that are still to be */
	int width;		/* of what stands on the line */
};

static void update(struct progress *progress, uint64_t left)
{
	/* more than before: a disk that others create has joined */
	if (left > progress->left)
		progress->total += left - progress->left;
	progress->left = left;
}

static void draw(struct progress *progress)
{
	uint64_t done = progress->total - progress->left;
	char done_text[SIZE_TEXT_LEN], total_text[SIZE_TEXT_LEN], line[80];
	int width;

	size_format(done, done_text);
	size_format(progress->total, total_text);
	width = snprintf(line, sizeof(line), "%s %3u%%  %s of %s", progress->what,
			 (unsigned int)(done * 100.0 / progress->total), done_text, total_text);
	fprintf(stderr, "\r%-*s", progress->width, line);
	if (width > progress->width)
		progress->width = width;
}

/* Wide enough for what the terminal makes of Ctrl-C, "^C". */
static void clear(const struct progress *progress)
{
	if (progress->width)
		fprintf(stderr, "\r%*s\r", progress->width + 2, "");
}

/* Is there none of @signals for so long? */
static bool quiet(const sigset_t *signals, long ms)
{
	const struct timespec time = { .tv_nsec = ms * 1000 * 1000 };

	return sigtimedwait(signals, NULL, &time) < 0;
}

static void show_memory(const struct device *dev, uint64_t capacity, const sigset_t *ends)
{
	struct progress progress = { .what = "allocating", .total = capacity, .left = capacity };
	struct srd_ioc_memory memory;
	long wait = QUIET_MS;

	for (; quiet(ends, wait); wait = REDRAW_MS) {
		/* nothing is to be taken before it begins, and after it ends */
		if (device_memory(dev, &memory) || !memory.preallocating)
			continue;
		update(&progress, memory.preallocating);
		draw(&progress);
	}
	clear(&progress);
}

static void show_count(const char *what, const atomic_ullong *done, uint64_t total,
		       const sigset_t *ends)
{
	struct progress progress = { .what = what, .total = total, .left = total };
	long wait = QUIET_MS;
	uint64_t count;

	for (; quiet(ends, wait); wait = REDRAW_MS) {
		count = atomic_load(done);
		progress.left = count < total ? total - count : 0;
		draw(&progress);
	}
	clear(&progress);
}

/*
 * Makes a process that ends with this one. Returns 0 there, and -1 when there is none. There,
 * signals that end it are blocked: they are to be waited for.
 */
static pid_t begin(sigset_t *ends)
{
	pid_t creator = getpid(), child;
	sigset_t before;

	sigemptyset(ends);
	/* comes when the creator was the terminal's first process */
	sigaddset(ends, SIGHUP);
	sigaddset(ends, SIGINT);
	sigaddset(ends, SIGTERM);
	/* from before there is a child, lest one come while it does not wait yet */
	sigprocmask(SIG_BLOCK, ends, &before);
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		/* it may have ended before that */
		if (getppid() != creator)
			_exit(EXIT_SUCCESS);
		return 0;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return child;
}

pid_t progress_begin(const struct device *dev, uint64_t capacity)
{
	sigset_t ends;
	pid_t child = begin(&ends);

	if (child)
		return child;
	show_memory(dev, capacity, &ends);
	_exit(EXIT_SUCCESS);
}

atomic_ullong *progress_counter(void)
{
	void *memory = mmap(NULL, sizeof(atomic_ullong), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

pid_t progress_watch(const char *what, const atomic_ullong *done, uint64_t total)
{
	sigset_t ends;
	pid_t child;

	if (!done || !total)
		return -1;
	child = begin(&ends);
	if (child)
		return child;
	/* what lasts until it is closed must not last until this process ends */
	close_range(STDERR_FILENO + 1, ~0U, 0);
	show_count(what, done, total, &ends);
	_exit(EXIT_SUCCESS);
}

void progress_end(pid_t progress)
{
	if (progress < 0)
		return;
	kill(progress, SIGTERM);
	while (waitpid(progress, NULL, 0) < 0 && errno == EINTR)
		;
}
