/*
 * review.h -- what the commands linlid review … have in common.
 */
#ifndef LINLID_REVIEW_H
#define LINLID_REVIEW_H

#include "linli/review.h"

/* Append why lines are held (bits of enum hold_reason), for a person. */
void review_reasons(struct buf *out, unsigned reasons);
/* Append a member "reasons" with their names. */
void review_reasons_json(struct buf *out, unsigned reasons);

/* The bundle that ${word} names.  ERR_USAGE. */
MUST_CHECK bool review_bundle_read(struct place *out, const char *word, struct err *err);

#endif
