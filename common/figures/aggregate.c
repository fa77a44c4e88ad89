/* aggregate.c -- see aggregate.h. */
#include <stdlib.h>
#include <string.h>

#include "aggregate.h"

/* None comes first. */
static int compare_breakdowns(const char *a, const char *b)
{
	if (a == NULL || b == NULL) {
		return (a != NULL) - (b != NULL);
	}
	return strcmp(a, b);
}

static int compare_contents(const void *left, const void *right)
{
	const struct cell_value *a = left, *b = right;

	if (a->number != b->number) {
		return a->number < b->number ? -1 : 1;
	}
	return view_compare(a->key, b->key);
}

static int compare_values(const void *left, const void *right)
{
	const struct cell_value *a = left, *b = right;
	int order = compare_breakdowns(a->breakdown, b->breakdown);

	return order != 0 ? order : compare_contents(left, right);
}

static void sort(struct cell_value *values, size_t count,
	int (*compare)(const void *left, const void *right))
{
	if (count > 1) {
		qsort(values, count, sizeof(*values), compare);
	}
}

/* Take ${value} into ${last}, of the same breakdown, if one row can stand for both. */
static bool merge(enum aggregate aggregate, struct cell_value *last,
	const struct cell_value *value, bool *merged, struct err *err)
{
	*merged = compare_breakdowns(last->breakdown, value->breakdown) == 0 &&
		(aggregate == AGGREGATE_SUM || compare_contents(last, value) == 0);
	if (*merged) {
		last->rows += value->rows;
	}
	if (*merged && aggregate == AGGREGATE_SUM &&
		__builtin_add_overflow(last->number, value->number, &last->number)) {
		return err_set(err, ERR_VALUE, "a sum leaves the range of whole numbers");
	}
	return true;
}

bool aggregate_reduce(enum aggregate aggregate, struct cell_value *values, size_t *count,
	struct err *err)
{
	size_t i, kept = 0;
	bool merged;

	sort(values, *count, compare_values);
	for (i = 0; i < *count; i++) {
		merged = false;
		if (kept > 0 && !merge(aggregate, &values[kept - 1], &values[i], &merged, err)) {
			return false;
		}
		if (!merged) {
			values[kept++] = values[i];
		}
	}
	*count = kept;
	return true;
}

static bool add_up(const struct cell_value *values, size_t count, struct ratio *out,
	struct err *err)
{
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		if (__builtin_add_overflow(sum, values[i].number, &sum)) {
			return err_set(err, ERR_VALUE, "a sum leaves the range of whole numbers");
		}
	}
	*out = ratio_whole(sum);
	return true;
}

static int64_t count_distinct(const struct cell_value *values, size_t count)
{
	int64_t distinct = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		distinct += i == 0 || compare_contents(&values[i - 1], &values[i]) != 0;
	}
	return distinct;
}

/* The number of row ${at} (from 0), counting every row that each of ${values} stands for. */
static int64_t number_at(const struct cell_value *values, int64_t at)
{
	for (; at >= values->rows; values++) {
		at -= values->rows;
	}
	return values->number;
}

/* Of ${values} in ascending order. */
static bool find_median(const struct cell_value *values, size_t count, struct ratio *out,
	struct err *err)
{
	int64_t rows = 0, low, high;
	size_t i;

	*out = ratio_unknown();
	for (i = 0; i < count; i++) {
		rows += values[i].rows;
	}
	if (rows <= 0) {
		return true;
	}
	low = number_at(values, (rows - 1) / 2);
	high = number_at(values, rows / 2);
	*out = ratio_whole(high);
	return low == high || (ratio_add(out, ratio_whole(low), err) && ratio_scale(out, 2, err));
}

/* Of ${values} whose contents are in ascending order. */
static bool evaluate(enum aggregate aggregate, const struct cell_value *values, size_t count,
	struct ratio *out, struct err *err)
{
	switch (aggregate) {
	case AGGREGATE_SUM:
		return add_up(values, count, out, err);
	case AGGREGATE_DISTINCT:
		*out = ratio_whole(count_distinct(values, count));
		return true;
	case AGGREGATE_MEDIAN:
		return find_median(values, count, out, err);
	case AGGREGATE_MAX:
		*out = count != 0 ? ratio_whole(values[count - 1].number) : ratio_unknown();
		return true;
	case AGGREGATES:
		break;
	}
	return err_set(err, ERR_INTERNAL, "no such aggregate: %d", (int)aggregate);
}

bool aggregate_whole(enum aggregate aggregate, struct cell_value *values, size_t count,
	struct ratio *out, struct err *err)
{
	if (aggregate != AGGREGATE_SUM) {
		sort(values, count, compare_contents);
	}
	return evaluate(aggregate, values, count, out, err);
}

bool aggregate_each(enum aggregate aggregate, struct cell_value *values, size_t count,
	bool (*each)(void *ctx, const char *breakdown, struct ratio ratio, struct err *err),
	void *ctx, struct err *err)
{
	struct ratio ratio;
	size_t from, to;

	sort(values, count, compare_values);
	for (from = 0; from < count; from = to) {
		to = from + 1;
		while (to < count && compare_breakdowns(values[from].breakdown,
					     values[to].breakdown) == 0) {
			to++;
		}
		if (!evaluate(aggregate, values + from, to - from, &ratio, err) ||
			!each(ctx, values[from].breakdown, ratio, err)) {
			return false;
		}
	}
	return true;
}

bool aggregate_copy(struct cell_value **out, const struct cell_value *values, size_t count,
	struct arena *arena, struct err *err)
{
	struct cell_value *copies = arena_alloc(arena, count * sizeof(*copies) + 1);
	size_t i;

	*out = copies;
	if (copies == NULL) {
		return err_nomem(err);
	}
	for (i = 0; i < count; i++) {
		copies[i].number = values[i].number;
		copies[i].rows = values[i].rows;
		if (values[i].breakdown != NULL) {
			copies[i].breakdown = arena_copy(arena, view_of(values[i].breakdown)).data;
		}
		if (values[i].key.data != NULL) {
			copies[i].key = arena_copy(arena, values[i].key);
		}
		if ((copies[i].breakdown == NULL) != (values[i].breakdown == NULL) ||
			(copies[i].key.data == NULL) != (values[i].key.data == NULL)) {
			return err_nomem(err);
		}
	}
	return true;
}

bool aggregate_same(const struct cell_value *a, size_t a_count, const struct cell_value *b,
	size_t b_count)
{
	size_t i;

	if (a_count != b_count) {
		return false;
	}
	for (i = 0; i < a_count; i++) {
		if (compare_values(&a[i], &b[i]) != 0 || a[i].rows != b[i].rows) {
			return false;
		}
	}
	return true;
}
