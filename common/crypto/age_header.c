/* age_header.c -- stanzas and the header's MAC; see age.h. */
#include <string.h>

#include "age_internal.h"
#include "hmac.h"
#include "linli/env.h"

#define VERSION_LINE "age-encryption.org/v1\n"
#define BODY_COLUMNS 64
#define WRAPPED_BYTES (AGE_FILE_KEY_BYTES + AGE_TAG_BYTES)
#define NATIVE "X25519"

static struct view bytes(const uint8_t *data, size_t len)
{
	return (struct view){ (const char *)data, len };
}

/* The key that wraps the file key for ${to} under ${share}. */
static void wrapping_key(uint8_t out[AGE_KEY_BYTES], const uint8_t shared[AGE_KEY_BYTES],
	const uint8_t share[AGE_KEY_BYTES], const struct age_recipient *to)
{
	uint8_t salt[2 * AGE_KEY_BYTES];

	memcpy(salt, share, AGE_KEY_BYTES);
	memcpy(salt + AGE_KEY_BYTES, to->bytes, AGE_KEY_BYTES);
	hkdf_sha256(out, bytes(shared, AGE_KEY_BYTES), bytes(salt, sizeof(salt)),
		VIEW_LITERAL("age-encryption.org/v1/X25519"));
}

static void header_mac(
	uint8_t out[SHA256_BYTES], const uint8_t file_key[AGE_FILE_KEY_BYTES], struct view header)
{
	uint8_t key[SHA256_BYTES];

	hkdf_sha256(
		key, bytes(file_key, AGE_FILE_KEY_BYTES), VIEW_LITERAL(""), VIEW_LITERAL("header"));
	hmac_sha256(out, bytes(key, sizeof(key)), header);
	crypto_wipe(key, sizeof(key));
}

/* One use of ChaCha20-Poly1305 with the fixed nonce of stanzas. */
static bool wrap(uint8_t out[WRAPPED_BYTES], const uint8_t key[AGE_KEY_BYTES],
	const uint8_t file_key[AGE_FILE_KEY_BYTES], struct err *err)
{
	static const uint8_t nonce[AGE_NONCE_BYTES];
	struct age_aead *aead;
	bool ok;

	if (!age_aead_new(&aead, key, err)) {
		return false;
	}
	ok = age_aead_seal(aead, out, nonce, file_key, AGE_FILE_KEY_BYTES, err);
	age_aead_free(aead);
	return ok;
}

static bool unwrap(uint8_t file_key[AGE_FILE_KEY_BYTES], const uint8_t key[AGE_KEY_BYTES],
	const uint8_t wrapped[WRAPPED_BYTES], struct err *err)
{
	static const uint8_t nonce[AGE_NONCE_BYTES];
	struct age_aead *aead;
	bool ok;

	if (!age_aead_new(&aead, key, err)) {
		return false;
	}
	ok = age_aead_open(aead, file_key, nonce, wrapped, WRAPPED_BYTES, err);
	age_aead_free(aead);
	return ok;
}

static bool write_stanza(struct buf *out, const struct age_recipient *to,
	const uint8_t file_key[AGE_FILE_KEY_BYTES], const struct env *env, struct err *err)
{
	struct age_identity ephemeral;
	struct age_recipient share;
	uint8_t shared[AGE_KEY_BYTES], key[AGE_KEY_BYTES], wrapped[WRAPPED_BYTES];
	bool ok = false;

	if (!env->random(env->ctx, ephemeral.bytes, sizeof(ephemeral.bytes), err) ||
		!age_identity_recipient(&share, &ephemeral, err) ||
		!age_x25519(shared, ephemeral.bytes, to->bytes, ERR_KEY, err)) {
		goto out;
	}
	wrapping_key(key, shared, share.bytes, to);
	if (!wrap(wrapped, key, file_key, err)) {
		goto out;
	}
	buf_text(out, "-> " NATIVE " ");
	base64_encode(out, share.bytes, sizeof(share.bytes), false);
	buf_byte(out, '\n');
	base64_encode(out, wrapped, sizeof(wrapped), false); /* 43 columns */
	buf_byte(out, '\n');
	ok = true;
out:
	age_identity_wipe(&ephemeral);
	crypto_wipe(shared, sizeof(shared));
	crypto_wipe(key, sizeof(key));
	return ok;
}

bool age_header_write(struct buf *out, const struct age_recipient *to, size_t count,
	const uint8_t file_key[AGE_FILE_KEY_BYTES], const struct env *env, struct err *err)
{
	uint8_t mac[SHA256_BYTES];
	size_t start = out->len, i;

	buf_text(out, VERSION_LINE);
	for (i = 0; i < count; i++) {
		if (!write_stanza(out, &to[i], file_key, env, err)) {
			return err_wrap(err, "sealing to recipient %zu", i);
		}
	}
	buf_text(out, "---");
	if (!buf_ok(out, err)) {
		return false;
	}
	header_mac(mac, file_key, bytes(out->data + start, out->len - start));
	buf_byte(out, ' ');
	base64_encode(out, mac, sizeof(mac), false);
	buf_byte(out, '\n');
	return buf_ok(out, err);
}

/* A header being read. */
struct reader {
	struct cursor *cursor;
	const struct age_identity *identity;
	struct age_recipient recipient; /* the identity's */
	struct buf body;                /* of the stanza at hand */
	size_t stanzas;
	bool passphrase; /* one of them is of scrypt */
	bool found;      /* one of them was for us, and file_key is set */
	uint8_t file_key[AGE_FILE_KEY_BYTES];
};

/* Arguments of visible ASCII with one space between: is ${line} nothing else? */
static bool arguments_valid(struct view line)
{
	char before = ' ';
	size_t i;

	for (i = 0; i < line.len; i++) {
		char c = line.data[i];

		if (c == ' ' ? before == ' ' : c < '!' || c > '~') {
			return false;
		}
		before = c;
	}
	return before != ' ';
}

/* Lines of 64 columns and one that is shorter, each base64. */
static bool read_body(struct reader *reader, struct err *err)
{
	struct view line;

	buf_reset(&reader->body);
	do {
		line = cursor_until(reader->cursor, '\n');
		if (reader->cursor->failed || line.len > BODY_COLUMNS ||
			!base64_decode(&reader->body, line, false)) {
			return err_set(err, ERR_FORMAT, "stanza %zu: not a body of base64",
				reader->stanzas);
		}
	} while (line.len == BODY_COLUMNS);
	return buf_ok(&reader->body, err);
}

/* A stanza of ours with the arguments after its type: try to unwrap it. */
static bool try_stanza(struct reader *reader, struct view arguments, struct err *err)
{
	uint8_t shared[AGE_KEY_BYTES], key[AGE_KEY_BYTES], file_key[AGE_FILE_KEY_BYTES];
	struct buf share = { 0 };
	bool ok = false;

	if (!base64_decode(&share, arguments, false) || share.len != AGE_KEY_BYTES ||
		reader->body.len != WRAPPED_BYTES) {
		err_set(err, ERR_FORMAT, "stanza %zu: not of X25519's form", reader->stanzas);
		goto out;
	}
	if (!age_x25519(shared, reader->identity->bytes, share.data, ERR_FORMAT, err)) {
		err_wrap(err, "stanza %zu", reader->stanzas);
		goto out;
	}
	wrapping_key(key, shared, share.data, &reader->recipient);
	ok = unwrap(file_key, key, reader->body.data, err);
	if (ok && !reader->found) {
		reader->found = true;
		memcpy(reader->file_key, file_key, sizeof(file_key));
	}
	if (!ok && err->code == ERR_HASH) {
		ok = true; /* it is for somebody else */
	}
out:
	crypto_wipe(shared, sizeof(shared));
	crypto_wipe(key, sizeof(key));
	crypto_wipe(file_key, sizeof(file_key));
	buf_clear(&share);
	return ok;
}

/* ${line}: a stanza's first line, after the arrow. */
static bool read_stanza(struct reader *reader, struct view line, struct err *err)
{
	struct cursor rest = cursor_of(line.data, line.len);
	struct view type;

	if (++reader->stanzas > AGE_MAX_RECIPIENTS) {
		return err_set(err, ERR_TOO_LARGE, "more than %d stanzas", AGE_MAX_RECIPIENTS);
	}
	if (!arguments_valid(line)) {
		return err_set(err, ERR_FORMAT, "stanza %zu: malformed arguments", reader->stanzas);
	}
	if (!read_body(reader, err)) {
		return false;
	}
	type = cursor_until(&rest, ' ');
	if (rest.failed) {
		type = line;
		rest.at = rest.end;
	}
	if (view_is(type, "scrypt")) {
		reader->passphrase = true;
	}
	if (!view_is(type, NATIVE)) {
		return true;
	}
	return try_stanza(reader, bytes(rest.at, (size_t)(rest.end - rest.at)), err);
}

/* Every stanza up to the MAC, which is given as it stands. */
static bool read_stanzas(struct reader *reader, struct view *mac, struct err *err)
{
	if (!cursor_skip(reader->cursor, VERSION_LINE)) {
		return err_set(err, ERR_FORMAT, "not a file of age v1");
	}
	while (cursor_skip(reader->cursor, "-> ")) {
		struct view line = cursor_until(reader->cursor, '\n');

		if (reader->cursor->failed) {
			return err_set(err, ERR_FORMAT, "header cut short");
		}
		if (!read_stanza(reader, line, err)) {
			return false;
		}
	}
	if (reader->stanzas == 0 || (reader->passphrase && reader->stanzas != 1)) {
		return err_set(err, ERR_FORMAT, "no stanza, or a passphrase and another one");
	}
	if (!cursor_skip(reader->cursor, "--- ")) {
		return err_set(err, ERR_FORMAT, "neither a stanza nor the header's end");
	}
	*mac = cursor_until(reader->cursor, '\n');
	if (reader->cursor->failed) {
		return err_set(err, ERR_FORMAT, "header cut short");
	}
	return true;
}

/* Read all of the header before judging any of it, ending with its MAC. */
static bool read_header(struct reader *reader, struct err *err)
{
	const uint8_t *start = reader->cursor->at;
	uint8_t expected[SHA256_BYTES];
	struct buf mac = { 0 };
	struct view text;
	bool ok = false;

	if (!read_stanzas(reader, &text, err)) {
		goto out;
	}
	if (!base64_decode(&mac, text, false) || mac.len != SHA256_BYTES) {
		err_set(err, ERR_FORMAT, "malformed MAC of the header");
		goto out;
	}
	if (!reader->found) {
		err_set(err, ERR_SEALED, "none of %zu stanzas is for us", reader->stanzas);
		goto out;
	}
	/* Up to and with the three dashes; a space stands between them and the MAC. */
	header_mac(expected, reader->file_key,
		bytes(start, (size_t)((const uint8_t *)text.data - 1 - start)));
	if (!crypto_equal(expected, mac.data, sizeof(expected))) {
		err_set(err, ERR_HASH, "the header does not match its MAC");
		goto out;
	}
	ok = true;
out:
	buf_clear(&mac);
	return ok;
}

bool age_header_read(uint8_t file_key[AGE_FILE_KEY_BYTES], struct cursor *cursor,
	const struct age_identity *identity, struct err *err)
{
	struct cursor window = *cursor;
	struct reader reader = { .cursor = &window, .identity = identity };
	struct err detail = { 0 };
	bool ok = false;

	if (cursor_left(&window) > AGE_MAX_HEADER_BYTES) {
		window.end = window.at + AGE_MAX_HEADER_BYTES;
	}
	if (!age_identity_recipient(&reader.recipient, identity, err)) {
		goto out;
	}
	if (!read_header(&reader, &detail)) {
		if (window.end != cursor->end &&
			(window.failed || cursor_left(&window) < sizeof("--- "))) {
			err_set(err, ERR_TOO_LARGE, "header of more than %d bytes",
				AGE_MAX_HEADER_BYTES);
		} else {
			err_set(err, detail.code, "%s", detail.detail);
		}
		goto out;
	}
	cursor->at = window.at;
	memcpy(file_key, reader.file_key, AGE_FILE_KEY_BYTES);
	ok = true;
out:
	buf_clear(&reader.body);
	crypto_wipe(reader.file_key, sizeof(reader.file_key));
	return ok;
}
