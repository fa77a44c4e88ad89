/*
 * explain_json.h -- what is behind a figure as JSON, for "explain --json" and for
 * an API alike.  Shape: docs/commands.md, "explain".
 */
#ifndef LINLI_EXPLAIN_JSON_H
#define LINLI_EXPLAIN_JSON_H

#include "linli/explain.h"

/*
 * Append {"schema":1,"figures":[...],"parts":[...],"bundles":[...]}: the figure with its
 * coverage, and what explain() gives.  Fails as that does, with ERR_TOO_LARGE
 * beyond FIGURES_JSON_MAX_BYTES, or with ERR_NOMEM.
 */
MUST_CHECK bool explain_to_json(struct buf *out, struct node *node,
	const struct explain_query *query, struct err *err);

#endif
