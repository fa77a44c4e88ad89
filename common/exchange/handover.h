/*
 * handover.h -- what a community hands over of one record, before it is
 * sealed; only within common/exchange and its tests.
 *
 * The record's lines in the community's own scope, each with the commit
 * that was signed over it and its path in that commit's Merkle tree, and the
 * values that these lines came to.  One content has one form.  Format:
 * docs/moves.md, "Handover".
 */
#ifndef LINLI_EXCHANGE_HANDOVER_H
#define LINLI_EXCHANGE_HANDOVER_H

#include "linli/model.h"

#define HANDOVER_PLAIN_MAX_BYTES (16 * 1024 * 1024)
#define HANDOVER_MAX_COMMITS 4096
#define HANDOVER_MAX_LINES 10000

/* A line; views are borrowed from the file. */
struct handover_item {
	uint32_t commit; /* index of its commit */
	uint32_t n;      /* which line of it, from 1 */
	struct view text, path;
};
struct handover_file {
	struct device_id federation;
	char giver[SLUG_TEXT_BYTES], taker[SLUG_TEXT_BYTES];
	char entity[MODEL_NAME_BYTES], id[RECORD_ID_TEXT_BYTES];
	int64_t number;
	struct view summary; /* a canonical line, or empty */
	struct view *commits;
	size_t commit_count;
	struct handover_item *items; /* by commit and n; every commit has one at least */
	size_t item_count;
};

/*
 * Read the untrusted ${plain}, from which ${out} borrows; arrays lie in ${arena}.
 * Nothing is verified but the form.  Fails with ERR_FORMAT, ERR_TOO_LARGE,
 * ERR_NOMEM.
 */
MUST_CHECK bool handover_parse(struct handover_file *out, struct arena *arena, struct view plain,
	struct err *err);
void handover_print(struct buf *out, const struct handover_file *file);

#endif
