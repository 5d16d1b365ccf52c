// SPDX-License-Identifier: GPL-2.0
/*
 * srd-fuzz - sysfs, /proc, parameters, events, and the module itself
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

/* ---- texts: arg[1] is which, arg[2] and arg[3] the numbers in it ---- */

static const char * const texts[] = {
	"%" PRIu64, "%" PRIu64 "\n", "%" PRIu64 "K", "%" PRIu64 "M\n", "%" PRIu64 "E",
	"%" PRIu64 " %" PRIu64, "-%" PRIu64 " %" PRIu64 "\n", "%" PRIu64 " %" PRIu64 " x",
	"0x%" PRIx64, "-%" PRIu64, "+%" PRIu64, " %" PRIu64, "%" PRIu64 "KK", "%" PRIu64 ",",
	"", "\n", "y", "n", "1", "0", "none", "mq-deadline", "kyber", "bfq", "write through",
	"write back",
};

static void make_text(struct step *s)
{
	s->arg[1] = below(ARRAY_SIZE(texts));
	s->arg[2] = one_in(2) ? below(2048) : one_in(2) ? value(V_CAPACITY) : value(V_ANY);
	s->arg[3] = one_in(2) ? below(600) : value(V_ANY);
}

static long write_text(const char *path, const struct step *s)
{
	char text[64];
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	long n;

	if (fd < 0)
		return -errno;
	snprintf(text, sizeof(text), texts[s->arg[1] % ARRAY_SIZE(texts)], s->arg[2], s->arg[3]);
	n = write(fd, text, strlen(text));
	if (n < 0)
		n = -errno;
	close(fd);
	return n;
}

/* ---- attributes: arg[0] is the number of the disk, and from bit 8 which file ---- */

static const char * const attributes[] = {
	"srd/limit", "srd/badblocks", "srd/latency_sample", "srd/reset_stats", "srd/limit",
	"srd/badblocks", "queue/scheduler", "queue/nr_requests", "queue/write_cache",
	"queue/iostats", "queue/nomerges", "queue/rq_affinity", "queue/max_sectors_kb",
	"queue/io_poll", "queue/discard_max_bytes", "queue/wbt_lat_usec", "queue/rotational",
	"queue/read_ahead_kb", "range",
};

static const char * const looked_at[] = {
	"srd/used", "srd/shared", "srd/limit", "srd/badblocks", "srd/read_latency", "srd/write_ios",
	"srd/label", "srd/origin", "srd/cached", "srd/power", "srd/cache", "srd/window",
	"srd/faults", "srd/mode", "srd/node", "srd/queues", "srd/queue_depth", "srd/block_size",
	"srd/capacity", "srd/prealloc", "srd/poll_queues", "srd/latency_sample", "stat", "inflight",
};

static void make_attribute(struct step *s)
{
	s->arg[0] = below(4) | below(32) << 8;
	make_text(s);
}

static long run_write_attribute(const struct step *s)
{
	char path[80];

	snprintf(path, sizeof(path), "/sys/block/srd%u/%s", (unsigned int)s->arg[0] & 3,
		 attributes[(s->arg[0] >> 8) % ARRAY_SIZE(attributes)]);
	return write_text(path, s);
}

static long look(const char *path)
{
	char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	long n;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, text, sizeof(text))) > 0)
		;
	if (n < 0)
		n = -errno;
	close(fd);
	return n;
}

static long run_read_attribute(const struct step *s)
{
	char path[80];

	snprintf(path, sizeof(path), "/sys/block/srd%u/%s", (unsigned int)s->arg[0] & 3,
		 looked_at[(s->arg[0] >> 8) % ARRAY_SIZE(looked_at)]);
	return look(path);
}

static void make_nothing(struct step *s)
{
	s->pokes = 0;
}

static long run_proc(const struct step *s)
{
	return look("/proc/srd");
}

/* ---- parameters: arg[0] is which ---- */

static const char * const parameters[] = {
	"mem_limit", "mem_reserve", "size", "queues", "queue_depth", "max_part", "block_size",
	"node", "poll_queues", "cache", "prealloc", "mode",
};

static void make_parameter(struct step *s)
{
	s->arg[0] = one_in(4) ? below(ARRAY_SIZE(parameters)) : below(2);
	make_text(s);
}

static long run_parameter(const struct step *s)
{
	struct step safe = *s;
	char path[80];

	/* What other programs of this machine need must not be had: 16 to 63, with a suffix. */
	if (s->arg[0] % ARRAY_SIZE(parameters) == 0)
		safe.arg[2] = 16 + s->arg[2] % 48;
	snprintf(path, sizeof(path), "/sys/module/srd/parameters/%s",
		 parameters[s->arg[0] % ARRAY_SIZE(parameters)]);
	return write_text(path, &safe);
}

/* ---- the control node's other sides: arg[0] is the slot ---- */

static void make_control(struct step *s)
{
	s->arg[0] = below(CONTROLS);
	s->arg[1] = below(3);
	s->arg[2] = one_in(3) ? value(V_ANY) : below(2048);
	s->arg[3] = one_in(4) ? below(WAY_COUNT) : 0;
}

static long run_open_control(const struct step *s)
{
	static const int modes[] = { O_RDWR, O_RDONLY, O_WRONLY };

	return slot_open_control(s->arg[0], modes[s->arg[1] % 3]);
}

static long run_close_control(const struct step *s)
{
	return slot_close_control(s->arg[0]);
}

static long run_events(const struct step *s)
{
	size_t len = s->arg[2] < BUFFER_SIZE / 2 ? s->arg[2] : BUFFER_SIZE / 2;
	struct pollfd p = { .fd = slot_control(s->arg[0]), .events = POLLIN | POLLOUT };
	long n;

	/* Whoever opened it said O_NONBLOCK; a race can bring us another file. */
	if (poll(&p, 1, 0) < 0)
		return -errno;
	n = read(p.fd, memory_place(run_thread(), s->arg[3], len), len);
	return n < 0 ? -errno : n;
}

/* ---- load: arg[0] says which parameters are there, the others what they say ---- */

static void make_load(struct step *s)
{
	s->arg[0] = rng() & rng() & 0xffff;
	s->arg[1] = rng();
	s->arg[2] = rng();
	s->arg[3] = rng();
}

static long run_load(const struct step *s)
{
	static const char * const choices[][6] = {
		{ "size=1M", "size=4M,64K,1T", "size=8E", "size=0", "size=1M,", "size=4096,512" },
		{ "queues=1", "queues=2", "queues=0", "queues=99", "queues=-1", "queues=x" },
		{ "queue_depth=1", "queue_depth=64", "queue_depth=10240", "queue_depth=0",
		  "queue_depth=99999", "queue_depth=2" },
		{ "max_part=1", "max_part=16", "max_part=256", "max_part=257", "max_part=0",
		  "max_part=3" },
		{ "block_size=512", "block_size=4096", "block_size=1024", "block_size=0",
		  "block_size=8192", "block_size=513" },
		{ "node=-1", "node=0", "node=1", "node=-2", "node=1024", "node=99999" },
		{ "poll_queues=0", "poll_queues=1", "poll_queues=2", "poll_queues=3",
		  "poll_queues=4294967295", "poll_queues=" },
		{ "cache=none", "cache=volatile", "cache=", "cache=vola", "cache=volatile",
		  "cache=none" },
		{ "prealloc=1", "prealloc=0", "prealloc=y", "prealloc", "prealloc=2",
		  "prealloc=1" },
		{ "mode=mq", "mode=bio", "mode=", "mode=mqq", "mode=bio", "mode=bio" },
		{ "mem_limit=1M", "mem_limit=32M", "mem_limit=0", "mem_limit=4095",
		  "mem_limit=4096", "mem_limit=16E" },
		{ "mem_reserve=64M", "mem_reserve=1T", "mem_reserve=128M", "mem_reserve=16E",
		  "mem_reserve=x", "mem_reserve=100M" },
	};
	char text[512] = "mem_limit=48M";
	size_t i, len = strlen(text);
	uint64_t which = s->arg[1];

	for (i = 0; i < ARRAY_SIZE(choices); i++, which /= 6)
		if (s->arg[0] >> i & 1)
			len += snprintf(text + len, sizeof(text) - len, " %s",
					choices[i][which % 6]);
	slots_close();
	return module_load(text);
}

static long run_unload(const struct step *s)
{
	return module_unload();
}

const struct op system_ops[] = {
	{ "write_attribute", make_attribute, run_write_attribute, 12 },
	{ "read_attribute", make_attribute, run_read_attribute, 6 },
	{ "read_proc", make_nothing, run_proc, 1 },
	{ "write_parameter", make_parameter, run_parameter, 3 },
	{ "open_control", make_control, run_open_control, 4 },
	{ "close_control", make_control, run_close_control, 3 },
	{ "read_events", make_control, run_events, 4 },
	{ "load", make_load, run_load, 1 },
	{ "unload", make_nothing, run_unload, 1 },
};

const unsigned int system_ops_count = ARRAY_SIZE(system_ops);
