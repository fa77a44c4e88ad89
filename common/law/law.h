/*
 * law.h -- the rules of law that the program applies itself.
 *
 * Pure functions in exact integer arithmetic: counts as integers, areas in
 * whole square centimetres, money in whole fen, never floating point.  A
 * threshold is turned into the least whole number that reaches it, so that
 * no product can overflow for any int64_t.
 *
 * The store offers them to a model's SQL under these names, with NULL for
 * an argument that is NULL or that the function refuses:
 *   resolution_valid(owners_total, area_total, owners_voted, area_voted)
 *   resolution_passed(matter, owners_total, area_total, owners_voted,
 *     area_voted, owners_for, area_for)                      both 1, 0
 *   resolution_missing(what, matter, and the six numbers as above)
 *     the number that law_missing() gives for ${what}
 *   cost_shares(total, label, weight), an aggregate: law_shares_json()
 */
#ifndef LINLI_LAW_H
#define LINLI_LAW_H

#include "linli/bytes.h"

#define LAW_MAX_SHARES 100000

/*
 * Civil Code of the PRC, article 278.  A resolution is valid when the
 * voters are at least 2/3 of the owners and hold at least 2/3 of the area.
 * Of those who voted, by count and by area alike, more than 1/2 must
 * approve an ordinary matter, and at least 3/4 a special one (raising
 * maintenance funds; rebuilding or renovating; changing the use of common
 * parts or running a business with them).
 */
enum law_matter { LAW_ORDINARY, LAW_SPECIAL };
/* "ordinary" and "special". */
MUST_CHECK bool law_matter_parse(enum law_matter *out, struct view text);

struct law_vote {
	int64_t owners_total, area_total; /* at least 1 */
	int64_t owners_voted, area_voted; /* 0 to the total */
	int64_t owners_for, area_for;     /* 0 to those who voted */
};

struct law_verdict {
	bool valid;  /* enough took part */
	bool passed; /* valid, and enough of them approved */
	/* By how much more each must grow, the others as they are; 0: enough. */
	int64_t owners_voted_missing, area_voted_missing;
	int64_t owners_for_missing, area_for_missing;
};

/* ERR_VALUE for numbers that cannot be. */
MUST_CHECK bool law_resolution(struct law_verdict *out, enum law_matter matter,
	const struct law_vote *vote, struct err *err);
/* Took enough part?  As law_resolution() without an approval. */
MUST_CHECK bool law_turnout(bool *valid, int64_t owners_total, int64_t area_total,
	int64_t owners_voted, int64_t area_voted, struct err *err);
/*
 * The member of ${verdict} called ${what}: "owners_voted", "area_voted",
 * "owners_for", "area_for".  ERR_VALUE for another name.
 */
MUST_CHECK bool law_missing(int64_t *out, const struct law_verdict *verdict, struct view what,
	struct err *err);

/*
 * Split ${total_fen} in the ratio of ${weights} (all 1: equally; areas; area
 * times floor coefficient) by largest remainder: each share is the exact
 * part rounded down, and the fen left over go to the largest remainders,
 * among equals to those that come first.  The shares add up to the total.
 * ERR_VALUE for a negative total or weight, for no shares, for weights that
 * are all 0 or whose sum leaves int64_t; ERR_TOO_LARGE for more than
 * LAW_MAX_SHARES; ERR_NOMEM.
 */
MUST_CHECK bool law_split(int64_t *shares, int64_t total_fen, const int64_t *weights,
	size_t count, struct err *err);

/* The households of a split, in order.  All zeros is empty. */
struct law_shares {
	struct buf labels;  /* each ended by a NUL */
	struct buf weights; /* an int64_t for each */
	size_t count;
};
void law_shares_clear(struct law_shares *shares);
/* ERR_VALUE for a negative weight or a label with a NUL; ERR_TOO_LARGE; ERR_NOMEM. */
MUST_CHECK bool law_shares_add(struct law_shares *shares, struct view label, int64_t weight,
	struct err *err);
/* Append [["label",fen],...] in order to ${out}.  Fails as law_split(). */
MUST_CHECK bool law_shares_json(struct buf *out, const struct law_shares *shares,
	int64_t total_fen, struct err *err);

#endif
