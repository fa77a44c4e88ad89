/*
 * suppress.h -- small cells of a table are kept back, and as many others as
 * it takes that nobody can compute them from the sums.
 *
 * Pure: values in, marks out, the same for the same input.  A reader knows
 * every cell that is not kept back, every sum, and that no value is
 * negative; then each kept cell still has several possible values.
 * Rules: docs/statements.md, "Small cells".
 */
#ifndef LINLI_SUPPRESS_H
#define LINLI_SUPPRESS_H

#include "linli/bytes.h"

/* What hangs together with more unknowns than that is kept back altogether. */
#define SUPPRESS_MAX_UNKNOWNS 2000

struct suppress_cell {
	int64_t value;
	bool kept_back;
};

/* ${total} is the sum of ${members}; all are places in the list of cells. */
struct suppress_sum {
	size_t total;
	const size_t *members;
	size_t count;
};

/*
 * Mark the cells with 0 < value < ${below}, and what protects them.  Cells that
 * are marked already stay so and are protected, too.  Fails with ERR_NOMEM.
 */
MUST_CHECK bool suppress_small(struct suppress_cell *cells, size_t count,
	const struct suppress_sum *sums, size_t sum_count, int64_t below, struct err *err);

#endif
