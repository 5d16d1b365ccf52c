/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - what a verb is, and what verbs share
 */
#ifndef SRDCTL_VERBS_H
#define SRDCTL_VERBS_H

#include "device.h"
#include "print.h"

enum {
	EXIT_USAGE = 2,		/* beside EXIT_SUCCESS and EXIT_FAILURE */
};

/* Each verb has a file of its own that defines one of these. */
struct verb {
	const char *name;
	const char *usage;	/* what follows the name on the command line */
	const char *summary;
	const char *options;	/* help, a line an option */
	const char *note;	/* what else the help has to say, or NULL */
	const struct print_schema *schema;	/* of the columns that -o may choose, or NULL */
	int (*run)(const struct verb *verb, int argc, char **argv);
};

extern const struct verb verb_clone, verb_create, verb_extents, verb_info, verb_list, verb_memory;
extern const struct verb verb_monitor, verb_remove, verb_reset, verb_reset_stats, verb_resize;
extern const struct verb verb_restore, verb_rollback, verb_save, verb_snapshot, verb_stats;
extern const struct verb verb_fault, verb_powercut, verb_poweron, verb_set, verb_version;
extern const struct verb verb_export, verb_exports, verb_top, verb_unexport, verb_wait, verb_window;

/* What kinds of request are called, by enum srd_op. */
extern const char * const verb_ops[SRD_OP_COUNT];

/* The columns of list and info; a row is a struct disk_row. */
extern const struct print_schema disk_schema;

struct disk_row {
	const struct device_disk *disk;
	const struct srd_ioc_stats *stats;	/* NULL: not known */
};

/* What an errno means to a verb; a table of them ends with an @error of 0. */
struct verb_error {
	int error;
	const char *text;
};

/* What becomes of writes when power comes back, by enum srd_keep. */
extern const char * const keep_names[SRD_KEEP_COUNT];

/* What the errnos of SRD_IOC_SNAPSHOT mean. */
extern const struct verb_error snapshot_errors[];

/* Prints "srdctl: ..." on one line of stderr. */
void verb_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * verb_getopt() - getopt_long() that reports what it does not know
 *
 * Return: an option, -1 at the end, '?' after an error was reported: then the verb ends with
 * EXIT_USAGE. 'h' is answered here and ends the program.
 */
int verb_getopt(const struct verb *verb, int argc, char **argv, const char *short_options,
		const struct option *long_options);

/* Prints a complaint about the command line; returns EXIT_USAGE. */
int verb_usage(const struct verb *verb, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Closes stdout and returns @status, or EXIT_FAILURE: what did not get out was not printed. */
int verb_finish(int status);

/* Prints the help of a verb to stdout. */
void verb_help(const struct verb *verb);

/**
 * verb_failed() - say why something failed
 * @what: the disk, or what was to be done
 * @error: a negative errno
 * @errors: what it means to this verb, or NULL
 *
 * Return: EXIT_FAILURE.
 */
int verb_failed(const char *what, int error, const struct verb_error *errors);

/* device_open() that says what is wrong; false when it failed. */
bool verb_open(struct device *dev, enum device_access access);

/* device_find() that says what is wrong; false when it failed. */
bool verb_find(const struct device *dev, const char *what, struct device_disk *disk);

/* print_open() that says what is wrong; NULL when a column is unknown. */
struct print *verb_print(const struct verb *verb, const struct print_options *options);

/**
 * verb_each() - call a function for disks
 * @dev: where they are
 * @names: what the user calls them
 * @count: how many @names; 0: all disks
 * @visit: returns false when it failed (and said so); the others are visited still
 * @argument: for @visit
 *
 * Return: EXIT_SUCCESS, or EXIT_FAILURE when a disk was not found or @visit failed.
 */
int verb_each(const struct device *dev, char * const *names, int count,
	      bool (*visit)(const struct device *dev, const struct device_disk *disk,
			    void *argument),
	      void *argument);

/**
 * verb_each_named() - all that a verb does which has no options and changes the disks it is given
 * @visit: as for verb_each(), with a NULL argument
 *
 * Return: an exit status; EXIT_USAGE when no disk is named.
 */
int verb_each_named(const struct verb *verb, int argc, char **argv,
		    bool (*visit)(const struct device *dev, const struct device_disk *disk,
				  void *argument));

/* Reads a label of at most SRD_LABEL_LEN - 1 bytes; false when it is none: that was reported. */
bool verb_label(const struct verb *verb, const char *text, char *label);

/**
 * create_explain() - say why the module refused to make a disk with EINVAL
 * @what: what was to be done
 * @create: what it was asked for
 *
 * Return: false when nothing is wrong that can be seen: then nothing was said.
 */
bool create_explain(const char *what, const struct srd_ioc_create *create);

/* Reads the mode of a new disk; false when it is none: that was reported. */
bool verb_mode(const struct verb *verb, const char *text, struct srd_ioc_create *create);

/*
 * Waits for the node of a new disk and prints its path, also where there is no node or not more to
 * be had of it than its @name; returns an exit status. The first asks the module for nothing more.
 */
int verb_there(const struct device_disk *disk);
int verb_made(const struct device *dev, uint32_t number, const char *name);

/* Reads a size from the command line; false when it is none: that was reported. */
bool verb_size(const struct verb *verb, const char *what, const char *text, uint64_t *size);
bool verb_number(const struct verb *verb, const char *what, const char *text, uint32_t max,
		 uint32_t *number);
bool verb_number64(const struct verb *verb, const char *what, const char *text, uint64_t *number);

/* The same for a time, of at most SRD_TIME_MAX. */
bool verb_time(const struct verb *verb, const char *what, const char *text, uint64_t *ns);

/* The same for a time that someone waits, of less than a year; without a unit it is in seconds. */
bool verb_wait_time(const struct verb *verb, const char *what, const char *text, uint64_t *ns);

/* A seed for who gave none, short enough to be typed and exact in any JSON. */
uint64_t verb_seed(void);

#endif /* SRDCTL_VERBS_H */
