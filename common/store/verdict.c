/* verdict.c -- reading verdicts; see verdict.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain_lines.h"
#include "sha256.h"
#include "verdict.h"

struct record_id verdict_id(const uint8_t hash[32], uint32_t n)
{
	char text[2 * VERDICT_HASH_BYTES + 16];
	struct record_id id = { 0 };

	hex_encode(text, hash, VERDICT_HASH_BYTES);
	snprintf(text + 2 * VERDICT_HASH_BYTES, 16, "-%" PRIu32, n);
	id.len = (uint8_t)strlen(text);
	memcpy(id.bytes, text, id.len);
	return id;
}

bool slot_by_hash(struct node *node, struct view hex, struct merge_origin *out, bool *found,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT chain, seq FROM slot WHERE hash >= ?1 AND hash < ?2");
	uint8_t first[SHA256_BYTES], last[SHA256_BYTES + 1];
	size_t len = hex.len / 2;
	const struct chain *chain;

	memset(out, 0, sizeof(*out));
	*found = false;
	if (len > sizeof(first) || !hex_decode(first, len, hex)) {
		return true;
	}
	memset(last, 0xff, sizeof(last)); /* longer, and so greater, than any hash that begins so */
	memcpy(last, first, len);
	stmt_blob_at(stmt, 1, first, len);
	stmt_blob_at(stmt, 2, last, sizeof(last));
	if (!stmt_step(stmt, found, err) || !*found) {
		return !*found;
	}
	out->chain = (uint32_t)stmt_get_int(stmt, 0);
	out->seq = (uint32_t)stmt_get_int(stmt, 1);
	stmt_reset(stmt);
	chain = chain_by_number(node, out->chain);
	*found = chain != NULL;
	out->scope = *found ? chain->name.scope.kind : SCOPE_FEDERATION;
	return true;
}

bool verdict_place(struct node *node, const struct record_id *id, struct merge_origin *out,
	bool *found, struct err *err)
{
	struct cursor cursor = cursor_of(id->bytes, id->len);
	struct view hash = cursor_until(&cursor, '-');
	const struct chain *chain;
	struct slot slot;
	int64_t n;

	*found = false;
	if (hash.len != 2 * VERDICT_HASH_BYTES ||
		!int64_parse(&n, (struct view){ (const char *)cursor.at, cursor_left(&cursor) }) ||
		n < 1 || n > UINT32_MAX) {
		return true;
	}
	if (!slot_by_hash(node, hash, out, found, err) || !*found) {
		return !*found;
	}
	chain = chain_by_number(node, out->chain);
	if (!slot_read(node, chain, out->seq, &slot, err)) {
		return false;
	}
	*found = n <= slot.lines;
	out->n = (uint32_t)n;
	slot_clear(&slot);
	return true;
}

/* Columns ${first}..: state, withdrawn. */
static struct line_verdict read_verdict(struct stmt *stmt, int first, enum scope_kind kind)
{
	struct view state = stmt_get_text(stmt, first);
	struct line_verdict verdict = { .accepted = view_is(state, "accepted"),
		.seconded = view_is(state, "seconded") };

	verdict.returned = kind == SCOPE_FEDERATION ? stmt_get_int(stmt, first + 1) != 0 :
						      view_is(state, "returned");
	verdict.accepted = verdict.accepted && !verdict.returned;
	return verdict;
}

int line_verdict_by_n(const void *a, const void *b)
{
	const struct line_verdict *x = a, *y = b;

	return x->n < y->n ? -1 : x->n > y->n;
}

bool verdicts_of(struct node *node, enum scope_kind kind, const uint8_t hash[32], struct buf *out,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT state, withdrawn, id FROM rec_verdict WHERE id >= ?1 AND id < ?2 AND alive");
	char first[2 * VERDICT_HASH_BYTES + 2], last[2 * VERDICT_HASH_BYTES + 2];
	size_t at = out->len;
	bool row;

	hex_encode(first, hash, VERDICT_HASH_BYTES);
	memcpy(last, first, sizeof(last));
	strcpy(first + 2 * VERDICT_HASH_BYTES, "-");
	strcpy(last + 2 * VERDICT_HASH_BYTES, "."); /* the character after '-' */
	stmt_text_at(stmt, 1, view_of(first));
	stmt_text_at(stmt, 2, view_of(last));
	do {
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (row) {
			struct line_verdict verdict = read_verdict(stmt, 0, kind);
			struct view id = stmt_get_text(stmt, 2);
			int64_t n;

			if (id.len > 2 * VERDICT_HASH_BYTES + 1 &&
				int64_parse(&n, (struct view){ id.data + 2 * VERDICT_HASH_BYTES + 1,
							id.len - 2 * VERDICT_HASH_BYTES - 1 })) {
				verdict.n = (uint32_t)n;
#ifdef LINLI_PLANT_VERDICT_NEXT_LINE
				verdict.n++;
#endif
				buf_add(out, &verdict, sizeof(verdict));
			}
		}
	} while (row);
	if (out->len > at) {
		qsort(out->data + at, (out->len - at) / sizeof(struct line_verdict),
			sizeof(struct line_verdict), line_verdict_by_n);
	}
	return buf_ok(out, err);
}

static bool slot_hash(struct node *node, const struct merge_origin *line, uint8_t out[32],
	bool *found, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT hash FROM slot WHERE chain = ?1 AND seq = ?2");
	struct view hash;

	stmt_int_at(stmt, 1, line->chain);
	stmt_int_at(stmt, 2, line->seq);
	if (!stmt_step(stmt, found, err)) {
		return false;
	}
	if (*found) {
		hash = stmt_get_blob(stmt, 0);
		*found = hash.len == 32;
		memcpy(out, hash.data, *found ? 32 : 0);
		stmt_reset(stmt);
	}
	return true;
}

bool verdict_of(struct node *node, const struct merge_origin *line, struct line_verdict *out,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT state, withdrawn FROM rec_verdict WHERE id = ?1 AND alive");
	struct record_id id;
	uint8_t hash[32];
	bool found;

	memset(out, 0, sizeof(*out));
	if (!slot_hash(node, line, hash, &found, err) || !found) {
		return !found;
	}
	id = verdict_id(hash, line->n);
	stmt_text_at(stmt, 1, (struct view){ (const char *)id.bytes, id.len });
	if (!stmt_step(stmt, &found, err)) {
		return false;
	}
	if (found) {
		*out = read_verdict(stmt, 0, line->scope);
		stmt_reset(stmt);
	}
	out->n = line->n;
	return true;
}

bool verdict_known(struct node *node, const struct merge_origin *line,
	const struct merge_origin *other, bool *known, struct err *err)
{
	struct merge_world world = node_world(node);
	struct table *table = node_table(node, VIEW_LITERAL("verdict"));
	struct merge_origin origin;
	struct record_id id;
	struct loaded at;
	uint8_t hash[32];
	size_t i;

	if (table == NULL || !slot_hash(node, other, hash, known, err) || !*known) {
		return table == NULL || !*known;
	}
	id = verdict_id(hash, other->n);
	if (!table_load(node, table, &id, &at, err)) {
		return false;
	}
	/* The part that those can read who made the verdict's line known to themselves. */
	*known = at.found;
	for (i = 0; *known && i < record_line_count(table->record); i++) {
		record_line(table->record, i, &origin);
		*known = origin.scope != SCOPE_DISTRICT ||
			world.seen_upto(node, line->chain, line->seq, origin.chain) >= origin.seq;
	}
	return world_ok(node, err);
}
