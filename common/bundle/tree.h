/*
 * tree.h -- the git trees of a bundle: "changes.jsonl" and, where there are
 * attachments, a folder "files" that names each by its SHA-256.  What stands
 * in place of the tree of an erased bundle has "erased.jsonl" instead.
 *
 * Decoders take exactly what the encoders write.  Format: docs/format.md.
 */
#ifndef LINLI_TREE_H
#define LINLI_TREE_H

#include "git.h"
#include "sha256.h"

#define TREE_MAX_FILES 1000

/* The bundle's tree; of an erased bundle "erased.jsonl" stands for "changes.jsonl". */
struct tree {
	bool erased;
	struct oid changes;
	bool has_files;
	struct oid files; /* zeros if there are none */
};

/* An entry of the folder "files". */
struct tree_file {
	uint8_t sha256[SHA256_BYTES]; /* of its content: its name */
	struct oid blob;
};

void tree_encode(struct buf *out, const struct tree *tree);
/* Fails with ERR_FORMAT. */
MUST_CHECK bool tree_decode(struct tree *out, struct view data, struct err *err);
/* The same of an erased bundle's. */
MUST_CHECK bool tree_decode_erased(struct tree *out, struct view data, struct err *err);

/* ${files} are in the order of their names, each name once, one at least. */
void tree_encode_files(struct buf *out, const struct tree_file *files, size_t count);
/*
 * *out lies in ${arena}.  Fails with ERR_FORMAT, ERR_TOO_LARGE (more than
 * TREE_MAX_FILES), ERR_NOMEM.
 */
MUST_CHECK bool tree_decode_files(struct tree_file **out, size_t *count, struct arena *arena,
	struct view data, struct err *err);

#endif
