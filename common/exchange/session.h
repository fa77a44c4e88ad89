/*
 * session.h -- who is speaking: nonces and tokens of a server, in memory.
 *
 * A nonce is a time, chance, and a MAC of both under a secret of this
 * process, so that asking for one costs the server no memory; only those
 * that came back under a good signature are remembered, until they expire.
 * Tokens are kept as hashes.  Neither survives the process.
 */
#ifndef LINLI_EXCHANGE_SESSION_H
#define LINLI_EXCHANGE_SESSION_H

#include "linli/node.h"

#define SESSION_MAX 4096 /* at once; the oldest goes first */
#define SESSION_MAX_OF_DEVICE 4
#define SESSION_VALID_MS (15 * 60 * 1000)
#define NONCE_VALID_MS (2 * 60 * 1000)
#define NONCE_USED_MAX 4096         /* within NONCE_VALID_MS */
#define NONCE_USED_OF_DEVICE 512    /* of these */
#define NONCE_TEXT_BYTES 97         /* 8 + 8 + 32 bytes in hex, with the NUL */
#define SESSION_TOKEN_TEXT_BYTES 65 /* 32 bytes in hex, with the NUL */
#define SESSION_NAMESPACE "linli-session"

struct sessions;
MUST_CHECK bool sessions_open(struct sessions **out, const struct env *env, struct err *err);
void sessions_close(struct sessions *sessions);

MUST_CHECK bool nonce_make(struct sessions *sessions, char out[NONCE_TEXT_BYTES], struct err *err);
/*
 * Use ${nonce} up.  Call it only after ${device}'s signature over it was
 * verified.  ERR_SESSION: not one of ours, expired or used; ERR_BUSY: too
 * many at once, of that device or of all.
 */
MUST_CHECK bool nonce_use(
	struct sessions *sessions, struct device_id device, struct view nonce, struct err *err);

/* What a device signs (namespace SESSION_NAMESPACE) to open a session. */
void session_statement(
	struct buf *out, struct device_id federation, struct device_id device, struct view nonce);

#define SESSION_BINDING_TEXT_BYTES 33
/* What a session's token is named by in what is signed within the session: of SHA-256 of it. */
void session_binding(char out[SESSION_BINDING_TEXT_BYTES], const char *token);

/* Open a session of ${device}. */
MUST_CHECK bool session_open(struct sessions *sessions, struct device_id device,
	char token[SESSION_TOKEN_TEXT_BYTES], int64_t *expires_ms, struct err *err);
/* Whose is ${token} (or NULL)?  False: no session that is open. */
bool session_find(struct sessions *sessions, const char *token, struct device_id *device);

#endif
