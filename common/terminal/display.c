/* display.c -- see display.h. */
#include <utf8proc.h>

#include "display.h"

#define ZERO_WIDTH_NON_JOINER 0x200c
#define ZERO_WIDTH_JOINER 0x200d
#define ELLIPSIS "…"

/* The character at the front of ${text}, -1 if there is none; *len its bytes. */
static utf8proc_int32_t front(struct view text, size_t *len)
{
	utf8proc_int32_t point = -1;
	utf8proc_ssize_t got = utf8proc_iterate(
		(const utf8proc_uint8_t *)text.data, (utf8proc_ssize_t)text.len, &point);

	*len = got > 0 ? (size_t)got : 1;
	return got > 0 ? point : -1;
}

static size_t point_width(utf8proc_int32_t point)
{
	int width = point < 0 ? 1 : utf8proc_charwidth(point);

	return width > 0 ? (size_t)width : 0;
}

static struct view after(struct view text, size_t len)
{
	return (struct view){ text.data + len, text.len - len };
}

size_t display_width(struct view text)
{
	size_t width = 0, len;

	for (; text.len != 0; text = after(text, len)) {
		width += point_width(front(text, &len));
	}
	return width;
}

static bool harmless(utf8proc_int32_t point)
{
	if (point >= 0x20 && point < 0x7f) {
		return true;
	}
	switch (utf8proc_category(point)) {
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return false;
	case UTF8PROC_CATEGORY_CF:
		return point == ZERO_WIDTH_JOINER || point == ZERO_WIDTH_NON_JOINER;
	default:
		return true;
	}
}

static void escape_point(struct buf *out, utf8proc_int32_t point)
{
	if (point == '\n' || point == '\r' || point == '\t') {
		buf_text(out, point == '\n' ? "\\n" : point == '\r' ? "\\r" : "\\t");
	} else if (point < 0x100) {
		buf_printf(out, "\\x%02x", (unsigned)point);
	} else {
		buf_printf(out, "\\u%04x", (unsigned)point);
	}
}

static void escape(struct buf *out, struct view text, bool keep_newlines)
{
	size_t len;

	for (; text.len != 0; text = after(text, len)) {
		utf8proc_int32_t point = front(text, &len);

		if (point < 0) {
			buf_printf(out, "\\x%02x", (unsigned)(uint8_t)text.data[0]);
		} else if (harmless(point) || (keep_newlines && point == '\n')) {
			buf_add(out, text.data, len);
		} else {
			escape_point(out, point);
		}
	}
}

void display_escape(struct buf *out, struct view text)
{
	escape(out, text, false);
}

void display_escape_lines(struct buf *out, struct view text)
{
	escape(out, text, true);
}

size_t display_fit(struct buf *out, struct view text, size_t columns)
{
	size_t width = 0, at = 0, len, more;

	if (display_width(text) <= columns) {
		buf_view(out, text);
		return display_width(text);
	}
	for (; at < text.len; at += len) {
		more = point_width(front(after(text, at), &len));
		if (width + more + 1 > columns) {
			break;
		}
		width += more;
	}
	buf_add(out, text.data, at);
	if (columns == 0) {
		return 0;
	}
	buf_text(out, ELLIPSIS);
	return width + 1;
}

void display_pad(struct buf *out, size_t count)
{
	while (count-- != 0) {
		buf_byte(out, ' ');
	}
}
