/* shown.c -- values of records; see shown.h. */
#include <inttypes.h>
#include <string.h>

#include "emit.h"
#include "line.h"
#include "shown.h"
#include "terminal.h"
#include "values.h"

#define SHORT_HASH 12 /* digits of an attachment's name, for people */

const char *shown_label(const struct label *label)
{
	return terminal_chinese() ? label->zh : label->en;
}

/* ---- elements of a union ------------------------------------------ */

void shown_elements_begin(struct shown_elements *elements, const struct value *value)
{
	memset(elements, 0, sizeof(*elements));
	if (value->kind == VALUE_TEXT && value->text.len >= 2) {
		elements->rest = (struct view){ value->text.data + 1, value->text.len - 2 };
	}
}

bool shown_elements_next(struct shown_elements *elements, struct view *element)
{
	struct view *rest = &elements->rest;

	if (rest->len == 0 || !line_string_read(element, &elements->arena, rest)) {
		return false;
	}
	if (rest->len != 0) {
		/* Over the comma. */
		rest->data++;
		rest->len--;
	}
	return true;
}

void shown_elements_end(struct shown_elements *elements)
{
	arena_clear(&elements->arena);
}

/* ---- for people --------------------------------------------------- */

void shown_title(struct buf *out, struct node *node, const struct entity *entity, struct view id)
{
	size_t before = out->len;

	if (!records_title(node, entity, id, out) || out->len == before) {
		buf_view(out, id);
	}
}

void shown_community(struct buf *out, struct node *node, const char *slug)
{
	const struct entity *entity = node_model(node)->community_entity;

	if (strcmp(slug, DISTRICT_SLUG) == 0) {
		buf_text(out, node_federation(node)->name);
	} else if (entity != NULL) {
		shown_title(out, node, entity, view_of(slug));
	} else {
		buf_text(out, slug);
	}
}

static void show_text(
	struct buf *out, struct node *node, const struct field *field, struct view text)
{
	const struct enum_member *member = NULL;

	switch (field->type) {
	case FIELD_ENUM:
		member = field_member(field, text);
		if (member != NULL) {
			buf_text(out, shown_label(&member->label));
			return;
		}
		break;
	case FIELD_REFERENCE:
		shown_title(out, node, field->reference, text);
		return;
	case FIELD_FILE:
		text.len = text.len < SHORT_HASH ? text.len : SHORT_HASH;
		break;
	default:
		break;
	}
	buf_view(out, text);
}

static void show_number(struct buf *out, const struct field *field, int64_t number)
{
	char money[MONEY_TEXT_BYTES], area[AREA_TEXT_BYTES];

	if (field->type == FIELD_MONEY) {
		money_print(money, number);
		buf_text(out, money);
	} else if (field->type == FIELD_AREA) {
		area_print(area, number);
		buf_text(out, area);
	} else {
		buf_printf(out, "%" PRId64, number);
		buf_printf(out, field->unit[0] != '\0' ? " %s" : "%s", field->unit);
	}
}

void shown_value(
	struct buf *out, struct node *node, const struct field *field, const struct value *value)
{
	static const struct phrase yes = { "是", "yes" }, no = { "否", "no" };
	struct shown_elements elements;
	struct view element;
	bool any = false;

	switch (value->kind) {
	case VALUE_NULL:
		return;
	case VALUE_BOOL:
		buf_text(out, terminal_phrase(value->integer != 0 ? yes : no));
		return;
	case VALUE_INT:
		show_number(out, field, value->integer);
		return;
	case VALUE_TEXT:
		break;
	}
	/* An element alone is a text as it stands. */
	if (field->rule != RULE_UNION || value->text.len == 0 || value->text.data[0] != '[') {
		show_text(out, node, field, value->text);
		return;
	}
	shown_elements_begin(&elements, value);
	while (shown_elements_next(&elements, &element)) {
		buf_text(out, !any ? "" : terminal_chinese() ? "、" : ", ");
		show_text(out, node, field, element);
		any = true;
	}
	shown_elements_end(&elements);
}

/* ---- cells of a CSV file ------------------------------------------ */

/* Amounts with a decimal point, by which they are read as yuan and m2. */
static void cell_amount(struct buf *out, int64_t number, unsigned decimals)
{
	uint64_t n = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	uint64_t one = decimals == 2 ? 100 : 10000, rest = n % one;

	if (decimals == 4 && rest % 100 == 0) {
		decimals = 2;
		rest /= 100;
	}
	buf_printf(out, "%s%" PRIu64 ".%0*" PRIu64, number < 0 ? "-" : "", n / one, (int)decimals,
		rest);
}

/* A title where it leads back to ${id}, else ${id}. */
static void cell_reference(
	struct buf *out, struct node *node, const struct entity *entity, struct view id)
{
	struct buf title = { 0 };
	struct record_id meant, back;
	struct err ignored;

	if (records_title(node, entity, id, &title) && title.len != 0 &&
		record_id_parse(&meant, id, entity->slug_ids) &&
		records_find(node, entity, buf_as_view(&title), &back, &ignored) &&
		back.len == meant.len && memcmp(back.bytes, meant.bytes, meant.len) == 0) {
		buf_view(out, buf_as_view(&title));
	} else {
		buf_view(out, id);
	}
	buf_clear(&title);
}

static void cell_text(
	struct buf *out, struct node *node, const struct field *field, struct view text, bool names)
{
	const struct enum_member *member = field_member(field, text);

	if (!names && field->type == FIELD_ENUM && member != NULL) {
		buf_text(out, shown_label(&member->label));
	} else if (!names && field->type == FIELD_REFERENCE) {
		cell_reference(out, node, field->reference, text);
	} else {
		buf_view(out, text);
	}
}

void shown_cell(struct buf *out, struct node *node, const struct field *field,
	const struct value *value, bool names)
{
	struct shown_elements elements;
	struct view element;
	bool any = false;

	if (value->kind == VALUE_BOOL && names) {
		buf_text(out, value->integer != 0 ? "true" : "false");
	} else if (value->kind == VALUE_BOOL) {
		shown_value(out, node, field, value);
	} else if (value->kind == VALUE_INT && !names && field->type == FIELD_MONEY) {
		cell_amount(out, value->integer, 2);
	} else if (value->kind == VALUE_INT && !names && field->type == FIELD_AREA) {
		cell_amount(out, value->integer, 4);
	} else if (value->kind == VALUE_INT) {
		buf_printf(out, "%" PRId64, value->integer);
	} else if (value->kind == VALUE_TEXT && field->rule != RULE_UNION) {
		cell_text(out, node, field, value->text, names);
	} else if (value->kind == VALUE_TEXT) {
		shown_elements_begin(&elements, value);
		while (shown_elements_next(&elements, &element)) {
			buf_text(out, any ? ";" : "");
			cell_text(out, node, field, element, names);
			any = true;
		}
		shown_elements_end(&elements);
	}
}

/* ---- JSON --------------------------------------------------------- */

void shown_json(struct buf *out, const struct field *field, const struct value *value)
{
	switch (value->kind) {
	case VALUE_NULL:
		emit_null(out);
		break;
	case VALUE_BOOL:
		emit_bool(out, value->integer != 0);
		break;
	case VALUE_INT:
		emit_integer(out, value->integer);
		break;
	case VALUE_TEXT:
		if (field != NULL && field->rule == RULE_UNION && value->text.len != 0 &&
			value->text.data[0] == '[') {
			emit_raw(out, value->text);
		} else {
			emit_text(out, value->text);
		}
		break;
	}
}

void shown_values_json(struct buf *out, const struct record_view *view)
{
	const struct entity *entity = view->entity;
	size_t i;

	emit_open(out, '{');
	if (entity_field(entity, VIEW_LITERAL("community")) == NULL && view->community[0] != '\0') {
		emit_member(out, "community", view->community);
	}
	for (i = 0; i < entity->field_count; i++) {
		if (view->values[i].kind != VALUE_NULL) {
			emit_key(out, entity->fields[i].name);
			shown_json(out, &entity->fields[i], &view->values[i]);
		}
	}
	emit_close(out, '}');
}
