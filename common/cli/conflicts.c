/* conflicts.c -- where a rule decided between people, or a person should. */
#include "commands.h"
#include "display.h"
#include "emit.h"
#include "say.h"
#include "shown.h"

const struct command_option cli_conflicts_options[] = { CLI_OPTION_JSON,
	{ "--open", OPTION_FLAG, offsetof(struct cli_conflicts, open), NULL,
		{ "只列出等人选定的", "only those that wait for a person" } },
	CLI_OPTION_PASSPHRASE, CLI_OPTION_END };

struct listing {
	struct node *node;
	struct buf out;
	bool open_only;
	uint64_t count;
};

static bool each_json(void *ctx, const struct conflict *conflict, struct err *err)
{
	struct listing *listing = ctx;

	if (conflict->open || !listing->open_only) {
		shown_conflict_json(&listing->out, conflict);
	}
	return emit_flush(&listing->out, err);
}

static bool each_text(void *ctx, const struct conflict *conflict, struct err *err)
{
	struct listing *listing = ctx;
	struct buf title = { 0 };

	if (!conflict->open && listing->open_only) {
		return true;
	}
	shown_title(&title, listing->node, conflict->entity, view_of(conflict->id));
	buf_printf(&listing->out, "%s%s ", listing->count++ != 0 ? "\n" : "",
		shown_label(&conflict->entity->label));
	display_escape(&listing->out, buf_as_view(&title));
	buf_printf(&listing->out, " (%s)\n", conflict->id);
	shown_conflict(&listing->out, listing->node, conflict);
	listing->out.failed = listing->out.failed || title.failed;
	buf_clear(&title);
	return buf_ok(&listing->out, err);
}

static bool list(struct listing *listing, const struct entity *entity, const struct record_id *id,
	bool json, struct err *err)
{
	if (!json) {
		if (!records_conflicts(listing->node, entity, id, each_text, listing, err)) {
			return false;
		}
		if (listing->count == 0) {
			say("没有冲突。", "There are no conflicts.");
		}
		return terminal_write(buf_as_view(&listing->out), err);
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
	node_close(listing.node);
	return ok;
}
