/*
 * hmac.h -- HMAC-SHA256 (RFC 2104), HKDF-SHA256 (RFC 5869), and what
 * secrets need besides.
 *
 * Cannot fail and allocates nothing.
 */
#ifndef LINLI_HMAC_H
#define LINLI_HMAC_H

#include "linli/bytes.h"
#include "sha256.h"

void hmac_sha256(uint8_t out[SHA256_BYTES], struct view key, struct view data);

/* Extract, then expand to 32 bytes. */
void hkdf_sha256(uint8_t out[SHA256_BYTES], struct view secret, struct view salt, struct view info);

/* Are they equal?  Takes as long wherever they differ. */
bool crypto_equal(const void *a, const void *b, size_t len);

/* Overwrite a secret, even where nothing reads it again. */
void crypto_wipe(void *secret, size_t len);

#endif
