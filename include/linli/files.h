/*
 * files.h -- attachments: bytes that a record's file field names by their
 * SHA-256 in hex.  They travel in the bundle of the line that names them.
 */
#ifndef LINLI_FILES_H
#define LINLI_FILES_H

#include "linli/node.h"

#define FILES_MAX_BYTES (16 * 1024 * 1024) /* of one */

/*
 * Keep ${data}; *hex is what a file field then may hold.  To be called in the
 * node_transaction() in which a record is made to name it.  Fails with
 * ERR_TOO_LARGE, ERR_NOMEM and as the store does.
 */
MUST_CHECK bool files_keep(struct node *node, struct view data, char hex[65], struct err *err);

/* Append the attachment ${hex} to ${out}.  ERR_NOT_FOUND: it is not here. */
MUST_CHECK bool files_get(struct node *node, struct view hex, struct buf *out, struct err *err);

#endif
