/*
 * check.c -- are the kept figures what the records come to?
 *
 * A kept cell that nothing has touched since, or that was brought up to date,
 * must equal a recount.  One that is stale is no mistake: it is counted again
 * when it is asked for.
 */
#include <string.h>

#include "aggregate.h"
#include "counts.h"
#include "periods.h"
#include "settle.h"

/* A kept cell, for after the reading of them has ended. */
struct kept {
	const struct measure *measure;
	size_t community;
	struct period period;
	struct cell_value *values;
	size_t count;
};

struct checking {
	struct counter counter;
	struct arena arena;
	struct buf kept; /* struct kept: those that should be true */
	uint64_t cells;
	void (*problem)(void *ctx, const char *text);
	void *ctx;
};

static bool take_cell(void *ctx, const struct cell *cell, struct err *err)
{
	struct checking *checking = ctx;
	struct counter *counter = &checking->counter;
	struct kept kept = {
		.measure = model_measure(counter->model, view_of(cell->measure)),
		.community = roster_find(counter->roster, cell->community),
	};
	bool fresh;

	/* Of a community that has left, or of a period that nobody can ask for. */
	if (kept.measure == NULL || kept.community == ROSTER_NONE ||
		!period_of_cell(&kept.period, cell->period)) {
		return true;
	}
	if (!counter_fresh(counter, kept.measure, kept.community, cell->version, &fresh, err)) {
		return false;
	}
	if (!fresh) {
		return true;
	}
	if (!aggregate_copy(&kept.values, cell->values, cell->count, &checking->arena, err)) {
		return false;
	}
	kept.count = cell->count;
	buf_add(&checking->kept, &kept, sizeof(kept));
	return buf_ok(&checking->kept, err);
}

static bool check_cell(struct checking *checking, const struct kept *kept, struct err *err)
{
	const struct roster *roster = checking->counter.roster;
	struct arena arena = { 0 };
	struct buf text = { 0 };
	struct cell_value *values;
	size_t count;
	bool ok = counter_count(&checking->counter, kept->measure, kept->community,
		&kept->period, &arena, &values, &count, err);

	if (ok && !aggregate_same(kept->values, kept->count, values, count)) {
		buf_printf(&text, "the kept figure %s of %s in %s is not what its records come to",
			kept->measure->name,
			kept->community < roster->count ?
				roster->communities[kept->community].slug :
				DISTRICT_SLUG,
			kept->period.name);
		checking->problem(checking->ctx, buf_str(&text));
	}
	checking->cells++;
	buf_clear(&text);
	arena_clear(&arena);
	return ok;
}

static bool check_all(struct checking *checking, struct err *err)
{
	struct kept kept;
	size_t at;

	if (!cells_each(checking->counter.node, NULL, NULL, take_cell, checking, err)) {
		return false;
	}
	for (at = 0; at < checking->kept.len; at += sizeof(kept)) {
		memcpy(&kept, checking->kept.data + at, sizeof(kept));
		if (!check_cell(checking, &kept, err)) {
			return false;
		}
	}
	return true;
}

bool figures_check(struct node *node, uint64_t *cells,
	void (*problem)(void *ctx, const char *text), void *ctx, struct err *err)
{
	struct checking checking = { .problem = problem, .ctx = ctx };
	struct roster roster;
	int64_t version;
	bool ok = false;

	*cells = 0;
	if (!settle(node, err) || !cells_begin(node, &version, err)) {
		return false;
	}
	if (!roster_load(&roster, node, err)) {
		goto out;
	}
	if (counter_open(&checking.counter, node, &roster, version, err)) {
		ok = check_all(&checking, err);
		counter_clear(&checking.counter);
	}
	roster_clear(&roster);
out:
	cells_end(node);
	*cells = checking.cells;
	buf_clear(&checking.kept);
	arena_clear(&checking.arena);
	return ok;
}
