/* records.c -- looking up records; see linli/records.h. */
#include <stdlib.h>
#include <string.h>

#include "chain_lines.h"
#include "line.h"
#include "linli/records.h"
#include "node_private.h"
#include "move_private.h"

/* ---- rows --------------------------------------------------------- */

void records_select(struct buf *sql, const struct entity *entity)
{
	bool own = entity_field(entity, VIEW_LITERAL("community")) == NULL;
	size_t i;

	buf_printf(sql, "SELECT id, alive, %s", own ? "community" : "owner");
	for (i = 0; i < entity->field_count; i++) {
		buf_printf(sql, ", \"%s\"", entity->fields[i].name);
	}
	buf_printf(sql, " FROM \"rec_%s\"", entity->name);
}

bool records_give(const struct entity *entity, struct stmt *stmt,
	bool (*each)(void *ctx, const struct record_view *view, struct err *err), void *ctx,
	struct err *err)
{
	struct value values[MODEL_MAX_FIELDS];
	struct record_view view = { .entity = entity, .values = values };
	struct arena arena = { 0 };
	char community[SLUG_TEXT_BYTES] = "";
	struct view text = stmt_get_text(stmt, 2);
	struct record_id id = column_id(stmt, 0, entity);
	bool ok = true;
	size_t i;

	memcpy(community, text.data, text.len < sizeof(community) ? text.len : 0);
	record_id_print(view.id, id.bytes, id.len, entity->slug_ids);
	view.community = community;
	view.alive = stmt_get_int(stmt, 1) != 0;
	for (i = 0; ok && i < entity->field_count; i++) {
		ok = column_value(&values[i], stmt, (int)i + 3, &entity->fields[i], &arena, err);
	}
	ok = ok && each(ctx, &view, err);
	arena_clear(&arena);
	return ok;
}

static void bind_filter(struct stmt *stmt, int number, const struct filter *filter)
{
	const struct field *field = filter->field;
	struct record_id id;

	if (filter->value.kind == VALUE_NULL) {
		stmt_null_at(stmt, number);
	} else if (filter->value.kind != VALUE_TEXT) {
		stmt_int_at(stmt, number, filter->value.integer);
	} else if (field->rule != RULE_UNION && field->type == FIELD_REFERENCE &&
		!field->reference->slug_ids && record_id_parse(&id, filter->value.text, false)) {
		stmt_blob_at(stmt, number, id.bytes, id.len);
	} else {
		stmt_text_at(stmt, number, filter->value.text);
	}
}

bool records_each(struct node *node, const struct entity *entity, const struct filter *filters,
	size_t count, bool (*each)(void *ctx, const struct record_view *view, struct err *err),
	void *ctx, struct err *err)
{
	struct buf sql = { 0 };
	struct stmt *stmt = NULL;
	bool ok = false, row;
	size_t i;

	records_select(&sql, entity);
	buf_text(&sql, " WHERE alive");
	for (i = 0; i < count; i++) {
		const struct field *field = filters[i].field;

		buf_printf(&sql,
			field->rule == RULE_UNION ?
				" AND EXISTS (SELECT 1 FROM json_each(\"%s\") WHERE value IS ?%zu)" :
				" AND \"%s\" IS ?%zu",
			field->name, i + 1);
	}
	buf_text(&sql, " ORDER BY id");
	if (!buf_ok(&sql, err) || !node_refresh(node, err) ||
		!db_prepare_reading(&stmt, node->db, buf_str(&sql), NULL, err)) {
		goto out;
	}
	for (i = 0; i < count; i++) {
		bind_filter(stmt, (int)i + 1, &filters[i]);
	}
	do {
		ok = stmt_step(stmt, &row, err) &&
			(!row || records_give(entity, stmt, each, ctx, err));
	} while (ok && row);
out:
	stmt_free(stmt);
	buf_clear(&sql);
	return ok;
}

static bool no_record(const struct node *node, const struct entity *entity,
	const struct record_id *id, struct err *err)
{
	const char *holder = moves_home(node, entity, id);
	char text[RECORD_ID_TEXT_BYTES];

	record_id_print(text, id->bytes, id->len, entity->slug_ids);
	if (holder != NULL && strcmp(holder, node->community) != 0) {
		return err_set(err, ERR_NOT_FOUND,
			ERR_BOTH("“%s” %s 已转给社区 %s", "%s %s was handed over to %s"),
			entity->label.zh, text, holder, entity->name, text, holder);
	}
	return err_set(err, ERR_NOT_FOUND, ERR_BOTH("没有“%s” %s", "no %s %s"), entity->label.zh,
		text, entity->name, text);
}

bool records_get(struct node *node, const struct entity *entity, const struct record_id *id,
	bool (*each)(void *ctx, const struct record_view *view, struct err *err), void *ctx,
	struct err *err)
{
	struct buf sql = { 0 };
	struct stmt *stmt = NULL;
	bool ok = false, row;

	records_select(&sql, entity);
	buf_text(&sql, " WHERE id = ?1");
	if (buf_ok(&sql, err) && node_refresh(node, err) &&
		db_prepare_reading(&stmt, node->db, buf_str(&sql), NULL, err)) {
		bind_id(stmt, 1, entity, id);
		ok = stmt_step(stmt, &row, err) &&
			(row ? records_give(entity, stmt, each, ctx, err) :
			       no_record(node, entity, id, err));
	}
	stmt_free(stmt);
	buf_clear(&sql);
	return ok;
}

bool records_find(struct node *node, const struct entity *entity, struct view title,
	struct record_id *out, struct err *err)
{
	struct buf sql = { 0 };
	struct stmt *stmt = NULL;
	bool ok = false, row, own;

	if (entity->title == NULL) {
		return err_set(err, ERR_NOT_FOUND,
			ERR_BOTH("“%s”没有名称,请用编号", "%s has no name to be found by"),
			entity->label.zh, entity->name);
	}
	own = !entity->district_writes && !node->district;
	buf_printf(&sql, "SELECT id FROM \"%s\" WHERE \"%s\" = ?1%s ORDER BY id LIMIT 2",
		entity->name, entity->title->name, own ? " AND community = ?2" : "");
	if (!buf_ok(&sql, err) || !node_refresh(node, err) ||
		!db_prepare_reading(&stmt, node->db, buf_str(&sql), NULL, err)) {
		goto out;
	}
	stmt_text_at(stmt, 1, title);
	if (own) {
		stmt_text_at(stmt, 2, view_of(node->community));
	}
	if (!stmt_step(stmt, &row, err)) {
		goto out;
	}
	if (!row) {
		err_set(err, ERR_NOT_FOUND, "no %s is called '%.*s'", entity->name,
			(int)(title.len < 100 ? title.len : 100), title.data);
		goto out;
	}
	*out = column_id(stmt, 0, entity);
	if (!stmt_step(stmt, &row, err)) {
		goto out;
	}
	ok = !row || err_set(err, ERR_AMBIGUOUS, "several records of %s are called '%.*s'; give the id",
			     entity->name, (int)(title.len < 100 ? title.len : 100), title.data);
out:
	stmt_free(stmt);
	buf_clear(&sql);
	return ok;
}

bool records_title(struct node *node, const struct entity *entity, struct view id,
	struct buf *out)
{
	struct buf sql = { 0 };
	struct record_id record;
	struct stmt *stmt;
	struct err ignored;
	bool row = false;

	if (entity->title == NULL || !record_id_parse(&record, id, entity->slug_ids)) {
		return false;
	}
	buf_printf(&sql, "SELECT \"%s\" FROM \"rec_%s\" WHERE id = ?1", entity->title->name,
		entity->name);
	stmt = db_prepare(node->db, buf_str(&sql));
	bind_id(stmt, 1, entity, &record);
	if (stmt_step(stmt, &row, &ignored) && row) {
		buf_view(out, stmt_get_text(stmt, 0));
		stmt_reset(stmt);
	}
	buf_clear(&sql);
	return row;
}

/* Bind :id if the query has it. */
static void bind_record_if(struct stmt *stmt, const struct entity *entity,
	const struct record_id *id)
{
	if (entity->slug_ids) {
		stmt_text_if(stmt, ":id", (struct view){ (const char *)id->bytes, id->len });
	} else {
		stmt_blob_if(stmt, ":id", id->bytes, id->len);
	}
}

bool records_derived(struct node *node, const struct entity *entity, const struct record_id *id,
	bool (*each)(void *ctx, const struct derived *derived, struct view label,
		struct view value, struct err *err),
	void *ctx, struct err *err)
{
	struct stmt *stmt = NULL;
	bool ok = node_refresh(node, err), row;
	size_t i;

	for (i = 0; ok && i < entity->derived_count; i++) {
		const struct derived *derived = &entity->derived[i];

		ok = db_prepare_reading(&stmt, node->db, derived->sql, NULL, err);
		if (!ok) {
			break;
		}
		bind_record_if(stmt, entity, id);
		do {
			ok = stmt_step(stmt, &row, err);
			if (ok && row) {
				struct buf label = { 0 };

				buf_view(&label, stmt_get_text(stmt, 0));
				ok = buf_ok(&label, err) &&
					each(ctx, derived, buf_as_view(&label),
						stmt_get_text(stmt, 1), err);
				buf_clear(&label);
			}
		} while (ok && row);
		stmt_free(stmt);
		stmt = NULL;
	}
	return ok;
}

/* ---- conflicts ---------------------------------------------------- */

struct conflict_list {
	struct node *node;
	const struct entity *entity;
	bool (*each)(void *ctx, const struct conflict *conflict, struct err *err);
	void *ctx;
};

/* Tell of one merge_conflict of the loaded record. */
static bool give_conflict(struct conflict_list *list, const struct loaded *at,
	const struct merge_conflict *found, struct err *err)
{
	struct conflict conflict = { .entity = list->entity, .field = found->field,
		.rule = found->rule, .open = found->open, .shown = found->shown,
		.value_count = found->candidate_count };
	struct conflict_value *values = calloc(found->candidate_count, sizeof(*values));
	bool ok;
	size_t i;

	if (values == NULL) {
		return err_nomem(err);
	}
	record_id_print(conflict.id, at->id.bytes, at->id.len, list->entity->slug_ids);
	for (i = 0; i < found->candidate_count; i++) {
		const struct merge_candidate *candidate = &found->candidates[i];
		const struct chain *chain =
			chain_by_number(list->node, candidate->origin.chain);
		struct place place = { .seq = candidate->origin.seq, .n = candidate->origin.n };

		values[i].value = candidate->value;
		values[i].device = candidate->device;
		values[i].t = candidate->t;
		if (chain != NULL) {
			place.chain = chain->name;
			place_print(values[i].line, &place);
		}
	}
	conflict.values = values;
	ok = list->each(list->ctx, &conflict, err);
	free(values);
	return ok;
}

static bool conflicts_of(struct conflict_list *list, const struct record_id *id,
	struct err *err)
{
	struct table *table = node_table(list->node, view_of(list->entity->name));
	struct merge_world world = node_world(list->node);
	const struct merge_conflict *found;
	struct loaded at;
	size_t i, count;

	arena_reset(&list->node->arena);
	if (table == NULL) {
		return true; /* of a model that was given up: it had no records */
	}
	if (!table_load(list->node, table, id, &at, err)) {
		return false;
	}
	if (!at.found) {
		return true;
	}
	world.community = at.community;
	if (!record_conflicts(table->record, &world, &found, &count, err) ||
		!world_ok(list->node, err)) {
		return false;
	}
	for (i = 0; i < count; i++) {
		if (!give_conflict(list, &at, &found[i], err)) {
			return false;
		}
	}
	return true;
}

/* Ids of the records of ${entity} that have a conflict, one after the other. */
static bool conflicting(struct node *node, const struct entity *entity, struct buf *ids,
	struct err *err)
{
	struct buf sql = { 0 };
	struct stmt *stmt = NULL;
	bool ok = false, row;

	buf_printf(&sql,
		"SELECT id FROM \"rec_%s\" WHERE rid IN "
		"(SELECT rid FROM conflict WHERE entity = ?1) ORDER BY id",
		entity->name);
	if (!buf_ok(&sql, err) ||
		!db_prepare_reading(&stmt, node->db, buf_str(&sql), NULL, err)) {
		goto out;
	}
	stmt_text_at(stmt, 1, view_of(entity->name));
	do {
		ok = stmt_step(stmt, &row, err);
		if (ok && row) {
			struct record_id id = column_id(stmt, 0, entity);

			buf_add(ids, &id, sizeof(id));
		}
	} while (ok && row);
	ok = ok && buf_ok(ids, err);
out:
	stmt_free(stmt);
	buf_clear(&sql);
	return ok;
}

static bool all_conflicts(struct conflict_list *list, const struct entity *entity, struct err *err)
{
	const struct model *model = list->node->model;
	struct buf ids = { 0 };
	bool ok = true;
	size_t i, at;

	for (i = 0; ok && i < model->entity_count; i++) {
		list->entity = &model->entities[i];
		if (entity != NULL && strcmp(list->entity->name, entity->name) != 0) {
			continue;
		}
		buf_reset(&ids);
		ok = conflicting(list->node, list->entity, &ids, err);
		for (at = 0; ok && at < ids.len; at += sizeof(struct record_id)) {
			struct record_id one;

			memcpy(&one, ids.data + at, sizeof(one));
			ok = conflicts_of(list, &one, err);
		}
	}
	buf_clear(&ids);
	return ok;
}

bool records_conflicts(struct node *node, const struct entity *entity,
	const struct record_id *id,
	bool (*each)(void *ctx, const struct conflict *conflict, struct err *err), void *ctx,
	struct err *err)
{
	struct conflict_list list = { node, entity, each, ctx };
	bool ok;

	if (!node_read_begin(node, err)) {
		return false;
	}
	ok = id != NULL ? conflicts_of(&list, id, err) : all_conflicts(&list, entity, err);
	node_read_end(node);
	return ok;
}

/* ---- history ------------------------------------------------------ */

struct past {
	struct history_line line;
	struct buf text;
	uint32_t seq, n;
};

static int by_clock(const void *a, const void *b)
{
	const struct past *x = a, *y = b;

	if (x->line.t != y->line.t) {
		return x->line.t < y->line.t ? -1 : 1;
	}
	return strcmp(x->line.line, y->line.line);
}

/* Fetch line ${origin}. */
static bool fetch(struct line_reader *reader, const struct merge_origin *origin,
	struct past *past, struct err *err)
{
	struct node *node = reader->node;
	const struct chain *chain = chain_by_number(node, origin->chain);
	struct place place = { .seq = origin->seq, .n = origin->n };
	struct view text;
	struct line line;

	if (!line_reader_get(reader, origin, &text, err)) {
		return false;
	}
	place.chain = chain->name;
	place_print(past->line.line, &place);
	past->line.device = chain->name.device;
	past->line.draft = origin->seq > chain->head;
	if (!receipts_confirmed(node, origin, &past->line.confirmed, err)) {
		return false;
	}
	buf_view(&past->text, text);
	if (!buf_ok(&past->text, err) ||
		!line_parse(&line, &node->arena, buf_as_view(&past->text), err)) {
		return err_wrap(err, "%s", past->line.line);
	}
	past->line.t = line.t;
	past->line.text = buf_as_view(&past->text);
	return true;
}

/* The lines at ${origins}, by their clocks. */
static bool fetch_all(struct node *node, const struct merge_origin *origins, struct past *pasts,
	size_t count, struct err *err)
{
	struct line_reader reader = { .node = node };
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < count; i++) {
		ok = fetch(&reader, &origins[i], &pasts[i], err);
	}
	line_reader_clear(&reader);
	if (ok) {
		qsort(pasts, count, sizeof(*pasts), by_clock);
	}
	return ok;
}

/* *pasts, of *count, is released by the caller. */
static bool history_of(struct node *node, const struct entity *entity, const struct record_id *id,
	struct past **pasts, size_t *count, struct err *err)
{
	struct table *table = node_table(node, view_of(entity->name));
	struct buf origins = { 0 };
	struct merge_origin one;
	struct loaded at = { 0 };
	bool ok;
	size_t i;

	arena_reset(&node->arena);
	if (table != NULL && !table_load(node, table, id, &at, err)) {
		return false;
	}
	for (i = 0; at.found && i < record_line_count(table->record); i++) {
		record_line(table->record, i, &one);
		buf_add(&origins, &one, sizeof(one));
	}
	ok = moves_apart(node, entity, id, &origins, err);
	if (ok && origins.len == 0) {
		ok = no_record(node, entity, id, err);
	}
	*pasts = ok ? calloc(origins.len / sizeof(one) + 1, sizeof(**pasts)) : NULL;
	*count = *pasts != NULL ? origins.len / sizeof(one) : 0;
	ok = ok && (*pasts != NULL || err_nomem(err)) &&
		fetch_all(node, (const void *)origins.data, *pasts, *count, err);
	buf_clear(&origins);
	return ok;
}

bool records_history(struct node *node, const struct entity *entity, const struct record_id *id,
	bool (*each)(void *ctx, const struct history_line *line, struct err *err), void *ctx,
	struct err *err)
{
	struct past *pasts = NULL;
	size_t i, count = 0;
	bool ok;

	if (!node_read_begin(node, err)) {
		return false;
	}
	ok = history_of(node, entity, id, &pasts, &count, err);
	node_read_end(node);
	for (i = 0; ok && i < count; i++) {
		ok = each(ctx, &pasts[i].line, err);
	}
	for (i = 0; i < count; i++) {
		buf_clear(&pasts[i].text);
	}
	free(pasts);
	return ok;
}
