/* line_write.c -- values and lines into canonical JSON; see line.h. */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "line.h"

bool value_equal(const struct value *a, const struct value *b)
{
	return a->kind == b->kind && a->integer == b->integer && view_equal(a->text, b->text);
}

int value_compare(const struct value *a, const struct value *b)
{
	if (a->kind != b->kind) {
		return a->kind < b->kind ? -1 : 1;
	}
	if (a->integer != b->integer) {
		return a->integer < b->integer ? -1 : 1;
	}
	return view_compare(a->text, b->text);
}

static void write_escape(struct buf *out, unsigned char c)
{
	switch (c) {
	case '"':
		buf_add(out, "\\\"", 2);
		break;
	case '\\':
		buf_add(out, "\\\\", 2);
		break;
	case '\n':
		buf_add(out, "\\n", 2);
		break;
	case '\r':
		buf_add(out, "\\r", 2);
		break;
	case '\t':
		buf_add(out, "\\t", 2);
		break;
	default:
		buf_printf(out, "\\u%04x", c);
		break;
	}
}

void line_string_write(struct buf *out, struct view text)
{
	size_t at, run = 0;

	buf_byte(out, '"');
	for (at = 0; at < text.len; at++) {
		unsigned char c = (unsigned char)text.data[at];

		if (c < 0x20 || c == '"' || c == '\\') {
			buf_add(out, text.data + run, at - run);
			write_escape(out, c);
			run = at + 1;
		}
	}
	if (run < text.len) {
		buf_add(out, text.data + run, text.len - run);
	}
	buf_byte(out, '"');
}

static void write_integer(struct buf *out, int64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

	do {
		digits[--at] = (char)('0' + left % 10);
		left /= 10;
	} while (left != 0);
	if (n < 0) {
		digits[--at] = '-';
	}
	buf_add(out, digits + at, sizeof(digits) - at);
}

void value_write(struct buf *out, const struct value *value)
{
	switch (value->kind) {
	case VALUE_NULL:
		buf_text(out, "null");
		break;
	case VALUE_BOOL:
		buf_text(out, value->integer != 0 ? "true" : "false");
		break;
	case VALUE_INT:
		write_integer(out, value->integer);
		break;
	case VALUE_TEXT:
		line_string_write(out, value->text);
		break;
	}
}

/* Do ${a} and ${b}, one after the other, stand as line_parse() has them? */
static bool in_order(const struct change *a, const struct change *b)
{
	if (a->op != b->op) {
		return a->op < b->op;
	}
	return !view_equal(a->field, b->field) ||
		(a->op >= LINE_IN && view_compare(a->value.text, b->value.text) < 0);
}

static void write_changes(struct buf *out, const struct line *line)
{
	static const char *const keys[] = { ",\"put\":{\"", ",\"add\":{\"", ",\"in\":{\"",
		",\"out\":{\"" };
	const struct change *before = NULL, *change;
	bool same_op, same_field;
	size_t i;

	for (i = 0; i < line->change_count; i++, before = change) {
		change = &line->changes[i];
		assert(before == NULL || in_order(before, change));
		same_op = before != NULL && before->op == change->op;
		same_field = same_op && view_equal(before->field, change->field);
		if (before != NULL && before->op >= LINE_IN && !same_field) {
			buf_byte(out, ']');
		}
		if (before != NULL && !same_op) {
			buf_byte(out, '}');
		}
		if (same_field) {
			buf_byte(out, ',');
		} else {
			buf_text(out, same_op ? ",\"" : keys[change->op]);
			buf_view(out, change->field);
			buf_text(out, change->op >= LINE_IN ? "\":[" : "\":");
		}
		value_write(out, &change->value);
	}
	assert(before != NULL);
	buf_text(out, before->op >= LINE_IN ? "]}" : "}");
}

void line_write(struct buf *out, const struct line *line)
{
	assert(line->t >= 1 && line->t <= LINE_MAX_T);
	assert(line->has_del == (line->change_count == 0));
	buf_text(out, "{\"t\":");
	write_integer(out, line->t);
	buf_text(out, ",\"e\":\"");
	buf_view(out, line->entity);
	buf_text(out, "\",\"id\":\"");
	buf_view(out, line->id);
	buf_byte(out, '"');
	if (line->has_del) {
		buf_text(out, line->del ? ",\"del\":true" : ",\"del\":false");
	} else {
		write_changes(out, line);
	}
	if (line->has_salt) {
		buf_text(out, ",\"n\":\"");
		base64_encode(out, line->salt, LINE_SALT_BYTES, true);
		buf_byte(out, '"');
	}
	buf_byte(out, '}');
}
