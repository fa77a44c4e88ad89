/* said.h -- what a signed list of heads says to the store of forks and restores. */
#ifndef LINLI_EXCHANGE_SAID_H
#define LINLI_EXCHANGE_SAID_H

#include "heads.h"
#include "linli/forks.h"

/* forks_hear() with ${heads}; ${held} is what is held here. */
MUST_CHECK bool said_hear(const struct heads *heads, struct node *node, const struct held *held,
	bool current, struct err *err);

#endif
