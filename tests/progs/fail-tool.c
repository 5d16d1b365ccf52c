// SPDX-License-Identifier: GPL-2.0
/*
 * fail-tool - what becomes of srdctl when the first, the second, the Nth allocation fails
 *
 * usage: fail-tool CASE...
 *
 * As fail-nth, for a program that saves a disk or restores one, in the folder where it is run: it
 * ends well, and all of the file or of the disk is there, or says in one line that there is no
 * memory, and files and disks are as before. Allocations that are not the module's are best left
 * alone: a program's start has hundreds.
 */
#include <sys/wait.h>

#include "fail-nth.h"

#define CAPACITY	(1ULL << 20)
#define OLD		"what was there before"

static char content[CAPACITY], found[CAPACITY + 1], said[4096];
static const char *const *words;
static int go[2], heard[2];
static unsigned int disks;
static pid_t tool;

/* ---- files ---- */

static void write_file(const char *name, const char *bytes, size_t len)
{
	FILE *f = fopen(name, "w");

	if (!f || fwrite(bytes, 1, len, f) != len || fclose(f))
		die("%s: %s", name, strerror(errno));
}

static bool file_has(const char *name, const char *bytes, size_t len)
{
	FILE *f = fopen(name, "r");
	size_t n;

	if (!f)
		die("%s: %s", name, strerror(errno));
	n = fread(found, 1, sizeof(found), f);
	fclose(f);
	return n == len && !memcmp(found, bytes, len);
}

static bool disk_has(unsigned int number, const char *bytes)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/srd%u", number);
	return file_has(path, bytes, CAPACITY);
}

/* One that was left unfinished has a name that begins with a point, as few others have. */
static bool anything_left(void)
{
	struct dirent *entry;
	DIR *list = opendir(".");
	bool left = false;

	if (!list)
		die("the folder: %s", strerror(errno));
	while ((entry = readdir(list)))
		left |= !!strstr(entry->d_name, ".srdctl-");
	closedir(list);
	return left;
}

/* ---- srdctl, which waits until its allocations are counted ---- */

static void reap(void)
{
	if (!tool)
		return;
	waitpid(tool, NULL, 0);
	close(go[1]);
	close(heard[0]);
	close(fail_nth);
	tool = 0;
}

static void start(void)
{
	char path[64], byte;

	reap();
	if (pipe2(go, O_CLOEXEC) || pipe2(heard, O_CLOEXEC))
		die("pipe: %s", strerror(errno));
	/* or the child would say it again */
	fflush(stdout);
	tool = fork();
	if (tool < 0)
		die("fork: %s", strerror(errno));
	if (!tool) {
		if (dup2(heard[1], STDERR_FILENO) < 0 || !freopen("/dev/null", "w", stdout) ||
		    read(go[0], &byte, 1) != 1)
			_exit(2);
		execvp(words[0], (char **)words);
		_exit(2);
	}
	close(go[0]);
	close(heard[1]);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/fail-nth", tool, tool);
	fail_nth = open(path, O_RDWR | O_CLOEXEC);
	if (fail_nth < 0)
		die("%s: %s", path, strerror(errno));
}

static unsigned int disks_now(void)
{
	struct srd_ioc_memory m = { .size = sizeof(m) };

	used_by_all();
	if (command(SRD_IOC_MEMORY, &m))
		die("MEMORY: %s", strerror(errno));
	return m.disks;
}

/* What was its own goes when it ends, but not at once. */
static void wait_for_disks(unsigned int wanted)
{
	int tries = 1000;

	while (disks_now() != wanted && --tries)
		usleep(10000);
}

/* In one line, and nothing else. */
static bool said_no_memory(void)
{
	char *end;
	ssize_t n = read(heard[0], said, sizeof(said) - 1);

	said[n > 0 ? n : 0] = '\0';
	end = strchr(said, '\n');
	return !strncmp(said, "srdctl: ", 8) && strstr(said, "memory") && end && !end[1];
}

/* Its process stays, to be asked how far it was; @more disks are there if it ends well. */
static int finish(unsigned int more)
{
	int err = ENOMEM;
	siginfo_t info;
	bool well;

	if (write(go[1], "", 1) != 1 || waitid(P_PID, tool, &info, WEXITED | WNOWAIT))
		die("srdctl: %s", strerror(errno));
	well = info.si_code == CLD_EXITED && !info.si_status;
	wait_for_disks(disks + (well ? more : 0));
	if (anything_left())
		die("a file is left");
	if (well)
		return 0;
	if (!said_no_memory() || info.si_code != CLD_EXITED || info.si_status != 1) {
		printf("it ended with %d, and said: %s\n", info.si_status, said);
		err = EPROTO;
	}
	return err;
}

/* ---- save ---- */

static void a_disk(void)
{
	struct srd_ioc_create c = { .size = sizeof(c), .capacity = CAPACITY };
	char *buf = io_buffer(CAPACITY);
	int fd;

	if (command(SRD_IOC_CREATE, &c))
		die("CREATE: %s", strerror(errno));
	memset(content, 0, sizeof(content));
	memset(content, 'a', 3 * PAGE);
	memset(content + CAPACITY / 2, 'b', PAGE);
	memcpy(buf, content, CAPACITY);
	fd = open_number(c.number, O_WRONLY | O_DIRECT);
	write_all(fd, buf, 3 * PAGE, 0);
	write_all(fd, buf + CAPACITY / 2, PAGE, CAPACITY / 2);
	close(fd);
	free(buf);
	disks = disks_now();
}

static void save_to(const char *const *command_line)
{
	a_disk();
	words = command_line;
}

static void save_raw(void)
{
	static const char *const line[] = {
		"srdctl", "save", "--threads", "1", "srd0", "saved", NULL
	};

	save_to(line);
}

static void save_zstd(void)
{
	static const char *const line[] = {
		"srdctl", "save", "--threads", "1", "--format", "zstd", "srd0", "saved", NULL
	};

	save_to(line);
}

static void old_file(void)
{
	write_file("saved", OLD, sizeof(OLD));
	start();
}

static int run_save(void)
{
	int err = finish(0);

	if (err && !file_has("saved", OLD, sizeof(OLD)))
		die("the old file is not what it was");
	return err;
}

static int run_save_raw(void)
{
	int err = run_save();

	if (!err && !file_has("saved", content, CAPACITY))
		die("the file is not what the disk holds");
	return err;
}

static int run_save_zstd(void)
{
	int err = run_save();

	if (!err && system("zstd -dcq saved >unpacked"))
		die("the file is not what zstd unpacks");
	if (!err && !file_has("unpacked", content, CAPACITY))
		die("the file is not what the disk holds");
	return err;
}

/* ---- restore ---- */

static void remove_all(void)
{
	struct srd_ioc_info i = { .size = sizeof(i) };

	reap();
	while (!command(SRD_IOC_NEXT, &i)) {
		remove_number(i.number);
		i.number = 0;
	}
	used_by_all();
}

/* A disk whose memory nobody has a part in, as it was. */
static void restore_new(void)
{
	static const char *const line[] = {
		"srdctl", "restore", "--threads", "1", "image", NULL
	};

	remove_all();
	a_disk();
	write_file("image", content, CAPACITY);
	words = line;
}

static int run_restore_new(void)
{
	int err = finish(1);

	if (!err && !disk_has(1, content))
		die("the disk is not what the file holds");
	return err;
}

static void restore_into(void)
{
	static const char *const line[] = {
		"srdctl", "restore", "--threads", "1", "--into", "srd0", "image", NULL
	};

	restore_new();
	if (reset(0))
		die("RESET: %s", strerror(errno));
	words = line;
}

static int run_restore_into(void)
{
	int err = finish(0);
	static char nothing[CAPACITY];

	if (!disk_has(0, err ? nothing : content))
		die("the disk is not what it has to be");
	return err;
}

static const struct attempt attempts[] = {
	{ "save-raw", save_raw, old_file, run_save_raw, NULL, false },
	{ "save-zstd", save_zstd, old_file, run_save_zstd, NULL, false },
	{ "restore", restore_new, start, run_restore_new, restore_new, false },
	{ "restore-into", restore_into, start, run_restore_into, restore_into, false },
};

int main(int argc, char **argv)
{
	if (argc < 2)
		die("usage: fail-tool CASE...");
	return !attempt_all(attempts, sizeof(attempts) / sizeof(*attempts), argv + 1, remove_all);
}
