// SPDX-License-Identifier: GPL-2.0
/*
 * srd - /dev/srd-control
 *
 * One table says for each command how long its structure was when it first appeared, who may
 * use it and what it does; copying, sizes and permission are dealt with around it. Events are
 * read from srd_event.c.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "srd.h"

static const struct srd_config *srd_defaults;

static int srd_ioc_version(struct file *file, void *arg)
{
	struct srd_ioc_version *v = arg;

	if (v->flags)
		return -EINVAL;
	v->abi = SRD_ABI_VERSION;
	v->reserved = 0;
	memset(v->release, 0, sizeof(v->release));
	strscpy(v->release, SRD_VERSION, sizeof(v->release));
	return 0;
}

/* Bytes after a label's end would be kept and shown to nobody: a mistake. */
static bool srd_label_clean(const char *label)
{
	size_t len = strnlen(label, SRD_LABEL_LEN);

	return !memchr_inv(label + len, 0, SRD_LABEL_LEN - len);
}

#define SRD_CREATE_FLAGS	(SRD_CREATE_READ_ONLY | SRD_CREATE_NUMBER | SRD_CREATE_NODE | \
				 SRD_CREATE_MODE | SRD_CREATE_POLL_QUEUES | \
				 SRD_CREATE_PREALLOC | SRD_CREATE_SPARSE | \
				 SRD_CREATE_TEMPORARY | SRD_CREATE_VOLATILE | \
				 SRD_CREATE_DURABLE)

/* The mode, and the queues of those that have any. */
static int srd_create_mode(const struct srd_ioc_create *c, struct srd_config *cfg)
{
	bool polled = c->flags & SRD_CREATE_POLL_QUEUES;

	if ((c->mode && !(c->flags & SRD_CREATE_MODE)) || (c->poll_queues && !polled))
		return -EINVAL;
	if (c->flags & SRD_CREATE_MODE)
		cfg->mode = c->mode;
	if (cfg->mode == SRD_MODE_BIO && (c->queues || c->queue_depth || c->poll_queues))
		return -EINVAL;
	if (c->queues)
		cfg->queues = c->queues;
	if (c->queue_depth)
		cfg->queue_depth = c->queue_depth;
	if (polled)
		cfg->poll_queues = c->poll_queues;
	return 0;
}

static int srd_ioc_create(struct file *file, void *arg)
{
	struct srd_ioc_create *c = arg;
	struct srd_config cfg = *srd_defaults;
	int err;

	if (c->flags & ~SRD_CREATE_FLAGS)
		return -EINVAL;
	if ((c->flags & SRD_CREATE_PREALLOC) && (c->flags & SRD_CREATE_SPARSE))
		return -EINVAL;
	if ((c->flags & SRD_CREATE_VOLATILE) && (c->flags & SRD_CREATE_DURABLE))
		return -EINVAL;
	if (c->reserved || memchr_inv(c->name, 0, sizeof(c->name)))
		return -EINVAL;
	if (!srd_label_clean(c->label))
		return -EINVAL;
	if ((c->flags & SRD_CREATE_NUMBER) && c->number > INT_MAX)
		return -EINVAL;

	err = srd_create_mode(c, &cfg);
	if (err)
		return err;
	cfg.capacity = c->capacity;
	cfg.limit = c->limit;
	cfg.read_only = c->flags & SRD_CREATE_READ_ONLY;
	cfg.number = c->flags & SRD_CREATE_NUMBER ? (int)c->number : -1;
	if (c->block_size)
		cfg.block_size = c->block_size;
	if (c->flags & SRD_CREATE_NODE)
		cfg.node = c->node;
	if (c->flags & (SRD_CREATE_PREALLOC | SRD_CREATE_SPARSE))
		cfg.prealloc = c->flags & SRD_CREATE_PREALLOC;
	if (c->flags & (SRD_CREATE_VOLATILE | SRD_CREATE_DURABLE))
		cfg.cache = c->flags & SRD_CREATE_VOLATILE;
	cfg.owner = c->flags & SRD_CREATE_TEMPORARY ? file : NULL;
	memcpy(cfg.label, c->label, sizeof(cfg.label));

	err = srd_disk_create(&cfg, NULL, NULL);
	if (err)
		return err;
	c->number = cfg.number;
	c->block_size = cfg.block_size;
	c->queues = cfg.queues;
	c->queue_depth = cfg.queue_depth;
	c->poll_queues = cfg.poll_queues;
	c->mode = cfg.mode;
	c->node = cfg.node;
	snprintf(c->name, sizeof(c->name), "srd%d", cfg.number);
	return 0;
}

static int srd_ioc_remove(struct file *file, void *arg)
{
	struct srd_ioc_remove *r = arg;

	if (r->reserved || r->flags & ~(SRD_REMOVE_FORCE | SRD_REMOVE_DEFERRED))
		return -EINVAL;
	if (r->flags == (SRD_REMOVE_FORCE | SRD_REMOVE_DEFERRED))
		return -EINVAL;
	return srd_disk_remove(r->number, r->flags & SRD_REMOVE_FORCE,
			       r->flags & SRD_REMOVE_DEFERRED);
}

static int srd_ioc_resize(struct file *file, void *arg)
{
	struct srd_ioc_resize *r = arg;

	if (r->reserved || r->flags & ~SRD_RESIZE_FORCE)
		return -EINVAL;
	return srd_disk_resize(r->number, r->capacity, r->flags & SRD_RESIZE_FORCE);
}

static u32 srd_info_inject(struct srd_disk *d)
{
	u32 state = 0;

	if (srd_inject_has(d, SRD_INJECT_CACHE))
		state |= SRD_STATE_VOLATILE;
	if (srd_inject_has(d, SRD_INJECT_OFF))
		state |= SRD_STATE_OFF;
	if (srd_inject_has(d, SRD_INJECT_RULES) || srd_inject_bad_any(d))
		state |= SRD_STATE_FAULTS;
	if (srd_inject_has(d, SRD_INJECT_TIMING))
		state |= SRD_STATE_TIMING;
	return state;
}

static void srd_info_fill(struct srd_disk *d, struct srd_ioc_info *i)
{
	u32 size = i->size;

	memset(i, 0, sizeof(*i));
	i->size = size;
	i->number = d->config.number;
	if (srd_disk_is_read_only(d))
		i->state |= SRD_STATE_READ_ONLY;
	if (READ_ONCE(d->deferred))
		i->state |= SRD_STATE_DEFERRED;
	if (d->config.prealloc)
		i->state |= SRD_STATE_PREALLOC;
	if (READ_ONCE(d->window))
		i->state |= SRD_STATE_WINDOW;
	i->state |= srd_info_inject(d);
	i->cached = READ_ONCE(d->inject.cache.blocks) * d->config.block_size;
	i->faults = atomic64_read(&d->inject.faults.hits);
	i->capacity = READ_ONCE(d->store.capacity);
	i->used = srd_store_used(&d->store, &i->shared);
	i->limit = srd_account_limit(d->store.account);
	i->block_size = d->config.block_size;
	i->queues = d->config.queues;
	i->queue_depth = d->config.queue_depth;
	i->node = d->config.node;
	i->openers = disk_openers(d->disk);
	i->mode = d->config.mode;
	i->poll_queues = d->config.poll_queues;
	i->origin = d->origin;
	i->major = d->disk->major;
	i->minor = d->disk->first_minor;
	memcpy(i->label, d->config.label, sizeof(i->label));
	strscpy(i->name, d->disk->disk_name, sizeof(i->name));
}

static int srd_info_of(struct srd_disk *d, struct srd_ioc_info *i)
{
	if (!d)
		return -ENODEV;
	srd_info_fill(d, i);
	srd_disk_put(d);
	return 0;
}

static int srd_ioc_info(struct file *file, void *arg)
{
	struct srd_ioc_info *i = arg;

	return i->flags ? -EINVAL : srd_info_of(srd_disk_get(i->number), i);
}

static int srd_ioc_next(struct file *file, void *arg)
{
	struct srd_ioc_info *i = arg;

	return i->flags ? -EINVAL : srd_info_of(srd_disk_next(i->number), i);
}

static int srd_ioc_stats(struct file *file, void *arg)
{
	struct srd_ioc_stats *s = arg;
	struct srd_cpu_stats *sum;
	struct srd_disk *d;
	int op;

	if (s->flags)
		return -EINVAL;
	sum = kmalloc(sizeof(*sum), GFP_KERNEL);
	if (!sum)
		return -ENOMEM;
	d = srd_disk_get(s->number);
	if (!d) {
		kfree(sum);
		return -ENODEV;
	}
	srd_stats_read(&d->stats, sum);
	s->latency_sample = srd_stats_sample(&d->stats);
	srd_disk_put(d);

	memset(s->op, 0, sizeof(s->op));
	for (op = 0; op < SRD_OP_COUNT; op++) {
		s->op[op].ios = sum->ios[op];
		s->op[op].bytes = sum->bytes[op];
		s->op[op].errors = sum->errors[op];
		memcpy(s->op[op].latency, sum->latency[op], sizeof(sum->latency[op]));
	}
	kfree(sum);
	return 0;
}

static int srd_ioc_reset_stats(struct file *file, void *arg)
{
	struct srd_ioc_reset_stats *r = arg;
	struct srd_disk *d;

	if (r->flags || r->reserved)
		return -EINVAL;
	d = srd_disk_get(r->number);
	if (!d)
		return -ENODEV;
	srd_stats_reset(&d->stats);
	srd_disk_put(d);
	return 0;
}

static int srd_ioc_memory(struct file *file, void *arg)
{
	struct srd_ioc_memory *m = arg;
	struct srd_memory mem;

	if (m->flags)
		return -EINVAL;
	srd_memory_info(&mem);
	m->limit = mem.limit;
	m->used = mem.used;
	m->pending = mem.pending;
	m->reserve = mem.reserve;
	m->disks = srd_disk_count();
	m->reserved = 0;
	m->preallocating = mem.preallocating;
	return 0;
}

#define SRD_SNAPSHOT_FLAGS	(SRD_SNAPSHOT_WRITABLE | SRD_SNAPSHOT_NUMBER | \
				 SRD_SNAPSHOT_NO_FREEZE | SRD_SNAPSHOT_TEMPORARY)

static int srd_ioc_snapshot(struct file *file, void *arg)
{
	struct srd_ioc_snapshot *s = arg;
	struct srd_config cfg = { .number = -1 };
	int err;

	if (s->flags & ~SRD_SNAPSHOT_FLAGS)
		return -EINVAL;
	if (memchr_inv(s->name, 0, sizeof(s->name)) || !srd_label_clean(s->label))
		return -EINVAL;
	if ((s->flags & SRD_SNAPSHOT_NUMBER) && s->number > INT_MAX)
		return -EINVAL;
	if (s->flags & SRD_SNAPSHOT_NUMBER)
		cfg.number = s->number;
	cfg.read_only = !(s->flags & SRD_SNAPSHOT_WRITABLE);
	cfg.owner = s->flags & SRD_SNAPSHOT_TEMPORARY ? file : NULL;
	memcpy(cfg.label, s->label, sizeof(cfg.label));
	err = srd_snapshot_create(s->source, &cfg, !(s->flags & SRD_SNAPSHOT_NO_FREEZE));
	if (err)
		return err;
	s->number = cfg.number;
	snprintf(s->name, sizeof(s->name), "srd%d", cfg.number);
	return 0;
}

static int srd_ioc_rollback(struct file *file, void *arg)
{
	struct srd_ioc_rollback *r = arg;

	return r->flags ? -EINVAL : srd_snapshot_rollback(r->number, r->to);
}

static int srd_ioc_reset(struct file *file, void *arg)
{
	struct srd_ioc_reset *r = arg;

	return r->flags || r->reserved ? -EINVAL : srd_snapshot_reset(r->number);
}

/* Extents that are collected before they are copied to the caller: a page of them. */
#define SRD_EXTENTS_BATCH	(PAGE_SIZE / sizeof(struct srd_extent))

static int srd_extents(struct srd_store *store, struct srd_ioc_extents *e, struct srd_extent *batch)
{
	struct srd_extent __user *to = u64_to_user_ptr(e->extents);
	u32 room = e->count;
	u32 nr;

	e->end = srd_store_end(store, e->end);
	e->start = min(e->start, e->end);
	for (e->count = 0; e->count < room && e->start < e->end; e->count += nr) {
		/* What has been found is worth more than an error. */
		if (signal_pending(current))
			return e->count ? 0 : -EINTR;
		nr = srd_store_extents(store, &e->start, e->end, batch,
				       min_t(u32, room - e->count, SRD_EXTENTS_BATCH));
		if (copy_to_user(to + e->count, batch, nr * sizeof(*batch)))
			return -EFAULT;
	}
	return 0;
}

static int srd_ioc_extents(struct file *file, void *arg)
{
	struct srd_ioc_extents *e = arg;
	struct srd_extent *batch;
	struct srd_disk *d;
	int err = -ENOMEM;

	if (e->flags || !e->count)
		return -EINVAL;
	d = srd_disk_get(e->number);
	if (!d)
		return -ENODEV;
	batch = kcalloc(SRD_EXTENTS_BATCH, sizeof(*batch), GFP_KERNEL);
	if (batch)
		err = srd_extents(&d->store, e, batch);
	kfree(batch);
	srd_disk_put(d);
	return err;
}

static int srd_ioc_keep(struct file *file, void *arg)
{
	struct srd_ioc_keep *k = arg;

	return k->flags || k->reserved ? -EINVAL : srd_disk_keep(k->number, file);
}

static int srd_ioc_window(struct file *file, void *arg)
{
	struct srd_ioc_window *w = arg;

	if (w->reserved || w->flags & ~SRD_WINDOW_ON)
		return -EINVAL;
	return srd_window_switch(w->number, w->flags & SRD_WINDOW_ON);
}

static int srd_ioc_rule_add(struct file *file, void *arg)
{
	struct srd_ioc_rule *r = arg;
	struct srd_disk *d;
	int err;

	if (r->flags || r->reserved)
		return -EINVAL;
	d = srd_disk_get(r->number);
	if (!d)
		return -ENODEV;
	err = srd_inject_rule_add(d, &r->rule);
	srd_disk_put(d);
	return err;
}

static int srd_ioc_rule_next(struct file *file, void *arg)
{
	struct srd_ioc_rule *r = arg;
	struct srd_disk *d;
	int err;

	if (r->flags || r->reserved)
		return -EINVAL;
	d = srd_disk_get(r->number);
	if (!d)
		return -ENODEV;
	err = mutex_lock_killable(&d->lock);
	if (!err) {
		err = srd_fault_next(&d->inject.faults, &r->rule);
		mutex_unlock(&d->lock);
	}
	srd_disk_put(d);
	return err;
}

static int srd_ioc_rule_remove(struct file *file, void *arg)
{
	struct srd_ioc_rule_remove *r = arg;
	struct srd_disk *d;
	int err;

	/* Rules are numbered from 1: who means one does not get all. */
	if (r->flags & ~SRD_RULES_ALL || (r->flags & SRD_RULES_ALL && r->id))
		return -EINVAL;
	d = srd_disk_get(r->number);
	if (!d)
		return -ENODEV;
	err = r->id || r->flags ? srd_inject_rule_remove(d, r->id) : -ENOENT;
	srd_disk_put(d);
	return err;
}

static int srd_timing_get(struct srd_disk *d, struct srd_ioc_timing *t)
{
	u32 size = t->size, flags = t->flags, number = t->number;

	if (mutex_lock_killable(&d->lock))
		return -EINTR;
	memset(t, 0, sizeof(*t));
	if (d->inject.timing.model)
		*t = *d->inject.timing.model;
	else
		t->cpu = -1;
	mutex_unlock(&d->lock);
	t->size = size;
	t->flags = flags;
	t->number = number;
	return 0;
}

static int srd_ioc_timing(struct file *file, void *arg)
{
	struct srd_ioc_timing *t = arg;
	struct srd_disk *d;
	int err;

	if (t->flags & ~(SRD_TIMING_SET | SRD_TIMING_SEED))
		return -EINVAL;
	if (t->flags & SRD_TIMING_SEED ? !(t->flags & SRD_TIMING_SET) :
	    t->flags & SRD_TIMING_SET && t->seed)
		return -EINVAL;
	if (t->flags & SRD_TIMING_SET)
		return capable(CAP_SYS_ADMIN) ? srd_set_timing(t->number, t) : -EPERM;
	d = srd_disk_get(t->number);
	if (!d)
		return -ENODEV;
	err = srd_timing_get(d, t);
	srd_disk_put(d);
	return err;
}

static int srd_ioc_power(struct file *file, void *arg)
{
	struct srd_ioc_power *p = arg;
	bool on = p->flags & SRD_POWER_ON, seed = p->flags & SRD_POWER_SEED;

	if (p->flags & ~(SRD_POWER_ON | SRD_POWER_SEED) || p->kept || p->lost)
		return -EINVAL;
	if (on ? p->keep >= SRD_KEEP_COUNT : p->keep || seed)
		return -EINVAL;
	if (p->seed && !seed)
		return -EINVAL;
	if (!on)
		return srd_set_power_off(p->number);
	if (!seed)
		p->seed = get_random_u64();
	return srd_set_power_on(p->number, p->keep, p->seed, &p->kept, &p->lost);
}

static int srd_ioc_set(struct file *file, void *arg)
{
	struct srd_ioc_set *s = arg;

	if (s->flags & ~(SRD_SET_VOLATILE | SRD_SET_HEAL | SRD_SET_SEED) || s->reserved)
		return -EINVAL;
	if (s->cache > (s->flags & SRD_SET_VOLATILE ? SRD_CACHE_VOLATILE : 0) ||
	    s->heal > (s->flags & SRD_SET_HEAL ? 1 : 0))
		return -EINVAL;
	if (s->seed && !(s->flags & SRD_SET_SEED))
		return -EINVAL;
	return srd_set(s->number, s);
}

/**
 * struct srd_command - a command of the control node
 * @cmd: its number as this kernel's header makes it
 * @first: bytes of its structure when it first appeared; callers may not come with fewer
 * @changes: needs CAP_SYS_ADMIN
 * @run: does it; @arg is the structure, at the length that this kernel knows, zero where the
 *	caller's was shorter, and is copied back when the command's number says so
 */
struct srd_command {
	unsigned int	cmd;
	unsigned int	first;
	bool		changes;
	int		(*run)(struct file *file, void *arg);
};

static const struct srd_command srd_commands[] = {
	{ SRD_IOC_VERSION,	48,	false,	srd_ioc_version },
	{ SRD_IOC_CREATE,	112,	true,	srd_ioc_create },
	{ SRD_IOC_REMOVE,	16,	true,	srd_ioc_remove },
	{ SRD_IOC_RESIZE,	24,	true,	srd_ioc_resize },
	{ SRD_IOC_INFO,		136,	false,	srd_ioc_info },
	{ SRD_IOC_NEXT,		136,	false,	srd_ioc_next },
	{ SRD_IOC_STATS,	2320,	false,	srd_ioc_stats },
	{ SRD_IOC_RESET_STATS,	16,	true,	srd_ioc_reset_stats },
	{ SRD_IOC_MEMORY,	48,	false,	srd_ioc_memory },
	{ SRD_IOC_SNAPSHOT,	80,	true,	srd_ioc_snapshot },
	{ SRD_IOC_ROLLBACK,	16,	true,	srd_ioc_rollback },
	{ SRD_IOC_RESET,	16,	true,	srd_ioc_reset },
	{ SRD_IOC_EXTENTS,	40,	false,	srd_ioc_extents },
	{ SRD_IOC_KEEP,		16,	true,	srd_ioc_keep },
	{ SRD_IOC_WINDOW,	16,	true,	srd_ioc_window },
	{ SRD_IOC_RULE_ADD,	128,	true,	srd_ioc_rule_add },
	{ SRD_IOC_RULE_NEXT,	128,	false,	srd_ioc_rule_next },
	{ SRD_IOC_RULE_REMOVE,	16,	true,	srd_ioc_rule_remove },
	{ SRD_IOC_TIMING,	864,	false,	srd_ioc_timing },
	{ SRD_IOC_POWER,	40,	true,	srd_ioc_power },
	{ SRD_IOC_SET,		32,	true,	srd_ioc_set },
};

/* The structures of ABI version 1, and what has been added to some of them since. */
static_assert(sizeof(struct srd_ioc_version) == 48);
static_assert(sizeof(struct srd_ioc_create) == 120);
static_assert(sizeof(struct srd_ioc_remove) == 16);
static_assert(sizeof(struct srd_ioc_resize) == 24);
static_assert(sizeof(struct srd_ioc_info) == 168);
static_assert(sizeof(struct srd_ioc_stats) == 2320);
static_assert(sizeof(struct srd_ioc_reset_stats) == 16);
static_assert(sizeof(struct srd_ioc_memory) == 56);
static_assert(sizeof(struct srd_ioc_snapshot) == 80);
static_assert(sizeof(struct srd_ioc_rollback) == 16);
static_assert(sizeof(struct srd_ioc_reset) == 16);
static_assert(sizeof(struct srd_ioc_extents) == 40);
static_assert(sizeof(struct srd_ioc_keep) == 16);
static_assert(sizeof(struct srd_extent) == 24);
static_assert(sizeof(struct srd_ioc_window) == 16);
static_assert(sizeof(struct srd_rule) == 112);
static_assert(sizeof(struct srd_ioc_rule) == 128);
static_assert(sizeof(struct srd_ioc_rule_remove) == 16);
static_assert(sizeof(struct srd_latency) == 104);
static_assert(sizeof(struct srd_ioc_timing) == 864);
static_assert(sizeof(struct srd_ioc_power) == 40);
static_assert(sizeof(struct srd_ioc_set) == 32);

/* The same command whatever the length of the caller's structure. */
static bool srd_command_is(const struct srd_command *c, unsigned int cmd)
{
	const unsigned int size = _IOC_SIZEMASK << _IOC_SIZESHIFT;

	return (c->cmd & ~size) == (cmd & ~size);
}

static long srd_control_run(struct file *file, const struct srd_command *c, unsigned int usize,
			    void __user *uarg)
{
	bool answers = _IOC_DIR(c->cmd) & _IOC_READ;
	unsigned int ksize = _IOC_SIZE(c->cmd);
	u32 *arg;
	int err;

	if (usize < c->first)
		return -EINVAL;
	if (c->changes && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	arg = kzalloc(ksize, GFP_KERNEL);
	if (!arg)
		return -ENOMEM;
	err = copy_struct_from_user(arg, ksize, uarg, usize);
	/* Each structure starts with its size. */
	if (!err && arg[0] != usize)
		err = -EINVAL;
	/* An answer that cannot be given must be known before anything is changed. */
	if (!err && answers && copy_to_user(uarg, arg, min(usize, ksize)))
		err = -EFAULT;
	if (!err)
		err = c->run(file, arg);
	if (!err && answers && copy_to_user(uarg, arg, min(usize, ksize)))
		err = -EFAULT;
	kfree(arg);
	return err;
}

static long srd_control_ioctl(struct file *file, unsigned int cmd, unsigned long uarg)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(srd_commands); i++)
		if (srd_command_is(&srd_commands[i], cmd))
			return srd_control_run(file, &srd_commands[i], _IOC_SIZE(cmd),
					       (void __user *)uarg);
	return -ENOTTY;
}

static int srd_control_open(struct inode *inode, struct file *file)
{
	srd_event_open(file);
	/* It has no position that users could set. */
	return stream_open(inode, file);
}

static int srd_control_release(struct inode *inode, struct file *file)
{
	srd_event_release(file);
	srd_disk_remove_owned(file);
	return 0;
}

/* One call however many pieces it is read into: after the first of them another would wait. */
static ssize_t srd_control_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct file *file = iocb->ki_filp;

	return srd_event_read(file, to,
			      !(file->f_flags & O_NONBLOCK || iocb->ki_flags & IOCB_NOWAIT));
}

static __poll_t srd_control_poll(struct file *file, struct poll_table_struct *wait)
{
	return srd_event_poll(file, wait);
}

static const struct file_operations srd_control_fops = {
	.owner		= THIS_MODULE,
	.open		= srd_control_open,
	.read_iter	= srd_control_read_iter,
	.poll		= srd_control_poll,
	.release	= srd_control_release,
	.unlocked_ioctl	= srd_control_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

static struct miscdevice srd_control = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "srd-control",
	.mode	= 0600,
	.fops	= &srd_control_fops,
};

/**
 * srd_control_setup() - make /dev/srd-control
 * @defaults: what a new disk gets where the caller names nothing; must stay
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int srd_control_setup(const struct srd_config *defaults)
{
	srd_defaults = defaults;
	return misc_register(&srd_control);
}

/**
 * srd_control_cleanup() - take /dev/srd-control away
 *
 * Context: may sleep.
 */
void srd_control_cleanup(void)
{
	misc_deregister(&srd_control);
}
