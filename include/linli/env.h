/*
 * env.h -- everything that comes from outside the program: time, chance
 * and files.  Nothing in common/ asks the system for these otherwise, so
 * that a whole federation can run in one process under one seed.  (The
 * store's own file goes through SQLite's VFS, the network through
 * linli/exchange.h's struct peer.)
 */
#ifndef LINLI_ENV_H
#define LINLI_ENV_H

#include "linli/bytes.h"

struct env {
	void *ctx;

	/* Unix time in milliseconds. */
	int64_t (*now_ms)(void *ctx);

	/* ${len} unpredictable bytes. */
	bool (*random)(void *ctx, void *out, size_t len, struct err *err);

	/*
	 * Append the regular file ${path} to ${out}.  Links, pipes and
	 * devices are refused (ERR_FORMAT); more than ${cap} bytes fail with
	 * ERR_TOO_LARGE before they are read; no such file: ERR_NOT_FOUND.
	 */
	bool (*read_file)(void *ctx, struct buf *out, const char *path, size_t cap,
		struct err *err);

	/*
	 * Make ${path} hold exactly ${data}, or leave it as it was: write to
	 * a temporary name in the same folder, fsync, read back, compare,
	 * rename, fsync the folder.  ${secret}: readable by the owner only.
	 */
	bool (*write_file)(void *ctx, const char *path, struct view data, bool secret,
		struct err *err);

	/* Create a folder and those above it.  It is no error that it exists. */
	bool (*make_dir)(void *ctx, const char *path, struct err *err);

	/*
	 * Append the names in ${path} to ${out}, sorted bytewise, each ended
	 * by a NUL.  Entries that begin with '.' are left out.
	 */
	bool (*list_dir)(void *ctx, struct buf *out, const char *path, struct err *err);

	/* Remove a file.  It is no error that it is not there. */
	bool (*remove_file)(void *ctx, const char *path, struct err *err);

	/* Is ${path} itself a link?  What cannot be looked at is none. */
	bool (*is_link)(void *ctx, const char *path);
};

/* The real system.  Static, usable by many threads. */
const struct env *env_system(void);

/* Names of temporary files that write_file leaves when it is killed. */
#define ENV_TEMPORARY_SUFFIX ".part"

#endif
