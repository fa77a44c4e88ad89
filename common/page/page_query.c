/* page_query.c -- what a request says beside its path; see page.h. */
#include <string.h>

#include "page.h"

#define VALUE_MAX_BYTES 1024

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
		c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		c >= 'A' && c <= 'F' ? c - 'A' + 10 :
				       -1;
}

/* One name or value without its escapes; false if it is not well-formed. */
static bool decode(struct buf *out, struct view text)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		if (text.data[i] == '%') {
			int high = i + 2 < text.len ? hex_digit(text.data[i + 1]) : -1;
			int low = i + 2 < text.len ? hex_digit(text.data[i + 2]) : -1;

			if (high < 0 || low < 0 || (high == 0 && low == 0)) {
				return false;
			}
			buf_byte(out, (unsigned)(high * 16 + low));
			i += 2;
		} else {
			buf_byte(out, text.data[i] == '+' ? ' ' : (uint8_t)text.data[i]);
		}
	}
	return out->len <= VALUE_MAX_BYTES && utf8_valid(buf_as_view(out));
}

bool page_query_each(const struct page_call *call,
	bool (*each)(void *ctx, struct view name, struct view value, struct err *err), void *ctx,
	struct err *err)
{
	struct cursor cursor = cursor_of(call->request->query, strlen(call->request->query));
	struct buf name = { 0 }, value = { 0 };
	bool ok = true;

	while (ok && cursor_left(&cursor) != 0) {
		const char *at = (const char *)cursor.at;
		size_t len = 0, equals;

		while (len < cursor_left(&cursor) && at[len] != '&') {
			len++;
		}
		for (equals = 0; equals < len && at[equals] != '='; equals++) {
		}
		buf_reset(&name);
		buf_reset(&value);
		ok = decode(&name, (struct view){ at, equals }) &&
			(equals == len ||
				decode(&value, (struct view){ at + equals + 1, len - equals - 1 }));
		if (!ok) {
			err_set(err, ERR_FORMAT, "the query is not well-formed");
			break;
		}
		ok = buf_ok(&name, err) && buf_ok(&value, err) &&
			each(ctx, buf_as_view(&name), buf_as_view(&value), err);
		(void)cursor_take(&cursor, len < cursor_left(&cursor) ? len + 1 : len);
	}
	buf_clear(&name);
	buf_clear(&value);
	return ok;
}

struct wanted_value {
	const char *name;
	size_t number; /* of that name, still to be passed over */
	char *out;
	size_t size;
	bool found;
};

static bool see_value(void *ctx, struct view name, struct view value, struct err *err)
{
	struct wanted_value *wanted = ctx;

	(void)err;
	if (!wanted->found && view_is(name, wanted->name) && wanted->number-- == 0 &&
		value.len < wanted->size) {
		memcpy(wanted->out, value.data, value.len);
		wanted->out[value.len] = '\0';
		wanted->found = true;
	}
	return true;
}

bool page_query(
	const struct page_call *call, const char *name, size_t number, char *out, size_t size)
{
	struct wanted_value wanted = { name, number, out, size, false };
	struct err ignored;

	return page_query_each(call, see_value, &wanted, &ignored) && wanted.found;
}

uint64_t page_query_number(
	const struct page_call *call, const char *name, uint64_t max, uint64_t otherwise)
{
	char text[24];
	int64_t number;

	if (!page_query(call, name, 0, text, sizeof(text)) ||
		!int64_parse(&number, view_of(text)) || number < 0 || (uint64_t)number > max) {
		return otherwise;
	}
	return (uint64_t)number;
}

const char *page_text_or(const struct page_call *call, const char *name, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(call->body, name));

	return text != NULL ? text : otherwise;
}

bool page_text(const struct page_call *call, const char *name, const char **out, struct err *err)
{
	*out = page_text_or(call, name, NULL);
	return *out != NULL || err_set(err, ERR_FORMAT, "the request has no text '%s'", name);
}

bool page_flag(const struct page_call *call, const char *name)
{
	return json_is_true(json_object_get(call->body, name));
}
