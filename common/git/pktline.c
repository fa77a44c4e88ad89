/* pktline.c -- see pktline.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "pktline.h"

#define LENGTH_DIGITS 4
#define BAND_PACK 1 /* the side band that packs go in */

bool pkt_next(struct cursor *cursor, enum pkt_kind *kind, struct view *data, struct err *err)
{
	const uint8_t *digits;
	uint8_t length[2];
	size_t len;

	*data = (struct view){ "", 0 };
	if (cursor_left(cursor) == 0) {
		*kind = PKT_END;
		return true;
	}
	digits = cursor_take(cursor, LENGTH_DIGITS);
	if (digits == NULL || !hex_decode(length, sizeof(length),
				      (struct view){ (const char *)digits, LENGTH_DIGITS })) {
		return err_set(err, ERR_FORMAT, "a pkt-line without its length");
	}
	len = (size_t)length[0] << 8 | length[1];
	if (len <= 1) {
		*kind = len == 0 ? PKT_FLUSH : PKT_DELIM;
		return true;
	}
	if (len <= LENGTH_DIGITS || len > PKT_MAX_BYTES) {
		return err_set(err, ERR_FORMAT, "a pkt-line of length %zu", len);
	}
	digits = cursor_take(cursor, len - LENGTH_DIGITS);
	if (digits == NULL) {
		return err_set(err, ERR_FORMAT, "a pkt-line that is cut short");
	}
	*kind = PKT_DATA;
	*data = (struct view){ (const char *)digits, len - LENGTH_DIGITS };
	return true;
}

struct view pkt_text(struct view data)
{
	if (data.len != 0 && data.data[data.len - 1] == '\n') {
		data.len--;
	}
	return data;
}

static void add_length(struct buf *out, size_t data_len)
{
	char text[LENGTH_DIGITS + 1];

	snprintf(text, sizeof(text), "%04x", (unsigned)(data_len + LENGTH_DIGITS) & 0xffffU);
	buf_text(out, text);
}

void pkt_line(struct buf *out, const char *fmt, ...)
{
	char text[2048];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (len <= 0 || (size_t)len >= sizeof(text)) {
		out->failed = true;
		return;
	}
	add_length(out, (size_t)len);
	buf_add(out, text, (size_t)len);
}

void pkt_flush(struct buf *out)
{
	buf_text(out, "0000");
}

void pkt_delim(struct buf *out)
{
	buf_text(out, "0001");
}

/* ---- bands --------------------------------------------------------- */

/* Send ${data} as a line of the pack's band. */
static bool send_line(struct band_writer *band, struct view data, struct err *err)
{
	struct buf header = { 0 };
	bool ok;

	add_length(&header, data.len + 1);
	buf_byte(&header, BAND_PACK);
	ok = buf_ok(&header, err) && band->write(band->ctx, buf_as_view(&header), err) &&
		band->write(band->ctx, data, err);
	buf_clear(&header);
	return ok;
}

bool band_write(void *ctx, struct view piece, struct err *err)
{
	struct band_writer *band = ctx;

	if (band->line_max == 0) {
		return band->write(band->ctx, piece, err);
	}
	while (piece.len != 0) {
		size_t room = band->line_max - band->pending.len;
		size_t part = piece.len < room ? piece.len : room;

		buf_add(&band->pending, piece.data, part);
		if (!buf_ok(&band->pending, err)) {
			return false;
		}
		piece.data += part;
		piece.len -= part;
		if (band->pending.len == band->line_max) {
			if (!send_line(band, buf_as_view(&band->pending), err)) {
				return false;
			}
			buf_reset(&band->pending);
		}
	}
	return true;
}

bool band_end(struct band_writer *band, struct err *err)
{
	if (band->pending.len != 0 && !send_line(band, buf_as_view(&band->pending), err)) {
		return false;
	}
	buf_reset(&band->pending);
	return true;
}

void band_clear(struct band_writer *band)
{
	buf_clear(&band->pending);
}
