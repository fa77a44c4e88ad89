/*
 * safekeeping.c -- how much of each chain lies in a verified backup; what a
 * receipt's "backed-up" is read from (linli/review.h).
 *
 * One record of entity safekeeping for each chain of a community's device,
 * in the scope of the district and that community.  It only ever rises: a
 * backup that was made earlier and noted later takes nothing back.
 */
#include <string.h>

#include "linli/records.h"
#include "linli/review.h"
#include "node_private.h"
#include "sha256.h"

#define ID_HEX 32 /* of SHA-256 of the chain's name */

static bool is_communities(const struct chain *chain)
{
	return chain != NULL && chain->community[0] != '\0' &&
		strcmp(chain->community, DISTRICT_SLUG) != 0 &&
		chain->name.scope.kind != SCOPE_COMMUNITY;
}

static void record_of(struct record_id *out, const char *chain)
{
	char hash[SHA256_TEXT_BYTES];

	sha256_hex(hash, chain, strlen(chain));
	out->len = ID_HEX;
	memcpy(out->bytes, hash, ID_HEX);
}

struct kept {
	const struct field *upto;
	int64_t seq;
};

static bool read_kept(void *ctx, const struct record_view *view, struct err *err)
{
	struct kept *kept = ctx;
	const struct value *value = &view->values[kept->upto->index];

	(void)err;
	kept->seq = value->kind == VALUE_INT ? value->integer : 0;
	return true;
}

static bool note_head(struct node *node, const struct entity *entity, const struct chain *chain,
	uint32_t seq, struct err *err)
{
	const struct capture_options options = { .into = chain->community, .may_be_new = true };
	struct kept kept = { .upto = entity_field(entity, VIEW_LITERAL("upto")) };
	const struct assignment assignments[] = {
		{ entity_field(entity, VIEW_LITERAL("chain")), ASSIGN_SET,
			{ VALUE_TEXT, 0, view_of(chain->text) } },
		{ kept.upto, ASSIGN_SET, { VALUE_INT, seq, { NULL, 0 } } },
	};
	struct record_id id, made;
	struct err why = { 0 };

	record_of(&id, chain->text);
	if (!records_get(node, entity, &id, read_kept, &kept, &why) && why.code != ERR_NOT_FOUND) {
		return err_set(err, why.code, "%s", why.detail);
	}
	return kept.seq >= (int64_t)seq ||
		capture_put(node, entity, &id, &options, assignments,
			sizeof(assignments) / sizeof(assignments[0]), &made, err);
}

bool receipts_backed_up(struct node *node, const struct head *heads, size_t count, struct err *err)
{
	const struct entity *entity;
	const struct chain *chain;
	struct chain known;
	size_t i;

	if (!node->district) {
		return err_set(err, ERR_SCOPE, "only the district writes receipts");
	}
	if (!node_begin(node, err)) {
		return false;
	}
	entity = model_entity(node->model, VIEW_LITERAL("safekeeping"));
	for (i = 0; i < count; i++) {
		chain = chain_find(node, &heads[i].chain);
		if (heads[i].seq == 0 || !is_communities(chain)) {
			continue;
		}
		known = *chain; /* writing may make chains, and move those that are there */
		if (!note_head(node, entity, &known, heads[i].seq, err)) {
			node_abort(node);
			return false;
		}
	}
	return node_commit(node, err);
}
