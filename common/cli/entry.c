/* entry.c -- see entry.h. */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "cli.h"
#include "entry.h"
#include "line.h"
#include "shown.h"
#include "values.h"

#define NAME_MAX_BYTES 200 /* of a field, as typed */

void entry_reset(struct entry *entry)
{
	arena_reset(&entry->arena);
	entry->list = NULL;
	entry->count = entry->room = 0;
}

void entry_clear(struct entry *entry)
{
	arena_clear(&entry->arena);
	memset(entry, 0, sizeof(*entry));
}

static bool add(struct entry *entry, const struct field *field, enum assign_op op,
	struct value value, struct err *err)
{
	size_t room = entry->room == 0 ? 32 : entry->room * 2;
	struct assignment *list;

	if (entry->count == entry->room) {
		list = arena_alloc(&entry->arena, room * sizeof(*list));
		if (list == NULL) {
			return err_nomem(err);
		}
		if (entry->count != 0) {
			memcpy(list, entry->list, entry->count * sizeof(*list));
		}
		entry->list = list;
		entry->room = room;
	}
	entry->list[entry->count++] = (struct assignment){ field, op, value };
	return true;
}

/* ---- one value ---------------------------------------------------- */

static bool in_field(const struct field *field, struct err *err)
{
	return err_wrap(err, terminal_chinese() ? "%s(%s)" : "%s (%s)", shown_label(&field->label),
		field->name);
}

static bool set_text(struct value *out, struct arena *arena, struct view text, struct err *err)
{
	*out = (struct value){ VALUE_TEXT, 0, arena_copy(arena, text) };
	return out->text.data != NULL || err_nomem(err);
}

static bool text_value(struct value *out, struct arena *arena, struct view text, struct err *err)
{
	if (text.len > FIELD_TEXT_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE,
			terminal_chinese() ? "文字有 %zu 字节,最多 %d 字节"
					   : "a text of %zu bytes, at most %d",
			text.len, FIELD_TEXT_MAX_BYTES);
	}
	return set_text(out, arena, text, err);
}

static bool same_words(struct view a, const char *b)
{
	return a.len == strlen(b) && strncasecmp(a.data, b, a.len) == 0;
}

static bool enum_value(struct value *out, struct arena *arena, const struct field *field,
	struct view text, struct err *err)
{
	const struct enum_member *member = field_member(field, text);
	bool zh = terminal_chinese();
	struct buf list = { 0 };
	size_t i;

	for (i = 0; member == NULL && i < field->member_count; i++) {
		const struct enum_member *one = &field->members[i];

		if (same_words(text, one->name) || same_words(text, one->label.zh) ||
			same_words(text, one->label.en)) {
			member = one;
		}
	}
	if (member != NULL) {
		return set_text(out, arena, view_of(member->name), err);
	}
	for (i = 0; i < field->member_count; i++) {
		buf_printf(&list, zh ? "%s%s(%s)" : "%s%s (%s)",
			i == 0       ? ""
				: zh ? "、"
				     : ", ",
			shown_label(&field->members[i].label), field->members[i].name);
	}
	err_set(err, ERR_VALUE, zh ? "没有“%.*s”这一项;可选:%s" : "'%.*s' is none of: %s",
		(int)(text.len < 100 ? text.len : 100), text.data, buf_str(&list));
	buf_clear(&list);
	return false;
}

static bool reference_value(struct value *out, struct arena *arena, struct node *node,
	const struct field *field, struct view text, struct err *err)
{
	const struct entity *to = field->reference;
	char id[RECORD_ID_TEXT_BYTES];
	struct view word = arena_copy(arena, text);
	struct record_id record;

	if (word.data == NULL) {
		return err_nomem(err);
	}
	if (!cli_record(&record, node, to, word.data, err)) {
		if (err->code == ERR_NOT_FOUND || err->code == ERR_AMBIGUOUS) {
			err->code = ERR_VALUE;
		}
		return false;
	}
	record_id_print(id, record.bytes, record.len, to->slug_ids);
	return set_text(out, arena, view_of(id), err);
}

static bool typed_value(struct value *out, struct arena *arena, struct node *node,
	const struct field *field, struct view text, struct err *err)
{
	char date[CIVIL_DATE_BYTES];
	bool yes;

	*out = (struct value){ VALUE_INT, 0, { NULL, 0 } };
	switch (field->type) {
	case FIELD_INTEGER:
		return integer_parse(&out->integer, text, err);
	case FIELD_MONEY:
		return money_parse(&out->integer, text, err);
	case FIELD_AREA:
		return area_parse(&out->integer, text, err);
	case FIELD_BOOLEAN:
		out->kind = VALUE_BOOL;
		if (!boolean_parse(&yes, text, err)) {
			return false;
		}
		out->integer = yes;
		return true;
	case FIELD_DATE:
		return date_parse(date, text, err) && set_text(out, arena, view_of(date), err);
	case FIELD_ENUM:
		return enum_value(out, arena, field, text, err);
	case FIELD_REFERENCE:
		return reference_value(out, arena, node, field, text, err);
	case FIELD_FILE: /* compared by entry_assign() with what is attached */
	case FIELD_TEXT:
	default:
		return text_value(out, arena, text, err);
	}
}

bool entry_value(struct value *out, struct arena *arena, struct node *node,
	const struct field *field, struct view text, struct err *err)
{
	struct buf tidy = { 0 };
	bool ok;

	*out = (struct value){ VALUE_NULL, 0, { NULL, 0 } };
	ok = text_tidy(&tidy, text, err) &&
		(tidy.len == 0 || typed_value(out, arena, node, field, buf_as_view(&tidy), err));
	buf_clear(&tidy);
	return ok || in_field(field, err);
}

/* ---- unions ------------------------------------------------------- */

/* The values of a list of elements. */
struct elements {
	struct value list[256]; /* as many as one line may name */
	size_t count;
};

static bool has(const struct elements *elements, struct view text)
{
	size_t i;

	for (i = 0; i < elements->count; i++) {
		if (view_equal(elements->list[i].text, text)) {
			return true;
		}
	}
	return false;
}

static bool keep(struct elements *elements, struct value value, struct err *err)
{
	if (value.kind == VALUE_NULL || has(elements, value.text)) {
		return true;
	}
	if (elements->count == sizeof(elements->list) / sizeof(elements->list[0])) {
		return err_set(err, ERR_TOO_LARGE, "more than %zu elements",
			sizeof(elements->list) / sizeof(elements->list[0]));
	}
	elements->list[elements->count++] = value;
	return true;
}

/* The length of the separator that ${text} begins with; 0: none. */
static size_t separator(struct view text)
{
	static const char *const separators[] = { ",", ";", "|", "\n", ",", "、", ";" };
	size_t i;

	for (i = 0; i < sizeof(separators) / sizeof(separators[0]); i++) {
		if (view_begins(text, separators[i])) {
			return strlen(separators[i]);
		}
	}
	return 0;
}

static bool split(struct elements *out, struct entry *entry, struct node *node,
	const struct field *field, struct view text, struct err *err)
{
	struct view one = { text.data, 0 };
	struct value value;

	while (text.len != 0) {
		size_t skip = separator(text);

		if (skip == 0) {
			one.len++;
			text.data++;
			text.len--;
			continue;
		}
		if (!entry_value(&value, &entry->arena, node, field, one, err) ||
			!keep(out, value, err)) {
			return false;
		}
		text.data += skip;
		text.len -= skip;
		one = (struct view){ text.data, 0 };
	}
	return entry_value(&value, &entry->arena, node, field, one, err) && keep(out, value, err);
}

/* What a union field of a record holds. */
struct present {
	struct entry *entry;
	const struct field *field;
	struct elements *elements;
};

static bool note_present(void *ctx, const struct record_view *view, struct err *err)
{
	struct present *present = ctx;
	struct shown_elements elements;
	struct value value = { VALUE_TEXT, 0, { NULL, 0 } };
	struct view element;
	bool ok = true;

	shown_elements_begin(&elements, &view->values[present->field->index]);
	while (ok && shown_elements_next(&elements, &element)) {
		ok = set_text(&value, &present->entry->arena, element, err) &&
			keep(present->elements, value, err);
	}
	shown_elements_end(&elements);
	return ok;
}

/* An attachment comes with its bytes: by its name alone none can be added. */
static bool attached(const struct field *field, const struct value *value,
	const struct elements *present, struct err *err)
{
	if (field->type != FIELD_FILE || has(present, value->text)) {
		return true;
	}
	err_set(err, ERR_VALUE,
		terminal_chinese() ? "“%.*s”不是这条记录的附件"
				   : "'%.*s' is no attachment of this record",
		(int)(value->text.len < 100 ? value->text.len : 100), value->text.data);
	return in_field(field, err);
}

/* Of one element put in and taken out again, the last word counts. */
static bool add_element(struct entry *entry, const struct field *field, enum assign_op op,
	struct value value, struct err *err)
{
	size_t i;

	for (i = 0; i < entry->count; i++) {
		if (entry->list[i].field == field &&
			view_equal(entry->list[i].value.text, value.text)) {
			entry->list[i].op = op;
			return true;
		}
	}
	return add(entry, field, op, value, err);
}

static bool assign_union(struct entry *entry, struct node *node, const struct entity *entity,
	const struct record_id *id, const struct field *field, enum assign_op op, struct view text,
	struct err *err)
{
	struct elements wanted = { .count = 0 }, now = { .count = 0 };
	struct present present = { entry, field, &now };
	size_t i;

	if (!split(&wanted, entry, node, field, text, err) ||
		(id != NULL && (op == ASSIGN_SET || field->type == FIELD_FILE) &&
			!records_get(node, entity, id, note_present, &present, err))) {
		return false;
	}
	for (i = 0; i < wanted.count; i++) {
		enum assign_op how = op == ASSIGN_TAKE ? ASSIGN_TAKE : ASSIGN_ADD;

		if (!attached(field, &wanted.list[i], &now, err)) {
			return false;
		}
		if (op == ASSIGN_SET && has(&now, wanted.list[i].text)) {
			continue;
		}
		if (!add_element(entry, field, how, wanted.list[i], err)) {
			return false;
		}
	}
	for (i = 0; op == ASSIGN_SET && i < now.count; i++) {
		if (!has(&wanted, now.list[i].text) &&
			!add_element(entry, field, ASSIGN_TAKE, now.list[i], err)) {
			return false;
		}
	}
	return true;
}

/* ---- assignments -------------------------------------------------- */

static bool operation_fails(const struct field *field, struct phrase why, struct err *err)
{
	err_set(err, ERR_VALUE, "%s", terminal_phrase(why));
	return in_field(field, err);
}

bool entry_assign(struct entry *entry, struct node *node, const struct entity *entity,
	const struct record_id *id, const struct field *field, enum assign_op op, struct view text,
	struct err *err)
{
	static const struct phrase single = { "只有一个值,请用 = 填写",
		"holds one value; write it with =" };
	static const struct phrase no_number = { "请写出要加减的数",
		"say how much to add or take off" };
	static const struct elements none = { .count = 0 };
	struct value value;

	if (field->rule == RULE_UNION) {
		return assign_union(entry, node, entity, id, field, op, text, err);
	}
	if (op != ASSIGN_SET && field->rule != RULE_SUM) {
		return operation_fails(field, single, err);
	}
	if (!entry_value(&value, &entry->arena, node, field, text, err)) {
		return false;
	}
	if (value.kind == VALUE_NULL && op != ASSIGN_SET) {
		return operation_fails(field, no_number, err);
	}
	if (value.kind == VALUE_TEXT && !attached(field, &value, &none, err)) {
		return false;
	}
	if (op == ASSIGN_TAKE) {
		/* Less is more of a negative number; no parser gives INT64_MIN's. */
		if (value.integer == INT64_MIN) {
			return operation_fails(field, no_number, err);
		}
		value.integer = -value.integer;
		op = ASSIGN_ADD;
	}
	return add(entry, field, op, value, err);
}

bool entry_is_word(const char *word)
{
	const char *equals = strchr(word, '=');

	return equals != NULL && equals != word;
}

bool entry_field(
	const struct field **out, const struct entity *entity, struct view name, struct err *err)
{
	bool zh = terminal_chinese();
	struct buf list = { 0 };
	size_t i;

	*out = entity_field_labelled(entity, name);
	for (i = 0; *out == NULL && i < entity->field_count; i++) {
		if (same_words(name, entity->fields[i].name) ||
			same_words(name, entity->fields[i].label.en)) {
			*out = &entity->fields[i];
		}
	}
	if (*out != NULL) {
		return true;
	}
	for (i = 0; i < entity->field_count; i++) {
		buf_printf(&list, zh ? "%s%s(%s)" : "%s%s",
			i == 0       ? ""
				: zh ? "、"
				     : ", ",
			zh ? entity->fields[i].label.zh : entity->fields[i].name,
			entity->fields[i].name);
	}
	err_set(err, ERR_USAGE,
		zh ? "“%s”没有“%.*s”这个字段;可用的有:%s" : "%s has no field '%.*s'; it has: %s",
		zh ? entity->label.zh : entity->name, (int)(name.len < 60 ? name.len : 60),
		name.data, buf_str(&list));
	buf_clear(&list);
	return false;
}

/* Take FIELD=VALUE apart. */
static bool take_apart(
	const char *word, struct view *name, enum assign_op *op, struct view *text, struct err *err)
{
	const char *equals = strchr(word, '=');

	if (equals == NULL || equals == word || equals - word > NAME_MAX_BYTES) {
		return err_set(err, ERR_USAGE,
			terminal_chinese() ? "应写成“字段=内容”,而不是:%.60s"
					   : "write FIELD=VALUE, not: %.60s",
			word);
	}
	*name = (struct view){ word, (size_t)(equals - word) };
	*text = view_of(equals + 1);
	*op = ASSIGN_SET;
	if (name->len > 1 && (equals[-1] == '+' || equals[-1] == '-')) {
		*op = equals[-1] == '+' ? ASSIGN_ADD : ASSIGN_TAKE;
		name->len--;
	}
	return true;
}

bool entry_word(struct entry *entry, struct node *node, const struct entity *entity,
	const struct record_id *id, const char *word, struct err *err)
{
	const struct field *field;
	struct view name, text;
	enum assign_op op;

	return take_apart(word, &name, &op, &text, err) && entry_field(&field, entity, name, err) &&
		entry_assign(entry, node, entity, id, field, op, text, err);
}

bool entry_filter(struct filter *out, const char **community, struct arena *arena,
	struct node *node, const struct entity *entity, const char *word, struct err *err)
{
	struct view name, text;
	enum assign_op op;

	if (!take_apart(word, &name, &op, &text, err)) {
		return false;
	}
	if (op != ASSIGN_SET) {
		return err_set(err, ERR_USAGE,
			terminal_chinese() ? "筛选时请写“字段=内容”:%.60s"
					   : "narrow a list with FIELD=VALUE, not: %.60s",
			word);
	}
	if (view_is(name, "community") && entity_field(entity, name) == NULL) {
		out->field = NULL;
		*community = text.data;
		return true;
	}
	return entry_field(&out->field, entity, name, err) &&
		entry_value(&out->value, arena, node, out->field, text, err);
}

/* ---- what is required --------------------------------------------- */

static bool is_given(const struct entry *entry, const struct field *field)
{
	size_t i;

	for (i = 0; i < entry->count; i++) {
		if (entry->list[i].field == field && entry->list[i].value.kind != VALUE_NULL) {
			return true;
		}
	}
	return false;
}

bool entry_complete(const struct entry *entry, const struct entity *entity, struct err *err)
{
	bool zh = terminal_chinese();
	struct buf missing = { 0 };
	bool ok;
	size_t i;

	for (i = 0; i < entity->field_count; i++) {
		const struct field *field = &entity->fields[i];

		/* Its own community is what a new record has unless told. */
		if (field->required && field != entity->community && !is_given(entry, field)) {
			buf_printf(&missing, zh ? "%s%s(%s)" : "%s%s (%s)",
				missing.len == 0 ? ""
					: zh     ? "、"
						 : ", ",
				shown_label(&field->label), field->name);
		}
	}
	ok = missing.len == 0 ||
		err_set(err, ERR_VALUE, zh ? "缺少必填内容:%s" : "these must be given: %s",
			buf_str(&missing));
	buf_clear(&missing);
	return ok;
}

/* ---- what changes ------------------------------------------------- */

struct comparison {
	const struct entry *entry;
	bool changes;
};

static bool compare(void *ctx, const struct record_view *view, struct err *err)
{
	struct comparison *comparison = ctx;
	size_t i;

	(void)err;
	for (i = 0; i < comparison->entry->count; i++) {
		const struct assignment *one = &comparison->entry->list[i];
		const struct value *now = &view->values[one->field->index];

		if (one->op != ASSIGN_SET || !value_equal(&one->value, now)) {
			comparison->changes = true;
		}
	}
	return true;
}

bool entry_changes(const struct entry *entry, struct node *node, const struct entity *entity,
	const struct record_id *id, bool *out, struct err *err)
{
	struct comparison comparison = { entry, false };
	bool ok = records_get(node, entity, id, compare, &comparison, err);

	*out = comparison.changes;
	return ok;
}

/* ---- what is plausible -------------------------------------------- */

static void bound(struct buf *out, const struct field *field, bool has, int64_t number)
{
	struct value value = { VALUE_INT, number, { NULL, 0 } };

	if (has) {
		shown_value(out, NULL, field, &value);
	}
}

bool entry_doubtful(struct buf *out, const struct assignment *assignment)
{
	const struct field *field = assignment->field;
	int64_t number = assignment->value.integer;

	if (assignment->value.kind != VALUE_INT || assignment->op != ASSIGN_SET ||
		!((field->has_min && number < field->min) ||
			(field->has_max && number > field->max))) {
		return false;
	}
	buf_printf(out, terminal_chinese() ? "%s(%s):" : "%s (%s): ", shown_label(&field->label),
		field->name);
	bound(out, field, true, number);
	buf_text(out, terminal_chinese() ? " 超出了通常的范围(" : " lies outside what is usual (");
	bound(out, field, field->has_min, field->min);
	buf_text(out, " – ");
	bound(out, field, field->has_max, field->max);
	buf_text(out, terminal_chinese() ? "),请核对" : "); please check it");
	return true;
}
