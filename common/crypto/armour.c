/* armour.c -- see armour.h. */
#include <string.h>

#include "armour.h"

void armour_reserve(struct buf *buf, size_t len)
{
	size_t before = buf->len;

	if (buf_grow(buf, len) != NULL) {
		buf->len = before;
	}
}

void armour_write(struct buf *out, const char *label, struct view bytes, size_t columns)
{
	size_t encoded = bytes.len / 3 * 4 + 4;
	struct buf text = { 0 };
	size_t at, len;

	armour_reserve(out, encoded + encoded / columns + 2 * strlen(label) + 40);
	armour_reserve(&text, encoded);
	base64_encode(&text, bytes.data, bytes.len, true);
	out->failed = out->failed || text.failed;
	buf_printf(out, "-----BEGIN %s-----\n", label);
	for (at = 0; at < text.len; at += len) {
		len = text.len - at < columns ? text.len - at : columns;
		buf_add(out, text.data + at, len);
		buf_byte(out, '\n');
	}
	buf_printf(out, "-----END %s-----\n", label);
	buf_wipe(&text);
}

/* The base64 digits of ${text} between its first and its last line. */
static bool collect(struct buf *digits, struct view text)
{
	struct cursor cursor = cursor_of(text.data, text.len);
	struct view line = cursor_until(&cursor, '\n');

	armour_reserve(digits, text.len);
	while (!cursor.failed) {
		line = cursor_until(&cursor, '\n');
		if (view_begins(line, "-----")) {
			return true;
		}
		buf_view(digits, line);
	}
	return false;
}

bool armour_read(
	struct buf *out, const char *label, struct view text, size_t columns, struct err *err)
{
	struct buf digits = { 0 }, again = { 0 };
	size_t before = out->len;
	bool ok = false;

	armour_reserve(out, text.len);
	if (!collect(&digits, text) || !base64_decode(out, buf_as_view(&digits), true)) {
		err_set(err, ERR_FORMAT, "no well-formed armour");
		goto out;
	}
	if (!buf_ok(&digits, err) || !buf_ok(out, err)) {
		goto out;
	}
	armour_write(&again, label, (struct view){ (char *)out->data + before, out->len - before },
		columns);
	if (!buf_ok(&again, err)) {
		goto out;
	}
	if (!view_equal(buf_as_view(&again), text)) {
		err_set(err, ERR_FORMAT, "not the armour of a %s as it is written", label);
		goto out;
	}
	ok = true;
out:
	if (!ok && out->len > before) {
		memset(out->data + before, 0, out->len - before);
		out->len = before;
	}
	buf_wipe(&digits);
	buf_wipe(&again);
	return ok;
}
