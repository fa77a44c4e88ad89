/*
 * review.h -- lines held for a person, what is decided about them, and how
 * those who wrote them learn of it.
 *
 * Every line of every bundle is, at every node, in exactly one state:
 * applied, waiting or returned.  Only a district's node lets lines wait:
 * because its policy or the model asks for a look (its own reasons), or
 * because they depend on a line that waits or was returned.  A verdict is
 * an ordinary signed record of the district, and so is a receipt, of each
 * bundle.  A returned line is taken out of its record at every node.
 * Rules: docs/review.md.
 */
#ifndef LINLI_REVIEW_H
#define LINLI_REVIEW_H

#include "linli/chains.h"
#include "linli/records.h"

enum line_state { LINE_APPLIED, LINE_WAITING, LINE_RETURNED };
const char *line_state_name(enum line_state state); /* "applied", ...; static */

/* Why a line is held by itself: bits. */
enum hold_reason {
	HOLD_POLICY = 1,        /* a policy asks for a look at this entity or field */
	HOLD_ALWAYS = 2,        /* the model asks for it always */
	HOLD_FIRST_BUNDLE = 4,  /* of a device, where the policy says so */
	HOLD_DELETIONS = 8,     /* one of unusually many deletions */
	HOLD_RANGE = 16,        /* a value outside the plausible range */
	HOLD_CHECK = 32,        /* a sentence of the model does not hold */
	HOLD_CLOCK = 64,        /* made more than a day ahead of this clock */
};
#define HOLD_REASONS 7
/* "policy", "always", "first_bundle", "deletions", "range", "check", "clock"; static. */
const char *hold_reason_name(enum hold_reason reason);
/* The same for people.  Static. */
const char *hold_reason_sentence(enum hold_reason reason, bool zh);

/* ---- policy -------------------------------------------------------- */

/* In place of an entity's name: all lines of a device's first bundle. */
#define POLICY_FIRST_BUNDLE "first-bundle"
#define POLICY_MAX_REVIEWERS 2

struct policy {
	char entity[MODEL_NAME_BYTES]; /* or POLICY_FIRST_BUNDLE */
	char field[MODEL_NAME_BYTES];  /* "": the whole entity */
	bool review;                   /* false: accept at once */
	uint32_t reviewers;            /* who must accept: 1 or POLICY_MAX_REVIEWERS */
	char since[LINE_NAME_TEXT_BYTES]; /* the line that set it */
};
/*
 * Set a policy for what is received from now on; ${since} is not looked at.
 * What waits goes on waiting.  Fails with ERR_SCOPE (not the district),
 * ERR_NOT_FOUND (no such entity or field), ERR_VALUE.
 */
MUST_CHECK bool policy_set(struct node *node, const struct policy *policy, struct err *err);
/* Every policy that was ever set, by entity and field. */
MUST_CHECK bool policy_each(struct node *node,
	bool (*each)(void *ctx, const struct policy *policy, struct err *err), void *ctx,
	struct err *err);

/* ---- what waits, and judging it ------------------------------------ */

struct held_bundle {
	struct bundle_info info; /* its counts of lines in it */
	unsigned reasons;        /* bits of enum hold_reason, of its waiting lines */
};
/* Bundles with waiting lines, oldest first. */
MUST_CHECK bool review_each(struct node *node,
	bool (*each)(void *ctx, const struct held_bundle *bundle, struct err *err), void *ctx,
	struct err *err);

/* One change of a line, beside what the field shows now. */
struct line_change {
	const struct field *field; /* NULL: the deletion */
	enum assign_op op;
	struct value before, after;
};
/* A verdict as it stands.  Texts are "" where there is none. */
struct verdict {
	enum line_state state; /* APPLIED: accepted.  WAITING: one reviewer of two has accepted */
	struct view reason, reviewer, second;
	struct view signature; /* of the one who judged last: users_verify_verdict() */
	int64_t at_ms; /* Unix milliseconds, by the district's clock */
};
struct line_view {
	uint32_t n;
	const struct entity *entity; /* NULL: not in the model */
	char id[RECORD_ID_TEXT_BYTES];
	int64_t t;
	struct view text; /* the canonical line; of an erased one its leaf hash, 64 hex */
	bool erased;      /* nobody can read it any more: no entity, id, clock, changes */
	enum line_state state;
	unsigned reasons; /* bits of enum hold_reason: why it was held by itself */
	/* Lines it waits for: "<chain>@<seq>#<n>", ended by a NUL each. */
	const char *waits_for;
	size_t waits_for_count;
	const struct line_change *changes;
	size_t change_count;
	bool has_verdict;
	struct verdict verdict;
	/* Of a line that corrects a returned one: that line's name; else "". */
	char corrects[LINE_NAME_TEXT_BYTES];
};
/*
 * A bundle and each of its lines as they stand here.  *base, 64 hex and the
 * NUL: a hash of what was shown; it changes when any of it does.
 * ERR_NOT_FOUND.  Borrowed: valid during the callback.
 */
MUST_CHECK bool review_show(struct node *node, const struct place *place,
	struct held_bundle *bundle, char base[65],
	bool (*each)(void *ctx, const struct line_view *line, struct err *err), void *ctx,
	struct err *err);

struct judging {
	struct place bundle;
	const uint32_t *lines; /* rising; NULL: every waiting one */
	size_t count;
	bool accept;
	const char *reason;    /* NULL or "": none; a return needs one */
	const char *reviewer;  /* the person's name */
	const char *base;      /* of review_show(), 64 hex; NULL: what stands now */
	/* NULL, or appends the reviewer's signature of the verdict on ${line} of bundle ${hash}. */
	bool (*sign)(void *ctx, const struct place *line, const uint8_t hash[32],
		struct buf *signature, struct err *err);
	void *sign_ctx;
};
struct judged {
	uint64_t accepted, returned; /* lines whose verdict this changed */
	uint64_t seconded;           /* accepted by one of two; they wait for another person */
};
/*
 * Judge lines: signed verdicts, and their effect here, in one transaction.
 * A line that was judged already is judged again (reversal).  Fails with
 * ERR_VALUE (a return without a reason; a text too long), ERR_NOT_FOUND (no
 * such bundle or line), ERR_MOVED (base is not what stands now), ERR_SCOPE
 * (not the district; the reviewer's own device; the district's own lines; a
 * user who may not review).
 */
MUST_CHECK bool review_judge(struct node *node, const struct judging *judging,
	struct judged *out, struct err *err);

/* ---- what came back (every node, for its own community) ------------- */

struct inbox_line {
	char line[LINE_NAME_TEXT_BYTES];
	const struct entity *entity;
	char id[RECORD_ID_TEXT_BYTES];
	struct view reason, reviewer;
	int64_t t;           /* hybrid clock of the change */
	int64_t returned_ms; /* Unix milliseconds, by the district's clock */
	bool own; /* written by this device */
	const struct line_change *changes; /* what it wanted */
	size_t change_count;
};
/* Returned lines of the own community that nobody has corrected or put aside, oldest first. */
MUST_CHECK bool inbox_each(struct node *node,
	bool (*each)(void *ctx, const struct inbox_line *line, struct err *err), void *ctx,
	struct err *err);
MUST_CHECK bool inbox_count(struct node *node, uint64_t *out, struct err *err);
/*
 * Send the edit of which ${place} is a returned line again, with
 * ${assignments} in place of what they name: every returned line of that
 * edit is answered.  *out: the record.  Fails with ERR_NOT_FOUND (no such
 * returned line) and as records_put() does.
 */
MUST_CHECK bool inbox_fix(struct node *node, const struct place *place,
	const struct assignment *assignments, size_t count, struct record_id *out,
	struct err *err);
/* The record that ${place}'s line is of; for reading assignments.  ERR_NOT_FOUND. */
MUST_CHECK bool inbox_find(struct node *node, const struct place *place,
	const struct entity **entity, struct record_id *id, struct err *err);
/* Put a returned line aside: nothing will be sent in its place. */
MUST_CHECK bool inbox_dismiss(struct node *node, const struct place *place, struct err *err);

/* ---- receipts ------------------------------------------------------- */

struct receipt {
	bool present;      /* the district has answered */
	uint32_t lines, applied, waiting, returned, conflicts;
	bool backed_up;    /* else kept */
};
/* What the district has said of a bundle. */
MUST_CHECK bool receipt_of(struct node *node, const struct place *place, struct receipt *out,
	struct err *err);
/*
 * These heads, and all below them, are in a backup that was verified: from
 * now on receipts say so.  A district's node, after the backup.
 */
MUST_CHECK bool receipts_backed_up(
	struct node *node, const struct head *heads, size_t count, struct err *err);

/* ---- gaps ----------------------------------------------------------- */

/* Bundles that must come before others that were offered: "<chain>@<seq>". */
MUST_CHECK bool gaps_each(struct node *node,
	bool (*each)(void *ctx, const char *bundle, int64_t since_ms, struct err *err), void *ctx,
	struct err *err);

/* ---- conflicts ------------------------------------------------------ */

/*
 * Settle a conflict by choosing: an ordinary signed line that puts
 * ${value} into ${field} (NULL: the deletion, with a boolean), written
 * also where the field shows it already.  ERR_NOT_FOUND (no conflict
 * there), ERR_VALUE, ERR_SCOPE.
 */
MUST_CHECK bool records_resolve(struct node *node, const struct entity *entity,
	const struct record_id *id, const struct field *field, const struct value *value,
	struct err *err);

/*
 * What the field of a conflict held when its values were written: the fold of
 * the lines that all of their makers had seen.  VALUE_NULL where there was
 * nothing, and of a deletion.  Only within a callback of records_conflicts(), of the
 * conflict that it was given.  *out lies in ${arena}.
 */
MUST_CHECK bool conflict_base(struct node *node, const struct conflict *conflict,
	struct arena *arena, struct value *out, struct err *err);

#endif
