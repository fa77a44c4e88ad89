/* age_internal.h -- what the parts of age.h share; for this module only. */
#ifndef LINLI_CRYPTO_AGE_INTERNAL_H
#define LINLI_CRYPTO_AGE_INTERNAL_H

#include "age.h"
#include "sha256.h"

#define AGE_FILE_KEY_BYTES 16
#define AGE_TAG_BYTES 16
#define AGE_NONCE_BYTES 12
#define AGE_CHUNK_BYTES 65536
#define AGE_SEALED_CHUNK_BYTES (AGE_CHUNK_BYTES + AGE_TAG_BYTES)
#define AGE_SALT_BYTES 16 /* the payload's nonce: salt of its key */

/* X25519 (RFC 7748).  Fails with ${code} if ${point} is of small order. */
MUST_CHECK bool age_x25519(uint8_t out[AGE_KEY_BYTES], const uint8_t secret[AGE_KEY_BYTES],
	const uint8_t point[AGE_KEY_BYTES], enum err_code code, struct err *err);

/* ChaCha20-Poly1305 (RFC 8439) without associated data, under one key. */
struct age_aead;
MUST_CHECK bool age_aead_new(
	struct age_aead **out, const uint8_t key[AGE_KEY_BYTES], struct err *err);
void age_aead_free(struct age_aead *aead);
/* ${out} receives ${len} + AGE_TAG_BYTES bytes. */
MUST_CHECK bool age_aead_seal(struct age_aead *aead, uint8_t *out,
	const uint8_t nonce[AGE_NONCE_BYTES], const uint8_t *plain, size_t len, struct err *err);
/*
 * ${out} receives ${len} - AGE_TAG_BYTES bytes, ${len} being at least
 * AGE_TAG_BYTES.  ERR_HASH if they do not match.
 */
MUST_CHECK bool age_aead_open(struct age_aead *aead, uint8_t *out,
	const uint8_t nonce[AGE_NONCE_BYTES], const uint8_t *sealed, size_t len, struct err *err);

/* A STREAM of chunks under the key of one file; ended by age_aead_free(). */
MUST_CHECK bool age_stream_new(struct age_aead **out, const uint8_t file_key[AGE_FILE_KEY_BYTES],
	const uint8_t salt[AGE_SALT_BYTES], struct err *err);
/* Of chunk ${n}, from 0: a counter of 11 bytes, big-endian, and whether it is the last. */
void age_chunk_nonce(uint8_t nonce[AGE_NONCE_BYTES], uint64_t n, bool last);

/* Append a header that wraps ${file_key} for each recipient. */
MUST_CHECK bool age_header_write(struct buf *out, const struct age_recipient *to, size_t count,
	const uint8_t file_key[AGE_FILE_KEY_BYTES], const struct env *env, struct err *err);

/*
 * Read the header at ${cursor} and leave it at the payload.  The failures are
 * those of age_open().
 */
MUST_CHECK bool age_header_read(uint8_t file_key[AGE_FILE_KEY_BYTES], struct cursor *cursor,
	const struct age_identity *identity, struct err *err);

#endif
