/* bytes.c -- buffers, views, cursors and arenas; see linli/bytes.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linli/bytes.h"

struct view view_of(const char *text)
{
	return (struct view){ text, text != NULL ? strlen(text) : 0 };
}

bool view_equal(struct view a, struct view b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool view_is(struct view a, const char *text)
{
	return view_equal(a, view_of(text));
}

int view_compare(struct view a, struct view b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len != 0 ? memcmp(a.data, b.data, len) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

bool view_begins(struct view a, const char *prefix)
{
	size_t len = strlen(prefix);

	return a.len >= len && memcmp(a.data, prefix, len) == 0;
}

void buf_clear(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){ 0 };
}

void buf_reset(struct buf *buf)
{
	buf->len = 0;
	buf->failed = false;
	if (buf->data != NULL) {
		buf->data[0] = 0;
	}
}

void buf_wipe(struct buf *buf)
{
	volatile uint8_t *p = buf->data;
	size_t i;

	for (i = 0; p != NULL && i < buf->room; i++) {
		p[i] = 0;
	}
	buf_clear(buf);
}

uint8_t *buf_grow(struct buf *buf, size_t len)
{
	size_t need = buf->len + len + 1, room = buf->room;
	uint8_t *data;

	if (buf->failed || need <= len) {
		buf->failed = true;
		return NULL;
	}
	if (need > room) {
		room = room < 64 ? 64 : room;
		while (room < need) {
			room = room > SIZE_MAX / 2 ? need : room * 2;
		}
		data = realloc(buf->data, room);
		if (data == NULL) {
			buf->failed = true;
			return NULL;
		}
		buf->data = data;
		buf->room = room;
	}
	data = buf->data + buf->len;
	memset(data, 0, len + 1);
	buf->len += len;
	return data;
}

void buf_add(struct buf *buf, const void *from, size_t len)
{
	uint8_t *to;

	if (len == 0 || (to = buf_grow(buf, len)) == NULL) {
		return;
	}
	memcpy(to, from, len);
}

void buf_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_view(struct buf *buf, struct view view)
{
	buf_add(buf, view.data, view.len);
}

void buf_byte(struct buf *buf, unsigned byte)
{
	uint8_t b = (uint8_t)byte;

	buf_add(buf, &b, 1);
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
	va_list args;
	uint8_t *to;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0 || (to = buf_grow(buf, (size_t)len)) == NULL) {
		buf->failed = true;
		return;
	}
	va_start(args, fmt);
	vsnprintf((char *)to, (size_t)len + 1, fmt, args);
	va_end(args);
}

void buf_u32be(struct buf *buf, uint32_t n)
{
	uint8_t b[4] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };

	buf_add(buf, b, sizeof(b));
}

void buf_u64be(struct buf *buf, uint64_t n)
{
	buf_u32be(buf, (uint32_t)(n >> 32));
	buf_u32be(buf, (uint32_t)n);
}

void buf_varint(struct buf *buf, uint64_t n)
{
	uint8_t bytes[10];
	size_t len = 0;

	while (n >= 0x80) {
		bytes[len++] = (uint8_t)(n | 0x80);
		n >>= 7;
	}
	bytes[len++] = (uint8_t)n;
	buf_add(buf, bytes, len);
}

void buf_zigzag(struct buf *buf, int64_t n)
{
	buf_varint(buf, ((uint64_t)n << 1) ^ (n < 0 ? UINT64_MAX : 0));
}

bool buf_ok(const struct buf *buf, struct err *err)
{
	return buf->failed ? err_nomem(err) : true;
}

struct view buf_as_view(const struct buf *buf)
{
	return (struct view){ (const char *)buf->data, buf->len };
}

const char *buf_str(const struct buf *buf)
{
	return buf->data != NULL ? (const char *)buf->data : "";
}

struct cursor cursor_of(const void *data, size_t len)
{
	const uint8_t *at = data;

	return (struct cursor){ at, at != NULL ? at + len : at, false };
}

size_t cursor_left(const struct cursor *cursor)
{
	return (size_t)(cursor->end - cursor->at);
}

const uint8_t *cursor_take(struct cursor *cursor, size_t len)
{
	const uint8_t *at = cursor->at;

	if (cursor->failed || cursor_left(cursor) < len) {
		cursor->failed = true;
		return NULL;
	}
	if (len != 0) {
		cursor->at += len;
	}
	return at;
}

uint8_t cursor_byte(struct cursor *cursor)
{
	const uint8_t *at = cursor_take(cursor, 1);

	return at != NULL ? *at : 0;
}

uint32_t cursor_u32be(struct cursor *cursor)
{
	const uint8_t *at = cursor_take(cursor, 4);

	return at == NULL ? 0 : (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
		(uint32_t)at[2] << 8 | at[3];
}

uint64_t cursor_u64be(struct cursor *cursor)
{
	uint64_t high = cursor_u32be(cursor);

	return high << 32 | cursor_u32be(cursor);
}

uint64_t cursor_varint(struct cursor *cursor)
{
	uint64_t n = 0;
	unsigned shift;
	uint8_t byte;

	for (shift = 0; shift < 64; shift += 7) {
		byte = cursor_byte(cursor);
		if (cursor->failed || (shift == 63 && byte > 1)) {
			break;
		}
		n |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			if (byte == 0 && shift != 0) {
				break;
			}
			return n;
		}
	}
	cursor->failed = true;
	return 0;
}

int64_t cursor_zigzag(struct cursor *cursor)
{
	uint64_t n = cursor_varint(cursor);

	return (int64_t)((n >> 1) ^ (n & 1 ? UINT64_MAX : 0));
}

bool cursor_skip(struct cursor *cursor, const char *text)
{
	size_t len = strlen(text);

	if (cursor->failed || cursor_left(cursor) < len || memcmp(cursor->at, text, len) != 0) {
		return false;
	}
	cursor->at += len;
	return true;
}

struct view cursor_until(struct cursor *cursor, char stop)
{
	size_t left = cursor_left(cursor);
	const uint8_t *at = cursor->at;
	const uint8_t *found = cursor->failed || left == 0 ? NULL : memchr(at, stop, left);

	if (found == NULL) {
		cursor->failed = true;
		return (struct view){ NULL, 0 };
	}
	cursor->at = found + 1;
	return (struct view){ (const char *)at, (size_t)(found - at) };
}

#define ARENA_BLOCK_BYTES 16384

struct arena_block {
	struct arena_block *next;
	size_t used, room;
	max_align_t data[];
};

void *arena_alloc(struct arena *arena, size_t len)
{
	struct arena_block *block = arena->blocks;
	size_t align = sizeof(max_align_t), room;
	void *at;

	if (len > SIZE_MAX / 2) {
		return NULL;
	}
	len = (len + align - 1) / align * align;
	if (block == NULL || block->room - block->used < len) {
		room = len > ARENA_BLOCK_BYTES ? len : ARENA_BLOCK_BYTES;
		block = malloc(sizeof(*block) + room);
		if (block == NULL) {
			return NULL;
		}
		block->next = arena->blocks;
		block->used = 0;
		block->room = room;
		arena->blocks = block;
	}
	at = (char *)block->data + block->used;
	block->used += len;
	memset(at, 0, len);
	return at;
}

struct view arena_copy(struct arena *arena, struct view text)
{
	char *copy = arena_alloc(arena, text.len + 1);

	if (copy != NULL && text.len != 0) {
		memcpy(copy, text.data, text.len);
	}
	return (struct view){ copy, copy != NULL ? text.len : 0 };
}

void arena_reset(struct arena *arena)
{
	struct arena_block *keep = arena->blocks, *next;

	if (keep == NULL) {
		return;
	}
	while ((next = keep->next) != NULL) {
		keep->next = next->next;
		free(next);
	}
	keep->used = 0;
}

void arena_clear(struct arena *arena)
{
	arena_reset(arena);
	free(arena->blocks);
	arena->blocks = NULL;
}
