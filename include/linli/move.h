/*
 * move.h -- records that go from one community to another, and duplicates
 * that are merged into one record.
 *
 * A move takes two: the holder offers, the other community takes, and the
 * district confirms it by a trust record as soon as it holds both.  The id
 * stays, and so do references.  From then on the new holder writes the
 * record, and lines in the former holder's scopes count for it no more;
 * they are kept, and shown.  Rules: docs/moves.md.
 */
#ifndef LINLI_MOVE_H
#define LINLI_MOVE_H

#include "linli/records.h"

enum move_state { MOVE_OFFERED, MOVE_TAKEN, MOVE_DONE };
const char *move_state_name(enum move_state state); /* "offered", ...; static */

struct move {
	const struct entity *entity;
	char id[RECORD_ID_TEXT_BYTES];
	int64_t number; /* the record's first move is 1 */
	char giver[SLUG_TEXT_BYTES], taker[SLUG_TEXT_BYTES]; /* giver: "" where it is not known */
	enum move_state state;
};
/* Moves as far as they are known here: those that are done, then open offers and acceptances. */
MUST_CHECK bool move_each(struct node *node,
	bool (*each)(void *ctx, const struct move *move, struct err *err), void *ctx,
	struct err *err);
/* The community that holds the record now; "" if it is not known. */
MUST_CHECK bool move_holder(struct node *node, const struct entity *entity,
	const struct record_id *id, char out[SLUG_TEXT_BYTES], struct err *err);
/* How often the record was moved. */
MUST_CHECK bool move_count(struct node *node, const struct entity *entity,
	const struct record_id *id, int64_t *out, struct err *err);

/*
 * Offer an own record to ${taker}.  Fails with ERR_NOT_FOUND (no such living
 * record), ERR_SCOPE (not ours; an entity that does not move), ERR_VALUE
 * (no such community, or our own), ERR_EXISTS (offered to another already).
 */
MUST_CHECK bool move_offer(struct node *node, const struct entity *entity,
	const struct record_id *id, const char *taker, struct err *err);
/* Take an offer back that has not been confirmed.  ERR_NOT_FOUND. */
MUST_CHECK bool move_withdraw(struct node *node, const struct entity *entity,
	const struct record_id *id, struct err *err);
/*
 * Accept the record, whose move ${number} this would be (0: the next that is known
 * here).  Without the holder's offer nothing comes of it.  Fails with
 * ERR_SCOPE (ours already; an entity that does not move).
 */
MUST_CHECK bool move_take(struct node *node, const struct entity *entity,
	const struct record_id *id, int64_t number, struct err *err);

/* ---- handovers (common/exchange) ----------------------------------- */

#define HANDOVER_MAX_BYTES (20 * 1024 * 1024) /* sealed */

/*
 * Append a file for ${taker}: what only the own community holds of the record,
 * its lines with the proof that they were signed, sealed to the
 * devices of ${taker} and to this one.  All drafts must be signed.  *lines: how
 * many.  Fails with ERR_NOT_FOUND (also: no device of ${taker}), ERR_TOO_LARGE,
 * ERR_FORK (changes of the record from before a restore are not signed yet).
 */
MUST_CHECK bool handover_write(struct node *node, const struct entity *entity,
	const struct record_id *id, const char *taker, struct buf *out, size_t *lines,
	struct err *err);

struct handed {
	const struct entity *entity;
	struct record_id id;
	int64_t number;
	char giver[SLUG_TEXT_BYTES];
	size_t lines;
};
/*
 * Open, verify and keep the untrusted file ${sealed}, and accept the record
 * (move_take()).  Fails with what age_open() fails with, ERR_FORMAT,
 * ERR_TOO_LARGE, ERR_FEDERATION, ERR_SCOPE (made for another community, by
 * another than the holder), ERR_SIGNATURE, ERR_HASH, ERR_REVOKED, ERR_VALUE.
 */
MUST_CHECK bool handover_take(struct node *node, struct view sealed, struct handed *out,
	struct err *err);

/* A line of a handover.  Borrowed: valid during the callback. */
struct handed_line {
	char line[LINE_NAME_TEXT_BYTES];
	char giver[SLUG_TEXT_BYTES];
	struct view text;
};
MUST_CHECK bool handover_each(struct node *node, const struct entity *entity,
	const struct record_id *id,
	bool (*each)(void *ctx, const struct handed_line *line, struct err *err), void *ctx,
	struct err *err);

/* ---- duplicates ---------------------------------------------------- */

struct merge_counts {
	size_t filled;     /* fields of the target that were completed from the duplicate */
	size_t different;  /* fields where both had a value: the target's stays */
	size_t references; /* of own records, that lead to the target now */
	size_t others;     /* living records of others that go on referring to the duplicate */
};
/*
 * Merge the duplicate ${from} into ${into}, both own and alive, in one
 * transaction: empty fields are filled, totals added, sets united, own
 * references rewritten, ${from} deleted with a record that says where it
 * went.  Fails with ERR_VALUE (the same record; what results would be
 * refused), ERR_NOT_FOUND, ERR_SCOPE (not both ours).
 */
MUST_CHECK bool records_merge(struct node *node, const struct entity *entity,
	const struct record_id *from, const struct record_id *into, struct merge_counts *out,
	struct err *err);
/* The record that ${id} was merged into at last; false if it was not. */
bool records_merged_into(struct node *node, const struct entity *entity,
	const struct record_id *id, struct record_id *out);

#endif
