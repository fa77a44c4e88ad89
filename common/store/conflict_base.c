/*
 * conflict_base.c -- what a field held before people changed it without
 * knowing of each other.
 */
#include <stdlib.h>

#include "chain_lines.h"
#include "line.h"
#include "linli/review.h"

/* The lines a conflict is between, where they stand. */
struct contest {
	struct node *node;
	struct merge_world world;
	struct merge_origin *values;
	size_t count;
};

static bool find_values(struct contest *contest, const struct conflict *conflict, struct err *err)
{
	size_t i;

	contest->values = calloc(conflict->value_count + 1, sizeof(*contest->values));
	if (contest->values == NULL) {
		return err_nomem(err);
	}
	for (i = 0; i < conflict->value_count; i++) {
		const struct chain *chain;
		struct place place;

		if (!place_parse(&place, view_of(conflict->values[i].line))) {
			continue;
		}
		chain = chain_find(contest->node, &place.chain);
		if (chain != NULL) {
			contest->values[contest->count++] = (struct merge_origin){
				.chain = chain->number, .seq = place.seq, .n = place.n };
		}
	}
	return true;
}

/* Had whoever made ${later} merged ${earlier}? */
static bool had_seen(struct contest *contest, const struct merge_origin *later,
	const struct merge_origin *earlier)
{
	const struct merge_world *world = &contest->world;

	if (later->chain == earlier->chain) {
		return earlier->seq < later->seq ||
			(earlier->seq == later->seq && earlier->n < later->n);
	}
	return world->seen_upto(world->ctx, later->chain, later->seq, earlier->chain) >=
		earlier->seq;
}

static bool all_had_seen(struct contest *contest, const struct merge_origin *line)
{
	size_t i;

	for (i = 0; i < contest->count; i++) {
		if (!had_seen(contest, &contest->values[i], line)) {
			return false;
		}
	}
	return contest->count != 0;
}

/* Fold into ${base} those lines of ${record} that all had seen. */
static bool fold_base(struct contest *contest, struct record *base, const struct record *record,
	struct arena *arena, struct err *err)
{
	struct line_reader reader = { .node = contest->node };
	struct merge_origin origin;
	struct view text, kept;
	struct line line;
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < record_line_count(record); i++) {
		record_line(record, i, &origin);
		if (!all_had_seen(contest, &origin)) {
			continue;
		}
		ok = line_reader_get(&reader, &origin, &text, err);
		kept = ok ? arena_copy(arena, text) : text;
		if (ok && kept.data == NULL) {
			ok = err_nomem(err);
		}
		ok = ok && line_parse(&line, arena, kept, err) &&
			record_apply(base, &origin, &line, &contest->world, err);
	}
	line_reader_clear(&reader);
	return ok && world_ok(contest->node, err);
}

/* Whose record it is by its id; for rule owner.  "" if that is not known. */
static const char *owner_of(struct node *node, const struct conflict *conflict)
{
	struct device_id device;
	struct record_id id;
	uint32_t incarnation;

	if (!record_id_parse(&id, view_of(conflict->id), conflict->entity->slug_ids) ||
		conflict->entity->slug_ids ||
		!record_id_origin(id.bytes, id.len, &device, &incarnation)) {
		return "";
	}
	return device_community(node, device);
}

bool conflict_base(struct node *node, const struct conflict *conflict, struct arena *arena,
	struct value *out, struct err *err)
{
	struct contest contest = { .node = node, .world = node_world(node) };
	const struct table *table = node_table(node, view_of(conflict->entity->name));
	struct record *base = NULL;
	bool ok = false;

	*out = (struct value){ VALUE_NULL, 0, { NULL, 0 } };
	if (conflict->field == NULL || table == NULL) {
		return true;
	}
	base = record_new();
	if (base == NULL) {
		err_nomem(err);
		goto out;
	}
	record_reset(base, table->entity);
	contest.world.community = owner_of(node, conflict);
	if (!find_values(&contest, conflict, err) ||
		!fold_base(&contest, base, table->record, arena, err)) {
		goto out;
	}
	*out = *record_value(base, conflict->field);
	if (out->kind == VALUE_TEXT) {
		out->text = arena_copy(arena, out->text);
		if (out->text.data == NULL) {
			err_nomem(err);
			goto out;
		}
	}
	ok = true;
out:
	record_free(base);
	free(contest.values);
	return ok;
}
