/* inbox.c -- what the district returned: shown with its reason, corrected, or put aside. */
#include <inttypes.h>
#include <string.h>

#include "client.h"
#include "commands.h"
#include "display.h"
#include "emit.h"
#include "entry.h"
#include "linli/review.h"
#include "say.h"
#include "shown.h"
#include "wanted.h"

#define NOTE_INDENT 2
#define CHANGE_INDENT 4

static const char *in(const char *zh, const char *en)
{
	return terminal_chinese() ? zh : en;
}

/* The line that ${word} names. */
static bool read_line_name(struct place *out, const char *word, struct err *err)
{
	if (place_parse(out, view_of(word)) && out->n != 0) {
		return true;
	}
	return err_set(err, ERR_USAGE,
		terminal_chinese()
			? "请写 inbox 所列的那一行:<链>@<序号>#<行>,而不是:%.100s"
			: "name a line as inbox lists it: <chain>@<seq>#<n>, not: %.100s",
		word);
}

/* ---- inbox -------------------------------------------------------- */

const struct command_option inbox_options[] = { CLI_OPTION_JSON, CLI_OPTION_DRY_RUN,
	{ "--done", OPTION_VALUE, offsetof(struct inbox_options, done), "LINE",
		{ "把这一处放到一边,不再重新发送",
			"put this one aside: nothing is sent in its place" } },
	CLI_OPTION_PASSPHRASE, CLI_OPTION_END };

struct listing {
	struct node *node;
	struct buf out;
	uint64_t count;
};

static void member_or_null(struct buf *out, const char *name, struct view text)
{
	emit_key(out, name);
	if (text.len != 0) {
		emit_text(out, text);
	} else {
		emit_null(out);
	}
}

static bool each_json(void *ctx, const struct inbox_line *line, struct err *err)
{
	struct listing *listing = ctx;
	struct buf *out = &listing->out;

	emit_open(out, '{');
	emit_member(out, "line", line->line);
	emit_member(out, "entity", line->entity != NULL ? line->entity->name : NULL);
	emit_member(out, "id", line->id);
	member_or_null(out, "reason", line->reason);
	member_or_null(out, "reviewer", line->reviewer);
	wanted_json(out, "values", line->changes, line->change_count, WANTED_AFTER);
	wanted_json(out, "now", line->changes, line->change_count, WANTED_NOW);
	wanted_json_deletes(out, line->changes, line->change_count);
	emit_member_bool(out, "own", line->own);
	emit_member_integer(out, "t", line->t);
	emit_member_integer(out, "returned_at", line->returned_ms);
	emit_close(out, '}');
	return emit_flush(out, err);
}

/* "理由:社团名称与备案不符 — 审核员,2024-05-03 10:00" */
static void show_reason(struct buf *out, const struct inbox_line *line)
{
	struct buf text = { 0 };

	buf_view(&text, line->reason);
	buf_text(&text, in(" — ", " - "));
	buf_view(&text, line->reviewer);
	buf_printf(&text, "%s%s", line->reviewer.len != 0 ? in(",", ", ") : "",
		cli_time(line->returned_ms).text);
	buf_printf(out, "%s%s", in("退回理由", "Returned"), in(":", ": "));
	display_escape(out, buf_as_view(&text));
	buf_byte(out, '\n');
	out->failed = out->failed || text.failed;
	buf_clear(&text);
}

static bool each_text(void *ctx, const struct inbox_line *line, struct err *err)
{
	struct listing *listing = ctx;
	struct buf *out = &listing->out;

	buf_text(out, listing->count++ != 0 ? "\n" : "");
	wanted_record(out, listing->node, line->entity, line->id, line->changes,
		line->change_count);
	buf_printf(out, "\n%*s", NOTE_INDENT, "");
	show_reason(out, line);
	buf_printf(out, "%*s%s%s%s%s\n", NOTE_INDENT, "", in("行", "Line"), in(":", ": "),
		line->line, line->own ? "" : in("(由本社区另一台电脑写入)", " (by another computer)"));
	wanted_show(out, listing->node, line->changes, line->change_count,
		(struct wanted_style){ .indent = CHANGE_INDENT });
	return emit_flush(out, err);
}

static bool list_json(struct listing *listing, struct err *err)
{
	emit_begin(&listing->out);
	emit_key(&listing->out, "lines");
	emit_open(&listing->out, '[');
	if (!inbox_each(listing->node, each_json, listing, err)) {
		return false;
	}
	emit_close(&listing->out, ']');
	emit_end(&listing->out);
	return cli_write_take(&listing->out, err);
}

static bool list_text(struct listing *listing, struct err *err)
{
	if (!inbox_each(listing->node, each_text, listing, err) ||
		!terminal_write(buf_as_view(&listing->out), err)) {
		return false;
	}
	if (listing->count == 0) {
		say("没有被退回的改动。", "Nothing was returned.");
	} else {
		say("\n改正后重新发送:linli fix 行 字段=内容    不再发送:linli inbox --done 行",
			"\nTo correct one and send it again: linli fix LINE FIELD=VALUE\n"
			"To put one aside: linli inbox --done LINE");
	}
	return true;
}

struct dismissing {
	struct node *node;
	struct place place;
};

static bool dismiss_it(void *ctx, struct err *err)
{
	struct dismissing *dismissing = ctx;

	return inbox_dismiss(dismissing->node, &dismissing->place, err);
}

static bool dismiss(struct node *node, const struct inbox_options *given, struct err *err)
{
	struct dismissing dismissing = { .node = node };
	bool dry_run = given->common.dry_run;
	struct buf out = { 0 };

	if (!read_line_name(&dismissing.place, given->done, err) ||
		!node_transaction(node, dismiss_it, &dismissing, dry_run, err)) {
		return false;
	}
	if (!given->common.json) {
		say_result(dry_run ? "将放到一边:%s" : "已放到一边,不再发送:%s",
			dry_run ? "Would put aside: %s" : "Put aside, and not sent again: %s",
			given->done);
		return true;
	}
	emit_begin(&out);
	emit_member(&out, "line", given->done);
	emit_member_bool(&out, "done", true);
	emit_member_bool(&out, "dry_run", dry_run);
	emit_end(&out);
	return cli_write_take(&out, err);
}

bool command_inbox(struct invocation *invocation, struct err *err)
{
	const struct inbox_options *given = (const void *)invocation->options;
	struct listing listing = { .count = 0 };
	bool ok;

	if (given->done != NULL) {
		ok = cli_open_writing(&listing.node, invocation, err) &&
			dismiss(listing.node, given, err);
	} else {
		ok = cli_open(&listing.node, invocation, err) &&
			(given->common.json ? list_json(&listing, err) : list_text(&listing, err));
	}
	buf_clear(&listing.out);
	cli_close(listing.node);
	return ok;
}

/* ---- fix ---------------------------------------------------------- */

struct fixing {
	struct node *node;
	const struct invocation *invocation;
	struct place place;
	const struct entity *entity;
	struct record_id id; /* of the record that the returned line is of */
	struct record_id written;
	struct entry entry;
	struct buf reason;
};

static bool is_there(void *ctx, const struct record_view *view, struct err *err)
{
	(void)ctx;
	(void)view;
	(void)err;
	return true;
}

/* Why it came back, for whoever corrects it. */
static bool note_reason(void *ctx, const struct inbox_line *line, struct err *err)
{
	struct fixing *fixing = ctx;

	if (strcmp(line->line, fixing->invocation->words[0]) == 0) {
		show_reason(&fixing->reason, line);
	}
	return buf_ok(&fixing->reason, err);
}

static bool fix_it(void *ctx, struct err *err)
{
	struct fixing *fixing = ctx;
	const struct invocation *invocation = fixing->invocation;
	const struct record_id *id = &fixing->id;
	struct err gone = { 0 };
	size_t i;

	/* A new record that was returned is not there, and nor are its values. */
	if (!records_get(fixing->node, fixing->entity, id, is_there, NULL, &gone)) {
		id = NULL;
	}
	for (i = 1; i < invocation->word_count; i++) {
		if (!entry_word(&fixing->entry, fixing->node, fixing->entity, id,
			    invocation->words[i], err)) {
			return false;
		}
	}
	return inbox_fix(fixing->node, &fixing->place, fixing->entry.list, fixing->entry.count,
		&fixing->written, err);
}

static bool fix_report(struct fixing *fixing, struct err *err)
{
	const struct cli_common *given = cli_common(fixing->invocation);
	const char *label = shown_label(&fixing->entity->label);
	char id[RECORD_ID_TEXT_BYTES];
	struct buf out = { 0 };

	record_id_print(id, fixing->written.bytes, fixing->written.len, fixing->entity->slug_ids);
	if (given->json) {
		emit_begin(&out);
		emit_member(&out, "entity", fixing->entity->name);
		emit_member(&out, "id", id);
		emit_member(&out, "line", fixing->invocation->words[0]);
		emit_member_bool(&out, "dry_run", given->dry_run);
		emit_end(&out);
		return cli_write_take(&out, err);
	}
	if (fixing->reason.len != 0) {
		fixing->reason.data[--fixing->reason.len] = '\0'; /* its newline */
		say("%s", "%s", buf_str(&fixing->reason));
	}
	if (given->dry_run) {
		say_result("可以这样改正:%s %s", "This could be written: %s %s", label, id);
	} else {
		say_result("已改正:%s %s。下次交换时送往区里。",
			"Corrected: %s %s.  It goes to the district at the next exchange.", label,
			id);
	}
	return true;
}

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

bool command_fix(struct invocation *invocation, struct err *err)
{
	struct fixing fixing = { .invocation = invocation };
	bool ok;

	ok = read_line_name(&fixing.place, invocation->words[0], err) &&
		cli_open_writing(&fixing.node, invocation, err) &&
		inbox_find(fixing.node, &fixing.place, &fixing.entity, &fixing.id, err) &&
		inbox_each(fixing.node, note_reason, &fixing, err) &&
		node_transaction(fixing.node, fix_it, &fixing, cli_common(invocation)->dry_run,
			err);
	if (ok) {
		warn(&fixing.entry);
		ok = fix_report(&fixing, err);
	}
	entry_clear(&fixing.entry);
	buf_clear(&fixing.reason);
	cli_close(fixing.node);
	return ok;
}
