/* SPDX-License-Identifier: GPL-2.0 */
/*
 * srdctl - the kernel's NVMe target, which serves disks to other machines
 *
 * It is set up by folders and files of configfs: a subsystem, with a name (NQN) that is unique in
 * the network, has namespaces, which are disks; hosts are those who may use it; it is linked into
 * the ports where it can be reached.
 */
#ifndef SRDCTL_NVMET_H
#define SRDCTL_NVMET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NVMET_ROOT	"/sys/kernel/config/nvmet"
#define NVMET_NQN_LEN	224	/* with its end */
#define NVMET_KEY_LEN	256
#define NVMET_TEXT_LEN	1024

/* What is to be served, and to whom. */
struct nvmet_request {
	const char *nqn;
	const char *device;		/* path of the disk's node */
	const char *uuid;		/* of what it holds */
	const char *family;		/* ipv4 or ipv6 */
	const char *address;
	const char *port;
	const char *key;		/* of all @hosts; NULL: none is asked for */
	const char * const *hosts;	/* NQNs of those who may use it */
	unsigned int host_count;
	bool any;			/* everyone may */
};

/**
 * nvmet_load() - have the kernel's target there
 * @text: set to what is wrong when it is not, without an end of line
 * @size: room in @text
 *
 * Return: 0, or a negative errno when it is not there and could not be loaded.
 */
int nvmet_load(char *text, size_t size);

/**
 * nvmet_export() - serve a disk
 * @request: how; the target opens the disk for writing
 * @text: set to what is wrong when this fails; then nothing is left of what it did
 * @size: room in @text
 *
 * Return: 0 or a negative errno.
 */
int nvmet_export(const struct nvmet_request *request, char *text, size_t size);

/* A disk that is served at a port, or at none (then @port is empty). */
struct nvmet_export {
	char nqn[NVMET_NQN_LEN];
	unsigned int nsid;
	char device[64];
	bool enabled;
	char transport[16];
	char address[64];
	char port[16];
	bool any;
	bool key;			/* a host has to show that it knows one */
	char *hosts;			/* separated by commas */
};

/**
 * nvmet_each() - look at all that is served
 * @visit: called for each namespace and port; what it is given is its own only while it runs;
 *	returns false to end the search
 * @argument: for @visit
 *
 * Return: 0, also when there is no target; or a negative errno.
 */
int nvmet_each(bool (*visit)(const struct nvmet_export *export, void *argument), void *argument);

/**
 * nvmet_serves() - find what a disk is served as
 * @device: path of the disk's node
 * @nqn: set to the name of the first such subsystem
 *
 * Return: whether there is one.
 */
bool nvmet_serves(const char *device, char nqn[NVMET_NQN_LEN]);

/**
 * nvmet_unexport() - serve a disk no more, whoever is connected
 * @nqn: what is served
 * @device: only namespaces with this disk; NULL: all
 *
 * A subsystem without namespaces goes, too, and with it hosts and ports that no other one needs; of
 * ports only those that nvmet_export() made.
 *
 * Return: 0 or a negative errno.
 */
int nvmet_unexport(const char *nqn, const char *device);

/* Tells the hosts that use a disk how large it is now. */
int nvmet_revalidate(const char *device);

#endif /* SRDCTL_NVMET_H */
