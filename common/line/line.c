/* line.c -- the strict scanner of lines; see line.h. */
#include <string.h>

#include "line.h"
#include "linli/model.h"

#define NAME_MAX_BYTES (MODEL_NAME_BYTES - 1)
#define ID_MAX_BYTES (RECORD_ID_TEXT_BYTES - 1)
#define FIRST_CHANGES 16 /* room for so many to begin with */

struct scan {
	const char *begin, *at, *end;
	struct arena *arena;
	struct err *err;
	struct change *changes;
	size_t count, room;        /* of changes */
	size_t fields, elements;   /* named so far */
	size_t group;              /* changes from here on may not name a field again */
	uint64_t names;            /* a bit by hash for each field named since group */
};

enum char_class { PLAIN = 1, NAME = 2, ID = 4 };

/* PLAIN: stands for itself in a string. */
static unsigned classify(unsigned char c)
{
	bool lower = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';
	unsigned set = c >= 0x20 && c != '"' && c != '\\' ? PLAIN : 0;

	set |= lower || digit || c == '_' ? NAME : 0;
	return set | (lower || digit || c == '.' || c == '-' ? ID : 0);
}

static bool refuse(const struct scan *scan, enum err_code code, const char *what)
{
	return err_set(scan->err, code, "at byte %zu: %s", (size_t)(scan->at - scan->begin), what);
}

static bool take_bytes(struct scan *scan, const char *text, size_t len)
{
	if ((size_t)(scan->end - scan->at) < len || memcmp(scan->at, text, len) != 0) {
		return false;
	}
	scan->at += len;
	return true;
}
#define TAKE(scan, literal) take_bytes(scan, literal, sizeof(literal) - 1)

static bool take_char(struct scan *scan, char c)
{
	if (scan->at == scan->end || *scan->at != c) {
		return false;
	}
	scan->at++;
	return true;
}

static int small_hex(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that the escape at ${at}, past its backslash, stands for; 0: none. */
static unsigned char escaped(const char *at, const char *end, size_t *len)
{
	int high, low;

	*len = 1;
	switch (*at) {
	case '"':
	case '\\':
		return (unsigned char)*at;
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'u':
		break;
	default:
		return 0;
	}
	if (end - at < 5 || memcmp(at, "u00", 3) != 0) {
		return 0;
	}
	high = small_hex(at[3]);
	low = small_hex(at[4]);
	*len = 5;
	if ((high != 0 && high != 1) || low < 0) {
		return 0;
	}
	low += high * 16;
	return low == '\n' || low == '\r' || low == '\t' ? 0 : (unsigned char)low;
}

/* The rest of a string with escapes, decoded into the arena. */
static bool scan_escaped(struct scan *scan, const char *from, struct view *out)
{
	const char *close = scan->at;
	unsigned char c;
	size_t len = 0, used;
	char *copy;

	while (close < scan->end && *close != '"') {
		close += *close == '\\' && scan->end - close > 1 ? 2 : 1;
	}
	if (close >= scan->end) {
		return refuse(scan, ERR_FORMAT, "a string without an end");
	}
	copy = arena_alloc(scan->arena, (size_t)(close - from));
	if (copy == NULL) {
		return err_nomem(scan->err);
	}
	for (scan->at = from; scan->at < close;) {
		c = (unsigned char)*scan->at++;
		if (c == '\\') {
			c = escaped(scan->at, close, &used);
			if (c == 0) {
				return refuse(scan, ERR_FORMAT, "an escape that is never written");
			}
			scan->at += used;
		} else if (c < 0x20) {
			return refuse(scan, ERR_FORMAT, "a control character in a string");
		}
		copy[len++] = (char)c;
	}
	scan->at = close + 1;
	*out = (struct view){ copy, len };
	return true;
}

/* A string, at its opening quote. */
static bool scan_string(struct scan *scan, struct view *out)
{
	unsigned char c = 0, high = 0;
	const char *from, *at;

	if (!take_char(scan, '"')) {
		return refuse(scan, ERR_FORMAT, "a string was expected");
	}
	for (from = at = scan->at; at < scan->end; at++) {
		c = (unsigned char)*at;
		if (c < 0x20 || c == '"' || c == '\\') {
			break;
		}
		high |= c;
	}
	scan->at = at;
	if (at < scan->end && c == '"') {
		*out = (struct view){ from, (size_t)(at - from) };
		scan->at++;
	} else if (at < scan->end && c == '\\') {
		high = 0x80;
		if (!scan_escaped(scan, from, out)) {
			return false;
		}
	} else {
		return refuse(scan, ERR_FORMAT, "a string without an end");
	}
	if (high >= 0x80 && !utf8_valid(*out)) {
		return refuse(scan, ERR_FORMAT, "text that is not UTF-8");
	}
	return true;
}

static bool scan_text(struct scan *scan, struct value *out)
{
	if (!scan_string(scan, &out->text)) {
		return false;
	}
	out->kind = VALUE_TEXT;
	if (out->text.len > FIELD_TEXT_MAX_BYTES) {
		return refuse(scan, ERR_TOO_LARGE, "a text that is too long");
	}
	return true;
}

static bool scan_integer(struct scan *scan, int64_t *out)
{
	const char *from = scan->at;

	if (scan->at < scan->end && *scan->at == '-') {
		scan->at++;
	}
	while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9') {
		scan->at++;
	}
	if (!int64_parse(out, (struct view){ from, (size_t)(scan->at - from) })) {
		return refuse(scan, ERR_FORMAT, "no integer as it is written");
	}
	return true;
}

static bool scan_value(struct scan *scan, struct value *out)
{
	switch (scan->at < scan->end ? *scan->at : '\0') {
	case '"':
		return scan_text(scan, out);
	case 't':
	case 'f':
		out->kind = VALUE_BOOL;
		out->integer = *scan->at == 't';
		if (TAKE(scan, "true") || TAKE(scan, "false")) {
			return true;
		}
		break;
	case 'n':
		out->kind = VALUE_NULL;
		if (TAKE(scan, "null")) {
			return true;
		}
		break;
	default:
		out->kind = VALUE_INT;
		return scan_integer(scan, &out->integer);
	}
	return refuse(scan, ERR_FORMAT, "no value");
}

/* The rest of a name or an id after its quote, and the closing quote. */
static bool scan_word(struct scan *scan, enum char_class set, size_t max, struct view *out)
{
	const char *from = scan->at;

	while (scan->at < scan->end && (classify((unsigned char)*scan->at) & set) != 0) {
		scan->at++;
	}
	*out = (struct view){ from, (size_t)(scan->at - from) };
	if (out->len == 0 || out->len > max ||
		(set == NAME && (*from < 'a' || *from > 'z')) || !take_char(scan, '"')) {
		return refuse(scan, ERR_FORMAT, set == NAME ? "no name" : "no id of a record");
	}
	return true;
}

/* The name of a field that the operations since scan->group have not named. */
static bool scan_field(struct scan *scan, struct view *out)
{
	uint64_t hash = 0, bit;
	size_t i;

	if (!take_char(scan, '"')) {
		return refuse(scan, ERR_FORMAT, "the name of a field was expected");
	}
	if (!scan_word(scan, NAME, NAME_MAX_BYTES, out)) {
		return false;
	}
	for (i = 0; i < out->len; i++) {
		hash = hash * 31 + (unsigned char)out->data[i];
	}
	bit = (uint64_t)1 << (hash * 0x9e3779b97f4a7c15U >> 58);
	for (i = scan->group; (scan->names & bit) != 0 && i < scan->count; i++) {
		if (view_equal(scan->changes[i].field, *out)) {
			return refuse(scan, ERR_FORMAT, "a field named twice");
		}
	}
	scan->names |= bit;
	if (++scan->fields > LINE_MAX_FIELDS) {
		return refuse(scan, ERR_TOO_LARGE, "too many fields");
	}
	if (!take_char(scan, ':')) {
		return refuse(scan, ERR_FORMAT, "':' was expected");
	}
	return true;
}

static struct change *add_change(struct scan *scan, enum line_op op, struct view field)
{
	size_t room = scan->room == 0 ? FIRST_CHANGES : scan->room * 2;
	struct change *change;

	if (scan->count == scan->room) {
		change = arena_alloc(scan->arena, room * sizeof(*change));
		if (change == NULL) {
			err_nomem(scan->err);
			return NULL;
		}
		if (scan->count != 0) {
			memcpy(change, scan->changes, scan->count * sizeof(*change));
		}
		scan->changes = change;
		scan->room = room;
	}
	change = &scan->changes[scan->count++];
	*change = (struct change){ .op = op, .field = field };
	return change;
}

/* A non-empty array of texts, each bytewise after the one before. */
static bool scan_elements(struct scan *scan, enum line_op op, struct view field)
{
	struct change *change;
	struct view before = { NULL, 0 };

	if (!take_char(scan, '[')) {
		return refuse(scan, ERR_FORMAT, "'[' was expected");
	}
	do {
		change = add_change(scan, op, field);
		if (change == NULL || !scan_text(scan, &change->value)) {
			return false;
		}
		if (before.data != NULL && view_compare(before, change->value.text) >= 0) {
			return refuse(scan, ERR_FORMAT, "elements out of order");
		}
		before = change->value.text;
		if (++scan->elements > LINE_MAX_ELEMENTS) {
			return refuse(scan, ERR_TOO_LARGE, "too many elements");
		}
	} while (take_char(scan, ','));
	return take_char(scan, ']') || refuse(scan, ERR_FORMAT, "']' was expected");
}

static bool scan_scalar(struct scan *scan, enum line_op op, struct view field)
{
	struct change *change = add_change(scan, op, field);

	if (change == NULL) {
		return false;
	}
	if (op == LINE_PUT) {
		return scan_value(scan, &change->value);
	}
	change->value.kind = VALUE_INT;
	return scan_integer(scan, &change->value.integer);
}

static bool scan_object(struct scan *scan, enum line_op op)
{
	struct view field;

	if (op >= LINE_IN) { /* put and add may not share a field; in and out may */
		scan->group = scan->count;
		scan->names = 0;
	}
	if (!take_char(scan, '{')) {
		return refuse(scan, ERR_FORMAT, "'{' was expected");
	}
	do {
		if (!scan_field(scan, &field) ||
			!(op >= LINE_IN ? scan_elements(scan, op, field) :
					  scan_scalar(scan, op, field))) {
			return false;
		}
	} while (take_char(scan, ','));
	return take_char(scan, '}') || refuse(scan, ERR_FORMAT, "'}' was expected");
}

/* The first change from ${at} on, before ${end}, of ${op} and ${field}. */
static size_t first_of(const struct scan *scan, size_t at, enum line_op op, struct view field)
{
	while (at < scan->count && (scan->changes[at].op != op ||
					   !view_equal(scan->changes[at].field, field))) {
		at++;
	}
	return at;
}

/* Is there an element that is both put in and taken out?  Both are sorted. */
static bool elements_clash(const struct scan *scan)
{
	const struct change *changes = scan->changes;
	size_t out = scan->group, in = 0;
	int order;

	while (out < scan->count) {
		if (out == scan->group || !view_equal(changes[out].field, changes[out - 1].field)) {
			in = first_of(scan, 0, LINE_IN, changes[out].field);
		}
		order = -1;
		while (in < scan->group && order < 0 &&
			view_equal(changes[in].field, changes[out].field)) {
			order = view_compare(changes[in].value.text, changes[out].value.text);
			in += order < 0;
		}
		if (order == 0) {
			return true;
		}
		out++;
	}
	return false;
}

static bool scan_changes(struct scan *scan)
{
	bool out = false;

	if ((TAKE(scan, ",\"put\":") && !scan_object(scan, LINE_PUT)) ||
		(TAKE(scan, ",\"add\":") && !scan_object(scan, LINE_ADD)) ||
		(TAKE(scan, ",\"in\":") && !scan_object(scan, LINE_IN))) {
		return false;
	}
	out = TAKE(scan, ",\"out\":");
	if (out && !scan_object(scan, LINE_OUT)) {
		return false;
	}
	if (scan->count == 0) {
		return refuse(scan, ERR_FORMAT, "no change");
	}
	if (out && elements_clash(scan)) {
		return refuse(scan, ERR_FORMAT, "an element both put in and taken out");
	}
	return true;
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z') {
		return c - 'A';
	}
	if (c >= 'a' && c <= 'z') {
		return c - 'a' + 26;
	}
	if (c >= '0' && c <= '9') {
		return c - '0' + 52;
	}
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Eleven digits of base64, the last with two bits that must be zero, and "=". */
static bool scan_salt(struct scan *scan, uint8_t salt[LINE_SALT_BYTES])
{
	uint64_t bits = 0;
	int digit = -1;
	size_t i;

	for (i = 0; i < 11 && scan->at < scan->end; i++) {
		digit = base64_value(*scan->at);
		if (digit < 0) {
			break;
		}
		bits = i < 10 ? bits << 6 | (uint64_t)digit : bits << 4 | (uint64_t)digit >> 2;
		scan->at++;
	}
	if (i != 11 || (digit & 3) != 0 || !TAKE(scan, "=\"")) {
		return refuse(scan, ERR_FORMAT, "no salt");
	}
	for (i = 0; i < LINE_SALT_BYTES; i++) {
		salt[i] = (uint8_t)(bits >> (56 - 8 * i));
	}
	return true;
}

static bool scan_head(struct scan *scan, struct line *out)
{
	if (!TAKE(scan, "{\"t\":")) {
		return refuse(scan, ERR_FORMAT, "a line begins otherwise");
	}
	if (!scan_integer(scan, &out->t)) {
		return false;
	}
	if (out->t < 1 || out->t > LINE_MAX_T) {
		return refuse(scan, ERR_FORMAT, "a time out of range");
	}
	if (!TAKE(scan, ",\"e\":\"")) {
		return refuse(scan, ERR_FORMAT, "the entity was expected");
	}
	if (!scan_word(scan, NAME, NAME_MAX_BYTES, &out->entity)) {
		return false;
	}
	if (!TAKE(scan, ",\"id\":\"")) {
		return refuse(scan, ERR_FORMAT, "the id was expected");
	}
	return scan_word(scan, ID, ID_MAX_BYTES, &out->id);
}

bool line_parse(struct line *out, struct arena *arena, struct view text, struct err *err)
{
	struct scan scan = { .begin = text.data, .at = text.data, .arena = arena, .err = err };

	*out = (struct line){ 0 };
	if (text.len > LINE_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "at byte %d: the line goes on", LINE_MAX_BYTES);
	}
	if (text.len == 0) {
		return err_set(err, ERR_FORMAT, "at byte 0: an empty line");
	}
	scan.end = text.data + text.len;
	if (!scan_head(&scan, out)) {
		return false;
	}
	if (TAKE(&scan, ",\"del\":")) {
		out->has_del = true;
		out->del = TAKE(&scan, "true");
		if (!out->del && !TAKE(&scan, "false")) {
			return refuse(&scan, ERR_FORMAT, "true or false was expected");
		}
	} else if (!scan_changes(&scan)) {
		return false;
	}
	if (TAKE(&scan, ",\"n\":\"")) {
		out->has_salt = true;
		if (!scan_salt(&scan, out->salt)) {
			return false;
		}
	}
	if (!take_char(&scan, '}') || scan.at != scan.end) {
		return refuse(&scan, ERR_FORMAT, "the line goes on where it should end");
	}
	out->changes = scan.changes;
	out->change_count = scan.count;
	return true;
}

bool line_string_read(struct view *out, struct arena *arena, struct view *rest)
{
	struct scan scan = { .begin = rest->data, .at = rest->data, .arena = arena };

	if (rest->len == 0) {
		return false;
	}
	scan.end = rest->data + rest->len;
	if (!scan_string(&scan, out)) {
		return false;
	}
	rest->len = (size_t)(scan.end - scan.at);
	rest->data = scan.at;
	return true;
}
