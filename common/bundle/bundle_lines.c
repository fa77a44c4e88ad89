/* bundle_lines.c -- the lines of changes.jsonl; see bundle_lines.h. */
#include "bundle.h"
#include "bundle_lines.h"
#include "merkle.h"

bool bundle_lines_hash(uint8_t root[SHA256_BYTES], size_t *count, struct view changes,
	struct err *err)
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
		merkle_add_leaf(&merkle, line.data, line.len);
	}
	if (merkle.count == 0) {
		return err_set(err, ERR_FORMAT, "changes: no line");
	}
	merkle_root(root, &merkle);
	*count = (size_t)merkle.count;
	return true;
}

void bundle_lines_split(struct view *lines, size_t count, struct view changes)
{
	struct cursor cursor = cursor_of(changes.data, changes.len);
	size_t i;

	for (i = 0; i < count; i++) {
		lines[i] = cursor_until(&cursor, '\n');
	}
}
