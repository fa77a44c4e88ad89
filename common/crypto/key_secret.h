/* key_secret.h -- the secret half of a key; for this module only. */
#ifndef LINLI_CRYPTO_KEY_SECRET_H
#define LINLI_CRYPTO_KEY_SECRET_H

#include "key.h"

/* Its seed, 32 bytes.  Borrowed: valid until key_free(). */
const uint8_t *key_seed(const struct key *key);

/* Append SSH's string: ${len} in 4 bytes, big-endian, and the bytes. */
void ssh_string(struct buf *out, const void *data, size_t len);
/* Append SSH's form of a public key: "ssh-ed25519" and it, as two strings. */
void ssh_public(struct buf *out, const uint8_t public_key[KEY_PUBLIC_BYTES]);
#define SSH_KEY_TYPE "ssh-ed25519"

#endif
