// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - why the module is not loaded
 *
 * The kernel tells only who loads it, with an errno that says little. What it will say can mostly
 * be seen before: in /lib/modules, in the module's file, and in what the kernel says of signatures.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "module.h"

#define MODULES		"/lib/modules"
#define SIGNED		"~Module signature appended~\n"
#define VERMAGIC	"vermagic="
#define RELEASE_LEN	128

/* ---- where it is ---- */

/* modules.dep has a line "path/srd.ko[.xz]: ..." for every module that modprobe could load. */
static bool find_by_depmod(const char *release, char path[PATH_MAX])
{
	char dep[PATH_MAX], *line = NULL;
	bool found = false;
	size_t size = 0;
	FILE *file;

	snprintf(dep, sizeof(dep), MODULES "/%s/modules.dep", release);
	file = fopen(dep, "re");
	if (!file)
		return false;
	while (!found && getline(&line, &size, file) > 0) {
		line[strcspn(line, ":")] = '\0';
		found = strstr(line, "/srd.ko");
	}
	if (found)
		snprintf(path, PATH_MAX, *line == '/' ? "%.0s%s" : MODULES "/%s/%s", release, line);
	free(line);
	fclose(file);
	return found;
}

/* Where make, dkms and distributions put it, whether depmod has run or not. */
static bool find_in_folders(const char *release, char path[PATH_MAX])
{
	static const char * const folders[] = {
		"updates/dkms", "updates", "extra", "kernel/drivers/block",
	};
	static const char * const suffixes[] = { "", ".xz", ".zst", ".gz" };
	unsigned int i, j;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		for (j = 0; j < sizeof(suffixes) / sizeof(suffixes[0]); j++) {
			snprintf(path, PATH_MAX, MODULES "/%s/%s/srd.ko%s", release, folders[i],
				 suffixes[j]);
			if (!access(path, F_OK))
				return true;
		}
	}
	return false;
}

/* Has this kernel a list of modules at all? In a container it mostly has none. */
static bool has_list(const char *release)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), MODULES "/%s/modules.dep", release);
	return !access(path, F_OK);
}

/* Another kernel than @release that it is installed for. */
static bool find_other(const char *release, char other[RELEASE_LEN])
{
	char path[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	DIR *folder;

	folder = opendir(MODULES);
	if (!folder)
		return false;
	while (!found && (entry = readdir(folder))) {
		if (*entry->d_name == '.' || !strcmp(entry->d_name, release))
			continue;
		found = find_by_depmod(entry->d_name, path) || find_in_folders(entry->d_name, path);
		if (found)
			snprintf(other, RELEASE_LEN, "%.*s", RELEASE_LEN - 1, entry->d_name);
	}
	closedir(folder);
	return found;
}

/* ---- what it is ---- */

/* What can be seen of a module's file. */
struct contents {
	bool known;			/* it is not compressed, and could be read */
	bool is_signed;
	char release[RELEASE_LEN];	/* of the kernel that it was built for; may be empty */
};

static void look_at(const char *data, size_t size, struct contents *contents)
{
	const char *magic = memmem(data, size, VERMAGIC, strlen(VERMAGIC));
	const char *end = data + size;
	size_t i;

	contents->known = size > 4 && !memcmp(data, "\177ELF", 4);
	contents->is_signed = size > strlen(SIGNED) &&
			      !memcmp(end - strlen(SIGNED), SIGNED, strlen(SIGNED));
	if (!magic)
		return;
	magic += strlen(VERMAGIC);
	for (i = 0; magic + i < end && i < RELEASE_LEN - 1 && magic[i] > ' '; i++)
		contents->release[i] = magic[i];
}

static void read_contents(const char *path, struct contents *contents)
{
	struct stat status;
	void *data;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (!fstat(fd, &status) && status.st_size > 0) {
		data = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (data != MAP_FAILED) {
			look_at(data, status.st_size, contents);
			munmap(data, status.st_size);
		}
	}
	close(fd);
}

/* ---- what the kernel takes ---- */

static bool file_has(const char *path, const char *word)
{
	char line[128] = "";
	FILE *file;

	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		*line = '\0';
	fclose(file);
	return strstr(line, word);
}

/* Why this kernel takes only modules that are signed; NULL: it takes any. */
static const char *needs_signature(void)
{
	if (file_has("/sys/kernel/security/lockdown", "[integrity]") ||
	    file_has("/sys/kernel/security/lockdown", "[confidentiality]"))
		return "it is locked down, as Secure Boot does";
	if (file_has("/sys/module/module/parameters/sig_enforce", "Y"))
		return "module.sig_enforce is set";
	return NULL;
}

/* ---- words ---- */

static void explain_missing(const char *release, char *text, size_t size)
{
	const char *how = access("/var/lib/dkms/srd", F_OK) ? "run make and make install" :
							      "run: dkms autoinstall";
	char other[RELEASE_LEN];

	if (find_other(release, other))
		snprintf(text, size,
			 "the module srd is installed for kernel %s, but this one is %s: build it for this one (%s), then run: modprobe srd",
			 other, release, how);
	else
		snprintf(text, size,
			 "the module srd is not installed for kernel %s: build and install it, then run: modprobe srd",
			 release);
}

static void explain_present(const char *release, const char *path, char *text, size_t size)
{
	const char *why = needs_signature();
	struct contents contents = { 0 };

	read_contents(path, &contents);
	if (contents.known && *contents.release && strcmp(contents.release, release))
		snprintf(text, size,
			 "the module srd (%s) was built for kernel %s, and this one is %s: build it again for this one",
			 path, contents.release, release);
	else if (why && contents.known && !contents.is_signed)
		snprintf(text, size,
			 "the module srd is not signed, and this kernel takes only what is (%s): sign %s with a key that it knows, then run: modprobe srd",
			 why, path);
	else if (why)
		snprintf(text, size,
			 "the module srd is not loaded (run: modprobe srd; if that is refused: this kernel takes only what is signed with a key that it knows, %s)",
			 why);
	else
		snprintf(text, size, "the module srd is not loaded (run: modprobe srd)");
}

void module_explain(char *text, size_t size)
{
	struct utsname system;
	char path[PATH_MAX];

	if (uname(&system) < 0)
		strcpy(system.release, "unknown");
	if (find_by_depmod(system.release, path))
		explain_present(system.release, path, text, size);
	else if (find_in_folders(system.release, path))
		snprintf(text, size,
			 "the module srd is installed, but modprobe does not know it yet (run: depmod, then: modprobe srd)");
	else if (has_list(system.release))
		explain_missing(system.release, text, size);
	else
		snprintf(text, size, "the module srd is not loaded (run: modprobe srd)");
}
