/* age_stream.c -- see age_stream.h. */
#include <stdlib.h>
#include <string.h>

#include "age_internal.h"
#include "age_stream.h"
#include "hmac.h"
#include "linli/env.h"

/* ---- sealing ------------------------------------------------------- */

struct age_sealer {
	struct age_aead *aead;
	uint64_t n;  /* of the chunk at hand */
	size_t have; /* bytes of it */
	uint8_t chunk[AGE_CHUNK_BYTES];
};

bool age_sealer_new(struct age_sealer **out, struct buf *sealed, const struct age_recipient *to,
	size_t count, const struct env *env, struct err *err)
{
	uint8_t file_key[AGE_FILE_KEY_BYTES], salt[AGE_SALT_BYTES];
	struct age_sealer *sealer = calloc(1, sizeof(*sealer));
	bool ok = false;

	*out = NULL;
	if (sealer == NULL) {
		return err_nomem(err);
	}
	if (count == 0) {
		err_set(err, ERR_USAGE, "nobody to seal to");
		goto out;
	}
	if (count > AGE_MAX_RECIPIENTS) {
		err_set(err, ERR_TOO_LARGE, "%zu recipients", count);
		goto out;
	}
	if (!env->random(env->ctx, file_key, sizeof(file_key), err) ||
		!env->random(env->ctx, salt, sizeof(salt), err) ||
		!age_header_write(sealed, to, count, file_key, env, err) ||
		!age_stream_new(&sealer->aead, file_key, salt, err)) {
		goto out;
	}
	buf_add(sealed, salt, sizeof(salt));
	ok = buf_ok(sealed, err);
out:
	crypto_wipe(file_key, sizeof(file_key));
	if (ok) {
		*out = sealer;
		sealer = NULL;
	}
	age_sealer_free(sealer);
	return ok;
}

static bool seal_chunk(struct age_sealer *sealer, struct buf *sealed, bool last, struct err *err)
{
	uint8_t nonce[AGE_NONCE_BYTES];
	uint8_t *to = buf_grow(sealed, sealer->have + AGE_TAG_BYTES);
	size_t len = sealer->have;

	if (to == NULL) {
		return err_nomem(err);
	}
	age_chunk_nonce(nonce, sealer->n++, last);
	sealer->have = 0;
	return age_aead_seal(sealer->aead, to, nonce, sealer->chunk, len, err);
}

/* A full chunk waits until there is more: it may be the last. */
bool age_sealer_add(
	struct age_sealer *sealer, struct buf *sealed, struct view plain, struct err *err)
{
	size_t len;

	while (plain.len != 0) {
		if (sealer->have == AGE_CHUNK_BYTES && !seal_chunk(sealer, sealed, false, err)) {
			return false;
		}
		len = AGE_CHUNK_BYTES - sealer->have;
		len = len < plain.len ? len : plain.len;
		memcpy(sealer->chunk + sealer->have, plain.data, len);
		sealer->have += len;
		plain.data += len;
		plain.len -= len;
	}
	return true;
}

bool age_sealer_end(struct age_sealer *sealer, struct buf *sealed, struct err *err)
{
	return seal_chunk(sealer, sealed, true, err);
}

void age_sealer_free(struct age_sealer *sealer)
{
	if (sealer != NULL) {
		age_aead_free(sealer->aead);
		crypto_wipe(sealer, sizeof(*sealer));
		free(sealer);
	}
}

/* ---- opening ------------------------------------------------------- */

#define HEADER_END "\n--- "

struct age_opener {
	struct age_identity *identities;
	size_t count;
	struct buf header; /* as far as it has come, while aead is NULL */
	struct age_aead *aead;
	uint64_t n;  /* of the chunk at hand */
	size_t have; /* bytes of it */
	uint8_t chunk[AGE_SEALED_CHUNK_BYTES];
};

bool age_opener_new(struct age_opener **out, const struct age_identity *identities, size_t count,
	struct err *err)
{
	struct age_opener *opener = calloc(1, sizeof(*opener));

	*out = NULL;
	if (opener == NULL ||
		(opener->identities = calloc(count + 1, sizeof(*identities))) == NULL) {
		free(opener);
		return err_nomem(err);
	}
	memcpy(opener->identities, identities, count * sizeof(*identities));
	opener->count = count;
	*out = opener;
	return true;
}

void age_opener_free(struct age_opener *opener)
{
	if (opener != NULL) {
		crypto_wipe(opener->identities, opener->count * sizeof(*opener->identities));
		free(opener->identities);
		buf_clear(&opener->header);
		age_aead_free(opener->aead);
		crypto_wipe(opener, sizeof(*opener));
		free(opener);
	}
}

/* Is all of the header here, and the salt behind it? */
static bool header_whole(const struct buf *header)
{
	const uint8_t *end = header->data + header->len, *at;

	at = header->len == 0 ? NULL
			      : memmem(header->data, header->len, HEADER_END, strlen(HEADER_END));
	if (at == NULL) {
		return false;
	}
	at += strlen(HEADER_END);
	at = memchr(at, '\n', (size_t)(end - at));
	return at != NULL && (size_t)(end - at) > AGE_SALT_BYTES;
}

static bool open_chunk(struct age_opener *opener, struct buf *plain, bool last, struct err *err)
{
	uint8_t nonce[AGE_NONCE_BYTES];
	size_t len = opener->have, before = plain->len;
	uint8_t *to;

	/* Only a payload of nothing has an empty chunk. */
	if (len < AGE_TAG_BYTES || (len == AGE_TAG_BYTES && opener->n != 0)) {
		return err_set(err, ERR_HASH, "payload cut short");
	}
	to = buf_grow(plain, len - AGE_TAG_BYTES);
	if (to == NULL) {
		return err_nomem(err);
	}
	age_chunk_nonce(nonce, opener->n++, last);
	opener->have = 0;
	if (!age_aead_open(opener->aead, to, nonce, opener->chunk, len, err)) {
		memset(to, 0, len - AGE_TAG_BYTES);
		plain->len = before;
		return false;
	}
	return true;
}

static bool open_payload(
	struct age_opener *opener, struct buf *plain, struct view sealed, struct err *err)
{
	size_t len;

	while (sealed.len != 0) {
		if (opener->have == AGE_SEALED_CHUNK_BYTES &&
			!open_chunk(opener, plain, false, err)) {
			return false;
		}
		len = AGE_SEALED_CHUNK_BYTES - opener->have;
		len = len < sealed.len ? len : sealed.len;
		memcpy(opener->chunk + opener->have, sealed.data, len);
		opener->have += len;
		sealed.data += len;
		sealed.len -= len;
	}
	return true;
}

/* Read the header as each of the identities, and go on with what follows it. */
static bool open_header(struct age_opener *opener, struct buf *plain, struct err *err)
{
	uint8_t file_key[AGE_FILE_KEY_BYTES];
	const uint8_t *salt;
	struct cursor cursor;
	bool found = false;
	size_t i;

	err_set(err, ERR_SEALED, "no identity");
	for (i = 0; i < opener->count && !found && err->code == ERR_SEALED; i++) {
		cursor = cursor_of(opener->header.data, opener->header.len);
		found = age_header_read(file_key, &cursor, &opener->identities[i], err);
	}
	if (!found) {
		return false;
	}
	salt = cursor_take(&cursor, AGE_SALT_BYTES);
	if (salt == NULL) {
		err_set(err, ERR_FORMAT, "no payload");
	}
	found = salt != NULL && age_stream_new(&opener->aead, file_key, salt, err) &&
		open_payload(opener, plain,
			(struct view){ (const char *)cursor.at, cursor_left(&cursor) }, err);
	crypto_wipe(file_key, sizeof(file_key));
	buf_clear(&opener->header);
	return found;
}

bool age_opener_add(
	struct age_opener *opener, struct buf *plain, struct view sealed, struct err *err)
{
	size_t len;

	while (opener->aead == NULL && sealed.len != 0) {
		len = sealed.len < AGE_CHUNK_BYTES ? sealed.len : AGE_CHUNK_BYTES;
		buf_add(&opener->header, sealed.data, len);
		sealed.data += len;
		sealed.len -= len;
		if (!buf_ok(&opener->header, err) ||
			((header_whole(&opener->header) ||
				 opener->header.len > AGE_MAX_HEADER_BYTES) &&
				!open_header(opener, plain, err))) {
			return false;
		}
	}
	return open_payload(opener, plain, sealed, err);
}

bool age_opener_end(struct age_opener *opener, struct buf *plain, struct err *err)
{
	if (opener->aead == NULL && !open_header(opener, plain, err)) {
		return false;
	}
	return open_chunk(opener, plain, true, err);
}
