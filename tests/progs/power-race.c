// SPDX-License-Identifier: GPL-2.0
/*
 * usage: power-race [-r SEED] ROUNDS
 *
 * Threads write blocks of the same pages, with FUA and without, and flush, when the power is cut.
 * Each of them gets EIO from then on; and when power is back each block is from a write that was
 * made, not older than one that was promised to be durable, and whole. A snapshot that was taken
 * meanwhile stays as it is. There must be no disk, and none is left.
 */
#include <getopt.h>
#include <pthread.h>
#include <time.h>

#include "power.h"

#define THREADS		4
#define SIZE		512
#define BLOCKS		1024	/* thread by thread in turn */

struct history {
	uint64_t issued;
	uint64_t acked;
	uint64_t durable;	/* at least */
};

static struct history blocks[BLOCKS];
static unsigned int number_of;
static uint64_t seed;

static uint64_t tag_of(uint64_t block, uint64_t version)
{
	return version ? version * BLOCKS + block : 0;
}

/* Until it fails; what then failed must be EIO, and all after it, too. */
static void write_one(int fd, uint8_t *block, uint64_t *rnd, uint64_t i, int *err)
{
	struct history *h = &blocks[i];
	bool fua = !random_below(rnd, 8);

	block_fill(block, SIZE, tag_of(i, ++h->issued));
	if (fua)
		*err = write_fua(fd, block, SIZE, i * SIZE);
	else
		*err = pwrite(fd, block, SIZE, i * SIZE) == SIZE ? 0 : errno;
	if (*err)
		return;
	h->acked = h->issued;
	if (fua)
		h->durable = h->issued;
}

static void flush(int fd, uint64_t thread, int *err)
{
	uint64_t i;

	*err = fsync(fd) ? errno : 0;
	for (i = thread; !*err && i < BLOCKS; i += THREADS)
		blocks[i].durable = blocks[i].acked;
}

static void *writer(void *arg)
{
	uint64_t thread = (uintptr_t)arg, rnd = seed * THREADS + thread;
	int fd = open_number(number_of, O_RDWR | O_DIRECT), err = 0, again;
	uint8_t *block = io_buffer(SIZE);

	while (!err) {
		if (random_below(&rnd, 16))
			write_one(fd, block, &rnd,
				  random_below(&rnd, BLOCKS / THREADS) * THREADS + thread, &err);
		else
			flush(fd, thread, &err);
	}
	flush(fd, thread, &again);
	if (err != EIO || again != EIO)
		die("a write ended with %s, then a flush with %s", strerror(err), strerror(again));
	free(block);
	close(fd);
	return NULL;
}

static void check(const uint8_t *data, uint32_t keep)
{
	uint64_t i, tag, version;

	for (i = 0; i < BLOCKS; i++) {
		struct history *h = &blocks[i];

		tag = block_tag(data + i * SIZE, SIZE, i);
		version = tag / BLOCKS;
		if (tag != tag_of(i, version) || version > h->issued)
			die("block %llu was never written so", (unsigned long long)i);
		if (version < (keep == SRD_KEEP_ALL ? h->acked : h->durable))
			die("%s: block %llu: write %llu; %llu of %llu answered, %llu durable",
			    keep_names[keep], (unsigned long long)i, (unsigned long long)version,
			    (unsigned long long)h->acked, (unsigned long long)h->issued,
			    (unsigned long long)h->durable);
		h->acked = version;
		h->durable = version;
	}
}

static void read_disk(unsigned int number, uint8_t *data)
{
	int fd = open_number(number, O_RDONLY | O_DIRECT);

	read_all(fd, data, BLOCKS * SIZE, 0);
	close(fd);
}

static void one_round(uint64_t n)
{
	static uint8_t data[BLOCKS * SIZE] __attribute__((aligned(4096)));
	static uint8_t before[BLOCKS * SIZE] __attribute__((aligned(4096)));
	uint32_t keep = n % SRD_KEEP_COUNT;
	pthread_t threads[THREADS];
	unsigned int taken = 0;
	uintptr_t i;

	for (i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, writer, (void *)i))
			die("no thread");
	usleep(1000 + random_below(&seed, 30000));
	if (n % 2) {
		taken = snapshot(number_of, 0);
		read_disk(taken, before);
		usleep(random_below(&seed, 10000));
	}
	power_cut(number_of);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	power_on(number_of, keep, random_next(&seed));
	read_disk(number_of, data);
	check(data, keep);
	if (n % 2) {
		read_disk(taken, data);
		if (memcmp(data, before, sizeof(data)))
			die("a snapshot has changed");
		for (i = 0; i < BLOCKS; i++)
			block_tag(data + i * SIZE, SIZE, i);
		remove_number(taken);
	}
}

int main(int argc, char **argv)
{
	uint64_t rounds, written = 0, n;
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
	number_of = create_volatile(BLOCKS * SIZE, SIZE, 0);
	for (n = 0; n < rounds; n++)
		one_round(n);
	for (n = 0; n < BLOCKS; n++)
		written += blocks[n].issued;
	printf("%llu writes\n", (unsigned long long)written);
	if (written < rounds * THREADS)
		die("too few to say anything");
	remove_number(number_of);
	return 0;
}
