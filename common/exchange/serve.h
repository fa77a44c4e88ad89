/* serve.h -- what the parts of the server share; see linli/exchange.h. */
#ifndef LINLI_EXCHANGE_SERVE_H
#define LINLI_EXCHANGE_SERVE_H

#include "json.h"
#include "linli/exchange.h"
#include "session.h"

#define SERVE_JSON "application/json"
#define SERVE_BUNDLES "application/x-git-bundle"
#define SERVE_SEALED "application/octet-stream"

struct exchange_server {
	struct node *node;
	struct sessions *sessions;
	void (*visited)(void *ctx, const struct device *visitor, const char *code); /* or NULL */
	void *visited_ctx;
	struct repeats *repeats; /* of requests that cost much to answer */
};

/* ---- serve_repeats.c ------------------------------------------------ */

/*
 * Strangers can send again what they have seen somebody send: the same bytes
 * are answered a few times a minute only.  ERR_BUSY.
 */
struct repeats;
MUST_CHECK bool repeats_open(struct repeats **out, const struct env *env, struct err *err);
void repeats_close(struct repeats *repeats);
MUST_CHECK bool repeats_allow(struct repeats *repeats, struct view body, struct err *err);

/* One request on its way to its reply. */
struct visit {
	struct exchange_server *server;
	struct node *node;
	const struct request *request;
	struct reply *reply;
	struct device device; /* whose session it is, where the route asks for one */
	uint32_t life;        /* its incarnation, as the list that it sent says; 0: it sent none */
	const char *rest;     /* of the path, behind the route's own */
	unsigned status;      /* of a failure, where not that of its code; 0 */
};

/* ---- serve_reply.c ------------------------------------------------ */

/* {"schema":1}, to be added to; NULL without memory. */
json_t *reply_object(void);
/* Make ${value}, which is released, the reply. */
MUST_CHECK bool reply_json_take(struct visit *visit, json_t *value, struct err *err);
/* The body is the whole of what was asked for: give it a tag, and answer Range. */
void reply_tagged(struct visit *visit);
/* Make the reply one about ${err}; ${status} 0: that of its code. */
void reply_error(struct reply *reply, const struct err *err, unsigned status, bool show_detail);

/* ---- serve_query.c ------------------------------------------------ */

#define QUERY_VALUE_BYTES 256

/* The values of a query, one after the other. */
struct query {
	const char *at;
};
struct query query_of(const char *text);
/*
 * The next "name=value", percent-decoded; false at the end.  What is not
 * well-formed fails: *bad.
 */
bool query_next(struct query *query, char name[QUERY_VALUE_BYTES], char value[QUERY_VALUE_BYTES],
	bool *bad);
/* The only value of ${name}.  ERR_FORMAT if there is none or several. */
MUST_CHECK bool query_get(
	const char *text, const char *name, char value[QUERY_VALUE_BYTES], struct err *err);

/* ---- serve_trust.c ------------------------------------------------- */

MUST_CHECK bool serve_trust(struct visit *visit, struct err *err);
/* Add the heads of the district's federation chains: "trust". */
MUST_CHECK bool trust_heads(struct visit *visit, json_t *reply, struct err *err);

/* ---- serve_pouch.c -------------------------------------------------- */

MUST_CHECK bool serve_pouch(struct visit *visit, struct err *err);
MUST_CHECK bool serve_pouch_get(struct visit *visit, struct err *err);
MUST_CHECK bool serve_pouch_post(struct visit *visit, struct err *err);
MUST_CHECK bool serve_custody(struct visit *visit, struct err *err);
MUST_CHECK bool serve_receipt(struct visit *visit, struct err *err);

/* ---- the routes ---------------------------------------------------- */

MUST_CHECK bool serve_heads(struct visit *visit, struct err *err);

MUST_CHECK bool serve_bundles_get(struct visit *visit, struct err *err);
MUST_CHECK bool serve_bundles_post(struct visit *visit, struct err *err);
/* The two halves of the latter, for several at once; ${file} has come from the visitor. */
MUST_CHECK bool bundles_take(
	struct visit *visit, struct view file, struct received *received, struct err *err);
MUST_CHECK bool bundles_reply(
	struct visit *visit, const struct received *received, struct err *err);

MUST_CHECK bool serve_uploads_options(struct visit *visit, struct err *err);
MUST_CHECK bool serve_uploads_post(struct visit *visit, struct err *err);
MUST_CHECK bool serve_upload_head(struct visit *visit, struct err *err);
MUST_CHECK bool serve_upload_get(struct visit *visit, struct err *err);
MUST_CHECK bool serve_upload_patch(struct visit *visit, struct err *err);
MUST_CHECK bool serve_upload_post(struct visit *visit, struct err *err);
MUST_CHECK bool serve_upload_delete(struct visit *visit, struct err *err);
/* Is it a sound POST uploads with all of the file in it?  Then as bundles_take(), and: */
bool uploads_whole(struct visit *visit);
MUST_CHECK bool uploads_whole_reply(
	struct visit *visit, const struct received *received, struct err *err);
/* The headers that each reply of the protocol carries, also an error. */
void uploads_adorn(const struct request *request, struct reply *reply);

MUST_CHECK bool serve_relay_post(struct visit *visit, struct err *err);
MUST_CHECK bool serve_relay_get(struct visit *visit, struct err *err);
MUST_CHECK bool serve_relay_delete(struct visit *visit, struct err *err);
/* Add what is kept for the community's devices to a heads reply. */
MUST_CHECK bool relay_state(struct visit *visit, json_t *reply, struct err *err);

#endif
