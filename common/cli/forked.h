/*
 * forked.h -- forks and their repair, as a line or two of a status: the whole
 * of it is what the command forks lists.
 */
#ifndef LINLI_CLI_FORKED_H
#define LINLI_CLI_FORKED_H

#include "linli/node.h"

/*
 * Append members "open_forks": n, "repairs": [{"at","bundle","bundles","lines","renumbered",
 * "left","incarnation"}] and "key_used_elsewhere": an incarnation or null.
 */
MUST_CHECK bool forked_json(struct buf *out, struct node *node, struct err *err);
/* Say them on stdout; nothing where there is nothing to tell. */
MUST_CHECK bool forked_say(struct node *node, struct err *err);

#endif
