/* move_apart.c -- which lines count for a record that was moved; see move_private.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain_lines.h"
#include "line.h"
#include "move_private.h"

/* ---- the rule ----------------------------------------------------- */

/* Had bundle ${seq} of ${chain} seen the district's record of the move? */
static bool had_seen_move(struct node *node, const struct moved *moved,
	const struct chain *chain, uint32_t seq, bool *seen, struct err *err)
{
	struct table *table = node_table(node, VIEW_LITERAL("moved"));
	struct merge_world world = node_world(node);
	struct loaded at;
	size_t i;

	*seen = false;
	if (table == NULL || !table_load(node, table, &moved->slug, &at, err)) {
		return table == NULL;
	}
	for (i = 0; i < record_line_count(table->record) && !*seen; i++) {
		struct merge_origin origin;

		record_line(table->record, i, &origin);
		*seen = origin.chain != chain->number &&
			world.seen_upto(world.ctx, chain->number, seq, origin.chain) >= origin.seq;
	}
	return world_ok(node, err);
}

bool move_counts(struct node *node, const struct move_range *range, const struct chain *chain,
	uint32_t seq, bool *counts, struct err *err)
{
	const char *home = range->count != 0 ? range->list[range->count - 1].taker : NULL;
	size_t i;

	*counts = true;
	if (home == NULL) {
		return true;
	}
	if (chain->name.scope.kind != SCOPE_FEDERATION) {
		*counts = strcmp(chain->name.scope.community, home) == 0;
		return true;
	}
	if (strcmp(chain->community, DISTRICT_SLUG) == 0) {
		return true;
	}
	/* The last of its own moves that its writer knew of says what it was then. */
	for (i = range->count; i-- > 0;) {
		const struct moved *moved = &range->list[i];
		bool took = strcmp(moved->taker, chain->community) == 0, seen;

		if (!took && strcmp(moved->giver, chain->community) != 0) {
			continue;
		}
		if (!had_seen_move(node, moved, chain, seq, &seen, err)) {
			return false;
		}
		if (seen) {
			*counts = took;
			return true;
		}
	}
	return true;
}

/* ---- table apart -------------------------------------------------- */

static bool apart_add(struct node *node, const struct entity *entity,
	const struct record_id *id, const struct merge_origin *origin, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO apart (entity, id, chain, seq, n) VALUES (?1, ?2, ?3, ?4, ?5) "
		"ON CONFLICT (entity, id, chain, seq, n) DO NOTHING");

	stmt_text_at(stmt, 1, view_of(entity->name));
	stmt_blob_at(stmt, 2, id->bytes, id->len);
	stmt_int_at(stmt, 3, origin->chain);
	stmt_int_at(stmt, 4, origin->seq);
	stmt_int_at(stmt, 5, origin->n);
	return stmt_run(stmt, err);
}

bool moves_apart(struct node *node, const struct entity *entity, const struct record_id *id,
	struct buf *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT chain, seq, n FROM apart WHERE entity = ?1 AND id = ?2 "
		"ORDER BY chain, seq, n");
	bool row;

	stmt_text_at(stmt, 1, view_of(entity->name));
	stmt_blob_at(stmt, 2, id->bytes, id->len);
	for (;;) {
		struct merge_origin origin = { 0 };
		const struct chain *chain;

		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (!row) {
			return buf_ok(out, err);
		}
		origin.chain = (uint32_t)stmt_get_int(stmt, 0);
		origin.seq = (uint32_t)stmt_get_int(stmt, 1);
		origin.n = (uint32_t)stmt_get_int(stmt, 2);
		chain = chain_by_number(node, origin.chain);
		if (chain == NULL) {
			stmt_reset(stmt);
			return err_set(err, ERR_STORE, "a row of table apart names no chain");
		}
		origin.scope = chain->name.scope.kind;
		buf_add(out, &origin, sizeof(origin));
	}
}

bool moves_apart_own(struct node *node, const struct entity *entity, const struct record_id *id,
	struct buf *out, struct err *err)
{
	struct buf all = { 0 };
	struct merge_origin origin;
	bool ok = moves_apart(node, entity, id, &all, err);
	size_t i;

	for (i = 0; ok && i < all.len; i += sizeof(origin)) {
		memcpy(&origin, all.data + i, sizeof(origin));
		if (origin.scope == SCOPE_COMMUNITY) {
			buf_add(out, &origin, sizeof(origin));
		}
	}
	buf_clear(&all);
	return ok && buf_ok(out, err);
}

/* What became of a former holder's line has to be looked at, at the district. */
static bool note_line(struct node *node, const struct entity *entity, const struct record_id *id,
	const struct merge_origin *origin, struct err *err)
{
	struct move_work work = { .kind = WORK_LATE, .id = *id, .line = *origin };

	memcpy(work.entity, entity->name, strlen(entity->name) + 1);
	return !node->district || origin->scope != SCOPE_DISTRICT ||
		moves_of(node, entity, id).count == 0 || move_work_add(node, &work, err);
}

bool moves_drop_apart(struct node *node, const struct merge_origin *origin,
	const struct entity *entity, const struct record_id *id, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"DELETE FROM apart WHERE entity = ?1 AND id = ?2 AND chain = ?3 AND seq = ?4 "
		"AND n = ?5");

	stmt_text_at(stmt, 1, view_of(entity->name));
	stmt_blob_at(stmt, 2, id->bytes, id->len);
	stmt_int_at(stmt, 3, origin->chain);
	stmt_int_at(stmt, 4, origin->seq);
	stmt_int_at(stmt, 5, origin->n);
	return stmt_run(stmt, err) && note_line(node, entity, id, origin, err);
}

static bool apart_clear(struct node *node, const struct entity *entity,
	const struct record_id *id, struct err *err)
{
	struct stmt *stmt =
		db_prepare(node->db, "DELETE FROM apart WHERE entity = ?1 AND id = ?2");

	stmt_text_at(stmt, 1, view_of(entity->name));
	stmt_blob_at(stmt, 2, id->bytes, id->len);
	return stmt_run(stmt, err);
}

/* ---- folding again ------------------------------------------------ */

/* Fold of ${origins} those that count into the table's record; the others stand apart. */
static bool divide(struct node *node, struct table *table, const struct record_id *id,
	const struct buf *origins, const char *home, struct err *err)
{
	struct move_range range = moves_of(node, table->entity, id);
	struct line_reader reader = { .node = node };
	struct merge_world world = node_world(node);
	struct merge_origin origin;
	struct arena arena = { 0 };
	bool ok = true, counts;
	size_t i;

	world.community = home;
	record_reset(table->record, table->entity);
	for (i = 0; ok && i < origins->len; i += sizeof(origin)) {
		struct view text;
		struct line line;

		memcpy(&origin, origins->data + i, sizeof(origin));
		arena_reset(&arena);
		ok = move_counts(node, &range, chain_by_number(node, origin.chain), origin.seq,
			&counts, err);
		if (ok && !counts) {
			/* The district's own, signed or not, are among what it hands over. */
			ok = apart_add(node, table->entity, id, &origin, err) &&
				(device_id_equal(chain_by_number(node, origin.chain)->name.device,
					 node->device) ||
					note_line(node, table->entity, id, &origin, err));
		} else if (ok) {
			ok = line_reader_get(&reader, &origin, &text, err) &&
				line_parse(&line, &arena, text, err) &&
				record_apply(table->record, &origin, &line, &world, err);
		}
	}
	line_reader_clear(&reader);
	arena_clear(&arena);
	return ok && world_ok(node, err);
}

static bool fold_moved(struct node *node, struct table *table, const struct record_id *id,
	struct err *err)
{
	char before[SLUG_TEXT_BYTES], home[SLUG_TEXT_BYTES];
	struct buf origins = { 0 };
	struct merge_origin one;
	struct loaded at;
	bool ok = false;
	size_t i;

	if (!table_load(node, table, id, &at, err)) {
		return false;
	}
	row_named_community(table, before);
	strcpy(home, moves_holder(node, table->entity, id));
	for (i = 0; i < record_line_count(table->record); i++) {
		record_line(table->record, i, &one);
		buf_add(&origins, &one, sizeof(one));
	}
	if (!moves_apart(node, table->entity, id, &origins, err)) {
		goto out;
	}
	at.fewer_lines = true;
	ok = origins.len == 0 ||
		(apart_clear(node, table->entity, id, err) &&
			divide(node, table, id, &origins, home, err) &&
			(!at.found || strcmp(at.community, home) == 0 ||
				node_touch(node, table->entity->name, at.community, err)) &&
			row_write(node, table, &at, before, home, err));
out:
	buf_clear(&origins);
	return ok;
}

/* Values that came in a handover become lines of our own once the record is ours. */
static bool note_values(struct node *node, const struct entity *entity,
	const struct record_id *id, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT 1 FROM handover WHERE entity = ?1 AND id = ?2 AND written = 0");
	struct move_work work = { .kind = WORK_VALUES, .id = *id };
	bool row;

	stmt_text_at(stmt, 1, view_of(entity->name));
	stmt_blob_at(stmt, 2, id->bytes, id->len);
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	stmt_reset(stmt);
	memcpy(work.entity, entity->name, strlen(entity->name) + 1);
	return !row || move_work_add(node, &work, err);
}

/* Which record the district's record ${slug} is about; *found. */
static bool moved_what(struct node *node, const struct record_id *slug, struct table **table,
	struct record_id *id, bool *found, struct err *err)
{
	struct stmt *stmt =
		db_prepare(node->db, "SELECT entity, record FROM rec_moved WHERE id = ?1");

	*found = false;
	stmt_text_at(stmt, 1, (struct view){ (const char *)slug->bytes, slug->len });
	if (!stmt_step(stmt, found, err)) {
		return false;
	}
	if (!*found) {
		return true;
	}
	*table = node_table(node, stmt_get_text(stmt, 0));
	*found = *table != NULL && !(*table)->entity->slug_ids &&
		record_id_parse(id, stmt_get_text(stmt, 1), false);
	stmt_reset(stmt);
	return true;
}

bool moves_arrived(struct node *node, struct err *err)
{
	struct record_id slug, id;
	struct table *table;
	bool found;

	while (moves_next_noted(node, &slug)) {
		if (!moves_ready(node, err) ||
			!moved_what(node, &slug, &table, &id, &found, err) ||
			(found && (!fold_moved(node, table, &id, err) ||
					  !note_values(node, table->entity, &id, err)))) {
			return false;
		}
	}
	return true;
}

/* ---- one line ----------------------------------------------------- */

bool moves_take_apart(struct node *node, const struct chain *chain, uint32_t seq, uint32_t n,
	const struct line *line, const struct admitted *admitted, bool *apart, struct err *err)
{
	const struct entity *entity = admitted->table->entity;
	struct merge_origin origin = { chain->number, seq, n, chain->name.scope.kind };
	struct move_range range = moves_of(node, entity, &admitted->id);
	bool counts;

	*apart = false;
	if (range.count == 0) {
		return true;
	}
	if (!move_counts(node, &range, chain, seq, &counts, err)) {
		return false;
	}
	if (counts) {
		return true;
	}
	*apart = true;
	clock_merge(node, line->t);
#ifdef LINLI_PLANT_LATE_EDIT_DROPPED
	return apart_add(node, entity, &admitted->id, &origin, err);
#endif
	return apart_add(node, entity, &admitted->id, &origin, err) &&
		note_line(node, entity, &admitted->id, &origin, err);
}

bool moves_applied(struct node *node, const struct admitted *admitted, struct err *err)
{
	const struct entity *entity = admitted->table->entity;
	struct move_work work = { .kind = WORK_DUPLICATE, .id = admitted->id };
	const struct merged *merged = entity->trust ? NULL :
		merged_find(node, entity, &admitted->id);

	if (merged == NULL || strcmp(merged->community, node->community) != 0 ||
		!record_alive(admitted->table->record)) {
		return true;
	}
	memcpy(work.entity, entity->name, strlen(entity->name) + 1);
	return move_work_add(node, &work, err);
}

/* ---- checking ----------------------------------------------------- */

struct apart_row {
	char entity[MODEL_NAME_BYTES];
	struct record_id id;
	struct merge_origin origin;
};

static bool all_apart(struct node *node, struct buf *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT entity, id, chain, seq, n FROM apart ORDER BY chain, seq, n");
	bool row;

	for (;;) {
		struct apart_row one = { 0 };
		struct view entity, id;

		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (!row) {
			return buf_ok(out, err);
		}
		entity = stmt_get_text(stmt, 0);
		id = stmt_get_blob(stmt, 1);
		memcpy(one.entity, entity.data, entity.len < MODEL_NAME_BYTES ? entity.len : 0);
		one.id.len = (uint8_t)(id.len <= RECORD_ID_BYTES ? id.len : 0);
		memcpy(one.id.bytes, id.data, one.id.len);
		one.origin.chain = (uint32_t)stmt_get_int(stmt, 2);
		one.origin.seq = (uint32_t)stmt_get_int(stmt, 3);
		one.origin.n = (uint32_t)stmt_get_int(stmt, 4);
		buf_add(out, &one, sizeof(one));
	}
}

/* Why the row should not be there, or NULL. */
static bool apart_wrong(struct node *node, struct line_reader *reader,
	const struct apart_row *row, const char **why, struct err *err)
{
	const struct entity *entity = model_entity(node->model, view_of(row->entity));
	const struct chain *chain = chain_by_number(node, row->origin.chain);
	char id[RECORD_ID_TEXT_BYTES];
	struct move_range range;
	struct arena arena = { 0 };
	struct view text;
	struct line line;
	bool counts;

	*why = NULL;
	if (entity == NULL || chain == NULL) {
		*why = "names no record or chain";
		return true;
	}
	range = moves_of(node, entity, &row->id);
	if (!move_counts(node, &range, chain, row->origin.seq, &counts, err) ||
		!line_reader_get(reader, &row->origin, &text, err)) {
		return false;
	}
	record_id_print(id, row->id.bytes, row->id.len, false);
	if (!line_parse(&line, &arena, text, err) || !view_is(line.entity, row->entity) ||
		!view_is(line.id, id)) {
		*why = "is a line of another record";
	} else if (counts) {
		*why = "counts, and is not in its record";
	}
	arena_clear(&arena);
	return true;
}

/* The records that were moved hold only lines that count. */
static bool check_moved(struct node *node, const struct moved *moved,
	void (*problem)(void *ctx, const char *text), void *ctx, struct err *err)
{
	struct table *table = node_table(node, view_of(moved->entity));
	struct move_range range;
	struct buf origins = { 0 };
	struct merge_origin origin;
	struct loaded at;
	bool ok = true, counts;
	size_t i;

	if (table == NULL || !table_load(node, table, &moved->id, &at, err)) {
		return table == NULL;
	}
	for (i = 0; i < record_line_count(table->record); i++) {
		record_line(table->record, i, &origin);
		buf_add(&origins, &origin, sizeof(origin));
	}
	range = moves_of(node, table->entity, &moved->id);
	ok = buf_ok(&origins, err);
	for (i = 0; ok && i < origins.len; i += sizeof(origin)) {
		memcpy(&origin, origins.data + i, sizeof(origin));
		ok = move_counts(node, &range, chain_by_number(node, origin.chain), origin.seq,
			&counts, err);
		if (ok && !counts) {
			problem(ctx, "a record that was moved holds a line that does not count");
		}
	}
	buf_clear(&origins);
	return ok;
}

bool moves_check(struct node *node, uint64_t *lines,
	void (*problem)(void *ctx, const char *text), void *ctx, struct err *err)
{
	struct line_reader reader = { .node = node };
	struct buf rows = { 0 };
	struct apart_row row;
	bool ok = moves_ready(node, err) && all_apart(node, &rows, err);
	const char *why;
	char text[160];
	size_t i;

	*lines = 0;
	for (i = 0; ok && i < rows.len; i += sizeof(row)) {
		memcpy(&row, rows.data + i, sizeof(row));
		ok = apart_wrong(node, &reader, &row, &why, err);
		if (ok && why != NULL) {
			snprintf(text, sizeof(text), "a line put apart of %s %s", row.entity, why);
			problem(ctx, text);
		}
		*lines += row.origin.chain <= node->chain_count &&
			row.origin.seq <= node->chains[row.origin.chain - 1].head;
	}
	line_reader_clear(&reader);
	buf_clear(&rows);
	return ok && moves_each_moved(node, check_moved, problem, ctx, err);
}
