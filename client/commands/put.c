/* put.c -- write a record, delete one, take a deletion back. */
#include "client.h"
#include "emit.h"
#include "entry.h"
#include "linli/chains.h"
#include "say.h"
#include "shown.h"

/* One change of one record. */
struct change_of_record {
	struct invocation *invocation;
	struct node *node;
	const struct entity *entity;
	struct record_id id;
	bool known;   /* the person named the record */
	size_t first; /* of the words: the first assignment */
	bool deleted; /* delete: what shall be */
	struct entry entry;
	uint64_t lines; /* that the change came to */
};

static bool draft_lines(struct node *node, uint64_t *lines, struct err *err)
{
	struct outbox_counts counts;

	if (!outbox_count(node, &counts, err)) {
		return false;
	}
	*lines = counts.draft_lines;
	return true;
}

/* Nobody edits what the district's own commands write. */
static bool editable(const struct entity *entity, struct err *err)
{
	return !entity->trust ||
		err_set(err, ERR_SCOPE,
			terminal_chinese() ? "“%s”由区里的登记命令写入"
					   : "%s is written by enrolment only",
			terminal_chinese() ? entity->label.zh : entity->name);
}

static bool begin(struct change_of_record *change, struct err *err)
{
	const struct invocation *invocation = change->invocation;

	return cli_open_writing(&change->node, invocation, err) &&
		cli_entity(&change->entity, change->node, invocation->words[0], err) &&
		editable(change->entity, err);
}

static void end(struct change_of_record *change)
{
	entry_clear(&change->entry);
	cli_close(change->node);
}

/* Run ${body} as the command's transaction. */
static bool run(
	struct change_of_record *change, bool (*body)(void *ctx, struct err *err), struct err *err)
{
	return node_transaction(
		change->node, body, change, cli_common(change->invocation)->dry_run, err);
}

/* What was done, for a program: no id where none was given away. */
static bool report_json(const struct change_of_record *change, struct err *err)
{
	bool dry_run = cli_common(change->invocation)->dry_run;
	char id[RECORD_ID_TEXT_BYTES];
	struct buf out = { 0 };

	record_id_print(id, change->id.bytes, change->id.len, change->entity->slug_ids);
	emit_begin(&out);
	emit_member(&out, "entity", change->entity->name);
	emit_member(&out, "id", dry_run && !change->known ? NULL : id);
	emit_member_bool(&out, "changed", change->lines != 0);
	emit_member_bool(&out, "dry_run", dry_run);
	emit_end(&out);
	return cli_write_take(&out, err);
}

/* ---- put ---------------------------------------------------------- */

static void warn(const struct entry *entry)
{
	struct buf text = { 0 };
	size_t i;

	for (i = 0; i < entry->count; i++) {
		buf_reset(&text);
		if (entry_doubtful(&text, &entry->list[i])) {
			say("注意:%s", "Warning: %s", buf_str(&text));
		}
	}
	buf_clear(&text);
}

/* A new record by the name of another is often one entered twice. */
static void warn_of_namesakes(const struct change_of_record *change)
{
	const struct field *title = change->entity->title;
	struct record_id other;
	struct err err = { 0 };
	size_t i;

	for (i = 0; i < change->entry.count && !change->known && title != NULL; i++) {
		const struct assignment *one = &change->entry.list[i];

		if (one->field == title && one->value.kind == VALUE_TEXT &&
			!records_find(
				change->node, change->entity, one->value.text, &other, &err) &&
			err.code == ERR_AMBIGUOUS) {
			say("注意:已有同名的记录“%.*s”,请核对是否重复。",
				"Warning: there is another record called '%.*s'; is it the same?",
				(int)one->value.text.len, one->value.text.data);
		}
	}
}

static bool put_body(void *ctx, struct err *err)
{
	struct change_of_record *change = ctx;
	const struct invocation *invocation = change->invocation;
	const struct record_id *id = change->known ? &change->id : NULL;
	struct record_id written;
	uint64_t before, after;
	size_t i;

	for (i = change->first; i < invocation->word_count; i++) {
		if (!entry_word(&change->entry, change->node, change->entity, id,
			    invocation->words[i], err)) {
			return false;
		}
	}
	if ((!change->known && !entry_complete(&change->entry, change->entity, err)) ||
		!draft_lines(change->node, &before, err) ||
		!records_put(change->node, change->entity, id, change->entry.list,
			change->entry.count, &written, err) ||
		!draft_lines(change->node, &after, err)) {
		return false;
	}
	change->id = written;
	change->lines = after - before;
	return true;
}

static bool put_report(const struct change_of_record *change, struct err *err)
{
	const struct cli_common *options = cli_common(change->invocation);
	const char *label = shown_label(&change->entity->label);
	char id[RECORD_ID_TEXT_BYTES];

	if (options->json) {
		return report_json(change, err);
	}
	record_id_print(id, change->id.bytes, change->id.len, change->entity->slug_ids);
	if (options->dry_run && change->known) {
		say("可以修改:%s %s", "This could be written: %s %s", label, id);
	} else if (options->dry_run) {
		say("可以新建:%s", "This could be written: a new %s", label);
	} else if (change->lines == 0) {
		say_result("%s %s 没有变化。", "%s %s stays as it is.", label, id);
	} else if (change->known) {
		say_result("已修改:%s %s", "Changed: %s %s", label, id);
	} else {
		say_result("已新建:%s %s", "New: %s %s", label, id);
	}
	return true;
}

/* The second word names the record, unless it is FIELD=VALUE. */
static bool find_target(struct change_of_record *change, struct err *err)
{
	const struct invocation *invocation = change->invocation;

	change->known = !entry_is_word(invocation->words[1]);
	change->first = change->known ? 2 : 1;
	if (change->first == invocation->word_count) {
		return err_set(err, ERR_USAGE,
			terminal_chinese() ? "请写明要填的内容:字段=内容"
					   : "say what to write: FIELD=VALUE");
	}
	return !change->known ||
		cli_record(&change->id, change->node, change->entity, invocation->words[1], err);
}

bool command_put(struct invocation *invocation, struct err *err)
{
	struct change_of_record change = { .invocation = invocation };
	bool ok = begin(&change, err) && find_target(&change, err) && run(&change, put_body, err);

	if (ok) {
		warn(&change.entry);
		warn_of_namesakes(&change);
		ok = put_report(&change, err);
	}
	end(&change);
	return ok;
}

/* ---- delete ------------------------------------------------------- */

const struct command_option delete_options[] = { CLI_OPTION_JSON, CLI_OPTION_DRY_RUN,
	{ "--undo", OPTION_FLAG, offsetof(struct delete_options, undo), NULL,
		{ "撤销删除", "take the deletion back" } },
	CLI_OPTION_PASSPHRASE, CLI_OPTION_END };

static bool delete_body(void *ctx, struct err *err)
{
	struct change_of_record *change = ctx;
	uint64_t before, after;

	if (!draft_lines(change->node, &before, err) ||
		!records_delete(change->node, change->entity, &change->id, change->deleted, err) ||
		!draft_lines(change->node, &after, err)) {
		return false;
	}
	change->lines = after - before;
	return true;
}

static bool delete_report(const struct change_of_record *change, struct err *err)
{
	const struct cli_common *options = cli_common(change->invocation);
	const char *label = shown_label(&change->entity->label);
	char id[RECORD_ID_TEXT_BYTES];

	if (options->json) {
		return report_json(change, err);
	}
	record_id_print(id, change->id.bytes, change->id.len, change->entity->slug_ids);
	if (change->lines == 0 && change->deleted) {
		say("%s %s 早已删除。", "%s %s was deleted already.", label, id);
	} else if (change->lines == 0) {
		say("%s %s 没有被删除。", "%s %s is not deleted.", label, id);
	} else if (options->dry_run && change->deleted) {
		say("将删除:%s %s", "Would delete: %s %s", label, id);
	} else if (options->dry_run) {
		say("将撤销删除:%s %s", "Would take back the deletion of: %s %s", label, id);
	} else if (change->deleted) {
		say_result("已删除:%s %s\n要撤销:linli delete %s %s --undo",
			"Deleted: %s %s\nTo take it back: linli delete %s %s --undo", label, id,
			change->entity->name, id);
	} else {
		say_result("已撤销删除:%s %s", "Deletion taken back: %s %s", label, id);
	}
	return true;
}

bool command_delete(struct invocation *invocation, struct err *err)
{
	const struct delete_options *options = (const void *)invocation->options;
	struct change_of_record change = {
		.invocation = invocation, .known = true, .deleted = !options->undo
	};
	bool ok = begin(&change, err) &&
		cli_record(&change.id, change.node, change.entity, invocation->words[1], err) &&
		run(&change, delete_body, err) && delete_report(&change, err);

	end(&change);
	return ok;
}
