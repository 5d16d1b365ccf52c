// SPDX-License-Identifier: GPL-2.0
/*
 * usage: window CASE
 *
 * Maps the window of srd0, a disk of 16 MiB that is empty, and looks whether the mapping behaves as
 * that of a file does. srd1 is another disk of that size. Exit status 1 when something is
 * wrong, 77 when the kernel cannot play it.
 */
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "window.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ	22
#define MADV_POPULATE_WRITE	23
#endif

#define LEN	(16UL << 20)
#define RW	(PROT_READ | PROT_WRITE)

static int disk, window;
static uint8_t *map;
static uint8_t *buf;

static void want(bool is, const char *what)
{
	if (!is)
		die("%s", what);
}

static void want_page(const void *page, int byte, const char *what)
{
	const uint8_t *p = page;
	unsigned int i;

	for (i = 0; i < PAGE; i++)
		if (p[i] != byte)
			die("%s: byte %u is %02x, not %02x", what, i, p[i], byte);
}

static void write_page(unsigned int page, int byte)
{
	memset(buf, byte, PAGE);
	want(pwrite(disk, buf, PAGE, (uint64_t)page * PAGE) == PAGE, "write to the disk");
}

static void want_disk(unsigned int page, int byte, const char *what)
{
	want(pread(disk, buf, PAGE, (uint64_t)page * PAGE) == PAGE, "read from the disk");
	want_page(buf, byte, what);
}

static void range(unsigned long cmd, unsigned int first, unsigned int pages)
{
	uint64_t what[2] = { (uint64_t)first * PAGE, (uint64_t)pages * PAGE };

	want(!ioctl(disk, cmd, what), "ioctl of a range");
}

static void fill(unsigned int page, int byte)
{
	memset(map + (size_t)page * PAGE, byte, PAGE);
}

static uint8_t *at(unsigned int page)
{
	return map + (size_t)page * PAGE;
}

/* ---- what both sides see ---- */

static void both_ways(void)
{
	fill(0, 0x11);
	want_disk(0, 0x11, "a store where nothing was");
	write_page(0, 0x12);
	want_page(at(0), 0x12, "a write to a mapped page");
	want_page(at(1), 0, "a hole");
	write_page(1, 0x13);
	want_page(at(1), 0x13, "a first write to a page that was read through the mapping");
	fill(1, 0x14);
	want_disk(1, 0x14, "a store after that");
	write_page(2, 0x15);
	want_page(at(2), 0x15, "a page that was written before it was mapped");
	*at(3) = 0x16;
	want(*at(3) == 0x16, "a byte");
	want(lseek(window, 0, SEEK_END) == LEN, "the window's length");
	want(!msync(map, LEN, MS_SYNC), "msync");
}

static void emptied(void)
{
	unsigned int i;

	for (i = 0; i < 2048; i++)
		fill(i, 0x21);
	range(BLKDISCARD, 1, 1);
	want_page(at(1), 0, "a discarded page");
	range(BLKDISCARD, 100, 1500);
	want_page(at(100), 0, "the first of many that were discarded");
	want_page(at(1599), 0, "the last of them");
	want_page(at(1600), 0x21, "the page behind them");
	range(BLKZEROOUT, 1700, 2);
	want_page(at(1700), 0, "a zeroed page");
	fill(1, 0x22);
	want_disk(1, 0x22, "a store after a discard");
	want(!reset(1), "reset of the other disk");
}

/* ---- what mappings can do ---- */

static void private_mapping(void)
{
	uint8_t *mine = window_map(window, LEN, RW, MAP_PRIVATE);

	write_page(0, 0x31);
	want_page(mine, 0x31, "a private mapping");
	write_page(0, 0x32);
	want_page(mine, 0x32, "a private mapping after another write");
	memset(mine, 0x33, PAGE);
	want_disk(0, 0x32, "the disk after a store to a private mapping");
	write_page(0, 0x34);
	want_page(mine, 0x33, "a private copy");
	range(BLKDISCARD, 0, 1);
	want_page(mine, 0x33, "a private copy after a discard");
	memset(mine + PAGE, 0x35, PAGE);
	want_disk(1, 0, "a hole after a store to a private mapping");
	want_page(at(1), 0, "the same through a shared one");
}

static void forked(void)
{
	uint8_t *mine = window_map(window, PAGE, RW, MAP_PRIVATE);
	int status;
	pid_t child;

	fill(0, 0x41);
	mine[0] = 0x42;
	child = fork();
	want(child >= 0, "fork");
	if (!child) {
		want_page(at(0), 0x41, "the parent's page in the child");
		fill(0, 0x43);
		fill(1, 0x44);
		mine[0] = 0x45;
		range(BLKDISCARD, 2, 1);
		exit(0);
	}
	fill(2, 0x46);
	want(waitpid(child, &status, 0) == child && !status, "the child");
	want_page(at(0), 0x43, "the child's store");
	want_page(at(1), 0x44, "the child's store to a hole");
	want(mine[0] == 0x42, "a private page after the child's store");
}

static void moved(void)
{
	uint8_t *small = window_map(window, 2 * PAGE, RW, MAP_SHARED), *old = small;

	small[PAGE] = 0x51;
	small = mremap(small, 2 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
	want(small != MAP_FAILED, "mremap that grows");
	memset(small + 7 * PAGE, 0x52, PAGE);
	want_disk(7, 0x52, "a store to what mremap added");
	want(small[PAGE] == 0x51, "what was mapped before");
	range(BLKDISCARD, 7, 1);
	want_page(small + 7 * PAGE, 0, "a moved page after a discard");

	want(!munmap(small + 2 * PAGE, 3 * PAGE), "munmap in the middle");
	small[0] = 0x53;
	memset(small + 5 * PAGE, 0x54, PAGE);
	want_disk(5, 0x54, "a store behind the gap");
	want(!mprotect(small + 6 * PAGE, PAGE, PROT_READ), "mprotect");
	want(!munmap(small, 2 * PAGE) && !munmap(small + 5 * PAGE, 3 * PAGE), "munmap");
	(void)old;
	fill(0, 0x55);
	want_disk(0, 0x55, "the other mapping after all that");
}

static void advised(void)
{
	uint8_t *other;

	fill(0, 0x61);
	want(!madvise(map, LEN, MADV_DONTNEED), "MADV_DONTNEED");
	want_page(at(0), 0x61, "a page after MADV_DONTNEED");
	want(!madvise(map, 4 * PAGE, MADV_RANDOM) && !madvise(map, 4 * PAGE, MADV_WILLNEED),
	     "MADV_RANDOM, MADV_WILLNEED");
	want(!madvise(at(8), 8 * PAGE, MADV_POPULATE_READ), "MADV_POPULATE_READ");
	want(!madvise(at(8), 8 * PAGE, MADV_POPULATE_WRITE), "MADV_POPULATE_WRITE");
	want(madvise(at(0), PAGE, MADV_REMOVE) && errno, "MADV_REMOVE is not to be had");
	want(!mlock(at(32), 16 * PAGE) && !munlock(at(32), 16 * PAGE), "mlock");
	other = window_map(window, LEN, RW, MAP_SHARED | MAP_POPULATE);
	want_page(other, 0x61, "MAP_POPULATE");
	memset(other + PAGE, 0x62, PAGE);
	want_page(at(1), 0x62, "a store through the other mapping");
}

/* What the kernel does with a process's pages: direct I/O, other processes. */
static void pinned(void)
{
	int other = open_number(1, O_RDWR | O_DIRECT);
	struct iovec from = { at(0), PAGE }, to = { buf, PAGE };

	fill(0, 0x71);
	want(pwrite(other, at(0), PAGE, 0) == PAGE, "direct write from the mapping");
	want(pread(other, buf, PAGE, 0) == PAGE, "direct read");
	want_page(buf, 0x71, "what was written from the mapping");
	memset(buf, 0x72, PAGE);
	want(pwrite(other, buf, PAGE, PAGE) == PAGE, "direct write");
	want(pread(other, at(5), PAGE, PAGE) == PAGE, "direct read into a hole of the mapping");
	want_disk(5, 0x72, "what was read into the mapping");
	want(pwrite(other, at(9), PAGE, 0) == PAGE, "direct write from a hole");
	want(pread(other, buf, PAGE, 0) == PAGE, "direct read");
	want_page(buf, 0, "what was written from a hole");
	want(process_vm_readv(getpid(), &to, 1, &from, 1, 0) == PAGE, "process_vm_readv");
	want_page(buf, 0x71, "what process_vm_readv read");
	/* Of itself onto itself: a page that is read and written by one request. */
	want(pread(disk, at(6), PAGE, 0) == PAGE, "direct read of the disk into its own mapping");
	want_page(at(6), 0x71, "what that read");
	want(write(open("/dev/null", O_WRONLY), map, LEN) == LEN, "write from the whole mapping");
}

/* ---- what is refused ---- */

static void read_only(void)
{
	int fd = window_open(0, O_RDONLY);
	uint8_t *mine;

	write_page(0, 0x81);
	want(mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EACCES,
	     "writing to a window that was opened to read");
	mine = window_map(fd, PAGE, PROT_READ, MAP_SHARED);
	want_page(mine, 0x81, "a mapping to read");
	want(mprotect(mine, PAGE, RW) && errno == EACCES, "mprotect of it");
	mine = window_map(fd, PAGE, RW, MAP_PRIVATE);
	mine[0] = 0;
	want_disk(0, 0x81, "the disk after a store to a private mapping");
	want(read(fd, buf, PAGE) < 0 && errno == EINVAL, "read() of a window");
}

static void read_only_disk(void)
{
	unsigned int number;
	uint8_t *old;

	fill(0, 0x91);
	number = snapshot(0, 0);
	want(!window_switch(number, true), "a snapshot's window");
	close(window_open(number, O_RDONLY));
	{
		char path[40];

		snprintf(path, sizeof(path), "/dev/srd%u-window", number);
		want(open(path, O_RDWR) < 0 && errno == EROFS, "a read-only disk's window");
	}
	window = window_open(number, O_RDONLY);
	old = window_map(window, LEN, PROT_READ, MAP_SHARED);
	want_page(old, 0x91, "a snapshot's window");
	fill(0, 0x92);
	want_page(old, 0x91, "a snapshot's window after a store to the disk");
	want(!munmap(old, LEN), "munmap");
	close(window);
	remove_number(number);
}

static void beyond(void)
{
	uint8_t *more = window_map(window, LEN + PAGE, RW, MAP_SHARED);

	want(!SURVIVES(more[LEN] = 1), "a store past the end gets SIGBUS");
	want(!SURVIVES(want(more[LEN], "zero")), "a load past the end gets SIGBUS");
	more[LEN - 1] = 0xa1;
	want(!resize(0, 2 * LEN), "growing");
	want(SURVIVES(more[LEN] = 0xa2), "a store to what was added");
	want(resize(0, LEN) == EBUSY, "shrinking under a window");
	want(more[LEN] == 0xa2, "what was added");
}

/* ---- what happens to the disk ---- */

static void snapshotted(void)
{
	uint8_t *copy = io_buffer(PAGE);
	unsigned int number, i;
	int fd;

	for (i = 0; i < 64; i++)
		fill(i, 0xb0);
	number = snapshot(0, 0);
	fd = open_number(number, O_RDONLY | O_DIRECT);
	for (i = 0; i < 64; i += 2)
		fill(i, 0xb1);
	for (i = 1; i < 64; i += 4)
		write_page(i, 0xb2);
	for (i = 0; i < 64; i++) {
		want(pread(fd, copy, PAGE, (uint64_t)i * PAGE) == PAGE, "read of the snapshot");
		want_page(copy, 0xb0, "the snapshot");
		want_page(at(i), i % 2 == 0 ? 0xb1 : i % 4 == 1 ? 0xb2 : 0xb0, "the mapping");
		want_disk(i, i % 2 == 0 ? 0xb1 : i % 4 == 1 ? 0xb2 : 0xb0, "the disk");
	}
	close(fd);
	remove_number(number);
	for (i = 0; i < 64; i++)
		fill(i, 0xb3);
	want_disk(63, 0xb3, "the disk when the snapshot is gone");
}

static void rolled_back(void)
{
	unsigned int number;

	fill(0, 0xc1);
	number = snapshot(0, 0);
	fill(0, 0xc2);
	fill(5000 % 4096, 0xc3);
	close(disk);
	want(!rollback(0, number), "rollback");
	want_page(at(0), 0xc1, "a page after rollback");
	want_page(at(5000 % 4096), 0, "a page that the snapshot has not");
	fill(0, 0xc4);
	want(!reset(0), "reset");
	want_page(at(0), 0, "a page after reset");
	remove_number(number);
}

static void switched_off(void)
{
	fill(0, 0xd1);
	want(!window_switch(0, false), "switching it off");
	want(!SURVIVES(*at(0) = 1), "a store when it is off");
	want(!SURVIVES(want(*at(1), "zero")), "a load when it is off");
	want(mmap(NULL, PAGE, RW, MAP_SHARED, window, 0) == MAP_FAILED && errno == ENODEV,
	     "another mapping of what is off");
	want_disk(0, 0xd1, "the disk");
	/* A new one, with the old still mapped. */
	want(!window_switch(0, true), "switching it on");
	close(window);
	window = window_open(0, O_RDWR);
	want(!SURVIVES(*at(0) = 1), "a store to the old mapping");
	munmap(map, LEN);
	map = window_map(window, LEN, RW, MAP_SHARED);
	want_page(at(0), 0xd1, "the new mapping");
	range(BLKDISCARD, 0, 1);
	want_page(at(0), 0, "the new mapping after a discard");
}

static void removed(void)
{
	struct srd_ioc_remove r = { .size = sizeof(r) };

	fill(0, 0xe1);
	close(disk);
	want(command(SRD_IOC_REMOVE, &r) == EBUSY, "removing a disk whose window is open");
	r.flags = SRD_REMOVE_FORCE;
	want(!command(SRD_IOC_REMOVE, &r), "removing it by force");
	want(!SURVIVES(*at(0) = 1), "a store to a disk that is gone");
	want(!SURVIVES(want(*at(100), "zero")), "a load from a disk that is gone");
}

static void removed_later(void)
{
	struct srd_ioc_remove r = { .size = sizeof(r), .flags = SRD_REMOVE_DEFERRED };
	struct srd_ioc_info info = { .size = sizeof(info) };
	int tries = 500, err;

	close(disk);
	want(!command(SRD_IOC_REMOVE, &r), "deferred removal");
	want(!command(SRD_IOC_INFO, &info), "the disk is there as long as its window is open");
	fill(0, 0xe2);
	close(window);
	fill(1, 0xe3);
	munmap(map, LEN);
	while (!(err = command(SRD_IOC_INFO, &info)) && --tries)
		usleep(10000);
	want(err == ENODEV, "the disk is gone when its window is closed");
}

/* Memory that fails under a mapping; it stays what it is until the disk lets go of it. */
static void poisoned(void)
{
	uint8_t *other;

	fill(0, 0x19);
	if (madvise(at(0), PAGE, MADV_HWPOISON) && errno == EINVAL)
		exit(77);
	other = window_map(window, LEN, RW, MAP_SHARED);
	want(!SURVIVES(want(*other, "something")), "a load from bad memory gets SIGBUS");
	want(!SURVIVES(*other = 1), "a store to bad memory gets SIGBUS");
	fill(1, 0x1a);
	want_disk(1, 0x1a, "the page beside it");
	range(BLKDISCARD, 0, 1);
	want_page(other, 0, "the place when that memory was given back");
}

/* The limit that the caller has set is 64 KiB above what the empty disk takes. */
static void full(void)
{
	volatile unsigned int i;

	for (i = 0; i < 64; i++)
		want_page(at(i), 0, "a hole of a full disk");
	for (i = 0; i < 64; i++)
		if (!SURVIVES(fill(i, 0xf1)))
			break;
	want(i > 4 && i < 17, "SIGBUS at the limit");
	want_page(at(63), 0, "a hole of a full disk");
	range(BLKDISCARD, 0, 1);
	want(SURVIVES(*at(i) = 0xf2), "a store when a page was given back");
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "both-ways", both_ways },
	{ "emptied", emptied },
	{ "private", private_mapping },
	{ "forked", forked },
	{ "moved", moved },
	{ "advised", advised },
	{ "pinned", pinned },
	{ "read-only", read_only },
	{ "read-only-disk", read_only_disk },
	{ "beyond", beyond },
	{ "snapshotted", snapshotted },
	{ "rolled-back", rolled_back },
	{ "switched-off", switched_off },
	{ "removed", removed },
	{ "removed-later", removed_later },
	{ "poisoned", poisoned },
	{ "full", full },
};

int main(int argc, char **argv)
{
	unsigned int i;

	for (i = 0; argc == 2 && i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (strcmp(argv[1], cases[i].name))
			continue;
		catch_bus();
		buf = io_buffer(PAGE);
		if (window_switch(0, true))
			die("no window");
		disk = open_number(0, O_RDWR | O_DIRECT);
		window = window_open(0, O_RDWR);
		map = window_map(window, LEN, RW, MAP_SHARED);
		cases[i].run();
		return 0;
	}
	die("usage: window CASE");
}
