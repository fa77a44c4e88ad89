/*
 * folder.h -- files of a home folder as a restore moves them: whole, made
 * durable, and never through a link.
 */
#ifndef LINLI_BACKUP_FOLDER_H
#define LINLI_BACKUP_FOLDER_H

#include "linli/bytes.h"

/* "${folder}/${name}" in ${out}, which is reset first. */
MUST_CHECK bool folder_path(struct buf *out, const char *folder, const char *name, struct err *err);

/* Is there anything called ${name} in ${folder}? */
bool folder_has(const char *folder, const char *name);

/*
 * Copy the regular file ${from} to the new file ${folder}/${name},
 * readable by the owner only.  Fails with ERR_NO_FILE, ERR_FORMAT (no
 * regular file), ERR_EXISTS, ERR_IO, ERR_DISK_FULL.
 */
MUST_CHECK bool folder_copy_in(
	const char *folder, const char *name, const char *from, struct err *err);

/* Move ${name} from one folder to another of the same disk; absent: no error. */
MUST_CHECK bool folder_move(const char *from, const char *to, const char *name, struct err *err);

/*
 * Let ${to} have ${name} of ${from} as well: a link to the same file or, where the
 * disk has no links, a copy.  Absent: no error.
 */
MUST_CHECK bool folder_share(const char *from, const char *to, const char *name, struct err *err);

/* Remove ${name} from ${folder}.  Absent: no error. */
MUST_CHECK bool folder_remove(const char *folder, const char *name, struct err *err);

/* Make what was moved in ${folder} durable. */
MUST_CHECK bool folder_sync(const char *folder, struct err *err);

#endif
