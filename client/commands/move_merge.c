/* move_merge.c -- merge: two records of the same thing become one. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emit.h"
#include "linli/chains.h"
#include "linli/move.h"
#include "move.h"
#include "say.h"
#include "shown.h"

const struct command_option merge_options[] = { CLI_OPTION_JSON, CLI_OPTION_DRY_RUN,
	{ "--into", OPTION_VALUE, offsetof(struct merge_options, into), "ID2",
		{ "留下的一条", "the record that stays" } },
	CLI_OPTION_PASSPHRASE, CLI_OPTION_END };

struct merging {
	struct node *node;
	const struct merge_options *options;
	const struct entity *entity;
	struct record_id from, into;
	struct merge_counts counts;
	struct buf before; /* places of the drafts that were there, "\n<place>\n" */
	struct buf lines;  /* what is written, for the person or as JSON */
	uint64_t line_count;
};

static bool note_draft(void *ctx, const char *place, struct view line, struct err *err)
{
	struct merging *merging = ctx;

	(void)line;
	buf_printf(&merging->before, "\n%s\n", place);
	return buf_ok(&merging->before, err);
}

static bool show_draft(void *ctx, const char *place, struct view line, struct err *err)
{
	struct merging *merging = ctx;
	struct buf *out = &merging->lines;
	char name[LINE_NAME_TEXT_BYTES + 3];

	snprintf(name, sizeof(name), "\n%s\n", place);
	if (strstr(buf_str(&merging->before), name) != NULL) {
		return true;
	}
	merging->line_count++;
	if (merging->options->common.json) {
		emit_raw(out, line);
	} else {
		buf_text(out, "  ");
		shown_subject(out, merging->node, line);
		shown_change(out, merging->node, line);
		buf_byte(out, '\n');
	}
	return buf_ok(out, err);
}

static bool merge_body(void *ctx, struct err *err)
{
	struct merging *merging = ctx;

	emit_open(&merging->lines, '[');
	return outbox_each_draft(merging->node, note_draft, merging, err) &&
		records_merge(merging->node, merging->entity, &merging->from, &merging->into,
			&merging->counts, err) &&
		outbox_each_draft(merging->node, show_draft, merging, err);
}

static bool report_json(struct merging *merging, const char *from, const char *into,
	struct err *err)
{
	const struct merge_counts *counts = &merging->counts;
	struct buf out = { 0 };

	emit_close(&merging->lines, ']');
	emit_begin(&out);
	emit_member(&out, "entity", merging->entity->name);
	emit_member(&out, "from", from);
	emit_member(&out, "into", into);
	emit_member_integer(&out, "filled", (int64_t)counts->filled);
	emit_member_integer(&out, "different", (int64_t)counts->different);
	emit_member_integer(&out, "references", (int64_t)counts->references);
	emit_member_integer(&out, "others", (int64_t)counts->others);
	emit_member_bool(&out, "dry_run", merging->options->common.dry_run);
	emit_key(&out, "lines");
	emit_raw(&out, buf_as_view(&merging->lines));
	emit_end(&out);
	return cli_write_take(&out, err);
}

static bool report(struct merging *merging, struct err *err)
{
	const struct merge_counts *counts = &merging->counts;
	char from[RECORD_ID_TEXT_BYTES], into[RECORD_ID_TEXT_BYTES];

	record_id_print(from, merging->from.bytes, merging->from.len, merging->entity->slug_ids);
	record_id_print(into, merging->into.bytes, merging->into.len, merging->entity->slug_ids);
	if (merging->options->common.json) {
		return report_json(merging, from, into, err);
	}
	if (merging->options->common.dry_run) {
		say("将把 %s 并入 %s,写入:", "Would merge %s into %s, writing:", from, into);
		/* After the bracket that JSON would begin with. */
		if (!terminal_write((struct view){ buf_str(&merging->lines) + 1,
					    merging->lines.len - 1 },
			    err)) {
			return false;
		}
	} else {
		say_result("已把 %s 并入 %s。", "Merged %s into %s.", from, into);
	}
	say("补上 %zu 项,改了 %zu 处引用。", "%zu fields filled, %zu references led on.",
		counts->filled, counts->references);
	if (counts->different != 0) {
		say("有 %zu 项两边不同,保留了留下的一条的内容。",
			"%zu fields differ; those of the record that stays were kept.",
			counts->different);
	}
	if (counts->others != 0) {
		say("另有 %zu 条别处的记录仍引用原来的一条。",
			"%zu records of others still refer to the duplicate.", counts->others);
	}
	return true;
}

bool command_merge(struct invocation *invocation, struct err *err)
{
	struct merging merging = { .options = (const void *)invocation->options };
	bool ok;

	if (merging.options->into == NULL) {
		return err_set(err, ERR_USAGE, "%s",
			terminal_chinese() ? "请用 --into 写明留下的一条"
					   : "name the record that stays with --into");
	}
	ok = cli_open_writing(&merging.node, invocation, err) &&
		cli_entity(&merging.entity, merging.node, invocation->words[0], err) &&
		cli_record(&merging.from, merging.node, merging.entity, invocation->words[1],
			err) &&
		cli_record(&merging.into, merging.node, merging.entity, merging.options->into,
			err) &&
		node_transaction(merging.node, merge_body, &merging,
			merging.options->common.dry_run, err) &&
		report(&merging, err);
	buf_clear(&merging.before);
	buf_clear(&merging.lines);
	cli_close(merging.node);
	return ok;
}
