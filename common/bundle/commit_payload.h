/* commit_payload.h -- what writing and reading a commit share; only for commit*.c. */
#ifndef LINLI_COMMIT_PAYLOAD_H
#define LINLI_COMMIT_PAYLOAD_H

#include "commit.h"

#define COMMIT_SIGNATURE_NAMESPACE "git"

/* Why no commit may state ${facts}, or NULL.  Static. */
const char *commit_objection(const struct bundle_facts *facts);

/*
 * Append the commit without its signature, which is what is signed; the
 * signature's header belongs *head bytes after where ${out} ended before.
 */
void commit_payload(struct buf *out, size_t *head, const struct bundle_facts *facts);

#endif
