// SPDX-License-Identifier: GPL-2.0
/*
 * ctl - one command of /dev/srd-control, its fields as they are given
 *
 * usage: ctl create|remove|resize|info|next|stats|reset|memory|version [FIELD=VALUE...]
 *        ctl rule|next-rule|remove-rule|timing|power|set [FIELD=VALUE...]
 *        ctl geometry DEVICE
 *
 * Unlike srdctl it checks nothing and puts nothing right. Sizes may have a suffix K, M, G, T.
 * Prints the fields of the answer, one NAME=VALUE a line (of statistics only what is not zero);
 * when the command fails, the name of its errno, with exit status 1.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/hdreg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/srd.h>

enum kind { U32, S32, U64, TEXT };

struct field {
	const char *name;
	enum kind kind;
	size_t offset;
	size_t len;
};

#define FIELD(s, f, k)	{ #f, k, offsetof(struct s, f), sizeof(((struct s *)0)->f) }

static const struct field version_fields[] = {
	FIELD(srd_ioc_version, size, U32), FIELD(srd_ioc_version, flags, U32),
	FIELD(srd_ioc_version, abi, U32), FIELD(srd_ioc_version, release, TEXT), { }
};

static const struct field create_fields[] = {
	FIELD(srd_ioc_create, size, U32), FIELD(srd_ioc_create, flags, U32),
	FIELD(srd_ioc_create, capacity, U64), FIELD(srd_ioc_create, limit, U64),
	FIELD(srd_ioc_create, number, U32), FIELD(srd_ioc_create, block_size, U32),
	FIELD(srd_ioc_create, queues, U32), FIELD(srd_ioc_create, queue_depth, U32),
	FIELD(srd_ioc_create, node, S32), FIELD(srd_ioc_create, label, TEXT),
	FIELD(srd_ioc_create, name, TEXT), { }
};

static const struct field remove_fields[] = {
	FIELD(srd_ioc_remove, size, U32), FIELD(srd_ioc_remove, flags, U32),
	FIELD(srd_ioc_remove, number, U32), { }
};

static const struct field resize_fields[] = {
	FIELD(srd_ioc_resize, size, U32), FIELD(srd_ioc_resize, flags, U32),
	FIELD(srd_ioc_resize, number, U32), FIELD(srd_ioc_resize, capacity, U64), { }
};

static const struct field info_fields[] = {
	FIELD(srd_ioc_info, size, U32), FIELD(srd_ioc_info, flags, U32),
	FIELD(srd_ioc_info, number, U32), FIELD(srd_ioc_info, state, U32),
	FIELD(srd_ioc_info, capacity, U64), FIELD(srd_ioc_info, used, U64),
	FIELD(srd_ioc_info, limit, U64), FIELD(srd_ioc_info, block_size, U32),
	FIELD(srd_ioc_info, queues, U32), FIELD(srd_ioc_info, queue_depth, U32),
	FIELD(srd_ioc_info, node, S32), FIELD(srd_ioc_info, openers, U32),
	FIELD(srd_ioc_info, mode, U32), FIELD(srd_ioc_info, major, U32),
	FIELD(srd_ioc_info, minor, U32), FIELD(srd_ioc_info, label, TEXT),
	FIELD(srd_ioc_info, name, TEXT), FIELD(srd_ioc_info, cached, U64),
	FIELD(srd_ioc_info, faults, U64), { }
};

static const struct field stats_fields[] = {
	FIELD(srd_ioc_stats, size, U32), FIELD(srd_ioc_stats, flags, U32),
	FIELD(srd_ioc_stats, number, U32), FIELD(srd_ioc_stats, latency_sample, U32), { }
};

static const struct field reset_fields[] = {
	FIELD(srd_ioc_reset_stats, size, U32), FIELD(srd_ioc_reset_stats, flags, U32),
	FIELD(srd_ioc_reset_stats, number, U32), { }
};

static const struct field memory_fields[] = {
	FIELD(srd_ioc_memory, size, U32), FIELD(srd_ioc_memory, flags, U32),
	FIELD(srd_ioc_memory, limit, U64), FIELD(srd_ioc_memory, used, U64),
	FIELD(srd_ioc_memory, pending, U64), FIELD(srd_ioc_memory, reserve, U64),
	FIELD(srd_ioc_memory, disks, U32), { }
};

#define RULE(f, k)	{ #f, k, offsetof(struct srd_ioc_rule, rule.f), \
			  sizeof(((struct srd_rule *)0)->f) }

static const struct field rule_fields[] = {
	FIELD(srd_ioc_rule, size, U32), FIELD(srd_ioc_rule, number, U32),
	RULE(id, U32), RULE(flags, U32), RULE(ops, U32), RULE(what, U32), RULE(start, U64),
	RULE(end, U64), RULE(after, U64), RULE(times, U64), RULE(every, U32),
	RULE(probability, U32), RULE(error, S32), RULE(blocks, U32), RULE(delay, U64),
	RULE(bit, U64), RULE(seed, U64), RULE(seen, U64), RULE(hits, U64), RULE(reserved, U64), { }
};

static const struct field rule_remove_fields[] = {
	FIELD(srd_ioc_rule_remove, size, U32), FIELD(srd_ioc_rule_remove, flags, U32),
	FIELD(srd_ioc_rule_remove, number, U32), FIELD(srd_ioc_rule_remove, id, U32), { }
};

#define LATENCY(o, name)								\
	{ name "_kind", U32, offsetof(struct srd_ioc_timing, op[o].kind), 4 },		\
	{ name "_count", U32, offsetof(struct srd_ioc_timing, op[o].count), 4 },	\
	{ name "_ns0", U64, offsetof(struct srd_ioc_timing, op[o].ns[0]), 8 },		\
	{ name "_ns1", U64, offsetof(struct srd_ioc_timing, op[o].ns[1]), 8 },		\
	{ name "_ns2", U64, offsetof(struct srd_ioc_timing, op[o].ns[2]), 8 },		\
	{ name "_weight0", U32, offsetof(struct srd_ioc_timing, op[o].weight[0]), 4 },	\
	{ name "_weight1", U32, offsetof(struct srd_ioc_timing, op[o].weight[1]), 4 }

static const struct field timing_fields[] = {
	FIELD(srd_ioc_timing, size, U32), FIELD(srd_ioc_timing, flags, U32),
	FIELD(srd_ioc_timing, number, U32), FIELD(srd_ioc_timing, cpu, S32),
	FIELD(srd_ioc_timing, seed, U64), FIELD(srd_ioc_timing, bandwidth, U64),
	LATENCY(SRD_OP_READ, "read"), LATENCY(SRD_OP_WRITE, "write"),
	LATENCY(SRD_OP_DISCARD, "discard"), LATENCY(SRD_OP_FLUSH, "flush"), { }
};

static const struct field power_fields[] = {
	FIELD(srd_ioc_power, size, U32), FIELD(srd_ioc_power, flags, U32),
	FIELD(srd_ioc_power, number, U32), FIELD(srd_ioc_power, keep, U32),
	FIELD(srd_ioc_power, seed, U64), FIELD(srd_ioc_power, kept, U64),
	FIELD(srd_ioc_power, lost, U64), { }
};

static const struct field set_fields[] = {
	FIELD(srd_ioc_set, size, U32), FIELD(srd_ioc_set, flags, U32),
	FIELD(srd_ioc_set, number, U32), FIELD(srd_ioc_set, cache, U32),
	FIELD(srd_ioc_set, heal, U32), FIELD(srd_ioc_set, seed, U64), { }
};

static const struct command {
	const char *name;
	unsigned long cmd;
	const struct field *fields;
} commands[] = {
	{ "version", SRD_IOC_VERSION, version_fields },
	{ "create", SRD_IOC_CREATE, create_fields },
	{ "remove", SRD_IOC_REMOVE, remove_fields },
	{ "resize", SRD_IOC_RESIZE, resize_fields },
	{ "info", SRD_IOC_INFO, info_fields },
	{ "next", SRD_IOC_NEXT, info_fields },
	{ "stats", SRD_IOC_STATS, stats_fields },
	{ "reset", SRD_IOC_RESET_STATS, reset_fields },
	{ "memory", SRD_IOC_MEMORY, memory_fields },
	{ "rule", SRD_IOC_RULE_ADD, rule_fields },
	{ "next-rule", SRD_IOC_RULE_NEXT, rule_fields },
	{ "remove-rule", SRD_IOC_RULE_REMOVE, rule_remove_fields },
	{ "timing", SRD_IOC_TIMING, timing_fields },
	{ "power", SRD_IOC_POWER, power_fields },
	{ "set", SRD_IOC_SET, set_fields },
	{ }
};

static unsigned long long number(const char *text)
{
	static const char suffixes[] = "KMGTPE";
	const char *suffix;
	char *end;
	unsigned long long n = strtoull(text, &end, 0);

	suffix = *end ? strchr(suffixes, *end) : NULL;
	if (end == text || (*end && (!suffix || end[1])))
		errx(2, "%s is not a number", text);
	return suffix ? n << 10 * (suffix - suffixes + 1) : n;
}

static void set(const struct field *f, char *arg, char *assignment)
{
	char *value = strchr(assignment, '=');
	unsigned long long n;

	if (!value)
		errx(2, "%s: not FIELD=VALUE", assignment);
	*value++ = '\0';
	while (f->name && strcmp(f->name, assignment))
		f++;
	if (!f->name)
		errx(2, "there is no field %s", assignment);
	if (f->kind == TEXT) {
		strncpy(arg + f->offset, value, f->len);
		return;
	}
	n = number(value);
	memcpy(arg + f->offset, &n, f->len);
}

static void show(const struct field *f, const char *arg)
{
	unsigned long long n;
	int s;

	for (; f->name; f++) {
		n = 0;
		if (f->kind == TEXT) {
			printf("%s=%.*s\n", f->name, (int)f->len, arg + f->offset);
		} else if (f->kind == S32) {
			memcpy(&s, arg + f->offset, sizeof(s));
			printf("%s=%d\n", f->name, s);
		} else {
			memcpy(&n, arg + f->offset, f->len);
			printf("%s=%llu\n", f->name, n);
		}
	}
}

static void show_stats(const struct srd_ioc_stats *s)
{
	static const char * const names[SRD_OP_SLOTS] = {
		"read", "write", "discard", "write_zeroes", "secure_erase", "flush", "6", "7"
	};
	int op, i;

	for (op = 0; op < SRD_OP_SLOTS; op++) {
		const struct srd_op_stats *o = &s->op[op];

		if (o->ios)
			printf("%s_ios=%llu\n", names[op], o->ios);
		if (o->bytes)
			printf("%s_bytes=%llu\n", names[op], o->bytes);
		if (o->errors)
			printf("%s_errors=%llu\n", names[op], o->errors);
		for (i = 0; i < SRD_LATENCY_BUCKETS; i++)
			if (o->latency[i])
				printf("%s_latency_%d=%llu\n", names[op], i, o->latency[i]);
	}
}

static int geometry(const char *path)
{
	struct hd_geometry g;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || ioctl(fd, HDIO_GETGEO, &g))
		err(1, "%s", path);
	printf("heads=%u\nsectors=%u\ncylinders=%u\nstart=%lu\n", g.heads, g.sectors, g.cylinders,
	       g.start);
	return 0;
}

int main(int argc, char **argv)
{
	union {
		__u32 size;
		struct srd_ioc_stats stats;
		char bytes[sizeof(struct srd_ioc_stats)];
	} arg = { 0 };
	const struct command *c = commands;
	int i, fd;

	if (argc == 3 && !strcmp(argv[1], "geometry"))
		return geometry(argv[2]);
	while (argc > 1 && c->name && strcmp(c->name, argv[1]))
		c++;
	if (argc < 2 || !c->name)
		errx(2, "there is no such command");
	arg.size = _IOC_SIZE(c->cmd);
	for (i = 2; i < argc; i++)
		set(c->fields, arg.bytes, argv[i]);

	fd = open(SRD_CONTROL_PATH, O_RDWR);
	if (fd < 0)
		err(2, SRD_CONTROL_PATH);
	if (ioctl(fd, c->cmd, &arg)) {
		fprintf(stderr, "%s\n", strerrorname_np(errno));
		return 1;
	}
	if (_IOC_DIR(c->cmd) & _IOC_READ)
		show(c->fields, arg.bytes);
	if (c->cmd == SRD_IOC_STATS)
		show_stats(&arg.stats);
	return 0;
}
