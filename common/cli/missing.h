/*
 * missing.h -- bundles that must come before others of their chain that were
 * offered: as JSON and for people.
 */
#ifndef LINLI_CLI_MISSING_H
#define LINLI_CLI_MISSING_H

#include "linli/node.h"

/* Append a member "gaps": [{"bundle":"<chain>@<seq>","since":ms}]. */
MUST_CHECK bool missing_json(struct buf *out, struct node *node, struct err *err);
/* Say them on stdout, some in full; nothing where none is missing. */
MUST_CHECK bool missing_say(struct node *node, struct err *err);

#endif
