/* hmac.c -- see hmac.h. */
#include <string.h>

#include <openssl/crypto.h>

#include "hmac.h"

#define BLOCK_BYTES 64 /* SHA-256's */

struct hmac {
	struct sha256 inner, outer;
};

static void hmac_init(struct hmac *hmac, struct view key)
{
	uint8_t block[BLOCK_BYTES] = { 0 };
	size_t i;

	if (key.len > sizeof(block)) {
		sha256(block, key.data, key.len);
	} else if (key.len != 0) {
		memcpy(block, key.data, key.len);
	}
	for (i = 0; i < sizeof(block); i++) {
		block[i] ^= 0x36;
	}
	sha256_init(&hmac->inner);
	sha256_add(&hmac->inner, block, sizeof(block));
	for (i = 0; i < sizeof(block); i++) {
		block[i] ^= 0x36 ^ 0x5c;
	}
	sha256_init(&hmac->outer);
	sha256_add(&hmac->outer, block, sizeof(block));
	crypto_wipe(block, sizeof(block));
}

static void hmac_done(uint8_t out[SHA256_BYTES], struct hmac *hmac)
{
	uint8_t inner[SHA256_BYTES];

	sha256_done(inner, &hmac->inner);
	sha256_add(&hmac->outer, inner, sizeof(inner));
	sha256_done(out, &hmac->outer);
	crypto_wipe(inner, sizeof(inner));
}

void hmac_sha256(uint8_t out[SHA256_BYTES], struct view key, struct view data)
{
	struct hmac hmac;

	hmac_init(&hmac, key);
	sha256_add(&hmac.inner, data.data, data.len);
	hmac_done(out, &hmac);
}

void hkdf_sha256(uint8_t out[SHA256_BYTES], struct view secret, struct view salt, struct view info)
{
	uint8_t extracted[SHA256_BYTES];
	struct hmac hmac;

	hmac_sha256(extracted, salt, secret);
	hmac_init(&hmac, (struct view){ (const char *)extracted, sizeof(extracted) });
	sha256_add(&hmac.inner, info.data, info.len);
	sha256_add(&hmac.inner, "\x01", 1);
	hmac_done(out, &hmac);
	crypto_wipe(extracted, sizeof(extracted));
}

bool crypto_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

void crypto_wipe(void *secret, size_t len)
{
	OPENSSL_cleanse(secret, len);
}
