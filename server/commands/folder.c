/* folder.c -- see folder.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"

#define CHUNK_BYTES ((size_t)64 * 1024)

bool folder_path(struct buf *out, const char *folder, const char *name, struct err *err)
{
	buf_reset(out);
	buf_printf(out, "%s/%s", folder, name);
	return buf_ok(out, err);
}

bool folder_has(const char *folder, const char *name)
{
	struct buf path = { 0 };
	struct err ignored;
	struct stat st;
	bool has = folder_path(&path, folder, name, &ignored) && lstat(buf_str(&path), &st) == 0;

	buf_clear(&path);
	return has;
}

static int open_from(const char *path, struct err *err)
{
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
	return fd;
}

static bool write_whole(int fd, const char *data, size_t len, const char *path, struct err *err)
{
	size_t done = 0;
	ssize_t put;

	while (done < len) {
		put = write(fd, data + done, len - done);
		if (put < 0 && errno != EINTR) {
			return err_errno(err, "writing %s", path);
		}
		done += put > 0 ? (size_t)put : 0;
	}
	return true;
}

static bool copy_bytes(int from, int to, const char *source, const char *path, struct err *err)
{
	char chunk[CHUNK_BYTES];
	ssize_t got;

	for (;;) {
		got = read(from, chunk, sizeof(chunk));
		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got < 0) {
			return err_errno(err, "reading %s", source);
		}
		if (got == 0) {
			return fsync(to) == 0 ? true : err_errno(err, "fsync %s", path);
		}
		if (!write_whole(to, chunk, (size_t)got, path, err)) {
			return false;
		}
	}
}

bool folder_copy_in(const char *folder, const char *name, const char *from, struct err *err)
{
	struct buf path = { 0 };
	int in = -1, out = -1;
	bool ok = false;

	if (!folder_path(&path, folder, name, err) || (in = open_from(from, err)) < 0) {
		goto out;
	}
	out = open(buf_str(&path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0) {
		if (errno == EEXIST) {
			err_set(err, ERR_EXISTS, "%s", buf_str(&path));
		} else {
			err_errno(err, "creating %s", buf_str(&path));
		}
		goto out;
	}
	ok = copy_bytes(in, out, from, buf_str(&path), err);
out:
	if (in >= 0) {
		close(in);
	}
	if (out >= 0 && close(out) != 0 && ok) {
		ok = err_errno(err, "closing %s", buf_str(&path));
	}
	buf_clear(&path);
	return ok;
}

bool folder_move(const char *from, const char *to, const char *name, struct err *err)
{
	struct buf source = { 0 }, target = { 0 };
	bool ok = false;

	if (!folder_path(&source, from, name, err) || !folder_path(&target, to, name, err)) {
		goto out;
	}
	ok = !folder_has(from, name) || rename(buf_str(&source), buf_str(&target)) == 0 ||
		err_errno(err, "moving %s to %s", buf_str(&source), buf_str(&target));
out:
	buf_clear(&source);
	buf_clear(&target);
	return ok;
}

bool folder_share(const char *from, const char *to, const char *name, struct err *err)
{
	struct buf source = { 0 }, target = { 0 };
	bool ok = false;

	if (!folder_path(&source, from, name, err) || !folder_path(&target, to, name, err)) {
		goto out;
	}
	ok = link(buf_str(&source), buf_str(&target)) == 0 || errno == ENOENT ||
		folder_copy_in(to, name, buf_str(&source), err);
out:
	buf_clear(&source);
	buf_clear(&target);
	return ok;
}

bool folder_remove(const char *folder, const char *name, struct err *err)
{
	struct buf path = { 0 };
	bool ok = folder_path(&path, folder, name, err);

	ok = ok &&
		(unlink(buf_str(&path)) == 0 || errno == ENOENT ||
			err_errno(err, "removing %s", buf_str(&path)));
	buf_clear(&path);
	return ok;
}

bool folder_sync(const char *folder, struct err *err)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (!ok) {
		err_errno(err, "fsync %s", folder);
	}
	if (fd >= 0) {
		close(fd);
	}
	return ok;
}
