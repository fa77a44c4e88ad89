/*
 * spool.h -- replies that are too large for memory, in files without names.
 *
 * A reply stays in memory up to SPOOL_MEMORY_BYTES, then it goes into a file
 * in the home that has lost its name already, so that nothing is left behind
 * whatever happens.  At most SPOOL_FILES of them, and SPOOL_MAX_BYTES in all,
 * are on their way at once; who still sends one is known by a lock that ends
 * with the last descriptor.
 */
#ifndef LINLID_SPOOL_H
#define LINLID_SPOOL_H

#include "linli/message.h"

#define SPOOL_MEMORY_BYTES (256 * 1024)
#define SPOOL_FILES 8
#define SPOOL_MAX_BYTES (4LL * 1024 * 1024 * 1024)

struct spool;

/* In the folder ${home}, which no other spool uses. */
MUST_CHECK bool spool_open(struct spool **out, const char *home, struct err *err);
void spool_close(struct spool *spool); /* NULL is accepted */

/* One reply at a time is written; begin with all zeros but ${spool}. */
struct spooled {
	struct spool *spool;
	struct buf memory;
	int fd;        /* of the file, if ${filed} */
	bool filed;
	uint64_t bytes;
};
/* ${ctx} is a struct spooled.  Fails with ERR_BUSY (no room now), ERR_IO, ERR_DISK_FULL. */
MUST_CHECK bool spooled_write(void *ctx, struct view piece, struct err *err);
/* Make what was written the body of ${reply}; ${spooled} is empty then. */
MUST_CHECK bool spooled_take(struct spooled *spooled, struct reply *reply, struct err *err);
void spooled_clear(struct spooled *spooled);

#endif
