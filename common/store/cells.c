/* cells.c -- counted figures in the store; see cells.h. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "follow.h"
#include "linli/civil.h"

/* Raised when the engine counts the same model differently. */
#define CELLS_FORMAT "2:"

bool cells_begin(struct node *node, int64_t *version, struct err *err)
{
	*version = 0;
	if (!node_read_begin(node, err)) {
		return false;
	}
	fact_int(node, "version", version);
	return true;
}

void cells_end(struct node *node)
{
	node_read_end(node);
}

/* Under which the cells of the node's model are kept. */
static bool model_mark(struct node *node, struct buf *mark, struct err *err)
{
	buf_text(mark, CELLS_FORMAT);
	buf_text(mark, node->model->sha256);
	return buf_ok(mark, err);
}

static bool mark_is(struct node *node, const struct buf *mark)
{
	struct buf kept = { 0 };
	bool is = node_get(node, "cells_model", &kept) &&
		view_equal(buf_as_view(&kept), buf_as_view(mark));

	buf_clear(&kept);
	return is;
}

/* ---- reading ------------------------------------------------------ */

/* The cell whose rows are coming. */
struct reading {
	struct arena arena; /* its texts */
	struct cell cell;
	struct cell_value *values;
	size_t room;
	bool open;
	bool (*each)(void *ctx, const struct cell *cell, struct err *err);
	void *ctx;
};

static bool hand_over(struct reading *reading, struct err *err)
{
	if (!reading->open) {
		return true;
	}
	reading->open = false;
	reading->cell.values = reading->values;
	return reading->each(reading->ctx, &reading->cell, err);
}

static bool copy_text(struct reading *reading, const char **out, struct view text,
	struct err *err)
{
	*out = arena_copy(&reading->arena, text).data;
	return *out != NULL ? true : err_nomem(err);
}

static bool begin_cell(struct reading *reading, struct stmt *stmt, struct err *err)
{
	arena_reset(&reading->arena);
	reading->cell = (struct cell){ .version = stmt_get_int(stmt, 4) };
	reading->open = true;
	return copy_text(reading, &reading->cell.measure, stmt_get_text(stmt, 1), err) &&
		copy_text(reading, &reading->cell.community, stmt_get_text(stmt, 2), err) &&
		copy_text(reading, &reading->cell.period, stmt_get_text(stmt, 3), err);
}

/* As it is kept: "" for none, else its text after '='. */
static bool has_breakdown(struct view *kept)
{
	if (kept->len == 0) {
		return false;
	}
	kept->data++;
	kept->len--;
	return true;
}

static bool add_value(struct reading *reading, struct stmt *stmt, struct err *err)
{
	struct cell_value *values, *value;
	struct view breakdown;
	size_t room;

	if (reading->cell.count == reading->room) {
		room = reading->room == 0 ? 64 : reading->room * 2;
		values = realloc(reading->values, room * sizeof(*values));
		if (values == NULL) {
			return err_nomem(err);
		}
		reading->values = values;
		reading->room = room;
	}
	value = &reading->values[reading->cell.count++];
	*value = (struct cell_value){ .rows = stmt_get_int(stmt, 8) };
	breakdown = stmt_get_text(stmt, 5);
	if (has_breakdown(&breakdown) &&
		!copy_text(reading, &value->breakdown, breakdown, err)) {
		return false;
	}
	if (stmt_is_blob(stmt, 6)) {
		value->key = arena_copy(&reading->arena, stmt_get_blob(stmt, 6));
		return value->key.data != NULL ? true : err_nomem(err);
	}
	value->number = stmt_get_int(stmt, stmt_is_text(stmt, 6) ? 7 : 6);
	return true;
}

static bool read_cells(struct reading *reading, struct stmt *stmt, struct err *err)
{
	int64_t number = 0;
	bool row;

	for (;;) {
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (!row) {
			return hand_over(reading, err);
		}
		if (!reading->open || stmt_get_int(stmt, 0) != number) {
			number = stmt_get_int(stmt, 0);
			if (!hand_over(reading, err) || !begin_cell(reading, stmt, err)) {
				break;
			}
		}
		/* An empty cell is one row without a breakdown. */
		if (!stmt_is_null(stmt, 5) && !add_value(reading, stmt, err)) {
			break;
		}
	}
	stmt_reset(stmt);
	return false;
}

bool cells_each(struct node *node, const char *period, const char *measure,
	bool (*each)(void *ctx, const struct cell *cell, struct err *err), void *ctx,
	struct err *err)
{
	struct reading reading = { .each = each, .ctx = ctx };
	struct buf mark = { 0 };
	struct stmt *stmt;
	bool ok = model_mark(node, &mark, err);

	if (ok && mark_is(node, &mark)) {
		stmt = db_prepare(node->db,
			period == NULL ?
				"SELECT c.number, c.measure, c.community, c.period, c.version, "
				"v.breakdown, v.value, v.total, v.rows "
				"FROM cell c LEFT JOIN cell_value v ON v.cell = c.number "
				"ORDER BY c.number, v.breakdown, v.value" :
			measure == NULL ?
				"SELECT c.number, c.measure, c.community, c.period, c.version, "
				"v.breakdown, v.value, v.total, v.rows "
				"FROM cell c LEFT JOIN cell_value v ON v.cell = c.number "
				"WHERE c.period = :period ORDER BY c.number, v.breakdown, v.value" :
				"SELECT c.number, c.measure, c.community, c.period, c.version, "
				"v.breakdown, v.value, v.total, v.rows "
				"FROM cell c LEFT JOIN cell_value v ON v.cell = c.number "
				"WHERE c.measure = :measure AND c.period = :period "
				"ORDER BY c.number, v.breakdown, v.value");
		if (period != NULL) {
			stmt_text(stmt, ":period", view_of(period));
		}
		if (period != NULL && measure != NULL) {
			stmt_text(stmt, ":measure", view_of(measure));
		}
		ok = read_cells(&reading, stmt, err);
	}
	free(reading.values);
	arena_clear(&reading.arena);
	buf_clear(&mark);
	return ok;
}

bool cells_touched(struct node *node,
	bool (*each)(void *ctx, const char *entity, const char *community, int64_t version,
		struct err *err),
	void *ctx, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT entity, community, version FROM touched ORDER BY entity, community");
	bool row = true;
	size_t i;

	while (row) {
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		/* SQLite ends its texts with a NUL. */
		if (row && !each(ctx, stmt_get_text(stmt, 0).data, stmt_get_text(stmt, 1).data,
				   stmt_get_int(stmt, 2), err)) {
			stmt_reset(stmt);
			return false;
		}
	}
	/* Of the transaction that is open: later than all that was counted. */
	for (i = 0; node->depth > 0 && i < node->touch_count; i++) {
		if (!each(ctx, node->touches[i].entity, node->touches[i].community, INT64_MAX,
			    err)) {
			return false;
		}
	}
	return true;
}

/*
 * The newest bundle of a chain is its head.  Chains of a community's own
 * scope say nothing about what was reported.
 */
static const char reporting_sql[] =
	"SELECT c.community, 0, max(s.made_s) FROM chain c "
	"JOIN slot s ON s.chain = c.number AND s.seq = c.head "
	"WHERE instr(c.name, '/community/') = 0 GROUP BY c.community "
	"UNION ALL "
	"SELECT c.community, 1, sum(w.waiting) FROM "
	"(SELECT chain, waiting FROM slot WHERE waiting > 0) w "
	"JOIN chain c ON c.number = w.chain GROUP BY c.community "
	"UNION ALL "
	"SELECT community, 2, count(*) FROM conflict WHERE open = 1 GROUP BY community";

bool cells_reporting(struct node *node,
	bool (*each)(void *ctx, const char *community, enum reporting_fact fact, int64_t value,
		struct err *err),
	void *ctx, struct err *err)
{
	static const enum reporting_fact facts[] = { REPORTING_LAST_S, REPORTING_WAITING_LINES,
		REPORTING_OPEN_CONFLICTS };
	struct stmt *stmt = db_prepare(node->db, reporting_sql);
	bool row;

	for (;;) {
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (!row) {
			return true;
		}
		if (!each(ctx, stmt_get_text(stmt, 0).data, facts[stmt_get_int(stmt, 1)],
			    stmt_get_int(stmt, 2), err)) {
			stmt_reset(stmt);
			return false;
		}
	}
}

/* The id of row ${rid} of ${table}, as text; "" if it is not there. */
static bool id_of_row(struct node *node, const struct table *table, int64_t rid,
	char out[RECORD_ID_TEXT_BYTES], struct err *err)
{
	struct buf sql = { 0 };
	struct stmt *stmt;
	struct view id;
	bool row, ok;

	out[0] = '\0';
	buf_printf(&sql, "SELECT id FROM \"rec_%s\" WHERE rid = ?1", table->entity->name);
	ok = buf_ok(&sql, err);
	if (ok) {
		stmt = db_prepare(node->db, buf_str(&sql));
		stmt_int_at(stmt, 1, rid);
		ok = stmt_step(stmt, &row, err);
		if (ok && row) {
			id = table->entity->slug_ids ? stmt_get_text(stmt, 0) :
						       stmt_get_blob(stmt, 0);
			record_id_print(out, id.data, id.len, table->entity->slug_ids);
		}
		stmt_reset(stmt);
	}
	buf_clear(&sql);
	return ok;
}

bool cells_open_conflicts(struct node *node, size_t limit,
	bool (*each)(void *ctx, const char *entity, const char *id, const char *community,
		struct err *err),
	void *ctx, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT DISTINCT community, entity, rid FROM conflict WHERE open = 1 LIMIT :limit");
	char id[RECORD_ID_TEXT_BYTES];
	bool row;

	stmt_int(stmt, ":limit", (int64_t)limit);
	for (;;) {
		const struct table *table;

		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (!row) {
			return true;
		}
		table = node_table(node, stmt_get_text(stmt, 1));
		if (table == NULL) {
			continue;
		}
		if (!id_of_row(node, table, stmt_get_int(stmt, 2), id, err) ||
			(id[0] != '\0' && !each(ctx, table->entity->name, id,
						 stmt_get_text(stmt, 0).data, err))) {
			stmt_reset(stmt);
			return false;
		}
	}
}

/* ---- writing ------------------------------------------------------ */

bool cells_lock(struct node *node, int wait_ms, bool *begun, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, "PRAGMA busy_timeout");
	struct err busy = { 0 };
	int64_t usual_ms = 0;
	bool row;

	*begun = false;
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	if (row) {
		usual_ms = stmt_get_int(stmt, 0);
	}
	stmt_reset(stmt);
	sqlite3_busy_timeout(db_handle(node->db), wait_ms);
	*begun = db_begin(node->db, &busy);
	sqlite3_busy_timeout(db_handle(node->db), (int)usual_ms);
	return *begun || busy.code == ERR_BUSY ||
		err_set(err, busy.code, "keeping figures: %s", busy.detail);
}

/* The number of ${cell}'s row, made or brought to its version; 0: a newer one is there. */
static bool put_row(struct db *db, const struct cell *cell, int64_t *number, struct err *err)
{
	struct stmt *find = db_prepare(db,
		"SELECT number, version FROM cell "
		"WHERE measure = :measure AND community = :community AND period = :period");
	struct stmt *stmt;
	int64_t version = 0;
	bool found;

	*number = 0;
	stmt_text(find, ":measure", view_of(cell->measure));
	stmt_text(find, ":community", view_of(cell->community));
	stmt_text(find, ":period", view_of(cell->period));
	if (!stmt_step(find, &found, err)) {
		return false;
	}
	if (found) {
		*number = stmt_get_int(find, 0);
		version = stmt_get_int(find, 1);
	}
	stmt_reset(find);
	if (!found) {
		stmt = db_prepare(db, "INSERT INTO cell (measure, community, period, version) "
				      "VALUES (:measure, :community, :period, :version)");
		stmt_text(stmt, ":measure", view_of(cell->measure));
		stmt_text(stmt, ":community", view_of(cell->community));
		stmt_text(stmt, ":period", view_of(cell->period));
		stmt_int(stmt, ":version", cell->version);
		if (!stmt_run(stmt, err)) {
			return false;
		}
		*number = db_last_rowid(db);
		return true;
	}
	if (version > cell->version) {
		*number = 0;
		return true;
	}
	stmt = db_prepare(db, "UPDATE cell SET version = :version WHERE number = :number");
	stmt_int(stmt, ":version", cell->version);
	stmt_int(stmt, ":number", *number);
	if (!stmt_run(stmt, err)) {
		return false;
	}
	stmt = db_prepare(db, "DELETE FROM cell_value WHERE cell = :cell");
	stmt_int(stmt, ":cell", *number);
	return stmt_run(stmt, err);
}

/* Parameters 2 and 3: which value of a cell it is. */
static bool bind_value(struct stmt *stmt, const struct cell_value *value, bool totals,
	struct buf *scratch)
{
	buf_reset(scratch);
	if (value->breakdown != NULL) {
		buf_byte(scratch, '=');
		buf_text(scratch, value->breakdown);
	}
	stmt_text_at(stmt, 2, buf_as_view(scratch));
	if (value->key.data != NULL) {
		stmt_blob_at(stmt, 3, value->key.data, value->key.len);
	} else if (totals) {
		stmt_text_at(stmt, 3, VIEW_LITERAL(""));
	} else {
		stmt_int_at(stmt, 3, value->number);
	}
	return !scratch->failed;
}

static bool put_value(struct db *db, int64_t number, const struct cell_value *value, bool totals,
	struct buf *scratch, struct err *err)
{
	struct stmt *stmt = db_prepare(db, "INSERT OR REPLACE INTO cell_value "
		"(cell, breakdown, value, total, rows) VALUES (?1, ?2, ?3, ?4, ?5)");

	if (!bind_value(stmt, value, totals, scratch)) {
		return err_nomem(err);
	}
	stmt_int_at(stmt, 1, number);
	stmt_int_at(stmt, 4, totals ? value->number : 0);
	stmt_int_at(stmt, 5, value->rows);
	return stmt_run(stmt, err);
}

static bool put_values(struct db *db, const struct cell *cell, int64_t number, struct err *err)
{
	struct buf scratch = { 0 };
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < cell->count; i++) {
		ok = put_value(db, number, &cell->values[i], cell->totals, &scratch, err);
	}
	buf_clear(&scratch);
	return ok;
}

/* ---- following ---------------------------------------------------- */

bool cells_kept(struct node *node, const char *measure, const char *community,
	bool (*each)(void *ctx, int64_t number, const char *period, int64_t version,
		struct err *err),
	void *ctx, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT number, period, version FROM cell "
		"WHERE measure = :measure AND community = :community ORDER BY number");
	struct buf period = { 0 };
	bool row, ok;

	stmt_text(stmt, ":measure", view_of(measure));
	stmt_text(stmt, ":community", view_of(community));
	while ((ok = stmt_step(stmt, &row, err)) && row) {
		buf_reset(&period);
		buf_view(&period, stmt_get_text(stmt, 1));
		ok = buf_ok(&period, err) && each(ctx, stmt_get_int(stmt, 0), buf_str(&period),
						     stmt_get_int(stmt, 2), err);
		if (!ok) {
			stmt_reset(stmt);
			break;
		}
	}
	buf_clear(&period);
	return ok;
}

bool cells_drop(struct node *node, int64_t number, struct err *err)
{
	struct stmt *values = db_prepare(node->db, "DELETE FROM cell_value WHERE cell = :cell");
	struct stmt *cell = db_prepare(node->db, "DELETE FROM cell WHERE number = :cell");

	stmt_int(values, ":cell", number);
	stmt_int(cell, ":cell", number);
	return stmt_run(values, err) && stmt_run(cell, err);
}

/* What is kept of ${value}, added to it. */
static bool add_kept(struct node *node, int64_t number, struct cell_value *value, bool totals,
	struct buf *scratch, bool *fits, struct err *err)
{
	struct stmt *find = db_prepare(node->db,
		"SELECT total, rows FROM cell_value WHERE cell = ?1 AND breakdown = ?2 AND value = ?3");
	bool row;

	stmt_int_at(find, 1, number);
	if (!bind_value(find, value, totals, scratch)) {
		return err_nomem(err);
	}
	if (!stmt_step(find, &row, err)) {
		return false;
	}
	*fits = true;
	if (row) {
		*fits = !totals || !__builtin_add_overflow(value->number, stmt_get_int(find, 0),
					   &value->number);
		value->rows += stmt_get_int(find, 1);
		stmt_reset(find);
	}
	/* None is left of what it had, or it never had so many. */
	*fits = *fits && value->rows >= 0 && (value->rows != 0 || !totals || value->number == 0);
	return true;
}

static bool drop_value(struct node *node, int64_t number, const struct cell_value *value,
	bool totals, struct buf *scratch, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"DELETE FROM cell_value WHERE cell = ?1 AND breakdown = ?2 AND value = ?3");

	stmt_int_at(stmt, 1, number);
	return bind_value(stmt, value, totals, scratch) ? stmt_run(stmt, err) : err_nomem(err);
}

bool cells_add(struct node *node, int64_t number, bool totals, const struct cell_value *values,
	size_t count, struct err *err)
{
	struct buf scratch = { 0 };
	bool ok = true, fits = true;
	size_t i;

	for (i = 0; ok && fits && i < count; i++) {
		struct cell_value value = values[i];

		ok = add_kept(node, number, &value, totals, &scratch, &fits, err);
		if (ok && fits) {
			ok = value.rows != 0 ?
				put_value(node->db, number, &value, totals, &scratch, err) :
				drop_value(node, number, &value, totals, &scratch, err);
		}
	}
	buf_clear(&scratch);
	return ok && (fits || cells_drop(node, number, err));
}

bool cells_followed(struct node *node,
	bool (*each)(void *ctx, const char *entity, int64_t version, struct err *err), void *ctx,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, "SELECT entity, version FROM followed");
	bool row;

	for (;;) {
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (!row) {
			return true;
		}
		if (!each(ctx, stmt_get_text(stmt, 0).data, stmt_get_int(stmt, 1), err)) {
			stmt_reset(stmt);
			return false;
		}
	}
}

/* ---- keeping ------------------------------------------------------ */

/* Forget what was counted by another model. */
static bool settle_model(struct node *node, struct err *err)
{
	struct buf mark = { 0 };
	bool ok = model_mark(node, &mark, err);

	if (ok && !mark_is(node, &mark)) {
		ok = follow_forget(node, err) &&
			node_set(node, "cells_model", buf_as_view(&mark), err);
	}
	buf_clear(&mark);
	return ok;
}

/* States are kept by the day while their period runs: nobody asks for those of past days. */
static bool sweep(struct node *node, struct err *err)
{
	struct stmt *values = db_prepare(node->db,
		"DELETE FROM cell_value WHERE cell IN (SELECT number FROM cell WHERE "
		"length(period) = 10 AND substr(period, 9) <> '01' AND period <= :today)");
	struct stmt *cells = db_prepare(node->db,
		"DELETE FROM cell WHERE "
		"length(period) = 10 AND substr(period, 9) <> '01' AND period <= :today");
	char today[CIVIL_DATE_BYTES];

	civil_date_at(today, node->env->now_ms(node->env->ctx));
	stmt_text(values, ":today", view_of(today));
	stmt_text(cells, ":today", view_of(today));
	return stmt_run(values, err) && stmt_run(cells, err);
}

static bool put_all(struct node *node, const struct cell *cells, size_t count, struct err *err)
{
	bool may = true;
	int64_t number;
	size_t i;

	if (!settle_model(node, err) || !sweep(node, err)) {
		return false;
	}
	for (i = 0; i < count; i++) {
		if (cells[i].follows != NULL && !follow_begin(node, cells[i].follows,
						    cells[i].community, cells[i].version, &may,
						    err)) {
			return false;
		}
		if (cells[i].follows != NULL && !may) {
			continue; /* it would be of another state than those beside it */
		}
		if (!put_row(node->db, &cells[i], &number, err) ||
			(number != 0 && !put_values(node->db, &cells[i], number, err))) {
			return false;
		}
	}
	return true;
}

bool cells_put(struct node *node, const struct cell *cells, size_t count, bool *kept,
	struct err *err)
{
	const struct model *model = node->model;
	bool ok;

	*kept = false;
	if (count == 0 || node->depth > 0 || node->readers > 0) {
		return true;
	}
	if (!cells_lock(node, 0, kept, err)) {
		return false;
	}
	if (!*kept) {
		return true;
	}
	/* Cells belong to the model that they were counted by. */
	ok = node_refresh(node, err);
	*kept = ok && node->model == model;
	if (*kept) {
		ok = put_all(node, cells, count, err) && db_commit(node->db, err);
	}
	if (!ok || !*kept) {
		db_rollback(node->db);
		node->cached = false;
		*kept = false;
	}
	return ok;
}
