/*
 * carry.h -- exchange through a folder, such as a USB stick, in both
 * directions at one go.
 *
 * Everything lies in ${dir}/linli-<federation>/: one signed list of heads
 * and sealed bundle files for each (writer, audience).  Names of files are
 * MACs, bundle files are sealed with age: who finds the stick learns no
 * name.  Only files whose names are of our own form are looked at; no name
 * ever comes from a file's contents.  Format: docs/exchange.md.
 */
#ifndef LINLI_CARRY_H
#define LINLI_CARRY_H

#include "linli/exchange.h"

#define CARRY_BUNDLES_MAX_BYTES (18 * 1024 * 1024) /* of one sealed file */

/* What one device has signed, of what lies in a folder and is not here yet. */
struct carry_found {
	struct device_id device;
	char community[SLUG_TEXT_BYTES];
	bool known; /* a trust record names it; then: */
	char name[NODE_NAME_BYTES];
	uint64_t bundles, lines;
	int64_t first_s, last_s; /* when, by its clock: Unix seconds */
};
/*
 * Look at what lies in ${dir} for ${node}, before anything is taken in: who signed
 * it, when and how much, by community.  Signatures are verified; whether it may be
 * taken in is judged then.  Nothing is changed, here or there.
 */
MUST_CHECK bool exchange_carry_look(struct node *node, const char *dir,
	bool (*each)(void *ctx, const struct carry_found *found, struct err *err), void *ctx,
	struct err *err);

/*
 * Sign ${node}'s drafts, take in what lies in ${dir} for it, then write
 * what others lack.  ${result} is filled also on failure; the caller
 * releases it with sync_result_clear().  Damaged files are listed in
 * ${result}->received.refused and are no failure.
 * Fails with ERR_NOT_FOUND (no such folder), ERR_PARTIAL (all that could
 * be read was applied, but writing failed: the detail says why), or as the
 * node does.
 */
MUST_CHECK bool exchange_carry(
	struct node *node, const char *dir, struct sync_result *result, struct err *err);

#endif
