/*
 * disk.h -- files that are too large for memory: opened, written and read
 * piece by piece, made durable, and put in place without taking another's.
 */
#ifndef LINLI_BACKUP_DISK_H
#define LINLI_BACKUP_DISK_H

#include "linli/bytes.h"

#define DISK_PIECE_BYTES ((size_t)64 * 1024)

/*
 * Open the regular file ${path} for reading; *bytes (or NULL): its size.  -1 with
 * ${err} set: ERR_NO_FILE, ERR_FORMAT (no regular file), ERR_IO.
 */
int disk_open(const char *path, uint64_t *bytes, struct err *err);
/* Create ${path}, its owner's alone.  -1: ERR_EXISTS, ERR_IO, ERR_DISK_FULL. */
int disk_create(const char *path, struct err *err);

/* ${path} is for the message. */
MUST_CHECK bool disk_write(int fd, struct view bytes, const char *path, struct err *err);
/* Up to ${room} bytes to ${to}; *got is 0 at the end. */
MUST_CHECK bool disk_read(
	int fd, void *to, size_t room, size_t *got, const char *path, struct err *err);
/* Make durable what was written to ${fd}, and let what is read next come from the disk. */
MUST_CHECK bool disk_sync(int fd, const char *path, struct err *err);

/* Is there anything at ${path}? */
bool disk_has(const char *path);
bool disk_is_folder(const char *path);
/* Do the two lie on one disk, as far as can be told? */
bool disk_same(const char *folder, const char *other);
/* ERR_DISK_FULL unless ${need} bytes more have room in ${folder}. */
MUST_CHECK bool disk_room(const char *folder, uint64_t need, struct err *err);

/*
 * Give ${from} the name ${to} in the same folder, durably.  ERR_EXISTS if
 * something has that name already.
 */
MUST_CHECK bool disk_publish(const char *from, const char *to, struct err *err);

/* The folder that ${path} lies in, appended. */
void disk_folder_of(struct buf *out, const char *path);

#endif
