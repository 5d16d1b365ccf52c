// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl export, srdctl unexport - serve disks to other machines over NVMe, and serve them no more
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "configfs.h"
#include "holders.h"
#include "nvmet.h"
#include "verbs.h"

#define HOSTS_MAX	64
#define DEFAULT_ADDRESS	"127.0.0.1"
#define DEFAULT_PORT	"4420"
#define NQN_PREFIX	"nqn."

enum {
	OPTION_ALLOW_ANY = 256,
	OPTION_AUTH,
	OPTION_NQN,
	OPTION_TRANSPORT,
	OPTION_YES,
};

struct plan {
	struct nvmet_request request;
	const char *hosts[HOSTS_MAX];
	const char *key_file;
	char key[NVMET_KEY_LEN];
	bool yes;
};

/* ---- a disk ---- */

/*
 * What a far host knows the disk by. It must be another one when the disk is lost and made again,
 * or that host goes on as if an empty disk were the one it had; and it stays when the same disk is
 * served again. The kernel counts disks, and gives each of its starts a UUID by chance.
 */
static bool make_uuid(const char *name, char uuid[64])
{
	unsigned long long sequence, low;
	char boot[64], text[32];

	if (configfs_read(boot, sizeof(boot), "/proc/sys/kernel/random/boot_id") ||
	    configfs_read(text, sizeof(text), "/sys/block/%s/diskseq", name) ||
	    strlen(boot) != 36 || sscanf(text, "%llu", &sequence) != 1 ||
	    sscanf(boot + 24, "%12llx", &low) != 1)
		return false;
	snprintf(uuid, 64, "%.24s%012llx", boot, (low ^ sequence) & 0xffffffffffffULL);
	return true;
}

static void make_nqn(const struct device_disk *disk, char nqn[NVMET_NQN_LEN])
{
	char host[HOST_NAME_MAX + 1] = "";

	if (gethostname(host, sizeof(host) - 1) || !*host)
		strcpy(host, "localhost");
	snprintf(nqn, NVMET_NQN_LEN, "nqn.2026-11.local.srd:%s:%s", host,
		 *disk->info.label ? disk->info.label : disk->info.name);
}

static int set_ro(const struct device_disk *disk, int ro)
{
	int fd = open(disk->path, O_RDONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, BLKROSET, &ro))
		ret = -errno;
	close(fd);
	return ret;
}

/*
 * The kernel's target opens a disk for writing or not at all. A snapshot refuses writes whether it
 * is called read-only or not, and so it is not called that for the moment in which it is opened; a
 * disk that is only called read-only would take them.
 */
static int serve_read_only(const struct device *dev, const struct device_disk *disk,
			   const struct nvmet_request *request, char *text, size_t size)
{
	struct device_disk now;
	int ret, back;

	ret = set_ro(disk, 0);
	if (!ret)
		ret = device_get(dev, disk->info.number, &now);
	if (!ret && !(now.info.state & SRD_STATE_READ_ONLY)) {
		snprintf(text, size,
			 "it was only marked as read-only, which does not stop the target: serve a snapshot of it");
		ret = -EROFS;
	} else if (ret) {
		snprintf(text, size, "it cannot be opened: %s", strerror(-ret));
	} else {
		ret = nvmet_export(request, text, size);
	}
	back = set_ro(disk, 1);
	if (back)
		verb_warn("%s: it is not marked as read-only any more: %s", disk->info.name,
			  strerror(-back));
	return ret;
}

/* What is in use here must not be written by another machine; udev and the like only pass by. */
static bool is_free(const struct device *dev, const struct device_disk *disk)
{
	struct holders holders = { 0 };
	struct device_disk now = *disk;
	char nqn[NVMET_NQN_LEN];
	int attempt = 0;

	if (nvmet_serves(disk->path, nqn)) {
		verb_warn("%s: it is served already, as %s (see: srdctl help unexport)",
			  disk->info.name, nqn);
		return false;
	}
	if (disk->info.state & SRD_STATE_READ_ONLY)
		return true;
	while (now.info.openers && holders_wait(disk, attempt++, &holders)) {
		if (device_get(dev, disk->info.number, &now) || !device_is_there(disk)) {
			verb_warn("%s: it was removed meanwhile", disk->info.name);
			holders_free(&holders);
			return false;
		}
	}
	if (now.info.openers)
		verb_warn("%s: busy: %s (free it first, or serve a snapshot)", disk->info.name,
			  holders_text(&holders));
	holders_free(&holders);
	return !now.info.openers;
}

static bool serve(const struct device *dev, const struct device_disk *disk, void *argument)
{
	struct nvmet_request request = ((const struct plan *)argument)->request;
	char text[NVMET_TEXT_LEN] = "no memory left for it", nqn[NVMET_NQN_LEN], uuid[64];
	int ret;

	if (!is_free(dev, disk))
		return false;
	if (!request.nqn) {
		make_nqn(disk, nqn);
		request.nqn = nqn;
	}
	request.device = disk->path;
	request.uuid = uuid;
	if (!make_uuid(disk->info.name, uuid)) {
		verb_warn("%s: this kernel does not count its disks (diskseq)", disk->info.name);
		return false;
	}
	if (disk->info.state & SRD_STATE_READ_ONLY)
		ret = serve_read_only(dev, disk, &request, text, sizeof(text));
	else
		ret = nvmet_export(&request, text, sizeof(text));
	if (ret) {
		verb_warn("%s: %s", disk->info.name, text);
		return false;
	}
	printf("nvme connect --transport=tcp --traddr=%s --trsvcid=%s --nqn=%s\n", request.address,
	       request.port, request.nqn);
	return true;
}

/* ---- options ---- */

static bool check_nqn(const struct verb *verb, const char *what, const char *nqn)
{
	const char *c = nqn;

	while (*c > ' ' && *c < 0x7f && *c != '/')
		c++;
	if (!*c && !strncmp(nqn, NQN_PREFIX, strlen(NQN_PREFIX)) && strlen(nqn) < NVMET_NQN_LEN)
		return true;
	verb_usage(verb, "%s: %s '%s' is not an NQN such as nqn.2014-08.org.nvmexpress:uuid:...",
		   verb->name, what, nqn);
	return false;
}

static bool set_option(const struct verb *verb, int option, struct plan *plan)
{
	struct nvmet_request *request = &plan->request;
	uint32_t port;

	switch (option) {
	case 'a':
		request->address = optarg;
		return true;
	case 'p':
		request->port = optarg;
		return verb_number(verb, "port", optarg, 65535, &port);
	case 'A':
		if (request->host_count == HOSTS_MAX) {
			verb_usage(verb, "export: at most %d hosts", HOSTS_MAX);
			return false;
		}
		plan->hosts[request->host_count++] = optarg;
		return check_nqn(verb, "host", optarg);
	case OPTION_ALLOW_ANY:
		request->any = true;
		return true;
	case OPTION_AUTH:
		plan->key_file = optarg;
		return true;
	case OPTION_NQN:
		request->nqn = optarg;
		return check_nqn(verb, "name", optarg);
	case OPTION_TRANSPORT:
		if (!strcmp(optarg, "tcp"))
			return true;
		verb_usage(verb, "export: transport '%s' is not tcp, the only one", optarg);
		return false;
	case OPTION_YES:
		plan->yes = true;
		return true;
	default:
		return false;
	}
}

/* Sets the family of the address, too; returns whether only this machine can reach it. */
static bool check_address(const struct verb *verb, struct nvmet_request *request, bool *loopback)
{
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, request->address, &four) == 1) {
		request->family = "ipv4";
		*loopback = ntohl(four.s_addr) >> 24 == 127;
	} else if (inet_pton(AF_INET6, request->address, &six) == 1) {
		request->family = "ipv6";
		*loopback = IN6_IS_ADDR_LOOPBACK(&six);
	} else {
		verb_usage(verb, "export: '%s' is not an address such as 192.0.2.1 or 2001:db8::1",
			   request->address);
		return false;
	}
	return true;
}

static bool check(const struct verb *verb, struct plan *plan, int disks)
{
	struct nvmet_request *request = &plan->request;
	bool loopback;

	if (!check_address(verb, request, &loopback))
		return false;
	if (!disks)
		verb_usage(verb, "export: say which disks");
	else if (request->nqn && disks > 1)
		verb_usage(verb, "export: one name (--nqn) is for one disk");
	else if (request->any && request->host_count)
		verb_usage(verb, "export: --allow and --allow-any exclude each other");
	else if (!request->any && !request->host_count)
		verb_usage(verb, "export: nobody could use it: say who may, with --allow HOSTNQN");
	else if (request->any && plan->key_file)
		verb_usage(verb, "export: a key (--auth) is of hosts that --allow names");
	else if (request->any && !loopback && !plan->yes)
		verb_usage(verb,
			   "export: everyone who reaches %s could read and write it: if that is meant, add --yes",
			   request->address);
	else
		return true;
	return false;
}

static bool read_key(struct plan *plan)
{
	int ret = configfs_read(plan->key, sizeof(plan->key), "%s", plan->key_file);

	if (ret)
		verb_warn("%s: %s", plan->key_file, strerror(-ret));
	else if (strncmp(plan->key, "DHHC-1:", 7) || strlen(plan->key) >= NVMET_KEY_LEN - 1)
		verb_warn("%s: not a key as nvme gen-dhchap-key makes one: it begins with DHHC-1:",
			  plan->key_file);
	else
		return true;
	return false;
}

static int run_export(const struct verb *verb, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "address",	required_argument,	NULL, 'a' },
		{ "allow",	required_argument,	NULL, 'A' },
		{ "allow-any",	no_argument,		NULL, OPTION_ALLOW_ANY },
		{ "auth",	required_argument,	NULL, OPTION_AUTH },
		{ "help",	no_argument,		NULL, 'h' },
		{ "nqn",	required_argument,	NULL, OPTION_NQN },
		{ "port",	required_argument,	NULL, 'p' },
		{ "transport",	required_argument,	NULL, OPTION_TRANSPORT },
		{ "yes",	no_argument,		NULL, OPTION_YES },
		{ 0 }
	};
	struct plan plan = { .request = { .address = DEFAULT_ADDRESS, .port = DEFAULT_PORT } };
	char text[NVMET_TEXT_LEN];
	struct device dev;
	int option, status;

	while ((option = verb_getopt(verb, argc, argv, ":a:A:hp:", long_options)) != -1) {
		if (!set_option(verb, option, &plan))
			return EXIT_USAGE;
	}
	plan.request.hosts = plan.hosts;
	if (!check(verb, &plan, argc - optind))
		return EXIT_USAGE;
	if (plan.key_file) {
		if (!read_key(&plan))
			return EXIT_FAILURE;
		plan.request.key = plan.key;
	}
	if (!verb_open(&dev, DEVICE_CHANGE))
		return EXIT_FAILURE;
	status = EXIT_FAILURE;
	if (nvmet_load(text, sizeof(text)))
		verb_warn("export: %s", text);
	else
		status = verb_each(&dev, argv + optind, argc - optind, serve, &plan);
	device_close(&dev);
	return status;
}

const struct verb verb_export = {
	.name = "export",
	.usage = "[OPTIONS] DEV... --allow HOSTNQN... | --allow-any",
	.summary = "serve disks to other machines, over NVMe/TCP",
	.options =
		" -a, --address A      where it is served (127.0.0.1)\n"
		" -p, --port P         TCP port (4420)\n"
		" -A, --allow HOSTNQN  who may use it; may be repeated\n"
		"     --allow-any      everyone who can reach the address may\n"
		"     --yes            also where that is not this machine alone\n"
		"     --auth FILE      those who may have to know the key in that file\n"
		"     --nqn NQN        its name in the network\n"
		"     --transport tcp  how it is reached\n",
	.note =
		"Prints, for each disk, what to run on the other machine. A machine's HOSTNQN is\n"
		"in its /etc/nvme/hostnqn; nvme gen-dhchap-key makes a key. Names are by default\n"
		"nqn.2026-11.local.srd:HOST:LABEL. A snapshot can be read, and not written.\n"
		"It lasts until unexport or the machine's end; until then remove says busy.\n",
	.run = run_export,
};

/* ---- no more ---- */

struct unserve {
	const char *nqn;	/* NULL: any */
	const char *device;	/* NULL: any */
	unsigned int found;
	bool failed;
};

static bool find_one(const struct nvmet_export *export, void *argument)
{
	struct nvmet_export *found = argument;

	if ((*found->nqn && strcmp(found->nqn, export->nqn)) ||
	    (*found->device && strcmp(found->device, export->device)) ||
	    strncmp(export->device, "/dev/srd", strlen("/dev/srd")))
		return true;
	*found = *export;
	return false;
}

/* One after another: what was found is not valid any more when something is taken away. */
static bool unserve(const char *nqn, const char *device, unsigned int *count)
{
	struct nvmet_export found;
	int ret;

	for (;; (*count)++) {
		memset(&found, 0, sizeof(found));
		snprintf(found.nqn, sizeof(found.nqn), "%s", nqn);
		snprintf(found.device, sizeof(found.device), "%s", device);
		ret = nvmet_each(find_one, &found);
		if (ret) {
			verb_failed(NVMET_ROOT, ret, NULL);
			return false;
		}
		if (!found.nsid)
			return true;
		ret = nvmet_unexport(found.nqn, found.device);
		if (ret) {
			verb_failed(found.nqn, ret, NULL);
			return false;
		}
	}
}

/* A disk that was removed by force is served still, by its name. */
static bool unserve_named(const struct device *dev, const char *what)
{
	const char *nqn = "", *device = what;
	struct device_disk disk;
	unsigned int count = 0;
	char path[64];
	int ret;

	if (!strncmp(what, NQN_PREFIX, strlen(NQN_PREFIX))) {
		nqn = what;
		device = "";
	} else {
		ret = device_find(dev, what, &disk);
		if (!ret)
			device = disk.path;
		else if (ret != -ENODEV && ret != -ENOTBLK)
			return !verb_failed(what, ret, NULL);
		snprintf(path, sizeof(path), "%s%s", *device == '/' ? "" : "/dev/", device);
		device = path;
	}
	if (!unserve(nqn, device, &count))
		return false;
	if (!count)
		verb_warn("%s: it is not served (see: srdctl exports)", what);
	return count;
}

static int run_unexport(const struct verb *verb, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "all",	no_argument, NULL, 'a' },
		{ "help",	no_argument, NULL, 'h' },
		{ 0 }
	};
	int option, i, status = EXIT_SUCCESS;
	unsigned int count = 0;
	struct device dev;
	bool all = false;

	while ((option = verb_getopt(verb, argc, argv, ":ah", long_options)) != -1) {
		if (option != 'a')
			return EXIT_USAGE;
		all = true;
	}
	if (all == (optind < argc))
		return verb_usage(verb, "unexport: say which disks, or --all");
	if (all)
		return unserve("", "", &count) ? EXIT_SUCCESS : EXIT_FAILURE;
	if (!verb_open(&dev, DEVICE_CHANGE))
		return EXIT_FAILURE;
	for (i = optind; i < argc; i++) {
		if (!unserve_named(&dev, argv[i]))
			status = EXIT_FAILURE;
	}
	device_close(&dev);
	return status;
}

const struct verb verb_unexport = {
	.name = "unexport",
	.usage = "DEV... | NQN... | --all",
	.summary = "serve disks no more",
	.options =
		" -a, --all            all that are served\n",
	.note =
		"Machines that use such a disk lose it, as if it had failed: unmount it there and\n"
		"run nvme disconnect first.\n",
	.run = run_unexport,
};
