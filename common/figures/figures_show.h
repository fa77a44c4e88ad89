/* figures_show.h -- figures as tables for a person. */
#ifndef LINLI_FIGURES_SHOW_H
#define LINLI_FIGURES_SHOW_H

#include "linli/figures.h"

struct table_style;

/*
 * Append the figures that figures_ask() gives, in Chinese if ${zh}: a table
 * of measures and indicators, a table of series beside the year before,
 * and of each place above a community which of its communities are silent,
 * and since when.  Columns that would be empty are left out, and so are
 * places that have no community.
 */
MUST_CHECK bool figures_to_text(struct buf *out, struct node *node,
	const struct figures_query *query, bool zh, struct table_style style, struct err *err);

/* The same to stdout, in the person's language. */
MUST_CHECK bool figures_print(
	struct node *node, const struct figures_query *query, struct err *err);

#endif
