/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srd - requests of a disk that does something on purpose
 *
 * For srd_blkmq.c and srd_bio.c. As long as no disk does, they pay for the question one branch that
 * is patched out.
 */
#ifndef SRD_INJECT_H
#define SRD_INJECT_H

#include <linux/compiler.h>
#include <linux/jump_label.h>

#include "srd.h"

DECLARE_STATIC_KEY_FALSE(srd_inject_key);

/**
 * struct srd_injected - a request of such a disk
 * @held: when it is answered later
 * @work: when a worker serves it
 * @d: its disk
 * @bio: the first one; NULL for a flush that has none
 * @op: what it asks for
 * @preflush: a flush comes first
 * @fua: what it writes is durable when it is answered
 * @len: bytes
 * @verdict: what the rules want
 * @due: ns of CLOCK_MONOTONIC before which it is not answered
 * @err: from the first try to serve it; then its result
 * @end: answers it with @err; in interrupt or process context
 *
 * @held by srd_inject_prepare(); the caller of srd_inject_start() fills @bio to @len.
 */
struct srd_injected {
	struct srd_held		held;
	struct work_struct	work;
	struct srd_disk		*d;
	struct bio		*bio;
	enum srd_op		op;
	bool			preflush;
	bool			fua;
	unsigned int		len;
	struct srd_verdict	verdict;
	u64			due;
	int			err;
	void			(*end)(struct srd_injected *in);
};

void srd_inject_prepare(struct srd_injected *in, struct srd_disk *d,
			void (*end)(struct srd_injected *in));
bool srd_inject_start(struct srd_injected *in);
bool srd_inject_timed_out(struct srd_injected *in);

/**
 * srd_injects() - whether a disk does something on purpose
 * @d: the disk
 *
 * Context: any.
 * Return: whether its requests have to go through srd_inject_start().
 */
static __always_inline bool srd_injects(const struct srd_disk *d)
{
	return static_branch_unlikely(&srd_inject_key) && READ_ONCE(d->inject.flags);
}

#endif /* SRD_INJECT_H */
