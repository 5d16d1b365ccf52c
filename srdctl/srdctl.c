// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - make, look at and remove RAM disks of the module srd
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "verbs.h"

static const struct verb * const verbs[] = {
	&verb_list,
	&verb_create,
	&verb_remove,
	&verb_resize,
	&verb_snapshot,
	&verb_clone,
	&verb_rollback,
	&verb_reset,
	&verb_save,
	&verb_restore,
	&verb_window,
	&verb_export,
	&verb_unexport,
	&verb_exports,
	&verb_fault,
	&verb_set,
	&verb_powercut,
	&verb_poweron,
	&verb_info,
	&verb_extents,
	&verb_stats,
	&verb_reset_stats,
	&verb_memory,
	&verb_top,
	&verb_monitor,
	&verb_wait,
	&verb_version,
};

#define VERB_COUNT	ARRAY_SIZE(verbs)

static const struct verb *find_verb(const char *name)
{
	size_t i;

	for (i = 0; i < VERB_COUNT; i++) {
		if (!strcmp(verbs[i]->name, name))
			return verbs[i];
	}
	return NULL;
}

static void print_help(void)
{
	size_t i;

	printf("Usage: srdctl [VERB] [OPTIONS] [DEV...]\n\n"
	       "Make, look at and remove RAM disks. Without a verb: list.\n\n"
	       "Verbs:\n");
	for (i = 0; i < VERB_COUNT; i++)
		printf(" %-12s %s\n", verbs[i]->name, verbs[i]->summary);
	printf(" %-12s %s\n", "help [VERB]", "this text, or the options of a verb");
	printf("\nOptions:\n"
	       " -h, --help     this text; after a verb: its options\n"
	       " -V, --version  the version of srdctl\n"
	       "\nA DEV is srd0, /dev/srd0, a link to that, or a disk's label.\n"
	       "A SIZE is in bytes, or has a suffix: K, M, G, T, P, E (powers of 1024; KiB is\n"
	       "the same), KB, MB, GB, ... (powers of 1000). A TIME has ns, us, ms or s.\n"
	       "\nExit status: 0 success, 1 failure, 2 wrong usage.\n");
}

static int unknown_verb(const char *name)
{
	verb_warn("unknown verb '%s' (see: srdctl --help)", name);
	return EXIT_USAGE;
}

static int help(int argc, char **argv)
{
	const struct verb *verb;

	if (argc < 2 || !strcmp(argv[1], "help") || *argv[1] == '-') {
		print_help();
		return EXIT_SUCCESS;
	}
	verb = find_verb(argv[1]);
	if (!verb)
		return unknown_verb(argv[1]);
	if (argc > 2) {
		verb_warn("help: '%s' is too much (see: srdctl --help)", argv[2]);
		return EXIT_USAGE;
	}
	verb_help(verb);
	return EXIT_SUCCESS;
}

static int run(int argc, char **argv)
{
	const struct verb *verb;
	const char *first = argc > 1 ? argv[1] : "list";

	if (!strcmp(first, "-h") || !strcmp(first, "--help")) {
		print_help();
		return EXIT_SUCCESS;
	}
	if (!strcmp(first, "-V") || !strcmp(first, "--version")) {
		printf("srdctl %s\n", VERSION);
		return EXIT_SUCCESS;
	}
	if (!strcmp(first, "help"))
		return help(argc - 1, argv + 1);
	/* options alone are those of the default verb */
	if (argc < 2 || *first == '-')
		return verb_list.run(&verb_list, argc, argv);
	verb = find_verb(first);
	if (!verb)
		return unknown_verb(first);
	return verb->run(verb, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	opterr = 0;
	return verb_finish(run(argc, argv));
}
