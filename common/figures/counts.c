/* counts.c -- see counts.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "aggregate.h"
#include "counts.h"

#define EXACT_REAL_MAX 9007199254740992.0 /* 2^53 */

/* ---- one cell, from the records ----------------------------------- */

struct counting {
	const struct measure *measure;
	struct arena *arena;
	struct buf values; /* struct cell_value */
	struct buf text;
};

/* What people are shown for a breakdown of any type; NULL: none. */
static bool take_breakdown(struct counting *counting, const struct cell_view *cell,
	const char **out, struct err *err)
{
	char id[RECORD_ID_TEXT_BYTES] = "";
	struct view text = cell->text;

	*out = NULL;
	buf_reset(&counting->text);
	switch (cell->kind) {
	case QUERY_NULL:
		return true;
	case QUERY_INTEGER:
		buf_printf(&counting->text, "%" PRId64, cell->integer);
		text = buf_as_view(&counting->text);
		break;
	case QUERY_BLOB:
		record_id_print(id, cell->text.data, cell->text.len, false);
		text = view_of(id);
		break;
	case QUERY_REAL:
		return err_set(err, ERR_MODEL, "a breakdown must not be a fraction");
	case QUERY_TEXT:
		break;
	}
	*out = arena_copy(counting->arena, text).data;
	return *out != NULL && !counting->text.failed ? true : err_nomem(err);
}

/* SQLite's own functions give fractions even for whole numbers of days. */
static bool take_number(const struct cell_view *cell, int64_t *out, struct err *err)
{
	if (cell->kind == QUERY_INTEGER) {
		*out = cell->integer;
		return true;
	}
	if (cell->kind == QUERY_REAL && cell->real > -EXACT_REAL_MAX &&
		cell->real < EXACT_REAL_MAX && (double)(int64_t)cell->real == cell->real) {
		*out = (int64_t)cell->real;
		return true;
	}
	return err_set(err, ERR_MODEL, "a value is no whole number");
}

/* A key is its type and its bytes, so that 1 and '1' are two. */
static bool take_key(struct counting *counting, const struct cell_view *cell, struct view *out,
	struct err *err)
{
	buf_reset(&counting->text);
	switch (cell->kind) {
	case QUERY_INTEGER:
		buf_printf(&counting->text, "i%" PRId64, cell->integer);
		break;
	case QUERY_TEXT:
	case QUERY_BLOB:
		buf_byte(&counting->text, cell->kind == QUERY_TEXT ? 't' : 'b');
		buf_view(&counting->text, cell->text);
		break;
	case QUERY_NULL:
	case QUERY_REAL:
		return err_set(err, ERR_MODEL, "a key must not be a fraction");
	}
	*out = arena_copy(counting->arena, buf_as_view(&counting->text));
	return out->data != NULL && !counting->text.failed ? true : err_nomem(err);
}

/* (breakdown, value, ...); a row without a value does not count. */
static bool count_row(void *ctx, const struct cell_view *cells, int columns, struct err *err)
{
	struct counting *counting = ctx;
	struct cell_value value = { 0 };

	if (columns < 2) {
		return err_set(err, ERR_MODEL, "a measure gives breakdown and value");
	}
	if (cells[1].kind == QUERY_NULL) {
		return true;
	}
	if (counting->values.len / sizeof(value) >= CELL_MAX_VALUES) {
		return err_set(err, ERR_TOO_LARGE, "over %d rows", CELL_MAX_VALUES);
	}
	if (!take_breakdown(counting, &cells[0], &value.breakdown, err)) {
		return false;
	}
	if (counting->measure->aggregate == AGGREGATE_DISTINCT ?
			!take_key(counting, &cells[1], &value.key, err) :
			!take_number(&cells[1], &value.number, err)) {
		return false;
	}
	buf_add(&counting->values, &value, sizeof(value));
	return buf_ok(&counting->values, err);
}

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
	const struct query_parameter parameters[] = {
		{ ":community", view_of(community_slug(counter->roster, index)), false },
		{ ":from", view_of(period->from), false },
		{ ":to", view_of(period->to), false },
	};
	struct counting counting = { .measure = measure, .arena = arena };
	struct prepared *prepared;
	bool ok = false;

	*count = 0;
	if (!prepare(counter, measure, &prepared, err)) {
		return false;
	}
	if (!query_each(prepared->query, parameters, sizeof(parameters) / sizeof(parameters[0]),
		    count_row, &counting, err)) {
		goto out;
	}
	/* What is kept is a copy: alignment, and no larger than what it came to. */
	*count = counting.values.len / sizeof(**values);
	*values = arena_alloc(arena, counting.values.len + 1);
	if (*values == NULL) {
		err_nomem(err);
		goto out;
	}
	if (*count != 0) {
		memcpy(*values, counting.values.data, counting.values.len);
	}
	ok = aggregate_reduce(measure->aggregate, *values, count, err);
	counter->counted++;
out:
	if (!ok) {
		err_wrap(err, "measure %s of %s in %s", measure->name,
			community_slug(counter->roster, index), period->name);
	}
	buf_clear(&counting.values);
	buf_clear(&counting.text);
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
	if (out->prepared == NULL || out->touched == NULL) {
		err_nomem(err);
		goto fail;
	}
	if (!cells_touched(node, take_touched, out, err)) {
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
	*counter = (struct counter){ 0 };
}

bool counter_fresh(struct counter *counter, const struct measure *measure, size_t index,
	int64_t version, bool *fresh, struct err *err)
{
	size_t columns = counter->roster->count + 1, i, row;
	struct prepared *prepared;

	*fresh = false;
	if (!prepare(counter, measure, &prepared, err)) {
		return false;
	}
	for (i = 0; i < prepared->rows.len; i += sizeof(row)) {
		memcpy(&row, prepared->rows.data + i, sizeof(row));
		if (counter->touched[row * columns + index] > version ||
			counter->touched[row * columns + columns - 1] > version) {
			return true;
		}
	}
	*fresh = true;
	return true;
}

/* ---- a period's cells --------------------------------------------- */

/* The state on the eve of ${to}. */
static void period_as_of(struct period *out, const char *to)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->name, to, CIVIL_DATE_BYTES);
	memcpy(out->from, "0001-01-01", CIVIL_DATE_BYTES);
	memcpy(out->to, to, CIVIL_DATE_BYTES);
}

void counter_period(const struct counter *counter, const struct measure *measure,
	const struct period *asked, struct period *out)
{
	if (measure->as_of) {
		period_as_of(out, strcmp(asked->to, counter->tomorrow) < 0 ? asked->to :
									      counter->tomorrow);
	} else {
		*out = *asked;
	}
}

bool counter_period_named(struct period *out, const char *name)
{
	struct err ignored;

	if (civil_date_valid(view_of(name))) {
		period_as_of(out, name);
		return true;
	}
	return period_parse(out, view_of(name), &ignored);
}

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
		.version = counter->version };
	struct period period;

	counter_period(counter, of, filling->wanted->period, &period);
	if (!counter_count(counter, of, community, &period, &filling->counts->arena,
		    &counted->values, &counted->count, err)) {
		return false;
	}
	counted->known = true;
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
			counter_period(filling->counter, measure, filling->wanted->period,
				&periods[measure->as_of ? 1 : 0]);
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
