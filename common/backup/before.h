/*
 * before.h -- what a home held before a restore takes its place: whose it was,
 * and whom it no longer let in; for this module only.
 */
#ifndef LINLI_BACKUP_BEFORE_H
#define LINLI_BACKUP_BEFORE_H

#include "linli/backup.h"

/* All zeros: nothing is known. */
struct before {
	bool known; /* it could be opened */
	struct device_id federation, device;
	struct buf users, devices; /* disabled, revoked; names, each ended by a NUL */
	struct buf former; /* struct device_id: what it was before its key was changed */
};

/*
 * Look at the home of ${options}.  Where there is none, or it is too damaged
 * to be opened, that is no error: nothing is known.
 */
MUST_CHECK bool before_look(
	struct before *out, const struct node_options *options, struct err *err);
void before_clear(struct before *before);

/*
 * ERR_FEDERATION, ERR_KEY: the home is known, and another's.  *older: it is the
 * same one's, of before its key was changed.
 */
MUST_CHECK bool before_agrees(const struct before *before, struct device_id federation,
	struct device_id device, bool *older, struct err *err);

/* Which of those that had been shut out does ${node} let in again? */
MUST_CHECK bool before_compare(
	const struct before *before, struct node *node, struct restored *out, struct err *err);

#endif
