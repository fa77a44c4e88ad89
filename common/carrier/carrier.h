/*
 * carrier.h -- the HTTP end that asks: takes one request at a time to one
 * server and brings the reply back, over a connection that is kept open.
 *
 * The server is believed nothing: redirects are not followed, no other
 * protocol than the URL's own http or https is spoken (TLS 1.2 or later), a
 * reply is read only up to MESSAGE_BODY_MAX_BYTES, its headers up to
 * CARRIER_HEADERS_MAX_BYTES, and one that does not say where it ends, or
 * ends before that, is no reply.  Nothing is tried again here.
 *
 * The proxy of the environment (http_proxy, https_proxy, no_proxy) is
 * used, except for this computer's own addresses.
 *
 * One carrier serves one thread at a time.
 */
#ifndef LINLI_CARRIER_H
#define LINLI_CARRIER_H

#include "linli/message.h"

#define CARRIER_HEADERS_MAX_BYTES (64 * 1024)
#define CARRIER_URL_MAX_BYTES 2048

/* Zero (or NULL) in any member but ${url} means the default. */
struct carrier_options {
	const char *url;     /* "https://district.example:8443/linli": before every path */
	const char *ca_file; /* PEM: the only authorities trusted; default the system's */
	int64_t connect_timeout_ms; /* 15000 */
	int64_t request_timeout_ms; /* of one send(); default none, as a stall ends it too */
	int64_t stall_bytes_per_s;  /* slower than this, averaged, is a stall: 10 */
	int64_t stall_seconds;      /* for so long: 60 */
	uint64_t limit_rate;        /* bytes a second each way; default unlimited */

	/*
	 * Called several times a second while a request runs, with bytes of
	 * bodies; ${to_send} and ${to_receive} are 0 while unknown.  Returning
	 * false ends the request with ERR_CANCELLED.
	 */
	bool (*progress)(void *ctx, uint64_t sent, uint64_t to_send, uint64_t received,
		uint64_t to_receive);
	void *progress_ctx;
};

struct carrier;

/*
 * Check the options; does not connect.  Copies what it needs of them.
 * Fails with ERR_USAGE (a URL that is not http(s)://HOST[:PORT][/PATH], or
 * with user, password, query or fragment), ERR_IO (the CA file cannot be
 * read), ERR_NOMEM.
 */
MUST_CHECK bool carrier_open(struct carrier **out, const struct carrier_options *options,
	struct err *err);

/*
 * The way to the server: borrows ${carrier}.  Its send() takes
 *   path     text that begins with '/', encoded on the way;
 *   query    already encoded, or "" or NULL;
 *   method   GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS;
 *   headers  those of requests that are set;
 * and sets content_type to one of a few known types, to
 * "application/octet-stream" for any other, and to NULL for none, and
 * those headers of the reply that message.h knows.  A body that is taken by
 * ${request->take} may be of any size.  Besides ERR_NETWORK and
 * ERR_TOO_LARGE it fails with ERR_CANCELLED, ERR_NOMEM, and ERR_USAGE for a
 * request that cannot be written as one.
 */
struct transport carrier_transport(struct carrier *carrier);

/* NULL is accepted. */
void carrier_close(struct carrier *carrier);

#endif
