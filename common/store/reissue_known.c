/* reissue_known.c -- what own bundles say already is not issued again; see reissue.h. */
#include <stdlib.h>
#include <string.h>

#include "reissue.h"

#define SIGNED_SLACK_S (24 * 3600) /* a clock may be ahead, and be set right before signing */

/* A line of an own bundle. */
struct signed_line {
	int64_t t;
	struct merge_origin origin;
};

/* Are the lines those of bundle ${seq} of ${chain} itself? */
static bool not_asked(const struct reissue *reissue, uint32_t chain, uint32_t seq)
{
	const struct loose_line *lines;
	size_t i, count;

	lines = reissue_lines(reissue, &count);
	for (i = 0; reissue->standing && i < count; i++) {
		if (lines[i].place.chain == chain && lines[i].place.seq == seq) {
			return true;
		}
	}
	return false;
}

static bool gather_bundle(struct node *node, const struct chain *chain, uint32_t seq,
	struct buf *out, struct err *err)
{
	struct signed_line one = { .origin = { chain->number, seq, 0, chain->name.scope.kind } };
	struct buf changes = { 0 };
	uint8_t leaf[SHA256_BYTES];
	struct cursor cursor;
	bool ok = chain_changes(node, chain, seq, &changes, err);

	cursor = cursor_of(changes.data, changes.len);
	while (ok && cursor_left(&cursor) != 0) {
		struct view text = cursor_until(&cursor, '\n');
		struct line line;

		one.origin.n++;
		if (bundle_line_erased(text, leaf)) {
			continue;
		}
		arena_reset(&node->arena);
		ok = line_parse(&line, &node->arena, text, err);
		one.t = line.t;
		buf_add(out, &one, sizeof(one));
	}
	buf_clear(&changes);
	return ok && buf_ok(out, err);
}

/* The own bundles signed at ${since_s} or later. */
static bool own_bundles(struct node *node, int64_t since_s, struct buf *out, struct err *err)
{
	struct stmt *stmt = db_prepare(node->db,
		"SELECT seq FROM slot WHERE chain = ?1 AND made_s >= ?2 ORDER BY seq");
	uint32_t pair[2];
	bool row;
	size_t i;

	for (i = 0; i < node->chain_count; i++) {
		const struct chain *chain = &node->chains[i];

		if (!device_id_equal(chain->name.device, node->device) || chain->head == 0) {
			continue;
		}
		stmt_int_at(stmt, 1, chain->number);
		stmt_int_at(stmt, 2, since_s);
		do {
			if (!stmt_step(stmt, &row, err)) {
				return false;
			}
			pair[0] = chain->number;
			pair[1] = row ? (uint32_t)stmt_get_int(stmt, 0) : 0;
			if (row) {
				buf_add(out, pair, sizeof(pair));
			}
		} while (row);
	}
	return buf_ok(out, err);
}

static int by_t(const void *a, const void *b)
{
	const struct signed_line *x = a, *y = b;

	return (x->t > y->t) - (x->t < y->t);
}

/* The lines of own bundles that could be those that are to be issued again. */
static bool gather_signed(struct reissue *reissue, struct buf *out, struct err *err)
{
	const struct loose_line *lines;
	int64_t earliest = INT64_MAX;
	struct buf places = { 0 };
	uint32_t pair[2];
	size_t i, count, at;
	bool ok;

	lines = reissue_lines(reissue, &count);
	for (i = 0; i < count; i++) {
		earliest = lines[i].t < earliest ? lines[i].t : earliest;
	}
	ok = own_bundles(reissue->node, earliest / 1000000 - SIGNED_SLACK_S, &places, err);
	for (at = 0; ok && at < places.len; at += sizeof(pair)) {
		memcpy(pair, places.data + at, sizeof(pair));
		ok = not_asked(reissue, pair[0], pair[1]) ||
			gather_bundle(reissue->node, chain_by_number(reissue->node, pair[0]),
				pair[1], out, err);
	}
	buf_clear(&places);
	if (ok && out->len != 0) {
		qsort(out->data, out->len / sizeof(struct signed_line), sizeof(struct signed_line),
			by_t);
	}
	return ok;
}

/* Do both say the same of a record, by whatever ids they call it and others? */
static bool same_edit(const struct entity *entity, const struct line *a, const struct line *b)
{
	size_t i;

	if (a->t != b->t || !view_equal(a->entity, b->entity) || a->has_del != b->has_del ||
		a->del != b->del || a->change_count != b->change_count) {
		return false;
	}
	for (i = 0; i < a->change_count; i++) {
		const struct change *x = &a->changes[i], *y = &b->changes[i];
		const struct field *field = entity_field(entity, x->field);

		if (x->op != y->op || !view_equal(x->field, y->field) ||
			((field == NULL || field->type != FIELD_REFERENCE) &&
				!value_equal(&x->value, &y->value))) {
			return false;
		}
	}
	return true;
}

/* What ${from} calls its record is called as in ${to} now. */
static bool adopt_id(struct reissue *reissue, const struct entity *entity, const struct line *from,
	const struct line *to, struct err *err)
{
	struct renamed renamed = { .entity = entity };

	if (view_equal(from->id, to->id) || entity->slug_ids ||
		!record_id_parse(&renamed.from, from->id, false) ||
		!record_id_parse(&renamed.to, to->id, false) ||
		reissue_renamed(reissue, entity, &renamed.from) != NULL) {
		return true;
	}
	reissue->renumbered--; /* it had that id before */
	return reissue_keep_name(reissue, &renamed, err);
}

/* Is ${loose} among ${list}, of the same scope?  Then *there. */
static bool look_up(struct reissue *reissue, const struct loose_line *loose,
	struct line_reader *reader, const struct buf *list, bool *there, struct err *err)
{
	const struct signed_line key = { .t = loose->t };
	const struct signed_line *first = (const struct signed_line *)(const void *)list->data;
	size_t count = list->len / sizeof(key), low = 0, high = count;
	struct node *node = reissue->node;
	const struct entity *entity;
	struct line ours, theirs;
	struct view text;

	*there = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_t(&first[middle], &key) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	if (low == count || first[low].t != loose->t) {
		return true;
	}
	if (!reissue_parse(reissue, loose, &ours, err)) {
		return false;
	}
	entity = model_entity(node->model, ours.entity);
	for (; entity != NULL && !*there && low < count && first[low].t == loose->t; low++) {
		if (!scope_equal(&chain_by_number(node, first[low].origin.chain)->name.scope,
			    &chain_by_number(node, loose->place.chain)->name.scope)) {
			continue;
		}
		arena_reset(&node->arena);
		if (!line_reader_get(reader, &first[low].origin, &text, err) ||
			!line_parse(&theirs, &node->arena, text, err)) {
			return false;
		}
		*there = same_edit(entity, &ours, &theirs);
		if (*there && !adopt_id(reissue, entity, &ours, &theirs, err)) {
			return false;
		}
	}
	return true;
}

bool reissue_drop_known(struct reissue *reissue, struct err *err)
{
	struct line_reader reader = { .node = reissue->node };
	struct loose_line *lines;
	struct buf list = { 0 };
	size_t i, count, kept = 0;
	bool ok, there;

	lines = reissue_lines(reissue, &count);
	ok = count == 0 || gather_signed(reissue, &list, err);
	for (i = 0; ok && list.len != 0 && i < count; i++) {
		ok = look_up(reissue, &lines[i], &reader, &list, &there, err);
		if (ok && !there) {
			lines[kept++] = lines[i];
		}
	}
	if (ok && list.len != 0) {
		reissue->lines.len = kept * sizeof(*lines);
	}
	line_reader_clear(&reader);
	buf_clear(&list);
	return ok;
}
