// SPDX-License-Identifier: GPL-2.0
/*
 * ioctl-commands - each command of /dev/srd-control by itself
 *
 * usage: ioctl-commands CASE
 */
#include "ioctl.h"

/* ---- cases: each command by itself ---- */

static void expect_create(struct srd_ioc_create c, int wanted, const char *what)
{
	int got;

	c.size = sizeof(c);
	if (!c.capacity)
		c.capacity = MIB;
	got = call(SRD_IOC_CREATE, &c);
	expect_error(got, wanted, "CREATE, %s", what);
	if (!got && remove_disk(c.number))
		wrong("CREATE, %s: the disk cannot be removed", what);
	expect_value(disks(), 0, "disks");
}

#define bad(wanted, ...) \
	expect_create((struct srd_ioc_create){ __VA_ARGS__ }, wanted, #__VA_ARGS__)
#define good(...)	bad(0, __VA_ARGS__)

static void create_checks_each_field(void)
{
	const unsigned int cpus = sysconf(_SC_NPROCESSORS_CONF);
	unsigned int shift;

	/* errno: CREATE EINVAL EFBIG */
	bad(EINVAL, .capacity = 1);
	bad(EINVAL, .capacity = 511);
	bad(EINVAL, .capacity = MIB + 256);
	bad(EINVAL, .capacity = MIB + 512, .block_size = 1024);
	bad(EINVAL, .capacity = MIB + 2048, .block_size = 4096);
	bad(EFBIG, .capacity = (1ULL << 54) + 512);
	bad(EFBIG, .capacity = 1ULL << 63);
	bad(EFBIG, .capacity = -512ULL);
	bad(EINVAL, .capacity = -1ULL);
	good(.capacity = 512);
	good(.capacity = MIB + 512);
	good(.capacity = 1ULL << 54);

	for (shift = 0; shift < 32; shift++)
		bad(shift >= 9 && shift <= 12 ? 0 : EINVAL, .block_size = 1U << shift);
	bad(EINVAL, .block_size = 513);
	bad(EINVAL, .block_size = 3000);
	bad(EINVAL, .block_size = 3072, .capacity = 3072 * 1024);
	bad(EINVAL, .block_size = UINT_MAX);

	good(.queues = 1);
	good(.queues = cpus);
	bad(EINVAL, .queues = cpus + 1);
	bad(EINVAL, .queues = UINT_MAX);
	good(.queue_depth = 1);
	good(.queue_depth = 1024);
	bad(EINVAL, .queue_depth = 10241);
	bad(EINVAL, .queue_depth = UINT_MAX);

	good(.flags = SRD_CREATE_NODE, .node = -1);
	good(.flags = SRD_CREATE_NODE, .node = 0);
	bad(EINVAL, .flags = SRD_CREATE_NODE, .node = -2);
	bad(EINVAL, .flags = SRD_CREATE_NODE, .node = 1);
	bad(EINVAL, .flags = SRD_CREATE_NODE, .node = 99);
	bad(EINVAL, .flags = SRD_CREATE_NODE, .node = INT_MAX);
	bad(EINVAL, .flags = SRD_CREATE_NODE, .node = INT_MIN);
	good(.node = 99);	/* not given */

	good(.flags = SRD_CREATE_NUMBER, .number = 0);
	good(.flags = SRD_CREATE_NUMBER, .number = (1 << 20) - 1);
	bad(EINVAL, .flags = SRD_CREATE_NUMBER, .number = 1 << 20);
	bad(EINVAL, .flags = SRD_CREATE_NUMBER, .number = INT_MAX);
	bad(EINVAL, .flags = SRD_CREATE_NUMBER, .number = 1U << 31);
	bad(EINVAL, .flags = SRD_CREATE_NUMBER, .number = UINT_MAX);
	good(.number = UINT_MAX);	/* not given */

	good(.limit = 1);
	good(.limit = -1ULL);
}

static void create_checks_the_mode(void)
{
	const unsigned int cpus = sysconf(_SC_NPROCESSORS_CONF);
	unsigned int mode;

	good(.flags = SRD_CREATE_MODE, .mode = SRD_MODE_MQ);
	good(.flags = SRD_CREATE_MODE, .mode = SRD_MODE_BIO);
	for (mode = 2; mode; mode <<= 1)
		bad(EINVAL, .flags = SRD_CREATE_MODE, .mode = mode);
	bad(EINVAL, .flags = SRD_CREATE_MODE, .mode = SRD_MODE_BIO | 2);
	bad(EINVAL, .flags = SRD_CREATE_MODE, .mode = UINT_MAX);
	bad(EINVAL, .mode = SRD_MODE_BIO);	/* not given */

	good(.flags = SRD_CREATE_POLL_QUEUES, .poll_queues = 0);
	good(.flags = SRD_CREATE_POLL_QUEUES, .poll_queues = cpus);
	good(.flags = SRD_CREATE_POLL_QUEUES, .poll_queues = 1, .queues = 1, .queue_depth = 1);
	bad(EINVAL, .flags = SRD_CREATE_POLL_QUEUES, .poll_queues = cpus + 1);
	bad(EINVAL, .flags = SRD_CREATE_POLL_QUEUES, .poll_queues = 1U << 31);
	bad(EINVAL, .flags = SRD_CREATE_POLL_QUEUES, .poll_queues = UINT_MAX);
	bad(EINVAL, .poll_queues = 1);	/* not given */

	/* A disk without queues has neither number nor depth of them. */
	bad(EINVAL, .flags = SRD_CREATE_MODE, .mode = SRD_MODE_BIO, .queues = 1);
	bad(EINVAL, .flags = SRD_CREATE_MODE, .mode = SRD_MODE_BIO, .queue_depth = 128);
	bad(EINVAL, .flags = SRD_CREATE_MODE | SRD_CREATE_POLL_QUEUES, .mode = SRD_MODE_BIO,
	    .poll_queues = 1);
	good(.flags = SRD_CREATE_MODE | SRD_CREATE_POLL_QUEUES, .mode = SRD_MODE_BIO);
}

static void create_checks_prealloc(void)
{
	good(.flags = SRD_CREATE_PREALLOC);
	good(.flags = SRD_CREATE_SPARSE);
	good(.flags = SRD_CREATE_PREALLOC | SRD_CREATE_READ_ONLY);
	good(.flags = SRD_CREATE_PREALLOC | SRD_CREATE_MODE, .mode = SRD_MODE_BIO);
	bad(EINVAL, .flags = SRD_CREATE_PREALLOC | SRD_CREATE_SPARSE);
	bad(EINVAL, .flags = SRD_CREATE_PREALLOC | SRD_CREATE_SPARSE | SRD_CREATE_READ_ONLY);
	/* errno: CREATE ENOMEM */
	bad(ENOMEM, .flags = SRD_CREATE_PREALLOC, .limit = MIB);
	bad(ENOMEM, .flags = SRD_CREATE_PREALLOC, .limit = 1);
	good(.flags = SRD_CREATE_PREALLOC, .limit = MIB + MIB / 4);
	good(.flags = SRD_CREATE_SPARSE, .limit = 1);
	bad(ENOMEM, .flags = SRD_CREATE_PREALLOC, .capacity = 1ULL << 40, .limit = 2 * MIB);
	bad(EFBIG, .flags = SRD_CREATE_PREALLOC, .capacity = 1ULL << 63);
}

static void create_checks_the_label(void)
{
	char fine[SRD_LABEL_LEN] = "x";
	struct srd_ioc_create c;
	size_t len = 1;
	int byte;

	good(.label = "a");
	good(.label = "scratch-disk_2.img:x");
	good(.label = "1234567890123456789012345678901");
	bad(EINVAL, .label = "12345678901234567890123456789012");	/* no room for the NUL */
	bad(EINVAL, .label = ".");
	bad(EINVAL, .label = "..");
	bad(EINVAL, .label = ".hidden");
	bad(EINVAL, .label = "behind\0the end");
	bad(EINVAL, .label = "\0behind the end");

	for (byte = 1; byte < 256; byte++) {
		if (byte > ' ' && byte < 0x7f && byte != '/') {
			fine[len++] = (char)byte;
			if (len < sizeof(fine) - 1 && byte != '~')
				continue;
			memset(&c, 0, sizeof(c));
			snprintf(c.label, sizeof(c.label), "%.*s", (int)len, fine);
			expect_create(c, 0, "label with every good byte");
			len = 1;
		} else {
			memset(&c, 0, sizeof(c));
			snprintf(c.label, sizeof(c.label), "x%cx", byte);
			expect_create(c, EINVAL, "label with a bad byte");
		}
	}
}

static void create_says_what_it_made(void)
{
	struct srd_ioc_create c = {
		.size = sizeof(c),
		.flags = SRD_CREATE_NUMBER | SRD_CREATE_NODE | SRD_CREATE_READ_ONLY,
		.capacity = 3 * MIB, .limit = 64 << 10, .number = 7,
		.block_size = 4096, .queues = 1,
		.queue_depth = 16, .node = 0, .label = "seven"
	};
	struct srd_ioc_create d = { .size = sizeof(d), .capacity = 512 };
	struct srd_ioc_info i;
	struct stat st;

	expect_error(call(SRD_IOC_CREATE, &c), 0, "CREATE");
	expect_text(c.name, sizeof(c.name), "srd7", "name");
	expect_value(c.number, 7, "number");
	i = info(7);
	expect_value(i.number, 7, "info.number");
	expect_value(i.state, SRD_STATE_READ_ONLY, "info.state");
	expect_value(i.capacity, 3 * MIB, "info.capacity");
	expect_value(i.limit, 64 << 10, "info.limit");
	expect_value(i.block_size, 4096, "info.block_size");
	expect_value(i.queues, 1, "info.queues");
	expect_value(i.queue_depth, 16, "info.queue_depth");
	expect_value(i.node, 0, "info.node");
	expect_value(i.openers, 0, "info.openers");
	expect_value(i.mode, SRD_MODE_MQ, "info.mode");
	expect_text(i.label, sizeof(i.label), "seven", "info.label");
	expect_text(i.name, sizeof(i.name), "srd7", "info.name");
	if (stat("/dev/srd7", &st))
		err(1, "/dev/srd7");
	expect_value(i.major << 8 | i.minor, st.st_rdev, "info.major and minor");

	/* What was not given comes from the module's defaults. */
	expect_error(call(SRD_IOC_CREATE, &d), 0, "CREATE");
	expect_value(d.number, 0, "number");
	expect_value(d.block_size, 512, "block_size");
	expect_value(d.queues, sysconf(_SC_NPROCESSORS_CONF), "queues");
	expect_value(d.queue_depth, 128, "queue_depth");
	expect_value(d.node, -1, "node");
	expect_value(d.capacity, 512, "capacity");
	expect_value(info(0).limit, 0, "limit");
	expect_text(d.label, sizeof(d.label), "", "label");

	expect_error(remove_disk(0), 0, "remove");
	expect_error(remove_disk(7), 0, "remove");
}

static void create_says_mode_and_queues(void)
{
	struct srd_ioc_create bio = {
		.size = sizeof(bio), .flags = SRD_CREATE_MODE | SRD_CREATE_PREALLOC,
		.capacity = MIB, .mode = SRD_MODE_BIO,
	};
	struct srd_ioc_create polled = {
		.size = sizeof(polled), .flags = SRD_CREATE_POLL_QUEUES, .capacity = MIB,
		.queues = 1, .poll_queues = 1,
	};
	struct srd_ioc_info i;

	expect_error(call(SRD_IOC_CREATE, &bio), 0, "CREATE");
	expect_value(bio.mode, SRD_MODE_BIO, "mode");
	expect_value(bio.queues, 0, "queues");
	expect_value(bio.queue_depth, 0, "queue_depth");
	expect_value(bio.poll_queues, 0, "poll_queues");
	i = info(0);
	expect_value(i.state, SRD_STATE_PREALLOC, "info.state");
	expect_value(i.mode, SRD_MODE_BIO, "info.mode");
	expect_value(i.queues, 0, "info.queues");
	expect_value(i.queue_depth, 0, "info.queue_depth");
	expect_value(i.poll_queues, 0, "info.poll_queues");
	expect_value(i.used, MIB + 2 * 4096, "info.used");

	expect_error(call(SRD_IOC_CREATE, &polled), 0, "CREATE");
	expect_value(polled.mode, SRD_MODE_MQ, "mode");
	expect_value(polled.queues, 1, "queues");
	expect_value(polled.queue_depth, 128, "queue_depth");
	expect_value(polled.poll_queues, 1, "poll_queues");
	expect_value(polled.reserved, 0, "reserved");
	i = info(1);
	expect_value(i.state, 0, "info.state");
	expect_value(i.mode, SRD_MODE_MQ, "info.mode");
	expect_value(i.queues, 1, "info.queues");
	expect_value(i.poll_queues, 1, "info.poll_queues");

	expect_error(remove_disk(0), 0, "remove");
	expect_error(remove_disk(1), 0, "remove");
}

static void create_refuses_what_is_taken(void)
{
	struct srd_ioc_create c = {
		.size = sizeof(c), .flags = SRD_CREATE_NUMBER, .capacity = MIB, .number = 1,
		.label = "mine"
	};
	struct srd_ioc_create number = {
		.size = sizeof(c), .flags = SRD_CREATE_NUMBER, .capacity = MIB, .number = 1
	};
	struct srd_ioc_create label = { .size = sizeof(c), .capacity = MIB, .label = "mine" };
	struct srd_ioc_create other = { .size = sizeof(c), .capacity = MIB, .label = "Mine" };

	expect_error(call(SRD_IOC_CREATE, &c), 0, "CREATE");
	/* errno: CREATE EEXIST */
	expect_error(call(SRD_IOC_CREATE, &number), EEXIST, "number");
	expect_error(call(SRD_IOC_CREATE, &label), EEXIST, "label");
	expect_error(call(SRD_IOC_CREATE, &other), 0, "other label");
	expect_value(disks(), 2, "disks");
	expect_error(remove_disk(1), 0, "remove");
	expect_error(call(SRD_IOC_CREATE, &label), 0, "label that is free again");
	expect_value(label.number, 1, "lowest free number");
	expect_error(remove_disk(0), 0, "remove");
	expect_error(remove_disk(1), 0, "remove");
}

static void read_only_disk_refuses_writes(void)
{
	struct srd_ioc_create c = {
		.size = sizeof(c), .flags = SRD_CREATE_READ_ONLY, .capacity = MIB
	};
	char block[512];
	int fd;

	expect_error(call(SRD_IOC_CREATE, &c), 0, "CREATE");
	fd = open_disk(0, O_RDONLY);
	if (pread(fd, block, sizeof(block), 0) != sizeof(block))
		wrong("it cannot be read");
	close(fd);
	fd = open("/dev/srd0", O_RDWR);
	/* Newer kernels refuse to open it, older ones to write. */
	if (fd >= 0) {
		if (pwrite(fd, block, sizeof(block), 0) >= 0 || errno != EPERM)
			wrong("it can be written");
		close(fd);
	} else if (errno != EACCES && errno != EPERM && errno != EROFS) {
		wrong("open: %s", name_of(errno));
	}
	expect_error(remove_disk(0), 0, "remove");
}

static void remove_errors(void)
{
	struct srd_ioc_remove r = { .size = sizeof(r) };
	int fd;

	/* errno: REMOVE ENODEV */
	expect_error(remove_disk(0), ENODEV, "nothing there");
	expect_error(remove_disk(UINT_MAX), ENODEV, "largest number");
	create(MIB);
	r.flags = SRD_REMOVE_FORCE | SRD_REMOVE_DEFERRED;
	expect_error(call(SRD_IOC_REMOVE, &r), EINVAL, "both flags");
	expect_error(remove_disk(1), ENODEV, "another number");
	fd = open_disk(0, O_RDONLY);
	/* errno: REMOVE EBUSY */
	expect_error(remove_disk(0), EBUSY, "open");
	close(fd);
	expect_error(remove_disk(0), 0, "closed");
	expect_error(remove_disk(0), ENODEV, "removed");
}

static void resize_errors(void)
{
	int fd;

	/* errno: RESIZE ENODEV EINVAL EFBIG */
	expect_error(resize(0, MIB, 0), ENODEV, "nothing there");
	create(MIB);
	expect_error(resize(1, MIB, 0), ENODEV, "another number");
	expect_error(resize(UINT_MAX, MIB, 0), ENODEV, "largest number");
	expect_error(resize(0, 0, 0), EINVAL, "0");
	expect_error(resize(0, MIB + 1, 0), EINVAL, "not a multiple of the block size");
	expect_error(resize(0, 0, SRD_RESIZE_FORCE), EINVAL, "0, forced");
	expect_error(resize(0, (1ULL << 54) + 512, 0), EFBIG, "too large");
	expect_error(resize(0, -512ULL, 0), EFBIG, "far too large");
	expect_value(info(0).capacity, MIB, "capacity");
	fd = open_disk(0, O_RDONLY);
	expect_error(resize(0, MIB, 0), 0, "the same, open");
	/* errno: RESIZE EBUSY */
	expect_error(resize(0, MIB / 2, 0), EBUSY, "shrink, open");
	expect_value(info(0).capacity, MIB, "capacity");
	expect_error(resize(0, 2 * MIB, 0), 0, "grow, open");
	expect_error(resize(0, MIB / 2, SRD_RESIZE_FORCE), 0, "shrink, open, forced");
	expect_value(info(0).capacity, MIB / 2, "capacity");
	close(fd);
	expect_error(resize(0, 512, 0), 0, "shrink, closed");
	expect_error(resize(0, 1ULL << 54, 0), 0, "the largest");
	expect_error(resize(0, MIB, SRD_RESIZE_FORCE), 0, "back");
	expect_error(remove_disk(0), 0, "remove");
}

static void info_and_next_find_disks(void)
{
	static const unsigned int numbers[] = { 0, 2, 5, (1 << 20) - 1 };
	struct srd_ioc_create c = {
		.size = sizeof(c), .flags = SRD_CREATE_NUMBER, .capacity = MIB
	};
	struct srd_ioc_info i = { .size = sizeof(i) };
	unsigned int n;
	int fd, fd2;

	expect_error(call(SRD_IOC_NEXT, &i), ENODEV, "NEXT where there is none");
	for (n = 0; n < ARRAY_SIZE(numbers); n++) {
		c.number = numbers[n];
		memset(c.name, 0, sizeof(c.name));
		expect_error(call(SRD_IOC_CREATE, &c), 0, "CREATE");
	}
	for (n = 0; n < ARRAY_SIZE(numbers); n++) {
		expect_error(call(SRD_IOC_NEXT, &i), 0, "NEXT");
		expect_value(i.number, numbers[n], "number");
		i.number++;
	}
	/* errno: NEXT ENODEV */
	expect_error(call(SRD_IOC_NEXT, &i), ENODEV, "NEXT after the last");
	i.number = UINT_MAX;
	expect_error(call(SRD_IOC_NEXT, &i), ENODEV, "NEXT of the largest number");
	i.number = 1;
	/* errno: INFO ENODEV */
	expect_error(call(SRD_IOC_INFO, &i), ENODEV, "INFO of what is not there");
	i.number = UINT_MAX;
	expect_error(call(SRD_IOC_INFO, &i), ENODEV, "INFO of the largest number");

	fd = open_disk(5, O_RDONLY);
	fd2 = open_disk(5, O_RDWR);
	expect_value(info(5).openers, 2, "openers");
	close(fd);
	expect_value(info(5).openers, 1, "openers");
	close(fd2);
	expect_value(info(5).openers, 0, "openers");
	for (n = 0; n < ARRAY_SIZE(numbers); n++)
		expect_error(remove_disk(numbers[n]), 0, "remove");
}

static void stats_count_and_reset(void)
{
	struct srd_ioc_reset_stats reset = { .size = sizeof(reset) };
	struct srd_ioc_stats s = { .size = sizeof(s) };
	static char block[4096] __attribute__((aligned(4096)));
	int fd, i;

	/* errno: STATS ENODEV */
	expect_error(call(SRD_IOC_STATS, &s), ENODEV, "STATS where there is none");
	/* errno: RESET_STATS ENODEV */
	expect_error(call(SRD_IOC_RESET_STATS, &reset), ENODEV, "RESET_STATS where there is none");
	create(MIB);
	expect_error(call(SRD_IOC_RESET_STATS, &reset), 0, "RESET_STATS");
	fd = open_disk(0, O_RDWR | O_DIRECT);
	for (i = 0; i < 5; i++)
		if (pwrite(fd, block, sizeof(block), i * 4096) != sizeof(block))
			wrong("write");
	for (i = 0; i < 3; i++)
		if (pread(fd, block, 512, 0) != 512)
			wrong("read");
	expect_error(call(SRD_IOC_STATS, &s), 0, "STATS");
	expect_value(s.latency_sample, 64, "latency_sample");
	expect_value(s.op[SRD_OP_WRITE].ios, 5, "writes");
	expect_value(s.op[SRD_OP_WRITE].bytes, 5 * 4096, "bytes written");
	expect_value(s.op[SRD_OP_READ].ios, 3, "reads");
	expect_value(s.op[SRD_OP_READ].bytes, 3 * 512, "bytes read");
	close(fd);
	expect_error(call(SRD_IOC_RESET_STATS, &reset), 0, "RESET_STATS");
	expect_error(call(SRD_IOC_STATS, &s), 0, "STATS");
	for (i = 0; i < SRD_OP_SLOTS; i++) {
		expect_value(s.op[i].ios, 0, "ios after reset");
		expect_value(s.op[i].bytes, 0, "bytes after reset");
	}
	expect_error(remove_disk(0), 0, "remove");
}

static void memory_says_what_is_held(void)
{
	struct srd_ioc_memory m = { .size = sizeof(m) };
	static char block[1 << 20];
	unsigned long long before;
	int fd;

	expect_error(call(SRD_IOC_MEMORY, &m), 0, "MEMORY");
	expect_value(m.used, 0, "used without disks");
	expect_value(m.pending, 0, "pending without disks");
	expect_value(m.disks, 0, "disks");
	expect_value(m.preallocating, 0, "preallocating");
	if (!m.limit || !m.reserve)
		wrong("no limit or no reserve");
	create(MIB);
	expect_error(call(SRD_IOC_MEMORY, &m), 0, "MEMORY");
	expect_value(m.disks, 1, "disks");
	expect_value(m.used, info(0).used, "used by an empty disk");
	before = m.used;
	fd = open_disk(0, O_RDWR);
	memset(block, 1, sizeof(block));
	if (write(fd, block, sizeof(block)) != sizeof(block) || fsync(fd))
		wrong("write");
	close(fd);
	expect_error(call(SRD_IOC_MEMORY, &m), 0, "MEMORY");
	expect_value(m.used, info(0).used, "used by a full disk");
	if (m.used < before + MIB)
		wrong("used: got %llu, wanted 1 MiB more than %llu", m.used, before);
	expect_error(remove_disk(0), 0, "remove");
	expect_error(call(SRD_IOC_MEMORY, &m), 0, "MEMORY");
	expect_value(m.used, 0, "used afterwards");
	expect_value(m.disks, 0, "disks");
}

/* ---- */

static const struct test_case cases[] = {
	{ "create-checks-each-field", create_checks_each_field },
	{ "create-checks-the-mode", create_checks_the_mode },
	{ "create-checks-prealloc", create_checks_prealloc },
	{ "create-checks-the-label", create_checks_the_label },
	{ "create-says-what-it-made", create_says_what_it_made },
	{ "create-says-mode-and-queues", create_says_mode_and_queues },
	{ "create-refuses-what-is-taken", create_refuses_what_is_taken },
	{ "read-only-disk-refuses-writes", read_only_disk_refuses_writes },
	{ "remove-errors", remove_errors },
	{ "resize-errors", resize_errors },
	{ "info-and-next-find-disks", info_and_next_find_disks },
	{ "stats-count-and-reset", stats_count_and_reset },
	{ "memory-says-what-is-held", memory_says_what_is_held },
};

int main(int argc, char **argv)
{
	return run_case(cases, ARRAY_SIZE(cases), argc, argv);
}
