// SPDX-License-Identifier: GPL-2.0
/*
 * fault-storm - everything that can end a request, all at once
 *
 * usage: fault-storm mq|bio STEPS [SEED]
 *
 * Two threads read and write blocks of their own, each of which says what it is. Meanwhile rules
 * come and go by which requests fail, are late or are never answered, power is cut, and the disk is
 * resized, reset, rolled back, removed by force, its queue frozen, its CPUs taken. Each request has
 * to be answered once, and each block to be what was written to it last, or before a write that
 * failed. Prints what has happened; exit status 1 if anything is wrong.
 */
#include <pthread.h>

#include "fault.h"
#include "ring.h"

#define WORKERS		2
#define DEPTH		16
#define BLOCKS		256		/* of a worker */
#define GUESSES		8		/* what a block may be */
#define SMALL		(4 * MIB)	/* as large as the disk is at least */
#define LARGE		(16 * MIB)
#define PATIENCE	240		/* seconds in which there must be an answer */

/**
 * struct block - what a block may hold
 * @guess: stamps; 0: zeroes
 * @nr: how many; 0: anything
 * @busy: a request for it is under way
 */
struct block {
	uint64_t	guess[GUESSES];
	unsigned int	nr;
	bool		busy;
};

struct slot {
	uint64_t	id;	/* of the request; 0: none */
	uint64_t	stamp;	/* of a write; 0: a read */
	unsigned int	block;
};

struct worker {
	pthread_t	thread;
	unsigned int	number;
	unsigned int	pending;
	uint64_t	state, next_id;
	uint64_t	sent, failed;
	struct block	block[BLOCKS];
	struct slot	slot[DEPTH];
	struct ring	ring;
	uint8_t		*buf;
	int		fd;
};

static struct disk d;
static struct worker worker[WORKERS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned int resting;	/* workers without a request, which have closed the disk */
static bool rest, end;
static uint64_t state;		/* of chance */

/* ---- a worker ---- */

static void block_is(struct block *b, uint64_t stamp)
{
	b->guess[0] = stamp;
	b->nr = 1;
}

static void block_may_be(struct block *b, uint64_t stamp)
{
	if (b->nr == GUESSES)
		b->nr = 0;
	else if (b->nr)
		b->guess[b->nr++] = stamp;
}

static void page_fill(uint64_t *page, uint64_t stamp)
{
	unsigned int i;

	for (i = 0; i < PAGE / 8; i++)
		page[i] = stamp ? stamp + i : 0;
}

static void block_check(struct worker *w, unsigned int nr, const uint64_t *page)
{
	struct block *b = &w->block[nr];
	unsigned int i;

	for (i = 1; i < PAGE / 8; i++)
		if (page[i] != (page[0] ? page[0] + i : 0)) {
			wrong("worker %u: block %u is there in part", w->number, nr);
			return;
		}
	for (i = 0; i < b->nr; i++)
		if (b->guess[i] == page[0])
			break;
	if (b->nr && i == b->nr)
		wrong("worker %u: block %u is %llx, not %llx, and no other of %u", w->number, nr,
		      (unsigned long long)page[0], (unsigned long long)b->guess[b->nr - 1], b->nr);
	block_is(b, page[0]);
}

static void worker_send(struct worker *w)
{
	unsigned int at, sent = 0;
	struct block *b;
	struct slot *s;
	uint64_t *page;

	for (at = 0; at < DEPTH; at++) {
		s = &w->slot[at];
		if (s->id)
			continue;
		s->block = random_below(&w->state, BLOCKS);
		b = &w->block[s->block];
		if (b->busy)
			continue;
		page = (void *)(w->buf + at * PAGE);
		b->busy = true;
		s->id = ++w->next_id;
		s->stamp = random_below(&w->state, 2) ? random_next(&w->state) | 1 : 0;
		if (s->stamp)
			page_fill(page, s->stamp);
		ring_put(&w->ring, s->stamp ? IORING_OP_WRITE : IORING_OP_READ, w->fd, page, PAGE,
			 (w->number * BLOCKS + s->block) * (uint64_t)PAGE, s->id * DEPTH + at);
		sent++;
	}
	if (sent && ring_enter(&w->ring, sent, 0, 0) != (int)sent)
		err(1, "io_uring_enter");
	w->pending += sent;
	w->sent += sent;
}

static void worker_take(struct worker *w)
{
	struct block *b;
	struct slot *s;
	uint64_t data;
	int res;

	if (ring_enter(&w->ring, 0, 1, IORING_ENTER_GETEVENTS) < 0 && errno != EINTR)
		err(1, "io_uring_enter");
	while (ring_get(&w->ring, &res, &data)) {
		s = &w->slot[data % DEPTH];
		if (s->id != data / DEPTH) {
			wrong("worker %u: request %llu was answered twice", w->number,
			      (unsigned long long)(data / DEPTH));
			continue;
		}
		b = &w->block[s->block];
		if (res != (int)PAGE) {
			w->failed++;
			if (s->stamp)
				block_may_be(b, s->stamp);
		} else if (s->stamp) {
			block_is(b, s->stamp);
		} else {
			block_check(w, s->block, (void *)(w->buf + data % DEPTH * PAGE));
		}
		b->busy = false;
		s->id = 0;
		w->pending--;
	}
}

/* Close the disk, and wait until it may be opened again. */
static void worker_rest(struct worker *w)
{
	while (w->pending)
		worker_take(w);
	close(w->fd);
	pthread_mutex_lock(&lock);
	resting++;
	pthread_cond_broadcast(&changed);
	while (rest)
		pthread_cond_wait(&changed, &lock);
	/* Before anything else happens to it. */
	w->fd = open_disk(d.number, O_RDWR | O_DIRECT);
	resting--;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	uint64_t failed;

	ring_open(&w->ring, DEPTH, 0);
	while (!__atomic_load_n(&end, __ATOMIC_RELAXED)) {
		if (__atomic_load_n(&rest, __ATOMIC_RELAXED))
			worker_rest(w);
		failed = w->failed;
		worker_send(w);
		worker_take(w);
		/* Of a disk that is dead there is nothing to be had in a hurry. */
		if (w->failed - failed > DEPTH / 2)
			usleep(1000);
	}
	while (w->pending)
		worker_take(w);
	close(w->fd);
	close(w->ring.fd);
	return NULL;
}

/* ---- what happens to the disk ---- */

static int set_times(uint64_t longest, int cpu)
{
	struct srd_ioc_timing t = {
		.size = sizeof(t), .flags = SRD_TIMING_SET, .number = d.number, .cpu = cpu,
	};
	unsigned int op;

	for (op = 0; longest && op < SRD_OP_COUNT; op++)
		t.op[op] = (struct srd_latency){ .kind = SRD_LATENCY_UNIFORM, .ns[1] = longest };
	return call(SRD_IOC_TIMING, &t);
}

/* Until all workers have closed the disk. Who sets times lets all go that wait. */
static void all_rest(void)
{
	bool all = false;

	pthread_mutex_lock(&lock);
	rest = true;
	pthread_mutex_unlock(&lock);
	while (!all) {
		set_times(0, -1);
		usleep(5000);
		pthread_mutex_lock(&lock);
		all = resting == WORKERS;
		pthread_mutex_unlock(&lock);
	}
}

static void all_work(void)
{
	pthread_mutex_lock(&lock);
	rest = false;
	pthread_cond_broadcast(&changed);
	while (resting)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static void all_zero(void)
{
	unsigned int i, nr;

	for (i = 0; i < WORKERS; i++)
		for (nr = 0; nr < BLOCKS; nr++)
			block_is(&worker[i].block[nr], 0);
}

static void new_disk(void)
{
	struct srd_ioc_create c = {
		.size = sizeof(c), .flags = SRD_CREATE_NUMBER | SRD_CREATE_MODE,
		.capacity = SMALL, .mode = d.mode
	};

	int error = call(SRD_IOC_CREATE, &c);

	if (error)
		errx(1, "CREATE: %s", name_of(error));
	if (d.mode == SRD_MODE_MQ && !sysfs_write(&d, "queue/io_timeout", "1000"))
		err(1, "io_timeout");
	all_zero();
}

static void step_rule(void)
{
	static const int errors[] = { EIO, ENOSPC, ETIMEDOUT, ENODATA, EILSEQ, ENOMEM };
	struct srd_rule r = { .ops = OP(READ) | OP(WRITE), .probability = 1U << 26 };

	switch (random_below(&state, 4)) {
	case 0:
		r.what = SRD_FAULT_ERROR;
		r.error = errors[random_below(&state, ARRAY_SIZE(errors))];
		break;
	case 1:
		r.what = d.mode == SRD_MODE_MQ ? SRD_FAULT_TIMEOUT : SRD_FAULT_ERROR;
		r.error = d.mode == SRD_MODE_MQ ? 0 : EIO;
		break;
	case 2:
		r.what = SRD_FAULT_POWERCUT;
		r.after = random_below(&state, 2000);
		break;
	default:
		r.what = SRD_FAULT_DELAY;
		r.delay = 1 + random_below(&state, 20 * MS);
		r.probability = 1U << 30;
		break;
	}
	rule_add(&d, r);
}

static void step_clear(void)
{
	rules_clear(&d);
}

static void step_times(void)
{
	int cpu = (int)random_below(&state, 3) - 1;

	expect_error(set_times(random_below(&state, 2) * 3 * MS, cpu), 0, "TIMING");
}

static void step_resize(void)
{
	uint64_t capacity = random_below(&state, 2) ? SMALL : LARGE;
	int error = resize(d.number, capacity, SRD_RESIZE_FORCE);

	if (error && error != ESHUTDOWN)
		wrong("RESIZE: %s", name_of(error));
}

static void step_cut(void)
{
	struct srd_ioc_power p = { .size = sizeof(p), .number = d.number };

	expect_error(call(SRD_IOC_POWER, &p), 0, "POWER off");
}

static void step_remove(void)
{
	struct srd_ioc_remove r = {
		.size = sizeof(r), .flags = SRD_REMOVE_FORCE, .number = d.number
	};

	expect_error(call(SRD_IOC_REMOVE, &r), 0, "REMOVE");
	all_rest();
	new_disk();
	all_work();
}

/* Under load; then nobody has it open, and what it is does not change. */
static void step_snapshot(void)
{
	struct srd_ioc_snapshot s = { .size = sizeof(s), .source = d.number };
	struct srd_ioc_rollback r = { .size = sizeof(r), .number = d.number };
	int error = call(SRD_IOC_SNAPSHOT, &s);

	if (error == ESHUTDOWN)
		return;
	expect_error(error, 0, "SNAPSHOT");
	expect_error(remove_disk(s.number), 0, "remove the snapshot");
	all_rest();
	memset(s.name, 0, sizeof(s.name));
	error = call(SRD_IOC_SNAPSHOT, &s);
	if (!error) {
		r.to = s.number;
		expect_error(call(SRD_IOC_ROLLBACK, &r), 0, "ROLLBACK");
		expect_error(remove_disk(s.number), 0, "remove the snapshot");
	} else if (error != ESHUTDOWN) {
		wrong("SNAPSHOT: %s", name_of(error));
	}
	all_work();
}

static void step_reset(void)
{
	struct srd_ioc_reset r = { .size = sizeof(r), .number = d.number };
	int error;

	all_rest();
	error = call(SRD_IOC_RESET, &r);
	if (!error)
		all_zero();
	else if (error != ESHUTDOWN)
		wrong("RESET: %s", name_of(error));
	all_work();
}

/* The block layer waits for all requests by itself. */
static void step_freeze(void)
{
	static const char *const schedulers[] = { "none", "mq-deadline" };

	if (d.mode == SRD_MODE_BIO)
		return;
	sysfs_write(&d, "queue/scheduler", schedulers[random_below(&state, 2)]);
	sysfs_write(&d, "queue/nr_requests", random_below(&state, 2) ? "32" : "128");
}

static void step_cpu(void)
{
	int fd = open("/sys/devices/system/cpu/cpu1/online", O_WRONLY);

	if (fd < 0 || write(fd, "0", 1) != 1 || write(fd, "1", 1) != 1)
		err(1, "CPU 1");
	close(fd);
}

static void step_bad(void)
{
	char text[32];

	snprintf(text, sizeof(text), "%s%u 8", random_below(&state, 2) ? "-" : "",
		 (unsigned int)random_below(&state, 2 * BLOCKS) * 8);
	if (!sysfs_write(&d, "srd/badblocks", text))
		wrong("badblocks: %s", name_of(errno));
	set_heal(&d, random_below(&state, 2));
}

static void step_cache(void)
{
	struct srd_ioc_set s = {
		.size = sizeof(s), .flags = SRD_SET_VOLATILE, .number = d.number,
		.cache = random_below(&state, 2)
	};
	int error = call(SRD_IOC_SET, &s);

	if (error && error != ESHUTDOWN)
		wrong("SET: %s", name_of(error));
}

static struct step {
	const char *name;
	void (*run)(void);
	unsigned int weight;
	unsigned int done;
} steps[] = {
	{ "rule", step_rule, 12, 0 }, { "clear", step_clear, 3, 0 }, { "times", step_times, 4, 0 },
	{ "resize", step_resize, 3, 0 }, { "cut", step_cut, 1, 0 },
	{ "remove", step_remove, 1, 0 }, { "snapshot", step_snapshot, 2, 0 },
	{ "reset", step_reset, 1, 0 }, { "freeze", step_freeze, 1, 0 },
	{ "cpu", step_cpu, 1, 0 }, { "bad", step_bad, 2, 0 }, { "cache", step_cache, 2, 0 },
};

/* Whoever has cut the power: once nobody has the disk open, it comes back, with all writes. */
static unsigned int mend(void)
{
	struct srd_ioc_power p = {
		.size = sizeof(p), .flags = SRD_POWER_ON, .number = d.number, .keep = SRD_KEEP_ALL
	};

	if (!(info(d.number).state & SRD_STATE_OFF))
		return 0;
	all_rest();
	rules_clear(&d);
	expect_error(call(SRD_IOC_POWER, &p), 0, "POWER on");
	expect_value(info(d.number).state & SRD_STATE_OFF, 0, "power is off");
	all_work();
	return 1;
}

static struct step *choose(void)
{
	unsigned int i, sum = 0;
	uint64_t at;

	for (i = 0; i < ARRAY_SIZE(steps); i++)
		sum += steps[i].weight;
	at = random_below(&state, sum);
	for (i = 0; at >= steps[i].weight; i++)
		at -= steps[i].weight;
	return &steps[i];
}

static void check_all(void)
{
	uint64_t *page = io_buffer(PAGE);
	unsigned int i, nr;
	int fd;

	fd = open_disk(d.number, O_RDONLY | O_DIRECT);
	for (i = 0; i < WORKERS; i++)
		for (nr = 0; nr < BLOCKS; nr++) {
			if (pread(fd, page, PAGE, (i * BLOCKS + nr) * (uint64_t)PAGE) != PAGE)
				err(1, "read of block %u", nr);
			block_check(&worker[i], nr, page);
		}
	close(fd);
	free(page);
}

static void expect_nothing_left(void)
{
	struct srd_ioc_memory m = { .size = sizeof(m) };
	unsigned int tries;

	expect_error(remove_disk(d.number), 0, "remove");
	for (tries = 0; tries < 100; tries++) {
		expect_error(call(SRD_IOC_MEMORY, &m), 0, "MEMORY");
		if (!m.used)
			break;
		usleep(100000);
	}
	expect_value(m.used, 0, "memory");
	expect_value(m.disks, 0, "disks");
}

int main(int argc, char **argv)
{
	unsigned int nr, i, cuts = 0;
	uint64_t sent = 0, failed = 0, seed;
	struct step *s;

	if (argc != 3 && argc != 4)
		errx(2, "usage: fault-storm mq|bio STEPS [SEED]");
	control = open(SRD_CONTROL_PATH, O_RDWR);
	if (control < 0)
		err(2, SRD_CONTROL_PATH);
	d.mode = strcmp(argv[1], "bio") ? SRD_MODE_MQ : SRD_MODE_BIO;
	nr = atoi(argv[2]);
	seed = argc == 4 ? strtoull(argv[3], NULL, 0) : now_ns();
	state = seed;
	printf("seed %llu\n", (unsigned long long)seed);
	fflush(stdout);
	new_disk();
	for (i = 0; i < WORKERS; i++) {
		worker[i].number = i;
		worker[i].state = seed + i + 1;
		worker[i].buf = io_buffer(DEPTH * PAGE);
		/* Before anything happens to it. */
		worker[i].fd = open_disk(d.number, O_RDWR | O_DIRECT);
		if (pthread_create(&worker[i].thread, NULL, work, &worker[i]))
			errx(1, "no thread");
	}
	for (i = 0; i < nr && !failures; i++) {
		alarm(PATIENCE);
		s = choose();
		s->run();
		s->done++;
		usleep(random_below(&state, 30000));
		cuts += mend();
	}
	/* With the rules there is nobody left who could cut it. */
	alarm(PATIENCE);
	rules_clear(&d);
	cuts += mend();
	set_times(0, -1);
	sysfs_write(&d, "srd/badblocks", "-0 32768");
	__atomic_store_n(&end, true, __ATOMIC_RELAXED);
	for (i = 0; i < WORKERS; i++) {
		pthread_join(worker[i].thread, NULL);
		sent += worker[i].sent;
		failed += worker[i].failed;
	}
	check_all();
	expect_nothing_left();
	printf("%llu requests, %llu failed; %u cuts", (unsigned long long)sent,
	       (unsigned long long)failed, cuts);
	for (i = 0; i < ARRAY_SIZE(steps); i++)
		printf(", %u %s", steps[i].done, steps[i].name);
	putchar('\n');
	if (failed < nr || sent - failed < nr)
		wrong("too few of one kind");
	return failures ? 1 : 0;
}
