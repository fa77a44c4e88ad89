/*
 * figures.c -- asking for figures; see linli/figures.h.
 *
 * Everything is read in one state of the store.  What had to be counted is
 * kept afterwards, if the store can be written to just then, and only then
 * are the figures handed out.
 *
 * A series' figures bear its name, with the figure that is watched as their
 * breakdown.  Broken down, a measure that has no breakdown, and an indicator
 * that the model does not break down, is given as a whole; of a series the
 * same figures are given as otherwise.
 */
#include <stdlib.h>
#include <string.h>

#include "evaluate.h"
#include "linli/figures.h"
#include "settle.h"

static const struct label not_given = { "未填写", "not given" };

/* What was asked for, found in the model: one of the three. */
struct item {
	const struct measure *measure;
	const struct indicator *indicator;
	const struct series *series;
};

struct asking {
	struct node *node;
	const struct figures_query *query;
	const struct model *model;
	struct item *items;
	size_t item_count;

	struct roster roster;
	struct target *targets;
	struct coverage *coverage; /* by target */
	size_t target_count;

	struct period before;      /* the same a year earlier */
	bool before_wanted;
	bool *now_measures, *before_measures, *communities;
	struct counts now_counts, before_counts;

	struct arena arena;
	struct evaluation now_evaluation, before_evaluation; /* of the target at hand */
	struct buf parts;
	bool (*each)(void *ctx, const struct figure *figure, struct err *err);
	void *ctx;
};

/* ---- what is asked for -------------------------------------------- */

static bool find_item(const struct model *model, const char *name, struct item *out,
	struct err *err)
{
	struct view view = view_of(name);

	out->measure = model_measure(model, view);
	out->indicator = model_indicator(model, view);
	out->series = model_series(model, view);
	if (out->measure == NULL && out->indicator == NULL && out->series == NULL) {
		return err_set(err, ERR_NOT_FOUND, "there is no figure '%s'", name);
	}
	return true;
}

static bool find_items(struct asking *asking, struct err *err)
{
	const struct figures_query *query = asking->query;
	const struct model *model = asking->model;
	size_t all = model->measure_count + model->indicator_count + model->series_count;
	size_t i, count = query->name_count;
	struct item *item;

	if (count == 0) {
		count = all;
	}
	asking->items = item = arena_alloc(&asking->arena, (count + 1) * sizeof(*item));
	if (item == NULL) {
		return err_nomem(err);
	}
	asking->item_count = count;
	for (i = 0; i < query->name_count; i++) {
		if (!find_item(model, query->names[i], item++, err)) {
			return false;
		}
	}
	if (query->name_count != 0) {
		return true;
	}
	for (i = 0; i < model->measure_count; i++) {
		(item++)->measure = &model->measures[i];
	}
	for (i = 0; i < model->indicator_count; i++) {
		(item++)->indicator = &model->indicators[i];
	}
	for (i = 0; i < model->series_count; i++) {
		(item++)->series = &model->series[i];
	}
	return true;
}

static void want_measures(const struct model *model, const struct measure *const *measures,
	size_t count, bool *wanted)
{
	size_t i;

	for (i = 0; i < count; i++) {
		wanted[measures[i] - model->measures] = true;
	}
}

static void want_indicator(const struct model *model, const struct indicator *indicator,
	bool *wanted)
{
	want_measures(model, indicator->plus, indicator->plus_count, wanted);
	want_measures(model, indicator->minus, indicator->minus_count, wanted);
	want_measures(model, indicator->over, indicator->over_count, wanted);
}

static void want_item(const struct model *model, const struct item *item, bool *wanted)
{
	if (item->measure != NULL) {
		want_measures(model, &item->measure, 1, wanted);
	}
	if (item->indicator != NULL) {
		want_indicator(model, item->indicator, wanted);
	}
}

/* Which measures must be counted for the items, now and a year before. */
static bool want_all(struct asking *asking, struct err *err)
{
	const struct model *model = asking->model;
	size_t room = model->measure_count + 1, i, j;

	asking->now_measures = arena_alloc(&asking->arena, room);
	asking->before_measures = arena_alloc(&asking->arena, room);
	if (asking->now_measures == NULL || asking->before_measures == NULL) {
		return err_nomem(err);
	}
	for (i = 0; i < asking->item_count; i++) {
		const struct series *series = asking->items[i].series;

		want_item(model, &asking->items[i], asking->now_measures);
		for (j = 0; series != NULL && j < series->item_count; j++) {
			struct item watched;

			if (!find_item(model, series->items[j].figure, &watched, err)) {
				return false;
			}
			want_item(model, &watched, asking->now_measures);
			want_item(model, &watched, asking->before_measures);
			asking->before_wanted = true;
		}
	}
	return true;
}

/* Which communities' cells the targets are made of. */
static bool want_communities(struct asking *asking, struct err *err)
{
	const struct roster *roster = &asking->roster;
	size_t i, j;

	asking->communities = arena_alloc(&asking->arena, roster->count + 1);
	if (asking->communities == NULL) {
		return err_nomem(err);
	}
	for (i = 0; i < asking->target_count; i++) {
		for (j = 0; j <= roster->count; j++) {
			asking->communities[j] |= roster_within(roster, asking->targets[i], j);
		}
	}
	return true;
}

/* ---- reading ------------------------------------------------------ */

static bool cover(struct asking *asking, struct err *err)
{
	const struct env *env = node_env(asking->node);
	char today[CIVIL_DATE_BYTES];
	size_t i;

	civil_date_at(today, env->now_ms(env->ctx));
	asking->coverage = arena_alloc(&asking->arena,
		(asking->target_count + 1) * sizeof(*asking->coverage));
	if (asking->coverage == NULL) {
		return err_nomem(err);
	}
	for (i = 0; i < asking->target_count; i++) {
		if (!roster_coverage(&asking->coverage[i], &asking->roster, asking->targets[i],
			    &asking->query->period, today, &asking->arena, err)) {
			return false;
		}
	}
	return true;
}

static bool count(struct asking *asking, int64_t version, struct err *err)
{
	const struct counts_wanted now = { asking->now_measures, asking->communities,
		&asking->query->period };
	const struct counts_wanted before = { asking->before_measures, asking->communities,
		&asking->before };
	struct counter counter;
	bool ok;

	if (!counter_open(&counter, asking->node, &asking->roster, version, err)) {
		return false;
	}
	ok = counts_load(&asking->now_counts, &counter, &now, err) &&
		(!asking->before_wanted ||
			counts_load(&asking->before_counts, &counter, &before, err));
	counter_clear(&counter);
	return ok;
}

/* All that is read, in one state of the store. */
static bool read_all(struct asking *asking, struct err *err)
{
	const struct figures_query *query = asking->query;
	int64_t version;
	bool ok;

	if (!cells_begin(asking->node, &version, err)) {
		return false;
	}
	asking->model = node_model(asking->node);
	ok = find_items(asking, err) && want_all(asking, err) &&
		(!asking->before_wanted || period_parse(&asking->before,
			view_of(query->period.year_before), err)) &&
		roster_load(&asking->roster, asking->node, err) &&
		roster_targets(&asking->roster, query->level, query->place, &asking->arena,
			&asking->targets, &asking->target_count, err) &&
		want_communities(asking, err) && cover(asking, err) &&
		count(asking, version, err);
	cells_end(asking->node);
	return ok;
}

/* ---- handing out -------------------------------------------------- */

static struct figure figure_at(const struct asking *asking, size_t target)
{
	return (struct figure){
		.period = asking->query->period.name,
		.place = roster_slug(&asking->roster, asking->targets[target]),
		.place_name = roster_name(&asking->roster, asking->targets[target]),
		.denominator = 1,
		.previous_denominator = 1,
		.coverage = asking->coverage[target],
	};
}

static void set_value(struct figure *figure, struct ratio ratio)
{
	figure->known = ratio.known;
	figure->numerator = ratio.known ? ratio.numerator : 0;
	figure->denominator = ratio.known ? ratio.denominator : 1;
}

static const struct label *part_label(const struct measure *measure, const char *breakdown)
{
	size_t i;

	if (breakdown == NULL) {
		return &not_given;
	}
	for (i = 0; i < measure->breakdown_member_count; i++) {
		if (strcmp(measure->breakdown_members[i].name, breakdown) == 0) {
			return &measure->breakdown_members[i].label;
		}
	}
	return NULL;
}

/* The parts that were gathered, as figures like ${figure}. */
static bool hand_out_parts(struct asking *asking, struct figure *figure,
	const struct measure *measure, struct err *err)
{
	struct part part;
	size_t at;

	for (at = 0; at < asking->parts.len; at += sizeof(part)) {
		memcpy(&part, asking->parts.data + at, sizeof(part));
		set_value(figure, part.ratio);
		figure->breakdown = part.breakdown != NULL ? part.breakdown : "";
		figure->breakdown_label = part_label(measure, part.breakdown);
		if (!asking->each(asking->ctx, figure, err)) {
			return false;
		}
	}
	return true;
}

static bool hand_out_measure(struct asking *asking, const struct measure *measure,
	struct figure *figure, struct err *err)
{
	struct ratio ratio;

	figure->name = measure->name;
	figure->label = &measure->label;
	figure->unit = &measure->unit;
	if (asking->query->by_breakdown && evaluate_has_parts(measure)) {
		buf_reset(&asking->parts);
		return evaluate_measure_parts(&asking->now_evaluation, measure, &asking->parts,
			       err) &&
			hand_out_parts(asking, figure, measure, err);
	}
	if (!evaluate_measure(&asking->now_evaluation, measure, &ratio, err)) {
		return false;
	}
	set_value(figure, ratio);
	return asking->each(asking->ctx, figure, err);
}

static bool hand_out_indicator(struct asking *asking, const struct indicator *indicator,
	struct figure *figure, struct err *err)
{
	struct ratio ratio;

	figure->name = indicator->name;
	figure->label = &indicator->label;
	figure->unit = &indicator->unit;
	figure->percent = indicator->percent;
	if (asking->query->by_breakdown && indicator->by_breakdown) {
		buf_reset(&asking->parts);
		return evaluate_indicator_parts(&asking->now_evaluation, indicator,
			       &asking->parts, err) &&
			hand_out_parts(asking, figure, indicator->plus[0], err);
	}
	if (!evaluate_indicator(&asking->now_evaluation, indicator, &ratio, err)) {
		return false;
	}
	set_value(figure, ratio);
	return asking->each(asking->ctx, figure, err);
}

static int direction(struct ratio now, struct ratio before, bool up_is_good)
{
	int order = now.known && before.known ? ratio_compare(now, before) : 0;

	return order == 0 ? 0 : (order > 0) == up_is_good ? 1 : -1;
}

static bool hand_out_series(struct asking *asking, const struct series *series,
	struct figure *figure, struct err *err)
{
	struct ratio now, before;
	struct item watched;
	size_t i;

	figure->name = series->name;
	figure->label = &series->label;
	figure->has_previous = true;
	for (i = 0; i < series->item_count; i++) {
		const struct series_item *item = &series->items[i];

		if (!find_item(asking->model, item->figure, &watched, err) ||
			!evaluate_named(&asking->now_evaluation, item->figure, &now, err) ||
			!evaluate_named(&asking->before_evaluation, item->figure, &before, err)) {
			return false;
		}
		figure->breakdown = item->figure;
		figure->breakdown_label = &item->label;
		figure->unit = watched.measure != NULL ? &watched.measure->unit :
			&watched.indicator->unit;
		figure->percent = watched.measure == NULL && watched.indicator->percent;
		set_value(figure, now);
		figure->previous_known = before.known;
		figure->previous_numerator = before.known ? before.numerator : 0;
		figure->previous_denominator = before.known ? before.denominator : 1;
		figure->good = direction(now, before, item->up_is_good);
		if (!asking->each(asking->ctx, figure, err)) {
			return false;
		}
	}
	return true;
}

static bool hand_out(struct asking *asking, struct err *err)
{
	size_t i, j;

	asking->now_evaluation = (struct evaluation){ .model = asking->model,
		.roster = &asking->roster, .counts = &asking->now_counts };
	asking->before_evaluation = (struct evaluation){ .model = asking->model,
		.roster = &asking->roster, .counts = &asking->before_counts };
	for (i = 0; i < asking->item_count; i++) {
		const struct item *item = &asking->items[i];

		for (j = 0; j < asking->target_count; j++) {
			struct figure figure = figure_at(asking, j);

			asking->now_evaluation.target = asking->targets[j];
			asking->before_evaluation.target = asking->targets[j];
			if (item->measure != NULL ?
					!hand_out_measure(asking, item->measure, &figure, err) :
				item->indicator != NULL ?
					!hand_out_indicator(asking, item->indicator, &figure, err) :
					!hand_out_series(asking, item->series, &figure, err)) {
				return false;
			}
		}
	}
	return true;
}

bool figures_ask(struct node *node, const struct figures_query *query,
	bool (*each)(void *ctx, const struct figure *figure, struct err *err), void *ctx,
	struct err *err)
{
	struct asking asking = { .node = node, .query = query, .each = each, .ctx = ctx };
	bool ok = settle(node, err) && read_all(&asking, err) && counts_keep(&asking.now_counts, node, err) &&
		counts_keep(&asking.before_counts, node, err) && hand_out(&asking, err);

	buf_clear(&asking.now_evaluation.scratch);
	buf_clear(&asking.before_evaluation.scratch);
	buf_clear(&asking.parts);
	counts_clear(&asking.now_counts);
	counts_clear(&asking.before_counts);
	roster_clear(&asking.roster);
	arena_clear(&asking.arena);
	return ok;
}
