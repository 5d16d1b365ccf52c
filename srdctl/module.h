/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - why the module is not loaded
 */
#ifndef SRDCTL_MODULE_H
#define SRDCTL_MODULE_H

#include <stddef.h>

#define MODULE_TEXT_LEN	512

/**
 * module_explain() - say what to do about a module that is not loaded
 * @text: set to one line, without an end: which of these it is and what helps: it is not loaded;
 *	it is installed for no kernel, for another one only, or where depmod did not find it; it was
 *	built for another kernel; it is not signed, and this kernel takes only what is
 * @size: room in @text
 */
void module_explain(char *text, size_t size);

#endif /* SRDCTL_MODULE_H */
