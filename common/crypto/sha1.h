/*
 * sha1.h -- SHA-1 (FIPS 180-4), only as the checksum that ends a git pack.
 *
 * Nothing that is signed or trusted rests on it.  Git objects are named by
 * git_oid_of(), which detects collision attacks.  Cannot fail and allocates
 * nothing.
 */
#ifndef LINLI_SHA1_H
#define LINLI_SHA1_H

#include <stddef.h>
#include <stdint.h>

#define SHA1_BYTES 20

void sha1(uint8_t out[SHA1_BYTES], const void *data, size_t len);

/* A hash under way, as struct sha256 is one. */
struct sha1 {
	uint64_t state[12]; /* the library's */
};
void sha1_init(struct sha1 *hash);
void sha1_add(struct sha1 *hash, const void *data, size_t len);
void sha1_done(uint8_t out[SHA1_BYTES], struct sha1 *hash);

#endif
