/*
 * enrol.h -- how a computer becomes a device of the federation.
 *
 * The district writes an invitation; whoever holds it makes a request with
 * a key of its own; the district answers with its trust records, sealed to
 * that key.  The three may travel in any way: over HTTPS, by hand, by mail.
 * An invitation is good for one device and 30 days.  Files and their
 * reasons: docs/exchange.md.
 */
#ifndef LINLI_ENROL_H
#define LINLI_ENROL_H

#include "linli/chains.h"

#define INVITATION_VALID_MS (30LL * 24 * 60 * 60 * 1000)
#define INVITATION_MAX_BYTES (64 * 1024)
#define INVITATION_SECRET_BYTES 32
#define INVITATION_NAME_TEXT_BYTES 17 /* 16 hex digits of SHA-256 of the secret */
#define REQUEST_MAX_BYTES (64 * 1024)
#define ANSWER_MAX_BYTES (18 * 1024 * 1024)
#define SHORT_CODE_BYTES 10 /* "1234 5678" */

struct invitation {
	struct federation federation;
	char community[SLUG_TEXT_BYTES];
	char name[NODE_NAME_BYTES]; /* of the community */
	char street[NODE_NAME_BYTES];
	uint8_t secret[INVITATION_SECRET_BYTES];
	int64_t expires_ms;
};

/* Of whom to invite.  ${url} NULL: the federation's own. */
struct invitation_terms {
	const char *community; /* slug */
	const char *name, *street;
	const char *url;
};

/*
 * District: put the community on the roster, remember a new secret and
 * append the invitation file to ${out}.  Fails with ERR_SCOPE (not the
 * district), ERR_VALUE (a name, slug or address).
 */
MUST_CHECK bool invitation_make(struct node *district, const struct invitation_terms *terms,
	struct buf *out, struct err *err);

/*
 * Read an invitation file from a stranger: takes only what
 * invitation_write() writes.  Whether it is still good the district says.
 * Fails with ERR_FORMAT, ERR_TOO_LARGE, ERR_KEY.
 */
MUST_CHECK bool invitation_read(struct invitation *out, struct view text, struct err *err);
MUST_CHECK bool invitation_write(
	struct buf *out, const struct invitation *invitation, struct err *err);
void invitation_name(char out[INVITATION_NAME_TEXT_BYTES], const struct invitation *invitation);

/* What an applicant states.  Nothing in it is secret. */
struct application {
	struct device_id federation;
	char community[SLUG_TEXT_BYTES];
	char name[NODE_NAME_BYTES];
	uint8_t public_key[NODE_PUBLIC_KEY_BYTES];
	char age_recipient[64];
	char invitation[INVITATION_NAME_TEXT_BYTES];
	uint8_t mac[32];      /* HMAC-SHA256 of the above under the secret */
	char signature[1024]; /* SSHSIG of the same, namespace linli-request */
};

/*
 * New member: append the request file for ${node}, made by node_join() for
 * this invitation's community.  Fails with ERR_INVITATION if it is for
 * another federation or community, or has expired by this node's clock.
 * It is kept too, so that a stick can take it along (linli/carry.h).
 */
MUST_CHECK bool request_make(
	struct node *node, const struct invitation *invitation, struct buf *out, struct err *err);

/*
 * Is the request that request_make() made last still without its answer?  Then append
 * it to ${out} (or NULL).
 */
bool request_waits(struct node *node, struct buf *out);

/* Take apart a request file from a stranger; nothing is verified yet. */
MUST_CHECK bool request_parse(struct application *out, struct view text, struct err *err);
MUST_CHECK bool request_print(
	struct buf *out, const struct application *application, struct err *err);

/*
 * District: verify a request, enrol its device, use up the invitation, and
 * append the sealed answer to ${answer}: a git bundle file, sealed with
 * age to the device, of the chains it may read; where they come to more
 * than 16 MiB, of the district's own federation chains, from where they
 * begin, and the rest comes when it syncs.
 * The same device may ask again and gets an answer again.  ${enrolled} (or
 * NULL) receives what was enrolled, for short_code().
 * Fails with ERR_FORMAT, ERR_TOO_LARGE, ERR_FEDERATION, ERR_KEY,
 * ERR_SIGNATURE, ERR_REVOKED, ERR_SCOPE (not the district),
 * ERR_INVITATION (unknown, used by another device, expired, of another
 * community, or not known to the applicant; the detail says which).
 */
MUST_CHECK bool request_accept(struct node *district, struct view request, struct buf *answer,
	struct application *enrolled, struct err *err);

/*
 * New member: open the answer and take in what it holds, which is added to
 * ${received}.  Fails with ERR_SEALED, ERR_HASH, ERR_FORMAT, ERR_TOO_LARGE;
 * ERR_INVITATION if no trust record for this device came.
 */
MUST_CHECK bool answer_accept(
	struct node *node, struct view answer, struct received *received, struct err *err);

/*
 * Eight digits that both sides can read to each other over the phone: they
 * differ if somebody put another key in between.
 */
void short_code(char out[SHORT_CODE_BYTES], const uint8_t federation_key[NODE_PUBLIC_KEY_BYTES],
	const uint8_t device_key[NODE_PUBLIC_KEY_BYTES]);

#endif
