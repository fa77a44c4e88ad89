/*
 * pouch.h -- sealed files that a node keeps to hand on, in bounded space, and
 * the list of what was handed to whom and when.
 *
 * The pouch is a stick that is kept in the store: the same files under the same
 * names (docs/exchange.md, "In a folder"), which a neighbour brings or fetches.
 * All files of one writer for one audience are a parcel, named by their token.  A
 * node that can open none of it carries it all the same.
 */
#ifndef LINLI_POUCH_H
#define LINLI_POUCH_H

#include "linli/node.h"

#define POUCH_NAME_BYTES 64
#define POUCH_TOKEN_CHARS 32 /* a name begins with its parcel's token */
#define POUCH_PARCEL_MAX_BYTES (48LL * 1024 * 1024)
#define POUCH_MAX_BYTES (512LL * 1024 * 1024)
#define POUCH_MAX_FILES 8192
#define POUCH_MAX_AGE_MS (60LL * 24 * 60 * 60 * 1000)

struct pouch_file {
	char name[POUCH_NAME_BYTES];
	struct device_id from; /* who handed it in; this device: written here */
	int64_t received_ms;
	uint64_t bytes;
};
/* By name.  What is older than POUCH_MAX_AGE_MS is not there any more. */
MUST_CHECK bool pouch_each(struct node *node,
	bool (*each)(void *ctx, const struct pouch_file *file, struct err *err), void *ctx,
	struct err *err);
/* Append the file.  ERR_NOT_FOUND. */
MUST_CHECK bool pouch_get(struct node *node, const char *name, struct buf *out, struct err *err);
/* Who handed it in; false: no such file. */
bool pouch_from(struct node *node, const char *name, struct device_id *out);
/* Put it in the place of one of that name.  ERR_TOO_LARGE: over one of the caps. */
MUST_CHECK bool pouch_put(struct node *node, const char *name, struct device_id from,
	struct view data, struct err *err);
MUST_CHECK bool pouch_drop(struct node *node, const char *name, struct err *err);
/* Of a parcel written here: how many changes are in it, and what it was made of. */
MUST_CHECK bool pouch_note(struct node *node, const char *token, uint64_t lines,
	const uint8_t digest[32], struct err *err);
/* False: it was never noted. */
bool pouch_noted(struct node *node, const char *token, uint64_t *lines, uint8_t digest[32]);

/* ---- custody --------------------------------------------------------- */

#define CUSTODY_MAX_ROWS 10000 /* the oldest go */
#define CUSTODY_UNKNOWN (-1)

/* A parcel that changed hands. */
struct custody {
	int64_t at_ms;
	bool given;                     /* by this node; else taken */
	struct device_id peer;          /* to whom, or from whom */
	struct device_id writer;
	char audience[SLUG_TEXT_BYTES]; /* whom it is for */
	char token[POUCH_TOKEN_CHARS + 1];
	int64_t files, bytes;
	int64_t lines;                  /* changes in it, CUSTODY_UNKNOWN: it is sealed */
	const char *receipt;            /* signed by who took it; borrowed */
};
MUST_CHECK bool custody_add(struct node *node, const struct custody *custody, struct err *err);
/* Of a parcel as it was taken last: ${lines} changes more have turned out to be in it. */
MUST_CHECK bool custody_count(
	struct node *node, const char *token, uint64_t lines, struct err *err);
/* The newest first. */
MUST_CHECK bool custody_each(struct node *node,
	bool (*each)(void *ctx, const struct custody *custody, struct err *err), void *ctx,
	struct err *err);

#endif
