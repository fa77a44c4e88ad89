/*
 * bytes.h -- runs of bytes: growing buffers, borrowed views, a reader that
 * cannot overrun, an arena for values that live and die together.
 *
 * A buffer keeps one NUL past its end, so that text in it is a C string.
 * Appending to a buffer that ran out of memory does nothing; buf_ok() is
 * asked once at the end of a run of appends.
 */
#ifndef LINLI_BYTES_H
#define LINLI_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "linli/err.h"

/* Borrowed bytes or text: not owned, not NUL-terminated. */
struct view {
	const char *data;
	size_t len;
};
#define VIEW_LITERAL(s) ((struct view){ (s), sizeof(s) - 1 })
struct view view_of(const char *text); /* NULL is empty */
bool view_equal(struct view a, struct view b);
bool view_is(struct view a, const char *text);
/* Bytewise order as memcmp, shorter first when one begins the other. */
int view_compare(struct view a, struct view b);
bool view_begins(struct view a, const char *prefix);

/* An owned, growing run of bytes.  All zeros is an empty buffer. */
struct buf {
	uint8_t *data; /* NULL, or len + 1 bytes at least, data[len] == 0 */
	size_t len, room;
	bool failed; /* an append found no memory */
};
void buf_clear(struct buf *buf); /* releases, and is empty again */
void buf_reset(struct buf *buf); /* empty, keeping its memory */
void buf_wipe(struct buf *buf);  /* overwrites with zeros, then releases */
void buf_add(struct buf *buf, const void *data, size_t len);
void buf_text(struct buf *buf, const char *text);
void buf_view(struct buf *buf, struct view view);
void buf_byte(struct buf *buf, unsigned byte);
void buf_printf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* ${len} fresh zero bytes at the end, or NULL. */
uint8_t *buf_grow(struct buf *buf, size_t len);
/* Big-endian integers; unsigned LEB128; zigzag LEB128. */
void buf_u32be(struct buf *buf, uint32_t n);
void buf_u64be(struct buf *buf, uint64_t n);
void buf_varint(struct buf *buf, uint64_t n);
void buf_zigzag(struct buf *buf, int64_t n);
MUST_CHECK bool buf_ok(const struct buf *buf, struct err *err);
struct view buf_as_view(const struct buf *buf);
/* "" for an empty buffer. */
const char *buf_str(const struct buf *buf);

/*
 * A reader over borrowed bytes.  A read past the end fails, sets failed
 * and returns zeros from then on, so that it may be asked once.
 */
struct cursor {
	const uint8_t *at, *end;
	bool failed;
};
struct cursor cursor_of(const void *data, size_t len);
size_t cursor_left(const struct cursor *cursor);
uint8_t cursor_byte(struct cursor *cursor);
uint32_t cursor_u32be(struct cursor *cursor);
uint64_t cursor_u64be(struct cursor *cursor);
/* Shortest form only: a padded varint fails. */
uint64_t cursor_varint(struct cursor *cursor);
int64_t cursor_zigzag(struct cursor *cursor);
/* ${len} bytes, borrowed; NULL past the end. */
const uint8_t *cursor_take(struct cursor *cursor, size_t len);
/* Take ${text} if it comes next. */
bool cursor_skip(struct cursor *cursor, const char *text);
/* The bytes before the next ${stop}, which is passed over; fails without. */
struct view cursor_until(struct cursor *cursor, char stop);

/* Memory released all at once.  All zeros is an empty arena. */
struct arena {
	struct arena_block *blocks;
};
void *arena_alloc(struct arena *arena, size_t len); /* zeroed, aligned; or NULL */
/* A NUL-terminated copy of ${text}; .data is NULL without memory. */
struct view arena_copy(struct arena *arena, struct view text);
void arena_reset(struct arena *arena); /* empty, keeping one block */
void arena_clear(struct arena *arena);

/* Lower-case hex. ${out} has 2 * len + 1 chars. */
void hex_encode(char *out, const void *data, size_t len);
/* Exactly 2 * len lower-case digits, or false. */
MUST_CHECK bool hex_decode(void *out, size_t len, struct view text);

/* RFC 4648 base64 with padding; decoding refuses all but that form. */
void base64_encode(struct buf *out, const void *data, size_t len, bool padding);
MUST_CHECK bool base64_decode(struct buf *out, struct view text, bool padding);

/* Is it UTF-8 (RFC 3629): no surrogates, overlong forms, > U+10FFFF? */
bool utf8_valid(struct view text);

/* Whole decimal int64 without sign +, leading zeros or -0. */
MUST_CHECK bool int64_parse(int64_t *out, struct view text);

#endif
