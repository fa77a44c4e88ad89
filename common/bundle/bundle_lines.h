/* bundle_lines.h -- the lines of changes.jsonl; only within common/bundle. */
#ifndef LINLI_BUNDLE_LINES_H
#define LINLI_BUNDLE_LINES_H

#include "commit.h"

/*
 * Count the lines of ${changes} and give the root of their Merkle tree.
 * Where ${erased} is not NULL erased lines may stand among them, and are
 * counted in it.  Fails with ERR_FORMAT (no line, an empty one, one without
 * its end, a malformed erased one), ERR_TOO_LARGE.
 */
MUST_CHECK bool bundle_lines_hash(uint8_t root[SHA256_BYTES], size_t *count, size_t *erased,
	struct view changes, struct err *err);

/*
 * Append the leaf hash of each line of ${changes}, which bundle_lines_hash()
 * has passed, 32 bytes each.
 */
void bundle_lines_leaves(struct buf *out, struct view changes);

/* The ${count} lines that bundle_lines_hash() has counted. */
void bundle_lines_split(struct view *lines, size_t count, struct view changes);

#endif
