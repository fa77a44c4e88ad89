/* env.c -- the real system behind struct env; see linli/env.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "linli/env.h"

static int64_t system_now_ms(void *ctx)
{
	struct timespec now;

	(void)ctx;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool system_random(void *ctx, void *out, size_t len, struct err *err)
{
	uint8_t *to = out;
	ssize_t got;

	(void)ctx;
	while (len > 0) {
		got = getrandom(to, len, 0);
		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got <= 0) {
			return err_errno(err, "getrandom");
		}
		to += got;
		len -= (size_t)got;
	}
	return true;
}

/* Append what ${fd} holds from here to its end, at most ${cap} bytes. */
static bool read_all(int fd, struct buf *out, const char *path, size_t cap, struct err *err)
{
	size_t start = out->len;
	char chunk[16384];
	ssize_t got;

	for (;;) {
		got = read(fd, chunk, sizeof(chunk));
		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got < 0) {
			return err_errno(err, "reading %s", path);
		}
		if (got == 0) {
			return buf_ok(out, err);
		}
		if (out->len - start + (size_t)got > cap) {
			return err_set(err, ERR_TOO_LARGE, "%s is over %zu bytes", path, cap);
		}
		buf_add(out, chunk, (size_t)got);
		if (!buf_ok(out, err)) {
			return false;
		}
	}
}

static bool system_read_file(void *ctx, struct buf *out, const char *path, size_t cap,
	struct err *err)
{
	/* O_NONBLOCK: opening a pipe must not wait for its other end. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	bool ok = false;

	(void)ctx;
	if (fd < 0 && errno == ENOENT) {
		return err_set(err, ERR_NOT_FOUND, ERR_BOTH("没有文件", "no file") " %s", path);
	}
	if (fd < 0 && errno == ELOOP) {
		return err_set(err, ERR_FORMAT, "%s is a link", path);
	}
	if (fd < 0) {
		return err_errno(err, "opening %s", path);
	}
	if (fstat(fd, &st) != 0) {
		err_errno(err, "looking at %s", path);
	} else if (!S_ISREG(st.st_mode)) {
		err_set(err, ERR_FORMAT,
			ERR_BOTH("是文件夹或设备,不是文件", "not a regular file") ": %s", path);
	} else if ((uint64_t)st.st_size > cap) {
		err_set(err, ERR_TOO_LARGE, "%s is over %zu bytes", path, cap);
	} else {
		ok = read_all(fd, out, path, cap, err);
	}
	close(fd);
	return ok;
}

static bool write_all(int fd, struct view data, const char *path, struct err *err)
{
	size_t done = 0;
	ssize_t put;

	while (done < data.len) {
		put = write(fd, data.data + done, data.len - done);
		if (put < 0 && errno == EINTR) {
			continue;
		}
		if (put < 0) {
			return err_errno(err, "writing %s", path);
		}
		done += (size_t)put;
	}
	return true;
}

static bool sync_folder_of(const char *path, struct err *err)
{
	char *folder = strdup(path), *slash;
	bool ok = false;
	int fd;

#ifdef LINLI_PLANT_FOLDER_UNSYNCED
	free(folder);
	return true;
#endif
	if (folder == NULL) {
		return err_nomem(err);
	}
	slash = strrchr(folder, '/');
	if (slash != NULL) {
		slash[slash == folder ? 1 : 0] = '\0';
	}
	fd = open(slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		err_errno(err, "opening the folder of %s", path);
	} else {
		/* FAT and some network file systems cannot sync a folder. */
		ok = fsync(fd) == 0 || errno == EINVAL ||
			err_errno(err, "syncing the folder of %s", path);
		close(fd);
	}
	free(folder);
	return ok;
}

/* Write, fsync and read back ${temporary}. */
static bool write_verified(const char *temporary, struct view data, bool secret,
	struct err *err)
{
	struct buf back = { 0 };
	bool ok = false;
	int fd = open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		secret ? 0600 : 0666);

	if (fd < 0) {
		return err_errno(err, "creating %s", temporary);
	}
	if (!write_all(fd, data, temporary, err)) {
		goto out;
	}
	if (fsync(fd) != 0) {
		err_errno(err, "syncing %s", temporary);
		goto out;
	}
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (lseek(fd, 0, SEEK_SET) != 0) {
		err_errno(err, "seeking in %s", temporary);
		goto out;
	}
	if (!read_all(fd, &back, temporary, data.len, err)) {
		goto out;
	}
	if (!view_equal(buf_as_view(&back), data)) {
		err_set(err, ERR_IO, "%s reads back differently from what was written",
			temporary);
		goto out;
	}
	ok = true;
out:
	if (close(fd) != 0 && ok) {
		ok = err_errno(err, "closing %s", temporary);
	}
	buf_wipe(&back);
	return ok;
}

static bool system_write_file(void *ctx, const char *path, struct view data, bool secret,
	struct err *err)
{
	struct buf temporary = { 0 };
	bool ok = false;

	(void)ctx;
	buf_printf(&temporary, "%s" ENV_TEMPORARY_SUFFIX, path);
	if (!buf_ok(&temporary, err)) {
		goto out;
	}
	if (!write_verified(buf_str(&temporary), data, secret, err)) {
		unlink(buf_str(&temporary));
		goto out;
	}
	if (rename(buf_str(&temporary), path) != 0) {
		err_errno(err, "renaming %s", buf_str(&temporary));
		unlink(buf_str(&temporary));
		goto out;
	}
	ok = sync_folder_of(path, err);
out:
	buf_clear(&temporary);
	return ok;
}

static bool system_make_dir(void *ctx, const char *path, struct err *err)
{
	char *copy = strdup(path), *at;
	bool ok = true;

	(void)ctx;
	if (copy == NULL) {
		return err_nomem(err);
	}
	for (at = copy + 1; ok && *at != '\0'; at++) {
		if (*at == '/') {
			*at = '\0';
			ok = mkdir(copy, 0777) == 0 || errno == EEXIST;
			*at = '/';
		}
	}
	if (!ok || (mkdir(copy, 0777) != 0 && errno != EEXIST)) {
		ok = err_errno(err, "making the folder %s", path);
	}
	free(copy);
	return ok;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int bytewise(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool system_list_dir(void *ctx, struct buf *out, const char *path, struct err *err)
{
	struct dirent **entries = NULL;
	int i, count = scandir(path, &entries, visible, bytewise);

	(void)ctx;
	if (count < 0 && errno == ENOENT) {
		return err_set(err, ERR_NOT_FOUND, ERR_BOTH("没有文件夹", "no folder") " %s", path);
	}
	if (count < 0) {
		return err_errno(err, "listing %s", path);
	}
	for (i = 0; i < count; i++) {
		buf_add(out, entries[i]->d_name, strlen(entries[i]->d_name) + 1);
		free(entries[i]);
	}
	free(entries);
	return buf_ok(out, err);
}

static bool system_is_link(void *ctx, const char *path)
{
	struct stat st;

	(void)ctx;
	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

static bool system_remove_file(void *ctx, const char *path, struct err *err)
{
	(void)ctx;
	return unlink(path) == 0 || errno == ENOENT || err_errno(err, "removing %s", path);
}

const struct env *env_system(void)
{
	static const struct env env = {
		.now_ms = system_now_ms,
		.random = system_random,
		.read_file = system_read_file,
		.write_file = system_write_file,
		.make_dir = system_make_dir,
		.list_dir = system_list_dir,
		.remove_file = system_remove_file,
		.is_link = system_is_link,
	};

	return &env;
}
