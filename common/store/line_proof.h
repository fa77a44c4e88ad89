/*
 * line_proof.h -- lines with the commit they stand under and their path in
 * its Merkle tree; for common/store, and for handovers in common/exchange.
 */
#ifndef LINLI_LINE_PROOF_H
#define LINLI_LINE_PROOF_H

#include "node_private.h"

struct line_proof {
	struct place place;
	struct view text, commit;
	struct view path; /* of its Merkle tree */
};

/*
 * The signed lines ${origins} (of struct merge_origin), by chain and place,
 * but for those that were erased.  Between node_read_begin() and
 * node_read_end().
 */
MUST_CHECK bool lines_each_proof(struct node *node, const struct buf *origins,
	bool (*each)(void *ctx, const struct line_proof *proof, struct err *err), void *ctx,
	struct err *err);

/* Append the origins of the lines that count for a record, drafts too; none if it is not here. */
MUST_CHECK bool record_origins(struct node *node, const struct entity *entity,
	const struct record_id *id, struct buf *out, struct err *err);

#endif
