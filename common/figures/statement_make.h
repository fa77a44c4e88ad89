/* statement_make.h -- what a node would state now; only within common/figures. */
#ifndef LINLI_STATEMENT_MAKE_H
#define LINLI_STATEMENT_MAKE_H

#include "statement_text.h"

/*
 * The figures of ${period} as ${node} counts them, with the heads of all that
 * it holds, as at ${at_ms}.  All in one state of the store; texts lie in ${arena}.
 */
MUST_CHECK bool statement_make(struct statement_file *out, struct arena *arena,
	struct node *node, const struct period *period, int64_t at_ms, struct err *err);

#endif
