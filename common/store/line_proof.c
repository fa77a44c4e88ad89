/* line_proof.c -- lines with the commit they stand under; see line_proof.h. */
#include "line_proof.h"

#include <stdlib.h>
#include <string.h>

#include "chain_lines.h"
#include "merkle.h"

/* The bundle that the last proof was of. */
struct source {
	struct node *node;
	uint32_t chain, seq; /* 0: none yet */
	struct buf changes, leaves, commit;
	struct view *lines;
	size_t count, room;
};

static void source_clear(struct source *source)
{
	buf_clear(&source->changes);
	buf_clear(&source->leaves);
	buf_clear(&source->commit);
	free(source->lines);
}

/* Split the changes into lines, and hash each; of an erased line its hash stands there. */
static bool split(struct source *source, struct err *err)
{
	struct cursor cursor = cursor_of(source->changes.data, source->changes.len);

	source->count = 0;
	while (cursor_left(&cursor) != 0) {
		struct view line = cursor_until(&cursor, '\n');
		uint8_t leaf[SHA256_BYTES];

		if (source->count == source->room) {
			size_t room = source->room == 0 ? 64 : source->room * 2;
			struct view *lines = realloc(source->lines, room * sizeof(*lines));

			if (lines == NULL) {
				return err_nomem(err);
			}
			source->lines = lines;
			source->room = room;
		}
		if (line.len == 0 || line.data[0] == '{' || !bundle_line_erased(line, leaf)) {
			merkle_leaf_hash(leaf, line.data, line.len);
		}
		buf_add(&source->leaves, leaf, sizeof(leaf));
		source->lines[source->count++] = line;
	}
	return buf_ok(&source->leaves, err);
}

static bool load(struct source *source, const struct chain *chain, uint32_t seq, struct err *err)
{
	enum git_type type;
	struct slot slot;
	struct oid oid;
	bool ok;

	if (source->chain == chain->number && source->seq == seq) {
		return true;
	}
	source->chain = 0;
	buf_reset(&source->changes);
	buf_reset(&source->leaves);
	buf_reset(&source->commit);
	if (!slot_read(source->node, chain, seq, &slot, err)) {
		return false;
	}
	oid = slot_object(&slot, RAW_COMMIT);
	slot_clear(&slot);
	ok = object_get(source->node, &oid, &type, &source->commit, err) &&
		chain_changes(source->node, chain, seq, &source->changes, err) &&
		split(source, err);
	source->chain = ok ? chain->number : 0;
	source->seq = seq;
	return ok;
}

static bool give(struct source *source, const struct chain *chain,
	const struct merge_origin *origin,
	bool (*each)(void *ctx, const struct line_proof *proof, struct err *err), void *ctx,
	struct err *err)
{
	struct line_proof proof = { .place = { chain->name, origin->seq, origin->n } };
	struct buf path = { 0 };
	bool ok = false;

	if (!load(source, chain, origin->seq, err)) {
		return false;
	}
	if (origin->n < 1 || origin->n > source->count) {
		return err_set(err, ERR_STORE, "a line that is not in its bundle");
	}
	proof.text = source->lines[origin->n - 1];
	proof.commit = buf_as_view(&source->commit);
	/* What was erased cannot be handed over. */
	if (proof.text.len == 0 || proof.text.data[0] != '{') {
		return true;
	}
	if (merkle_path(&path, source->leaves.data, source->count, origin->n - 1, err)) {
		proof.path = buf_as_view(&path);
		ok = each(ctx, &proof, err);
	}
	buf_clear(&path);
	return ok;
}

/* With the name of its chain, for sorting. */
struct placed {
	struct chain_name name;
	struct merge_origin origin;
};

static int by_place(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	int order = chain_name_compare(&x->name, &y->name);

	if (order != 0) {
		return order;
	}
	if (x->origin.seq != y->origin.seq) {
		return x->origin.seq < y->origin.seq ? -1 : 1;
	}
	return x->origin.n < y->origin.n ? -1 : x->origin.n > y->origin.n;
}

/* ${origins} of signed lines, with the names of their chains. */
static bool place_all(struct node *node, const struct buf *origins, struct buf *out,
	struct err *err)
{
	struct placed placed;
	size_t i;

	for (i = 0; i < origins->len; i += sizeof(placed.origin)) {
		memset(&placed, 0, sizeof(placed));
		memcpy(&placed.origin, origins->data + i, sizeof(placed.origin));
		placed.name = chain_by_number(node, placed.origin.chain)->name;
		buf_add(out, &placed, sizeof(placed));
	}
	if (out->len != 0) {
		qsort(out->data, out->len / sizeof(placed), sizeof(placed), by_place);
	}
	return buf_ok(out, err);
}

bool lines_each_proof(struct node *node, const struct buf *origins,
	bool (*each)(void *ctx, const struct line_proof *proof, struct err *err), void *ctx,
	struct err *err)
{
	struct source source = { .node = node };
	struct buf list = { 0 };
	struct placed placed;
	bool ok = place_all(node, origins, &list, err);
	size_t i;

	for (i = 0; ok && i < list.len; i += sizeof(placed)) {
		memcpy(&placed, list.data + i, sizeof(placed));
		ok = give(&source, chain_by_number(node, placed.origin.chain), &placed.origin,
			each, ctx, err);
	}
	source_clear(&source);
	buf_clear(&list);
	return ok;
}

bool record_origins(struct node *node, const struct entity *entity, const struct record_id *id,
	struct buf *out, struct err *err)
{
	struct table *table = node_table(node, view_of(entity->name));
	struct merge_origin origin;
	struct loaded at;
	size_t i;

	arena_reset(&node->arena);
	if (table == NULL || !table_load(node, table, id, &at, err)) {
		return table != NULL ? false : err_set(err, ERR_NOT_FOUND, "entity %s", entity->name);
	}
	for (i = 0; i < record_line_count(table->record); i++) {
		record_line(table->record, i, &origin);
		buf_add(out, &origin, sizeof(origin));
	}
	return buf_ok(out, err);
}
