/* sha1.c -- see sha1.h; the interface is chosen as in sha256.c. */
#define OPENSSL_API_COMPAT 0x10100000L
#include <openssl/sha.h>

#include "sha1.h"

_Static_assert(SHA1_BYTES == SHA_DIGEST_LENGTH, "SHA-1 has 20 bytes");

void sha1(uint8_t out[SHA1_BYTES], const void *data, size_t len)
{
	SHA_CTX state;

	SHA1_Init(&state);
	SHA1_Update(&state, data, len);
	SHA1_Final(out, &state);
}
