/*
 * identity.h -- who opens a backup: identities of age in a file as
 * age-keygen and "key age" write it, or a device's key.
 */
#ifndef LINLI_BACKUP_IDENTITY_H
#define LINLI_BACKUP_IDENTITY_H

#include "age.h"
#include "linli/backup.h"

#define IDENTITY_FILE_MAX_BYTES 65536

/*
 * Those of the file ${path}, one a line; empty lines and lines that begin
 * with # are passed over.  A device.key (PEM, opened with ${passphrase})
 * stands for its own.  Fails with ERR_NO_FILE, ERR_FORMAT, ERR_PASSPHRASE,
 * ERR_TOO_LARGE (more than BACKUP_MAX_IDENTITIES).
 */
MUST_CHECK bool identity_read(struct age_identity out[BACKUP_MAX_IDENTITIES], size_t *count,
	const char *path, const char *passphrase, const struct env *env, struct err *err);
void identity_wipe(struct age_identity *identities, size_t count);

#endif
