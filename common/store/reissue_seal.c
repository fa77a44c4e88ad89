/*
 * reissue_seal.c -- drafts whose Seen is fixed; see reissue.h.
 *
 * What is issued again must not seem to have known of what came in between:
 * such drafts are sealed.  Their Seen is written down with them, from that
 * of their old places, and they keep their clocks, so that where another had
 * changed the same thing it is decided as if nothing had happened to them.
 */
#include <stdlib.h>
#include <string.h>

#include "reissue.h"

/* One bundle of them, well within the caps of a bundle of drafts (capture.c). */
#define SEALED_MAX_LINES 1000
#define SEALED_MAX_BYTES (512 * 1024)
#define SEALED_MAX_SEEN 2000

static bool add_seen(struct node *node, const struct chain *target, uint32_t other, uint32_t upto,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO seen (chain, other, seq, upto) VALUES (?1, ?2, ?3, ?4)");

	stmt_int_at(stmt, 1, target->number);
	stmt_int_at(stmt, 2, other);
	stmt_int_at(stmt, 3, target->draft_seq);
	stmt_int_at(stmt, 4, upto);
	return stmt_run(stmt, err);
}

/* The drafts of ${target} that begin now had seen what ${place} had, as far as that is still so. */
static bool write_seen(struct node *node, const struct chain *target,
	const struct loose_place *place, struct err *err)
{
	struct merge_world world = node_world(node);
	size_t i, count = 0;

	for (i = 0; i < node->chain_count && count < SEALED_MAX_SEEN; i++) {
		const struct chain *other = &node->chains[i];
		uint32_t upto;

		if (other == target || other->head == 0 ||
			!scope_equal(&other->name.scope, &target->name.scope)) {
			continue;
		}
		upto = other->number == place->chain ?
			place->after :
			world.seen_upto(node, place->chain, place->seen_seq, other->number);
		upto = upto > other->head ? other->head : upto;
		if (upto > world.seen_upto(node, target->number, target->draft_seq, other->number)) {
			count++;
			if (!add_seen(node, target, other->number, upto, err)) {
				return false;
			}
		}
	}
	return world_ok(node, err);
}

bool reissue_begin(struct reissue *reissue, struct chain *target,
	const struct loose_place *place, struct err *err)
{
	struct node *node = reissue->node;
	struct source *sources = (struct source *)(void *)reissue->sources.data;
	struct source source = { target->number, place->chain, place->seq };
	struct stmt *stmt =
		db_prepare(node->db, "INSERT INTO reissued (chain, seq) VALUES (?1, ?2)");
	bool open = target->draft_seq > target->head && target->draft_seq == target->sealed_seq;
	size_t i, count = reissue->sources.len / sizeof(source);

	for (i = 0; i < count && sources[i].target != target->number; i++) {
	}
	if (i < count && open && sources[i].chain == place->chain &&
		sources[i].seq == place->seq && target->draft_lines < SEALED_MAX_LINES &&
		target->draft_bytes < SEALED_MAX_BYTES) {
		return true;
	}
	if (i < count) {
		sources[i] = source;
	} else {
		buf_add(&reissue->sources, &source, sizeof(source));
	}
	target->draft_seq = (target->draft_seq > target->head ? target->draft_seq :
								 target->head) + 1;
	target->sealed_seq = target->draft_seq;
	target->draft_lines = 0;
	target->draft_bytes = 0;
	stmt_int_at(stmt, 1, target->number);
	stmt_int_at(stmt, 2, target->draft_seq);
	return buf_ok(&reissue->sources, err) && stmt_run(stmt, err) &&
		write_seen(node, target, place, err);
}

bool reissue_keep(struct reissue *reissue, const struct loose_line *loose,
	const struct chain *target, struct err *err)
{
	struct stmt *stmt = db_prepare(reissue->node->db,
		"INSERT INTO reissued_line (chain, seq, n, from_chain, from_seq, from_n, seen_seq, "
		"after, fork_t, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");

	stmt_int_at(stmt, 1, target->number);
	stmt_int_at(stmt, 2, target->draft_seq);
	stmt_int_at(stmt, 3, target->draft_lines);
	stmt_int_at(stmt, 4, loose->place.chain);
	stmt_int_at(stmt, 5, loose->place.seq);
	stmt_int_at(stmt, 6, loose->place.first);
	stmt_int_at(stmt, 7, loose->place.seen_seq);
	stmt_int_at(stmt, 8, loose->place.after);
	stmt_int_at(stmt, 9, reissue->fork_t);
	stmt_text_at(stmt, 10, reissue_text(reissue, loose));
	return stmt_run(stmt, err);
}

/* ---- sealing in place ---------------------------------------------- */

static bool seal_bundle(struct node *node, const struct chain *chain, uint32_t seq,
	struct err *err)
{
	struct stmt *seal = db_prepare(node->db, "INSERT INTO reissued (chain, seq) VALUES (?1, ?2)");
	struct stmt *lines = db_prepare(node->db,
		"INSERT INTO reissued_line (chain, seq, n, from_chain, from_seq, from_n, seen_seq, "
		"after, fork_t, text) SELECT chain, seq, n, chain, seq, n, seq, ?3, 0, line FROM draft "
		"WHERE chain = ?1 AND seq = ?2");

	stmt_int_at(seal, 1, chain->number);
	stmt_int_at(seal, 2, seq);
	stmt_int_at(lines, 1, chain->number);
	stmt_int_at(lines, 2, seq);
	stmt_int_at(lines, 3, chain->head);
	return stmt_run(seal, err) && stmt_run(lines, err);
}

bool reissue_seal(struct node *node, struct err *err)
{
	size_t i;

	for (i = 0; i < node->chain_count; i++) {
		struct chain *chain = &node->chains[i];
		uint32_t seq = chain->sealed_seq > chain->head ? chain->sealed_seq : chain->head;

		if (!device_id_equal(chain->name.device, node->device) ||
			chain->name.incarnation != node->incarnation || chain->draft_seq <= seq) {
			continue;
		}
		if (!incarnation_keep_seen(node, chain, err)) {
			return false;
		}
		while (seq < chain->draft_seq) {
			if (!seal_bundle(node, chain, ++seq, err)) {
				return false;
			}
		}
		chain->sealed_seq = chain->draft_seq;
	}
	return true;
}

/* ---- signing them -------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	const struct seen_head *x = a, *y = b;

	return chain_name_compare(&x->chain, &y->chain);
}

/* Table seen: what chain ?1's bundle ?2 had seen that moved. */
static bool add_head(struct node *node, uint32_t number, uint32_t upto, uint32_t before,
	struct buf *out, struct err *err)
{
	const struct chain *other = chain_by_number(node, number);
	struct seen_head head = { .seq = upto };
	struct slot slot;

	if (other == NULL || upto <= before || upto > other->head ||
		out->len / sizeof(head) >= SEALED_MAX_SEEN) {
		return true;
	}
	if (!slot_read(node, other, upto, &slot, err)) {
		return false;
	}
	head.chain = other->name;
	memcpy(head.hash, slot.hash, sizeof(head.hash));
	slot_clear(&slot);
	buf_add(out, &head, sizeof(head));
	return buf_ok(out, err);
}

bool reissue_seen(struct node *node, const struct chain *chain, struct buf *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT other, upto FROM seen WHERE chain = ?1 AND seq = ?2");
	struct merge_world world = node_world(node);
	struct buf rows = { 0 };
	uint32_t pair[2];
	bool ok = true, row = true;
	size_t at;

	stmt_int_at(stmt, 1, chain->number);
	stmt_int_at(stmt, 2, chain->head + 1);
	while (ok && row) {
		ok = stmt_step(stmt, &row, err);
		if (ok && row) {
			pair[0] = (uint32_t)stmt_get_int(stmt, 0);
			pair[1] = (uint32_t)stmt_get_int(stmt, 1);
			buf_add(&rows, pair, sizeof(pair));
		}
	}
	for (at = 0; ok && at < rows.len; at += sizeof(pair)) {
		memcpy(pair, rows.data + at, sizeof(pair));
		ok = add_head(node, pair[0], pair[1],
			chain->head == 0 ? 0 :
				world.seen_upto(node, chain->number, chain->head, pair[0]),
			out, err);
	}
	if (ok && out->len != 0) {
		qsort(out->data, out->len / sizeof(struct seen_head), sizeof(struct seen_head),
			by_name);
	}
	ok = ok && buf_ok(&rows, err) && world_ok(node, err);
	buf_clear(&rows);
	return ok;
}

static bool forget(struct node *node, const struct chain *chain, uint32_t first, uint32_t last,
	struct err *err)
{
	static const char *const statements[] = {
		"DELETE FROM reissued WHERE chain = ?1 AND seq BETWEEN ?2 AND ?3",
		"DELETE FROM reissued_line WHERE chain = ?1 AND seq BETWEEN ?2 AND ?3",
		"DELETE FROM seen WHERE chain = ?1 AND seq BETWEEN ?2 AND ?3",
	};
	size_t i;

	for (i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		struct stmt *stmt = db_prepare(node->db, statements[i]);

		stmt_int_at(stmt, 1, chain->number);
		stmt_int_at(stmt, 2, first);
		stmt_int_at(stmt, 3, last);
		if (!stmt_run(stmt, err)) {
			return false;
		}
	}
	return true;
}

bool reissue_unseal(struct node *node, struct chain *chain, uint32_t seq, struct err *err)
{
	return seq > chain->sealed_seq || forget(node, chain, seq, seq, err);
}

bool reissue_drop(struct node *node, struct chain *chain, uint32_t seq, struct err *err)
{
	struct stmt *drafts =
		db_prepare(node->db, "DELETE FROM draft WHERE chain = ?1 AND seq >= ?2");

	stmt_int_at(drafts, 1, chain->number);
	stmt_int_at(drafts, 2, seq);
	chain->draft_seq = chain->draft_lines = chain->sealed_seq = 0;
	chain->draft_bytes = 0;
	return stmt_run(drafts, err) && forget(node, chain, seq, UINT32_MAX, err);
}
