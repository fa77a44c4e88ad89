/* peer.h -- the client's end of a transport: a session, and calls in it. */
#ifndef LINLI_EXCHANGE_PEER_H
#define LINLI_EXCHANGE_PEER_H

#include "json.h"
#include "linli/exchange.h"
#include "session.h"

struct peer {
	struct node *node;
	const struct transport *transport;
	char token[SESSION_TOKEN_TEXT_BYTES]; /* "" before the first call */
	int64_t clock_ahead_ms;               /* theirs less ours, as of the last session */
	struct reply reply;                   /* of the last call */
	const struct sync_options *patience;  /* how to wait; NULL: not at all */
	bool answered;                        /* the server has answered once */
	unsigned failures;                    /* since something last went through */
};
void peer_init(struct peer *peer, struct node *node, const struct transport *transport);
void peer_clear(struct peer *peer);

/*
 * Open a session.  Fails with ERR_UNKNOWN_DEVICE and ERR_REVOKED where the
 * server says so, and as peer_call() does.
 */
MUST_CHECK bool peer_open(struct peer *peer, struct err *err);

struct call {
	const char *method;
	const char *path;  /* behind "/api/v1/" */
	const char *query; /* NULL: none */
	const char *content_type;
	const char *headers[HEADER_COUNT]; /* as in struct request */
	struct view body;
	bool (*take)(void *ctx, const struct reply *reply, struct view piece, struct err *err);
	void *take_ctx;
};
/*
 * Make ${call} within a session, which is opened where there is none or it
 * has expired; once only.  A reply of any other status than 401 is a success.
 */
MUST_CHECK bool peer_try(struct peer *peer, const struct call *call, struct err *err);
/* ${err} says what the last reply, which is no success, says.  Always false. */
bool peer_refused(struct peer *peer, struct err *err);
/*
 * ${err} has happened: wait, longer each time since ${failures} was 0 and by chance,
 * or as long as the server asks.  False: it is of no use, or too often, or
 * the user has had enough; ${err} then says so.
 */
bool peer_again(struct peer *peer, struct err *err);
/*
 * As peer_try(), but again where the line breaks or the server is busy: call
 * it for what does no harm twice.  ${peer}->reply holds the answer.  A status outside
 * 200..299 fails with the code that the other side gave, ERR_REFUSED without one.
 */
MUST_CHECK bool peer_call(struct peer *peer, const struct call *call, struct err *err);
/* The same without a session. */
MUST_CHECK bool peer_ask(struct peer *peer, const struct call *call, struct err *err);
/* Parse the last reply; the caller releases *out with json_decref(). */
MUST_CHECK bool peer_json(struct peer *peer, json_t **out, struct err *err);

/* The code that err_name() calls ${name}; ERR_REFUSED for an unknown one. */
enum err_code err_code_named(const char *name);

#endif
