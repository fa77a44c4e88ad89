/* lock.c -- see lock.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "linli/bytes.h"
#include "lock.h"

struct home_lock {
	int fd;
};

static const struct {
	const char *file, *busy;
} kinds[] = {
	[HOME_LOCK_SERVE] = { "serve.lock", ERR_BOTH("服务器正在运行", "a server is running in") },
	[HOME_LOCK_BACKUP] = { "backup.lock",
		ERR_BOTH("正在备份或恢复", "a backup or restore is running in") },
	[HOME_LOCK_PAGE] = { "page.lock", ERR_BOTH("页面已经打开", "a page is open for") },
};

/* The file, opened; -1 with ${err} set. */
static int open_file(const char *home, const char *name, struct err *err)
{
	struct buf path = { 0 };
	int fd = -1;

	buf_printf(&path, "%s/%s", home, name);
	if (!buf_ok(&path, err)) {
		goto out;
	}
	fd = open(buf_str(&path), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 && errno == ENOENT) {
		err_set(err, ERR_NOT_INITIALISED, "no folder %s", home);
	} else if (fd < 0) {
		err_errno(err, "opening %s", buf_str(&path));
	}
out:
	buf_clear(&path);
	return fd;
}

bool home_lock_take(
	struct home_lock **out, const char *home, enum home_lock_kind kind, struct err *err)
{
	struct home_lock *lock = calloc(1, sizeof(*lock));

	*out = NULL;
	if (lock == NULL) {
		return err_nomem(err);
	}
	lock->fd = open_file(home, kinds[kind].file, err);
	if (lock->fd < 0) {
		goto out;
	}
	if (flock(lock->fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EWOULDBLOCK) {
			err_set(err, ERR_BUSY, "%s %s", kinds[kind].busy, home);
		} else {
			err_errno(err, "locking %s/%s", home, kinds[kind].file);
		}
		goto out;
	}
	*out = lock;
	lock = NULL;
out:
	home_lock_release(lock);
	return *out != NULL;
}

void home_lock_release(struct home_lock *lock)
{
	if (lock != NULL) {
		if (lock->fd >= 0) {
			close(lock->fd);
		}
		free(lock);
	}
}
