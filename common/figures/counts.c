/* counts.c -- see counts.h. */
#include <stdlib.h>
#include <string.h>

#include "aggregate.h"
#include "counts.h"
#include "periods.h"
#include "rows.h"

static size_t measure_index(const struct model *model, const struct measure *measure)
{
	return (size_t)(measure - model->measures);
}

/* The row of ${entity} in touched: the last one is for bundles. */
static size_t touched_row(const struct model *model, const char *entity)
{
	const struct entity *found = model_entity(model, view_of(entity));

	if (found != NULL) {
		return found->index;
	}
	return strcmp(entity, QUERY_BUNDLE) == 0 ? model->entity_count : ROSTER_NONE;
}

static bool prepare(struct counter *counter, const struct measure *measure,
	struct prepared **out, struct err *err)
{
	struct prepared *prepared = &counter->prepared[measure_index(counter->model, measure)];
	const char *at, *end;
	struct view entities;
	size_t row;

	*out = prepared;
	if (prepared->query != NULL) {
		return true;
	}
	if (!query_open(&prepared->query, counter->node, measure->sql, err)) {
		return err_wrap(err, "measure %s", measure->name);
	}
	entities = query_entities(prepared->query);
	end = entities.data + entities.len;
	for (at = entities.data; at < end; at += strlen(at) + 1) {
		row = touched_row(counter->model, at);
		buf_add(&prepared->rows, &row, sizeof(row));
	}
	prepared->follows = rows_follow(counter->model, measure, entities);
	return buf_ok(&prepared->rows, err);
}

static const char *community_slug(const struct roster *roster, size_t index)
{
	return index < roster->count ? roster->communities[index].slug : DISTRICT_SLUG;
}

bool counter_count(struct counter *counter, const struct measure *measure, size_t index,
	const struct period *period, struct arena *arena, struct cell_value **values,
	size_t *count, struct err *err)
{
	struct buf gathered = { 0 };
	struct prepared *prepared;
	bool ok = false;

	*count = 0;
	if (!prepare(counter, measure, &prepared, err) ||
		!rows_gather(prepared->query, measure, community_slug(counter->roster, index), period,
			arena, &gathered, err)) {
		goto out;
	}
	/* What is kept is a copy: alignment, and no larger than what it came to. */
	*count = gathered.len / sizeof(**values);
	*values = arena_alloc(arena, gathered.len + 1);
	if (*values == NULL) {
		err_nomem(err);
		goto out;
	}
	if (*count != 0) {
		memcpy(*values, gathered.data, gathered.len);
	}
	ok = aggregate_reduce(measure->aggregate, *values, count, err) ||
		err_wrap(err, "measure %s of %s in %s", measure->name,
			community_slug(counter->roster, index), period->name);
	counter->counted++;
out:
	buf_clear(&gathered);
	return ok;
}

/* ---- freshness ---------------------------------------------------- */

static bool take_touched(void *ctx, const char *entity, const char *community, int64_t version,
	struct err *err)
{
	struct counter *counter = ctx;
	size_t row = touched_row(counter->model, entity);
	size_t column = roster_find(counter->roster, community);

	(void)err;
	if (row != ROSTER_NONE && column != ROSTER_NONE) {
		counter->touched[row * (counter->roster->count + 1) + column] = version;
	}
	return true;
}

static bool take_followed(void *ctx, const char *entity, int64_t version, struct err *err)
{
	struct counter *counter = ctx;
	size_t row = touched_row(counter->model, entity);

	(void)err;
	if (row != ROSTER_NONE) {
		counter->followed[row] = version;
	}
	return true;
}

bool counter_open(struct counter *out, struct node *node, const struct roster *roster,
	int64_t version, struct err *err)
{
	const struct model *model = node_model(node);
	const struct env *env = node_env(node);
	char today[CIVIL_DATE_BYTES];

	*out = (struct counter){ .node = node, .model = model, .roster = roster,
		.version = version };
	civil_date_at(today, env->now_ms(env->ctx));
	civil_from_days(out->tomorrow, civil_days(view_of(today)) + 1);
	out->prepared = calloc(model->measure_count + 1, sizeof(*out->prepared));
	out->touched = calloc((model->entity_count + 1) * (roster->count + 1),
		sizeof(*out->touched));
	out->followed = calloc(model->entity_count + 1, sizeof(*out->followed));
	if (out->prepared == NULL || out->touched == NULL || out->followed == NULL) {
		err_nomem(err);
		goto fail;
	}
	if (!cells_touched(node, take_touched, out, err) ||
		!cells_followed(node, take_followed, out, err)) {
		goto fail;
	}
	return true;
fail:
	counter_clear(out);
	return false;
}

void counter_clear(struct counter *counter)
{
	size_t i;

	for (i = 0; counter->prepared != NULL && i < counter->model->measure_count; i++) {
		query_close(counter->prepared[i].query);
		buf_clear(&counter->prepared[i].rows);
	}
	free(counter->prepared);
	free(counter->touched);
	free(counter->followed);
	*counter = (struct counter){ 0 };
}

/* Up to which state a cell counted from ${version} is true of entity ${row}. */
static int64_t true_until(const struct counter *counter, const struct prepared *prepared,
	const struct measure *measure, size_t row, int64_t version)
{
	int64_t followed = counter->followed[row];

	return prepared->follows && row == measure->records->index && followed > version ?
		followed : version;
}

bool counter_fresh(struct counter *counter, const struct measure *measure, size_t index,
	int64_t version, bool *fresh, struct err *err)
{
	size_t columns = counter->roster->count + 1, i, row;
	struct prepared *prepared;
	int64_t until;

	*fresh = false;
	if (!prepare(counter, measure, &prepared, err)) {
		return false;
	}
	for (i = 0; i < prepared->rows.len; i += sizeof(row)) {
		memcpy(&row, prepared->rows.data + i, sizeof(row));
		until = true_until(counter, prepared, measure, row, version);
		if (counter->touched[row * columns + index] > until ||
			counter->touched[row * columns + columns - 1] > until) {
			return true;
		}
	}
	*fresh = true;
	return true;
}

bool counter_reads(struct counter *counter, const struct measure *measure,
	const struct entity *entity, bool *reads, bool *follows, struct err *err)
{
	struct prepared *prepared;
	size_t i, row;

	*reads = false;
	if (!prepare(counter, measure, &prepared, err)) {
		return false;
	}
	for (i = 0; i < prepared->rows.len; i += sizeof(row)) {
		memcpy(&row, prepared->rows.data + i, sizeof(row));
		*reads = *reads || row == entity->index;
	}
	*follows = prepared->follows;
	return true;
}

/* ---- a period's cells --------------------------------------------- */

struct filling {
	struct counts *counts;
	struct counter *counter;
	const struct counts_wanted *wanted;
};

static struct counted *cell_at(const struct counts *counts, size_t measure, size_t community)
{
	return &counts->cells[measure * counts->communities + community];
}

/* Take a kept cell if it is wanted and still true. */
static bool take_cell(void *ctx, const struct cell *cell, struct err *err)
{
	struct filling *filling = ctx;
	struct counter *counter = filling->counter;
	const struct measure *measure = model_measure(counter->model, view_of(cell->measure));
	size_t index = roster_find(counter->roster, cell->community);
	struct counted *counted;
	bool fresh;

	if (measure == NULL || index == ROSTER_NONE ||
		!filling->wanted->measures[measure_index(counter->model, measure)] ||
		!filling->wanted->communities[index]) {
		return true;
	}
	if (!counter_fresh(counter, measure, index, cell->version, &fresh, err)) {
		return false;
	}
	if (!fresh) {
		return true;
	}
	counted = cell_at(filling->counts, measure_index(counter->model, measure), index);
	counted->count = cell->count;
	counted->known = aggregate_copy(&counted->values, cell->values, cell->count,
		&filling->counts->arena, err);
	return counted->known;
}

/* The only measure that is wanted; NULL if there are several. */
static const char *only_measure(const struct model *model, const bool *wanted)
{
	const char *only = NULL;
	size_t i;

	for (i = 0; i < model->measure_count; i++) {
		if (wanted[i] && only != NULL) {
			return NULL;
		}
		if (wanted[i]) {
			only = model->measures[i].name;
		}
	}
	return only;
}

static bool count_cell(struct filling *filling, size_t measure, size_t community,
	struct err *err)
{
	struct counter *counter = filling->counter;
	const struct measure *of = &counter->model->measures[measure];
	struct counted *counted = cell_at(filling->counts, measure, community);
	struct cell cell = { .measure = of->name,
		.community = community_slug(counter->roster, community),
		.totals = of->aggregate == AGGREGATE_SUM,
		.version = counter->version };
	struct period period;

	period_of_measure(&period, of, filling->wanted->period, counter->tomorrow);
	if (!counter_count(counter, of, community, &period, &filling->counts->arena,
		    &counted->values, &counted->count, err)) {
		return false;
	}
	counted->known = true;
	cell.follows = counter->prepared[measure].follows ? of->records->name : NULL;
	cell.period = arena_copy(&filling->counts->arena, view_of(period.name)).data;
	if (cell.period == NULL) {
		return err_nomem(err);
	}
	cell.values = counted->values;
	cell.count = counted->count;
	buf_add(&filling->counts->fresh, &cell, sizeof(cell));
	return buf_ok(&filling->counts->fresh, err);
}

/* Take the kept cells of the period itself, and of the day that states go by. */
static bool take_kept(struct filling *filling, struct err *err)
{
	const struct model *model = filling->counter->model;
	const char *only = only_measure(model, filling->wanted->measures);
	bool of[2] = { false, false }; /* a flow, a state is wanted */
	struct period periods[2] = { *filling->wanted->period, *filling->wanted->period };
	size_t i;

	for (i = 0; i < model->measure_count; i++) {
		const struct measure *measure = &model->measures[i];

		if (filling->wanted->measures[i]) {
			of[measure->as_of ? 1 : 0] = true;
			period_of_measure(&periods[measure->as_of ? 1 : 0], measure,
				filling->wanted->period, filling->counter->tomorrow);
		}
	}
	for (i = 0; i < 2; i++) {
		if (of[i] && !cells_each(filling->counter->node, periods[i].name, only, take_cell,
				     filling, err)) {
			return false;
		}
	}
	return true;
}

bool counts_load(struct counts *out, struct counter *counter, const struct counts_wanted *wanted,
	struct err *err)
{
	struct filling filling = { out, counter, wanted };
	const struct model *model = counter->model;
	size_t i, j;

	*out = (struct counts){ .communities = counter->roster->count + 1 };
	out->cells = calloc(model->measure_count * out->communities + 1, sizeof(*out->cells));
	if (out->cells == NULL) {
		err_nomem(err);
		goto fail;
	}
	if (!take_kept(&filling, err)) {
		goto fail;
	}
	for (i = 0; i < model->measure_count; i++) {
		for (j = 0; wanted->measures[i] && j < out->communities; j++) {
			if (wanted->communities[j] && !cell_at(out, i, j)->known &&
				!count_cell(&filling, i, j, err)) {
				goto fail;
			}
		}
	}
	return true;
fail:
	counts_clear(out);
	return false;
}

void counts_clear(struct counts *counts)
{
	arena_clear(&counts->arena);
	buf_clear(&counts->fresh);
	free(counts->cells);
	*counts = (struct counts){ 0 };
}

const struct counted *counts_get(const struct counts *counts, const struct model *model,
	const struct measure *measure, size_t index)
{
	return cell_at(counts, measure_index(model, measure), index);
}

bool counts_keep(const struct counts *counts, struct node *node, struct err *err)
{
	bool kept;

	/* Whether they were kept is all the same: they are counted again. */
	return cells_put(node, (const struct cell *)(const void *)counts->fresh.data,
		counts->fresh.len / sizeof(struct cell), &kept, err);
}
