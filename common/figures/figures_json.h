/*
 * figures_json.h -- figures as JSON, for "stats --json" and for
 * GET /api/v1/figures alike.  Shape: docs/commands.md, "stats".
 */
#ifndef LINLI_FIGURES_JSON_H
#define LINLI_FIGURES_JSON_H

#include "linli/figures.h"

#define FIGURES_JSON_MAX_BYTES (256 * 1024 * 1024)

/*
 * Append {"schema":1,"figures":[...]} and what figures_ask() gives.
 * Fails as figures_ask() does, with ERR_TOO_LARGE, or with ERR_NOMEM.
 */
MUST_CHECK bool figures_to_json(struct buf *out, struct node *node,
	const struct figures_query *query, struct err *err);

/*
 * Append one figure as an object.  "value" is numerator / denominator in
 * decimal, rounded to 6 digits after the point, null where it is unknown.
 */
void figures_json_one(struct buf *out, const struct figure *figure);

#endif
