/* reader.c -- see reader.h. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "reader.h"

void reader_enter(struct reader *r, const char *member, size_t index)
{
	assert(r->depth < READER_DEPTH);
	r->steps[r->depth++] = (struct reader_step){ member, index, NULL };
}

void reader_leave(struct reader *r)
{
	assert(r->depth > 0);
	r->depth--;
}

void reader_called(struct reader *r, const char *name)
{
	assert(r->depth > 0);
	r->steps[r->depth - 1].name = name;
}

/* "entities[3] (club) .fields[2] (founded_on)" */
static void print_place(const struct reader *r, struct buf *out)
{
	size_t i;

	for (i = 0; i < r->depth; i++) {
		const struct reader_step *step = &r->steps[i];

		buf_text(out, i != 0 ? " ." : "");
		buf_text(out, step->member);
		if (step->index != READER_NO_INDEX) {
			buf_printf(out, "[%zu]", step->index);
		}
		if (step->name != NULL) {
			buf_printf(out, " (%s)", step->name);
		}
	}
}

bool reader_fail(struct reader *r, enum err_code code, const char *fmt, ...)
{
	char detail[ERR_DETAIL_BYTES];
	struct buf place = { 0 };
	va_list args;

	va_start(args, fmt);
	vsnprintf(detail, sizeof(detail), fmt, args);
	va_end(args);
	err_set(r->err, code, "%s", detail);
	print_place(r, &place);
	if (place.len != 0) {
		err_wrap(r->err, "%s", buf_str(&place));
	}
	buf_clear(&place);
	return false;
}

const char *reader_shown(char out[READER_SHOWN_BYTES], const char *text)
{
	size_t len = strlen(text), i;

	if (len > 40) {
		/* Not through the middle of a character. */
		len = 40;
		while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80) {
			len--;
		}
	}
	for (i = 0; i < len; i++) {
		out[i] = (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? '?' : text[i];
	}
	snprintf(out + len, READER_SHOWN_BYTES - len, "%s", text[len] != '\0' ? "..." : "");
	return out;
}

void *reader_array(struct reader *r, size_t count, size_t size)
{
	void *array = size != 0 && count > SIZE_MAX / size ? NULL :
		arena_alloc(r->arena, count * size);

	if (array == NULL) {
		err_nomem(r->err);
	}
	return array;
}

bool reader_object(struct reader *r, json_t *value, const char *const *known)
{
	char shown[READER_SHOWN_BYTES];
	const char *key;
	json_t *member;
	size_t i;

	if (!json_is_object(value)) {
		return reader_fail(r, ERR_MODEL, "must be an object");
	}
	json_object_foreach(value, key, member) {
		for (i = 0; known[i] != NULL && strcmp(known[i], key) != 0; i++) {
		}
		if (known[i] == NULL) {
			return reader_fail(r, ERR_MODEL, "unknown member '%s'",
				reader_shown(shown, key));
		}
	}
	return true;
}

/* The string ${member}; NULL in *out where it is absent and may be. */
static bool take_text(struct reader *r, json_t *object, const char *member, size_t cap,
	bool optional, const char **out)
{
	json_t *value = json_object_get(object, member);
	const char *text;
	size_t i;

	*out = NULL;
	if (value == NULL && optional) {
		return true;
	}
	if (value == NULL) {
		return reader_fail(r, ERR_MODEL, "member '%s' is missing", member);
	}
	if (!json_is_string(value)) {
		return reader_fail(r, ERR_MODEL, "member '%s' must be a text", member);
	}
	if (json_string_length(value) > cap) {
		return reader_fail(r, ERR_TOO_LARGE, "member '%s' is over %zu bytes", member, cap);
	}
	text = json_string_value(value);
	if (text[0] == '\0') {
		return reader_fail(r, ERR_MODEL, "member '%s' is empty", member);
	}
	for (i = 0; text[i] != '\0'; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
			return reader_fail(r, ERR_MODEL, "member '%s' holds a control character",
				member);
		}
	}
	*out = arena_copy(r->arena, view_of(text)).data;
	return *out != NULL ? true : err_nomem(r->err);
}

static bool name_valid(const char *name)
{
	size_t len = strlen(name);

	return name[0] >= 'a' && name[0] <= 'z' && len < MODEL_NAME_BYTES &&
		strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

bool reader_optional_name(struct reader *r, json_t *object, const char *member,
	const char **out)
{
	char shown[READER_SHOWN_BYTES];

	if (!take_text(r, object, member, READER_LABEL_MAX_BYTES, true, out)) {
		return false;
	}
	if (*out != NULL && !name_valid(*out)) {
		return reader_fail(r, ERR_MODEL,
			"'%s' is no name: a small letter, then up to 31 of a-z 0-9 _",
			reader_shown(shown, *out));
	}
	return true;
}

bool reader_name(struct reader *r, json_t *object, const char *member, const char **out)
{
	if (json_object_get(object, member) == NULL) {
		return reader_fail(r, ERR_MODEL, "member '%s' is missing", member);
	}
	return reader_optional_name(r, object, member, out);
}

bool reader_optional_text(struct reader *r, json_t *object, const char *member,
	const char **out)
{
	if (!take_text(r, object, member, READER_LABEL_MAX_BYTES, true, out)) {
		return false;
	}
	*out = *out != NULL ? *out : "";
	return true;
}

bool reader_optional_label(struct reader *r, json_t *object, const char *member,
	struct label *out)
{
	static const char *const known[] = { "zh", "en", NULL };
	json_t *value = json_object_get(object, member);

	*out = (struct label){ "", "" };
	if (value == NULL) {
		return true;
	}
	reader_enter(r, member, READER_NO_INDEX);
	if (!reader_object(r, value, known) ||
		!take_text(r, value, "zh", READER_LABEL_MAX_BYTES, false, &out->zh) ||
		!take_text(r, value, "en", READER_LABEL_MAX_BYTES, false, &out->en)) {
		return false;
	}
	reader_leave(r);
	return true;
}

bool reader_label(struct reader *r, json_t *object, const char *member, struct label *out)
{
	if (json_object_get(object, member) == NULL) {
		return reader_fail(r, ERR_MODEL, "member '%s' is missing", member);
	}
	return reader_optional_label(r, object, member, out);
}

bool reader_sql(struct reader *r, json_t *object, const char *member, const char **out)
{
	json_t *value = json_object_get(object, member), *part;
	struct buf sql = { 0 };
	bool ok = false;
	size_t i;

	if (!json_is_array(value) && !json_is_string(value)) {
		return reader_fail(r, ERR_MODEL, "member '%s' must be a text or a list of texts",
			member);
	}
	for (i = 0; json_is_array(value) && i < json_array_size(value); i++) {
		part = json_array_get(value, i);
		if (!json_is_string(part)) {
			reader_fail(r, ERR_MODEL, "member '%s' must be a text or a list of texts",
				member);
			goto out;
		}
		buf_text(&sql, i != 0 ? "\n" : "");
		buf_text(&sql, json_string_value(part));
	}
	if (json_is_string(value)) {
		buf_text(&sql, json_string_value(value));
	}
	if (!buf_ok(&sql, r->err)) {
		goto out;
	}
	if (sql.len > READER_SQL_MAX_BYTES) {
		reader_fail(r, ERR_TOO_LARGE, "member '%s' is over %d bytes", member,
			READER_SQL_MAX_BYTES);
		goto out;
	}
	if (strspn(buf_str(&sql), " \t\r\n") == sql.len) {
		reader_fail(r, ERR_MODEL, "member '%s' is empty", member);
		goto out;
	}
	*out = arena_copy(r->arena, buf_as_view(&sql)).data;
	ok = *out != NULL || err_nomem(r->err);
out:
	buf_clear(&sql);
	return ok;
}

bool reader_integer(struct reader *r, json_t *object, const char *member, int64_t min,
	int64_t max, int64_t *out)
{
	json_t *value = json_object_get(object, member);

	if (!json_is_integer(value)) {
		return reader_fail(r, ERR_MODEL, value == NULL ? "member '%s' is missing" :
			"member '%s' must be a whole number", member);
	}
	*out = json_integer_value(value);
	if (*out < min || *out > max) {
		return reader_fail(r, ERR_MODEL, "member '%s' must be from %lld to %lld", member,
			(long long)min, (long long)max);
	}
	return true;
}

bool reader_flag(struct reader *r, json_t *object, const char *member, bool *out)
{
	json_t *value = json_object_get(object, member);

	*out = json_is_true(value);
	if (value != NULL && !json_is_boolean(value)) {
		return reader_fail(r, ERR_MODEL, "member '%s' must be true or false", member);
	}
	return true;
}

bool reader_word(struct reader *r, json_t *object, const char *member,
	const struct reader_words *words, size_t absent, size_t *out)
{
	char shown[READER_SHOWN_BYTES];
	const char *text;

	if (!take_text(r, object, member, READER_LABEL_MAX_BYTES, absent != SIZE_MAX, &text)) {
		return false;
	}
	if (text == NULL) {
		*out = absent;
		return true;
	}
	for (*out = 0; *out < words->count; (*out)++) {
		if (strcmp(words->words[*out], text) == 0) {
			return true;
		}
	}
	return reader_fail(r, ERR_MODEL, "unknown %s '%s'", words->what,
		reader_shown(shown, text));
}

bool reader_list(struct reader *r, json_t *object, const char *member, size_t min, size_t max,
	json_t **list, size_t *count)
{
	*list = json_object_get(object, member);
	*count = json_array_size(*list);
	if (*list == NULL && min == 0) {
		return true;
	}
	if (!json_is_array(*list)) {
		return reader_fail(r, ERR_MODEL, *list == NULL ? "member '%s' is missing" :
			"member '%s' must be a list", member);
	}
	if (*count < min) {
		return reader_fail(r, ERR_MODEL, "member '%s' needs %zu at least", member, min);
	}
	if (*count > max) {
		return reader_fail(r, ERR_TOO_LARGE, "member '%s' has over %zu", member, max);
	}
	return true;
}
