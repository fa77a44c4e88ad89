/*
 * rows.h -- the rows that a measure gives for one community and period:
 * what it counts, one for each record.
 */
#ifndef LINLI_ROWS_H
#define LINLI_ROWS_H

#include "linli/civil.h"
#include "linli/model.h"

#include "cells.h"
#include "query.h"

struct row {
	struct cell_value value;        /* its texts in the arena */
	const struct cell_view *record; /* the third column; NULL: there is none */
};

/*
 * Run ${query}, the SQL of ${measure} or one made of it; rows without a value
 * do not count.  Fails with ERR_MODEL when it gives what a measure may not.
 */
MUST_CHECK bool rows_each(struct query *query, const struct measure *measure,
	const char *community, const struct period *period, struct arena *arena,
	bool (*each)(void *ctx, const struct row *row, struct err *err), void *ctx,
	struct err *err);

/* The same, gathered: append their values (struct cell_value) to ${values}. */
MUST_CHECK bool rows_gather(struct query *query, const struct measure *measure,
	const char *community, const struct period *period, struct arena *arena,
	struct buf *values, struct err *err);

/*
 * Do the measure's cells follow its records one by one?  It says so, and of what its SQL
 * reads, ${entities} (query_entities()), all but its records is the district's own.
 */
bool rows_follow(const struct model *model, const struct measure *measure,
	struct view entities);

#endif
