/*
 * merkle.h -- Merkle tree hashes over lines (RFC 6962, section 2.1).
 *
 * A leaf is SHA-256(0x00 || line), a node SHA-256(0x01 || left || right); the
 * tree of no leaves is SHA-256 of nothing.  Where a line has been erased its
 * leaf hash takes its place and the root stays the same.
 */
#ifndef LINLI_MERKLE_H
#define LINLI_MERKLE_H

#include "linli/bytes.h"
#include "sha256.h"

#define MERKLE_MAX_HEIGHT 64

/* A tree that grows to the right.  All zeros is the empty tree. */
struct merkle {
	uint64_t count; /* leaves so far */
	/* Roots of the complete subtrees: nodes[h] where bit h of count is set. */
	uint8_t nodes[MERKLE_MAX_HEIGHT][SHA256_BYTES];
};
void merkle_init(struct merkle *merkle);
/* Append a line. */
void merkle_add_leaf(struct merkle *merkle, const void *line, size_t len);
/* Append the leaf hash of a line. */
void merkle_add_hash(struct merkle *merkle, const uint8_t leaf[SHA256_BYTES]);
/* The root over what was appended so far; more may follow. */
void merkle_root(uint8_t out[SHA256_BYTES], const struct merkle *merkle);

void merkle_leaf_hash(uint8_t out[SHA256_BYTES], const void *line, size_t len);

/*
 * Append the audit path of leaf ${index} (from 0, less than ${count}) among
 * the ${count} leaf hashes at ${leaves}, 32 bytes each: its siblings' hashes
 * from the leaf upward, 32 bytes each.  Fails with ERR_NOMEM.
 */
MUST_CHECK bool merkle_path(
	struct buf *out, const uint8_t *leaves, size_t count, size_t index, struct err *err);

/*
 * Does ${path} lead from ${leaf}, at ${index} of ${count}, to ${root}?
 * Fails with ERR_FORMAT if the path has not the length that position asks
 * for, with ERR_HASH if it leads elsewhere.
 */
MUST_CHECK bool merkle_path_verify(const uint8_t root[SHA256_BYTES],
	const uint8_t leaf[SHA256_BYTES], uint64_t index, uint64_t count, struct view path,
	struct err *err);

#endif
