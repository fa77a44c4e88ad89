/* duplicates.c -- merging a duplicate into the record that stays; see linli/move.h. */
#include <stdlib.h>
#include <string.h>

#include "move_private.h"

struct merging {
	struct node *node;
	const struct entity *entity;
	const struct record_id *from, *into;
	char from_text[RECORD_ID_TEXT_BYTES], into_text[RECORD_ID_TEXT_BYTES];
	struct merge_counts *counts;
};

/* ---- may it be? --------------------------------------------------- */

static bool ours(struct merging *merging, const struct record_id *id, struct err *err)
{
	struct node *node = merging->node;
	struct table *table = node_table(node, view_of(merging->entity->name));
	const char *holder = moves_holder(node, merging->entity, id);
	struct loaded at;

	arena_reset(&node->arena);
	if (table == NULL || !table_load(node, table, id, &at, err)) {
		return table != NULL ? false : err_set(err, ERR_MODEL, "no such entity any more");
	}
	if (strcmp(holder, node->community) != 0) {
		return err_set(err, ERR_SCOPE,
			ERR_BOTH("两条记录须同属本社区;别的社区的记录请先转入(move、take)",
				"both must be our own; move the other one here first (move, take)"));
	}
	return (at.found && record_alive(table->record)) ||
		err_set(err, ERR_NOT_FOUND,
			ERR_BOTH("没有这条记录,或已删除", "no such record, or it was deleted"));
}

static bool allowed(struct merging *merging, struct err *err)
{
	const struct entity *entity = merging->entity;

	if (merging->node->district || entity->trust || entity->district_writes ||
		entity->slug_ids) {
		return err_set(err, ERR_SCOPE,
			ERR_BOTH("这类记录不能合并", "records of this kind are not merged"));
	}
	if (strcmp(merging->from_text, merging->into_text) == 0) {
		return err_set(err, ERR_VALUE,
			ERR_BOTH("是同一条记录", "it is the same record"));
	}
	return moves_ready(merging->node, err) && ours(merging, merging->from, err) &&
		ours(merging, merging->into, err);
}

/* ---- values ------------------------------------------------------- */

/* The values of a record, copied. */
struct values {
	struct value list[MODEL_MAX_FIELDS];
	struct arena arena;
};

static bool copy_values(void *ctx, const struct record_view *view, struct err *err)
{
	struct values *values = ctx;
	size_t i;

	for (i = 0; i < view->entity->field_count; i++) {
		values->list[i] = view->values[i];
		if (view->values[i].kind == VALUE_TEXT) {
			values->list[i].text = arena_copy(&values->arena, view->values[i].text);
			if (values->list[i].text.data == NULL) {
				return err_nomem(err);
			}
		}
	}
	return true;
}

/* What the duplicate has and the target lacks. */
static bool completions(struct merging *merging, const struct values *from,
	const struct values *into, struct changes *out, struct err *err)
{
	const struct entity *entity = merging->entity;
	size_t i, before;

	for (i = 0; i < entity->field_count; i++) {
		const struct field *field = &entity->fields[i];
		const struct value *has = &from->list[i], *now = &into->list[i];

		if (has->kind == VALUE_NULL || field == entity->community) {
			continue;
		}
		if (field->rule != RULE_SUM && field->rule != RULE_UNION &&
			now->kind != VALUE_NULL) {
			merging->counts->different += value_equal(has, now) ? 0 : 1;
			continue;
		}
		before = out->count;
		if (!changes_add_shown(out, field, has, err)) {
			return false;
		}
		merging->counts->filled += out->count != before ? 1 : 0;
	}
	return true;
}

/* As records_put() wants them. */
static bool put_changes(struct merging *merging, const struct changes *changes, struct err *err)
{
	struct assignment *list = calloc(changes->count + 1, sizeof(*list));
	struct record_id made;
	bool ok;
	size_t i;

	if (list == NULL) {
		return err_nomem(err);
	}
	for (i = 0; i < changes->count; i++) {
		const struct field_change *one = &changes->list[i];

		list[i].field = one->field;
		list[i].op = one->change.op == LINE_PUT ? ASSIGN_SET : ASSIGN_ADD;
		list[i].value = one->change.value;
	}
	ok = changes->count == 0 || records_put(merging->node, merging->entity, merging->into,
					    list, changes->count, &made, err);
	free(list);
	return ok;
}

static bool complete(struct merging *merging, struct err *err)
{
	struct values from = { 0 }, into = { 0 };
	struct changes changes = { 0 };
	bool ok;

	ok = records_get(merging->node, merging->entity, merging->from, copy_values, &from, err) &&
		records_get(merging->node, merging->entity, merging->into, copy_values, &into,
			err) &&
		completions(merging, &from, &into, &changes, err) &&
		put_changes(merging, &changes, err);
	changes_clear(&changes);
	arena_clear(&from.arena);
	arena_clear(&into.arena);
	return ok;
}

/* ---- references --------------------------------------------------- */

/* Ids of living records whose ${field} refers to the duplicate. */
static bool referring(struct merging *merging, const struct entity *entity,
	const struct field *field, struct buf *ids, struct err *err)
{
	struct buf sql = { 0 };
	struct stmt *stmt = NULL;
	bool ok, row = true, in_set = field->rule == RULE_UNION;

	buf_printf(&sql,
		in_set ? "SELECT id FROM \"%s\" WHERE EXISTS (SELECT 1 FROM json_each(\"%s\") "
			 "WHERE value IS ?1) ORDER BY id" :
			 "SELECT id FROM \"%s\" WHERE \"%s\" = ?1 ORDER BY id",
		entity->name, field->name);
	ok = buf_ok(&sql, err) &&
		db_prepare_reading(&stmt, merging->node->db, buf_str(&sql), NULL, err);
	if (ok && in_set) {
		stmt_text_at(stmt, 1, view_of(merging->from_text));
	} else if (ok) {
		stmt_blob_at(stmt, 1, merging->from->bytes, merging->from->len);
	}
	while (ok && row) {
		ok = stmt_step(stmt, &row, err);
		if (ok && row) {
			struct record_id id = column_id(stmt, 0, entity);

			buf_add(ids, &id, sizeof(id));
		}
	}
	stmt_free(stmt);
	buf_clear(&sql);
	return ok && buf_ok(ids, err);
}

static bool redirect(struct merging *merging, const struct entity *entity,
	const struct field *field, const struct record_id *id, struct err *err)
{
	struct value from = { VALUE_TEXT, 0, view_of(merging->from_text) };
	struct value into = { VALUE_TEXT, 0, view_of(merging->into_text) };
	bool in_set = field->rule == RULE_UNION;
	const struct assignment assignments[] = {
		{ field, in_set ? ASSIGN_ADD : ASSIGN_SET, into },
		{ field, ASSIGN_TAKE, from },
	};
	struct record_id made;

	if (entity->trust || entity->district_writes ||
		strcmp(moves_holder(merging->node, entity, id), merging->node->community) != 0) {
		merging->counts->others++;
		return true;
	}
	merging->counts->references++;
	return records_put(merging->node, entity, id, assignments, in_set ? 2 : 1, &made, err);
}

static bool redirect_all(struct merging *merging, struct err *err)
{
	const struct model *model = merging->node->model;
	struct buf ids = { 0 };
	bool ok = true;
	size_t i, j, at;

	for (i = 0; ok && i < model->entity_count; i++) {
		const struct entity *entity = &model->entities[i];

		for (j = 0; ok && j < entity->field_count; j++) {
			const struct field *field = &entity->fields[j];

			if (field->reference != merging->entity) {
				continue;
			}
			buf_reset(&ids);
			ok = referring(merging, entity, field, &ids, err);
			for (at = 0; ok && at < ids.len; at += sizeof(struct record_id)) {
				struct record_id id;

				memcpy(&id, ids.data + at, sizeof(id));
				ok = redirect(merging, entity, field, &id, err);
			}
		}
	}
	buf_clear(&ids);
	return ok;
}

/* ---- the whole ---------------------------------------------------- */

/* Where it went, for all who know the duplicate. */
static bool say_merged(struct merging *merging, struct err *err)
{
	struct node *node = merging->node;
	const struct entity *entity = model_entity(node->model, VIEW_LITERAL("merged"));
	unsigned scopes = merging->entity->scopes;
	const char *name = (scopes & 1U << SCOPE_FEDERATION) != 0 ? "public" :
		(scopes & 1U << SCOPE_DISTRICT) != 0		   ? "reported" :
								     "internal";
	struct buf text = { 0 };
	struct assignment assignment = { entity_field(entity, view_of(name)), ASSIGN_SET,
		{ VALUE_TEXT, 0, { NULL, 0 } } };
	struct record_id made;
	bool ok;

	buf_printf(&text, "%s %s %s", merging->entity->name, merging->from_text,
		merging->into_text);
	assignment.value.text = buf_as_view(&text);
	ok = buf_ok(&text, err) && records_put(node, entity, NULL, &assignment, 1, &made, err);
	buf_clear(&text);
	return ok;
}

bool records_merge(struct node *node, const struct entity *entity, const struct record_id *from,
	const struct record_id *into, struct merge_counts *out, struct err *err)
{
	struct merging merging = { .node = node, .entity = entity, .from = from, .into = into,
		.counts = out };

	memset(out, 0, sizeof(*out));
	record_id_print(merging.from_text, from->bytes, from->len, entity->slug_ids);
	record_id_print(merging.into_text, into->bytes, into->len, entity->slug_ids);
	if (!node_begin(node, err)) {
		return false;
	}
	if (!allowed(&merging, err) || !complete(&merging, err) ||
		!redirect_all(&merging, err) || !say_merged(&merging, err) ||
		!records_delete(node, entity, from, true, err)) {
		node_abort(node);
		return false;
	}
	return node_commit(node, err);
}
