/* pack.c -- git packs without deltas; see pack.h. */
#include <string.h>

#include "deflate.h"
#include "pack.h"
#include "sha1.h"

#define PACK_MAGIC "PACK\0\0\0\2" /* and version 2 */
#define PACK_MAGIC_BYTES 8
#define PACK_COUNT_AT 8
#define PACK_HEADER_BYTES 12
#define PACK_TRAILER_BYTES SHA1_BYTES
/* One byte of type and size, and the shortest zlib stream. */
#define PACK_MIN_OBJECT_BYTES 9

void pack_begin(struct pack_writer *writer, struct buf *out)
{
	writer->out = out;
	writer->start = out->len;
	writer->count = 0;
	buf_add(out, PACK_MAGIC, PACK_MAGIC_BYTES);
	buf_u32be(out, 0);
}

/* Type and size: four bits of the size, then seven at a time, lowest first. */
static void add_object_header(struct buf *out, enum git_type type, size_t len)
{
	unsigned byte = (unsigned)type << 4 | (unsigned)(len & 15);

	for (len >>= 4; len != 0; len >>= 7) {
		buf_byte(out, byte | 0x80);
		byte = (unsigned)(len & 0x7f);
	}
	buf_byte(out, byte);
}

void pack_add_deflated(struct pack_writer *writer, enum git_type type, size_t len,
	struct view deflated)
{
	add_object_header(writer->out, type, len);
	buf_view(writer->out, deflated);
	writer->count++;
}

bool pack_end(struct pack_writer *writer, struct err *err)
{
	struct buf *out = writer->out;
	uint8_t hash[SHA1_BYTES], *count;
	unsigned i;

	if (!buf_ok(out, err)) {
		return false;
	}
	count = out->data + writer->start + PACK_COUNT_AT;
	for (i = 0; i < 4; i++) {
		count[i] = (uint8_t)(writer->count >> (24 - 8 * i));
	}
	sha1(hash, out->data + writer->start, out->len - writer->start);
	buf_add(out, hash, sizeof(hash));
	return buf_ok(out, err);
}

static bool stream_write(struct pack_stream *stream, struct view piece, struct err *err)
{
	sha1_add(&stream->hash, piece.data, piece.len);
	return stream->write(stream->ctx, piece, err);
}

bool pack_stream_begin(struct pack_stream *stream, uint32_t count, struct err *err)
{
	struct buf header = { 0 };
	bool ok;

	sha1_init(&stream->hash);
	stream->left = count;
	buf_add(&header, PACK_MAGIC, PACK_MAGIC_BYTES);
	buf_u32be(&header, count);
	ok = buf_ok(&header, err) && stream_write(stream, buf_as_view(&header), err);
	buf_clear(&header);
	return ok;
}

bool pack_stream_add(struct pack_stream *stream, enum git_type type, size_t len,
	struct view deflated, struct err *err)
{
	struct buf header = { 0 };
	bool ok;

	if (stream->left == 0) {
		return err_set(err, ERR_INTERNAL, "an object too many for the pack");
	}
	stream->left--;
	add_object_header(&header, type, len);
	ok = buf_ok(&header, err) && stream_write(stream, buf_as_view(&header), err) &&
		stream_write(stream, deflated, err);
	buf_clear(&header);
	return ok;
}

bool pack_stream_end(struct pack_stream *stream, struct err *err)
{
	uint8_t hash[SHA1_BYTES];

	if (stream->left != 0) {
		return err_set(err, ERR_INTERNAL, "%lu objects of the pack are missing",
			(unsigned long)stream->left);
	}
	sha1_done(hash, &stream->hash);
	return stream->write(stream->ctx, (struct view){ (const char *)hash, sizeof(hash) }, err);
}

bool pack_open(struct pack_reader *reader, struct view pack, struct err *err)
{
	uint8_t hash[SHA1_BYTES];
	struct cursor cursor;

	memset(reader, 0, sizeof(*reader));
	if (pack.len < PACK_HEADER_BYTES + PACK_TRAILER_BYTES) {
		return err_set(err, ERR_FORMAT, "pack: %zu bytes", pack.len);
	}
	reader->pack = (struct view){ pack.data, pack.len - PACK_TRAILER_BYTES };
	sha1(hash, reader->pack.data, reader->pack.len);
	if (memcmp(hash, pack.data + reader->pack.len, sizeof(hash)) != 0) {
		return err_set(err, ERR_HASH, "pack: the checksum does not fit");
	}
	cursor = cursor_of(reader->pack.data, reader->pack.len);
	if (memcmp(cursor_take(&cursor, PACK_MAGIC_BYTES), PACK_MAGIC, PACK_MAGIC_BYTES) != 0) {
		return err_set(err, ERR_FORMAT, "pack: not of version 2");
	}
	reader->left = cursor_u32be(&cursor);
	reader->at = PACK_HEADER_BYTES;
	if (reader->left > cursor_left(&cursor) / PACK_MIN_OBJECT_BYTES) {
		return err_set(err, ERR_FORMAT, "pack: %zu bytes cannot hold %lu objects", pack.len,
			(unsigned long)reader->left);
	}
	return inflater_new(&reader->inflater, err);
}

void pack_close(struct pack_reader *reader)
{
	inflater_free(reader->inflater);
	memset(reader, 0, sizeof(*reader));
}

/* As add_object_header() writes it: no byte more than needed. */
static bool take_object_header(struct cursor *cursor, enum git_type *type, uint64_t *len,
	struct err *err)
{
	uint8_t byte = cursor_byte(cursor);
	unsigned kind = byte >> 4 & 7, shift = 4;

	*len = byte & 15;
	while (byte & 0x80 && !cursor->failed) {
		byte = cursor_byte(cursor);
		if (shift > 53) { /* 60 bits are more than any cap */
			return err_set(err, ERR_FORMAT, "pack: a size of too many bytes");
		}
		*len |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
		if (byte == 0) {
			return err_set(err, ERR_FORMAT, "pack: a padded size");
		}
	}
	if (cursor->failed) {
		return err_set(err, ERR_FORMAT, "pack: cut short");
	}
	if (kind != GIT_TYPE_COMMIT && kind != GIT_TYPE_TREE && kind != GIT_TYPE_BLOB) {
		return err_set(err, ERR_FORMAT, "pack: an object of type %u", kind);
	}
	*type = (enum git_type)kind;
	return true;
}

static bool read_object(struct pack_reader *reader, size_t at, size_t *end,
	struct raw_object *out, struct buf *data, size_t cap, struct err *err)
{
	struct cursor cursor = cursor_of(reader->pack.data + at, reader->pack.len - at);
	struct view rest;
	uint64_t len;
	size_t used;

	memset(out, 0, sizeof(*out));
	if (!take_object_header(&cursor, &out->type, &len, err)) {
		return false;
	}
	if (len > cap) {
		return err_set(err, ERR_TOO_LARGE, "pack: an object of %llu bytes, %zu allowed",
			(unsigned long long)len, cap);
	}
	rest = (struct view){ (const char *)cursor.at, cursor_left(&cursor) };
	out->len = (size_t)len;
	if (!inflater_unpack(reader->inflater, data, rest, &used, out->len, err)) {
		return err_wrap(err, "pack: an object");
	}
	out->deflated = (struct view){ rest.data, used };
	*end = (size_t)(rest.data - reader->pack.data) + used;
	return true;
}

bool pack_next(struct pack_reader *reader, struct raw_object *out, struct buf *data, size_t cap,
	struct err *err)
{
	if (reader->left == 0) {
		return err_set(err, ERR_FORMAT, "pack: an object is missing");
	}
	if (!read_object(reader, reader->at, &reader->at, out, data, cap, err)) {
		return false;
	}
	reader->left--;
	return true;
}

bool pack_again(struct pack_reader *reader, size_t at, struct raw_object *out, struct buf *data,
	size_t cap, struct err *err)
{
	size_t end;

	return read_object(reader, at, &end, out, data, cap, err);
}

bool pack_finish(const struct pack_reader *reader, struct err *err)
{
	if (reader->left != 0) {
		return err_set(err, ERR_FORMAT, "pack: %lu objects that belong to nothing",
			(unsigned long)reader->left);
	}
	if (reader->at != reader->pack.len) {
		return err_set(err, ERR_FORMAT, "pack: bytes after the last object");
	}
	return true;
}
