// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - the kernel's NVMe target: what it serves
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "configfs.h"
#include "nvmet.h"

struct walk {
	bool (*visit)(const struct nvmet_export *export, void *argument);
	void *argument;
	struct nvmet_export export;	/* as far as it is known */
	bool at_port;
};

static int add_host(const char *name, void *argument)
{
	struct nvmet_export *export = argument;
	char key[NVMET_KEY_LEN], *hosts;

	if (asprintf(&hosts, "%s%s%s", export->hosts, *export->hosts ? "," : "", name) < 0)
		return -ENOMEM;
	free(export->hosts);
	export->hosts = hosts;
	configfs_read(key, sizeof(key), NVMET_ROOT "/hosts/%s/dhchap_key", name);
	export->key |= *key != '\0';
	return 0;
}

static int at_port(const char *name, void *argument)
{
	struct walk *walk = argument;
	struct nvmet_export *export = &walk->export;

	if (!configfs_exists(NVMET_ROOT "/ports/%s/subsystems/%s", name, export->nqn))
		return 0;
	walk->at_port = true;
	configfs_read(export->transport, sizeof(export->transport),
		      NVMET_ROOT "/ports/%s/addr_trtype", name);
	configfs_read(export->address, sizeof(export->address),
		      NVMET_ROOT "/ports/%s/addr_traddr", name);
	configfs_read(export->port, sizeof(export->port), NVMET_ROOT "/ports/%s/addr_trsvcid",
		      name);
	return !walk->visit(export, walk->argument);
}

static int each_namespace(const char *name, void *argument)
{
	struct walk *walk = argument;
	struct nvmet_export *export = &walk->export;
	char enabled[8];
	int ret;

	export->nsid = strtoul(name, NULL, 10);
	configfs_read(export->device, sizeof(export->device),
		      NVMET_ROOT "/subsystems/%s/namespaces/%s/device_path", export->nqn, name);
	configfs_read(enabled, sizeof(enabled), NVMET_ROOT "/subsystems/%s/namespaces/%s/enable",
		      export->nqn, name);
	export->enabled = *enabled == '1';
	*export->transport = '\0';
	*export->address = '\0';
	*export->port = '\0';
	walk->at_port = false;
	ret = configfs_each(at_port, walk, NVMET_ROOT "/ports");
	if (ret || walk->at_port)
		return ret;
	return !walk->visit(export, walk->argument);
}

static int each_subsystem(const char *name, void *argument)
{
	struct walk *walk = argument;
	struct nvmet_export *export = &walk->export;
	char any[8];
	int ret;

	memset(export, 0, sizeof(*export));
	export->hosts = strdup("");
	if (!export->hosts)
		return -ENOMEM;
	snprintf(export->nqn, sizeof(export->nqn), "%s", name);
	configfs_read(any, sizeof(any), NVMET_ROOT "/subsystems/%s/attr_allow_any_host", name);
	export->any = *any == '1';
	ret = configfs_each(add_host, export, NVMET_ROOT "/subsystems/%s/allowed_hosts", name);
	/* who may use it is in the answer, or there is none */
	if (ret != -ENOMEM)
		ret = configfs_each(each_namespace, walk, NVMET_ROOT "/subsystems/%s/namespaces",
				    name);
	free(export->hosts);
	return ret;
}

int nvmet_each(bool (*visit)(const struct nvmet_export *export, void *argument), void *argument)
{
	struct walk walk = { .visit = visit, .argument = argument };
	int ret = configfs_each(each_subsystem, &walk, NVMET_ROOT "/subsystems");

	return ret < 0 ? ret : 0;
}

/* ---- a disk ---- */

struct search {
	const char *device;
	char *nqn;
	bool found;
};

static bool is_served(const struct nvmet_export *export, void *argument)
{
	struct search *search = argument;

	if (strcmp(export->device, search->device))
		return true;
	search->found = true;
	snprintf(search->nqn, NVMET_NQN_LEN, "%s", export->nqn);
	return false;
}

bool nvmet_serves(const char *device, char nqn[NVMET_NQN_LEN])
{
	struct search search = { .device = device, .nqn = nqn };

	nvmet_each(is_served, &search);
	return search.found;
}

struct revalidation {
	const char *device;
	int error;
};

static bool revalidate(const struct nvmet_export *export, void *argument)
{
	struct revalidation *revalidation = argument;
	int ret;

	if (strcmp(export->device, revalidation->device) || !export->enabled)
		return true;
	ret = configfs_write("1\n", NVMET_ROOT "/subsystems/%s/namespaces/%u/revalidate_size",
			     export->nqn, export->nsid);
	if (ret)
		revalidation->error = ret;
	return true;
}

int nvmet_revalidate(const char *device)
{
	struct revalidation revalidation = { .device = device };
	int ret = nvmet_each(revalidate, &revalidation);

	return ret ? ret : revalidation.error;
}
