/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - the one place that asks the kernel about disks
 *
 * Everything here returns 0 or a negative errno and prints nothing; the verbs say what an error
 * means for what they were about to do.
 */
#ifndef SRDCTL_DEVICE_H
#define SRDCTL_DEVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/srd.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#define DEVICE_PATH_LEN		(SRD_NAME_LEN + sizeof("/dev/"))
#define DEVICE_MODE_LEN		16

enum device_access {
	DEVICE_CHANGE,		/* make, change or remove disks */
	DEVICE_READ,		/* ask the control node */
	DEVICE_READ_SYSFS,	/* ask the control node, or sysfs where it may not be opened */
};

/* A way to the module. */
struct device {
	int fd;			/* the control node, or -1: all is read from sysfs */
};

/* What is known about a disk. */
struct device_disk {
	struct srd_ioc_info info;
	char path[DEVICE_PATH_LEN];
	char mode[DEVICE_MODE_LEN];
	uint64_t sequence;	/* no other disk ever has it; 0: not known, or not asked for */
	bool openers_known;	/* sysfs does not tell, nor of deferred removal and times */
};

/**
 * device_open() - find the module
 * @dev: to be closed with device_close() when this succeeds
 * @access: what the caller is going to do
 *
 * Return: 0; -ENOENT the module is not loaded (module_explain() says why); -ENXIO it is loaded but
 * has no control node; -EACCES the caller may not open the node;
 * -EPROTO the module speaks another ABI; or what open() returned.
 */
int device_open(struct device *dev, enum device_access access);
void device_close(struct device *dev);

/**
 * device_version() - what module is loaded, for those who may not open the control node too
 * @version: @version->abi is 0 when it is not known
 *
 * Return: 0; -ENOENT the module is not loaded.
 */
int device_version(struct srd_ioc_version *version);

/**
 * device_next() - find the disk with the lowest number from @number on
 *
 * Return: 0; -ENODEV there is none.
 */
int device_next(const struct device *dev, uint32_t number, struct device_disk *disk);

/**
 * device_get() - find the disk with a number
 *
 * Return: 0; -ENODEV there is none.
 */
int device_get(const struct device *dev, uint32_t number, struct device_disk *disk);

/* Is @disk, which device_find() found, there still, and none that has its number by now? */
bool device_is_there(const struct device_disk *disk);

/**
 * device_find() - find a disk by what a user calls it
 * @what: srdN, /dev/srdN, another path of that node, or a label
 *
 * Return: 0; -ENODEV there is no such disk; -ENOTBLK it is a path, but of no disk of srd;
 * -EXDEV it is a partition of a disk.
 */
int device_find(const struct device *dev, const char *what, struct device_disk *disk);

int device_stats(const struct device *dev, uint32_t number, struct srd_ioc_stats *stats);

int device_create(const struct device *dev, struct srd_ioc_create *create);
int device_remove(const struct device *dev, uint32_t number, uint32_t flags);
int device_resize(const struct device *dev, uint32_t number, uint64_t capacity, uint32_t flags);
int device_snapshot(const struct device *dev, struct srd_ioc_snapshot *snapshot);
int device_rollback(const struct device *dev, uint32_t number, uint32_t to);
int device_reset(const struct device *dev, uint32_t number);
int device_window(const struct device *dev, uint32_t number, uint32_t flags);
int device_reset_stats(const struct device *dev, uint32_t number);
int device_memory(const struct device *dev, struct srd_ioc_memory *memory);
int device_extents(const struct device *dev, struct srd_ioc_extents *extents);

/* A rule is added, or found: from @rule->id on, -ENOENT when there is no more. */
int device_rule_add(const struct device *dev, uint32_t number, struct srd_rule *rule);
int device_rule_next(const struct device *dev, uint32_t number, struct srd_rule *rule);

/* A rule is taken away, or with an @id of 0 all of them. */
int device_rule_remove(const struct device *dev, uint32_t number, uint32_t id);

/* Times are set, with SRD_TIMING_SET in the flags, or looked at. */
int device_timing(const struct device *dev, uint32_t number, struct srd_ioc_timing *timing);
int device_power(const struct device *dev, uint32_t number, struct srd_ioc_power *power);
int device_set(const struct device *dev, uint32_t number, struct srd_ioc_set *set);

/* Events that have been read and not yet been asked for. */
struct device_events {
	_Alignas(struct srd_event) char buffer[16 * SRD_EVENT_MAX];
	size_t length;
	size_t place;
};

/**
 * device_event() - wait for an event
 * @events: empty at first
 * @ms: how many milliseconds to wait; -1: for ever
 * @event: set to it; fields that the module does not know are 0
 *
 * Return: 0; -ETIMEDOUT there was none; -EPIPE nobody reads stdout any more; -ENODATA none will
 * ever come; or what poll() or read() returned.
 */
int device_event(const struct device *dev, struct device_events *events, int ms,
		 struct srd_event *event);

/* Would device_event() have to ask the module? */
bool device_events_empty(const struct device_events *events);

/* A disk that was made to go with @dev stays. */
int device_keep(const struct device *dev, uint32_t number);

/**
 * device_open_disk() - open a disk as soon as it has a node
 * @disk: the disk
 * @flags: for open()
 *
 * Return: a file descriptor; -ETIMEDOUT the node did not come; or what open() returned.
 */
int device_open_disk(const struct device_disk *disk, int flags);

/* Would device_find() take @name for that of a disk or partition, not for a label? */
bool device_is_name(const char *name);

/**
 * device_parameter() - a parameter of the module, as text
 * @name: its name
 * @text: set when the parameter is there
 * @size: room in @text
 *
 * Return: 0 or -errno.
 */
int device_parameter(const char *name, char *text, size_t size);

/**
 * device_default() - the value of a parameter of the module
 * @name: its name
 * @value: set when the parameter is there and a number
 *
 * Return: 0 or -errno.
 */
int device_default(const char *name, uint64_t *value);

/* Is this a node of memory? */
bool device_numa_node(int node);

/* Is this a CPU that is online? */
bool device_cpu(int cpu);

/**
 * device_wait_node() - wait until a new disk can be used by its name
 * @path: the node under /dev
 * @number: its device number
 *
 * Waits for the node, and where udev runs until udev is done with it; both for a bounded time.
 *
 * Return: 0; -ETIMEDOUT the node did not come.
 */
int device_wait_node(const char *path, dev_t number);

#endif /* SRDCTL_DEVICE_H */
