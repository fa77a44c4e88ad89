/* emit.c -- see emit.h. */
#include <inttypes.h>
#include <string.h>

#include "emit.h"
#include "line.h"
#include "terminal.h"

#define FLUSH_BYTES (4 * 1024 * 1024)

/* Before an element, or a key: what went before it ends here. */
static void separate(struct buf *out)
{
	uint8_t last = out->len != 0 ? out->data[out->len - 1] : '[';

	if (last != '[' && last != '{' && last != ':') {
		buf_byte(out, ',');
	}
}

void emit_open(struct buf *out, char bracket)
{
	separate(out);
	buf_byte(out, (uint8_t)bracket);
}

void emit_close(struct buf *out, char bracket)
{
	buf_byte(out, (uint8_t)bracket);
}

void emit_begin(struct buf *out)
{
	emit_open(out, '{');
	emit_member_integer(out, "schema", 1);
}

void emit_end(struct buf *out)
{
	emit_close(out, '}');
}

void emit_key(struct buf *out, const char *name)
{
	emit_text(out, view_of(name));
	buf_byte(out, ':');
}

void emit_text(struct buf *out, struct view text)
{
	separate(out);
	line_string_write(out, text);
}

void emit_integer(struct buf *out, int64_t number)
{
	separate(out);
	buf_printf(out, "%" PRId64, number);
}

void emit_bool(struct buf *out, bool value)
{
	separate(out);
	buf_text(out, value ? "true" : "false");
}

void emit_null(struct buf *out)
{
	separate(out);
	buf_text(out, "null");
}

void emit_raw(struct buf *out, struct view json)
{
	separate(out);
	buf_view(out, json);
}

void emit_member(struct buf *out, const char *name, const char *text)
{
	emit_key(out, name);
	if (text == NULL) {
		emit_null(out);
	} else {
		emit_text(out, view_of(text));
	}
}

void emit_member_integer(struct buf *out, const char *name, int64_t number)
{
	emit_key(out, name);
	emit_integer(out, number);
}

void emit_member_bool(struct buf *out, const char *name, bool value)
{
	emit_key(out, name);
	emit_bool(out, value);
}

void emit_member_null(struct buf *out, const char *name)
{
	emit_key(out, name);
	emit_null(out);
}

void emit_member_hex(struct buf *out, const char *name, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	size_t i;

	emit_key(out, name);
	buf_byte(out, '"');
	for (i = 0; i < len; i++) {
		buf_printf(out, "%02x", bytes[i]);
	}
	buf_byte(out, '"');
}

bool emit_flush(struct buf *out, struct err *err)
{
	uint8_t last;

	if (!buf_ok(out, err)) {
		return false;
	}
	if (out->len < FLUSH_BYTES) {
		return true;
	}
	/* The last byte stays: separate() asks for it. */
	last = out->data[out->len - 1];
	if (!terminal_write((struct view){ (char *)out->data, out->len - 1 }, err)) {
		return false;
	}
	buf_reset(out);
	buf_byte(out, last);
	return true;
}
