/*
 * disk.h -- disks in memory that forget, when the power fails, what was not
 * synced.
 *
 * Every name under DISK_ROOT belongs to a volume, "/sim/<volume>/...": the
 * home of a node, or a stick.  A file keeps, sector by sector, what was on
 * the platter before it was written to; fsync drops that.  A name made,
 * renamed or removed is an entry of a journal that lasts once its folder
 * is synced.  When the power fails each sector that was not synced is
 * either the old or the new one, and some last part of the journal is gone.
 *
 * A volume has an owner, the machine that works on it.  A machine may be
 * told to die at the nth operation that changes something: from then on all
 * it does fails, until disk_revive().  One thread; there is one set of
 * volumes in a process.
 */
#ifndef LINLI_SIM_DISK_H
#define LINLI_SIM_DISK_H

#include "chance.h"
#include "linli/bytes.h"

#define DISK_ROOT "/sim/"
#define DISK_SECTOR 512
#define DISK_NAME_BYTES 96
#define DISK_FILE_MAX_BYTES (64U * 1024 * 1024)

struct volume;
struct inode;

/* ---- machines ------------------------------------------------------- */

/* Who does what follows; -1: nobody, nothing fails. */
void disk_act_as(int machine);
int disk_actor(void);
/* ${machine} dies at its ${operations}th change from now; 0: it does not. */
void disk_kill_after(int machine, uint64_t operations);
/* The ${operations}th change fails once, as on a full disk; 0: none does. */
void disk_fail_after(int machine, uint64_t operations);
bool disk_is_dead(int machine);
/* Has the change of disk_fail_after() failed? */
bool disk_has_failed(int machine);
/* It has been started again; it has no fault before it. */
void disk_revive(int machine);
/* Changes that it has made so far. */
uint64_t disk_operations(int machine);

/* ---- volumes -------------------------------------------------------- */

/* The one named ${name}, made if there is none. */
struct volume *disk_volume(const char *name);
/* NULL: there is none. */
struct volume *disk_find_volume(const char *name);
void disk_drop(struct volume *volume);
void disk_drop_all(void);
/* Make ${to} hold what ${from} shows; all of it is safe on the platter. */
void disk_copy(struct volume *to, const struct volume *from);
/* All that ${volume} shows is safe on the platter from now on. */
void disk_sync_all(struct volume *volume);
/* Make ${name} in ${to} what it is in ${from}; also where that is nothing. */
void disk_copy_file(struct volume *to, const struct volume *from, const char *name);
/* What was not synced is decided by lot.  Nothing of it may be open. */
void disk_lose_power(struct volume *volume, struct chance *chance);
/* Names of the files, in order; the caller frees each and the array. */
size_t disk_names(const struct volume *volume, char ***out);
/* Bytes shown by all its files, for limits. */
size_t disk_bytes(const struct volume *volume);

/* ---- files ---------------------------------------------------------- */

/*
 * These take whole paths and give 0 or an errno.  What changes something
 * counts as an operation of the machine that acts.
 */
enum disk_open { DISK_READ = 0, DISK_CREATE = 1, DISK_EXCLUSIVE = 2, DISK_TRUNCATE = 4 };
bool disk_path(const char *path); /* one of ours? */
int disk_open(struct inode **out, const char *path, unsigned flags);
void disk_close(struct inode *inode);
bool disk_exists(const char *path);
bool disk_is_folder(const char *path);
int disk_make_folder(const char *path);
int disk_unlink(const char *path);
int disk_rename(const char *from, const char *to);
int disk_sync_folder(const char *path);
/* Names directly in the folder, in order, each ended by a NUL.  ENOENT. */
int disk_list(struct buf *out, const char *path);

size_t disk_size(const struct inode *inode);
/* How many bytes there were. */
size_t disk_read(const struct inode *inode, void *out, size_t len, size_t offset);
int disk_write(struct inode *inode, const void *data, size_t len, size_t offset);
int disk_truncate(struct inode *inode, size_t size);
int disk_sync(struct inode *inode);

#endif
