/*
 * deflate.h -- zlib streams (RFC 1950), the only door to zlib.
 *
 * A stream is unpacked only by somebody who knows beforehand how long its
 * content is: nothing is ever allocated or written beyond that length, so
 * a small stream cannot unfold into a large one.
 *
 * The states of zlib are large (40 KB to inflate, 260 KB to deflate);
 * whoever handles many streams keeps an inflater or a deflater for them.
 * Both serve one thread at a time.
 */
#ifndef LINLI_DEFLATE_H
#define LINLI_DEFLATE_H

#include "linli/bytes.h"

struct inflater;
struct deflater;

/* On success the caller releases *out.  Fails with ERR_NOMEM. */
MUST_CHECK bool inflater_new(struct inflater **out, struct err *err);
void inflater_free(struct inflater *inflater);

/*
 * Unpack the one zlib stream that ${in} begins with and append its content,
 * which must be exactly ${exact_len} bytes, to ${out}; *used is the length
 * of the stream.  The caller has checked ${exact_len} against its cap.  On
 * failure ${out} is as long as it was.
 * Fails with ERR_FORMAT (cut short, damaged, a preset dictionary, another
 * length), ERR_NOMEM.
 */
MUST_CHECK bool inflater_unpack(struct inflater *inflater, struct buf *out, struct view in,
	size_t *used, size_t exact_len, struct err *err);

/* On success the caller releases *out.  Fails with ERR_NOMEM. */
MUST_CHECK bool deflater_new(struct deflater **out, struct err *err);
void deflater_free(struct deflater *deflater);

/*
 * Append ${data} as one zlib stream of level 9 to ${out}.  On failure
 * ${out} is as long as it was.  Fails with ERR_NOMEM, ERR_TOO_LARGE (2 GiB
 * and more).
 */
MUST_CHECK bool deflater_pack(struct deflater *deflater, struct buf *out, struct view data,
	struct err *err);

/*
 * Unpack the one gzip file that ${in} is (an HTTP body) and append its
 * content, at most ${max_len} bytes, to ${out}; on failure ${out} is as
 * long as it was.  Fails with ERR_FORMAT (also bytes behind it),
 * ERR_TOO_LARGE, ERR_NOMEM.
 */
MUST_CHECK bool gzip_unpack(struct buf *out, struct view in, size_t max_len, struct err *err);

/* inflater_unpack() and deflater_pack() for a single stream. */
MUST_CHECK bool deflate_unpack(struct buf *out, struct view in, size_t *used, size_t exact_len,
	struct err *err);
MUST_CHECK bool deflate_pack(struct buf *out, struct view data, struct err *err);

#endif
