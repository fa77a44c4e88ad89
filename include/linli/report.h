/*
 * report.h -- published figures passed on to an upper server.
 *
 * A district takes part in a city's federation as a community: with a home
 * of its own there, a community's like any other, which linli joins, syncs
 * and carries.  What it says there are records of the entity
 * "stated_figure": numbers of its published statements, of the district as a
 * whole, with their coverage.  Nothing else leaves it.  docs/statements.md.
 */
#ifndef LINLI_REPORT_H
#define LINLI_REPORT_H

#include "linli/node.h"

#define REPORT_ENTITY "stated_figure"

struct reported {
	uint64_t statements; /* the latest of each period */
	uint64_t written;    /* figures that are new or other than they were said */
	uint64_t unchanged;
	uint64_t withdrawn;  /* said before, and stated no more */
	uint64_t kept_back;  /* suppressed, or without a value: never said */
};

/*
 * Write the figures of ${district}'s latest statement of each period into
 * records of ${upper}, as changes to be signed there.  Once more writes
 * nothing.  Fails with ERR_SCOPE (${upper} is a district's node, or of the
 * same federation), ERR_MODEL (its model has no such entity), or as the
 * nodes do; then nothing was written.
 */
MUST_CHECK bool report_statements(struct node *district, struct node *upper, bool dry_run,
	struct reported *out, struct err *err);

#endif
