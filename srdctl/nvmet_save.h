/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - the kernel's NVMe target: what nvmetcli restores it from
 */
#ifndef SRDCTL_NVMET_SAVE_H
#define SRDCTL_NVMET_SAVE_H

#include <stdio.h>

/**
 * nvmet_save() - write all that is served, whoever set it up, in the JSON of nvmetcli
 * @out: where to
 *
 * That format has no place for the keys of hosts.
 *
 * Return: 0, also when there is no target; or a negative errno.
 */
int nvmet_save(FILE *out);

#endif /* SRDCTL_NVMET_SAVE_H */
