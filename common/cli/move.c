/* move.c -- moves of records between communities: the list, and a record's own. */
#include "story.h"

#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "display.h"
#include "emit.h"
#include "linli/move.h"
#include "say.h"
#include "shown.h"

static const char *in(const char *zh, const char *en)
{
	return terminal_chinese() ? zh : en;
}

static const char *state_text(enum move_state state)
{
	switch (state) {
	case MOVE_OFFERED:
		return in("已提出,待接收", "offered, to be taken");
	case MOVE_TAKEN:
		return in("已接收,待区里确认", "taken, to be confirmed");
	case MOVE_DONE:
		break;
	}
	return in("已转", "moved");
}

/* ---- one record's -------------------------------------------------- */

struct story {
	struct node *node;
	const struct entity *entity;
	char id[RECORD_ID_TEXT_BYTES];
	struct buf *out;
	bool json;
};

static struct story story_of(struct buf *out, struct node *node, const struct entity *entity,
	const struct record_id *id, bool json)
{
	struct story story = { .node = node, .entity = entity, .out = out, .json = json };

	record_id_print(story.id, id->bytes, id->len, entity->slug_ids);
	return story;
}

static void move_json(struct buf *out, const struct move *move)
{
	emit_member_integer(out, "number", move->number);
	emit_member(out, "from", move->giver[0] != '\0' ? move->giver : NULL);
	emit_member(out, "to", move->taker);
	emit_member(out, "state", move_state_name(move->state));
}

/* "知足弄社区 → 望澜府社区" */
static void move_text(struct buf *out, struct node *node, const struct move *move)
{
	struct buf text = { 0 };

	if (move->giver[0] != '\0') {
		shown_community(&text, node, move->giver);
		buf_byte(&text, ' ');
	}
	buf_text(&text, "→ ");
	shown_community(&text, node, move->taker);
	display_escape(out, buf_as_view(&text));
	buf_printf(out, terminal_chinese() ? "(%s)" : " (%s)", state_text(move->state));
	out->failed = out->failed || text.failed;
	buf_clear(&text);
}

static bool tell_move(void *ctx, const struct move *move, struct err *err)
{
	const struct story *story = ctx;

	if (strcmp(move->entity->name, story->entity->name) != 0 ||
		strcmp(move->id, story->id) != 0) {
		return true;
	}
	if (story->json) {
		emit_open(story->out, '{');
		move_json(story->out, move);
		emit_close(story->out, '}');
	} else {
		buf_text(story->out, in("转交:", "Move: "));
		move_text(story->out, story->node, move);
		buf_byte(story->out, '\n');
	}
	return buf_ok(story->out, err);
}

static bool tell_handed(void *ctx, const struct handed_line *line, struct err *err)
{
	const struct story *story = ctx;
	struct buf who = { 0 };

	if (story->json) {
		emit_open(story->out, '{');
		emit_member(story->out, "line", line->line);
		emit_member(story->out, "from", line->giver);
		emit_key(story->out, "change");
		emit_raw(story->out, line->text);
		emit_close(story->out, '}');
		return buf_ok(story->out, err);
	}
	shown_community(&who, story->node, line->giver);
	buf_text(story->out, in("由 ", "Handed over by "));
	display_escape(story->out, buf_as_view(&who));
	buf_printf(story->out, "%s  %s\n    ", in(" 移交,签名已核对", ", verified"), line->line);
	shown_change(story->out, story->node, line->text);
	buf_byte(story->out, '\n');
	story->out->failed = story->out->failed || who.failed;
	buf_clear(&who);
	return buf_ok(story->out, err);
}

bool story_json(struct buf *out, struct node *node, const struct entity *entity,
	const struct record_id *id, struct err *err)
{
	struct story story = story_of(out, node, entity, id, true);
	char text[RECORD_ID_TEXT_BYTES];
	struct record_id into;

	emit_key(out, "moves");
	emit_open(out, '[');
	if (!move_each(node, tell_move, &story, err)) {
		return false;
	}
	emit_close(out, ']');
	if (records_merged_into(node, entity, id, &into)) {
		record_id_print(text, into.bytes, into.len, entity->slug_ids);
		emit_member(out, "merged_into", text);
	} else {
		emit_member_null(out, "merged_into");
	}
	emit_key(out, "handed_over");
	emit_open(out, '[');
	if (!handover_each(node, entity, id, tell_handed, &story, err)) {
		return false;
	}
	emit_close(out, ']');
	return buf_ok(out, err);
}

bool story_text(struct buf *out, struct node *node, const struct entity *entity,
	const struct record_id *id, struct err *err)
{
	struct story story = story_of(out, node, entity, id, false);
	char text[RECORD_ID_TEXT_BYTES];
	struct record_id into;

	if (records_merged_into(node, entity, id, &into)) {
		record_id_print(text, into.bytes, into.len, entity->slug_ids);
		buf_printf(out, "%s%s\n", in("已并入:", "Merged into: "), text);
	}
	return move_each(node, tell_move, &story, err) &&
		handover_each(node, entity, id, tell_handed, &story, err);
}

/* ---- the list ------------------------------------------------------ */

struct listing {
	struct node *node;
	struct buf out;
	uint64_t count;
	bool json;
};

static bool list_one(void *ctx, const struct move *move, struct err *err)
{
	struct listing *listing = ctx;
	struct buf title = { 0 };

	listing->count++;
	if (listing->json) {
		emit_open(&listing->out, '{');
		emit_member(&listing->out, "entity", move->entity->name);
		emit_member(&listing->out, "id", move->id);
		move_json(&listing->out, move);
		emit_close(&listing->out, '}');
		return emit_flush(&listing->out, err);
	}
	shown_title(&title, listing->node, move->entity, view_of(move->id));
	buf_printf(&listing->out, "%s ", shown_label(&move->entity->label));
	display_escape(&listing->out, buf_as_view(&title));
	buf_printf(&listing->out, " (%s)\n    ", move->id);
	move_text(&listing->out, listing->node, move);
	buf_byte(&listing->out, '\n');
	listing->out.failed = listing->out.failed || title.failed;
	buf_clear(&title);
	return emit_flush(&listing->out, err);
}

static bool list_all(struct listing *listing, struct err *err)
{
	if (listing->json) {
		emit_begin(&listing->out);
		emit_key(&listing->out, "moves");
		emit_open(&listing->out, '[');
	}
	if (!move_each(listing->node, list_one, listing, err)) {
		return false;
	}
	if (listing->json) {
		emit_close(&listing->out, ']');
		emit_end(&listing->out);
		return cli_write_take(&listing->out, err);
	}
	if (listing->count == 0) {
		say("没有转交。", "There are no moves.");
	}
	return terminal_write(buf_as_view(&listing->out), err);
}

bool cli_moves(struct invocation *invocation, struct err *err)
{
	struct listing listing = { .json = cli_common(invocation)->json };
	bool ok = cli_open(&listing.node, invocation, err) && list_all(&listing, err);

	buf_clear(&listing.out);
	cli_close(listing.node);
	return ok;
}
