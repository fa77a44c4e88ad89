/* move_proof.c -- a record's lines in the own community's scope, with proof; see move_private.h. */
#include <string.h>

#include "line_proof.h"
#include "move_private.h"

/* Signed lines in the community's own scope, also those that count no more. */
static bool gather(struct node *node, const struct entity *entity, const struct record_id *id,
	struct buf *out, struct err *err)
{
	struct buf origins = { 0 };
	struct merge_origin origin;
	bool ok;
	size_t i;

	ok = record_origins(node, entity, id, &origins, err) &&
		moves_apart(node, entity, id, &origins, err);
	for (i = 0; ok && i < origins.len; i += sizeof(origin)) {
		const struct chain *chain;

		memcpy(&origin, origins.data + i, sizeof(origin));
		chain = chain_by_number(node, origin.chain);
		if (chain->name.scope.kind == SCOPE_COMMUNITY && origin.seq <= chain->head &&
			strcmp(chain->community, node->community) == 0) {
			buf_add(out, &origin, sizeof(origin));
		}
	}
	buf_clear(&origins);
	return ok && buf_ok(out, err);
}

bool moves_each_proof(struct node *node, const struct entity *entity, const struct record_id *id,
	bool (*each)(void *ctx, const struct line_proof *proof, struct err *err), void *ctx,
	struct err *err)
{
	struct buf list = { 0 };
	bool ok;

	if (!node_read_begin(node, err)) {
		return false;
	}
	ok = gather(node, entity, id, &list, err) && lines_each_proof(node, &list, each, ctx, err);
	node_read_end(node);
	buf_clear(&list);
	return ok;
}
