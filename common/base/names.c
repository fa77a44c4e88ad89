/* names.c -- names as text and as bytes; see linli/names.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "linli/names.h"

bool device_id_parse(struct device_id *out, struct view text)
{
	return hex_decode(out->bytes, DEVICE_BYTES, text);
}

void device_id_print(char out[DEVICE_TEXT_BYTES], struct device_id device)
{
	hex_encode(out, device.bytes, DEVICE_BYTES);
}

bool device_id_equal(struct device_id a, struct device_id b)
{
	return memcmp(a.bytes, b.bytes, DEVICE_BYTES) == 0;
}

bool slug_valid(struct view text)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) {
			return false;
		}
	}
	return text.len >= 1 && text.len < SLUG_TEXT_BYTES;
}

static const char *const scope_prefixes[SCOPE_KINDS] = { "federation", "district/",
	"community/" };

bool scope_parse(struct scope *out, struct view text)
{
	size_t kind, len;

	memset(out, 0, sizeof(*out));
	if (view_is(text, scope_prefixes[SCOPE_FEDERATION])) {
		out->kind = SCOPE_FEDERATION;
		return true;
	}
	for (kind = SCOPE_DISTRICT; kind < SCOPE_KINDS; kind++) {
		len = strlen(scope_prefixes[kind]);
		if (view_begins(text, scope_prefixes[kind])) {
			struct view slug = { text.data + len, text.len - len };

			if (!slug_valid(slug)) {
				return false;
			}
			out->kind = (enum scope_kind)kind;
			memcpy(out->community, slug.data, slug.len);
			return true;
		}
	}
	return false;
}

void scope_print(char out[SCOPE_TEXT_BYTES], const struct scope *scope)
{
	snprintf(out, SCOPE_TEXT_BYTES, "%s%s", scope_prefixes[scope->kind], scope->community);
}

bool scope_equal(const struct scope *a, const struct scope *b)
{
	return a->kind == b->kind && strcmp(a->community, b->community) == 0;
}

bool scope_readable(const struct scope *scope, const char *community)
{
	switch (scope->kind) {
	case SCOPE_FEDERATION:
		return true;
	case SCOPE_DISTRICT:
#ifdef LINLI_PLANT_SCOPE_PREFIX
		return strcmp(community, DISTRICT_SLUG) == 0 ||
			strncmp(scope->community, community, strlen(community)) == 0;
#endif
		return strcmp(community, DISTRICT_SLUG) == 0 ||
			strcmp(scope->community, community) == 0;
	default:
		return strcmp(scope->community, community) == 0;
	}
}

/* A whole number from 1 to ${max} in the digits that lead ${text}. */
static bool take_number(struct view *text, uint64_t max, uint64_t *out)
{
	size_t len = 0;
	int64_t n;

	while (len < text->len && text->data[len] >= '0' && text->data[len] <= '9') {
		len++;
	}
	if (!int64_parse(&n, (struct view){ text->data, len }) || n < 1 || (uint64_t)n > max) {
		return false;
	}
	text->data += len;
	text->len -= len;
	*out = (uint64_t)n;
	return true;
}

static bool take_char(struct view *text, char c)
{
	if (text->len == 0 || text->data[0] != c) {
		return false;
	}
	text->data++;
	text->len--;
	return true;
}

/* "<device>.<incarnation>", the rest staying in ${text}. */
static bool take_incarnation(struct view *text, struct device_id *device, uint32_t *incarnation)
{
	const size_t hex = 2 * DEVICE_BYTES;
	uint64_t n;

	if (text->len <= hex || !device_id_parse(device, (struct view){ text->data, hex })) {
		return false;
	}
	text->data += hex;
	text->len -= hex;
	if (!take_char(text, '.') || !take_number(text, UINT32_MAX, &n)) {
		return false;
	}
	*incarnation = (uint32_t)n;
	return true;
}

bool chain_name_parse(struct chain_name *out, struct view text)
{
	memset(out, 0, sizeof(*out));
	return take_incarnation(&text, &out->device, &out->incarnation) &&
		take_char(&text, '/') && scope_parse(&out->scope, text);
}

void chain_name_print(char out[CHAIN_TEXT_BYTES], const struct chain_name *chain)
{
	char device[DEVICE_TEXT_BYTES], scope[SCOPE_TEXT_BYTES];

	device_id_print(device, chain->device);
	scope_print(scope, &chain->scope);
	snprintf(out, CHAIN_TEXT_BYTES, "%s.%" PRIu32 "/%s", device, chain->incarnation, scope);
}

int chain_name_compare(const struct chain_name *a, const struct chain_name *b)
{
	char scope_a[SCOPE_TEXT_BYTES], scope_b[SCOPE_TEXT_BYTES];
	int order = memcmp(a->device.bytes, b->device.bytes, DEVICE_BYTES);

	if (order != 0) {
		return order;
	}
	if (a->incarnation != b->incarnation) {
		return a->incarnation < b->incarnation ? -1 : 1;
	}
	scope_print(scope_a, &a->scope);
	scope_print(scope_b, &b->scope);
	return strcmp(scope_a, scope_b);
}

bool place_parse(struct place *out, struct view text)
{
	const char *at = text.len != 0 ? memchr(text.data, '@', text.len) : NULL;
	uint64_t seq, n = 0;
	struct view rest;

	memset(out, 0, sizeof(*out));
	if (at == NULL ||
		!chain_name_parse(&out->chain,
			(struct view){ text.data, (size_t)(at - text.data) })) {
		return false;
	}
	rest = (struct view){ at + 1, text.len - (size_t)(at - text.data) - 1 };
	if (!take_number(&rest, UINT32_MAX, &seq)) {
		return false;
	}
	if (rest.len != 0 &&
		(!take_char(&rest, '#') || !take_number(&rest, UINT32_MAX, &n) || rest.len != 0)) {
		return false;
	}
	out->seq = (uint32_t)seq;
	out->n = (uint32_t)n;
	return true;
}

void place_print(char out[LINE_NAME_TEXT_BYTES], const struct place *place)
{
	char chain[CHAIN_TEXT_BYTES];

	chain_name_print(chain, &place->chain);
	if (place->n == 0) {
		snprintf(out, LINE_NAME_TEXT_BYTES, "%s@%" PRIu32, chain, place->seq);
	} else {
		snprintf(out, LINE_NAME_TEXT_BYTES, "%s@%" PRIu32 "#%" PRIu32, chain, place->seq,
			place->n);
	}
}

static void put_counted(struct record_id *id, uint64_t n)
{
	unsigned len = 1;
	unsigned i;

	while (len < 8 && n >> (8 * len) != 0) {
		len++;
	}
	id->bytes[id->len++] = (uint8_t)len;
	for (i = len; i > 0; i--) {
		id->bytes[id->len++] = (uint8_t)(n >> (8 * (i - 1)));
	}
}

void record_id_make(struct record_id *out, struct device_id device, uint32_t incarnation,
	uint64_t n)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->bytes, device.bytes, DEVICE_BYTES);
	out->len = DEVICE_BYTES;
	put_counted(out, incarnation);
	put_counted(out, n);
}

bool record_id_parse(struct record_id *out, struct view text, bool slug)
{
	struct device_id device;
	uint32_t incarnation;
	uint64_t n;

	memset(out, 0, sizeof(*out));
	if (slug) {
		if (!slug_valid(text)) {
			return false;
		}
		memcpy(out->bytes, text.data, text.len);
		out->len = (uint8_t)text.len;
		return true;
	}
	if (!take_incarnation(&text, &device, &incarnation) || !take_char(&text, '.') ||
		!take_number(&text, INT64_MAX, &n) || text.len != 0) {
		return false;
	}
	record_id_make(out, device, incarnation, n);
	return true;
}

static bool take_counted(struct cursor *cursor, unsigned max, uint64_t *n)
{
	unsigned len = cursor_byte(cursor);
	const uint8_t *at;
	unsigned i;

	if (cursor->failed || len < 1 || len > max || (at = cursor_take(cursor, len)) == NULL ||
		at[0] == 0) {
		return false;
	}
	*n = 0;
	for (i = 0; i < len; i++) {
		*n = *n << 8 | at[i];
	}
	return true;
}

static bool decode_id(const void *bytes, size_t len, struct device_id *device,
	uint32_t *incarnation, uint64_t *n)
{
	struct cursor cursor = cursor_of(bytes, len);
	const uint8_t *at = cursor_take(&cursor, DEVICE_BYTES);
	uint64_t inc;

	if (at == NULL || !take_counted(&cursor, 4, &inc) || !take_counted(&cursor, 8, n) ||
		cursor_left(&cursor) != 0) {
		return false;
	}
	memcpy(device->bytes, at, DEVICE_BYTES);
	*incarnation = (uint32_t)inc;
	return true;
}

void record_id_print(char out[RECORD_ID_TEXT_BYTES], const void *bytes, size_t len, bool slug)
{
	char hex[DEVICE_TEXT_BYTES];
	struct device_id device;
	uint32_t incarnation;
	uint64_t n;

	out[0] = '\0';
	if (slug) {
		if (len < SLUG_TEXT_BYTES && bytes != NULL) {
			memcpy(out, bytes, len);
			out[len] = '\0';
		}
		return;
	}
	if (bytes != NULL && decode_id(bytes, len, &device, &incarnation, &n)) {
		device_id_print(hex, device);
		snprintf(out, RECORD_ID_TEXT_BYTES, "%s.%" PRIu32 ".%" PRIu64, hex, incarnation, n);
	}
}

bool record_id_origin(const void *bytes, size_t len, struct device_id *device,
	uint32_t *incarnation)
{
	uint64_t n;

	return bytes != NULL && decode_id(bytes, len, device, incarnation, &n);
}
