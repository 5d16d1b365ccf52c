/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - what happens to disks, in words and columns
 */
#ifndef SRDCTL_EVENT_H
#define SRDCTL_EVENT_H

#include "verbs.h"

/* The columns of events; rows are printed by event_print(). */
extern const struct print_schema event_schema;

/* What it means that there is nothing to read from the control node. */
extern const struct verb_error event_errors[];

/* What a kind of event is called, SRD_EVENT_*; NULL: it is not known. */
const char *event_name(unsigned int kind);

/* The kind of event that is called so; -1: none is. */
int event_kind(const char *name, size_t length);

/**
 * event_print() - add an event as a row
 * @print: of event_schema
 * @options: that @print was opened with
 * @event: of a known kind; its time counts, and where @already is false all of it
 * @already: it did not happen now: this is what it would have led to
 */
void event_print(struct print *print, const struct print_options *options,
		 const struct srd_event *event, bool already);

#endif /* SRDCTL_EVENT_H */
