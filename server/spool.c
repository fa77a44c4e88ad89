/* spool.c -- see spool.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spool.h"

#define FILE_NAME "reply.part" /* for a moment */

struct spool {
	struct buf path;
	int watch[SPOOL_FILES]; /* another descriptor of each file; -1: none */
};

bool spool_open(struct spool **out, const char *home, struct err *err)
{
	struct spool *spool = calloc(1, sizeof(*spool));
	size_t i;

	*out = NULL;
	if (spool == NULL) {
		return err_nomem(err);
	}
	for (i = 0; i < SPOOL_FILES; i++) {
		spool->watch[i] = -1;
	}
	buf_printf(&spool->path, "%s/" FILE_NAME, home);
	if (!buf_ok(&spool->path, err)) {
		spool_close(spool);
		return false;
	}
	*out = spool;
	return true;
}

void spool_close(struct spool *spool)
{
	size_t i;

	if (spool != NULL) {
		for (i = 0; i < SPOOL_FILES; i++) {
			if (spool->watch[i] >= 0) {
				close(spool->watch[i]);
			}
		}
		buf_clear(&spool->path);
		free(spool);
	}
}

/* Does whoever holds the other descriptor of ${fd} have it still? */
static bool is_sent(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
}

/* Let go of what was sent; a free place, or -1, and the bytes that are on their way. */
static int sweep(struct spool *spool, int64_t *bytes)
{
	int found = -1;
	struct stat info;
	int i;

	*bytes = 0;
	for (i = 0; i < SPOOL_FILES; i++) {
		if (spool->watch[i] >= 0 && is_sent(spool->watch[i])) {
			close(spool->watch[i]);
			spool->watch[i] = -1;
		}
		if (spool->watch[i] < 0) {
			found = i;
		} else if (fstat(spool->watch[i], &info) == 0) {
			*bytes += info.st_size;
		}
	}
	return found;
}

static bool open_file(struct spooled *spooled, struct err *err)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct spool *spool = spooled->spool;
	const char *path = buf_str(&spool->path);
	int64_t bytes;
	int fd, place = sweep(spool, &bytes);

	if (place < 0) {
		return err_set(err, ERR_BUSY, "%d large replies are on their way", SPOOL_FILES);
	}
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		return err_errno(err, "opening %s", path);
	}
	spool->watch[place] = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	unlink(path);
	if (spool->watch[place] < 0 || fcntl(fd, F_OFD_SETLK, &lock) != 0) {
		err_errno(err, "opening %s twice", path);
		close(fd);
		return false;
	}
	spooled->fd = fd;
	spooled->filed = true;
	return true;
}

static bool write_out(struct spooled *spooled, struct err *err)
{
	struct view rest = buf_as_view(&spooled->memory);
	int64_t bytes;

	if (!spooled->filed && !open_file(spooled, err)) {
		return false;
	}
	sweep(spooled->spool, &bytes);
	if (bytes + (int64_t)rest.len > SPOOL_MAX_BYTES) {
		return err_set(err, ERR_BUSY, "large replies of %lld bytes are on their way",
			(long long)bytes);
	}
	while (rest.len != 0) {
		ssize_t done = write(spooled->fd, rest.data, rest.len);

		if (done < 0 && errno == EINTR) {
			continue;
		}
		if (done < 0) {
			return err_errno(err, "writing a large reply");
		}
		rest.data += done;
		rest.len -= (size_t)done;
		spooled->bytes += (uint64_t)done;
	}
	buf_reset(&spooled->memory);
	return true;
}

bool spooled_write(void *ctx, struct view piece, struct err *err)
{
	struct spooled *spooled = ctx;

	buf_view(&spooled->memory, piece);
	return buf_ok(&spooled->memory, err) &&
		(spooled->memory.len <= SPOOL_MEMORY_BYTES || write_out(spooled, err));
}

bool spooled_take(struct spooled *spooled, struct reply *reply, struct err *err)
{
	if (!spooled->filed) {
		buf_clear(&reply->body);
		reply->body = spooled->memory;
		spooled->memory = (struct buf){ 0 };
		return true;
	}
	if (!write_out(spooled, err)) {
		return false;
	}
	reply->file = (struct message_file){ .is_open = true, .fd = spooled->fd,
		.len = spooled->bytes };
	spooled->filed = false;
	spooled_clear(spooled);
	return true;
}

void spooled_clear(struct spooled *spooled)
{
	if (spooled->filed) {
		close(spooled->fd);
	}
	buf_clear(&spooled->memory);
	*spooled = (struct spooled){ .spool = spooled->spool };
}
