/* access.c -- see access.h. */
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "hmac.h"
#include "rate.h"

#define BASIC_MAX_BYTES 1024 /* in base64 */
#define REALM "Basic realm=\"linli\", charset=\"UTF-8\""
#define WAIT_SECONDS 30

struct access {
	struct node *node;
	struct rate *wrong;    /* by address */
	struct rate *requests; /* by user */
};

bool access_open(struct access **out, struct node *node, struct err *err)
{
	static const struct rate_limit wrong = { ACCESS_WRONG_TOKENS, ACCESS_WRONG_REFILL_MS };
	static const struct rate_limit requests = { ACCESS_REQUESTS,
		ACCESS_REQUESTS_REFILL_MS };
	struct access *access = calloc(1, sizeof(*access));

	*out = NULL;
	if (access == NULL) {
		return err_nomem(err);
	}
	access->node = node;
	if (!rate_new(&access->wrong, &wrong, err) ||
		!rate_new(&access->requests, &requests, err)) {
		access_close(access);
		return false;
	}
	*out = access;
	return true;
}

void access_close(struct access *access)
{
	if (access != NULL) {
		rate_free(access->wrong);
		rate_free(access->requests);
		free(access);
	}
}

/* Append the token that ${request} shows; nothing if it shows none. */
static void take_token(struct buf *out, const struct request *request)
{
	struct buf pair = { 0 };
	const char *colon;

	if (request->authorization != NULL) {
		buf_text(out, request->authorization);
		return;
	}
	if (request->basic != NULL && strlen(request->basic) <= BASIC_MAX_BYTES &&
		base64_decode(&pair, view_of(request->basic), true)) {
		colon = strrchr(buf_str(&pair), ':');
		buf_text(out, colon != NULL ? colon + 1 : "");
	}
	buf_wipe(&pair);
}

static bool find_user(struct access *access, const struct front_job *job, int64_t now_ms,
	struct user *out, struct err *err)
{
	char peer[RATE_PEER_BYTES];
	struct buf token = { 0 };
	bool ok = false;

	rate_peer(peer, job->peer);
	if (!rate_has(access->wrong, peer, now_ms)) {
		return err_set(err, ERR_TOO_OFTEN, "wrong tokens from %s", job->peer);
	}
	take_token(&token, &job->request);
	if (!buf_ok(&token, err)) {
		goto out;
	}
	if (token.len == 0) {
		err_set(err, ERR_TOKEN, "none was shown");
		goto out; /* as git and browsers ask at first */
	}
	ok = users_token_find(access->node, buf_as_view(&token), out, err);
	if (!ok && err->code == ERR_SESSION) {
		err->code = ERR_TOKEN;
		rate_take(access->wrong, peer, now_ms);
	}
out:
	buf_wipe(&token);
	return ok;
}

bool access_user(struct access *access, const struct front_job *job, enum user_role least,
	struct user *out, struct err *err)
{
	const struct env *env = node_env(access->node);
	int64_t now_ms = env->now_ms(env->ctx);

	if (!find_user(access, job, now_ms, out, err)) {
		return false;
	}
	if (!rate_take(access->requests, out->name, now_ms)) {
		return err_set(err, ERR_TOO_OFTEN, "user %s", out->name);
	}
	return out->role >= least ||
		err_set(err, ERR_SCOPE, "user %s is %s only", out->name,
			users_role_name(out->role));
}

void access_refuse(struct reply *reply, const struct err *err)
{
	switch (err->code) {
	case ERR_TOKEN:
		reply->status = 401;
		reply_header_set(reply, HEADER_WWW_AUTHENTICATE, "%s", REALM);
		break;
	case ERR_SCOPE:
		reply->status = 403;
		break;
	case ERR_TOO_OFTEN:
		reply->status = 429;
		reply_header_set(reply, HEADER_RETRY_AFTER, "%d", WAIT_SECONDS);
		break;
	default:
		reply->status = 500;
		break;
	}
}
