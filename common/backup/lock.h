/*
 * lock.h -- one server at a time for a home folder, and none while its
 * store is being replaced; one backup at a time; one page at a time.
 *
 * The locks are on the files "serve.lock", "backup.lock" and "page.lock" in the home; the
 * system releases them when the program ends, however it ends.
 */
#ifndef LINLI_BACKUP_LOCK_H
#define LINLI_BACKUP_LOCK_H

#include "linli/err.h"

struct home_lock;

enum home_lock_kind { HOME_LOCK_SERVE, HOME_LOCK_BACKUP, HOME_LOCK_PAGE };

/*
 * Lock the existing folder ${home}; the caller ends it with
 * home_lock_release(*out).  Fails with ERR_BUSY (a server, a backup, or a page, runs
 * there), ERR_NOT_INITIALISED (no such folder), ERR_IO, ERR_NOMEM.
 */
MUST_CHECK bool home_lock_take(
	struct home_lock **out, const char *home, enum home_lock_kind kind, struct err *err);
void home_lock_release(struct home_lock *lock); /* NULL is accepted */

#endif
