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

#endif
