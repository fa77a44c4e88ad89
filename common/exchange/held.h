/*
 * held.h -- the heads of all chains that a node holds, at one moment, so
 * that they can be compared while the store is asked other things.
 */
#ifndef LINLI_EXCHANGE_HELD_H
#define LINLI_EXCHANGE_HELD_H

#include "linli/chains.h"

/* In the order of chain_name_compare().  All zeros is empty. */
struct held {
	struct head *heads;
	size_t count, room;
};
/* Read them afresh.  Release with held_clear(). */
MUST_CHECK bool held_read(struct held *out, struct node *node, struct err *err);
void held_clear(struct held *held);
/* NULL if there is none. */
const struct head *held_find(const struct held *held, const struct chain_name *chain);

/* Ranges to give out or to ask for.  All zeros is empty. */
struct ranges {
	struct range *list;
	size_t count, room;
};
MUST_CHECK bool ranges_add(
	struct ranges *ranges, const struct chain_name *chain, uint32_t after, struct err *err);
/*
 * The district's own federation chains first: what devices are trusted is
 * written there.  Then by name.
 */
void ranges_sort(struct ranges *ranges, struct node *node);
void ranges_clear(struct ranges *ranges);

/* Is it a federation chain of one of the district's devices? */
bool chain_of_trust(struct node *node, const struct chain_name *chain);

#endif
