/* sha256.c -- see sha256.h. */

/*
 * The functions of OpenSSL 1.1's interface, deprecated in 3.0 but kept: they
 * use the same assembly as EVP, and neither allocate nor look an algorithm up
 * for each hash, so that hashing can neither fail nor be slow for short lines.
 */
#define OPENSSL_API_COMPAT 0x10100000L
#include <openssl/sha.h>

#include <string.h>

#include <openssl/crypto.h>

#include "linli/bytes.h"
#include "sha256.h"

_Static_assert(SHA256_BYTES == SHA256_DIGEST_LENGTH, "SHA-256 has 32 bytes");
_Static_assert(sizeof(SHA256_CTX) == sizeof(((struct sha256 *)0)->state), "room for the state");

void sha256(uint8_t out[SHA256_BYTES], const void *data, size_t len)
{
	SHA256_CTX state;

	SHA256_Init(&state);
	SHA256_Update(&state, data, len);
	SHA256_Final(out, &state);
}

void sha256_hex(char out[SHA256_TEXT_BYTES], const void *data, size_t len)
{
	uint8_t hash[SHA256_BYTES];

	sha256(hash, data, len);
	hex_encode(out, hash, sizeof(hash));
}

/* The state is copied in and out: 112 bytes, and no pointer of a wrong type. */
void sha256_init(struct sha256 *hash)
{
	SHA256_CTX state;

	SHA256_Init(&state);
	memcpy(hash->state, &state, sizeof(state));
}

void sha256_add(struct sha256 *hash, const void *data, size_t len)
{
	SHA256_CTX state;

	memcpy(&state, hash->state, sizeof(state));
	SHA256_Update(&state, data, len);
	memcpy(hash->state, &state, sizeof(state));
	OPENSSL_cleanse(&state, sizeof(state));
}

void sha256_done(uint8_t out[SHA256_BYTES], struct sha256 *hash)
{
	SHA256_CTX state;

	memcpy(&state, hash->state, sizeof(state));
	SHA256_Final(out, &state);
	OPENSSL_cleanse(&state, sizeof(state));
	OPENSSL_cleanse(hash->state, sizeof(hash->state));
}
