/*
 * audit.h -- what was done at the district, by whom and when.
 *
 * Rows are only added.  Each holds SHA-256 of the row before and of itself,
 * and the number and hash of the last are signed by the node's key at every
 * addition, so that a row that was altered, removed, put elsewhere or cut
 * off the end shows.  What follows on a log that no longer fits its signed
 * head goes on from that head, so that the damage keeps showing.  A store
 * put back whole from a copy is a sound log: what came after the copy is
 * gone with it.
 *
 * A community's node keeps none.  Rows hold no secrets and nothing about
 * residents.  Format: docs/format.md, "Audit log".
 */
#ifndef LINLI_AUDIT_H
#define LINLI_AUDIT_H

#include "linli/node.h"

#define AUDIT_ACTOR_BYTES 272 /* "user:" and a user's name, with the NUL */
#define AUDIT_EVENT_BYTES 33
#define AUDIT_DETAIL_MAX_BYTES 4096
#define AUDIT_TEXT_MAX_BYTES 512 /* of one text in it; what is longer is cut */
#define AUDIT_HASH_BYTES 32

/* Who acts at the command line. */
#define AUDIT_OPERATOR "operator"

/* The events: fixed names to look for. */
#define AUDIT_FOUNDED "founded"
#define AUDIT_SERVED "served"
#define AUDIT_INVITED "invited"
#define AUDIT_ENROLLED "enrolled"
#define AUDIT_REVOKED "revoked"
#define AUDIT_REPLACED "replaced"
#define AUDIT_COMMUNITY_ADDED "community_added"
#define AUDIT_COMMUNITY_CHANGED "community_changed"
#define AUDIT_POLICY_SET "policy_set"
#define AUDIT_JUDGED "judged"
#define AUDIT_MOVED "moved"
#define AUDIT_MOVE_ROUTED "move_routed"
#define AUDIT_MOVE_FAILED "move_failed"
#define AUDIT_MODEL_PUBLISHED "model_published"
#define AUDIT_BACKED_UP "backed_up"
#define AUDIT_RESTORED "restored"
#define AUDIT_REPAIRED "repaired" /* a fork of the district's own chains */
#define AUDIT_PUBLISHED "published"
#define AUDIT_LEDGER_EXPORTED "ledger_exported"
#define AUDIT_LEDGER_PUSHED "ledger_pushed"
#define AUDIT_LEDGER_FETCHED "ledger_fetched"
#define AUDIT_USER_ADDED "user_added"
#define AUDIT_USER_DISABLED "user_disabled"
#define AUDIT_TOKEN_MADE "token_made"
#define AUDIT_USER_KEY "user_key"
#define AUDIT_USER_DEVICE "user_device"

/* One member of a row's detail. */
struct audit_item {
	const char *name; /* [a-z_]+ */
	const char *text; /* NULL: ${number} is meant */
	int64_t number;
};

/*
 * From now on who acts through ${node} is ${actor}: "device:<id>",
 * "user:<name>" or AUDIT_OPERATOR, which it is in the beginning.
 */
void audit_act_as(struct node *node, const char *actor);

/*
 * Begin the log of a district that is being founded.  Its first row is
 * AUDIT_FOUNDED.
 */
MUST_CHECK bool audit_begin(struct node *node, struct err *err);

/*
 * Add a row, as a part of the caller's transaction where one is open.
 * ${actor} NULL: whoever acts now.  ${detail}: by name, bytewise, ended by
 * a name of NULL.  On a community's node nothing happens.
 */
MUST_CHECK bool audit_add(struct node *node, const char *actor, const char *event,
	const struct audit_item *detail, struct err *err);

/* One row.  Borrowed: valid during the callback. */
struct audit_row {
	int64_t number; /* from 1 */
	int64_t at_ms;
	struct view actor, event;
	struct view detail; /* canonical JSON object */
	bool detail_sound;  /* false: it is not, somebody has altered it */
	uint8_t hash[AUDIT_HASH_BYTES];
};

/* Newest first; ${limit} 0: all. */
MUST_CHECK bool audit_each(struct node *node, uint32_t limit,
	bool (*each)(void *ctx, const struct audit_row *row, struct err *err), void *ctx,
	struct err *err);

/*
 * Look at the whole log.  ${problem} is told at most one thing: the first
 * row that does not fit, or else what is wrong with the signed head.
 * *count: the rows that fit, up to there; *hash: of the last of them.
 */
MUST_CHECK bool audit_verify(struct node *node, uint64_t *count, uint8_t hash[AUDIT_HASH_BYTES],
	void (*problem)(void *ctx, const char *text), void *ctx, struct err *err);

#endif
