/* rows.c -- see rows.h. */
#include <inttypes.h>
#include <string.h>

#include "rows.h"

#define EXACT_REAL_MAX 9007199254740992.0 /* 2^53 */

struct reading {
	const struct measure *measure;
	struct arena *arena;
	struct buf text;
	size_t count;
	bool (*each)(void *ctx, const struct row *row, struct err *err);
	void *ctx;
};

/* What people are shown for a breakdown of any type; NULL: none. */
static bool take_breakdown(struct reading *reading, const struct cell_view *cell,
	const char **out, struct err *err)
{
	char id[RECORD_ID_TEXT_BYTES] = "";
	struct view text = cell->text;

	*out = NULL;
	buf_reset(&reading->text);
	switch (cell->kind) {
	case QUERY_NULL:
		return true;
	case QUERY_INTEGER:
		buf_printf(&reading->text, "%" PRId64, cell->integer);
		text = buf_as_view(&reading->text);
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
	*out = arena_copy(reading->arena, text).data;
	return *out != NULL && !reading->text.failed ? true : err_nomem(err);
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
static bool take_key(struct reading *reading, const struct cell_view *cell, struct view *out,
	struct err *err)
{
	buf_reset(&reading->text);
	switch (cell->kind) {
	case QUERY_INTEGER:
		buf_printf(&reading->text, "i%" PRId64, cell->integer);
		break;
	case QUERY_TEXT:
	case QUERY_BLOB:
		buf_byte(&reading->text, cell->kind == QUERY_TEXT ? 't' : 'b');
		buf_view(&reading->text, cell->text);
		break;
	case QUERY_NULL:
	case QUERY_REAL:
		return err_set(err, ERR_MODEL, "a key must not be a fraction");
	}
	*out = arena_copy(reading->arena, buf_as_view(&reading->text));
	return out->data != NULL && !reading->text.failed ? true : err_nomem(err);
}

/* (breakdown, value[, record]) */
static bool read_row(void *ctx, const struct cell_view *cells, int columns, struct err *err)
{
	struct reading *reading = ctx;
	struct row row = { .value.rows = 1, .record = columns > 2 ? &cells[2] : NULL };

	if (columns < 2) {
		return err_set(err, ERR_MODEL, "a measure gives breakdown and value");
	}
	if (cells[1].kind == QUERY_NULL) {
		return true;
	}
	if (reading->count++ >= CELL_MAX_VALUES) {
		return err_set(err, ERR_TOO_LARGE, "over %d rows", CELL_MAX_VALUES);
	}
	return take_breakdown(reading, &cells[0], &row.value.breakdown, err) &&
		(reading->measure->aggregate == AGGREGATE_DISTINCT ?
				take_key(reading, &cells[1], &row.value.key, err) :
				take_number(&cells[1], &row.value.number, err)) &&
		reading->each(reading->ctx, &row, err);
}

bool rows_each(struct query *query, const struct measure *measure, const char *community,
	const struct period *period, struct arena *arena,
	bool (*each)(void *ctx, const struct row *row, struct err *err), void *ctx, struct err *err)
{
	const struct query_parameter parameters[] = {
		{ ":community", view_of(community), false },
		{ ":from", view_of(period->from), false },
		{ ":to", view_of(period->to), false },
	};
	struct reading reading = { .measure = measure, .arena = arena, .each = each, .ctx = ctx };
	bool ok = query_each(query, parameters, sizeof(parameters) / sizeof(parameters[0]),
		read_row, &reading, err);

	buf_clear(&reading.text);
	return ok ||
		err_wrap(err, "measure %s of %s in %s", measure->name, community, period->name);
}

static bool gather_row(void *ctx, const struct row *row, struct err *err)
{
	struct buf *values = ctx;

	buf_add(values, &row->value, sizeof(row->value));
	return buf_ok(values, err);
}

bool rows_gather(struct query *query, const struct measure *measure, const char *community,
	const struct period *period, struct arena *arena, struct buf *values, struct err *err)
{
	return rows_each(query, measure, community, period, arena, gather_row, values, err);
}

bool rows_follow(const struct model *model, const struct measure *measure,
	struct view entities)
{
	const char *at, *end = entities.data + entities.len;

	for (at = entities.data; at < end; at += strlen(at) + 1) {
		const struct entity *entity = model_entity(model, view_of(at));

		if (entity == NULL || (entity != measure->records && !entity->district_writes &&
					      !entity->trust)) {
			return false;
		}
	}
	return measure->per_record;
}
