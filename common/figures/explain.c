/*
 * explain.c -- from a figure to the signatures under it; see linli/explain.h.
 *
 * Values come from the same cells as the figure itself; records from the
 * measure's own SQL, whose rows name them.
 */
#include <stdlib.h>
#include <string.h>

#include "aggregate.h"
#include "evaluate.h"
#include "linli/explain.h"
#include "linli/records.h"
#include "periods.h"
#include "rows.h"
#include "settle.h"

/* A row to be given: its record, if it names one. */
struct found {
	char id[RECORD_ID_TEXT_BYTES];
	const char *breakdown;
	struct figure_value value;
};

struct explaining {
	struct node *node;
	const struct explain_query *query;
	const struct explain_sink *sink;
	const struct model *model;
	struct roster roster;
	struct target target;
	struct counter counter;
	struct counts counts;
	bool *wanted, *communities; /* by measure; by community, then the district */
	struct arena arena;         /* lasts */

	/* Of the measure and community at hand. */
	const struct measure *measure;
	struct arena rows;
	struct buf found; /* struct found */
	size_t row_count;

	struct buf lines;  /* struct explain_line: of the record at hand */
	struct buf places; /* struct place: bundles, as they come */
};

/* ---- which measures ----------------------------------------------- */

/* Call ${each} for every measure of the figure ${name}, as ${of}. */
static bool each_part(struct explaining *explaining, const char *name, const char *of,
	bool (*each)(struct explaining *explaining, const char *of, enum explain_role role,
		const struct measure *measure, struct err *err),
	struct err *err)
{
	const struct model *model = explaining->model;
	const struct measure *measure = model_measure(model, view_of(name));
	const struct indicator *indicator = model_indicator(model, view_of(name));
	const struct series *series = model_series(model, view_of(name));
	size_t i;
	bool ok = true;

	if (measure != NULL) {
		return each(explaining, of, EXPLAIN_PLUS, measure, err);
	}
	for (i = 0; ok && indicator != NULL && i < indicator->plus_count; i++) {
		ok = each(explaining, of, EXPLAIN_PLUS, indicator->plus[i], err);
	}
	for (i = 0; ok && indicator != NULL && i < indicator->minus_count; i++) {
		ok = each(explaining, of, EXPLAIN_MINUS, indicator->minus[i], err);
	}
	for (i = 0; ok && indicator != NULL && i < indicator->over_count; i++) {
		ok = each(explaining, of, EXPLAIN_OVER, indicator->over[i], err);
	}
	/* A series watches measures and indicators alone. */
	for (i = 0; ok && series != NULL && i < series->item_count; i++) {
		ok = each_part(explaining, series->items[i].figure, series->items[i].figure, each,
			err);
	}
	return ok && (indicator != NULL || series != NULL ||
			     err_set(err, ERR_NOT_FOUND, "there is no figure '%s'", name));
}

static bool want_part(struct explaining *explaining, const char *of, enum explain_role role,
	const struct measure *measure, struct err *err)
{
	(void)of;
	(void)role;
	(void)err;
	explaining->wanted[measure - explaining->model->measures] = true;
	return true;
}

/* ---- values ------------------------------------------------------- */

static bool same_breakdown(const struct explaining *explaining, const char *breakdown)
{
	const char *wanted = explaining->query->breakdown;

	return wanted == NULL || strcmp(wanted, breakdown != NULL ? breakdown : "") == 0;
}

static struct figure_value value_of(struct ratio ratio)
{
	return (struct figure_value){ ratio.known, ratio.known ? ratio.numerator : 0,
		ratio.known ? ratio.denominator : 1 };
}

/* Append what the measure gave for community ${index}, of the breakdown that is asked for. */
static bool take_values(struct explaining *explaining, const struct measure *measure,
	size_t index, struct buf *values, struct err *err)
{
	const struct counted *counted =
		counts_get(&explaining->counts, explaining->model, measure, index);
	size_t i;

	for (i = 0; i < counted->count; i++) {
		if (same_breakdown(explaining, counted->values[i].breakdown)) {
			buf_add(values, &counted->values[i], sizeof(counted->values[i]));
		}
	}
	return buf_ok(values, err);
}

/* What ${values} come to. */
static bool evaluate(const struct measure *measure, struct buf *values,
	struct figure_value *out, struct err *err)
{
	struct ratio ratio;

	if (!aggregate_whole(measure->aggregate, (struct cell_value *)(void *)values->data,
		    values->len / sizeof(struct cell_value), &ratio, err) ||
		!ratio_scale(&ratio, evaluate_unit(measure->type), err)) {
		return err_wrap(err, "%s", measure->name);
	}
	*out = value_of(ratio);
	return true;
}

/* ---- records ------------------------------------------------------ */

static bool find_row(void *ctx, const struct row *row, struct err *err)
{
	struct explaining *explaining = ctx;
	const struct measure *measure = explaining->measure;
	struct found found = { .breakdown = row->value.breakdown };
	size_t limit = explaining->query->limit;
	struct ratio ratio = ratio_unknown();

	if (!same_breakdown(explaining, row->value.breakdown)) {
		return true;
	}
	explaining->row_count++;
	if (measure->records == NULL || row->record == NULL ||
		(row->record->kind != QUERY_BLOB && row->record->kind != QUERY_TEXT) ||
		(limit != 0 && explaining->row_count > limit)) {
		return true;
	}
	if (measure->aggregate != AGGREGATE_DISTINCT) {
		ratio = ratio_whole(row->value.number);
		if (!ratio_scale(&ratio, evaluate_unit(measure->type), err)) {
			return false;
		}
	}
	found.value = value_of(ratio);
	record_id_print(found.id, row->record->text.data, row->record->text.len,
		measure->records->slug_ids);
	buf_add(&explaining->found, &found, sizeof(found));
	return buf_ok(&explaining->found, err);
}

static bool take_line(void *ctx, const struct history_line *history, struct err *err)
{
	struct explaining *explaining = ctx;
	struct explain_line line = { .device = history->device, .t = history->t,
		.draft = history->draft };

	memcpy(line.line, history->line, sizeof(line.line));
	if (!place_parse(&line.bundle, view_of(history->line))) {
		return err_set(err, ERR_STORE, "'%s' names no line", history->line);
	}
	line.bundle.n = 0;
	buf_add(&explaining->lines, &line, sizeof(line));
	if (!line.draft) {
		buf_add(&explaining->places, &line.bundle, sizeof(line.bundle));
	}
	return buf_ok(&explaining->lines, err) && buf_ok(&explaining->places, err);
}

static bool give_record(struct explaining *explaining, const struct found *found,
	struct err *err)
{
	struct explain_record record = { .entity = explaining->measure->records,
		.breakdown = found->breakdown, .value = found->value };
	struct buf title = { 0 };
	struct record_id id;
	bool ok;

	memcpy(record.id, found->id, sizeof(record.id));
	if (!record_id_parse(&id, view_of(found->id), record.entity->slug_ids)) {
		return err_set(err, ERR_MODEL, "measure %s names no record",
			explaining->measure->name);
	}
	buf_reset(&explaining->lines);
	ok = records_history(explaining->node, record.entity, &id, take_line, explaining, err);
	if (ok && !records_title(explaining->node, record.entity, view_of(found->id), &title)) {
		buf_reset(&title);
	}
	record.title = buf_str(&title);
	record.lines = (const struct explain_line *)(const void *)explaining->lines.data;
	record.line_count = explaining->lines.len / sizeof(*record.lines);
	ok = ok && buf_ok(&title, err) && explaining->sink->record(explaining->sink->ctx, &record, err);
	buf_clear(&title);
	return ok;
}

static bool give_records(struct explaining *explaining, struct err *err)
{
	struct found found;
	size_t at;

	for (at = 0; at < explaining->found.len; at += sizeof(found)) {
		memcpy(&found, explaining->found.data + at, sizeof(found));
		if (!give_record(explaining, &found, err)) {
			return false;
		}
	}
	return true;
}

static bool give_community(struct explaining *explaining, const struct measure *measure,
	size_t index, struct err *err)
{
	const struct roster *roster = &explaining->roster;
	struct explain_community community = { .slug = DISTRICT_SLUG,
		.name = roster->district_name };
	struct query *query = NULL;
	struct buf values = { 0 };
	struct period period;
	bool ok;

	if (index < roster->count) {
		community.slug = roster->communities[index].slug;
		community.name = roster->communities[index].name;
	}
	explaining->measure = measure;
	explaining->row_count = 0;
	buf_reset(&explaining->found);
	arena_reset(&explaining->rows);
	period_of_measure(&period, measure, &explaining->query->period,
		explaining->counter.tomorrow);
	ok = take_values(explaining, measure, index, &values, err);
	if (!ok || values.len == 0) {
		buf_clear(&values);
		return ok;
	}
	ok = evaluate(measure, &values, &community.value, err) &&
		query_open(&query, explaining->node, measure->sql, err) &&
		rows_each(query, measure, community.slug, &period, &explaining->rows, find_row,
			explaining, err);
	query_close(query);
	buf_clear(&values);
	community.rows = explaining->row_count;
	return ok && explaining->sink->community(explaining->sink->ctx, &community, err) &&
		give_records(explaining, err);
}

static bool give_part(struct explaining *explaining, const char *of, enum explain_role role,
	const struct measure *measure, struct err *err)
{
	struct explain_part part = { .figure = of, .role = role, .measure = measure };
	struct buf values = { 0 };
	bool ok = true;
	size_t i;

	for (i = 0; ok && i <= explaining->roster.count; i++) {
		ok = !explaining->communities[i] ||
			take_values(explaining, measure, i, &values, err);
	}
	ok = ok && evaluate(measure, &values, &part.value, err) &&
		explaining->sink->part(explaining->sink->ctx, &part, err);
	for (i = 0; ok && i <= explaining->roster.count; i++) {
		ok = !explaining->communities[i] || give_community(explaining, measure, i, err);
	}
	buf_clear(&values);
	return ok;
}

/* ---- bundles ------------------------------------------------------ */

static int compare_places(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	int order = chain_name_compare(&a->chain, &b->chain);

	return order != 0 ? order : (a->seq > b->seq) - (a->seq < b->seq);
}

static bool give_bundle(struct explaining *explaining, const struct place *place,
	struct err *err)
{
	struct explain_bundle bundle = { .signer = "" };
	struct buf signature = { 0 };
	struct device device;
	bool ok = chains_signed(explaining->node, place, &bundle.info, &signature, err) &&
		buf_ok(&signature, err);

	if (ok && node_find_device(explaining->node, place->chain.device, &device)) {
		bundle.signer = device.name;
	}
	bundle.signature = buf_str(&signature);
	ok = ok && explaining->sink->bundle(explaining->sink->ctx, &bundle, err);
	buf_clear(&signature);
	return ok;
}

static bool give_bundles(struct explaining *explaining, struct err *err)
{
	struct place *places = (struct place *)(void *)explaining->places.data;
	size_t count = explaining->places.len / sizeof(*places), i;

	if (count > 1) {
		qsort(places, count, sizeof(*places), compare_places);
	}
	for (i = 0; i < count; i++) {
		if ((i == 0 || compare_places(&places[i - 1], &places[i]) != 0) &&
			!give_bundle(explaining, &places[i], err)) {
			return false;
		}
	}
	return true;
}

/* ---- all of it ---------------------------------------------------- */

static bool prepare(struct explaining *explaining, int64_t version, struct err *err)
{
	const struct explain_query *query = explaining->query;
	const char *place = query->place;
	struct counts_wanted wanted = { .period = &query->period };
	struct target *targets;
	size_t count, i;

	explaining->model = node_model(explaining->node);
	if (place == NULL && !node_is_district(explaining->node)) {
		place = node_community(explaining->node);
	}
	if (!roster_load(&explaining->roster, explaining->node, err) ||
		!roster_targets(&explaining->roster, PLACE_DISTRICT, place, &explaining->arena,
			&targets, &count, err)) {
		return false;
	}
	explaining->target = targets[0];
	explaining->wanted =
		arena_alloc(&explaining->arena, explaining->model->measure_count + 1);
	explaining->communities = arena_alloc(&explaining->arena, explaining->roster.count + 1);
	if (explaining->wanted == NULL || explaining->communities == NULL) {
		return err_nomem(err);
	}
	for (i = 0; i <= explaining->roster.count; i++) {
		explaining->communities[i] =
			roster_within(&explaining->roster, explaining->target, i);
	}
	wanted.measures = explaining->wanted;
	wanted.communities = explaining->communities;
	return each_part(explaining, query->figure, query->figure, want_part, err) &&
		counter_open(&explaining->counter, explaining->node, &explaining->roster, version,
			err) &&
		counts_load(&explaining->counts, &explaining->counter, &wanted, err);
}

bool explain(struct node *node, const struct explain_query *query,
	const struct explain_sink *sink, struct err *err)
{
	struct explaining explaining = { .node = node, .query = query, .sink = sink };
	int64_t version;
	bool ok = false;

	if (!settle(node, err) || !cells_begin(node, &version, err)) {
		return false;
	}
	ok = prepare(&explaining, version, err) &&
		each_part(&explaining, query->figure, query->figure, give_part, err) &&
		give_bundles(&explaining, err);
	cells_end(node);
	counts_clear(&explaining.counts);
	if (explaining.counter.node != NULL) {
		counter_clear(&explaining.counter);
	}
	roster_clear(&explaining.roster);
	arena_clear(&explaining.arena);
	arena_clear(&explaining.rows);
	buf_clear(&explaining.found);
	buf_clear(&explaining.lines);
	buf_clear(&explaining.places);
	return ok;
}
