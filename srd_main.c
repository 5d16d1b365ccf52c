// SPDX-License-Identifier: GPL-2.0
/*
 * srd - load and unload, module parameters
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/file.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/numa.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "srd.h"
#include "srd_compat.h"

#define SRD_SIZES_MAX	64

/* Parameters say their default in brackets. */

/* ---- size: a disk for each entry ---- */

static u64 srd_sizes[SRD_SIZES_MAX];
static unsigned int srd_nr_sizes;

/* On the command line of a kernel that has srd built in, this comes before memory allocation. */
static int srd_sizes_set(const char *val, const struct kernel_param *kp)
{
	unsigned int nr = 0;
	int err;

	do {
		if (nr == SRD_SIZES_MAX)
			return -E2BIG;
		err = srd_size_parse_next(&val, &srd_sizes[nr]);
		if (err)
			return err;
		if (!srd_sizes[nr])
			return -EINVAL;
		if (srd_sizes[nr] > SRD_CAPACITY_MAX)
			return -EFBIG;
		nr++;
	} while (*val == ',' && *val++);
	if (*val)
		return -EINVAL;
	srd_nr_sizes = nr;
	return 0;
}

static int srd_sizes_get(char *buf, const struct kernel_param *kp)
{
	unsigned int i;
	int len = 0;

	for (i = 0; i < srd_nr_sizes; i++)
		len += scnprintf(buf + len, PAGE_SIZE - len, "%s%llu", i ? "," : "", srd_sizes[i]);
	return len + scnprintf(buf + len, PAGE_SIZE - len, "\n");
}

static const struct kernel_param_ops srd_sizes_ops = {
	.set = srd_sizes_set,
	.get = srd_sizes_get,
};
module_param_cb(size, &srd_sizes_ops, NULL, 0444);
MODULE_PARM_DESC(size, "Capacity of each disk to create: a list, suffixes K M G T (none)");

/* ---- numbers within bounds; what cannot be told before load is checked in srd_init() ---- */

/**
 * struct srd_range - an unsigned parameter and its bounds
 * @value: as set; 0 until it is
 * @max: largest that makes sense
 */
struct srd_range {
	unsigned int value;
	unsigned int max;
};

static int srd_range_set(const char *val, const struct kernel_param *kp)
{
	struct srd_range *range = kp->arg;
	unsigned int value;
	int err;

	err = kstrtouint(val, 0, &value);
	if (err)
		return err;
	if (!value || value > range->max)
		return -EINVAL;
	range->value = value;
	return 0;
}

static int srd_range_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%u\n", ((struct srd_range *)kp->arg)->value);
}

static const struct kernel_param_ops srd_range_ops = {
	.set = srd_range_set,
	.get = srd_range_get,
};

static struct srd_range srd_queues = { .max = UINT_MAX };
module_param_cb(queues, &srd_range_ops, &srd_queues, 0444);
MODULE_PARM_DESC(queues, "Hardware queues of a disk (one for each CPU)");

static struct srd_range srd_queue_depth = { .value = 128, .max = BLK_MQ_MAX_DEPTH };
module_param_cb(queue_depth, &srd_range_ops, &srd_queue_depth, 0444);
MODULE_PARM_DESC(queue_depth, "Requests in flight for each queue (128)");

static struct srd_range srd_max_part = { .value = 1, .max = 256 };
module_param_cb(max_part, &srd_range_ops, &srd_max_part, 0444);
MODULE_PARM_DESC(max_part, "Minor numbers for each disk with its partitions (1)");

static int srd_block_size_set(const char *val, const struct kernel_param *kp)
{
	unsigned int value;
	int err;

	err = kstrtouint(val, 0, &value);
	if (err)
		return err;
	if (!srd_disk_block_size_ok(value))
		return -EINVAL;
	*(unsigned int *)kp->arg = value;
	return 0;
}

static const struct kernel_param_ops srd_block_size_ops = {
	.set = srd_block_size_set,
	.get = param_get_uint,
};

static unsigned int srd_block_size = SECTOR_SIZE;
module_param_cb(block_size, &srd_block_size_ops, &srd_block_size, 0444);
MODULE_PARM_DESC(block_size, "Logical block size, a power of two from 512 to the page size (512)");

static int srd_node = NUMA_NO_NODE;
module_param_named(node, srd_node, int, 0444);
MODULE_PARM_DESC(node, "NUMA node for memory and queues, -1 for that of the writing CPU (-1)");

/* Not a range: 0 is a number of queues, too. */
static unsigned int srd_poll_queues;
module_param_named(poll_queues, srd_poll_queues, uint, 0444);
MODULE_PARM_DESC(poll_queues, "Queues of a disk for polled I/O, beside the others (0)");

static const char * const srd_cache_names[] = {
	[SRD_CACHE_NONE]	= "none",
	[SRD_CACHE_VOLATILE]	= "volatile",
};

static unsigned int srd_cache = SRD_CACHE_NONE;

static int srd_cache_set(const char *val, const struct kernel_param *kp)
{
	int cache = sysfs_match_string(srd_cache_names, val);

	if (cache < 0)
		return cache;
	srd_cache = cache;
	return 0;
}

static int srd_cache_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", srd_cache_names[srd_cache]);
}

static const struct kernel_param_ops srd_cache_ops = {
	.set = srd_cache_set,
	.get = srd_cache_get,
};
module_param_cb(cache, &srd_cache_ops, NULL, 0444);
MODULE_PARM_DESC(cache, "Write cache of a disk: none, or volatile to try power cuts (none)");

static bool srd_prealloc;
module_param_named(prealloc, srd_prealloc, bool, 0444);
MODULE_PARM_DESC(prealloc, "Take all memory of a disk when it is created, and keep it (N)");

static const char * const srd_mode_names[] = {
	[SRD_MODE_MQ]	= "mq",
	[SRD_MODE_BIO]	= "bio",
};

static int srd_mode_set(const char *val, const struct kernel_param *kp)
{
	int mode = sysfs_match_string(srd_mode_names, val);

	if (mode < 0)
		return mode;
	*(unsigned int *)kp->arg = mode;
	return 0;
}

static int srd_mode_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", srd_mode_names[*(unsigned int *)kp->arg]);
}

static const struct kernel_param_ops srd_mode_ops = {
	.set = srd_mode_set,
	.get = srd_mode_get,
};

static unsigned int srd_mode = SRD_MODE_MQ;
module_param_cb(mode, &srd_mode_ops, &srd_mode, 0444);
MODULE_PARM_DESC(mode, "How a disk is reached: mq, or bio for the shortest path (mq)");

/* ---- mem_limit, mem_reserve: writable, so what the store has is what they show ---- */

static int srd_mem_limit_set(const char *val, const struct kernel_param *kp)
{
	u64 bytes;
	int err;

	err = srd_size_parse(val, &bytes);
	if (err)
		return err;
	if (bytes < PAGE_SIZE)
		return -EINVAL;
	srd_memory_set_limit(bytes);
	return 0;
}

static int srd_mem_limit_get(char *buf, const struct kernel_param *kp)
{
	struct srd_memory mem;

	srd_memory_info(&mem);
	return sysfs_emit(buf, "%llu\n", mem.limit);
}

static const struct kernel_param_ops srd_mem_limit_ops = {
	.set = srd_mem_limit_set,
	.get = srd_mem_limit_get,
};
module_param_cb(mem_limit, &srd_mem_limit_ops, NULL, 0644);
MODULE_PARM_DESC(mem_limit, "Bytes that all disks together may hold, suffixes K M G T (half of RAM)");

static bool srd_mem_reserve_given;

static int srd_mem_reserve_set(const char *val, const struct kernel_param *kp)
{
	u64 bytes;
	int err;

	err = srd_size_parse(val, &bytes);
	if (err)
		return err;
	srd_memory_set_reserve(bytes);
	srd_mem_reserve_given = true;
	return 0;
}

static int srd_mem_reserve_get(char *buf, const struct kernel_param *kp)
{
	struct srd_memory mem;

	srd_memory_info(&mem);
	return sysfs_emit(buf, "%llu\n", mem.reserve);
}

static const struct kernel_param_ops srd_mem_reserve_ops = {
	.set = srd_mem_reserve_set,
	.get = srd_mem_reserve_get,
};
module_param_cb(mem_reserve, &srd_mem_reserve_ops, NULL, 0644);
MODULE_PARM_DESC(mem_reserve, "Available bytes that disks must leave (1/16 of RAM, 32M to 1G)");

/* ---- load and unload ---- */

/* What a disk gets where nobody says otherwise. */
static struct srd_config srd_defaults;

static int srd_defaults_fill(void)
{
	unsigned int i;

	if (!srd_queues.value)
		srd_queues.value = num_present_cpus();
	if (srd_queues.value > nr_cpu_ids) {
		pr_err("queues=%u: this machine has %u CPUs\n", srd_queues.value, nr_cpu_ids);
		return -EINVAL;
	}
	if (srd_poll_queues > nr_cpu_ids) {
		pr_err("poll_queues=%u: this machine has %u CPUs\n", srd_poll_queues, nr_cpu_ids);
		return -EINVAL;
	}
	if (srd_node != NUMA_NO_NODE &&
	    (srd_node < 0 || srd_node >= MAX_NUMNODES || !node_online(srd_node))) {
		pr_err("node=%d: no such NUMA node; -1 is local memory\n", srd_node);
		return -EINVAL;
	}
	for (i = 0; i < srd_nr_sizes; i++) {
		if (srd_sizes[i] & (srd_block_size - 1)) {
			pr_err("size=%llu: not a multiple of block_size=%u\n", srd_sizes[i],
			       srd_block_size);
			return -EINVAL;
		}
	}
	srd_defaults.number = -1;
	srd_defaults.block_size = srd_block_size;
	srd_defaults.queues = srd_queues.value;
	srd_defaults.queue_depth = srd_queue_depth.value;
	srd_defaults.poll_queues = srd_poll_queues;
	srd_defaults.mode = srd_mode;
	srd_defaults.prealloc = srd_prealloc;
	srd_defaults.cache = srd_cache == SRD_CACHE_VOLATILE;
	srd_defaults.node = srd_node;
	return 0;
}

static void srd_memory_defaults(void)
{
	u64 ram = (u64)totalram_pages() << PAGE_SHIFT;
	struct srd_memory mem;

	srd_memory_info(&mem);
	if (!mem.limit)
		srd_memory_set_limit(ram / 2);
	if (!srd_mem_reserve_given)
		srd_memory_set_reserve(clamp_t(u64, ram / 16, SZ_32M, SZ_1G));
}

static int srd_create_disks(const bool *stop)
{
	struct srd_config cfg;
	unsigned int i;
	int err;

	for (i = 0; i < srd_nr_sizes; i++) {
		cfg = srd_defaults;
		cfg.capacity = srd_sizes[i];
		cfg.stop = stop;
		err = srd_disk_create(&cfg, NULL, NULL);
		if (err) {
			pr_err("size=%llu: cannot create the disk with blocks of %u bytes: error %d\n",
			       cfg.capacity, cfg.block_size, err);
			return err;
		}
	}
	return 0;
}

/* srd_create_disks() as a piece of work; @stop when who waits for it gives up. */
struct srd_creation {
	struct work_struct	work;
	struct completion	done;
	bool			stop;
	int			err;
};

static void srd_create_work(struct work_struct *work)
{
	struct srd_creation *creation = container_of(work, struct srd_creation, work);

	creation->err = srd_create_disks(&creation->stop);
	flush_delayed_fput();
	complete(&creation->done);
}

/*
 * Looking for partitions leaves a file that the task closes when it returns to user space. The
 * task that loads the module must not be that one: should the load fail further on, it waits
 * until the disks are closed. A worker's files are closed by another worker a moment later, and
 * until then the module would be in use: they are closed before the load ends. A kernel whose
 * flush does not wait for one that is under way leaves a small window all the same.
 */
static int srd_create_disks_aside(void)
{
	struct srd_creation creation = { .done = COMPLETION_INITIALIZER_ONSTACK(creation.done) };

	INIT_WORK_ONSTACK(&creation.work, srd_create_work);
	/* Taking memory may last: not a worker that others wait for. */
	queue_work(srd_unbound_wq, &creation.work);
	if (wait_for_completion_killable(&creation.done))
		WRITE_ONCE(creation.stop, true);
	flush_work(&creation.work);
	flush_delayed_fput();
	destroy_work_on_stack(&creation.work);
	return creation.err;
}

static int __init srd_init(void)
{
	int err;

	err = srd_defaults_fill();
	if (err)
		return err;
	srd_memory_defaults();

	err = srd_memory_setup();
	if (err)
		return err;
	err = srd_io_setup();
	if (err)
		goto memory;
	err = srd_bio_setup();
	if (err)
		goto io;
	err = srd_window_setup();
	if (err)
		goto bio;
	err = srd_disk_setup(srd_max_part.value, srd_sysfs_groups, srd_window_remove);
	if (err)
		goto window;
	err = srd_create_disks_aside();
	if (err)
		goto disks;
	err = srd_proc_setup();
	if (err)
		goto disks;
	err = srd_control_setup(&srd_defaults);
	if (err)
		goto proc;
	pr_info("version %s, %u disks\n", SRD_VERSION, srd_disk_count());
	return 0;

proc:
	srd_proc_cleanup();
disks:
	srd_disk_cleanup();
window:
	srd_window_cleanup();
bio:
	srd_bio_cleanup();
io:
	srd_io_cleanup();
memory:
	srd_memory_cleanup();
	return err;
}

static void __exit srd_exit(void)
{
	srd_control_cleanup();
	srd_proc_cleanup();
	srd_disk_cleanup();
	srd_window_cleanup();
	srd_bio_cleanup();
	srd_io_cleanup();
	srd_memory_cleanup();
}

module_init(srd_init);
module_exit(srd_exit);

MODULE_DESCRIPTION("RAM disk on blk-mq that gives memory back");
MODULE_AUTHOR("The srd maintainers");
MODULE_VERSION(SRD_VERSION);
MODULE_LICENSE("GPL");
