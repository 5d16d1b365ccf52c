// SPDX-License-Identifier: GPL-2.0
/*
 * promises - a program that a file system promises things, and the check that it kept them
 *
 * usage: promises work|careless ROUNDS
 *        promises check
 *
 * For srd-crashtest: works in the current folder, and notes in the file `log` in $SRD_RECORD what
 * it is about to change and, once the call has returned that makes it last, what it was promised.
 *
 *	new	a file with its content: fsync() of it and of its folder
 *	gone	no such file any more: fsync() of the folder
 *	slot	a file in the place of another: fsync(), rename(), fsync() of the folder
 *	block	a block in the middle of a file: fdatasync()
 *	tail	what was appended: O_SYNC
 *
 * `careless` does as many programs do, and forgets the fsync() of the file that it renames. It
 * takes for granted what it has not been promised, and the check has to find that out.
 */
#include <sys/stat.h>

#include "data.h"

#define NEW_MOST	4096
#define SLOTS		4
#define BLOCKS		16
#define BLOCK		4096U
#define TAIL		150U	/* bytes of one that is appended: not of a block */
#define CONTENT_MOST	20000U

enum kind { NEW, GONE, SLOT, BLOCK_KIND, TAIL_KIND, KINDS };

static const char *const kinds[KINDS] = { "new", "gone", "slot", "block", "tail" };

/* What the log says of a thing: the newest version that is promised, and that may be there. */
struct thing {
	unsigned int done;
	unsigned int will;
};

static struct thing things[KINDS][NEW_MOST];

/* ---- content ---- */

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 29)) * 0x9e3779b97f4a7c15ULL;
	return x ^ (x >> 32);
}

static uint64_t key_of(enum kind kind, unsigned int id, unsigned int version)
{
	return mix(mix(kind * 1000003ULL + id) + version);
}

static unsigned int length_of(enum kind kind, unsigned int id, unsigned int version)
{
	return kind == NEW || kind == SLOT ? 1 + key_of(kind, id, version) % CONTENT_MOST :
	       kind == BLOCK_KIND ? BLOCK : TAIL;
}

/* No byte is 0: what was never written is found. */
static void fill(unsigned char *data, enum kind kind, unsigned int id, unsigned int version)
{
	unsigned int i, length = length_of(kind, id, version);
	uint64_t key = key_of(kind, id, version);

	for (i = 0; i < length; i++)
		data[i] = mix(key + i) % 255 + 1;
}

/* ---- the log ---- */

static const char *log_path(void)
{
	static char path[4096];
	const char *folder = getenv("SRD_RECORD");

	if (!folder)
		die("SRD_RECORD is not set: this is for srd-crashtest");
	snprintf(path, sizeof(path), "%s/log", folder);
	return path;
}

static void note(const char *what, enum kind kind, unsigned int id, unsigned int version)
{
	static int fd = -1;
	char line[64];
	int length;

	if (fd < 0)
		fd = open(log_path(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	length = snprintf(line, sizeof(line), "%s %s %u %u\n", what, kinds[kind], id, version);
	if (fd < 0 || write(fd, line, length) != length || fsync(fd))
		die("%s: %s", log_path(), strerror(errno));
}

static void will(enum kind kind, unsigned int id, unsigned int version)
{
	things[kind][id].will = version;
	note("will", kind, id, version);
}

static void done(enum kind kind, unsigned int id, unsigned int version)
{
	things[kind][id].done = version;
	note("done", kind, id, version);
}

static enum kind kind_of(const char *name)
{
	int kind;

	for (kind = 0; kind < KINDS; kind++) {
		if (!strcmp(kinds[kind], name))
			return kind;
	}
	die("the log has a '%s'", name);
}

static void read_log(void)
{
	FILE *file = fopen(log_path(), "r");
	unsigned int id, version;
	char what[8], name[8];
	enum kind kind;

	/* killed before the first */
	if (!file)
		return;
	while (fscanf(file, "%7s %7s %u %u", what, name, &id, &version) == 4) {
		kind = kind_of(name);
		if (id >= NEW_MOST)
			die("the log has a %s %u", name, id);
		things[kind][id].will = version;
		if (!strcmp(what, "done"))
			things[kind][id].done = version;
	}
	fclose(file);
}

/* ---- work ---- */

static void lasts(int fd, const char *what)
{
	if (fsync(fd))
		die("fsync of %s: %s", what, strerror(errno));
}

static void folder_lasts(void)
{
	int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		die(".: %s", strerror(errno));
	lasts(fd, "the folder");
	close(fd);
}

static int create(const char *path, int flags)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);

	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	return fd;
}

static void put(int fd, enum kind kind, unsigned int id, unsigned int version, off_t pos)
{
	static unsigned char data[CONTENT_MOST];
	unsigned int length = length_of(kind, id, version);

	fill(data, kind, id, version);
	if (pos < 0 ? write(fd, data, length) != length : pwrite(fd, data, length, pos) != length)
		die("write of %s %u: %s", kinds[kind], id, strerror(errno));
}

static void make_new(unsigned int id, bool careful)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "new-%u", id);
	fd = create(careful ? path : "new", O_TRUNC);
	put(fd, NEW, id, 1, 0);
	if (careful)
		lasts(fd, path);
	else if (rename("new", path))
		die("rename: %s", strerror(errno));
	close(fd);
	folder_lasts();
	done(NEW, id, 1);
}

static void remove_new(unsigned int id)
{
	char path[32];

	if (!things[NEW][id].done || things[GONE][id].done)
		return;
	will(GONE, id, 1);
	snprintf(path, sizeof(path), "new-%u", id);
	if (unlink(path))
		die("%s: %s", path, strerror(errno));
	folder_lasts();
	done(GONE, id, 1);
}

static void replace_slot(unsigned int id)
{
	unsigned int version = things[SLOT][id].will + 1;
	char path[32];
	int fd;

	will(SLOT, id, version);
	snprintf(path, sizeof(path), "slot-%u", id);
	fd = create("slot", O_TRUNC);
	put(fd, SLOT, id, version, 0);
	lasts(fd, "slot");
	close(fd);
	if (rename("slot", path))
		die("rename: %s", strerror(errno));
	folder_lasts();
	done(SLOT, id, version);
}

static void overwrite_block(unsigned int id)
{
	unsigned int version = things[BLOCK_KIND][id].will + 1;
	static bool named;
	int fd = create("blocks", 0);

	if (!named)
		folder_lasts();
	named = true;
	will(BLOCK_KIND, id, version);
	put(fd, BLOCK_KIND, id, version, id * BLOCK);
	if (fdatasync(fd))
		die("fdatasync: %s", strerror(errno));
	close(fd);
	done(BLOCK_KIND, id, version);
}

static void append_tail(void)
{
	unsigned int version = things[TAIL_KIND][0].will + 1;
	int fd = create("tail", O_APPEND | O_SYNC);

	/* O_SYNC is about the file, not about its name */
	if (version == 1)
		folder_lasts();
	will(TAIL_KIND, 0, version);
	put(fd, TAIL_KIND, 0, version, -1);
	close(fd);
	done(TAIL_KIND, 0, version);
}

/* All of them once, one after another by chance then. */
static void one_round(unsigned int round, uint64_t chance)
{
	switch (round < 5 ? round : chance % 5) {
	case 0:
		make_new(round, true);
		break;
	case 1:
		append_tail();
		break;
	case 2:
		replace_slot(chance / 8 % SLOTS);
		break;
	case 3:
		overwrite_block(chance / 8 % BLOCKS);
		break;
	default:
		remove_new(chance / 8 % round);
	}
}

static int work(unsigned int rounds, bool careful)
{
	const char *seed = getenv("SRD_SEED");
	unsigned int round;

	if (rounds > NEW_MOST)
		die("at most %d rounds", NEW_MOST);
	for (round = 0; round < rounds; round++) {
		if (careful)
			one_round(round, mix(mix(seed ? number(seed) : 0) + round));
		else
			make_new(round, false);
	}
	return 0;
}

/* ---- the check ---- */

static unsigned int broken;

static void __attribute__((format(printf, 1, 2))) is_broken(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	broken++;
}

/* Reads a file; returns its length, or -1 when there is none. */
static ssize_t get(const char *path, unsigned char *data, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0 && errno == ENOENT)
		return -1;
	length = fd < 0 ? -1 : read(fd, data, size);
	if (length < 0)
		die("%s: %s", path, strerror(errno));
	close(fd);
	return length;
}

static bool holds(const unsigned char *data, ssize_t length, enum kind kind, unsigned int id,
		  unsigned int version)
{
	static unsigned char wanted[CONTENT_MOST];

	fill(wanted, kind, id, version);
	return length == length_of(kind, id, version) && !memcmp(data, wanted, length);
}

static void check_new(unsigned int id)
{
	static unsigned char data[CONTENT_MOST + 1];
	bool may_be_gone = things[GONE][id].will;
	ssize_t length;
	char path[32];

	snprintf(path, sizeof(path), "new-%u", id);
	length = get(path, data, sizeof(data));
	if (length < 0 && !may_be_gone)
		is_broken("%s is not there", path);
	else if (length >= 0 && things[GONE][id].done)
		is_broken("%s is there again", path);
	else if (length >= 0 && !holds(data, length, NEW, id, 1))
		is_broken("%s has %zd bytes, not the %u of its own", path, length,
			  length_of(NEW, id, 1));
}

static void check_slot(unsigned int id)
{
	static unsigned char data[CONTENT_MOST + 1];
	const struct thing *slot = &things[SLOT][id];
	unsigned int version;
	ssize_t length;
	char path[32];

	snprintf(path, sizeof(path), "slot-%u", id);
	length = get(path, data, sizeof(data));
	if (length < 0) {
		if (slot->done)
			is_broken("%s is not there", path);
		return;
	}
	for (version = slot->done ? slot->done : 1; version <= slot->will; version++) {
		if (holds(data, length, SLOT, id, version))
			return;
	}
	is_broken("%s has %zd bytes, of none of its versions %u to %u", path, length, slot->done,
		  slot->will);
}

/* Each sector of it is of a version from the one promised to the one under way. */
static void check_block(const unsigned char *data, ssize_t length, unsigned int id)
{
	const struct thing *block = &things[BLOCK_KIND][id];
	static unsigned char wanted[BLOCK];
	unsigned int version, sector;
	bool good[BLOCK / SECTOR] = { };

	if (!block->done)
		return;
	if (length < (ssize_t)(id + 1) * BLOCK) {
		is_broken("the file of blocks has %zd bytes, without block %u", length, id);
		return;
	}
	for (version = block->done; version <= block->will; version++) {
		fill(wanted, BLOCK_KIND, id, version);
		for (sector = 0; sector < BLOCK / SECTOR; sector++)
			good[sector] |= !memcmp(data + id * BLOCK + sector * SECTOR,
						wanted + sector * SECTOR, SECTOR);
	}
	for (sector = 0; sector < BLOCK / SECTOR; sector++) {
		if (!good[sector]) {
			is_broken("block %u is of none of its versions %u to %u", id, block->done,
				  block->will);
			return;
		}
	}
}

static void check_blocks(void)
{
	static unsigned char data[BLOCKS * BLOCK];
	ssize_t length = get("blocks", data, sizeof(data));
	unsigned int id;

	for (id = 0; id < BLOCKS; id++)
		check_block(data, length, id);
}

static void check_tail(void)
{
	static unsigned char data[NEW_MOST * TAIL];
	ssize_t length = get("tail", data, sizeof(data));
	unsigned int i, promised = things[TAIL_KIND][0].done;

	if (length < (ssize_t)(promised * TAIL)) {
		is_broken("the tail has %zd bytes, not the %u promised", length, promised * TAIL);
		return;
	}
	for (i = 0; i < promised; i++) {
		if (!holds(data + i * TAIL, TAIL, TAIL_KIND, 0, i + 1))
			is_broken("piece %u of the tail is not what was appended", i + 1);
	}
}

static int check(void)
{
	unsigned int id;

	read_log();
	for (id = 0; id < NEW_MOST; id++) {
		if (things[NEW][id].done)
			check_new(id);
	}
	for (id = 0; id < SLOTS; id++)
		check_slot(id);
	check_blocks();
	if (things[TAIL_KIND][0].done)
		check_tail();
	return broken ? 1 : 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "check"))
		return check();
	if (argc == 3 && !strcmp(argv[1], "work"))
		return work(number(argv[2]), true);
	if (argc == 3 && !strcmp(argv[1], "careless"))
		return work(number(argv[2]), false);
	die("usage: promises work|careless ROUNDS, or promises check");
}
