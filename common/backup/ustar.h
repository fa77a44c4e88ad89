/*
 * ustar.h -- plain tar archives (POSIX.1-1988, "ustar"), written in one form
 * and read in that form only: regular files of mode 0600 that belong to
 * nobody, in one folder, ended by two blocks of zeros and nothing behind.
 *
 * Sizes of 8 GiB and more are written as GNU tar does (base-256), which
 * every tar reads.  Format: docs/format.md, "Backup file".
 */
#ifndef LINLI_BACKUP_USTAR_H
#define LINLI_BACKUP_USTAR_H

#include "linli/bytes.h"

#define USTAR_BLOCK_BYTES 512
#define USTAR_NAME_BYTES 64 /* of those we write, with the NUL */
#define USTAR_END_BYTES (2 * USTAR_BLOCK_BYTES)
#define USTAR_MEMBER_MAX_BYTES (INT64_C(1) << 40)

struct ustar_member {
	char name[USTAR_NAME_BYTES]; /* [A-Za-z0-9._-], not beginning with '.' */
	uint64_t size;
	int64_t mtime_s; /* 0 or more */
};

/* The block before a member's bytes.  ERR_TOO_LARGE, ERR_VALUE (name, time). */
MUST_CHECK bool ustar_header(
	uint8_t out[USTAR_BLOCK_BYTES], const struct ustar_member *member, struct err *err);
/* How many zeros follow ${size} bytes of a member. */
size_t ustar_padding(uint64_t size);

/* What is told of an archive, in order; false with ${err} set ends the reading. */
struct ustar_visitor {
	bool (*begin)(void *ctx, const struct ustar_member *member, struct err *err);
	bool (*data)(void *ctx, struct view bytes, struct err *err);
	bool (*end)(void *ctx, struct err *err);
};

/* An archive being read.  Plain: nothing to release. */
struct ustar_reader {
	const struct ustar_visitor *visitor;
	void *ctx;
	uint8_t block[USTAR_BLOCK_BYTES];
	size_t have;          /* bytes of the block */
	uint64_t left;        /* bytes of the member at hand */
	size_t padding;       /* zeros that follow it */
	bool inside;          /* a member has begun and not ended */
	unsigned zero_blocks; /* of the end */
};
void ustar_reader_init(struct ustar_reader *reader, const struct ustar_visitor *visitor, void *ctx);
/* More untrusted bytes.  Fails with ERR_FORMAT, ERR_TOO_LARGE and as the visitor does. */
MUST_CHECK bool ustar_reader_add(struct ustar_reader *reader, struct view bytes, struct err *err);
/* That was all.  ERR_FORMAT where the archive has not ended. */
MUST_CHECK bool ustar_reader_end(struct ustar_reader *reader, struct err *err);

#endif
