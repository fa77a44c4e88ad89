/* wanted.c -- see wanted.h. */
#include <stdlib.h>

#include "display.h"
#include "emit.h"
#include "line.h"
#include "merge.h"
#include "shown.h"
#include "terminal.h"
#include "wanted.h"

#define NOTHING "–" /* an empty field */
#define GAP 2

static const char *in(const char *zh, const char *en)
{
	return terminal_chinese() ? zh : en;
}

/* ---- for people --------------------------------------------------- */

static const char *label_of(const struct line_change *change)
{
	return change->field != NULL ? shown_label(&change->field->label)
				     : in("删除", "Deletion");
}

static void show_value(
	struct buf *out, struct node *node, const struct field *field, const struct value *value)
{
	struct buf text = { 0 };

	if (value->kind == VALUE_NULL) {
		buf_text(out, NOTHING);
		return;
	}
	shown_value(&text, node, field, value);
	display_escape(out, buf_as_view(&text));
	out->failed = out->failed || text.failed;
	buf_clear(&text);
}

/* What a sum comes to when ${more} is added, within its bounds. */
static int64_t total(const struct value *before, int64_t more)
{
	int64_t now = before->kind == VALUE_INT ? before->integer : 0;

	if (more > 0 && now > INT64_MAX - more) {
		return INT64_MAX;
	}
	return more < 0 && now < INT64_MIN - more ? INT64_MIN : now + more;
}

/* Both sides of the arrow. */
static void show_sides(struct buf *before, struct buf *after, struct node *node,
	const struct line_change *change)
{
	const struct field *field = change->field;
	struct value sum = { VALUE_INT, 0, { NULL, 0 } };

	if (field == NULL) {
		buf_text(after, change->after.integer != 0 ? in("删除这条记录", "the record is deleted")
							   : in("撤销删除", "the deletion is taken back"));
		return;
	}
	if (field->rule == RULE_UNION && change->op != ASSIGN_SET) {
		buf_text(after, change->op == ASSIGN_ADD ? "+ " : "− ");
		show_value(after, node, field, &change->after);
		return;
	}
	show_value(before, node, field, &change->before);
	if (change->op == ASSIGN_ADD) {
		sum.integer = total(&change->before, change->after.integer);
		show_value(after, node, field, &sum);
		buf_text(after, change->after.integer >= 0 ? " (+" : " (");
		show_value(after, node, field, &change->after);
		buf_byte(after, ')');
	} else {
		show_value(after, node, field, &change->after);
	}
}

/* What a line says that counts already, and what has come of it since. */
static void show_done(struct buf *out, struct node *node, const struct line_change *change)
{
	const struct field *field = change->field;
	struct buf now = { 0 };

	if (field == NULL || (field->rule == RULE_UNION && change->op != ASSIGN_SET)) {
		show_sides(&now, out, node, change);
	} else if (change->op == ASSIGN_ADD) {
		buf_text(out, change->after.integer >= 0 ? "+" : "");
		show_value(out, node, field, &change->after);
	} else {
		show_value(out, node, field, &change->after);
		if (!value_equal(&change->before, &change->after)) {
			show_value(&now, node, field, &change->before);
			buf_printf(out, "%s%s%s", in("(现为 ", " (now "), buf_str(&now),
				in(")", ")"));
		}
	}
	out->failed = out->failed || now.failed;
	buf_clear(&now);
}

static void show_row(struct buf *out, struct node *node, const struct line_change *change,
	size_t labels, struct wanted_style style)
{
	struct buf before = { 0 }, after = { 0 };
	const char *label = label_of(change);
	size_t begin = style.indent + labels + GAP;

	if (style.applied) {
		show_done(&after, node, change);
	} else {
		show_sides(&before, &after, node, change);
	}
	display_pad(out, style.indent);
	buf_text(out, label);
	display_pad(out, labels - display_width(view_of(label)) + GAP);
	if (before.len == 0) {
		buf_view(out, buf_as_view(&after));
	} else if (change->before.kind == VALUE_NULL ||
		begin + display_width(buf_as_view(&before)) + 3 +
			display_width(buf_as_view(&after)) <=
		WANTED_COLUMNS) {
		buf_printf(out, "%s → %s", buf_str(&before), buf_str(&after));
	} else {
		buf_printf(out, "%s%s\n", in("原:", "was: "), buf_str(&before));
		display_pad(out, begin);
		buf_printf(out, "%s%s", in("新:", "new: "), buf_str(&after));
	}
	buf_byte(out, '\n');
	out->failed = out->failed || before.failed || after.failed;
	buf_clear(&before);
	buf_clear(&after);
}

void wanted_show(struct buf *out, struct node *node, const struct line_change *changes,
	size_t count, struct wanted_style style)
{
	size_t labels = 0, width, i;

	for (i = 0; i < count; i++) {
		width = display_width(view_of(label_of(&changes[i])));
		labels = width > labels ? width : labels;
	}
	for (i = 0; i < count; i++) {
		show_row(out, node, &changes[i], labels, style);
	}
}

void wanted_record(struct buf *out, struct node *node, const struct entity *entity,
	const char *id, const struct line_change *changes, size_t count)
{
	struct buf title = { 0 };
	size_t i;

	if (entity == NULL) {
		buf_text(out, id);
		return;
	}
	if (!records_title(node, entity, view_of(id), &title) || title.len == 0) {
		buf_reset(&title);
		for (i = 0; i < count && entity->title != NULL; i++) {
			if (changes[i].field == entity->title) {
				shown_value(&title, node, entity->title, &changes[i].after);
			}
		}
	}
	buf_printf(out, "%s ", shown_label(&entity->label));
	if (title.len != 0) {
		display_escape(out, buf_as_view(&title));
		buf_printf(out, terminal_chinese() ? "(%s)" : " (%s)", id);
	} else {
		buf_text(out, id);
	}
	out->failed = out->failed || title.failed;
	buf_clear(&title);
}

/* ---- JSON --------------------------------------------------------- */

static bool seen_before(const struct line_change *changes, size_t at)
{
	size_t i;

	for (i = 0; i < at; i++) {
		if (changes[i].field == changes[at].field) {
			return true;
		}
	}
	return false;
}

/* Does a change from ${from} on put ${element} in (or, ${op}, out of) the union? */
static bool moved(const struct line_change *changes, size_t count, const struct field *field,
	enum assign_op op, struct view element)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (changes[i].field == field && changes[i].op == op &&
			view_equal(changes[i].after.text, element)) {
			return true;
		}
	}
	return false;
}

static int by_bytes(const void *a, const void *b)
{
	return view_compare(*(const struct view *)a, *(const struct view *)b);
}

static void add_element(struct buf *list, const struct line_change *changes, size_t count,
	const struct field *field, struct view element)
{
	if (!moved(changes, count, field, ASSIGN_TAKE, element)) {
		buf_add(list, &element, sizeof(element));
	}
}

/* The union's elements when the line has been applied, sorted bytewise. */
static void union_after(struct buf *out, const struct line_change *changes, size_t count,
	size_t at)
{
	const struct field *field = changes[at].field;
	struct shown_elements elements;
	struct view element, last = { NULL, 0 };
	struct buf list = { 0 };
	size_t i;

	shown_elements_begin(&elements, &changes[at].before);
	while (shown_elements_next(&elements, &element)) {
		add_element(&list, changes, count, field, element);
	}
	for (i = 0; i < count; i++) {
		if (changes[i].field == field && changes[i].op == ASSIGN_ADD) {
			add_element(&list, changes, count, field, changes[i].after.text);
		}
	}
	if (list.len != 0) {
		qsort(list.data, list.len / sizeof(element), sizeof(element), by_bytes);
	}
	emit_open(out, '[');
	for (i = 0; i < list.len / sizeof(element); i++) {
		element = ((const struct view *)(const void *)list.data)[i];
		if (i == 0 || !view_equal(element, last)) {
			emit_text(out, element);
		}
		last = element;
	}
	emit_close(out, ']');
	out->failed = out->failed || list.failed;
	buf_clear(&list);
	shown_elements_end(&elements);
}

void wanted_json(struct buf *out, const char *name, const struct line_change *changes,
	size_t count, enum wanted_side side)
{
	size_t i;

	emit_key(out, name);
	emit_open(out, '{');
	for (i = 0; i < count; i++) {
		const struct line_change *change = &changes[i];

		if (change->field == NULL || seen_before(changes, i)) {
			continue;
		}
		emit_key(out, change->field->name);
		if (side == WANTED_NOW ||
			(side == WANTED_APPLIED &&
				(change->op != ASSIGN_SET || change->field->rule == RULE_UNION))) {
			shown_json(out, change->field, &change->before);
		} else if (change->field->rule == RULE_UNION && change->op != ASSIGN_SET) {
			union_after(out, changes, count, i);
		} else if (change->op == ASSIGN_ADD) {
			emit_integer(out, total(&change->before, change->after.integer));
		} else {
			shown_json(out, change->field, &change->after);
		}
	}
	emit_close(out, '}');
}

void wanted_json_deletes(struct buf *out, const struct line_change *changes, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (changes[i].field == NULL) {
			emit_member_bool(out, "deletes", changes[i].after.integer != 0);
			return;
		}
	}
	emit_member_null(out, "deletes");
}
