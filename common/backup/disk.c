/* disk.c -- see disk.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "disk.h"
#include "folder.h"

int disk_open(const char *path, uint64_t *bytes, struct err *err)
{
	/* O_NONBLOCK: opening a pipe must not wait for its other end. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0) {
		if (errno == ENOENT) {
			err_set(err, ERR_NO_FILE, "%s", path);
		} else {
			err_errno(err, "opening %s", path);
		}
		return -1;
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		err_set(err, ERR_FORMAT, "%s is not a regular file", path);
		close(fd);
		return -1;
	}
	if (bytes != NULL) {
		*bytes = (uint64_t)st.st_size;
	}
	return fd;
}

int disk_create(const char *path, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno == EEXIST) {
		err_set(err, ERR_EXISTS, "%s", path);
	} else if (fd < 0) {
		err_errno(err, "creating %s", path);
	}
	return fd;
}

bool disk_write(int fd, struct view bytes, const char *path, struct err *err)
{
	size_t done = 0;
	ssize_t put;

	while (done < bytes.len) {
		put = write(fd, bytes.data + done, bytes.len - done);
		if (put < 0 && errno != EINTR) {
			return err_errno(err, "writing %s", path);
		}
		done += put > 0 ? (size_t)put : 0;
	}
	return true;
}

bool disk_read(int fd, void *to, size_t room, size_t *got, const char *path, struct err *err)
{
	ssize_t here;

	do {
		here = read(fd, to, room);
	} while (here < 0 && errno == EINTR);
	if (here < 0) {
		return err_errno(err, "reading %s", path);
	}
	*got = (size_t)here;
	return true;
}

bool disk_sync(int fd, const char *path, struct err *err)
{
	if (fsync(fd) != 0) {
		return err_errno(err, "fsync %s", path);
	}
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	return true;
}

bool disk_has(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

bool disk_is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool disk_same(const char *folder, const char *other)
{
	struct stat a, b;

	return stat(folder, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev;
}

bool disk_room(const char *folder, uint64_t need, struct err *err)
{
	struct statvfs st;
	uint64_t have;

	if (statvfs(folder, &st) != 0) {
		return err_errno(err, "looking at the disk of %s", folder);
	}
	have = (uint64_t)st.f_bavail * (uint64_t)st.f_frsize;
	return have >= need ||
		err_set(err, ERR_DISK_FULL,
			ERR_BOTH("%s:需要 %" PRIu64 " 字节,只有 %" PRIu64 " 字节",
				"needed and free there: %" PRIu64 ", %" PRIu64),
			folder, need, have, need, have);
}

void disk_folder_of(struct buf *out, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL) {
		buf_byte(out, '.');
	} else if (slash == path) {
		buf_byte(out, '/');
	} else {
		buf_add(out, path, (size_t)(slash - path));
	}
}

/* Some file systems know no such rename; there a look has to do. */
static bool rename_new(const char *from, const char *to, struct err *err)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) {
		return true;
	}
	if ((errno == EINVAL || errno == ENOSYS) && !disk_has(to) && rename(from, to) == 0) {
		return true;
	}
	return errno == EEXIST || disk_has(to) ? err_set(err, ERR_EXISTS, "%s", to)
					       : err_errno(err, "renaming %s to %s", from, to);
}

bool disk_publish(const char *from, const char *to, struct err *err)
{
	struct buf folder = { 0 };
	bool ok;

	disk_folder_of(&folder, to);
	ok = buf_ok(&folder, err) && rename_new(from, to, err) &&
		folder_sync(buf_str(&folder), err);
	buf_clear(&folder);
	return ok;
}
