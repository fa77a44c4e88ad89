/* settle.c -- see settle.h. */
#include <stdlib.h>
#include <string.h>

#include "aggregate.h"
#include "linli/names.h"
#include "periods.h"
#include "rows.h"
#include "settle.h"

/* A measure's queries over the changed records alone. */
struct changes {
	struct query *was, *is; /* NULL until they are needed */
	bool broken;            /* its SQL cannot be run so */
};

struct settling {
	struct node *node;
	const struct model *model;
	struct changes *changes; /* by measure */
	int64_t *touched;        /* by entity: last change of the district's own records */
	struct buf kept;         /* struct kept: of the measure and community at hand */
};

struct kept {
	int64_t number, version;
	char period[CIVIL_DATE_BYTES + 1];
};

static bool note_kept(void *ctx, int64_t number, const char *period, int64_t version,
	struct err *err)
{
	struct settling *settling = ctx;
	struct kept kept = { .number = number, .version = version };

	if (strlen(period) < sizeof(kept.period)) {
		strcpy(kept.period, period);
	}
	buf_add(&settling->kept, &kept, sizeof(kept));
	return buf_ok(&settling->kept, err);
}

static bool note_touched(void *ctx, const char *entity, const char *community, int64_t version,
	struct err *err)
{
	struct settling *settling = ctx;
	const struct entity *found = model_entity(settling->model, view_of(entity));

	(void)err;
	if (found != NULL && strcmp(community, DISTRICT_SLUG) == 0) {
		settling->touched[found->index] = version;
	}
	return true;
}

/* Have records of the district changed that the cell was counted with? */
static bool is_stale(const struct settling *settling, const struct measure *measure,
	struct view entities, int64_t version)
{
	const char *at, *end = entities.data + entities.len;

	for (at = entities.data; at < end; at += strlen(at) + 1) {
		const struct entity *entity = model_entity(settling->model, view_of(at));

		if (entity != NULL && entity != measure->records &&
			settling->touched[entity->index] > version) {
			return true;
		}
	}
	return false;
}

/* What ${query} gives, as rows to be taken off where ${sign} is -1. */
static bool gather(struct settling *settling, struct query *query,
	const struct measure *measure, const char *community, const struct period *period,
	int64_t sign, struct arena *arena, struct buf *values, struct err *err)
{
	size_t at = values->len;

	(void)settling;
	if (!rows_gather(query, measure, community, period, arena, values, err)) {
		return false;
	}
	for (; sign < 0 && at < values->len; at += sizeof(struct cell_value)) {
		struct cell_value *value = (struct cell_value *)(void *)(values->data + at);

		value->rows = -value->rows;
		if (measure->aggregate == AGGREGATE_SUM) {
			if (value->number == INT64_MIN) {
				return err_set(err, ERR_VALUE, "a sum leaves the range");
			}
			value->number = -value->number;
		}
	}
	return true;
}

/* What changed for the cell of ${period}: *values, reduced, in ${all}. */
static bool find_change(struct settling *settling, const struct measure *measure,
	const char *community, const struct period *period, struct arena *arena, struct buf *all,
	size_t *count, struct err *err)
{
	struct changes *changes = &settling->changes[measure - settling->model->measures];
	struct cell_value *values;
	size_t i, kept = 0;

	if (!gather(settling, changes->was, measure, community, period, -1, arena, all, err) ||
		!gather(settling, changes->is, measure, community, period, 1, arena, all, err)) {
		return false;
	}
	values = (struct cell_value *)(void *)all->data;
	*count = all->len / sizeof(*values);
	if (!aggregate_reduce(measure->aggregate, values, count, err)) {
		return false;
	}
	for (i = 0; i < *count; i++) {
		if (values[i].rows != 0 ||
			(measure->aggregate == AGGREGATE_SUM && values[i].number != 0)) {
			values[kept++] = values[i];
		}
	}
	*count = kept;
	return true;
}

/* Something of the measure cannot be counted: to be told whoever asks for it. */
static bool is_its_own(enum err_code code)
{
	return code == ERR_MODEL || code == ERR_TOO_LARGE || code == ERR_VALUE;
}

static bool settle_cell(struct settling *settling, const struct measure *measure,
	const char *community, const struct kept *kept, struct err *err)
{
	struct arena arena = { 0 };
	struct buf values = { 0 };
	struct period period;
	struct err why;
	size_t count;
	bool ok;

	if (!period_of_cell(&period, kept->period)) {
		return cells_drop(settling->node, kept->number, err);
	}
	ok = find_change(settling, measure, community, &period, &arena, &values, &count, &why);
	if (ok) {
		ok = cells_add(settling->node, kept->number, measure->aggregate == AGGREGATE_SUM,
			(const struct cell_value *)(const void *)values.data, count, err);
	} else if (is_its_own(why.code)) {
		ok = cells_drop(settling->node, kept->number, err);
	} else {
		err_set(err, why.code, "%s", why.detail);
	}
	buf_clear(&values);
	arena_clear(&arena);
	return ok;
}

static bool open_changes(struct settling *settling, const struct measure *measure,
	struct changes *changes, struct err *err)
{
	struct err why;

	if (changes->is != NULL || changes->broken) {
		return true;
	}
	if (query_open_changed(&changes->is, settling->node, measure->sql, measure->records, true,
		    &why) &&
		query_open_changed(&changes->was, settling->node, measure->sql, measure->records,
			false, &why)) {
		changes->broken = !rows_follow(settling->model, measure,
			query_entities(changes->is));
		return true;
	}
	changes->broken = true;
	return is_its_own(why.code) || err_set(err, why.code, "%s", why.detail);
}

static bool settle_measure(struct settling *settling, const struct measure *measure,
	const char *community, struct err *err)
{
	struct changes *changes = &settling->changes[measure - settling->model->measures];
	struct kept kept;
	size_t at;

	buf_reset(&settling->kept);
	if (!cells_kept(settling->node, measure->name, community, note_kept, settling, err)) {
		return false;
	}
	if (settling->kept.len != 0 && !open_changes(settling, measure, changes, err)) {
		return false;
	}
	for (at = 0; at < settling->kept.len; at += sizeof(kept)) {
		memcpy(&kept, settling->kept.data + at, sizeof(kept));
		if (changes->broken) {
			if (!cells_drop(settling->node, kept.number, err)) {
				return false;
			}
		} else if (!is_stale(settling, measure, query_entities(changes->is),
				   kept.version) &&
			!settle_cell(settling, measure, community, &kept, err)) {
			return false;
		}
	}
	return true;
}

/* The model is that of the transaction. */
static bool prepare(struct settling *settling, struct err *err)
{
	if (settling->changes != NULL) {
		return true;
	}
	settling->model = node_model(settling->node);
	settling->changes =
		calloc(settling->model->measure_count + 1, sizeof(*settling->changes));
	settling->touched =
		calloc(settling->model->entity_count + 1, sizeof(*settling->touched));
	if (settling->changes == NULL || settling->touched == NULL) {
		return err_nomem(err);
	}
	return cells_touched(settling->node, note_touched, settling, err);
}

static bool settle_place(void *ctx, const struct entity *entity, const char *community,
	struct err *err)
{
	struct settling *settling = ctx;
	size_t i;

	if (!prepare(settling, err)) {
		return false;
	}
	for (i = 0; i < settling->model->measure_count; i++) {
		const struct measure *measure = &settling->model->measures[i];

		if (measure->per_record && measure->records == entity &&
			!settle_measure(settling, measure, community, err)) {
			return false;
		}
	}
	return true;
}

bool settle(struct node *node, struct err *err)
{
	struct settling settling = { .node = node };
	bool ok = cells_follow(node, settle_place, &settling, err);
	size_t i;

	for (i = 0; settling.changes != NULL && i < settling.model->measure_count; i++) {
		query_close(settling.changes[i].was);
		query_close(settling.changes[i].is);
	}
	free(settling.changes);
	free(settling.touched);
	buf_clear(&settling.kept);
	return ok ? true : err_wrap(err, "bringing figures up to date");
}
