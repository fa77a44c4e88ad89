/* json.c -- see json.h. */
#include <string.h>

#include "json.h"

bool json_read(json_t **out, struct view text, size_t cap, const char *what, struct err *err)
{
	json_error_t error;

	*out = NULL;
	if (text.len > cap) {
		return err_set(err, ERR_TOO_LARGE, "%s is over %zu bytes", what, cap);
	}
	*out = json_loadb(
		text.data != NULL ? text.data : "", text.len, JSON_REJECT_DUPLICATES, &error);
	if (*out == NULL && json_error_code(&error) == json_error_out_of_memory) {
		return err_nomem(err);
	}
	if (*out == NULL) {
		/* The library's text quotes the input; only the place is of use. */
		return err_set(err, ERR_FORMAT, "%s is no JSON: line %d, column %d", what,
			error.line, error.column);
	}
	if (!json_is_object(*out)) {
		json_decref(*out);
		*out = NULL;
		return err_set(err, ERR_FORMAT, "%s is no JSON object", what);
	}
	return true;
}

static int append(const char *data, size_t len, void *ctx)
{
	struct buf *out = ctx;

	buf_add(out, data, len);
	return out->failed ? -1 : 0;
}

bool json_write_take(struct buf *out, json_t *value, bool lines, struct err *err)
{
	int result = -1;

	if (value != NULL) {
		result = json_dump_callback(
			value, append, out, lines ? JSON_INDENT(2) : JSON_COMPACT);
		json_decref(value);
	}
	if (result == 0 && lines) {
		buf_byte(out, '\n');
	}
	return result == 0 ? buf_ok(out, err) : err_nomem(err);
}

struct members members_of(json_t *object, const char *what, struct err *err)
{
	struct members m = { .object = object, .what = what, .err = err };

	if (!json_is_object(object)) {
		m.failed = true;
		err_set(err, ERR_FORMAT, "%s: no JSON object", what);
	}
	return m;
}

bool members_fail(struct members *m, enum err_code code, const char *member, const char *reason)
{
	if (!m->failed) {
		m->failed = true;
		err_set(m->err, code, "%s: member \"%s\" %s", m->what, member, reason);
	}
	return false;
}

bool members_done(struct members *m)
{
	if (!m->failed && json_object_size(m->object) != m->taken) {
		m->failed = true;
		err_set(m->err, ERR_FORMAT, "%s has members that are not known", m->what);
	}
	return !m->failed;
}

/* The member, counted as taken; NULL with the failure kept if it is not there. */
static json_t *take(struct members *m, const char *member)
{
	json_t *value = m->failed ? NULL : json_object_get(m->object, member);

	if (value == NULL) {
		members_fail(m, ERR_FORMAT, member, "is missing");
		return NULL;
	}
	m->taken++;
	return value;
}

static struct view take_text(struct members *m, const char *member, size_t cap)
{
	json_t *value = take(m, member);

	if (value == NULL) {
		return (struct view){ "", 0 };
	}
	if (!json_is_string(value)) {
		members_fail(m, ERR_FORMAT, member, "is no text");
		return (struct view){ "", 0 };
	}
	if (json_string_length(value) > cap) {
		members_fail(m, ERR_TOO_LARGE, member, "is too long");
		return (struct view){ "", 0 };
	}
	return (struct view){ json_string_value(value), json_string_length(value) };
}

void members_kind(struct members *m, const char *kind)
{
	int64_t format = 0;

	if (!m->failed && !view_is(take_text(m, "linli", 32), kind)) {
		members_fail(m, ERR_FORMAT, "linli", "says that this is something else");
	}
	members_integer(m, "format", 1, INT64_MAX, &format);
	if (!m->failed && format != 1) {
		members_fail(m, ERR_FORMAT, "format", "is newer than this program");
	}
}

void members_text(struct members *m, const char *member, char *out, size_t size)
{
	struct view text = take_text(m, member, size - 1);
	size_t i;

	memset(out, 0, size);
	for (i = 0; i < text.len; i++) {
		if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f) {
			members_fail(m, ERR_FORMAT, member, "holds a control character");
			return;
		}
	}
	memcpy(out, text.data, text.len);
}

struct view members_view(struct members *m, const char *member, size_t cap)
{
	return take_text(m, member, cap);
}

void members_hex(struct members *m, const char *member, void *out, size_t len)
{
	struct view text = take_text(m, member, 2 * len);

	if (!m->failed && !hex_decode(out, len, text)) {
		members_fail(m, ERR_FORMAT, member, "is not hex of its length");
	}
}

void members_base64(struct members *m, const char *member, void *out, size_t len)
{
	struct view text = take_text(m, member, 2 * len + 4);
	struct buf bytes = { 0 };

	if (!m->failed && (!base64_decode(&bytes, text, true) || bytes.len != len)) {
		members_fail(m, ERR_FORMAT, member, "is not base64 of its length");
	}
	if (!m->failed) {
		memcpy(out, bytes.data, len);
	}
	buf_wipe(&bytes);
}

void members_integer(struct members *m, const char *member, int64_t min, int64_t max, int64_t *out)
{
	json_t *value = take(m, member);

	*out = min;
	if (value == NULL) {
		return;
	}
	if (!json_is_integer(value)) {
		members_fail(m, ERR_FORMAT, member, "is no whole number");
	} else if (json_integer_value(value) < min || json_integer_value(value) > max) {
		members_fail(m, ERR_FORMAT, member, "is out of range");
	} else {
		*out = json_integer_value(value);
	}
}

void members_device(struct members *m, const char *member, struct device_id *out)
{
	struct view text = take_text(m, member, DEVICE_TEXT_BYTES);

	if (!m->failed && !device_id_parse(out, text)) {
		members_fail(m, ERR_FORMAT, member, "is no device");
	}
}

void members_slug(struct members *m, const char *member, char out[SLUG_TEXT_BYTES])
{
	members_text(m, member, out, SLUG_TEXT_BYTES);
	if (!m->failed && !slug_valid(view_of(out))) {
		members_fail(m, ERR_FORMAT, member, "is no short name of a community");
	}
}

void members_chain(struct members *m, const char *member, struct chain_name *out)
{
	struct view text = take_text(m, member, CHAIN_TEXT_BYTES);

	if (!m->failed && !chain_name_parse(out, text)) {
		members_fail(m, ERR_FORMAT, member, "is no chain");
	}
}

json_t *members_object(struct members *m, const char *member, size_t max)
{
	json_t *value = take(m, member);

	if (value != NULL && !json_is_object(value)) {
		members_fail(m, ERR_FORMAT, member, "is no object");
	} else if (value != NULL && json_object_size(value) > max) {
		members_fail(m, ERR_TOO_LARGE, member, "holds too many");
	}
	return m->failed ? NULL : value;
}

json_t *members_array(struct members *m, const char *member, size_t max)
{
	json_t *value = take(m, member);

	if (value != NULL && !json_is_array(value)) {
		members_fail(m, ERR_FORMAT, member, "is no list");
	} else if (value != NULL && json_array_size(value) > max) {
		members_fail(m, ERR_TOO_LARGE, member, "holds too many");
	}
	return m->failed ? NULL : value;
}

bool members_has(const struct members *m, const char *member)
{
	return !m->failed && json_object_get(m->object, member) != NULL;
}

void text_shown(char *out, size_t size, const char *from)
{
	size_t len = from != NULL ? strlen(from) : 0, i;

	if (len >= size) {
		/* Not through the middle of a character. */
		len = size - 1;
		while (len > 0 && ((unsigned char)from[len] & 0xc0) == 0x80) {
			len--;
		}
	}
	for (i = 0; i < len; i++) {
		out[i] = (unsigned char)from[i] < 0x20 || from[i] == 0x7f ? '?' : from[i];
	}
	out[len] = '\0';
}

void members_shown(struct members *m, const char *member, char *out, size_t size)
{
	json_t *value = take(m, member);

	if (value != NULL && !json_is_string(value)) {
		members_fail(m, ERR_FORMAT, member, "is no text");
	}
	text_shown(out, size, json_string_value(value));
}

void members_rest(struct members *m)
{
	m->taken = json_object_size(m->object);
}
