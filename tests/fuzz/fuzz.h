/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srd-fuzz - what its files share
 *
 * A program is a list of steps; a step is an operation with four numbers, and for a command of
 * the control node values that are put into its structure. Everything that a step does follows
 * from these, so that a program can be printed, read and run again.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define MIB		(1ULL << 20)

#define THREADS_MAX	4
#define STEPS_MAX	24
#define POKES_MAX	14
#define ARGS		4
#define PROGRAM_TEXT	(STEPS_MAX * 512)

/* A value that is put into a structure. */
struct poke {
	uint16_t offset;
	uint8_t width;
	uint64_t value;
};

struct step {
	unsigned int thread;
	unsigned int op;
	uint64_t arg[ARGS];
	unsigned int pokes;
	struct poke poke[POKES_MAX];
};

struct program {
	unsigned int steps;
	struct step step[STEPS_MAX];
};

/* ---- rng.c ---- */

void rng_seed(uint64_t seed);
uint64_t rng(void);
unsigned int below(unsigned int n);
bool one_in(unsigned int n);

/* ---- value.c ---- */

enum value {
	V_NUMBER, V_CAPACITY, V_OFFSET, V_LENGTH, V_FLAGS, V_SMALL, V_COUNT, V_NS, V_ERRNO, V_OPS,
	V_ANY, V_ROOM
};

uint64_t value(enum value kind);

/* ---- memory.c ---- */

/* Where a pointer leads. */
enum way {
	WAY_PLAIN, WAY_ODD, WAY_CROSSES, WAY_ENDS, WAY_SHARED, WAY_READ_ONLY, WAY_UNMAPPED,
	WAY_NULL, WAY_KERNEL, WAY_COUNT
};

#define BUFFER_SIZE	(512 << 10)

void memory_setup(void);
void *memory_place(unsigned int thread, uint64_t way, size_t len);
bool memory_writable(uint64_t way);

/* ---- op.c: the operations ---- */

struct op {
	const char *name;
	void (*make)(struct step *s);			/* fill it by chance */
	long (*run)(const struct step *s);		/* 0 or more, or a negative errno */
	unsigned int weight;				/* how often it is chosen */
};

unsigned int ops_count(void);
const struct op *op_at(unsigned int i);
int op_find(const char *name);
void step_make(struct step *s, unsigned int threads);
void step_change(struct step *s);

extern const struct op ioctl_ops[], disk_ops[], system_ops[];
extern const unsigned int ioctl_ops_count, disk_ops_count, system_ops_count;

/* ---- slot.c: what a program has open ---- */

#define CONTROLS	3
#define DISKS		6
#define MAPS		4

int slot_control(uint64_t slot);
int slot_disk(uint64_t slot);
long slot_open_control(uint64_t slot, int flags);
long slot_close_control(uint64_t slot);
long slot_open_disk(uint64_t slot, const char *path, int flags);
long slot_close_disk(uint64_t slot);
long slot_map(uint64_t slot, const char *path, int prot, int flags, uint64_t offset, size_t len);
long slot_touch(uint64_t slot, uint64_t where, bool write);
long slot_unmap(uint64_t slot);
void slots_open(void);
void slots_close(void);
void slot_catch_faults(void);

/* ---- load.c ---- */

void module_path(const char *path);
long module_load(const char *parameters);
long module_unload(void);

/* ---- program.c ---- */

void program_print(const struct program *p, FILE *to);
bool program_read(struct program *p, FILE *from);
void program_make(struct program *p, unsigned int threads);
void program_without(struct program *p, const char *name);
void program_change(struct program *p, const struct program *other, unsigned int threads);

/* ---- cover.c ---- */

#define EDGES		(1U << 18)

struct cover {
	uint8_t edge[EDGES / 8];
};

void cover_off(void);
void cover_thread(unsigned int thread);
void cover_begin(unsigned int thread);
void cover_collect(struct cover *c, unsigned int threads);
void cover_module_moved(void);
unsigned int cover_count(const struct cover *c);
unsigned int cover_new(const struct cover *c, const struct cover *known);
void cover_add(struct cover *to, const struct cover *c);
bool cover_has(const struct cover *c, const struct cover *wanted, const struct cover *without);

/* ---- run.c ---- */

void run_setup(unsigned int threads, bool loud);
void run_program(const struct program *p, struct cover *c);
unsigned int run_thread(void);
uint64_t run_digest(void);

/* ---- corpus.c ---- */

void corpus_write(const char *path);
void corpus_add(const struct program *p, const struct cover *c);
const struct program *corpus_any(void);
unsigned int corpus_count(void);

/* ---- count.c ---- */

void count_result(unsigned int op, long result);
void count_print(FILE *to);

/* ---- watch.c ---- */

void watch_setup(const char *patterns);
void watch_begin(const struct program *p);
int watch_child(int pid, uint64_t seed, unsigned int patience);

#endif /* FUZZ_H */
