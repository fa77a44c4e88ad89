/* bundle_erased.c -- the orders of an erased bundle; see bundle_erased.h. */
#include <inttypes.h>
#include <string.h>

#include "bundle_erased.h"
#include "bundle_lines.h"
#include "merkle.h"

#define ORDER_MARK '='
/* Of an audit path among BUNDLE_MAX_LINES leaves: 14 hashes. */
#define PATH_MAX_BYTES (14 * SHA256_BYTES)

static bool malformed(struct err *err, const char *what)
{
	return err_set(err, ERR_FORMAT, "erased bundle: %s", what);
}

struct view bundle_erased_changes(struct view erased)
{
	struct cursor cursor = cursor_of(erased.data, erased.len);
	const char *at = erased.data;

	while (cursor_left(&cursor) != 0 && *cursor.at == ORDER_MARK) {
		cursor_until(&cursor, '\n');
		if (cursor.failed) {
			break;
		}
		at = (const char *)cursor.at;
	}
	return (struct view){ at, erased.len - (size_t)(at - erased.data) };
}

bool bundle_names_file(const struct view *lines, size_t count, const uint8_t sha256[SHA256_BYTES])
{
	char name[2 * SHA256_BYTES + 3] = { '"' };
	size_t i;

	hex_encode(name + 1, sha256, SHA256_BYTES);
	name[sizeof(name) - 2] = '"';
	for (i = 0; i < count; i++) {
		if (memmem(lines[i].data, lines[i].len, name, sizeof(name) - 1) != NULL) {
			return true;
		}
	}
	return false;
}

/* ---- reading ------------------------------------------------------ */

/* ${text} in hex; *out lies in ${arena}. */
static bool take_hex(struct view *out, struct view text, size_t cap, struct arena *arena,
	struct err *err)
{
	char *bytes;

	if (text.len % 2 != 0 || text.len / 2 > cap) {
		return malformed(err, "an order with malformed hex");
	}
	bytes = arena_alloc(arena, text.len / 2 + 1);
	if (bytes == NULL) {
		return err_nomem(err);
	}
	*out = (struct view){ bytes, text.len / 2 };
	return hex_decode(bytes, text.len / 2, text) ||
		malformed(err, "an order with malformed hex");
}

/* One order without its mark and its newline. */
static bool read_order(struct bundle_order *out, struct view text, struct arena *arena,
	struct err *err)
{
	struct cursor cursor = cursor_of(text.data, text.len);
	struct view hex = cursor_until(&cursor, ' '), number = cursor_until(&cursor, ' ');
	struct view path_hex = cursor_until(&cursor, ' '), commit, path = { "", 0 };
	uint8_t leaf[SHA256_BYTES];
	int64_t n;

	out->line = (struct view){ (const char *)cursor.at, cursor_left(&cursor) };
	if (cursor.failed || out->line.len == 0 || !int64_parse(&n, number) || n < 1 ||
		n > BUNDLE_MAX_LINES || path_hex.len == 0) {
		return malformed(err, "a malformed order");
	}
	if (out->line.len > BUNDLE_LINE_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "erased bundle: an order of %zu bytes",
			out->line.len);
	}
	out->n = (uint32_t)n;
	if (!take_hex(&commit, hex, COMMIT_MAX_BYTES, arena, err) ||
		!commit_decode(&out->facts, arena, commit, out->signer, err) ||
		(!view_is(path_hex, "-") &&
			!take_hex(&path, path_hex, PATH_MAX_BYTES, arena, err))) {
		return false;
	}
	merkle_leaf_hash(leaf, out->line.data, out->line.len);
	return merkle_path_verify(out->facts.changes_root, leaf, (uint64_t)n - 1,
		out->facts.changes_count, path, err);
}

bool bundle_orders_verify(struct bundle *out, struct view erased, struct arena *arena,
	struct err *err)
{
	size_t len = erased.len - bundle_erased_changes(erased).len, count = 0;
	struct cursor cursor = cursor_of(erased.data, len);
	struct bundle_order *orders;

	while (cursor_left(&cursor) != 0) {
		cursor_until(&cursor, '\n');
		count++;
	}
	if (count == 0) {
		return malformed(err, "nothing says why");
	}
	/* Each is asked for by an erased line, so that nobody is kept verifying. */
	if (count > out->erased_count) {
		return err_set(err, ERR_TOO_LARGE, "erased bundle: %zu orders for %zu lines", count,
			out->erased_count);
	}
	orders = arena_alloc(arena, count * sizeof(*orders));
	if (orders == NULL) {
		return err_nomem(err);
	}
	cursor = cursor_of(erased.data, len);
	for (count = 0; cursor_left(&cursor) != 0; count++) {
		struct view text = cursor_until(&cursor, '\n');

		if (!read_order(&orders[count], (struct view){ text.data + 1, text.len - 1 }, arena,
			    err)) {
			return err_wrap(err, "order %zu", count + 1);
		}
		if (!scope_equal(&orders[count].facts.chain.scope, &out->facts.chain.scope) ||
			memcmp(orders[count].facts.federation, out->facts.federation,
				FEDERATION_BYTES) != 0) {
			return malformed(err, "an order of another scope");
		}
	}
	out->orders = orders;
	out->order_count = count;
	return true;
}

/* ---- writing ------------------------------------------------------ */

static void add_hex(struct buf *out, const void *data, size_t len)
{
	uint8_t *at = buf_grow(out, 2 * len + 1);

	if (at != NULL) {
		hex_encode((char *)at, data, len);
		out->len--;
	}
}

/* Line ${n} of ${changes}. */
static struct view line_at(struct view changes, uint32_t n)
{
	struct cursor cursor = cursor_of(changes.data, changes.len);
	struct view line = { NULL, 0 };

	while (n-- > 0 && !cursor.failed) {
		line = cursor_until(&cursor, '\n');
	}
	return cursor.failed ? (struct view){ NULL, 0 } : line;
}

bool bundle_order_write(struct buf *out, const struct order_source *source, struct err *err)
{
	struct view line = line_at(source->changes, source->n);
	struct buf leaves = { 0 }, path = { 0 };
	uint8_t leaf[SHA256_BYTES];
	bool ok = false;

	if (source->n < 1 || line.data == NULL || bundle_line_erased(line, leaf)) {
		return err_set(err, ERR_VALUE, "erasing: no line %" PRIu32 " to go by", source->n);
	}
	bundle_lines_leaves(&leaves, source->changes);
	if (!buf_ok(&leaves, err) ||
		!merkle_path(&path, leaves.data, leaves.len / SHA256_BYTES, source->n - 1, err)) {
		goto out;
	}
	buf_byte(out, ORDER_MARK);
	add_hex(out, source->commit.data, source->commit.len);
	buf_printf(out, " %" PRIu32 " ", source->n);
	if (path.len == 0) {
		buf_byte(out, '-');
	} else {
		add_hex(out, path.data, path.len);
	}
	buf_byte(out, ' ');
	buf_view(out, line);
	buf_byte(out, '\n');
	ok = buf_ok(out, err);
out:
	buf_clear(&leaves);
	buf_clear(&path);
	return ok;
}
