/*
 * message.h -- one request and one reply of the interface under /api/v1,
 * whatever carries them: HTTP between programs, a function call in tests.
 *
 * Of headers only those in MESSAGE_HEADERS pass, in either direction; what
 * frames a message (lengths, connection) is the ends' own business.
 */
#ifndef LINLI_MESSAGE_H
#define LINLI_MESSAGE_H

#include "linli/bytes.h"

#define MESSAGE_BODY_MAX_BYTES (20 * 1024 * 1024)
#define MESSAGE_HEADER_MAX_BYTES 4096         /* a value */
#define MESSAGE_HEADERS_MAX_BYTES (16 * 1024) /* of a reply, together */

#define HEADER_ASKS 1U    /* stands in requests */
#define HEADER_ANSWERS 2U /* stands in replies */
#define HEADER_MANY 4U    /* may stand in a reply several times; all others once only */

#define MESSAGE_HEADERS(X)                                                     \
	X(HOST, "Host", HEADER_ASKS)                                           \
	X(ORIGIN, "Origin", HEADER_ASKS)                                       \
	X(COOKIE, "Cookie", HEADER_ASKS)                                       \
	X(ACCEPT, "Accept", HEADER_ASKS)                                       \
	X(ACCEPT_ENCODING, "Accept-Encoding", HEADER_ASKS)                     \
	X(ACCEPT_LANGUAGE, "Accept-Language", HEADER_ASKS)                     \
	X(RANGE, "Range", HEADER_ASKS)                                         \
	X(IF_RANGE, "If-Range", HEADER_ASKS)                                   \
	X(IF_MATCH, "If-Match", HEADER_ASKS)                                   \
	X(IF_NONE_MATCH, "If-None-Match", HEADER_ASKS)                         \
	X(IF_MODIFIED_SINCE, "If-Modified-Since", HEADER_ASKS)                 \
	X(GIT_PROTOCOL, "Git-Protocol", HEADER_ASKS)                           \
	X(SEC_FETCH_SITE, "Sec-Fetch-Site", HEADER_ASKS)                       \
	X(SEC_FETCH_MODE, "Sec-Fetch-Mode", HEADER_ASKS)                       \
	X(SEC_FETCH_DEST, "Sec-Fetch-Dest", HEADER_ASKS)                       \
	X(CSRF_TOKEN, "X-CSRF-Token", HEADER_ASKS)                             \
	X(METHOD_OVERRIDE, "X-HTTP-Method-Override", HEADER_ASKS)              \
	X(UPLOAD_CHECKSUM, "Upload-Checksum", HEADER_ASKS)                     \
	X(CONTENT_ENCODING, "Content-Encoding", HEADER_ASKS | HEADER_ANSWERS)  \
	X(TUS_RESUMABLE, "Tus-Resumable", HEADER_ASKS | HEADER_ANSWERS)        \
	X(UPLOAD_LENGTH, "Upload-Length", HEADER_ASKS | HEADER_ANSWERS)        \
	X(UPLOAD_METADATA, "Upload-Metadata", HEADER_ASKS | HEADER_ANSWERS)    \
	X(UPLOAD_OFFSET, "Upload-Offset", HEADER_ASKS | HEADER_ANSWERS)        \
	X(UPLOAD_EXPIRES, "Upload-Expires", HEADER_ANSWERS)                    \
	X(TUS_VERSION, "Tus-Version", HEADER_ANSWERS)                          \
	X(TUS_EXTENSION, "Tus-Extension", HEADER_ANSWERS)                      \
	X(TUS_MAX_SIZE, "Tus-Max-Size", HEADER_ANSWERS)                        \
	X(TUS_CHECKSUM_ALGORITHM, "Tus-Checksum-Algorithm", HEADER_ANSWERS)    \
	X(ACCEPT_RANGES, "Accept-Ranges", HEADER_ANSWERS)                      \
	X(ALLOW, "Allow", HEADER_ANSWERS)                                      \
	X(CONTENT_DISPOSITION, "Content-Disposition", HEADER_ANSWERS)          \
	X(CONTENT_LANGUAGE, "Content-Language", HEADER_ANSWERS)                \
	X(CONTENT_RANGE, "Content-Range", HEADER_ANSWERS)                      \
	X(ETAG, "ETag", HEADER_ANSWERS)                                        \
	X(LAST_MODIFIED, "Last-Modified", HEADER_ANSWERS)                      \
	X(LOCATION, "Location", HEADER_ANSWERS)                                \
	X(RETRY_AFTER, "Retry-After", HEADER_ANSWERS)                          \
	X(SET_COOKIE, "Set-Cookie", HEADER_ANSWERS | HEADER_MANY)              \
	X(VARY, "Vary", HEADER_ANSWERS)                                        \
	X(WWW_AUTHENTICATE, "WWW-Authenticate", HEADER_ANSWERS)

enum header {
#define X(id, name, where) HEADER_##id,
	MESSAGE_HEADERS(X)
#undef X
	HEADER_COUNT
};
const char *header_name(enum header header);
/* HEADER_ASKS and so on. */
unsigned header_where(enum header header);
/* Whatever the case of ${name}; false: none of ours. */
bool header_named(enum header *out, struct view name);
/* May ${value} stand in a header?  Text without control characters, not too long. */
bool header_value_plain(const char *value);

struct reply;

struct request {
	const char *method;        /* "GET", "POST", ... */
	const char *path;          /* "/api/v1/heads", without the query */
	const char *query;         /* "want=a&want=b" still percent-encoded; or "" */
	const char *authorization; /* the token after "Bearer "; or NULL */
	const char *basic;         /* what follows "Basic ", still in base64; or NULL */
	const char *content_type;  /* of the body; or NULL */
	const char *headers[HEADER_COUNT]; /* values as sent; NULL: not there */
	struct view body;

	/*
	 * Where a server takes it: the line broke after this much of the body, and
	 * nobody hears the reply.  Only what front_options' keep_cut() asks for.
	 */
	bool cut;

	/*
	 * Where a client sends it: who takes a body with a status of 200 or 206
	 * as it comes, instead of ${reply}->body; or NULL.  ${reply} has status
	 * and headers.  What was taken before the line broke stays taken.
	 * False ends the request with the failure that it has set.
	 */
	bool (*take)(void *ctx, const struct reply *reply, struct view piece, struct err *err);
	void *take_ctx;
};

/* A part of an open file, sent without being held in memory. */
struct message_file {
	bool is_open; /* and owned; false: no such body */
	int fd;       /* of a regular file that does not shrink meanwhile */
	uint64_t from, len;
};

struct reply {
	unsigned status;          /* HTTP status */
	const char *content_type; /* static text */
	struct buf headers;       /* by reply_header_set() */
	struct buf body;
	struct message_file file; /* instead of ${body}; from servers only */
};

/* Empty, keeping memory; an open file is closed. */
void reply_reset(struct reply *reply);
/* Releases, and is empty again. */
void reply_clear(struct reply *reply);
/*
 * Add a header of replies; one that is HEADER_MANY adds up, another takes
 * the place of its like.  A value that is not plain, or one too many, makes
 * ${reply}->headers.failed, of which a server makes a 500.
 */
void reply_header_set(struct reply *reply, enum header header, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
/* Its (first) value, until headers are added; NULL: not there. */
const char *reply_header(const struct reply *reply, enum header header);
/*
 * The headers one after the other: *at begins with 0.  False at the end.
 */
bool reply_header_next(const struct reply *reply, size_t *at, enum header *header,
	const char **value);

/*
 * ${reply}, 200 with all of its body or file, is of the content that ${etag}
 * ("..." with its quotes) names: make it what ${request} asked of that, by
 * Range, If-Range and If-None-Match (RFC 9110): 200, 206, 304 or 416.
 * Several ranges at once are answered with the whole.
 */
void reply_ranged(struct reply *reply, const struct request *request, const char *etag);

/* "bytes FROM-LAST/TOTAL" as in Content-Range; NULL or another form: false. */
bool content_range_parse(const char *text, uint64_t *from, uint64_t *last, uint64_t *total);

/* Append RFC 9110's form of a time: "Tue, 24 Nov 2026 03:31:49 GMT". */
void message_date(struct buf *out, int64_t unix_s);

/* The way to one other node.  A reply with any status is a success. */
struct transport {
	void *ctx;
	/* ${reply} is reset first.  Fails with ERR_NETWORK, ERR_TOO_LARGE, or as take() does. */
	bool (*send)(void *ctx, const struct request *request, struct reply *reply,
		struct err *err);
};

/*
 * For transports that have a whole reply at hand: give its body to
 * ${request}'s take(), if there is one and the status is 200 or 206; a file
 * becomes a body.
 */
MUST_CHECK bool message_deliver(const struct request *request, struct reply *reply,
	struct err *err);

#endif
