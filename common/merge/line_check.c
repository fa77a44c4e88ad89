/* line_check.c -- does a line fit the model?  See merge.h. */
#include <string.h>

#include "linli/civil.h"
#include "merge.h"

static bool text_fits(struct view text)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];
		bool c1 = c == 0xc2 && i + 1 < text.len && (unsigned char)text.data[i + 1] < 0xa0;

		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f || c1) {
			return false;
		}
	}
	return text.len <= FIELD_TEXT_MAX_BYTES;
}

static bool is_member(const struct field *field, struct view name)
{
	size_t i;

	for (i = 0; i < field->member_count; i++) {
		if (view_is(name, field->members[i].name)) {
			return true;
		}
	}
	return false;
}

static bool misfit(const struct field *field, const char *what, struct err *err)
{
	return err_set(err, ERR_VALUE, "field %s: %s", field->name, what);
}

static bool check_text(const struct field *field, struct view text, struct err *err)
{
	uint8_t sha256[32];
	struct record_id id;

	switch (field->type) {
	case FIELD_TEXT:
		return text_fits(text) || misfit(field, "too long, or a control character", err);
	case FIELD_DATE:
		return civil_date_valid(text) || misfit(field, "no date", err);
	case FIELD_ENUM:
		return is_member(field, text) || err_set(err, ERR_MODEL_NEWER,
			"field %s: an unknown member of its enumeration", field->name);
	case FIELD_REFERENCE:
		return record_id_parse(&id, text,
			       field->reference != NULL && field->reference->slug_ids) ||
			misfit(field, "no id of a record", err);
	case FIELD_FILE:
		return hex_decode(sha256, sizeof(sha256), text) ||
			misfit(field, "no SHA-256 in hex", err);
	default:
		return misfit(field, "a text is not of its type", err);
	}
}

static bool check_value(const struct field *field, const struct value *value, struct err *err)
{
	switch (value->kind) {
	case VALUE_NULL:
		return !field->required || misfit(field, "required, and put to null", err);
	case VALUE_BOOL:
		return field->type == FIELD_BOOLEAN || misfit(field, "a boolean", err);
	case VALUE_INT:
		return field->type == FIELD_INTEGER || field->type == FIELD_MONEY ||
			field->type == FIELD_AREA || misfit(field, "an integer", err);
	case VALUE_TEXT:
		return check_text(field, value->text, err);
	}
	return misfit(field, "a value of no kind", err);
}

static bool op_fits(enum line_op op, enum merge_rule rule)
{
	switch (op) {
	case LINE_PUT:
		return rule != RULE_SUM && rule != RULE_UNION && rule != RULE_DELETE;
	case LINE_ADD:
		return rule == RULE_SUM;
	case LINE_IN:
	case LINE_OUT:
		return rule == RULE_UNION;
	}
	return false;
}

/* The place of the field ${name}, looked for from ${from} on; field_count: none. */
static size_t find_field(const struct entity *entity, struct view name, size_t from)
{
	size_t i, at = from;

	for (i = 0; i < entity->field_count; i++, at++) {
		at = at < entity->field_count ? at : 0;
		if (view_is(name, entity->fields[at].name)) {
			return at;
		}
	}
	return entity->field_count;
}

static bool check_change(const struct entity *entity, const struct change *change, size_t at,
	enum scope_kind scope, struct err *err)
{
	const struct field *field = &entity->fields[at];

	if (field->scope != scope) {
		return err_set(err, ERR_SCOPE, "field %s is of another scope than the chain",
			field->name);
	}
	if (!op_fits(change->op, field->rule)) {
		return err_set(err, ERR_FORMAT, "field %s is not changed in this way", field->name);
	}
	return check_value(field, &change->value, err);
}

static bool check_changes(const struct entity *entity, const struct line *line,
	enum scope_kind scope, struct err *err)
{
	const struct change *change, *before = NULL;
	size_t i, at, last = 0;

	for (i = 0; i < line->change_count; i++, before = change, last = at) {
		change = &line->changes[i];
		at = find_field(entity, change->field, last);
		if (at == entity->field_count) {
			return err_set(err, ERR_MODEL_NEWER, "entity %s has no field %.*s",
				entity->name, (int)change->field.len, change->field.data);
		}
		/* Only elements name the field of the change before once more. */
		if (before != NULL && before->op == change->op &&
			(at < last || (at == last && change->op < LINE_IN))) {
			return err_set(err, ERR_FORMAT, "field %s is out of order",
				entity->fields[at].name);
		}
		if (!check_change(entity, change, at, scope, err)) {
			return false;
		}
	}
	return true;
}

bool merge_line_check(const struct entity *entity, const struct line *line,
	enum scope_kind scope, struct err *err)
{
	struct record_id id;

	if ((entity->scopes >> scope & 1) == 0) {
		return err_set(err, ERR_SCOPE, "entity %s has no field of the chain's scope",
			entity->name);
	}
	if (!record_id_parse(&id, line->id, entity->slug_ids)) {
		return err_set(err, ERR_FORMAT, "'%.*s' is no id of entity %s", (int)line->id.len,
			line->id.data, entity->name);
	}
	if (line->has_salt != (scope == SCOPE_COMMUNITY)) {
		return err_set(err, ERR_FORMAT, line->has_salt ? "a salt that does not belong here" :
								  "the salt is missing");
	}
	return check_changes(entity, line, scope, err);
}
