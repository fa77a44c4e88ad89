/* age_names.c -- identities and recipients, and their text; see age.h. */
#include <string.h>

#include <openssl/evp.h>

#include "age_internal.h"
#include "hmac.h"
#include "key_secret.h"
#include "library.h"

/* Five bits a character: 32 bytes are 52 characters with 4 bits left over. */
#define DATA_CHARS 52
#define CHECK_CHARS 6
#define BECH32_MAX_CHARS (15 + 1 + DATA_CHARS + CHECK_CHARS)
#define RECIPIENT_PREFIX "age"
#define IDENTITY_PREFIX "age-secret-key-"

_Static_assert(sizeof(RECIPIENT_PREFIX) + 1 + DATA_CHARS + CHECK_CHARS == AGE_RECIPIENT_TEXT_BYTES,
	"a recipient's text");
_Static_assert(sizeof(IDENTITY_PREFIX) + 1 + DATA_CHARS + CHECK_CHARS == AGE_IDENTITY_TEXT_BYTES,
	"an identity's text");

static const char bech32_digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

static uint32_t bech32_step(uint32_t sum, unsigned value)
{
	static const uint32_t generator[5] = { 0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
		0x2a1462b3 };
	uint32_t top = sum >> 25;
	unsigned i;

	sum = (sum & 0x1ffffff) << 5 ^ value;
	for (i = 0; i < 5; i++) {
		sum ^= top >> i & 1 ? generator[i] : 0;
	}
	return sum;
}

/* The checksum over ${prefix} (lower case) and ${digits}. */
static uint32_t bech32_checksum(const char *prefix, const uint8_t digits[DATA_CHARS])
{
	uint32_t sum = 1;
	size_t i, len = strlen(prefix);

	for (i = 0; i < len; i++) {
		sum = bech32_step(sum, (unsigned char)prefix[i] >> 5);
	}
	sum = bech32_step(sum, 0);
	for (i = 0; i < len; i++) {
		sum = bech32_step(sum, (unsigned char)prefix[i] & 31);
	}
	for (i = 0; i < DATA_CHARS; i++) {
		sum = bech32_step(sum, digits[i]);
	}
	for (i = 0; i < CHECK_CHARS; i++) {
		sum = bech32_step(sum, 0);
	}
	return sum ^ 1;
}

/* ${out} has room for the prefix, "1", 58 characters and the NUL. */
static void bech32_print(char *out, const char *prefix, const uint8_t bytes[AGE_KEY_BYTES])
{
	uint8_t digits[DATA_CHARS];
	uint32_t bits = 0, sum;
	unsigned have = 0;
	size_t i, at = 0;

	for (i = 0; i < AGE_KEY_BYTES; i++) {
		bits = bits << 8 | bytes[i];
		for (have += 8; have >= 5; have -= 5) {
			digits[at++] = bits >> (have - 5) & 31;
		}
	}
	digits[at] = bits << (5 - have) & 31;
	sum = bech32_checksum(prefix, digits);
	at = strlen(prefix);
	memcpy(out, prefix, at);
	out[at++] = '1';
	for (i = 0; i < DATA_CHARS; i++) {
		out[at++] = bech32_digits[digits[i]];
	}
	for (i = 0; i < CHECK_CHARS; i++) {
		out[at++] = bech32_digits[sum >> 5 * (CHECK_CHARS - 1 - i) & 31];
	}
	out[at] = '\0';
	crypto_wipe(digits, sizeof(digits));
}

/*
 * The bytes in ${text}, which is in lower case.  The check digits, and that
 * the bits left over are zero, are seen by printing them again.
 */
static bool bech32_parse(uint8_t bytes[AGE_KEY_BYTES], const char *prefix, struct view text)
{
	char again[BECH32_MAX_CHARS + 1];
	size_t skip = strlen(prefix) + 1, i, at = 0;
	uint32_t bits = 0;
	unsigned have = 0;
	bool same;

	if (text.len != skip + DATA_CHARS + CHECK_CHARS) {
		return false;
	}
	for (i = skip; i < skip + DATA_CHARS; i++) {
		const char *digit =
			text.data[i] == '\0' ? NULL : strchr(bech32_digits, text.data[i]);

		if (digit == NULL) {
			return false;
		}
		bits = bits << 5 | (uint32_t)(digit - bech32_digits);
		have += 5;
		if (have >= 8) {
			have -= 8;
			bytes[at++] = (uint8_t)(bits >> have);
		}
	}
	bech32_print(again, prefix, bytes);
	same = view_is(text, again);
	crypto_wipe(again, sizeof(again));
	return same;
}

void age_recipient_print(char out[AGE_RECIPIENT_TEXT_BYTES], const struct age_recipient *from)
{
	bech32_print(out, RECIPIENT_PREFIX, from->bytes);
}

void age_identity_print(char out[AGE_IDENTITY_TEXT_BYTES], const struct age_identity *from)
{
	char *c;

	bech32_print(out, IDENTITY_PREFIX, from->bytes);
	for (c = out; *c != '\0'; c++) {
		*c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
	}
}

bool age_identity_parse(struct age_identity *out, struct view text, struct err *err)
{
	char lower[AGE_IDENTITY_TEXT_BYTES];
	bool ok = text.len < sizeof(lower);
	size_t i;

	for (i = 0; ok && i < text.len; i++) {
		char c = text.data[i];

		ok = c < 'a' || c > 'z';
		lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	ok = ok && bech32_parse(out->bytes, IDENTITY_PREFIX, (struct view){ lower, text.len });
	crypto_wipe(lower, sizeof(lower));
	return ok ? true : err_set(err, ERR_FORMAT, "not an age identity");
}

/* Is the little-endian ${u} below 2^255 - 19? */
static bool reduced(const uint8_t u[AGE_KEY_BYTES])
{
	size_t i;

	if (u[31] != 0x7f) {
		return u[31] < 0x7f;
	}
	for (i = 30; i > 0; i--) {
		if (u[i] != 0xff) {
			return true;
		}
	}
	return u[0] < 0xed;
}

bool age_recipient_parse(struct age_recipient *out, struct view text, struct err *err)
{
	static const uint8_t any_secret[AGE_KEY_BYTES] = { 0x11 };
	uint8_t shared[AGE_KEY_BYTES];
	struct age_recipient parsed;

	if (!bech32_parse(parsed.bytes, RECIPIENT_PREFIX, text)) {
		return err_set(err, ERR_FORMAT, "not an age recipient");
	}
	/* Of small order is what every secret takes to zero. */
	if (!reduced(parsed.bytes)) {
		return err_set(err, ERR_KEY, "age recipient is not reduced");
	}
	if (!age_x25519(shared, any_secret, parsed.bytes, ERR_KEY, err)) {
		return err_wrap(err, "age recipient");
	}
	*out = parsed;
	return true;
}

bool age_x25519(uint8_t out[AGE_KEY_BYTES], const uint8_t secret[AGE_KEY_BYTES],
	const uint8_t point[AGE_KEY_BYTES], enum err_code code, struct err *err)
{
	EVP_PKEY *ours = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secret, AGE_KEY_BYTES);
	EVP_PKEY *theirs = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, point, AGE_KEY_BYTES);
	EVP_PKEY_CTX *ctx = ours != NULL ? EVP_PKEY_CTX_new(ours, NULL) : NULL;
	size_t len = AGE_KEY_BYTES;
	bool ok = false;

	if (theirs == NULL || ctx == NULL || EVP_PKEY_derive_init(ctx) != 1 ||
		EVP_PKEY_derive_set_peer(ctx, theirs) != 1) {
		library_failed(err, ERR_INTERNAL, "X25519");
		goto out;
	}
	/* The library refuses a result that is all zeros. */
	if (EVP_PKEY_derive(ctx, out, &len) != 1) {
		library_failed(err, code, "X25519 with a point of small order");
		goto out;
	}
	ok = true;
out:
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(theirs);
	EVP_PKEY_free(ours);
	return ok;
}

bool age_identity_recipient(
	struct age_recipient *out, const struct age_identity *identity, struct err *err)
{
	EVP_PKEY *pair =
		EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, identity->bytes, AGE_KEY_BYTES);
	size_t len = AGE_KEY_BYTES;
	bool ok = pair != NULL && EVP_PKEY_get_raw_public_key(pair, out->bytes, &len) == 1;

	if (!ok) {
		library_failed(err, ERR_INTERNAL, "X25519 public key");
	}
	EVP_PKEY_free(pair);
	return ok;
}

void age_identity_of(struct age_identity *out, const struct key *key)
{
	hkdf_sha256(out->bytes, (struct view){ (const char *)key_seed(key), KEY_SEED_BYTES },
		VIEW_LITERAL(""), VIEW_LITERAL("linli age v1"));
}

void age_identity_wipe(struct age_identity *identity)
{
	crypto_wipe(identity, sizeof(*identity));
}

bool age_recipient_of(struct age_recipient *out, const struct key *key, struct err *err)
{
	struct age_identity identity;
	bool ok;

	age_identity_of(&identity, key);
	ok = age_identity_recipient(out, &identity, err);
	age_identity_wipe(&identity);
	return ok;
}
