// SPDX-License-Identifier: GPL-2.0
/*
 * srdcov - which places of srd.ko were reached, for scripts/coverage
 *
 * What is built with -fsanitize-coverage=trace-pc calls __sanitizer_cov_trace_pc() at each of its
 * basic blocks, and the linker makes this of it, as a kernel with CONFIG_KCOV has one of its own.
 * This module stays while srd comes and goes; /proc/srdcov lists the offsets in srd's text, one a
 * line.
 */
#include <linux/bitmap.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/vmalloc.h>

#define COV_TEXT	(4UL << 20)	/* bytes of text that are looked at: more than there are */

static unsigned long *cov_hits;
static unsigned long cov_base;

void __wrap___sanitizer_cov_trace_pc(void);

void notrace __wrap___sanitizer_cov_trace_pc(void)
{
	unsigned long at = (unsigned long)__builtin_return_address(0) - READ_ONCE(cov_base);

	if (at < COV_TEXT && !test_bit(at, cov_hits))
		set_bit(at, cov_hits);
}
EXPORT_SYMBOL_GPL(__wrap___sanitizer_cov_trace_pc);

static int cov_notify(struct notifier_block *nb, unsigned long state, void *data)
{
	struct module *mod = data;

	if (state == MODULE_STATE_COMING && !strcmp(mod->name, "srd"))
		WRITE_ONCE(cov_base, (unsigned long)mod->mem[MOD_TEXT].base);
	return NOTIFY_OK;
}

static struct notifier_block cov_notifier = { .notifier_call = cov_notify };

static int cov_show(struct seq_file *m, void *v)
{
	unsigned long at;

	for_each_set_bit(at, cov_hits, COV_TEXT)
		seq_printf(m, "%lx\n", at);
	return 0;
}

static int __init cov_init(void)
{
	int err;

	cov_hits = vzalloc(COV_TEXT / BITS_PER_BYTE);
	if (!cov_hits)
		return -ENOMEM;
	err = register_module_notifier(&cov_notifier);
	if (!err && !proc_create_single("srdcov", 0400, NULL, cov_show))
		err = -ENOMEM;
	return err;
}
module_init(cov_init);

MODULE_DESCRIPTION("Which places of srd were reached");
MODULE_LICENSE("GPL");
