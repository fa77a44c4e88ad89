/*
 * apply.c -- one line into the tables: who may, the fold, the row.
 *
 * The row shows the fold's values; its column merge holds the packed set of
 * lines from which it was folded (common/merge).
 */
#include <string.h>

#include "line.h"
#include "node_private.h"

struct table *node_table(struct node *node, struct view name)
{
	const struct entity *entity = model_entity(node->model, name);

	return entity != NULL && entity->index < node->table_count ?
		&node->tables[entity->index] : NULL;
}

bool column_value(struct value *out, struct stmt *stmt, int column, const struct field *field,
	struct arena *arena, struct err *err)
{
	char id[RECORD_ID_TEXT_BYTES];

	*out = (struct value){ VALUE_NULL, 0, { NULL, 0 } };
	if (stmt_is_null(stmt, column)) {
		return true;
	}
	if (stmt_is_blob(stmt, column)) {
		struct view bytes = stmt_get_blob(stmt, column);

		record_id_print(id, bytes.data, bytes.len, false);
		out->kind = VALUE_TEXT;
		out->text = arena_copy(arena, view_of(id));
	} else if (stmt_is_text(stmt, column)) {
		out->kind = VALUE_TEXT;
		out->text = arena_copy(arena, stmt_get_text(stmt, column));
	} else {
		out->kind = field->type == FIELD_BOOLEAN ? VALUE_BOOL : VALUE_INT;
		out->integer = stmt_get_int(stmt, column);
	}
	return out->kind != VALUE_TEXT || out->text.data != NULL || err_nomem(err);
}

void bind_id(struct stmt *stmt, int number, const struct entity *entity,
	const struct record_id *id)
{
	if (entity->slug_ids) {
		stmt_text_at(stmt, number, (struct view){ (const char *)id->bytes, id->len });
	} else {
		stmt_blob_at(stmt, number, id->bytes, id->len);
	}
}

struct record_id column_id(struct stmt *stmt, int column, const struct entity *entity)
{
	struct view bytes = entity->slug_ids ? stmt_get_text(stmt, column) :
					       stmt_get_blob(stmt, column);
	struct record_id id = { 0 };

	if (bytes.len != 0 && bytes.len <= RECORD_ID_BYTES) {
		id.len = (uint8_t)bytes.len;
		memcpy(id.bytes, bytes.data, bytes.len);
	}
	return id;
}

bool table_load(struct node *node, struct table *table, const struct record_id *id,
	struct loaded *out, struct err *err)
{
	const struct entity *entity = table->entity;
	struct stmt *stmt = table->select_by_id;
	struct value columns[MODEL_MAX_FIELDS];
	struct view blob, community;
	bool row, ok = true;
	size_t i;

	memset(out, 0, sizeof(*out));
	out->id = *id;
	bind_id(stmt, 1, entity, id);
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	if (!row) {
		record_reset(table->record, entity);
		return true;
	}
	out->found = true;
	out->rid = stmt_get_int(stmt, 0);
	community = stmt_get_text(stmt, 1);
	memcpy(out->community, community.data,
		community.len < SLUG_TEXT_BYTES ? community.len : 0);
	blob = arena_copy(&node->arena, stmt_get_blob(stmt, 3));
	for (i = 0; ok && i < entity->field_count; i++) {
		ok = column_value(&columns[i], stmt, (int)i + 4, &entity->fields[i], &node->arena,
			err);
	}
	stmt_reset(stmt);
	if (blob.data == NULL) {
		return err_nomem(err);
	}
	return ok && record_load(table->record, entity, blob, columns, err);
}

/* ---- who may ------------------------------------------------------ */

/*
 * The community that record ${id} belongs to by its id: that of the device
 * that made it.  "" if that device is not known here.
 */
static const char *home_of(struct node *node, const struct entity *entity,
	const struct record_id *id)
{
	struct device_id device;
	uint32_t incarnation;

	if (entity->slug_ids || entity->district_writes) {
		return DISTRICT_SLUG;
	}
	if (!record_id_origin(id->bytes, id->len, &device, &incarnation)) {
		return "";
	}
	return device_community(node, device);
}

static bool may_write(const struct entity *entity, const struct chain *chain, const char *home,
	struct err *err)
{
	const struct scope *scope = &chain->name.scope;
	bool district = strcmp(chain->community, DISTRICT_SLUG) == 0;

	if (entity->district_writes && !district) {
		return err_set(err, ERR_SCOPE,
			ERR_BOTH("“%s”只由区里填写", "only the district writes %s"),
			entity->label.zh, entity->name);
	}
	if (entity->district_writes && scope->kind != SCOPE_FEDERATION) {
		return err_set(err, ERR_SCOPE, "%s belongs to the federation's scope",
			entity->name);
	}
	if (home[0] == '\0') {
		return err_set(err, ERR_UNKNOWN_DEVICE,
			"the device that made the record is not known here yet");
	}
	if (scope->kind == SCOPE_FEDERATION) {
		return district || strcmp(home, chain->community) == 0 ||
			err_set(err, ERR_SCOPE, ERR_BOTH("这是别的社区的记录", "a record of %s"), home);
	}
	return strcmp(home, scope->community) == 0 ||
		(scope->kind == SCOPE_DISTRICT && strcmp(home, DISTRICT_SLUG) == 0) ||
		err_set(err, ERR_SCOPE, "a record of %s in the scope of %s", home,
			scope->community);
}

/* A community may name no other as its record's. */
static bool community_kept(const struct entity *entity, const struct chain *chain,
	const struct line *line, struct err *err)
{
	size_t i;

	if (entity->community == NULL || strcmp(chain->community, DISTRICT_SLUG) == 0) {
		return true;
	}
	for (i = 0; i < line->change_count; i++) {
		const struct change *change = &line->changes[i];

		if (view_is(change->field, entity->community->name) &&
			!view_is(change->value.text, chain->community)) {
			return err_set(err, ERR_SCOPE,
				ERR_BOTH("记录不能归到别的社区",
					"a record given to another community"));
		}
	}
	return true;
}

/* The community that rule owner goes by, and under which figures count. */
static void owner_of(struct record *record, const struct entity *entity,
	const struct chain *chain, const char *home, char out[SLUG_TEXT_BYTES])
{
	const struct value *named = entity->community != NULL ?
		record_value(record, entity->community) : NULL;

	if (strcmp(home, DISTRICT_SLUG) == 0 && named != NULL && named->kind == VALUE_TEXT &&
		slug_valid(named->text)) {
		memcpy(out, named->text.data, named->text.len);
		out[named->text.len] = '\0';
	} else if (strcmp(home, DISTRICT_SLUG) == 0 &&
		chain->name.scope.kind != SCOPE_FEDERATION) {
		strcpy(out, chain->name.scope.community);
	} else {
		strcpy(out, home);
	}
}

/* ---- the row ------------------------------------------------------ */

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

static bool write_row(struct node *node, struct table *table, struct loaded *at,
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

/* The community that the record shows as its own; "" if it shows none. */
static void named_community(const struct table *table, char out[SLUG_TEXT_BYTES])
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
static bool touch_record(struct node *node, struct table *table, const char *before,
	const char *owner, struct err *err)
{
	const char *entity = table->entity->name;
	char now[SLUG_TEXT_BYTES];

	named_community(table, now);
	return (now[0] == '\0' || node_touch(node, entity, now, err)) &&
		(before[0] == '\0' || node_touch(node, entity, before, err)) &&
		node_touch(node, entity, owner, err);
}

bool apply_line(struct node *node, struct chain *chain, uint32_t seq, uint32_t n,
	const struct line *line, struct err *err)
{
	struct merge_origin origin = { chain->number, seq, n, chain->name.scope.kind };
	struct table *table = node_table(node, line->entity);
	struct merge_world world = node_world(node);
	char owner[SLUG_TEXT_BYTES], before[SLUG_TEXT_BYTES];
	struct record_id id;
	struct loaded at;
	const char *home;

	if (table == NULL) {
		return err_set(err, ERR_MODEL_NEWER, "no entity '%.*s' in the model",
			(int)line->entity.len, line->entity.data);
	}
	if (!merge_line_check(table->entity, line, origin.scope, err)) {
		return false;
	}
	if (!record_id_parse(&id, line->id, table->entity->slug_ids)) {
		return err_set(err, ERR_FORMAT, "no id of a record");
	}
	home = home_of(node, table->entity, &id);
	if (!may_write(table->entity, chain, home, err) ||
		!community_kept(table->entity, chain, line, err) ||
		!table_load(node, table, &id, &at, err)) {
		return false;
	}
	named_community(table, before);
	owner_of(table->record, table->entity, chain, home, owner);
	world.community = at.found ? at.community : owner;
	if (!record_apply(table->record, &origin, line, &world, err) || !world_ok(node, err)) {
		return false;
	}
	clock_merge(node, line->t);
	if (!record_changed(table->record)) {
		return true;
	}
	owner_of(table->record, table->entity, chain, home, owner);
	world.community = owner;
	if (at.found && strcmp(at.community, owner) != 0 &&
		(!record_settle(table->record, &world, err) ||
			!node_touch(node, table->entity->name, at.community, err))) {
		return false;
	}
	node->model_came = node->model_came ||
		(table->entity->trust && strcmp(table->entity->name, "model") == 0);
	node->trust_changed = node->trust_changed ||
		(table->entity->trust && strcmp(table->entity->name, "device") == 0);
	return write_row(node, table, &at, owner, err) &&
		touch_record(node, table, before, owner, err) &&
		(!contested(table->record) ||
			write_conflicts(node, table, &at, owner, &world, err)) &&
		world_ok(node, err);
}
