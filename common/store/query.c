/* query.c -- a model's own SQL; see query.h. */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "node_private.h"
#include "query.h"

#define MAX_COLUMNS 64
#define STEPS_BETWEEN_LOOKS 100000

struct query {
	struct node *node;
	struct stmt *stmt;
	struct buf entities;
	const struct entity *changed; /* whose table was_<entity> it reads; NULL: none */
	const char *sql; /* follows the struct */
};

static bool listed(const struct buf *names, const char *name)
{
	const char *at = buf_str(names), *end = at + names->len;

	for (; at < end; at += strlen(at) + 1) {
		if (strcmp(at, name) == 0) {
			return true;
		}
	}
	return false;
}

/* Is there a table or view of that name? */
static bool in_schema(struct node *node, const char *name, bool *is, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT 1 FROM sqlite_master WHERE name = :name COLLATE NOCASE");
	bool ok;

	stmt_text(stmt, ":name", view_of(name));
	ok = stmt_step(stmt, is, err);
	stmt_reset(stmt);
	return ok;
}

/* What ${table}, which a query reads, is to the model; NULL: nothing. */
static const char *entity_of_table(const struct query *query, const char *table)
{
	static const char *const of_bundles[] = { QUERY_BUNDLE, "chain", "slot" };
	const struct entity *entity;
	size_t i;

	if (strncmp(table, "rec_", 4) == 0) {
		table += 4;
	} else if (query->changed != NULL && strncmp(table, "was_", 4) == 0 &&
		strcmp(table + 4, query->changed->name) == 0) {
		return query->changed->name;
	}
	entity = model_entity(query->node->model, view_of(table));
	if (entity != NULL) {
		return entity->name;
	}
	for (i = 0; i < sizeof(of_bundles) / sizeof(of_bundles[0]); i++) {
		if (strcmp(of_bundles[i], table) == 0) {
			return QUERY_BUNDLE;
		}
	}
	return NULL;
}

/*
 * A name that SQLite reports as read but that is no table: of a common table
 * expression, or of the elements of a union field.
 */
static bool is_harmless(struct node *node, const char *table, bool *harmless, struct err *err)
{
	static const char *const machinery[] = { "sqlite_", "pragma_", "dbstat", "bytecode",
		"tables_used", "fsdir", "zipfile", "completion" };
	bool exists;
	size_t i;

	*harmless = false;
	for (i = 0; i < sizeof(machinery) / sizeof(machinery[0]); i++) {
		if (sqlite3_strnicmp(table, machinery[i], (int)strlen(machinery[i])) == 0) {
			return true;
		}
	}
	if (!in_schema(node, table, &exists, err)) {
		return false;
	}
	*harmless = !exists;
	return true;
}

/* From the tables that were read to the entities. */
static bool name_entities(struct query *query, const struct buf *tables, struct err *err)
{
	const char *at = buf_str(tables), *end = at + tables->len, *entity;
	bool harmless;

	for (; at < end; at += strlen(at) + 1) {
		entity = entity_of_table(query, at);
		if (entity == NULL) {
			if (!is_harmless(query->node, at, &harmless, err)) {
				return false;
			}
			if (!harmless) {
				return err_set(err, ERR_MODEL,
					"the query reads %s, which is no entity: %s", at,
					query->sql);
			}
		} else if (!listed(&query->entities, entity)) {
			buf_add(&query->entities, entity, strlen(entity) + 1);
		}
	}
	return buf_ok(&query->entities, err);
}

static bool open_query(struct query **out, struct node *node, const char *sql,
	const struct entity *changed, struct err *err)
{
	size_t len = strlen(sql);
	struct query *query = calloc(1, sizeof(*query) + len + 1);
	struct buf tables = { 0 };

	*out = NULL;
	if (query == NULL) {
		return err_nomem(err);
	}
	query->node = node;
	query->changed = changed;
	query->sql = memcpy(query + 1, sql, len + 1);
	if (!db_prepare_reading(&query->stmt, node->db, query->sql, &tables, err) ||
		!name_entities(query, &tables, err)) {
		goto out;
	}
	if (stmt_columns(query->stmt) < 1 || stmt_columns(query->stmt) > MAX_COLUMNS) {
		err_set(err, ERR_MODEL, "the query has no columns, or over %d: %s", MAX_COLUMNS,
			query->sql);
		goto out;
	}
	*out = query;
	query = NULL;
out:
	query_close(query);
	buf_clear(&tables);
	return *out != NULL;
}

bool query_open(struct query **out, struct node *node, const char *sql, struct err *err)
{
	return open_query(out, node, sql, NULL, err);
}

/* In a WITH around the SQL the entity's name stands for the changed records. */
bool query_open_changed(struct query **out, struct node *node, const char *sql,
	const struct entity *entity, bool now, struct err *err)
{
	struct buf text = { 0 };
	bool ok;
	size_t i;

	*out = NULL;
	buf_printf(&text, "WITH \"%s\" AS (SELECT id%s", entity->name,
		schema_own_column(entity) ? ", community" : "");
	for (i = 0; i < entity->field_count; i++) {
		buf_printf(&text, ", \"%s\"", entity->fields[i].name);
	}
	buf_printf(&text, " FROM \"was_%s\" WHERE community = :community AND side = %d) "
		"SELECT * FROM (%s\n)", entity->name, now ? 1 : 0, sql);
	ok = buf_ok(&text, err) && open_query(out, node, buf_str(&text), entity, err);
	buf_clear(&text);
	return ok;
}

/* The column of ${field}, as :value says. */
static void value_sql(struct buf *sql, const struct field *field, const struct value *value)
{
	const char *type = strcmp(schema_column_type(field), "INTEGER") == 0 ? "INTEGER" : "TEXT";

	if (value->kind == VALUE_NULL) {
		buf_printf(sql, ", NULL AS \"%s\"", field->name);
	} else {
		buf_printf(sql, ", CAST(:value AS %s) AS \"%s\"", type, field->name);
	}
}

static void bind_record(struct query *query, const struct entity *entity,
	const struct record_id *id, const struct value *value)
{
	struct buf number = { 0 };

	if (entity->slug_ids) {
		stmt_text_if(query->stmt, ":record", (struct view){ (const char *)id->bytes, id->len });
	} else {
		stmt_blob_if(query->stmt, ":record", id->bytes, id->len);
	}
	if (value != NULL && value->kind == VALUE_TEXT) {
		stmt_text_if(query->stmt, ":value", value->text);
	} else if (value != NULL && value->kind != VALUE_NULL) {
		buf_printf(&number, "%" PRId64, value->integer);
		stmt_text_if(query->stmt, ":value", buf_as_view(&number));
	}
	buf_clear(&number);
}

bool query_open_with(struct query **out, struct node *node, const char *sql,
	const struct entity *entity, const struct record_id *id, const struct field *field,
	const struct value *value, struct err *err)
{
	struct buf text = { 0 };
	bool ok;
	size_t i;

	*out = NULL;
	buf_printf(&text, "WITH \"%s\" AS (SELECT id%s", entity->name,
		schema_own_column(entity) ? ", community" : "");
	for (i = 0; i < entity->field_count; i++) {
		if (&entity->fields[i] == field) {
			value_sql(&text, field, value);
		} else {
			buf_printf(&text, ", \"%s\"", entity->fields[i].name);
		}
	}
	buf_printf(&text, " FROM \"rec_%s\" WHERE alive AND id = :record) SELECT * FROM (%s\n)",
		entity->name, sql);
	ok = buf_ok(&text, err) && open_query(out, node, buf_str(&text), NULL, err);
	if (ok) {
		bind_record(*out, entity, id, value);
	}
	buf_clear(&text);
	return ok;
}

void query_close(struct query *query)
{
	if (query != NULL) {
		stmt_free(query->stmt);
		buf_clear(&query->entities);
		free(query);
	}
}

struct view query_entities(const struct query *query)
{
	return buf_as_view(&query->entities);
}

static void bind(struct query *query, const struct query_parameter *parameters, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const struct query_parameter *parameter = &parameters[i];

		if (!parameter->blob) {
			stmt_text_if(query->stmt, parameter->name, parameter->value);
		} else {
			stmt_blob_if(query->stmt, parameter->name, parameter->value.data,
				parameter->value.len);
		}
	}
}

static void read_cell(struct cell_view *cell, struct stmt *stmt, int column)
{
	*cell = (struct cell_view){ .kind = QUERY_NULL };
	if (stmt_is_null(stmt, column)) {
		return;
	}
	if (stmt_is_text(stmt, column)) {
		cell->kind = QUERY_TEXT;
		cell->text = stmt_get_text(stmt, column);
	} else if (stmt_is_blob(stmt, column)) {
		cell->kind = QUERY_BLOB;
		cell->text = stmt_get_blob(stmt, column);
	} else if (stmt_is_real(stmt, column)) {
		cell->kind = QUERY_REAL;
		cell->real = stmt_get_real(stmt, column);
	} else {
		cell->kind = QUERY_INTEGER;
		cell->integer = stmt_get_int(stmt, column);
	}
}

/* Called by SQLite now and then; not 0 ends the query. */
static int count_steps(void *ctx)
{
	int64_t *steps = ctx;

	*steps += STEPS_BETWEEN_LOOKS;
	return *steps > QUERY_MAX_STEPS;
}

bool query_each(struct query *query, const struct query_parameter *parameters, size_t count,
	bool (*each)(void *ctx, const struct cell_view *cells, int columns, struct err *err),
	void *ctx, struct err *err)
{
	struct cell_view cells[MAX_COLUMNS];
	int columns = stmt_columns(query->stmt), i;
	int64_t steps = 0;
	size_t rows = 0;
	bool ok, row = true;

	bind(query, parameters, count);
	sqlite3_progress_handler(db_handle(query->node->db), STEPS_BETWEEN_LOOKS, count_steps,
		&steps);
	while ((ok = stmt_step(query->stmt, &row, err)) && row) {
		if (++rows > QUERY_MAX_ROWS) {
			ok = err_set(err, ERR_TOO_LARGE, "over %d rows", QUERY_MAX_ROWS);
			break;
		}
		for (i = 0; i < columns; i++) {
			read_cell(&cells[i], query->stmt, i);
		}
		ok = each(ctx, cells, columns, err);
		if (!ok) {
			break;
		}
	}
	sqlite3_progress_handler(db_handle(query->node->db), 0, NULL, NULL);
	stmt_reset(query->stmt);
	if (!ok && steps > QUERY_MAX_STEPS) {
		err_set(err, ERR_TOO_LARGE, "the query does not come to an end: %s", query->sql);
	}
	return ok;
}

bool query_run(struct node *node, const char *sql, const struct query_parameter *parameters,
	size_t count,
	bool (*each)(void *ctx, const struct cell_view *cells, int columns, struct err *err),
	void *ctx, struct err *err)
{
	struct query *query;
	bool ok = query_open(&query, node, sql, err) &&
		query_each(query, parameters, count, each, ctx, err);

	query_close(query);
	return ok;
}

bool query_reads(struct node *node, const char *sql, struct buf *entities, struct err *err)
{
	struct query *query;
	bool ok = query_open(&query, node, sql, err);

	if (ok) {
		buf_view(entities, query_entities(query));
		ok = buf_ok(entities, err);
	}
	query_close(query);
	return ok;
}
