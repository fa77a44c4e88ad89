/* bundle_lines.c -- the lines of changes.jsonl; see bundle_lines.h. */
#include "bundle.h"
#include "bundle_lines.h"
#include "merkle.h"

bool bundle_line_erased(struct view line, uint8_t leaf[SHA256_BYTES])
{
	return line.len == BUNDLE_ERASED_LINE_BYTES && line.data[0] == '-' &&
		hex_decode(leaf, SHA256_BYTES, (struct view){ line.data + 1, line.len - 1 });
}

/* Add ${line} to the tree; an erased one by the hash that it is. */
static bool add_line(struct merkle *merkle, struct view line, size_t *erased, struct err *err)
{
	uint8_t leaf[SHA256_BYTES];

	if (erased == NULL || line.data[0] != '-') {
		merkle_add_leaf(merkle, line.data, line.len);
		return true;
	}
	if (!bundle_line_erased(line, leaf)) {
		return err_set(err, ERR_FORMAT, "changes: a malformed erased line");
	}
	merkle_add_hash(merkle, leaf);
	(*erased)++;
	return true;
}

bool bundle_lines_hash(uint8_t root[SHA256_BYTES], size_t *count, size_t *erased,
	struct view changes, struct err *err)
{
	struct cursor cursor = cursor_of(changes.data, changes.len);
	struct merkle merkle;
	struct view line;

	merkle_init(&merkle);
	while (cursor_left(&cursor) != 0) {
		line = cursor_until(&cursor, '\n');
		if (cursor.failed) {
			return err_set(err, ERR_FORMAT, "changes: the last line has no end");
		}
		if (line.len == 0) {
			return err_set(err, ERR_FORMAT, "changes: an empty line");
		}
		if (line.len > BUNDLE_LINE_MAX_BYTES) {
			return err_set(err, ERR_TOO_LARGE, "changes: a line of %zu bytes", line.len);
		}
		if (merkle.count == BUNDLE_MAX_LINES) {
			return err_set(err, ERR_TOO_LARGE, "changes: over %d lines",
				BUNDLE_MAX_LINES);
		}
		if (!add_line(&merkle, line, erased, err)) {
			return false;
		}
	}
	if (merkle.count == 0) {
		return err_set(err, ERR_FORMAT, "changes: no line");
	}
	merkle_root(root, &merkle);
	*count = (size_t)merkle.count;
	return true;
}

void bundle_lines_leaves(struct buf *out, struct view changes)
{
	struct cursor cursor = cursor_of(changes.data, changes.len);
	uint8_t leaf[SHA256_BYTES];

	while (cursor_left(&cursor) != 0) {
		struct view line = cursor_until(&cursor, '\n');

		if (!bundle_line_erased(line, leaf)) {
			merkle_leaf_hash(leaf, line.data, line.len);
		}
		buf_add(out, leaf, sizeof(leaf));
	}
}

void bundle_lines_split(struct view *lines, size_t count, struct view changes)
{
	struct cursor cursor = cursor_of(changes.data, changes.len);
	size_t i;

	for (i = 0; i < count; i++) {
		lines[i] = cursor_until(&cursor, '\n');
	}
}
