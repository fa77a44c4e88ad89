/*
 * counts.h -- what each measure gives for each community in one period:
 * from the cells that are kept where nothing has touched them since,
 * counted from the records where something has.
 */
#ifndef LINLI_COUNTS_H
#define LINLI_COUNTS_H

#include "cells.h"
#include "query.h"
#include "roster.h"

/* A measure's query and the rows of touched that decide whether it is still true. */
struct prepared {
	struct query *query; /* NULL until it is needed */
	struct buf rows;     /* size_t */
	bool follows;        /* rows_follow() */
};

/*
 * Measures ready to be counted in one state of the store, between
 * cells_begin() and cells_end().
 */
struct counter {
	struct node *node;
	const struct model *model;
	const struct roster *roster;
	int64_t version;           /* of that state */
	struct prepared *prepared; /* by measure */
	/* Last transaction that touched [entity, then bundles][community, then district]. */
	int64_t *touched;
	/* By entity: the state of which the cells that follow it are; 0: none follow. */
	int64_t *followed;
	uint64_t counted; /* cells that were counted */
	char tomorrow[CIVIL_DATE_BYTES];
};

/* On success (else *out is empty) the caller releases *out with counter_clear(). */
MUST_CHECK bool counter_open(struct counter *out, struct node *node,
	const struct roster *roster, int64_t version, struct err *err);
void counter_clear(struct counter *counter);

/*
 * Count ${measure} for community ${index} (roster->count: the district) and
 * ${period}: *values, reduced, in ${arena}.
 * Fails with ERR_MODEL when the measure gives what it should not.
 */
MUST_CHECK bool counter_count(struct counter *counter, const struct measure *measure,
	size_t index, const struct period *period, struct arena *arena,
	struct cell_value **values, size_t *count, struct err *err);

/*
 * A measure of a community counts that community's records and those that
 * the district keeps for all (common/model's rule for its SQL), so that
 * nobody else's changes make it stale.
 * Is a cell of ${measure} and community ${index} counted from ${version} still true?
 */
MUST_CHECK bool counter_fresh(struct counter *counter, const struct measure *measure,
	size_t index, int64_t version, bool *fresh, struct err *err);

/* Does ${measure} read ${entity}, and does it follow its records one by one? */
MUST_CHECK bool counter_reads(struct counter *counter, const struct measure *measure,
	const struct entity *entity, bool *reads, bool *follows, struct err *err);

struct counted {
	bool known; /* false: it was not asked for */
	struct cell_value *values; /* reduced */
	size_t count;
};

struct counts {
	size_t communities;     /* roster->count + 1 */
	struct counted *cells;  /* [measure][community, then district] */
	struct arena arena;     /* holds them */
	struct buf fresh;       /* struct cell: those that were counted just now */
};

/* Which cells are wanted, and for when. */
struct counts_wanted {
	const bool *measures;    /* by measure */
	const bool *communities; /* by community, then district */
	const struct period *period;
};

/* On success (else *out is empty) the caller releases *out with counts_clear(). */
MUST_CHECK bool counts_load(struct counts *out, struct counter *counter,
	const struct counts_wanted *wanted, struct err *err);
void counts_clear(struct counts *counts);

/* What ${measure} gave for community ${index}; borrowed. */
const struct counted *counts_get(const struct counts *counts, const struct model *model,
	const struct measure *measure, size_t index);

/* Keep what was counted, if the store can be written to now; after cells_end(). */
MUST_CHECK bool counts_keep(const struct counts *counts, struct node *node, struct err *err);

#endif
