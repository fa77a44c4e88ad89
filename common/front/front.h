/*
 * front.h -- the HTTP end that serves: takes requests from a socket, hands
 * them over in batches, sends the replies.
 *
 * It knows nothing of what is asked for.  One thread moves bytes, one
 * accepts connections and enforces deadlines, and one, the worker, calls
 * the handler with all requests that have come in whole since it was last
 * called, so that what they write can share one transaction.
 *
 * Whatever a client does, memory, connections and time are bounded by
 * ${front_options}: a request or a reply that is not through by its
 * deadline is cut off, however busily it trickles.
 *
 * Every reply carries Cache-Control, Content-Security-Policy, Date,
 * Referrer-Policy and X-Content-Type-Options, and none says what program
 * answered.  What the front refuses itself -- a path or header that is not
 * well-formed, or a header that we know standing twice (400), other methods
 * than GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS (405), a body that is too large (413), no room (503) -- is
 * answered with {"schema":1,"error":{"code":...,"sentence":...}}.  Only
 * what is not HTTP at all gets libmicrohttpd's own short page.
 */
#ifndef LINLI_FRONT_H
#define LINLI_FRONT_H

#include "linli/message.h"

#define FRONT_MAX_CONNECTIONS 10000 /* that front_options may ask for */

/* Zero (or NULL) in any member but ${listen} means the default. */
struct front_options {
	const char *listen;            /* "127.0.0.1:8080", "[::1]:0"; port 0: any free one */
	const char *tls_cert_file;     /* PEM, the server's certificate first; or NULL */
	const char *tls_key_file;      /* PEM, not encrypted; NULL exactly if no certificate */
	size_t max_connections;        /* 200; more wait to be accepted */
	size_t max_connections_per_ip; /* 50, of one IPv4 address or IPv6 /64; more are closed */
	size_t max_body_bytes;         /* of one request: MESSAGE_BODY_MAX_BYTES */
	size_t max_bodies_bytes;       /* of all requests under way: 48 MiB; up to 16 KiB always */
	size_t max_replies_bytes;      /* not yet sent, above which none is begun: 64 MiB */
	int64_t request_deadline_ms;   /* first to last byte, TLS handshake included: 120000 */
	int64_t reply_deadline_ms;     /* first to last byte: 600000 */
	int64_t idle_timeout_ms;       /* without any byte, rounded up to seconds: 30000 */
	int64_t drain_deadline_ms;     /* what front_close() grants requests: 10000 */

	/*
	 * Is what has come of ${request}'s body of use, if the rest does not come?
	 * Then it is handed over with ${cut}.  Asked without the body, in another
	 * thread than the handler's.  NULL: never.
	 */
	bool (*keep_cut)(const struct request *request);
};

/*
 * One request and its reply.  All but the reply is the front's and lives
 * until the handler returns.  ${request.path} is decoded: it begins with
 * '/', is UTF-8 without control characters, has no empty, "." or ".."
 * segments (but may end with '/'), and no '/' that was written as %2F.
 * ${request.query} is as sent, visible ASCII.
 */
struct front_job {
	struct request request;
	char peer[64]; /* the client's address, "192.0.2.7" or "2001:db8::7" */

	/*
	 * The handler sets status, content type and headers, and fills the body
	 * or opens the file; a status outside 200..599, a failed body or one of
	 * more than MESSAGE_BODY_MAX_BYTES, or failed headers become a 500.
	 * To HEAD the same is given as to GET; the body stays behind.
	 */
	struct reply reply;
	const char *security_policy; /* static; NULL: default-src 'none' */
	const char *cache_control;   /* static; NULL: no-store */
};

/*
 * Answer ${count} (at least 1) requests.  Called by the worker only, never
 * twice at once.  Must return: nothing else is answered meanwhile.
 */
typedef void front_handler(void *ctx, struct front_job **jobs, size_t count);

struct front;

/*
 * Listen and serve until front_close(*out).  Copies what it needs of
 * ${options}.  A name in place of an address is looked up, and the first
 * address found is listened at.
 * Fails with ERR_USAGE (options), ERR_IO (address in use), ERR_NO_FILE,
 * ERR_FORMAT (no certificate in the file), ERR_KEY (the key is encrypted, or
 * not the certificate's), ERR_NOMEM.
 */
MUST_CHECK bool front_open(struct front **out, const struct front_options *options,
	front_handler *handle, void *ctx, struct err *err);

/* The port it listens at. */
unsigned front_port(const struct front *front);

/*
 * Stop accepting, close what is idle, let requests under way come to their
 * end for up to drain_deadline_ms, then cut them off; those that wait for the
 * handler are answered with 503.  Waits for the handler to return, so it
 * must not be called from it.  NULL is accepted.
 */
void front_close(struct front *front);

#endif
