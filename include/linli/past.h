/*
 * past.h -- a node as it was: what it knew when its chains ended at given
 * heads.
 *
 * The bundles up to those heads are verified and merged again, in the order
 * in which they arrived, into a store of their own that nobody else sees and
 * that is gone when it is closed.  What was judged later, by a verdict beyond
 * the heads, is not judged yet.  Everything that reads a node (figures,
 * records, conflicts) can be asked of it.  It costs as much as receiving the
 * bundles did, without waiting for the disk.
 */
#ifndef LINLI_PAST_H
#define LINLI_PAST_H

#include "linli/chains.h"

struct past;

/*
 * The heads of all that ${node} held at the end of the day ${date}
 * ("YYYY-MM-DD", China), by its own clock: *out, of *count, which the caller
 * releases with free().  A chain that had no bundle yet is left out.
 */
MUST_CHECK bool past_heads(struct node *node, const char *date, struct head **out,
	size_t *count, struct err *err);

/*
 * ${node} as it was with ${heads}; its clock stands at ${now_ms}.  On success
 * (else *out is NULL) the caller releases *out with past_close(), before ${node}.
 * Fails with ERR_NOT_FOUND when a head is not held here, or with another hash,
 * ERR_FORMAT when what is held cannot be merged again.
 */
MUST_CHECK bool past_open(struct past **out, struct node *node, const struct head *heads,
	size_t count, int64_t now_ms, struct err *err);
/* Of the day ${date}: past_heads() at its last moment. */
MUST_CHECK bool past_open_on(struct past **out, struct node *node, const char *date,
	struct err *err);
void past_close(struct past *past); /* NULL is accepted */

/* To read from; it must not be written to.  Borrowed until past_close(). */
struct node *past_node(struct past *past);

#endif
