/*
 * ledger.h -- the ledger as an ordinary bare git repository.
 *
 * Anybody with stock git can clone, check and keep it.  It is only ever
 * written from the store, never read back.
 */
#ifndef LINLI_LEDGER_H
#define LINLI_LEDGER_H

#include "odb.h"

/* A reference and the commit it shall point to. */
struct ledger_ref {
	const char *name; /* "refs/chains/<chain>", "refs/heads/..." */
	struct oid oid;
};

struct ledger_refs {
	const struct ledger_ref *refs;
	size_t count;
	const char *head; /* the name of the one that HEAD means; NULL: none */
};

/* Told now and then; answers false to stop. */
struct ledger_progress {
	void *ctx;
	bool (*report)(void *ctx, size_t done, size_t total);
};

/* What an export wrote. */
struct ledger_written {
	size_t objects; /* that were not there yet */
	size_t refs;    /* that were new or moved */
};

/*
 * Create or update the bare repository (SHA-1 format) in the folder ${dir}:
 * copy what the commits of ${refs} reach and the repository lacks, in one
 * pack, then set those references, and HEAD; others stay.  Once more
 * with the same references writes nothing.  ${progress} may be NULL.
 * A folder that is neither empty nor a repository is refused: ERR_EXISTS.
 * Fails also with ERR_NOT_FOUND (${source} lacks an object), ERR_HASH,
 * ERR_FORMAT (a reference's name), ERR_IO, ERR_CANCELLED, or as ${source}
 * does.  After a failure the repository is as sound as before.
 */
MUST_CHECK bool ledger_export(struct ledger_written *out, const char *dir,
	const struct object_source *source, const struct ledger_refs *refs,
	const struct ledger_progress *progress, struct err *err);

#endif
