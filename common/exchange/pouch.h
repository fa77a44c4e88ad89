/*
 * pouch.h -- what both ends of a meeting of neighbours share: the pouch as a stick,
 * parcels, and receipts for them; see linli/pouch.h, linli/neighbour.h.
 */
#ifndef LINLI_EXCHANGE_POUCH_H
#define LINLI_EXCHANGE_POUCH_H

#include "json.h"
#include "linli/exchange.h"
#include "linli/neighbour.h"
#include "linli/pouch.h"
#include "stick.h"

#define PARCEL_MAX_FILES 256
#define PARCELS_MAX 2048 /* told at once */
#define CUSTODY_NAMESPACE "linli-custody"
#define NEIGHBOUR_NAMESPACE "linli-neighbour"
#define CHALLENGE_BYTES 32

/* ---- pouch_stick.c --------------------------------------------------- */

struct pouch {
	struct env env; /* of the files: those of the pouch */
	struct node *node;
	const char *meet; /* the community of who is met; NULL: nobody's */
};
/*
 * Carry (linli/carry.h) with the pouch in place of a stick.  For ${meet}, the community
 * of the device that is met, what it may read and lacks is written as well, once its
 * list of heads has come.  What has not changed is not written again.
 */
MUST_CHECK bool pouch_carry(
	struct node *node, const char *meet, struct sync_result *result, struct err *err);

/* ---- parcel.c --------------------------------------------------------- */

struct parcel {
	char token[TOKEN_TEXT_BYTES];
	struct device_id writer;
	char audience[SLUG_TEXT_BYTES];
	int64_t made_ms; /* as its writer has signed */
	int64_t files, bytes;
};
/*
 * Whose parcel is it whose list of heads is ${text}?  Fails as heads_read() does, and
 * with ERR_SCOPE where the token is not one that its signer would give it.
 */
MUST_CHECK bool parcel_of(struct parcel *out, struct node *node, const char *token,
	struct view text, struct err *err);
/* The parcel ${token} as it lies here.  ERR_NOT_FOUND. */
MUST_CHECK bool parcel_here(
	struct parcel *out, struct node *node, const char *token, struct err *err);
/* Every parcel here that is in order. */
MUST_CHECK bool parcels_each(struct node *node,
	bool (*each)(void *ctx, const struct parcel *parcel, struct err *err), void *ctx,
	struct err *err);
/* Does this node keep a parcel of a device of ${community}, NULL: of anybody else? */
MUST_CHECK bool pouch_carries_for(
	struct node *node, const char *community, bool *out, struct err *err);
/* [{"token","made",files:[["<name>",bytes],...]},...] */
MUST_CHECK bool parcels_json(struct node *node, json_t **out, struct err *err);
/*
 * Put ${text}, the list of heads of another's parcel, which ${from} brings.  A newer one
 * takes the place of the older with all its files; ERR_POSITION: a newer one is here.
 */
MUST_CHECK bool parcel_begin(struct node *node, struct device_id from, const char *token,
	struct view text, struct parcel *out, struct err *err);
/* Put a file of the parcel that ${from} has begun.  ERR_POSITION: it has not. */
MUST_CHECK bool parcel_add(struct node *node, struct device_id from, const char *name,
	struct view data, struct err *err);

/* ---- pouch_on_stick.c -------------------------------------------------- */

/* Lay on the stick what is carried for the district, where what lies there is older. */
MUST_CHECK bool pouch_to_stick(struct carry *carry, struct err *err);
/* Keep what the district has laid there for those who are carried for. */
MUST_CHECK bool pouch_from_stick(struct carry *carry, struct err *err);

/* ---- receipt.c -------------------------------------------------------- */

/* Append {"document","signature"}: this node has taken ${parcel} from ${from}. */
MUST_CHECK bool receipt_write(struct node *node, struct device_id from,
	const struct parcel *parcel, struct buf *out, struct err *err);
/*
 * Is ${envelope} what ${to} signs for having taken from this node the parcel as it is
 * ${parcel} here?  ERR_FORMAT, ERR_SIGNATURE, ERR_POSITION (of another parcel).
 */
MUST_CHECK bool receipt_verify(struct node *node, const struct device *to,
	const struct parcel *parcel, json_t *envelope, struct err *err);
/* Note it in the list of custody.  ${receipt}: the envelope's text. */
MUST_CHECK bool receipt_note(struct node *node, bool given, struct device_id peer,
	const struct parcel *parcel, const char *receipt, struct err *err);

/* What a server signs (NEIGHBOUR_NAMESPACE) to show a visitor who it is. */
void neighbour_statement(struct buf *out, struct device_id federation, struct device_id server,
	struct device_id visitor, const uint8_t challenge[CHALLENGE_BYTES]);

#endif
