/* erase_names.c -- lines of bundles as a text; see erasing.h. */
#include <inttypes.h>
#include <string.h>

#include "erasing.h"

/* "<64 hex>:" and a run, at most. */
#define NAME_MAX_BYTES (1 + 2 * 32 + 1 + 1 + 2 * 10 + 1)

static void end_run(struct erase_names *names)
{
	if (names->first == 0) {
		return;
	}
	buf_printf(&names->text, "%" PRIu32, names->first);
	if (names->last != names->first) {
		buf_printf(&names->text, "-%" PRIu32, names->last);
	}
	names->first = 0;
}

bool erase_names_add(struct erase_names *names, const uint8_t hash[32], uint32_t n)
{
	bool same = names->count != 0 && memcmp(names->hash, hash, sizeof(names->hash)) == 0;
	char hex[65];

	if (names->count == ERASE_MAX_NAMED ||
		names->text.len + 2 * NAME_MAX_BYTES > ERASE_NAMES_BYTES) {
		return false;
	}
	names->count++;
	if (same && n == names->last + 1) {
		names->last = n;
		return true;
	}
	end_run(names);
	if (same) {
		buf_byte(&names->text, ',');
	} else {
		hex_encode(hex, hash, 32);
		buf_printf(&names->text, "%s%s:", names->text.len != 0 ? " " : "", hex);
		memcpy(names->hash, hash, sizeof(names->hash));
	}
	names->first = names->last = n;
	return true;
}

struct view erase_names_end(struct erase_names *names)
{
	end_run(names);
	return buf_as_view(&names->text);
}

static bool malformed(struct err *err)
{
	return err_set(err, ERR_VALUE, "malformed names of erased lines");
}

/* A number at the front of ${text}, which moves past it. */
static bool take_number(struct view *text, int64_t *out)
{
	size_t digits = 0;

	while (digits < text->len && text->data[digits] >= '0' && text->data[digits] <= '9') {
		digits++;
	}
	if (!int64_parse(out, (struct view){ text->data, digits }) || *out < 1 ||
		*out > BUNDLE_MAX_LINES) {
		return false;
	}
	text->data += digits;
	text->len -= digits;
	return true;
}

static bool take_byte(struct view *text, char byte)
{
	if (text->len == 0 || text->data[0] != byte) {
		return false;
	}
	text->data++;
	text->len--;
	return true;
}

/* One run; ${before} is the last number of the one before, 0 if it is the first. */
static bool take_run(struct view *text, int64_t before, int64_t *first, int64_t *last)
{
	if (!take_number(text, first) || (before != 0 && *first <= before + 1)) {
		return false;
	}
	*last = *first;
	return !take_byte(text, '-') || (take_number(text, last) && *last > *first);
}

bool erase_names_each(struct view text,
	bool (*each)(void *ctx, const uint8_t hash[32], uint32_t n, struct err *err), void *ctx,
	struct err *err)
{
	size_t count = 0;

	do {
		struct view hex = { text.data, 64 };
		int64_t first, last = 0, n;
		uint8_t hash[32];

		if (text.len < 65 || !hex_decode(hash, sizeof(hash), hex)) {
			return malformed(err);
		}
		text.data += 64;
		text.len -= 64;
		if (!take_byte(&text, ':')) {
			return malformed(err);
		}
		do {
			if (!take_run(&text, last, &first, &last) ||
				(count += (size_t)(last - first) + 1) > ERASE_MAX_NAMED) {
				return malformed(err);
			}
			for (n = first; n <= last; n++) {
				if (!each(ctx, hash, (uint32_t)n, err)) {
					return false;
				}
			}
		} while (take_byte(&text, ','));
	} while (take_byte(&text, ' '));
	return text.len == 0 || malformed(err);
}

bool erase_target_split(struct view target, struct view *entity, struct view *id)
{
	const char *space = target.len != 0 ? memchr(target.data, ' ', target.len) : NULL;

	if (space == NULL) {
		return false;
	}
	*entity = (struct view){ target.data, (size_t)(space - target.data) };
	*id = (struct view){ space + 1, target.len - entity->len - 1 };
	return entity->len != 0 && entity->len < MODEL_NAME_BYTES && id->len != 0 &&
		id->len < RECORD_ID_TEXT_BYTES && memchr(id->data, ' ', id->len) == NULL;
}
