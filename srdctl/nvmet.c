// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - the kernel's NVMe target: to serve disks, and to serve them no more
 *
 * What is made is noted step by step, so that of what fails on the way nothing is left.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "configfs.h"
#include "nvmet.h"
#include "child.h"

#define PORT_FIRST	4420	/* number of the first port that is ours to make and to take away */
#define PORT_LAST	8192	/* as nvmetcli has it */

enum step_kind {
	STEP_FOLDER,
	STEP_LINK,
	STEP_ENABLE,
};

/* What was done, to be undone in reverse. */
struct step {
	struct step *before;
	enum step_kind kind;
	char path[PATH_MAX];
};

struct work {
	const struct nvmet_request *request;
	struct step *last;
	char *text;
	size_t size;
};

/* ---- steps ---- */

/* A text that ends with a colon is followed by what the error is called. */
static int fail(struct work *work, int error, const char *text)
{
	bool open_end = text[strlen(text) - 1] == ':';

	if (geteuid() && (error == -EACCES || error == -EPERM))
		snprintf(work->text, work->size, "not permitted: run as root, or with sudo");
	else
		snprintf(work->text, work->size, "%s%s%s", text, open_end ? " " : "",
			 open_end ? strerror(-error) : "");
	return error;
}

static struct step *new_step(struct work *work, enum step_kind kind, const char *path)
{
	struct step *step = malloc(sizeof(*step));

	if (!step)
		return NULL;
	step->kind = kind;
	snprintf(step->path, sizeof(step->path), "%s", path);
	step->before = work->last;
	return step;
}

/* Does a step and notes it; @target is where a link leads to. */
static int take_step(struct work *work, enum step_kind kind, const char *path, const char *target)
{
	struct step *step = new_step(work, kind, path);
	int ret;

	if (!step)
		return -ENOMEM;
	switch (kind) {
	case STEP_FOLDER:
		ret = mkdir(path, 0755) ? -errno : 0;
		break;
	case STEP_LINK:
		ret = symlink(target, path) ? -errno : 0;
		break;
	default:
		ret = configfs_write("1\n", "%s", path);
	}
	if (ret)
		free(step);
	else
		work->last = step;
	return ret;
}

static void undo(struct work *work)
{
	struct step *step;

	while ((step = work->last)) {
		if (step->kind == STEP_FOLDER)
			rmdir(step->path);
		else if (step->kind == STEP_LINK)
			unlink(step->path);
		else
			configfs_write("0\n", "%s", step->path);
		work->last = step->before;
		free(step);
	}
}

static void forget(struct work *work)
{
	struct step *step;

	while ((step = work->last)) {
		work->last = step->before;
		free(step);
	}
}

/* ---- to serve ---- */

int nvmet_load(char *text, size_t size)
{
	static const char * const paths[] = { "/usr/sbin/modprobe", "/sbin/modprobe", NULL };
	static char * const arguments[] = { "modprobe", "nvmet", NULL };
	int ret;

	if (configfs_exists(NVMET_ROOT "/subsystems"))
		return 0;
	ret = spawn_wait(paths, arguments);
	if (configfs_exists(NVMET_ROOT "/subsystems"))
		return 0;
	if (geteuid())
		snprintf(text, size, "not permitted: run as root, or with sudo");
	else if (ret)
		snprintf(text, size,
			 "this kernel's NVMe target cannot be loaded (modprobe nvmet says why)");
	else
		snprintf(text, size, "there is no %s: is configfs mounted on /sys/kernel/config?",
			 NVMET_ROOT);
	return -ENOENT;
}

static int make_subsystem(struct work *work)
{
	const char *nqn = work->request->nqn;
	char path[PATH_MAX];
	int ret;

	snprintf(path, sizeof(path), NVMET_ROOT "/subsystems/%s", nqn);
	ret = take_step(work, STEP_FOLDER, path, NULL);
	if (ret == -EEXIST)
		return fail(work, ret,
			    "its NQN is that of another one (see: srdctl exports): choose one with --nqn");
	if (ret)
		return fail(work, ret, "the kernel's target refuses the NQN:");
	if (!work->request->any)
		return 0;
	ret = configfs_write("1\n", "%s/attr_allow_any_host", path);
	return ret ? fail(work, ret, "the kernel's target does not let everyone in:") : 0;
}

/* A key is a host's, and so the same for all that is served to it. */
static int set_key(struct work *work, const char *host, bool is_new)
{
	const char *key = work->request->key;
	char old[NVMET_KEY_LEN], line[NVMET_KEY_LEN + 1];
	int ret;

	ret = configfs_read(old, sizeof(old), NVMET_ROOT "/hosts/%s/dhchap_key", host);
	if (ret == -ENOENT && !key)
		return 0;
	if (ret == -ENOENT)
		return fail(work, -EOPNOTSUPP,
			    "this kernel's target was built to ask for no key (CONFIG_NVME_TARGET_AUTH)");
	if (!strcmp(old, key ? key : ""))
		return 0;
	if (!is_new && !key)
		return fail(work, -EEXIST,
			    "a host has a key for what it is served already: give that with --auth");
	if (!is_new)
		return fail(work, -EEXIST,
			    "a host has another key, or none, for what it is served already");
	snprintf(line, sizeof(line), "%s\n", key);
	ret = configfs_write(line, NVMET_ROOT "/hosts/%s/dhchap_key", host);
	if (ret)
		return fail(work, ret,
			    "the kernel's target refuses the key (nvme gen-dhchap-key makes one):");
	return 0;
}

static int allow_host(struct work *work, const char *host)
{
	char path[PATH_MAX], link[PATH_MAX];
	int ret;

	snprintf(path, sizeof(path), NVMET_ROOT "/hosts/%s", host);
	ret = take_step(work, STEP_FOLDER, path, NULL);
	if (ret && ret != -EEXIST)
		return fail(work, ret, "the kernel's target refuses the NQN of a host:");
	ret = set_key(work, host, !ret);
	if (ret)
		return ret;
	snprintf(link, sizeof(link), NVMET_ROOT "/subsystems/%s/allowed_hosts/%s",
		 work->request->nqn, host);
	ret = take_step(work, STEP_LINK, link, path);
	/* named twice */
	if (ret == -EEXIST)
		return 0;
	return ret ? fail(work, ret, "a host cannot be let in:") : 0;
}

static int make_namespace(struct work *work)
{
	const struct nvmet_request *request = work->request;
	char path[PATH_MAX], enable[PATH_MAX + 8];
	int ret;

	snprintf(path, sizeof(path), NVMET_ROOT "/subsystems/%s/namespaces/1", request->nqn);
	ret = take_step(work, STEP_FOLDER, path, NULL);
	if (!ret)
		ret = configfs_write(request->device, "%s/device_path", path);
	if (!ret)
		ret = configfs_write(request->uuid, "%s/device_uuid", path);
	if (ret)
		return fail(work, ret, "the kernel's target does not take the disk:");
	snprintf(enable, sizeof(enable), "%s/enable", path);
	ret = take_step(work, STEP_ENABLE, enable, NULL);
	return ret ? fail(work, ret, "the kernel's target cannot open the disk:") : 0;
}

/* ---- ports ---- */

struct port_search {
	const struct nvmet_request *request;
	char found[16];
};

static int is_port(const char *name, void *argument)
{
	struct port_search *search = argument;
	char transport[16], address[64], port[16];

	configfs_read(transport, sizeof(transport), NVMET_ROOT "/ports/%s/addr_trtype", name);
	configfs_read(address, sizeof(address), NVMET_ROOT "/ports/%s/addr_traddr", name);
	configfs_read(port, sizeof(port), NVMET_ROOT "/ports/%s/addr_trsvcid", name);
	if (strcmp(transport, "tcp") || strcmp(address, search->request->address) ||
	    strcmp(port, search->request->port))
		return 0;
	snprintf(search->found, sizeof(search->found), "%.15s", name);
	return 1;
}

static int new_port(struct work *work, char path[PATH_MAX])
{
	const struct nvmet_request *request = work->request;
	unsigned int number;
	int ret = -EEXIST;

	for (number = PORT_FIRST; ret == -EEXIST && number <= PORT_LAST; number++) {
		snprintf(path, PATH_MAX, NVMET_ROOT "/ports/%u", number);
		ret = take_step(work, STEP_FOLDER, path, NULL);
	}
	if (!ret)
		ret = configfs_write("tcp", "%s/addr_trtype", path);
	if (!ret)
		ret = configfs_write(request->family, "%s/addr_adrfam", path);
	if (!ret)
		ret = configfs_write(request->address, "%s/addr_traddr", path);
	if (!ret)
		ret = configfs_write(request->port, "%s/addr_trsvcid", path);
	return ret ? fail(work, ret, "the kernel's target makes no port:") : 0;
}

/* It is what opens the port to the network, and so it comes last. */
static int link_port(struct work *work)
{
	const char *nqn = work->request->nqn;
	struct port_search search = { .request = work->request };
	char path[PATH_MAX], link[PATH_MAX + NVMET_NQN_LEN + 16], target[PATH_MAX];
	int ret;

	if (configfs_each(is_port, &search, NVMET_ROOT "/ports") > 0) {
		snprintf(path, sizeof(path), NVMET_ROOT "/ports/%s", search.found);
	} else {
		ret = new_port(work, path);
		if (ret)
			return ret;
	}
	snprintf(link, sizeof(link), "%s/subsystems/%s", path, nqn);
	snprintf(target, sizeof(target), NVMET_ROOT "/subsystems/%s", nqn);
	ret = take_step(work, STEP_LINK, link, target);
	switch (ret) {
	case 0:
		return 0;
	case -EADDRINUSE:
		return fail(work, ret, "another program has that port: choose one with --port");
	case -EADDRNOTAVAIL:
		return fail(work, ret, "this machine does not have that address (see: ip address)");
	case -EINVAL:
		return fail(work, ret,
			    "this kernel's NVMe target has no TCP (modprobe nvmet-tcp says why)");
	default:
		return fail(work, ret, "the port cannot be opened:");
	}
}

int nvmet_export(const struct nvmet_request *request, char *text, size_t size)
{
	struct work work = { .request = request, .text = text, .size = size };
	unsigned int i;
	int ret;

	ret = make_subsystem(&work);
	for (i = 0; !ret && i < request->host_count; i++)
		ret = allow_host(&work, request->hosts[i]);
	if (!ret)
		ret = make_namespace(&work);
	if (!ret)
		ret = link_port(&work);
	if (ret)
		undo(&work);
	else
		forget(&work);
	return ret;
}

/* ---- to serve no more ---- */

struct removal {
	const char *nqn;
	const char *device;	/* NULL: any */
	unsigned int left;	/* namespaces that stay */
	int error;		/* the first that there was */
};

static void note_error(struct removal *removal, int error)
{
	if (error && error != -ENOENT && !removal->error)
		removal->error = error;
}

static int remove_namespace(const char *name, void *argument)
{
	struct removal *removal = argument;
	char device[64], path[PATH_MAX];

	configfs_read(device, sizeof(device), NVMET_ROOT "/subsystems/%s/namespaces/%s/device_path",
		      removal->nqn, name);
	if (removal->device && strcmp(device, removal->device)) {
		removal->left++;
		return 0;
	}
	snprintf(path, sizeof(path), NVMET_ROOT "/subsystems/%s/namespaces/%s", removal->nqn, name);
	note_error(removal, configfs_write("0\n", "%s/enable", path));
	note_error(removal, rmdir(path) ? -errno : 0);
	return 0;
}

static int count_namespace(const char *name, void *argument)
{
	struct removal *removal = argument;
	char device[64];

	configfs_read(device, sizeof(device), NVMET_ROOT "/subsystems/%s/namespaces/%s/device_path",
		      removal->nqn, name);
	removal->left += removal->device && strcmp(device, removal->device);
	return 0;
}

static int leave_port(const char *name, void *argument)
{
	struct removal *removal = argument;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), NVMET_ROOT "/ports/%s/subsystems/%s", name, removal->nqn);
	if (unlink(path)) {
		note_error(removal, -errno);
		return 0;
	}
	snprintf(path, sizeof(path), NVMET_ROOT "/ports/%s", name);
	/* refused while others use it */
	if (strtoul(name, NULL, 10) >= PORT_FIRST && rmdir(path) && errno != ENOTEMPTY &&
	    errno != EBUSY)
		note_error(removal, -errno);
	return 0;
}

static int remove_host(const char *name, void *argument)
{
	struct removal *removal = argument;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), NVMET_ROOT "/subsystems/%s/allowed_hosts/%s", removal->nqn,
		 name);
	note_error(removal, unlink(path) ? -errno : 0);
	snprintf(path, sizeof(path), NVMET_ROOT "/hosts/%s", name);
	/* refused while something else is served to it */
	if (rmdir(path) && errno != EBUSY && errno != ENOTEMPTY)
		note_error(removal, -errno);
	return 0;
}

int nvmet_unexport(const char *nqn, const char *device)
{
	struct removal removal = { .nqn = nqn, .device = device };
	char path[PATH_MAX];

	configfs_each(count_namespace, &removal, NVMET_ROOT "/subsystems/%s/namespaces", nqn);
	/* hosts are sent away first: they are to find no subsystem without its disk */
	if (!removal.left)
		configfs_each(leave_port, &removal, NVMET_ROOT "/ports");
	configfs_each(remove_namespace, &removal, NVMET_ROOT "/subsystems/%s/namespaces", nqn);
	if (removal.left)
		return removal.error;
	configfs_each(remove_host, &removal, NVMET_ROOT "/subsystems/%s/allowed_hosts", nqn);
	snprintf(path, sizeof(path), NVMET_ROOT "/subsystems/%s", nqn);
	note_error(&removal, rmdir(path) ? -errno : 0);
	return removal.error;
}
