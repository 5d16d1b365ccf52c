// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - a terminal whose whole screen is drawn again and again
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "device.h"
#include "screen.h"

#define OTHER_SCREEN	"\033[?1049h"
#define FIRST_SCREEN	"\033[?1049l"
#define HIDE_CURSOR	"\033[?25l"
#define SHOW_CURSOR	"\033[?25h"
#define HOME		"\033[H"
#define CLEAR_LINE	"\033[K"
#define CLEAR_BELOW	"\033[J"
#define INVERSE		"\033[7m"
#define RED		"\033[31m"
#define PLAIN		"\033[0m"

static const int signals[] = {
	SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH,
};

static struct {
	bool is_open;
	bool colours;
	int signals;		/* signalfd */
	sigset_t mask;		/* as it was */
	struct termios termios;	/* as it was */
	unsigned int rows, columns;
	unsigned int row;	/* to be drawn next */
} screen;

bool screen_usable(void)
{
	const char *term = getenv("TERM");

	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term && *term &&
	       strcmp(term, "dumb");
}

/* Keys come one by one and unseen; Ctrl-C and Ctrl-Z stay signals. */
static void enter(void)
{
	struct termios termios = screen.termios;

	termios.c_lflag &= ~(ICANON | ECHO);
	termios.c_cc[VMIN] = 1;
	termios.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &termios);
	fputs(OTHER_SCREEN HIDE_CURSOR, stdout);
	fflush(stdout);
}

static void leave(void)
{
	fputs(PLAIN SHOW_CURSOR FIRST_SCREEN, stdout);
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &screen.termios);
}

void screen_open(void)
{
	const char *no_colour = getenv("NO_COLOR");
	sigset_t mask;
	size_t i;

	screen.colours = !no_colour || !*no_colour;
	tcgetattr(STDIN_FILENO, &screen.termios);
	sigemptyset(&mask);
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(&mask, signals[i]);
	/* from here on none can come at a wrong time: they are read */
	sigprocmask(SIG_BLOCK, &mask, &screen.mask);
	screen.signals = signalfd(-1, &mask, SFD_CLOEXEC);
	screen.is_open = true;
	atexit(screen_close);
	enter();
}

void screen_close(void)
{
	if (!screen.is_open)
		return;
	screen.is_open = false;
	leave();
	close(screen.signals);
	sigprocmask(SIG_SETMASK, &screen.mask, NULL);
}

void screen_size(unsigned int *rows, unsigned int *columns)
{
	struct winsize size;

	*rows = 24;
	*columns = 80;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_row || !size.ws_col)
		return;
	*rows = size.ws_row;
	*columns = size.ws_col;
}

void screen_begin(void)
{
	screen_size(&screen.rows, &screen.columns);
	screen.row = 0;
	fputs(HOME, stdout);
}

void screen_line(const char *text, enum screen_style style)
{
	const char *before = "";

	if (screen.row == screen.rows)
		return;
	if (style == SCREEN_HEADING)
		before = INVERSE;
	else if (style == SCREEN_ALARM && screen.colours)
		before = RED;
	/* a new line behind the last one would move all of them */
	printf("%s%s%.*s%s" CLEAR_LINE, screen.row ? "\r\n" : "", before, (int)screen.columns,
	       text, *before ? PLAIN : "");
	screen.row++;
}

void screen_end(void)
{
	if (screen.row < screen.rows)
		fputs("\r\n" CLEAR_BELOW, stdout);
	fflush(stdout);
}

static int end_by(int number)
{
	if (number == SIGINT)
		return SCREEN_END;
	screen_close();
	raise(number);
	/* whoever ignores it */
	return SCREEN_END;
}

static int take_signal(void)
{
	struct signalfd_siginfo info;

	if (read(screen.signals, &info, sizeof(info)) != sizeof(info))
		return SCREEN_TIME;
	switch (info.ssi_signo) {
	case SIGWINCH:
		return SCREEN_REDRAW;
	case SIGTSTP:
		leave();
		raise(SIGSTOP);
		enter();
		return SCREEN_REDRAW;
	case SIGCONT:
		enter();
		return SCREEN_REDRAW;
	default:
		return end_by(info.ssi_signo);
	}
}

static int take_key(void)
{
	unsigned char key;

	return read(STDIN_FILENO, &key, 1) == 1 ? key : SCREEN_END;
}

int screen_wait(int ms)
{
	struct pollfd fds[] = {
		{ .fd = screen.signals, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};

	if (poll(fds, ARRAY_SIZE(fds), ms) <= 0)
		return SCREEN_TIME;
	return fds[0].revents ? take_signal() : take_key();
}
