// SPDX-License-Identifier: GPL-2.0
/*
 * ioctl-errno - what commands of /dev/srd-control say that a signal interrupts
 *
 * usage: ioctl-errno CASE
 */
#include <sys/time.h>

#include "ioctl.h"

#define TICK_US		500
#define TRIES		100

static void on_alarm(int signal)
{
	(void)signal;
}

/* A signal every now and then, whose handler does nothing and restarts nothing. */
static void alarms(bool on)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	const struct itimerval timer = {
		.it_interval.tv_usec = on ? TICK_US : 0, .it_value.tv_usec = on ? TICK_US : 0
	};

	if (sigaction(SIGALRM, &action, NULL) || setitimer(ITIMER_REAL, &timer, NULL))
		err(1, "cannot have alarms");
}

/* As much as takes a while, and is there. */
static unsigned long long much(void)
{
	struct srd_ioc_memory m = { .size = sizeof(m) };

	expect_error(call(SRD_IOC_MEMORY, &m), 0, "MEMORY");
	return (m.limit - m.used) / 4 * 3 / MIB * MIB;
}

static void create_preallocated(void)
{
	struct srd_ioc_create c = {
		.size = sizeof(c), .flags = SRD_CREATE_PREALLOC, .capacity = MIB
	};

	expect_error(call(SRD_IOC_CREATE, &c), 0, "CREATE, a small one");
}

static void interrupted_creation(void)
{
	struct srd_ioc_create c = {
		.size = sizeof(c), .flags = SRD_CREATE_PREALLOC, .capacity = much()
	};
	int error;

	alarms(true);
	error = call(SRD_IOC_CREATE, &c);
	alarms(false);
	/* errno: CREATE EINTR */
	expect_error(error, EINTR, "CREATE");
	expect_value(disks(), 0, "disks");
}

static void interrupted_growth(void)
{
	int error;

	create_preallocated();
	alarms(true);
	error = resize(0, much(), 0);
	alarms(false);
	/* errno: RESIZE EINTR */
	expect_error(error, EINTR, "RESIZE");
	expect_untouched(1, "growth that was interrupted");
	expect_error(remove_disk(0), 0, "remove");
}

/* It looks for a signal when it begins: one comes between its call and that, sooner or later. */
static void interrupted_extents(void)
{
	const struct command *c = &commands[EXTENTS];
	int error, tries = 1000000;

	create(MIB);
	alarms(true);
	do {
		fill(c, c->size);
		error = call(c->cmd, &arg);
	} while (!error && --tries);
	alarms(false);
	/* errno: EXTENTS EINTR */
	expect_error(error, EINTR, "EXTENTS");
	expect_error(remove_disk(0), 0, "remove");
}

/* ---- who waits for a disk that grows, and is killed: the caller looks at what it was told ---- */

static pid_t start(unsigned long cmd, void *argument)
{
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		ioctl(control, cmd, argument);
		_exit(0);
	}
	return pid;
}

static char state_of(pid_t pid)
{
	char path[64], state = '?';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%*d %*s %c", &state) != 1)
		err(1, "%s", path);
	fclose(file);
	return state;
}

static bool growing(void)
{
	struct srd_ioc_memory m = { .size = sizeof(m) };

	expect_error(call(SRD_IOC_MEMORY, &m), 0, "MEMORY");
	return m.preallocating;
}

static bool end(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status);
}

/* False when the disk had grown too soon. */
static bool killed_once(unsigned long cmd, void *argument)
{
	struct srd_ioc_resize grow = { .size = sizeof(grow), .capacity = much() };
	pid_t grower = start(SRD_IOC_RESIZE, &grow), waiter;
	bool waited;

	while (!growing() && state_of(grower) != 'Z')
		;
	waiter = start(cmd, argument);
	while (state_of(waiter) != 'D' && state_of(waiter) != 'Z' && growing())
		;
	waited = state_of(waiter) == 'D';
	waited = end(waiter) && waited;
	waitpid(grower, NULL, 0);
	return waited;
}

static void killed(unsigned long cmd, void *argument, const char *what)
{
	int tries = TRIES;

	create_preallocated();
	while (!killed_once(cmd, argument) && --tries) {
		while (disks() > 1)
			remove_disk(1);
		resize(0, MIB, 0);
	}
	if (!tries)
		wrong("%s never had to wait", what);
	expect_value(disks(), 1, "disks");
	expect_error(remove_disk(0), 0, "remove");
}

static void killed_snapshot(void)
{
	struct srd_ioc_snapshot s = { .size = sizeof(s) };

	killed(SRD_IOC_SNAPSHOT, &s, "SNAPSHOT");
}

static void killed_resize(void)
{
	struct srd_ioc_resize r = { .size = sizeof(r), .capacity = MIB };

	killed(SRD_IOC_RESIZE, &r, "RESIZE");
}

/* ---- */

static const struct test_case cases[] = {
	{ "interrupted-creation", interrupted_creation },
	{ "interrupted-growth", interrupted_growth },
	{ "interrupted-extents", interrupted_extents },
	{ "killed-snapshot", killed_snapshot },
	{ "killed-resize", killed_resize },
};

int main(int argc, char **argv)
{
	return run_case(cases, ARRAY_SIZE(cases), argc, argv);
}
