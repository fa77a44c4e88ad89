/* review.h -- lines as people are shown them; only within common/store. */
#ifndef LINLI_STORE_REVIEW_H
#define LINLI_STORE_REVIEW_H

#include "judge.h"

/*
 * The changes of ${line}, of a record of ${table}, beside what its fields show
 * now, in ${arena}.
 */
MUST_CHECK bool changes_shown(struct node *node, struct table *table, const struct record_id *id,
	const struct line *line, struct arena *arena, const struct line_change **out,
	size_t *count, struct err *err);

/* What stands, of a bundle of ${count} lines, for whoever decides about it: linli/review.h. */
MUST_CHECK bool review_base(struct node *node, const struct chain *chain, const struct slot *slot,
	char out[65], struct err *err);

/* The verdict on a line: its texts in ${arena}.  *found false: none. */
MUST_CHECK bool verdict_read(struct node *node, const uint8_t hash[32], uint32_t n,
	struct arena *arena, struct verdict *out, bool *found, struct err *err);

/* The chain and slot of ${place}'s bundle; slot_clear() ends it.  ERR_NOT_FOUND. */
MUST_CHECK bool bundle_find(struct node *node, const struct place *place,
	const struct chain **chain, struct slot *slot, struct err *err);

#endif
