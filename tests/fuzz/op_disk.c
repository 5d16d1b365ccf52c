// SPDX-License-Identifier: GPL-2.0
/*
 * srd-fuzz - what programs do to a disk's nodes
 *
 * arg[0]: which slot; the others as each operation says. Offsets are 64-bit, lengths are cut to
 * what the buffers have where the kernel would not refuse more.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/blkpg.h>
#include <linux/fs.h>
#include <linux/hdreg.h>

#include "fuzz.h"

static long result(long r)
{
	return r < 0 ? -errno : r;
}

/* ---- open and close: arg[1]: number, with 4 and above windows, partitions; arg[2]: flags ---- */

static void node(uint64_t which, char *path, size_t size)
{
	static const char * const formats[] = { "/dev/srd%u", "/dev/srd%u-window", "/dev/srd%up1" };

	snprintf(path, size, formats[which / 4 % ARRAY_SIZE(formats)], (unsigned int)which % 4);
}

static void make_open(struct step *s)
{
	s->arg[0] = below(DISKS);
	s->arg[1] = one_in(5) ? below(12) : one_in(2) ? below(4) : 0;
	s->arg[2] = one_in(4) ? below(32) : below(4);
}

static long run_open(const struct step *s)
{
	static const int modes[] = { O_RDWR, O_RDWR | O_DIRECT, O_RDONLY | O_DIRECT, O_RDONLY };
	int flags = modes[s->arg[2] % 4];
	char path[32];

	flags |= s->arg[2] & 4 ? O_EXCL : 0;
	flags |= s->arg[2] & 8 ? O_DSYNC : 0;
	flags |= s->arg[2] & 16 ? O_NONBLOCK : 0;
	node(s->arg[1], path, sizeof(path));
	return slot_open_disk(s->arg[0], path, flags);
}

static void make_close(struct step *s)
{
	s->arg[0] = below(DISKS);
}

static long run_close(const struct step *s)
{
	return slot_close_disk(s->arg[0]);
}

/* ---- read and write: arg[1]: offset; arg[2]: length; arg[3]: way, and from bit 8 flags ---- */

static void make_io(struct step *s)
{
	s->arg[0] = below(DISKS);
	s->arg[1] = value(V_OFFSET);
	s->arg[2] = value(V_LENGTH);
	s->arg[3] = (one_in(6) ? below(WAY_COUNT) : 0) | below(8) << 8;
}

static int rwf(uint64_t flags)
{
	static const int all[] = { 0, 0, 0, RWF_NOWAIT, RWF_HIPRI, RWF_DSYNC, RWF_SYNC,
				   RWF_HIPRI | RWF_NOWAIT };

	return all[flags % ARRAY_SIZE(all)];
}

/* Buffers are aligned for O_DIRECT unless the way says otherwise. */
static struct iovec vector(const struct step *s)
{
	size_t len = s->arg[2] < BUFFER_SIZE ? s->arg[2] : BUFFER_SIZE;

	return (struct iovec){ memory_place(run_thread(), s->arg[3] & 0xff, len), len };
}

static long run_read(const struct step *s)
{
	struct iovec v = vector(s);

	return result(preadv2(slot_disk(s->arg[0]), &v, 1, s->arg[1], rwf(s->arg[3] >> 8)));
}

static long run_write(const struct step *s)
{
	struct iovec v = vector(s);

	if (memory_writable(s->arg[3] & 0xff))
		memset(v.iov_base, s->arg[1] >> 9, v.iov_len > 64 ? 64 : v.iov_len);
	return result(pwritev2(slot_disk(s->arg[0]), &v, 1, s->arg[1], rwf(s->arg[3] >> 8)));
}

/* ---- scatter: arg[1]: offset; arg[2]: how many pages; arg[3]: pages between them ---- */

#define SCATTER_MAX	600

static void make_scatter(struct step *s)
{
	s->arg[0] = below(DISKS);
	s->arg[1] = one_in(4) ? value(V_OFFSET) : below(64) * 4096ULL;
	s->arg[2] = one_in(2) ? below(SCATTER_MAX) : 1 + below(32);
	s->arg[3] = one_in(3) ? below(600) : 1 + below(3);
}

/* One page, and another one, so that there are more pieces than a program has steps. */
static long run_scatter(const struct step *s)
{
	uint64_t count = s->arg[2] % SCATTER_MAX, stride = 1 + s->arg[3] % 4096, i;
	char *page = memory_place(run_thread(), WAY_PLAIN, 4096);
	long done = 0;

	memset(page, 0x5c, 64);
	for (i = 0; i < count && done >= 0; i++)
		done = pwrite(slot_disk(s->arg[0]), page, 4096, s->arg[1] + i * stride * 4096);
	return result(done);
}

/* ---- ranges: arg[1]: offset; arg[2]: length; arg[3]: which kind ---- */

static void make_range(struct step *s)
{
	s->arg[0] = below(DISKS);
	s->arg[1] = value(V_OFFSET);
	s->arg[2] = one_in(4) ? value(V_CAPACITY) : value(V_LENGTH);
	s->arg[3] = below(8);
}

/* A disk of an exabyte takes years to zero: what is long ends after 16 GiB, or overflows. */
static uint64_t range_length(uint64_t len)
{
	return len < UINT64_MAX - 511 ? len & ((16ULL << 30) - 1) : len;
}

static long run_range(const struct step *s)
{
	static const unsigned long commands[] = { BLKDISCARD, BLKZEROOUT, BLKSECDISCARD };
	static const int modes[] = {
		FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, FALLOC_FL_ZERO_RANGE,
		FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 0,
		FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_NO_HIDE_STALE
	};
	uint64_t range[2] = { s->arg[1], range_length(s->arg[2]) };
	unsigned int kind = s->arg[3] % 8;

	if (kind < ARRAY_SIZE(commands))
		return result(ioctl(slot_disk(s->arg[0]), commands[kind], range));
	return result(fallocate(slot_disk(s->arg[0]), modes[kind - ARRAY_SIZE(commands)],
				range[0], range[1]));
}

/* ---- the rest: arg[1]: which kind; arg[2] and arg[3]: its numbers ---- */

static void make_other(struct step *s)
{
	s->arg[0] = below(DISKS);
	s->arg[1] = below(10);
	s->arg[2] = value(V_OFFSET);
	s->arg[3] = value(V_LENGTH);
}

static long partition(const struct step *s)
{
	struct blkpg_partition p = { .start = s->arg[2], .length = s->arg[3] * 16, .pno = 1 };
	struct blkpg_ioctl_arg arg = { .op = 1 + s->arg[2] % 3, .datalen = sizeof(p), .data = &p };

	return result(ioctl(slot_disk(s->arg[0]), BLKPG, &arg));
}

static long run_other(const struct step *s)
{
	int fd = slot_disk(s->arg[0]), on = s->arg[2] & 1;
	struct hd_geometry geometry;
	uint64_t size;

	switch (s->arg[1] % 10) {
	case 0:
		return result(fsync(fd));
	case 1:
		return result(fdatasync(fd));
	case 2:
		return result(ioctl(fd, BLKFLSBUF, 0));
	case 3:
		return result(ioctl(fd, BLKRRPART, 0));
	case 4:
		return result(ioctl(fd, BLKROSET, &on));
	case 5:
		return result(ioctl(fd, HDIO_GETGEO, &geometry));
	case 6:
		return result(ioctl(fd, BLKGETSIZE64, &size));
	case 7:
		return result(lseek(fd, s->arg[2], SEEK_DATA));
	case 8:
		return result(sync_file_range(fd, s->arg[2], s->arg[3], 7));
	default:
		return partition(s);
	}
}

/* ---- mappings: arg[1]: node; arg[2]: offset; arg[3]: pages, and from bit 16 protection ---- */

static void make_map(struct step *s)
{
	s->arg[0] = below(MAPS);
	s->arg[1] = one_in(3) ? below(4) : 4 + below(4);
	s->arg[2] = one_in(8) ? value(V_OFFSET) : below(64) * 4096ULL;
	s->arg[3] = (1 + below(one_in(4) ? 4096 : 64)) | below(8) << 16;
}

static long run_map(const struct step *s)
{
	int prot = s->arg[3] >> 16 & 1 ? PROT_READ : PROT_READ | PROT_WRITE;
	int flags = (s->arg[3] >> 17 & 3) == 3 ? MAP_PRIVATE : MAP_SHARED;
	char path[32];

	node(s->arg[1], path, sizeof(path));
	return slot_map(s->arg[0], path, prot, flags, s->arg[2], (s->arg[3] & 0xffff) * 4096);
}

static void make_touch(struct step *s)
{
	s->arg[0] = below(MAPS);
	s->arg[1] = below(64) * 4096ULL + below(4096);
	s->arg[2] = below(2);
}

static long run_touch(const struct step *s)
{
	return slot_touch(s->arg[0], s->arg[1], s->arg[2] & 1);
}

static void make_unmap(struct step *s)
{
	s->arg[0] = below(MAPS);
}

static long run_unmap(const struct step *s)
{
	return slot_unmap(s->arg[0]);
}

const struct op disk_ops[] = {
	{ "open", make_open, run_open, 14 },
	{ "close", make_close, run_close, 6 },
	{ "read", make_io, run_read, 10 },
	{ "write", make_io, run_write, 16 },
	{ "scatter", make_scatter, run_scatter, 6 },
	{ "range", make_range, run_range, 10 },
	{ "other", make_other, run_other, 8 },
	{ "map", make_map, run_map, 8 },
	{ "touch", make_touch, run_touch, 8 },
	{ "unmap", make_unmap, run_unmap, 2 },
};

const unsigned int disk_ops_count = ARRAY_SIZE(disk_ops);
