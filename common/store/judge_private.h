/* judge_private.h -- what judge.c and judge_again.c share; only for these two. */
#ifndef LINLI_JUDGE_PRIVATE_H
#define LINLI_JUDGE_PRIVATE_H

#include <string.h>

#include "judge.h"
#include "line.h"

/* Among held.reasons: it waits for a record that it refers to. */
#define WAITS_FOR_REFERENCE (1U << 30)

enum how {
	MORE,  /* a line was applied */
	HELD,  /* a line was held that had not come before */
	FEWER, /* a line was taken out of it */
};

struct changed {
	const struct entity *entity;
	struct record_id id;
	enum how how;
};

static inline bool of_community(const struct chain *chain)
{
	return strcmp(chain->community, DISTRICT_SLUG) != 0;
}

/* A line that may have to wait for others of its record. */
struct dependent {
	struct merge_origin origin;
	int64_t t;
	bool accepted; /* by a verdict */
	bool founded;  /* an earlier line of the record is applied */
};

/* What is to be done with a line that is not returned. */
struct candidate {
	struct held held; /* its state as it will be */
	enum line_state from;
	bool fresh;    /* it has never been looked at here */
	bool accepted; /* by a verdict */
};

/* Look at record ${id} again. */
MUST_CHECK bool judge_has_changed(struct judge *judge, const struct entity *entity,
	const struct record_id *id, enum how how, struct err *err);
/* Is there a row of it? */
MUST_CHECK bool judge_record_here(struct node *node, const struct entity *entity, const struct record_id *id,
	bool *here, struct err *err);
/* Append the held lines of record ${id} for which ${line} must wait: struct merge_origin. */
MUST_CHECK bool judge_waits_in_record(struct judge *judge, struct dependent *line,
	const struct entity *entity, const struct record_id *id, struct buf *out, struct err *err);
/*
 * The same for the records that ${line} refers to and that are not here; ${note}:
 * write down that it does.
 */
MUST_CHECK bool judge_waits_for_references(struct judge *judge, const struct merge_origin *origin,
	const struct entity *entity, const struct line *line, bool note, struct buf *out,
	struct err *err);
/* Hold a line that was ${from}. */
MUST_CHECK bool judge_hold(struct judge *judge, enum line_state from, const struct held *held,
	enum how how, struct err *err);
/* Apply a line that nothing holds, or let it wait. */
MUST_CHECK bool judge_apply_or_wait(struct judge *judge, const struct chain *chain, const struct line *line,
	const struct admitted *admitted, struct candidate *candidate, struct err *err);

#endif
