/*
 * periods.h -- under which period a cell is kept.
 *
 * A flow goes by the period itself; a state ("as of") by the day after the
 * period's end, or after today while that is still to come, as its name.
 */
#ifndef LINLI_PERIODS_H
#define LINLI_PERIODS_H

#include "linli/civil.h"
#include "linli/model.h"

/* ${tomorrow}: the day after the node's own. */
void period_of_measure(struct period *out, const struct measure *measure,
	const struct period *asked, const char *tomorrow);
/* The period of a kept cell by its name; false if it is none. */
bool period_of_cell(struct period *out, const char *name);

#endif
