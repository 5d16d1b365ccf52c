/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * srd - the ABI of /dev/srd-control
 *
 * Every structure starts with its own size in bytes and a flags word. The size must equal the
 * size that is encoded in the command. A caller that was built with an older, shorter structure
 * is served as before; one built with a newer, longer structure is served as long as the part
 * that this kernel does not know is zero. All sizes and positions are in bytes unless the field
 * says otherwise. The layout is the same for 32-bit and 64-bit callers.
 *
 * Errors that any command can return:
 *
 *	ENOTTY	the command is unknown
 *	EINVAL	the size field does not match the command, a flag is unknown, or a reserved field
 *		is not zero
 *	E2BIG	the structure is longer than this kernel knows and the rest of it is not zero
 *	EFAULT	the structure cannot be read or written
 *	EPERM	the command changes something and the caller lacks CAP_SYS_ADMIN
 *	EINTR	a fatal signal came while a resize waited for another one, or for a writer
 *	ENOMEM	no memory for the command's own needs
 */
#ifndef _UAPI_LINUX_SRD_H
#define _UAPI_LINUX_SRD_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Raised only when an old program could no longer work; additions are seen by size and flags. */
#define SRD_ABI_VERSION		1

#define SRD_CONTROL_PATH	"/dev/srd-control"

#define SRD_NAME_LEN		32	/* bytes of a disk's name ("srd0"), with the final NUL */
#define SRD_LABEL_LEN		32	/* bytes of a disk's label, with the final NUL */
#define SRD_RELEASE_LEN		32	/* bytes of the module's version, with the final NUL */

/**
 * struct srd_ioc_version - SRD_IOC_VERSION: what is loaded
 * @size: sizeof(struct srd_ioc_version)
 * @flags: none yet, must be 0
 * @abi: out: SRD_ABI_VERSION of the module
 * @reserved: out: 0
 * @release: out: the module's version as modinfo prints it
 */
struct srd_ioc_version {
	__u32	size;
	__u32	flags;
	__u32	abi;
	__u32	reserved;
	char	release[SRD_RELEASE_LEN];
};

#define SRD_CREATE_READ_ONLY	(1U << 0)	/* the disk refuses writes */
#define SRD_CREATE_NUMBER	(1U << 1)	/* @number is given; else the lowest free one */
#define SRD_CREATE_NODE		(1U << 2)	/* @node is given; else the module's default */
#define SRD_CREATE_MODE		(1U << 3)	/* @mode is given; else the module's default */
#define SRD_CREATE_POLL_QUEUES	(1U << 4)	/* @poll_queues is given; else the default */

/*
 * PREALLOC takes all the memory that the disk can need before it appears, and the disk keeps it:
 * it offers no discard, and write-zeroes overwrites in place. SPARSE takes memory when it is
 * first written. Without either, as the module's default says; with both, EINVAL.
 */
#define SRD_CREATE_PREALLOC	(1U << 5)
#define SRD_CREATE_SPARSE	(1U << 6)

/* It goes when this open control node is closed, as with SRD_SNAPSHOT_TEMPORARY. */
#define SRD_CREATE_TEMPORARY	(1U << 7)

#define SRD_MODE_MQ		0		/* requests, through blk-mq */
#define SRD_MODE_BIO		1		/* bios, as they come */

/**
 * struct srd_ioc_create - SRD_IOC_CREATE: make a disk
 * @size: sizeof(struct srd_ioc_create)
 * @flags: SRD_CREATE_*
 * @capacity: size of the disk; a multiple of the block size, not 0
 * @limit: memory that the disk may hold, its table included; 0: as much as its capacity asks for
 * @number: N of srdN; in with SRD_CREATE_NUMBER, out always
 * @block_size: logical block size, a power of two from 512 to the page size; 0: module's default
 * @queues: hardware queues, at most one for each possible CPU; 0: module's default.
 *	Out: 0 in mode SRD_MODE_BIO, which has none and where it must be 0
 * @queue_depth: requests in flight for each queue; as @queues
 * @node: NUMA node for memory and queues, -1 for the one of the CPU that writes first;
 *	in with SRD_CREATE_NODE, out always
 * @mode: SRD_MODE_*; in with SRD_CREATE_MODE, else it must be 0; out always
 * @label: name that people give the disk: printable ASCII without '/' or white space, not
 *	starting with '.'; may be empty
 * @name: must be empty; out: the disk's name under /dev
 * @poll_queues: queues for polled I/O beside the others, at most one for each possible CPU; in
 *	with SRD_CREATE_POLL_QUEUES, else it must be 0; out always. Not with SRD_MODE_BIO
 * @reserved: must be 0
 *
 * Errors: EINVAL a field is out of its range; EFBIG the capacity is larger than any disk can
 * be; EEXIST the number or the label is taken; ENOSPC no number is free; ENOMEM no memory for
 * the disk's own structures, or, with PREALLOC, a limit or the machine has less than it takes;
 * EINTR a signal came while memory was taken. After an error, nothing is left of the disk.
 */
struct srd_ioc_create {
	__u32	size;
	__u32	flags;
	__u64	capacity;
	__u64	limit;
	__u32	number;
	__u32	block_size;
	__u32	queues;
	__u32	queue_depth;
	__s32	node;
	__u32	mode;
	char	label[SRD_LABEL_LEN];
	char	name[SRD_NAME_LEN];
	__u32	poll_queues;
	__u32	reserved;
};

/*
 * Without a flag a disk that is open or mounted is refused with EBUSY. FORCE removes it at once:
 * whoever holds it gets EIO from then on and its memory is freed. DEFERRED removes it when the
 * last one closes it; nothing changes for those who hold it. With both, EINVAL.
 */
#define SRD_REMOVE_FORCE	(1U << 0)
#define SRD_REMOVE_DEFERRED	(1U << 1)

/**
 * struct srd_ioc_remove - SRD_IOC_REMOVE: take a disk away and free its memory
 * @size: sizeof(struct srd_ioc_remove)
 * @flags: SRD_REMOVE_*
 * @number: N of srdN
 * @reserved: must be 0
 *
 * Errors: ENODEV there is no such disk, or another caller is removing it; EBUSY it is in use.
 */
struct srd_ioc_remove {
	__u32	size;
	__u32	flags;
	__u32	number;
	__u32	reserved;
};

/*
 * Shrink even while the disk is open. A mounted file system that reaches past the new end gets
 * errors there, and what it holds in memory of that part, it still sees.
 */
#define SRD_RESIZE_FORCE	(1U << 0)

/**
 * struct srd_ioc_resize - SRD_IOC_RESIZE: change a disk's capacity while it is in use
 * @size: sizeof(struct srd_ioc_resize)
 * @flags: SRD_RESIZE_*
 * @number: N of srdN
 * @reserved: must be 0
 * @capacity: new size; a multiple of the block size, not 0
 *
 * What is added reads as zeroes; what is cut off is freed and never seen again. A disk with
 * SRD_STATE_PREALLOC takes the memory for what is added, too.
 *
 * Errors: ENODEV there is no such disk; EINVAL or EFBIG as for SRD_IOC_CREATE; EBUSY it would
 * shrink while open or mounted, and SRD_RESIZE_FORCE is not set; ENOMEM no memory for the table
 * or for what is added; EINTR a signal came while memory was taken.
 */
struct srd_ioc_resize {
	__u32	size;
	__u32	flags;
	__u32	number;
	__u32	reserved;
	__u64	capacity;
};

#define SRD_STATE_READ_ONLY	(1U << 0)	/* the disk refuses writes */
#define SRD_STATE_DEFERRED	(1U << 1)	/* it goes when the last one closes it */
#define SRD_STATE_PREALLOC	(1U << 2)	/* it has all its memory, and keeps it */
#define SRD_STATE_WINDOW	(1U << 3)	/* it has a window: /dev/srdN-window */

/**
 * struct srd_ioc_info - SRD_IOC_INFO, SRD_IOC_NEXT: what a disk is
 * @size: sizeof(struct srd_ioc_info)
 * @flags: none yet, must be 0
 * @number: in: N of srdN (NEXT: the first number to consider); out: the number found
 * @state: out: SRD_STATE_*
 * @capacity: out: size of the disk
 * @used: out: memory that the disk alone holds, its table included: what its removal would free
 * @limit: out: memory that it may hold; 0: no limit of its own
 * @block_size: out: logical block size
 * @queues: out: hardware queues, those for polled I/O not counted; 0 in mode SRD_MODE_BIO
 * @queue_depth: out: requests in flight for each queue; 0 in mode SRD_MODE_BIO
 * @node: out: NUMA node, -1 for local memory
 * @openers: out: how often it is open now; a mounted file system counts as one, and on some
 *	kernels so do all who have the same partition open
 * @mode: out: SRD_MODE_*
 * @major: out: device number
 * @minor: out: device number
 * @label: out: its label, or empty
 * @name: out: its name under /dev
 * @poll_queues: out: queues for polled I/O
 * @origin: out: N of the disk that it is a snapshot or a clone of, which may be gone or another one
 *	by now; -1: none
 * @shared: out: memory that the disk holds together with others, its snapshots or what it is one
 *	of; it counts for all of them once, and is not in @used
 *
 * Errors: ENODEV there is no such disk (NEXT: none at that number or above).
 */
struct srd_ioc_info {
	__u32	size;
	__u32	flags;
	__u32	number;
	__u32	state;
	__u64	capacity;
	__u64	used;
	__u64	limit;
	__u32	block_size;
	__u32	queues;
	__u32	queue_depth;
	__s32	node;
	__u32	openers;
	__u32	mode;
	__u32	major;
	__u32	minor;
	char	label[SRD_LABEL_LEN];
	char	name[SRD_NAME_LEN];
	__u32	poll_queues;
	__s32	origin;
	__u64	shared;
};

/* Kinds of request, in the order of srd_ioc_stats.op */
enum srd_op {
	SRD_OP_READ,
	SRD_OP_WRITE,
	SRD_OP_DISCARD,
	SRD_OP_WRITE_ZEROES,
	SRD_OP_SECURE_ERASE,
	SRD_OP_FLUSH,
	SRD_OP_COUNT
};

#define SRD_OP_SLOTS		8	/* room in srd_ioc_stats; unused slots are zero */
#define SRD_LATENCY_BUCKETS	32

/**
 * struct srd_op_stats - what was asked of one kind of request
 * @ios: requests that began, failed ones included
 * @bytes: bytes of those that succeeded
 * @errors: requests that failed
 * @reserved: 0
 * @latency: requests by the time they took in the driver: bucket 0 counts those under 1 ns,
 *	bucket n those of at least 2^(n-1) and under 2^n ns, the last one all that took longer.
 *	Only every latency_sample-th request is timed (see /sys/block/srdN/srd/latency_sample).
 */
struct srd_op_stats {
	__u64	ios;
	__u64	bytes;
	__u64	errors;
	__u64	reserved;
	__u64	latency[SRD_LATENCY_BUCKETS];
};

/**
 * struct srd_ioc_stats - SRD_IOC_STATS: counters since creation or the last reset
 * @size: sizeof(struct srd_ioc_stats)
 * @flags: none yet, must be 0
 * @number: N of srdN
 * @latency_sample: out: every how many requests of a CPU one is timed; 0: none
 * @op: out: by enum srd_op
 *
 * Errors: ENODEV there is no such disk.
 */
struct srd_ioc_stats {
	__u32	size;
	__u32	flags;
	__u32	number;
	__u32	latency_sample;
	struct srd_op_stats op[SRD_OP_SLOTS];
};

/**
 * struct srd_ioc_reset_stats - SRD_IOC_RESET_STATS: set all counters of a disk to zero
 * @size: sizeof(struct srd_ioc_reset_stats)
 * @flags: none yet, must be 0
 * @number: N of srdN
 * @reserved: must be 0
 *
 * Errors: ENODEV there is no such disk.
 */
struct srd_ioc_reset_stats {
	__u32	size;
	__u32	flags;
	__u32	number;
	__u32	reserved;
};

/**
 * struct srd_ioc_memory - SRD_IOC_MEMORY: the memory of all disks together
 * @size: sizeof(struct srd_ioc_memory)
 * @flags: none yet, must be 0
 * @limit: out: parameter mem_limit
 * @used: out: memory held, with what is about to be given back
 * @pending: out: the part of @used that no disk holds any more and that is given back as soon
 *	as the last reader must be done with it
 * @reserve: out: parameter mem_reserve
 * @disks: out: how many there are
 * @reserved: out: 0
 * @preallocating: out: memory that disks with SRD_CREATE_PREALLOC which are being created, and do
 *	not count among @disks yet, or are growing have still to take
 */
struct srd_ioc_memory {
	__u32	size;
	__u32	flags;
	__u64	limit;
	__u64	used;
	__u64	pending;
	__u64	reserve;
	__u32	disks;
	__u32	reserved;
	__u64	preallocating;
};

#define SRD_SNAPSHOT_WRITABLE	(1U << 0)	/* a clone: it can be written */
#define SRD_SNAPSHOT_NUMBER	(1U << 1)	/* @number is given; else the lowest free one */
#define SRD_SNAPSHOT_NO_FREEZE	(1U << 2)	/* leave mounted file systems alone */
#define SRD_SNAPSHOT_TEMPORARY	(1U << 3)	/* it goes when this open control node is closed */

/**
 * struct srd_ioc_snapshot - SRD_IOC_SNAPSHOT: make a disk that has what another one has now
 * @size: sizeof(struct srd_ioc_snapshot)
 * @flags: SRD_SNAPSHOT_*
 * @source: N of the other disk
 * @number: N of the new one; in with SRD_SNAPSHOT_NUMBER, out always
 * @label: as for SRD_IOC_CREATE
 * @name: must be empty; out: the new disk's name under /dev
 *
 * What requests have been answered before is in, what comes later is not, and no request is in
 * part. A file system that is mounted from the disk or a partition of it is frozen around the
 * instant and can be mounted from the snapshot as it is; with SRD_SNAPSHOT_NO_FREEZE it is as after
 * a power cut. The new disk is read-only unless SRD_SNAPSHOT_WRITABLE is set. With
 * SRD_SNAPSHOT_TEMPORARY it is removed, as with SRD_REMOVE_DEFERRED, when the last copy of the file
 * descriptor is closed that the command was given to, so also when its owner is killed.
 *
 * Memory is shared until one of them is written, and the disk's limit is that of all together.
 *
 * Errors: ENODEV there is no such disk; EEXIST, ENOSPC, ENOMEM and EINVAL as for SRD_IOC_CREATE;
 * EMLINK too many disks share already (4096); what a file system that cannot be frozen says.
 */
struct srd_ioc_snapshot {
	__u32	size;
	__u32	flags;
	__u32	source;
	__u32	number;
	char	label[SRD_LABEL_LEN];
	char	name[SRD_NAME_LEN];
};

/**
 * struct srd_ioc_rollback - SRD_IOC_ROLLBACK: make a disk what a snapshot of it is
 * @size: sizeof(struct srd_ioc_rollback)
 * @flags: none yet, must be 0
 * @number: N of the disk
 * @to: N of the snapshot, or of any disk that shares memory with it; it stays as it is
 *
 * The capacity becomes that of the snapshot, and partitions are looked for anew.
 *
 * Errors: ENODEV there is no such disk; EBUSY the disk is open or mounted; EXDEV they have no
 * common origin; EROFS the disk is read-only; EOPNOTSUPP it keeps its memory (PREALLOC); EMLINK
 * and ENOMEM as for SRD_IOC_SNAPSHOT.
 */
struct srd_ioc_rollback {
	__u32	size;
	__u32	flags;
	__u32	number;
	__u32	to;
};

/**
 * struct srd_ioc_reset - SRD_IOC_RESET: make a disk as empty as a new one
 * @size: sizeof(struct srd_ioc_reset)
 * @flags: none yet, must be 0
 * @number: N of the disk
 * @reserved: must be 0
 *
 * Errors: as SRD_IOC_ROLLBACK, but for EXDEV.
 */
struct srd_ioc_reset {
	__u32	size;
	__u32	flags;
	__u32	number;
	__u32	reserved;
};

#define SRD_EXTENT_SHARED	(1U << 0)	/* others may hold the same memory */

/**
 * struct srd_extent - a range of a disk that has memory
 * @start: first byte
 * @length: bytes
 * @flags: SRD_EXTENT_*
 * @reserved: 0
 */
struct srd_extent {
	__u64	start;
	__u64	length;
	__u32	flags;
	__u32	reserved;
};

/**
 * struct srd_ioc_extents - SRD_IOC_EXTENTS: which ranges of a disk have memory
 * @size: sizeof(struct srd_ioc_extents)
 * @flags: none yet, must be 0
 * @number: N of the disk
 * @count: in: room in @extents, at least 1; out: how many are there
 * @start: in: first byte to look at; out: where to go on, @end when there is no more
 * @end: in: byte to stop before; 0, or past the disk's end: its end; out: that byte
 * @extents: address of an array of struct srd_extent; gets them in order, those that touch as one
 *
 * What lies between reads as zeroes. A disk that is written meanwhile may have got, or given back,
 * memory before this returns; a read-only one does not change.
 *
 * Errors: ENODEV there is no such disk; EINVAL no room; EFAULT; ENOMEM; EINTR a signal came before
 * there was anything.
 */
struct srd_ioc_extents {
	__u32	size;
	__u32	flags;
	__u32	number;
	__u32	count;
	__u64	start;
	__u64	end;
	__u64	extents;
};

/**
 * struct srd_ioc_keep - SRD_IOC_KEEP: a disk that was to go with who made it stays
 * @size: sizeof(struct srd_ioc_keep)
 * @flags: none yet, must be 0
 * @number: N of a disk made with SRD_CREATE_TEMPORARY or SRD_SNAPSHOT_TEMPORARY
 * @reserved: must be 0
 *
 * Errors: ENODEV there is no such disk; EINVAL it was not made by the same open control node to go
 * with it, or is kept already.
 */
struct srd_ioc_keep {
	__u32	size;
	__u32	flags;
	__u32	number;
	__u32	reserved;
};

#define SRD_WINDOW_ON		(1U << 0)	/* make it; else take it away */

/**
 * struct srd_ioc_window - SRD_IOC_WINDOW: let processes map a disk's memory, or no more
 * @size: sizeof(struct srd_ioc_window)
 * @flags: SRD_WINDOW_*
 * @number: N of the disk
 * @reserved: must be 0
 *
 * With a window the disk has a character node, /dev/srdN-window, whose mmap() maps the disk's own
 * pages. Taken away, those who have it mapped get SIGBUS. Nothing happens when it is so already.
 *
 * Errors: ENODEV there is no such disk; ENOMEM; ENOSPC no number is free for the node.
 */
struct srd_ioc_window {
	__u32	size;
	__u32	flags;
	__u32	number;
	__u32	reserved;
};

/* 0xD5 is free in the kernel's list of ioctl numbers (Documentation/userspace-api/ioctl). */
#define SRD_IOC_MAGIC		0xD5

#define SRD_IOC_VERSION		_IOWR(SRD_IOC_MAGIC, 0x00, struct srd_ioc_version)
#define SRD_IOC_CREATE		_IOWR(SRD_IOC_MAGIC, 0x01, struct srd_ioc_create)
#define SRD_IOC_REMOVE		_IOW(SRD_IOC_MAGIC, 0x02, struct srd_ioc_remove)
#define SRD_IOC_RESIZE		_IOW(SRD_IOC_MAGIC, 0x03, struct srd_ioc_resize)
#define SRD_IOC_INFO		_IOWR(SRD_IOC_MAGIC, 0x04, struct srd_ioc_info)
#define SRD_IOC_NEXT		_IOWR(SRD_IOC_MAGIC, 0x05, struct srd_ioc_info)
#define SRD_IOC_STATS		_IOWR(SRD_IOC_MAGIC, 0x06, struct srd_ioc_stats)
#define SRD_IOC_RESET_STATS	_IOW(SRD_IOC_MAGIC, 0x07, struct srd_ioc_reset_stats)
#define SRD_IOC_MEMORY		_IOWR(SRD_IOC_MAGIC, 0x08, struct srd_ioc_memory)
#define SRD_IOC_SNAPSHOT	_IOWR(SRD_IOC_MAGIC, 0x09, struct srd_ioc_snapshot)
#define SRD_IOC_ROLLBACK	_IOW(SRD_IOC_MAGIC, 0x0a, struct srd_ioc_rollback)
#define SRD_IOC_RESET		_IOW(SRD_IOC_MAGIC, 0x0b, struct srd_ioc_reset)
#define SRD_IOC_EXTENTS		_IOWR(SRD_IOC_MAGIC, 0x0c, struct srd_ioc_extents)
#define SRD_IOC_KEEP		_IOW(SRD_IOC_MAGIC, 0x0d, struct srd_ioc_keep)
#define SRD_IOC_WINDOW		_IOW(SRD_IOC_MAGIC, 0x0e, struct srd_ioc_window)

#endif /* _UAPI_LINUX_SRD_H */
