/*
 * aggregate.h -- what the rows of a measure come to.  Pure.
 *
 * A measure's query gives rows (breakdown, value), one for each record.
 * The rows of one community are reduced to a cell (aggregate_reduce()),
 * and the cells of any set of communities together give that set's
 * figure, so that no place counts a record or a person twice:
 *   sum       the numbers added up; 0 for no rows
 *   distinct  how many different keys there are; 0 for no rows
 *   median    of an even count the mean of the middle two; unknown for none
 *   max       unknown for no rows
 * Reducing cells, or cells of cells, never changes what they come to.
 * A cell keeps for how many rows each of its values stands, so that rows can
 * be taken out of it again.
 */
#ifndef LINLI_AGGREGATE_H
#define LINLI_AGGREGATE_H

#include "linli/model.h"

#include "cells.h"
#include "ratio.h"

/*
 * Bring ${values} into order and make one of those that one can stand for:
 * of a sum all of a breakdown, else those that are equal.  The same rows in
 * any order give the same cell.  *count falls.
 * Fails with ERR_VALUE when a sum leaves int64_t.
 */
MUST_CHECK bool aggregate_reduce(enum aggregate aggregate, struct cell_value *values,
	size_t *count, struct err *err);

/* What all ${values} come to, whatever their breakdown.  Reorders them. */
MUST_CHECK bool aggregate_whole(enum aggregate aggregate, struct cell_value *values,
	size_t count, struct ratio *out, struct err *err);

/*
 * What they come to for each breakdown there is, in text order, none
 * (NULL) first.  Reorders them.
 */
MUST_CHECK bool aggregate_each(enum aggregate aggregate, struct cell_value *values,
	size_t count,
	bool (*each)(void *ctx, const char *breakdown, struct ratio ratio, struct err *err),
	void *ctx, struct err *err);

/* A copy of ${values} with all their texts, in ${arena}. */
MUST_CHECK bool aggregate_copy(struct cell_value **out, const struct cell_value *values,
	size_t count, struct arena *arena, struct err *err);

/* Do two cells, both reduced, hold the same? */
bool aggregate_same(const struct cell_value *a, size_t a_count, const struct cell_value *b,
	size_t b_count);

#endif
