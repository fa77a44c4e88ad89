/*
 * rest.h -- a file that was under way when a sync ended, kept in the home
 * folder so that the next one goes on with it: "upload.rest", all of the
 * file; "download.rest", what has come of it.
 *
 * One of each at most, no larger than a message.  A line of JSON says what
 * it is, the bytes follow.  What cannot be read is removed.
 */
#ifndef LINLI_EXCHANGE_REST_H
#define LINLI_EXCHANGE_REST_H

#include "linli/exchange.h"

#define REST_LEAST_BYTES (16 * 1024)         /* less is sooner sent again */
#define REST_EACH_BYTES ((size_t)1024 * 1024) /* so much is not to be lost when the power fails */
#define REST_QUERY_BYTES 8192
#define REST_ETAG_BYTES 128
#define REST_RANGES_MAX 4096

/* Bundles ${after} + 1 to ${last} of a chain. */
struct sent_range {
	struct chain_name chain;
	uint32_t after, last;
};

struct rest_upload {
	struct sent_range *ranges; /* what is in the file; owned */
	size_t count;
	struct tally tally;
	struct buf file;
};
struct rest_download {
	char query[REST_QUERY_BYTES]; /* of GET bundles */
	char etag[REST_ETAG_BYTES];
	struct buf file; /* its beginning */
};

/* Best effort: what cannot be kept is fetched or sent again. */
void rest_save_upload(struct node *node, const struct sent_range *ranges, size_t count,
	const struct tally *tally, struct view file);
void rest_save_download(struct node *node, const char *query, const char *etag, struct view file);

/* False: there is none.  Release with rest_*_clear(). */
bool rest_load_upload(struct node *node, struct rest_upload *out);
bool rest_load_download(struct node *node, struct rest_download *out);
void rest_upload_clear(struct rest_upload *rest);
void rest_download_clear(struct rest_download *rest);

void rest_drop_upload(struct node *node);
void rest_drop_download(struct node *node);

#endif
