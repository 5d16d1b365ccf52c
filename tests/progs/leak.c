// SPDX-License-Identifier: GPL-2.0
/*
 * leak - whether memory shows what it held before
 *
 * usage: leak memory SEED LENGTH	fill as much memory with a pattern, and give it back
 *        leak write SEED DEVICE	fill a disk with it
 *        leak zeroes DEVICE		a disk reads as zeroes
 *        leak sectors DEVICE		so does what surrounds a sector written in each page
 *        leak window NODE LENGTH	and what surrounds a byte that was stored in each page
 *        leak words WORD LENGTH	fill memory with that number of 32 bits alone
 *        leak count SEED		pages of this machine that have a sector of the pattern
 *
 * What a seed's pattern is cannot be found in this program, nor in its buffers when it ends. SEED
 * is a number. Exit status 1, and where, if anything is found.
 */
#include <elf.h>
#include <sys/mman.h>

#include "data.h"

#define CHUNK	(1U << 20)
#define WORDS	8	/* that repeat; so many of each sector are looked at */

static uint64_t word(uint64_t seed, unsigned int i)
{
	return (seed + 1) * 0x9e3779b97f4a7c15ULL ^ (i % WORDS) * 0xbf58476d1ce4e5b9ULL;
}

static void fill(uint64_t *to, size_t len, uint64_t seed)
{
	size_t i;

	for (i = 0; i < len / sizeof(*to); i++)
		to[i] = word(seed, i);
}

/* For memory that is about to be given back. */
static void forget(void *p, size_t len)
{
	memset(p, 0, len);
	__asm__ volatile("" : : "r"(p) : "memory");
}

static void *memory(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("no memory");
	return p;
}

static void fill_memory(uint64_t seed, size_t len)
{
	void *p = memory(len);

	fill(p, len, seed);
	munmap(p, len);
}

static void fill_words(uint32_t word, size_t len)
{
	uint32_t *p = memory(len);
	size_t i;

	for (i = 0; i < len / sizeof(*p); i++)
		p[i] = word;
	munmap(p, len);
}

static void fill_disk(uint64_t seed, const char *path)
{
	int fd = open_disk(path, O_DIRECT);
	uint64_t pos, size = disk_size(fd);
	void *buf = io_buffer(CHUNK);

	fill(buf, CHUNK, seed);
	for (pos = 0; pos < size; pos += CHUNK)
		write_all(fd, buf, CHUNK, pos);
	forget(buf, CHUNK);
}

static void expect_zeroes(const uint8_t *buf, size_t len, uint64_t pos)
{
	size_t i;

	if (all_zero(buf, len))
		return;
	for (i = 0; !buf[i]; i++)
		;
	die("at %llu there is %#x", (unsigned long long)pos + i, buf[i]);
}

static void expect_disk_zeroes(const char *path)
{
	int fd = open_disk(path, O_DIRECT);
	uint64_t pos, size = disk_size(fd);
	uint8_t *buf = io_buffer(CHUNK);

	for (pos = 0; pos < size; pos += CHUNK) {
		read_all(fd, buf, CHUNK, pos);
		expect_zeroes(buf, CHUNK, pos);
	}
}

static void around_sectors(const char *path)
{
	int fd = open_disk(path, O_DIRECT);
	uint64_t pos, size = disk_size(fd);
	uint8_t *buf = io_buffer(CHUNK);
	size_t page, at;

	for (pos = 0; pos < size; pos += PAGE) {
		memset(buf, 1, SECTOR);
		write_all(fd, buf, SECTOR, pos + pos / PAGE % (PAGE / SECTOR) * SECTOR);
	}
	for (pos = 0; pos < size; pos += CHUNK) {
		read_all(fd, buf, CHUNK, pos);
		for (page = 0; page < CHUNK; page += PAGE) {
			at = page + (pos + page) / PAGE % (PAGE / SECTOR) * SECTOR;
			if (buf[at] != 1)
				die("at %llu is something else", (unsigned long long)pos + at);
			memset(buf + at, 0, SECTOR);
		}
		expect_zeroes(buf, CHUNK, pos);
	}
}

static void around_bytes(const char *path, size_t len)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	uint8_t *map;
	size_t page;

	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		die("mmap of %s: %s", path, strerror(errno));
	for (page = 0; page < len; page += PAGE)
		map[page + 17] = 1;
	for (page = 0; page < len; page += PAGE) {
		expect_zeroes(map + page, 17, page);
		expect_zeroes(map + page + 18, PAGE - 18, page + 18);
	}
}

/* ---- the machine's memory, as /proc/kcore shows it ---- */

/* Does a sector of this page begin with the pattern? */
static bool has_pattern(const uint8_t *page, uint64_t seed)
{
	const uint64_t *words;
	unsigned int i;
	size_t at;

	for (at = 0; at < PAGE; at += SECTOR) {
		words = (const uint64_t *)(page + at);
		for (i = 0; i < WORDS && words[i] == word(seed, i); i++)
			;
		if (i == WORDS)
			return true;
	}
	return false;
}

static unsigned long count_chunk(uint8_t *buf, size_t len, uint64_t seed)
{
	unsigned long found = 0;
	size_t page;

	for (page = 0; page + PAGE <= len; page += PAGE)
		found += has_pattern(buf + page, seed);
	/* What is read must not be found again where it was read into. */
	if (found)
		forget(buf, len);
	return found;
}

static unsigned long count_segment(int fd, const Elf64_Phdr *phdr, uint8_t *buf, uint64_t seed)
{
	unsigned long found = 0;
	uint64_t at, len;

	for (at = 0; at < phdr->p_filesz; at += CHUNK) {
		len = phdr->p_filesz - at < CHUNK ? phdr->p_filesz - at : CHUNK;
		read_all(fd, buf, len, phdr->p_offset + at);
		found += count_chunk(buf, len, seed);
	}
	return found;
}

/* The segments of RAM are those that have a physical address, but for the kernel's own text. */
static bool is_ram(const Elf64_Phdr *phdr)
{
	const uint64_t text = 0xffffffff80000000ULL;

	return phdr->p_type == PT_LOAD && phdr->p_paddr && phdr->p_paddr != UINT64_MAX &&
	       phdr->p_vaddr < text;
}

static unsigned long count_memory(uint64_t seed)
{
	int fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	uint8_t *buf = io_buffer(CHUNK);
	unsigned long found = 0;
	uint64_t seen = 0;
	Elf64_Ehdr head;
	Elf64_Phdr phdr;
	int i;

	if (fd < 0)
		die("/proc/kcore: %s", strerror(errno));
	read_all(fd, &head, sizeof(head), 0);
	for (i = 0; i < head.e_phnum; i++) {
		read_all(fd, &phdr, sizeof(phdr), head.e_phoff + i * sizeof(phdr));
		if (!is_ram(&phdr))
			continue;
		seen += phdr.p_filesz;
		found += count_segment(fd, &phdr, buf, seed);
	}
	fprintf(stderr, "%llu MiB of memory were looked at\n", (unsigned long long)seen >> 20);
	return found;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (argc == 4 && !strcmp(what, "memory"))
		fill_memory(number(argv[2]), number(argv[3]));
	else if (argc == 4 && !strcmp(what, "words"))
		fill_words(number(argv[2]), number(argv[3]));
	else if (argc == 4 && !strcmp(what, "write"))
		fill_disk(number(argv[2]), argv[3]);
	else if (argc == 3 && !strcmp(what, "zeroes"))
		expect_disk_zeroes(argv[2]);
	else if (argc == 3 && !strcmp(what, "sectors"))
		around_sectors(argv[2]);
	else if (argc == 4 && !strcmp(what, "window"))
		around_bytes(argv[2], number(argv[3]));
	else if (argc == 3 && !strcmp(what, "count"))
		printf("%lu\n", count_memory(number(argv[2])));
	else
		die("usage: leak memory|words|write|zeroes|sectors|window|count ...");
	return 0;
}
