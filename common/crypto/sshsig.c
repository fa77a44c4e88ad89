/* sshsig.c -- see sshsig.h. */

/* As in sha256.c: hashing that neither fails nor looks the algorithm up. */
#define OPENSSL_API_COMPAT 0x10100000L
#include <openssl/sha.h>

#include <assert.h>
#include <string.h>

#include "armour.h"
#include "key_secret.h"
#include "sshsig.h"

#define LABEL "SSH SIGNATURE"
#define COLUMNS 70
#define MAGIC "SSHSIG"
#define VERSION 1
#define HASH "sha512"

/* Strings of SSH: 4 bytes of length, then the bytes. */
#define PUBLIC_BLOB_BYTES (4 + sizeof(SSH_KEY_TYPE) - 1 + 4 + KEY_PUBLIC_BYTES)
#define PUBLIC_AT (sizeof(MAGIC) - 1 + 4 + 4 + PUBLIC_BLOB_BYTES - KEY_PUBLIC_BYTES)

static bool namespace_fits(const char *namespace)
{
	size_t len = strlen(namespace);

	return len != 0 && len <= SSHSIG_NAMESPACE_MAX_BYTES;
}

/* Append what is signed in ${message}'s stead. */
static void signed_bytes(struct buf *out, const char *namespace, struct view message)
{
	uint8_t hash[SHA512_DIGEST_LENGTH];
	SHA512_CTX state;

	SHA512_Init(&state);
	SHA512_Update(&state, message.data, message.len);
	SHA512_Final(hash, &state);
	buf_text(out, MAGIC);
	ssh_string(out, namespace, strlen(namespace));
	ssh_string(out, "", 0); /* reserved */
	ssh_string(out, HASH, strlen(HASH));
	ssh_string(out, hash, sizeof(hash));
}

/* Append the bytes within the armour; the signature is the last of them. */
static void encode(struct buf *out, const uint8_t public_key[KEY_PUBLIC_BYTES],
	const char *namespace, const uint8_t signature[KEY_SIGNATURE_BYTES])
{
	buf_text(out, MAGIC);
	buf_u32be(out, VERSION);
	buf_u32be(out, PUBLIC_BLOB_BYTES);
	ssh_public(out, public_key);
	ssh_string(out, namespace, strlen(namespace));
	ssh_string(out, "", 0); /* reserved */
	ssh_string(out, HASH, strlen(HASH));
	buf_u32be(out, 4 + sizeof(SSH_KEY_TYPE) - 1 + 4 + KEY_SIGNATURE_BYTES);
	ssh_string(out, SSH_KEY_TYPE, strlen(SSH_KEY_TYPE));
	ssh_string(out, signature, KEY_SIGNATURE_BYTES);
}

bool sshsig_sign(struct buf *armour, const struct key *key, const char *namespace,
	struct view message, struct err *err)
{
	uint8_t signature[KEY_SIGNATURE_BYTES];
	struct buf bytes = { 0 };
	bool ok = false;

	assert(namespace_fits(namespace));
	signed_bytes(&bytes, namespace, message);
	if (!buf_ok(&bytes, err) || !key_sign(signature, key, bytes.data, bytes.len, err)) {
		goto out;
	}
	buf_reset(&bytes);
	encode(&bytes, key_public(key), namespace, signature);
	armour_write(armour, LABEL, buf_as_view(&bytes), COLUMNS);
	ok = buf_ok(&bytes, err) && buf_ok(armour, err);
out:
	buf_clear(&bytes);
	return ok;
}

/*
 * The key and the signature within ${armour}.  Both have their fixed places;
 * that everything else is as we write it is seen by writing it again.
 */
static bool decode(uint8_t public_key[KEY_PUBLIC_BYTES], uint8_t signature[KEY_SIGNATURE_BYTES],
	struct view armour, const char *namespace, struct err *err)
{
	struct buf bytes = { 0 }, again = { 0 };
	bool ok = false;

	if (!armour_read(&bytes, LABEL, armour, COLUMNS, err)) {
		goto out;
	}
	if (bytes.len < PUBLIC_AT + KEY_PUBLIC_BYTES + KEY_SIGNATURE_BYTES) {
		err_set(err, ERR_FORMAT, "SSH signature too short");
		goto out;
	}
	memcpy(public_key, bytes.data + PUBLIC_AT, KEY_PUBLIC_BYTES);
	memcpy(signature, bytes.data + bytes.len - KEY_SIGNATURE_BYTES, KEY_SIGNATURE_BYTES);
	encode(&again, public_key, namespace, signature);
	if (!buf_ok(&again, err)) {
		goto out;
	}
	if (!view_equal(buf_as_view(&again), buf_as_view(&bytes))) {
		err_set(err, ERR_FORMAT, "SSH signature not of Ed25519 and SHA-512 in namespace %s",
			namespace);
		goto out;
	}
	ok = true;
out:
	buf_clear(&bytes);
	buf_clear(&again);
	return ok;
}

bool sshsig_verify(uint8_t public_key[KEY_PUBLIC_BYTES], struct view armour, const char *namespace,
	struct view message, struct err *err)
{
	uint8_t named[KEY_PUBLIC_BYTES], signature[KEY_SIGNATURE_BYTES];
	struct buf bytes = { 0 };
	bool ok;

	assert(namespace_fits(namespace));
	if (armour.len > SSHSIG_MAX_BYTES) {
		return err_set(err, ERR_FORMAT, "SSH signature of %zu bytes", armour.len);
	}
	if (!decode(named, signature, armour, namespace, err)) {
		return false;
	}
	signed_bytes(&bytes, namespace, message);
	ok = buf_ok(&bytes, err) && ed25519_verify(named, signature, bytes.data, bytes.len, err);
	if (ok) {
		memcpy(public_key, named, sizeof(named));
	}
	buf_clear(&bytes);
	return ok;
}
