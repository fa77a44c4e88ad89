/*
 * sshsig.h -- signatures as ssh-keygen -Y makes and verifies them (OpenSSH's
 * PROTOCOL.sshsig): Ed25519 over SHA-512, in one form only.
 *
 * A signature names its key; who may sign with that key is not decided here.
 */
#ifndef LINLI_SSHSIG_H
#define LINLI_SSHSIG_H

#include "key.h"

#define SSHSIG_NAMESPACE_MAX_BYTES 64
#define SSHSIG_MAX_BYTES 1024 /* of armour */

/*
 * Append to ${armour} exactly what "ssh-keygen -Y sign -n ${namespace}" would
 * write for ${message}.  ${namespace} is our own, not empty and at most
 * SSHSIG_NAMESPACE_MAX_BYTES.  Fails with ERR_NOMEM.
 */
MUST_CHECK bool sshsig_sign(struct buf *armour, const struct key *key, const char *namespace,
	struct view message, struct err *err);

/*
 * Verify untrusted ${armour} over ${message} and give the key it names (on
 * failure ${public_key} is left alone).  Fails with
 * ERR_FORMAT     it is not, byte for byte, the armour that sshsig_sign() would
 *                write for that key, signature and namespace: other wrapping,
 *                text before or after, another namespace, hash or algorithm,
 * ERR_KEY        the key is not public_key_valid(),
 * ERR_SIGNATURE  it is not that key's signature over this message,
 * ERR_NOMEM.
 */
MUST_CHECK bool sshsig_verify(uint8_t public_key[KEY_PUBLIC_BYTES], struct view armour,
	const char *namespace, struct view message, struct err *err);

#endif
