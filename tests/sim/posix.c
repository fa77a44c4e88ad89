/* posix.c -- see posix.h. */
#include "posix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"

#define FIRST_DESCRIPTOR 1000000
#define DESCRIPTORS 16
#define READ_MAX_BYTES 0x40000000

static struct descriptor {
	bool used;
	struct inode *inode; /* NULL: a folder */
	char folder[2 * DISK_NAME_BYTES];
	size_t offset;
} descriptors[DESCRIPTORS];

/* What the linker calls instead, and what it would have called. */
int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __real_close(int fd);
int __wrap_close(int fd);
ssize_t __real_read(int fd, void *out, size_t len);
ssize_t __wrap_read(int fd, void *out, size_t len);
ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
off_t __real_lseek64(int fd, off_t offset, int whence);
off_t __wrap_lseek64(int fd, off_t offset, int whence);
int __real_posix_fadvise64(int fd, off_t offset, off_t len, int advice);
int __wrap_posix_fadvise64(int fd, off_t offset, off_t len, int advice);
int __real_fstat64(int fd, struct stat *out);
int __wrap_fstat64(int fd, struct stat *out);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);
int __real_access(const char *path, int mode);
int __wrap_access(const char *path, int mode);
typedef int dir_filter(const struct dirent *entry);
typedef int dir_order(const struct dirent **a, const struct dirent **b);
int __real_scandir64(const char *path, struct dirent ***out, dir_filter *filter, dir_order *order);
int __wrap_scandir64(const char *path, struct dirent ***out, dir_filter *filter, dir_order *order);

int posix_open_count(void)
{
	int i, count = 0;

	for (i = 0; i < DESCRIPTORS; i++) {
		count += descriptors[i].used ? 1 : 0;
	}
	return count;
}

static struct descriptor *ours(int fd)
{
	return fd >= FIRST_DESCRIPTOR && fd < FIRST_DESCRIPTOR + DESCRIPTORS ?
		&descriptors[fd - FIRST_DESCRIPTOR] :
		NULL;
}

/* 0 or -1 with errno. */
static int result(int failed)
{
	if (failed != 0) {
		errno = failed;
		return -1;
	}
	return 0;
}

int __wrap_open64(const char *path, int flags, ...)
{
	struct descriptor *descriptor = descriptors;
	va_list args;
	mode_t mode = 0;
	unsigned how = 0;
	int failed;

	if ((flags & O_CREAT) != 0) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	if (!disk_path(path)) {
		return __real_open64(path, flags, mode);
	}
	while (descriptor < descriptors + DESCRIPTORS && descriptor->used) {
		descriptor++;
	}
	if (descriptor == descriptors + DESCRIPTORS) {
		return result(EMFILE);
	}
	if ((flags & O_DIRECTORY) != 0 || disk_is_folder(path)) {
		if (!disk_is_folder(path)) {
			return result(disk_exists(path) ? ENOTDIR : ENOENT);
		}
		*descriptor = (struct descriptor){ .used = true };
		strcpy(descriptor->folder, path);
		return FIRST_DESCRIPTOR + (int)(descriptor - descriptors);
	}
	how |= (flags & O_CREAT) != 0 ? DISK_CREATE : 0;
	how |= (flags & O_EXCL) != 0 ? DISK_EXCLUSIVE : 0;
	how |= (flags & O_TRUNC) != 0 ? DISK_TRUNCATE : 0;
	*descriptor = (struct descriptor){ 0 };
	failed = disk_open(&descriptor->inode, path, how);
	if (failed != 0) {
		return result(failed);
	}
	descriptor->used = true;
	return FIRST_DESCRIPTOR + (int)(descriptor - descriptors);
}

int __wrap_close(int fd)
{
	struct descriptor *descriptor = ours(fd);

	if (descriptor == NULL) {
		return __real_close(fd);
	}
	disk_close(descriptor->inode);
	*descriptor = (struct descriptor){ 0 };
	return 0;
}

ssize_t __wrap_read(int fd, void *out, size_t len)
{
	struct descriptor *descriptor = ours(fd);

	if (descriptor == NULL) {
		return __real_read(fd, out, len);
	}
	len = len < READ_MAX_BYTES ? len : READ_MAX_BYTES;
	len = disk_read(descriptor->inode, out, len, descriptor->offset);
	descriptor->offset += len;
	return (ssize_t)len;
}

ssize_t __wrap_write(int fd, const void *data, size_t len)
{
	struct descriptor *descriptor = ours(fd);
	int failed;

	if (descriptor == NULL) {
		return __real_write(fd, data, len);
	}
	failed = disk_write(descriptor->inode, data, len, descriptor->offset);
	if (failed != 0) {
		return result(failed);
	}
	descriptor->offset += len;
	return (ssize_t)len;
}

int __wrap_fsync(int fd)
{
	struct descriptor *descriptor = ours(fd);

	if (descriptor == NULL) {
		return __real_fsync(fd);
	}
	return result(descriptor->inode != NULL ? disk_sync(descriptor->inode) :
						  disk_sync_folder(descriptor->folder));
}

off_t __wrap_lseek64(int fd, off_t offset, int whence)
{
	struct descriptor *descriptor = ours(fd);

	if (descriptor == NULL) {
		return __real_lseek64(fd, offset, whence);
	}
	if (whence != SEEK_SET || offset < 0) {
		return result(EINVAL);
	}
	descriptor->offset = (size_t)offset;
	return offset;
}

int __wrap_posix_fadvise64(int fd, off_t offset, off_t len, int advice)
{
	return ours(fd) == NULL ? __real_posix_fadvise64(fd, offset, len, advice) : 0;
}

int __wrap_fstat64(int fd, struct stat *out)
{
	struct descriptor *descriptor = ours(fd);

	if (descriptor == NULL) {
		return __real_fstat64(fd, out);
	}
	memset(out, 0, sizeof(*out));
	out->st_mode = descriptor->inode != NULL ? S_IFREG | 0600 : S_IFDIR | 0700;
	out->st_size = descriptor->inode != NULL ? (off_t)disk_size(descriptor->inode) : 0;
	return 0;
}

int __wrap_rename(const char *from, const char *to)
{
	return disk_path(from) ? result(disk_rename(from, to)) : __real_rename(from, to);
}

int __wrap_unlink(const char *path)
{
	return disk_path(path) ? result(disk_unlink(path)) : __real_unlink(path);
}

int __wrap_mkdir(const char *path, mode_t mode)
{
	if (disk_path(path)) {
		return result(disk_make_folder(path));
	}
	return strncmp(DISK_ROOT, path, strlen(path)) == 0 ? result(EEXIST) :
							      __real_mkdir(path, mode);
}

int __wrap_access(const char *path, int mode)
{
	return disk_path(path) ? result(disk_exists(path) ? 0 : ENOENT) :
				 __real_access(path, mode);
}

/* One entry called ${name}, as scandir() gives it; NULL: left out, or no memory. */
static struct dirent *entry_of(const char *name, dir_filter *filter)
{
	struct dirent *entry = calloc(1, sizeof(*entry));

	if (entry == NULL || strlen(name) >= sizeof(entry->d_name)) {
		free(entry);
		return NULL;
	}
	strcpy(entry->d_name, name);
	if (filter != NULL && filter(entry) == 0) {
		free(entry);
		return NULL;
	}
	return entry;
}

int __wrap_scandir64(const char *path, struct dirent ***out, dir_filter *filter, dir_order *order)
{
	struct dirent **list = NULL;
	struct buf names = { 0 };
	size_t at, count = 0;
	int failed;

	if (!disk_path(path)) {
		return __real_scandir64(path, out, filter, order);
	}
	failed = disk_list(&names, path);
	if (failed == 0) {
		list = calloc(names.len + 1, sizeof(*list));
		failed = list == NULL ? ENOMEM : 0;
	}
	for (at = 0; failed == 0 && at < names.len; at += strlen((char *)names.data + at) + 1) {
		list[count] = entry_of((char *)names.data + at, filter);
		count += list[count] != NULL ? 1 : 0;
	}
	buf_clear(&names);
	if (failed != 0) {
		return result(failed);
	}
	*out = list; /* in order already: bytewise */
	return (int)count;
}
