// SPDX-License-Identifier: GPL-2.0
/*
 * usage: snap-cut [-b BYTES] SNAPSHOTS
 *
 * Two writers, each on a CPU and a half of srd0 of its own, stamp one block after another with
 * what they count and a checksum, round and round. Meanwhile snapshots are taken. Each must be a
 * cut: all that a writer had been told is written before the snapshot was asked for, nothing that
 * it began after it had been made, in between no gap, and no block in part. And so it must stay:
 * while the next one is taken, the writers go on.
 */
#include <getopt.h>
#include <pthread.h>
#include <stdatomic.h>

#include "snap.h"

#define BLOCKS		96	/* of each writer */

static size_t block = PAGE;
static atomic_bool stop;

static struct writer {
	unsigned int self;
	atomic_ulong begun;		/* the last one that was begun, and */
	atomic_ulong done;		/* that is written */
} writers[2];

static uint64_t where(const struct writer *w, uint64_t count)
{
	return (w->self * BLOCKS + count % BLOCKS) * block;
}

static void stamp(uint64_t *words, uint64_t count, unsigned int self)
{
	size_t i, nr = block / sizeof(*words);
	uint64_t state = count * 2 + self;

	words[0] = count;
	for (i = 1; i < nr; i++)
		words[i] = random_next(&state);
}

static void *write_blocks(void *arg)
{
	struct writer *w = arg;
	int fd = open_number(0, O_RDWR | O_DIRECT);
	uint64_t *words = io_buffer(block), count;

	pin_to_cpu(w->self);
	for (count = 1; !atomic_load(&stop); count++) {
		stamp(words, count, w->self);
		atomic_store(&w->begun, count);
		write_all(fd, words, block, where(w, count));
		atomic_store(&w->done, count);
	}
	close(fd);
	free(words);
	return NULL;
}

static void check(const struct writer *w, const uint8_t *image, uint64_t done, uint64_t begun)
{
	uint64_t *words = io_buffer(block), newest = 0, count, i;

	for (i = 0; i < BLOCKS; i++) {
		memcpy(&count, image + where(w, i), sizeof(count));
		if (count > newest)
			newest = count;
	}
	if (newest < done || newest > begun)
		die("writer %u: %llu is the newest in the snapshot; it was between %llu and %llu",
		    w->self, (unsigned long long)newest, (unsigned long long)done,
		    (unsigned long long)begun);
	for (i = 0; i < BLOCKS && i < newest; i++) {
		stamp(words, newest - i, w->self);
		if (memcmp(words, image + where(w, newest - i), block))
			die("writer %u: block of %llu is torn or missing where %llu is the newest",
			    w->self, (unsigned long long)(newest - i), (unsigned long long)newest);
	}
	free(words);
}

/* A snapshot, and what was in it when it was new. */
struct cut {
	unsigned int number;
	uint8_t *image;
};

static void read_image(unsigned int number, uint8_t *image)
{
	int fd = open_number(number, O_RDONLY | O_DIRECT);

	read_all(fd, image, 2 * BLOCKS * block, 0);
	close(fd);
}

static void take(struct cut *c)
{
	uint64_t done[2], begun[2];
	unsigned int i;

	for (i = 0; i < 2; i++)
		done[i] = atomic_load(&writers[i].done);
	c->number = snapshot(0, SRD_SNAPSHOT_NO_FREEZE);
	for (i = 0; i < 2; i++)
		begun[i] = atomic_load(&writers[i].begun);
	read_image(c->number, c->image);
	for (i = 0; i < 2; i++)
		check(&writers[i], c->image, done[i], begun[i]);
}

static void drop(struct cut *c, uint8_t *image)
{
	read_image(c->number, image);
	if (memcmp(image, c->image, 2 * BLOCKS * block))
		die("srd%u is not any more what it was", c->number);
	remove_number(c->number);
}

int main(int argc, char **argv)
{
	pthread_t threads[2];
	unsigned long i, nr;
	struct cut cuts[2];
	uint8_t *image;
	int option;

	while ((option = getopt(argc, argv, "b:")) != -1) {
		if (option != 'b')
			return 2;
		block = number(optarg);
	}
	if (optind != argc - 1)
		return 2;
	nr = number(argv[optind]);
	image = io_buffer(2 * BLOCKS * block);
	for (i = 0; i < 2; i++) {
		cuts[i].image = io_buffer(2 * BLOCKS * block);
		writers[i].self = i;
		if (pthread_create(&threads[i], NULL, write_blocks, &writers[i]))
			die("no thread");
	}
	for (i = 0; i < nr; i++) {
		take(&cuts[i % 2]);
		if (i)
			drop(&cuts[(i - 1) % 2], image);
	}
	atomic_store(&stop, true);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	printf("%lu snapshots of %lu and %lu writes\n", nr, atomic_load(&writers[0].done),
	       atomic_load(&writers[1].done));
	return 0;
}
