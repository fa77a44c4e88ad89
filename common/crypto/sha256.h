/*
 * sha256.h -- SHA-256 (FIPS 180-4), whole or as it comes.
 *
 * Cannot fail and allocates nothing.
 */
#ifndef LINLI_SHA256_H
#define LINLI_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32
#define SHA256_TEXT_BYTES 65 /* in hex, with the NUL */

void sha256(uint8_t out[SHA256_BYTES], const void *data, size_t len);
/* The same in lower-case hex. */
void sha256_hex(char out[SHA256_TEXT_BYTES], const void *data, size_t len);

/* A hash under way.  A plain value: a copy goes its own way. */
struct sha256 {
	uint64_t state[14]; /* the library's */
};
void sha256_init(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *data, size_t len);
/* Afterwards ${hash} is wiped and needs sha256_init() again. */
void sha256_done(uint8_t out[SHA256_BYTES], struct sha256 *hash);

#endif
