/*
 * uploads.h -- files on their way to this node, piece by piece, over lines
 * that break.
 *
 * What was appended is durable.  Each device has room for a few uploads
 * only, all together for a bounded number of bytes; one that nothing was
 * added to for a week is there no more, and swept when the next one begins.
 */
#ifndef LINLI_UPLOADS_H
#define LINLI_UPLOADS_H

#include "linli/node.h"

#define UPLOAD_NAME_BYTES 33 /* 32 hex digits, with the NUL */
#define UPLOAD_MAX_BYTES (20 * 1024 * 1024)
#define UPLOAD_METADATA_BYTES 1024
#define UPLOAD_RESULT_MAX_BYTES (256 * 1024)
#define UPLOAD_PIECES_MAX 4096 /* that one may come in */
#define UPLOADS_OF_DEVICE 16 /* the oldest goes first, */
#define UPLOADS_OF_DEVICE_BYTES (64 * 1024 * 1024) /* also when these are exceeded */
#define UPLOADS_BYTES (1024LL * 1024 * 1024) /* announced, of all devices */
#define UPLOAD_VALID_MS (7LL * 24 * 60 * 60 * 1000)

struct upload {
	char name[UPLOAD_NAME_BYTES];
	struct device_id device;
	uint64_t length, come;
	int64_t expires_ms;
	char metadata[UPLOAD_METADATA_BYTES]; /* visible ASCII */
	bool finished;                        /* it has a result, and no bytes any more */
};

/*
 * Begin ${upload}: its name, device, length and metadata; the rest is set.
 * Of the device's own uploads the oldest give way to it.  Fails with
 * ERR_TOO_LARGE (this one), ERR_BUSY (no room beside those of others).
 */
MUST_CHECK bool uploads_begin(struct node *node, struct upload *upload, struct err *err);
/* That of ${device}.  ERR_NOT_FOUND: there is none, or no more. */
MUST_CHECK bool uploads_find(struct node *node, const char *name, struct device_id device,
	struct upload *out, struct err *err);
/* Add ${bytes}, which must fit, behind what has come.  ERR_TOO_LARGE: too many pieces. */
MUST_CHECK bool uploads_append(
	struct node *node, struct upload *upload, struct view bytes, struct err *err);
/* Append to ${out} all that has come. */
MUST_CHECK bool uploads_read(
	struct node *node, const struct upload *upload, struct buf *out, struct err *err);
/* It was taken in, with that result; its bytes go. */
MUST_CHECK bool uploads_finish(
	struct node *node, struct upload *upload, struct view result, struct err *err);
MUST_CHECK bool uploads_result(
	struct node *node, const struct upload *upload, struct buf *out, struct err *err);
MUST_CHECK bool uploads_drop(struct node *node, const struct upload *upload, struct err *err);
/* How many there are, and the bytes that have come of them. */
MUST_CHECK bool uploads_count(
	struct node *node, uint64_t *uploads, uint64_t *bytes, struct err *err);

#endif
