/*
 * forks.c -- two bundles for one place: what is known of them, and what is to be
 * done about one; see linli/forks.h.  How a node learns of them: forks_hear.c.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "repair.h"

#define STRANGER_FACT "stranger"           /* "<incarnation> <Unix ms>" */
#define STRANGER_SHOWN_MS (30LL * 24 * 60 * 60 * 1000)

/* ---- the table ----------------------------------------------------- */

bool fork_put(struct node *node, const struct fork_noted *noted, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO fork (chain, named_by, seq, held, other, follow, found_ms, settled_ms) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, NULL) ON CONFLICT (chain, named_by) DO UPDATE "
		"SET seq = excluded.seq, held = excluded.held, other = excluded.other, "
		"follow = excluded.follow, found_ms = CASE WHEN fork.other = excluded.other "
		"THEN fork.found_ms ELSE excluded.found_ms END, settled_ms = NULL "
		"WHERE fork.settled_ms IS NOT NULL OR fork.other <> excluded.other "
		"OR fork.seq <> excluded.seq OR fork.follow <> excluded.follow");

	stmt_text_at(stmt, 1, view_of(noted->chain));
	stmt_text_at(stmt, 2, view_of(noted->by));
	stmt_int_at(stmt, 3, noted->seq);
	if (noted->held != NULL) {
		stmt_blob_at(stmt, 4, noted->held, 32);
	} else {
		stmt_null_at(stmt, 4);
	}
	stmt_blob_at(stmt, 5, noted->other, noted->other_len);
	stmt_int_at(stmt, 6, noted->follow);
	stmt_int_at(stmt, 7, repair_now_ms(node));
	return stmt_run(stmt, err);
}

bool fork_settle_row(struct node *node, const char *chain, const char *by, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"UPDATE fork SET settled_ms = ?3 WHERE chain = ?1 AND named_by = ?2 "
		"AND settled_ms IS NULL");

	stmt_text_at(stmt, 1, view_of(chain));
	stmt_text_at(stmt, 2, view_of(by));
	stmt_int_at(stmt, 3, repair_now_ms(node));
	return stmt_run(stmt, err);
}

bool fork_found(struct node *node, const char *sql, const char *text, bool *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, sql);
	bool ok;

	stmt_text_at(stmt, 1, view_of(text));
	ok = stmt_step(stmt, out, err);
	stmt_reset(stmt);
	return ok;
}

bool fork_follows(struct node *node, const struct chain *chain, bool *out, struct err *err)
{
	return fork_found(node,
		"SELECT 1 FROM fork WHERE chain = ?1 AND follow = 1 AND settled_ms IS NULL",
		chain->text, out, err);
}

bool fork_is_open(struct node *node, const struct chain *chain, bool *out, struct err *err)
{
	return fork_found(node, "SELECT 1 FROM fork WHERE chain = ?1 AND settled_ms IS NULL",
		chain->text, out, err);
}

/* ---- what is held -------------------------------------------------- */

bool fork_holds(struct node *node, const struct chain *chain, uint32_t seq, const uint8_t *hash,
	size_t len, bool *out, struct err *err)
{
	struct slot slot;

	*out = false;
	if (chain == NULL || seq == 0 || seq > chain->head) {
		return true;
	}
	if (seq == chain->head) {
		*out = memcmp(chain->hash, hash, len) == 0;
		return true;
	}
	if (!slot_read(node, chain, seq, &slot, err)) {
		return false;
	}
	*out = memcmp(slot.hash, hash, len) == 0;
	slot_clear(&slot);
	return true;
}

bool fork_accounted(struct node *node, const struct chain *chain, uint32_t seq,
	const uint8_t *hash, size_t len, bool *out, struct err *err)
{
	return fork_holds(node, chain, seq, hash, len, out, err) &&
		(*out || chain == NULL || !own_name(node, &chain->name) ||
			branch_holds(node, chain, hash, len, out, err));
}

struct open_row {
	char by[DEVICE_TEXT_BYTES];
	uint32_t seq;
	uint8_t other[32];
	size_t len;
};

static bool open_rows(struct node *node, const struct chain *chain, struct buf *out,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT named_by, seq, other FROM fork WHERE chain = ?1 AND settled_ms IS NULL");
	bool row;

	stmt_text_at(stmt, 1, view_of(chain->text));
	do {
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (row) {
			struct open_row open = { .seq = (uint32_t)stmt_get_int(stmt, 1) };
			struct view by = stmt_get_text(stmt, 0), other = stmt_get_blob(stmt, 2);

			hash_copy(open.other, other);
			open.len = other.len <= sizeof(open.other) ? other.len : 0;
			snprintf(open.by, sizeof(open.by), "%.*s", (int)by.len, by.data);
			buf_add(out, &open, sizeof(open));
		}
	} while (row);
	return buf_ok(out, err);
}

bool forks_settle(struct node *node, const struct chain *chain, struct err *err)
{
	struct stmt *back = db_prepare(node->db, "DELETE FROM branch WHERE oid = ?1 AND own = 0");
	struct buf rows = { 0 };
	struct open_row row;
	bool ok, done;
	size_t at;

	/* Should the newest bundle have been set aside before, it is back. */
	stmt_blob_at(back, 1, chain->oid.bytes, OID_BYTES);
	ok = stmt_run(back, err) && open_rows(node, chain, &rows, err);
	for (at = 0; ok && at < rows.len; at += sizeof(row)) {
		memcpy(&row, rows.data + at, sizeof(row));
		ok = fork_accounted(node, chain, row.seq, row.other, row.len, &done, err) &&
			(!done || fork_settle_row(node, chain->text, row.by, err));
	}
	buf_clear(&rows);
	return ok;
}

bool fork_wants_back(struct node *node, const struct chain_name *name, bool *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT 1 FROM fork f JOIN branch b ON b.hash = f.other "
		"WHERE f.chain = ?1 AND f.follow = 1 AND f.settled_ms IS NULL");
	char text[CHAIN_TEXT_BYTES];
	bool ok;

	chain_name_print(text, name);
	stmt_text_at(stmt, 1, view_of(text));
	ok = stmt_step(stmt, out, err);
	stmt_reset(stmt);
	return ok;
}

bool fork_note_bundle(struct node *node, const struct bundle *bundle, struct err *err)
{
	const struct bundle_facts *facts = &bundle->facts;
	const struct chain *chain = chain_find(node, &facts->chain);
	struct fork_noted noted = { .by = "", .seq = facts->seq, .other = bundle->sha256,
		.other_len = sizeof(bundle->sha256) };
	struct slot slot;
	bool ok;

	if (chain == NULL || facts->seq > chain->head + 1) {
		return true;
	}
	if (facts->seq == chain->head + 1) {
		/* It follows another bundle than the newest one here. */
		noted.seq = chain->head;
		noted.other = facts->parent_sha256;
	}
	if (noted.seq == 0 || !slot_read(node, chain, noted.seq, &slot, err)) {
		return noted.seq == 0;
	}
	noted.chain = chain->text;
	noted.held = slot.hash;
	ok = fork_put(node, &noted, err);
	slot_clear(&slot);
	return ok;
}

/* ---- what to do about one ------------------------------------------ */

bool forks_step(struct node *node, const struct head *theirs, struct device_id whose,
	enum fork_step *out, struct err *err)
{
	const struct chain *chain;
	bool known, open, follow;

	*out = FORK_NONE;
	if (!node_refresh(node, err)) {
		return false;
	}
	chain = chain_find(node, &theirs->chain);
	if (chain == NULL || chain->head == 0 || theirs->seq == 0) {
		return true;
	}
	if (!fork_holds(node, chain, theirs->seq, theirs->hash, sizeof(theirs->hash), &known, err) ||
		!fork_is_open(node, chain, &open, err) || !fork_follows(node, chain, &follow, err)) {
		return false;
	}
	if (known || (theirs->seq > chain->head && !open)) {
		return true;
	}
	if (own_name(node, &chain->name)) {
		if (!fork_accounted(node, chain, theirs->seq, theirs->hash, sizeof(theirs->hash), &known,
			    err)) {
			return false;
		}
		*out = known ? FORK_OFFER : FORK_FETCH;
	} else if (follow) {
		*out = FORK_FETCH;
	} else {
		*out = node->district || device_id_equal(whose, chain->name.device) ? FORK_OFFER :
										      FORK_TOLD;
	}
	return true;
}

bool forks_open(struct node *node, const struct chain_name *name, bool *out, struct err *err)
{
	const struct chain *chain;

	*out = false;
	if (!node_refresh(node, err)) {
		return false;
	}
	chain = chain_find(node, name);
	return chain == NULL || fork_is_open(node, chain, out, err);
}

bool forks_hold_back(struct node *node, const struct chain_name *name, bool *out, struct err *err)
{
	/* What only another device of the community names may take long to come. */
	struct stmt *stmt = db_prepare(node->db,
		"SELECT 1 FROM fork WHERE settled_ms IS NULL AND chain LIKE ?1 || '/%' AND "
		"(named_by = '' OR named_by IN (SELECT id FROM device WHERE community = "
		"'district'))");
	char text[CHAIN_TEXT_BYTES];
	bool ok;

	*out = false;
	if (!own_name(node, name) || node->district) {
		return true;
	}
	chain_name_print(text, name);
	*strchr(text, '/') = '\0';
	stmt_text_at(stmt, 1, view_of(text));
	ok = stmt_step(stmt, out, err);
	stmt_reset(stmt);
	return ok;
}

void forks_allow(struct node *node, unsigned scopes)
{
	node->allowed = scopes;
}

void forks_allow_as_ever(struct node *node)
{
	node->allowed = node->district ? FORKS_ALL_SCOPES : 0;
}

bool forks_may_come_back(struct node *node)
{
	struct err ignored;
	size_t i;

	if (!node_refresh(node, &ignored)) {
		return false;
	}
	for (i = 0; i < node->chain_count; i++) {
		const struct chain *chain = &node->chains[i];

		if (own_name(node, &chain->name) && chain->name.incarnation == node->incarnation &&
			chain->sealed_seq > chain->head) {
			return true;
		}
	}
	return false;
}

bool forks_lacks(struct node *node, const struct head *theirs, bool *out, struct err *err)
{
	bool known;

	*out = false;
	if (!own_name(node, &theirs->chain) || theirs->seq == 0) {
		return true;
	}
	if (!node_refresh(node, err) ||
		!fork_accounted(node, chain_find(node, &theirs->chain), theirs->seq, theirs->hash,
			sizeof(theirs->hash), &known, err)) {
		return false;
	}
	*out = !known;
	return true;
}

/* ---- strangers ----------------------------------------------------- */

static bool note_stranger(struct node *node, uint32_t incarnation, struct err *err)
{
	struct buf text = { 0 };
	bool ok;

	buf_printf(&text, "%" PRIu32 " %" PRId64, incarnation, repair_now_ms(node));
	ok = buf_ok(&text, err) && node_set(node, STRANGER_FACT, buf_as_view(&text), err);
	buf_clear(&text);
	return ok;
}

bool fork_stranger_note(struct node *node, const struct bundle *bundle, struct err *err)
{
	const struct bundle_facts *facts = &bundle->facts;
	int64_t since = 0;

	if (!own_name(node, &facts->chain)) {
		return true;
	}
	fact_int(node, INCARNATION_SINCE, &since);
	return (facts->chain.incarnation <= node->incarnation &&
		       (facts->chain.incarnation == node->incarnation || since == 0 ||
			       facts->made_s <= since / 1000)) ||
		note_stranger(node, facts->chain.incarnation, err);
}

bool forks_other_life(struct node *node, struct err *err)
{
	if (!node_begin(node, err)) {
		return false;
	}
	if (!incarnation_next(node, node->incarnation, err)) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err) && node_write_incarnation(node, err);
}

bool forks_stranger(struct node *node, uint32_t *incarnation, struct err *err)
{
	struct buf text = { 0 };
	struct cursor cursor;
	int64_t number, at;

	*incarnation = 0;
	if (!node_refresh(node, err)) {
		return false;
	}
	if (node_get(node, STRANGER_FACT, &text)) {
		cursor = cursor_of(text.data, text.len);
		if (int64_parse(&number, cursor_until(&cursor, ' ')) &&
			int64_parse(&at, (struct view){ (const char *)cursor.at,
						 cursor_left(&cursor) }) &&
			repair_now_ms(node) - at < STRANGER_SHOWN_MS) {
			*incarnation = (uint32_t)number;
		}
	}
	buf_clear(&text);
	return true;
}
