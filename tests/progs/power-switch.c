// SPDX-License-Identifier: GPL-2.0
/*
 * usage: power-switch [-r SEED] ROUNDS
 *
 * Threads write a disk and flush it while it gets a volatile cache, and loses it again. Then it
 * gets one, and the power is cut at once: what had been flushed by then is there, also what was
 * while the cache came or went. There must be no disk, and none is left.
 */
#include <getopt.h>
#include <pthread.h>
#include <time.h>

#include "power.h"

#define THREADS		2
#define SIZE		4096
#define SWITCHES	8	/* of a round */

struct history {
	uint64_t issued;
	uint64_t durable;	/* at least */
};

static struct history blocks[THREADS];
static unsigned int number_of;
static uint64_t seed;

/* Write, flush, again, until it fails. */
static void *writer(void *arg)
{
	uint64_t thread = (uintptr_t)arg;
	int fd = open_number(number_of, O_RDWR | O_DIRECT);
	struct history *h = &blocks[thread];
	uint8_t *block = io_buffer(SIZE);

	do {
		block_fill(block, SIZE, (h->issued + 1) * THREADS + thread);
		__atomic_store_n(&h->issued, h->issued + 1, __ATOMIC_SEQ_CST);
		if (pwrite(fd, block, SIZE, thread * SIZE) != SIZE || fsync(fd))
			break;
		__atomic_store_n(&h->durable, h->issued, __ATOMIC_SEQ_CST);
	} while (true);
	if (errno != EIO)
		die("a write or a flush ended with %s", strerror(errno));
	free(block);
	close(fd);
	return NULL;
}

static void switch_cache(uint32_t cache)
{
	int err = set_cache(number_of, cache, random_next(&seed));

	if (err)
		die("cache: %s", strerror(err));
}

static void check(void)
{
	static uint8_t data[THREADS * SIZE] __attribute__((aligned(4096)));
	int fd = open_number(number_of, O_RDONLY | O_DIRECT);
	uint64_t i, tag, version;

	read_all(fd, data, sizeof(data), 0);
	close(fd);
	for (i = 0; i < THREADS; i++) {
		struct history *h = &blocks[i];

		tag = block_tag(data + i * SIZE, SIZE, i);
		version = tag / THREADS;
		if ((tag && tag % THREADS != i) || version > h->issued)
			die("block %llu was never written so", (unsigned long long)i);
		if (version < h->durable)
			die("block %llu: write %llu of %llu, and %llu was flushed",
			    (unsigned long long)i, (unsigned long long)version,
			    (unsigned long long)h->issued, (unsigned long long)h->durable);
		h->durable = version;
	}
}

static void one_round(void)
{
	pthread_t threads[THREADS];
	uintptr_t i;

	for (i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, writer, (void *)i))
			die("no thread");
	for (i = 0; i < SWITCHES; i++) {
		usleep(random_below(&seed, 3000));
		switch_cache(i % 2 ? SRD_CACHE_VOLATILE : SRD_CACHE_NONE);
	}
	power_cut(number_of);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	power_on(number_of, SRD_KEEP_NONE, random_next(&seed));
	check();
}

int main(int argc, char **argv)
{
	uint64_t rounds, written = 0, n;
	unsigned int other;
	int option;

	seed = (uint64_t)time(NULL);
	while ((option = getopt(argc, argv, "r:")) != -1) {
		if (option != 'r')
			return 2;
		seed = number(optarg);
	}
	if (optind != argc - 1)
		return 2;
	rounds = number(argv[optind]);
	printf("seed %llu\n", (unsigned long long)seed);
	fflush(stdout);
	/*
	 * With another one there, the kernel need not patch its code at each switch: some emulators
	 * with several CPUs trip over that.
	 */
	other = create_volatile(SIZE, 0, 0);
	number_of = create_volatile(THREADS * SIZE, 0, 0);
	for (n = 0; n < rounds; n++)
		one_round();
	for (n = 0; n < THREADS; n++)
		written += blocks[n].issued;
	printf("%llu writes\n", (unsigned long long)written);
	if (written < rounds * THREADS)
		die("too few to say anything");
	remove_number(number_of);
	remove_number(other);
	return 0;
}
