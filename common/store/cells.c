/* cells.c -- counted figures in the store; see cells.h. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "node_private.h"

/* Raised when the engine counts the same model differently. */
#define CELLS_FORMAT "1:"

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

static bool add_value(struct reading *reading, struct stmt *stmt, struct err *err)
{
	struct cell_value *values, *value;
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
	*value = (struct cell_value){ 0 };
	if (!stmt_is_null(stmt, 6) &&
		!copy_text(reading, &value->breakdown, stmt_get_text(stmt, 6), err)) {
		return false;
	}
	if (stmt_is_blob(stmt, 7)) {
		value->key = arena_copy(&reading->arena, stmt_get_blob(stmt, 7));
		return value->key.data != NULL ? true : err_nomem(err);
	}
	value->number = stmt_get_int(stmt, 7);
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
		/* An empty cell is one row without a position. */
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
				"v.position, v.breakdown, v.value "
				"FROM cell c LEFT JOIN cell_value v ON v.cell = c.number "
				"ORDER BY c.number, v.position" :
			measure == NULL ?
				"SELECT c.number, c.measure, c.community, c.period, c.version, "
				"v.position, v.breakdown, v.value "
				"FROM cell c LEFT JOIN cell_value v ON v.cell = c.number "
				"WHERE c.period = :period ORDER BY c.number, v.position" :
				"SELECT c.number, c.measure, c.community, c.period, c.version, "
				"v.position, v.breakdown, v.value "
				"FROM cell c LEFT JOIN cell_value v ON v.cell = c.number "
				"WHERE c.measure = :measure AND c.period = :period "
				"ORDER BY c.number, v.position");
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
	bool row;

	for (;;) {
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (!row) {
			return true;
		}
		/* SQLite ends its texts with a NUL. */
		if (!each(ctx, stmt_get_text(stmt, 0).data, stmt_get_text(stmt, 1).data,
			    stmt_get_int(stmt, 2), err)) {
			stmt_reset(stmt);
			return false;
		}
	}
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

/* ---- writing ------------------------------------------------------ */

/* Take the write lock if it is free now; false with ERR_BUSY if it is not. */
static bool begin_at_once(struct db *db, struct err *err)
{
	struct stmt *stmt = db_prepare(db, "PRAGMA busy_timeout");
	int64_t usual_ms = 0;
	bool ok, row;

	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	if (row) {
		usual_ms = stmt_get_int(stmt, 0);
	}
	stmt_reset(stmt);
	sqlite3_busy_timeout(db_handle(db), 0);
	ok = db_begin(db, err);
	sqlite3_busy_timeout(db_handle(db), (int)usual_ms);
	return ok;
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

static bool put_values(struct db *db, const struct cell *cell, int64_t number, struct err *err)
{
	struct stmt *stmt = db_prepare(db,
		"INSERT INTO cell_value (cell, position, breakdown, value) VALUES (?1, ?2, ?3, ?4)");
	size_t i;

	for (i = 0; i < cell->count; i++) {
		const struct cell_value *value = &cell->values[i];

		stmt_int_at(stmt, 1, number);
		stmt_int_at(stmt, 2, (int64_t)i);
		if (value->breakdown != NULL) {
			stmt_text_at(stmt, 3, view_of(value->breakdown));
		}
		if (value->key.data != NULL) {
			stmt_blob_at(stmt, 4, value->key.data, value->key.len);
		} else {
			stmt_int_at(stmt, 4, value->number);
		}
		if (!stmt_run(stmt, err)) {
			return false;
		}
	}
	return true;
}

/* Forget what was counted by another model. */
static bool settle_model(struct node *node, struct err *err)
{
	struct buf mark = { 0 };
	bool ok = model_mark(node, &mark, err);

	if (ok && !mark_is(node, &mark)) {
		ok = stmt_run(db_prepare(node->db, "DELETE FROM cell_value"), err) &&
			stmt_run(db_prepare(node->db, "DELETE FROM cell"), err) &&
			node_set(node, "cells_model", buf_as_view(&mark), err);
	}
	buf_clear(&mark);
	return ok;
}

static bool put_all(struct node *node, const struct cell *cells, size_t count, struct err *err)
{
	int64_t number;
	size_t i;

	if (!settle_model(node, err)) {
		return false;
	}
	for (i = 0; i < count; i++) {
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
	struct err busy = { 0 };

	*kept = false;
	if (count == 0 || node->depth > 0 || node->readers > 0) {
		return true;
	}
	/* Not node_begin(): these cells belong to the model they were counted by. */
	if (!begin_at_once(node->db, &busy)) {
		return busy.code == ERR_BUSY ? true :
			err_set(err, busy.code, "keeping figures: %s", busy.detail);
	}
	if (!put_all(node, cells, count, err)) {
		db_rollback(node->db);
		return false;
	}
	*kept = db_commit(node->db, err);
	return *kept;
}
