/*
 * row.c -- a folded record as a row of its table, with its conflicts.
 *
 * The row shows the fold's values; its column merge holds the packed set of
 * lines from which it was folded (common/merge).
 */
#include <string.h>

#include "follow.h"

static void bind_value(struct stmt *stmt, int number, const struct field *field,
	const struct value *value)
{
	struct record_id id;

	switch (value->kind) {
	case VALUE_NULL:
		stmt_null_at(stmt, number);
		break;
	case VALUE_TEXT:
		if (field->type == FIELD_REFERENCE && field->rule != RULE_UNION &&
			!field->reference->slug_ids &&
			record_id_parse(&id, value->text, false)) {
			stmt_blob_at(stmt, number, id.bytes, id.len);
		} else {
			stmt_text_at(stmt, number, value->text);
		}
		break;
	default:
		stmt_int_at(stmt, number, value->integer);
	}
}

static bool put_row(struct node *node, struct table *table, struct loaded *at,
	const char *community, struct err *err)
{
	const struct entity *entity = table->entity;
	struct stmt *stmt = at->found ? table->update : table->insert;
	size_t i;

	buf_reset(&node->blob);
	record_save(table->record, &node->blob);
	if (!buf_ok(&node->blob, err)) {
		return false;
	}
	if (!at->found) {
		bind_id(stmt, 1, entity, &at->id);
		stmt_text_at(stmt, 2, view_of(community));
	} else if (strcmp(at->community, community) != 0) {
		stmt_text_at(table->move, 1, view_of(community));
		stmt_int_at(table->move, 2, at->rid);
		if (!stmt_run(table->move, err)) {
			return false;
		}
	}
	stmt_int_at(stmt, 3, record_alive(table->record));
	stmt_blob_at(stmt, 4, node->blob.data, node->blob.len);
	for (i = 0; i < entity->field_count; i++) {
		bind_value(stmt, (int)i + 5, &entity->fields[i],
			record_value(table->record, &entity->fields[i]));
	}
	if (at->found) {
		stmt_int_at(stmt, (int)entity->field_count + 5, at->rid);
	}
	if (!stmt_run(stmt, err)) {
		return false;
	}
	if (!at->found) {
		at->rid = db_last_rowid(node->db);
		at->found = true;
	}
	return true;
}

/* Can there be a conflict: lines of two chains of one scope? */
static bool contested(const struct record *record)
{
	uint32_t chains[SCOPE_KINDS] = { 0 };
	struct merge_origin origin;
	size_t i;

	for (i = 0; i < record_line_count(record); i++) {
		record_line(record, i, &origin);
		if (chains[origin.scope] != 0 && chains[origin.scope] != origin.chain) {
			return true;
		}
		chains[origin.scope] = origin.chain;
	}
	return false;
}

static bool write_conflicts(struct node *node, struct table *table, const struct loaded *at,
	const char *community, const struct merge_world *world, struct err *err)
{
	struct stmt *clear = db_prepare(node->db,
		"DELETE FROM conflict WHERE entity = ?1 AND rid = ?2");
	struct stmt *add = db_prepare(node->db,
		"INSERT INTO conflict (entity, rid, field, open, community) "
		"VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (entity, rid, field) DO NOTHING");
	const struct merge_conflict *conflicts;
	size_t i, count;

	stmt_text_at(clear, 1, view_of(table->entity->name));
	stmt_int_at(clear, 2, at->rid);
	if (!stmt_run(clear, err) ||
		!record_conflicts(table->record, world, &conflicts, &count, err)) {
		return false;
	}
	for (i = 0; i < count; i++) {
		const struct field *field = conflicts[i].field;

		stmt_text_at(add, 1, view_of(table->entity->name));
		stmt_int_at(add, 2, at->rid);
		stmt_text_at(add, 3, view_of(field != NULL ? field->name : ""));
		stmt_int_at(add, 4, conflicts[i].open);
		stmt_text_at(add, 5, view_of(community));
		if (!stmt_run(add, err)) {
			return false;
		}
	}
	return true;
}

void row_named_community(const struct table *table, char out[SLUG_TEXT_BYTES])
{
	const struct field *field = table->entity->community;
	const struct value *named = field != NULL ? record_value(table->record, field) : NULL;

	out[0] = '\0';
	if (named != NULL && named->kind == VALUE_TEXT && slug_valid(named->text)) {
		memcpy(out, named->text.data, named->text.len);
		out[named->text.len] = '\0';
	}
}

/*
 * Figures are stale of the community that the record shows, of the one that
 * it showed ${before}, and of its owner.
 */
static bool touch_record(struct node *node, const struct table *table, const char *before,
	const char *owner, struct err *err)
{
	const char *entity = table->entity->name;
	char now[SLUG_TEXT_BYTES];

	row_named_community(table, now);
#ifdef LINLI_PLANT_FIGURE_STALE
	return true;
#endif
	return (now[0] == '\0' || node_touch(node, entity, now, err)) &&
		(before[0] == '\0' || node_touch(node, entity, before, err)) &&
		node_touch(node, entity, owner, err);
}

/* The row of a record of which no line is left. */
static bool drop_row(struct node *node, const struct table *table, const struct loaded *at,
	struct err *err)
{
	struct stmt *conflicts = db_prepare(node->db,
		"DELETE FROM conflict WHERE entity = ?1 AND rid = ?2");

	if (!at->found) {
		return true;
	}
	stmt_text_at(conflicts, 1, view_of(table->entity->name));
	stmt_int_at(conflicts, 2, at->rid);
	stmt_int_at(table->drop, 1, at->rid);
	return stmt_run(conflicts, err) && stmt_run(table->drop, err);
}

bool row_write(struct node *node, struct table *table, struct loaded *at, const char *before,
	const char *owner, struct err *err)
{
	struct merge_world world = node_world(node);
	bool conflicts = at->fewer_lines || contested(table->record);

	world.community = owner;
	if (at->found && !follow_keep(node, table, at->rid, err)) {
		return false;
	}
	if (record_line_count(table->record) == 0) {
		return drop_row(node, table, at, err) &&
			touch_record(node, table, before, owner, err);
	}
	return put_row(node, table, at, owner, err) &&
		touch_record(node, table, before, owner, err) &&
		(!conflicts || write_conflicts(node, table, at, owner, &world, err)) &&
		world_ok(node, err);
}
