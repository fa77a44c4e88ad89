/*
 * lock.h -- one server at a time for a home folder, and none while its
 * store is being replaced.
 *
 * The lock is on the file "serve.lock" in the home; the system releases it
 * when the program ends, however it ends.
 */
#ifndef LINLID_LOCK_H
#define LINLID_LOCK_H

#include "linli/err.h"

struct home_lock;

/*
 * Lock the existing folder ${home}; the caller ends it with
 * home_lock_release(*out).  Fails with ERR_BUSY (a server runs there),
 * ERR_NOT_INITIALISED (no such folder), ERR_IO, ERR_NOMEM.
 */
MUST_CHECK bool home_lock_take(struct home_lock **out, const char *home, struct err *err);
void home_lock_release(struct home_lock *lock); /* NULL is accepted */

#endif
