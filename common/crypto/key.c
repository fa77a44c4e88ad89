/* key.c -- keys, signatures and their verification; see key.h. */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "hmac.h"
#include "key_secret.h"
#include "library.h"
#include "linli/env.h"

struct key {
	uint8_t seed[KEY_SEED_BYTES];
	uint8_t public[KEY_PUBLIC_BYTES];
	EVP_PKEY *pair;
};

bool key_from_seed(struct key **out, const uint8_t seed[KEY_SEED_BYTES], struct err *err)
{
	struct key *key = calloc(1, sizeof(*key));
	size_t len = KEY_PUBLIC_BYTES;

	*out = NULL;
	if (key == NULL) {
		return err_nomem(err);
	}
	memcpy(key->seed, seed, KEY_SEED_BYTES);
	key->pair = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, KEY_SEED_BYTES);
	if (key->pair == NULL || !EVP_PKEY_get_raw_public_key(key->pair, key->public, &len)) {
		library_failed(err, ERR_INTERNAL, "making a key");
		key_free(key);
		return false;
	}
	*out = key;
	return true;
}

bool key_generate(struct key **out, const struct env *env, struct err *err)
{
	uint8_t seed[KEY_SEED_BYTES];
	bool ok;

	*out = NULL;
	ok = env->random(env->ctx, seed, sizeof(seed), err) && key_from_seed(out, seed, err);
	crypto_wipe(seed, sizeof(seed));
	return ok;
}

void key_free(struct key *key)
{
	if (key != NULL) {
		EVP_PKEY_free(key->pair);
		crypto_wipe(key, sizeof(*key));
		free(key);
	}
}

const uint8_t *key_public(const struct key *key)
{
	return key->public;
}

const uint8_t *key_seed(const struct key *key)
{
	return key->seed;
}

struct device_id public_key_device(const uint8_t public_key[KEY_PUBLIC_BYTES])
{
	uint8_t hash[SHA256_BYTES];
	struct device_id device;

	sha256(hash, public_key, KEY_PUBLIC_BYTES);
	memcpy(device.bytes, hash, sizeof(device.bytes));
	return device;
}

struct device_id key_device(const struct key *key)
{
	return public_key_device(key->public);
}

bool key_sign(uint8_t signature[KEY_SIGNATURE_BYTES], const struct key *key, const void *data,
	size_t len, struct err *err)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t signature_len = KEY_SIGNATURE_BYTES;
	bool ok;

	ok = ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->pair) == 1 &&
		EVP_DigestSign(ctx, signature, &signature_len, data, len) == 1;
	if (!ok) {
		library_failed(err, ERR_INTERNAL, "signing");
	}
	EVP_MD_CTX_free(ctx);
	return ok;
}

/*
 * y of the points whose order divides 8, little-endian, without the sign of x:
 * 0 (order 4), 1 (the neutral point), two of order 8, and -1 (order 2).
 */
static const uint8_t small_order[][KEY_PUBLIC_BYTES] = {
	{ 0 },
	{ 1 },
	{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
		0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d,
		0x53, 0xfc, 0x05 },
	{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
		0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92,
		0xac, 0x03, 0x7a },
	{ 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0x7f },
};

/* Is the little-endian ${y} below 2^255 - 19? */
static bool reduced(const uint8_t y[KEY_PUBLIC_BYTES])
{
	size_t i;

	if (y[0] < 0xed || y[31] != 0x7f) {
		return true;
	}
	for (i = 1; i < 31; i++) {
		if (y[i] != 0xff) {
			return true;
		}
	}
	return false;
}

bool public_key_valid(const uint8_t public_key[KEY_PUBLIC_BYTES], struct err *err)
{
	uint8_t y[KEY_PUBLIC_BYTES];
	size_t i;

	memcpy(y, public_key, sizeof(y));
	y[31] &= 0x7f; /* the sign of x */
	if (!reduced(y)) {
		return err_set(err, ERR_KEY, "public key is not canonical");
	}
	for (i = 0; i < sizeof(small_order) / sizeof(small_order[0]); i++) {
		if (memcmp(y, small_order[i], sizeof(y)) == 0) {
			return err_set(err, ERR_KEY, "public key is of small order");
		}
	}
	return true;
}

bool ed25519_verify(const uint8_t public_key[KEY_PUBLIC_BYTES],
	const uint8_t signature[KEY_SIGNATURE_BYTES], const void *data, size_t len, struct err *err)
{
	EVP_PKEY *key = NULL;
	EVP_MD_CTX *ctx = NULL;
	bool ok = false;

	if (!public_key_valid(public_key, err)) {
		return false;
	}
	key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, KEY_PUBLIC_BYTES);
	ctx = EVP_MD_CTX_new();
	if (key == NULL || ctx == NULL || EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) != 1) {
		library_failed(err, ERR_INTERNAL, "verifying a signature");
		goto out;
	}
	if (EVP_DigestVerify(ctx, signature, KEY_SIGNATURE_BYTES, data, len) != 1) {
		library_failed(err, ERR_SIGNATURE, "verifying a signature");
		goto out;
	}
	ok = true;
out:
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return ok;
}
