/* schema.c -- the engine's tables, and those that a model asks for. */
#include <stdlib.h>
#include <string.h>

#include "follow.h"
#include "schema_sql.h"

bool schema_create(struct db *db, struct err *err)
{
	return db_exec(db, schema_sql, err);
}

const char *schema_column_type(const struct field *field)
{
	if (field->rule == RULE_UNION) {
		return "TEXT"; /* JSON array */
	}
	switch (field->type) {
	case FIELD_INTEGER:
	case FIELD_BOOLEAN:
	case FIELD_MONEY:
	case FIELD_AREA:
		return "INTEGER";
	case FIELD_REFERENCE:
		return field->reference->slug_ids ? "TEXT" : "BLOB";
	default:
		return "TEXT";
	}
}

/* Does the entity declare a field named community?  Then that is the column. */
bool schema_own_column(const struct entity *entity)
{
	return entity_field(entity, VIEW_LITERAL("community")) == NULL;
}

static void create_sql(struct buf *sql, const struct entity *entity)
{
	size_t i;

	buf_printf(sql, "CREATE TABLE \"rec_%s\" (rid INTEGER PRIMARY KEY, id %s NOT NULL UNIQUE, "
		"%s TEXT NOT NULL, alive INTEGER NOT NULL, merge BLOB NOT NULL",
		entity->name, entity->slug_ids ? "TEXT" : "BLOB",
		schema_own_column(entity) ? "community" : "owner");
	for (i = 0; i < entity->field_count; i++) {
		buf_printf(sql, ", \"%s\" %s", entity->fields[i].name,
			schema_column_type(&entity->fields[i]));
	}
	buf_printf(sql, "); CREATE INDEX \"rec_%s_community\" ON \"rec_%s\"(%s);", entity->name,
		entity->name, schema_own_column(entity) ? "community" : "owner");
}

static void view_sql(struct buf *sql, const struct entity *entity)
{
	size_t i;

	buf_printf(sql, "DROP VIEW IF EXISTS \"%s\"; CREATE VIEW \"%s\" AS SELECT id%s",
		entity->name, entity->name, schema_own_column(entity) ? ", community" : "");
	for (i = 0; i < entity->field_count; i++) {
		buf_printf(sql, ", \"%s\"", entity->fields[i].name);
	}
	buf_printf(sql, " FROM \"rec_%s\" WHERE alive;", entity->name);
}

static bool has_column(struct node *node, const char *table, const char *column, bool *has,
	struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT 1 FROM pragma_table_info(:table) WHERE name = :column");
	bool ok;

	stmt_text(stmt, ":table", view_of(table));
	stmt_text(stmt, ":column", view_of(column));
	ok = stmt_step(stmt, has, err);
	stmt_reset(stmt);
	return ok;
}

/* Create the table of ${entity}, or add the columns it lacks. */
static bool apply_entity(struct node *node, const struct entity *entity, struct err *err)
{
	struct buf sql = { 0 }, table = { 0 };
	bool ok = false, has;
	size_t i;

	buf_printf(&table, "rec_%s", entity->name);
	if (!buf_ok(&table, err) || !has_column(node, buf_str(&table), "rid", &has, err)) {
		goto out;
	}
	if (!has) {
		create_sql(&sql, entity);
	}
	for (i = 0; has && i < entity->field_count; i++) {
		bool present;

		if (!has_column(node, buf_str(&table), entity->fields[i].name, &present, err)) {
			goto out;
		}
		if (!present) {
			buf_printf(&sql, "ALTER TABLE \"rec_%s\" ADD COLUMN \"%s\" %s;",
				entity->name, entity->fields[i].name,
				schema_column_type(&entity->fields[i]));
		}
	}
	view_sql(&sql, entity);
	if (follow_can(node->model, entity)) {
		follow_table_sql(&sql, entity);
	}
	ok = buf_ok(&sql, err) && db_exec(node->db, buf_str(&sql), err);
out:
	buf_clear(&sql);
	buf_clear(&table);
	return ok;
}

/* Keep the row as it is, unless one that it had before is kept. */
static void keep_sql(struct buf *sql, const struct entity *entity)
{
	const char *community = schema_own_column(entity) ? ", community" : "";
	size_t i;

	buf_printf(sql, "INSERT INTO \"was_%s\" (rid, side, id%s", entity->name, community);
	for (i = 0; i < entity->field_count; i++) {
		buf_printf(sql, ", \"%s\"", entity->fields[i].name);
	}
	buf_printf(sql, ") SELECT rid, CASE WHEN alive THEN 0 ELSE 2 END, id%s", community);
	for (i = 0; i < entity->field_count; i++) {
		buf_printf(sql, ", \"%s\"", entity->fields[i].name);
	}
	buf_printf(sql, " FROM \"rec_%s\" WHERE rid = ?1 AND NOT EXISTS "
		"(SELECT 1 FROM \"was_%s\" WHERE rid = ?1)", entity->name, entity->name);
}

/* Statements of an entity: columns id, community, alive, merge, then fields. */
static bool make_table(struct node *node, struct table *table, const struct entity *entity,
	struct err *err)
{
	struct buf select = { 0 }, insert = { 0 }, update = { 0 }, move = { 0 },
		   drop = { 0 }, keep = { 0 };
	const char *community = schema_own_column(entity) ? "community" : "owner";
	size_t i;

	table->entity = entity;
	buf_printf(&drop, "DELETE FROM \"rec_%s\" WHERE rid = ?1", entity->name);
	buf_printf(&select, "SELECT rid, %s, alive, merge", community);
	buf_printf(&insert, "INSERT INTO \"rec_%s\" (id, %s, alive, merge", entity->name,
		community);
	/* What is indexed is left alone: naming it would rewrite its index. */
	buf_printf(&update, "UPDATE \"rec_%s\" SET alive = ?3, merge = ?4", entity->name);
	buf_printf(&move, "UPDATE \"rec_%s\" SET %s = ?1 WHERE rid = ?2", entity->name, community);
	for (i = 0; i < entity->field_count; i++) {
		const struct field *field = &entity->fields[i];

		buf_printf(&select, ", \"%s\"", field->name);
		buf_printf(&insert, ", \"%s\"", field->name);
		buf_printf(&update, ", \"%s\" = ?%zu", field->name, i + 5);
	}
	buf_printf(&select, " FROM \"rec_%s\" WHERE id = ?1", entity->name);
	buf_text(&insert, ") VALUES (?1, ?2, ?3, ?4");
	for (i = 0; i < entity->field_count; i++) {
		buf_printf(&insert, ", ?%zu", i + 5);
	}
	buf_text(&insert, ")");
	buf_printf(&update, " WHERE rid = ?%zu", entity->field_count + 5);
	if (follow_can(node->model, entity)) {
		keep_sql(&keep, entity);
	}
	table->followed_rid = FOLLOWED_NONE;
	table->record = record_new();
	if (table->record != NULL && !select.failed && !insert.failed && !update.failed &&
		!move.failed && !drop.failed && !keep.failed) {
		table->select_by_id = db_prepare(node->db, buf_str(&select));
		table->insert = db_prepare(node->db, buf_str(&insert));
		table->update = db_prepare(node->db, buf_str(&update));
		table->move = db_prepare(node->db, buf_str(&move));
		table->drop = db_prepare(node->db, buf_str(&drop));
		table->keep = keep.len != 0 ? db_prepare(node->db, buf_str(&keep)) : NULL;
	}
	buf_clear(&select);
	buf_clear(&insert);
	buf_clear(&update);
	buf_clear(&move);
	buf_clear(&drop);
	buf_clear(&keep);
	return table->update != NULL || err_nomem(err);
}

/* What is asked of trust records by their values. */
static const char trust_indexes[] =
	"CREATE INDEX IF NOT EXISTS move_offer_record ON rec_move_offer(record); "
	"CREATE INDEX IF NOT EXISTS move_accept_record ON rec_move_accept(record); "
	"CREATE INDEX IF NOT EXISTS move_route_line ON rec_move_route(line); "
	"CREATE INDEX IF NOT EXISTS moved_record ON rec_moved(record);";

/* Bundles as measures see them. */
static const char bundle_view[] =
	"DROP VIEW IF EXISTS bundle; "
	"CREATE VIEW bundle AS SELECT c.community AS community, substr(c.name, 1, 16) AS device, "
	"substr(c.name, instr(c.name, '/') + 1) AS scope, s.seq AS seq, s.lines AS lines, "
	"s.waiting AS waiting, date(s.made_s, 'unixepoch', '+8 hours') AS made_on, "
	"date(s.received_ms / 1000, 'unixepoch', '+8 hours') AS received_on "
	"FROM slot s JOIN chain c ON c.number = s.chain;";

bool schema_open_model(struct node *node, struct err *err)
{
	size_t i;

	schema_forget(node);
	node->tables = calloc(node->model->entity_count, sizeof(*node->tables));
	if (node->tables == NULL) {
		return err_nomem(err);
	}
	node->table_count = node->model->entity_count;
	for (i = 0; i < node->table_count; i++) {
		if (!make_table(node, &node->tables[i], &node->model->entities[i], err)) {
			schema_forget(node);
			return false;
		}
	}
	return true;
}

bool schema_apply_model(struct node *node, struct err *err)
{
	size_t i;

	for (i = 0; i < node->model->entity_count; i++) {
		if (!apply_entity(node, &node->model->entities[i], err)) {
			return err_wrap(err, "making the table of %s",
				node->model->entities[i].name);
		}
	}
	/* What was counted was counted by another model. */
	return db_exec(node->db, bundle_view, err) && db_exec(node->db, trust_indexes, err) &&
		db_exec(node->db, "DELETE FROM cell_value; DELETE FROM cell; DELETE FROM followed",
			err) &&
		schema_open_model(node, err);
}

void schema_forget(struct node *node)
{
	size_t i;

	for (i = 0; node->tables != NULL && i < node->table_count; i++) {
		record_free(node->tables[i].record);
	}
	free(node->tables);
	node->tables = NULL;
	node->table_count = 0;
}
