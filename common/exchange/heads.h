/*
 * heads.h -- what a node holds, signed by it: the newest bundle of each
 * chain with its hash.
 *
 * The document is JSON on one line, exactly as heads_print() writes it:
 *   {"linli":"heads","format":1,"federation":"<16 hex>","device":"<name>",
 *    "incarnation":n,"at":ms,"names":"plain"|"hmac",
 *    ["nonce":"<32 hex>",]"heads":{"<name>":[seq,"<sha256 hex>"],...}}
 * sorted bytewise by name.  With "hmac" device and chains are named by the
 * first 32 hex digits of HMAC-SHA256 under the federation's founding key,
 * so that who finds a stick reads no names.  It travels in an envelope
 *   {"document":"<the text>","signature":"<SSHSIG, namespace linli-heads>"}.
 * A list that was asked for just now carries what its reader gave as
 * "nonce", so that an old one cannot be told again; one on a stick has none.
 * What a node signed is the only proof that it holds something:
 * docs/exchange.md.
 */
#ifndef LINLI_EXCHANGE_HEADS_H
#define LINLI_EXCHANGE_HEADS_H

#include "held.h"

#define HEADS_MAX_BYTES (1024 * 1024) /* of an envelope */
#define HEADS_MAX_CHAINS 8192
#define HEADS_NAMESPACE "linli-heads"
#define TOKEN_TEXT_BYTES 33 /* 32 hex digits, with the NUL */
#define HEADS_NONCE_TEXT_BYTES 33

enum heads_names { HEADS_PLAIN, HEADS_HMAC };

/* ---- the text alone (heads_text.c) -------------------------------- */

struct heads_entry {
	char name[CHAIN_TEXT_BYTES]; /* a chain or its token */
	uint32_t seq;                /* from 1 */
	uint8_t hash[32];
};
struct heads_text {
	struct device_id federation;
	char device[TOKEN_TEXT_BYTES]; /* id or token */
	uint32_t incarnation;
	int64_t at_ms; /* by its own clock */
	enum heads_names names;
	char nonce[HEADS_NONCE_TEXT_BYTES]; /* "": none */
	struct heads_entry *entries; /* sorted by name, each once */
	size_t count;
};
/*
 * Read ${document}.  Release *out with heads_text_clear(), also after a
 * failure.  Takes only what heads_print() writes: ERR_FORMAT,
 * ERR_TOO_LARGE, ERR_NOMEM.
 */
MUST_CHECK bool heads_parse(struct heads_text *out, struct view document, struct err *err);
MUST_CHECK bool heads_print(struct buf *out, const struct heads_text *text, struct err *err);
void heads_text_clear(struct heads_text *text);

/* The token of ${name} within ${node}'s federation. */
void heads_token(char out[TOKEN_TEXT_BYTES], const struct node *node, const char *name);

/* ---- signed ------------------------------------------------------- */

/* Which chains to name. */
struct heads_options {
	const char *reader; /* those that a device of this community may read */
	bool own_scope;     /* of those only the ones of community/ scopes */
	enum heads_names names;
	const char *nonce; /* what the reader gave; NULL: none */
};
/* Append ${node}'s envelope. */
MUST_CHECK bool heads_write(
	struct node *node, const struct heads_options *options, struct buf *out, struct err *err);

/* Verified: signed by a device of the federation that is not revoked. */
struct heads;
/*
 * Read an envelope.  The caller releases *out with heads_free(); it is
 * NULL on failure.  Fails with ERR_FORMAT, ERR_TOO_LARGE, ERR_SIGNATURE,
 * ERR_FEDERATION, ERR_UNKNOWN_DEVICE, ERR_REVOKED, ERR_NOMEM.
 */
MUST_CHECK bool heads_read(
	struct heads **out, struct node *node, struct view envelope, struct err *err);
/* The same for an envelope within another document: a JSON value or NULL. */
struct json_t;
MUST_CHECK bool heads_read_json(
	struct heads **out, struct node *node, struct json_t *envelope, struct err *err);
void heads_free(struct heads *heads);

/* Who signed it.  Borrowed. */
const struct device *heads_device(const struct heads *heads);
int64_t heads_at_ms(const struct heads *heads);
uint32_t heads_incarnation(const struct heads *heads);
/* Was it made for ${nonce}? */
bool heads_is_for(const struct heads *heads, const char *nonce);
/* Its head of ${chain}; seq 0 if it names none. */
void heads_lookup(const struct heads *heads, const struct node *node,
	const struct chain_name *chain, struct head *out);
/* Every chain by name, if they are plain (else none). */
MUST_CHECK bool heads_each(const struct heads *heads,
	bool (*each)(void *ctx, const struct head *head, struct err *err), void *ctx,
	struct err *err);

/*
 * Record as known (chains_known_set()) what it acknowledges: heads with
 * the hash that this node holds for them, no others.  ${current}: it was
 * asked for just now, so that it may also take back what was known (the
 * device was restored from a copy); one that lay somewhere only adds.
 * What it says of forks, and of this node having been put back from a copy, is
 * learnt too (forks_hear()): outside a transaction.
 */
MUST_CHECK bool heads_note(
	const struct heads *heads, struct node *node, bool current, struct err *err);

#endif
