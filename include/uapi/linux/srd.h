/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * srd - the ABI of /dev/srd-control
 *
 * ioctl() gives commands; read() gives events, see struct srd_event.
 *
 * Every structure of a command starts with its own size in bytes and a flags word. The size must
 * equal the size that is encoded in the command. A caller that was built with an older, shorter
 * structure is served as before; one built with a newer, longer structure is served as long as the
 * part that this kernel does not know is zero. All sizes and positions are in bytes unless the
 * field says otherwise. The layout is the same for 32-bit and 64-bit callers.
 *
 * Errors that any command can return:
 *
 *	ENOTTY	the command is unknown
 *	EINVAL	the size field does not match the command, a flag is unknown, or a reserved field
 *		is not zero
 *	E2BIG	the structure is longer than this kernel knows and the rest of it is not zero
 *	EFAULT	the structure cannot be read or written
 *	EPERM	the command changes something and the caller lacks CAP_SYS_ADMIN
 *	EINTR	a fatal signal came while a command waited for another one, or for a writer
 *	ENOMEM	no memory for the command's own needs
 *	ESHUTDOWN	the disk's power is cut, and the command would change what it holds or be
 *		a copy of it (resize, snapshot, rollback, reset, set)
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

/*
 * VOLATILE gives it a volatile write cache: see SRD_IOC_POWER. DURABLE gives it none. Without
 * either, as the module's default says; with both, EINVAL.
 */
#define SRD_CREATE_VOLATILE	(1U << 8)
#define SRD_CREATE_DURABLE	(1U << 9)

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
#define SRD_STATE_VOLATILE	(1U << 4)	/* it has a volatile write cache */
#define SRD_STATE_OFF		(1U << 5)	/* its power is cut: all requests fail */
#define SRD_STATE_FAULTS	(1U << 6)	/* it has fault rules or bad blocks */
#define SRD_STATE_TIMING	(1U << 7)	/* its requests take a time that was set */

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
 * @cached: out: bytes, in whole blocks, that were written since the last flush of a volatile cache
 * @faults: out: how often rules have been applied to requests, those that are gone included
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
	__u64	cached;
	__u64	faults;
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
 * Errors: ENODEV there is no such disk; EBUSY it has a volatile write cache; ENOMEM; ENOSPC no
 * number is free for the node.
 */
struct srd_ioc_window {
	__u32	size;
	__u32	flags;
	__u32	number;
	__u32	reserved;
};

/* What a rule does to a request */
enum srd_fault {
	SRD_FAULT_ERROR,	/* it fails with @error, and nothing is done */
	SRD_FAULT_DELAY,	/* it is done, and takes @delay longer */
	SRD_FAULT_TORN,		/* its first @blocks blocks are done; then it fails with @error */
	SRD_FAULT_DROP,		/* it succeeds, and nothing is done; not for reads */
	SRD_FAULT_FLIP,		/* it is done but for a bit, of what is read or stored */
	SRD_FAULT_TIMEOUT,	/* nothing is done and nobody told, until the time-out */
	SRD_FAULT_POWERCUT,	/* it fails, nothing is done, and the disk's power is cut */
	SRD_FAULT_COUNT
};

#define SRD_RULE_SEED		(1U << 0)	/* @seed is given; else one is chosen */
#define SRD_RULE_BIT		(1U << 1)	/* @bit is given; else it is a random one */

/**
 * struct srd_rule - what a disk does to some of its requests, on purpose
 * @id: out: its number, from 1, not used again as long as the disk lives
 * @flags: SRD_RULE_*
 * @ops: kinds of requests that it looks at: a bit (1 << SRD_OP_...) for each, at least one
 * @what: SRD_FAULT_*
 * @start: first byte of the range that it looks at
 * @end: byte after it; 0: the disk's end
 * @after: so many of the requests that it looks at pass, before it begins
 * @times: it ends when it has been applied so often; 0: never
 * @every: applied to every so many-th request only; 0 and 1: to all
 * @probability: applied by chance, so many times out of 2^32; 0: always
 * @error: errno for ERROR and TORN (0: the request succeeds), else 0
 * @blocks: logical blocks, for TORN, else 0
 * @delay: ns, for DELAY, at most SRD_TIME_MAX, else 0
 * @bit: for FLIP with SRD_RULE_BIT, counted from the start of the request, modulo its length
 * @seed: of its choices by chance; in with SRD_RULE_SEED, out always
 * @seen: out: requests that it has looked at
 * @hits: out: requests that it was applied to
 *
 * Rules are asked in the order of their numbers. Delays add up; the first rule that does something
 * else is the last one that is asked. A choice depends on the seed and on how many requests the
 * rule has looked at before, and on nothing else: the same requests in the same order meet the same
 * faults.
 */
struct srd_rule {
	__u32	id;
	__u32	flags;
	__u32	ops;
	__u32	what;
	__u64	start;
	__u64	end;
	__u64	after;
	__u64	times;
	__u32	every;
	__u32	probability;
	__s32	error;
	__u32	blocks;
	__u64	delay;
	__u64	bit;
	__u64	seed;
	__u64	seen;
	__u64	hits;
	__u64	reserved;
};

#define SRD_TIME_MAX		60000000000ULL	/* longest time that can be set: a minute, in ns */
#define SRD_RULES_MAX		64		/* of a disk */

/**
 * struct srd_ioc_rule - SRD_IOC_RULE_ADD, SRD_IOC_RULE_NEXT: give a disk a rule, or look at them
 * @size: sizeof(struct srd_ioc_rule)
 * @flags: none yet, must be 0
 * @number: N of the disk
 * @reserved: must be 0
 * @rule: ADD: in: the rule, its outputs 0; out: as it is. NEXT: @rule.id: first number to
 *	consider; out: the rule found
 *
 * Errors: ENODEV there is no such disk; NEXT: ENOENT no rule at that number or above; ADD: EINVAL a
 * field is out of its range, or of no meaning for what the rule does and not 0; EOPNOTSUPP mode bio
 * has no time-out; ENOSPC there are SRD_RULES_MAX; ENOMEM. An errno for @rule.error is one of: EIO,
 * ENOSPC, ETIMEDOUT, EILSEQ, EREMOTEIO, ENODATA, ENOLINK, EBADE, ENOMEM, ENODEV.
 */
struct srd_ioc_rule {
	__u32	size;
	__u32	flags;
	__u32	number;
	__u32	reserved;
	struct srd_rule rule;
};

#define SRD_RULES_ALL		(1U << 0)	/* all rules; @id must be 0 */

/**
 * struct srd_ioc_rule_remove - SRD_IOC_RULE_REMOVE: take a rule away
 * @size: sizeof(struct srd_ioc_rule_remove)
 * @flags: SRD_RULES_ALL or 0
 * @number: N of the disk
 * @id: of the rule
 *
 * Requests that a rule has made wait still do.
 *
 * Errors: ENODEV there is no such disk; ENOENT it has no such rule.
 */
struct srd_ioc_rule_remove {
	__u32	size;
	__u32	flags;
	__u32	number;
	__u32	id;
};

/* How long requests take */
enum srd_latency_kind {
	SRD_LATENCY_NONE,	/* as long as they do */
	SRD_LATENCY_POINTS,	/* one of @ns[0] to @ns[@count - 1], by @weight */
	SRD_LATENCY_UNIFORM,	/* @ns[0] to @ns[1], each alike */
	SRD_LATENCY_SEEK,	/* as a disk with one arm */
	SRD_LATENCY_COUNT
};

#define SRD_LATENCY_POINTS_MAX	8

/**
 * struct srd_latency - how long a kind of request takes
 * @kind: SRD_LATENCY_*
 * @count: points, 1 to SRD_LATENCY_POINTS_MAX, for POINTS; else 0
 * @ns: times, at most SRD_TIME_MAX. SEEK: [0] to the next track, [1] from the first track to the
 *	last, [2] a turn; a request begins when the one before has ended, and the way of the arm
 *	counts by its square root. What is not used must be 0
 * @weight: for POINTS: how often each comes beside the others, not all 0; else 0
 */
struct srd_latency {
	__u32	kind;
	__u32	count;
	__u64	ns[SRD_LATENCY_POINTS_MAX];
	__u32	weight[SRD_LATENCY_POINTS_MAX];
};

#define SRD_TIMING_SET		(1U << 0)	/* change it; else only look */
#define SRD_TIMING_SEED		(1U << 1)	/* @seed is given; else one is chosen */

/**
 * struct srd_ioc_timing - SRD_IOC_TIMING: how long a disk's requests take
 * @size: sizeof(struct srd_ioc_timing)
 * @flags: SRD_TIMING_*
 * @number: N of the disk
 * @cpu: CPU on which requests are completed that take a time, by this or by a rule; -1: mostly the
 *	one that submits them
 * @seed: of choices by chance; in with SRD_TIMING_SEED, out always
 * @bandwidth: bytes a second that all reads and writes together do not exceed; 0: no limit
 * @op: by enum srd_op; the last two must be 0
 *
 * Without SRD_TIMING_SET all but @number is out. Needs CAP_SYS_ADMIN with it.
 *
 * Errors: ENODEV there is no such disk; EINVAL a field is out of its range.
 */
struct srd_ioc_timing {
	__u32	size;
	__u32	flags;
	__u32	number;
	__s32	cpu;
	__u64	seed;
	__u64	bandwidth;
	struct srd_latency op[SRD_OP_SLOTS];
};

/* What becomes of the writes that are in a volatile cache when power comes back */
enum srd_keep {
	SRD_KEEP_NONE,		/* none of them: each block is as at the last flush */
	SRD_KEEP_ALL,		/* all of them */
	SRD_KEEP_SUBSET,	/* each block is, by chance, as flushed or as written last */
	SRD_KEEP_PREFIX,	/* each block is as after a random number of its writes */
	SRD_KEEP_COUNT
};

#define SRD_POWER_ON		(1U << 0)	/* switch it on; else cut it */
#define SRD_POWER_SEED		(1U << 1)	/* @seed is given; else one is chosen */

/**
 * struct srd_ioc_power - SRD_IOC_POWER: cut a disk's power, and give it back
 * @size: sizeof(struct srd_ioc_power)
 * @flags: SRD_POWER_*
 * @number: N of the disk
 * @keep: SRD_KEEP_*, to switch on; else 0
 * @seed: in with SRD_POWER_ON and SRD_POWER_SEED, out after switching on: of what was chosen by
 *	chance, and, for SRD_KEEP_PREFIX, of what will be until power is on again
 * @kept: out, after switching on: blocks that are as they were written last
 * @lost: out, after switching on: blocks that are not
 *
 * All requests of a disk whose power is cut fail with EIO. A disk with a volatile cache then has
 * what was durable: written before a flush that succeeded, or by a write with FUA; or discarded.
 * Beyond that, @keep says what it has. One without such a cache has all. Nothing happens when it is
 * off (on) already.
 *
 * Errors: ENODEV there is no such disk; EBUSY to be switched on, it must not be open or mounted;
 * ENOSPC no memory to put back what was: it stays off, and the same call can be made again.
 */
struct srd_ioc_power {
	__u32	size;
	__u32	flags;
	__u32	number;
	__u32	keep;
	__u64	seed;
	__u64	kept;
	__u64	lost;
};

#define SRD_SET_VOLATILE	(1U << 0)	/* @cache is given */
#define SRD_SET_HEAL		(1U << 1)	/* @heal is given */
#define SRD_SET_SEED		(1U << 2)	/* @seed is given; else one is chosen */

#define SRD_CACHE_NONE		0		/* what has been written is durable */
#define SRD_CACHE_VOLATILE	1		/* what has been flushed is */

/**
 * struct srd_ioc_set - SRD_IOC_SET: change how a disk behaves
 * @size: sizeof(struct srd_ioc_set)
 * @flags: SRD_SET_*: what to change
 * @number: N of the disk
 * @cache: SRD_CACHE_*. To NONE, all that is in the cache becomes durable. To VOLATILE, a
 *	write with FUA that is sent while the command runs may not be durable when it is answered
 * @heal: 1: bad blocks (/sys/block/srdN/srd/badblocks) are good again when they are written; 0:
 *	writes fail there, too
 * @reserved: must be 0
 * @seed: as srd_ioc_power.seed, for a cache that becomes volatile; 0 without SRD_SET_SEED
 *
 * Errors: ENODEV there is no such disk; ESHUTDOWN its power is cut; EBUSY a disk cannot have both a
 * volatile cache and a window; EINVAL a field is out of its range.
 */
struct srd_ioc_set {
	__u32	size;
	__u32	flags;
	__u32	number;
	__u32	cache;
	__u32	heal;
	__u32	reserved;
	__u64	seed;
};

/* What an event says */
enum srd_event_kind {
	SRD_EVENT_CREATED = 1,	/* there is a new disk. @value: its capacity; @other */
	SRD_EVENT_REMOVED,	/* the disk is gone, and its number free */
	SRD_EVENT_RESIZED,	/* @value: its capacity; @length: that which it had before */
	SRD_EVENT_LIMIT,	/* a write got no memory. @what; @value: the limit; @length: held */
	SRD_EVENT_ROOM,		/* it could have some again. The fields are those of LIMIT */
	SRD_EVENT_ERROR,	/* a request failed. @op, @error, @start, @length; @value */
	SRD_EVENT_FAULT,	/* a rule was applied. @rule, @what, @op, @error, @start, @length */
	SRD_EVENT_POWER_CUT,	/* its power was cut. @rule: by which rule; 0: by a command */
	SRD_EVENT_POWER_ON,	/* and is on again. @what: SRD_KEEP_*; @value: blocks lost */
	SRD_EVENT_SNAPSHOT,	/* a snapshot or a clone was taken. @other; @value as above */
	SRD_EVENT_ROLLBACK,	/* the disk has what another has. @other; @value as above */
	SRD_EVENT_RESET,	/* the disk is empty again. @value as above */
	SRD_EVENT_KINDS
};

/* Which limit, for LIMIT and ROOM */
enum srd_limit {
	SRD_LIMIT_DISK,		/* that of the disk with its snapshots and clones */
	SRD_LIMIT_MODULE,	/* that of all disks together: parameter mem_limit */
	SRD_LIMIT_MACHINE,	/* others need it: mem_reserve is @value, and @length available */
	SRD_LIMIT_COUNT
};

/**
 * struct srd_event - what read() of the control node gives: something that happened
 * @size: sizeof(struct srd_event) as the module knows it: where the next one begins
 * @kind: SRD_EVENT_*; more may come, and are to be passed over
 * @sequence: its number: one more than that of the event before it
 * @time: when it happened, in ns of CLOCK_BOOTTIME
 * @lost: events before it that this reader did not get, as it came too late for them
 * @number: N of the disk; -1: it is about all disks together. LIMIT, ROOM: of the disk whose write
 *	it was, unless the limit is that of all
 * @other: CREATED: N of the disk that it is a snapshot or a clone of; SNAPSHOT: N of the one that
 *	was made; ROLLBACK: N of the disk that it is like now; else, and when there is none, -1
 * @op: ERROR, FAULT: enum srd_op; else 0
 * @error: ERROR: errno that the request failed with; FAULT: that with which the rule lets it fail,
 *	0 for none; else 0
 * @rule: FAULT, POWER_CUT: number of the rule; else 0
 * @what: LIMIT, ROOM: SRD_LIMIT_*; FAULT: SRD_FAULT_*; POWER_ON: SRD_KEEP_*; else 0
 * @start: ERROR, FAULT: first byte of the request; else 0
 * @length: bytes of it, and what @kind says; else 0
 * @value: what @kind says. ERROR: how many requests of the disk failed since the last such event,
 *	this one included; what rules did, and writes for which there was no memory, do not count
 * @reserved: 0
 *
 * Everybody who has the control node open for reading gets all that happens from then on, and has
 * a place of their own in it; those who have the same open file (dup(), fork()) share its place.
 * read() waits until there is something. It returns as many events as there are and fit in whole.
 * The last 1024 are kept: who does not read for longer loses the oldest, and is told how many.
 * poll() says when there is something to read.
 *
 * LIMIT comes once, and again only after ROOM. At most one ERROR comes in 100 ms for a disk. What
 * the machine has (SRD_LIMIT_MACHINE) is looked at only when a disk takes or gives memory.
 *
 * A later module's events may be longer, up to SRD_EVENT_MAX: give read() at least as much room.
 *
 * Errors of read(): EINVAL there is not even room for one; EAGAIN there is none, and O_NONBLOCK is
 * set; EINTR a signal came whose handler was installed without SA_RESTART; EFAULT.
 */
struct srd_event {
	__u32	size;
	__u32	kind;
	__u64	sequence;
	__u64	time;
	__u64	lost;
	__s32	number;
	__s32	other;
	__u32	op;
	__s32	error;
	__u32	rule;
	__u32	what;
	__u64	start;
	__u64	length;
	__u64	value;
	__u64	reserved[2];
};

#define SRD_EVENT_MAX		512		/* bytes of the longest event that will ever be */

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
#define SRD_IOC_RULE_ADD	_IOWR(SRD_IOC_MAGIC, 0x0f, struct srd_ioc_rule)
#define SRD_IOC_RULE_NEXT	_IOWR(SRD_IOC_MAGIC, 0x10, struct srd_ioc_rule)
#define SRD_IOC_RULE_REMOVE	_IOW(SRD_IOC_MAGIC, 0x11, struct srd_ioc_rule_remove)
#define SRD_IOC_TIMING		_IOWR(SRD_IOC_MAGIC, 0x12, struct srd_ioc_timing)
#define SRD_IOC_POWER		_IOWR(SRD_IOC_MAGIC, 0x13, struct srd_ioc_power)
#define SRD_IOC_SET		_IOW(SRD_IOC_MAGIC, 0x14, struct srd_ioc_set)

#endif /* _UAPI_LINUX_SRD_H */
