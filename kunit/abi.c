// SPDX-License-Identifier: GPL-2.0
/*
 * srd - tests inside the kernel: the structures of the ABI
 *
 * Programs of 32 bits see the same ones: nothing in them depends on the size of a word, and nothing
 * on what a compiler puts between two fields. x86-32 aligns 64-bit fields to 4 bytes only.
 */
#include "kunit.h"

struct srd_abi_field {
	const char	*name;
	size_t		offset;
	size_t		size;
	size_t		align;
};

struct srd_abi_struct {
	const char			*name;
	size_t				size;
	size_t				wanted;
	const struct srd_abi_field	*fields;
	unsigned int			nr;
};

#define FIELD(s, f)	{ #f, offsetof(struct s, f), sizeof_field(struct s, f), \
			  __alignof__(((struct s *)NULL)->f) }
#define STRUCT(s, n)	{ #s, sizeof(struct s), n, s##_fields, ARRAY_SIZE(s##_fields) }

static const struct srd_abi_field srd_ioc_version_fields[] = {
	FIELD(srd_ioc_version, size), FIELD(srd_ioc_version, flags), FIELD(srd_ioc_version, abi),
	FIELD(srd_ioc_version, reserved), FIELD(srd_ioc_version, release),
};

static const struct srd_abi_field srd_ioc_create_fields[] = {
	FIELD(srd_ioc_create, size), FIELD(srd_ioc_create, flags),
	FIELD(srd_ioc_create, capacity), FIELD(srd_ioc_create, limit),
	FIELD(srd_ioc_create, number), FIELD(srd_ioc_create, block_size),
	FIELD(srd_ioc_create, queues), FIELD(srd_ioc_create, queue_depth),
	FIELD(srd_ioc_create, node), FIELD(srd_ioc_create, mode), FIELD(srd_ioc_create, label),
	FIELD(srd_ioc_create, name), FIELD(srd_ioc_create, poll_queues),
	FIELD(srd_ioc_create, reserved),
};

static const struct srd_abi_field srd_ioc_remove_fields[] = {
	FIELD(srd_ioc_remove, size), FIELD(srd_ioc_remove, flags), FIELD(srd_ioc_remove, number),
	FIELD(srd_ioc_remove, reserved),
};

static const struct srd_abi_field srd_ioc_resize_fields[] = {
	FIELD(srd_ioc_resize, size), FIELD(srd_ioc_resize, flags), FIELD(srd_ioc_resize, number),
	FIELD(srd_ioc_resize, reserved), FIELD(srd_ioc_resize, capacity),
};

static const struct srd_abi_field srd_ioc_info_fields[] = {
	FIELD(srd_ioc_info, size), FIELD(srd_ioc_info, flags), FIELD(srd_ioc_info, number),
	FIELD(srd_ioc_info, state), FIELD(srd_ioc_info, capacity), FIELD(srd_ioc_info, used),
	FIELD(srd_ioc_info, limit), FIELD(srd_ioc_info, block_size), FIELD(srd_ioc_info, queues),
	FIELD(srd_ioc_info, queue_depth), FIELD(srd_ioc_info, node),
	FIELD(srd_ioc_info, openers), FIELD(srd_ioc_info, mode), FIELD(srd_ioc_info, major),
	FIELD(srd_ioc_info, minor), FIELD(srd_ioc_info, label), FIELD(srd_ioc_info, name),
	FIELD(srd_ioc_info, poll_queues), FIELD(srd_ioc_info, origin),
	FIELD(srd_ioc_info, shared), FIELD(srd_ioc_info, cached), FIELD(srd_ioc_info, faults),
};

static const struct srd_abi_field srd_op_stats_fields[] = {
	FIELD(srd_op_stats, ios), FIELD(srd_op_stats, bytes), FIELD(srd_op_stats, errors),
	FIELD(srd_op_stats, reserved), FIELD(srd_op_stats, latency),
};

static const struct srd_abi_field srd_ioc_stats_fields[] = {
	FIELD(srd_ioc_stats, size), FIELD(srd_ioc_stats, flags), FIELD(srd_ioc_stats, number),
	FIELD(srd_ioc_stats, latency_sample), FIELD(srd_ioc_stats, op),
};

static const struct srd_abi_field srd_ioc_reset_stats_fields[] = {
	FIELD(srd_ioc_reset_stats, size), FIELD(srd_ioc_reset_stats, flags),
	FIELD(srd_ioc_reset_stats, number), FIELD(srd_ioc_reset_stats, reserved),
};

static const struct srd_abi_field srd_ioc_memory_fields[] = {
	FIELD(srd_ioc_memory, size), FIELD(srd_ioc_memory, flags), FIELD(srd_ioc_memory, limit),
	FIELD(srd_ioc_memory, used), FIELD(srd_ioc_memory, pending),
	FIELD(srd_ioc_memory, reserve), FIELD(srd_ioc_memory, disks),
	FIELD(srd_ioc_memory, reserved), FIELD(srd_ioc_memory, preallocating),
};

static const struct srd_abi_field srd_ioc_snapshot_fields[] = {
	FIELD(srd_ioc_snapshot, size), FIELD(srd_ioc_snapshot, flags),
	FIELD(srd_ioc_snapshot, source), FIELD(srd_ioc_snapshot, number),
	FIELD(srd_ioc_snapshot, label), FIELD(srd_ioc_snapshot, name),
};

static const struct srd_abi_field srd_ioc_rollback_fields[] = {
	FIELD(srd_ioc_rollback, size), FIELD(srd_ioc_rollback, flags),
	FIELD(srd_ioc_rollback, number), FIELD(srd_ioc_rollback, to),
};

static const struct srd_abi_field srd_ioc_reset_fields[] = {
	FIELD(srd_ioc_reset, size), FIELD(srd_ioc_reset, flags), FIELD(srd_ioc_reset, number),
	FIELD(srd_ioc_reset, reserved),
};

static const struct srd_abi_field srd_extent_fields[] = {
	FIELD(srd_extent, start), FIELD(srd_extent, length), FIELD(srd_extent, flags),
	FIELD(srd_extent, reserved),
};

static const struct srd_abi_field srd_ioc_extents_fields[] = {
	FIELD(srd_ioc_extents, size), FIELD(srd_ioc_extents, flags),
	FIELD(srd_ioc_extents, number), FIELD(srd_ioc_extents, count),
	FIELD(srd_ioc_extents, start), FIELD(srd_ioc_extents, end),
	FIELD(srd_ioc_extents, extents),
};

static const struct srd_abi_field srd_ioc_keep_fields[] = {
	FIELD(srd_ioc_keep, size), FIELD(srd_ioc_keep, flags), FIELD(srd_ioc_keep, number),
	FIELD(srd_ioc_keep, reserved),
};

static const struct srd_abi_field srd_ioc_window_fields[] = {
	FIELD(srd_ioc_window, size), FIELD(srd_ioc_window, flags), FIELD(srd_ioc_window, number),
	FIELD(srd_ioc_window, reserved),
};

static const struct srd_abi_field srd_rule_fields[] = {
	FIELD(srd_rule, id), FIELD(srd_rule, flags), FIELD(srd_rule, ops), FIELD(srd_rule, what),
	FIELD(srd_rule, start), FIELD(srd_rule, end), FIELD(srd_rule, after),
	FIELD(srd_rule, times), FIELD(srd_rule, every), FIELD(srd_rule, probability),
	FIELD(srd_rule, error), FIELD(srd_rule, blocks), FIELD(srd_rule, delay),
	FIELD(srd_rule, bit), FIELD(srd_rule, seed), FIELD(srd_rule, seen),
	FIELD(srd_rule, hits), FIELD(srd_rule, reserved),
};

static const struct srd_abi_field srd_ioc_rule_fields[] = {
	FIELD(srd_ioc_rule, size), FIELD(srd_ioc_rule, flags), FIELD(srd_ioc_rule, number),
	FIELD(srd_ioc_rule, reserved), FIELD(srd_ioc_rule, rule),
};

static const struct srd_abi_field srd_ioc_rule_remove_fields[] = {
	FIELD(srd_ioc_rule_remove, size), FIELD(srd_ioc_rule_remove, flags),
	FIELD(srd_ioc_rule_remove, number), FIELD(srd_ioc_rule_remove, id),
};

static const struct srd_abi_field srd_latency_fields[] = {
	FIELD(srd_latency, kind), FIELD(srd_latency, count), FIELD(srd_latency, ns),
	FIELD(srd_latency, weight),
};

static const struct srd_abi_field srd_ioc_timing_fields[] = {
	FIELD(srd_ioc_timing, size), FIELD(srd_ioc_timing, flags), FIELD(srd_ioc_timing, number),
	FIELD(srd_ioc_timing, cpu), FIELD(srd_ioc_timing, seed),
	FIELD(srd_ioc_timing, bandwidth), FIELD(srd_ioc_timing, op),
};

static const struct srd_abi_field srd_ioc_power_fields[] = {
	FIELD(srd_ioc_power, size), FIELD(srd_ioc_power, flags), FIELD(srd_ioc_power, number),
	FIELD(srd_ioc_power, keep), FIELD(srd_ioc_power, seed), FIELD(srd_ioc_power, kept),
	FIELD(srd_ioc_power, lost),
};

static const struct srd_abi_field srd_ioc_set_fields[] = {
	FIELD(srd_ioc_set, size), FIELD(srd_ioc_set, flags), FIELD(srd_ioc_set, number),
	FIELD(srd_ioc_set, cache), FIELD(srd_ioc_set, heal), FIELD(srd_ioc_set, reserved),
	FIELD(srd_ioc_set, seed),
};

static const struct srd_abi_field srd_event_fields[] = {
	FIELD(srd_event, size), FIELD(srd_event, kind), FIELD(srd_event, sequence),
	FIELD(srd_event, time), FIELD(srd_event, lost), FIELD(srd_event, number),
	FIELD(srd_event, other), FIELD(srd_event, op), FIELD(srd_event, error),
	FIELD(srd_event, rule), FIELD(srd_event, what), FIELD(srd_event, start),
	FIELD(srd_event, length), FIELD(srd_event, value), FIELD(srd_event, reserved),
};

static const struct srd_abi_struct srd_abi_structs[] = {
	STRUCT(srd_ioc_version, 48),
	STRUCT(srd_ioc_create, 120),
	STRUCT(srd_ioc_remove, 16),
	STRUCT(srd_ioc_resize, 24),
	STRUCT(srd_ioc_info, 168),
	STRUCT(srd_op_stats, 288),
	STRUCT(srd_ioc_stats, 2320),
	STRUCT(srd_ioc_reset_stats, 16),
	STRUCT(srd_ioc_memory, 56),
	STRUCT(srd_ioc_snapshot, 80),
	STRUCT(srd_ioc_rollback, 16),
	STRUCT(srd_ioc_reset, 16),
	STRUCT(srd_extent, 24),
	STRUCT(srd_ioc_extents, 40),
	STRUCT(srd_ioc_keep, 16),
	STRUCT(srd_ioc_window, 16),
	STRUCT(srd_rule, 112),
	STRUCT(srd_ioc_rule, 128),
	STRUCT(srd_ioc_rule_remove, 16),
	STRUCT(srd_latency, 104),
	STRUCT(srd_ioc_timing, 864),
	STRUCT(srd_ioc_power, 40),
	STRUCT(srd_ioc_set, 32),
	STRUCT(srd_event, 96),
};

static void srd_abi_name(const struct srd_abi_struct *s, char *name)
{
	strscpy(name, s->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(srd_abi, srd_abi_structs, srd_abi_name);

/* Each field begins where the one before it ends, and the last ends the structure. */
static void srd_abi_no_padding(struct kunit *test)
{
	const struct srd_abi_struct *s = test->param_value;
	size_t end = 0;
	unsigned int i;

	for (i = 0; i < s->nr; i++) {
		KUNIT_EXPECT_EQ_MSG(test, s->fields[i].offset, end, "before %s", s->fields[i].name);
		end = s->fields[i].offset + s->fields[i].size;
	}
	KUNIT_EXPECT_EQ(test, end, s->size);
}

/* Where 64-bit fields need not be aligned, they lie at the same place, and so does the end. */
static void srd_abi_same_for_32_bits(struct kunit *test)
{
	const struct srd_abi_struct *s = test->param_value;
	size_t end = 0;
	unsigned int i;

	for (i = 0; i < s->nr; i++) {
		end = ALIGN(end, min_t(size_t, s->fields[i].align, 4));
		KUNIT_EXPECT_EQ_MSG(test, s->fields[i].offset, end, "%s", s->fields[i].name);
		end += s->fields[i].size;
	}
	KUNIT_EXPECT_EQ(test, ALIGN(end, 4), s->size);
}

static void srd_abi_sizes(struct kunit *test)
{
	const struct srd_abi_struct *s = test->param_value;

	KUNIT_EXPECT_EQ(test, s->size, s->wanted);
}

/* The command's number has the size in it; the rest is for ever. */
static void srd_abi_numbers(struct kunit *test)
{
	static const struct {
		unsigned int cmd, wanted;
	} numbers[] = {
		{ SRD_IOC_VERSION, 0xc030d500 },
		{ SRD_IOC_CREATE, 0xc078d501 },
		{ SRD_IOC_REMOVE, 0x4010d502 },
		{ SRD_IOC_RESIZE, 0x4018d503 },
		{ SRD_IOC_INFO, 0xc0a8d504 },
		{ SRD_IOC_NEXT, 0xc0a8d505 },
		{ SRD_IOC_STATS, 0xc910d506 },
		{ SRD_IOC_RESET_STATS, 0x4010d507 },
		{ SRD_IOC_MEMORY, 0xc038d508 },
		{ SRD_IOC_SNAPSHOT, 0xc050d509 },
		{ SRD_IOC_ROLLBACK, 0x4010d50a },
		{ SRD_IOC_RESET, 0x4010d50b },
		{ SRD_IOC_EXTENTS, 0xc028d50c },
		{ SRD_IOC_KEEP, 0x4010d50d },
		{ SRD_IOC_WINDOW, 0x4010d50e },
		{ SRD_IOC_RULE_ADD, 0xc080d50f },
		{ SRD_IOC_RULE_NEXT, 0xc080d510 },
		{ SRD_IOC_RULE_REMOVE, 0x4010d511 },
		{ SRD_IOC_TIMING, 0xc360d512 },
		{ SRD_IOC_POWER, 0xc028d513 },
		{ SRD_IOC_SET, 0x4020d514 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		KUNIT_EXPECT_EQ_MSG(test, numbers[i].cmd, numbers[i].wanted, "command %zu", i);
}

static struct kunit_case srd_abi_cases[] = {
	KUNIT_CASE_PARAM(srd_abi_sizes, srd_abi_gen_params),
	KUNIT_CASE_PARAM(srd_abi_no_padding, srd_abi_gen_params),
	KUNIT_CASE_PARAM(srd_abi_same_for_32_bits, srd_abi_gen_params),
	KUNIT_CASE(srd_abi_numbers),
	{ }
};

static struct kunit_suite srd_abi_suite = {
	.name		= "srd-abi",
	.test_cases	= srd_abi_cases,
};

kunit_test_suites(&srd_abi_suite);
