/* age.c -- the payload, sealing and opening; see age.h. */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "age_internal.h"
#include "hmac.h"
#include "library.h"
#include "linli/env.h"

struct age_aead {
	EVP_CIPHER_CTX *ctx;
	EVP_CIPHER *cipher;
	uint8_t key[AGE_KEY_BYTES];
};

bool age_aead_new(struct age_aead **out, const uint8_t key[AGE_KEY_BYTES], struct err *err)
{
	struct age_aead *aead = calloc(1, sizeof(*aead));

	*out = NULL;
	if (aead == NULL) {
		return err_nomem(err);
	}
	memcpy(aead->key, key, sizeof(aead->key));
	aead->cipher = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
	aead->ctx = EVP_CIPHER_CTX_new();
	if (aead->cipher == NULL || aead->ctx == NULL) {
		age_aead_free(aead);
		return library_failed(err, ERR_INTERNAL, "ChaCha20-Poly1305");
	}
	*out = aead;
	return true;
}

void age_aead_free(struct age_aead *aead)
{
	if (aead != NULL) {
		EVP_CIPHER_CTX_free(aead->ctx);
		EVP_CIPHER_free(aead->cipher);
		crypto_wipe(aead, sizeof(*aead));
		free(aead);
	}
}

/* ${len} is at most a chunk's, so that int holds it. */
bool age_aead_seal(struct age_aead *aead, uint8_t *out, const uint8_t nonce[AGE_NONCE_BYTES],
	const uint8_t *plain, size_t len, struct err *err)
{
	int done, end;

	if (EVP_EncryptInit_ex2(aead->ctx, aead->cipher, aead->key, nonce, NULL) != 1 ||
		EVP_EncryptUpdate(aead->ctx, out, &done, plain, (int)len) != 1 ||
		EVP_EncryptFinal_ex(aead->ctx, out + len, &end) != 1 ||
		EVP_CIPHER_CTX_ctrl(aead->ctx, EVP_CTRL_AEAD_GET_TAG, AGE_TAG_BYTES, out + len) !=
			1) {
		return library_failed(err, ERR_INTERNAL, "sealing a chunk");
	}
	return true;
}

bool age_aead_open(struct age_aead *aead, uint8_t *out, const uint8_t nonce[AGE_NONCE_BYTES],
	const uint8_t *sealed, size_t len, struct err *err)
{
	uint8_t tag[AGE_TAG_BYTES];
	int done, end;

	len -= AGE_TAG_BYTES;
	memcpy(tag, sealed + len, sizeof(tag));
	if (EVP_DecryptInit_ex2(aead->ctx, aead->cipher, aead->key, nonce, NULL) != 1 ||
		EVP_CIPHER_CTX_ctrl(aead->ctx, EVP_CTRL_AEAD_SET_TAG, AGE_TAG_BYTES, tag) != 1 ||
		EVP_DecryptUpdate(aead->ctx, out, &done, sealed, (int)len) != 1) {
		return library_failed(err, ERR_INTERNAL, "opening a chunk");
	}
	if (EVP_DecryptFinal_ex(aead->ctx, out + len, &end) != 1) {
		return library_failed(err, ERR_HASH, "opening a chunk");
	}
	return true;
}

bool age_stream_new(struct age_aead **out, const uint8_t file_key[AGE_FILE_KEY_BYTES],
	const uint8_t salt[AGE_SALT_BYTES], struct err *err)
{
	uint8_t key[SHA256_BYTES];
	bool ok;

	hkdf_sha256(key, (struct view){ (const char *)file_key, AGE_FILE_KEY_BYTES },
		(struct view){ (const char *)salt, AGE_SALT_BYTES }, VIEW_LITERAL("payload"));
	ok = age_aead_new(out, key, err);
	crypto_wipe(key, sizeof(key));
	return ok;
}

void age_chunk_nonce(uint8_t nonce[AGE_NONCE_BYTES], uint64_t n, bool last)
{
	unsigned i;

	memset(nonce, 0, AGE_NONCE_BYTES);
	for (i = 0; i < 8; i++) {
		nonce[AGE_NONCE_BYTES - 2 - i] = (uint8_t)(n >> 8 * i);
	}
	nonce[AGE_NONCE_BYTES - 1] = last ? 1 : 0;
}

static bool seal_stream(uint8_t *out, struct age_aead *aead, struct view plain, struct err *err)
{
	const uint8_t *from = (const uint8_t *)plain.data;
	uint8_t nonce[AGE_NONCE_BYTES];
	size_t left = plain.len, len;
	uint64_t n = 0;

	do {
		len = left < AGE_CHUNK_BYTES ? left : AGE_CHUNK_BYTES;
		left -= len;
		age_chunk_nonce(nonce, n++, left == 0);
		if (!age_aead_seal(aead, out, nonce, from, len, err)) {
			return false;
		}
		from = len != 0 ? from + len : from;
		out += len + AGE_TAG_BYTES;
	} while (left != 0);
	return true;
}

/* ${sealed} holds whole chunks, as open_payload() has counted them. */
static bool open_stream(
	uint8_t *out, struct age_aead *aead, const uint8_t *sealed, size_t left, struct err *err)
{
	uint8_t nonce[AGE_NONCE_BYTES];
	uint64_t n = 0;
	size_t len;

	do {
		len = left < AGE_SEALED_CHUNK_BYTES ? left : AGE_SEALED_CHUNK_BYTES;
		left -= len;
		age_chunk_nonce(nonce, n++, left == 0);
		if (!age_aead_open(aead, out, nonce, sealed, len, err)) {
			return false;
		}
		sealed += len;
		out += len - AGE_TAG_BYTES;
	} while (left != 0);
	return true;
}

bool age_seal(struct buf *out, const struct age_recipient *to, size_t count, struct view plain,
	const struct env *env, struct err *err)
{
	uint8_t file_key[AGE_FILE_KEY_BYTES], salt[AGE_SALT_BYTES];
	size_t chunks = plain.len / AGE_CHUNK_BYTES +
		(plain.len % AGE_CHUNK_BYTES != 0 || plain.len == 0);
	size_t before = out->len;
	struct age_aead *aead = NULL;
	uint8_t *payload;
	bool ok = false;

	if (count == 0) {
		return err_set(err, ERR_USAGE, "nobody to seal to");
	}
	if (count > AGE_MAX_RECIPIENTS || plain.len > SIZE_MAX / 2) {
		return err_set(err, ERR_TOO_LARGE, "%zu recipients, %zu bytes", count, plain.len);
	}
	if (!env->random(env->ctx, file_key, sizeof(file_key), err) ||
		!env->random(env->ctx, salt, sizeof(salt), err) ||
		!age_header_write(out, to, count, file_key, env, err) ||
		!age_stream_new(&aead, file_key, salt, err)) {
		goto out;
	}
	buf_add(out, salt, sizeof(salt));
	payload = buf_grow(out, plain.len + chunks * AGE_TAG_BYTES);
	if (payload == NULL) {
		err_nomem(err);
		goto out;
	}
	ok = seal_stream(payload, aead, plain, err);
out:
	if (!ok && out->len > before) {
		out->len = before;
		out->data[before] = 0;
	}
	age_aead_free(aead);
	crypto_wipe(file_key, sizeof(file_key));
	return ok;
}

/* What follows the header: the salt, then chunks. */
static bool open_payload(struct buf *out, const uint8_t file_key[AGE_FILE_KEY_BYTES],
	struct cursor *cursor, size_t cap, struct err *err)
{
	const uint8_t *salt = cursor_take(cursor, AGE_SALT_BYTES);
	size_t left = cursor_left(cursor), before = out->len, whole, rest, plain;
	struct age_aead *aead = NULL;
	uint8_t *to;
	bool ok = false;

	if (salt == NULL) {
		return err_set(err, ERR_FORMAT, "no payload");
	}
	whole = left / AGE_SEALED_CHUNK_BYTES;
	rest = left % AGE_SEALED_CHUNK_BYTES;
	/* Only a payload of nothing has an empty chunk. */
	if (left < AGE_TAG_BYTES || (rest != 0 && rest < AGE_TAG_BYTES) ||
		(rest == AGE_TAG_BYTES && whole != 0)) {
		return err_set(err, ERR_HASH, "payload cut short");
	}
	plain = whole * AGE_CHUNK_BYTES + (rest != 0 ? rest - AGE_TAG_BYTES : 0);
	if (plain > cap) {
		return err_set(err, ERR_TOO_LARGE, "%zu bytes sealed, %zu allowed", plain, cap);
	}
	to = buf_grow(out, plain);
	if (to == NULL) {
		return err_nomem(err);
	}
	ok = age_stream_new(&aead, file_key, salt, err) &&
		open_stream(to, aead, cursor->at, left, err);
	if (!ok) {
		memset(to, 0, plain);
		out->len = before;
	}
	age_aead_free(aead);
	return ok;
}

bool age_open_as(struct buf *out, const struct age_identity *identity, struct view sealed,
	size_t cap, struct err *err)
{
	struct cursor cursor = cursor_of(sealed.data, sealed.len);
	uint8_t file_key[AGE_FILE_KEY_BYTES];
	bool ok;

	ok = age_header_read(file_key, &cursor, identity, err) &&
		open_payload(out, file_key, &cursor, cap, err);
	crypto_wipe(file_key, sizeof(file_key));
	return ok;
}

bool age_open(
	struct buf *out, const struct key *key, struct view sealed, size_t cap, struct err *err)
{
	struct age_identity identity;
	bool ok;

	age_identity_of(&identity, key);
	ok = age_open_as(out, &identity, sealed, cap, err);
	age_identity_wipe(&identity);
	return ok;
}
