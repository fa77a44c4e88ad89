/* key_file.c -- keys as PKCS #8 and OpenSSH files; see key.h. */
#include <string.h>

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "armour.h"
#include "hmac.h"
#include "key_secret.h"
#include "library.h"
#include "linli/env.h"

#define PEM_COLUMNS 64
#define OPENSSH_COLUMNS 70
#define PLAIN_LABEL "PRIVATE KEY"
#define ENCRYPTED_LABEL "ENCRYPTED PRIVATE KEY"
#define OPENSSH_LABEL "OPENSSH PRIVATE KEY"

#define SCRYPT_N (1U << 14)
#define SCRYPT_R 8U
#define SCRYPT_P 6U
#define SCRYPT_SALT_BYTES 16
#define SCRYPT_SALT_MAX_BYTES 64
#define AES_IV_BYTES 16

/* RFC 8410: version 0, the algorithm, and the seed as a string in a string. */
static const uint8_t pkcs8_prefix[] = { 0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b,
	0x65, 0x70, 0x04, 0x22, 0x04, 0x20 };
#define PKCS8_BYTES (sizeof(pkcs8_prefix) + KEY_SEED_BYTES)

static void pkcs8_encode(uint8_t out[PKCS8_BYTES], const struct key *key)
{
	memcpy(out, pkcs8_prefix, sizeof(pkcs8_prefix));
	memcpy(out + sizeof(pkcs8_prefix), key_seed(key), KEY_SEED_BYTES);
}

/* ${der} is a well-formed PrivateKeyInfo: is it of the one kind we keep? */
static bool pkcs8_decode(struct key **out, const uint8_t *der, size_t len, struct err *err)
{
	if (len != PKCS8_BYTES || memcmp(der, pkcs8_prefix, sizeof(pkcs8_prefix)) != 0) {
		return err_set(err, ERR_KEY, "not an Ed25519 private key");
	}
	return key_from_seed(out, der + sizeof(pkcs8_prefix), err);
}

/* What ${der} holds in full, or NULL. */
static PKCS8_PRIV_KEY_INFO *parse_private(const uint8_t *der, size_t len)
{
	const uint8_t *at = der;
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)len);

	if (info != NULL && at != der + len) {
		PKCS8_PRIV_KEY_INFO_free(info);
		info = NULL;
	}
	return info;
}

/* PBES2 over ${der}, appended to ${out} as DER. */
static bool encrypt(struct buf *out, const uint8_t *der, size_t len, const char *passphrase,
	const struct env *env, struct err *err)
{
	uint8_t random[SCRYPT_SALT_BYTES + AES_IV_BYTES];
	PKCS8_PRIV_KEY_INFO *info = NULL;
	X509_ALGOR *method = NULL;
	X509_SIG *encrypted = NULL;
	uint8_t *bytes = NULL;
	int bytes_len;
	bool ok = false;

	if (!env->random(env->ctx, random, sizeof(random), err)) {
		goto out;
	}
	method = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), random, SCRYPT_SALT_BYTES,
		random + SCRYPT_SALT_BYTES, SCRYPT_N, SCRYPT_R, SCRYPT_P);
	info = parse_private(der, len);
	if (method != NULL && info != NULL) {
		encrypted = PKCS8_set0_pbe(passphrase, (int)strlen(passphrase), info, method);
	}
	if (encrypted == NULL) {
		library_failed(err, ERR_INTERNAL, "encrypting a key");
		goto out;
	}
	method = NULL; /* now part of it */
	bytes_len = i2d_X509_SIG(encrypted, &bytes);
	if (bytes_len < 0) {
		library_failed(err, ERR_INTERNAL, "encoding a key");
		goto out;
	}
	buf_add(out, bytes, (size_t)bytes_len);
	ok = buf_ok(out, err);
out:
	OPENSSL_free(bytes);
	X509_SIG_free(encrypted);
	PKCS8_PRIV_KEY_INFO_free(info);
	X509_ALGOR_free(method);
	return ok;
}

bool key_write(struct buf *pem, const struct key *key, const char *passphrase,
	const struct env *env, struct err *err)
{
	uint8_t der[PKCS8_BYTES];
	struct buf encrypted = { 0 };
	bool ok = false;

	pkcs8_encode(der, key);
	if (passphrase == NULL) {
		armour_write(
			pem, PLAIN_LABEL, (struct view){ (char *)der, sizeof(der) }, PEM_COLUMNS);
	} else if (passphrase[0] == '\0' || strlen(passphrase) > KEY_PASSPHRASE_MAX_BYTES) {
		err_set(err, ERR_PASSPHRASE, "passphrase empty or longer than %d bytes",
			KEY_PASSPHRASE_MAX_BYTES);
		goto out;
	} else if (!encrypt(&encrypted, der, sizeof(der), passphrase, env, err)) {
		goto out;
	} else {
		armour_write(pem, ENCRYPTED_LABEL, buf_as_view(&encrypted), PEM_COLUMNS);
	}
	ok = buf_ok(pem, err);
out:
	crypto_wipe(der, sizeof(der));
	buf_clear(&encrypted);
	return ok;
}

/* The parameters of ${algorithm} if it is ${nid} and they are an ${item}, or NULL. */
static void *parameters(const X509_ALGOR *algorithm, int nid, const ASN1_ITEM *item)
{
	if (algorithm == NULL || OBJ_obj2nid(algorithm->algorithm) != nid) {
		return NULL;
	}
	return ASN1_TYPE_unpack_sequence(item, algorithm->parameter);
}

/* Will deriving a key by ${scrypt} take no more than by what we write? */
static bool affordable(const SCRYPT_PARAMS *scrypt, struct err *err)
{
	uint64_t n, r, p;

	if (ASN1_INTEGER_get_uint64(&n, scrypt->costParameter) != 1 ||
		ASN1_INTEGER_get_uint64(&r, scrypt->blockSize) != 1 ||
		ASN1_INTEGER_get_uint64(&p, scrypt->parallelizationParameter) != 1) {
		library_forget();
		return err_set(err, ERR_FORMAT, "scrypt parameters out of range");
	}
	if (n > SCRYPT_N || r > SCRYPT_R || p > SCRYPT_P ||
		ASN1_STRING_length(scrypt->salt) > SCRYPT_SALT_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "scrypt parameters above N=%u r=%u p=%u",
			SCRYPT_N, SCRYPT_R, SCRYPT_P);
	}
	if (n < 2 || (n & (n - 1)) != 0 || r == 0 || p == 0) {
		return err_set(err, ERR_FORMAT, "scrypt parameters are none");
	}
	return true;
}

/* Is ${encrypted} by PBES2 with an affordable scrypt and AES-256-CBC? */
static bool check_method(const X509_SIG *encrypted, struct err *err)
{
	const X509_ALGOR *method;
	const ASN1_OCTET_STRING *bytes;
	PBE2PARAM *pbes2 = NULL;
	SCRYPT_PARAMS *scrypt = NULL;
	bool ok = false;

	X509_SIG_get0(encrypted, &method, &bytes);
	pbes2 = parameters(method, NID_pbes2, ASN1_ITEM_rptr(PBE2PARAM));
	if (pbes2 == NULL || OBJ_obj2nid(pbes2->encryption->algorithm) != NID_aes_256_cbc) {
		library_forget();
		err_set(err, ERR_FORMAT, "encrypted otherwise than by PBES2 with AES-256-CBC");
		goto out;
	}
	scrypt = parameters(pbes2->keyfunc, NID_id_scrypt, ASN1_ITEM_rptr(SCRYPT_PARAMS));
	if (scrypt == NULL) {
		library_forget();
		err_set(err, ERR_FORMAT, "encrypted otherwise than by scrypt");
		goto out;
	}
	ok = affordable(scrypt, err);
out:
	SCRYPT_PARAMS_free(scrypt);
	PBE2PARAM_free(pbes2);
	return ok;
}

/* Is ${der} all of ${encrypted}, and in DER's one form? */
static bool same_der(const X509_SIG *encrypted, struct view der)
{
	uint8_t *bytes = NULL;
	int len = i2d_X509_SIG(encrypted, &bytes);
	bool same = len >= 0 && view_equal(der, (struct view){ (char *)bytes, (size_t)len });

	OPENSSL_free(bytes);
	return same;
}

static bool decrypt(
	struct key **out, const X509_SIG *encrypted, const char *passphrase, struct err *err)
{
	PKCS8_PRIV_KEY_INFO *info;
	uint8_t *der = NULL;
	int len;
	bool ok = false;

	if (passphrase == NULL || passphrase[0] == '\0') {
		return err_set(err, ERR_PASSPHRASE, 
			ERR_BOTH("密钥文件有口令保护", "the key file is encrypted"));
	}
	if (strlen(passphrase) > KEY_PASSPHRASE_MAX_BYTES) {
		return err_set(err, ERR_PASSPHRASE, "passphrase too long");
	}
	info = PKCS8_decrypt(encrypted, passphrase, (int)strlen(passphrase));
	if (info == NULL) {
		return library_failed(err, ERR_PASSPHRASE, "decrypting the key file");
	}
	len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
	if (len < 0) {
		library_failed(err, ERR_INTERNAL, "decoding the key file");
	} else {
		ok = pkcs8_decode(out, der, (size_t)len, err);
		OPENSSL_clear_free(der, (size_t)len);
	}
	PKCS8_PRIV_KEY_INFO_free(info);
	return ok;
}

static bool read_encrypted(
	struct key **out, struct view pem, const char *passphrase, struct err *err)
{
	struct buf der = { 0 };
	X509_SIG *encrypted = NULL;
	const uint8_t *at;
	bool ok = false;

	if (!armour_read(&der, ENCRYPTED_LABEL, pem, PEM_COLUMNS, err)) {
		goto out;
	}
	at = der.data;
	encrypted = d2i_X509_SIG(NULL, &at, (long)der.len);
	if (encrypted == NULL || !same_der(encrypted, buf_as_view(&der))) {
		library_forget();
		err_set(err, ERR_FORMAT, "not an encrypted private key in DER");
		goto out;
	}
	ok = check_method(encrypted, err) && decrypt(out, encrypted, passphrase, err);
out:
	X509_SIG_free(encrypted);
	buf_clear(&der);
	return ok;
}

static bool read_plain(struct key **out, struct view pem, struct err *err)
{
	PKCS8_PRIV_KEY_INFO *info = NULL;
	struct buf der = { 0 };
	bool ok = false;

	if (!armour_read(&der, PLAIN_LABEL, pem, PEM_COLUMNS, err)) {
		goto out;
	}
	info = parse_private(der.data, der.len);
	if (info == NULL) {
		library_forget();
		err_set(err, ERR_FORMAT, "not a private key in DER");
		goto out;
	}
	ok = pkcs8_decode(out, der.data, der.len, err);
out:
	PKCS8_PRIV_KEY_INFO_free(info);
	buf_wipe(&der);
	return ok;
}

bool key_read(struct key **out, struct view pem, const char *passphrase, struct err *err)
{
	*out = NULL;
	if (pem.len > KEY_FILE_MAX_BYTES) {
		return err_set(err, ERR_TOO_LARGE, "key file of %zu bytes", pem.len);
	}
	if (view_begins(pem, "-----BEGIN " ENCRYPTED_LABEL "-----\n")) {
		return read_encrypted(out, pem, passphrase, err);
	}
	return read_plain(out, pem, err);
}

void ssh_string(struct buf *out, const void *data, size_t len)
{
	buf_u32be(out, (uint32_t)len);
	buf_add(out, data, len);
}

void ssh_public(struct buf *out, const uint8_t public_key[KEY_PUBLIC_BYTES])
{
	ssh_string(out, SSH_KEY_TYPE, strlen(SSH_KEY_TYPE));
	ssh_string(out, public_key, KEY_PUBLIC_BYTES);
}

static bool check_comment(const char *comment, struct err *err)
{
	const char *c;

	for (c = comment; *c != '\0'; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f || c - comment >= KEY_COMMENT_MAX_BYTES) {
			return err_set(err, ERR_VALUE, "a key's comment is one line of %d bytes",
				KEY_COMMENT_MAX_BYTES);
		}
	}
	return true;
}

bool key_openssh_public(struct buf *out, const uint8_t public_key[KEY_PUBLIC_BYTES],
	const char *comment, struct err *err)
{
	struct buf blob = { 0 };

	if (!check_comment(comment, err)) {
		return false;
	}
	ssh_public(&blob, public_key);
	buf_text(out, SSH_KEY_TYPE " ");
	base64_encode(out, blob.data, blob.len, true);
	buf_printf(out, "%s%s", comment[0] != '\0' ? " " : "", comment);
	out->failed = out->failed || blob.failed;
	buf_clear(&blob);
	return buf_ok(out, err);
}

/* The part of the file that other keys' files encrypt. */
static void openssh_secret(
	struct buf *out, const struct key *key, uint32_t check, const char *comment)
{
	unsigned pad;

	armour_reserve(out, 256 + strlen(comment));
	buf_u32be(out, check);
	buf_u32be(out, check);
	ssh_public(out, key_public(key));
	buf_u32be(out, KEY_SEED_BYTES + KEY_PUBLIC_BYTES);
	buf_add(out, key_seed(key), KEY_SEED_BYTES);
	buf_add(out, key_public(key), KEY_PUBLIC_BYTES);
	ssh_string(out, comment, strlen(comment));
	for (pad = 1; out->len % 8 != 0 && !out->failed; pad++) {
		buf_byte(out, pad);
	}
}

bool key_openssh_private(struct buf *out, const struct key *key, const char *comment,
	const struct env *env, struct err *err)
{
	struct buf file = { 0 }, public = { 0 }, secret = { 0 };
	uint32_t check;
	bool ok = false;

	if (!check_comment(comment, err) || !env->random(env->ctx, &check, sizeof(check), err)) {
		goto out;
	}
	ssh_public(&public, key_public(key));
	openssh_secret(&secret, key, check, comment);
	armour_reserve(&file, secret.len + public.len + 64);
	buf_add(&file, "openssh-key-v1", sizeof("openssh-key-v1")); /* with the NUL */
	ssh_string(&file, "none", 4);                               /* cipher */
	ssh_string(&file, "none", 4);                               /* key derivation */
	ssh_string(&file, "", 0);                                   /* its options */
	buf_u32be(&file, 1);                                        /* keys */
	ssh_string(&file, public.data, public.len);
	ssh_string(&file, secret.data, secret.len);
	armour_write(out, OPENSSH_LABEL, buf_as_view(&file), OPENSSH_COLUMNS);
	ok = buf_ok(&public, err) && buf_ok(&secret, err) && buf_ok(&file, err) && buf_ok(out, err);
out:
	buf_clear(&public);
	buf_wipe(&secret);
	buf_wipe(&file);
	return ok;
}
