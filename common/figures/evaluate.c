/* evaluate.c -- see evaluate.h. */
#include <stdlib.h>
#include <string.h>

#include "aggregate.h"
#include "evaluate.h"

int64_t evaluate_unit(enum field_type type)
{
	switch (type) {
	case FIELD_MONEY:
		return 100;
	case FIELD_AREA:
		return 10000;
	default:
		return 1;
	}
}

/* All values of ${measure} at the place; a copy, as aggregates reorder them. */
static bool gather(struct evaluation *evaluation, const struct measure *measure,
	struct cell_value **values, size_t *count, struct err *err)
{
	const struct counted *counted;
	size_t i;

	buf_reset(&evaluation->scratch);
	for (i = 0; i <= evaluation->roster->count; i++) {
		if (!roster_within(evaluation->roster, evaluation->target, i)) {
			continue;
		}
		counted = counts_get(evaluation->counts, evaluation->model, measure, i);
		if (!counted->known) {
			return err_set(err, ERR_INTERNAL, "%s was not counted", measure->name);
		}
		buf_add(&evaluation->scratch, counted->values,
			counted->count * sizeof(*counted->values));
	}
	*values = (struct cell_value *)(void *)evaluation->scratch.data;
	*count = evaluation->scratch.len / sizeof(**values);
	return buf_ok(&evaluation->scratch, err);
}

/* In the unit that is stored. */
static bool plain_measure(struct evaluation *evaluation, const struct measure *measure,
	struct ratio *out, struct err *err)
{
	struct cell_value *values;
	size_t count;

	return gather(evaluation, measure, &values, &count, err) &&
		(aggregate_whole(measure->aggregate, values, count, out, err) ||
			err_wrap(err, "%s", measure->name));
}

bool evaluate_measure(struct evaluation *evaluation, const struct measure *measure,
	struct ratio *out, struct err *err)
{
	return plain_measure(evaluation, measure, out, err) &&
		ratio_scale(out, evaluate_unit(measure->type), err);
}

/* ---- indicators --------------------------------------------------- */

/* One term's value: of the whole, or of one part. */
typedef bool term_value(void *ctx, const struct measure *measure, struct ratio *out,
	struct err *err);

/* A list of terms, and how to take them. */
struct terms {
	const struct measure *const *measures;
	size_t count;
};

static bool same_type(const struct terms *terms, enum field_type type)
{
	size_t i;

	for (i = 0; i < terms->count; i++) {
		if (terms->measures[i]->type != type) {
			return false;
		}
	}
	return true;
}

/* In the unit that is stored where ${plain}, else in the one that is read. */
static bool add_terms(struct ratio *sum, const struct terms *terms, bool plain,
	term_value *value, void *ctx, struct err *err)
{
	struct ratio term;
	size_t i;

	*sum = ratio_whole(0);
	for (i = 0; i < terms->count; i++) {
		if (!value(ctx, terms->measures[i], &term, err) ||
			!ratio_scale(&term, plain ? 1 : evaluate_unit(terms->measures[i]->type), err) ||
			!ratio_add(sum, term, err)) {
			return false;
		}
	}
	return true;
}

/* plus - minus over over, each term's value asked of ${value}. */
static bool compute(const struct indicator *indicator, term_value *value, void *ctx,
	struct ratio *out, struct err *err)
{
	const struct terms plus = { indicator->plus, indicator->plus_count };
	const struct terms minus = { indicator->minus, indicator->minus_count };
	const struct terms over = { indicator->over, indicator->over_count };
	enum field_type type = indicator->plus[0]->type;
	/* In 12 of 15 both are to be seen as they are: a common unit cancels out. */
	bool plain = over.count > 0 && same_type(&plus, type) && same_type(&minus, type) &&
		same_type(&over, type);
	struct ratio top, taken, bottom;

	if (!add_terms(&top, &plus, plain, value, ctx, err) ||
		!add_terms(&taken, &minus, plain, value, ctx, err) ||
		!ratio_subtract(&top, taken, err)) {
		return false;
	}
	if (over.count == 0) {
		*out = top;
		return true;
	}
	return add_terms(&bottom, &over, plain, value, ctx, err) &&
		ratio_divide(out, top, bottom, err);
}

static bool whole_term(void *ctx, const struct measure *measure, struct ratio *out,
	struct err *err)
{
	return plain_measure(ctx, measure, out, err);
}

bool evaluate_indicator(struct evaluation *evaluation, const struct indicator *indicator,
	struct ratio *out, struct err *err)
{
	return compute(indicator, whole_term, evaluation, out, err) ||
		err_wrap(err, "%s", indicator->name);
}

/* ---- parts -------------------------------------------------------- */

bool evaluate_has_parts(const struct measure *measure)
{
	return measure->breakdown.zh != NULL && measure->breakdown.zh[0] != '\0';
}

/* A part's place among the members that the model names. */
struct ordered {
	struct part part;
	size_t rank; /* in breakdown_members; beyond for others */
};

struct gathering {
	const struct measure *measure;
	struct buf parts; /* struct ordered */
};

static bool add_part(void *ctx, const char *breakdown, struct ratio ratio, struct err *err)
{
	struct gathering *gathering = ctx;
	const struct measure *measure = gathering->measure;
	struct ordered ordered = { .part = { breakdown, ratio } };

	while (ordered.rank < measure->breakdown_member_count && (breakdown == NULL ||
		strcmp(measure->breakdown_members[ordered.rank].name, breakdown) != 0)) {
		ordered.rank++;
	}
	buf_add(&gathering->parts, &ordered, sizeof(ordered));
	return buf_ok(&gathering->parts, err);
}

static int compare_ordered(const void *left, const void *right)
{
	const struct ordered *a = left, *b = right;

	if ((a->part.breakdown == NULL) != (b->part.breakdown == NULL)) {
		return a->part.breakdown == NULL ? 1 : -1;
	}
	if (a->rank != b->rank || a->part.breakdown == NULL) {
		return (a->rank > b->rank) - (a->rank < b->rank);
	}
	return strcmp(a->part.breakdown, b->part.breakdown);
}

/* The parts of ${measure}, in the unit that is stored. */
static bool plain_parts(struct evaluation *evaluation, const struct measure *measure,
	struct buf *parts, struct err *err)
{
	struct gathering gathering = { .measure = measure };
	struct cell_value *values;
	struct ordered *ordered;
	size_t count, i;
	bool ok = false;

	if (!gather(evaluation, measure, &values, &count, err) ||
		!aggregate_each(measure->aggregate, values, count, add_part, &gathering, err)) {
		goto out;
	}
	ordered = (struct ordered *)(void *)gathering.parts.data;
	count = gathering.parts.len / sizeof(*ordered);
	if (count > 1) {
		qsort(ordered, count, sizeof(*ordered), compare_ordered);
	}
	for (i = 0; i < count; i++) {
		buf_add(parts, &ordered[i].part, sizeof(ordered[i].part));
	}
	ok = buf_ok(parts, err);
out:
	buf_clear(&gathering.parts);
	return ok;
}

bool evaluate_measure_parts(struct evaluation *evaluation, const struct measure *measure,
	struct buf *parts, struct err *err)
{
	size_t at = parts->len;
	struct part *part;

	if (!plain_parts(evaluation, measure, parts, err)) {
		return err_wrap(err, "%s", measure->name);
	}
	for (; at < parts->len; at += sizeof(*part)) {
		part = (struct part *)(void *)(parts->data + at);
		if (!ratio_scale(&part->ratio, evaluate_unit(measure->type), err)) {
			return err_wrap(err, "%s", measure->name);
		}
	}
	return true;
}

static bool same_breakdown(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static const struct part *find_part(const struct buf *parts, const char *breakdown)
{
	const struct part *part = (const struct part *)(const void *)parts->data;
	size_t i;

	for (i = 0; i < parts->len / sizeof(*part); i++) {
		if (same_breakdown(part[i].breakdown, breakdown)) {
			return &part[i];
		}
	}
	return NULL;
}

/* One part of every term of an indicator. */
struct part_terms {
	struct evaluation *evaluation;
	const char *breakdown;
	struct buf parts;
};

/* A term without that part has nothing to add: 0. */
static bool part_term(void *ctx, const struct measure *measure, struct ratio *out,
	struct err *err)
{
	struct part_terms *terms = ctx;
	const struct part *part;

	buf_reset(&terms->parts);
	if (!plain_parts(terms->evaluation, measure, &terms->parts, err)) {
		return false;
	}
	part = find_part(&terms->parts, terms->breakdown);
	*out = part != NULL ? part->ratio : ratio_whole(0);
	return true;
}

/* The breakdowns that the terms have between them, as parts without a value. */
static bool all_breakdowns(struct evaluation *evaluation, const struct indicator *indicator,
	struct buf *parts, struct err *err)
{
	const struct measure *const *lists[] = { indicator->over, indicator->plus,
		indicator->minus };
	const size_t counts[] = { indicator->over_count, indicator->plus_count,
		indicator->minus_count };
	struct gathering gathering = { .measure = indicator->plus[0] };
	struct buf some = { 0 };
	size_t i, j, k, count;
	struct part *part;
	struct ordered *ordered;
	bool ok = true;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		for (j = 0; ok && j < counts[i]; j++) {
			ok = plain_parts(evaluation, lists[i][j], &some, err);
		}
	}
	part = (struct part *)(void *)some.data;
	for (k = 0; ok && k < some.len / sizeof(*part); k++) {
		const struct buf before = { some.data, k * sizeof(*part), 0, false };

		if (find_part(&before, part[k].breakdown) == NULL) {
			ok = add_part(&gathering, part[k].breakdown, ratio_unknown(), err);
		}
	}
	ordered = (struct ordered *)(void *)gathering.parts.data;
	count = gathering.parts.len / sizeof(*ordered);
	if (count > 1) {
		qsort(ordered, count, sizeof(*ordered), compare_ordered);
	}
	for (k = 0; k < count; k++) {
		buf_add(parts, &ordered[k].part, sizeof(ordered[k].part));
	}
	ok = ok && buf_ok(parts, err);
	buf_clear(&some);
	buf_clear(&gathering.parts);
	return ok;
}

bool evaluate_indicator_parts(struct evaluation *evaluation, const struct indicator *indicator,
	struct buf *parts, struct err *err)
{
	struct part_terms terms = { .evaluation = evaluation };
	size_t at = parts->len;
	struct part *part;
	bool ok = all_breakdowns(evaluation, indicator, parts, err);

	for (; ok && at < parts->len; at += sizeof(*part)) {
		part = (struct part *)(void *)(parts->data + at);
		terms.breakdown = part->breakdown;
		ok = compute(indicator, part_term, &terms, &part->ratio, err);
	}
	buf_clear(&terms.parts);
	return ok ? true : err_wrap(err, "%s", indicator->name);
}
