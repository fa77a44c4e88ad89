/* statement_small.h -- small cells of a statement; only within common/figures. */
#ifndef LINLI_STATEMENT_SMALL_H
#define LINLI_STATEMENT_SMALL_H

#include "statement_text.h"

/*
 * Mark as suppressed the rows of ${file} that must not leave the district:
 * small values of measures that say so, what protects them, and whatever is
 * computed from those.  Fails as the store does, and with ERR_NOMEM.
 */
MUST_CHECK bool statement_keep_small(struct statement_file *file, struct node *node,
	struct err *err);

#endif
