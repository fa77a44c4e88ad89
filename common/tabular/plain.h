/* plain.h -- cells that are numbers and nothing else; only within common/tabular. */
#ifndef LINLI_TABULAR_PLAIN_H
#define LINLI_TABULAR_PLAIN_H

#include "linli/bytes.h"

/* How many digits the decimal ${cell} has (12, -5, +0.75); 0: it is none. */
size_t plain_digits(struct view cell);

#endif
