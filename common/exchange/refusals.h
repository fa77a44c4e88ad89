/* refusals.h -- taking in bundle files, and lists of what was refused. */
#ifndef LINLI_EXCHANGE_REFUSALS_H
#define LINLI_EXCHANGE_REFUSALS_H

#include "linli/chains.h"

/*
 * receive_bundles() until it takes no more: a bundle that was refused only
 * because its device's trust record, or an earlier bundle, came later in
 * the same file goes in at the second attempt.  ${out} is added to; what is
 * in it already is not listed twice.
 */
MUST_CHECK bool take_in(struct node *node, struct view file, const char *source,
	struct received *out, struct err *err);

/* Could it go in later, when something else has come? */
bool refusal_may_pass(enum err_code code);
/* Does ${received} hold a refusal that may pass later? */
bool received_may_pass(const struct received *received);

/* Add one, unless the same thing is listed with the same code. */
void refusals_add(struct received *out, const char *what, enum err_code code, const char *reason);
/* Forget those that were to pass, and have: the bundle has come in since. */
MUST_CHECK bool refusals_drop_passed(struct received *out, struct node *node, struct err *err);
/* Move all of ${from} to ${out}: counts are added, refusals as by refusals_add(). */
void received_take(struct received *out, struct received *from);
/* Those of ${chain} that say that two bundles stand at one place go: it was put right. */
void refusals_drop_forks(struct received *out, const struct chain_name *chain);
/* "<chain>@<seq>": this node and another hold different bundles there. */
void refusals_add_fork(struct received *out, const struct head *theirs, const char *whose);

#endif
