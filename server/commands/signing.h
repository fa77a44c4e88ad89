/*
 * signing.h -- reviewers' keys at the district's command line.
 *
 * A key is a file as device.key is.  Where it has a passphrase that comes
 * from a file, else from $LINLID_KEY_PASSPHRASE: not that of the district's own key.
 */
#ifndef LINLID_SIGNING_H
#define LINLID_SIGNING_H

#include "linli/review.h"

/* A reviewer's key, read and open.  All zeros is none; release with signing_clear(). */
struct signing {
	struct node *node;
	struct judging *judging; /* whose verdicts it signs */
	struct buf pem;          /* without its passphrase, so that it is opened once */
};

/*
 * From now on ${judging}, which must outlive ${signing}, is signed with the key in
 * ${file} by its reviewer.  ${passphrase_file} or NULL.  Fails with ERR_NOT_FOUND,
 * ERR_PASSPHRASE, ERR_KEY (not the reviewer's), ERR_SCOPE, and as key_read() does.
 */
MUST_CHECK bool signing_open(struct signing *signing, struct node *node, struct judging *judging,
	const char *file, const char *passphrase_file, struct err *err);
void signing_clear(struct signing *signing);

/* The public key in OpenSSH's file ${path}.  ERR_FORMAT, ERR_KEY. */
MUST_CHECK bool signing_read_public(
	uint8_t out[NODE_PUBLIC_KEY_BYTES], const char *path, struct err *err);

#endif
