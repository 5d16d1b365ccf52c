// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - the kernel's NVMe target: what nvmetcli restores it from
 */
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "configfs.h"
#include "nvmet.h"
#include "nvmet_save.h"

/* What is being written, and where below NVMET_ROOT it is found. */
struct save {
	FILE *out;
	bool first;		/* of a list */
	char path[PATH_MAX];
};

static void put_string(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++) {
		if ((unsigned char)*text < ' ')
			fprintf(out, "\\u%04x", *text);
		else
			fprintf(out, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
	}
	putc('"', out);
}

static void separate(struct save *save)
{
	fputs(save->first ? "" : ", ", save->out);
	save->first = false;
}

/* Attributes GROUP_NAME of a folder become "GROUP": {"NAME": "value", ...}. */
static void put_attributes(struct save *save, const char *group, const char * const *names)
{
	char value[PATH_MAX];

	separate(save);
	fprintf(save->out, "\"%s\": {", group);
	save->first = true;
	for (; *names; names++) {
		if (configfs_read(value, sizeof(value), "%s/%s_%s", save->path, group, *names))
			continue;
		separate(save);
		fprintf(save->out, "\"%s\": ", *names);
		put_string(save->out, value);
	}
	putc('}', save->out);
	save->first = false;
}

static int put_name(const char *name, void *argument)
{
	struct save *save = argument;

	separate(save);
	put_string(save->out, name);
	return 0;
}

/* What is in a folder becomes "KEY": [...], each of it by @put. */
static int put_list(struct save *save, const char *key, const char *folder,
		    int (*put)(const char *name, void *argument))
{
	int ret;

	separate(save);
	fprintf(save->out, "\"%s\": [", key);
	save->first = true;
	ret = configfs_each(put, save, "%s/%s", save->path, folder);
	putc(']', save->out);
	save->first = false;
	return ret;
}

/* Goes down into a folder, and back to where it was. */
static size_t enter(struct save *save, const char *folder, const char *name)
{
	size_t length = strlen(save->path);

	snprintf(save->path + length, sizeof(save->path) - length, "/%s/%s", folder, name);
	separate(save);
	fputs("{", save->out);
	save->first = true;
	return length;
}

static void leave(struct save *save, size_t length)
{
	save->path[length] = '\0';
	fputs("}", save->out);
	save->first = false;
}

static int put_host(const char *name, void *argument)
{
	struct save *save = argument;

	separate(save);
	fputs("{\"nqn\": ", save->out);
	put_string(save->out, name);
	fputs("}", save->out);
	return 0;
}

static int put_namespace(const char *name, void *argument)
{
	static const char * const device[] = { "nguid", "path", "uuid", NULL };
	struct save *save = argument;
	size_t length = enter(save, "namespaces", name);
	char enabled[8];

	fprintf(save->out, "\"nsid\": %lu", strtoul(name, NULL, 10));
	configfs_read(enabled, sizeof(enabled), "%s/enable", save->path);
	fprintf(save->out, ", \"enable\": %d", *enabled == '1');
	save->first = false;
	put_attributes(save, "device", device);
	leave(save, length);
	return 0;
}

static int put_subsystem(const char *name, void *argument)
{
	static const char * const attributes[] = { "allow_any_host", "serial", NULL };
	struct save *save = argument;
	size_t length = enter(save, "subsystems", name);
	int ret;

	fputs("\"nqn\": ", save->out);
	put_string(save->out, name);
	save->first = false;
	put_attributes(save, "attr", attributes);
	ret = put_list(save, "allowed_hosts", "allowed_hosts", put_name);
	if (!ret)
		ret = put_list(save, "namespaces", "namespaces", put_namespace);
	leave(save, length);
	return ret;
}

static int put_port(const char *name, void *argument)
{
	static const char * const address[] = {
		"adrfam", "traddr", "treq", "trsvcid", "trtype", NULL
	};
	struct save *save = argument;
	size_t length = enter(save, "ports", name);
	int ret;

	fprintf(save->out, "\"portid\": %lu", strtoul(name, NULL, 10));
	save->first = false;
	put_attributes(save, "addr", address);
	ret = put_list(save, "subsystems", "subsystems", put_name);
	leave(save, length);
	return ret;
}

int nvmet_save(FILE *out)
{
	struct save save = { .out = out, .first = true, .path = NVMET_ROOT };
	int ret;

	fputs("{", out);
	ret = put_list(&save, "hosts", "hosts", put_host);
	if (!ret)
		ret = put_list(&save, "subsystems", "subsystems", put_subsystem);
	if (!ret)
		ret = put_list(&save, "ports", "ports", put_port);
	fputs("}\n", out);
	return ret;
}
