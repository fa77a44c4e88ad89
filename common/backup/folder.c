/* folder.c -- see folder.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "disk.h"
#include "folder.h"

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
	bool has = folder_path(&path, folder, name, &ignored) && disk_has(buf_str(&path));

	buf_clear(&path);
	return has;
}

static bool copy_bytes(int from, int to, const char *source, const char *path, struct err *err)
{
	char piece[DISK_PIECE_BYTES];
	size_t got;

	do {
		if (!disk_read(from, piece, sizeof(piece), &got, source, err) ||
			!disk_write(to, (struct view){ piece, got }, path, err)) {
			return false;
		}
	} while (got != 0);
	return disk_sync(to, path, err);
}

bool folder_copy_in(const char *folder, const char *name, const char *from, struct err *err)
{
	struct buf path = { 0 };
	int in = -1, out = -1;
	bool ok = false;

	if (!folder_path(&path, folder, name, err) || (in = disk_open(from, NULL, err)) < 0 ||
		(out = disk_create(buf_str(&path), err)) < 0) {
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
	/* FAT and some network file systems cannot sync a folder. */
	bool ok = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL);

	if (!ok) {
		err_errno(err, "fsync %s", folder);
	}
	if (fd >= 0) {
		close(fd);
	}
	return ok;
}
