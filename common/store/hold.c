/* hold.c -- lines that are not applied; see hold.h. */
#include <inttypes.h>
#include <string.h>

#include "hold.h"

static const char *const state_names[] = { "applied", "waiting", "returned" };

const char *line_state_name(enum line_state state)
{
	return state_names[state];
}

/* Is there a row in the table of ${sql}?  A failure shows where the rows are read. */
static bool has_row(struct node *node, const char *sql)
{
	struct stmt *stmt = db_prepare(node->db, sql);
	struct err ignored;
	bool row = true;

	if (!stmt_step(stmt, &row, &ignored)) {
		return true;
	}
	stmt_reset(stmt);
	return row;
}

bool hold_any(struct node *node)
{
	return has_row(node, "SELECT 1 FROM held LIMIT 1");
}

bool refer_any(struct node *node)
{
	return has_row(node, "SELECT 1 FROM refers LIMIT 1");
}

static void bind_origin(struct stmt *stmt, int first, const struct merge_origin *origin)
{
	stmt_int_at(stmt, first, origin->chain);
	stmt_int_at(stmt, first + 1, origin->seq);
	stmt_int_at(stmt, first + 2, origin->n);
}

/* Columns ${first}..: chain, seq, n. */
static struct merge_origin column_origin(struct node *node, struct stmt *stmt, int first)
{
	struct merge_origin origin = { .chain = (uint32_t)stmt_get_int(stmt, first),
		.seq = (uint32_t)stmt_get_int(stmt, first + 1),
		.n = (uint32_t)stmt_get_int(stmt, first + 2) };
	const struct chain *chain = chain_by_number(node, origin.chain);

	origin.scope = chain != NULL ? chain->name.scope.kind : SCOPE_FEDERATION;
	return origin;
}

static struct record_id column_bytes(struct stmt *stmt, int column)
{
	struct view bytes = stmt_get_blob(stmt, column);
	struct record_id id = { 0 };

	if (bytes.len <= RECORD_ID_BYTES) {
		id.len = (uint8_t)bytes.len;
		memcpy(id.bytes, bytes.data, bytes.len);
	}
	return id;
}

/* Columns chain, seq, n, state, reasons, entity, id, t. */
static struct held column_held(struct node *node, struct stmt *stmt)
{
	return (struct held){ .origin = column_origin(node, stmt, 0),
		.state = (enum line_state)stmt_get_int(stmt, 3),
		.reasons = (unsigned)stmt_get_int(stmt, 4),
		.entity = model_entity(node->model, stmt_get_text(stmt, 5)),
		.id = column_bytes(stmt, 6), .t = stmt_get_int(stmt, 7) };
}

bool hold_get(struct node *node, const struct merge_origin *origin, enum line_state *state,
	struct held *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT chain, seq, n, state, reasons, entity, id, t FROM held "
		"WHERE chain = ?1 AND seq = ?2 AND n = ?3");
	bool row;

	*state = LINE_APPLIED;
	bind_origin(stmt, 1, origin);
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	if (row) {
		*out = column_held(node, stmt);
		*state = out->state;
		stmt_reset(stmt);
	}
	return true;
}

static bool put_held(struct node *node, const struct held *held, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO held (chain, seq, n, state, reasons, entity, id, t) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (chain, seq, n) DO UPDATE "
		"SET state = excluded.state, reasons = excluded.reasons");

	bind_origin(stmt, 1, &held->origin);
	stmt_int_at(stmt, 4, held->state);
	stmt_int_at(stmt, 5, held->reasons);
	stmt_text_at(stmt, 6, view_of(held->entity->name));
	stmt_blob_at(stmt, 7, held->id.bytes, held->id.len);
	stmt_int_at(stmt, 8, held->t);
	return stmt_run(stmt, err);
}

static bool drop_held(struct node *node, const struct held *held, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"DELETE FROM held WHERE chain = ?1 AND seq = ?2 AND n = ?3");

	bind_origin(stmt, 1, &held->origin);
	return stmt_run(stmt, err);
}

/* One line of its bundle is no more ${from} but ${to}. */
static bool count_move(struct node *node, const struct merge_origin *origin, enum line_state from,
	enum line_state to, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"UPDATE slot SET applied = applied + ?3, waiting = waiting + ?4, "
		"returned = returned + ?5, told = ?6 WHERE chain = ?1 AND seq = ?2");
	const struct chain *chain = chain_by_number(node, origin->chain);
	int by[3] = { 0, 0, 0 };

	if (from == to || chain == NULL) {
		return true;
	}
	by[from]--;
	by[to]++;
	stmt_int_at(stmt, 1, origin->chain);
	stmt_int_at(stmt, 2, origin->seq);
	stmt_int_at(stmt, 3, by[LINE_APPLIED]);
	stmt_int_at(stmt, 4, by[LINE_WAITING]);
	stmt_int_at(stmt, 5, by[LINE_RETURNED]);
	stmt_int_at(stmt, 6, !node->district);
	return stmt_run(stmt, err) && node_touch(node, "bundle", chain->community, err);
}

bool hold_move(struct node *node, enum line_state from, const struct held *held, struct err *err)
{
	bool ok = held->state == LINE_APPLIED ? drop_held(node, held, err) :
						put_held(node, held, err);

	return ok && count_move(node, &held->origin, from, held->state, err);
}

/* Append each row of ${stmt}. */
static bool all_held(struct node *node, struct stmt *stmt, struct buf *out, struct err *err)
{
	bool row;

	do {
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (row) {
			struct held held = column_held(node, stmt);

			buf_add(out, &held, sizeof(held));
		}
	} while (row);
	return buf_ok(out, err);
}

bool hold_of_record(struct node *node, const struct entity *entity, const struct record_id *id,
	struct buf *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT chain, seq, n, state, reasons, entity, id, t FROM held "
		"WHERE entity = ?1 AND id = ?2 ORDER BY chain, seq, n");

	stmt_text_at(stmt, 1, view_of(entity->name));
	stmt_blob_at(stmt, 2, id->bytes, id->len);
	return all_held(node, stmt, out, err);
}

bool hold_of_bundle(struct node *node, const struct chain *chain, uint32_t seq, struct buf *out,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT chain, seq, n, state, reasons, entity, id, t FROM held "
		"WHERE chain = ?1 AND seq = ?2 ORDER BY n");

	stmt_int_at(stmt, 1, chain->number);
	stmt_int_at(stmt, 2, seq);
	return all_held(node, stmt, out, err);
}

bool hold_balances(struct node *node, const struct chain *chain, uint32_t seq, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT s.lines, s.applied, s.waiting, s.returned, "
		"(SELECT count(*) FROM held h WHERE h.chain = s.chain AND h.seq = s.seq "
		"AND h.state = 1), (SELECT count(*) FROM held h WHERE h.chain = s.chain "
		"AND h.seq = s.seq AND h.state = 2) FROM slot s WHERE s.chain = ?1 AND s.seq = ?2");
	int64_t lines, applied, waiting, returned, held_waiting, held_returned;
	bool row;

	stmt_int_at(stmt, 1, chain->number);
	stmt_int_at(stmt, 2, seq);
	if (!stmt_step(stmt, &row, err) || !row) {
		return !row;
	}
	lines = stmt_get_int(stmt, 0);
	applied = stmt_get_int(stmt, 1);
	waiting = stmt_get_int(stmt, 2);
	returned = stmt_get_int(stmt, 3);
	held_waiting = stmt_get_int(stmt, 4);
	held_returned = stmt_get_int(stmt, 5);
	stmt_reset(stmt);
	return (lines == applied + waiting + returned && waiting == held_waiting &&
		       returned == held_returned && applied >= 0) ||
		err_set(err, ERR_STORE,
			"%s@%" PRIu32 " does not balance: %" PRId64 " lines, %" PRId64
			" applied, %" PRId64 " waiting (%" PRId64 " held), %" PRId64
			" returned (%" PRId64 " held)",
			chain->text, seq, lines, applied, waiting, held_waiting, returned,
			held_returned);
}

/* ---- references to what is not here ------------------------------- */

bool refer_add(struct node *node, const struct referral *referral, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO refers (entity, id, chain, seq, n, waits) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (entity, id, chain, seq, n) "
		"DO UPDATE SET waits = excluded.waits");

	stmt_text_at(stmt, 1, view_of(referral->entity->name));
	stmt_blob_at(stmt, 2, referral->id.bytes, referral->id.len);
	bind_origin(stmt, 3, &referral->origin);
	stmt_int_at(stmt, 6, referral->waits);
	return stmt_run(stmt, err);
}

bool refer_to(struct node *node, const struct entity *entity, const struct record_id *id,
	struct buf *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT chain, seq, n, waits FROM refers WHERE entity = ?1 AND id = ?2 "
		"ORDER BY chain, seq, n");
	bool row;

	stmt_text_at(stmt, 1, view_of(entity->name));
	stmt_blob_at(stmt, 2, id->bytes, id->len);
	do {
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (row) {
			struct referral referral = { .entity = entity, .id = *id,
				.origin = column_origin(node, stmt, 0),
				.waits = stmt_get_int(stmt, 3) != 0 };

			buf_add(out, &referral, sizeof(referral));
		}
	} while (row);
	return buf_ok(out, err);
}

bool refer_forget(struct node *node, const struct entity *entity, const struct record_id *id,
	const struct merge_origin *origin, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"DELETE FROM refers WHERE entity = ?1 AND id = ?2 AND chain = ?3 AND seq = ?4 "
		"AND n = ?5");

	stmt_text_at(stmt, 1, view_of(entity->name));
	stmt_blob_at(stmt, 2, id->bytes, id->len);
	bind_origin(stmt, 3, origin);
	return stmt_run(stmt, err);
}
