/*
 * clone.h -- the ledger as git sees it: references, and packs of what
 * somebody lacks.
 *
 * What it shows is the chains of federation and district scope, each as
 *   refs/chains/<chain>
 *   refs/heads/<community of its device>/<chain>
 * Chains of community/ scope are never in it, whoever holds them.
 */
#ifndef LINLI_CLONE_H
#define LINLI_CLONE_H

#include "linli/chains.h"

#define CLONE_MAX_OBJECTS 1000000U /* of one pack */
#define CLONE_MAX_BYTES (2LL * 1024 * 1024 * 1024)

struct clone;
struct ledger_refs;
struct oid;

/*
 * Look at the ledger of ${node}, which cannot be written until
 * clone_close(*out): what is shown is one state of it.
 */
MUST_CHECK bool clone_open(struct clone **out, struct node *node, struct err *err);
void clone_close(struct clone *clone); /* NULL is accepted */

/* In the order of their names; HEAD is the founding device's federation chain.  Borrowed. */
const struct ledger_refs *clone_refs(const struct clone *clone);
/* How many bundles the references reach. */
uint64_t clone_bundles(const struct clone *clone);

/*
 * Somebody wants the bundle whose commit is ${oid}, and all before it.
 * Fails with ERR_NOT_FOUND: no commit that is shown.
 */
MUST_CHECK bool clone_want(struct clone *clone, const struct oid *oid, struct err *err);
/* They have this one, and all before it.  *common: it is one that is shown. */
MUST_CHECK bool clone_have(struct clone *clone, const struct oid *oid, bool *common,
	struct err *err);
/* Is a bundle that they have known of each chain of which something is wanted? */
bool clone_ready(const struct clone *clone);

/*
 * Write a pack, without deltas, of what is wanted and not had; the same
 * ledger and wishes give the same bytes.  Fails with ERR_TOO_LARGE before a
 * byte is written, and as ${write} does.
 */
MUST_CHECK bool clone_write(struct clone *clone,
	bool (*write)(void *ctx, struct view piece, struct err *err), void *ctx,
	struct tally *out, struct err *err);

struct push_options;
struct pushed;
/*
 * Bring the copy on another git server up to date, as ledger_push() does
 * (common/git/push.h).  *bundles: how many the ledger has.
 */
MUST_CHECK bool clone_push(struct node *node, const char *url,
	const struct push_options *options, bool dry_run, struct pushed *out,
	uint64_t *bundles, struct err *err);

#endif
