/*
 * statement_causes.c -- see statement_causes.h.
 *
 * A bundle beyond the heads counts with the entities of its lines; a verdict
 * beyond them stands for the bundle that it judges, with the entity of the
 * judged line.
 */
#include "statement_causes.h"

#include <stdlib.h>
#include <string.h>

#include "line.h"
#include "query.h"

#define VERDICT_ENTITY "verdict"
#define VERDICT_LINE_FIELD "line"

/* A bundle and one entity that it touched. */
struct cause {
	char bundle[LINE_NAME_TEXT_BYTES];
	size_t community; /* in the roster; roster.count: the district's */
	size_t entity;    /* entity->index */
};

struct causes {
	struct node *node;
	const struct model *model;
	struct roster roster;
	struct arena arena; /* of lines being read */
	struct buf list;    /* of struct cause, sorted, each once */
	struct buf names;   /* of const char *: the answer */

	/* While reading: */
	const struct statement_file *file;
	struct buf fresh;    /* of struct place: bundles beyond the heads */
	struct buf judged;   /* of struct place: lines that verdicts are about */
	struct place bundle; /* being read */
	const char *community;
	uint32_t only;       /* a line of it; 0: all */
};

static const struct head *stated_head(const struct statement_file *file,
	const struct chain_name *chain)
{
	size_t low = 0, high = file->head_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = chain_name_compare(chain, &file->heads[middle].chain);

		if (order == 0) {
			return &file->heads[middle];
		}
		if (order < 0) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	return NULL;
}

static bool note_fresh(void *ctx, const struct head *head, struct err *err)
{
	struct causes *causes = ctx;
	const struct head *stated = stated_head(causes->file, &head->chain);
	struct place place = { .chain = head->chain };

	for (place.seq = (stated != NULL ? stated->seq : 0) + 1; place.seq <= head->seq;
		place.seq++) {
		buf_add(&causes->fresh, &place, sizeof(place));
	}
	return buf_ok(&causes->fresh, err);
}

static void note_verdict(struct causes *causes, const struct line *line)
{
	struct place place;
	size_t i;

	for (i = 0; i < line->change_count; i++) {
		const struct change *change = &line->changes[i];

		if (change->op == LINE_PUT && view_is(change->field, VERDICT_LINE_FIELD) &&
			change->value.kind == VALUE_TEXT &&
			place_parse(&place, change->value.text)) {
			buf_add(&causes->judged, &place, sizeof(place));
		}
	}
}

static bool note_line(void *ctx, uint32_t n, struct view text, struct err *err)
{
	struct causes *causes = ctx;
	struct cause cause;
	const struct entity *entity;
	struct line line;

	arena_reset(&causes->arena);
	/* What was erased counts for nothing here: it is of no district's scope. */
	if ((causes->only != 0 && n != causes->only) || text.len == 0 || text.data[0] != '{') {
		return true;
	}
	if (!line_parse(&line, &causes->arena, text, err)) {
		return false;
	}
	entity = model_entity(causes->model, line.entity);
	if (entity == NULL) {
		return true;
	}
	if (strcmp(entity->name, VERDICT_ENTITY) == 0) {
		note_verdict(causes, &line);
		return buf_ok(&causes->judged, err);
	}
	memset(&cause, 0, sizeof(cause));
	place_print(cause.bundle, &causes->bundle);
	cause.community = roster_find(&causes->roster, causes->community);
	cause.entity = entity->index;
	buf_add(&causes->list, &cause, sizeof(cause));
	return buf_ok(&causes->list, err);
}

/* The lines of ${place}, or the one. */
static bool look_into(struct causes *causes, const struct place *place, struct err *err)
{
	struct bundle_info info;

	causes->only = place->n;
	causes->bundle = *place;
	causes->bundle.n = 0;
	if (!chains_show(causes->node, &causes->bundle, &info, NULL, NULL, err)) {
		return false;
	}
	causes->community = info.community;
	return chains_show(causes->node, &causes->bundle, &info, note_line, causes, err);
}

/* A change of the district's own that is not signed yet counts as where it will be signed. */
static bool note_draft(void *ctx, const char *name, struct view text, struct err *err)
{
	struct causes *causes = ctx;
	struct place place;

	if (!place_parse(&place, view_of(name))) {
		return err_set(err, ERR_INTERNAL, "a draft at %s", name);
	}
	causes->only = 0;
	causes->bundle = place;
	causes->bundle.n = 0;
	causes->community = node_community(causes->node);
	return note_line(causes, place.n, text, err);
}

static int by_cause(const void *a, const void *b)
{
	const struct cause *x = a, *y = b;
	int order = strcmp(x->bundle, y->bundle);

	if (order != 0) {
		return order;
	}
	return x->entity != y->entity ? (x->entity < y->entity ? -1 : 1) : 0;
}

static void sort_once(struct buf *list)
{
	struct cause *causes = (struct cause *)(void *)list->data;
	size_t i, kept = 0, count = list->len / sizeof(*causes);

	if (count != 0) {
		qsort(causes, count, sizeof(*causes), by_cause);
	}
	for (i = 0; i < count; i++) {
		if (kept == 0 || by_cause(&causes[kept - 1], &causes[i]) != 0) {
			causes[kept++] = causes[i];
		}
	}
	list->len = kept * sizeof(*causes);
}

static bool read_all(struct causes *causes, struct err *err)
{
	struct place place;
	size_t i;

	if (!roster_load(&causes->roster, causes->node, err) ||
		!chains_each(causes->node, note_fresh, causes, err) ||
		!outbox_each_draft(causes->node, note_draft, causes, err)) {
		return false;
	}
	for (i = 0; i < causes->fresh.len; i += sizeof(place)) {
		memcpy(&place, causes->fresh.data + i, sizeof(place));
		if (!look_into(causes, &place, err)) {
			return false;
		}
	}
	for (i = 0; i < causes->judged.len; i += sizeof(place)) {
		memcpy(&place, causes->judged.data + i, sizeof(place));
		if (!look_into(causes, &place, err)) {
			return false;
		}
	}
	sort_once(&causes->list);
	return true;
}

bool causes_read(struct causes **out, struct node *node, const struct statement_file *file,
	struct err *err)
{
	struct causes *causes = calloc(1, sizeof(*causes));

	*out = NULL;
	if (causes == NULL) {
		return err_nomem(err);
	}
	causes->node = node;
	causes->model = node_model(node);
	causes->file = file;
	if (!read_all(causes, err)) {
		causes_free(causes);
		return false;
	}
	*out = causes;
	return true;
}

void causes_free(struct causes *causes)
{
	if (causes == NULL) {
		return;
	}
	roster_clear(&causes->roster);
	arena_clear(&causes->arena);
	buf_clear(&causes->list);
	buf_clear(&causes->names);
	buf_clear(&causes->fresh);
	buf_clear(&causes->judged);
	free(causes);
}

/* ---- asking -------------------------------------------------------- */

static bool add_measures(struct causes *causes, const struct measure *const *measures,
	size_t count, struct buf *entities, struct err *err)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (!query_reads(causes->node, measures[i]->sql, entities, err)) {
			return false;
		}
	}
	return true;
}

/* Append the names of the entities that ${figure} counts; of a series what ${part} does. */
static bool add_entities(struct causes *causes, const char *figure, const char *part,
	struct buf *entities, struct err *err)
{
	struct view name = view_of(figure);
	const struct measure *measure = model_measure(causes->model, name);
	const struct indicator *indicator = model_indicator(causes->model, name);

	if (model_series(causes->model, name) != NULL && part != NULL) {
		measure = model_measure(causes->model, view_of(part));
		indicator = model_indicator(causes->model, view_of(part));
	}
	if (measure != NULL) {
		return add_measures(causes, &measure, 1, entities, err);
	}
	return indicator == NULL ||
		(add_measures(causes, indicator->plus, indicator->plus_count, entities, err) &&
			add_measures(causes, indicator->minus, indicator->minus_count, entities,
				err) &&
			add_measures(causes, indicator->over, indicator->over_count, entities,
				err));
}

static bool holds(const struct buf *entities, const char *name)
{
	size_t at;

	for (at = 0; at < entities->len; at += strlen((const char *)entities->data + at) + 1) {
		if (strcmp((const char *)entities->data + at, name) == 0) {
			return true;
		}
	}
	return false;
}

static bool within(const struct causes *causes, const struct target *target, size_t community)
{
	return target == NULL || roster_within(&causes->roster, *target, community);
}

bool causes_of(struct causes *causes, const struct statement_row *row,
	const char *const **out, size_t *count, struct err *err)
{
	const struct cause *list = (const struct cause *)(const void *)causes->list.data;
	struct buf entities = { 0 };
	struct target *targets = NULL;
	size_t i, target_count = 0;
	const char *name;
	bool ok = false;

	buf_reset(&causes->names);
	arena_reset(&causes->arena);
	/* A place that is no more has lost all that it had: then all counts. */
	if (!roster_targets(&causes->roster, row->level, row->place, &causes->arena, &targets,
		    &target_count, err)) {
		target_count = 0;
	}
	if (!add_entities(causes, row->figure, row->breakdown, &entities, err)) {
		goto out;
	}
	for (i = 0; i < causes->list.len / sizeof(*list); i++) {
		if (!holds(&entities, causes->model->entities[list[i].entity].name) ||
			!within(causes, target_count == 1 ? targets : NULL, list[i].community)) {
			continue;
		}
		name = list[i].bundle;
		if (causes->names.len == 0 || strcmp(name,
			    ((const char **)(void *)causes->names.data)
				    [causes->names.len / sizeof(name) - 1]) != 0) {
			buf_add(&causes->names, &name, sizeof(name));
		}
	}
	ok = buf_ok(&causes->names, err);
	*out = (const char *const *)(const void *)causes->names.data;
	*count = causes->names.len / sizeof(name);
out:
	buf_clear(&entities);
	return ok;
}
