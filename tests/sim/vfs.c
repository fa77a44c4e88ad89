/*
 * vfs.c -- see vfs.h.
 *
 * Syncs what SQLite's own unix VFS syncs: a new journal's or WAL's folder
 * at its first sync, a deleted file's folder where SQLite asks for it.
 */
#include "vfs.h"

#include <assert.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"

#define REGION_MAX 64
#define SHARED_MAX 64

/* What connections of one file share. */
struct shared {
	struct inode *inode; /* NULL: free */
	int connections;
	int readers, reserved, exclusive;
	int shm_users;
	void *regions[REGION_MAX];
	int shm_shared[SQLITE_SHM_NLOCK];
	bool shm_exclusive[SQLITE_SHM_NLOCK];
};

struct file {
	sqlite3_file base;
	struct inode *inode;
	struct shared *shared; /* of a main database; else NULL */
	int level;             /* SQLITE_LOCK_... */
	bool shm;
	unsigned shm_held_shared, shm_held_exclusive; /* bits */
	bool folder_unsynced;
	bool delete_on_close;
	char path[2 * DISK_NAME_BYTES];
};

static struct shared shares[SHARED_MAX];
static struct chance chance; /* salts of WALs */

static struct shared *shared_of(struct inode *inode)
{
	struct shared *unused = NULL;
	size_t i;

	for (i = 0; i < SHARED_MAX; i++) {
		if (shares[i].inode == inode) {
			return &shares[i];
		}
		if (shares[i].inode == NULL && unused == NULL) {
			unused = &shares[i];
		}
	}
	assert(unused != NULL);
	memset(unused, 0, sizeof(*unused));
	unused->inode = inode;
	return unused;
}

static int code_of(int failed, int otherwise)
{
	return failed == 0 ? SQLITE_OK : failed == ENOSPC ? SQLITE_FULL : otherwise;
}

static int sync_folder_of(const char *path)
{
	char folder[2 * DISK_NAME_BYTES];

	strcpy(folder, path);
	*strrchr(folder, '/') = '\0';
	return disk_sync_folder(folder);
}

/* ---- shared memory -------------------------------------------------- */

static int shm_map(sqlite3_file *base, int region, int size, int extend, void volatile **out)
{
	struct file *file = (struct file *)base;

	assert(region < REGION_MAX);
	if (!file->shm) {
		file->shm = true;
		file->shared->shm_users++;
	}
	if (file->shared->regions[region] == NULL && extend) {
		file->shared->regions[region] = calloc(1, (size_t)size);
		if (file->shared->regions[region] == NULL) {
			return SQLITE_NOMEM;
		}
	}
	*out = file->shared->regions[region];
	return SQLITE_OK;
}

static int shm_lock_shared(struct file *file, int slot)
{
	if (file->shared->shm_exclusive[slot]) {
		return SQLITE_BUSY;
	}
	file->shared->shm_shared[slot]++;
	file->shm_held_shared |= 1U << slot;
	return SQLITE_OK;
}

static int shm_lock(sqlite3_file *base, int offset, int n, int flags)
{
	struct file *file = (struct file *)base;
	struct shared *shared = file->shared;
	int slot;

	if ((flags & SQLITE_SHM_UNLOCK) != 0) {
		for (slot = offset; slot < offset + n; slot++) {
			unsigned bit = 1U << slot;

			if ((file->shm_held_exclusive & bit) != 0) {
				shared->shm_exclusive[slot] = false;
			} else if ((file->shm_held_shared & bit) != 0) {
				shared->shm_shared[slot]--;
			}
			file->shm_held_exclusive &= ~bit;
			file->shm_held_shared &= ~bit;
		}
		return SQLITE_OK;
	}
	if ((flags & SQLITE_SHM_SHARED) != 0) {
		return (file->shm_held_shared & 1U << offset) != 0 ?
			SQLITE_OK : shm_lock_shared(file, offset);
	}
	for (slot = offset; slot < offset + n; slot++) {
		if (shared->shm_exclusive[slot] || shared->shm_shared[slot] != 0) {
			return SQLITE_BUSY;
		}
	}
	for (slot = offset; slot < offset + n; slot++) {
		shared->shm_exclusive[slot] = true;
		file->shm_held_exclusive |= 1U << slot;
	}
	return SQLITE_OK;
}

static void shm_barrier(sqlite3_file *base)
{
	(void)base;
}

static int shm_unmap(sqlite3_file *base, int delete)
{
	struct file *file = (struct file *)base;
	size_t i;

	(void)delete;
	if (file->shm) {
		shm_lock(base, 0, SQLITE_SHM_NLOCK, SQLITE_SHM_UNLOCK);
		file->shm = false;
		if (--file->shared->shm_users == 0) {
			for (i = 0; i < REGION_MAX; i++) {
				free(file->shared->regions[i]);
				file->shared->regions[i] = NULL;
			}
		}
	}
	return SQLITE_OK;
}

/* ---- locks ---------------------------------------------------------- */

static int unlock(sqlite3_file *base, int level)
{
	struct file *file = (struct file *)base;
	struct shared *shared = file->shared;

	if (shared == NULL || file->level <= level) {
		return SQLITE_OK;
	}
	if (file->level >= SQLITE_LOCK_PENDING) {
		shared->exclusive = 0;
	}
	if (file->level >= SQLITE_LOCK_RESERVED) {
		shared->reserved = 0;
	}
	if (level == SQLITE_LOCK_NONE) {
		shared->readers--;
	}
	file->level = level;
	return SQLITE_OK;
}

static int lock(sqlite3_file *base, int level)
{
	struct file *file = (struct file *)base;
	struct shared *shared = file->shared;

	if (shared == NULL || file->level >= level) {
		return SQLITE_OK;
	}
	if (file->level == SQLITE_LOCK_NONE) {
		if (shared->exclusive) {
			return SQLITE_BUSY;
		}
		shared->readers++;
		file->level = SQLITE_LOCK_SHARED;
	}
	if (level >= SQLITE_LOCK_RESERVED && file->level < SQLITE_LOCK_RESERVED) {
		if (shared->reserved) {
			return SQLITE_BUSY;
		}
		shared->reserved = 1;
		file->level = SQLITE_LOCK_RESERVED;
	}
	if (level == SQLITE_LOCK_EXCLUSIVE) {
		shared->exclusive = 1; /* no new readers */
		file->level = SQLITE_LOCK_PENDING;
		if (shared->readers > 1) {
			return SQLITE_BUSY;
		}
		file->level = SQLITE_LOCK_EXCLUSIVE;
	}
	return SQLITE_OK;
}

static int check_reserved(sqlite3_file *base, int *out)
{
	struct file *file = (struct file *)base;

	*out = file->shared != NULL && file->shared->reserved;
	return SQLITE_OK;
}

/* ---- files ---------------------------------------------------------- */

static int close_file(sqlite3_file *base)
{
	struct file *file = (struct file *)base;

	if (file->shared != NULL) {
		shm_unmap(base, 0);
		unlock(base, SQLITE_LOCK_NONE);
		if (--file->shared->connections == 0) {
			file->shared->inode = NULL;
		}
	}
	if (file->delete_on_close) {
		disk_unlink(file->path);
	}
	disk_close(file->inode);
	file->inode = NULL;
	return SQLITE_OK;
}

static int read_file(sqlite3_file *base, void *out, int len, sqlite3_int64 offset)
{
	struct file *file = (struct file *)base;
	size_t got = disk_read(file->inode, out, (size_t)len, (size_t)offset);

	if (got < (size_t)len) {
		memset((uint8_t *)out + got, 0, (size_t)len - got);
		return SQLITE_IOERR_SHORT_READ;
	}
	return SQLITE_OK;
}

static int write_file(sqlite3_file *base, const void *data, int len, sqlite3_int64 offset)
{
	struct file *file = (struct file *)base;

	return code_of(disk_write(file->inode, data, (size_t)len, (size_t)offset),
		SQLITE_IOERR_WRITE);
}

static int truncate_file(sqlite3_file *base, sqlite3_int64 size)
{
	struct file *file = (struct file *)base;

	return code_of(disk_truncate(file->inode, (size_t)size), SQLITE_IOERR_TRUNCATE);
}

static int sync_file(sqlite3_file *base, int flags)
{
	struct file *file = (struct file *)base;

	(void)flags;
	if (disk_sync(file->inode) != 0) {
		return SQLITE_IOERR_FSYNC;
	}
	if (file->folder_unsynced && sync_folder_of(file->path) != 0) {
		return SQLITE_IOERR_DIR_FSYNC;
	}
	file->folder_unsynced = false;
	return SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *out)
{
	*out = (sqlite3_int64)disk_size(((struct file *)base)->inode);
	return SQLITE_OK;
}

static int control(sqlite3_file *base, int op, void *arg)
{
	(void)base;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int sector_size(sqlite3_file *base)
{
	(void)base;
	return DISK_SECTOR;
}

static int characteristics(sqlite3_file *base)
{
	(void)base;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = close_file,
	.xRead = read_file,
	.xWrite = write_file,
	.xTruncate = truncate_file,
	.xSync = sync_file,
	.xFileSize = file_size,
	.xLock = lock,
	.xUnlock = unlock,
	.xCheckReservedLock = check_reserved,
	.xFileControl = control,
	.xSectorSize = sector_size,
	.xDeviceCharacteristics = characteristics,
	.xShmMap = shm_map,
	.xShmLock = shm_lock,
	.xShmBarrier = shm_barrier,
	.xShmUnmap = shm_unmap,
};

/* ---- the whole ------------------------------------------------------ */

static int open_file(sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags,
	int *out_flags)
{
	struct file *file = (struct file *)base;
	unsigned how = 0;

	(void)vfs;
	memset(file, 0, sizeof(*file));
	if (path == NULL || !disk_path(path) || strlen(path) >= sizeof(file->path)) {
		return SQLITE_CANTOPEN;
	}
	how |= (flags & SQLITE_OPEN_CREATE) != 0 ? DISK_CREATE : 0;
	how |= (flags & SQLITE_OPEN_EXCLUSIVE) != 0 ? DISK_EXCLUSIVE : 0;
	file->folder_unsynced = (flags & SQLITE_OPEN_CREATE) != 0 &&
		(flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) != 0;
	if (disk_open(&file->inode, path, how) != 0) {
		return SQLITE_CANTOPEN;
	}
	strcpy(file->path, path);
	file->delete_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
	if ((flags & SQLITE_OPEN_MAIN_DB) != 0) {
		file->shared = shared_of(file->inode);
		file->shared->connections++;
	}
	file->base.pMethods = &methods;
	if (out_flags != NULL) {
		*out_flags = flags;
	}
	return SQLITE_OK;
}

static int delete_file(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
	int failed = disk_unlink(path);

	(void)vfs;
	if (failed != 0) {
		return failed == ENOENT ? SQLITE_IOERR_DELETE_NOENT : SQLITE_IOERR_DELETE;
	}
	return sync_folder && sync_folder_of(path) != 0 ? SQLITE_IOERR_DIR_FSYNC : SQLITE_OK;
}

static int access_file(sqlite3_vfs *vfs, const char *path, int flags, int *out)
{
	struct inode *inode = NULL;

	(void)vfs;
	*out = disk_exists(path);
	/* An empty journal or WAL is as none, as in SQLite's own VFS. */
	if (*out && flags == SQLITE_ACCESS_EXISTS && disk_open(&inode, path, DISK_READ) == 0) {
		*out = disk_size(inode) != 0;
		disk_close(inode);
	}
	return SQLITE_OK;
}

static int full_path(sqlite3_vfs *vfs, const char *path, int room, char *out)
{
	(void)vfs;
	return snprintf(out, (size_t)room, "%s", path) < room ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int randomness(sqlite3_vfs *vfs, int len, char *out)
{
	(void)vfs;
	chance_fill(&chance, out, (size_t)len);
	return len;
}

static int pause(sqlite3_vfs *vfs, int microseconds)
{
	(void)vfs;
	return microseconds;
}

static int julian_now(sqlite3_vfs *vfs, sqlite3_int64 *out)
{
	(void)vfs;
	*out = INT64_C(212000000000000);
	return SQLITE_OK;
}

static int last_error(sqlite3_vfs *vfs, int len, char *out)
{
	(void)vfs;
	(void)len;
	(void)out;
	return 0;
}

void vfs_begin(uint64_t seed)
{
	chance = chance_of(seed, 0x73716c);
}

void vfs_register(void)
{
	static sqlite3_vfs vfs = {
		.iVersion = 2,
		.szOsFile = sizeof(struct file),
		.mxPathname = 2 * DISK_NAME_BYTES - 16,
		.zName = "linli-sim",
		.xOpen = open_file,
		.xDelete = delete_file,
		.xAccess = access_file,
		.xFullPathname = full_path,
		.xRandomness = randomness,
		.xSleep = pause,
		.xCurrentTimeInt64 = julian_now,
		.xGetLastError = last_error,
	};
	int code = sqlite3_vfs_register(&vfs, 1);

	assert(code == SQLITE_OK);
	(void)code;
}
