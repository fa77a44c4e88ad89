/* reissue.c -- own lines are taken from their places and written anew; see reissue.h. */
#include <stdlib.h>
#include <string.h>

#include "hold.h"
#include "reissue.h"

void reissue_clear(struct reissue *reissue)
{
	buf_clear(&reissue->text);
	buf_clear(&reissue->lines);
	buf_clear(&reissue->renamed);
	buf_clear(&reissue->sources);
	arena_clear(&reissue->arena);
}

struct loose_line *reissue_lines(const struct reissue *reissue, size_t *count)
{
	*count = reissue->lines.len / sizeof(struct loose_line);
	return (struct loose_line *)(void *)reissue->lines.data;
}

struct view reissue_text(const struct reissue *reissue, const struct loose_line *loose)
{
	return (struct view){ (const char *)reissue->text.data + loose->at, loose->len };
}

bool reissue_parse(struct reissue *reissue, const struct loose_line *loose, struct line *line,
	struct err *err)
{
	arena_reset(&reissue->arena);
	return line_parse(line, &reissue->arena, reissue_text(reissue, loose), err);
}

bool reissue_add(struct reissue *reissue, const struct loose_place *place, struct view changes,
	struct err *err)
{
	const struct chain *chain = chain_by_number(reissue->node, place->chain);
	struct cursor cursor = cursor_of(changes.data, changes.len);
	struct loose_line loose = { .place = *place, .scope = chain->name.scope.kind };
	uint8_t leaf[SHA256_BYTES];

	while (cursor_left(&cursor) != 0) {
		struct view text = cursor_until(&cursor, '\n');
		struct line line;

		arena_reset(&reissue->arena);
		if (bundle_line_erased(text, leaf)) {
			loose.place.first++;
			continue;
		}
		if (!line_parse(&line, &reissue->arena, text, err)) {
			return false;
		}
		loose.t = line.t;
		loose.at = reissue->text.len;
		loose.len = text.len;
		buf_view(&reissue->text, text);
		buf_add(&reissue->lines, &loose, sizeof(loose));
		loose.place.first++;
	}
	return buf_ok(&reissue->text, err) && buf_ok(&reissue->lines, err);
}

/* ---- out of their records ------------------------------------------ */

/* Nothing is held, and nothing is waited for, at the line's place any more. */
static bool forget_held(struct node *node, const struct loose_place *place, struct err *err)
{
	struct stmt *held = db_prepare(node->db,
		"DELETE FROM held WHERE chain = ?1 AND seq = ?2 AND n = ?3");
	struct stmt *refers = db_prepare(node->db,
		"DELETE FROM refers WHERE chain = ?1 AND seq = ?2 AND n = ?3");

	stmt_int_at(held, 1, place->chain);
	stmt_int_at(held, 2, place->seq);
	stmt_int_at(held, 3, place->first);
	stmt_int_at(refers, 1, place->chain);
	stmt_int_at(refers, 2, place->seq);
	stmt_int_at(refers, 3, place->first);
	return stmt_run(held, err) && stmt_run(refers, err);
}

static bool unmerge(struct reissue *reissue, const struct loose_line *loose, struct err *err)
{
	struct node *node = reissue->node;
	struct merge_origin origin = { loose->place.chain, loose->place.seq, loose->place.first,
		loose->scope };
	const struct entity *entity;
	struct record_id id;
	struct line line;

	if (!reissue_parse(reissue, loose, &line, err) || !forget_held(node, &loose->place, err)) {
		return false;
	}
	entity = model_entity(node->model, line.entity);
	arena_reset(&node->arena);
	return entity == NULL || !record_id_parse(&id, line.id, entity->slug_ids) ||
		unmerge_line(node, &origin, entity, &id, err);
}

bool reissue_unmerge(struct reissue *reissue, struct err *err)
{
	struct loose_line *lines;
	size_t i, count;

	lines = reissue_lines(reissue, &count);
	/* The last first: the fewest lines are folded again. */
	for (i = count; i > 0; i--) {
		if (!unmerge(reissue, &lines[i - 1], err)) {
			return false;
		}
	}
	return true;
}

/* ---- written anew -------------------------------------------------- */

static bool write_line(struct reissue *reissue, const struct loose_line *loose,
	struct err *err)
{
	struct node *node = reissue->node;
	struct scope scope = chain_by_number(node, loose->place.chain)->name.scope;
	const struct entity *entity;
	struct chain *target;
	struct line line;

	if (!reissue_parse(reissue, loose, &line, err)) {
		return false;
	}
	entity = model_entity(node->model, line.entity);
	if (entity == NULL) {
		return err_set(err, ERR_MODEL, "the model has no such entity any more");
	}
	line.has_salt = false;
	arena_reset(&node->arena);
	return reissue_rename(reissue, entity, &line, err) && chain_own(node, &scope, &target, err) &&
		reissue_begin(reissue, target, &loose->place, err) &&
		capture_line(node, &line, &scope, err) &&
		chain_own(node, &scope, &target, err) &&
		reissue_keep(reissue, loose, target, err);
}

/* Did the node fail, so that no other line would fare better? */
static bool own_failure(enum err_code code)
{
	return code == ERR_NOMEM || code == ERR_IO || code == ERR_DISK_FULL || code == ERR_BUSY ||
		code == ERR_STORE || code == ERR_INTERNAL;
}

static bool try_line(struct reissue *reissue, const struct loose_line *loose,
	struct err *err)
{
	struct node *node = reissue->node;
	bool ok;

	if (!node_begin(node, err)) {
		return false;
	}
	node->reissuing = true;
	ok = write_line(reissue, loose, err);
	node->reissuing = false;
	if (ok) {
		reissue->written++;
		return node_commit(node, err);
	}
	node_abort(node);
	reissue->left++;
	reissue->sources.len = 0; /* what was begun has gone with it */
	return !own_failure(err->code) && node_refresh(node, err);
}

/* Of one edit the lines have one clock and stand in the order of their scopes. */
static int in_order(const void *a, const void *b)
{
	const struct loose_line *x = a, *y = b;

	if (x->t != y->t) {
		return x->t < y->t ? -1 : 1;
	}
	if (x->scope != y->scope) {
		return x->scope < y->scope ? -1 : 1;
	}
	if (x->place.chain != y->place.chain) {
		return x->place.chain < y->place.chain ? -1 : 1;
	}
	if (x->place.seq != y->place.seq) {
		return x->place.seq < y->place.seq ? -1 : 1;
	}
	return (x->place.first > y->place.first) - (x->place.first < y->place.first);
}

bool reissue_write(struct reissue *reissue, struct err *err)
{
	struct node *node = reissue->node;
	struct loose_line *lines;
	size_t i, count;

	if (!reissue_load_names(reissue, err) || !reissue_drop_known(reissue, err)) {
		return false;
	}
	lines = reissue_lines(reissue, &count);
	if (count > 1) {
		qsort(lines, count, sizeof(*lines), in_order);
	}
	for (i = 0; i < count; i++) {
		if (!reissue_name_if_gone(reissue, &lines[i], err)) {
			return false;
		}
	}
	for (i = 0; i < count; i++) {
		if (!try_line(reissue, &lines[i], err)) {
			return false;
		}
	}
	node->trust_changed = true; /* records of devices may have come and gone */
	return devices_settle(node, err);
}
