/*
 * pack.h -- git packs (version 2) without deltas.
 *
 * A pack holds whole commits, trees and blobs, each as a deflated stream
 * that is kept as it came: a store keeps the streams, and writing them
 * again needs no recompression and gives the same bytes.  The reader works
 * in memory on borrowed bytes and stores nothing.  Format: docs/format.md.
 */
#ifndef LINLI_PACK_H
#define LINLI_PACK_H

#include "git.h"
#include "sha1.h"

/* An object on its way into or out of a pack. */
struct raw_object {
	enum git_type type;
	struct oid oid;
	size_t len;           /* of its content */
	struct view data;     /* its content; empty where only the stream is at hand */
	struct view deflated; /* the stream */
};

/* ---- writing ---- */

struct pack_writer {
	struct buf *out; /* borrowed */
	size_t start;    /* of the pack in ${out} */
	uint32_t count;  /* objects so far */
};

/* Begin a pack at the end of ${out}, which nobody else writes to meanwhile. */
void pack_begin(struct pack_writer *writer, struct buf *out);
/* ${deflated} is the stream of a ${type} of ${len} bytes. */
void pack_add_deflated(struct pack_writer *writer, enum git_type type, size_t len,
	struct view deflated);
/* Fails with ERR_NOMEM. */
MUST_CHECK bool pack_end(struct pack_writer *writer, struct err *err);

/* A pack that goes out as it is made; how many objects it has is known before. */
struct pack_stream {
	/* The next bytes; fails with an error of its own. */
	bool (*write)(void *ctx, struct view piece, struct err *err);
	void *ctx;
	struct sha1 hash; /* of what went out */
	uint32_t left;    /* objects to come */
};

/* ${stream}->write and ctx are set.  These fail as it does. */
MUST_CHECK bool pack_stream_begin(struct pack_stream *stream, uint32_t count, struct err *err);
/* Fails also with ERR_INTERNAL: more objects than there should be. */
MUST_CHECK bool pack_stream_add(struct pack_stream *stream, enum git_type type, size_t len,
	struct view deflated, struct err *err);
/* Fails also with ERR_INTERNAL: fewer. */
MUST_CHECK bool pack_stream_end(struct pack_stream *stream, struct err *err);

/* ---- reading ---- */

struct inflater;

struct pack_reader {
	struct view pack;   /* borrowed, without its trailer */
	size_t at;          /* where the next object begins */
	uint32_t left;      /* objects to come */
	struct inflater *inflater;
};

/*
 * Begin to read the untrusted ${pack}.  On success the caller releases
 * ${reader} with pack_close(); ${pack} is borrowed until then.
 * Fails with ERR_HASH (its checksum, which is looked at first), ERR_FORMAT,
 * ERR_NOMEM.
 */
MUST_CHECK bool pack_open(struct pack_reader *reader, struct view pack, struct err *err);
void pack_close(struct pack_reader *reader);

/*
 * The next object: its content is appended to ${data}, and ${out} gets all
 * but ${out}->oid and ${out}->data, which would not outlive the next append.
 * Fails with ERR_TOO_LARGE (content over ${cap}; nothing has been allocated),
 * ERR_FORMAT (a delta, a tag, a padded or false size, no object left),
 * ERR_NOMEM.
 */
MUST_CHECK bool pack_next(struct pack_reader *reader, struct raw_object *out, struct buf *data,
	size_t cap, struct err *err);

/* An object that pack_next() gave when reader->at was ${at}, once more. */
MUST_CHECK bool pack_again(struct pack_reader *reader, size_t at, struct raw_object *out,
	struct buf *data, size_t cap, struct err *err);

/* Were these all the objects, and all the bytes?  Fails with ERR_FORMAT. */
MUST_CHECK bool pack_finish(const struct pack_reader *reader, struct err *err);

#endif
