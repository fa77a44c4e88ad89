/*
 * settle.h -- bring kept figures up to date with the records that have
 * changed, without counting the others again.
 *
 * For measures that count each record by itself (rows_follow()) what the
 * changed records gave is taken off, and what they give now is added.  So the
 * cost follows the change, not what is there.  Other measures stay stale, and
 * are counted again when they are asked for.
 */
#ifndef LINLI_SETTLE_H
#define LINLI_SETTLE_H

#include "linli/node.h"

/* Does nothing while somebody else is writing: then what is stale is counted again. */
MUST_CHECK bool settle(struct node *node, struct err *err);

#endif
