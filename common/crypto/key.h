/*
 * key.h -- a device's Ed25519 key (RFC 8032), the files that hold it, and
 * the checks on other people's.
 *
 * The secret half is overwritten when a key is freed; a buffer that receives
 * it is the caller's to release with buf_wipe().
 */
#ifndef LINLI_KEY_H
#define LINLI_KEY_H

#include "linli/names.h"

#define KEY_SEED_BYTES 32
#define KEY_PUBLIC_BYTES 32
#define KEY_SIGNATURE_BYTES 64
#define KEY_FILE_MAX_BYTES 4096
#define KEY_PASSPHRASE_MAX_BYTES 1024
#define KEY_COMMENT_MAX_BYTES 256

struct env;
struct key;

/*
 * A new key from ${env}'s randomness, or the key of ${seed}.  The caller
 * releases *out with key_free(); it is NULL on failure.  Fails with
 * ERR_NOMEM and with what env->random() fails with.
 */
MUST_CHECK bool key_generate(struct key **out, const struct env *env, struct err *err);
MUST_CHECK bool key_from_seed(
	struct key **out, const uint8_t seed[KEY_SEED_BYTES], struct err *err);
void key_free(struct key *key);

/* Its public key, 32 bytes.  Borrowed: valid until key_free(). */
const uint8_t *key_public(const struct key *key);

/* Device ids: the first 8 bytes of SHA-256 of the public key. */
struct device_id key_device(const struct key *key);
struct device_id public_key_device(const uint8_t public_key[KEY_PUBLIC_BYTES]);

/* Sign ${len} bytes at ${data}.  Fails with ERR_NOMEM. */
MUST_CHECK bool key_sign(uint8_t signature[KEY_SIGNATURE_BYTES], const struct key *key,
	const void *data, size_t len, struct err *err);

/*
 * Refuses the encodings that OpenSSL takes and that must name no device: the
 * eight points of small order, with which one signature fits every message,
 * and any y that is not reduced.  ERR_KEY.  Whether the rest is a point of the
 * curve is seen when a signature is verified: with no such key one verifies.
 */
MUST_CHECK bool public_key_valid(const uint8_t public_key[KEY_PUBLIC_BYTES], struct err *err);

/*
 * Verify ${signature} over ${len} bytes at ${data}; a signature has one form
 * only (S below the group's order).  Fails with ERR_KEY if the key is not
 * public_key_valid(), else with ERR_SIGNATURE; ERR_NOMEM.
 */
MUST_CHECK bool ed25519_verify(const uint8_t public_key[KEY_PUBLIC_BYTES],
	const uint8_t signature[KEY_SIGNATURE_BYTES], const void *data, size_t len,
	struct err *err);

/*
 * Append ${key} as PEM to ${pem}: PKCS #8 as of RFC 8410; with a
 * ${passphrase} encrypted (RFC 5958) by PBES2 with scrypt (RFC 7914, N=2^14,
 * r=8, p=6, 16 MiB: the largest N that the openssl program reads) and
 * AES-256-CBC.  Without, ${passphrase} is NULL.  Fails with ERR_PASSPHRASE if
 * it is empty or too long, ERR_NOMEM and what env->random() fails with.
 */
MUST_CHECK bool key_write(struct buf *pem, const struct key *key, const char *passphrase,
	const struct env *env, struct err *err);

/*
 * Read ${pem}, which is untrusted.  On success the caller releases *out with
 * key_free(); on failure it is NULL.  ${passphrase} may be NULL, and is not
 * looked at where the file is not encrypted.  Fails with
 * ERR_PASSPHRASE  it is encrypted and the passphrase is missing or wrong,
 * ERR_KEY         it holds something else than an Ed25519 key,
 * ERR_TOO_LARGE   it is too long, or reading it would cost more memory or
 *                 time than a file of key_write(), found before it is spent,
 * ERR_FORMAT      it is not in the one form of its PEM or DER, or is encrypted
 *                 by other means,
 * ERR_NOMEM.
 */
MUST_CHECK bool key_read(
	struct key **out, struct view pem, const char *passphrase, struct err *err);

/*
 * Append OpenSSH's forms.  A private key file is not encrypted (PROTOCOL.key);
 * a public key is one line without its end: "ssh-ed25519 AAAA... comment".
 * ${comment} may be "".  Fails with ERR_VALUE if the comment is too long or
 * holds a control character, ERR_NOMEM and what env->random() fails with.
 */
MUST_CHECK bool key_openssh_private(struct buf *out, const struct key *key, const char *comment,
	const struct env *env, struct err *err);
MUST_CHECK bool key_openssh_public(struct buf *out, const uint8_t public_key[KEY_PUBLIC_BYTES],
	const char *comment, struct err *err);

#endif
