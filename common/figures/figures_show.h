/* figures_show.h -- figures as a table for a person. */
#ifndef LINLI_FIGURES_SHOW_H
#define LINLI_FIGURES_SHOW_H

#include "linli/figures.h"

struct table;

/*
 * A row for each figure that figures_ask() gives.  The caller releases
 * *out with table_free(); it is NULL on failure.
 * ${notes} is appended what a table has no room for: where all figures are
 * of one place, which of its communities are silent, and since when.
 */
MUST_CHECK bool figures_to_table(struct table **out, struct buf *notes, struct node *node,
	const struct figures_query *query, bool zh, struct err *err);

/* The same to stdout, in the person's language. */
MUST_CHECK bool figures_print(struct node *node, const struct figures_query *query,
	struct err *err);

#endif
