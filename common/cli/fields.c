/* fields.c -- what can be recorded: the entities, and the fields of one. */
#include "commands.h"
#include "emit.h"
#include "shown.h"
#include "table.h"

static const char *in(const char *zh, const char *en)
{
	return terminal_chinese() ? zh : en;
}

/* ---- all entities -------------------------------------------------- */

static const char *who_writes(const struct entity *entity)
{
	return entity->district_writes ? in("区里", "the district") : in("社区", "communities");
}

static bool entities_table(const struct model *model, struct err *err)
{
	const struct table_column columns[] = {
		{ in("名称", "Label"), TABLE_TEXT },
		{ in("英文名", "Name"), TABLE_TEXT },
		{ in("由谁填写", "Written by"), TABLE_TEXT },
	};
	struct table *table = NULL;
	size_t i;
	bool ok;

	if (!table_new(&table, columns, sizeof(columns) / sizeof(columns[0]), err)) {
		return false;
	}
	for (i = 0; i < model->entity_count; i++) {
		const struct entity *entity = &model->entities[i];

		if (!entity->trust) {
			table_add(table, view_of(shown_label(&entity->label)));
			table_add(table, view_of(entity->name));
			table_add(table, view_of(who_writes(entity)));
		}
	}
	ok = table_print(table, err);
	table_free(table);
	return ok;
}

/* ---- the fields of one --------------------------------------------- */

static const char *type_name(const struct field *field)
{
	static const char *const names[FIELD_TYPES] = { [FIELD_TEXT] = "text",
		[FIELD_INTEGER] = "integer",
		[FIELD_BOOLEAN] = "boolean",
		[FIELD_DATE] = "date",
		[FIELD_MONEY] = "money",
		[FIELD_AREA] = "area",
		[FIELD_ENUM] = "enum",
		[FIELD_REFERENCE] = "reference",
		[FIELD_FILE] = "file" };

	return names[field->type];
}

/* What may be written into ${field}, with an example. */
static void describe(struct buf *out, const struct field *field)
{
	static const struct phrase examples[FIELD_TYPES] = {
		[FIELD_TEXT] = { "文字", "text" },
		[FIELD_INTEGER] = { "整数", "whole number" },
		[FIELD_BOOLEAN] = { "是/否", "yes/no" },
		[FIELD_DATE] = { "日期,如 2024-03-05", "date, as 2024-03-05" },
		[FIELD_MONEY] = { "金额,如 7000元", "money, as 7000.00" },
		[FIELD_AREA] = { "面积,如 89.5平方米", "area, as 89.5m2" },
		[FIELD_FILE] = { "附件", "attachment" },
	};
	size_t i;

	if (field->type == FIELD_REFERENCE) {
		buf_printf(out, terminal_chinese() ? "%s的名称或编号" : "name or id of: %s",
			shown_label(&field->reference->label));
		return;
	}
	if (field->type != FIELD_ENUM) {
		buf_text(out, terminal_phrase(examples[field->type]));
		return;
	}
	for (i = 0; i < field->member_count; i++) {
		buf_printf(out, "%s%s", i != 0 ? in("、", ", ") : "",
			shown_label(&field->members[i].label));
	}
}

static bool fields_table(const struct entity *entity, struct err *err)
{
	const struct table_column columns[] = {
		{ in("字段", "Label"), TABLE_TEXT },
		{ in("英文名", "Name"), TABLE_TEXT },
		{ in("必填", "Required"), TABLE_TEXT },
		{ in("填什么", "What it holds"), TABLE_TEXT },
	};
	struct table *table = NULL;
	struct buf text = { 0 };
	size_t i;
	bool ok;

	if (!table_new(&table, columns, sizeof(columns) / sizeof(columns[0]), err)) {
		return false;
	}
	for (i = 0; i < entity->field_count; i++) {
		const struct field *field = &entity->fields[i];
		bool asked = field->required && field != entity->community;

		buf_reset(&text);
		describe(&text, field);
		table_add(table, view_of(shown_label(&field->label)));
		table_add(table, view_of(field->name));
		table_add(table, view_of(asked ? in("是", "yes") : ""));
		table_add(table, buf_as_view(&text));
	}
	ok = buf_ok(&text, err) && table_print(table, err);
	buf_clear(&text);
	table_free(table);
	return ok;
}

/* ---- for a program ------------------------------------------------- */

static void field_json(struct buf *out, const struct entity *entity, const struct field *field)
{
	size_t i;

	emit_open(out, '{');
	emit_member(out, "name", field->name);
	emit_member(out, "label", shown_label(&field->label));
	emit_member(out, "type", type_name(field));
	emit_member_bool(out, "required", field->required && field != entity->community);
	emit_member(out, "reference", field->reference != NULL ? field->reference->name : NULL);
	emit_key(out, "members");
	emit_open(out, '[');
	for (i = 0; i < field->member_count; i++) {
		emit_text(out, view_of(field->members[i].name));
	}
	emit_close(out, ']');
	emit_close(out, '}');
}

static bool write_json(const struct model *model, const struct entity *only, struct err *err)
{
	struct buf out = { 0 };
	size_t i, k;

	emit_begin(&out);
	emit_key(&out, "entities");
	emit_open(&out, '[');
	for (i = 0; i < model->entity_count; i++) {
		const struct entity *entity = &model->entities[i];

		if (entity->trust || (only != NULL && only != entity)) {
			continue;
		}
		emit_open(&out, '{');
		emit_member(&out, "name", entity->name);
		emit_member(&out, "label", shown_label(&entity->label));
		emit_member_bool(&out, "district_writes", entity->district_writes);
		emit_key(&out, "fields");
		emit_open(&out, '[');
		for (k = 0; k < entity->field_count; k++) {
			field_json(&out, entity, &entity->fields[k]);
		}
		emit_close(&out, ']');
		emit_close(&out, '}');
	}
	emit_close(&out, ']');
	emit_end(&out);
	return cli_write_take(&out, err);
}

bool cli_fields(struct invocation *invocation, struct err *err)
{
	const struct entity *entity = NULL;
	struct node *node = NULL;
	bool ok = false;

	if (!cli_open(&node, invocation, err) ||
		(invocation->word_count != 0 &&
			!cli_entity(&entity, node, invocation->words[0], err))) {
		goto out;
	}
	if (cli_common(invocation)->json) {
		ok = write_json(node_model(node), entity, err);
	} else if (entity != NULL) {
		ok = fields_table(entity, err);
	} else {
		ok = entities_table(node_model(node), err);
	}
out:
	cli_close(node);
	return ok;
}
