/*
 * archive.h -- a node's files as one sealed file and back: a tar archive
 * (ustar.h) of a manifest and the files it names, inside age (age.h).
 *
 * Both directions need a little memory whatever the sizes.  What is unpacked
 * lies in a folder of its own until all of it has been compared.
 */
#ifndef LINLI_BACKUP_ARCHIVE_H
#define LINLI_BACKUP_ARCHIVE_H

#include "age.h"
#include "linli/backup.h"
#include "manifest.h"

#define ARCHIVE_MAGIC "age-encryption.org/v1\n"

/* Who is told how far it is. */
struct archive_watch {
	void (*progress)(void *ctx, enum backup_stage stage, uint64_t done, uint64_t total);
	void *ctx;
};

/* Who may read it: an age header each. */
struct archive_readers {
	const struct age_recipient *to;
	size_t count;
};

/*
 * Write the files of ${folder} and their manifest to ${path}, a new file,
 * durably.  ${manifest} says whose they are; its list of files is filled in.
 * On failure there is no such file.
 */
MUST_CHECK bool archive_write(const char *path, const char *folder, struct manifest *manifest,
	const struct archive_readers *readers, const struct env *env,
	const struct archive_watch *watch, struct err *err);

/* What a file was found to be. */
struct archive_found {
	struct manifest manifest;
	uint64_t bytes;                 /* of the sealed file */
	char sha256[SHA256_TEXT_BYTES]; /* of the sealed file */
};
/*
 * Unpack the untrusted file ${path} into the empty ${folder}, as one of
 * ${count} identities.  ${accept} (or NULL) may refuse by the manifest, before
 * anything large is written.  Every file is there whole and durable, or it fails:
 * as age_open() does, with ERR_FORMAT, ERR_HASH (a file is not the one of
 * the manifest), ERR_DISK_FULL, ERR_IO.  What is in the folder then is the
 * caller's to remove.
 */
MUST_CHECK bool archive_read(struct archive_found *out, const char *path, const char *folder,
	const struct age_identity *identities, size_t count,
	bool (*accept)(void *ctx, const struct manifest *manifest, struct err *err), void *ctx,
	const struct archive_watch *watch, struct err *err);

#endif
