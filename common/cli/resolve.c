/* resolve.c -- settle a conflict: an ordinary line that chooses. */
#include <string.h>

#include "commands.h"
#include "emit.h"
#include "entry.h"
#include "linli/review.h"
#include "say.h"
#include "shown.h"

const struct command_option cli_resolve_options[] = { CLI_OPTION_JSON, CLI_OPTION_DRY_RUN,
	{ "--take", OPTION_VALUE, offsetof(struct cli_resolve, take), "LINE",
		{ "选 conflicts 所列的这一行的值",
			"the value of this line, as conflicts lists it" } },
	{ "--keep", OPTION_FLAG, offsetof(struct cli_resolve, keep), NULL,
		{ "删除的冲突:保留记录", "of a deletion: keep the record" } },
	{ "--delete", OPTION_FLAG, offsetof(struct cli_resolve, remove), NULL,
		{ "删除的冲突:删除记录", "of a deletion: delete the record" } },
	CLI_OPTION_PASSPHRASE, CLI_OPTION_END };

struct resolving {
	struct node *node;
	const struct cli_resolve *given;
	const struct entity *entity;
	struct record_id id;
	const struct field *field; /* NULL: the deletion */
	struct value value;
	struct entry entry; /* holds ${value} */
	bool found;
};

/* What is said must be one of the four ways, and only one. */
static bool check_usage(const struct invocation *invocation, struct err *err)
{
	const struct cli_resolve *given = (const void *)invocation->options;
	const char *word = invocation->word_count > 2 ? invocation->words[2] : NULL;
	bool assigns = word != NULL && entry_is_word(word);
	bool names = word != NULL && !assigns;
	bool right = given->keep || given->remove
		? !(given->keep && given->remove) && word == NULL && given->take == NULL
		: given->take != NULL ? names : assigns;

	return right ||
		err_set(err, ERR_USAGE, "%s",
			terminal_chinese()
				? "请写 字段=内容,或 字段 --take 行,或 --keep,或 --delete,只写一种"
				: "say FIELD=VALUE, or FIELD --take LINE, or --keep, or --delete: "
				  "one of them");
}

/* The value in the line that --take names, if this conflict has it. */
static bool take_value(void *ctx, const struct conflict *conflict, struct err *err)
{
	struct resolving *resolving = ctx;
	size_t i;

	for (i = 0; conflict->field == resolving->field && i < conflict->value_count; i++) {
		const struct conflict_value *one = &conflict->values[i];

		if (strcmp(one->line, resolving->given->take) != 0) {
			continue;
		}
		resolving->found = true;
		resolving->value = one->value;
		if (one->value.kind == VALUE_TEXT) {
			resolving->value.text =
				arena_copy(&resolving->entry.arena, one->value.text);
			return resolving->value.text.data != NULL || err_nomem(err);
		}
	}
	return true;
}

static bool read_taken(struct resolving *resolving, const char *word, struct err *err)
{
	if (!entry_field(&resolving->field, resolving->entity, view_of(word), err) ||
		!records_conflicts(resolving->node, resolving->entity, &resolving->id, take_value,
			resolving, err)) {
		return false;
	}
	return resolving->found ||
		err_set(err, ERR_NOT_FOUND,
			terminal_chinese() ? "这一字段的冲突里没有这一行:%.100s"
					   : "no line of that conflict: %.100s",
			resolving->given->take);
}

/* FIELD=VALUE; the fields that can be in conflict hold one value. */
static bool read_assigned(struct resolving *resolving, const char *word, struct err *err)
{
	struct entry *entry = &resolving->entry;

	if (!entry_word(entry, resolving->node, resolving->entity, &resolving->id, word, err)) {
		return false;
	}
	if (entry->count != 1 || entry->list[0].op != ASSIGN_SET) {
		return err_set(err, ERR_NOT_FOUND,
			terminal_chinese() ? "这一字段没有冲突:%.100s"
					   : "that field has no conflict: %.100s",
			word);
	}
	resolving->field = entry->list[0].field;
	resolving->value = entry->list[0].value;
	return true;
}

static bool resolve_it(void *ctx, struct err *err)
{
	struct resolving *resolving = ctx;

	return records_resolve(resolving->node, resolving->entity, &resolving->id,
		resolving->field, &resolving->value, err);
}

static bool report_json(const struct resolving *resolving, struct err *err)
{
	char id[RECORD_ID_TEXT_BYTES];
	struct buf out = { 0 };

	record_id_print(id, resolving->id.bytes, resolving->id.len, resolving->entity->slug_ids);
	emit_begin(&out);
	emit_member(&out, "entity", resolving->entity->name);
	emit_member(&out, "id", id);
	emit_member(&out, "field", resolving->field != NULL ? resolving->field->name : NULL);
	emit_key(&out, "value");
	shown_json(&out, resolving->field, &resolving->value);
	emit_member_bool(&out, "dry_run", resolving->given->common.dry_run);
	emit_end(&out);
	return cli_write_take(&out, err);
}

static bool report_text(struct resolving *resolving, struct err *err)
{
	bool zh = terminal_chinese(), dry_run = resolving->given->common.dry_run;
	char id[RECORD_ID_TEXT_BYTES];
	struct buf title = { 0 }, value = { 0 };
	bool ok;

	record_id_print(id, resolving->id.bytes, resolving->id.len, resolving->entity->slug_ids);
	shown_title(&title, resolving->node, resolving->entity, view_of(id));
	if (resolving->field != NULL) {
		buf_printf(&value, "%s = ", shown_label(&resolving->field->label));
		shown_value(&value, resolving->node, resolving->field, &resolving->value);
	} else if (resolving->value.integer != 0) {
		buf_text(&value, zh ? "删除" : "deleted");
	} else {
		buf_text(&value, zh ? "保留" : "kept");
	}
	ok = buf_ok(&title, err) && buf_ok(&value, err);
	if (ok) {
		say_result(dry_run ? "将选定:%s %s,%s" : "已选定:%s %s,%s",
			dry_run ? "Would settle: %s %s, %s" : "Settled: %s %s, %s",
			shown_label(&resolving->entity->label), buf_str(&title), buf_str(&value));
	}
	buf_clear(&title);
	buf_clear(&value);
	return ok;
}

static bool run(struct resolving *resolving, const struct invocation *invocation, struct err *err)
{
	const struct cli_resolve *given = resolving->given;

	if (!check_usage(invocation, err) ||
		!cli_open_writing(&resolving->node, invocation, err) ||
		!cli_entity(&resolving->entity, resolving->node, invocation->words[0], err) ||
		!cli_record(&resolving->id, resolving->node, resolving->entity,
			invocation->words[1], err)) {
		return false;
	}
	if (given->keep || given->remove) {
		resolving->value = (struct value){ .kind = VALUE_BOOL, .integer = given->remove };
	} else if (given->take != NULL) {
		if (!read_taken(resolving, invocation->words[2], err)) {
			return false;
		}
	} else if (!read_assigned(resolving, invocation->words[2], err)) {
		return false;
	}
	return node_transaction(
		resolving->node, resolve_it, resolving, given->common.dry_run, err);
}

bool cli_resolve(struct invocation *invocation, struct err *err)
{
	struct resolving resolving = { .given = (const void *)invocation->options };
	bool ok = run(&resolving, invocation, err);

	if (ok) {
		ok = resolving.given->common.json ? report_json(&resolving, err)
						  : report_text(&resolving, err);
	}
	entry_clear(&resolving.entry);
	cli_close(resolving.node);
	return ok;
}
