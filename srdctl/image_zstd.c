// SPDX-License-Identifier: GPL-2.0
/*
 * srdctl - zstd files: a disk compressed
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "image.h"
#include "interrupt.h"
#include "pages.h"

#define BUFFER_BYTES	CONTENT_CHUNK

/* A frame that zstd skips: what is said of the disk at the start of a file. */
struct image_head {
	uint32_t magic;		/* little endian, like the rest */
	uint32_t length;	/* of what follows */
	char name[8];
	uint64_t capacity;	/* bytes */
	uint64_t inverse;	/* ~capacity */
};

#define HEAD_MAGIC	(ZSTD_MAGIC_SKIPPABLE_START + 0xd)
#define HEAD_NAME	"srd disk"

/* ---- writing ---- */

/*
 * Zeroes as long as one of these are a frame of their own, always the same, which is compressed
 * when it is needed first.
 */
static const size_t zero_sizes[] = { 64U << 20, 4U << 20 };

#define ZERO_SIZES	ARRAY_SIZE(zero_sizes)

struct zero_frame {
	char *data;		/* compressed, or NULL: not yet */
	size_t length;
};

struct packer {
	ZSTD_CCtx *context;
	int fd;
	char *out;		/* compressed, to be written: BUFFER_BYTES */
	size_t out_fill;
	char *zeroes;		/* BUFFER_BYTES */
	struct zero_frame zero_frames[ZERO_SIZES];
	const struct image_packing *packing;
	uint64_t pos;		/* on the disk: what comes before has been taken */
	bool in_frame;
};

static int write_all(int fd, const char *data, size_t length)
{
	ssize_t count;

	for (; length; data += count, length -= count) {
		count = write(fd, data, length);
		if (count < 0)
			return -errno;
	}
	return 0;
}

static int flush(struct packer *packer)
{
	int ret = write_all(packer->fd, packer->out, packer->out_fill);

	packer->out_fill = 0;
	return ret;
}

static int put(struct packer *packer, const void *data, size_t length)
{
	size_t part;
	int ret = 0;

	for (; length && !ret; data = (const char *)data + part, length -= part) {
		part = BUFFER_BYTES - packer->out_fill;
		if (part > length)
			part = length;
		memcpy(packer->out + packer->out_fill, data, part);
		packer->out_fill += part;
		if (packer->out_fill == BUFFER_BYTES)
			ret = flush(packer);
	}
	return ret;
}

static int put_head(struct packer *packer, uint64_t capacity)
{
	struct image_head head = {
		.magic = htole32(HEAD_MAGIC),
		.length = htole32(sizeof(head) - offsetof(struct image_head, name)),
		.capacity = htole64(capacity),
		.inverse = htole64(~capacity),
	};

	memcpy(head.name, HEAD_NAME, sizeof(head.name));
	return put(packer, &head, sizeof(head));
}

static int compress_part(struct packer *packer, ZSTD_inBuffer *in, ZSTD_EndDirective directive,
			 size_t *left)
{
	ZSTD_outBuffer out = { packer->out, BUFFER_BYTES, packer->out_fill };

	if (interrupted())
		return -EINTR;
	*left = ZSTD_compressStream2(packer->context, &out, in, directive);
	packer->out_fill = out.pos;
	if (ZSTD_isError(*left))
		return ZSTD_getErrorCode(*left) == ZSTD_error_memory_allocation ? -ENOMEM : -EINVAL;
	return out.pos == BUFFER_BYTES ? flush(packer) : 0;
}

static int compress(struct packer *packer, const void *data, size_t length)
{
	ZSTD_inBuffer in = { data, length, 0 };
	size_t left;
	int ret = 0;

	packer->in_frame = true;
	packer->pos += length;
	while (!ret && in.pos < in.size)
		ret = compress_part(packer, &in, ZSTD_e_continue, &left);
	return ret;
}

static int end_frame(struct packer *packer)
{
	ZSTD_inBuffer in = { NULL, 0, 0 };
	size_t left = packer->in_frame;
	int ret = 0;

	packer->in_frame = false;
	while (!ret && left)
		ret = compress_part(packer, &in, ZSTD_e_end, &left);
	return ret;
}

static bool set(ZSTD_CCtx *context, ZSTD_cParameter parameter, int value)
{
	return !ZSTD_isError(ZSTD_CCtx_setParameter(context, parameter, value));
}

static ZSTD_CCtx *new_context(unsigned int level)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();

	if (context && set(context, ZSTD_c_compressionLevel, level) &&
	    set(context, ZSTD_c_checksumFlag, 1))
		return context;
	ZSTD_freeCCtx(context);
	return NULL;
}

/* Compresses that many zeroes, a multiple of BUFFER_BYTES. */
static bool compress_zeroes(const struct packer *packer, ZSTD_CCtx *context, size_t size,
			    ZSTD_outBuffer *out)
{
	ZSTD_inBuffer in;
	size_t left = 0;

	if (ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(context, size)))
		return false;
	for (; size; size -= BUFFER_BYTES) {
		in = (ZSTD_inBuffer){ packer->zeroes, BUFFER_BYTES, 0 };
		left = ZSTD_compressStream2(context, out, &in, size > BUFFER_BYTES ?
					    ZSTD_e_continue : ZSTD_e_end);
		if (ZSTD_isError(left) || in.pos < in.size)
			return false;
	}
	return !left;
}

/* They are about 32 thousand times smaller. */
static int make_zero_frame(struct packer *packer, size_t size, struct zero_frame *frame)
{
	const size_t room = size / 1024;
	ZSTD_CCtx *context = new_context(packer->packing->level);
	ZSTD_outBuffer out = { malloc(room), room, 0 };
	int ret = -ENOMEM;

	if (context && out.dst && compress_zeroes(packer, context, size, &out)) {
		frame->data = out.dst;
		frame->length = out.pos;
		ret = 0;
	} else {
		free(out.dst);
	}
	ZSTD_freeCCtx(context);
	return ret;
}

/* As many frames of the size with that index as fit. */
static int put_zero_frames(struct packer *packer, unsigned int index, uint64_t end)
{
	struct zero_frame *frame = &packer->zero_frames[index];
	int ret;

	ret = end_frame(packer);
	if (!ret && !frame->data)
		ret = make_zero_frame(packer, zero_sizes[index], frame);
	while (!ret && end - packer->pos >= zero_sizes[index]) {
		ret = interrupted() ? -EINTR : put(packer, frame->data, frame->length);
		packer->pos += zero_sizes[index];
	}
	return ret;
}

/* Zeroes up to there. */
static int put_zeroes(struct packer *packer, uint64_t end)
{
	unsigned int i;
	uint64_t part;
	int ret = 0;

	for (i = 0; i < ZERO_SIZES && !ret; i++) {
		if (end - packer->pos >= zero_sizes[i])
			ret = put_zero_frames(packer, i, end);
	}
	while (!ret && packer->pos < end) {
		part = end - packer->pos;
		ret = compress(packer, packer->zeroes, part < BUFFER_BYTES ? part : BUFFER_BYTES);
	}
	return ret;
}

static int take(void *argument, uint64_t pos, const void *data, size_t length)
{
	struct packer *packer = argument;
	int ret;

	ret = put_zeroes(packer, pos);
	return ret ? ret : compress(packer, data, length);
}

static int pack(struct packer *packer, struct content *content)
{
	int ret;

	ret = put_head(packer, content->capacity);
	if (!ret)
		ret = content_read(content, 1, take, packer);
	if (!ret)
		ret = put_zeroes(packer, content->capacity);
	if (!ret)
		ret = end_frame(packer);
	return ret ? ret : flush(packer);
}

int image_zstd_save(struct content *content, int fd, const struct image_packing *packing)
{
	struct packer packer = {
		.fd = fd, .packing = packing,
		.context = new_context(packing->level),
		.out = malloc(BUFFER_BYTES),
		.zeroes = calloc(1, BUFFER_BYTES),
	};
	int ret = -ENOMEM;
	unsigned int i;

	if (packer.context && packer.out && packer.zeroes) {
		/* a library without threads does it without */
		set(packer.context, ZSTD_c_nbWorkers, packing->threads);
		ret = pack(&packer, content);
	}
	ZSTD_freeCCtx(packer.context);
	for (i = 0; i < ZERO_SIZES; i++)
		free(packer.zero_frames[i].data);
	free(packer.zeroes);
	free(packer.out);
	return ret;
}

unsigned int image_zstd_level_max(void)
{
	return ZSTD_maxCLevel();
}

/* ---- reading ---- */

bool image_zstd_is(const uint8_t *data, uint64_t length)
{
	uint32_t magic;

	if (length < sizeof(magic))
		return false;
	memcpy(&magic, data, sizeof(magic));
	magic = le32toh(magic);
	return magic == ZSTD_MAGICNUMBER ||
	       (magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START;
}

/* What our own files say of the disk at their start. */
static bool read_head(const struct image *image, uint64_t *capacity)
{
	struct image_head head;

	if (image->length < sizeof(head))
		return false;
	memcpy(&head, image->map, sizeof(head));
	*capacity = le64toh(head.capacity);
	return le32toh(head.magic) == HEAD_MAGIC &&
	       !memcmp(head.name, HEAD_NAME, sizeof(head.name)) &&
	       *capacity == ~le64toh(head.inverse);
}

static int error_of(size_t code)
{
	switch (ZSTD_getErrorCode(code)) {
	case ZSTD_error_srcSize_wrong:
		return -ENODATA;
	case ZSTD_error_memory_allocation:
		return -ENOMEM;
	default:
		return -EBADMSG;
	}
}

/* A frame that was nothing but zeroes to its end: the same one again needs no more than a look. */
struct known_frame {
	const uint8_t *data;
	size_t length;
	uint64_t bytes;		/* of zeroes; 0: there is none */
};

#define KNOWN_FRAMES	4

struct unpacker {
	ZSTD_DCtx *context;
	struct image *image;
	struct content *content;	/* NULL: only count */
	uint64_t pos;			/* on the disk: what comes before is written */
	char *buffer;			/* BUFFER_BYTES of what comes next */
	size_t fill;
	bool zero;			/* the frame had nothing but zeroes so far */
	struct known_frame known[KNOWN_FRAMES];
	unsigned int known_next;	/* to be forgotten for a new one */
};

/* Writes the whole pages that there are; at the end of the file, all. */
static int write_out(struct unpacker *unpacker, bool end)
{
	size_t length = end ? unpacker->fill : unpacker->fill - unpacker->fill % PAGE_BYTES;
	int ret = 0;

	if (unpacker->content && unpacker->pos + length > unpacker->image->capacity)
		return -EFBIG;
	if (unpacker->content)
		ret = content_write(unpacker->content, unpacker->pos, unpacker->buffer, length);
	unpacker->pos += length;
	unpacker->fill -= length;
	memmove(unpacker->buffer, unpacker->buffer + length, unpacker->fill);
	return ret;
}

static bool is_zero(const char *data, size_t length)
{
	return !length || (!*data && !memcmp(data, data + 1, length - 1));
}

static int unpack_part(struct unpacker *unpacker, ZSTD_inBuffer *in, size_t *left)
{
	ZSTD_outBuffer out = { unpacker->buffer, BUFFER_BYTES, unpacker->fill };

	*left = ZSTD_decompressStream(unpacker->context, &out, in);
	if (ZSTD_isError(*left))
		return error_of(*left);
	unpacker->zero = unpacker->zero &&
			 is_zero(unpacker->buffer + unpacker->fill, out.pos - unpacker->fill);
	unpacker->fill = out.pos;
	/* all of the frame is there: if it wants more, it is not what it seemed */
	if (*left && in->pos == in->size && out.pos < out.size)
		return -EBADMSG;
	return unpacker->fill == BUFFER_BYTES ? write_out(unpacker, false) : 0;
}

static int unpack_frame(struct unpacker *unpacker, const uint8_t *frame, size_t size)
{
	uint64_t start = unpacker->pos + unpacker->fill, bytes;
	ZSTD_inBuffer in = { frame, size, 0 };
	size_t left = 1;
	int ret = 0;

	unpacker->zero = true;
	while (!ret && left) {
		ret = unpack_part(unpacker, &in, &left);
		if (unpacker->image->progress)
			atomic_store(unpacker->image->progress,
				     frame + in.pos - unpacker->image->map);
	}
	bytes = unpacker->pos + unpacker->fill - start;
	if (!ret && unpacker->zero && !(bytes % PAGE_BYTES)) {
		unpacker->known[unpacker->known_next++ % KNOWN_FRAMES] =
			(struct known_frame){ frame, size, bytes };
	}
	return ret;
}

static bool skip_known_frame(struct unpacker *unpacker, const uint8_t *frame, size_t size)
{
	const struct known_frame *known;

	if (unpacker->fill)
		return false;
	for (known = unpacker->known; known < unpacker->known + KNOWN_FRAMES; known++) {
		if (known->bytes && known->length == size && !memcmp(known->data, frame, size)) {
			unpacker->pos += known->bytes;
			return true;
		}
	}
	return false;
}

static int unpack_frames(struct unpacker *unpacker)
{
	const uint8_t *frame = unpacker->image->map, *end = frame + unpacker->image->length;
	size_t size;
	int ret;

	for (; frame < end; frame += size) {
		size = ZSTD_findFrameCompressedSize(frame, end - frame);
		if (ZSTD_isError(size))
			return error_of(size);
		if (!(unpacker->fill % PAGE_BYTES)) {
			ret = write_out(unpacker, false);
			if (ret)
				return ret;
		}
		if (skip_known_frame(unpacker, frame, size))
			continue;
		ret = unpack_frame(unpacker, frame, size);
		if (ret)
			return ret;
	}
	return write_out(unpacker, true);
}

/* Unpacks all, and says how much it was. */
static int unpack(struct image *image, struct content *content, uint64_t *bytes)
{
	struct unpacker unpacker = {
		.image = image, .content = content,
		.context = ZSTD_createDCtx(), .buffer = content_buffer(BUFFER_BYTES),
	};
	int ret = -ENOMEM;

	if (unpacker.context && unpacker.buffer) {
		/* also what was made with --long or --ultra */
		ZSTD_DCtx_setParameter(unpacker.context, ZSTD_d_windowLogMax,
				       ZSTD_dParam_getBounds(ZSTD_d_windowLogMax).upperBound);
		ret = unpack_frames(&unpacker);
	}
	*bytes = unpacker.pos;
	ZSTD_freeDCtx(unpacker.context);
	free(unpacker.buffer);
	return ret;
}

/* Do the heads of the frames say how much is in them? 0 when they do not. */
static int add_up(const struct image *image, uint64_t *bytes)
{
	const uint8_t *frame = image->map, *end = frame + image->length;
	unsigned long long content;
	size_t size;

	for (*bytes = 0; frame < end; frame += size) {
		size = ZSTD_findFrameCompressedSize(frame, end - frame);
		if (ZSTD_isError(size))
			return error_of(size);
		/* of a frame to be skipped, this is 0 */
		content = ZSTD_getFrameContentSize(frame, end - frame);
		if (content == ZSTD_CONTENTSIZE_ERROR)
			return -EBADMSG;
		if (content == ZSTD_CONTENTSIZE_UNKNOWN) {
			*bytes = 0;
			return 0;
		}
		*bytes += content;
	}
	return 0;
}

/**
 * image_zstd_open() - find the size of the disk in a zstd file
 * @image: open
 *
 * Return: as image_open().
 */
int image_zstd_open(struct image *image)
{
	int ret = 0;

	if (!image_zstd_is(image->map, image->length))
		return -EBADMSG;
	if (!read_head(image, &image->capacity)) {
		ret = add_up(image, &image->capacity);
		if (!ret && !image->capacity)
			ret = unpack(image, NULL, &image->capacity);
		if (!ret && !image->capacity)
			ret = -ENODATA;
	}
	image->saved = image->capacity;
	return ret;
}

int image_zstd_load(struct image *image, struct content *content)
{
	uint64_t bytes;
	int ret = unpack(image, content, &bytes);

	if (ret)
		return ret;
	if (bytes > image->capacity)
		return -EFBIG;
	return bytes < image->capacity ? -ENODATA : 0;
}
