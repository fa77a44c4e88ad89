/* meet.h -- linli sync with a neighbour, and handing in what was carried for others. */
#ifndef LINLI_CLIENT_MEET_H
#define LINLI_CLIENT_MEET_H

#include "cli.h"
#include "linli/neighbour.h"
#include "link.h"

/* Does a neighbour, not the district, serve behind ${link}? */
bool meet_is_neighbour(struct node *node, const struct link *link);

/* Meet it, and show what came of it.  ${code}: the one that the other side shows, or NULL. */
MUST_CHECK bool meet_neighbour(struct invocation *invocation, struct node *node, struct link *link,
	const char *code, struct err *err);

/* After a sync with the district: a failure is told, and is no failure of the sync. */
void meet_hand_in(struct node *node, const struct link *link);

#endif
