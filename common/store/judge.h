/*
 * judge.h -- in which state each line is: applied, waiting or returned; only
 * within common/store.  Rules: docs/review.md.
 *
 * At a community's node only verdicts say it.  A district's node also holds
 * lines of communities for reasons of their own (enum hold_reason), and those
 * that depend on a line that waits or was returned.
 */
#ifndef LINLI_JUDGE_H
#define LINLI_JUDGE_H

#include "bundle.h"
#include "chain_lines.h"
#include "hold.h"
#include "verdict.h"

/* More deletions in a bundle than this are held, or than this share of the records. */
#define BULK_DELETIONS 20
#define BULK_DELETIONS_PERCENT 10
#define BULK_DELETIONS_LEAST 5 /* fewer are never unusual */

/* All zeros but for node; ended by judge_end(). */
struct judge {
	struct node *node;
	struct line_reader reader; /* of lines that were held */
	struct buf changed;        /* of struct changed: records to look at again */
	struct buf gone;           /* of struct changed: records that are not here any more */
	/* Of the bundle that is being taken in: */
	bool judged;               /* its lines may be held */
	bool any;                  /* there are held lines */
	bool refers;               /* there are lines that refer to what is not here */
	bool settled;              /* a receipt says that none of its lines waits */
	unsigned reasons;          /* bits of enum hold_reason that all its lines have */
	struct buf deletions;      /* a byte for each entity: unusually many are deleted */
	struct buf verdicts;       /* of struct line_verdict, by n */
};
void judge_end(struct judge *judge);

/* Begin with a bundle of ${chain}, which has its slot already. */
MUST_CHECK bool judge_bundle(struct judge *judge, const struct chain *chain,
	const struct bundle *bundle, struct err *err);
/* Apply line ${n} of it, or hold it.  Fails as apply_line() does. */
MUST_CHECK bool judge_line(struct judge *judge, const struct chain *chain, uint32_t seq, uint32_t n,
	const struct line *line, struct err *err);
/*
 * Act on what has changed since: verdicts that came or were given (node->verdicts),
 * and all that depends on lines that were applied, held or taken out.
 */
MUST_CHECK bool judge_settle(struct judge *judge, struct err *err);

/* The same for what was written outside a bundle, in the open transaction. */
MUST_CHECK bool verdicts_settle(struct node *node, struct err *err);

/* Append, as struct merge_origin, the lines that waiting line ${held} waits for. */
MUST_CHECK bool judge_waits_for(struct judge *judge, const struct held *held, struct buf *out,
	struct err *err);

#endif
