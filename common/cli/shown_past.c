/* shown_past.c -- conflicts and lines; see shown.h. */
#include <inttypes.h>
#include <string.h>

#include "cli.h"
#include "display.h"
#include "emit.h"
#include "line.h"
#include "linli/review.h"
#include "merge.h"
#include "shown.h"

#define SHOWN_COLUMNS 100

static const char *in(const char *zh, const char *en)
{
	return terminal_chinese() ? zh : en;
}

void shown_device(struct buf *out, struct node *node, struct device_id id)
{
	char text[DEVICE_TEXT_BYTES];
	struct device device;

	device_id_print(text, id);
	if (node_find_device(node, id, &device)) {
		shown_community(out, node, device.community);
		buf_printf(out, " %s", text);
	} else {
		buf_text(out, text);
	}
}

/* ---- conflicts ---------------------------------------------------- */

static void candidate_json(struct buf *out, struct node *node, const struct conflict *conflict,
	const struct conflict_value *value)
{
	char text[DEVICE_TEXT_BYTES];
	struct device device;

	device_id_print(text, value->device);
	emit_open(out, '{');
	emit_key(out, "value");
	shown_json(out, conflict->field, &value->value);
	emit_member(out, "device", text);
	emit_member(out, "community",
		node_find_device(node, value->device, &device) ? device.community : NULL);
	emit_member_integer(out, "t", value->t);
	emit_member(out, "line", value->line);
	emit_close(out, '}');
}

bool shown_conflict_json(
	struct buf *out, struct node *node, const struct conflict *conflict, struct err *err)
{
	struct arena arena = { 0 };
	struct value base;
	size_t i;

	if (!conflict_base(node, conflict, &arena, &base, err)) {
		arena_clear(&arena);
		return false;
	}
	emit_open(out, '{');
	emit_member(out, "entity", conflict->entity->name);
	emit_member(out, "id", conflict->id);
	emit_member(out, "field", conflict->field != NULL ? conflict->field->name : NULL);
	emit_member(out, "rule", rule_number(conflict->rule));
	emit_member(out, "rule_name", rule_name(conflict->rule));
	emit_member(out, "sentence", rule_sentence(conflict->rule, terminal_chinese()));
	emit_member_bool(out, "open", conflict->open);
	emit_key(out, "shown");
	shown_json(out, conflict->field, &conflict->shown);
	emit_key(out, "base");
	shown_json(out, conflict->field, &base);
	emit_key(out, "values");
	emit_open(out, '[');
	for (i = 0; i < conflict->value_count; i++) {
		candidate_json(out, node, conflict, &conflict->values[i]);
	}
	emit_close(out, ']');
	emit_close(out, '}');
	arena_clear(&arena);
	return true;
}

/* A value of a field, on one line and escaped. */
static void show_escaped(
	struct buf *out, struct node *node, const struct field *field, const struct value *value)
{
	struct buf text = { 0 };

	if (value->kind == VALUE_NULL) {
		buf_text(out, in("(空)", "(empty)"));
		return;
	}
	shown_value(&text, node, field, value);
	display_escape(out, buf_as_view(&text));
	out->failed = out->failed || text.failed;
	buf_clear(&text);
}

/* One value of a conflict; of a deletion whether it deletes or changes. */
static void show_candidate(struct buf *out, struct node *node, const struct conflict *conflict,
	const struct conflict_value *candidate)
{
	if (conflict->field != NULL) {
		show_escaped(out, node, conflict->field, &candidate->value);
	} else if (candidate->value.kind == VALUE_BOOL && candidate->value.integer != 0) {
		buf_text(out, in("删除", "deleted"));
	} else {
		buf_text(out, in("修改", "changed"));
	}
}

static bool is_shown(const struct conflict *conflict, const struct conflict_value *candidate)
{
	if (conflict->field != NULL) {
		return value_equal(&conflict->shown, &candidate->value);
	}
	return (conflict->shown.integer != 0) ==
		(candidate->value.kind == VALUE_BOOL && candidate->value.integer != 0);
}

/* Who wrote which value when, and the name of its line, for resolve. */
static void show_candidate_row(struct buf *out, struct node *node, const struct conflict *conflict,
	const struct conflict_value *candidate)
{
	buf_text(out, is_shown(conflict, candidate) ? "  → " : "    ");
	show_candidate(out, node, conflict, candidate);
	buf_text(out, "  — ");
	shown_device(out, node, candidate->device);
	if (candidate->t != 0) {
		buf_printf(out, "%s%s", in(",", ", "), cli_time(candidate->t / 1000).text);
	}
	buf_printf(out, "\n      %s\n", candidate->line);
}

/* "  M1: sentence", its lines broken at spaces; Chinese sentences are short enough. */
static void show_rule(struct buf *out, enum merge_rule rule)
{
	const char *rest = rule_sentence(rule, terminal_chinese());
	size_t indent = 4 + strlen(rule_number(rule)), column, width;
	struct view word;

	buf_printf(out, "  %s%s", rule_number(rule), in(":", ":"));
	column = indent - 1;
	while (*rest != '\0') {
		word = (struct view){ rest, strcspn(rest, " ") };
		width = display_width(word);
		if (column > indent && column + 1 + width > SHOWN_COLUMNS) {
			buf_byte(out, '\n');
			display_pad(out, indent - 1);
			column = indent - 1;
		}
		buf_byte(out, ' ');
		buf_view(out, word);
		column += 1 + width;
		rest += word.len;
		rest += strspn(rest, " ");
	}
	buf_byte(out, '\n');
}

bool shown_conflict(
	struct buf *out, struct node *node, const struct conflict *conflict, struct err *err)
{
	struct arena arena = { 0 };
	struct buf text = { 0 };
	struct value base;
	bool ok;
	size_t i;

	ok = conflict_base(node, conflict, &arena, &base, err);
	buf_printf(&text, terminal_chinese() ? "%s(%s)\n" : "%s (%s)\n",
		conflict->field != NULL ? shown_label(&conflict->field->label)
					: in("删除", "Deletion"),
		conflict->open ? in("等人选定", "waits for a person")
			       : in("已按规则决定", "decided by rule"));
	if (ok && conflict->field != NULL) {
		buf_printf(&text, "    %s", in("原先:", "before: "));
		show_escaped(&text, node, conflict->field, &base);
		buf_byte(&text, '\n');
	}
	for (i = 0; i < conflict->value_count; i++) {
		show_candidate_row(&text, node, conflict, &conflict->values[i]);
	}
	show_rule(&text, conflict->rule);
	display_escape_lines(out, buf_as_view(&text));
	out->failed = out->failed || text.failed;
	buf_clear(&text);
	arena_clear(&arena);
	return ok;
}

/* ---- lines -------------------------------------------------------- */

void shown_line_json(struct buf *out, const struct history_line *line)
{
	char device[DEVICE_TEXT_BYTES];

	device_id_print(device, line->device);
	emit_open(out, '{');
	emit_member(out, "line", line->line);
	emit_member(out, "device", device);
	emit_member_bool(out, "draft", line->draft);
	emit_member_bool(out, "confirmed", line->confirmed);
	emit_member_integer(out, "t", line->t);
	emit_key(out, "change");
	emit_raw(out, line->text);
	emit_close(out, '}');
}

static void show_operation(struct buf *out, const struct change *change)
{
	switch (change->op) {
	case LINE_PUT:
		buf_text(out, change->value.kind == VALUE_NULL ? in(" 清空", " emptied") : " = ");
		break;
	case LINE_ADD:
		buf_text(out, change->value.integer >= 0 ? " +" : " ");
		break;
	case LINE_IN:
		buf_text(out, " + ");
		break;
	case LINE_OUT:
		buf_text(out, " − ");
		break;
	}
}

static void show_changes(struct buf *out, struct node *node, const struct line *line)
{
	const struct entity *entity = model_entity(node_model(node), line->entity);
	size_t i;

	if (line->has_del) {
		buf_text(out,
			line->del ? in("删除", "deleted") : in("撤销删除", "deletion taken back"));
	}
	for (i = 0; i < line->change_count; i++) {
		const struct change *change = &line->changes[i];
		const struct field *field =
			entity != NULL ? entity_field(entity, change->field) : NULL;

		buf_text(out, i == 0 ? "" : in(";", "; "));
		buf_view(out, field != NULL ? view_of(shown_label(&field->label)) : change->field);
		show_operation(out, change);
		if (field != NULL) {
			shown_value(out, node, field, &change->value);
		} else {
			value_write(out, &change->value);
		}
	}
}

void shown_change(struct buf *out, struct node *node, struct view text)
{
	struct buf shown = { 0 };
	struct arena arena = { 0 };
	struct err ignored;
	struct line line;

	if (line_parse(&line, &arena, text, &ignored)) {
		show_changes(&shown, node, &line);
	} else {
		buf_view(&shown, text);
	}
	display_escape(out, buf_as_view(&shown));
	out->failed = out->failed || shown.failed;
	buf_clear(&shown);
	arena_clear(&arena);
}

void shown_subject(struct buf *out, struct node *node, struct view text)
{
	struct buf title = { 0 };
	struct arena arena = { 0 };
	const struct entity *entity;
	struct err ignored;
	struct line line;

	if (line_parse(&line, &arena, text, &ignored)) {
		entity = model_entity(node_model(node), line.entity);
		if (entity != NULL) {
			buf_printf(&title, "%s ", shown_label(&entity->label));
			shown_title(&title, node, entity, line.id);
		} else {
			buf_view(&title, line.entity);
			buf_byte(&title, ' ');
			buf_view(&title, line.id);
		}
		buf_text(&title, in(":", ": "));
	}
	display_escape(out, buf_as_view(&title));
	out->failed = out->failed || title.failed;
	buf_clear(&title);
	arena_clear(&arena);
}
