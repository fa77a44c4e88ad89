/*
 * statement_small.c -- see statement_small.h.
 *
 * The rows of one measure are a table: places by parts of its breakdown,
 * with every sum that a reader can make of it.
 */
#include "statement_small.h"

#include <stdlib.h>
#include <string.h>

#include "roster.h"
#include "suppress.h"

struct keeping {
	struct statement_file *file;
	struct roster roster;
	struct suppress_cell *cells; /* by row of the file */
	struct buf sums;             /* of struct suppress_sum; members by offset until bound */
	struct buf members;          /* of size_t */
};

/* The row, or file->row_count. */
static size_t find_row(const struct statement_file *file, enum place_level level,
	const char *figure, const char *place, const char *breakdown)
{
	const struct statement_row key = { .level = level, .figure = figure, .place = place,
		.breakdown = breakdown };
	size_t low = 0, high = file->row_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = statement_row_compare(&key, &file->rows[middle]);

		if (order == 0) {
			return middle;
		}
		if (order < 0) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	return file->row_count;
}

static void add_member(struct keeping *keeping, struct suppress_sum *sum, size_t row)
{
	if (row < keeping->file->row_count) {
		buf_add(&keeping->members, &row, sizeof(row));
		sum->count++;
	}
}

static void add_sum(struct keeping *keeping, const struct suppress_sum *sum)
{
	if (sum->count != 0) {
		buf_add(&keeping->sums, sum, sizeof(*sum));
	}
}

/* ${row}, the whole of a place, is the sum of its parts, which follow it. */
static void add_parts(struct keeping *keeping, size_t row)
{
	const struct statement_file *file = keeping->file;
	struct suppress_sum sum = { .total = row };
	size_t i;

	for (i = row + 1; i < file->row_count && file->rows[i].level == file->rows[row].level &&
		strcmp(file->rows[i].figure, file->rows[row].figure) == 0 &&
		strcmp(file->rows[i].place, file->rows[row].place) == 0; i++) {
		add_member(keeping, &sum, i);
	}
	add_sum(keeping, &sum);
}

/* ${row}, of a street or the district, is the sum of the places within it. */
static void add_places(struct keeping *keeping, size_t row)
{
	const struct roster *roster = &keeping->roster;
	const struct statement_row *at = &keeping->file->rows[row];
	struct suppress_sum sum = { .total = row };
	size_t i;

	for (i = 0; at->level == PLACE_DISTRICT && i < roster->street_count; i++) {
		add_member(keeping, &sum, find_row(keeping->file, PLACE_STREET, at->figure,
			roster->streets[i].name, at->breakdown));
	}
	for (i = 0; i < roster->count; i++) {
		size_t street = roster->communities[i].street;

		if (at->level == PLACE_DISTRICT ? street == ROSTER_NONE :
			street != ROSTER_NONE &&
				strcmp(roster->streets[street].name, at->place) == 0) {
			add_member(keeping, &sum, find_row(keeping->file, PLACE_COMMUNITY,
				at->figure, roster->communities[i].slug, at->breakdown));
		}
	}
	add_sum(keeping, &sum);
}

/* Members were noted one after the other: now that they move no more, point at them. */
static void bind(struct keeping *keeping)
{
	struct suppress_sum *sums = (struct suppress_sum *)(void *)keeping->sums.data;
	const size_t *members = (const size_t *)(const void *)keeping->members.data;
	size_t i, count = keeping->sums.len / sizeof(*sums);

	for (i = 0; i < count; i++) {
		sums[i].members = members;
		members += sums[i].count;
	}
}

static bool keep_measure(struct keeping *keeping, const struct measure *measure, struct err *err)
{
	struct statement_file *file = keeping->file;
	size_t i;

	buf_reset(&keeping->sums);
	buf_reset(&keeping->members);
	for (i = 0; i < file->row_count; i++) {
		const struct statement_row *row = &file->rows[i];
		bool own = strcmp(row->figure, measure->name) == 0;

		keeping->cells[i] = (struct suppress_cell){
			own && row->value.known ? row->value.numerator : 0, false };
		if (!own) {
			continue;
		}
		if (row->breakdown == NULL) {
			add_parts(keeping, i);
		}
		if (row->level != PLACE_COMMUNITY) {
			add_places(keeping, i);
		}
	}
	if (!buf_ok(&keeping->sums, err) || !buf_ok(&keeping->members, err)) {
		return false;
	}
	bind(keeping);
	if (!suppress_small(keeping->cells, file->row_count,
		    (const struct suppress_sum *)(const void *)keeping->sums.data,
		    keeping->sums.len / sizeof(struct suppress_sum), measure->small_below, err)) {
		return false;
	}
	for (i = 0; i < file->row_count; i++) {
		file->rows[i].value.suppressed |= keeping->cells[i].kept_back;
	}
	return true;
}

/* ---- what is computed from those ---------------------------------------- */

static bool any_kept(const struct statement_file *file, const struct statement_row *row,
	const struct measure *const *measures, size_t count, const char *breakdown)
{
	size_t i;

	for (i = 0; i < count; i++) {
		size_t at = find_row(file, row->level, measures[i]->name, row->place, breakdown);

		if (at < file->row_count && file->rows[at].value.suppressed) {
			return true;
		}
	}
	return false;
}

static bool indicator_kept(const struct statement_file *file, const struct statement_row *row,
	const struct indicator *indicator, const char *breakdown)
{
	return any_kept(file, row, indicator->plus, indicator->plus_count, breakdown) ||
		any_kept(file, row, indicator->minus, indicator->minus_count, breakdown) ||
		any_kept(file, row, indicator->over, indicator->over_count, breakdown);
}

/* Of a series' row the breakdown is the figure that is watched. */
static bool derived_kept(const struct statement_file *file, const struct model *model,
	const struct statement_row *row)
{
	const struct indicator *indicator = model_indicator(model, view_of(row->figure));
	const struct measure *measure;

	if (indicator != NULL) {
		return indicator_kept(file, row, indicator, row->breakdown);
	}
	if (model_series(model, view_of(row->figure)) == NULL || row->breakdown == NULL) {
		return false;
	}
	indicator = model_indicator(model, view_of(row->breakdown));
	measure = model_measure(model, view_of(row->breakdown));
	return indicator != NULL ? indicator_kept(file, row, indicator, NULL) :
		measure != NULL && any_kept(file, row, &measure, 1, NULL);
}

static void clear_suppressed(struct statement_file *file)
{
	size_t i;

	for (i = 0; i < file->row_count; i++) {
		struct statement_value *value = &file->rows[i].value;

		if (value->suppressed) {
			*value = (struct statement_value){ .there = true, .suppressed = true,
				.denominator = 1 };
		}
	}
}

bool statement_keep_small(struct statement_file *file, struct node *node, struct err *err)
{
	const struct model *model = node_model(node);
	struct keeping keeping = { .file = file };
	bool ok = false;
	size_t i;

	keeping.cells = calloc(file->row_count + 1, sizeof(*keeping.cells));
	if (keeping.cells == NULL) {
		return err_nomem(err);
	}
	if (!roster_load(&keeping.roster, node, err)) {
		goto out;
	}
	for (i = 0; i < model->measure_count; i++) {
		if (model->measures[i].small_below != 0 &&
			!keep_measure(&keeping, &model->measures[i], err)) {
			goto out;
		}
	}
	for (i = 0; i < file->row_count; i++) {
		struct statement_value *value = &file->rows[i].value;

		value->suppressed = value->suppressed ||
			derived_kept(file, model, &file->rows[i]);
	}
	clear_suppressed(file);
	ok = true;
out:
	roster_clear(&keeping.roster);
	buf_clear(&keeping.sums);
	buf_clear(&keeping.members);
	free(keeping.cells);
	return ok;
}
