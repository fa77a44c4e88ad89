/*
 * verdict.h -- records of the entity verdict as the engine reads them; only
 * within common/store.
 *
 * A verdict's id is "<first 24 hex of the bundle's SHA-256>-<n>".  In a chain
 * of federation scope the field withdrawn, which everybody can read, says that
 * a line is returned; in one of district scope the field state does.
 */
#ifndef LINLI_VERDICT_H
#define LINLI_VERDICT_H

#include "node_private.h"

#define VERDICT_HASH_BYTES 12 /* of the bundle's SHA-256 in a verdict's id */

struct line_verdict {
	uint32_t n;
	bool accepted, returned;
	bool seconded; /* one of two reviewers has accepted */
};

/* For qsort() and bsearch(). */
int line_verdict_by_n(const void *a, const void *b);

struct record_id verdict_id(const uint8_t hash[32], uint32_t n);
/* The bundle whose SHA-256 begins with the hex digits ${hex}; ${out}->n is 0. */
MUST_CHECK bool slot_by_hash(struct node *node, struct view hex, struct merge_origin *out,
	bool *found, struct err *err);
/* Where the line stands that verdict ${id} is of; *found false: not here (yet). */
MUST_CHECK bool verdict_place(struct node *node, const struct record_id *id,
	struct merge_origin *out, bool *found, struct err *err);
/* Append those of bundle ${hash} of a chain of ${kind}, as struct line_verdict, by n. */
MUST_CHECK bool verdicts_of(struct node *node, enum scope_kind kind, const uint8_t hash[32],
	struct buf *out, struct err *err);
/* That of one line; all false if there is none. */
MUST_CHECK bool verdict_of(struct node *node, const struct merge_origin *line,
	struct line_verdict *out, struct err *err);
/* Had the maker of ${line} merged the verdict by which ${other} is returned? */
MUST_CHECK bool verdict_known(struct node *node, const struct merge_origin *line,
	const struct merge_origin *other, bool *known, struct err *err);

#endif
