/* quarantine.h -- what was refused, kept in bounded space; only within common/store. */
#ifndef LINLI_QUARANTINE_H
#define LINLI_QUARANTINE_H

#include "linli/chains.h"

#define QUARANTINE_MAX_BYTES (64 * 1024 * 1024)
#define QUARANTINE_MAX_ROWS 500
/* Of one source, so that one who sends rubbish does not push out what others sent. */
#define QUARANTINE_SOURCE_MAX_BYTES (QUARANTINE_MAX_BYTES / 4)
#define QUARANTINE_SOURCE_MAX_ROWS 100

/*
 * Keep ${data}, of which ${what} was refused; the oldest make room, of the
 * same source first.
 */
MUST_CHECK bool quarantine_add(struct node *node, const char *source, const char *what,
	const struct err *why, struct view data, struct err *err);

#endif
