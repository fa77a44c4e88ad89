/*
 * statement_causes.h -- which bundles may have changed a figure since a
 * statement; only within common/figures.
 */
#ifndef LINLI_STATEMENT_CAUSES_H
#define LINLI_STATEMENT_CAUSES_H

#include "roster.h"
#include "statement_text.h"

struct causes;

/*
 * Read what came since the heads of ${file}, and what was judged since.  On
 * success (else *out is NULL) the caller releases *out with causes_free().
 */
MUST_CHECK bool causes_read(struct causes **out, struct node *node,
	const struct statement_file *file, struct err *err);
void causes_free(struct causes *causes);

/*
 * The bundles that touched, in a community of ${row}'s place, an entity that
 * its figure counts: names in *out, of *count.  Borrowed until the next call.
 */
MUST_CHECK bool causes_of(struct causes *causes, const struct statement_row *row,
	const char *const **out, size_t *count, struct err *err);

#endif
