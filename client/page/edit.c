/*
 * edit.c -- records written on the page: what was typed is understood as on
 * the command line, field by field, so that every problem stands beside its
 * field.
 */
#include <inttypes.h>
#include <string.h>

#include "client.h"
#include "clerk.h"
#include "commands.h"
#include "emit.h"
#include "entry.h"
#include "linli/chains.h"
#include "page_records.h"
#include "shown.h"

#define VERSION_BYTES (LINE_NAME_TEXT_BYTES + 24)

struct editing {
	struct page_call *call;
	const struct entity *entity;
	struct record_id id;
	bool known; /* the record is there */
	bool check; /* only look whether it could be written */
	struct entry entry;
	struct buf problems; /* JSON objects */
	struct record_id written;
	bool saved, changed;
};

/* ---- problems -------------------------------------------------------- */

/* "社团名称(name): 太长": what follows the field's label is the reason. */
static struct view reason_of(const struct err *err, const struct field *field)
{
	struct view text = view_of(err->detail);
	struct buf begin = { 0 };

	if (field != NULL) {
		buf_printf(&begin, "%s(%s): ", field->label.zh, field->name);
		if (begin.len != 0 && view_begins(text, buf_str(&begin))) {
			text.data += begin.len;
			text.len -= begin.len;
		}
	}
	buf_clear(&begin);
	return text;
}

static void add_problem(struct editing *editing, const struct field *field, const struct err *err)
{
	struct buf *out = &editing->problems;
	bool own = err->code == ERR_VALUE || err->code == ERR_AMBIGUOUS;

	if (out->len == 0) {
		buf_byte(out, '[');
	}
	emit_open(out, '{');
	emit_member(out, "field", field != NULL ? field->name : NULL);
	emit_member(out, "code", err_name(err->code));
	emit_key(out, "reason");
	emit_text(out, own && err->detail[0] != '\0' ? reason_of(err, field) :
		view_of(err_sentence(err->code, editing->call->zh)));
	emit_close(out, '}');
}

/* ---- what was typed -------------------------------------------------- */

/* A set comes as a list of its elements. */
static bool value_text(struct buf *out, const json_t *value)
{
	size_t i;

	if (json_is_string(value)) {
		buf_text(out, json_string_value(value));
		return true;
	}
	for (i = 0; json_is_array(value) && i < json_array_size(value); i++) {
		const char *element = json_string_value(json_array_get(value, i));

		if (element == NULL) {
			return false;
		}
		buf_printf(out, "%s%s", i != 0 ? "|" : "", element);
	}
	return json_is_null(value) || json_is_array(value);
}

static bool take_value(struct editing *editing, const char *name, const json_t *value,
	struct err *err)
{
	const struct field *field = entity_field(editing->entity, view_of(name));
	struct err problem = { 0 };
	struct buf text = { 0 };
	bool ok = true;

	if (field == NULL || !value_text(&text, value)) {
		ok = err_set(err, ERR_FORMAT, "no text for a field '%.40s'", name);
	} else if ((editing->known || text.len != 0) &&
		!entry_assign(&editing->entry, editing->call->node, editing->entity,
			editing->known ? &editing->id : NULL, field, ASSIGN_SET,
			buf_as_view(&text), &problem)) {
		add_problem(editing, field, &problem);
	}
	buf_clear(&text);
	return ok;
}

/* Every required field that is not given, unless there is a problem with it already. */
static void find_missing(struct editing *editing)
{
	const struct entity *entity = editing->entity;
	json_t *values = json_object_get(editing->call->body, "values");
	struct err problem;
	size_t i;

	for (i = 0; i < entity->field_count; i++) {
		const struct field *field = &entity->fields[i];
		const json_t *value = json_object_get(values, field->name);

		if (field->required && !editing->known && field != entity->community &&
			(value == NULL || json_is_null(value) ||
				(json_is_string(value) && json_string_length(value) == 0))) {
			err_set(&problem, ERR_VALUE, "%s",
				editing->call->zh ? "必须填写" : "must be given");
			add_problem(editing, field, &problem);
		}
	}
}

static bool take_values(struct editing *editing, struct err *err)
{
	json_t *values = json_object_get(editing->call->body, "values"), *value;
	const char *name;

	if (!json_is_object(values)) {
		return err_set(err, ERR_FORMAT, "the request has no values");
	}
	json_object_foreach(values, name, value) {
		if (!take_value(editing, name, value, err)) {
			return false;
		}
	}
	find_missing(editing);
	return true;
}

/* ---- an optimistic lock ---------------------------------------------- */

struct version {
	uint64_t lines;
	char last[LINE_NAME_TEXT_BYTES];
};

static bool count_line(void *ctx, const struct history_line *line, struct err *err)
{
	struct version *version = ctx;

	(void)err;
	version->lines++;
	memcpy(version->last, line->line, sizeof(version->last));
	return true;
}

/* ERR_MOVED if the record has changed since the page looked: "lines:last line". */
static bool check_version(struct editing *editing, struct err *err)
{
	const char *seen = page_text_or(editing->call, "version", NULL);
	struct version version = { 0, "" };
	char now[VERSION_BYTES];

	if (seen == NULL || !editing->known) {
		return true;
	}
	if (!records_history(editing->call->node, editing->entity, &editing->id, count_line,
		    &version, err)) {
		return false;
	}
	snprintf(now, sizeof(now), "%" PRIu64 ":%s", version.lines, version.last);
	return strcmp(seen, now) == 0 || err_set(err, ERR_MOVED, "seen %.100s, now %s", seen, now);
}

/* ---- writing --------------------------------------------------------- */

static bool write_it(void *ctx, struct err *err)
{
	struct editing *editing = ctx;
	struct node *node = editing->call->node;
	struct outbox_counts before, after;

	if (!outbox_count(node, &before, err) ||
		!records_put(node, editing->entity, editing->known ? &editing->id : NULL,
			editing->entry.list, editing->entry.count, &editing->written, err) ||
		!outbox_count(node, &after, err)) {
		return false;
	}
	editing->changed = after.draft_lines != before.draft_lines;
	return true;
}

/* A failure that is about what was typed is a problem to be shown, others fail. */
static bool try_to_write(struct editing *editing, struct err *err)
{
	struct err problem = { 0 };

	if (node_transaction(editing->call->node, write_it, editing, editing->check, &problem)) {
		editing->saved = !editing->check;
		return true;
	}
	if (problem.code != ERR_VALUE) {
		*err = problem;
		return false;
	}
	add_problem(editing, NULL, &problem);
	return true;
}

/* ---- what is worth a second look ------------------------------------- */

static void doubts_json(struct buf *out, const struct editing *editing)
{
	struct buf text = { 0 };
	size_t i;

	emit_key(out, "doubts");
	emit_open(out, '[');
	for (i = 0; i < editing->entry.count; i++) {
		const struct assignment *one = &editing->entry.list[i];

		buf_reset(&text);
		if (entry_doubtful(&text, one)) {
			emit_open(out, '{');
			emit_member(out, "field", one->field->name);
			emit_member(out, "sentence", buf_str(&text));
			emit_close(out, '}');
		}
	}
	emit_close(out, ']');
	buf_clear(&text);
}

/* Another record of the same name, which may be the same thing entered twice. */
static void namesake_json(struct buf *out, struct editing *editing)
{
	const struct field *title = editing->entity->title;
	char text[RECORD_ID_TEXT_BYTES];
	struct record_id other;
	struct err err = { 0 };
	const char *found = NULL;
	size_t i;

	for (i = 0; i < editing->entry.count && title != NULL && editing->check; i++) {
		const struct assignment *one = &editing->entry.list[i];

		if (one->field != title || one->value.kind != VALUE_TEXT) {
			continue;
		}
		if (records_find(editing->call->node, editing->entity, one->value.text, &other,
			    &err)) {
			record_id_print(text, other.bytes, other.len, editing->entity->slug_ids);
			found = editing->known && other.len == editing->id.len &&
					memcmp(other.bytes, editing->id.bytes, other.len) == 0
				? NULL
				: text;
		}
	}
	emit_member(out, "namesake", found);
}

static void report(struct editing *editing)
{
	struct buf *out = &editing->call->reply->body;
	char id[RECORD_ID_TEXT_BYTES] = "";

	if (editing->saved) {
		record_id_print(id, editing->written.bytes, editing->written.len,
			editing->entity->slug_ids);
	}
	emit_begin(out);
	emit_member(out, "entity", editing->entity->name);
	emit_member(out, "id", editing->saved ? id : editing->known ? editing->call->params[1] : NULL);
	emit_member_bool(out, "saved", editing->saved);
	emit_member_bool(out, "changed", editing->changed);
	emit_key(out, "problems");
	if (editing->problems.len != 0) {
		buf_byte(&editing->problems, ']');
		emit_raw(out, buf_as_view(&editing->problems));
	} else {
		emit_raw(out, VIEW_LITERAL("[]"));
	}
	doubts_json(out, editing);
	namesake_json(out, editing);
	emit_end(out);
}

static bool edit(struct page_call *call, bool known, bool check, struct err *err)
{
	struct editing editing = { .call = call, .known = known, .check = check };
	bool ok;

	ok = (known ? page_record(call, &editing.entity, &editing.id, err)
		    : page_entity(call, &editing.entity, err)) &&
		take_values(&editing, err) && (check || check_version(&editing, err)) &&
		(editing.problems.len != 0 || editing.entry.count == 0 ||
			try_to_write(&editing, err));
	if (ok) {
		report(&editing);
		ok = buf_ok(&editing.problems, err);
	}
	entry_clear(&editing.entry);
	buf_clear(&editing.problems);
	return ok;
}

bool edit_check_new(struct page_call *call, struct err *err)
{
	return edit(call, false, true, err);
}

bool edit_check(struct page_call *call, struct err *err)
{
	return edit(call, true, true, err);
}

bool edit_create(struct page_call *call, struct err *err)
{
	return edit(call, false, false, err);
}

bool edit_change(struct page_call *call, struct err *err)
{
	return edit(call, true, false, err);
}

/* ---- as the commands do ---------------------------------------------- */

static bool delete_record(struct page_call *call, bool undo, struct err *err)
{
	struct delete_options options = { .undo = undo };
	struct page_command command = { .run = command_delete, .options = &options,
		.options_bytes = sizeof(options),
		.words = { call->params[0], call->params[1] } };
	const struct entity *entity;
	struct record_id id;

	return page_record(call, &entity, &id, err) &&
		page_command_answer(call, call->node, &command, err);
}

bool edit_delete(struct page_call *call, struct err *err)
{
	return delete_record(call, false, err);
}

bool edit_restore(struct page_call *call, struct err *err)
{
	return delete_record(call, true, err);
}

/* A returned line, corrected: {"line", "values": {field: text}}. */
bool edit_fix(struct page_call *call, struct err *err)
{
	json_t *values = json_object_get(call->body, "values"), *value;
	struct page_command command = { .run = command_fix };
	struct buf texts = { 0 };
	size_t ends[PAGE_COMMAND_WORDS], count = 0, at = 0, i;
	const char *name;
	bool ok = page_text(call, "line", &command.words[0], err);

	json_object_foreach(values, name, value) {
		if (ok && count == PAGE_COMMAND_WORDS - 2) {
			ok = err_set(err, ERR_TOO_LARGE, "too many values");
		}
		if (ok) {
			buf_printf(&texts, "%s=", name);
			ok = value_text(&texts, value) ||
				err_set(err, ERR_FORMAT, "no text for '%.40s'", name);
			buf_byte(&texts, '\0');
			ends[count++] = texts.len;
		}
	}
	ok = ok && buf_ok(&texts, err);
	for (i = 0; ok && i < count; i++) {
		command.words[i + 1] = (const char *)texts.data + at;
		at = ends[i];
	}
	ok = ok && (count != 0 || err_set(err, ERR_FORMAT, "nothing is corrected")) &&
		page_command_answer(call, call->node, &command, err);
	buf_clear(&texts);
	return ok;
}
