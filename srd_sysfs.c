// SPDX-License-Identifier: GPL-2.0
/*
 * srd - attributes under /sys/block/srdN/srd/
 *
 * docs/sysfs-block-srd describes each. They come and go with the disk: removal waits
 * for those who are reading or writing one.
 */
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/stddef.h>
#include <linux/sysfs.h>

#include "srd.h"

static struct srd_disk *srd_dev_disk(struct device *dev)
{
	return dev_to_disk(dev)->private_data;
}

static ssize_t capacity_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", READ_ONCE(srd_dev_disk(dev)->store.capacity));
}
static DEVICE_ATTR_RO(capacity);

static ssize_t used_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", srd_store_used(&srd_dev_disk(dev)->store, NULL));
}
static DEVICE_ATTR_RO(used);

static ssize_t shared_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	u64 shared;

	srd_store_used(&srd_dev_disk(dev)->store, &shared);
	return sysfs_emit(buf, "%llu\n", shared);
}
static DEVICE_ATTR_RO(shared);

static ssize_t window_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", !!READ_ONCE(srd_dev_disk(dev)->window));
}
static DEVICE_ATTR_RO(window);

static ssize_t cache_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", srd_inject_has(srd_dev_disk(dev), SRD_INJECT_CACHE) ?
			  "volatile" : "none");
}
static DEVICE_ATTR_RO(cache);

static ssize_t cached_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct srd_disk *d = srd_dev_disk(dev);

	return sysfs_emit(buf, "%llu\n",
			  READ_ONCE(d->inject.cache.blocks) * d->config.block_size);
}
static DEVICE_ATTR_RO(cached);

static ssize_t power_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", srd_inject_has(srd_dev_disk(dev), SRD_INJECT_OFF) ?
			  "off" : "on");
}
static DEVICE_ATTR_RO(power);

static ssize_t faults_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%lld\n",
			  atomic64_read(&srd_dev_disk(dev)->inject.faults.hits));
}
static DEVICE_ATTR_RO(faults);

static ssize_t bad_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return srd_inject_bad_show(srd_dev_disk(dev), buf);
}

static ssize_t bad_store(struct device *dev, struct device_attribute *attr, const char *buf,
			 size_t len)
{
	return srd_inject_bad_store(srd_dev_disk(dev), buf, len);
}

/* badblocks_show() and badblocks_store() are the kernel's. */
static struct device_attribute dev_attr_badblocks = __ATTR(badblocks, 0644, bad_show, bad_store);

static ssize_t origin_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", srd_dev_disk(dev)->origin);
}
static DEVICE_ATTR_RO(origin);

static ssize_t limit_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", srd_account_limit(srd_dev_disk(dev)->store.account));
}

static ssize_t limit_store(struct device *dev, struct device_attribute *attr, const char *buf,
			   size_t count)
{
	u64 limit;
	int err;

	err = srd_size_parse(buf, &limit);
	if (err)
		return err;
	srd_account_set_limit(srd_dev_disk(dev)->store.account, limit);
	return count;
}
static DEVICE_ATTR_RW(limit);

static ssize_t block_size_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", srd_dev_disk(dev)->config.block_size);
}
static DEVICE_ATTR_RO(block_size);

static ssize_t queues_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", srd_dev_disk(dev)->config.queues);
}
static DEVICE_ATTR_RO(queues);

static ssize_t queue_depth_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", srd_dev_disk(dev)->config.queue_depth);
}
static DEVICE_ATTR_RO(queue_depth);

static ssize_t node_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", srd_dev_disk(dev)->config.node);
}
static DEVICE_ATTR_RO(node);

static ssize_t mode_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", srd_dev_disk(dev)->config.mode == SRD_MODE_BIO ?
			  "bio" : "mq");
}
static DEVICE_ATTR_RO(mode);

static ssize_t poll_queues_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", srd_dev_disk(dev)->config.poll_queues);
}
static DEVICE_ATTR_RO(poll_queues);

static ssize_t prealloc_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", srd_dev_disk(dev)->config.prealloc);
}
static DEVICE_ATTR_RO(prealloc);

static ssize_t label_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", srd_dev_disk(dev)->config.label);
}
static DEVICE_ATTR_RO(label);

static ssize_t latency_sample_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", srd_stats_sample(&srd_dev_disk(dev)->stats));
}

static ssize_t latency_sample_store(struct device *dev, struct device_attribute *attr,
				    const char *buf, size_t count)
{
	unsigned int every;
	int err;

	err = kstrtouint(buf, 0, &every);
	if (!err)
		err = srd_stats_set_sample(&srd_dev_disk(dev)->stats, every);
	return err ? err : count;
}
static DEVICE_ATTR_RW(latency_sample);

static ssize_t reset_stats_store(struct device *dev, struct device_attribute *attr,
				 const char *buf, size_t count)
{
	bool reset;
	int err;

	err = kstrtobool(buf, &reset);
	if (!err && !reset)
		err = -EINVAL;
	if (!err)
		srd_stats_reset(&srd_dev_disk(dev)->stats);
	return err ? err : count;
}
static DEVICE_ATTR_WO(reset_stats);

/* A count: @offset says which u64 of struct srd_cpu_stats. */
struct srd_count_attr {
	struct device_attribute	attr;
	size_t			offset;
};

static ssize_t srd_count_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct srd_count_attr *count = container_of(attr, struct srd_count_attr, attr);

	return sysfs_emit(buf, "%llu\n",
			  srd_stats_value(&srd_dev_disk(dev)->stats, count->offset));
}

/* A histogram: SRD_LATENCY_BUCKETS counts on one line, @offset is that of the first. */
static ssize_t srd_latency_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct srd_count_attr *count = container_of(attr, struct srd_count_attr, attr);
	struct srd_stats *st = &srd_dev_disk(dev)->stats;
	ssize_t len = 0;
	int i;

	for (i = 0; i < SRD_LATENCY_BUCKETS; i++)
		len += sysfs_emit_at(buf, len, i ? " %llu" : "%llu",
				     srd_stats_value(st, count->offset + i * sizeof(u64)));
	len += sysfs_emit_at(buf, len, "\n");
	return len;
}

#define SRD_COUNT_ATTR(_name, _show, _field)				\
	struct srd_count_attr srd_attr_##_name = {			\
		.attr	= __ATTR(_name, 0444, _show, NULL),		\
		.offset	= offsetof(struct srd_cpu_stats, _field),	\
	}

static SRD_COUNT_ATTR(read_ios, srd_count_show, ios[SRD_OP_READ]);
static SRD_COUNT_ATTR(read_bytes, srd_count_show, bytes[SRD_OP_READ]);
static SRD_COUNT_ATTR(read_errors, srd_count_show, errors[SRD_OP_READ]);
static SRD_COUNT_ATTR(read_latency, srd_latency_show, latency[SRD_OP_READ]);
static SRD_COUNT_ATTR(write_ios, srd_count_show, ios[SRD_OP_WRITE]);
static SRD_COUNT_ATTR(write_bytes, srd_count_show, bytes[SRD_OP_WRITE]);
static SRD_COUNT_ATTR(write_errors, srd_count_show, errors[SRD_OP_WRITE]);
static SRD_COUNT_ATTR(write_latency, srd_latency_show, latency[SRD_OP_WRITE]);
static SRD_COUNT_ATTR(discard_ios, srd_count_show, ios[SRD_OP_DISCARD]);
static SRD_COUNT_ATTR(discard_bytes, srd_count_show, bytes[SRD_OP_DISCARD]);
static SRD_COUNT_ATTR(discard_errors, srd_count_show, errors[SRD_OP_DISCARD]);
static SRD_COUNT_ATTR(discard_latency, srd_latency_show, latency[SRD_OP_DISCARD]);
static SRD_COUNT_ATTR(write_zeroes_ios, srd_count_show, ios[SRD_OP_WRITE_ZEROES]);
static SRD_COUNT_ATTR(write_zeroes_bytes, srd_count_show, bytes[SRD_OP_WRITE_ZEROES]);
static SRD_COUNT_ATTR(write_zeroes_errors, srd_count_show, errors[SRD_OP_WRITE_ZEROES]);
static SRD_COUNT_ATTR(write_zeroes_latency, srd_latency_show, latency[SRD_OP_WRITE_ZEROES]);
static SRD_COUNT_ATTR(secure_erase_ios, srd_count_show, ios[SRD_OP_SECURE_ERASE]);
static SRD_COUNT_ATTR(secure_erase_bytes, srd_count_show, bytes[SRD_OP_SECURE_ERASE]);
static SRD_COUNT_ATTR(secure_erase_errors, srd_count_show, errors[SRD_OP_SECURE_ERASE]);
static SRD_COUNT_ATTR(secure_erase_latency, srd_latency_show, latency[SRD_OP_SECURE_ERASE]);
static SRD_COUNT_ATTR(flush_ios, srd_count_show, ios[SRD_OP_FLUSH]);
static SRD_COUNT_ATTR(flush_bytes, srd_count_show, bytes[SRD_OP_FLUSH]);
static SRD_COUNT_ATTR(flush_errors, srd_count_show, errors[SRD_OP_FLUSH]);
static SRD_COUNT_ATTR(flush_latency, srd_latency_show, latency[SRD_OP_FLUSH]);

static struct attribute *srd_attrs[] = {
	&dev_attr_capacity.attr,
	&dev_attr_used.attr,
	&dev_attr_shared.attr,
	&dev_attr_origin.attr,
	&dev_attr_window.attr,
	&dev_attr_cache.attr,
	&dev_attr_cached.attr,
	&dev_attr_power.attr,
	&dev_attr_faults.attr,
	&dev_attr_badblocks.attr,
	&dev_attr_limit.attr,
	&dev_attr_block_size.attr,
	&dev_attr_queues.attr,
	&dev_attr_queue_depth.attr,
	&dev_attr_node.attr,
	&dev_attr_mode.attr,
	&dev_attr_poll_queues.attr,
	&dev_attr_prealloc.attr,
	&dev_attr_label.attr,
	&dev_attr_latency_sample.attr,
	&dev_attr_reset_stats.attr,
	&srd_attr_read_ios.attr.attr,
	&srd_attr_read_bytes.attr.attr,
	&srd_attr_read_errors.attr.attr,
	&srd_attr_read_latency.attr.attr,
	&srd_attr_write_ios.attr.attr,
	&srd_attr_write_bytes.attr.attr,
	&srd_attr_write_errors.attr.attr,
	&srd_attr_write_latency.attr.attr,
	&srd_attr_discard_ios.attr.attr,
	&srd_attr_discard_bytes.attr.attr,
	&srd_attr_discard_errors.attr.attr,
	&srd_attr_discard_latency.attr.attr,
	&srd_attr_write_zeroes_ios.attr.attr,
	&srd_attr_write_zeroes_bytes.attr.attr,
	&srd_attr_write_zeroes_errors.attr.attr,
	&srd_attr_write_zeroes_latency.attr.attr,
	&srd_attr_secure_erase_ios.attr.attr,
	&srd_attr_secure_erase_bytes.attr.attr,
	&srd_attr_secure_erase_errors.attr.attr,
	&srd_attr_secure_erase_latency.attr.attr,
	&srd_attr_flush_ios.attr.attr,
	&srd_attr_flush_bytes.attr.attr,
	&srd_attr_flush_errors.attr.attr,
	&srd_attr_flush_latency.attr.attr,
	NULL
};

static const struct attribute_group srd_group = {
	.name	= "srd",
	.attrs	= srd_attrs,
};

const struct attribute_group *srd_sysfs_groups[] = { &srd_group, NULL };
