/*
 * access.h -- who may have what people ask of the server: the one place
 * where tokens of users are looked at.
 *
 * A token comes as "Authorization: Bearer <token>", or as the password of
 * "Authorization: Basic ..." with any user name: the token says who it is.
 * Who shows wrong ones too often waits; so does a user who asks too often.
 */
#ifndef LINLID_ACCESS_H
#define LINLID_ACCESS_H

#include "front.h"
#include "linli/users.h"

#define ACCESS_WRONG_TOKENS 20        /* of one address, at once */
#define ACCESS_WRONG_REFILL_MS 15000  /* and one more after each of these */
#define ACCESS_REQUESTS 240           /* of one user */
#define ACCESS_REQUESTS_REFILL_MS 500

struct access;

/* ${node} is borrowed until access_close(*out). */
MUST_CHECK bool access_open(struct access **out, struct node *node, struct err *err);
void access_close(struct access *access); /* NULL is accepted */

/*
 * Whose request is ${job}'s, and are they ${least} at least?  Fails with
 * ERR_TOKEN (none, or not a good one), ERR_SCOPE (a lesser role),
 * ERR_TOO_OFTEN, ERR_STORE.
 */
MUST_CHECK bool access_user(struct access *access, const struct front_job *job,
	enum user_role least, struct user *out, struct err *err);

/*
 * Make ${reply} say that access_user() failed with ${err}: its status, and
 * the headers that make a client ask its person for a token or wait.  The
 * body is left to the caller.
 */
void access_refuse(struct reply *reply, const struct err *err);

#endif
