/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srd - a RAM disk on blk-mq: what its files share
 *
 * One part for each file, lowest floor first. A file calls only what stands above it here.
 */
#ifndef SRD_H
#define SRD_H

#include <linux/atomic.h>
#include <linux/badblocks.h>
#include <linux/bits.h>
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/cache.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <linux/srd.h>

#define SRD_VERSION	"0.1.0"

/* ---- srd_parse.c: text to numbers ---- */

int srd_number_parse_next(const char **text, u64 *number);
int srd_size_parse_next(const char **text, u64 *bytes);
int srd_size_parse(const char *text, u64 *bytes);

/* ---- srd_event.c: what happened, for who waits for it ---- */

struct file;
struct iov_iter;
struct poll_table_struct;

/**
 * struct srd_errors - how often requests of a disk failed, so that it is not told too often
 * @failed: since it was told
 * @silent: until when it is not told again, in ns of ktime_get_ns()
 */
struct srd_errors {
	atomic_t	failed;
	atomic64_t	silent;
};

/* Each of these may be called in any context but NMI, and does next to nothing without readers. */
void srd_event_disk(enum srd_event_kind kind, unsigned int number, int other, u64 value,
		    u64 before);
void srd_event_limit(enum srd_event_kind kind, int number, enum srd_limit what, u64 limit,
		     u64 held);
void srd_event_error(struct srd_errors *errors, unsigned int number, enum srd_op op, int err,
		     u64 pos, u64 len);
void srd_event_fault(unsigned int number, const struct srd_rule *rule, enum srd_op op, u64 pos,
		     u64 len);
void srd_event_power_cut(unsigned int number, u32 rule);
void srd_event_power_on(unsigned int number, enum srd_keep keep, u64 lost);

void srd_event_open(struct file *file);
void srd_event_release(struct file *file);
ssize_t srd_event_read(struct file *file, struct iov_iter *to, bool wait);
__poll_t srd_event_poll(struct file *file, struct poll_table_struct *wait);

/* ---- srd_memory.c: where pages come from and go to ---- */

/* Low bits of page_private(), which say who else holds a page: srd_share.h. On a chain, nobody. */
#define SRD_SHARE_BITS		16

/* Pages that left a table, linked through page_private() from head to tail. */
struct srd_chain {
	struct page	*head;
	struct page	*tail;
	unsigned long	nr;
};

/**
 * struct srd_full - a limit that was told to be reached
 * @told: and not yet to be no more. READ_ONCE() without the lock for these.
 * @number: N of the disk whose write failed; -1: it is the limit of all
 * @what: which limit
 */
struct srd_full {
	bool		told;
	int		number;
	enum srd_limit	what;
};

/**
 * struct srd_account - what a disk and its snapshots hold together and may hold, in pages
 * @limit: that may be charged. Any context, READ_ONCE()/WRITE_ONCE().
 * @credit: that a CPU has charged but not yet used. Taken from by any CPU.
 * @charged: taken from the limit: in use, or in @credit
 * @credit_lock: makes moving pages between @charged and @credit one step
 * @list: in the list of all accounts, under srd_accounts_lock
 * @disks: that have it and are not empty yet, under srd_accounts_lock
 * @shared: what is in a table of one may be in another's, too. READ_ONCE()/WRITE_ONCE().
 * @full: whether it has been told that the limit is reached
 * @refs: disks that have it
 */
struct srd_account {
	unsigned long		limit;
	atomic_t __percpu	*credit;
	bool			shared;

	/* Apart from what every request reads: these change when memory comes and goes. */
	atomic_long_t		charged ____cacheline_aligned_in_smp;
	spinlock_t		credit_lock;	/* moving pages between them */
	struct list_head	list;
	unsigned int		disks;
	struct srd_full		full;
	refcount_t		refs;
};

/**
 * struct srd_memory - the memory of all disks together, in bytes
 * @limit: parameter mem_limit
 * @reserve: parameter mem_reserve
 * @used: held, @pending included
 * @pending: unlinked and waiting for the last reader to be done with it
 * @preallocating: that srd_store_prealloc() has still to take
 */
struct srd_memory {
	u64 limit;
	u64 reserve;
	u64 used;
	u64 pending;
	u64 preallocating;
};

int srd_memory_setup(void);
void srd_memory_cleanup(void);
void srd_memory_info(struct srd_memory *mem);
void srd_memory_set_limit(u64 bytes);
void srd_memory_set_reserve(u64 bytes);
void srd_memory_expect(long pages);
void srd_memory_reap_wait(void);
void srd_chain_add(struct srd_chain *chain, unsigned long addr);
struct srd_account *srd_account_create(u64 limit);
int srd_account_join(struct srd_account *a, bool sharing);
bool srd_account_shared(struct srd_account *a);
void srd_account_close(struct srd_account *a);
void srd_account_put(struct srd_account *a);
bool srd_account_room(struct srd_account *a, unsigned long pages);
void *srd_account_alloc(struct srd_account *a, int node, bool may_sleep, int *err);
void srd_account_return(struct srd_account *a, void *addr);
void srd_account_full(struct srd_account *a, unsigned int number);
void srd_account_reap(struct srd_account *a, struct srd_chain *chain, bool wipe);
void srd_account_free(struct srd_account *a, struct srd_chain *chain);
void srd_account_adjust(struct srd_account *a, long pages);
u64 srd_account_used(struct srd_account *a);
u64 srd_account_limit(struct srd_account *a);
void srd_account_set_limit(struct srd_account *a, u64 limit);

/* ---- srd_map.c: pages that processes have mapped ---- */

struct srd_store;

/* Pages that can be on their way into mappings at a time; more have to try again. */
#define SRD_MAP_ARRIVING	32

/**
 * struct srd_map - what processes have mapped of a disk
 * @mapping: of the files by which they do
 * @zeroes: what they see where the disk has no memory
 * @gone: nothing can be mapped any more. Under @gate.
 * @gate: read by who finds a page, written by who changes what there is to be found
 * @lock: guards @arriving among those who have @gate for reading
 * @arriving: pages that were found, each held; those that are locked are on their way
 */
struct srd_map {
	struct address_space	*mapping;
	struct page		*zeroes;
	bool			gone;
	struct rw_semaphore	gate;
	spinlock_t		lock;	/* guards @arriving */
	struct page		*arriving[SRD_MAP_ARRIVING];
};

int srd_map_init(struct srd_map *map, struct address_space *mapping);
void srd_map_destroy(struct srd_map *map);
void srd_map_forget(struct srd_map *map);
void srd_map_shut(struct srd_map *map, u64 first, u64 nr, bool copies);
void srd_map_open(struct srd_map *map);
struct page *srd_map_arrive(struct srd_map *map, struct srd_store *s, unsigned long index,
			    struct page *wanted);

/* ---- srd_store.c: the memory of one disk ---- */

/*
 * Table geometry. A node is one page of slots. The root is as long as the capacity asks for and
 * never longer than SRD_ROOT_SLOTS (256 KiB on 64 bit): two levels reach 64 GiB, three 32 TiB.
 */
#define SRD_NODE_SHIFT		(PAGE_SHIFT - ilog2(sizeof(long)))
#define SRD_NODE_SLOTS		BIT(SRD_NODE_SHIFT)
#define SRD_ROOT_SLOTS		BIT(15)

/* Largest disk: 16 PiB, which keeps the table at four levels. */
#define SRD_CAPACITY_MAX	BIT_ULL(54)

struct srd_table;
struct srd_poll_queue;
struct srd_window;

/**
 * struct srd_store - the memory of one disk
 * @table: root of the table. Changed only by srd_store_resize(), whose caller keeps I/O out.
 * @capacity: bytes that may be asked for. Changed only while I/O is kept out.
 * @node: NUMA node to allocate from, or NUMA_NO_NODE for that of the writing CPU
 * @map: what processes have mapped of it, or NULL when none has. Under @hold; who changes the table
 *	in an RCU read-side section is waited for when it is set. READ_ONCE()/WRITE_ONCE().
 * @account: what it holds and may hold, with others if it is or has a snapshot
 * @beside: pages on that account that are the disk's and in no table: its cache's. READ_ONCE().
 * @sealed: nobody ever writes it. Set before anybody has it.
 * @closed: no change in place for a moment, or while it is @sealed: whoever makes one in an RCU
 *	read-side section looks there first, by srd_store_closed()
 * @hold: read by those who change it and may sleep, written by who takes a snapshot
 * @share_lock: guards slots with SRD_SLOT_SHARED
 * @unfinished: changes that were begun in place and go on in a context that may sleep
 * @finished: woken when there are none
 */
struct srd_store {
	struct srd_table	*table;
	u64			capacity;
	int			node;
	bool			sealed;
	bool			closed;
	struct srd_map		*map;
	struct srd_account	*account;
	unsigned long		beside;

	struct rw_semaphore	hold;
	spinlock_t		share_lock;	/* guards shared slots */
	atomic_t		unfinished;
	wait_queue_head_t	finished;
};

enum srd_zero_how {
	SRD_ZERO_FREE,		/* give whole pages back */
	SRD_ZERO_KEEP,		/* overwrite, keep the memory */
	SRD_ZERO_WIPE,		/* overwrite, then give back */
};

int srd_store_init(struct srd_store *s, u64 capacity, u64 limit, int node);
int srd_store_init_from(struct srd_store *s, struct srd_store *from);
int srd_store_init_empty(struct srd_store *s, struct srd_store *like);
void srd_store_swap(struct srd_store *s, struct srd_store *with);
u64 srd_store_span(struct srd_store *s);
u64 srd_store_whole_end(struct srd_store *s, u64 end);
void srd_store_snapshot(struct srd_store *s, struct srd_store *from);
void srd_store_empty(struct srd_store *s);
void srd_store_destroy(struct srd_store *s);
int srd_store_populate(struct srd_store *s, unsigned long index, bool may_sleep);
int srd_store_own(struct srd_store *s, unsigned long index);
int srd_store_prealloc(struct srd_store *s, u64 pos, u64 len, const bool *stop);
int srd_store_discard(struct srd_store *s, u64 pos, u64 len, bool may_sleep);
int srd_store_zero(struct srd_store *s, u64 pos, u64 len, enum srd_zero_how how, bool may_sleep);
struct srd_table *srd_store_resize_prepare(struct srd_store *s, u64 capacity);
void srd_store_resize(struct srd_store *s, u64 capacity, struct srd_table *bigger);
int srd_store_trim_prepare(struct srd_store *s, u64 capacity);
void srd_store_trim(struct srd_store *s);

/* ---- srd_extents.c: what a disk holds ---- */

u64 srd_store_used(struct srd_store *s, u64 *shared);
u64 srd_store_end(struct srd_store *s, u64 end);
unsigned long srd_store_next_page(struct srd_store *s, unsigned long index, unsigned long end);
u32 srd_store_extents(struct srd_store *s, u64 *pos, u64 end, struct srd_extent *to, u32 room);

/* ---- srd_stats.c: counters of one disk; how they count is in srd_stats.h ---- */

struct srd_cpu_stats {
	u64 ios[SRD_OP_COUNT];
	u64 bytes[SRD_OP_COUNT];
	u64 errors[SRD_OP_COUNT];
	u64 latency[SRD_OP_COUNT][SRD_LATENCY_BUCKETS];
};

/**
 * struct srd_stats - counters of one disk
 * @cpu: what each CPU counted since the disk was made; only ever rises
 * @sample_mask: a request is timed when its CPU's count of such requests has none of these bits
 * @base: what srd_stats_read() takes off: the sums at the last reset. Under @lock.
 * @lock: guards @base
 */
struct srd_stats {
	struct srd_cpu_stats __percpu	*cpu;
	u64				sample_mask;
	struct srd_cpu_stats		base;
	struct mutex			lock;	/* guards @base */
};

int srd_stats_init(struct srd_stats *st);
void srd_stats_destroy(struct srd_stats *st);
void srd_stats_read(struct srd_stats *st, struct srd_cpu_stats *sum);
u64 srd_stats_value(struct srd_stats *st, size_t offset);
void srd_stats_reset(struct srd_stats *st);
unsigned int srd_stats_sample(struct srd_stats *st);
int srd_stats_set_sample(struct srd_stats *st, unsigned int every);
void srd_stats_latency(struct srd_stats *st, enum srd_op op, u64 start);

/* ---- srd_hold.c: requests that are answered later ---- */

/**
 * struct srd_holder - requests of a disk that are answered later
 * @lock: guards the rest, and which requests are in @held. Taken in interrupts.
 * @held: those that wait for their time, or for the time-out
 * @nr: requests of which srd_hold_enter() was told, and not yet srd_hold_leave(). READ_ONCE().
 * @hurry: nobody waits any more
 * @idle: woken when @nr comes down to 0
 */
struct srd_holder {
	spinlock_t		lock;	/* guards the rest */
	struct list_head	held;
	unsigned int		nr;
	unsigned int		hurry;
	wait_queue_head_t	idle;
};

/**
 * struct srd_held - a request that is answered later
 * @holder: whose it is
 * @timer: until when
 * @csd: to answer it on another CPU
 * @node: in @holder->held
 * @cpu: where it is to be answered, or -1
 * @timed: @timer has been started
 * @end: answers it; in interrupt context or process context
 */
struct srd_held {
	struct srd_holder	*holder;
	struct hrtimer		timer;
	call_single_data_t	csd;
	struct list_head	node;
	int			cpu;
	bool			timed;
	void			(*end)(struct srd_held *held);
};

void srd_hold_init(struct srd_holder *h);
void srd_hold_prepare(struct srd_held *held, struct srd_holder *h,
		      void (*end)(struct srd_held *held));
void srd_hold_enter(struct srd_holder *h);
void srd_hold_leave(struct srd_holder *h);
void srd_hold_until(struct srd_held *held, ktime_t when, int cpu);
void srd_hold_for_ever(struct srd_held *held);
bool srd_hold_take(struct srd_held *held, bool timed);
void srd_hold_hurry(struct srd_holder *h);
void srd_hold_hurry_end(struct srd_holder *h);
void srd_hold_drain(struct srd_holder *h);

/* ---- srd_fault.c: rules ---- */

/**
 * struct srd_faults - the rules of a disk
 * @rules: in the order of their numbers. RCU; changed under the disk's lock.
 * @nr: how many. Under the disk's lock.
 * @last_id: number of the newest one. Under the disk's lock.
 * @hits: how often any has been applied
 */
struct srd_faults {
	struct list_head	rules;
	unsigned int		nr;
	u32			last_id;
	atomic64_t		hits;
};

/**
 * struct srd_verdict - what is to be done to a request
 * @rule: number of the rule that wants @what
 * @what: SRD_FAULT_*; SRD_FAULT_COUNT: nothing
 * @error: a negative errno, or 0
 * @blocks: for TORN
 * @bit: for FLIP, from the start of the request
 * @delay: ns that it takes longer
 */
struct srd_verdict {
	u32		rule;
	enum srd_fault	what;
	int		error;
	u32		blocks;
	u64		bit;
	u64		delay;
};

void srd_fault_init(struct srd_faults *f);
int srd_fault_add(struct srd_faults *f, struct srd_rule *rule);
int srd_fault_next(struct srd_faults *f, struct srd_rule *rule);
int srd_fault_remove(struct srd_faults *f, u32 id);
void srd_fault_judge(struct srd_faults *f, unsigned int number, enum srd_op op, u64 pos, u64 len,
		     struct srd_verdict *v);

/* ---- srd_timing.c: how long requests take ---- */

/**
 * struct srd_timing - how long a disk's requests take
 * @model: as set. Changed while requests are kept out.
 * @drawn: numbers that chance has been asked for
 * @busy: until when all reads and writes together have used up the bandwidth, in ns
 * @arm_busy: until when the arm is in use, in ns. Under @lock.
 * @arm: byte that it is at. Under @lock.
 * @lock: guards the arm
 */
struct srd_timing {
	struct srd_ioc_timing	*model;
	atomic64_t		drawn;
	atomic64_t		busy;
	u64			arm_busy;
	u64			arm;
	spinlock_t		lock;	/* guards the arm */
};

int srd_timing_check(const struct srd_ioc_timing *m);
bool srd_timing_any(const struct srd_ioc_timing *m);
void srd_timing_init(struct srd_timing *t);
void srd_timing_destroy(struct srd_timing *t);
void srd_timing_set(struct srd_timing *t, struct srd_ioc_timing *model);
u64 srd_timing_due(struct srd_timing *t, enum srd_op op, u64 pos, u64 len, u64 capacity, u64 now);
int srd_timing_cpu(const struct srd_timing *t);

/* ---- srd_cache.c: what would be lost ---- */

/**
 * struct srd_cache - the volatile write cache of a disk
 * @lock: one change or flush of the disk at a time
 * @pages: struct srd_cached by the index of a page, for each that was written since the last flush.
 *	Under @lock.
 * @seed: of what is chosen by chance. Under @lock.
 * @flushes: that had something to do since @seed was set: choices differ after each. Under @lock.
 * @blocks: that were written since the last one. Under @lock; READ_ONCE()/WRITE_ONCE().
 */
struct srd_cache {
	struct mutex	lock;	/* one change or flush at a time */
	struct xarray	pages;
	u64		seed;
	u64		flushes;
	u64		blocks;
};

/* ---- srd_inject.c: all of these together; what requests meet of it is in srd_inject.h ---- */

/* Bits of srd_inject.flags */
enum srd_inject_flag {
	SRD_INJECT_RULES,	/* there are rules */
	SRD_INJECT_BAD,		/* there are bad blocks, or were until they were written */
	SRD_INJECT_TIMING,	/* requests take a time that was set */
	SRD_INJECT_CACHE,	/* a volatile cache */
	SRD_INJECT_OFF,		/* power is cut */
};

/**
 * struct srd_inject - what a disk does on purpose
 * @flags: enum srd_inject_flag. Changed under the disk's lock, but that a rule may set OFF.
 * @counted: among the disks for which requests are looked at. Under the disk's lock.
 * @heal: a write makes a bad block good. READ_ONCE()/WRITE_ONCE().
 * @holder: requests that are answered later
 * @faults: rules
 * @timing: times
 * @cache: writes
 * @bad: bad blocks; with SRD_INJECT_BAD, and without a page until there was one
 * @cut_work: ends what is held after a rule has cut the power
 */
struct srd_inject {
	unsigned long		flags;
	bool			counted;
	bool			heal;
	struct srd_holder	holder;
	struct srd_faults	faults;
	struct srd_timing	timing;
	struct srd_cache	cache;
	struct badblocks	bad;
	struct work_struct	cut_work;
};

/* ---- a disk, as srd_io.c, srd_blkmq.c, srd_bio.c and all above them know it ---- */

/**
 * struct srd_config - what a disk is to be, every field valid
 * @capacity: bytes
 * @limit: bytes of memory; 0: none
 * @number: N of srdN, or -1 for the lowest free one
 * @block_size: bytes of a logical block
 * @mode: SRD_MODE_*
 * @queues: hardware queues; as the next two, of no meaning in mode bio, and 0 in such a disk
 * @queue_depth: requests for each
 * @poll_queues: queues for polled I/O
 * @node: NUMA node, or NUMA_NO_NODE
 * @read_only: refuse writes
 * @prealloc: take all memory at once, and keep it
 * @cache: with a volatile write cache
 * @owner: who is going to call srd_disk_remove_owned(), or NULL
 * @stop: give up taking memory when this comes true, and not only when a signal comes; or NULL
 * @label: may be empty
 */
struct srd_config {
	u64		capacity;
	u64		limit;
	int		number;
	unsigned int	block_size;
	unsigned int	mode;
	unsigned int	queues;
	unsigned int	queue_depth;
	unsigned int	poll_queues;
	int		node;
	bool		read_only;
	bool		prealloc;
	bool		cache;
	const void	*owner;
	const bool	*stop;
	char		label[SRD_LABEL_LEN];
};

/**
 * struct srd_disk - one disk, from creation until the last one who holds it lets go
 * @origin: N of the disk that it was taken from; -1: none
 * @config: as created, but for the capacity and the limit, which live in @store
 * @store: its memory
 * @stats: its counters
 * @errors: requests that failed
 * @tag_set: its own, in mode mq
 * @poll_queue: @config.poll_queues of them, or NULL
 * @poll_stopped: polled requests are completed in place. READ_ONCE()/WRITE_ONCE().
 * @disk: its gendisk, whose reference count is the disk's own
 * @lock: one resize or removal at a time; taken before disk->open_mutex
 * @window: its window, or NULL. Under @lock; READ_ONCE()/WRITE_ONCE().
 * @dead: no resize any more. Under @lock.
 * @live: complete and not being removed, so it can be found. Under srd_disks_lock.
 * @claimed: being removed, nobody may open it. Under disk->open_mutex.
 * @users: who has it open otherwise than as a block device. Under disk->open_mutex; READ_ONCE().
 * @deferred: to be removed on last close. Under disk->open_mutex.
 * @remove_work: removes it when @deferred and closed
 * @inject: what it does on purpose
 */
struct srd_disk {
	struct srd_config	config;
	int			origin;
	struct srd_store	store;
	struct srd_stats	stats;
	struct srd_errors	errors;
	struct blk_mq_tag_set	tag_set;
	struct srd_poll_queue	*poll_queue;
	bool			poll_stopped;
	struct gendisk		*disk;
	struct mutex		lock;	/* one resize or removal at a time */
	struct srd_window	*window;
	bool			dead;
	bool			live;
	bool			claimed;
	unsigned int		users;
	bool			deferred;
	struct work_struct	remove_work;
	struct srd_inject	inject;
};

/* ---- srd_io.c: bios become store calls; the rest is in srd_io.h ---- */

int srd_io_setup(void);
void srd_io_cleanup(void);

/* ---- srd_cache.c, of a disk ---- */

void srd_cache_init(struct srd_disk *d);
void srd_cache_destroy(struct srd_disk *d);
void srd_cache_seed(struct srd_disk *d, u64 seed);
int srd_cache_change(struct srd_disk *d, struct bio *bio, enum srd_op op, u64 len, bool fua);
void srd_cache_flush(struct srd_disk *d);
int srd_cache_power_on(struct srd_disk *d, enum srd_keep keep, u64 seed, u64 *kept, u64 *lost);

/* ---- srd_inject.c, of a disk ---- */

void srd_inject_init(struct srd_disk *d);
void srd_inject_destroy(struct srd_disk *d);
void srd_inject_stop(struct srd_disk *d);
void srd_inject_flag(struct srd_disk *d, enum srd_inject_flag flag, bool on);
void srd_inject_count(struct srd_disk *d);
void srd_inject_switch(struct srd_disk *d, enum srd_inject_flag flag, bool on);
bool srd_inject_has(const struct srd_disk *d, enum srd_inject_flag flag);
int srd_inject_rule_add(struct srd_disk *d, struct srd_rule *rule);
int srd_inject_rule_remove(struct srd_disk *d, u32 id);
void srd_inject_cut(struct srd_disk *d);
bool srd_inject_bad_any(const struct srd_disk *d);
ssize_t srd_inject_bad_show(struct srd_disk *d, char *buf);
ssize_t srd_inject_bad_store(struct srd_disk *d, const char *buf, size_t len);

/* ---- srd_bio.c: mode bio ---- */

int srd_bio_setup(void);
void srd_bio_cleanup(void);
int srd_bio_alloc_disk(struct srd_disk *d, struct queue_limits *lim);
void srd_bio_submit(struct bio *bio);

/* ---- srd_blkmq.c: mode mq ---- */

int srd_blkmq_alloc_disk(struct srd_disk *d, struct queue_limits *lim);
void srd_blkmq_free_tags(struct srd_disk *d);
void srd_blkmq_poll_stop(struct srd_disk *d);
void srd_blkmq_poll_start(struct srd_disk *d);

/* ---- srd_disk.c: a disk's life ---- */

int srd_disk_setup(unsigned int max_part, const struct attribute_group **groups,
		   void (*removing)(struct srd_disk *d));
void srd_disk_cleanup(void);
int srd_disk_create(struct srd_config *cfg, struct srd_disk *from,
		    int (*fill)(struct srd_disk *d, struct srd_disk *from));
int srd_disk_remove(unsigned int number, bool force, bool deferred);
void srd_disk_remove_owned(const void *owner);
int srd_disk_keep(unsigned int number, const void *owner);
struct srd_disk *srd_disk_get(unsigned int number);
struct srd_disk *srd_disk_next(unsigned int number);
void srd_disk_put(struct srd_disk *d);
int srd_disk_use(struct srd_disk *d);
void srd_disk_unuse(struct srd_disk *d);
unsigned int srd_disk_stop(struct srd_disk *d);
void srd_disk_start(struct srd_disk *d, unsigned int memflags);
void srd_disk_lock_open(struct srd_disk *d);
void srd_disk_scan(struct srd_disk *d);
unsigned int srd_disk_count(void);
bool srd_disk_in_use(struct srd_disk *d);
bool srd_disk_is_read_only(const struct srd_disk *d);
int srd_disk_prealloc(struct srd_disk *d, u64 pos, u64 len, const bool *stop);
bool srd_disk_block_size_ok(unsigned int block_size);
int srd_disk_capacity_check(u64 capacity, unsigned int block_size);

/* ---- srd_resize.c: another capacity ---- */

int srd_disk_resize(unsigned int number, u64 capacity, bool force);

/* ---- srd_snapshot.c: a disk as it was ---- */

int srd_snapshot_create(unsigned int number, struct srd_config *cfg, bool freeze);
int srd_snapshot_rollback(unsigned int number, unsigned int to);
int srd_snapshot_reset(unsigned int number);

/* ---- srd_set.c: how a disk behaves ---- */

int srd_set(unsigned int number, const struct srd_ioc_set *set);
int srd_set_timing(unsigned int number, struct srd_ioc_timing *timing);
int srd_set_power_off(unsigned int number);
int srd_set_power_on(unsigned int number, enum srd_keep keep, u64 seed, u64 *kept, u64 *lost);

/* ---- srd_window.c: /dev/srdN-window ---- */

int srd_window_setup(void);
void srd_window_cleanup(void);
int srd_window_switch(unsigned int number, bool on);
void srd_window_remove(struct srd_disk *d);

/* ---- srd_sysfs.c, srd_proc.c, srd_control.c ---- */

extern const struct attribute_group *srd_sysfs_groups[];

int srd_proc_setup(void);
void srd_proc_cleanup(void);

int srd_control_setup(const struct srd_config *defaults);
void srd_control_cleanup(void);

#endif /* SRD_H */
