/* conflicts.c -- where a rule decided between people, or a person should. */
#include <inttypes.h>

#include "commands.h"
#include "emit.h"
#include "say.h"
#include "shown.h"
#include "wanted.h"

const struct command_option cli_conflicts_options[] = { CLI_OPTION_JSON,
	{ "--open", OPTION_FLAG, offsetof(struct cli_conflicts, open), NULL,
		{ "只列出等人选定的", "only those that wait for a person" } },
	CLI_OPTION_PASSPHRASE, CLI_OPTION_END };

struct listing {
	struct node *node;
	struct buf out;
	bool open_only;
	uint64_t count, hidden; /* shown, and left out by --open */
};

static bool each_json(void *ctx, const struct conflict *conflict, struct err *err)
{
	struct listing *listing = ctx;

	if (!conflict->open && listing->open_only) {
		return true;
	}
	return shown_conflict_json(&listing->out, listing->node, conflict, err) &&
		emit_flush(&listing->out, err);
}

static bool each_text(void *ctx, const struct conflict *conflict, struct err *err)
{
	struct listing *listing = ctx;

	if (!conflict->open && listing->open_only) {
		listing->hidden++;
		return true;
	}
	buf_text(&listing->out, listing->count++ != 0 ? "\n" : "");
	wanted_record(&listing->out, listing->node, conflict->entity, conflict->id, NULL, 0);
	buf_byte(&listing->out, '\n');
	return shown_conflict(&listing->out, listing->node, conflict, err) &&
		buf_ok(&listing->out, err);
}

static bool list_text(struct listing *listing, const struct entity *entity,
	const struct record_id *id, struct err *err)
{
	if (!records_conflicts(listing->node, entity, id, each_text, listing, err) ||
		!terminal_write(buf_as_view(&listing->out), err)) {
		return false;
	}
	if (listing->count == 0 && listing->hidden == 0) {
		say("没有冲突。", "There are no conflicts.");
	} else if (listing->count == 0) {
		say("没有等人选定的冲突;另有 %" PRIu64 " 处已按规则决定。",
			"No conflict waits for a person; %" PRIu64 " were decided by rule.",
			listing->hidden);
	} else {
		say("\n要选定:resolve 记录 编号 字段=内容,或 resolve 记录 编号 字段 --take 行\n"
		    "删除的冲突:resolve 记录 编号 --keep 或 --delete",
			"\nTo choose: resolve ENTITY ID FIELD=VALUE, or resolve ENTITY ID FIELD "
			"--take LINE\nA deletion: resolve ENTITY ID --keep, or --delete");
	}
	return true;
}

static bool list(struct listing *listing, const struct entity *entity, const struct record_id *id,
	bool json, struct err *err)
{
	if (!json) {
		return list_text(listing, entity, id, err);
	}
	emit_begin(&listing->out);
	emit_key(&listing->out, "conflicts");
	emit_open(&listing->out, '[');
	if (!records_conflicts(listing->node, entity, id, each_json, listing, err)) {
		return false;
	}
	emit_close(&listing->out, ']');
	emit_end(&listing->out);
	return cli_write_take(&listing->out, err);
}

bool cli_conflicts(struct invocation *invocation, struct err *err)
{
	const struct cli_conflicts *options = (const void *)invocation->options;
	struct listing listing = { .open_only = options->open };
	const struct entity *entity = NULL;
	struct record_id id;
	bool ok = false;

	if (!cli_open(&listing.node, invocation, err) ||
		(invocation->word_count > 0 &&
			!cli_entity(&entity, listing.node, invocation->words[0], err)) ||
		(invocation->word_count > 1 &&
			!cli_record(&id, listing.node, entity, invocation->words[1], err))) {
		goto out;
	}
	ok = list(&listing, entity, invocation->word_count > 1 ? &id : NULL, options->common.json,
		err);
out:
	buf_clear(&listing.out);
	cli_close(listing.node);
	return ok;
}
