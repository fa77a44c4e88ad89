/*
 * json.h -- the JSON documents of the exchange: read strictly, written one
 * way.
 *
 * A document comes from a stranger.  Members are taken one by one; the
 * first failure is kept, so that members_done() is asked once at the end.
 * It also refuses members that nobody took.
 */
#ifndef LINLI_EXCHANGE_JSON_H
#define LINLI_EXCHANGE_JSON_H

#include <jansson.h>

#include "linli/names.h"

/*
 * Parse ${text}, one JSON object of at most ${cap} bytes without a
 * repeated member; the caller releases *out with json_decref().  ${what}
 * ("the invitation") begins the detail.
 * Fails with ERR_FORMAT, ERR_TOO_LARGE, ERR_NOMEM; *out is then NULL.
 */
MUST_CHECK bool json_read(
	json_t **out, struct view text, size_t cap, const char *what, struct err *err);

/*
 * Append ${value} to ${out} and release it, even on failure: on one line,
 * or (${lines}) a member a line, for people, with a newline at the end.
 * ${value} NULL: it could not be built; ERR_NOMEM.
 */
MUST_CHECK bool json_write_take(struct buf *out, json_t *value, bool lines, struct err *err);

struct members {
	json_t *object;   /* borrowed */
	const char *what; /* as for json_read() */
	struct err *err;
	size_t taken;
	bool failed;
};
/* ${object} may be any JSON value or NULL; what is no object fails. */
struct members members_of(json_t *object, const char *what, struct err *err);
/* Keep a failure of the caller's own about ${member}.  Always false. */
bool members_fail(struct members *m, enum err_code code, const char *member, const char *reason);
/* Did all go well, and was every member taken? */
MUST_CHECK bool members_done(struct members *m);

/* {"linli": ${kind}, "format": 1}: what every file of ours begins with. */
void members_kind(struct members *m, const char *kind);
/* Text of up to ${size} - 1 bytes without control characters, NUL-terminated. */
void members_text(struct members *m, const char *member, char *out, size_t size);
/* The same but borrowed, of up to ${cap} bytes, newlines allowed; empty on failure. */
struct view members_view(struct members *m, const char *member, size_t cap);
void members_hex(struct members *m, const char *member, void *out, size_t len);
void members_base64(struct members *m, const char *member, void *out, size_t len);
void members_integer(struct members *m, const char *member, int64_t min, int64_t max, int64_t *out);
void members_device(struct members *m, const char *member, struct device_id *out);
void members_slug(struct members *m, const char *member, char out[SLUG_TEXT_BYTES]);
void members_chain(struct members *m, const char *member, struct chain_name *out);
/* An object or array of up to ${max} elements, borrowed; NULL on failure. */
json_t *members_object(struct members *m, const char *member, size_t max);
json_t *members_array(struct members *m, const char *member, size_t max);
/* Is there such a member? */
bool members_has(const struct members *m, const char *member);

/* Text for people from the other side, cut to fit, control characters as '?'. */
void members_shown(struct members *m, const char *member, char *out, size_t size);
void text_shown(char *out, size_t size, const char *from); /* ${from} may be NULL */

/* A place for other programs' later members: take whatever is left. */
void members_rest(struct members *m);

#endif
