/* follow.c -- what has changed of records that kept figures follow; see follow.h. */
#include <string.h>

#include "cells.h"
#include "follow.h"

bool follow_can(const struct model *model, const struct entity *entity)
{
	size_t i;

	for (i = 0; i < model->measure_count; i++) {
		if (model->measures[i].per_record && model->measures[i].records == entity) {
			return true;
		}
	}
	return false;
}

/*
 * side 0: the row as it was; 1: as it is now (follow_gather()); 2: a record that
 * was not there, or deleted.
 */
void follow_table_sql(struct buf *sql, const struct entity *entity)
{
	size_t i;

	buf_printf(sql,
		"DROP TABLE IF EXISTS \"was_%s\"; CREATE TABLE \"was_%s\" (rid INTEGER NOT NULL, "
		"side INTEGER NOT NULL, id BLOB%s",
		entity->name, entity->name, schema_own_column(entity) ? ", community TEXT" : "");
	for (i = 0; i < entity->field_count; i++) {
		buf_printf(sql, ", \"%s\" %s", entity->fields[i].name,
			schema_column_type(&entity->fields[i]));
	}
	buf_printf(sql, ", PRIMARY KEY (rid, side)) WITHOUT ROWID; "
		"CREATE INDEX \"was_%s_community\" ON \"was_%s\"(community, side);",
		entity->name, entity->name);
}

bool follow_load(struct node *node, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, "SELECT entity, rid FROM followed");
	struct table *table;
	size_t i;
	bool row;

	for (i = 0; i < node->table_count; i++) {
		node->tables[i].followed_rid = FOLLOWED_NONE;
	}
	for (;;) {
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (!row) {
			return true;
		}
		table = node_table(node, stmt_get_text(stmt, 0));
		if (table != NULL && table->keep != NULL) {
			table->followed_rid = stmt_get_int(stmt, 1);
		}
	}
}

bool follow_keep(struct node *node, struct table *table, int64_t rid, struct err *err)
{
	(void)node;
	if (rid > table->followed_rid) {
		return true;
	}
#ifdef LINLI_PLANT_FIGURE_FORGETS
	return true;
#endif
	stmt_int_at(table->keep, 1, rid);
	return stmt_run(table->keep, err);
}

static bool forget_changes(struct node *node, const struct entity *entity, struct err *err)
{
	struct buf sql = { 0 };
	bool ok;

	buf_printf(&sql, "DELETE FROM \"was_%s\"", entity->name);
	ok = buf_ok(&sql, err) && stmt_run(db_prepare(node->db, buf_str(&sql)), err);
	buf_clear(&sql);
	return ok;
}

bool follow_forget(struct node *node, struct err *err)
{
	size_t i;

	for (i = 0; i < node->table_count; i++) {
		struct table *table = &node->tables[i];

		if (table->keep != NULL &&
			!forget_changes(node, table->entity, err)) {
			return false;
		}
		table->followed_rid = FOLLOWED_NONE;
	}
	return stmt_run(db_prepare(node->db, "DELETE FROM followed"), err) &&
		stmt_run(db_prepare(node->db, "DELETE FROM cell_value"), err) &&
		stmt_run(db_prepare(node->db, "DELETE FROM cell"), err);
}

/* The greatest rid of the entity's records. */
static bool last_rid(struct node *node, const struct entity *entity, int64_t *rid,
	struct err *err)
{
	struct buf sql = { 0 };
	struct stmt *stmt;
	bool row, ok;

	*rid = 0;
	buf_printf(&sql, "SELECT COALESCE(max(rid), 0) FROM \"rec_%s\"", entity->name);
	if (!buf_ok(&sql, err)) {
		return false;
	}
	stmt = db_prepare(node->db, buf_str(&sql));
	ok = stmt_step(stmt, &row, err);
	if (ok && row) {
		*rid = stmt_get_int(stmt, 0);
	}
	stmt_reset(stmt);
	buf_clear(&sql);
	return ok;
}

/* From now on the entity's cells are true of the present state. */
static bool mark(struct node *node, struct table *table, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO followed (entity, rid, version) VALUES (:entity, :rid, :version) "
		"ON CONFLICT (entity) DO UPDATE SET rid = excluded.rid, version = excluded.version");
	int64_t rid, version = 0;

	if (!last_rid(node, table->entity, &rid, err)) {
		return false;
	}
	fact_int(node, "version", &version);
	stmt_text(stmt, ":entity", view_of(table->entity->name));
	stmt_int(stmt, ":rid", rid);
	stmt_int(stmt, ":version", version);
	table->followed_rid = rid;
	return stmt_run(stmt, err);
}

/* The last transaction that touched records of ${entity} in ${community}; 0: none. */
static bool touched_at(struct node *node, const char *entity, const char *community,
	int64_t *version, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT version FROM touched WHERE entity = :entity AND community = :community");
	bool row, ok;

	*version = 0;
	stmt_text(stmt, ":entity", view_of(entity));
	stmt_text(stmt, ":community", view_of(community));
	ok = stmt_step(stmt, &row, err);
	if (ok && row) {
		*version = stmt_get_int(stmt, 0);
	}
	stmt_reset(stmt);
	return ok;
}

bool follow_begin(struct node *node, const char *entity, const char *community,
	int64_t version, bool *may, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT version FROM followed WHERE entity = :entity");
	struct table *table = node_table(node, view_of(entity));
	int64_t touched, upto = 0;
	bool row;

	*may = false;
	if (!touched_at(node, entity, community, &touched, err)) {
		return false;
	}
	stmt_text(stmt, ":entity", view_of(entity));
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	upto = row ? stmt_get_int(stmt, 0) : 0;
	stmt_reset(stmt);
	*may = table != NULL && table->keep != NULL && touched <= version &&
		(!row || touched <= upto);
	return !*may || row || mark(node, table, err);
}

/* ---- bringing cells up to date ------------------------------------ */

/* Columns of was_<entity> beyond rid and side. */
static void column_list(struct buf *sql, const struct entity *entity)
{
	size_t i;

	buf_printf(sql, "id%s", schema_own_column(entity) ? ", community" : "");
	for (i = 0; i < entity->field_count; i++) {
		buf_printf(sql, ", \"%s\"", entity->fields[i].name);
	}
}

/* Put what changed records are now beside what they were. */
static bool gather(struct node *node, const struct table *table, struct err *err)
{
	const char *name = table->entity->name;
	struct buf columns = { 0 }, sql = { 0 };
	struct stmt *stmt;
	bool ok;

	column_list(&columns, table->entity);
	buf_printf(&sql, "INSERT INTO \"was_%s\" (rid, side, %s) SELECT rid, 1, %s FROM \"rec_%s\" "
		"WHERE alive AND rid > ?1 UNION ALL SELECT rid, 1, %s FROM \"rec_%s\" WHERE alive "
		"AND rid <= ?1 AND rid IN (SELECT rid FROM \"was_%s\")", name, buf_str(&columns),
		buf_str(&columns), name, buf_str(&columns), name, name);
	ok = buf_ok(&columns, err) && buf_ok(&sql, err);
	if (ok) {
		stmt = db_prepare(node->db, buf_str(&sql));
		stmt_int_at(stmt, 1, table->followed_rid);
		ok = stmt_run(stmt, err);
	}
	buf_clear(&columns);
	buf_clear(&sql);
	return ok;
}

/* How many records of ${table} have changed, at least. */
static bool count_changed(struct node *node, const struct table *table, int64_t *count,
	struct err *err)
{
	struct buf sql = { 0 };
	struct stmt *stmt;
	bool row, ok = last_rid(node, table->entity, count, err);

	*count = *count > table->followed_rid ? *count - table->followed_rid : 0;
	buf_printf(&sql, "SELECT count(*) FROM (SELECT 1 FROM \"was_%s\" LIMIT %d)",
		table->entity->name, CELLS_MAX_CHANGED + 1);
	ok = ok && buf_ok(&sql, err);
	if (ok) {
		stmt = db_prepare(node->db, buf_str(&sql));
		ok = stmt_step(stmt, &row, err);
		*count += ok && row ? stmt_get_int(stmt, 0) : 0;
		stmt_reset(stmt);
	}
	buf_clear(&sql);
	return ok;
}

/* Counting all of it again costs no more. */
static bool drop_cells(struct node *node, const struct entity *entity, struct err *err)
{
	struct stmt *values = db_prepare(node->db,
		"DELETE FROM cell_value WHERE cell IN "
		"(SELECT number FROM cell WHERE measure = :measure)");
	struct stmt *cells = db_prepare(node->db, "DELETE FROM cell WHERE measure = :measure");
	size_t i;

	for (i = 0; i < node->model->measure_count; i++) {
		const struct measure *measure = &node->model->measures[i];

		if (measure->per_record && measure->records == entity) {
			stmt_text(values, ":measure", view_of(measure->name));
			stmt_text(cells, ":measure", view_of(measure->name));
			if (!stmt_run(values, err) || !stmt_run(cells, err)) {
				return false;
			}
		}
	}
	return true;
}

/* Which entities have changed since their cells were brought up to date. */
static const char waiting_sql[] =
	"SELECT f.entity FROM followed f WHERE EXISTS (SELECT 1 FROM touched t "
	"WHERE t.entity = f.entity AND t.version > f.version) ORDER BY f.entity";

/* Tables, as pointers, whose records have changed. */
static bool list_waiting(struct node *node, struct buf *tables, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db, waiting_sql);
	bool row;

	for (;;) {
		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (!row) {
			return buf_ok(tables, err);
		}
		struct table *table = node_table(node, stmt_get_text(stmt, 0));

		if (table != NULL && table->keep != NULL) {
			buf_add(tables, &table, sizeof(table));
		}
	}
}

/* Call ${each} with every community of which a record of ${table} has changed. */
static bool each_community(struct node *node, const struct table *table,
	bool (*each)(void *ctx, const struct entity *entity, const char *community,
		struct err *err),
	void *ctx, struct err *err)
{
	struct buf sql = { 0 }, names = { 0 };
	struct stmt *stmt = NULL;
	bool ok, row = true;
	size_t at;

	buf_printf(&sql, "SELECT DISTINCT community FROM \"was_%s\" WHERE community IS NOT NULL "
		"ORDER BY community", table->entity->name);
	ok = buf_ok(&sql, err);
	if (ok) {
		stmt = db_prepare(node->db, buf_str(&sql));
	}
	while (ok && row) {
		ok = stmt_step(stmt, &row, err);
		if (ok && row) {
			struct view name = stmt_get_text(stmt, 0);

			buf_add(&names, name.data, name.len);
			buf_byte(&names, '\0');
		}
	}
	ok = ok && buf_ok(&names, err);
	for (at = 0; ok && at < names.len; at += strlen(buf_str(&names) + at) + 1) {
		ok = each(ctx, table->entity, buf_str(&names) + at, err);
	}
	buf_clear(&sql);
	buf_clear(&names);
	return ok;
}

static bool follow_table(struct node *node, struct table *table,
	bool (*each)(void *ctx, const struct entity *entity, const char *community,
		struct err *err),
	void *ctx, struct err *err)
{
	int64_t changed;

	if (!count_changed(node, table, &changed, err)) {
		return false;
	}
	if (changed > CELLS_MAX_CHANGED ?
			!drop_cells(node, table->entity, err) :
			!gather(node, table, err) ||
				!each_community(node, table, each, ctx, err)) {
		return false;
	}
	return forget_changes(node, table->entity, err) && mark(node, table, err);
}

bool cells_follow(struct node *node,
	bool (*each)(void *ctx, const struct entity *entity, const char *community,
		struct err *err),
	void *ctx, struct err *err)
{
	struct buf tables = { 0 };
	struct table *table;
	bool ok, begun = false;
	size_t at;

	ok = list_waiting(node, &tables, err);
	if (ok && tables.len != 0 && node->depth == 0 && node->readers == 0) {
		ok = cells_lock(node, FOLLOW_WAIT_MS, &begun, err);
	}
	buf_reset(&tables);
	if (!begun) {
		goto out;
	}
	ok = node_refresh(node, err) && list_waiting(node, &tables, err);
	for (at = 0; ok && at < tables.len; at += sizeof(table)) {
		memcpy(&table, tables.data + at, sizeof(table));
		ok = follow_table(node, table, each, ctx, err);
	}
	if (ok) {
		ok = db_commit(node->db, err);
	} else {
		db_rollback(node->db);
	}
	node->cached = node->cached && ok;
out:
	buf_clear(&tables);
	return ok;
}
