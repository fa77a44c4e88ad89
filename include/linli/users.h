/*
 * users.h -- the people who use the district's server, and the tokens with
 * which their programs and browsers prove it.
 *
 * A token is 32 random bytes, shown once; the store keeps only its SHA-256.
 * It ends by time, or when its user is disabled, which is for good.  What
 * changes here goes into the audit log (linli/audit.h).
 */
#ifndef LINLI_USERS_H
#define LINLI_USERS_H

#include "linli/node.h"

#define USER_NAME_MAX_CHARS 64
#define USER_NAME_BYTES (4 * USER_NAME_MAX_CHARS + 1) /* UTF-8, with the NUL */
#define USERS_MAX 10000
#define USERS_MAX_TOKENS 100 /* good ones of one user */
#define USERS_TOKEN_TEXT_BYTES 65 /* 64 hex digits and the NUL */
#define USERS_TOKEN_VALID_MS (90LL * 24 * 60 * 60 * 1000)
#define USERS_TOKEN_MAX_VALID_MS (3650LL * 24 * 60 * 60 * 1000)

enum user_role {
	USER_VIEWER,        /* sees figures and records */
	USER_REVIEWER,      /* and judges lines */
	USER_ADMINISTRATOR, /* and invites, enrols, revokes */
	USER_ROLES
};

struct user {
	char name[USER_NAME_BYTES];
	enum user_role role;
	int64_t created_ms;
	int64_t disabled_ms;  /* 0: not */
	uint64_t tokens;      /* that are good now */
	int64_t last_used_ms; /* of any of its tokens; 0: never */
	bool has_key;         /* to sign verdicts with */
	uint8_t public_key[NODE_PUBLIC_KEY_BYTES]; /* that one */
	uint64_t devices;     /* of their own */
};

/* "viewer", "reviewer", "administrator". */
const char *users_role_name(enum user_role role);
MUST_CHECK bool users_role_parse(enum user_role *out, struct view text);

/*
 * Add a user.  ${name}: UTF-8, 1 to USER_NAME_MAX_CHARS characters, none of
 * them a control or direction character, no space at either end.
 * Fails with ERR_SCOPE (not the district), ERR_VALUE, ERR_TOO_LARGE,
 * ERR_EXISTS, also for a name whose user was disabled.
 */
MUST_CHECK bool users_add(
	struct node *node, const char *name, enum user_role role, struct err *err);

/* For good, and all its tokens with it.  Once more does nothing.  ERR_NOT_FOUND. */
MUST_CHECK bool users_disable(struct node *node, const char *name, struct err *err);

/* ERR_NOT_FOUND. */
MUST_CHECK bool users_get(struct node *node, const char *name, struct user *out, struct err *err);

/* By name, disabled ones too. */
MUST_CHECK bool users_each(struct node *node,
	bool (*each)(void *ctx, const struct user *user, struct err *err), void *ctx,
	struct err *err);

/*
 * A new token of ${name}, good for ${valid_ms} from now (1 to
 * USERS_TOKEN_MAX_VALID_MS); *expires_ms is its end.  The caller wipes
 * ${out} with crypto_wipe().  Fails with ERR_NOT_FOUND, ERR_SCOPE (the user
 * is disabled), ERR_VALUE (${valid_ms}), ERR_TOO_LARGE (it has
 * USERS_MAX_TOKENS) and what env->random() fails with.
 */
MUST_CHECK bool users_token_make(struct node *node, const char *name, int64_t valid_ms,
	char out[USERS_TOKEN_TEXT_BYTES], int64_t *expires_ms, struct err *err);

/*
 * Whose token is ${token}, which comes from a stranger?  It is looked up by
 * its hash, so that the time that takes tells nothing about other tokens.
 * That it was used is noted to the minute, where the store can be written.
 * Fails with ERR_SESSION whatever the reason; the detail, which is for the
 * operator, says it.
 */
MUST_CHECK bool users_token_find(
	struct node *node, struct view token, struct user *out, struct err *err);

/* ---- judging --------------------------------------------------------- */

/*
 * ${device} is ${name}'s own: they do not judge its lines.  Fails with
 * ERR_NOT_FOUND (no such user, no such device), ERR_TOO_LARGE.
 */
MUST_CHECK bool users_give_device(
	struct node *node, const char *name, struct device_id device, struct err *err);
/* Is it, or one that took its place?  True also where that cannot be read. */
bool users_owns_device(struct node *node, const char *name, struct device_id device);

/*
 * May ${name} judge lines?  Whoever is no user of this server may, for the operator
 * vouches for them.  ERR_SCOPE: a viewer, or a user that was disabled.
 */
MUST_CHECK bool users_may_judge(struct node *node, const char *name, struct err *err);

/* ---- the keys with which people sign their verdicts ------------------- */

#define SIGNER_NAMESPACE "linli-verdict" /* of SSH signatures */
#define SIGNER_UNTIL_BYTES 21            /* "2026-11-24T00:30:00Z" */
#define USERS_MAX_DEVICES 64             /* of one user */

/* Read an OpenSSH public key file, "ssh-ed25519 AAAA... comment".  ERR_FORMAT, ERR_KEY. */
MUST_CHECK bool signer_key_parse(
	uint8_t out[NODE_PUBLIC_KEY_BYTES], struct view file, struct err *err);

/*
 * From now on ${name} signs verdicts with this key, in place of another.  It is
 * published as a trust record, so that everybody can verify what they sign.
 * Fails with ERR_NOT_FOUND, ERR_SCOPE (a viewer, or disabled), ERR_KEY, ERR_EXISTS
 * (the key is somebody else's, or was ended).
 */
MUST_CHECK bool users_key_set(struct node *node, const char *name,
	const uint8_t public_key[NODE_PUBLIC_KEY_BYTES], struct err *err);
/* Make one and append it to ${pem} as device.key is written; ${passphrase} or NULL. */
MUST_CHECK bool users_key_make(struct node *node, const char *name, const char *passphrase,
	struct buf *pem, struct err *err);

struct signer {
	struct device_id id; /* of the key, as a device's is */
	char name[USER_NAME_BYTES];
	enum user_role role;
	uint8_t public_key[NODE_PUBLIC_KEY_BYTES];
	char valid_until[SIGNER_UNTIL_BYTES]; /* "": it is good still */
};
/* Every key that was ever published, by id; at every node. */
MUST_CHECK bool signers_each(struct node *node,
	bool (*each)(void *ctx, const struct signer *signer, struct err *err), void *ctx,
	struct err *err);

/*
 * What a person signs of a verdict:
 *   linli verdict <federation> <line> <hash of its bundle, 64 hex> <accepted|returned>
 *     <sha256 of the reason, hex>
 * on one line with its newline.
 */
MUST_CHECK bool users_verdict_text(struct buf *out, struct node *node, const struct place *line,
	const uint8_t hash[32], bool accepted, struct view reason, struct err *err);

/*
 * Append an SSH signature of ${text} by the key in ${key_pem}, which must be the one that
 * ${name} has here.  Fails with ERR_NOT_FOUND (no such user), ERR_SCOPE (may not judge),
 * ERR_KEY (another key), and as key_read() does.
 */
MUST_CHECK bool users_sign_verdict(struct node *node, const char *name, struct view key_pem,
	const char *passphrase, struct view text, struct buf *signature, struct err *err);
/*
 * Did ${name} sign ${text}, with a key that the district has published for them?  At every
 * node.  ${at_ms} not 0: at a time at which it was good.  Fails with ERR_SIGNATURE,
 * ERR_REVOKED (the time), ERR_FORMAT.
 */
MUST_CHECK bool users_verify_verdict(struct node *node, const char *name, struct view text,
	struct view signature, int64_t at_ms, struct err *err);

struct verdict;
/*
 * users_verify_verdict() of a verdict on ${line} as linli/review.h shows it: whoever judged
 * last has signed it.  Append what is signed to ${text} (or NULL).
 */
MUST_CHECK bool users_verify_signed(struct node *node, const struct place *line,
	const uint8_t hash[32], const struct verdict *verdict, struct buf *text,
	struct err *err);

#endif
