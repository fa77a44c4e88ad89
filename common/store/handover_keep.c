/* handover_keep.c -- what came in a handover, and its values as lines of our own. */
#include <string.h>

#include "erasing.h"
#include "move_private.h"

static bool keep_line(struct node *node, const struct handed *handed,
	const struct handover_line *line, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO handover_line (entity, id, line, giver, text) "
		"VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (entity, id, line) DO NOTHING");

	stmt_text_at(stmt, 1, view_of(handed->entity->name));
	stmt_blob_at(stmt, 2, handed->id.bytes, handed->id.len);
	stmt_text_at(stmt, 3, view_of(line->name));
	stmt_text_at(stmt, 4, view_of(handed->giver));
	stmt_text_at(stmt, 5, line->text);
	return stmt_run(stmt, err);
}

bool handover_keep(struct node *node, const struct handed *handed,
	const struct handover_line *lines, struct view summary, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"INSERT INTO handover (entity, id, giver, summary, written) "
		"VALUES (?1, ?2, ?3, ?4, 0) ON CONFLICT (entity, id, giver) DO UPDATE SET "
		"written = 0, summary = excluded.summary");
	struct move_work work = { .kind = WORK_VALUES, .id = handed->id };
	size_t i;

	stmt_text_at(stmt, 1, view_of(handed->entity->name));
	stmt_blob_at(stmt, 2, handed->id.bytes, handed->id.len);
	stmt_text_at(stmt, 3, view_of(handed->giver));
	stmt_text_at(stmt, 4, summary);
	if (!stmt_run(stmt, err)) {
		return false;
	}
	for (i = 0; i < handed->lines; i++) {
		if (!keep_line(node, handed, &lines[i], err)) {
			return false;
		}
	}
	memcpy(work.entity, handed->entity->name, strlen(handed->entity->name) + 1);
	return move_work_add(node, &work, err);
}

bool handover_forget(struct node *node, const struct entity *entity, const struct record_id *id,
	struct err *err)
{
	struct stmt *lines = db_prepare(node->db,
		"DELETE FROM handover_line WHERE entity = ?1 AND id = ?2");
	struct stmt *values =
		db_prepare(node->db, "DELETE FROM handover WHERE entity = ?1 AND id = ?2");

	stmt_text_at(lines, 1, view_of(entity->name));
	stmt_blob_at(lines, 2, id->bytes, id->len);
	stmt_text_at(values, 1, view_of(entity->name));
	stmt_blob_at(values, 2, id->bytes, id->len);
	return stmt_run(lines, err) && stmt_run(values, err);
}

bool handover_each(struct node *node, const struct entity *entity, const struct record_id *id,
	bool (*each)(void *ctx, const struct handed_line *line, struct err *err), void *ctx,
	struct err *err)
{
	struct stmt *stmt = NULL;
	bool ok, row = true;

	ok = node_refresh(node, err) &&
		db_prepare_reading(&stmt, node->db,
			"SELECT line, giver, text FROM handover_line WHERE entity = ?1 AND id = ?2 "
			"ORDER BY json_extract(text, '$.t'), line",
			NULL, err);
	if (ok) {
		stmt_text_at(stmt, 1, view_of(entity->name));
		stmt_blob_at(stmt, 2, id->bytes, id->len);
	}
	while (ok && row) {
		struct handed_line line = { .text = { NULL, 0 } };
		struct view name, giver;

		ok = stmt_step(stmt, &row, err);
		if (ok && row) {
			name = stmt_get_text(stmt, 0);
			giver = stmt_get_text(stmt, 1);
			memcpy(line.line, name.data, name.len < sizeof(line.line) ? name.len : 0);
			memcpy(line.giver, giver.data,
				giver.len < sizeof(line.giver) ? giver.len : 0);
			line.text = stmt_get_text(stmt, 2);
			ok = each(ctx, &line, err);
		}
	}
	stmt_free(stmt);
	return ok;
}

/* ---- the values ---------------------------------------------------- */

/* Of ${line} what the record's own part does not have yet. */
static bool missing(struct changes *out, const struct entity *entity, const struct changes *there,
	const struct line *line, struct err *err)
{
	size_t i, j;

	for (i = 0; i < line->change_count; i++) {
		const struct change *change = &line->changes[i];
		const struct field *field = entity_field(entity, change->field);
		bool has = field == NULL || field->scope != SCOPE_COMMUNITY ||
			field->type == FIELD_FILE;

		for (j = 0; j < there->count && !has; j++) {
			has = there->list[j].field == field;
		}
		if (!has && !changes_add(out, field, change->op, &change->value, err)) {
			return false;
		}
	}
	return true;
}

static bool write_summary(struct node *node, const struct entity *entity,
	const struct record_id *id, struct view summary, struct err *err)
{
	struct changes there = { 0 }, changes = { 0 };
	struct arena arena = { 0 };
	struct line line;
	bool found, erased, ok;

	ok = line_parse(&line, &arena, summary, err) &&
		erase_is(node, line.entity, line.id, &erased, err);
	if (!ok || erased) {
		arena_clear(&arena);
		return ok; /* of an erased record nothing is written any more */
	}
	ok = changes_of_record(node, &there, entity, id, 1U << SCOPE_COMMUNITY, &found, err) &&
		missing(&changes, entity, &there, &line, err) &&
		changes_write(node, &changes, entity, id, node->community, err);
	changes_clear(&there);
	changes_clear(&changes);
	arena_clear(&arena);
	return ok;
}

bool handover_write_values(struct node *node, const struct move_work *work, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT giver, summary FROM handover WHERE entity = ?1 AND id = ?2 AND written = 0 "
		"ORDER BY giver LIMIT 1");
	struct stmt *done = db_prepare(node->db,
		"UPDATE handover SET written = 1 WHERE entity = ?1 AND id = ?2 AND giver = ?3");
	const struct entity *entity = model_entity(node->model, view_of(work->entity));
	struct buf giver = { 0 }, summary = { 0 };
	bool row, ok = false;

	/* Not ours yet: the record of the move brings it up again. */
	if (entity == NULL || strcmp(moves_holder(node, entity, &work->id), node->community) != 0) {
		return true;
	}
	stmt_text_at(stmt, 1, view_of(work->entity));
	stmt_blob_at(stmt, 2, work->id.bytes, work->id.len);
	if (!stmt_step(stmt, &row, err)) {
		return false;
	}
	if (!row) {
		return true;
	}
	buf_view(&giver, stmt_get_text(stmt, 0));
	buf_view(&summary, stmt_get_text(stmt, 1));
	stmt_reset(stmt);
	if (!buf_ok(&giver, err) || !buf_ok(&summary, err) ||
		(summary.len != 0 &&
			!write_summary(node, entity, &work->id, buf_as_view(&summary), err))) {
		goto out;
	}
	stmt_text_at(done, 1, view_of(work->entity));
	stmt_blob_at(done, 2, work->id.bytes, work->id.len);
	stmt_text_at(done, 3, buf_as_view(&giver));
	ok = stmt_run(done, err);
out:
	buf_clear(&giver);
	buf_clear(&summary);
	return ok;
}
