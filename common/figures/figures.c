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
#include "spans.h"

static const struct label not_given = { "未填写", "not given" };

/* What was asked for, found in the model: one of the three. */
struct item {
	const struct measure *measure;
	const struct indicator *indicator;
	const struct series *series;
};

/* The period that is asked for, the one before it, and the same a year before. */
enum { NOW, LAST, YEAR_BEFORE, SEASONS };

struct season {
	struct period period;
	bool wanted;
	bool *measures; /* that must be counted */
	struct counts counts;
	struct evaluation evaluation; /* of the target at hand */
	struct buf parts;             /* struct part: of the item at hand, broken down */
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

	bool *communities;
	struct spans spans; /* of the period that is asked for */
	struct season seasons[SEASONS];

	struct arena arena;
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

/* The figures of a series in the seasons that it is shown for. */
static bool want_series(struct asking *asking, const struct series *series, struct err *err)
{
	struct item watched;
	size_t i;

	for (i = 0; i < series->item_count; i++) {
		if (!find_item(asking->model, series->items[i].figure, &watched, err)) {
			return false;
		}
		want_item(asking->model, &watched, asking->seasons[NOW].measures);
		want_item(asking->model, &watched, asking->seasons[YEAR_BEFORE].measures);
		asking->seasons[YEAR_BEFORE].wanted = true;
	}
	return true;
}

/* Which measures must be counted for the items, now and before. */
static bool want_all(struct asking *asking, struct err *err)
{
	const struct model *model = asking->model;
	bool trends = asking->query->trends;
	size_t i, j;

	for (i = 0; i < SEASONS; i++) {
		asking->seasons[i].wanted = i == NOW || trends;
		asking->seasons[i].measures =
			arena_alloc(&asking->arena, model->measure_count + 1);
		if (asking->seasons[i].measures == NULL) {
			return err_nomem(err);
		}
	}
	for (i = 0; i < asking->item_count; i++) {
		const struct item *item = &asking->items[i];

		for (j = 0; j < SEASONS; j++) {
			if (asking->seasons[j].wanted) {
				want_item(model, item, asking->seasons[j].measures);
			}
		}
		if (item->series != NULL && !want_series(asking, item->series, err)) {
			return false;
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
	struct counter counter;
	bool ok = true;
	size_t i;

	if (!counter_open(&counter, asking->node, &asking->roster, version, err)) {
		return false;
	}
	for (i = 0; ok && i < SEASONS; i++) {
		struct season *season = &asking->seasons[i];
		const struct counts_wanted wanted = { season->measures, asking->communities,
			&season->period };

		ok = !season->wanted || counts_load(&season->counts, &counter, &wanted, err);
	}
	if (ok) {
		const struct counts_wanted now = { asking->seasons[NOW].measures,
			asking->communities, &asking->seasons[NOW].period };

		ok = spans_load(&asking->spans, &counter, &now, err);
	}
	counter_clear(&counter);
	return ok;
}

static bool name_seasons(struct asking *asking, struct err *err)
{
	const struct period *now = &asking->query->period;

	asking->seasons[NOW].period = *now;
	return period_parse(&asking->seasons[LAST].period, view_of(now->previous), err) &&
		period_parse(&asking->seasons[YEAR_BEFORE].period, view_of(now->year_before), err);
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
		name_seasons(asking, err) &&
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
		.has_trends = asking->query->trends,
		.last_period = asking->query->period.previous,
		.year_before_period = asking->query->period.year_before,
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

static struct figure_value value_of(struct ratio ratio)
{
	return (struct figure_value){ ratio.known, ratio.known ? ratio.numerator : 0,
		ratio.known ? ratio.denominator : 1 };
}

/* What ${item} is as a whole in ${season}. */
static bool evaluate_item(struct season *season, const struct item *item, struct ratio *out,
	struct err *err)
{
	return item->measure != NULL ?
		evaluate_measure(&season->evaluation, item->measure, out, err) :
		evaluate_indicator(&season->evaluation, item->indicator, out, err);
}

static bool evaluate_parts(struct season *season, const struct item *item, struct err *err)
{
	buf_reset(&season->parts);
	return item->measure != NULL ?
		evaluate_measure_parts(&season->evaluation, item->measure, &season->parts, err) :
		evaluate_indicator_parts(&season->evaluation, item->indicator, &season->parts, err);
}

/* What the season has for ${breakdown}: where it has no such part, nothing. */
static struct figure_value part_of(const struct season *season, const char *breakdown)
{
	struct part part;
	size_t at;

	for (at = 0; at < season->parts.len; at += sizeof(part)) {
		memcpy(&part, season->parts.data + at, sizeof(part));
		if (part.breakdown == NULL || breakdown == NULL ?
				part.breakdown == breakdown :
				strcmp(part.breakdown, breakdown) == 0) {
			return value_of(part.ratio);
		}
	}
	return value_of(ratio_unknown());
}

static bool hand_out_parts(struct asking *asking, struct figure *figure, const struct item *item,
	struct err *err)
{
	const struct measure *measure =
		item->measure != NULL ? item->measure : item->indicator->plus[0];
	struct season *seasons = asking->seasons;
	struct part part;
	size_t i, at;

	for (i = 0; i < SEASONS; i++) {
		if ((i == NOW || figure->has_trends) && !evaluate_parts(&seasons[i], item, err)) {
			return false;
		}
	}
	for (at = 0; at < seasons[NOW].parts.len; at += sizeof(part)) {
		memcpy(&part, seasons[NOW].parts.data + at, sizeof(part));
		set_value(figure, part.ratio);
		figure->breakdown = part.breakdown != NULL ? part.breakdown : "";
		figure->breakdown_label = part_label(measure, part.breakdown);
		if (figure->has_trends) {
			figure->last = part_of(&seasons[LAST], part.breakdown);
			figure->year_before = part_of(&seasons[YEAR_BEFORE], part.breakdown);
		}
		if (!asking->each(asking->ctx, figure, err)) {
			return false;
		}
	}
	return true;
}

/* What the figure was before, as a whole. */
static bool add_trends(struct asking *asking, const struct item *item, struct figure *figure,
	struct err *err)
{
	struct ratio last, year_before;

	if (!figure->has_trends) {
		return true;
	}
	if (!evaluate_item(&asking->seasons[LAST], item, &last, err) ||
		!evaluate_item(&asking->seasons[YEAR_BEFORE], item, &year_before, err)) {
		return false;
	}
	figure->last = value_of(last);
	figure->year_before = value_of(year_before);
	return true;
}

/* What open conflicts could make of ${now}; what is too large to say is not said. */
static bool add_range(struct asking *asking, const struct item *item, struct ratio now,
	struct figure *figure, struct err *err)
{
	struct evaluation *evaluation = &asking->seasons[NOW].evaluation;
	struct ratio range[2];
	struct err why;
	bool ok = item->measure != NULL ?
		spans_measure(&asking->spans, evaluation, item->measure, now, range,
			&figure->ranged, &why) :
		spans_indicator(&asking->spans, evaluation, item->indicator, now, range,
			&figure->ranged, &why);

	if (!ok) {
		figure->ranged = false;
		return why.code == ERR_VALUE || err_set(err, why.code, "%s", why.detail);
	}
	figure->low = value_of(range[0]);
	figure->high = value_of(range[1]);
	return true;
}

/* A measure or an indicator. */
static bool hand_out_item(struct asking *asking, const struct item *item, struct figure *figure,
	struct err *err)
{
	struct ratio ratio;
	bool parts;

	if (item->measure != NULL) {
		figure->name = item->measure->name;
		figure->label = &item->measure->label;
		figure->unit = &item->measure->unit;
		parts = evaluate_has_parts(item->measure);
	} else {
		figure->name = item->indicator->name;
		figure->label = &item->indicator->label;
		figure->unit = &item->indicator->unit;
		figure->percent = item->indicator->percent;
		parts = item->indicator->by_breakdown;
	}
	if (asking->query->by_breakdown && parts) {
		return hand_out_parts(asking, figure, item, err);
	}
	if (!evaluate_item(&asking->seasons[NOW], item, &ratio, err) ||
		!add_trends(asking, item, figure, err) ||
		!add_range(asking, item, ratio, figure, err)) {
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
			!evaluate_item(&asking->seasons[NOW], &watched, &now, err) ||
			!evaluate_item(&asking->seasons[YEAR_BEFORE], &watched, &before, err) ||
			!add_trends(asking, &watched, figure, err) ||
			!add_range(asking, &watched, now, figure, err)) {
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
	size_t i, j, k;

	for (i = 0; i < SEASONS; i++) {
		struct season *season = &asking->seasons[i];

		season->evaluation = (struct evaluation){ .model = asking->model,
			.roster = &asking->roster, .counts = &season->counts };
	}
	for (i = 0; i < asking->item_count; i++) {
		const struct item *item = &asking->items[i];

		for (j = 0; j < asking->target_count; j++) {
			struct figure figure = figure_at(asking, j);

			for (k = 0; k < SEASONS; k++) {
				asking->seasons[k].evaluation.target = asking->targets[j];
			}
			if (item->series != NULL ?
					!hand_out_series(asking, item->series, &figure, err) :
					!hand_out_item(asking, item, &figure, err)) {
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
	bool ok = settle(node, err) && read_all(&asking, err);
	size_t i;

	for (i = 0; ok && i < SEASONS; i++) {
		ok = counts_keep(&asking.seasons[i].counts, node, err);
	}
	ok = ok && hand_out(&asking, err);
	for (i = 0; i < SEASONS; i++) {
		buf_clear(&asking.seasons[i].evaluation.scratch);
		buf_clear(&asking.seasons[i].parts);
		counts_clear(&asking.seasons[i].counts);
	}
	spans_clear(&asking.spans);
	roster_clear(&asking.roster);
	arena_clear(&asking.arena);
	return ok;
}
