/* sha1.c -- see sha1.h; the interface is chosen as in sha256.c. */
#define OPENSSL_API_COMPAT 0x10100000L
#include <openssl/sha.h>

#include <string.h>

#include "sha1.h"

_Static_assert(SHA1_BYTES == SHA_DIGEST_LENGTH, "SHA-1 has 20 bytes");
_Static_assert(sizeof(SHA_CTX) == sizeof(((struct sha1 *)0)->state), "room for the state");

void sha1(uint8_t out[SHA1_BYTES], const void *data, size_t len)
{
	SHA_CTX state;

	SHA1_Init(&state);
	SHA1_Update(&state, data, len);
	SHA1_Final(out, &state);
}

void sha1_init(struct sha1 *hash)
{
	SHA_CTX state;

	SHA1_Init(&state);
	memcpy(hash->state, &state, sizeof(state));
}

void sha1_add(struct sha1 *hash, const void *data, size_t len)
{
	SHA_CTX state;

	memcpy(&state, hash->state, sizeof(state));
	SHA1_Update(&state, data, len);
	memcpy(hash->state, &state, sizeof(state));
}

void sha1_done(uint8_t out[SHA1_BYTES], struct sha1 *hash)
{
	SHA_CTX state;

	memcpy(&state, hash->state, sizeof(state));
	SHA1_Final(out, &state);
}
