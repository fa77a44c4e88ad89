/* reissue_ids.c -- records that are gone but for what is issued again get new ids; see reissue.h. */
#include <string.h>

#include "hold.h"
#include "reissue.h"

const struct renamed *reissue_renamed(const struct reissue *reissue,
	const struct entity *entity, const struct record_id *id)
{
	const struct renamed *list = (const struct renamed *)(const void *)reissue->renamed.data;
	size_t i;

	for (i = 0; i < reissue->renamed.len / sizeof(*list); i++) {
		if (list[i].entity == entity && list[i].from.len == id->len &&
			memcmp(list[i].from.bytes, id->bytes, id->len) == 0) {
			return &list[i];
		}
	}
	return NULL;
}

/* Has the loaded record a line older than ${t}? */
static bool is_older(struct node *node, const struct record *record, int64_t t, bool *older,
	struct err *err)
{
	struct line_reader reader = { .node = node };
	struct merge_origin origin;
	struct line line;
	struct view text;
	bool ok = true;
	size_t i;

	*older = false;
	for (i = 0; ok && !*older && i < record_line_count(record); i++) {
		record_line(record, i, &origin);
		ok = line_reader_get(&reader, &origin, &text, err) &&
			line_parse(&line, &node->arena, text, err);
		*older = ok && line.t < t;
	}
	line_reader_clear(&reader);
	return ok;
}

/* Is there anything of record ${id} here, merged or held, older than ${before} if that is not 0? */
static bool is_here(struct node *node, const struct entity *entity, const struct record_id *id,
	int64_t before, bool *here, struct err *err)
{
	struct table *table = node_table(node, view_of(entity->name));
	struct buf held = { 0 };
	struct loaded at;
	bool ok;

	arena_reset(&node->arena);
	ok = table_load(node, table, id, &at, err) &&
		hold_of_record(node, entity, id, &held, err);
	*here = ok && (at.found || held.len != 0);
	if (ok && at.found && before != 0) {
		ok = is_older(node, table->record, before, here, err);
	}
	buf_clear(&held);
	return ok;
}

bool reissue_load_names(struct reissue *reissue, struct err *err)
{
	struct node *node = reissue->node;
	struct stmt *stmt = db_prepare(node->db,
		"SELECT entity, id, new_id FROM renumbered WHERE fork_t = ?1");
	bool row = reissue->fork_t != 0;

	stmt_int_at(stmt, 1, reissue->fork_t);
	while (row) {
		struct renamed renamed = { 0 };

		if (!stmt_step(stmt, &row, err)) {
			return false;
		}
		if (row) {
			renamed.entity = model_entity(node->model, stmt_get_text(stmt, 0));
		}
		if (renamed.entity != NULL) {
			renamed.from = column_id(stmt, 1, renamed.entity);
			renamed.to = column_id(stmt, 2, renamed.entity);
			buf_add(&reissue->renamed, &renamed, sizeof(renamed));
		}
	}
	return buf_ok(&reissue->renamed, err);
}

bool reissue_keep_name(struct reissue *reissue, const struct renamed *renamed, struct err *err)
{
	struct stmt *stmt = db_prepare(reissue->node->db,
		"INSERT INTO renumbered (fork_t, entity, id, new_id) VALUES (?1, ?2, ?3, ?4)");

	reissue->renumbered++;
	buf_add(&reissue->renamed, renamed, sizeof(*renamed));
	if (reissue->fork_t == 0) {
		return buf_ok(&reissue->renamed, err);
	}
	stmt_int_at(stmt, 1, reissue->fork_t);
	stmt_text_at(stmt, 2, view_of(renamed->entity->name));
	stmt_blob_at(stmt, 3, renamed->from.bytes, renamed->from.len);
	stmt_blob_at(stmt, 4, renamed->to.bytes, renamed->to.len);
	return buf_ok(&reissue->renamed, err) && stmt_run(stmt, err);
}

/* May another life of this store have given, or give, the id as well? */
static bool may_be_given_twice(const struct reissue *reissue, const struct record_id *id)
{
	const struct node *node = reissue->node;
	struct device_id device;
	uint32_t incarnation;

	if (!record_id_origin(id->bytes, id->len, &device, &incarnation)) {
		return false;
	}
	return reissue->given_up ?
		device_id_equal(device, reissue->maker) &&
			incarnation == reissue->maker_incarnation :
		device_id_equal(device, node->device) && incarnation != node->incarnation;
}

bool reissue_name_if_gone(struct reissue *reissue, const struct loose_line *loose,
	struct err *err)
{
	struct node *node = reissue->node;
	struct renamed renamed = { 0 };
	struct line line;
	bool here;

	if (!reissue_parse(reissue, loose, &line, err)) {
		return false;
	}
	renamed.entity = model_entity(node->model, line.entity);
	if (renamed.entity == NULL || renamed.entity->slug_ids ||
		!record_id_parse(&renamed.from, line.id, false) ||
		!may_be_given_twice(reissue, &renamed.from) ||
		reissue_renamed(reissue, renamed.entity, &renamed.from) != NULL) {
		return true;
	}
	if (!is_here(node, renamed.entity, &renamed.from, reissue->beside ? reissue->fork_t : 0,
		    &here, err)) {
		return false;
	}
	if (here) {
		return true;
	}
	do {
		record_id_make(&renamed.to, node->device, node->incarnation,
			(uint64_t)node->next_record++);
		node->facts_changed = true;
		if (!is_here(node, renamed.entity, &renamed.to, 0, &here, err)) {
			return false;
		}
	} while (here);
	return reissue_keep_name(reissue, &renamed, err);
}

/* The text of the id that the record ${text} of ${entity} goes by now. */
static bool new_id(struct reissue *reissue, const struct entity *entity, struct view *text,
	struct err *err)
{
	char name[RECORD_ID_TEXT_BYTES];
	const struct renamed *renamed;
	struct record_id id;

	if (entity->slug_ids || !record_id_parse(&id, *text, false) ||
		(renamed = reissue_renamed(reissue, entity, &id)) == NULL) {
		return true;
	}
	record_id_print(name, renamed->to.bytes, renamed->to.len, false);
	*text = arena_copy(&reissue->arena, view_of(name));
	return text->data != NULL || err_nomem(err);
}

/* Elements of one field stand in the order of their texts. */
static void sort_elements(struct line *line)
{
	size_t i, j;

	for (i = 1; i < line->change_count; i++) {
		for (j = i; j > 0; j--) {
			struct change *a = &line->changes[j - 1], *b = &line->changes[j], kept;

			if (a->op != b->op || (a->op != LINE_IN && a->op != LINE_OUT) ||
				!view_equal(a->field, b->field) ||
				view_compare(a->value.text, b->value.text) <= 0) {
				break;
			}
			kept = *a;
			*a = *b;
			*b = kept;
		}
	}
}

bool reissue_rename(struct reissue *reissue, const struct entity *entity, struct line *line,
	struct err *err)
{
	size_t i;

	if (!new_id(reissue, entity, &line->id, err)) {
		return false;
	}
	for (i = 0; i < line->change_count; i++) {
		struct change *change = &line->changes[i];
		const struct field *field = entity_field(entity, change->field);

		if (field != NULL && field->type == FIELD_REFERENCE &&
			change->value.kind == VALUE_TEXT &&
			!new_id(reissue, field->reference, &change->value.text, err)) {
			return false;
		}
	}
	sort_elements(line);
	return true;
}
