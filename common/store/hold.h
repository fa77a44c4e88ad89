/*
 * hold.h -- lines that are not applied, as rows of table held; only within
 * common/store.  Why a line is held is decided in judge.c.
 */
#ifndef LINLI_HOLD_H
#define LINLI_HOLD_H

#include "linli/review.h"
#include "node_private.h"

struct held {
	struct merge_origin origin; /* its scope is that of the chain */
	enum line_state state;
	unsigned reasons; /* bits of enum hold_reason that no verdict has lifted */
	const struct entity *entity; /* NULL: the model has it no more */
	struct record_id id;
	int64_t t; /* the line's clock */
};

/* Are there any?  Cheap. */
bool hold_any(struct node *node);
/* *state is LINE_APPLIED, and *out as it was, if there is no such row. */
MUST_CHECK bool hold_get(struct node *node, const struct merge_origin *origin,
	enum line_state *state, struct held *out, struct err *err);
/*
 * Line ${held}->origin goes over from ${from} (LINE_APPLIED: it has no row) to
 * what ${held} says (LINE_APPLIED: its row goes), and its bundle's counts with it.
 */
MUST_CHECK bool hold_move(struct node *node, enum line_state from, const struct held *held,
	struct err *err);
/* Append those of record ${id}, as struct held, by chain, seq, n. */
MUST_CHECK bool hold_of_record(struct node *node, const struct entity *entity,
	const struct record_id *id, struct buf *out, struct err *err);
/* Append those of one bundle, by n. */
MUST_CHECK bool hold_of_bundle(struct node *node, const struct chain *chain, uint32_t seq,
	struct buf *out, struct err *err);

/* Does bundle ${seq} balance, with the rows of its lines that are held?  Else ERR_STORE. */
MUST_CHECK bool hold_balances(struct node *node, const struct chain *chain, uint32_t seq,
	struct err *err);

/* A line refers to a record that is not here. */
struct referral {
	const struct entity *entity; /* of the record */
	struct record_id id;
	struct merge_origin origin; /* the line */
	bool waits;
};
MUST_CHECK bool refer_add(struct node *node, const struct referral *referral, struct err *err);
/* Append the lines that refer to ${id}, as struct referral, by chain, seq, n. */
MUST_CHECK bool refer_to(struct node *node, const struct entity *entity,
	const struct record_id *id, struct buf *out, struct err *err);
/* Line ${origin} refers to nothing that is not here any more. */
MUST_CHECK bool refer_forget(struct node *node, const struct entity *entity,
	const struct record_id *id, const struct merge_origin *origin, struct err *err);
/* Are there any?  Cheap. */
bool refer_any(struct node *node);

#endif
