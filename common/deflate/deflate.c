/* deflate.c -- zlib streams with a known length; see deflate.h. */
#include <limits.h>
#include <stdlib.h>

#include <zlib.h>

#include "deflate.h"

#define DEFLATE_LEVEL 9
/* Two bits stand for 258 bytes at most: nothing unfolds further. */
#define DEFLATE_MAX_RATIO 1032

struct inflater {
	z_stream stream;
};

struct deflater {
	z_stream stream;
};

/* zlib's own words where it has some. */
static const char *said(const z_stream *stream, const char *otherwise)
{
	return stream->msg != NULL ? stream->msg : otherwise;
}

/* What remains of ${buf} after its first ${len} bytes never happened. */
static void cut(struct buf *buf, size_t len)
{
	if (buf->data != NULL && buf->len > len) {
		buf->len = len;
		buf->data[len] = 0;
	}
}

bool inflater_new(struct inflater **out, struct err *err)
{
	struct inflater *inflater = calloc(1, sizeof(*inflater));

	*out = NULL;
	if (inflater == NULL) {
		return err_nomem(err);
	}
	if (inflateInit(&inflater->stream) != Z_OK) {
		free(inflater);
		return err_nomem(err);
	}
	*out = inflater;
	return true;
}

void inflater_free(struct inflater *inflater)
{
	if (inflater != NULL) {
		inflateEnd(&inflater->stream);
		free(inflater);
	}
}

bool inflater_unpack(struct inflater *inflater, struct buf *out, struct view in, size_t *used,
	size_t exact_len, struct err *err)
{
	z_stream *stream = &inflater->stream;
	size_t start = out->len;
	uint8_t nothing, *to = &nothing;
	int result;

	*used = 0;
	if (exact_len > UINT_MAX) {
		return err_set(err, ERR_TOO_LARGE, "a stream of %zu bytes", exact_len);
	}
	if (exact_len / DEFLATE_MAX_RATIO > in.len) {
		return err_set(err, ERR_FORMAT, "%zu bytes cannot hold %zu", in.len, exact_len);
	}
	if (exact_len != 0 && (to = buf_grow(out, exact_len)) == NULL) {
		return err_nomem(err);
	}
	if (inflateReset(stream) != Z_OK) {
		cut(out, start);
		return err_set(err, ERR_INTERNAL, "inflateReset failed");
	}
	/* zlib's input is not const for historical reasons; it only reads. */
	stream->next_in = (Bytef *)(uintptr_t)in.data;
	stream->avail_in = in.len < UINT_MAX ? (uInt)in.len : UINT_MAX;
	stream->next_out = to;
	stream->avail_out = (uInt)exact_len;
	result = inflate(stream, Z_FINISH);
	if (result != Z_STREAM_END || stream->avail_out != 0) {
		cut(out, start);
		if (result == Z_MEM_ERROR) {
			return err_nomem(err);
		}
		return err_set(err, ERR_FORMAT, "a zlib stream of %zu bytes: %s", exact_len,
			said(stream, result == Z_STREAM_END ? "shorter" :
				result == Z_NEED_DICT ? "wants a dictionary" :
				stream->avail_out == 0 ? "longer" : "cut short"));
	}
	*used = (size_t)(stream->next_in - (const Bytef *)in.data);
	return true;
}

bool deflater_new(struct deflater **out, struct err *err)
{
	struct deflater *deflater = calloc(1, sizeof(*deflater));

	*out = NULL;
	if (deflater == NULL) {
		return err_nomem(err);
	}
	if (deflateInit(&deflater->stream, DEFLATE_LEVEL) != Z_OK) {
		free(deflater);
		return err_nomem(err);
	}
	*out = deflater;
	return true;
}

void deflater_free(struct deflater *deflater)
{
	if (deflater != NULL) {
		deflateEnd(&deflater->stream);
		free(deflater);
	}
}

bool deflater_pack(struct deflater *deflater, struct buf *out, struct view data, struct err *err)
{
	z_stream *stream = &deflater->stream;
	size_t start = out->len, bound;
	uint8_t *to;

	if (data.len > INT_MAX) {
		return err_set(err, ERR_TOO_LARGE, "%zu bytes to deflate", data.len);
	}
	if (deflateReset(stream) != Z_OK) {
		return err_set(err, ERR_INTERNAL, "deflateReset failed");
	}
	bound = deflateBound(stream, (uLong)data.len);
	to = buf_grow(out, bound);
	if (to == NULL) {
		return err_nomem(err);
	}
	stream->next_in = (Bytef *)(uintptr_t)data.data;
	stream->avail_in = (uInt)data.len;
	stream->next_out = to;
	stream->avail_out = (uInt)bound;
	if (deflate(stream, Z_FINISH) != Z_STREAM_END) {
		cut(out, start);
		return err_set(err, ERR_INTERNAL, "deflate: %s", said(stream, "did not finish"));
	}
	cut(out, start + (size_t)stream->total_out);
	return true;
}

bool deflate_unpack(struct buf *out, struct view in, size_t *used, size_t exact_len,
	struct err *err)
{
	struct inflater *inflater;
	bool ok;

	*used = 0;
	if (!inflater_new(&inflater, err)) {
		return false;
	}
	ok = inflater_unpack(inflater, out, in, used, exact_len, err);
	inflater_free(inflater);
	return ok;
}

bool deflate_pack(struct buf *out, struct view data, struct err *err)
{
	struct deflater *deflater;
	bool ok;

	if (!deflater_new(&deflater, err)) {
		return false;
	}
	ok = deflater_pack(deflater, out, data, err);
	deflater_free(deflater);
	return ok;
}

#define GZIP_WINDOW (15 + 16)     /* of zlib: a gzip header, the largest window */
#define GZIP_STEP_BYTES (64 * 1024)

/* One step after the other into ${out}, which ${max_len} more bytes may be put into. */
static bool gunzip(z_stream *stream, struct buf *out, size_t max_len, struct err *err)
{
	size_t start = out->len;
	int result = Z_OK;

	while (result != Z_STREAM_END) {
		size_t before = out->len;
		uint8_t *to = buf_grow(out, GZIP_STEP_BYTES);

		if (to == NULL) {
			return err_nomem(err);
		}
		stream->next_out = to;
		stream->avail_out = GZIP_STEP_BYTES;
		result = inflate(stream, Z_NO_FLUSH);
		cut(out, before + GZIP_STEP_BYTES - stream->avail_out);
		if (result == Z_MEM_ERROR) {
			return err_nomem(err);
		}
		if (result != Z_OK && result != Z_STREAM_END) {
			return err_set(err, ERR_FORMAT, "gzip: %s", said(stream, "cut short"));
		}
		if (out->len - start > max_len) {
			return err_set(err, ERR_TOO_LARGE, "gzip: more than %zu bytes", max_len);
		}
	}
	return stream->avail_in == 0 ||
		err_set(err, ERR_FORMAT, "gzip: %u bytes behind it", stream->avail_in);
}

bool gzip_unpack(struct buf *out, struct view in, size_t max_len, struct err *err)
{
	z_stream stream = { 0 };
	size_t start = out->len;
	bool ok;

	if (in.len > UINT_MAX) {
		return err_set(err, ERR_TOO_LARGE, "gzip: %zu bytes", in.len);
	}
	if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK) {
		return err_nomem(err);
	}
	stream.next_in = (Bytef *)(uintptr_t)in.data;
	stream.avail_in = (uInt)in.len;
	ok = gunzip(&stream, out, max_len, err);
	if (!ok) {
		cut(out, start);
	}
	inflateEnd(&stream);
	return ok;
}
