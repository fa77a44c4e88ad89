/* spans.c -- see spans.h. */
#include <stdlib.h>
#include <string.h>

#include "linli/records.h"
#include "periods.h"
#include "rows.h"
#include "spans.h"

/* A record with an open conflict. */
struct open_record {
	const struct entity *entity;
	char id[RECORD_ID_TEXT_BYTES];
	size_t community; /* in the roster, or the district's place */
};

struct spanning {
	struct spans *spans;
	struct counter *counter;
	const struct counts_wanted *wanted;
	struct buf records; /* struct open_record */
	bool too_many;

	/* Of the record and measure at hand. */
	const struct open_record *record;
	const struct measure *measure;
	struct span *span;
};

static const char *slug_of(const struct roster *roster, size_t index)
{
	return index < roster->count ? roster->communities[index].slug : DISTRICT_SLUG;
}

static bool note_record(void *ctx, const char *entity, const char *id, const char *community,
	struct err *err)
{
	struct spanning *spanning = ctx;
	struct open_record record = { .entity = model_entity(spanning->counter->model,
					      view_of(entity)) };

	record.community = roster_find(spanning->counter->roster, community);
	if (record.entity == NULL || record.community == ROSTER_NONE ||
		!spanning->wanted->communities[record.community]) {
		return true;
	}
	if (spanning->records.len / sizeof(record) >= SPANS_MAX_RECORDS) {
		spanning->too_many = true;
		return true;
	}
	memcpy(record.id, id, strlen(id) + 1);
	buf_add(&spanning->records, &record, sizeof(record));
	return buf_ok(&spanning->records, err);
}

/* What the measure gives for the record, its field as ${value} (NULL: as it is shown). */
static bool count_with(struct spanning *spanning, const struct field *field,
	const struct value *value, int64_t *sum, struct err *err)
{
	struct counter *counter = spanning->counter;
	struct record_id id;
	struct query *query = NULL;
	struct arena arena = { 0 };
	struct buf values = { 0 };
	struct period period;
	size_t at;
	bool ok;

	*sum = 0;
	period_of_measure(&period, spanning->measure, spanning->wanted->period,
		counter->tomorrow);
	ok = (record_id_parse(&id, view_of(spanning->record->id),
		      spanning->record->entity->slug_ids) ||
		     err_set(err, ERR_STORE, "no record")) &&
		query_open_with(&query, counter->node, spanning->measure->sql,
			spanning->record->entity, &id, field, value, err) &&
		rows_gather(query, spanning->measure,
			slug_of(counter->roster, spanning->record->community), &period, &arena,
			&values, err);
	for (at = 0; ok && at < values.len; at += sizeof(struct cell_value)) {
		const struct cell_value *row = (const void *)(values.data + at);

		if (__builtin_add_overflow(*sum, row->number, sum)) {
			ok = err_set(err, ERR_VALUE, "a sum leaves the range of whole numbers");
		}
	}
	query_close(query);
	buf_clear(&values);
	arena_clear(&arena);
	return ok;
}

static bool span_conflict(void *ctx, const struct conflict *conflict, struct err *err)
{
	struct spanning *spanning = ctx;
	struct span *span = spanning->span;
	int64_t shown, other, below = 0, above = 0;
	size_t i;

	if (!conflict->open || span->unknown) {
		return true;
	}
	if (conflict->field == NULL || conflict->field->type == FIELD_REFERENCE ||
		conflict->field->rule == RULE_UNION) {
		span->unknown = true;
		return true;
	}
	if (!count_with(spanning, NULL, NULL, &shown, err)) {
		return false;
	}
	for (i = 0; i < conflict->value_count; i++) {
		if (!count_with(spanning, conflict->field, &conflict->values[i].value, &other,
			    err)) {
			return false;
		}
		if (__builtin_sub_overflow(other, shown, &other)) {
			span->unknown = true;
			return true;
		}
		below = other < below ? other : below;
		above = other > above ? other : above;
	}
	span->unknown = __builtin_add_overflow(span->below, below, &span->below) ||
		__builtin_add_overflow(span->above, above, &span->above);
	return true;
}

static bool span_measure(struct spanning *spanning, size_t index,
	const struct open_record *record, struct err *err)
{
	struct counter *counter = spanning->counter;
	const struct measure *measure = &counter->model->measures[index];
	bool reads, follows;
	struct record_id id;

	if (!counter_reads(counter, measure, record->entity, &reads, &follows, err)) {
		return false;
	}
	if (!reads) {
		return true;
	}
	spanning->span = &spanning->spans->spans[index * spanning->spans->communities +
		record->community];
	if (!follows || measure->records != record->entity ||
		measure->aggregate != AGGREGATE_SUM) {
		spanning->span->unknown = true;
		return true;
	}
	spanning->measure = measure;
	spanning->record = record;
	return record_id_parse(&id, view_of(record->id), record->entity->slug_ids) &&
		records_conflicts(counter->node, record->entity, &id, span_conflict, spanning, err);
}

static bool span_all(struct spanning *spanning, struct err *err)
{
	const struct open_record *records = (const void *)spanning->records.data;
	size_t count = spanning->records.len / sizeof(*records), i, j;
	const struct model *model = spanning->counter->model;

	for (i = 0; spanning->too_many && i < model->measure_count * spanning->spans->communities;
		i++) {
		spanning->spans->spans[i].unknown = true;
	}
	for (i = 0; !spanning->too_many && i < count; i++) {
		for (j = 0; j < model->measure_count; j++) {
			if (spanning->wanted->measures[j] &&
				!span_measure(spanning, j, &records[i], err)) {
				return false;
			}
		}
	}
	return true;
}

bool spans_load(struct spans *out, struct counter *counter, const struct counts_wanted *wanted,
	struct err *err)
{
	struct spanning spanning = { .spans = out, .counter = counter, .wanted = wanted };
	bool ok;

	*out = (struct spans){ .communities = counter->roster->count + 1 };
	ok = cells_open_conflicts(counter->node, SPANS_MAX_RECORDS + 1, note_record, &spanning,
		err);
	if (ok && spanning.records.len != 0) {
		out->spans = calloc(counter->model->measure_count * out->communities + 1,
			sizeof(*out->spans));
		ok = out->spans != NULL ? span_all(&spanning, err) : err_nomem(err);
	}
	buf_clear(&spanning.records);
	if (!ok) {
		spans_clear(out);
	}
	return ok;
}

void spans_clear(struct spans *spans)
{
	free(spans->spans);
	*spans = (struct spans){ 0 };
}

/* ---- at a place --------------------------------------------------- */

static struct span add_up(const struct spans *spans, const struct evaluation *evaluation,
	const struct measure *measure)
{
	size_t index = (size_t)(measure - evaluation->model->measures), i;
	struct span all = { 0 };

	for (i = 0; spans->spans != NULL && i < spans->communities; i++) {
		const struct span *one = &spans->spans[index * spans->communities + i];

		if (roster_within(evaluation->roster, evaluation->target, i)) {
			all.unknown = all.unknown || one->unknown ||
				__builtin_add_overflow(all.below, one->below, &all.below) ||
				__builtin_add_overflow(all.above, one->above, &all.above);
		}
	}
	return all;
}

/* ${ratio} and so much more, of what is stored, as people read it. */
static bool move(struct ratio ratio, int64_t by, enum field_type type, struct ratio *out,
	struct err *err)
{
	struct ratio step = ratio_whole(by);

	*out = ratio;
	return !ratio.known || (ratio_scale(&step, evaluate_unit(type), err) &&
				       ratio_add(out, step, err));
}

bool spans_measure(const struct spans *spans, const struct evaluation *evaluation,
	const struct measure *measure, struct ratio now, struct ratio range[2], bool *ranged,
	struct err *err)
{
	struct span span = add_up(spans, evaluation, measure);

	*ranged = now.known && !span.unknown;
	range[0] = range[1] = now;
	return !*ranged || spans->spans == NULL || (move(now, span.below, measure->type, &range[0], err) &&
				   move(now, span.above, measure->type, &range[1], err));
}

/* Add (or take off) the range of ${measure} to ${sum}. */
static bool add_term(const struct spans *spans, struct evaluation *evaluation,
	const struct measure *measure, bool minus, struct ratio sum[2], bool *ranged,
	struct err *err)
{
	struct ratio value, range[2];
	bool known;

	if (!evaluate_measure(evaluation, measure, &value, err) ||
		!spans_measure(spans, evaluation, measure, value, range, &known, err)) {
		return false;
	}
	*ranged = *ranged && known;
	if (!known) {
		return true;
	}
	return minus ? ratio_subtract(&sum[0], range[1], err) &&
			ratio_subtract(&sum[1], range[0], err) :
		       ratio_add(&sum[0], range[0], err) && ratio_add(&sum[1], range[1], err);
}

/* The least and the greatest of the four quotients; the bottom is above 0. */
static bool divide(const struct ratio top[2], const struct ratio bottom[2],
	struct ratio range[2], struct err *err)
{
	struct ratio quotient;
	size_t i;

	for (i = 0; i < 4; i++) {
		if (!ratio_divide(&quotient, top[i / 2], bottom[i % 2], err)) {
			return false;
		}
		if (i == 0 || ratio_compare(quotient, range[0]) < 0) {
			range[0] = quotient;
		}
		if (i == 0 || ratio_compare(quotient, range[1]) > 0) {
			range[1] = quotient;
		}
	}
	return true;
}

bool spans_indicator(const struct spans *spans, struct evaluation *evaluation,
	const struct indicator *indicator, struct ratio now, struct ratio range[2], bool *ranged,
	struct err *err)
{
	struct ratio top[2] = { ratio_whole(0), ratio_whole(0) };
	struct ratio bottom[2] = { ratio_whole(0), ratio_whole(0) };
	size_t i;

	range[0] = range[1] = now;
	*ranged = now.known;
	if (spans->spans == NULL) {
		return true;
	}
	for (i = 0; *ranged && i < indicator->plus_count; i++) {
		if (!add_term(spans, evaluation, indicator->plus[i], false, top, ranged, err)) {
			return false;
		}
	}
	for (i = 0; *ranged && i < indicator->minus_count; i++) {
		if (!add_term(spans, evaluation, indicator->minus[i], true, top, ranged, err)) {
			return false;
		}
	}
	for (i = 0; *ranged && i < indicator->over_count; i++) {
		if (!add_term(spans, evaluation, indicator->over[i], false, bottom, ranged, err)) {
			return false;
		}
	}
	if (!*ranged) {
		return true;
	}
	if (indicator->over_count == 0) {
		range[0] = top[0];
		range[1] = top[1];
		return true;
	}
	*ranged = ratio_compare(bottom[0], ratio_whole(0)) > 0;
	return !*ranged || divide(top, bottom, range, err);
}
