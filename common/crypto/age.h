/*
 * age.h -- files sealed with age v1 (C2SP, age.md) to X25519 recipients:
 * whoever holds one of the keys can open them, also with the age program.
 *
 * Binary files only, no ASCII armour.  A file is opened whole or not at all.
 */
#ifndef LINLI_AGE_H
#define LINLI_AGE_H

#include "linli/bytes.h"

#define AGE_KEY_BYTES 32
#define AGE_RECIPIENT_TEXT_BYTES 63 /* "age1...", with the NUL */
#define AGE_IDENTITY_TEXT_BYTES 75  /* "AGE-SECRET-KEY-1...", with the NUL */
#define AGE_MAX_RECIPIENTS 4096
#define AGE_MAX_HEADER_BYTES (512 * 1024)

struct env;
struct key;

/* To whom: an X25519 public key. */
struct age_recipient {
	uint8_t bytes[AGE_KEY_BYTES];
};

/* Who opens: an X25519 secret key.  Overwrite it with age_identity_wipe(). */
struct age_identity {
	uint8_t bytes[AGE_KEY_BYTES];
};

/*
 * The identity that belongs to a device's key: HKDF-SHA256 of the Ed25519
 * seed, no salt, info "linli age v1".
 */
void age_identity_of(struct age_identity *out, const struct key *key);
void age_identity_wipe(struct age_identity *identity);

/* The recipient that belongs to an identity, or to a key's.  ERR_NOMEM. */
MUST_CHECK bool age_identity_recipient(
	struct age_recipient *out, const struct age_identity *identity, struct err *err);
MUST_CHECK bool age_recipient_of(struct age_recipient *out, const struct key *key, struct err *err);

/*
 * Text forms (Bech32, BIP 173): one text for one value, recipients in lower
 * case, identities in upper.  Parsing fails with ERR_FORMAT, and for a
 * recipient that is not reduced or of small order with ERR_KEY.
 */
void age_recipient_print(char out[AGE_RECIPIENT_TEXT_BYTES], const struct age_recipient *from);
MUST_CHECK bool age_recipient_parse(struct age_recipient *out, struct view text, struct err *err);
void age_identity_print(char out[AGE_IDENTITY_TEXT_BYTES], const struct age_identity *from);
MUST_CHECK bool age_identity_parse(struct age_identity *out, struct view text, struct err *err);

/*
 * Append ${plain}, sealed to ${count} recipients, to ${out}.  Fails with
 * ERR_USAGE for none, ERR_TOO_LARGE for more than AGE_MAX_RECIPIENTS, ERR_KEY
 * for one of small order, ERR_NOMEM and what env->random() fails with.
 */
MUST_CHECK bool age_seal(struct buf *out, const struct age_recipient *to, size_t count,
	struct view plain, const struct env *env, struct err *err);

/*
 * Append what untrusted ${sealed} holds to ${out}, if ${key}, or ${identity},
 * is among its recipients; on failure ${out} is as it was.  Fails with
 * ERR_FORMAT     the header is not one of age v1 (stanzas of other types are
 *                read as strictly, and passed over), or holds a share of small
 *                order or a file key of another length,
 * ERR_SEALED     none of the stanzas is for us,
 * ERR_HASH       the header's MAC or the payload does not match: altered, cut
 *                short, lengthened,
 * ERR_TOO_LARGE  the header is above its cap, or the contents above ${cap}
 *                bytes; found before memory is taken for them,
 * ERR_NOMEM.
 */
MUST_CHECK bool age_open(
	struct buf *out, const struct key *key, struct view sealed, size_t cap, struct err *err);
MUST_CHECK bool age_open_as(struct buf *out, const struct age_identity *identity,
	struct view sealed, size_t cap, struct err *err);

#endif
