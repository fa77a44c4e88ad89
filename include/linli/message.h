/*
 * message.h -- one request and one reply of the interface under /api/v1,
 * whatever carries them: HTTP between programs, a function call in tests.
 */
#ifndef LINLI_MESSAGE_H
#define LINLI_MESSAGE_H

#include "linli/bytes.h"

#define MESSAGE_BODY_MAX_BYTES (20 * 1024 * 1024)

struct request {
	const char *method;        /* "GET", "POST", ... */
	const char *path;          /* "/api/v1/heads", without the query */
	const char *query;         /* "want=a&want=b" still percent-encoded; or "" */
	const char *authorization; /* the token after "Bearer "; or NULL */
	const char *content_type;  /* of the body; or NULL */
	struct view body;
};

struct reply {
	unsigned status;          /* HTTP status */
	const char *content_type; /* static text */
	struct buf body;
};

/* The way to one other node.  A reply with any status is a success. */
struct transport {
	void *ctx;
	/* ${reply}->body is reset first.  Fails with ERR_NETWORK, ERR_TOO_LARGE. */
	bool (*send)(void *ctx, const struct request *request, struct reply *reply,
		struct err *err);
};

#endif
